//! Numbers for things that are alike: the same number, the same thing.

use foldhash::HashMap;

/// The number of what is not there.
pub(super) const ABSENT: u32 = 0;
/// The number of what is like nothing that is known, as there was no room to keep it.
pub(super) const STRANGE: u32 = u32::MAX;

/// Known things of one kind: each with its number, by its hash. Where two things have the same hash, the next one is the second's.
pub(super) struct Classes<T>(HashMap<u64, (T, u32)>);

impl<T> Default for Classes<T> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

/// How much may be kept: where environments have different things, what each has alone is not worth it.
#[derive(Default)]
pub(super) struct Room {
    kept: u32,
    /// Not known in the first environment.
    most: Option<u32>,
}

/// So many times what the first environment has is kept, and some more.
const MOST: (u32, u32) = (4, 4_000);

impl Room {
    /// The first environment was seen as a whole.
    pub(super) fn close(&mut self) {
        let (times, more) = MOST;
        let most = self.kept.saturating_mul(times).saturating_add(more);
        self.most.get_or_insert(most);
    }

    /// The next number; none where there is no more room.
    pub(super) fn take(&mut self) -> Option<u32> {
        if self.most.is_some_and(|most| self.kept >= most) {
            return None;
        }
        self.kept += 1;
        Some(self.kept)
    }
}

impl<T> Classes<T> {
    /// The number of a thing with this hash: that of a known one that is the same, else a new one.
    pub(super) fn number(
        &mut self,
        mut hash: u64,
        is_same: impl Fn(&T) -> bool,
        make: impl FnOnce() -> T,
        room: &mut Room,
    ) -> u32 {
        while let Some((known, number)) = self.0.get(&hash) {
            if is_same(known) {
                return *number;
            }
            hash = hash.wrapping_add(1);
        }
        let Some(number) = room.take() else {
            return STRANGE;
        };
        self.0.insert(hash, (make(), number));
        number
    }
}

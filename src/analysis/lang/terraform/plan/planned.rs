use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_syntax::TextRange;

use super::reader::Reader;

/// The most modules whose resources are looked for: a text that calls itself a plan can say anything.
const MOST_MODULES: usize = 1 << 20;

/// The resources of `planned_values` that were not asked for yet, by address.
pub(super) struct Planned(BTreeMap<Arc<str>, TextRange>);

impl Planned {
    pub(super) fn read(reader: &mut Reader<'_>, values: Option<TextRange>) -> Self {
        let mut known = BTreeMap::new();
        for range in walk(reader, values) {
            let object = reader.object(range);
            if let Some(address) = reader.string(object.get("address")) {
                known.insert(address, range);
            }
        }
        Self(known)
    }

    pub(super) fn take(&mut self, address: &str) -> Option<TextRange> {
        self.0.remove(address)
    }

    pub(super) fn rest(self) -> impl Iterator<Item = (Arc<str>, TextRange)> {
        self.0.into_iter()
    }
}

/// The places of all resources of a `values` object, those of its modules included.
pub(super) fn walk(reader: &Reader<'_>, values: Option<TextRange>) -> Vec<TextRange> {
    let mut found = Vec::new();
    let root = values.and_then(|range| reader.object(range).get("root_module"));
    let mut open: Vec<TextRange> = root.into_iter().collect();
    let mut count = 0;
    while let Some(range) = open.pop() {
        let module = reader.object(range);
        found.extend(reader.items(module.get("resources")));
        count += 1;
        if count < MOST_MODULES {
            open.extend(reader.items(module.get("child_modules")));
        }
    }
    found
}

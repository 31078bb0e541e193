//! Version constraints of Terraform: `>= 3.0, < 5.0`, `~> 4.16`, `= 5.31.0`.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/version-constraints>.

/// A version; a missing part is zero.
pub type Version = [u64; 3];

/// A conjunction of comparisons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraint(Vec<(Operator, Version, usize)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Pessimistic,
}

/// Longest first, so that `>` does not take what `>=` means.
const OPERATORS: [(&str, Operator); 7] = [
    ("~>", Operator::Pessimistic),
    (">=", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("!=", Operator::NotEqual),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
];

impl Constraint {
    /// Reads a constraint; a part that is none is left out, so that it allows everything.
    pub fn parse(text: &str) -> Self {
        Self(text.split(',').filter_map(comparison).collect())
    }

    /// Whether a version meets it.
    pub fn allows(&self, version: Version) -> bool {
        self.0
            .iter()
            .all(|&(operator, limit, parts)| match operator {
                Operator::Equal => version == limit,
                Operator::NotEqual => version != limit,
                Operator::Greater => version > limit,
                Operator::GreaterEqual => version >= limit,
                Operator::Less => version < limit,
                Operator::LessEqual => version <= limit,
                Operator::Pessimistic => version >= limit && version < next(limit, parts),
            })
    }

    /// Versions between which nothing changes: those named, and one just below and above each.
    pub fn probes(&self) -> impl Iterator<Item = Version> {
        self.0.iter().flat_map(|&(_, limit, parts)| {
            let above = next(limit, parts);
            [
                limit,
                below(limit),
                [limit[0], limit[1], limit[2] + 1],
                above,
                below(above),
            ]
        })
    }
}

fn comparison(text: &str) -> Option<(Operator, Version, usize)> {
    let text = text.trim();
    let (operator, rest) = OPERATORS
        .iter()
        .find_map(|(sign, operator)| text.strip_prefix(sign).map(|rest| (*operator, rest)))
        .unwrap_or((Operator::Equal, text));
    let release = rest.trim().trim_start_matches('v');
    let release = release.split(['-', '+']).next()?;
    let mut version = [0; 3];
    let mut parts = 0;
    for (slot, part) in version.iter_mut().zip(release.split('.')) {
        *slot = part.trim().parse().ok()?;
        parts += 1;
    }
    (parts > 0).then_some((operator, version, parts))
}

/// The first version `~>` no longer allows.
fn next(limit: Version, parts: usize) -> Version {
    if parts >= 3 {
        [limit[0], limit[1] + 1, 0]
    } else {
        [limit[0] + 1, 0, 0]
    }
}

fn below(limit: Version) -> Version {
    match limit {
        [0, 0, 0] => limit,
        [major, 0, 0] => [major - 1, 9999, 9999],
        [major, minor, 0] => [major, minor - 1, 9999],
        [major, minor, patch] => [major, minor, patch - 1],
    }
}

use globset::{Glob, GlobMatcher};

/// Names rules: `aws-s3-bucket-public-acl`, `aws-s3`, `*-public-*`, `CKV_AWS_20`, `all`.
#[derive(Clone, Debug)]
pub struct Selector {
    text: String,
    glob: Option<GlobMatcher>,
}

impl Selector {
    /// The selector of a text. A text that is no glob and no name selects nothing.
    pub fn new(text: &str) -> Self {
        let glob = text
            .contains(['*', '?', '[', '{'])
            .then(|| Glob::new(text).ok())
            .flatten();
        Self {
            text: canonical(text),
            glob: glob.map(|glob| glob.compile_matcher()),
        }
    }

    /// Whether it names the rule of this id, known elsewhere by these aliases.
    pub fn matches<A: AsRef<str>>(&self, id: &str, aliases: &[A]) -> bool {
        if let Some(glob) = &self.glob {
            return glob.is_match(id) || aliases.iter().any(|alias| glob.is_match(alias.as_ref()));
        }
        let behind = id.strip_prefix(&self.text);
        self.text == "all"
            || behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('-'))
            || aliases
                .iter()
                .any(|alias| canonical(alias.as_ref()) == self.text)
    }

    /// As it was written, but for letter case.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Letter case does not tell names of rules apart, nor does the prefix that Trivy dropped in 2026.
fn canonical(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    lower
        .strip_prefix("avd-")
        .map_or(lower.clone(), str::to_owned)
}

/// The name that `text` was probably meant to be.
pub fn closest<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let limit = (text.chars().count() / 2).clamp(1, 4);
    names
        .into_iter()
        .map(|name| (distance(text, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let above = row[j + 1];
            let replaced = diagonal + usize::from(from != *to);
            row[j + 1] = replaced.min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

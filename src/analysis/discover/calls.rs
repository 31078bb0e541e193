//! Which local modules a file names, read off its text: good enough to tell roots from children without a parser.

/// Words that start a block in Terraform and so end a `module` block's reach.
const BLOCKS: [&str; 12] = [
    "module",
    "resource",
    "data",
    "provider",
    "variable",
    "output",
    "locals",
    "terraform",
    "check",
    "import",
    "moved",
    "removed",
];

/// The local sources (`./…`, `../…`) of `module` blocks.
pub(super) fn terraform(text: &str) -> Vec<String> {
    let mut calls = Vec::new();
    let mut in_module = false;
    for line in text.lines().map(str::trim_start) {
        let word = first_word(line);
        if BLOCKS.contains(&word) && line.contains(['"', '{']) {
            in_module = word == "module";
        }
        if in_module {
            calls.extend(source(line));
        }
    }
    calls
}

/// The `.bicep` files that a Bicep file uses: modules, imports, the template of a parameter file.
pub(super) fn bicep(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim_start)
        .filter(|line| {
            matches!(
                first_word(line),
                "module" | "import" | "using" | "extends" | "}"
            ) || line.contains(" from '")
        })
        .filter_map(|line| {
            let name = line.split('\'').nth(1)?;
            (!name.contains(':')).then(|| name.to_owned())
        })
        .filter(|name| {
            std::path::Path::new(name)
                .extension()
                .is_some_and(|extension| {
                    extension.eq_ignore_ascii_case("bicep")
                        || extension.eq_ignore_ascii_case("bicepparam")
                })
        })
        .collect()
}

/// The local path of `source = "./x//y"` anywhere in a line.
fn source(line: &str) -> Option<String> {
    let at = line.find("source")?;
    if !line[..at].trim_end().is_empty() && !line[..at].trim_end().ends_with(['{', ',']) {
        return None;
    }
    let value = line[at + "source".len()..].trim_start().strip_prefix('=')?;
    let value = value.trim_start().strip_prefix('"')?.split('"').next()?;
    value.starts_with('.').then(|| value.replace("//", "/"))
}

fn first_word(line: &str) -> &str {
    let end = line
        .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .unwrap_or(line.len());
    match &line[..end] {
        "" if line.starts_with('}') => "}",
        word => word,
    }
}

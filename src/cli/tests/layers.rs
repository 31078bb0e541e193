//! The layering of DESIGN, section 2, read off the `use` lines: a module imports from its own row and from rows below.

use std::path::Path;

use super::tree::{rust_files, top};

/// The rows, lowest first. A module that is in none is an error: put it where it belongs.
const ROWS: [&[&str]; 7] = [
    &["palisade_syntax", "palisade_model"],
    &["lang", "discover", "config", "system", "embedded", "schema"],
    &["link", "fold", "lower", "identity", "palisade_live"],
    &["check", "rules", "frameworks", "graph"],
    &["report", "fix", "drift", "suppress", "score"],
    &["analyzer", "verify"],
    &["palisade", "palisade_lsp"],
];

/// Crates that a crate may name, besides what its rows allow.
const CRATES: [(&str, &[&str]); 6] = [
    ("src/model", &[]),
    ("src/syntax", &[]),
    ("src/analysis", &["palisade_syntax", "palisade_model"]),
    (
        "src/live",
        &["palisade_analysis", "palisade_model", "palisade_syntax"],
    ),
    ("lsp", &["palisade_analysis", "palisade_model"]),
    (
        "src/cli",
        &[
            "palisade_analysis",
            "palisade_live",
            "palisade_lsp",
            "palisade_model",
        ],
    ),
];

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

#[test]
fn modules_of_the_analysis_import_from_lower_rows_only() {
    let folder = top().join("src/analysis");
    let mut wrong = Vec::new();
    for file in rust_files(&folder) {
        let below = file.strip_prefix(&folder).expect("the walk starts there");
        let Some(module) = module_of(below) else {
            continue;
        };
        let own = row(&module).unwrap_or_else(|| panic!("{module} is in no row of the table"));
        for (number, used) in uses(&file, "crate::") {
            let row = row(&used).unwrap_or_else(|| panic!("{used} is in no row of the table"));
            if row > own {
                wrong.push(format!(
                    "{}:{number}: {module} imports {used}",
                    file.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_import_from_crates_below_only() {
    let mut wrong = Vec::new();
    for (folder, allowed) in CRATES {
        let is_code =
            |file: &std::path::PathBuf| !file.components().any(|part| part.as_os_str() == "tests");
        for file in rust_files(&top().join(folder)).into_iter().filter(is_code) {
            for (number, used) in uses(&file, "palisade_") {
                let used = format!("palisade_{used}");
                if !allowed.contains(&used.as_str()) {
                    wrong.push(format!(
                        "{}:{number}: {folder} imports {used}",
                        file.display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The top-level module of a file below `src/analysis`; none of the root, build script and tests.
fn module_of(below: &Path) -> Option<String> {
    let first = below.iter().next()?.to_string_lossy();
    let name = first.trim_end_matches(".rs");
    (!matches!(name, "lib" | "build" | "tests")).then(|| name.to_owned())
}

/// The names behind `prefix` in a file's code, with their lines.
fn uses(file: &Path, prefix: &str) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(file).expect("the tree can be read");
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|(number, line)| {
            let names = line.match_indices(prefix).filter(|(at, _)| {
                !line[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
            });
            names.flat_map(move |(at, _)| {
                names_of(&line[at + prefix.len()..])
                    .into_iter()
                    .map(move |name| (number + 1, name))
            })
        })
        .collect()
}

/// `a` of `a::b`, and `a`, `b` of `{a, b::c}`.
fn names_of(behind: &str) -> Vec<String> {
    let list = behind.strip_prefix('{').map_or(vec![behind], |inner| {
        inner.split('}').next().unwrap_or("").split(',').collect()
    });
    list.iter()
        .map(|name| {
            let name = name.trim();
            let end = name
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(name.len());
            name[..end].to_owned()
        })
        .filter(|name| name.starts_with(|first: char| first.is_ascii_lowercase()))
        .collect()
}

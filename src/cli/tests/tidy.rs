//! House rules that no compiler holds.

use std::path::Path;

use super::tree::{files, rust_files, top};

const LONGEST_FILE: usize = 800;
const LONGEST_FUNCTION: usize = 60;

/// How deep below the top a folder explains itself; deeper ones are explained above.
const README_DEPTH: usize = 3;

/// Folders of data that the folder above them explains.
const WITHOUT_README: [&str; 3] = ["/testdata/", "/tests/", "/rules/"];

fn sources() -> Vec<std::path::PathBuf> {
    [top().join("src"), top().join("lsp")]
        .iter()
        .flat_map(|folder| rust_files(folder))
        .collect()
}

fn check(problem: impl Fn(&Path, &str) -> Vec<String>) {
    let mut wrong = Vec::new();
    for file in sources() {
        let text = std::fs::read_to_string(&file).expect("the tree can be read");
        let shown = file
            .strip_prefix(top())
            .expect("the walk starts there")
            .display()
            .to_string();
        wrong.extend(
            problem(&file, &text)
                .into_iter()
                .map(|what| format!("{shown}: {what}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short() {
    check(|_, text| {
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            vec![format!("{lines} lines")]
        } else {
            Vec::new()
        }
    });
}

#[test]
fn functions_are_short() {
    check(|file, text| {
        // A test is a list of cases as often as not.
        if file.components().any(|part| part.as_os_str() == "tests") {
            return Vec::new();
        }
        let lines: Vec<&str> = text.lines().collect();
        let mut long = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            let code = line.trim_start();
            let indent = line.len() - code.len();
            if !is_function(code) {
                continue;
            }
            let close = format!("{}}}", " ".repeat(indent));
            let length = lines[number..]
                .iter()
                .take_while(|line| **line != close)
                .count()
                + 1;
            if length > LONGEST_FUNCTION && !code.ends_with(';') {
                long.push(format!("line {}: a function of {length} lines", number + 1));
            }
        }
        long
    });
}

fn is_function(code: &str) -> bool {
    let rest = code.strip_prefix("pub").map_or(code, |rest| {
        rest.split_once(' ').map_or("", |(_, rest)| rest)
    });
    let rest = rest
        .trim_start_matches("const ")
        .trim_start_matches("async ");
    rest.starts_with("fn ")
}

#[test]
fn nothing_is_left_to_do() {
    let marks = ["TODO", "FIXME"];
    check(|file, text| {
        if file.ends_with("tidy.rs") {
            return Vec::new();
        }
        let found = text
            .lines()
            .enumerate()
            .filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)));
        found
            .map(|(number, _)| format!("line {}: something is left to do", number + 1))
            .collect()
    });
}

#[test]
fn every_folder_has_a_readme() {
    let mut wrong = Vec::new();
    for folder in ["src", "lsp", "rules", "frameworks", "testdata"] {
        let mut folders: Vec<_> = files(&top().join(folder))
            .iter()
            .filter_map(|file| file.parent().map(Path::to_path_buf))
            .collect();
        folders.push(top().join(folder));
        folders.sort();
        folders.dedup();
        for folder in folders {
            let shown = format!(
                "/{}/",
                folder.strip_prefix(top()).unwrap_or(&folder).display()
            );
            let depth = shown.matches('/').count() - 1;
            let is_data = WITHOUT_README.iter().any(|part| shown.contains(part)) && depth > 1;
            let is_free = is_data || depth > README_DEPTH;
            if !is_free && !folder.join("README.md").exists() {
                wrong.push(shown);
            }
        }
    }
    assert!(wrong.is_empty(), "without README.md: {}", wrong.join(", "));
}

#[test]
fn the_top_holds_what_the_architecture_says() {
    let known = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "editors",
        "frameworks",
        "lsp",
        "rules",
        "src",
        "target",
        "testdata",
    ];
    let entries = std::fs::read_dir(top()).expect("the tree can be read");
    let mut unknown: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("the tree can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !name.starts_with('.') && !known.contains(&name.as_str()))
        .collect();
    unknown.sort();
    assert!(
        unknown.is_empty(),
        "unknown at the top: {}",
        unknown.join(", ")
    );
}

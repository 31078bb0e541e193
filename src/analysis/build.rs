//! Turns the data files of the product (rules, frameworks, Terraform tables, defaults) into one compact JSON text per area and
//! an index over it, so that a run parses nothing but the files it needs. `embedded.rs` is the reader.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A folder (or file) of YAML files that is embedded under a name.
struct Area {
    /// The constant in `embedded.rs`.
    name: &'static str,
    /// Relative to this crate.
    path: &'static str,
    /// What the files are found by.
    keys: Keys,
    /// Top-level entries that few commands need; kept apart.
    cold: &'static [&'static str],
}

/// What files of an area are found by.
enum Keys {
    /// Their path alone.
    None,
    /// The file's name without extension.
    Stem,
    /// The text, or texts, of this top-level entry.
    Entry(&'static str),
}

const AREAS: [Area; 8] = [
    Area {
        name: "RULES",
        path: "../../rules",
        keys: Keys::Entry("resource"),
        cold: &["examples"],
    },
    Area {
        name: "FRAMEWORKS",
        path: "../../frameworks",
        keys: Keys::None,
        cold: &[],
    },
    Area {
        name: "TABLES",
        path: "lower/tables",
        keys: Keys::Stem,
        cold: &["tests"],
    },
    Area {
        name: "DEFAULTS",
        path: "lower/defaults",
        keys: Keys::None,
        cold: &[],
    },
    Area {
        name: "CALENDARS",
        path: "check/calendars",
        keys: Keys::None,
        cold: &[],
    },
    Area {
        name: "FOLDS",
        path: "fold/folds",
        keys: Keys::None,
        cold: &[],
    },
    Area {
        name: "IDENTITIES",
        path: "identity/cards",
        keys: Keys::None,
        cold: &[],
    },
    Area {
        name: "LABELS",
        path: "link/labels",
        keys: Keys::None,
        cold: &[],
    },
];

fn main() {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(variable("OUT_DIR"));
    let mut code = String::new();
    for area in &AREAS {
        let folder = root.join(area.path);
        println!("cargo:rerun-if-changed={}", folder.display());
        embed(area, &folder, &out, &mut code);
    }
    write(&out.join("embedded.rs"), &code);
}

/// Writes the texts of an area and appends its index to the code.
fn embed(area: &Area, folder: &Path, out: &Path, code: &mut String) {
    let mut files = Vec::new();
    collect(folder, &mut files);
    // Files are found by name, and `a.yaml` comes behind `a-b.yaml` while `a` comes before `a-b`.
    files.sort_by_key(|file| name_of(folder, file));
    let mut texts = String::new();
    let mut entries = String::new();
    let mut keys: Vec<(String, usize)> = Vec::new();
    for (position, file) in files.iter().enumerate() {
        println!("cargo:rerun-if-changed={}", file.display());
        let mut value = read(file);
        let name = name_of(folder, file);
        keys.extend(
            keys_of(&area.keys, &name, &value)
                .into_iter()
                .map(|key| (key, position)),
        );
        let cold = split_cold(&mut value, area.cold);
        let start = texts.len();
        texts.push_str(&value.to_string());
        let middle = texts.len();
        texts.push_str(&cold.to_string());
        let end = texts.len();
        let _ = writeln!(entries, "    ({name:?}, {start}, {middle}, {end}),");
    }
    keys.sort();
    let name = area.name;
    let file = format!("{}.json", name.to_lowercase());
    let _ = writeln!(
        code,
        "/// The files under `{}`.\npub static {name}: Area = Area {{\n  text: include_str!(concat!(env!(\"OUT_DIR\"), \"/{file}\")),\n  files: &[\n{entries}  ],\n  keys: &{keys:?},\n}};",
        area.path
    );
    write(&out.join(file), &texts);
}

/// The path of a file below its folder, without the extension: `aws/s3/bucket-public-acl`.
fn name_of(folder: &Path, file: &Path) -> String {
    let name = file.strip_prefix(folder).unwrap_or(file);
    name.with_extension("").to_string_lossy().replace('\\', "/")
}

/// Takes the cold entries out of a file's content.
fn split_cold(value: &mut Value, cold: &[&str]) -> Value {
    let mut taken = serde_json::Map::new();
    if let Value::Object(entries) = value {
        for key in cold {
            if let Some(entry) = entries.shift_remove(*key) {
                taken.insert((*key).to_owned(), entry);
            }
        }
    }
    Value::Object(taken)
}

/// What a file is found by.
fn keys_of(keys: &Keys, name: &str, value: &Value) -> Vec<String> {
    match keys {
        Keys::None => Vec::new(),
        Keys::Stem => vec![name.rsplit('/').next().unwrap_or(name).to_owned()],
        Keys::Entry(entry) => match &value[*entry] {
            Value::String(text) => vec![text.clone()],
            Value::Array(items) => items
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        },
    }
}

/// All YAML files under a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            println!("cargo:rerun-if-changed={}", path.display());
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            files.push(path);
        }
    }
}

/// The content of a YAML file. A file that is no YAML stops the build, as a syntax error in code does.
fn read(file: &Path) -> Value {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn write(file: &Path, text: &str) {
    fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

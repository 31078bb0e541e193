//! What is not known adds no finding: a value of an input is replaced by an unknown, and what fails then is among what fails with
//! values. The inputs are the traps and the examples of all rules.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use palisade_analysis::rules::RuleSet;
use palisade_analysis::system::{MemorySystem, OsSystem, Sources, System};
use palisade_model::Language;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;

use super::traps::analyze;
use crate::cases::folders;

type Files = Vec<(String, String)>;

/// Ways to write what is not known, with what declares it and the module that this takes.
const UNKNOWNS: [(&str, &str); 5] = [
    ("var.not_known", "variable \"not_known\" {}\n"),
    (
        "local.not_known",
        "variable \"not_known\" {}\nlocals { not_known = var.not_known }\n",
    ),
    (
        "null_resource.not_known.id",
        "resource \"null_resource\" \"not_known\" {}\n",
    ),
    (
        "data.external.not_known.result.it",
        "data \"external\" \"not_known\" { program = [] }\n",
    ),
    (
        "module.not_known.it",
        "module \"not_known\" { source = \"./not-known\" }\n",
    ),
];
/// From here on they are attributes of resources.
const COMPUTED: usize = 2;
const MODULE: &str =
    "resource \"null_resource\" \"it\" {}\noutput \"it\" { value = null_resource.it.id }\n";

static INPUTS: LazyLock<Vec<Files>> = LazyLock::new(|| {
    let mut all: Vec<Files> = folders("terraform/traps")
        .iter()
        .map(|it| read(it))
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let (rules, _) = RuleSet::read(&OsSystem, &Sources::default(), &[folder], None);
    for file in rules {
        let examples = file.rule.examples;
        for example in examples.bad.values().chain(examples.good.values()) {
            let texts = example.texts.get(&Language::Terraform);
            let files = texts.into_iter().flatten();
            let files: Files = files
                .map(|(name, text)| (name.to_string(), text.to_string()))
                .collect();
            if !files.is_empty() {
                all.push(files);
            }
        }
    }
    all
});

/// The files of a folder in memory, by their path below it.
fn read(folder: &Path) -> Vec<(String, String)> {
    let walk = OsSystem.walk(folder);
    let relative = |path: &PathBuf| {
        let name = path.strip_prefix(folder).ok()?.to_str()?.to_owned();
        Some((name, std::fs::read_to_string(path).ok()?))
    };
    let mut found: Vec<(String, String)> = walk.files.iter().filter_map(relative).collect();
    found.sort();
    found
}

/// Where literals stand that are the whole value of an argument, or an item in it: texts, numbers, `true` and `false`.
fn literals(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let fixed = ["alias ", "default", "source", "variable", "type"];
        let name = line.trim_start();
        let value = line
            .find('=')
            .filter(|_| !fixed.iter().any(|it| name.starts_with(it)));
        if let Some(at) = value {
            found.extend(
                words(&line[at + 1..])
                    .map(|(from, to)| (start + at + 1 + from, start + at + 1 + to)),
            );
        }
        start += line.len();
    }
    found
}

/// The literals of the text of an expression.
fn words(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let pattern = regex::Regex::new(r#""(?:[^"\\]|\\.)*"|\b(?:true|false|\d+)\b"#);
    let pattern = pattern.expect("a pattern");
    let plain = |it: &regex::Match<'_>| !it.as_str().contains(['$', '%', '\\']);
    let found = pattern.find_iter(text).filter(plain);
    let found: Vec<(usize, usize)> = found.map(|it| (it.start(), it.end())).collect();
    found.into_iter()
}

/// Rules with the resources they fail for, instances of one block together.
struct Failures {
    /// All of them.
    all: BTreeSet<String>,
    /// Those of instances that certainly are there, under no assumption.
    certain: BTreeSet<String>,
}

fn failures(files: &[(String, String)]) -> Failures {
    let borrowed = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    let analysis = analyze(Arc::new(MemorySystem::new(borrowed)), Path::new(""));
    let block = |address: &palisade_model::Address| {
        let text = address.to_string();
        text.split('[').next().unwrap_or_default().to_owned()
    };
    let mut made = Failures {
        all: BTreeSet::new(),
        certain: BTreeSet::new(),
    };
    for finding in &analysis.findings {
        for at in &finding.instances {
            let shown = format!("{} {}", finding.rule_id, block(at));
            if finding.assumptions.is_empty() && !at.to_string().contains("[*]") {
                made.certain.insert(shown.clone());
            }
            made.all.insert(shown);
        }
    }
    made
}

/// The inputs with `true` or `false` in them.
static SWITCHED: LazyLock<Vec<&Files>> = LazyLock::new(|| {
    let inputs = INPUTS.iter();
    inputs
        .filter(|files| !places(files, is_switch).is_empty())
        .collect()
});

fn is_switch(text: &str) -> bool {
    text == "true" || text == "false"
}

/// The literals of the configuration files: the file, and from where to where.
fn places(files: &Files, wanted: impl Fn(&str) -> bool) -> Vec<(usize, usize, usize)> {
    let is_configuration = |path: &str| {
        let ending = Path::new(path).extension();
        ending.is_some_and(|ending| ending == "tf" || ending == "tofu")
    };
    let files = files
        .iter()
        .enumerate()
        .filter(|(_, (path, _))| is_configuration(path));
    let all = files.flat_map(|(file, (_, text))| {
        literals(text)
            .into_iter()
            .map(move |(from, to)| (file, from, to, &text[from..to]))
    });
    all.filter(|(.., text)| wanted(text))
        .map(|(file, from, to, _)| (file, from, to))
        .collect()
}

/// The files with other texts at these places.
fn replaced(files: &Files, places: &BTreeSet<(usize, usize, usize)>, texts: &[&str]) -> Files {
    let mut files = files.clone();
    for ((file, from, to), text) in places.iter().zip(texts).rev() {
        files[*file].1.replace_range(*from..*to, text);
    }
    files
}

/// The files with what is not known at these places.
fn unknown(files: &Files, places: &BTreeSet<(usize, usize, usize)>, kind: usize) -> Files {
    let (name, declaration) = UNKNOWNS[kind];
    let mut made = replaced(files, places, &vec![name; places.len()]);
    let changed: BTreeSet<usize> = places.iter().map(|(file, ..)| *file).collect();
    let mut modules: BTreeSet<PathBuf> = BTreeSet::new();
    for file in changed {
        let folder = Path::new(&made[file].0)
            .parent()
            .unwrap_or(Path::new(""))
            .to_path_buf();
        if modules.insert(folder.clone()) {
            made[file].1 += &format!("\n{declaration}");
            if name.starts_with("module.") {
                let path = folder.join("not-known/main.tf");
                made.push((path.to_string_lossy().into_owned(), MODULE.to_owned()));
            }
        }
    }
    made
}

/// The same cases in each run; where `PROPTEST_CASES` asks for a number of them, others.
fn config() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    let asked = asked.and_then(|it| it.parse().ok());
    let rng_seed = match asked {
        Some(_) => RngSeed::Random,
        None => RngSeed::Fixed(1),
    };
    ProptestConfig {
        cases: asked.unwrap_or(96),
        rng_seed,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_not_known_adds_no_finding(input: Index, picks in prop::collection::vec(any::<Index>(), 1..4), kind in 0..UNKNOWNS.len()) {
        let files = &INPUTS[input.index(INPUTS.len())];
        let all = places(files, |_| true);
        prop_assume!(!all.is_empty());
        let chosen: BTreeSet<_> = picks.iter().map(|pick| all[pick.index(all.len())]).collect();
        let changed = unknown(files, &chosen, kind);
        let (mut known, found) = (failures(files).all, failures(&changed));
        if kind >= COMPUTED {
            // What a resource computes is never `*` or `0.0.0.0/0`: it can be judged as any name.
            let names = vec!["\"any-name\""; chosen.len()];
            known.extend(failures(&replaced(files, &chosen, &names)).all);
        }
        let more: Vec<&String> = found.certain.difference(&known).collect();
        prop_assert!(more.is_empty(), "{more:?}\n{changed:?}");
    }

    #[test]
    fn what_is_found_under_assumptions_is_found_with_a_value(input: Index, picks in prop::collection::vec(any::<Index>(), 1..3), kind in 0..UNKNOWNS.len()) {
        let files = SWITCHED[input.index(SWITCHED.len())];
        let all = places(files, is_switch);
        let chosen: BTreeSet<_> = picks.iter().map(|pick| all[pick.index(all.len())]).collect();
        let mut known = BTreeSet::new();
        for values in 0..1 << chosen.len() {
            let text = |at: usize| if values >> at & 1 == 1 { "true" } else { "false" };
            let texts: Vec<&str> = (0..chosen.len()).map(text).collect();
            known.extend(failures(&replaced(files, &chosen, &texts)).all);
        }
        let changed = unknown(files, &chosen, kind);
        let found = failures(&changed).all;
        let more: Vec<&String> = found.difference(&known).collect();
        prop_assert!(more.is_empty(), "{more:?}\n{changed:?}");
    }
}

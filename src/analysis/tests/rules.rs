//! The mechanical tests of every rule file under `rules/`: one test a rule, which names each case that fails.
//!
//! `cargo test -p palisade-analysis --test rules -- s3` runs those whose id contains `s3`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Failed, Trial};
use palisade_analysis::rules::{RuleFile, RuleSet, Scope};
use palisade_analysis::system::{OsSystem, Sources};
use palisade_analysis::verify::verify;

static EMBEDDED: LazyLock<RuleSet> = LazyLock::new(RuleSet::embedded);

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let system = OsSystem;
    let (files, problems) = RuleSet::read(
        &system,
        &Sources::default(),
        &[PathBuf::from(&folder)],
        None,
    );
    let mut trials: Vec<Trial> = files.into_iter().map(trial).collect();
    for problem in problems {
        let fail = move || Err(Failed::from(problem.message));
        trials.push(Trial::test("rules can be read", fail));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(file: RuleFile) -> Trial {
    let id: Arc<str> = file.rule.id.clone();
    Trial::test(id.to_string(), move || {
        let failures: Vec<String> = verify(&file, &EMBEDDED)
            .into_iter()
            .filter_map(|test| Some(format!("{}: {}", test.name, test.failure?)))
            .chain(not_embedded(&file))
            .collect();
        if failures.is_empty() {
            Ok(())
        } else {
            Err(Failed::from(failures.join("\n")))
        }
    })
}

/// The types of a rule under which the product does not find it, whatever the names of its neighbors.
fn not_embedded(file: &RuleFile) -> impl Iterator<Item = String> + use<'_> {
    let types = file.rule.types.iter();
    types
        .filter(|_| file.rule.scope == Scope::Resource)
        .filter(|name| {
            let rules = EMBEDDED.of_type(name);
            !rules.iter().any(|rule| rule.id == file.rule.id)
        })
        .map(|name| format!("embedded: not found under {name}"))
}

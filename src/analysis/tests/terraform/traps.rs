//! Inputs that scanners are known to judge wrongly, through the whole pipeline: `testdata/terraform/traps/<name>/`, the rule and
//! what it is to say in `expected.json`. What is put in the place of a value and not known adds no finding to them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_analysis::analyzer::{Analysis, Analyzer, Request};
use palisade_analysis::system::{MemorySystem, OsSystem, System};
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::cases::folders;

fn analyze(system: Arc<dyn System>, folder: &Path) -> Analysis {
    let request = Request {
        paths: vec![folder.to_path_buf()],
        ..Request::default()
    };
    let analysis = Analyzer::new(system).analyze(&request);
    analysis.expect("there is no configuration to be wrong")
}

/// What a rule says: the resources that fail, and those it cannot judge.
fn verdicts(analysis: &Analysis, rule: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let findings = analysis.findings.iter().filter(|it| &*it.rule_id == rule);
    let failed = findings.flat_map(|it| it.instances.iter().map(ToString::to_string));
    let open = analysis.undecided.iter().filter(|it| &*it.rule_id == rule);
    (
        failed.collect(),
        open.map(|it| it.address.to_string()).collect(),
    )
}

fn names(expected: &Json, key: &str) -> BTreeSet<String> {
    let listed = expected[key].as_array().expect("a list");
    let texts = listed.iter().filter_map(Json::as_str);
    texts.map(str::to_owned).collect()
}

#[test]
fn traps_are_judged_right() {
    for folder in folders("terraform/traps") {
        let text = std::fs::read_to_string(folder.join("expected.json")).expect("expected.json");
        let expected: Json = serde_json::from_str(&text).expect("JSON");
        let analysis = analyze(Arc::new(OsSystem), &folder);
        let rule = expected["rule"].as_str().expect("a rule");
        let wanted = (names(&expected, "fail"), names(&expected, "unknown"));
        assert_eq!(verdicts(&analysis, rule), wanted, "{}", folder.display());
    }
}

/// Of the shared traps of Terraform: the rule, what fails, what is not known.
const SHARED: &[(&str, &str, &[&str], &[&str])] = &[
    ("t2", VOLUME, &[], &[]),
    (
        "t2f",
        VOLUME,
        &[
            "module.child[\"a\"].aws_ebs_volume.v",
            "module.child[\"b\"].aws_ebs_volume.v",
        ],
        &[],
    ),
    ("t3", VOLUME, &[], &["aws_ebs_volume.v", "aws_ebs_volume.w"]),
    (
        "t4",
        "aws-ec2-security-group-ssh-open",
        &["aws_security_group.sgbad"],
        &[],
    ),
    ("t5", VOLUME, &["aws_ebs_volume.v"], &[]),
    ("t7", VOLUME, &[], &[]),
    ("t11", VOLUME, &[], &[]),
    ("t14", VOLUME, &[], &[]),
    ("t15", VOLUME, &["aws_ebs_volume.v[\"b\"]"], &[]),
    ("t16", VOLUME, &[], &[]),
    (
        "t17",
        "aws-iam-policy-admin",
        &[
            "aws_iam_policy.p",
            "aws_iam_policy.q",
            "aws_iam_policy.r",
            "aws_iam_policy.s",
            "data.aws_iam_policy_document.d",
        ],
        &[],
    ),
    ("t18", VOLUME, &["module.b.aws_ebs_volume.v"], &[]),
    ("t19", "aws-s3-bucket-no-public-access-block", &[], &[]),
];
const VOLUME: &str = "aws-ec2-volume-unencrypted";

#[test]
fn shared_traps_are_judged_right() {
    let Some(root) = crate::shared::corpus("traps") else {
        return;
    };
    let owned =
        |all: &[&str]| -> BTreeSet<String> { all.iter().map(ToString::to_string).collect() };
    for (name, rule, failed, open) in SHARED {
        let analysis = analyze(Arc::new(OsSystem), &root.join(name));
        let wanted = (owned(failed), owned(open));
        assert_eq!(verdicts(&analysis, rule), wanted, "{name}");
    }
}

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
        let fixed = ["default", "source", "variable", "type"];
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

/// Rules with the resources they fail for, instances of one block together. The instance that stands for a number of them that is
/// not known is judged as each of them would be, and a finding that says what it assumes holds only then: both are left out.
fn failures(files: &[(String, String)]) -> BTreeSet<String> {
    let borrowed = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    let analysis = analyze(Arc::new(MemorySystem::new(borrowed)), Path::new(""));
    let block = |address: &palisade_model::Address| {
        let text = address.to_string();
        text.split('[').next().unwrap_or_default().to_owned()
    };
    let each = |it: &palisade_analysis::check::Finding| {
        let rule = it.rule_id.clone();
        let counted = it
            .instances
            .iter()
            .filter(|at| !at.to_string().contains("[*]"));
        counted
            .map(|at| format!("{rule} {}", block(at)))
            .collect::<Vec<_>>()
    };
    let certain = analysis
        .findings
        .iter()
        .filter(|it| it.assumptions.is_empty());
    certain.flat_map(each).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_not_known_adds_no_finding(folder in 0usize..13, picks in prop::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let folders = folders("terraform/traps");
        let mut files = read(&folders[folder % folders.len()]);
        let known = failures(&files);
        let places: Vec<(usize, usize, usize)> = files
            .iter()
            .enumerate()
            .filter(|(_, (path, _))| {
                let kind = Path::new(path).extension();
                kind.is_some_and(|kind| kind == "tf" || kind == "tofu")
            })
            .flat_map(|(file, (_, text))| literals(text).into_iter().map(move |(from, to)| (file, from, to)))
            .collect();
        prop_assume!(!places.is_empty());
        let chosen: BTreeSet<(usize, usize, usize)> = picks.iter().map(|pick| places[pick.index(places.len())]).collect();
        for (file, from, to) in chosen.iter().rev() {
            files[*file].1.replace_range(*from..*to, "var.not_known");
        }
        for (file, _, _) in &chosen {
            let text = &mut files[*file].1;
            let declared = "\nvariable \"not_known\" {}\n";
            if !text.ends_with(declared) {
                text.push_str(declared);
            }
        }
        let found = failures(&files);
        let more: Vec<&String> = found.difference(&known).collect();
        prop_assert!(more.is_empty(), "{more:?}\n{files:?}");
    }
}

#[test]
fn the_terraform_files_of_the_cases_are_evaluated_without_an_internal_error() {
    let Some(root) = crate::shared::corpus("cases") else {
        return;
    };
    let is_terraform = |path: &Path| {
        path.extension()
            .is_some_and(|ending| ending == "tf" || ending == "tofu")
    };
    let files = crate::shared::files(&root, is_terraform);
    let modules: BTreeSet<&Path> = files.iter().filter_map(|path| path.parent()).collect();
    for folder in &modules {
        let roots = [OsSystem.canonicalize(folder).expect("the folder")];
        let kind = palisade_analysis::discover::ProjectKind::Terraform;
        let made = super::run(
            &OsSystem,
            kind,
            folder,
            &roots,
            &palisade_analysis::lang::Inputs::default(),
        );
        let internal = made
            .evaluation
            .diagnostics
            .iter()
            .find(|it| it.code == palisade_model::DiagnosticCode::Internal);
        assert!(internal.is_none(), "{}: {internal:?}", folder.display());
    }
    eprintln!("{} files in {} modules", files.len(), modules.len());
    assert!(!modules.is_empty());
}

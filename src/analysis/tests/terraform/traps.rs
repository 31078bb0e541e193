//! Inputs that scanners are known to judge wrongly, through the whole pipeline: `testdata/terraform/traps/<name>/`, the rule and
//! what it is to say in `expected.json`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use palisade_analysis::analyzer::{Analysis, Analyzer, Request};
use palisade_analysis::system::{OsSystem, System};
use serde_json::Value as Json;

use crate::cases::folders;

pub(super) fn analyze(system: Arc<dyn System>, folder: &Path) -> Analysis {
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

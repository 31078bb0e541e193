//! What the AWS rules cover of the field: the README beside them is true, and every check of the field is there or left out with a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use palisade_analysis::frameworks::framework;
use palisade_analysis::rules::RuleSet;

use super::tree::top;

const README: &str = "rules/aws/README.md";
/// Around the table that `palisade rules coverage aws` prints.
const FENCES: [&str; 2] = ["<!-- palisade rules coverage aws -->\n", "<!-- end -->\n"];

fn readme() -> String {
    std::fs::read_to_string(top().join(README)).expect("the README is there")
}

/// The ids in the first column of the tables under `## Left out`, each with its reason.
fn left_out(readme: &str) -> BTreeMap<String, String> {
    let section = readme.split("## Left out").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut found = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let (ids, reason) = (cells.next().unwrap_or(""), cells.next().unwrap_or(""));
        for id in ids.split(',') {
            let id = id.trim().trim_matches('`').to_owned();
            let before = found.insert(id.clone(), reason.to_owned());
            assert_eq!(before, None, "{id} is left out twice");
        }
    }
    found
}

fn aliases() -> BTreeSet<String> {
    let rules = RuleSet::embedded().rules();
    let aliases = rules.iter().flat_map(|rule| rule.aliases.iter());
    aliases.map(ToString::to_string).collect()
}

#[test]
fn the_readme_of_the_aws_rules_has_the_coverage_of_today() {
    let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
        .args(["rules", "coverage", "aws"])
        .output()
        .expect("the program runs");
    assert!(output.status.success());
    let table = String::from_utf8(output.stdout).expect("output is UTF-8");
    let readme = readme();
    let (before, rest) = readme.split_once(FENCES[0]).expect("the first fence");
    let (_, after) = rest.split_once(FENCES[1]).expect("the second fence");
    let fresh = format!("{before}{}{table}{}{after}", FENCES[0], FENCES[1]);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(top().join(README), fresh).expect("the README can be written");
    } else {
        assert_eq!(readme, fresh, "UPDATE=1 cargo test writes it anew");
    }
}

#[test]
fn what_is_left_out_has_a_reason_and_no_rule() {
    let aliases = aliases();
    for (id, reason) in left_out(&readme()) {
        assert!(reason.len() > 10, "{id} has no reason");
        assert!(
            !aliases.contains(&id),
            "{id} is left out, and a rule's alias"
        );
    }
}

#[test]
fn every_control_of_fsbp_is_answered_or_left_out() {
    let fsbp = framework("aws-fsbp").expect("the framework is there");
    let fsbp = fsbp.expect("it can be read");
    let left_out = left_out(&readme());
    for control in &fsbp.controls {
        let is_answered = !control.rules.is_empty();
        let is_left_out = left_out.contains_key(&control.id);
        assert!(
            is_answered != is_left_out,
            "{} is answered by {:?}, left out: {is_left_out}",
            control.id,
            control.rules
        );
    }
}

/// Live AWS checks of Checkov and Trivy, as the shared catalogue lists them.
fn field(catalogue: &str) -> Vec<&str> {
    let rows = catalogue.lines().skip(1);
    let rows = rows.map(|row| row.split('\t').collect::<Vec<_>>());
    rows.filter(|row| row[3] == "aws" && row[10] != "deprecated")
        .map(|row| row[1])
        .collect()
}

/// AWS checks of Prowler that a template can answer, as the shared catalogue lists them.
fn declared(catalogue: &str) -> Vec<&str> {
    let rows = catalogue.lines().skip(1);
    let rows = rows.map(|row| row.split('\t').collect::<Vec<_>>());
    rows.filter(|row| row[1] == "aws" && row[6] == "yes")
        .map(|row| row[0])
        .collect()
}

#[test]
fn every_check_of_the_field_is_answered_or_left_out() {
    let Some(shared) = std::env::var_os("PALISADE_SHARED") else {
        return;
    };
    let catalogue = std::path::Path::new(&shared).join("peer-checks.tsv");
    let catalogue = std::fs::read_to_string(catalogue).expect("the catalogue is there");
    let prowler = std::path::Path::new(&shared).join("prowler-checks.tsv");
    let prowler = std::fs::read_to_string(prowler).expect("the catalogue is there");
    let (aliases, left_out) = (aliases(), left_out(&readme()));
    let mut all = field(&catalogue);
    all.extend(declared(&prowler));
    let open: Vec<&str> = all
        .iter()
        .copied()
        .filter(|id| !aliases.contains(*id) && !left_out.contains_key(*id))
        .collect();
    assert!(
        open.is_empty(),
        "{} of {} are open: {}",
        open.len(),
        all.len(),
        open.join(" ")
    );
}

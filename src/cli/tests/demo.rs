//! The demo of the README finds what it is there to find.

use std::process::Command;

use serde_json::Value;

use super::tree::top;

#[test]
fn the_demo_finds_what_it_should() {
    let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
        .args(["check", "testdata/demo", "--output-format", "json"])
        .current_dir(top())
        .output()
        .expect("the program runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("output is JSON");
    let findings = report["findings"].as_array().expect("findings are a list");
    let found: Vec<String> = findings
        .iter()
        .map(|one| {
            format!(
                "{}:{} {}",
                text(&one["file"]),
                one["line"],
                text(&one["rule_id"])
            )
        })
        .collect();
    let expected = std::fs::read_to_string(top().join("testdata/demo/expected.txt"))
        .expect("the expectation is there");
    let missing: Vec<&str> = expected
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .filter(|line| {
            let mut words = line.split_whitespace();
            let (place, rule) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            let meant = format!("testdata/demo/{place} {rule}");
            !found.contains(&meant)
        })
        .collect();
    assert!(missing.is_empty(), "missing {missing:#?} in {found:#?}");
    assert_eq!(output.status.code(), Some(1));
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn two_runs_are_the_same_to_the_byte() {
    let run = || {
        Command::new(env!("CARGO_BIN_EXE_palisade"))
            .args(["check", "testdata", "--output-format", "json", "--isolated"])
            .current_dir(top())
            .output()
            .expect("the program runs")
            .stdout
    };
    assert_eq!(run(), run());
}

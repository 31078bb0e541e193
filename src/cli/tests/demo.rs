//! The demo of the README finds what it is there to find.

use std::process::Command;

use super::tree::top;

#[test]
fn the_demo_finds_what_it_should() {
    let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
        .args(["check", "testdata/demo", "--output-format", "concise"])
        .env("NO_COLOR", "1")
        .current_dir(top())
        .output()
        .expect("the program runs");
    let printed = String::from_utf8(output.stdout).expect("output is UTF-8");
    let expected = std::fs::read_to_string(top().join("testdata/demo/expected.txt"))
        .expect("the expectation is there");
    let missing: Vec<&str> = expected
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .filter(|line| {
            let mut words = line.split_whitespace();
            let (place, rule) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            !printed.lines().any(|one| {
                one.starts_with(&format!("testdata/demo/{place}:"))
                    && one.contains(&format!(" {rule}: "))
            })
        })
        .collect();
    assert!(missing.is_empty(), "missing {missing:#?} in:\n{printed}");
    assert_eq!(output.status.code(), Some(1));
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

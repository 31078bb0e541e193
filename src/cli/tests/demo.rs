//! The demo of the README, as it is printed. `UPDATE=1` writes the expectation anew.

use std::process::Command;

use super::tree::top;

#[test]
fn the_demo_prints_what_it_should() {
    let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
        .args(["check", "testdata/demo"])
        .env("NO_COLOR", "1")
        .current_dir(top())
        .output()
        .expect("the program runs");
    let printed = String::from_utf8(output.stdout).expect("output is UTF-8");
    let expected = top().join("testdata/demo/expected.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&expected, &printed).expect("the expectation can be written");
    }
    let known = std::fs::read_to_string(&expected).expect("the expectation is there");
    assert_eq!(printed, known, "run with UPDATE=1 and read the difference");
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

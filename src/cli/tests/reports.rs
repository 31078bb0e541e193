//! Every format over the demo: valid in its own terms, and all of them count alike.

use std::process::Command;

use serde_json::Value;

use super::tree::top;

fn report(format: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
        .args([
            "check",
            "testdata/demo",
            "--quiet",
            "--output-format",
            format,
        ])
        .current_dir(top())
        .output()
        .expect("the program runs");
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

fn json(format: &str) -> Value {
    serde_json::from_str(&report(format)).expect("output is JSON")
}

fn findings() -> Vec<Value> {
    json("json")["findings"]
        .as_array()
        .expect("findings are a list")
        .clone()
}

#[test]
fn every_format_has_every_finding() {
    let (implied, shown): (Vec<Value>, Vec<Value>) = findings()
        .into_iter()
        .partition(|finding| finding["implied_by"] != Value::Array(Vec::new()));
    let (number, all) = (shown.len(), shown.len() + implied.len());
    assert!(number > 0 && !implied.is_empty());
    let summary = &json("json")["summary"];
    let counted = summary["findings"].as_object().expect("counts by severity");
    assert_eq!(
        counted.values().filter_map(Value::as_u64).sum::<u64>(),
        number as u64
    );
    assert_eq!(summary["implied"], implied.len());
    let count = |format: &str, mark: &str| report(format).matches(mark).count();
    assert_eq!(
        json("sarif")["runs"][0]["results"].as_array().map(Vec::len),
        Some(number)
    );
    assert_eq!(json("gitlab").as_array().map(Vec::len), Some(number));
    assert_eq!(
        json("jsonl")["findings"].as_array().map(Vec::len),
        Some(all)
    );
    assert!(count("human", "┌─ testdata/demo") + count("human", "= also ") >= number);
    assert_eq!(count("junit", "<failure"), number);
    assert_eq!(
        count("github", "::error ") + count("github", "::warning ") + count("github", "::notice "),
        number
    );
    assert_eq!(report("concise").lines().count(), number);
    assert_eq!(report("csv").lines().count(), all + 1);
    assert_eq!(count("markdown", "| `testdata/"), number);
}

#[test]
fn findings_have_what_the_contract_says() {
    for finding in findings() {
        for key in [
            "rule_id",
            "status",
            "severity",
            "resource",
            "resource_type",
            "language",
            "file",
            "message",
            "fingerprint",
        ] {
            assert!(
                finding[key].as_str().is_some_and(|text| !text.is_empty()),
                "{key} in {finding}"
            );
        }
        for key in ["line", "column", "end_line", "end_column"] {
            assert!(
                finding[key].as_u64().is_some_and(|number| number > 0),
                "{key} in {finding}"
            );
        }
        for key in ["aliases", "instances", "related", "fixes", "objectives"] {
            assert!(finding[key].is_array(), "{key} in {finding}");
        }
    }
}

#[test]
fn sarif_is_what_its_schema_allows() {
    let text = std::fs::read_to_string(top().join("testdata/cli/sarif-2.1.0.schema.json"))
        .expect("the schema is there");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let report = json("sarif");
    let errors: Vec<String> = validator
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn the_schema_of_the_configuration_is_fresh() {
    let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
        .args(["config", "schema"])
        .output()
        .expect("the program runs");
    let printed = String::from_utf8(output.stdout).expect("output is UTF-8");
    let place = top().join("src/analysis/config/palisade.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&place, &printed).expect("the schema can be written");
    }
    let known = std::fs::read_to_string(&place).expect("the schema is there");
    assert_eq!(printed, known, "run with UPDATE=1");
}

#[test]
fn no_output_shows_what_a_plan_or_state_marks_as_sensitive() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
            .args(arguments)
            .current_dir(top())
            .output()
            .expect("the program runs");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let formats = [
        "human", "concise", "json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown",
        "csv",
    ];
    for format in formats {
        let arguments = [
            "check",
            "testdata/plan",
            "--show-unknown",
            "--output-format",
            format,
        ];
        let shown = run(&arguments);
        assert!(
            shown.contains("aws-rds-instance-public"),
            "{format}: {shown}"
        );
        assert!(!shown.contains("hidden-"), "{format}: {shown}");
    }
    for arguments in [
        &["check", "testdata/plan", "--diff", "--unsafe-fixes"][..],
        &["resources", "testdata/plan"],
        &["resources", "testdata/plan", "--output-format", "json"],
    ] {
        let shown = run(arguments);
        assert!(!shown.contains("hidden-"), "{arguments:?}: {shown}");
    }
}

#[test]
fn the_number_of_threads_shows_nowhere() {
    let run = |threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_palisade"))
            .args([
                "check",
                "testdata/demo",
                "testdata/terragrunt",
                "testdata/plan",
            ])
            .args(["--show-unknown", "--output-format", "json"])
            .env("RAYON_NUM_THREADS", threads)
            .current_dir(top())
            .output()
            .expect("the program runs");
        String::from_utf8(output.stdout).expect("output is UTF-8")
    };
    let one = run("1");
    assert!(one.contains("\"findings\""));
    for threads in ["2", "3", "8"] {
        assert_eq!(run(threads), one, "{threads} threads");
    }
}

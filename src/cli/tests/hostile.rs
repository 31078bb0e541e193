//! Bad input: each gets a message naming file and place, the rest of the run goes on, and the exit status is 2.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const GOOD: &str = "Resources:
  Logs:
    Type: AWS::RDS::DBInstance
    Properties:
      PubliclyAccessible: true
";

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_palisade"))
        .arg("check")
        .args(arguments)
        .args(["--output-format", "concise"])
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

/// A folder with a template that has a finding, and a bad file beside it.
fn check(name: &str, content: impl AsRef<[u8]>, expected: &[&str]) {
    let folder = TempDir::new().expect("a folder can be made");
    fs::write(folder.path().join("good.yaml"), GOOD).expect("a file can be written");
    fs::write(folder.path().join(name), content).expect("a file can be written");
    check_folder(folder.path(), expected);
}

fn check_folder(folder: &Path, expected: &[&str]) {
    let (status, text) = run(folder, &["."]);
    for part in expected {
        assert!(text.contains(part), "expected `{part}` in:\n{text}");
    }
    assert!(
        text.contains("aws-rds-instance-public"),
        "the rest of the run goes on:\n{text}"
    );
    assert_eq!(status, Some(2), "{text}");
}

#[test]
fn a_binary_file_is_named() {
    check(
        "main.tf",
        b"\x7fELF\x00\x00\x01\xff",
        &["main.tf", "is binary, not text"],
    );
}

#[test]
fn a_file_that_is_not_utf_8_is_named_with_the_line() {
    check(
        "main.tf",
        b"locals {\n  a = \"\xff\"\n}\n",
        &["main.tf", "is not UTF-8", "line 2"],
    );
}

#[test]
fn an_empty_template_is_named() {
    check("main.bicep", "", &["main.bicep", "is empty"]);
    check("main.tf", "\n", &["main.tf", "is empty"]);
}

#[test]
fn a_truncated_template_is_named_with_the_place() {
    check(
        "cut.json",
        &br#"{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"A": {"Type": "AWS::RDS::D"#
            [..],
        &["cut.json:1:"],
    );
    check(
        "main.tf",
        "resource \"aws_s3_bucket\" \"x\" {\n  bucket = \"a\n",
        &["main.tf:"],
    );
    check(
        "main.bicep",
        "resource x 'Microsoft.Storage/storageAccounts@2023-05-01' = {\n  name: \n",
        &["main.bicep:"],
    );
}

#[test]
fn nesting_of_ten_thousand_levels_is_named() {
    let deep = |open: &str, close: &str| open.repeat(10_000) + &close.repeat(10_000);
    check(
        "deep.json",
        format!(
            "{{\"AWSTemplateFormatVersion\": \"2010-09-09\", \"Resources\": {}}}",
            deep("[", "]")
        ),
        &["deep.json"],
    );
    check(
        "deep.yaml",
        format!(
            "AWSTemplateFormatVersion: \"2010-09-09\"\nResources: {}\n",
            deep("[", "]")
        ),
        &["deep.yaml"],
    );
    check(
        "main.tf",
        format!("locals {{\n  a = {}\n}}\n", deep("[", "]")),
        &["main.tf"],
    );
    check(
        "main.bicep",
        format!("var a = {}\n", deep("[", "]")),
        &["main.bicep"],
    );
}

#[test]
fn modules_that_call_each_other_are_named() {
    let folder = TempDir::new().expect("a folder can be made");
    fs::write(folder.path().join("good.yaml"), GOOD).expect("a file can be written");
    for (name, other) in [("a", "b"), ("b", "a")] {
        fs::create_dir(folder.path().join(name)).expect("a folder can be made");
        let text = format!("module \"{other}\" {{\n  source = \"../{other}\"\n}}\n");
        fs::write(folder.path().join(name).join("main.tf"), text).expect("a file can be written");
    }
    check_folder(folder.path(), &["main.tf", "calls itself"]);
}

#[test]
fn a_template_of_fifty_megabytes_is_named() {
    let mut text = GOOD.to_owned() + "Outputs:\n";
    text.push_str(&"# a long comment that says nothing at all\n".repeat(50 * 1024 * 1024 / 42));
    check("large.yaml", text, &["large.yaml", "too large"]);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_named() {
    let folder = TempDir::new().expect("a folder can be made");
    fs::write(folder.path().join("good.yaml"), GOOD).expect("a file can be written");
    std::os::unix::fs::symlink("nowhere", folder.path().join("main.tf"))
        .expect("a link can be made");
    check_folder(folder.path(), &["main.tf", "a link that leads nowhere"]);
}

#[test]
fn a_path_that_does_not_exist_is_named() {
    let folder = TempDir::new().expect("a folder can be made");
    let (status, text) = run(folder.path(), &["nothing.tf"]);
    assert!(
        text.contains("nothing.tf") && text.contains("does not exist"),
        "{text}"
    );
    assert_eq!(status, Some(2));
}

#[test]
fn a_folder_without_a_template_says_so() {
    let folder = TempDir::new().expect("a folder can be made");
    let (status, text) = run(folder.path(), &["."]);
    assert!(text.contains("No template found"), "{text}");
    assert_eq!(status, Some(0));
}

#[test]
fn files_that_are_no_template_are_nobodys_error() {
    let folder = TempDir::new().expect("a folder can be made");
    let files = [
        ("package.json", r#"{"name": "x", "resources": [1]}"#),
        (
            "docker-compose.yml",
            "services:\n  web:\n    image: nginx\n",
        ),
        (
            "deployment.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template: {{ .Values.x }}\n",
        ),
        ("broken.json", "{\"a\": "),
        ("values.yaml", "a: [\n"),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file can be written");
    }
    let (status, text) = run(folder.path(), &["."]);
    assert!(text.contains("No template found in 5 files"), "{text}");
    assert_eq!(status, Some(0));
    let (status, text) = run(folder.path(), &["package.json"]);
    assert_eq!(status, Some(0), "{text}");
}

//! Half-typed and garbled Bicep files and ARM templates: whatever is cut off, left out or put in, they evaluate, and fast.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use palisade_analysis::discover::{Project, ProjectKind};
use palisade_analysis::lang::{self, Context, Evaluation, Inputs};
use palisade_analysis::system::{MemorySystem, Sources};
use proptest::prelude::*;

/// The longest that a file of a few kilobytes may take, on a busy machine and without optimization.
const PATIENCE: Duration = Duration::from_secs(60);

/// Evaluates a text as the only file there is. Every place it tells of lies in the text.
pub(crate) fn evaluate(kind: ProjectKind, text: &str) -> Evaluation {
    let name = match kind {
        ProjectKind::Arm => "/main.json",
        _ => "/main.bicep",
    };
    let system = MemorySystem::new([(name, text)]);
    let context = Context {
        system: &system,
        sources: &Sources::default(),
        roots: &[PathBuf::from("/")],
        inputs: &Inputs::default(),
    };
    let project = Project {
        kind,
        root: PathBuf::from(name),
    };
    let start = Instant::now();
    let evaluation = lang::evaluate(&project, &context);
    assert!(start.elapsed() < PATIENCE, "{:?}: {text}", start.elapsed());
    for diagnostic in &evaluation.diagnostics {
        if let Some(span) = diagnostic.span {
            assert!(span.end as usize <= text.len(), "{diagnostic:?}");
        }
    }
    evaluation
}

/// The inputs of `testdata/<folder>` whose names end so.
fn inputs(folder: &str, ending: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    let mut found = super::shared::files(&root.join(folder), |path| {
        path.to_string_lossy().ends_with(ending)
    });
    found.retain(|path| !path.to_string_lossy().contains("/.bicep/"));
    assert!(!found.is_empty());
    found
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("the input is text"))
        .collect()
}

fn templates() -> Vec<String> {
    inputs("arm", "main.json")
}

fn bicep_files() -> Vec<String> {
    inputs("bicep", ".bicep")
}

#[test]
fn every_prefix_of_an_arm_template_evaluates() {
    for (number, text) in templates().iter().enumerate() {
        for cut in (number % 5..text.len()).step_by(5) {
            if let Some(prefix) = text.get(..cut) {
                evaluate(ProjectKind::Arm, prefix);
            }
        }
    }
}

#[test]
fn every_prefix_of_a_bicep_file_evaluates() {
    for (number, text) in bicep_files().iter().enumerate() {
        for cut in (number % 5..text.len()).step_by(5) {
            if let Some(prefix) = text.get(..cut) {
                evaluate(ProjectKind::Bicep, prefix);
            }
        }
    }
}

/// A text with a piece of it left out, said twice, or replaced.
fn damaged(text: &str, (at, length, what): (usize, usize, u8), word: &str) -> Option<String> {
    let at = at % text.len().max(1);
    let end = (at + length).min(text.len());
    let (head, piece, tail) = (text.get(..at)?, text.get(at..end)?, text.get(end..)?);
    Some(match what % 3 {
        0 => format!("{head}{tail}"),
        1 => format!("{head}{piece}{piece}{tail}"),
        _ => format!("{head}{word}{tail}"),
    })
}

/// Words and signs that mean something in one of the languages.
const WORDS: [&str; 28] = [
    "'",
    "\"",
    "'''",
    "$'''",
    "${",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    "\n",
    ":",
    "=",
    "=>",
    "?",
    "??",
    "!",
    ".?",
    "::",
    "...",
    "[^1]",
    "null",
    "[copyIndex()]",
    "[[",
    "\"copy\": [{\"name\": \"x\", \"count\": 9}],",
    "resource a 'A/b@1' = {",
    "@secure()",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_template_evaluates(
        file in 0..64_usize,
        damages in prop::collection::vec((0..20_000_usize, 0..60_usize, any::<u8>(), 0..WORDS.len()), 1..4),
    ) {
        let all = templates();
        let mut text = all[file % all.len()].clone();
        for (at, length, what, word) in damages {
            text = damaged(&text, (at, length, what), WORDS[word]).unwrap_or(text);
        }
        evaluate(ProjectKind::Arm, &text);
    }

    #[test]
    fn a_damaged_bicep_file_evaluates(
        file in 0..64_usize,
        damages in prop::collection::vec((0..20_000_usize, 0..60_usize, any::<u8>(), 0..WORDS.len()), 1..4),
    ) {
        let all = bicep_files();
        let mut text = all[file % all.len()].clone();
        for (at, length, what, word) in damages {
            text = damaged(&text, (at, length, what), WORDS[word]).unwrap_or(text);
        }
        evaluate(ProjectKind::Bicep, &text);
    }
}

#[test]
fn nesting_of_any_depth_evaluates() {
    let pairs = [
        ("(", ")"),
        ("[", "]"),
        ("{a: ", "}"),
        ("[for x in [1]: ", "]"),
        ("true ? ", " : 1"),
        ("map([1], x => ", ")"),
        ("'${", "}'"),
        ("!", ""),
        ("-", ""),
        ("union({}, ", ")"),
        ("{...", "}"),
        ("a ?? ", ""),
    ];
    for (open, close) in pairs {
        for depth in [10, 100, 127, 1_000, 20_000] {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let text = format!(
                "var a = {value}\nresource r 'A/b@1' = {{\n  name: 'n'\n  properties: {{ a: a }}\n}}\n"
            );
            let evaluation = evaluate(ProjectKind::Bicep, &text);
            assert_eq!(evaluation.resources.len(), 1, "{open} {depth}");
        }
    }
    let pairs = [
        ("createArray(", ")"),
        ("not(", ")"),
        ("if(true(), ", ", 1)"),
        ("map(createArray(1), lambda('x', ", "))"),
        ("", ".a"),
        ("", "[0]"),
    ];
    for (open, close) in pairs {
        for depth in [10, 100, 127, 1_000, 20_000] {
            let value = format!("[{}json('1'){}]", open.repeat(depth), close.repeat(depth));
            let text = format!(
                "{{\"resources\": [{{\"type\": \"A/b\", \"apiVersion\": \"1\", \"name\": \"n\", \"properties\": {{\"a\": \"{value}\"}}}}]}}"
            );
            let evaluation = evaluate(ProjectKind::Arm, &text);
            assert_eq!(evaluation.resources.len(), 1, "{open} {depth}");
        }
    }
}

/// Work that grows with a power of the length of its text stops at a limit.
#[test]
fn growing_work_ends() {
    let mut doubled = String::from("var a0 = 'xxxxxxxxxxxxxxxx'\n");
    let mut branched = String::from("param b bool\nvar b0 = b ? 'x' : 'y'\n");
    let mut called = String::from("func f0(x array) array => concat(x, x)\n");
    for level in 1..40 {
        let below = level - 1;
        doubled.push_str(&format!("var a{level} = [a{below}, a{below}]\n"));
        branched.push_str(&format!(
            "var b{level} = b ? 'x${{b{below}}}' : 'y${{b{below}}}'\n"
        ));
        called.push_str(&format!(
            "func f{level}(x array) array => f{below}(f{below}(x))\n"
        ));
    }
    doubled.push_str("resource r 'A/b@1' = {\n  name: string(a39)\n  p: base64(string(a39))\n}\n");
    branched.push_str("resource r 'A/b@1' = {\n  name: b39\n}\n");
    called.push_str("resource r 'A/b@1' = {\n  name: 'n'\n  p: f39([1])\n}\n");
    let nested = "var a = [for x in range(0, 9999): [for y in range(0, 9999): [for z in range(0, 9999): x]]]\nresource r 'A/b@1' = {\n  name: 'n'\n  p: a\n}\n";
    let padded = "var a = padLeft('x', 999999999)\nvar r = range(0, 2147483647)\nresource r0 'A/b@1' = {\n  name: 'n'\n  p: a\n  q: r\n  s: join(map(range(0, 10000), i => padLeft('', 100000)), '')\n}\n";
    let modules = "module a 'main.bicep' = [for i in range(0, 100): {\n  name: 'a${i}'\n}]\nresource r 'A/b@1' = {\n  name: 'n'\n}\n";
    let compared = "var big = flatten(map(range(0, 90), i => range(0, 10000)))\nresource r 'A/b@1' = {\n  name: 'n'\n  p: map(range(0, 10000), i => contains(big, -1))\n  q: map(range(0, 10000), i => length(string(big)))\n}\n";
    let reduced = "resource r 'A/b@1' = {\n  name: 'n'\n  p: length(string(reduce(range(0, 100), 1, (a, x) => [a, a])))\n  q: reduce(range(0, 100), 'x', (a, x) => '${a}${a}')\n  s: reduce(range(0, 100), [1], (a, x) => concat(a, a))\n}\n";
    let ranges =
        "resource r 'A/b@1' = {\n  name: 'n'\n  p: map(range(0, 10000), x => range(0, 10000))\n}\n";
    let texts = "var big = join(map(range(0, 10000), i => 'xxxxxxxxxxxxxxxxxxxxxxxx'), '')\nresource r 'A/b@1' = {\n  name: 'n'\n  p: [for i in range(0, 10000): '${big}${i}']\n  q: replace(big, 'x', big)\n  s: format('{0:é}', 1)\n}\n";
    for text in [
        doubled.as_str(),
        &branched,
        &called,
        nested,
        padded,
        modules,
        compared,
        reduced,
        ranges,
        texts,
    ] {
        let evaluation = evaluate(ProjectKind::Bicep, text);
        assert!(!evaluation.resources.is_empty(), "{text}");
    }
    let copies = r#"{"resources": [{"type": "A/b", "name": "n", "apiVersion": "1", "properties": {"copy": [{"name": "a", "count": 800, "input": {
        "copy": [{"name": "b", "count": 800, "input": {"copy": [{"name": "c", "count": 800, "input": "[copyIndex('a')]"}]}}]}}]}}]}"#;
    let deployments = r#"{"resources": [{"type": "Microsoft.Resources/deployments", "name": "[concat('n', copyIndex())]", "apiVersion": "1",
        "copy": {"name": "n", "count": 100}, "properties": {"templateLink": {"relativePath": "main.json"}}}]}"#;
    for text in [copies, deployments] {
        evaluate(ProjectKind::Arm, text);
    }
}

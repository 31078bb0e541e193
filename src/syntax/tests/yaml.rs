//! The YAML reader: values, spans, recovery, limits.

use std::fmt::Write;
use std::time::{Duration, Instant};

use palisade_syntax::data::{Data, Node};
use palisade_syntax::yaml;

/// The tree in one line, with the text of each scalar's range where it differs from the value.
fn show(node: &Node, text: &str, out: &mut String) {
    if let Some(tag) = &node.tag {
        let _ = write!(out, "{} ", tag.name);
        if !node.range.slice(text).starts_with('*') {
            assert_eq!(&*tag.name, tag.range.slice(text), "range of the tag");
        }
    }
    match &node.data {
        Data::Null => out.push('~'),
        Data::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Data::Number(digits) => out.push_str(digits),
        Data::String(value) => {
            let _ = write!(out, "{value:?}");
        }
        Data::Sequence(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                show(item, text, out);
            }
            out.push(']');
        }
        Data::Mapping(entries) => {
            out.push('{');
            for (index, entry) in entries.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                show(&entry.key, text, out);
                out.push_str(": ");
                show(&entry.value, text, out);
            }
            out.push('}');
        }
    }
}

fn check(text: &str, expected: &str) {
    let parse = yaml::parse(text);
    let mut out = String::new();
    for (index, document) in parse.tree.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { " --- " });
        show(document, text, &mut out);
    }
    for error in &parse.errors {
        let _ = write!(
            out,
            " ! {} @{:?}",
            error.message,
            error.range.slice(text).chars().take(30).collect::<String>()
        );
    }
    assert_eq!(out, expected, "of {text:?}");
}

/// The text of the value at a path of keys.
fn range_of(text: &str, path: &[&str]) -> String {
    let parse = yaml::parse(text);
    assert_eq!(parse.errors, [], "of {text:?}");
    let mut node = &parse.tree[0];
    for key in path {
        node = match key.parse::<usize>() {
            Ok(index) => &node.items()[index],
            Err(_) => node.get(key).expect("the key is there"),
        };
    }
    node.range.slice(text).to_owned()
}

#[test]
fn plain_scalars_are_read_by_yaml_1_1() {
    let rows = [
        ("yes", "true"),
        ("Off", "false"),
        ("y", "\"y\""),
        ("True", "true"),
        ("'true'", "\"true\""),
        ("~", "~"),
        ("Null", "~"),
        ("012", "012"),
        ("089", "\"089\""),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("22:22", "22:22"),
        ("22:99", "\"22:99\""),
        ("1.5", "1.5"),
        ("1.2.3", "\"1.2.3\""),
        ("10.0.0.0/8", "\"10.0.0.0/8\""),
        ("1e3", "1e3"),
        ("e3", "\"e3\""),
        ("-1", "-1"),
        ("-", "[~]"),
        ("2012-10-17", "\"2012-10-17\""),
        (
            "123456789012345678901234567890",
            "123456789012345678901234567890",
        ),
        ("!!str 012", "!!str \"012\""),
        ("!!int '7'", "!!int 7"),
        ("! 1", "! \"1\""),
        ("!Ref 1", "!Ref \"1\""),
        ("!Ref", "!Ref ~"),
    ];
    for (text, expected) in rows {
        check(text, expected);
    }
}

#[test]
fn numbers_have_the_values_of_yaml_1_1() {
    let rows = [
        ("012", Some(10)),
        ("0x1F", Some(31)),
        ("0b101", Some(5)),
        ("22:22", Some(1342)),
        ("-1_000", Some(-1000)),
        ("9223372036854775807", Some(i64::MAX)),
        ("9223372036854775808", None),
        ("1.5", None),
        ("-", None),
        ("", None),
    ];
    for (text, expected) in rows {
        assert_eq!(yaml::integer(text), expected, "of {text:?}");
    }
    assert_eq!(yaml::float("1.5e+1"), Some(15.0));
    assert_eq!(yaml::float(".5"), Some(0.5));
    assert_eq!(yaml::float("x"), None);
}

#[test]
fn tags_anchors_and_merge_keys() {
    check(
        "a: !Sub\n  - x\n  - {k: !Ref v}\nb: !GetAtt a.b",
        r#"{"a": !Sub ["x", {"k": !Ref "v"}], "b": !GetAtt "a.b"}"#,
    );
    check(
        "a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  l: 2\nd:\n  <<: [*x]\n  k: 3",
        r#"{"a": {"k": 1}, "b": {"k": 1}, "c": {"k": 1, "l": 2}, "d": {"k": 3}}"#,
    );
    check("a: &x hi\n---\nb: 1", r#"{"a": "hi"} --- {"b": 1}"#);
    check(
        "a: *x",
        r#"{"a": ~} ! no anchor `x` stands before this alias @"*x""#,
    );
    check(
        "a: &x\n  b: *x",
        r#"{"a": {"b": ~}} ! this alias makes the document too large, or stands inside what it names @"*x""#,
    );
}

#[test]
fn duplicate_keys_are_reported_with_both_places() {
    let text = "a: 1\nb: 2\na: 3\n";
    let parse = yaml::parse(text);
    assert_eq!(parse.errors.len(), 1);
    assert_eq!(parse.errors[0].message, "duplicate key `a`");
    assert_eq!(parse.errors[0].range.start, 10);
    assert_eq!(parse.errors[0].related.map(|range| range.start), Some(0));
    assert_eq!(
        parse.tree[0].get("a").map(|node| &node.data),
        Some(&Data::Number("3".into()))
    );
}

#[test]
fn ranges_hold_the_text_of_the_value() {
    let text = "a:\n  b: 'x' # c\n  c: [1, 2]\n  d: |\n    one\n    two\n\n  e: !Ref  z\n  f:\n    - p\n    - q: r\n\nh: 1\n";
    let rows: [(&[&str], &str); 9] = [
        (&["a", "b"], "'x'"),
        (&["a", "c"], "[1, 2]"),
        (&["a", "c", "1"], "2"),
        (&["a", "d"], "|\n    one\n    two"),
        (&["a", "e"], "z"),
        (&["a", "f"], "- p\n    - q: r"),
        (&["a", "f", "1"], "q: r"),
        (&["h"], "1"),
        (&[], text.trim_end()),
    ];
    for (path, expected) in rows {
        assert_eq!(range_of(text, path), expected, "of {path:?}");
    }
    let text = "a: # note\n\nb:\nc: !X # note\nd: >- # folded | text\n  t\n";
    let parse = yaml::parse(text);
    let starts: Vec<_> = parse.tree[0]
        .entries()
        .iter()
        .map(|entry| entry.range().slice(text))
        .collect();
    assert_eq!(starts, ["a:", "b:", "c: !X", "d: >- # folded | text\n  t"]);
    assert_eq!(parse.comments.len(), 3);
    assert_eq!(parse.comments[0].range.slice(text), "# note");
}

#[test]
fn byte_order_mark_and_windows_line_ends() {
    let text = "\u{feff}a: é\r\nb: \"ü\"\r\n";
    assert_eq!(range_of(text, &["b"]), "\"ü\"");
    assert_eq!(range_of(text, &["a"]), "é");
}

#[test]
fn the_lines_around_an_error_are_still_read() {
    let rows = [
        ("a: 1\nb: [1, 2\nc: 3\n", "a c"),
        ("a: 1\nb: \"open\nc: 3\n", "a c"),
        ("a: 1\n\tb: 2\nc: 3\n", "a c"),
        ("a: 1\nb: c: d\nc: 3\n", "a c"),
        ("a: 1\nb\nc: 3\n", "a c"),
        ("a: 1\nb: {x: y\nc: 3\n", "a c"),
        ("a: 1\nb: *\nc: 3\n", "a c"),
        ("a: 1\nb: @x\nc: 3\n", "a c"),
        ("a: 1\nb: }\nc: 3\n", "a c"),
        ("a:\n  k: v\n b: 1\nc: 3\n", "a c"),
    ];
    for (text, expected) in rows {
        let parse = yaml::parse(text);
        assert!(!parse.errors.is_empty(), "of {text:?}");
        let keys: Vec<_> = parse.tree[0]
            .entries()
            .iter()
            .filter_map(|entry| entry.key.as_str())
            .collect();
        for key in expected.split(' ') {
            assert!(
                keys.contains(&key),
                "{key} of {text:?}: {keys:?} {:?}",
                parse.errors
            );
        }
    }
}

#[test]
fn hostile_texts_end_soon() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, previous) in ('b'..='z').zip('a'..) {
        let items = vec![format!("*{previous}"); 9].join(",");
        let _ = writeln!(bomb, "{name}: &{name} [{items}]");
    }
    let anchors: String = (0..400_000).fold(String::new(), |mut text, index| {
        let _ = writeln!(text, "- &a{index} x");
        text
    });
    let chain: String = (0..2000).fold("a0: &a0 [x]\n".to_owned(), |mut text, index| {
        let _ = writeln!(text, "a{}: &a{} [*a{index}]", index + 1, index + 1);
        text
    });
    let block: String = (0..10_000).fold(String::new(), |mut text, level| {
        let _ = writeln!(text, "{}a:", " ".repeat(level));
        text
    });
    let rows = [
        ("bomb", bomb),
        ("anchors", anchors),
        ("chain of aliases", chain),
        ("open brackets", "[".repeat(10_000)),
        ("brackets", "[".repeat(10_000) + &"]".repeat(10_000)),
        ("braces", "{a: ".repeat(10_000)),
        ("blocks", block),
        ("sequences", "- ".repeat(10_000)),
        ("questions", "? ".repeat(10_000)),
        ("nested anchors", "&a [".repeat(10_000) + "*a"),
        ("broken lines", "a: [\n".repeat(10_000)),
        ("quotes", "a: \"\n".repeat(10_000)),
        ("bytes", (0..=255_u8).map(char::from).collect()),
        ("empty", String::new()),
        ("comments", "# x\n".repeat(10_000)),
    ];
    for (name, text) in rows {
        let start = Instant::now();
        let parse = yaml::parse(&text);
        let spent = start.elapsed();
        assert!(spent < Duration::from_secs(20), "{name} took {spent:?}");
        if std::env::var_os("PALISADE_SHOW").is_some() {
            let errors = parse.errors.len();
            let first = parse.errors.first().map(|error| error.message.as_str());
            let line = format!("{name}: {spent:?} {errors} {first:?}\n");
            std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes())
                .expect("standard error is open");
        }
        drop(parse);
    }
}

#[test]
fn of_many_aliases_that_are_not_followed_only_the_first_are_told() {
    let aliases = "*a, ".repeat(100);
    let text = format!("a: &a [{}]\nb: [{aliases}1]\n", "0, ".repeat(200_000));
    let parse = yaml::parse(&text);
    let told = |part: &str| {
        let errors = parse.errors.iter();
        errors.filter(|error| error.message.contains(part)).count()
    };
    assert_eq!(told("this alias makes the document too large"), 20);
    assert_eq!(told("are not told one by one"), 1);
    assert!(parse.tree[0].get("b").is_some());
}

/// Each scalar of `testdata/yaml/scalars.tsv` has the type and value that PyYAML reads, but for what CloudFormation reads otherwise: a
/// time stays a text, and a number with an exponent needs neither a point nor a sign behind the `e`.
#[test]
fn plain_scalars_are_what_pyyaml_reads() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/yaml/scalars.tsv"
    );
    let rows = std::fs::read_to_string(path).expect("the file is there");
    let mut failures = String::new();
    let mut compared = 0;
    for row in rows.lines() {
        let mut parts = row.splitn(3, '\t');
        let mut part = || parts.next().unwrap_or_default();
        let (text, kind, value) = (part(), part(), part());
        let parse = yaml::parse(text);
        let data = parse.tree.first().map(|node| &node.data);
        let is_same = match (kind, data) {
            ("null", Some(Data::Null)) => true,
            ("bool", Some(Data::Bool(read))) => read.to_string() == value,
            ("int", Some(Data::Number(digits))) => match value.parse::<i64>() {
                Ok(whole) => yaml::integer(digits) == Some(whole),
                Err(_) => yaml::float(digits).is_some(),
            },
            ("float", Some(Data::Number(digits))) => yaml::float(digits) == value.parse().ok(),
            // JSON has no such numbers.
            ("float", Some(Data::String(_))) => matches!(value, "inf" | "-inf" | "nan"),
            ("str", Some(Data::Number(digits))) => {
                digits.contains(['e', 'E']) && digits.replace('_', "").parse::<f64>().is_ok()
            }
            ("str" | "timestamp" | "merge" | "value", Some(Data::String(read))) => &**read == text,
            _ => false,
        };
        compared += 1;
        if !is_same {
            let _ = writeln!(failures, "{text} is {kind} {value}, not {data:?}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(compared >= 2_000, "{compared}");
}

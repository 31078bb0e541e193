//! The JSON reader: equal to serde_json on strict texts, and what it makes of everything else.

use palisade_syntax::data::{Data, Node};
use palisade_syntax::json;
use proptest::prelude::*;
use serde_json::Value;

/// The tree as serde_json would give it.
pub(crate) fn to_serde(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(value) => Value::Bool(*value),
        Data::Number(digits) => serde_json::from_str(digits).unwrap_or(Value::Null),
        Data::String(text) => Value::String(text.to_string()),
        Data::Sequence(items) => items.iter().map(to_serde).collect(),
        Data::Mapping(entries) => entries
            .iter()
            .map(|entry| {
                (
                    entry.key.as_str().unwrap_or_default().to_owned(),
                    to_serde(&entry.value),
                )
            })
            .collect(),
    }
}

/// The tree in compact JSON, and each error as `message @ text`, with `<- text` for its second place.
fn check(text: &str, expected: &str, errors: &[&str]) {
    let parse = json::parse(text);
    let found: Vec<String> = parse
        .errors
        .iter()
        .map(|error| {
            let related = error
                .related
                .map(|range| format!(" <- {}@{}", range.slice(text), range.start));
            format!(
                "{} @ {}{}",
                error.message,
                error.range.slice(text),
                related.unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        to_serde(&parse.tree).to_string(),
        expected,
        "tree of {text}"
    );
    assert_eq!(found, errors, "errors of {text}");
}

#[test]
fn comments_a_byte_order_mark_and_trailing_commas_are_no_errors() {
    let text = "\u{feff}// first\n{\"a\": /* second */ [1, 2,], // third\r\n}";
    check(text, r#"{"a":[1,2]}"#, &[]);
    let comments: Vec<_> = json::parse(text)
        .comments
        .iter()
        .map(|it| it.range.slice(text))
        .collect();
    assert_eq!(comments, ["// first", "/* second */", "// third"]);
}

#[test]
fn a_string_may_run_over_lines() {
    check(
        "{\"a\": \"[concat(\n  'x')]\"}",
        r#"{"a":"[concat(\n  'x')]"}"#,
        &[],
    );
}

#[test]
fn a_string_never_closed_ends_with_its_line() {
    check(
        "{\"a\": \"x,\n\"b\": 1}",
        r#"{"a":"x","b":1}"#,
        &["this string is never closed @ \"x"],
    );
}

#[test]
fn a_duplicate_key_names_both_places_and_the_last_counts() {
    check(
        r#"{"a": 1, "b": 2, "a": 3}"#,
        r#"{"a":3,"b":2}"#,
        &["duplicate key `a`: the last one counts @ \"a\" <- \"a\"@1"],
    );
    let many = (0..20)
        .map(|key| format!("\"k{key}\":0"))
        .collect::<Vec<_>>()
        .join(",");
    let parse = json::parse(&format!("{{{many},\"k7\":1}}"));
    assert_eq!(parse.errors.len(), 1);
    assert_eq!(parse.tree.get("k7").map(to_serde), Some(1.into()));
}

#[test]
fn the_last_entry_survives_half_typed_text() {
    check(
        r#"{"a": , "b": 1}"#,
        r#"{"a":null,"b":1}"#,
        &["expected a value @ ,"],
    );
    check(
        r#"{"a": 1 "b": 2}"#,
        r#"{"a":1,"b":2}"#,
        &["expected `,` @ \""],
    );
    check(
        r#"{"a": 1,, "b": 2}"#,
        r#"{"a":1,"b":2}"#,
        &["expected a value before `,` @ ,"],
    );
    check(
        r#"{"a""#,
        r#"{"a":null}"#,
        &[
            "this bracket is never closed @ { <- @4",
            "expected `:` and a value behind this key @ \"a\"",
        ],
    );
    check(
        r#"{"a": [1, {"b": 2], "c": 3}"#,
        r#"{"a":[1,{"b":2}],"c":3}"#,
        &["this bracket is never closed @ { <- ]@17"],
    );
    check(
        "{\"a\": 1}}",
        r#"{"a":1}"#,
        &["expected the end of the file @ }"],
    );
}

#[test]
fn words_that_are_no_values_stay_as_text() {
    check(
        r#"{"a": bool, b: True, "c": 012}"#,
        r#"{"a":"bool","b":"True","c":"012"}"#,
        &[
            "expected a value, not `bool` @ bool",
            "expected a key in double quotes @ b",
            "expected a value, not `True` @ True",
            "expected a value, not `012` @ 012",
        ],
    );
}

#[test]
fn escapes_are_read_and_wrong_ones_reported() {
    check(r#""a\n\u00e9\ud83d\ude00\/""#, "\"a\\né😀/\"", &[]);
    check(
        r#""C:\dir""#,
        r#""C:dir""#,
        &[r"`\d` is no escape sequence @ \d"],
    );
    check(
        r#""\ud83d""#,
        "\"\u{fffd}\"",
        &[r"`\ud83d` is no escape sequence @ \ud83d"],
    );
}

#[test]
fn an_offset_in_a_value_leads_back_to_its_source() {
    let inner = r#"a\"b\u00e9c"#;
    let offsets: Vec<_> = [0, 1, 2, 3, 5, 6]
        .map(|it| json::source_offset(inner, it))
        .into();
    assert_eq!(offsets, [0, 1, 3, 4, 10, 11]);
    assert_eq!(json::source_offsets(inner), [0, 1, 3, 4, 4, 10, 11]);
}

#[test]
fn an_empty_text_is_a_null() {
    check("", "null", &["expected a value @ "]);
}

#[test]
fn ten_thousand_levels_are_cut_off_not_followed() {
    let deep = format!(
        "{{\"a\": {}{}, \"b\": 1}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let parse = json::parse(&deep);
    assert_eq!(parse.errors[0].message, "nested deeper than 256 levels");
    assert_eq!(parse.tree.get("b").map(to_serde), Some(1.into()));
    assert_eq!(
        json::parse(&"{\"a\":[".repeat(10_000)).tree.entries().len(),
        1
    );
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e12..1e12).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn strict_texts_read_as_serde_json_reads_them(value in values(), pretty: bool) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        let parse = json::parse(&text);
        prop_assert_eq!(&parse.errors, &[]);
        prop_assert_eq!(to_serde(&parse.tree), serde_json::from_str::<Value>(&text).unwrap_or_default());
    }

    #[test]
    fn any_text_has_a_tree_with_ranges_inside_it(text in r#"([\[\]{},:"'/*\\\n a1]|\PC)*"#) {
        let parse = json::parse(&text);
        prop_assert!(ranges_hold(&parse.tree, text.len() as u32));
        if let Ok(expected) = serde_json::from_str::<Value>(&text) {
            prop_assert_eq!(to_serde(&parse.tree), expected);
        }
    }
}

/// Whether every range lies inside that of its parent.
fn ranges_hold(node: &Node, end: u32) -> bool {
    node.range.start <= node.range.end
        && node.range.end <= end
        && node
            .items()
            .iter()
            .all(|item| node.range.contains(item.range) && ranges_hold(item, end))
        && node.entries().iter().all(|entry| {
            node.range.contains(entry.range())
                && ranges_hold(&entry.key, end)
                && ranges_hold(&entry.value, end)
        })
}

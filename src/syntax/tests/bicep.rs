//! Bicep files: what is read of them, and that nothing breaks the reader.

use palisade_syntax::bicep::*;
use proptest::prelude::*;

/// Reads the prefixes that end at these cuts; the reader may report what it likes.
pub(crate) fn survives_cuts(text: &str, cuts: impl Iterator<Item = usize>) {
    for cut in cuts {
        if let Some(prefix) = text.get(..cut) {
            let parse = parse(prefix);
            for error in &parse.errors {
                assert!(error.range.end as usize <= prefix.len());
            }
        }
    }
}

const WHOLE_LANGUAGE: &str = include_str!("../../../testdata/bicep/syntax/language.bicep");

#[test]
fn the_whole_language_is_read() {
    let language = parse(WHOLE_LANGUAGE);
    assert!(language.errors.is_empty(), "{:?}", language.errors);
    let file = parse(include_str!(
        "../../../testdata/bicep/syntax/language.bicepparam"
    ));
    assert!(file.errors.is_empty(), "{:?}", file.errors);
}

#[test]
fn every_prefix_of_the_whole_language_is_read() {
    survives_cuts(WHOLE_LANGUAGE, 0..=WHOLE_LANGUAGE.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        parse(&text);
    }

    #[test]
    fn any_tokens_are_read(words in prop::collection::vec(prop::sample::select(vec![
        "param", "var", "resource", "module", "x", "'a", "'", "'''", "${", "}", "{", "(", ")", "[", "]", "\n", ":", "=", "=>",
        "?", "??", "!", ".", ".?", "::", "for", "in", "if", "@", ",", "|", "<", ">", "1", "...", "import", "type", "$'''", "\\",
    ]), 0..120)) {
        parse(&words.join(" "));
        parse(&words.concat());
    }

    #[test]
    fn a_damaged_module_is_read(at in 0..WHOLE_LANGUAGE.len(), length in 0..200_usize) {
        let end = (at + length).min(WHOLE_LANGUAGE.len());
        if let (Some(head), Some(tail)) = (WHOLE_LANGUAGE.get(..at), WHOLE_LANGUAGE.get(end..)) {
            parse(&format!("{head}{tail}"));
        }
    }
}

#[test]
fn nesting_of_ten_thousand_levels_is_an_error_and_no_overflow() {
    for open in [
        "(",
        "[",
        "{a:",
        "[for x in ",
        "a ? ",
        "x => ",
        "f(",
        "a[",
        "'${",
        "{\nresource a 'b' = {",
        "a.b(",
        "-(",
        "b ?? (",
    ] {
        for head in ["var x = ", "resource x 'y' = ", "param p "] {
            let text = format!("{head}{}", open.repeat(10_000));
            parse(&text);
            let text = format!("{text}\nvar after = 1\n");
            let parse = parse(&text);
            assert!(!parse.errors.is_empty(), "{open}");
        }
    }
    for (open, close) in [("(", ")"), ("[", "]"), ("{\na: ", "\n}")] {
        let (open, close) = (open.repeat(10_000), close.repeat(10_000));
        let (names, errors) = outline(&format!("var x = {open}1{close}\nvar after = 1\n"));
        assert_eq!(names, ["x", "after"]);
        assert!(errors > 0);
    }
    for open in ["[", "{a:", "(", "a|", "x<", "{*:", "@a()\n{a:"] {
        parse(&format!("type t = {}", open.repeat(10_000)));
    }
    for chain in [
        "a + ", "a.b", "a!", "a[0]", "a::b", "a?", "a[]", "a && ", "a == ", "!", "-",
    ] {
        parse(&format!("var x = {}a", chain.repeat(10_000)));
        parse(&format!("param x {}a", chain.repeat(10_000)));
    }
}

/// The names the statements declare, and the number of errors.
fn outline(text: &str) -> (Vec<String>, usize) {
    let parse = parse(text);
    let names = parse
        .tree
        .statements
        .iter()
        .map(|statement| match &statement.declaration {
            Declaration::Parameter(name, ..)
            | Declaration::Variable(name, ..)
            | Declaration::Output(name, ..)
            | Declaration::Type(name, _)
            | Declaration::Metadata(name, _) => name.text.to_string(),
            Declaration::Resource(resource) => resource.symbol.text.to_string(),
            Declaration::Module(module) => module.symbol.text.to_string(),
            Declaration::Error => "?".to_owned(),
            _ => "other".to_owned(),
        });
    (names.collect(), parse.errors.len())
}

#[test]
fn an_error_costs_its_own_statement_only() {
    let cases = [
        ("var a = \nvar b = 2\n", vec!["a", "b"]),
        ("var a = (1 + \nvar b = 2\n", vec!["a", "b"]),
        (
            "resource r 'T@1' = {\n  name: 'x'\n\nparam p string\n",
            vec!["r", "p"],
        ),
        ("var a = 'text\nvar b = 1\n", vec!["a", "b"]),
        ("var a = 'x${foo\nparam b string\n", vec!["a", "b"]),
        ("param\nparam b string\n", vec!["", "b"]),
        ("nonsense here\nvar b = 1\n", vec!["?", "b"]),
        ("var a = [\n  1\n  }\n  2\n]\nvar b = 1\n", vec!["a", "b"]),
        (
            "resource r 'T@1' = {\n  name: \n  location: 'x'\n}\noutput o string = r.\nvar c = 1",
            vec!["r", "o", "c"],
        ),
    ];
    for (text, expected) in cases {
        let (names, errors) = outline(text);
        assert!(errors > 0, "{text}");
        assert_eq!(names, expected, "{text}");
    }
}

#[test]
fn a_half_typed_property_keeps_its_neighbors() {
    let parse = parse("resource r 'T@1' = {\n  name:\n  location: 'x'\n}\n");
    let Declaration::Resource(resource) = &parse.tree.statements[0].declaration else {
        panic!("a resource");
    };
    let location = resource.body.property("location").expect("is there");
    assert_eq!(location.value.as_text(), Some("x"));
}

/// The value of `var x = …`, and the text its range marks.
fn value(text: &str) -> (Expression, String) {
    let parse = parse(text);
    assert!(parse.errors.is_empty(), "{text}: {:?}", parse.errors);
    match &parse.tree.statements[0].declaration {
        Declaration::Variable(_, _, value) => (value.clone(), value.range.slice(text).to_owned()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn ranges_are_the_text_of_what_they_mark() {
    for written in [
        "'a${b}c'",
        "a.b[0]!.c",
        "(a + b)",
        "a ? b : c",
        "[\n  1\n]",
        "{\n  a: 1\n}",
        "map(a, x => x.y)",
        "-1",
        "a ?? b",
        "'''\nraw\n'''",
    ] {
        let (_, marked) = value(&format!("var x = {written} // behind\n"));
        assert_eq!(marked, written);
    }
}

#[test]
fn strings_are_decoded() {
    let cases = [
        (
            r"var x = 'a\'b\\c\n\u{1F600}\${d}'",
            "a'b\\c\n\u{1F600}${d}",
        ),
        (
            "var x = '''\nline 1\n  ${kept}\\n\n'''",
            "line 1\n  ${kept}\\n\n",
        ),
        ("var x = ''''quoted''''", "'quoted'"),
        ("var x = ''", ""),
        ("var x = ''''''", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text).0.as_text(), Some(expected), "{text}");
    }
    let (multi_line, _) = value("var x = $'''a ${b} $$ c'''");
    assert!(matches!(multi_line.kind, ExpressionKind::String(parts) if parts.len() == 3));
    let (multi_line, _) = value("var x = $$'''a ${b} $${c}'''");
    let ExpressionKind::String(parts) = multi_line.kind else {
        panic!("a string");
    };
    assert!(matches!(&parts[0], StringPart::Text(text, _) if &**text == "a ${b} "));
    assert_eq!(parts.len(), 2);
}

#[test]
fn operators_bind_as_the_language_says() {
    let (sum, _) = value("var x = a + b * c - d");
    let ExpressionKind::Binary(_, rest) = sum.kind else {
        panic!("a chain");
    };
    assert_eq!(rest.len(), 2);
    assert_eq!(rest[0].0, BinaryOperator::Add);
    assert_eq!(rest[1].0, BinaryOperator::Subtract);
    let (choice, _) = value("var x = a\n  ? b ?? c\n  : d || e && f");
    let ExpressionKind::Ternary(parts) = choice.kind else {
        panic!("a choice");
    };
    assert!(
        matches!(&parts[2].kind, ExpressionKind::Binary(_, rest) if rest[0].0 == BinaryOperator::Or)
    );
    let (items, _) = value("var x = [\n  1\n  -1\n  !a\n]");
    assert!(matches!(items.kind, ExpressionKind::Array(items) if items.len() == 3));
}

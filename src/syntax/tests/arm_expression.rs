//! ARM template expressions.

use palisade_syntax::arm_expression::{self, Expression, ExpressionKind, TextKind};
use proptest::prelude::*;

/// The tree with each call in brackets: `(format 'a' (x).y[0])`.
fn print(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::String(text) => format!("'{text}'"),
        ExpressionKind::Number(digits) => digits.to_string(),
        ExpressionKind::Call {
            namespace,
            name,
            arguments,
            ..
        } => {
            let namespace = namespace
                .as_ref()
                .map(|it| format!("{it}::"))
                .unwrap_or_default();
            let words: Vec<String> = std::iter::once(format!("{namespace}{name}"))
                .chain(arguments.iter().map(print))
                .collect();
            format!("({})", words.join(" "))
        }
        ExpressionKind::Member { object, name, .. } => format!("{}.{name}", print(object)),
        ExpressionKind::Index { object, index } => format!("{}[{}]", print(object), print(index)),
        ExpressionKind::Missing => "?".to_owned(),
    }
}

fn check(text: &str, expected: &str, errors: &[&str]) {
    let parse = arm_expression::parse(text);
    let found: Vec<String> = parse
        .errors
        .iter()
        .map(|error| format!("{} @ {}", error.message, error.range.slice(text)))
        .collect();
    assert_eq!(print(&parse.tree), expected, "tree of {text}");
    assert_eq!(found, errors, "errors of {text}");
}

#[test]
fn calls_accesses_and_literals_are_read() {
    check("[parameters('a')]", "(parameters 'a')", &[]);
    check(
        "[ concat ( 'it''s' , -5, 1.5 ) ]",
        "(concat 'it's' -5 1.5)",
        &[],
    );
    check(
        "[reference('x', '2020-01-01', 'Full').a.b-c[0]['d'][variables('i')]]",
        "(reference 'x' '2020-01-01' 'Full').a.b-c[0]['d'][(variables 'i')]",
        &[],
    );
    check("[contoso.unique('x')]", "(contoso::unique 'x')", &[]);
    check(
        "[resourceGroup().location]",
        "(resourceGroup).location",
        &[],
    );
    check(
        "[if(equals(1, 2),\n  null(),\n  'b')]",
        "(if (equals 1 2) (null) 'b')",
        &[],
    );
}

#[test]
fn the_place_of_each_part_is_known() {
    let text = "[a(b('x')).c]";
    let tree = arm_expression::parse(text).tree;
    let ExpressionKind::Member {
        object, name_range, ..
    } = &tree.kind
    else {
        panic!("no member: {tree:?}");
    };
    let ExpressionKind::Call {
        arguments,
        name_range: call,
        ..
    } = &object.kind
    else {
        panic!("no call: {object:?}");
    };
    let texts = [
        tree.range,
        *name_range,
        object.range,
        *call,
        arguments[0].range,
    ];
    assert_eq!(
        texts.map(|it| it.slice(text)),
        ["a(b('x')).c", "c", "a(b('x'))", "a", "b('x')"]
    );
}

#[test]
fn only_a_text_in_brackets_is_an_expression() {
    assert_eq!(arm_expression::classify("[a()]"), TextKind::Expression);
    assert_eq!(
        arm_expression::classify("[[a()]"),
        TextKind::Literal("[a()]")
    );
    assert_eq!(
        arm_expression::classify("[a] b"),
        TextKind::Literal("[a] b")
    );
    assert_eq!(
        arm_expression::classify(" [a()]"),
        TextKind::Literal(" [a()]")
    );
    assert_eq!(arm_expression::classify("["), TextKind::Literal("["));
}

#[test]
fn a_broken_expression_keeps_what_can_be_read() {
    check(
        "[concat('a', )]",
        "(concat 'a' ?)",
        &["expected an expression @ "],
    );
    check(
        "[concat('a'",
        "(concat 'a')",
        &["expected `)` @ ", "expected `]` @ "],
    );
    check("concat('a'", "(concat 'a')", &["expected `)` @ "]);
    check(
        "[concat('a)]",
        "(concat 'a)')",
        &["this string is never closed @ 'a)", "expected `)` @ "],
    );
    check("[foo]", "(foo)", &["expected `(` behind `foo` @ foo"]);
    check(
        "[a() b]",
        "(a)",
        &["expected the end of the expression @ b"],
    );
    check("[]", "?", &["expected an expression @ "]);
}

#[test]
fn ten_thousand_levels_are_cut_off_not_followed() {
    for (open, close) in [("a(", ")"), ("a()[", "]"), ("a().b", "")] {
        let text = format!("[{}{}]", open.repeat(10_000), close.repeat(10_000));
        assert_ne!(arm_expression::parse(&text).errors, [], "{open}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_a_tree(text in r"([\[\](),.'a-c0-9 -]|\PC)*") {
        let parse = arm_expression::parse(&text);
        prop_assert!(parse.tree.range.end as usize <= text.len());
    }
}

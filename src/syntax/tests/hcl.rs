//! Bodies, expressions, templates; mistakes; hostile nesting.

use palisade_syntax::hcl::{self, Body, ExpressionKind, Part};

fn clean(text: &str) -> Body {
    let parse = hcl::parse(text);
    assert_eq!(parse.errors, [], "{text}");
    parse.tree
}

fn names(body: &Body) -> Vec<&str> {
    body.attributes().map(|item| &*item.name.text).collect()
}

fn literal(text: &str) -> String {
    let body = clean(text);
    let value = &body.attributes().next().expect("an attribute").value;
    match &value.kind {
        ExpressionKind::String(text) => text.to_string(),
        ExpressionKind::Template(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Literal(text, _) => text.to_string(),
                Part::Interpolation(inner, _) => match &inner.kind {
                    ExpressionKind::String(text) => format!("<{text}>"),
                    other => format!("<{other:?}>"),
                },
                _ => "<directive>".to_owned(),
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn spans_address_the_text() {
    let text = "\u{feff}# top\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"n-${var.x[0].y}\" # why\n  tags = { A = 1 }\n}\n";
    let parse = hcl::parse(text);
    assert_eq!(parse.errors, []);
    let block = parse.tree.blocks().next().expect("a block");
    assert_eq!(
        block.header().slice(text),
        "resource \"aws_s3_bucket\" \"b\""
    );
    assert!(block.range.slice(text).ends_with('}'));
    let bucket = block.body.attribute("bucket").expect("bucket");
    assert_eq!(bucket.range.slice(text), "bucket = \"n-${var.x[0].y}\"");
    let ExpressionKind::Template(parts) = &bucket.value.kind else {
        panic!("{:?}", bucket.value)
    };
    let Part::Interpolation(inner, whole) = &parts[1] else {
        panic!("{parts:?}")
    };
    assert_eq!(inner.range.slice(text), "var.x[0].y");
    assert_eq!(whole.slice(text), "${var.x[0].y}");
    let ExpressionKind::Traversal(_, steps) = &inner.kind else {
        panic!("{inner:?}")
    };
    let steps: Vec<&str> = steps.iter().map(|step| step.range.slice(text)).collect();
    assert_eq!(steps, [".x", "[0]", ".y"]);
    let comments: Vec<&str> = parse.comments.iter().map(|c| c.range.slice(text)).collect();
    assert_eq!(comments, ["# top", "# why"]);
}

#[test]
fn heredocs_are_trimmed_and_dedented_line_by_line() {
    let flush = "d = <<-EOT\n    x\n      ${\"y\"}\n   \n    z\n  EOT\n";
    assert_eq!(literal(flush), "x\n  <y>\n   \nz\n");
    let trim = "a = <<EOT\nx\n   ${~ \"y\" ~}   \n\n   z\nEOT\n";
    assert_eq!(literal(trim), "x\n<y>\n   z\n");
    assert_eq!(literal("b = \"a \\n  ${~ \"y\" ~}  \\n\\n z\""), "a<y>z");
    assert_eq!(literal("b = \"$${a} %%{b} \\\"q\\\"\""), "${a} %{b} \"q\"");
}

#[test]
fn what_the_expression_parser_refuses_is_healed() {
    let text =
        "a = { for k in l : k => c ? 1 : # why\n  2 }\nb = { x = 1, x = 2, \"x\" = 3, y : 4 }\n";
    let body = clean(text);
    let ExpressionKind::Object(entries) = &body.attribute("b").expect("b").value.kind else {
        panic!("no object")
    };
    let keys: Vec<&str> = entries.iter().map(|e| e.key.range().slice(text)).collect();
    assert_eq!(keys, ["x", "x", "\"x\"", "y"]);
    let hcl::ObjectKey::Expression(key) = &entries[2].key else {
        panic!("no quoted key")
    };
    assert_eq!(key.as_word(), Some("x"));
}

#[test]
fn a_mistake_costs_one_attribute() {
    let cases = [
        "a {\n b = 1\n bad = foo.\n c = 2\n}\nd = 3\n",
        "a {\n b = 1\n bad = \"abc\n c = 2\n}\nd = 3\n",
        "a {\n b = 1\n bad = [\n c = 2\n}\nd = 3\n",
        "a {\n b = 1\n bad = f(a,\n c = 2\n}\nd = 3\n",
        "a {\n b = 1\n bad =\n c = 2\n}\nd = 3\n",
        "a {\n b = 1\n bad = c ? 1 :\n c = 2\n}\nd = 3\n",
    ];
    for text in cases {
        let parse = hcl::parse(text);
        assert!(!parse.errors.is_empty(), "{text}");
        assert_eq!(names(&parse.tree), ["d"], "{text}");
        let block = parse.tree.blocks().next().expect("a block");
        assert_eq!(names(&block.body), ["b", "bad", "c"], "{text}");
        let bad = block.body.attribute("bad").expect("bad");
        assert_eq!(bad.value.kind, ExpressionKind::Missing, "{text}");
    }
}

#[test]
fn an_open_block_ends_at_the_next_header() {
    let text = "resource \"a\" \"b\" {\n x = 1\n\nresource \"c\" \"d\" {\n y = 2\n}\n";
    let parse = hcl::parse(text);
    assert_eq!(parse.errors.len(), 1);
    assert_eq!(parse.tree.blocks().count(), 2);
}

#[test]
fn hostile_nesting_ends() {
    let openers = [
        "(",
        "[",
        "{a=",
        "!",
        "-",
        "\"${",
        "f(",
        "[for a in ",
        "a ? ",
        "a{\n",
        "a[",
        "<<E\n${",
    ];
    for opener in openers {
        for text in [
            format!("x = {}", opener.repeat(10_000)),
            opener.repeat(10_000),
        ] {
            hcl::parse(&text);
            hcl::parse_expression(&text);
            hcl::parse_template(&text);
        }
    }
    let closed = format!("x = {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(hcl::parse(&closed).errors.len(), 1);
    let sum = format!("x = 1{}", " + 1".repeat(10_000));
    hcl::parse(&sum);
}

#[test]
fn every_prefix_is_read() {
    let text = "locals {\n  a = { for k, v in var.m : k => \"${v}-%{ if v }x%{ endif }\" if v }\n  b = <<-E\n   x ${é}\n  E\n}\n";
    for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
        hcl::parse(&text[..end]);
    }
}

/// The literals of the first attribute: the text, and what is written there.
fn literals(text: &str) -> Vec<(String, &str)> {
    let body = clean(text);
    let value = &body.attributes().next().expect("an attribute").value;
    let ExpressionKind::Template(parts) = &value.kind else {
        panic!("{value:?}")
    };
    let literal = |part: &Part| match part {
        Part::Literal(literal, range) => Some((literal.to_string(), range.slice(text))),
        _ => None,
    };
    parts.iter().filter_map(literal).collect()
}

#[test]
fn every_literal_of_an_indented_text_has_its_own_place() {
    let text = "a = <<-E\n    {\n      x ${y} z\n    }\n  E\n";
    let found = literals(text);
    let own: Vec<&str> = found.iter().map(|(text, _)| &**text).collect();
    assert_eq!(own, ["{\n", "  x ", " z\n", "}\n"]);
    assert!(
        found.iter().all(|(text, written)| text == written),
        "{found:?}"
    );

    let text = "a = <<E\n  {\n  ${~ y ~}\n  }\nE\n";
    let found = literals(text);
    assert!(
        found.iter().all(|(text, written)| text == written),
        "{found:?}"
    );
}

#[test]
fn escapes_of_a_document_have_their_own_place() {
    let text = r#"a = "{\"k\u00e9\": \"$${v}\"}""#;
    let found = literals(text);
    let all: String = found.iter().map(|(text, _)| &**text).collect();
    assert_eq!(all, "{\"k\u{e9}\": \"${v}\"}");
    let written: String = found.iter().map(|(_, written)| *written).collect();
    assert_eq!(format!("a = \"{written}\""), text);
    let text = r#"a = "[\"${x}\\n\"]""#;
    let own: Vec<String> = literals(text).into_iter().map(|(text, _)| text).collect();
    assert_eq!(own.concat(), "[\"\\n\"]");
    assert_eq!(literal(r#"a = "no \"document\"""#), "no \"document\"");
}

//! The JSON syntax: places inside of strings, names that mean something elsewhere.

use super::verdicts::findings;

const POLICIES: &str = r#"{
  "variable": { "who": { "type": "string" } },
  "resource": {
    "aws_iam_policy": {
      "mixed": { "policy": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"${var.who}\", \"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}" },
      "known": { "policy": "{\"Version\": \"2012-10-17\",\n \"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"\u002a\"], \"Resource\": \"*\"}]}" },
      "narrow": { "policy": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:ListAllMyBuckets\", \"Resource\": \"*\"}]}" }
    }
  }
}"#;

#[test]
fn a_finding_in_a_document_with_escapes_underlines_the_statement() {
    assert_eq!(
        findings(&[("main.tf.json", POLICIES)], "aws-iam-policy-admin"),
        [
            r#"aws_iam_policy.known: {\"Effect\": \"Allow\", \"Action\": [\"\u002a\"], \"Resource\": \"*\"}"#,
            r#"aws_iam_policy.mixed: {\"Sid\": \"${var.who}\", \"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}"#,
        ]
    );
}

#[test]
fn what_stands_inside_of_a_template_keeps_its_place() {
    let text = r#"{
  "variable": { "open": { "default": true } },
  "resource": { "a_b": { "c": {
    "plain": "${var.open ? "x" : "y"}",
    "escaped": "${var.open ? \"one\" : \"two\"}",
    "after": "\"\u00e9\" ${upper(\"x\")}",
    "parts": "\t${var.missing}\"tail\""
  } } }
}"#;
    let text = text.replace("? \"x\" : \"y\"", "? 1 : 2");
    let made = super::files(&[("main.tf.json", &text)]);
    let written = |name: &str| {
        let value = made.property("a_b.c", name);
        made.source(value.origin.span)
    };
    assert_eq!(written("plain"), "var.open ? 1 : 2");
    assert_eq!(written("escaped"), r#"var.open ? \"one\" : \"two\""#);
    assert_eq!(written("after"), r#""\"\u00e9\" ${upper(\"x\")}""#);
    let parts = made.property("a_b.c", "parts");
    let palisade_model::Kind::Template(parts) = &parts.kind else {
        panic!("{parts:?}")
    };
    let places: Vec<String> = parts.iter().map(|it| made.source(it.origin.span)).collect();
    assert_eq!(places, [r"\t", "var.missing", r#"\"tail\""#]);
}

const NAMES: &str = r#"{
  "resource": {
    "aws_ssm_parameter": {
      "plain": { "name": "/a", "type": "String", "value": "x" },
      "secure": { "name": "/b", "type": "SecureString", "value": "x" }
    }
  }
}"#;

#[test]
fn the_type_of_a_resource_is_a_text() {
    assert_eq!(
        findings(&[("main.tf.json", NAMES)], "aws-ssm-parameter-plain"),
        ["aws_ssm_parameter.plain: \"type\": \"String\""]
    );
}

#[test]
fn a_block_of_a_resource_may_be_called_as_one_of_the_language() {
    let text = r#"{ "resource": { "a_b": { "c": { "backend": [{ "group": "g" }], "cloud": { "x": 1 }, "validation": "v" } } } }"#;
    let made = super::files(&[("main.tf.json", text)]);
    assert_eq!(
        made.json("a_b.c", ""),
        serde_json::json!({"backend": [{"group": "g"}], "cloud": {"x": 1}, "validation": "v"})
    );
}

const REPEATED: &str = r#"{
  "provider": { "aws": { "region": "eu-west-1", "default_tags": { "tags": { "Owner": "me" } } } },
  "resource": {
    "aws_security_group": {
      "open": { "dynamic": { "ingress": {
        "for_each": { "a": 22, "b": 443 },
        "iterator": "it",
        "content": { "from_port": "${it.value}", "to_port": "${it.value}", "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"] }
      } } },
      "closed": { "dynamic": { "ingress": [{
        "for_each": [443],
        "content": [{ "from_port": "${ingress.value}", "to_port": "${ingress.value}", "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"] }]
      }] } }
    },
    "a_b": { "c": { "outer": [{ "name": "o", "dynamic": { "inner": { "for_each": ["x", "y"], "content": { "v": "${inner.value}" } } } }] } }
  }
}"#;

#[test]
fn blocks_are_repeated_in_json_too() {
    let found = findings(
        &[("main.tf.json", REPEATED)],
        "aws-ec2-security-group-ssh-open",
    );
    assert_eq!(
        found,
        ["aws_security_group.open: \"cidr_blocks\": [\"0.0.0.0/0\"]"]
    );
    let made = super::files(&[("main.tf.json", REPEATED)]);
    assert_eq!(
        made.json("a_b.c", "outer"),
        serde_json::json!([{"name": "o", "inner": [{"v": "x"}, {"v": "y"}]}])
    );
    assert_eq!(
        made.json("aws_security_group.open", "tags_all"),
        serde_json::json!({"Owner": "me"})
    );
}

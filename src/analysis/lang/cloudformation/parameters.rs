//! Parameters: given values, defaults, allowed values, Systems Manager types; and the pseudo-parameters.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{
    Assumption, Candidate, Frame, FrameKind, Kind, Number, Origin, Reason, Span, Unknown, Value,
};

use super::tree::{Data, Field, Tree};

/// Allowed values up to which each is a candidate.
const MAXIMUM_ALLOWED: usize = 32;

/// Values given from outside, by parameter.
pub(super) type Given = BTreeMap<Arc<str>, Value>;

/// The value of a declared parameter.
pub(super) fn parameter(name: &str, field: &Field, given: &Given) -> Value {
    let declaration = &field.value;
    let kind = declaration.str_of("Type").unwrap_or("String");
    let is_secret = declaration
        .get("NoEcho")
        .and_then(Tree::as_bool)
        .unwrap_or(false);
    let mut value = match given.get(name) {
        Some(value) => typed(value.clone(), kind),
        None => undetermined(name, kind, field),
    };
    if value.origin.via.is_none() && !given.contains_key(name) {
        value.origin.via = Some(declared_here(name, field));
    }
    value.sensitive |= is_secret;
    value
}

fn declared_here(name: &str, field: &Field) -> Arc<Frame> {
    let default = field
        .value
        .fields()
        .and_then(|fields| fields.get("Default"));
    Arc::new(Frame {
        kind: FrameKind::Variable,
        label: format!("parameter {name}").into(),
        span: default.map_or(field.key, Field::entry),
        next: None,
    })
}

/// The default, or an unknown with the allowed values as candidates.
fn undetermined(name: &str, kind: &str, field: &Field) -> Value {
    let declaration = &field.value;
    if let Some(default) = declaration.get("Default") {
        let kind_of = literal(default);
        let origin = Origin::literal(default.span, default.span);
        return typed(Value::new(kind_of, origin), kind);
    }
    let origin = Origin::expression(declaration.span, field.entry());
    let mut unknown = Unknown::new(Reason::NoValue(format!("parameter {name}").into()));
    let allowed = declaration.get("AllowedValues").and_then(Tree::items);
    let allowed = allowed
        .filter(|allowed| allowed.len() <= MAXIMUM_ALLOWED && !kind.starts_with("AWS::SSM::"))
        .unwrap_or_default();
    for item in allowed {
        let Some(text) = item.scalar_text() else {
            continue;
        };
        let value = Value::new(literal(item), Origin::literal(item.span, item.span));
        unknown.candidates.push(Candidate {
            when: vec![Assumption {
                subject: name.into(),
                value: text,
            }],
            value: typed(value, kind),
        });
    }
    Value::new(unknown, origin)
}

/// The value of a scalar as written.
fn literal(tree: &Tree) -> Kind {
    match &tree.data {
        Data::Null | Data::Map(_) => Kind::Null,
        Data::Bool(value) => Kind::Bool(*value),
        Data::Number(number) => Kind::Number(*number),
        Data::String(text) => Kind::String(text.clone()),
        Data::List(items) => {
            let item =
                |item: &Tree| Value::new(literal(item), Origin::literal(item.span, item.span));
            Kind::from(items.iter().map(item).collect::<Vec<_>>())
        }
    }
}

/// A value read by the type of its parameter.
pub(super) fn typed(value: Value, kind: &str) -> Value {
    let text = match &value.kind {
        Kind::String(text) => text.clone(),
        Kind::Number(number) => number.to_string().into(),
        Kind::Bool(value) => value.to_string().into(),
        _ => return value,
    };
    if kind.starts_with("AWS::SSM::Parameter::Value") {
        let reason = Reason::DataSource(format!("Systems Manager parameter {text}").into());
        return Value {
            kind: reason.into(),
            ..value
        };
    }
    let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
    let is_number = matches!(kind, "Number" | "List<Number>");
    let scalar = |text: &str| match text.parse::<i64>() {
        Ok(number) if is_number => Kind::from(number),
        _ => match text.parse::<f64>() {
            Ok(number) if is_number && number.is_finite() => Kind::Number(Number::Float(number)),
            _ => Kind::from(text),
        },
    };
    let kind = if is_list {
        let items = text.split(',').map(|item| Value {
            kind: scalar(item.trim()),
            ..value.clone()
        });
        Kind::from(items.collect::<Vec<_>>())
    } else {
        scalar(&text)
    };
    Value { kind, ..value }
}

/// The value of a pseudo-parameter but `AWS::NoValue`; none where there is none of this name.
pub(super) fn pseudo(name: &str, facts: &[(String, String)], origin: Origin) -> Option<Value> {
    let fact = |name: &str| {
        let found = facts.iter().rev().find(|(fact, _)| fact == name);
        found.map(|(_, value)| value.as_str())
    };
    if let Some(value) = fact(name) {
        return Some(Value::new(value, origin));
    }
    let unknown = || Kind::from(Reason::NoValue(name.into()));
    let kind = match name {
        "AWS::AccountId"
        | "AWS::NotificationARNs"
        | "AWS::Region"
        | "AWS::StackId"
        | "AWS::StackName" => unknown(),
        "AWS::Partition" => by_partition(fact("AWS::Region"), |partition| partition),
        "AWS::URLSuffix" => by_partition(fact("AWS::Region"), |partition| match partition {
            "aws-cn" => "amazonaws.com.cn",
            _ => "amazonaws.com",
        }),
        _ => return None,
    };
    Some(Value::new(kind, origin))
}

/// What depends on the partition only; that of a known region, else one candidate for each partition that is open to the public.
fn by_partition(region: Option<&str>, of: impl Fn(&'static str) -> &'static str) -> Kind {
    if let Some(region) = region {
        let partition = match region {
            _ if region.starts_with("cn-") => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        return of(partition).into();
    }
    let candidate = |partition: &'static str| Candidate {
        when: vec![Assumption {
            subject: "AWS::Partition".into(),
            value: partition.into(),
        }],
        value: Value::bare(of(partition)),
    };
    Kind::from(Unknown {
        reason: Reason::NoValue("AWS::Partition".into()),
        candidates: ["aws", "aws-cn", "aws-us-gov"].map(candidate).into(),
    })
}

/// A value given for a parameter in a file.
pub(super) fn given_in_file(text: impl Into<Kind>, entry: Span, file: &str) -> Value {
    let mut value = Value::new(text, Origin::literal(entry, entry));
    value.origin.via = Some(Arc::new(Frame {
        kind: FrameKind::VariableFile,
        label: file.into(),
        span: entry,
        next: None,
    }));
    value
}

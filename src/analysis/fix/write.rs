//! Values as each language writes them.

use palisade_model::{Kind, Language, Number, Span, Value};

use crate::system::SourceFile;

/// How values are written at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `"text"`, `{ a = 1 }`
    Hcl,
    /// `text`, `{ a: 1 }`
    Yaml,
    /// `"text"`, `{ "a": 1 }`
    Json,
    /// `'text'`, `{ a: 1 }`
    Bicep,
}

impl Style {
    /// A file of CloudFormation or Terraform can be JSON too.
    pub(super) fn of(language: Language, file: &SourceFile, _span: Span) -> Self {
        let is_json = file
            .text
            .trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t'])
            .starts_with('{');
        match language {
            Language::Bicep => Self::Bicep,
            Language::Terraform | Language::TerraformPlan | Language::TerraformState => {
                if is_json {
                    Self::Json
                } else {
                    Self::Hcl
                }
            }
            Language::CloudFormation if !is_json => Self::Yaml,
            Language::CloudFormation | Language::Arm | Language::Live => Self::Json,
        }
    }

    /// A name and what stands between it and its value.
    pub(super) fn key(self, name: &str) -> String {
        let is_plain = !name.is_empty()
            && name.chars().all(|character| {
                character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
            });
        match self {
            Self::Hcl => format!("{name} = "),
            Self::Json => format!("{}: ", quoted(name)),
            Self::Yaml if is_plain => format!("{name}: "),
            Self::Yaml => format!("{}: ", quoted(name)),
            Self::Bicep if is_plain && !name.contains('-') => format!("{name}: "),
            Self::Bicep => format!("{}: ", bicep_text(name)),
        }
    }
}

/// A value on one line; none where it is not wholly known.
pub(super) fn value(value: &Value, style: Style) -> Option<String> {
    Some(match &value.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(flag) => flag.to_string(),
        Kind::Number(Number::Integer(number)) => number.to_string(),
        Kind::Number(Number::Float(number)) => number.to_string(),
        Kind::String(plain) => text(plain, style),
        Kind::Encoded(encoded) => text(encoded.text.as_deref()?, style),
        Kind::List(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| self::value(item, style)).collect();
            format!("[{}]", items?.join(", "))
        }
        Kind::Map(entries) => {
            let entry = |(name, item): (&std::sync::Arc<str>, &Value)| {
                Some(format!("{}{}", style.key(name), self::value(item, style)?))
            };
            let entries: Option<Vec<_>> = entries.iter().map(entry).collect();
            format!("{{ {} }}", entries?.join(", "))
        }
        Kind::Reference(_) | Kind::Template(_) | Kind::Unknown(_) => return None,
    })
}

fn text(text: &str, style: Style) -> String {
    match style {
        Style::Hcl => quoted(text).replace("${", "$${").replace("%{", "%%{"),
        Style::Json => quoted(text),
        Style::Bicep => bicep_text(text),
        Style::Yaml if is_plain_yaml(text) => text.to_owned(),
        Style::Yaml => quoted(text),
    }
}

/// Whether YAML reads the text unquoted as this very text.
fn is_plain_yaml(text: &str) -> bool {
    let words = [
        "true", "false", "yes", "no", "on", "off", "null", "y", "n", "~",
    ];
    let starts = text
        .chars()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '/');
    starts
        && !words.iter().any(|word| text.eq_ignore_ascii_case(word))
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_-./".contains(character))
}

fn bicep_text(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('\'', "\\'")
        .replace("${", "\\${")
        .replace('\n', "\\n");
    format!("'{escaped}'")
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

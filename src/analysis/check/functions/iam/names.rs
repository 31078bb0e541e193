//! Names of principals and resources that are not known, or not as a whole: what they can be.

use palisade_model::{Kind, Reason, Reference, Target, Value};

use crate::check::Truth;
use crate::check::compare::plain_text;
use crate::check::functions::missing;
use crate::rules::Pattern;

/// Stands for what can be any text.
const OPEN: char = '\u{0}';
/// Stands for a name that something else has: it holds no wildcard and is no account number.
const NAME: char = 'x';

/// What the attributes end in that name what they are of, an account or a place: none is ever `*`.
const NAMING: [&str; 13] = [
    "arn",
    "arns",
    "id",
    "ids",
    "name",
    "names",
    "number",
    "email",
    "partition",
    "region",
    "suffix",
    "uri",
    "url",
];

/// Types whose attributes are whatever somebody made them.
const ANYTHING: [&str; 6] = [
    "external",
    "http",
    "local_file",
    "null_data_source",
    "terraform_data",
    "terraform_remote_state",
];

/// Whether an attribute of another resource is the name of something.
pub(super) fn is_name(reference: &Reference) -> bool {
    let Target::Address(address) = &reference.target else {
        return true;
    };
    let last = reference.attribute.rsplit('.').next().unwrap_or_default();
    let last = last.to_ascii_lowercase();
    let is_own_id = last == "id" && &*address.resource_type != "external";
    let names = last.is_empty() || NAMING.iter().any(|ending| last.ends_with(ending));
    names && (is_own_id || !ANYTHING.contains(&&*address.resource_type))
}

/// Whether it is a pseudo parameter: of the account, the region or the stack
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>).
fn is_pseudo(reason: &Reason) -> bool {
    matches!(reason, Reason::NoValue(name) if name.starts_with("AWS::"))
}

/// The text of a value, with marks for what is not known of it.
fn skeleton(value: &Value, text: &mut String) {
    match &value.kind {
        Kind::Reference(reference) if is_name(reference) => text.push(NAME),
        Kind::Template(parts) => parts.iter().for_each(|part| skeleton(part, text)),
        Kind::Unknown(unknown) if is_pseudo(&unknown.reason) => text.push(NAME),
        _ => match (plain_text(value), missing(value)) {
            (Some(known), _) => text.push_str(&known),
            (None, Some(_)) => text.push(OPEN),
            (None, None) => {}
        },
    }
}

/// The account of an ARN, or the whole text where it is none.
fn account(text: &str) -> &str {
    match text.strip_prefix("arn:") {
        Some(rest) => rest.split(':').nth(3).unwrap_or(""),
        None => text,
    }
}

/// Whether a principal is as `is` says of the text and of the account in it; unknown where that is not known.
fn principal(value: &Value, is: impl Fn(&str, &str) -> bool) -> Truth {
    let mut text = String::new();
    skeleton(value, &mut text);
    let inner = account(&text);
    // What stands in front of the account could be anything up to it.
    if !inner.contains(OPEN) && !text.starts_with(OPEN) {
        return is(&text, inner).into();
    }
    let written = inner.replace(OPEN, "");
    let can_be = text.starts_with(OPEN)
        || written
            .chars()
            .all(|letter| letter == '*' || letter.is_ascii_digit());
    if can_be { Truth::Unknown } else { Truth::False }
}

/// Everyone: `*`, or a principal of any account. IAM refuses the second form, services that keep policies of their own do not all.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
pub(super) fn is_everyone(value: &Value) -> Truth {
    principal(value, |text, account| text == "*" || account == "*")
}

/// An account number, alone or in an ARN.
pub(super) fn is_account(value: &Value) -> Truth {
    principal(value, |_, account| {
        account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a name matches; what is not known of it may make it match.
pub(super) fn matches(value: &Value, regex: &Pattern) -> Truth {
    let mut text = String::new();
    skeleton(value, &mut text);
    if regex.is_match(&text) {
        return Truth::True;
    }
    match text.contains(OPEN) {
        true => Truth::Unknown,
        false => Truth::False,
    }
}

/// Whether a pattern of resources is `*`, or could be.
pub(super) fn can_be_everything(value: &Value) -> bool {
    let mut text = String::new();
    skeleton(value, &mut text);
    text.contains(OPEN) && text.chars().all(|letter| letter == OPEN || letter == '*')
}

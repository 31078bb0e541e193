//! The functions of templates.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use std::sync::Arc;

use base64::Engine;
use palisade_model::{
    Candidate, DiagnosticCode, Encoded, Encoding, FrameKind, Kind, Map, Reason, Reference, Target,
    Unknown, Value,
};

use super::conditions::{Truth, scalar_text};
use super::parameters;
use super::stack::Stack;
use super::tree::Tree;
use super::values::Place;

/// A mapping key that is not known stands for each of these many keys, not more.
const MAXIMUM_KEYS: usize = 64;

/// Blocks that one `Fn::Cidr` makes.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html>
const MAXIMUM_BLOCKS: u16 = 256;

impl Stack<'_> {
    /// The value of a function call.
    pub(super) fn call(&self, name: &str, argument: &Tree, place: Place) -> Value {
        match name {
            "Ref" => self.reference(argument, place),
            "Condition" => self.condition_value(argument, place),
            "Fn::GetAtt" => self.attribute(argument, place),
            "Fn::Sub" => self.substitute(argument, place),
            "Fn::Join" => self.join_texts(argument, place),
            "Fn::If" => self.branch(argument, place),
            "Fn::FindInMap" => self.find_in_map(argument, place),
            "Fn::Select" => self.select(argument, place),
            "Fn::Split" => self.split(argument, place),
            "Fn::Base64" => self.base64(argument, place),
            "Fn::Cidr" => self.cidr(argument, place),
            "Fn::GetAZs" => self.zones(argument, place),
            "Fn::ImportValue" => self.import(argument, place),
            "Fn::Length" => self.length(argument, place),
            "Fn::ToJsonString" => self.json_text(argument, place),
            "Fn::Transform" => self.transform(argument, place),
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => self.logic(name, argument, place),
            _ if name.starts_with("Fn::ForEach") => self.wrong_call(
                "a loop has a name, a collection and a map of what it repeats",
                place,
            ),
            _ => self.wrong_call(&format!("unknown function `{name}`"), place),
        }
    }

    pub(super) fn wrong_call(&self, message: &str, place: Place) -> Value {
        self.run.error(message, place.span);
        place.unknown(Reason::Error(message.into()))
    }

    /// The values of a list of arguments, or of a single one in place of a list of one.
    fn arguments(&self, argument: &Tree) -> Vec<Value> {
        match argument.items() {
            Some(items) => items
                .iter()
                .map(|item| self.value(item, item.span))
                .collect(),
            None => vec![self.value(argument, argument.span)],
        }
    }

    /// `Fn::Equals` and its like outside of conditions, as `Fn::ForEach` and rules allow them.
    fn logic(&self, name: &str, argument: &Tree, place: Place) -> Value {
        let call = Tree::map([(name, argument.clone())], place.span);
        let truth = self.anonymous_truth(&call);
        Self::truth_value(&truth, place)
    }

    fn condition_value(&self, argument: &Tree, place: Place) -> Value {
        if let Some(name) = argument.as_str()
            && self.conditions.contains_key(name)
        {
            return Self::truth_value(&self.condition(name, place.span), place);
        }
        // A property of this name, alone in its map.
        let value = self.value(argument, argument.span);
        place.value(Map::from_iter([("Condition".into(), value)]))
    }

    fn truth_value(truth: &Truth, place: Place) -> Value {
        match (truth, truth.as_unknown()) {
            (Truth::Known(holds), _) => place.value(*holds),
            (_, Some(unknown)) => place.value(unknown),
            (_, None) => place.value(Kind::Null),
        }
    }

    fn reference(&self, argument: &Tree, place: Place) -> Value {
        let Some(name) = self.name_of(argument) else {
            return self.wrong_call("`Ref` takes the name of a parameter or resource", place);
        };
        self.named(&name, place)
    }

    /// A name as written, or as a function gives it.
    fn name_of(&self, argument: &Tree) -> Option<Arc<str>> {
        match argument.scalar_text() {
            Some(text) => Some(text),
            None => scalar_text(&self.value(argument, argument.span)),
        }
    }

    /// What a name stands for: a parameter, a pseudo-parameter, a resource.
    pub(super) fn named(&self, name: &str, place: Place) -> Value {
        if let Some(value) = self.parameters.get(name) {
            return self.of_parameter(value, place);
        }
        if let Some(value) = self.argument(name) {
            return self.of_parameter(&value, place);
        }
        if name == "AWS::NoValue" {
            return place.value(Kind::Null);
        }
        if self.resources.contains_key(name) {
            return place.value(Reference {
                target: Target::Address(self.address(name)),
                attribute: "".into(),
            });
        }
        let facts = &self.run.context.inputs.facts;
        let origin = place.value(Kind::Null).origin;
        if let Some(value) = parameters::pseudo(name, facts, origin) {
            return value;
        }
        if let Some((module, member)) = self.of_module(name) {
            return place.value(Reference {
                target: Target::Address(self.address(&module)),
                attribute: member.into(),
            });
        }
        let message = format!("`{name}` is no parameter and no resource of this template");
        self.run
            .warning(DiagnosticCode::Evaluation, message, place.span);
        place.unknown(Reason::Undeclared(name.into()))
    }

    fn of_parameter(&self, value: &Value, place: Place) -> Value {
        let mut used = place.using(value, None);
        if let Kind::Unknown(unknown) = &used.kind
            && !unknown.candidates.is_empty()
        {
            used.kind = self.cases(unknown.reason.clone(), unknown.candidates.clone());
        }
        used
    }

    fn attribute(&self, argument: &Tree, place: Place) -> Value {
        let (name, attribute) = match (argument.items(), argument.as_str()) {
            (Some([name, rest @ ..]), _) if !rest.is_empty() => {
                let parts: Option<Vec<_>> = rest.iter().map(|part| self.name_of(part)).collect();
                let Some(parts) = parts else {
                    return place
                        .unknown(Reason::Computed("an attribute by a computed name".into()));
                };
                (self.name_of(name), parts.join("."))
            }
            (_, Some(text)) if text.contains('.') => {
                let (name, attribute) = text.split_once('.').unwrap_or((text, ""));
                (Some(name.into()), attribute.to_owned())
            }
            _ => (None, String::new()),
        };
        match name {
            Some(name) => self.attribute_of(&name, &attribute, place),
            None => self.wrong_call("`Fn::GetAtt` takes a resource and an attribute", place),
        }
    }

    fn attribute_of(&self, name: &str, attribute: &str, place: Place) -> Value {
        if !self.resources.contains_key(name) {
            if let Some((module, member)) = self.of_module(name) {
                return place.value(Reference {
                    target: Target::Address(self.address(&module)),
                    attribute: format!("{member}.{attribute}").into(),
                });
            }
            let message = format!("`{name}` is no resource of this template");
            self.run
                .warning(DiagnosticCode::Evaluation, message, place.span);
            return place.unknown(Reason::Undeclared(format!("{name}.{attribute}").into()));
        }
        if attribute.starts_with("Outputs.") {
            self.call_nested(name);
        }
        if let Some(output) = attribute.strip_prefix("Outputs.")
            && let Some(outputs) = self.outputs.borrow().get(name)
            && let Some(value) = outputs.get(output)
        {
            let label = format!("{name}.Outputs.{output}").into();
            let link = value
                .span()
                .map(|span| (FrameKind::ModuleArgument, label, span));
            return place.using(value, link);
        }
        place.value(Reference {
            target: Target::Address(self.address(name)),
            attribute: attribute.into(),
        })
    }

    /// `${Name}`, `${Name.Attribute}` and `${!Literal}` in a text; a map beside the text gives names of its own.
    fn substitute(&self, argument: &Tree, place: Place) -> Value {
        let (text, variables) = match (argument.scalar_text(), argument.items()) {
            (Some(text), _) => (text, None),
            (None, Some([text, variables])) if variables.fields().is_some() => {
                match text.scalar_text() {
                    Some(text) => (text, variables.fields()),
                    None => return self.wrong_call("`Fn::Sub` takes a text", place),
                }
            }
            (None, Some([text])) if text.scalar_text().is_some() => {
                (text.scalar_text().unwrap_or_default(), None)
            }
            _ => {
                return self.wrong_call(
                    "`Fn::Sub` takes a text, or a list of a text and a map",
                    place,
                );
            }
        };
        let mut parts = Vec::new();
        for piece in pieces(&text) {
            parts.push(match piece {
                Piece::Text(text) => place.value(text),
                Piece::Name(name) => match variables.and_then(|fields| fields.get(name)) {
                    Some(field) => self.value(&field.value, field.entry()),
                    None => match name.split_once('.') {
                        Some((resource, attribute)) => {
                            self.attribute_of(resource, attribute, place)
                        }
                        None => self.named(name, place),
                    },
                },
            });
        }
        if parts.is_empty() {
            return place.value("");
        }
        self.text(parts.into_iter().map(comma_joined).collect(), place)
    }

    fn join_texts(&self, argument: &Tree, place: Place) -> Value {
        let Some([delimiter, list]) = argument.items() else {
            return self.wrong_call("`Fn::Join` takes a delimiter and a list", place);
        };
        let Some(delimiter) = self.name_of(delimiter) else {
            return self.wrong_call("`Fn::Join` takes a delimiter that is a text", place);
        };
        let values = self.value(list, list.span);
        let items = match &values.kind {
            Kind::List(items) => items.to_vec(),
            Kind::Unknown(_) | Kind::Reference(_) | Kind::Template(_) => {
                return self.text(vec![values], place);
            }
            _ => return self.wrong_call("`Fn::Join` takes a list", place),
        };
        let mut parts = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                parts.push(place.value(&*delimiter));
            }
            parts.push(item);
        }
        if parts.is_empty() {
            return place.value("");
        }
        self.text(parts, place)
    }

    fn branch(&self, argument: &Tree, place: Place) -> Value {
        let Some([condition, yes, no]) = argument.items() else {
            return self.wrong_call("`Fn::If` takes a condition and two values", place);
        };
        let truth = match (condition.as_str(), condition.function()) {
            (Some(name), _) => self.condition(name, condition.span),
            (None, Some(("Condition", name))) if name.as_str().is_some() => {
                self.condition(name.as_str().unwrap_or_default(), condition.span)
            }
            (None, Some(_)) => self.anonymous_truth(condition),
            _ => return self.wrong_call("`Fn::If` takes the name of a condition", place),
        };
        let link = condition.as_str().and_then(|name| {
            let field = self.conditions.get(name)?;
            Some((
                FrameKind::Local,
                format!("condition {name}").into(),
                field.entry(),
            ))
        });
        let table = match truth {
            Truth::Known(holds) => {
                let chosen = if holds { yes } else { no };
                return place.using(&self.value(chosen, chosen.span), link);
            }
            Truth::Open(table) => table,
        };
        let (yes, no) = (self.value(yes, yes.span), self.value(no, no.span));
        let mut cases: Vec<Candidate> = Vec::new();
        for row in &table.rows {
            Self::under(&row.when, if row.holds { &yes } else { &no }, &mut cases);
        }
        let mut value = place.value(self.cases(table.reason.clone(), cases));
        value.sensitive = yes.sensitive || no.sensitive;
        let origin = value.origin.clone();
        value.origin = origin.used_at(place.span, place.entry, link);
        value
    }

    fn find_in_map(&self, argument: &Tree, place: Place) -> Value {
        let (map, first, second, fallback) = match argument.items() {
            Some([map, first, second]) => (map, first, second, None),
            Some([map, first, second, options]) => {
                (map, first, second, options.get("DefaultValue"))
            }
            _ => return self.wrong_call("`Fn::FindInMap` takes a map and two keys", place),
        };
        let name = self.value(map, map.span);
        let Some(name) = scalar_text(&name) else {
            return place.value(Kind::from(reason_of(&name)));
        };
        let table = self.mappings.as_ref().and_then(|all| all.get(&name));
        let Some(table) = table else {
            return match fallback {
                Some(tree) => self.value(tree, place.entry),
                None => self.wrong_call(&format!("mapping `{name}` is not declared"), place),
            };
        };
        let rows = self.keys_of(
            first,
            table.fields().into_iter().flat_map(|fields| fields.keys()),
        );
        let inner = table
            .fields()
            .into_iter()
            .flat_map(|fields| fields.values());
        let columns: Vec<&Arc<str>> = inner
            .filter_map(|field| field.value.fields())
            .flat_map(|fields| fields.keys())
            .collect();
        let columns = self.keys_of(second, columns.into_iter());
        let fallback = fallback.map(|tree| self.value(tree, tree.span));
        let found = self.lift(&[rows, columns], |keys| {
            let (row, column) = (scalar_text(&keys[0])?, scalar_text(&keys[1])?);
            let cell = table.get(&row).and_then(|row| row.fields()?.get(&*column));
            match cell {
                Some(field) => Some(self.value(&field.value, field.entry())),
                None => fallback.clone(),
            }
        });
        let link = Some((
            FrameKind::Include,
            format!("mapping {name}").into(),
            table.span,
        ));
        match found {
            Some(kind) => place.using(&place.value(kind), link),
            None => self.no_cell(&name, [first, second], place),
        }
    }

    fn no_cell(&self, name: &str, keys: [&Tree; 2], place: Place) -> Value {
        let values = keys.map(|key| self.value(key, key.span));
        if let Some(unknown) = values.iter().find_map(Value::as_unknown) {
            return place.value(Unknown::new(unknown.reason.clone()));
        }
        let path: Vec<_> = values.iter().filter_map(scalar_text).collect();
        self.wrong_call(
            &format!("mapping `{name}` has no `{}`", path.join(".")),
            place,
        )
    }

    /// The value of a key; where it is not known, every key there is: with another one the deployment fails.
    fn keys_of<'k>(&self, tree: &Tree, keys: impl Iterator<Item = &'k Arc<str>>) -> Value {
        let value = self.value(tree, tree.span);
        let (Some(unknown), Some(subject)) = (value.as_unknown(), tree.as_ref()) else {
            return value;
        };
        if !unknown.candidates.is_empty() {
            return value;
        }
        let mut all: Vec<&Arc<str>> = keys.collect();
        all.sort();
        all.dedup();
        if all.len() > MAXIMUM_KEYS {
            return value;
        }
        let candidate = |key: &Arc<str>| Candidate {
            when: vec![palisade_model::Assumption {
                subject: subject.into(),
                value: key.clone(),
            }],
            value: Value::bare(Kind::String(key.clone())),
        };
        Value {
            kind: Kind::from(Unknown {
                reason: unknown.reason.clone(),
                candidates: all.into_iter().map(candidate).collect(),
            }),
            ..value
        }
    }

    fn select(&self, argument: &Tree, place: Place) -> Value {
        let Some([index, list]) = argument.items() else {
            return self.wrong_call("`Fn::Select` takes an index and a list", place);
        };
        let inputs = [self.value(index, index.span), self.value(list, list.span)];
        let pick = |inputs: &[Value]| {
            let index: usize = scalar_text(&inputs[0])?.trim().parse().ok()?;
            inputs[1].as_list()?.get(index).cloned()
        };
        if let (Kind::List(_), Some(_), Some(value)) =
            (&inputs[1].kind, scalar_text(&inputs[0]), pick(&inputs))
        {
            return place.using(&value, None);
        }
        if let Some(kind) = self.lift(&inputs, pick) {
            return place.value(kind);
        }
        match &inputs[1].kind {
            Kind::List(items) if scalar_text(&inputs[0]).is_some() => {
                let message = format!(
                    "`Fn::Select` has no such item: the list has {}",
                    items.len()
                );
                self.wrong_call(&message, place)
            }
            _ => place.value(Kind::from(reason_of(&inputs[1]))),
        }
    }

    fn split(&self, argument: &Tree, place: Place) -> Value {
        let Some([delimiter, text]) = argument.items() else {
            return self.wrong_call("`Fn::Split` takes a delimiter and a text", place);
        };
        let inputs = [
            self.value(delimiter, delimiter.span),
            self.value(text, text.span),
        ];
        let pieces = |inputs: &[Value]| {
            let (delimiter, text) = (scalar_text(&inputs[0])?, scalar_text(&inputs[1])?);
            if delimiter.is_empty() {
                return None;
            }
            let items = text.split(&*delimiter).map(|piece| place.value(piece));
            Some(place.value(items.collect::<Vec<_>>()))
        };
        match self.lift(&inputs, pieces) {
            Some(kind) => place.value(kind),
            None => place.value(Kind::from(reason_of(&inputs[1]))),
        }
    }

    fn base64(&self, argument: &Tree, place: Place) -> Value {
        let value = self.value(argument, argument.span);
        let text = scalar_text(&value);
        let encoded = text.map(|text| base64::engine::general_purpose::STANDARD.encode(&*text));
        let sensitive = value.sensitive;
        let mut encoded = place.value(Kind::Encoded(Arc::new(Encoded {
            encoding: Encoding::Base64,
            text: encoded.map(Arc::from),
            value,
        })));
        encoded.sensitive = sensitive;
        encoded
    }

    /// Blocks of addresses: `Fn::Cidr: [block, count, bits]`. With fewer bits the blocks are larger; 32 bits of an IPv6 block are
    /// the most that CloudFormation takes.
    fn cidr(&self, argument: &Tree, place: Place) -> Value {
        let inputs = self.arguments(argument);
        if !(2..=3).contains(&inputs.len()) {
            return self.wrong_call(
                "`Fn::Cidr` takes a block, a count and a number of bits",
                place,
            );
        }
        let blocks = |inputs: &[Value]| {
            let texts: Vec<_> = inputs.iter().map(scalar_text).collect::<Option<_>>()?;
            let items = blocks(&texts).ok()?;
            let items = items.into_iter().map(|block| place.value(block));
            Some(place.value(items.collect::<Vec<_>>()))
        };
        if let Some(kind) = self.lift(&inputs, blocks) {
            return place.value(kind);
        }
        let texts: Option<Vec<_>> = inputs.iter().map(scalar_text).collect();
        if let Some(Err(message)) = texts.map(|texts| self::blocks(&texts)) {
            return self.wrong_call(&format!("`Fn::Cidr`: {message}"), place);
        }
        let open = inputs.iter().find(|input| scalar_text(input).is_none());
        place.value(Kind::from(
            open.map_or(Reason::Computed("Fn::Cidr".into()), reason_of),
        ))
    }

    fn zones(&self, argument: &Tree, place: Place) -> Value {
        let region = self.value(argument, argument.span);
        let region = scalar_text(&region).filter(|region| !region.is_empty());
        let of = region.as_deref().unwrap_or("the region");
        place.unknown(Reason::DataSource(
            format!("availability zones of {of}").into(),
        ))
    }

    fn import(&self, argument: &Tree, place: Place) -> Value {
        let name = self.value(argument, argument.span);
        let Some(name) = scalar_text(&name) else {
            let reason = Reason::NoValue("an export whose name is not known".into());
            return place.unknown(
                name.as_unknown()
                    .map_or(reason, |unknown| unknown.reason.clone()),
            );
        };
        if let Some(value) = &self.run.export(&name) {
            let label = format!("export {name}").into();
            let link = value
                .span()
                .map(|span| (FrameKind::ModuleArgument, label, span));
            return place.using(value, link);
        }
        place.value(Reference {
            target: Target::External(format!("export {name}").into()),
            attribute: "".into(),
        })
    }

    fn length(&self, argument: &Tree, place: Place) -> Value {
        let list = self.value(argument, argument.span);
        let count = |inputs: &[Value]| {
            let items = inputs[0].as_list()?;
            Some(Value::bare(items.len() as i64))
        };
        match self.lift(std::slice::from_ref(&list), count) {
            Some(kind) => place.value(kind),
            None if matches!(list.kind, Kind::Unknown(_) | Kind::Reference(_)) => {
                place.value(Kind::from(reason_of(&list)))
            }
            None => self.wrong_call("`Fn::Length` takes a list", place),
        }
    }

    fn json_text(&self, argument: &Tree, place: Place) -> Value {
        let value = self.value(argument, argument.span);
        if !matches!(value.kind, Kind::Map(_) | Kind::List(_) | Kind::Unknown(_)) {
            return self.wrong_call("`Fn::ToJsonString` takes a map or a list", place);
        }
        let text = value.is_wholly_known().then(|| to_json(&value).to_string());
        place.value(Kind::Encoded(Arc::new(Encoded {
            encoding: Encoding::Json,
            text: text.map(Arc::from),
            value,
        })))
    }

    /// A macro at a part of the template: what it makes of it is not known. Includes are resolved before, where they can be.
    pub(super) fn transform(&self, argument: &Tree, place: Place) -> Value {
        let Some(name) = argument.str_of("Name") else {
            return self.wrong_call("`Fn::Transform` takes the `Name` of a macro", place);
        };
        if name == "AWS::Include" {
            let location = argument.at(&["Parameters", "Location"]);
            let location = location.map(|tree| self.value(tree, tree.span));
            let location = location.as_ref().and_then(scalar_text);
            let location = location.as_deref().unwrap_or("of `AWS::Include`");
            self.unresolved(format!("file {location} is not included"), place.span);
            return place.unknown(Reason::MissingFile(location.into()));
        }
        self.unresolved(
            format!("what macro `{name}` makes here is not known"),
            argument.span,
        );
        place.unknown(Reason::Foreign(format!("macro {name}").into()))
    }
}

/// The blocks that `Fn::Cidr` makes of a block, a count and a number of bits, or why it makes none.
fn blocks(arguments: &[Arc<str>]) -> Result<Vec<String>, String> {
    let block: ipnet::IpNet = arguments[0]
        .parse()
        .map_err(|_| format!("`{}` is no block of addresses", arguments[0]))?;
    let number = |text: &str| {
        let number: Result<u16, _> = text.parse();
        number.map_err(|_| format!("`{text}` is no number of blocks or bits"))
    };
    let count = number(&arguments[1])?;
    if !(1..=MAXIMUM_BLOCKS).contains(&count) {
        return Err(format!(
            "it makes 1 to {MAXIMUM_BLOCKS} blocks, not {count}"
        ));
    }
    let bits = match arguments.get(2) {
        Some(bits) => number(bits)?,
        None if block.max_prefix_len() == 32 => 5,
        None => 64,
    };
    let length = u16::from(block.max_prefix_len()).checked_sub(bits);
    let length = length.and_then(|length| u8::try_from(length).ok());
    let subnets = length.and_then(|length| block.subnets(length).ok());
    let found: Vec<_> = subnets.into_iter().flatten().take(count.into()).collect();
    if found.len() < count.into() {
        let what = if count == 1 { "block" } else { "blocks" };
        return Err(format!(
            "{block} does not hold {count} {what} of {bits} bits"
        ));
    }
    Ok(found.iter().map(ToString::to_string).collect())
}

/// Why a value that is none yet is not known.
fn reason_of(value: &Value) -> Reason {
    match &value.kind {
        Kind::Unknown(unknown) => unknown.reason.clone(),
        Kind::Reference(reference) => Reason::Computed(reference_text(reference).into()),
        Kind::Template(parts) => parts
            .iter()
            .find(|part| scalar_text(part).is_none())
            .map_or_else(|| Reason::Computed("a text".into()), reason_of),
        _ => Reason::Error("a value of another kind was expected".into()),
    }
}

fn reference_text(reference: &Reference) -> String {
    let target = match &reference.target {
        Target::Address(address) => address.to_string(),
        Target::External(name) => name.to_string(),
    };
    match &*reference.attribute {
        "" => target,
        attribute => format!("{target}.{attribute}"),
    }
}

/// A list in a text is its items with commas.
fn comma_joined(value: Value) -> Value {
    let Some(items) = value.as_list() else {
        return value;
    };
    let texts: Option<Vec<_>> = items.iter().map(scalar_text).collect();
    match texts {
        Some(texts) => Value {
            kind: texts.join(",").into(),
            ..value
        },
        None => value,
    }
}

fn to_json(value: &Value) -> serde_json::Value {
    match &value.kind {
        Kind::Bool(value) => (*value).into(),
        Kind::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().into(),
        },
        Kind::List(items) => items.iter().map(to_json).collect(),
        Kind::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.to_string(), to_json(value)))
            .collect(),
        _ => scalar_text(value).map_or(serde_json::Value::Null, |text| (*text).into()),
    }
}

/// A part of a text of `Fn::Sub`.
pub(super) enum Piece<'t> {
    Text(String),
    Name(&'t str),
}

/// The parts of a text of `Fn::Sub`. A `${` without an end is text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else {
            break;
        };
        literal.push_str(&rest[..start]);
        let name = &rest[start + 2..start + length];
        if let Some(kept) = name.strip_prefix('!') {
            literal.push_str("${");
            literal.push_str(kept);
            literal.push('}');
        } else {
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Name(name.trim()));
        }
        rest = &rest[start + length + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    pieces
}

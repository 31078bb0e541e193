//! Templates to texts. A text of which a part is not known keeps its parts; JSON is decoded with the places of its parts.

use palisade_model::{Encoding, OriginKind, Span};
use palisade_syntax::hcl::{ForPart, IfPart, Part};

use super::apply;
use super::document;
use super::expression::{evaluate as expression, pairs};
use super::functions;
use super::scope::{Binding, Eval, Failure, Scope, made_at, written_at};
use super::types::Type;
use super::value::{Document, Marks, TfKind, TfUnknown, TfValue};

/// Of texts with more parts only the reason stays.
const MAXIMUM_PARTS: usize = 1000;

/// What a template made so far.
#[derive(Default)]
pub(super) struct Text {
    /// In order: literal text, values as they were interpolated.
    pub(super) pieces: Vec<TfValue>,
    length: usize,
    marks: Marks,
}

/// The value of a template. A template that is nothing but one interpolation is that value, of any type.
pub(super) fn evaluate(parts: &[Part], place: Span, scope: &Scope<'_, '_>) -> Eval {
    if let [Part::Interpolation(inner, _)] = parts {
        return expression(inner, scope);
    }
    let mut text = Text::default();
    append(parts, scope, &mut text)?;
    let literal = parts.iter().all(|part| matches!(part, Part::Literal(..)));
    let value = text.finish();
    Ok(if literal {
        written_at(value, place)
    } else {
        made_at(value, place)
    })
}

fn append(parts: &[Part], scope: &Scope<'_, '_>, text: &mut Text) -> Result<(), Failure> {
    for part in parts {
        match part {
            Part::Literal(literal, range) => {
                let place = scope.span(*range);
                text.push(written_at(TfValue::string(literal), place), place)?;
            }
            Part::Interpolation(inner, range) => {
                let place = scope.span(*range);
                let value = expression(inner, scope)?;
                if value.is_null() {
                    return Err(Failure::new("null cannot stand in a text", place));
                }
                let converted = apply::to_type(&value, &Type::String).map_err(|message| {
                    Failure::new(format!("cannot stand in a text: {message}"), place)
                })?;
                text.push(converted.with_origin(value.origin), place)?;
            }
            Part::If(part) => append_if(part, scope, text)?,
            Part::For(part) => append_for(part, scope, text)?,
        }
    }
    Ok(())
}

fn append_if(part: &IfPart, scope: &Scope<'_, '_>, text: &mut Text) -> Result<(), Failure> {
    let place = scope.span(part.condition.range);
    let decided = expression(&part.condition, scope)?;
    let decided =
        apply::to_type(&decided, &Type::Bool).map_err(|message| Failure::new(message, place))?;
    text.marks = text.marks.union(decided.marks);
    match &decided.kind {
        TfKind::Bool(true) => append(&part.then, scope, text),
        TfKind::Bool(false) => append(&part.otherwise, scope, text),
        TfKind::Unknown(unknown) => {
            let value = TfValue::unknown(Type::String, unknown.reason.clone());
            text.push(made_at(value, scope.span(part.range)), place)
        }
        _ => Err(Failure::new("a condition cannot be null", place)),
    }
}

fn append_for(part: &ForPart, scope: &Scope<'_, '_>, text: &mut Text) -> Result<(), Failure> {
    let place = scope.span(part.collection.range);
    let collection = expression(&part.collection, scope)?;
    if let Some(unknown) = collection.as_unknown() {
        let value = TfValue::unknown(Type::String, unknown.reason.clone());
        return text.push(made_at(value, scope.span(part.range)), place);
    }
    let pairs = pairs(&collection).ok_or_else(|| Failure::new("this cannot be walked", place))?;
    text.marks = text.marks.union(collection.marks);
    for (key, value) in pairs {
        let value_binding = Binding {
            name: &part.value.text,
            value,
            next: scope.bindings,
        };
        let key_binding = part.key.as_ref().map(|name| Binding {
            name: &name.text,
            value: key,
            next: Some(&value_binding),
        });
        let inner = Scope {
            bindings: Some(key_binding.as_ref().unwrap_or(&value_binding)),
            ..*scope
        };
        scope.instance.engine.step(place)?;
        append(&part.body, &inner, text)?;
    }
    Ok(())
}

impl Text {
    fn push(&mut self, piece: TfValue, place: Span) -> Result<(), Failure> {
        self.length += piece.as_str().map_or(0, str::len);
        if self.length > functions::MAXIMUM_LENGTH {
            return Err(Failure::limit(functions::TOO_LONG, place));
        }
        self.marks = self.marks.union(piece.marks);
        self.pieces.push(piece);
        Ok(())
    }

    fn finish(self) -> TfValue {
        let document = document::of_pieces(&self.pieces);
        let known = self.pieces.iter().all(TfValue::is_known);
        let value = match (known, document) {
            (true, document) => {
                let text: String = self.pieces.iter().filter_map(TfValue::as_str).collect();
                let of = self.pieces.iter().filter_map(|it| it.origin.of.as_deref());
                let origin = palisade_model::Origin::default().made_of(of, false);
                let value = match document {
                    Some(document) => TfValue::encoded(text, Encoding::Json, document),
                    None => TfValue::string(text),
                };
                value.with_origin(origin)
            }
            (false, document) => {
                let reason = self
                    .pieces
                    .iter()
                    .find_map(TfValue::as_unknown)
                    .map(|unknown| unknown.reason.clone());
                let reason = reason.unwrap_or_else(|| palisade_model::Reason::Error("".into()));
                let mut unknown = TfUnknown::new(reason);
                unknown.not_null = true;
                let document = document.map(|value| Document::new(Encoding::Json, value));
                unknown.document = document.map(std::sync::Arc::new);
                unknown.parts = flatten(self.pieces);
                TfValue::of_unknown(Type::String, unknown)
            }
        };
        value.with_marks(self.marks)
    }
}

/// Two literals, one behind the other in a file, as one.
fn joined(first: &TfValue, second: &TfValue) -> Option<TfValue> {
    let (text, more) = (first.as_str()?, second.as_str()?);
    let is_literal = |value: &TfValue| value.origin.kind == OriginKind::Literal;
    let (start, end) = (first.origin.span?, second.origin.span?);
    let follows = start.file == end.file && start.end <= end.start;
    let written = is_literal(first) && is_literal(second) && first.marks == second.marks;
    let place = Span::new(start.file, start.start, end.end);
    (follows && written).then(|| written_at(TfValue::string([text, more].concat()), place))
}

/// A text inside a text gives its parts.
fn flatten(pieces: Vec<TfValue>) -> Vec<TfValue> {
    let mut flat = Vec::new();
    for piece in pieces {
        match piece.as_unknown() {
            Some(unknown) if !unknown.parts.is_empty() && unknown.reference.is_none() => {
                flat.extend(unknown.parts.iter().cloned());
            }
            _ if piece.as_str() == Some("") => {}
            _ => match flat.last_mut().and_then(|last| joined(last, &piece)) {
                Some(both) => *flat.last_mut().expect("there is a last one") = both,
                None => flat.push(piece),
            },
        }
        if flat.len() > MAXIMUM_PARTS {
            return Vec::new();
        }
    }
    flat
}

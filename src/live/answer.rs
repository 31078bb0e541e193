//! An answer in XML as a tree of values, without a schema.
//!
//! An element with children is a map, one with text alone a text; children of one name make a list. Whoever reads a path says
//! whether it expects a list, as one item looks like none.

use palisade_model::{Kind, Map, Value};
use quick_xml::Reader;
use quick_xml::events::Event;

/// The content of the root element; an error names what is wrong in the text.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<(String, Element)> = vec![(String::new(), Element::default())];
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                open.push((start.local_name().as_ref().to_owned(), Element::default()));
            }
            Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                top(&mut open)?.children.push((name, Value::bare("")));
            }
            Event::End(_) => {
                let (name, element) = open.pop().ok_or("an element is closed twice")?;
                top(&mut open)?.children.push((name, element.into_value()));
            }
            Event::Text(text) => top(&mut open)?.text.push_str(&text),
            Event::CData(text) => top(&mut open)?.text.push_str(&text),
            Event::GeneralRef(name) => {
                top(&mut open)?.text.push_str(&entity(&name)?);
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    let (_, root) = open
        .pop()
        .filter(|_| open.is_empty())
        .ok_or("an element is not closed")?;
    root.children
        .into_iter()
        .next()
        .map(|(_, value)| value)
        .ok_or_else(|| "the answer is empty".to_owned())
}

#[derive(Default)]
struct Element {
    children: Vec<(String, Value)>,
    text: String,
}

fn top(open: &mut [(String, Element)]) -> Result<&mut Element, String> {
    open.last_mut()
        .map(|(_, element)| element)
        .ok_or_else(|| "text outside of the root".to_owned())
}

/// The text of `&name;`.
fn entity(name: &str) -> Result<String, String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return code
            .ok()
            .and_then(char::from_u32)
            .map(String::from)
            .ok_or_else(|| format!("&{name}; is no character"));
    }
    quick_xml::escape::resolve_xml_entity(name)
        .map(str::to_owned)
        .ok_or_else(|| format!("&{name}; is not known"))
}

impl Element {
    fn into_value(self) -> Value {
        if self.children.is_empty() {
            return Value::bare(self.text.trim());
        }
        let mut entries = Map::new();
        for (name, child) in self.children {
            match entries.get_mut(name.as_str()) {
                None => {
                    entries.insert(name.into(), child);
                }
                Some(Value {
                    kind: Kind::List(items),
                    ..
                }) => std::sync::Arc::make_mut(items).push(child),
                Some(known) => {
                    let first = std::mem::replace(known, Value::null());
                    *known = Value::bare(vec![first, child]);
                }
            }
        }
        Value::bare(entries)
    }
}

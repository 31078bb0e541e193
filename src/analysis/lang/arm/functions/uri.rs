//! Functions of URIs and lists of texts
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string#uri).

use palisade_model::{Kind, Map, Value};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::arguments::{Arguments, Called, made};
use super::text::{self, Parts, display};

/// What RFC 3986 leaves unescaped.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "uri" => uri(arguments),
        "uricomponent" => component(arguments),
        "uricomponenttostring" => component_to_string(arguments),
        "parseuri" => parse(arguments),
        "builduri" => build(arguments),
        "join" => join(arguments),
        "fail" => fail(arguments),
        _ => return None,
    })
}

/// An error the author of the template asks for.
fn fail(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let text = arguments.text(0)?;
    Err(super::Stop::Wrong(format!(
        "the template fails by intent: {text}"
    )))
}

/// The items of an array with a delimiter between.
fn join(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let delimiter = arguments.text(1)?;
    let mut parts = Parts::default();
    for (position, item) in arguments.list(0)?.iter().enumerate() {
        if position > 0 {
            parts.push_text(delimiter);
        }
        parts.push(item);
    }
    made(parts.finish())
}

/// A relative URI on a base one (RFC 3986, section 5.2, as far as templates use it).
fn uri(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    if arguments.get(0)?.as_str().is_none() || arguments.get(1)?.as_str().is_none() {
        let (base, relative) = (arguments.get(0)?, arguments.get(1)?);
        return made(text::concat([base, &Value::bare("/"), relative]));
    }
    let (base, relative) = (arguments.text(0)?, arguments.text(1)?);
    if relative.contains("://") {
        return made(relative);
    }
    let Some(authority) = base.find("://").map(|offset| offset + 3) else {
        return Err(arguments.wrong("takes an absolute URI as argument 1"));
    };
    let path = base[authority..]
        .find('/')
        .map_or(base.len(), |offset| authority + offset);
    let (root, path) = base.split_at(path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let joined = if relative.starts_with('/') {
        relative.to_owned()
    } else {
        let folder = path.rfind('/').map_or("/", |offset| &path[..=offset]);
        format!("{folder}{relative}")
    };
    made(format!("{root}{}", without_dots(&joined)))
}

fn without_dots(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    format!("/{}", segments.join("/"))
}

fn component(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let text = display(arguments.wholly_known(0)?);
    made(utf8_percent_encode(&text, RESERVED).to_string())
}

fn component_to_string(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let decoded = percent_decode_str(arguments.text(0)?).decode_utf8_lossy();
    made(decoded.into_owned())
}

fn parse(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let text = arguments.text(0)?;
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(arguments.wrong("takes an absolute URI"));
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse::<i64>().ok()),
        None => (authority, None),
    };
    let tail = tail.split('#').next().unwrap_or_default();
    let (path, query) = tail
        .split_once('?')
        .map_or((tail, ""), |(path, query)| (path, query));
    let mut parts = Map::new();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    parts.insert("scheme".into(), arguments.value(scheme));
    parts.insert("host".into(), arguments.value(host));
    if let Some(port) = port {
        parts.insert("port".into(), arguments.value(port));
    }
    parts.insert("path".into(), arguments.value(path));
    parts.insert("query".into(), arguments.value(query));
    made(parts)
}

fn build(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let parts = arguments.map(0)?;
    let mut text = Parts::default();
    for (name, before) in [
        ("scheme", ""),
        ("host", "://"),
        ("port", ":"),
        ("path", ""),
        ("query", ""),
    ] {
        let Some(value) = parts
            .get(name)
            .filter(|value| !matches!(value.kind, Kind::Null))
        else {
            continue;
        };
        text.push_text(before);
        let missing_slash = name == "path" && value.as_str().is_some_and(|it| !it.starts_with('/'));
        let missing_mark = name == "query"
            && value
                .as_str()
                .is_some_and(|it| !it.is_empty() && !it.starts_with('?'));
        text.push_text(if missing_slash { "/" } else { "" });
        text.push_text(if missing_mark { "?" } else { "" });
        text.push(value);
    }
    made(text.finish())
}

//! The format of the schema files: one line a property, indented by its depth. README.md describes it.

use super::{Property, PropertyKind, Schema};

/// The sections of a file, one a type. A line that starts with `#` is a comment.
pub(super) fn sections(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while rest.starts_with(['#', '\n']) {
            rest = rest.split_once('\n').map_or("", |(_, behind)| behind);
        }
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len();
        for (offset, _) in rest.match_indices('\n') {
            if rest[offset + 1..]
                .chars()
                .next()
                .is_some_and(|first| first != ' ')
            {
                end = offset + 1;
                break;
            }
        }
        let (section, behind) = rest.split_at(end);
        rest = behind;
        Some(section)
    })
}

/// The type a section is of.
pub(super) fn type_name(section: &'static str) -> &'static str {
    section.split([' ', '\n']).next().unwrap_or("")
}

/// The schema of the sections of one type: the first is the published one, later ones add to it.
pub(super) fn parse(sections: &[&'static str]) -> Schema {
    let header = sections[0].lines().next().unwrap_or("");
    let mut children = Vec::new();
    for section in sections {
        let lines: Vec<&'static str> = section
            .lines()
            .skip(1)
            .filter(|line| !line.trim().is_empty())
            .collect();
        extend(&mut children, parse_children(&lines, &mut 0, 1));
    }
    Schema {
        resource_type: type_name(header),
        api_version: header.split(' ').nth(1),
        root: Property::of(PropertyKind::Object(children)),
    }
}

/// Adds properties to an object; those it has stay.
fn extend(children: &mut Vec<(&'static str, Property)>, more: Vec<(&'static str, Property)>) {
    for (name, property) in more {
        match children.binary_search_by(|(known, _)| (*known).cmp(name)) {
            Err(position) => children.insert(position, (name, property)),
            Ok(position) => {
                if let (Some(known), Some(more)) = (
                    object_of(&mut children[position].1),
                    object_of(&mut property.clone()),
                ) {
                    extend(known, std::mem::take(more));
                }
            }
        }
    }
}

/// The children of an object, or of the object a list or map holds.
fn object_of(property: &mut Property) -> Option<&mut Vec<(&'static str, Property)>> {
    match &mut property.kind {
        PropertyKind::Object(children) => Some(children),
        PropertyKind::List(item) | PropertyKind::Map(item) => object_of(item),
        _ => None,
    }
}

/// The lines at `depth` from `at` on, each with what is below it.
fn parse_children(
    lines: &[&'static str],
    at: &mut usize,
    depth: usize,
) -> Vec<(&'static str, Property)> {
    let mut children = Vec::new();
    while let Some(line) = lines.get(*at) {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if indent < depth {
            break;
        }
        // A line without a name: the object takes other properties besides. Those it names are what can be checked.
        if indent > depth {
            *at += 1;
            continue;
        }
        *at += 1;
        let below = parse_children(lines, at, depth + 1);
        let (name, words) = line[depth..]
            .split_once(' ')
            .unwrap_or((&line[depth..], "j"));
        children.push((name, parse_property(words, below)));
    }
    children.sort_by_key(|(name, _)| *name);
    children
}

/// `[s!  |A|B` with the children below the line.
fn parse_property(words: &'static str, below: Vec<(&'static str, Property)>) -> Property {
    let (code, detail) = words.split_once(' ').unwrap_or((words, ""));
    let flags = code.trim_start_matches(|letter: char| "[{snibjo".contains(letter));
    let mut leaf = Property::of(
        match code[..code.len() - flags.len()].trim_start_matches(['[', '{']) {
            "s" => PropertyKind::String,
            "n" => PropertyKind::Number,
            "i" => PropertyKind::Integer,
            "b" => PropertyKind::Boolean,
            "o" => PropertyKind::Object(below),
            _ => PropertyKind::Any,
        },
    );
    leaf.refers_to = detail.strip_prefix('@');
    leaf.values = detail
        .strip_prefix('|')
        .map(|values| values.split('|').collect())
        .unwrap_or_default();
    let wrapped = code
        .chars()
        .take_while(|letter| "[{".contains(*letter))
        .collect::<Vec<_>>();
    let mut property = wrapped.into_iter().rev().fold(leaf, |item, bracket| {
        let item = Box::new(item);
        Property::of(if bracket == '[' {
            PropertyKind::List(item)
        } else {
            PropertyKind::Map(item)
        })
    });
    property.required = flags.contains('!');
    property.read_only = flags.contains('=');
    property.write_only = flags.contains('+');
    property
}

impl Property {
    fn of(kind: PropertyKind) -> Self {
        Self {
            kind,
            required: false,
            read_only: false,
            write_only: false,
            values: Vec::new(),
            refers_to: None,
        }
    }
}

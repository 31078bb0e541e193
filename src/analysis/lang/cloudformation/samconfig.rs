//! The configuration of the SAM command line: which overrides of parameters a deployment takes from it, and where each is written.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>

use palisade_model::{FileId, Number, Span};
use toml::de::{DeTable, DeValue};

use super::tree::{Data, Field, Fields, Tree};

/// The environment that is taken unasked.
const DEFAULT_ENVIRONMENT: &str = "default";

/// Lists of overrides inside each other.
const MAXIMUM_DEPTH: usize = 8;

/// A word of a text of overrides.
pub(super) struct Word {
    /// Quotes and backslashes resolved.
    pub(super) text: String,
    pub(super) place: Span,
}

/// The tree of a TOML text; of one that is broken, as much as could be read, with what is wrong and where.
pub(super) fn read(text: &str, file: FileId) -> (Tree, Vec<(String, Span)>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let errors = errors.iter().map(|error| {
        let place = span(error.span().unwrap_or_default(), file);
        (error.message().to_lowercase(), place)
    });
    let whole = Span::new(file, 0, text.len() as u32);
    (map(table.get_ref(), whole, file), errors.collect())
}

fn span(range: std::ops::Range<usize>, file: FileId) -> Span {
    Span::new(file, range.start as u32, range.end as u32)
}

fn map(table: &DeTable<'_>, place: Span, file: FileId) -> Tree {
    let fields: Fields = table
        .iter()
        .map(|(key, value)| {
            let field = Field {
                key: span(key.span(), file),
                value: tree(value.get_ref(), span(value.span(), file), file),
            };
            (key.get_ref().as_ref().into(), field)
        })
        .collect();
    Tree::new(Data::Map(fields.into()), place)
}

fn tree(value: &DeValue<'_>, place: Span, file: FileId) -> Tree {
    let number = |number: Number| Tree::new(Data::Number(number), place);
    match value {
        DeValue::String(text) => Tree::string(text.as_ref(), place),
        DeValue::Boolean(value) => Tree::bool(*value, place),
        DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(whole) => number(Number::Integer(whole)),
            Err(_) => Tree::string(digits.as_str(), place),
        },
        DeValue::Float(digits) => match digits.as_str().parse() {
            Ok(fraction) => number(Number::Float(fraction)),
            Err(_) => Tree::string(digits.as_str(), place),
        },
        DeValue::Datetime(time) => Tree::string(time.to_string(), place),
        DeValue::Array(items) => {
            let items = items
                .iter()
                .map(|item| tree(item.get_ref(), span(item.span(), file), file));
            Tree::list(items.collect(), place)
        }
        DeValue::Table(table) => map(table, place, file),
    }
}

/// Whether a tree has the sections of a configuration: environments of commands with parameters.
pub(super) fn is_config(tree: &Tree) -> bool {
    let environments = tree.fields().into_iter().flatten();
    environments
        .filter_map(|(_, environment)| environment.value.fields())
        .flatten()
        .any(|(_, command)| command.value.get("parameters").is_some())
}

/// What a deployment takes as `parameter_overrides`: that of its own section, else that of all commands; of the environment where
/// the file has it, else of the one taken unasked.
pub(super) fn overrides<'t>(tree: &'t Tree, environment: Option<&str>) -> Option<&'t Tree> {
    let environment = environment
        .filter(|name| tree.get(name).is_some())
        .unwrap_or(DEFAULT_ENVIRONMENT);
    ["deploy", "global"]
        .into_iter()
        .find_map(|command| tree.at(&[environment, command, "parameters", "parameter_overrides"]))
}

/// The parts of overrides: texts and maps, in lists or not.
pub(super) fn flat(overrides: &Tree) -> Vec<&Tree> {
    let mut parts = vec![overrides];
    for _ in 0..MAXIMUM_DEPTH {
        if parts.iter().all(|part| part.items().is_none()) {
            break;
        }
        parts = parts
            .into_iter()
            .flat_map(|part| part.items().unwrap_or(std::slice::from_ref(part)))
            .collect();
    }
    parts
}

/// `A=b`, and the longer `ParameterKey=A,ParameterValue=b`.
pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let long = word
        .strip_prefix("ParameterKey=")
        .and_then(|rest| rest.split_once(",ParameterValue="));
    long.or_else(|| word.split_once('='))
}

/// The words of a text as a command line has them; `source` is the text of the file.
pub(super) fn words_of(part: &Tree, source: &str) -> Vec<Word> {
    let Some(text) = part.as_str() else {
        return Vec::new();
    };
    let whole = part.span;
    let raw = source
        .get(whole.start as usize..whole.end as usize)
        .unwrap_or_default();
    let offsets = offsets(raw, text);
    let place = |start: usize, end: usize| match &offsets {
        Some(offsets) => Span::new(
            whole.file,
            whole.start + offsets[start] as u32,
            whole.start + offsets[end] as u32,
        ),
        None => whole,
    };
    words(text)
        .into_iter()
        .map(|(text, start, end)| Word {
            text,
            place: place(start, end),
        })
        .collect()
}

/// The words of a command line, quotes and backslashes resolved, each with the bytes where it starts and ends.
fn words(text: &str) -> Vec<(String, usize, usize)> {
    let mut words = Vec::new();
    let mut word = None;
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if quote.is_none() && character.is_whitespace() {
            words.extend(word.take().map(|(text, start)| (text, start, at)));
            continue;
        }
        let (text, _) = word.get_or_insert_with(|| (String::new(), at));
        match (character, quote) {
            ('\\', _) => text.extend(characters.next().map(|(_, escaped)| escaped)),
            (_, Some(open)) if character == open => quote = None,
            ('"' | '\'', None) => quote = Some(character),
            _ => text.push(character),
        }
    }
    words.extend(word.map(|(word, start)| (word, start, text.len())));
    words
}

/// For each byte of a text, and its end, the byte of the literal that it is written as; none where escapes stand for something else
/// than the character behind the backslash.
fn offsets(raw: &str, text: &str) -> Option<Vec<usize>> {
    let mut at = match raw.bytes().next()? {
        b'|' | b'>' => raw.find('\n')? + 1,
        quote @ (b'"' | b'\'') => raw.bytes().take_while(|byte| *byte == quote).count(),
        _ => 0,
    };
    let mut offsets = Vec::with_capacity(text.len() + 1);
    for character in text.chars() {
        let width = loop {
            let next = raw.get(at..)?.chars().next()?;
            if next == character || (next.is_whitespace() && character.is_whitespace()) {
                break next.len_utf8();
            }
            // A backslash, or what a line is indented by.
            if next != '\\' && !next.is_whitespace() {
                return None;
            }
            at += next.len_utf8();
        };
        offsets.extend(std::iter::repeat_n(at, character.len_utf8()));
        at += width;
    }
    offsets.push(at);
    Some(offsets)
}

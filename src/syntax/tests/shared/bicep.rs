use std::path::Path;

use palisade_syntax::bicep::{Declaration, parse};

use super::{corpus, files};
use crate::bicep::survives_cuts;

/// The texts of the shared modules with their paths; none where they are not here.
fn texts() -> Vec<(String, String)> {
    let Some(folder) = corpus("avm") else {
        return Vec::new();
    };
    let found = read(&folder);
    assert!(found.len() >= 303, "{} files", found.len());
    found
}

/// The same with the files of the labelled cases, which are not all whole.
fn all_texts() -> Vec<(String, String)> {
    let mut all = texts();
    all.extend(corpus("cases").iter().flat_map(|folder| read(folder)));
    all
}

fn read(folder: &Path) -> Vec<(String, String)> {
    let texts = files(folder, "bicep").into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).expect("the file is text");
        (path.display().to_string(), text)
    });
    texts.collect()
}

#[test]
fn every_published_module_parses_without_error() {
    for (path, text) in texts() {
        let errors = parse(&text).errors;
        assert!(errors.is_empty(), "{path}: {errors:?}");
    }
}

#[test]
fn every_prefix_of_a_file_is_read() {
    for (number, (_, text)) in all_texts().iter().enumerate() {
        // A different residue in each file: together they meet every kind of place.
        survives_cuts(text, (number % 499..text.len()).step_by(499));
        survives_cuts(
            text,
            boundaries(text).into_iter().skip(number % 23).step_by(23),
        );
    }
}

/// Where words and signs end.
fn boundaries(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..bytes.len())
        .filter(|&at| !(is_word(bytes[at - 1]) && is_word(bytes[at])))
        .collect()
}

/// What the tree-sitter grammar calls a declaration, and its name there.
fn theirs(node: tree_sitter::Node<'_>, text: &str) -> Option<(&'static str, String)> {
    let kind = match node.kind() {
        "parameter_declaration" => "param",
        "variable_declaration" => "var",
        "resource_declaration" => "resource",
        "output_declaration" => "output",
        "module_declaration" => "module",
        "type_declaration" => "type",
        "metadata_declaration" => "metadata",
        "assert_statement" => "assert",
        _ => return None,
    };
    let mut cursor = node.walk();
    let name = node
        .children(&mut cursor)
        .find(|child| child.kind() == "identifier")?;
    Some((kind, text[name.byte_range()].to_owned()))
}

/// The same of a statement of ours.
fn ours(declaration: &Declaration) -> Option<(&'static str, String)> {
    let (kind, name) = match declaration {
        Declaration::Parameter(name, ..) => ("param", name),
        Declaration::Variable(name, ..) => ("var", name),
        Declaration::Resource(resource) => ("resource", &resource.symbol),
        Declaration::Output(name, ..) => ("output", name),
        Declaration::Module(module) => ("module", &module.symbol),
        Declaration::Type(name, _) => ("type", name),
        Declaration::Metadata(name, _) => ("metadata", name),
        Declaration::Assert(name, _) => ("assert", name),
        _ => return None,
    };
    Some((kind, name.text.to_string()))
}

#[test]
fn what_the_tree_sitter_grammar_accepts_has_the_same_declarations() {
    let mut grammar = tree_sitter::Parser::new();
    let language = tree_sitter_bicep::LANGUAGE.into();
    grammar.set_language(&language).expect("the grammar fits");
    let (mut compared, mut declarations) = (0, 0);
    let all = all_texts();
    for (path, text) in &all {
        let tree = grammar.parse(text, None).expect("no time limit");
        if tree.root_node().has_error() {
            continue;
        }
        compared += 1;
        let own = parse(text);
        assert!(own.errors.is_empty(), "{path}: {:?}", own.errors);
        let mut cursor = tree.root_node().walk();
        let nodes = tree.root_node().children(&mut cursor);
        let expected: Vec<_> = nodes.filter_map(|node| theirs(node, text)).collect();
        let statements = own.tree.statements.iter();
        let found: Vec<_> = statements.filter_map(|it| ours(&it.declaration)).collect();
        assert_eq!(found, expected, "{path}");
        declarations += found.len();
    }
    eprintln!(
        "{compared} of {} files compared, {declarations} declarations",
        all.len()
    );
    assert!(all.is_empty() || compared > all.len() / 2);
}

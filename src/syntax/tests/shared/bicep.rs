use palisade_syntax::bicep::{Declaration, parse};

use super::{corpus, files};
use crate::bicep::survives_cuts;

/// The texts of the shared modules with their paths; none where they are not here.
fn texts() -> Vec<(String, String)> {
    let Some(folder) = corpus("avm") else {
        return Vec::new();
    };
    let found = files(&folder, "bicep");
    assert!(found.len() >= 303, "{} files", found.len());
    let texts = found.into_iter().map(|path| {
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
fn every_prefix_of_a_published_module_is_read() {
    for (number, (_, text)) in texts().iter().enumerate() {
        // A different residue in each file: together they meet every kind of place.
        survives_cuts(text, (number % 997..text.len()).step_by(997));
    }
}

/// What tells whether a declaration is of a kind.
type IsKind = fn(&Declaration) -> bool;

/// Node kinds of the tree-sitter grammar, and ours.
const KINDS: [(&str, IsKind); 5] = [
    ("parameter_declaration", |kind| {
        matches!(kind, Declaration::Parameter(..))
    }),
    ("variable_declaration", |kind| {
        matches!(kind, Declaration::Variable(..))
    }),
    ("resource_declaration", |kind| {
        matches!(kind, Declaration::Resource(..))
    }),
    ("output_declaration", |kind| {
        matches!(kind, Declaration::Output(..))
    }),
    ("module_declaration", |kind| {
        matches!(kind, Declaration::Module(..))
    }),
];

#[test]
fn what_the_tree_sitter_grammar_accepts_has_the_same_declarations() {
    let mut grammar = tree_sitter::Parser::new();
    let language = tree_sitter_bicep::LANGUAGE.into();
    grammar.set_language(&language).expect("the grammar fits");
    let mut compared = 0;
    for (path, text) in texts() {
        let tree = grammar.parse(&text, None).expect("no time limit");
        if tree.root_node().has_error() {
            continue;
        }
        compared += 1;
        let ours = parse(&text);
        assert!(ours.errors.is_empty(), "{path}: {:?}", ours.errors);
        for (name, accept) in KINDS {
            let mut cursor = tree.root_node().walk();
            let nodes = tree.root_node().children(&mut cursor);
            let theirs = nodes.filter(|node| node.kind() == name).count();
            let statements = ours.tree.statements.iter();
            let found = statements.filter(|statement| accept(&statement.declaration));
            assert_eq!(found.count(), theirs, "{path}: {name}");
        }
    }
    eprintln!("{compared} files compared");
}

//! Imports: types, variables and functions of another Bicep file, or of a template compiled from one
//! (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-import>).

use std::rc::Rc;

use palisade_model::Reason;
use palisade_syntax::bicep::{Declaration, Expression, Imported};

use super::super::arm::Exports;
use super::engine::Engine;
use super::instance::{Arguments, Instance};
use super::module::{Source, locate};

/// What an import names.
#[derive(Clone)]
pub(super) enum Exporter {
    /// A Bicep file, without arguments.
    File(Rc<Instance>),
    /// A compiled template.
    Template(Rc<Exports>),
}

/// What the import of a statement names, and the name there of the one at this position.
pub(super) fn named(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    statement: usize,
    number: usize,
) -> Result<(Exporter, Box<str>), Reason> {
    let unit = instance.unit.clone();
    let Declaration::Import(import) = &unit.tree.statements[statement].declaration else {
        return Err(Reason::Error("no import".into()));
    };
    let Imported::Some(names) = &import.names else {
        return Err(Reason::Error("no such name".into()));
    };
    let exporter = exporter(engine, instance, statement)?;
    Ok((exporter, names[number].0.text.clone()))
}

/// What the import of a statement names, found once.
pub(super) fn exporter(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    statement: usize,
) -> Result<Exporter, Reason> {
    if let Some(known) = instance.imports.borrow().get(&statement) {
        return known.clone();
    }
    let unit = instance.unit.clone();
    let Declaration::Import(import) = &unit.tree.statements[statement].declaration else {
        return Err(Reason::Error("no import".into()));
    };
    let found = find(engine, instance, &import.path);
    let mut imports = instance.imports.borrow_mut();
    imports.insert(statement, found.clone());
    found
}

fn find(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    path: &Expression,
) -> Result<Exporter, Reason> {
    let written = path.as_text().unwrap_or("");
    let missing = |message: &str| {
        engine.unresolved(
            format!("`{written}` {message}"),
            instance.unit.span(path.range),
        );
        Reason::MissingModule(written.into())
    };
    match locate(engine, instance, path)? {
        Source::Bicep(path) => {
            let unit = engine.unit(&path).map_err(|message| missing(&message))?;
            let deployment = instance.deployment.clone();
            Ok(Exporter::File(Rc::new(Instance::new(
                unit,
                Arguments::default(),
                deployment,
            ))))
        }
        Source::Template(path) => {
            engine.text(&path).map_err(|message| missing(&message))?;
            let mut problems = Vec::new();
            let exports = Exports::load(&path, engine.context, &mut problems);
            engine.tally.pass_on(problems);
            let exports = exports.ok_or_else(|| Reason::MissingModule(written.into()))?;
            Ok(Exporter::Template(Rc::new(exports)))
        }
    }
}

//! Terragrunt: a unit is a root module, the inputs it gets and the files that are added to it.
//!
//! Source: <https://terragrunt.gruntwork.io/docs/reference/hcl/>. `session` holds what one run shares, `read` evaluates a file in
//! the order in which Terragrunt does, `merge` joins what it includes, `functions` has the functions, `dependency` the outputs of
//! other units, `generate` the files that are added, `stack` the units of `terragrunt.stack.hcl`, `unit` the module. Commands,
//! secrets, accounts and environment variables are not asked for: what comes from them is unknown.

mod dependency;
mod functions;
mod generate;
mod merge;
mod read;
mod session;
mod stack;
mod unit;

use std::path::{Path, PathBuf};

use palisade_model::{Diagnostic, DiagnosticCode, Level};

use crate::discover::display;
use crate::lang::{Context, Evaluation};
use read::Config;
use session::Session;
use unit::Module;

/// The file that makes a folder a unit, where no other is named.
pub(super) const UNIT: &str = "terragrunt.hcl";
/// The files that make a folder a unit: the first that is there counts (<https://terragrunt.gruntwork.io/docs/reference/hcl>).
const UNITS: [&str; 2] = [UNIT, "terragrunt.hcl.json"];

/// A folder that Terragrunt runs a module in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The folder. That of a unit of a stack is where the stack would be generated.
    pub root: PathBuf,
    /// The folders of which the unit is made: they are evaluated with it, and are no projects of their own.
    pub uses: Vec<PathBuf>,
}

/// The units of a folder with a `terragrunt.hcl` or a `terragrunt.stack.hcl`, and what is wrong with its stack. A file that others
/// include is no unit.
pub(super) fn units(root: &Path, context: &Context<'_>) -> (Vec<Unit>, Vec<Diagnostic>) {
    let session = Session::new(context, root, false);
    let mut members = stack::units(&session, root);
    let diagnostics = session.take_diagnostics();
    if session.is_unit(root) {
        members.push(stack::Member::plain(root));
    }
    let unit = |member: stack::Member| {
        // The evaluation of one that cannot be read tells so.
        let mut uses = match session.read_unit(&member) {
            Some(config) => Module::find(&session, &member, &config).folders(&session, &member)?,
            None => vec![member.written.clone()],
        };
        uses.extend(member.through);
        Some(Unit {
            root: member.folder,
            uses,
        })
    };
    (members.into_iter().filter_map(unit).collect(), diagnostics)
}

/// Evaluates a unit.
pub(super) fn evaluate(root: &Path, context: &Context<'_>) -> Evaluation {
    let session = Session::new(context, root, true);
    let member = stack::member(&session, root);
    let Some(config) = session.read_unit(&member) else {
        return session.finish(Vec::new());
    };
    if let Some(why) = excluded(&config) {
        let path = display(root);
        let message = format!("the unit {path} is left out: {why}");
        session.tell(Diagnostic::about(
            Level::Note,
            DiagnosticCode::Evaluation,
            message,
            path,
        ));
        return session.finish(Vec::new());
    }
    let module = Module::find(&session, &member, &config);
    let resources = module.resources(&session, &member, &config);
    session.finish(resources)
}

/// Why Terragrunt does not run a unit.
fn excluded(config: &Config) -> Option<&'static str> {
    let flag =
        |value: Option<&super::value::TfValue>| value.and_then(super::value::TfValue::as_bool);
    if flag(config.get("skip")) == Some(true) {
        return Some("`skip` is true");
    }
    let exclude = config.get("exclude")?.as_entries()?;
    let applies = |action: &super::value::TfValue| {
        matches!(action.as_str(), Some("apply" | "all" | "all_except_output"))
    };
    let actions = exclude.get("actions").and_then(|value| value.as_items());
    (flag(exclude.get("if")) == Some(true) && actions.is_some_and(|it| it.iter().any(applies)))
        .then_some("`exclude` holds for it")
}

//! Expressions that stand in no file, evaluated in a root module: what `terraform console` does.
//!
//! Source: <https://developer.hashicorp.com/terraform/cli/commands/console>.

use std::path::Path;

use indexmap::IndexMap;
use palisade_model::FileId;
use palisade_syntax::hcl;

use super::engine::Engine;
use super::instance::Instance;
use super::scope::Scope;
use super::value::TfValue;
use super::{expression, inputs};
use crate::lang::Context;

/// The values of expressions in the root module of a folder, in order; why there is none where one is wrong.
///
/// Without configuration in the folder there is nothing to refer to, and no value.
pub fn console(
    root: &Path,
    expressions: &[String],
    context: &Context<'_>,
) -> Vec<Result<TfValue, String>> {
    let engine = Engine::new(context, root);
    let Some(config) = engine.config(root) else {
        return Vec::new();
    };
    let inputs = inputs::gather(&engine, &config, IndexMap::new(), &[root]);
    let instance = Instance::root(&engine, config, inputs, None);
    let evaluate = |(at, text): (usize, &String)| {
        let path = root.join(format!("<console>/{at}"));
        let file = context.sources.insert(&path, text.as_str()).id;
        one(text, file, &Scope::module(&instance, file))
    };
    let outcomes = expressions.iter().enumerate().map(evaluate);
    outcomes.collect()
}

fn one(text: &str, file: FileId, scope: &Scope<'_, '_>) -> Result<TfValue, String> {
    let parse = hcl::parse_expression(text);
    if let Some(error) = parse.errors.first() {
        return Err(error.message.clone());
    }
    let scope = Scope { file, ..*scope };
    expression::evaluate(&parse.tree, &scope).map_err(|failure| failure.message().to_owned())
}

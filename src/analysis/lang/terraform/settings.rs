//! What steers Terraform and is no resource: provider configurations, module calls and variables, as rules see them.
//!
//! Each block is one, whatever the number of instances of its module: their arguments are judged as they are written.

use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{Address, Language, Map, Origin, OriginKind, Reason, Resource, Value};

use super::config::{Section, alias};
use super::instance::Instance;
use super::scope::Scope;
use super::shared::What;
use super::{arguments, declared, expression};

/// The canonical type of a provider configuration: `Name`, `Alias`, and its `Arguments` as they are called there.
const PROVIDER: &str = "x.terraform/Provider";
/// The canonical type of a module call: `Source` and `Version`; of a module that is not here its `Arguments` too, as nobody else
/// says what they lead to.
const MODULE_CALL: &str = "x.terraform/ModuleCall";
/// The canonical type of a variable: `Name`, `Default` and `Sensitive`.
const VARIABLE: &str = "x.terraform/Variable";

/// The settings of a module and of all it calls, sorted by address.
pub(super) fn settings(root: &Rc<Instance<'_>>) -> Vec<Arc<Resource>> {
    let mut made = Vec::new();
    let mut pending = vec![root.clone()];
    while let Some(instance) = pending.pop() {
        let mut parts = vec![Part::Providers, Part::Variables];
        for (at, name) in instance.config.calls.keys().enumerate() {
            let child = first_child(&instance, name);
            let is_missing = matches!(child, Some(Err(_)));
            parts.push(Part::Call(at, is_missing));
            pending.extend(child.and_then(Result::ok));
        }
        for part in parts {
            let (own, _) =
                instance.shared(What::Settings(part), || Rc::new(of_module(&instance, part)));
            made.extend(own.iter().cloned());
        }
    }
    made.sort_by(|a, b| a.address.cmp(&b.address));
    made
}

/// The settings of one module that are made at once: what providers are given often depends on the environment, the rest seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Providers,
    Variables,
    /// The call at a position, and whether what it calls is missing.
    Call(usize, bool),
}

fn of_module(instance: &Rc<Instance<'_>>, part: Part) -> Vec<Arc<Resource>> {
    let config = &instance.config;
    match part {
        Part::Providers => {
            let made = config.providers.iter();
            let made = made.filter_map(|section| provider(instance, section));
            made.map(Arc::new).collect()
        }
        Part::Variables => {
            let variables = config.variables.iter();
            variables
                .map(|(name, section)| Arc::new(variable(instance, name, section)))
                .collect()
        }
        Part::Call(at, is_missing) => {
            let call = config.calls.get_index(at).into_iter();
            call.map(|(name, section)| Arc::new(module_call(instance, name, section, is_missing)))
                .collect()
        }
    }
}

/// The first instance of a call, or why it is not here; none where there is none.
fn first_child<'e>(
    instance: &Rc<Instance<'e>>,
    name: &str,
) -> Option<Result<Rc<Instance<'e>>, Reason>> {
    let key = instance.call_expansion(name)?.keys().into_iter().next()?;
    Some(instance.child(name, key.as_ref()))
}

fn provider(instance: &Rc<Instance<'_>>, section: &Section) -> Option<Resource> {
    let name = section.labels.first()?;
    let alias = alias(section);
    let shown = match alias {
        Some(alias) => format!("{name}.{alias}"),
        None => name.to_string(),
    };
    let scope = Scope::module(instance, section.file);
    let arguments = declared::map(&arguments::arguments(section, &scope), origin(section));
    let mut properties = Map::new();
    properties.insert("Name".into(), Value::new(&**name, origin(section)));
    if let Some(alias) = alias {
        properties.insert("Alias".into(), Value::new(alias, origin(section)));
    }
    properties.insert("Arguments".into(), arguments);
    Some(setting(
        instance,
        section,
        ("provider", &shown),
        PROVIDER,
        properties,
    ))
}

fn module_call(
    instance: &Rc<Instance<'_>>,
    name: &str,
    section: &Section,
    is_missing: bool,
) -> Resource {
    let wanted = [("source", "Source"), ("version", "Version")];
    let mut properties = written(instance, section, &wanted);
    if is_missing {
        let scope = Scope::module(instance, section.file);
        let arguments = declared::map(&arguments::arguments(section, &scope), origin(section));
        properties.insert("Arguments".into(), arguments);
    }
    setting(instance, section, ("module", name), MODULE_CALL, properties)
}

fn variable(instance: &Rc<Instance<'_>>, name: &str, section: &Section) -> Resource {
    let wanted = [("default", "Default"), ("sensitive", "Sensitive")];
    let mut properties = written(instance, section, &wanted);
    properties.insert("Name".into(), Value::new(name, origin(section)));
    setting(instance, section, ("var", name), VARIABLE, properties)
}

/// Attributes of a block under the names of properties.
fn written(instance: &Rc<Instance<'_>>, section: &Section, wanted: &[(&str, &str)]) -> Map {
    let mut properties = Map::new();
    for (written, property) in wanted {
        let Some((file, attribute)) = section.attribute(written) else {
            continue;
        };
        let scope = Scope::module(instance, file);
        let value = instance.settle(expression::evaluate(&attribute.value, &scope));
        let mut value = declared::value(&value);
        value.origin.entry = Some(scope.span(attribute.range));
        properties.insert((*property).into(), value);
    }
    properties
}

fn setting(
    instance: &Rc<Instance<'_>>,
    section: &Section,
    (kind, name): (&str, &str),
    canonical: &str,
    properties: Map,
) -> Resource {
    let mut address = Address::new(kind, name);
    address.module = instance.module_path().clone();
    let properties = Value::new(properties, origin(section));
    let mut made = Resource::new(address, canonical, Language::Terraform, properties);
    made.header = Some(section.header);
    made.origin = Origin {
        span: Some(section.range),
        via: instance.call_frames(),
        ..origin(section)
    };
    made
}

fn origin(section: &Section) -> Origin {
    Origin {
        span: Some(section.body),
        entry: Some(section.range),
        ..Origin::of_kind(OriginKind::Literal)
    }
}

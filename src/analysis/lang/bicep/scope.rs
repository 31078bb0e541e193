//! Where things are deployed to: `scope: resourceGroup('x')`, `targetScope`
//! (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/deploy-to-resource-group>).

use palisade_model::{Kind, Reference, Target, Value};
use palisade_syntax::bicep::{Declaration, Expression, ExpressionKind, Property, StepKind};

use super::super::arm::functions::{self, Deployment, DeploymentScope};
use super::access::Operand;
use super::engine::Engine;
use super::expression::{Scope, not_known};
use super::resource;
use super::unit::Unit;

/// What a scope expression names.
enum Named {
    /// A deployment's target.
    Deployment(Box<Deployment>),
    /// A resource, of which others are extensions.
    Resource(Value),
    /// Nobody can tell.
    Unknown(Value),
}

/// The level a file is deployed at.
pub(super) fn target_scope(unit: &Unit) -> DeploymentScope {
    let written = unit
        .tree
        .statements
        .iter()
        .find_map(|statement| match &statement.declaration {
            Declaration::TargetScope(value) => value.as_text(),
            _ => None,
        });
    match written {
        Some("subscription") => DeploymentScope::Subscription,
        Some("managementGroup") => DeploymentScope::ManagementGroup,
        Some("tenant") => DeploymentScope::Tenant,
        _ => DeploymentScope::ResourceGroup,
    }
}

/// The id of what a resource's `scope` names.
///
/// None where that is what the file is deployed to anyway.
pub(super) fn value(engine: &Engine<'_>, at: Scope<'_>, property: &Property) -> Option<Value> {
    let own = &at.instance.deployment;
    let origin = at.origin(property.value.range, property.range);
    match named(engine, at, &property.value) {
        Named::Deployment(deployment) => {
            let id = deployment.scope_id();
            if deployment.scope == own.scope && id.same(&own.scope_id()) {
                return None;
            }
            if id.as_str() == Some("") {
                return Some(Value::new("/", origin));
            }
            Some(id.with_origin(origin))
        }
        Named::Resource(value) | Named::Unknown(value) => Some(value.with_origin(origin)),
    }
}

/// The deployment of a module: that of its caller, or what its `scope` names.
pub(super) fn deployment(
    engine: &Engine<'_>,
    at: Scope<'_>,
    property: Option<&Property>,
) -> Deployment {
    let mut own = at.instance.deployment.clone();
    let Some(property) = property else {
        return own;
    };
    match named(engine, at, &property.value) {
        Named::Deployment(deployment) => *deployment,
        Named::Resource(value) | Named::Unknown(value) => {
            let kind = not_known(&value, "only a scope can be deployed to");
            own.subscription = Value::bare(kind.clone());
            own.resource_group = Value::bare(kind.clone());
            own.resource_group_location = Value::bare(kind);
            own
        }
    }
}

fn named(engine: &Engine<'_>, at: Scope<'_>, expression: &Expression) -> Named {
    match &expression.kind {
        ExpressionKind::Call(name, arguments) => call(engine, at, &name.text, arguments),
        ExpressionKind::Access(_, steps) => match steps.last().map(|step| &step.kind) {
            Some(StepKind::Method(name, arguments)) => call(engine, at, &name.text, arguments),
            _ => operand(engine, at, expression),
        },
        ExpressionKind::Ternary(parts) => {
            let condition = at.evaluate(engine, &parts[0], parts[0].range);
            match condition.as_bool() {
                Some(true) => named(engine, at, &parts[1]),
                Some(false) => named(engine, at, &parts[2]),
                None => Named::Unknown(condition),
            }
        }
        _ => operand(engine, at, expression),
    }
}

fn call(engine: &Engine<'_>, at: Scope<'_>, name: &str, arguments: &[Expression]) -> Named {
    let mut target = at.instance.deployment.clone();
    let values: Vec<Value> = arguments
        .iter()
        .map(|argument| at.evaluate(engine, argument, argument.range))
        .collect();
    match (name, values.as_slice()) {
        ("resourceGroup", values) => {
            target.scope = DeploymentScope::ResourceGroup;
            if let [group] | [_, group] = values {
                target.resource_group = group.clone();
                target.resource_group_location = other_location();
            }
            if let [subscription, _] = values {
                target.subscription = subscription.clone();
            }
        }
        ("subscription", values) => {
            target.scope = DeploymentScope::Subscription;
            if let [subscription] = values {
                target.subscription = subscription.clone();
            }
        }
        ("managementGroup", values) => {
            target.scope = DeploymentScope::ManagementGroup;
            if let [group] = values {
                target.management_group = group.clone();
            }
        }
        ("tenant", _) => target.scope = DeploymentScope::Tenant,
        _ => {
            return Named::Unknown(Value::bare(palisade_model::Reason::Error(
                "no scope".into(),
            )));
        }
    }
    Named::Deployment(Box::new(target))
}

fn other_location() -> Value {
    Value::bare(palisade_model::Reason::NoValue(
        "resourceGroup().location".into(),
    ))
}

/// A resource as a scope: a resource group is a target of deployments, everything else is extended.
fn operand(engine: &Engine<'_>, at: Scope<'_>, expression: &Expression) -> Named {
    let found = at.operand(engine, expression, expression.range);
    let Operand::Resource(instance, entry, slot) = found else {
        let value = at.value(engine, found, expression.range, expression.range);
        return Named::Unknown(value);
    };
    let declared = &instance.unit.resources[entry];
    let mut target = instance.deployment.clone();
    let name = resource::name(engine, &instance, entry, slot);
    match &*declared.resource_type.to_ascii_lowercase() {
        "microsoft.resources/resourcegroups" => {
            target.scope = DeploymentScope::ResourceGroup;
            target.resource_group = name;
            target.resource_group_location = other_location();
            if let Some(subscription) = subscription_of(engine, &instance, entry, slot) {
                target.subscription = subscription;
            }
            Named::Deployment(Box::new(target))
        }
        "microsoft.management/managementgroups" => {
            target.scope = DeploymentScope::ManagementGroup;
            target.management_group = name;
            Named::Deployment(Box::new(target))
        }
        "microsoft.subscription/aliases" => Named::Unknown(Value::bare(not_known(&name, ""))),
        _ => {
            let address = resource::address(engine, &instance, entry, slot);
            Named::Resource(Value::bare(Kind::from(Reference {
                target: Target::Address(address),
                attribute: "id".into(),
            })))
        }
    }
}

/// The subscription a resource group's own scope names. A scope that leads back to itself ends at the limit of depth.
fn subscription_of(
    engine: &Engine<'_>,
    instance: &std::rc::Rc<super::instance::Instance>,
    entry: usize,
    slot: usize,
) -> Option<Value> {
    let found = engine.tally.step(|| {
        resource::in_body(engine, (instance, entry, slot), |at, object| {
            let property = object.property("scope")?;
            match named(engine, at, &property.value) {
                Named::Deployment(deployment) => Some(deployment.subscription),
                Named::Resource(value) | Named::Unknown(value) => {
                    functions::reason_of(&value).map(Value::bare)
                }
            }
        })
    });
    match found {
        Ok(found) => found.flatten(),
        Err(reason) => Some(Value::bare(reason)),
    }
}

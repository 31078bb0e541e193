//! Resource ids, and what only the cloud knows
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource).

use palisade_model::{Kind, Reason, Value};

use super::arguments::{Arguments, Called, Outcome, Stop, made};
use super::text::{self, Parts};
use super::{Deployment, DeploymentScope};

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    let deployment = arguments.deployment();
    Some(match name {
        "resourceid" => id(arguments, 2, |extra| match extra {
            [] => Some(deployment.scope_id()),
            [group] if deployment.scope == DeploymentScope::ResourceGroup => {
                Some(group_id(deployment, None, group))
            }
            [subscription] => Some(subscription_of(subscription)),
            [subscription, group] => Some(group_id(deployment, Some(subscription), group)),
            _ => None,
        }),
        "subscriptionresourceid" => id(arguments, 1, |extra| match extra {
            [] => Some(deployment.subscription_id()),
            [subscription] => Some(subscription_of(subscription)),
            _ => None,
        }),
        "tenantresourceid" => id(arguments, 0, |_| Some(Value::bare(""))),
        "managementgroupresourceid" => id(arguments, 1, |extra| match extra {
            [] => Some(deployment.management_group_id()),
            [group] => {
                let prefix = Value::bare("/providers/Microsoft.Management/managementGroups/");
                Some(Value::bare(text::concat([&prefix, *group])))
            }
            _ => None,
        }),
        "extensionresourceid" => extension_id(arguments),
        "pickzones" | "providers" | "tologicalzone" | "tologicalzones" | "tophysicalzone"
        | "tophysicalzones" => made(Reason::Impure(arguments.name.into())),
        "getsecret" => Ok(secret(arguments)),
        "externalinput" | "getroleassignmentname" => made(Reason::Foreign(arguments.name.into())),
        list if list.starts_with("list") => Ok(secret(arguments)),
        _ => return None,
    })
}

/// Keys and secrets, which the cloud alone gives.
fn secret(arguments: &Arguments<'_>) -> Outcome {
    let mut value = arguments.value(Reason::Impure(arguments.name.into()));
    value.sensitive = true;
    Outcome::Chosen(value)
}

fn subscription_of(subscription: &Value) -> Value {
    Value::bare(text::concat([
        &Value::bare("/subscriptions/"),
        subscription,
    ]))
}

fn group_id(deployment: &Deployment, subscription: Option<&&Value>, group: &Value) -> Value {
    let subscription = match subscription {
        Some(subscription) => subscription_of(subscription),
        None => deployment.subscription_id(),
    };
    Value::bare(text::concat([
        &subscription,
        &Value::bare("/resourceGroups/"),
        group,
    ]))
}

/// The arguments before the type (at most `extra` of them), the type and the names.
fn id(
    arguments: &Arguments<'_>,
    extra: usize,
    scope: impl FnOnce(&[&Value]) -> Option<Value>,
) -> Called {
    arguments.count(2, usize::MAX)?;
    let values: Vec<&Value> = arguments.values().collect();
    let position = values
        .iter()
        .take(extra + 1)
        .position(|value| is_type(value));
    let Some(position) = position else {
        let unknown = values
            .iter()
            .take(extra + 1)
            .find_map(|value| text::reason_of(value));
        return match unknown {
            Some(reason) => made(reason),
            None => Err(arguments
                .wrong("needs a resource type such as `Microsoft.Storage/storageAccounts`")),
        };
    };
    let scope = scope(&values[..position]).ok_or_else(|| too_many(arguments))?;
    let names: Vec<&Value> = values[position + 1..].to_vec();
    made(resource_id(
        &scope,
        values[position].as_str().unwrap_or_default(),
        &names,
    ))
}

fn too_many(arguments: &Arguments<'_>) -> Stop {
    arguments.wrong("has too many arguments before the resource type")
}

fn is_type(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.contains('/') && !text.starts_with('/'))
}

fn extension_id(arguments: &Arguments<'_>) -> Called {
    arguments.count(3, usize::MAX)?;
    let values: Vec<&Value> = arguments.values().collect();
    let resource_type = arguments.text(1)?;
    made(resource_id(values[0], resource_type, &values[2..]))
}

/// The id of a resource of this type and these names, one for each segment of the type, in a scope given by its id. Groups and
/// management groups have ids of their own form.
pub fn resource_id(scope: &Value, resource_type: &str, names: &[&Value]) -> Kind {
    let mut parts = Parts::default();
    parts.push(scope);
    let mut segments = resource_type.split('/');
    let provider = segments.next().unwrap_or_default();
    if resource_type.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
        parts.push_text("/resourceGroups/");
        for name in names {
            parts.push(name);
        }
        return parts.finish();
    }
    parts.push_text("/providers/");
    parts.push_text(provider);
    let split: Vec<&str>;
    // A single name with slashes is that of a child: `account/default`.
    let single = names.len() == 1 && resource_type.split('/').count() > 2;
    if let (true, Some(name)) = (single, names.first().and_then(|name| name.as_str())) {
        split = name.split('/').collect();
        for (position, segment) in segments.enumerate() {
            parts.push_text(&format!(
                "/{segment}/{}",
                split.get(position).unwrap_or(&"")
            ));
        }
        return parts.finish();
    }
    for (position, segment) in segments.enumerate() {
        parts.push_text(&format!("/{segment}/"));
        if let Some(name) = names.get(position) {
            parts.push(name);
        }
    }
    parts.finish()
}

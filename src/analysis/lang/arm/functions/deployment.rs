//! What a deployment knows of itself
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-deployment and
//! https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-scope).

use palisade_model::{Kind, Map, Origin, Reason, Value};

use super::arguments::{Arguments, Called, made};
use super::text;

/// The level a template is deployed at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeploymentScope {
    /// A resource group.
    #[default]
    ResourceGroup,
    /// A subscription.
    Subscription,
    /// A management group.
    ManagementGroup,
    /// The tenant.
    Tenant,
}

/// One deployment: where it goes to. What is not told is an unknown that names the fact, and ids hold it as a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// The level.
    pub scope: DeploymentScope,
    /// `deployment().name`
    pub name: Value,
    /// `deployment().location`, of deployments above a resource group.
    pub location: Value,
    /// `subscription().subscriptionId`
    pub subscription: Value,
    /// `resourceGroup().name`
    pub resource_group: Value,
    /// `resourceGroup().location`
    pub resource_group_location: Value,
    /// `managementGroup().name`
    pub management_group: Value,
    /// `tenant().tenantId`
    pub tenant: Value,
    /// `environment().name`; the public cloud where nothing is told.
    pub cloud: Value,
}

/// Facts that are one segment of an id.
pub(super) fn is_segment_fact(name: &str) -> bool {
    matches!(
        name,
        "subscription().subscriptionId"
            | "resourceGroup().name"
            | "managementGroup().name"
            | "tenant().tenantId"
    )
}

impl Deployment {
    /// A deployment at this level, with the facts the user gives (`subscription().subscriptionId`, `resourceGroup().location` …).
    pub fn new(scope: DeploymentScope, facts: &[(String, String)]) -> Self {
        let fact = |name: &str| {
            let given = facts.iter().rev().find(|(known, _)| known == name);
            Value::bare(match given {
                Some((_, value)) => Kind::from(value.as_str()),
                None => Reason::NoValue(name.into()).into(),
            })
        };
        let cloud = fact("environment().name");
        Self {
            scope,
            name: fact("deployment().name"),
            location: fact("deployment().location"),
            subscription: fact("subscription().subscriptionId"),
            resource_group: fact("resourceGroup().name"),
            resource_group_location: fact("resourceGroup().location"),
            management_group: fact("managementGroup().name"),
            tenant: fact("tenant().tenantId"),
            cloud: if cloud.as_str().is_some() {
                cloud
            } else {
                Value::bare("AzureCloud")
            },
        }
    }

    /// The id of what the deployment goes to; empty for the tenant.
    pub fn scope_id(&self) -> Value {
        match self.scope {
            DeploymentScope::ResourceGroup => self.resource_group_id(),
            DeploymentScope::Subscription => self.subscription_id(),
            DeploymentScope::ManagementGroup => self.management_group_id(),
            DeploymentScope::Tenant => Value::bare(""),
        }
    }

    /// `/subscriptions/…`
    pub fn subscription_id(&self) -> Value {
        Value::bare(text::concat([
            &Value::bare("/subscriptions/"),
            &self.subscription,
        ]))
    }

    /// `/subscriptions/…/resourceGroups/…`
    pub fn resource_group_id(&self) -> Value {
        let parts = [
            &self.subscription_id(),
            &Value::bare("/resourceGroups/"),
            &self.resource_group,
        ];
        Value::bare(text::concat(parts))
    }

    /// `/providers/Microsoft.Management/managementGroups/…`
    pub fn management_group_id(&self) -> Value {
        let prefix = Value::bare("/providers/Microsoft.Management/managementGroups/");
        Value::bare(text::concat([&prefix, &self.management_group]))
    }
}

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    let deployment = arguments.deployment();
    let entries = match name {
        "resourcegroup" => resource_group(deployment),
        "subscription" => subscription(deployment),
        "managementgroup" => management_group(deployment),
        "tenant" => tenant(deployment),
        "deployment" => of_deployment(deployment),
        "environment" => environment(deployment),
        "deployer" => ["objectId", "tenantId", "userPrincipalName"]
            .map(|field| (field, unknown(&format!("deployer().{field}"))))
            .to_vec(),
        _ => return None,
    };
    // An argument selects another group or subscription, as Bicep's functions of the same names do.
    if arguments.len() > 0 {
        return Some(other_scope(name, arguments));
    }
    Some(made(map(arguments.site.origin, entries)))
}

fn map(origin: &Origin, entries: Vec<(&str, Value)>) -> Map {
    let entries = entries.into_iter();
    entries
        .map(|(key, value)| (key.into(), value.with_origin(origin.clone())))
        .collect()
}

fn unknown(name: &str) -> Value {
    Value::bare(Reason::NoValue(name.into()))
}

fn resource_group(deployment: &Deployment) -> Vec<(&'static str, Value)> {
    vec![
        ("id", deployment.resource_group_id()),
        ("name", deployment.resource_group.clone()),
        ("type", Value::bare("Microsoft.Resources/resourceGroups")),
        ("location", deployment.resource_group_location.clone()),
        ("managedBy", unknown("resourceGroup().managedBy")),
        ("tags", unknown("resourceGroup().tags")),
        ("properties", unknown("resourceGroup().properties")),
    ]
}

fn subscription(deployment: &Deployment) -> Vec<(&'static str, Value)> {
    vec![
        ("id", deployment.subscription_id()),
        ("subscriptionId", deployment.subscription.clone()),
        ("tenantId", deployment.tenant.clone()),
        ("displayName", unknown("subscription().displayName")),
        ("tags", unknown("subscription().tags")),
    ]
}

fn management_group(deployment: &Deployment) -> Vec<(&'static str, Value)> {
    vec![
        ("id", deployment.management_group_id()),
        ("name", deployment.management_group.clone()),
        (
            "type",
            Value::bare("/providers/Microsoft.Management/managementGroups"),
        ),
        ("properties", unknown("managementGroup().properties")),
    ]
}

fn tenant(deployment: &Deployment) -> Vec<(&'static str, Value)> {
    vec![
        ("tenantId", deployment.tenant.clone()),
        ("countryCode", unknown("tenant().countryCode")),
        ("displayName", unknown("tenant().displayName")),
    ]
}

fn of_deployment(deployment: &Deployment) -> Vec<(&'static str, Value)> {
    vec![
        ("name", deployment.name.clone()),
        ("location", deployment.location.clone()),
        ("properties", unknown("deployment().properties")),
    ]
}

/// `subscription(id)`, `resourceGroup(name)`, `resourceGroup(subscription, name)`, `managementGroup(name)`.
fn other_scope(name: &str, arguments: &Arguments<'_>) -> Called {
    let mut other = arguments.deployment().clone();
    let entries = match (name, arguments.len()) {
        ("subscription", 1) => {
            other.subscription = arguments.get(0)?.clone();
            subscription(&other)
        }
        ("resourcegroup", count @ 1..=2) => {
            if count == 2 {
                other.subscription = arguments.get(0)?.clone();
            }
            other.resource_group = arguments.get(count - 1)?.clone();
            other.resource_group_location = unknown("resourceGroup().location");
            resource_group(&other)
        }
        ("managementgroup", 1) => {
            other.management_group = arguments.get(0)?.clone();
            management_group(&other)
        }
        _ => return Err(arguments.wrong("takes no arguments")),
    };
    made(map(arguments.site.origin, entries))
}

/// Endpoints of a cloud, as `environment()` lists them.
fn environment(deployment: &Deployment) -> Vec<(&'static str, Value)> {
    let cloud = deployment.cloud.as_str().unwrap_or_default();
    let hosts = match cloud {
        "AzureCloud" => &PUBLIC,
        "AzureUSGovernment" => &GOVERNMENT,
        "AzureChinaCloud" => &CHINA,
        _ => {
            return vec![
                ("name", deployment.cloud.clone()),
                ("suffixes", unknown("environment().suffixes")),
            ];
        }
    };
    let texts = |pairs: &[(&str, &str)]| -> Map {
        let pairs = pairs.iter();
        pairs
            .map(|(key, text)| ((*key).into(), Value::bare(*text)))
            .collect()
    };
    let mut authentication = texts(&[
        ("loginEndpoint", hosts.login),
        ("tenant", "common"),
        ("identityProvider", "AAD"),
    ]);
    let audiences = vec![Value::bare(hosts.management), Value::bare(hosts.manager)];
    authentication.insert("audiences".into(), Value::bare(audiences));
    vec![
        ("name", deployment.cloud.clone()),
        ("gallery", Value::bare(hosts.gallery)),
        ("graph", Value::bare(hosts.graph)),
        ("portal", Value::bare(hosts.portal)),
        ("graphAudience", Value::bare(hosts.graph)),
        ("activeDirectoryDataLake", Value::bare(hosts.data_lake)),
        ("batch", Value::bare(hosts.batch)),
        ("media", Value::bare(hosts.media)),
        ("sqlManagement", Value::bare(hosts.sql_management)),
        ("resourceManager", Value::bare(hosts.manager)),
        ("authentication", Value::bare(authentication)),
        ("suffixes", Value::bare(texts(hosts.suffixes))),
    ]
}

struct Hosts {
    login: &'static str,
    management: &'static str,
    manager: &'static str,
    gallery: &'static str,
    graph: &'static str,
    portal: &'static str,
    data_lake: &'static str,
    batch: &'static str,
    media: &'static str,
    sql_management: &'static str,
    suffixes: &'static [(&'static str, &'static str)],
}

const PUBLIC: Hosts = Hosts {
    login: "https://login.microsoftonline.com/",
    management: "https://management.core.windows.net/",
    manager: "https://management.azure.com/",
    gallery: "https://gallery.azure.com/",
    graph: "https://graph.windows.net/",
    portal: "https://portal.azure.com",
    data_lake: "https://datalake.azure.net/",
    batch: "https://batch.core.windows.net/",
    media: "https://rest.media.azure.net",
    sql_management: "https://management.core.windows.net:8443/",
    suffixes: &[
        ("acrLoginServer", ".azurecr.io"),
        (
            "azureDatalakeAnalyticsCatalogAndJob",
            "azuredatalakeanalytics.net",
        ),
        ("azureDatalakeStoreFileSystem", "azuredatalakestore.net"),
        ("azureFrontDoorEndpointSuffix", "azurefd.net"),
        ("keyvaultDns", ".vault.azure.net"),
        ("sqlServerHostname", ".database.windows.net"),
        ("storage", "core.windows.net"),
    ],
};

const GOVERNMENT: Hosts = Hosts {
    login: "https://login.microsoftonline.us/",
    management: "https://management.core.usgovcloudapi.net/",
    manager: "https://management.usgovcloudapi.net/",
    gallery: "https://gallery.usgovcloudapi.net/",
    graph: "https://graph.windows.net/",
    portal: "https://portal.azure.us",
    data_lake: "",
    batch: "https://batch.core.usgovcloudapi.net/",
    media: "https://rest.media.usgovcloudapi.net",
    sql_management: "https://management.core.usgovcloudapi.net:8443/",
    suffixes: &[
        ("acrLoginServer", ".azurecr.us"),
        ("azureFrontDoorEndpointSuffix", "azurefd.us"),
        ("keyvaultDns", ".vault.usgovcloudapi.net"),
        ("sqlServerHostname", ".database.usgovcloudapi.net"),
        ("storage", "core.usgovcloudapi.net"),
    ],
};

const CHINA: Hosts = Hosts {
    login: "https://login.chinacloudapi.cn/",
    management: "https://management.core.chinacloudapi.cn/",
    manager: "https://management.chinacloudapi.cn/",
    gallery: "https://gallery.chinacloudapi.cn/",
    graph: "https://graph.chinacloudapi.cn/",
    portal: "https://portal.azure.cn",
    data_lake: "",
    batch: "https://batch.chinacloudapi.cn/",
    media: "https://rest.media.chinacloudapi.cn",
    sql_management: "https://management.core.chinacloudapi.cn:8443/",
    suffixes: &[
        ("acrLoginServer", ".azurecr.cn"),
        ("azureFrontDoorEndpointSuffix", "azurefd.cn"),
        ("keyvaultDns", ".vault.azure.cn"),
        ("sqlServerHostname", ".database.chinacloudapi.cn"),
        ("storage", "core.chinacloudapi.cn"),
    ],
};

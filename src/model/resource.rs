//! Resources, as declared and in canonical form.

use std::fmt;
use std::sync::Arc;

use crate::{Address, Origin, Span, Unknown, Value};

/// The entry of [`Resource::meta`] that says why attributes that are not there are not known: the input leaves some out.
pub const OMITTED: &str = "omitted";

/// One resource. A front end fills it as its language spells it; after lowering, `resource_type` and `properties` are those of
/// the provider's own API:
///
/// - AWS: the CloudFormation registry type and its properties;
/// - Azure: the ARM type and the resource body (`name`, `location`, `sku`, `kind`, `properties` …);
/// - Google: the Cloud Asset Inventory type and the REST resource;
/// - Entra and Microsoft 365: the Microsoft Graph entity;
/// - settings with no native property are `x:Name` properties, those with no native type `x.<provider>/Name` types.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name in the analysis, unique in it.
    pub address: Arc<Address>,
    /// The type; of a Terraform resource without a table still the Terraform type.
    pub resource_type: Arc<str>,
    /// The type as declared: differs from `resource_type` only in Terraform.
    pub declared_type: Arc<str>,
    /// Where it is declared.
    pub language: Language,
    /// Always a map.
    pub properties: Value,
    /// What the language says about the resource and the provider never sees: `DeletionPolicy`, `prevent_destroy`,
    /// `ignore_changes`, `Metadata`. Always a map.
    pub meta: Value,
    /// The API version as written; Azure only.
    pub api_version: Option<Arc<str>>,
    /// Where it is deployed to, when it says so: an ARM scope or parent. Azure only.
    pub scope: Option<Value>,
    /// Whether it exists.
    pub presence: Presence,
    /// What a finding about the resource as a whole underlines: `resource "aws_s3_bucket" "logs"`, a logical id, a symbol.
    pub header: Option<Span>,
    /// The place of the whole resource, and for a resource of a module the calls that lead to it.
    pub origin: Origin,
    /// The provider configuration it uses; Terraform only.
    pub provider: Option<Provider>,
}

/// Whether a declared resource exists.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Presence {
    /// It does.
    #[default]
    Certain,
    /// It depends on a condition that is not known.
    Conditional(Arc<Unknown>),
    /// It stands for an unknown number of instances, whose values are unknown where they differ.
    Symbolic(Arc<Unknown>),
    /// It is declared elsewhere and only referred to here: `existing` in Bicep, a data source. Rules do not judge it.
    External,
}

/// The provider configuration of a Terraform resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// The source address, `hashicorp/aws`.
    pub source: Arc<str>,
    /// The alias, where it is not the default configuration.
    pub alias: Option<Arc<str>>,
    /// What is known of its version: a requirement as in `required_providers`, `= 5.31.0` when a lock file pins it.
    pub version: Option<Arc<str>>,
}

/// Where a resource is declared, or observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Terraform or OpenTofu configuration.
    Terraform,
    /// A Terraform plan in JSON.
    TerraformPlan,
    /// A Terraform state.
    TerraformState,
    /// CloudFormation, SAM, CDK output.
    CloudFormation,
    /// An ARM template.
    Arm,
    /// Bicep.
    Bicep,
    /// A deployed account.
    Live,
}

impl Language {
    /// All of them, in the order above.
    pub const ALL: [Self; 7] = [
        Self::Terraform,
        Self::TerraformPlan,
        Self::TerraformState,
        Self::CloudFormation,
        Self::Arm,
        Self::Bicep,
        Self::Live,
    ];

    /// As outputs and rule files spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::TerraformPlan => "terraform_plan",
            Self::TerraformState => "terraform_state",
            Self::CloudFormation => "cloudformation",
            Self::Arm => "arm",
            Self::Bicep => "bicep",
            Self::Live => "live",
        }
    }

    /// The language of this spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.as_str() == text)
    }

    /// Whether resources of it are spelled as Terraform providers spell them, and so need a table.
    pub const fn is_terraform(self) -> bool {
        matches!(
            self,
            Self::Terraform | Self::TerraformPlan | Self::TerraformState
        )
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Resource {
    /// A resource with nothing but its identity and properties.
    pub fn new(
        address: impl Into<Arc<Address>>,
        resource_type: impl Into<Arc<str>>,
        language: Language,
        properties: Value,
    ) -> Self {
        let resource_type = resource_type.into();
        Self {
            address: address.into(),
            declared_type: resource_type.clone(),
            resource_type,
            language,
            properties,
            meta: Value::bare(crate::Map::new()),
            api_version: None,
            scope: None,
            presence: Presence::Certain,
            header: None,
            origin: Origin::default(),
            provider: None,
        }
    }
}

//! Deployments inside deployments
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/linked-templates).

use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{FrameKind, Kind, Map, ModuleStep, Presence, Segment, Value};
use palisade_syntax::data::Node;

use super::document::{Document, entry, field, text};
use super::expression::Environment;
use super::functions::{Deployment, DeploymentScope, access, text_key};
use super::parameters;
use super::resources::{Emitted, Instance, call_frame, name_segments};
use super::template::{Call, Template, linked};

/// What a nested deployment gives.
pub(super) struct Deployed {
    pub(super) resources: Vec<(palisade_model::Resource, Option<String>)>,
    pub(super) outputs: Map,
}

impl Deployed {
    /// Its resources, under the condition of the deployment itself.
    pub(super) fn under(&self, presence: &Presence) -> Vec<Emitted> {
        let resources = self.resources.iter();
        resources
            .map(|(resource, id)| {
                let mut resource = resource.clone();
                if resource.presence == Presence::Certain {
                    resource.presence = presence.clone();
                }
                Emitted {
                    resource,
                    id: id.clone(),
                }
            })
            .collect()
    }
}

/// The level a template is written for, by its schema. None where it does not say.
pub(super) fn scope_of_schema(root: &Node) -> Option<DeploymentScope> {
    let schema = text(root, "$schema")?
        .trim_end_matches('#')
        .to_ascii_lowercase();
    let name = schema.rsplit('/').next().unwrap_or_default();
    Some(match name {
        "subscriptiondeploymenttemplate.json" => DeploymentScope::Subscription,
        "managementgroupdeploymenttemplate.json" => DeploymentScope::ManagementGroup,
        "tenantdeploymenttemplate.json" => DeploymentScope::Tenant,
        "deploymenttemplate.json" => DeploymentScope::ResourceGroup,
        _ => return None,
    })
}

impl Template<'_> {
    /// What the deployment of this iteration gives; none where the resource is none, or its template is not here.
    pub(super) fn deployed(&self, index: usize, instance: &Instance) -> Option<Rc<Deployed>> {
        let declared = &self.declared[index];
        if !declared.is_deployment() {
            return None;
        }
        let key = (index, instance.key());
        if let Some(known) = self.deployed.borrow().get(&key) {
            return known.clone();
        }
        self.deployed.borrow_mut().insert(key, None);
        let deployed = self.within(index, instance, |environment| {
            self.deploy(index, instance, environment).map(Rc::new)
        });
        self.deployed.borrow_mut().insert(key, deployed.clone());
        deployed
    }

    fn deploy(
        &self,
        index: usize,
        instance: &Instance,
        environment: Environment<'_>,
    ) -> Option<Deployed> {
        let node = self.declared[index].node;
        let span = self.document.span(node.range);
        let properties = field(node, "properties")?;
        if self.module.len() >= 32 || !self.engine.enter_deployment() {
            self.engine.limit("too many nested deployments", span);
            return None;
        }
        if let Some(root) = field(properties, "template") {
            let inner = field(properties, "expressionEvaluationOptions")
                .and_then(|options| text(options, "scope"))
                .is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
            let mut call = self.call(index, instance, environment, root);
            if !inner {
                call.outer = Some(self);
                call.copies = environment.copies;
                call.given.clear();
            }
            return Some(run(self, self.document, root, call));
        }
        let link = field(properties, "templateLink")?;
        let document = self.linked(link, environment)?;
        let call = self.call(index, instance, environment, &document.root);
        Some(run(self, &document, &document.root, call))
    }

    /// What the deployment of a template spec without arguments gives.
    pub(super) fn deploy_spec(&self, index: usize) -> Option<Deployed> {
        let node = self.declared[index].node;
        if self.module.len() >= 32 || !self.engine.enter_deployment() {
            let span = self.document.span(node.range);
            self.engine.limit("too many nested deployments", span);
            return None;
        }
        let document = self.spec(index)?;
        self.within(index, &Instance::Only, |environment| {
            let mut call = self.call(index, &Instance::Only, environment, &document.root);
            call.given.clear();
            Some(run(self, &document, &document.root, call))
        })
    }

    /// The deployment a call makes, with its arguments.
    fn call<'c>(
        &self,
        index: usize,
        instance: &Instance,
        environment: Environment<'_>,
        root: &Node,
    ) -> Call<'c> {
        let node = self.declared[index].node;
        let name = self.name(index, instance);
        let step = self.step_name(index, &name);
        let label = format!("module.{step}");
        let via = call_frame(Value::null(), &label, self.document.span(node.range));
        let key = match instance {
            Instance::Only => None,
            Instance::At(_) if name.as_str().is_some() => None,
            Instance::At(position) => Some(palisade_model::Key::Index(*position as u64)),
            Instance::Any(_) => Some(palisade_model::Key::Any),
        };
        let mut frame = via.origin.via;
        if let (Some(frame), Some(outer)) = (&mut frame, &self.via) {
            Arc::make_mut(frame).next = Some(outer.clone());
        }
        let step = ModuleStep {
            name: step.into(),
            key,
        };
        Call {
            deployment: self.target(node, environment, root, name),
            module: step.within(&self.module),
            via: frame,
            outer: None,
            copies: None,
            given: self.arguments(node, environment),
        }
    }

    /// The name of a deployment as a step of an address, in which a dot or bracket would end it.
    fn step_name(&self, index: usize, name: &Value) -> String {
        let known = name.as_str().map(str::to_owned);
        let symbol = self.declared[index].symbol().map(str::to_owned);
        let text = known.or(symbol).or_else(|| text_key(name));
        text.unwrap_or_else(|| "deployment".to_owned())
            .replace(['.', '[', ']', '/'], "-")
    }

    /// Where a nested deployment goes to.
    fn target(
        &self,
        node: &Node,
        environment: Environment<'_>,
        root: &Node,
        name: Value,
    ) -> Deployment {
        let written = |key: &str| entry(node, key).map(|it| environment.entry_value(it));
        let mut target = self.names().deployment.clone();
        let parent_scope = target.scope;
        target.scope = scope_of_schema(root).unwrap_or(parent_scope);
        if let Some(subscription) = written("subscriptionId") {
            target.subscription = subscription;
        }
        match written("resourceGroup") {
            Some(group) => {
                if text_key(&group) != text_key(&target.resource_group) {
                    target.resource_group_location = Value::bare(palisade_model::Reason::NoValue(
                        "resourceGroup().location".into(),
                    ));
                }
                target.resource_group = group;
                target.scope = DeploymentScope::ResourceGroup;
            }
            None if written("subscriptionId").is_some() => {
                target.scope = DeploymentScope::Subscription;
            }
            None => {}
        }
        if let Some(scope) = written("scope") {
            let text = text_key(&scope).unwrap_or_default();
            // The last segment, which may itself not be known.
            let group = text
                .contains("managementGroups/")
                .then(|| name_segments(&scope).pop());
            match group.flatten() {
                Some(name) => {
                    target.scope = DeploymentScope::ManagementGroup;
                    target.management_group = name;
                }
                None if text == "/" => target.scope = DeploymentScope::Tenant,
                None => {}
            }
        }
        if let Some(location) = written("location") {
            target.location = location;
        }
        target.name = name;
        target
    }

    /// The arguments of a call, from the deployment itself and from the file it names.
    fn arguments(&self, node: &Node, environment: Environment<'_>) -> Vec<(String, Value)> {
        let Some(properties) = field(node, "properties") else {
            return Vec::new();
        };
        let mut given = Vec::new();
        if let Some(link) = field(properties, "parametersLink")
            && let Some(document) = self.linked(link, environment)
        {
            given.extend(parameters::of_file(self.engine, &document));
        }
        let written = field(properties, "parameters").map_or(&[][..], Node::entries);
        for argument in written {
            let Some(name) = argument.key.as_str() else {
                continue;
            };
            // The compiler of Bicep writes `[if(…, createObject('value', …), …)]` for what is perhaps a secret or null, and a
            // loop for a list.
            let computed = || {
                if argument.value.as_str().is_none() {
                    field(&argument.value, "copy")?;
                }
                let whole = environment.entry_value(argument);
                access(&whole, &Segment::Key("value".into()))
            };
            let value = match entry(&argument.value, "value") {
                Some(value) => environment.entry_value(value),
                None => {
                    computed().unwrap_or_else(|| parameters::secret(&argument.value, self.document))
                }
            };
            let span = self.document.span(argument.range());
            let label = format!("argument {name}").into();
            given.push((
                name.to_owned(),
                linked(value, FrameKind::ModuleArgument, &label, span),
            ));
        }
        given
    }

    /// The template a link names: by a path relative to this one, by an address on the web of which a copy lies here, by the id
    /// of a template spec that is declared here.
    fn linked(&self, link: &Node, environment: Environment<'_>) -> Option<Rc<Document>> {
        let written = ["relativePath", "uri", "id"]
            .into_iter()
            .find_map(|key| entry(link, key).map(|entry| (key, entry)));
        let (key, entry) = written?;
        let value = environment.entry_value(entry);
        let shown = text_key(&value).unwrap_or_else(|| "linked template".to_owned());
        let document = match key {
            "relativePath" => self.beside(value.as_str().unwrap_or_default()),
            "uri" => self.at_address(&value),
            _ => self.spec_of(&shown).and_then(|index| self.spec(index)),
        };
        if document.is_none() {
            let span = self.document.span(entry.range());
            self.engine
                .unresolved(format!("template {shown} is not here"), span);
        }
        document
    }

    fn beside(&self, relative: &str) -> Option<Rc<Document>> {
        let plain = relative.trim_start_matches("./");
        let mut packed = self.document.packed.iter();
        let packed = packed.find(|(path, _)| path.trim_start_matches("./") == plain);
        if let Some((_, document)) = packed {
            return Some(document.clone());
        }
        let path = self.document.beside(self.engine.context, relative)?;
        self.engine.document(&path)
    }

    fn at_address(&self, value: &Value) -> Option<Rc<Document>> {
        if let Some(address) = value.as_str() {
            let path = self.document.same_as(self.engine.context, address)?;
            return self.engine.document(&path);
        }
        self.beside(&relative_part(value)?)
    }
}

/// The path behind the unknown folder of a template's address.
fn relative_part(value: &Value) -> Option<String> {
    let Kind::Template(parts) = &value.kind else {
        return None;
    };
    let mut texts = parts.iter().skip(1).filter_map(Value::as_str);
    let path = texts.find(|text| text.contains(".json"))?;
    let path = path.split('?').next()?;
    Some(path.trim_start_matches('/').to_owned())
}

fn run(parent: &Template<'_>, document: &Document, root: &Node, call: Call<'_>) -> Deployed {
    let template = Template::new(parent.engine, document, root, call);
    let resources = template.resources().into_iter();
    Deployed {
        resources: resources
            .map(|emitted| (emitted.resource, emitted.id))
            .collect(),
        outputs: template.outputs(),
    }
}

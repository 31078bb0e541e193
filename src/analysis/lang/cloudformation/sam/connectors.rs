//! Connectors: what lets one resource of the template use another, as resources of their own or inside the source.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/managing-permissions-connectors.html>

use std::sync::Arc;

use palisade_model::Span;
use serde_json::{Value as Json, json};

use super::super::tree::{Field, Fields, Tree};
use super::events::depend;
use super::make::{attribute, fill, reference, tree};
use super::{Sam, Source};

/// What the pairs of types allow.
const PROFILES: &str = include_str!("connectors.tsv");

/// One end of a connector.
struct End {
    /// `Source` or `Destination`.
    name: &'static str,
    id: Option<Arc<str>>,
    /// The type as written.
    kind: Arc<str>,
    given: Tree,
}

/// A connector with one destination.
struct Connector {
    id: String,
    /// What its logical ids end in, where it has several destinations.
    suffix: String,
    source: End,
    destination: End,
    permissions: Vec<Arc<str>>,
    span: Span,
}

/// One line of the profiles.
struct Row {
    permission: &'static str,
    how: &'static str,
    actions: &'static str,
    resources: &'static str,
}

/// Expands `AWS::Serverless::Connector`.
pub(super) fn expand(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let Some(from) = source.property("Source") else {
        return sam.not_expanded("a connector with no `Source`", source.key);
    };
    connect(sam, source, source.id, from, &source.properties);
}

/// Expands the connectors inside the resources of the template.
pub(super) fn expand_embedded(sam: &mut Sam<'_, '_>, declared: &Fields) {
    for (id, field) in declared {
        let connectors = field.value.get("Connectors").and_then(Tree::fields);
        for (name, connector) in connectors.into_iter().flatten() {
            let own = Source::new(name, connector);
            let mut from = tree(&json!({ "Id": &**id }), connector.value.span);
            for (key, field) in own
                .property("SourceReference")
                .and_then(Tree::fields)
                .into_iter()
                .flatten()
            {
                from.set_field(key.clone(), field.clone());
            }
            connect(sam, &own, &format!("{id}{name}"), &from, &own.properties);
        }
        if let Some(made) = sam.made.get_mut(id) {
            made.value.take("Connectors");
        }
    }
}

/// Expands a connector from one end to those that its properties name.
pub(super) fn connect(
    sam: &mut Sam<'_, '_>,
    source: &Source<'_>,
    id: &str,
    from: &Tree,
    properties: &Tree,
) {
    let Some(to) = properties.get("Destination") else {
        return sam.not_expanded("a connector with no `Destination`", source.key);
    };
    let permissions = properties
        .get("Permissions")
        .and_then(Tree::items)
        .unwrap_or_default();
    let permissions: Vec<Arc<str>> = permissions
        .iter()
        .filter_map(Tree::as_str)
        .map(Arc::from)
        .collect();
    let several = to.items();
    for (index, one) in several
        .unwrap_or(std::slice::from_ref(to))
        .iter()
        .enumerate()
    {
        let (Some(from), Some(to)) = (end(sam, "Source", from), end(sam, "Destination", one))
        else {
            sam.not_expanded(&format!("{id}: an end outside of the template"), source.key);
            continue;
        };
        let connector = Connector {
            id: id.to_owned(),
            suffix: several.map_or_else(String::new, |_| format!("Destination{index}")),
            source: from,
            destination: to,
            permissions: permissions.clone(),
            span: source.span(),
        };
        connector.expand(sam, source);
    }
}

fn end(sam: &Sam<'_, '_>, name: &'static str, given: &Tree) -> Option<End> {
    let id = given.str_of("Id");
    let declared = id.map(|id| sam.declared.get(id));
    let kind = match declared {
        Some(field) => field?.value.str_of("Type"),
        None => given.str_of("Type"),
    };
    Some(End {
        name,
        id: id.map(Arc::from),
        kind: kind?.into(),
        given: given.clone(),
    })
}

/// What a type of SAM becomes.
fn native(kind: &str) -> &str {
    match kind {
        "AWS::Serverless::Api" => "AWS::ApiGateway::RestApi",
        "AWS::Serverless::Function" => "AWS::Lambda::Function",
        "AWS::Serverless::GraphQLApi" => "AWS::AppSync::GraphQLApi",
        "AWS::Serverless::HttpApi" => "AWS::ApiGatewayV2::Api",
        "AWS::Serverless::SimpleTable" => "AWS::DynamoDB::Table",
        "AWS::Serverless::StateMachine" => "AWS::StepFunctions::StateMachine",
        _ => kind,
    }
}

impl End {
    /// A part of it: `Arn`, `Name`, `ResourceId`, `Qualifier`.
    fn part(&self, part: &str, span: Span) -> Option<Tree> {
        if let Some(given) = self.given.get(part) {
            return Some(given.clone());
        }
        let id = self.id.as_deref();
        match (part, native(&self.kind)) {
            ("Qualifier", _) => Some(Tree::string("*", span)),
            ("Arn", "AWS::SNS::Topic" | "AWS::StepFunctions::StateMachine")
            | ("ResourceId", "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api") => {
                Some(reference(id?, span))
            }
            ("ResourceId", _) => Some(attribute(id?, "ApiId", span)),
            _ => Some(attribute(id?, part, span)),
        }
    }

    /// The name of its role.
    fn role(&self, sam: &Sam<'_, '_>) -> Option<Tree> {
        if let Some(given) = self.given.get("RoleName") {
            return Some(given.clone());
        }
        let made = sam.made.get(self.id.as_deref()?)?;
        let key = match native(&self.kind) {
            "AWS::Lambda::Function" => "Role",
            "AWS::AppSync::DataSource" => "ServiceRoleArn",
            _ => "RoleArn",
        };
        let role = made.value.at(&["Properties", key])?;
        let (_, argument) = role.function().filter(|(name, _)| *name == "Fn::GetAtt")?;
        Some(reference(argument.items()?.first()?.as_str()?, role.span))
    }
}

impl Connector {
    fn expand(&self, sam: &mut Sam<'_, '_>, source: &Source<'_>) {
        let rows = self.rows();
        let Some(first) = rows.first() else {
            let what = format!(
                "{}: {} to {}",
                self.id, self.source.kind, self.destination.kind
            );
            return sam.not_expanded(&what, source.key);
        };
        let is_done = match first.how {
            "invoke" => rows
                .iter()
                .try_for_each(|row| self.permit(sam, source, row)),
            "queue" | "topic" => self.policy_of_destination(sam, source, first),
            _ => self.policy_of_role(sam, source, &rows),
        };
        if is_done.is_none() {
            sam.not_expanded(
                &format!("{}: an end with no such part", self.id),
                source.key,
            );
        }
    }

    /// The lines of the profiles for its types and permissions.
    fn rows(&self) -> Vec<Row> {
        let types = [native(&self.source.kind), native(&self.destination.kind)];
        let row = |line: &'static str| {
            let mut parts = line.split('\t');
            let pair = [parts.next()?, parts.next()?];
            let row = Row {
                permission: parts.next()?,
                how: parts.next()?,
                actions: parts.next()?,
                resources: parts.next()?,
            };
            let is_asked = self
                .permissions
                .iter()
                .any(|asked| **asked == *row.permission);
            (pair == types && is_asked).then_some(row)
        };
        PROFILES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(row)
            .collect()
    }

    fn add(
        &self,
        sam: &mut Sam<'_, '_>,
        source: &Source<'_>,
        id: &str,
        kind: &str,
        properties: Tree,
    ) {
        sam.add(source, id, kind, properties);
        let metadata = json!({"aws:sam:connectors": {&self.id: {
            "Source": {"Type": &*self.source.kind}, "Destination": {"Type": &*self.destination.kind}
        }}});
        sam.set_attribute(id, "Metadata", tree(&metadata, self.span));
    }

    /// A text of the profiles with the parts it names.
    fn resolved(&self, text: &str) -> Option<Tree> {
        let span = self.span;
        let mut names = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}')?;
            plain.push_str(before);
            let end = [&self.source, &self.destination]
                .into_iter()
                .find_map(|end| Some((end, name.strip_prefix(end.name)?.strip_prefix('.')?)));
            match end {
                Some((end, part)) => {
                    let value = end.part(part, span)?;
                    if before.is_empty() && tail.is_empty() && plain.is_empty() {
                        return Some(value);
                    }
                    plain.push_str(&format!("${{{}{part}}}", end.name));
                    names.push((format!("{}{part}", end.name), value));
                }
                None => plain.push_str(&format!("{{{name}}}")),
            }
            rest = tail;
        }
        plain.push_str(rest);
        if names.is_empty() {
            return Some(tree(&json!({ "Fn::Sub": plain }), span));
        }
        let names = Tree::map(names, span);
        Some(fill(
            &json!({"Fn::Sub": [plain, "$names"]}),
            &[("$names", &names)],
            span,
        ))
    }

    fn policy_of_role(
        &self,
        sam: &mut Sam<'_, '_>,
        source: &Source<'_>,
        rows: &[Row],
    ) -> Option<()> {
        let span = self.span;
        let mut statements = Vec::new();
        for row in rows {
            let resources: Option<Vec<Tree>> = row
                .resources
                .split(' ')
                .map(|text| self.resolved(text))
                .collect();
            let actions: Vec<Json> = row.actions.split(',').map(|action| json!(action)).collect();
            let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "$resources"});
            let resources = Tree::list(resources?, span);
            statements.push(fill(&statement, &[("$resources", &resources)], span));
        }
        let is_of_source = rows.first()?.how == "source-role";
        let role = if is_of_source {
            self.source.role(sam)
        } else {
            self.destination.role(sam)
        }?;
        let properties = json!({
            "PolicyDocument": {"Version": "2012-10-17", "Statement": "$statements"}, "Roles": ["$role"],
        });
        let statements = Tree::list(statements, span);
        let properties = fill(
            &properties,
            &[("$statements", &statements), ("$role", &role)],
            span,
        );
        let id = format!("{}Policy{}", self.id, self.suffix);
        self.add(sam, source, &id, "AWS::IAM::ManagedPolicy", properties);
        if is_of_source {
            self.wait_source(sam, &id);
        } else {
            self.wait_mappings(sam, &id);
        }
        Some(())
    }

    /// A state machine that runs another is made after it may.
    fn wait_source(&self, sam: &mut Sam<'_, '_>, policy: &str) {
        const MACHINE: &str = "AWS::StepFunctions::StateMachine";
        let is_needed = [&self.source, &self.destination]
            .iter()
            .all(|end| native(&end.kind) == MACHINE);
        let id = self.source.id.as_deref().filter(|_| is_needed);
        if let Some(field) = id.and_then(|id| sam.made.get_mut(id)) {
            depend(&mut field.value, policy);
        }
    }

    /// What reads the source for the function is made after the function may.
    fn wait_mappings(&self, sam: &mut Sam<'_, '_>, policy: &str) {
        let (Some(from), Some(to)) = (self.source.id.as_deref(), self.destination.id.as_deref())
        else {
            return;
        };
        let refers = |tree: Option<&Tree>, id: &str| {
            tree.is_some_and(|tree| match tree.function() {
                Some(("Ref", name)) => name.as_str() == Some(id),
                Some(("Fn::GetAtt", parts)) => {
                    parts.items().and_then(|parts| parts.first()?.as_str()) == Some(id)
                }
                _ => false,
            })
        };
        for Field { value, .. } in sam.made.values_mut() {
            if value.str_of("Type") == Some("AWS::Lambda::EventSourceMapping")
                && refers(value.at(&["Properties", "EventSourceArn"]), from)
                && refers(value.at(&["Properties", "FunctionName"]), to)
            {
                depend(value, policy);
            }
        }
    }

    fn permit(&self, sam: &mut Sam<'_, '_>, source: &Source<'_>, row: &Row) -> Option<()> {
        let span = self.span;
        let function = self.destination.part("Arn", span)?;
        let from = self.resolved(row.resources)?;
        let permission = json!({
            "Action": "lambda:InvokeFunction", "FunctionName": "$function", "Principal": row.actions, "SourceArn": "$source",
        });
        let mut permission = fill(
            &permission,
            &[("$function", &function), ("$source", &from)],
            span,
        );
        if row.actions == "s3.amazonaws.com" {
            permission.set(
                "SourceAccount",
                tree(&json!({"Fn::Sub": "${AWS::AccountId}"}), span),
            );
        }
        let id = format!(
            "{}{}LambdaPermission{}",
            self.id, row.permission, self.suffix
        );
        self.add(sam, source, &id, "AWS::Lambda::Permission", permission);
        Some(())
    }

    fn policy_of_destination(
        &self,
        sam: &mut Sam<'_, '_>,
        source: &Source<'_>,
        row: &Row,
    ) -> Option<()> {
        let span = self.span;
        let (kind, list, name) = match row.how {
            "queue" => ("AWS::SQS::QueuePolicy", "Queues", "QueuePolicy"),
            _ => ("AWS::SNS::TopicPolicy", "Topics", "TopicPolicy"),
        };
        let (to, from) = (
            self.destination.part("Arn", span)?,
            self.source.part("Arn", span)?,
        );
        let given = if row.how == "queue" {
            "QueueUrl"
        } else {
            "Arn"
        };
        let named = self.destination.given.get(given).cloned();
        let named = named.or_else(|| Some(reference(self.destination.id.as_deref()?, span)))?;
        let properties = json!({
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": row.actions}, "Resource": "$to", "Action": row.resources,
                "Condition": {"ArnEquals": {"aws:SourceArn": "$from"}},
            }]},
            list: ["$named"],
        });
        let properties = fill(
            &properties,
            &[("$to", &to), ("$from", &from), ("$named", &named)],
            span,
        );
        let id = format!("{}{name}{}", self.id, self.suffix);
        self.add(sam, source, &id, kind, properties);
        Some(())
    }
}

//! `ResourcePolicy` of a REST API: who may call it from where.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html>

use std::sync::Arc;

use palisade_model::Span;

use super::super::tree::Tree;
use super::python::{Doc, Part};
use super::routes::ANY;

/// The key of the policy.
const POLICY: &str = "x-amazon-apigateway-policy";

/// Adds what a policy says about these paths and methods.
pub(super) fn add(doc: &mut Doc, given: &Tree, methods: &[(Arc<str>, Arc<str>)], stage: &Doc) {
    let span = given.span;
    let resources = Doc::list(
        methods
            .iter()
            .map(|(path, method)| resource(path, method, stage, span))
            .collect(),
        span,
    );
    let mut statements = Statements {
        all: doc
            .get(POLICY)
            .and_then(|policy| policy.get("Statement"))
            .map(|known| known.items().to_vec())
            .unwrap_or_default(),
        resources,
        span,
    };
    statements.add_all(given);
    if statements.all.is_empty() {
        return;
    }
    let policy = doc.entry_mut(POLICY, false);
    policy.set("Version", Doc::text("2012-10-17", span));
    policy.set("Statement", Doc::list(statements.all, span));
}

/// A path and method of a stage.
fn resource(path: &str, method: &str, stage: &Doc, span: Span) -> Doc {
    let method = if method == ANY {
        "*".to_owned()
    } else {
        method.to_uppercase()
    };
    let text = format!("execute-api:/${{__Stage__}}/{method}{path}");
    let names = Doc::of([("__Stage__", stage.clone())], span);
    Doc::of(
        [(
            "Fn::Sub",
            Doc::list(vec![Doc::given(text, span), names], span),
        )],
        span,
    )
}

struct Statements {
    all: Vec<Doc>,
    resources: Doc,
    span: Span,
}

impl Statements {
    fn add_all(&mut self, given: &Tree) {
        for (key, effect) in [
            ("AwsAccountWhitelist", "Allow"),
            ("AwsAccountBlacklist", "Deny"),
        ] {
            if let Some(accounts) = given.get(key) {
                let principal = Doc::of([("AWS", listed(accounts))], self.span);
                let statement = self.statement(effect, principal, None);
                self.all.push(statement);
            }
        }
        for (key, operator) in [
            ("IpRangeWhitelist", "NotIpAddress"),
            ("IpRangeBlacklist", "IpAddress"),
        ] {
            if let Some(ranges) = given.get(key) {
                let mut condition = Doc::map(self.span);
                condition.set("aws:SourceIp", listed(ranges));
                self.deny(operator, condition);
            }
        }
        for (list, operator) in [
            ("Blacklist", "StringEquals"),
            ("Whitelist", "StringNotEquals"),
        ] {
            let condition = self.networks(given, list);
            if !condition.keys().is_empty() {
                self.deny(operator, condition);
            }
        }
        if let Some(own) = given.get("CustomStatements") {
            let own = Doc::from_tree(own);
            match own.value {
                Part::List(items) => self.all.extend(items),
                _ => self.all.push(own),
            }
        }
    }

    fn networks(&self, given: &Tree, list: &str) -> Doc {
        let mut condition = Doc::map(self.span);
        for (key, intrinsic, prefix) in [
            ("aws:SourceVpc", "IntrinsicVpc", "vpc-"),
            ("aws:SourceVpce", "IntrinsicVpce", "vpce-"),
        ] {
            let named = given.get(&format!("SourceVpc{list}")).and_then(Tree::items);
            let starts = |tree: &&Tree| tree.as_str().is_some_and(|text| text.starts_with(prefix));
            let mut items: Vec<Doc> = named
                .unwrap_or_default()
                .iter()
                .filter(starts)
                .map(Doc::from_tree)
                .collect();
            let computed = given
                .get(&format!("{intrinsic}{list}"))
                .and_then(Tree::items);
            items.extend(computed.unwrap_or_default().iter().map(Doc::from_tree));
            if !items.is_empty() {
                condition.set(key, Doc::list(items, self.span));
            }
        }
        condition
    }

    /// Everyone is let in, then those of a condition are not.
    fn deny(&mut self, operator: &str, condition: Doc) {
        let everyone = || Doc::text("*", self.span);
        let allow = self.statement("Allow", everyone(), None);
        let printed = allow.printed();
        if !self.all.iter().any(|known| known.printed() == printed) {
            self.all.push(allow);
        }
        let condition = Doc::of([(operator, condition)], self.span);
        let deny = self.statement("Deny", Doc::text("*", self.span), Some(condition));
        self.all.push(deny);
    }

    fn statement(&self, effect: &str, principal: Doc, condition: Option<Doc>) -> Doc {
        let mut statement = Doc::of(
            [
                ("Effect", Doc::text(effect, self.span)),
                ("Action", Doc::text("execute-api:Invoke", self.span)),
                ("Resource", self.resources.clone()),
                ("Principal", principal),
            ],
            self.span,
        );
        if let Some(condition) = condition {
            statement.set("Condition", condition);
        }
        statement
    }
}

/// A list, also of one that is written without.
fn listed(tree: &Tree) -> Doc {
    let doc = Doc::from_tree(tree);
    match doc.value {
        Part::List(_) => doc,
        _ => Doc::list(vec![doc], tree.span),
    }
}

//! The domain of an API: its name, the paths of it that lead to the API, and its records in Route 53.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-domainconfiguration.html>

use serde_json::json;

use super::super::tree::{Field, KeyOrder, Tree};
use super::make::{attribute, copy, copy_all, digest, empty, reference, tree};
use super::python::Doc;
use super::{Sam, Source};

/// The zone of every distribution of CloudFront.
const DISTRIBUTIONS: &str = "Z2FDTNDATAQYW2";

/// A domain as given, its parameters resolved.
pub(super) struct Domain {
    given: Tree,
    /// As it is part of the digest of a deployment.
    pub(super) printed: String,
    /// The digest of its name.
    suffix: String,
}

/// The suffix of a logical id for a value: the digest of a text, or of what is none in JSON.
fn suffix(value: &Tree) -> String {
    match value.as_str() {
        Some(text) => digest(text),
        None => digest(&value.to_json(KeyOrder::Sorted)),
    }
}

impl Domain {
    pub(super) fn new(sam: &Sam<'_, '_>, given: &Tree) -> Self {
        let given = sam.resolved(given);
        let suffix = given.get("DomainName").map(suffix).unwrap_or_default();
        let mut domain = Self {
            given,
            printed: String::new(),
            suffix,
        };
        domain.printed = domain.print();
        domain
    }

    fn kind(&self) -> &str {
        self.given
            .str_of("EndpointConfiguration")
            .unwrap_or("REGIONAL")
    }

    fn id(&self) -> String {
        let version = if self.kind() == "PRIVATE" { "V2" } else { "" };
        format!("ApiGatewayDomainName{version}{}", self.suffix)
    }

    /// The domain with what the translator adds to it.
    fn print(&self) -> String {
        let span = self.given.span;
        let mut doc = Doc::from_tree(&self.given);
        if self.kind() != "PRIVATE" {
            doc.set("ApiDomainName", Doc::text(self.id(), span));
        }
        if self.given.get("EndpointConfiguration").is_none() {
            doc.set("EndpointConfiguration", Doc::text("REGIONAL", span));
        }
        if self.kind() == "EDGE"
            && let Some(records) = doc.get_mut("Route53")
            && records.get("DistributionDomainName").is_none()
        {
            let parts = [self.id(), "DistributionDomainName".to_owned()];
            let parts = parts.map(|part| Doc::text(part, span)).into();
            let name = Doc::of([("Fn::GetAtt", Doc::list(parts, span))], span);
            records.set("DistributionDomainName", name);
        }
        doc.json()
    }

    /// The paths of the domain that lead to the API, each with its part of a logical id; one without where none is given.
    fn paths(&self) -> Vec<(String, Option<Tree>)> {
        let Some(given) = self.given.get("BasePath") else {
            return vec![(String::new(), None)];
        };
        let keeps = self.given.get("NormalizeBasePath").and_then(Tree::as_bool) == Some(false);
        let paths = given.items().unwrap_or(std::slice::from_ref(given)).iter();
        let one = |path: &Tree| {
            let text = path.as_str().unwrap_or_default();
            let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
            let kept = if keeps {
                path.clone()
            } else {
                Tree::string(plain.as_str(), path.span)
            };
            (plain, (text != "/").then_some(kept))
        };
        paths.map(one).collect()
    }
}

/// The domain of a REST API.
pub(super) fn rest(sam: &mut Sam<'_, '_>, source: &Source<'_>, domain: &Domain, stage: &str) {
    let (span, id) = (domain.given.span, domain.id());
    let is_private = domain.kind() == "PRIVATE";
    let mut name = tree(
        &json!({"EndpointConfiguration": {"Types": [domain.kind()]}}),
        span,
    );
    let certificate = match domain.kind() {
        "REGIONAL" => "RegionalCertificateArn",
        _ => "CertificateArn",
    };
    copy(&domain.given, "CertificateArn", certificate, &mut name);
    copy_all(
        &domain.given,
        &[
            "DomainName",
            "MutualTlsAuthentication",
            "OwnershipVerificationCertificateArn",
            "Policy",
            "SecurityPolicy",
        ],
        &mut name,
    );
    let kind = if is_private {
        "AWS::ApiGateway::DomainNameV2"
    } else {
        "AWS::ApiGateway::DomainName"
    };
    sam.add(source, id.as_str(), kind, name);
    for (plain, path) in domain.paths() {
        let mut mapping = tree(
            &json!({"RestApiId": {"Ref": &**source.id}, "Stage": {"Ref": stage}}),
            span,
        );
        let key = if is_private {
            "DomainNameArn"
        } else {
            "DomainName"
        };
        mapping.set(key, reference(&id, span));
        if let Some(path) = path {
            mapping.set("BasePath", path);
        }
        let kind = if is_private {
            "AWS::ApiGateway::BasePathMappingV2"
        } else {
            "AWS::ApiGateway::BasePathMapping"
        };
        sam.add(
            source,
            format!("{}{plain}BasePathMapping", source.id),
            kind,
            mapping,
        );
    }
    record(sam, source, domain, &id);
    sam.members
        .insert((source.id.clone(), "DomainName"), id.into());
}

/// The domain of an HTTP or web socket API.
pub(super) fn http(
    sam: &mut Sam<'_, '_>,
    source: &Source<'_>,
    domain: &Domain,
    (stage, tags): (&str, Tree),
) {
    let span = domain.given.span;
    let id = format!("ApiGatewayDomainNameV2{}", domain.suffix);
    let mut configuration = tree(&json!({"EndpointType": domain.kind()}), span);
    copy_all(
        &domain.given,
        &[
            "CertificateArn",
            "IpAddressType",
            "OwnershipVerificationCertificateArn",
            "SecurityPolicy",
        ],
        &mut configuration,
    );
    let mut name = Tree::map(
        [(
            "DomainNameConfigurations",
            Tree::list(vec![configuration], span),
        )],
        span,
    );
    copy_all(
        &domain.given,
        &["DomainName", "MutualTlsAuthentication"],
        &mut name,
    );
    name.set("Tags", tags);
    sam.add(source, id.as_str(), "AWS::ApiGatewayV2::DomainName", name);
    let paths = domain.given.get("BasePath");
    let paths = paths.map(|paths| paths.items().unwrap_or(std::slice::from_ref(paths)));
    for path in paths.map_or(vec![None], |paths| paths.iter().map(Some).collect()) {
        let mapping = json!({"ApiId": {"Ref": &**source.id}, "DomainName": {"Ref": id}, "Stage": {"Ref": stage}});
        let mut mapping = tree(&mapping, span);
        let mut plain = String::new();
        if let Some((path, text)) = path.and_then(|path| Some((path, path.as_str()?))) {
            plain = text.replace(['-', '_', '/'], "");
            let key = text.trim_matches('/');
            mapping.set("ApiMappingKey", Tree::string(key, path.span));
        }
        sam.add(
            source,
            format!("{}{plain}ApiMapping", source.id),
            "AWS::ApiGatewayV2::ApiMapping",
            mapping,
        );
    }
    record(sam, source, domain, &id);
    sam.members
        .insert((source.id.clone(), "DomainName"), id.into());
}

/// The records of the domain, in one group with those of other domains of the zone.
fn record(sam: &mut Sam<'_, '_>, source: &Source<'_>, domain: &Domain, id: &str) {
    let Some(given) = domain.given.get("Route53") else {
        return;
    };
    let zone = given
        .get("HostedZoneId")
        .or_else(|| given.get("HostedZoneName"));
    let Some(zone) = zone else { return };
    let span = given.span;
    let group = format!("RecordSetGroup{}", suffix(zone));
    let mut records = vec![alias(domain, given, id, "A")];
    if given.get("IpV6").and_then(Tree::as_bool) == Some(true) {
        records.push(alias(domain, given, id, "AAAA"));
    }
    let known = sam
        .made
        .get(group.as_str())
        .and_then(|field| field.value.at(&["Properties", "RecordSets"]));
    let mut all = known.and_then(Tree::items).unwrap_or_default().to_vec();
    all.extend(records);
    if let Some(Field { value, .. }) = sam.made.get_mut(group.as_str()) {
        let mut properties = value.take("Properties").unwrap_or_else(|| empty(span));
        properties.set("RecordSets", Tree::list(all, span));
        return value.set("Properties", properties);
    }
    let mut properties = Tree::map([("RecordSets", Tree::list(all, span))], span);
    copy_all(given, &["HostedZoneId", "HostedZoneName"], &mut properties);
    sam.add(source, group, "AWS::Route53::RecordSetGroup", properties);
}

fn alias(domain: &Domain, given: &Tree, id: &str, kind: &str) -> Tree {
    let span = given.span;
    let mut target = empty(span);
    copy(
        given,
        "EvaluateTargetHealth",
        "EvaluateTargetHealth",
        &mut target,
    );
    if domain.kind() == "EDGE" {
        target.set("HostedZoneId", Tree::string(DISTRIBUTIONS, span));
        let name = given.get("DistributionDomainName").cloned();
        target.set(
            "DNSName",
            name.unwrap_or_else(|| attribute(id, "DistributionDomainName", span)),
        );
    } else {
        target.set("HostedZoneId", attribute(id, "RegionalHostedZoneId", span));
        target.set("DNSName", attribute(id, "RegionalDomainName", span));
    }
    let mut record = tree(&json!({ "Type": kind }), span);
    copy(&domain.given, "DomainName", "Name", &mut record);
    copy_all(given, &["Region", "SetIdentifier"], &mut record);
    record.set("AliasTarget", target);
    record
}

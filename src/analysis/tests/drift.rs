//! Declared against deployed: what differs is told at its place, what cannot be known is counted.

use std::sync::Arc;

use palisade_analysis::drift::{Binding, DriftKind, DriftReport, Observed, compare};
use palisade_model::{
    Address, FileId, Graph, Language, Map, Origin, Reason, Resource, Span, Value,
};
use serde_json::json;

/// JSON as a value; with `span`, every value stands at one place after the other.
fn value(json: &serde_json::Value, next: &mut Option<u32>) -> Value {
    let origin = match next {
        Some(at) => {
            *at += 1;
            Origin::literal(
                Span::new(FileId::new(0), *at, *at + 1),
                Span::new(FileId::new(0), *at, *at + 1),
            )
        }
        None => Origin::default(),
    };
    match json {
        serde_json::Value::Null => Value::null(),
        serde_json::Value::Bool(flag) => Value::new(*flag, origin),
        serde_json::Value::Number(number) => {
            Value::new(number.as_i64().expect("tests use whole numbers"), origin)
        }
        serde_json::Value::String(text) if text == "?" => {
            Value::new(Reason::NoValue("var.x".into()), origin)
        }
        serde_json::Value::String(text) => Value::new(text.as_str(), origin),
        serde_json::Value::Array(items) => Value::new(
            items
                .iter()
                .map(|item| value(item, next))
                .collect::<Vec<_>>(),
            origin,
        ),
        serde_json::Value::Object(entries) => {
            let made: Map = entries
                .iter()
                .map(|(key, item)| (key.as_str().into(), value(item, next)))
                .collect();
            Value::new(made, origin)
        }
    }
}

fn declared(kind: &str, name: &str, json: &serde_json::Value) -> Graph {
    let properties = value(json, &mut Some(10));
    let mut resource = Resource::new(
        Address::logical_id(name),
        kind,
        Language::CloudFormation,
        properties,
    );
    resource.header = Some(Span::new(FileId::new(0), 0, 4));
    Graph::new(vec![Arc::new(resource)])
}

fn observed(kind: &str, id: &str, json: &serde_json::Value) -> Arc<Resource> {
    let properties = value(json, &mut None);
    let mut resource = Resource::new(Address::new(kind, id), kind, Language::Live, properties);
    let told = Value::bare(vec![Value::bare("VersioningConfiguration")]);
    resource.meta = Value::bare(Map::from_iter([("told".into(), told)]));
    Arc::new(resource)
}

fn drift(kind: &str, wanted: serde_json::Value, found: Option<serde_json::Value>) -> DriftReport {
    let resources: Vec<_> = found
        .iter()
        .map(|json| observed(kind, "id-1", json))
        .collect();
    let bindings = [Binding {
        name: "Main".into(),
        resource_type: kind.into(),
        id: "id-1".into(),
    }];
    let complete = [kind.to_owned()];
    let observed = Observed {
        resources: &resources,
        complete: &complete,
        bindings: &bindings,
        managed: false,
    };
    compare(&declared(kind, "Main", &wanted), &observed)
}

fn told(report: &DriftReport) -> Vec<String> {
    report
        .drifts
        .iter()
        .map(|drift| format!("{} {}", drift.kind.as_str(), drift.path))
        .collect()
}

const BUCKET: &str = "AWS::S3::Bucket";
const GROUP: &str = "AWS::EC2::SecurityGroup";

#[test]
fn a_bucket_opened_behind_the_template_is_told_at_the_declared_value() {
    let block = |flag: bool| json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": flag}});
    let report = drift(BUCKET, block(true), Some(block(false)));
    assert_eq!(
        told(&report),
        ["changed PublicAccessBlockConfiguration.BlockPublicAcls"]
    );
    assert!(report.drifts[0].span.is_some_and(|span| span.start >= 10));
    assert!(told(&drift(BUCKET, block(true), Some(block(true)))).is_empty());
}

#[test]
fn what_nobody_declared_is_held_against_the_documented_default() {
    let opened = json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": false}});
    let report = drift(BUCKET, json!({"BucketName": "id-1"}), Some(opened));
    assert_eq!(
        told(&report),
        ["changed PublicAccessBlockConfiguration.BlockPublicAcls"]
    );
    assert!(report.drifts[0].default.is_some());
    assert_eq!(report.drifts[0].span, Some(Span::new(FileId::new(0), 0, 4)));
}

#[test]
fn spellings_and_order_are_no_drift() {
    let wanted = json!({"AllocatedStorage": "20", "PubliclyAccessible": false, "VPCSecurityGroups": ["sg-1", "sg-2"]});
    let found = json!({"AllocatedStorage": 20, "PubliclyAccessible": "false", "VPCSecurityGroups": ["sg-2", "sg-1"], "Endpoint": "x"});
    assert!(told(&drift("AWS::RDS::DBInstance", wanted, Some(found))).is_empty());
    let document = |action: serde_json::Value| json!({"AssumeRolePolicyDocument": {"Statement": {"Action": action, "Effect": "Allow"}}});
    assert!(
        told(&drift(
            "AWS::IAM::Role",
            document(json!("sts:AssumeRole")),
            Some(document(json!(["sts:AssumeRole"])))
        ))
        .is_empty()
    );
    assert_eq!(
        told(&drift(
            "AWS::IAM::Role",
            document(json!("sts:AssumeRole")),
            Some(document(json!("sts:TagSession")))
        )),
        ["changed AssumeRolePolicyDocument"]
    );
}

#[test]
fn an_owned_list_has_nothing_added() {
    let rule =
        |cidr: &str| json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": cidr});
    let wanted = json!({"SecurityGroupIngress": [rule("10.0.0.0/8")]});
    let found = json!({"SecurityGroupIngress": [rule("0.0.0.0/0"), rule("10.0.0.0/8")]});
    let report = drift(GROUP, wanted.clone(), Some(found));
    assert_eq!(told(&report), ["added SecurityGroupIngress"]);
    assert_eq!(
        told(&drift(GROUP, wanted.clone(), Some(wanted.clone()))),
        Vec::<String>::new()
    );
    let gone = drift(GROUP, wanted, Some(json!({"SecurityGroupIngress": []})));
    assert_eq!(told(&gone), ["changed SecurityGroupIngress[0]"]);
}

#[test]
fn unknown_is_counted_and_never_drift() {
    let report = drift(
        BUCKET,
        json!({"BucketName": "?", "VersioningConfiguration": {"Status": "Enabled"}}),
        Some(json!({"BucketName": "a", "VersioningConfiguration": {"Status": "?"}})),
    );
    assert!(told(&report).is_empty());
    assert_eq!(report.unknown, 2);
    let secret = drift(
        "AWS::RDS::DBInstance",
        json!({"MasterUserPassword": "x"}),
        Some(json!({})),
    );
    assert_eq!((told(&secret).len(), secret.unknown), (0, 1));
}

#[test]
fn what_the_answers_tell_and_do_not_have_is_not_set() {
    let wanted = json!({"VersioningConfiguration": {"Status": "Enabled"}, "AccelerateConfiguration": {"AccelerationStatus": "Enabled"}});
    let report = drift(BUCKET, wanted, Some(json!({})));
    assert_eq!(
        (told(&report), report.unknown),
        (vec!["changed VersioningConfiguration.Status".to_owned()], 1)
    );
}

#[test]
fn what_was_deployed_and_is_gone_is_missing() {
    assert_eq!(told(&drift(BUCKET, json!({}), None)), ["missing "]);
    let observed = Observed {
        resources: &[],
        complete: &[],
        bindings: &[],
        managed: false,
    };
    let report = compare(&declared(BUCKET, "Main", &json!({})), &observed);
    assert!(
        report.drifts.is_empty(),
        "nothing was read, so nothing is gone"
    );
}

#[test]
fn what_nobody_declares_is_unmanaged_only_where_all_is_declared() {
    let resources = [
        observed(GROUP, "sg-1", &json!({"GroupName": "default"})),
        observed(GROUP, "sg-2", &json!({"GroupName": "b"})),
    ];
    let complete = [GROUP.to_owned()];
    let declared = declared(GROUP, "Main", &json!({"GroupName": "c"}));
    for (managed, expected) in [(true, 1), (false, 0)] {
        let observed = Observed {
            resources: &resources,
            complete: &complete,
            bindings: &[],
            managed,
        };
        let report = compare(&declared, &observed);
        let unmanaged = report
            .drifts
            .iter()
            .filter(|drift| drift.kind == DriftKind::Unmanaged)
            .count();
        assert_eq!(unmanaged, expected);
    }
}

//! Recorded answers of AWS become canonical resources; what may not be read is denied, not absent.

use std::fs;
use std::path::PathBuf;

use palisade_live::{
    Request, Response, Scope, Snapshot, Transport, collect, stack_bindings, tables,
};
use palisade_model::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/live/aws")
}

/// Answers from `testdata/live/aws`.
struct Recording;

impl Transport for Recording {
    fn send(&self, request: &Request) -> Result<Response, String> {
        let action = request
            .body
            .split('&')
            .find_map(|part| part.strip_prefix("Action="));
        let path = request
            .path
            .trim_start_matches('/')
            .replace(['?', '/'], "-");
        let stem = format!("{}-{}", request.service, action.unwrap_or(&path));
        for (status, extension) in [(200, "xml"), (404, "404.xml"), (403, "403.xml")] {
            if let Ok(body) = fs::read_to_string(folder().join(format!("{stem}.{extension}"))) {
                return Ok(Response { status, body });
            }
        }
        Err(format!("no recording of {stem}"))
    }
}

fn snapshot() -> Snapshot {
    let collected = collect(&Recording, &tables().expect("the tables are well-formed"));
    let bindings = stack_bindings(&Recording, "shop").expect("the recording has it");
    let scope = Scope {
        provider: "aws".into(),
        region: "eu-west-1".into(),
        collected_at: "2026-01-01T00:00:00Z".into(),
    };
    Snapshot::new(scope, collected, bindings)
}

#[test]
fn recorded_answers_become_the_expected_snapshot() {
    let (file, made) = (folder().join("expected.json"), snapshot().print());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &made).expect("testdata can be written");
    }
    assert_eq!(
        made,
        fs::read_to_string(&file).expect("the expected snapshot is there")
    );
}

fn property(snapshot: &Snapshot, resource_type: &str, path: &str) -> Option<Value> {
    let resources = snapshot.resources();
    let resource = resources
        .iter()
        .find(|resource| &*resource.resource_type == resource_type)?;
    path.split('.')
        .try_fold(resource.properties.clone(), |value, step| {
            value.get(step).cloned()
        })
}

#[test]
fn an_absent_block_is_no_block_and_a_denied_answer_is_unknown() {
    let snapshot = Snapshot::parse(&snapshot().print()).expect("what is printed is read");
    let block = property(
        &snapshot,
        "AWS::S3::Bucket",
        "PublicAccessBlockConfiguration.BlockPublicAcls",
    );
    assert_eq!(block.expect("a property").as_bool(), Some(false));
    let encryption = property(
        &snapshot,
        "AWS::S3::Bucket",
        "BucketEncryption.ServerSideEncryptionConfiguration",
    );
    assert!(encryption.expect("a property").as_unknown().is_some());
    assert_eq!(snapshot.denied.len(), 1);
    assert!(snapshot.denied[0].reason.contains("AccessDenied"));
    assert_eq!(snapshot.complete.len(), 4);
}

#[test]
fn every_source_of_a_permission_is_a_rule_of_its_own() {
    let ingress = property(
        &snapshot(),
        "AWS::EC2::SecurityGroup",
        "SecurityGroupIngress",
    )
    .expect("a property");
    let sources = ["CidrIp", "CidrIp", "CidrIpv6", "SourceSecurityGroupId"];
    let rules = ingress.as_list().expect("a list");
    assert_eq!(rules.len(), sources.len());
    for (rule, source) in rules.iter().zip(sources) {
        assert!(
            rule.get(source).is_some() && rule.get("FromPort").is_some(),
            "{rule:?} lacks {source}"
        );
    }
    assert!(
        !snapshot()
            .resources
            .iter()
            .any(|resource| resource.id.starts_with("AWSServiceRole"))
    );
}

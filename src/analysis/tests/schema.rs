//! The canonical schemas read back as their sources say.

use palisade_analysis::schema::{self, PropertyKind};
use palisade_model::Path;

fn at(resource_type: &str, path: &str) -> Result<String, String> {
    let schema = schema::lookup(resource_type).ok_or("no such type")?;
    let path: Path = path.parse().expect("the test writes paths that parse");
    schema
        .property(&path)
        .map(|property| format!("{:?}", property.kind))
        .map_err(|error| error.to_string())
}

#[test]
fn every_section_of_every_file_is_a_type_with_properties() {
    assert!(schema::types().count() > 700);
    for name in schema::types() {
        let schema = schema::lookup(name).expect("the index holds it");
        assert_eq!(schema.resource_type, name);
        assert!(
            !schema.root.children().is_empty() || name.starts_with("AWS::CloudFormation::"),
            "{name} is empty"
        );
    }
}

#[test]
fn paths_lead_through_lists_maps_and_nested_objects() {
    let path = "BucketEncryption.ServerSideEncryptionConfiguration[].ServerSideEncryptionByDefault.KMSMasterKeyID";
    assert_eq!(at("AWS::S3::Bucket", path), Ok("String".to_owned()));
    assert_eq!(
        at(
            "Microsoft.Storage/storageAccounts",
            "properties.networkAcls.ipRules[0].value"
        ),
        Ok("String".to_owned())
    );
    assert_eq!(
        at(
            "storage.googleapis.com/Bucket",
            "iamConfiguration.uniformBucketLevelAccess.enabled"
        ),
        Ok("Boolean".to_owned())
    );
    assert_eq!(
        at(
            "AWS::IAM::Role",
            "AssumeRolePolicyDocument.Statement[].Effect"
        ),
        Ok("Any".to_owned())
    );
}

#[test]
fn a_misspelt_property_is_told_with_the_nearest_name() {
    let wrong = at(
        "AWS::S3::Bucket",
        "BucketEncription.ServerSideEncryptionConfiguration",
    );
    assert_eq!(
        wrong,
        Err("there is no property `BucketEncription`; did you mean `BucketEncryption`?".to_owned())
    );
    let case = at(
        "Microsoft.Storage/storageAccounts",
        "properties.minimumTLSVersion",
    );
    assert_eq!(
        case,
        Err(
            "there is no property `minimumTLSVersion`; did you mean `minimumTlsVersion`?"
                .to_owned()
        )
    );
    assert!(
        at("AWS::S3::Bucket", "Tags.Key").is_err(),
        "a list has no names"
    );
}

#[test]
fn our_extensions_stand_beside_the_published_properties() {
    assert_eq!(
        at("AWS::S3::Bucket", "x:MfaDelete"),
        Ok("String".to_owned())
    );
    assert_eq!(
        at("AWS::S3::Bucket", "AccessControl"),
        Ok("String".to_owned())
    );
    assert_eq!(
        at("x.aws/AccountPasswordPolicy", "MinimumPasswordLength"),
        Ok("Integer".to_owned())
    );
}

#[test]
fn flags_values_and_targets_are_kept() {
    let bucket = schema::lookup("AWS::S3::Bucket").expect("it is in types.txt");
    let arn = bucket
        .property(&"Arn".parse().expect("a path"))
        .expect("a property");
    assert!(arn.read_only);
    let acl = bucket
        .property(&"AccessControl".parse().expect("a path"))
        .expect("a property");
    assert!(acl.values.contains(&"PublicRead"));
    let instance = schema::lookup("aws::ec2::instance").expect("letter case does not matter");
    let groups = instance
        .property(&"SecurityGroups[]".parse().expect("a path"))
        .expect("a property");
    assert_eq!(groups.refers_to, Some("AWS::EC2::SecurityGroup.Name"));
    assert!(matches!(groups.kind, PropertyKind::String));
}

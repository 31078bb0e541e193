//! Terraform tables: each is well-formed, each property it names exists, and what each does to a resource.

use std::collections::BTreeMap;

use palisade_analysis::embedded;
use palisade_analysis::lower::table::{self, Destination, Operation, Rule, Table};
use palisade_analysis::schema::{self, Schema};
use palisade_model::{Path, Segment};

#[test]
fn every_table_is_well_formed() {
    let wrong: Vec<_> = table::check_all()
        .filter_map(|(name, table)| table.err().map(|error| format!("{name}: {error}")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_property_of_a_table_is_in_the_canonical_schema() {
    let mut wrong = Vec::new();
    for (name, table) in table::check_all() {
        let Ok(table) = table else { continue };
        for resource_type in types_of(table) {
            let Some(schema) = schema::lookup(resource_type) else {
                wrong.push(format!("{name}: no schema of {resource_type}"));
                continue;
            };
            let mut check = Check {
                name,
                schema: &schema,
                wrong: &mut wrong,
            };
            let root = Path::default();
            for (_, rule) in table.rules() {
                check.rule(rule, &root);
            }
            let one_of_several = table.discriminate.is_some();
            for fan in table.fanout.iter().filter(|_| !one_of_several) {
                check.path(&fan.to.0, &root);
            }
            for entry in &table.defaults {
                for path in entry.properties() {
                    check.path(path, &root);
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_property_of_a_service_default_is_in_the_canonical_schema() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in embedded::DEFAULTS.files() {
        let types: BTreeMap<String, Vec<table::DefaultEntry>> = match file.read() {
            Ok(types) => types,
            Err(error) => {
                wrong.push(error);
                continue;
            }
        };
        for (resource_type, entries) in types {
            let Some(schema) = schema::lookup(&resource_type) else {
                wrong.push(format!("no schema of {resource_type}"));
                continue;
            };
            for entry in entries {
                count += 1;
                if !entry.source.starts_with("https://") {
                    wrong.push(format!("{resource_type}: a default without a source"));
                }
                let origins = entry.inherited_from.iter().map(|from| &from.0);
                for path in entry.properties().chain(origins) {
                    if let Err(error) = schema.property(path) {
                        wrong.push(format!("{resource_type} {path}: {error}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 0 || embedded::DEFAULTS.is_empty());
}

fn types_of(table: &Table) -> Vec<&str> {
    match (&table.satellite, &table.discriminate, &table.resource_type) {
        (Some(satellite), ..) => vec![&satellite.of],
        (_, Some(choice), _) => choice.types.values().map(|kind| &**kind).collect(),
        (_, _, Some(kind)) => vec![kind],
        _ => Vec::new(),
    }
}

struct Check<'a> {
    name: &'a str,
    schema: &'a Schema,
    wrong: &'a mut Vec<String>,
}

impl Check<'_> {
    fn rule(&mut self, rule: &Rule, base: &Path) {
        match rule {
            Rule::To(Destination(path)) => self.path(path, base),
            Rule::Many(rules) => rules.iter().for_each(|rule| self.rule(rule, base)),
            Rule::Operation(operation) => self.operation(operation, base),
        }
    }

    fn operation(&mut self, operation: &Operation, base: &Path) {
        if let Some(emit) = &operation.emit {
            let Some(schema) = schema::lookup(&emit.resource_type) else {
                self.wrong.push(format!(
                    "{}: no schema of {}",
                    self.name, emit.resource_type
                ));
                return;
            };
            // Children that share a type have the properties of all of them.
            if emit.resource_type.ends_with("/config") {
                return;
            }
            let mut inner = Check {
                name: self.name,
                schema: &schema,
                wrong: self.wrong,
            };
            return inner.content(operation, &Path::default());
        }
        // One table of two types names properties of either.
        if operation.when.contains_key("type") {
            return;
        }
        self.content(operation, base);
    }

    fn content(&mut self, operation: &Operation, base: &Path) {
        let mut base = base.clone();
        if let Some(Destination(path)) = &operation.to {
            self.path(path, &base);
            base = base.concat(path);
        }
        if let Some(capture) = &operation.capture {
            for Destination(path) in capture.to.values() {
                self.path(path, &base);
            }
        }
        if operation.key_by.is_some() {
            base = base.join(Segment::Each);
        }
        for rule in operation.fields.values() {
            self.rule(rule, &base);
        }
        for fan in &operation.fanout {
            self.path(&fan.to.0, &base);
        }
    }

    fn path(&mut self, path: &Path, base: &Path) {
        let full = base.concat(path);
        if let Err(error) = self.schema.property(&full) {
            self.wrong.push(format!(
                "{}: {} {full}: {error}",
                self.name, self.schema.resource_type
            ));
        }
    }
}

mod pairs {
    //! The same design in Terraform and in the provider's own language is the same resources.

    use std::collections::BTreeMap;
    use std::path::{Path as FilePath, PathBuf};
    use std::sync::Arc;

    use palisade_analysis::discover::{Project, ProjectKind};
    use palisade_analysis::lang::{self, Context, Inputs};
    use palisade_analysis::system::{OsSystem, Sources};
    use palisade_analysis::{fold, link, lower};
    use palisade_model::{
        Address, Graph, Kind, Language, Map, Origin, Reference, Resource, Target, Value,
    };
    use serde_json::{Value as Json, json};

    #[test]
    fn terraform_and_native_templates_of_one_design_are_the_same_resources() {
        let folder = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/lower");
        let mut cases: Vec<_> = std::fs::read_dir(&folder)
            .expect("testdata/lower is a folder")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.is_dir())
            .collect();
        cases.sort();
        assert!(!cases.is_empty());
        let mut wrong = Vec::new();
        for case in cases {
            let terraform = shown(&graph(declared(&case.join("declared.json"))));
            let native = shown(&graph(native(&case)));
            if terraform != native {
                let name = case
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                wrong.push(format!(
                    "{name}\n terraform {terraform:#}\n native    {native:#}"
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    pub(super) fn graph(resources: Vec<Arc<Resource>>) -> Graph {
        link::link(fold::fold(lower::lower(resources).resources))
    }

    /// What the native template of a case declares.
    fn native(case: &FilePath) -> Vec<Arc<Resource>> {
        let (kind, file) = [
            (ProjectKind::CloudFormation, "template.yaml"),
            (ProjectKind::Bicep, "main.bicep"),
            (ProjectKind::Arm, "azuredeploy.json"),
        ]
        .into_iter()
        .map(|(kind, name)| (kind, case.join(name)))
        .find(|(_, path)| path.exists())
        .expect("a native template");
        let root = file.canonicalize().expect("the template is there");
        let roots: Vec<PathBuf> = root
            .parent()
            .map(FilePath::to_path_buf)
            .into_iter()
            .collect();
        let system = OsSystem;
        let sources = Sources::default();
        let inputs = Inputs::default();
        let context = Context {
            system: &system,
            sources: &sources,
            roots: &roots,
            inputs: &inputs,
        };
        lang::evaluate(&Project { kind, root }, &context).resources
    }

    /// Resources as the Terraform front end gives them: address to attributes, `{"$ref": "address.attribute"}`.
    fn declared(file: &FilePath) -> Vec<Arc<Resource>> {
        let text = std::fs::read_to_string(file).expect("declared.json is there");
        resources(&serde_json::from_str(&text).expect("declared.json is JSON"))
    }

    pub(super) fn resources(json: &Json) -> Vec<Arc<Resource>> {
        json.as_object()
            .into_iter()
            .flatten()
            .map(|(address, attributes)| {
                let address = Address::parse(address).expect("an address");
                let kind = address.resource_type.clone();
                let made = Resource::new(address, kind, Language::Terraform, value(attributes));
                Arc::new(made)
            })
            .collect()
    }

    fn value(json: &Json) -> Value {
        if let Some(text) = json.get("$ref").and_then(Json::as_str) {
            let (address, attribute) = text.rsplit_once('.').expect("address.attribute");
            return Value::bare(Reference {
                target: Target::Address(Address::parse(address).expect("an address")),
                attribute: attribute.into(),
            });
        }
        if let Some(text) = json.get("$unknown").and_then(Json::as_str) {
            return Value::bare(palisade_model::Reason::NoValue(text.into()));
        }
        match json {
            Json::Null => Value::null(),
            Json::Bool(known) => Value::bare(*known),
            Json::Number(number) => Value::bare(number.as_f64().unwrap_or_default()),
            Json::String(text) => Value::bare(text.as_str()),
            Json::Array(items) => Value::bare(items.iter().map(value).collect::<Vec<_>>()),
            Json::Object(entries) => Value::new(
                entries
                    .iter()
                    .map(|(key, inner)| (Arc::from(key.as_str()), value(inner)))
                    .collect::<Map>(),
                Origin::default(),
            ),
        }
    }

    /// Type and properties of all resources; a reference is shown by the type it leads to.
    fn shown(graph: &Graph) -> Json {
        let mut all: Vec<Json> = graph
            .resources()
            .map(|(_, resource)| {
                json!([&*resource.resource_type, plain(&resource.properties, graph)])
            })
            .collect();
        all.sort_by_key(Json::to_string);
        Json::Array(all)
    }

    fn plain(value: &Value, graph: &Graph) -> Json {
        match &value.kind {
            Kind::Null => Json::Null,
            Kind::Bool(known) => json!(known),
            Kind::Number(number) => json!(number.as_f64()),
            Kind::String(text) => json!(&**text),
            Kind::List(items) => items.iter().map(|item| plain(item, graph)).collect(),
            Kind::Map(entries) => {
                let sorted: BTreeMap<_, _> = entries
                    .iter()
                    .filter(|(_, inner)| !inner.is_null())
                    .map(|(key, inner)| (key.to_string(), plain(inner, graph)))
                    .collect();
                json!(sorted)
            }
            Kind::Encoded(encoded) => plain(&encoded.value, graph),
            Kind::Reference(reference) => match &reference.target {
                Target::Address(address) => json!({
                    "$ref": graph.find(address).map(|id| graph.resource(id).resource_type.to_string())
                }),
                Target::External(text) => json!({ "$external": &**text }),
            },
            Kind::Template(parts) => {
                json!({ "$text": parts.iter().map(|part| plain(part, graph)).collect::<Vec<_>>() })
            }
            Kind::Unknown(unknown) => json!({ "$unknown": unknown.reason.to_string() }),
        }
    }
}

mod behavior {
    //! Folding, linking and defaults.

    use std::sync::Arc;

    use palisade_analysis::lower::{backward, default_of};
    use palisade_model::{Graph, Kind, Lookup, OriginKind, Path, Resource, Value};
    use serde_json::{Value as Json, json};

    use super::pairs;

    fn graph(json: Json) -> Graph {
        pairs::graph(pairs::resources(&json))
    }

    fn of_type<'a>(graph: &'a Graph, kind: &str) -> Vec<&'a Resource> {
        let ids = graph.of_type(kind);
        ids.iter().map(|&id| graph.resource(id)).collect()
    }

    fn path(text: &str) -> Path {
        text.parse().expect("a path")
    }

    #[track_caller]
    fn check(resource: &Resource, at: &str, expected: Json) {
        let found = match resource.properties.lookup(&path(at)) {
            Lookup::Known(value) => text(value),
            Lookup::Unset(_) => "unset".to_owned(),
            Lookup::Unknown(_, unknown) => unknown.reason.to_string(),
        };
        let expected = expected
            .as_str()
            .map_or_else(|| expected.to_string(), str::to_owned);
        assert_eq!(found, expected, "{at}");
    }

    fn text(value: &Value) -> String {
        match &value.kind {
            Kind::Bool(known) => known.to_string(),
            Kind::Number(number) => number.to_string(),
            Kind::String(text) => text.to_string(),
            Kind::List(items) => items.len().to_string(),
            other => format!("{other:?}"),
        }
    }

    #[track_caller]
    fn check_default(resource: &Resource, at: &str, expected: Option<(Json, OriginKind)>) {
        let found = default_of(resource, &path(at));
        let found = found.map(|default| (text(&Value::bare(default.kind)), default.layer));
        let expected = expected.map(|(value, layer)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (value, layer)
        });
        assert_eq!(found, expected, "{at}");
    }

    const BUCKET: &str = "AWS::S3::Bucket";

    #[test]
    fn a_satellite_joins_its_parent_by_reference_and_by_literal_name() {
        for join in [
            json!({ "$ref": "aws_s3_bucket.b.id" }),
            json!("logs"),
            json!("arn:aws:s3:::logs"),
        ] {
            let graph = graph(json!({
                "aws_s3_bucket.b": { "bucket": "logs" },
                "aws_s3_bucket.other": { "bucket": "other" },
                "aws_s3_bucket_acl.b": { "bucket": join, "acl": "public-read" },
            }));
            let buckets = of_type(&graph, BUCKET);
            assert_eq!(buckets.len(), 2);
            check(buckets[0], "AccessControl", json!("PublicRead"));
            check(buckets[1], "AccessControl", json!("unset"));
        }
    }

    #[test]
    fn a_satellite_joins_its_parent_where_both_names_rest_on_one_unknown() {
        let graph = graph(json!({
            "aws_s3_bucket.b": { "bucket": { "$unknown": "var.name" } },
            "aws_s3_bucket_acl.b": { "bucket": { "$unknown": "var.name" }, "acl": "private" },
        }));
        check(
            of_type(&graph, BUCKET)[0],
            "AccessControl",
            json!("Private"),
        );
    }

    #[test]
    fn a_satellite_of_an_unknown_parent_leaves_its_property_unknown_in_all() {
        let graph = graph(json!({
            "aws_s3_bucket.b": { "bucket": "logs" },
            "aws_s3_bucket_public_access_block.b": { "bucket": { "$unknown": "var.name" }, "block_public_acls": true },
        }));
        let buckets = of_type(&graph, BUCKET);
        assert_eq!(buckets.len(), 2);
        let default = default_of(
            buckets[0],
            &path("PublicAccessBlockConfiguration.BlockPublicAcls"),
        );
        assert!(matches!(
            default.map(|default| default.kind),
            Some(Kind::Unknown(_))
        ));
        check(
            buckets[1],
            "PublicAccessBlockConfiguration.BlockPublicAcls",
            json!(true),
        );
    }

    #[test]
    fn a_satellite_of_a_parent_elsewhere_knows_only_what_it_says() {
        let graph = graph(json!({
            "aws_s3_bucket_public_access_block.b": { "bucket": "elsewhere", "block_public_acls": true },
        }));
        let buckets = of_type(&graph, BUCKET);
        check(
            buckets[0],
            "PublicAccessBlockConfiguration.BlockPublicAcls",
            json!(true),
        );
        check_default(
            buckets[0],
            "PublicAccessBlockConfiguration.IgnorePublicAcls",
            Some((json!(false), OriginKind::LanguageDefault)),
        );
        let default = default_of(buckets[0], &path("ObjectLockEnabled"));
        assert!(matches!(
            default.map(|default| default.kind),
            Some(Kind::Unknown(_))
        ));
    }

    #[test]
    fn a_default_depends_on_the_sibling_that_is_there() {
        let absent = graph(json!({ "aws_s3_bucket.b": { "bucket": "logs" } }));
        let property = "PublicAccessBlockConfiguration.BlockPublicAcls";
        let service = OriginKind::ServiceDefault;
        check_default(
            of_type(&absent, BUCKET)[0],
            property,
            Some((json!(true), service)),
        );
        let present = graph(json!({
            "aws_s3_bucket.b": { "bucket": "logs" },
            "aws_s3_bucket_public_access_block.b": { "bucket": { "$ref": "aws_s3_bucket.b.id" } },
        }));
        let language = OriginKind::LanguageDefault;
        check_default(
            of_type(&present, BUCKET)[0],
            property,
            Some((json!(false), language)),
        );
    }

    #[test]
    fn a_property_that_comes_from_a_snapshot_is_not_known() {
        let restored = graph(json!({
            "aws_db_instance.new": { "identifier": "new" },
            "aws_db_instance.old": { "identifier": "old", "snapshot_identifier": "before-migration" },
        }));
        let databases = of_type(&restored, "AWS::RDS::DBInstance");
        let language = OriginKind::LanguageDefault;
        check_default(
            databases[0],
            "StorageEncrypted",
            Some((json!(false), language)),
        );
        let default = default_of(databases[1], &path("StorageEncrypted"));
        let Some(Kind::Unknown(unknown)) = default.map(|default| default.kind) else {
            panic!("what the snapshot has is not known");
        };
        assert_eq!(
            unknown.reason.to_string(),
            "`StorageEncrypted` of what `DBSnapshotIdentifier` names is read from the cloud"
        );
    }

    #[test]
    fn a_key_is_absent_unless_it_is_that_of_a_snapshot() {
        let clusters = graph(json!({
            "aws_rds_cluster.new": { "cluster_identifier": "new" },
            "aws_rds_cluster.old": { "cluster_identifier": "old", "snapshot_identifier": "before-migration" },
        }));
        let kind = |at: usize| {
            let cluster = of_type(&clusters, "AWS::RDS::DBCluster")[at];
            default_of(cluster, &path("KmsKeyId")).map(|default| default.kind)
        };
        assert_eq!(kind(0), Some(Kind::Null));
        assert!(matches!(kind(1), Some(Kind::Unknown(_))));
    }

    #[test]
    fn a_default_is_not_known_where_a_snapshot_or_a_template_decides() {
        let cases = [
            (
                "aws_ebs_volume",
                "snapshot_id",
                "AWS::EC2::Volume",
                "Encrypted",
            ),
            (
                "aws_db_instance",
                "snapshot_identifier",
                "AWS::RDS::DBInstance",
                "StorageEncrypted",
            ),
            (
                "aws_db_instance",
                "replicate_source_db",
                "AWS::RDS::DBInstance",
                "StorageEncrypted",
            ),
            (
                "aws_rds_cluster",
                "snapshot_identifier",
                "AWS::RDS::DBCluster",
                "StorageEncrypted",
            ),
            (
                "aws_docdb_cluster",
                "snapshot_identifier",
                "AWS::DocDB::DBCluster",
                "StorageEncrypted",
            ),
            (
                "aws_neptune_cluster",
                "snapshot_identifier",
                "AWS::Neptune::DBCluster",
                "StorageEncrypted",
            ),
            (
                "aws_instance",
                "launch_template",
                "AWS::EC2::Instance",
                "Monitoring",
            ),
            (
                "aws_instance",
                "launch_template",
                "AWS::EC2::Instance",
                "MetadataOptions.HttpTokens",
            ),
        ];
        for (declared, source, canonical, property) in cases {
            let kind = |attributes: Json| {
                let graph = graph(json!({ format!("{declared}.it"): attributes }));
                default_of(of_type(&graph, canonical)[0], &path(property))
                    .map(|default| default.kind)
            };
            let plain = kind(json!({}));
            assert!(
                plain
                    .as_ref()
                    .is_some_and(|kind| !matches!(kind, Kind::Unknown(_))),
                "{declared}: {property} is {plain:?}"
            );
            let block = source == "launch_template";
            let value = if block {
                json!([{ "name": "web" }])
            } else {
                json!("orders")
            };
            let inherited = kind(json!({ source: value }));
            assert!(
                matches!(inherited, Some(Kind::Unknown(_))),
                "{declared} with {source}: {property} is {inherited:?}"
            );
        }
    }

    #[test]
    fn a_default_follows_the_version_of_the_provider() {
        let property = "properties.allowBlobPublicAccess";
        for (version, expected) in [
            (Some("= 4.1.0"), Some(true)),
            (Some("~> 4.0"), Some(true)),
            (Some("~> 5.0"), Some(false)),
            (Some(">= 3.50, < 5"), Some(true)),
            (Some("2.99.0"), Some(false)),
            (Some(">= 4.0"), None),
            (None, None),
        ] {
            let mut resources = pairs::resources(&json!({
                "azurerm_storage_account.a": { "name": "a" },
            }));
            Arc::make_mut(&mut resources[0]).provider = Some(palisade_model::Provider {
                source: "hashicorp/azurerm".into(),
                alias: None,
                version: version.map(Into::into),
            });
            let graph = pairs::graph(resources);
            let account = of_type(&graph, "Microsoft.Storage/storageAccounts")[0];
            let kind = default_of(account, &path(property)).map(|default| default.kind);
            match expected {
                Some(value) => assert_eq!(kind, Some(Kind::Bool(value)), "{version:?}"),
                None => {
                    let Some(Kind::Unknown(unknown)) = kind else {
                        panic!("{version:?}: {kind:?}");
                    };
                    assert_eq!(unknown.candidates.len(), 2, "{version:?}");
                }
            }
        }
    }

    #[test]
    fn a_block_with_several_ranges_is_as_many_rules() {
        let graph = graph(json!({
            "aws_security_group.g": { "ingress": [{
                "from_port": 22, "to_port": 22, "protocol": "tcp",
                "cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"], "self": true,
            }] },
            "aws_security_group_rule.r": {
                "type": "ingress", "security_group_id": { "$ref": "aws_security_group.g.id" },
                "from_port": 80, "to_port": 80, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"],
            },
        }));
        let group = of_type(&graph, "AWS::EC2::SecurityGroup")[0];
        check(group, "SecurityGroupIngress", json!("4"));
        check(group, "SecurityGroupIngress[1].CidrIp", json!("0.0.0.0/0"));
        check(group, "SecurityGroupIngress[3].FromPort", json!(80));
        let language = OriginKind::LanguageDefault;
        check_default(group, "SecurityGroupEgress", Some((json!("0"), language)));
    }

    #[test]
    fn references_and_literal_ids_are_edges_with_labels() {
        let graph = graph(json!({
            "aws_kms_key.k": {},
            "aws_iam_role.r": { "name": "app" },
            "aws_lambda_function.f": {
                "function_name": "f",
                "role": "arn:aws:iam::123456789012:role/service/app",
                "kms_key_arn": { "$ref": "aws_kms_key.k.arn" },
            },
        }));
        let function = graph.of_type("AWS::Lambda::Function")[0];
        let edges: Vec<_> = graph
            .edges_from(function)
            .map(|edge| (edge.label.to_string(), edge.path.to_string()))
            .collect();
        assert!(
            edges.contains(&("encrypts_with".into(), "KmsKeyArn".into())),
            "{edges:?}"
        );
        assert!(
            edges.contains(&("assumes".into(), "Role".into())),
            "{edges:?}"
        );
    }

    #[test]
    fn a_property_is_placed_where_terraform_writes_it() {
        let graph = graph(json!({
            "azurerm_storage_account.a": { "name": "a" },
            "aws_s3_bucket.b": { "bucket": "b" },
            "aws_instance.i": {},
        }));
        let account = of_type(&graph, "Microsoft.Storage/storageAccounts")[0];
        let placed = backward(
            account,
            &path("properties.publicNetworkAccess"),
            None,
            &Value::bare("Disabled"),
        );
        let placed = placed.expect("a placement");
        assert_eq!(&*placed.attribute, "public_network_access_enabled");
        assert_eq!(placed.value.as_bool(), Some(false));
        let instance = of_type(&graph, "AWS::EC2::Instance")[0];
        let placed = backward(
            instance,
            &path("MetadataOptions.HttpTokens"),
            None,
            &Value::bare("required"),
        );
        let placed = placed.expect("a placement");
        assert_eq!(placed.open, ["metadata_options".into()]);
        assert_eq!(&*placed.attribute, "http_tokens");
    }

    #[test]
    fn scalars_have_the_type_of_their_property() {
        let graph = graph(json!({
            "aws_db_instance.d": { "storage_encrypted": "true", "backup_retention_period": "7", "engine_version": 15 },
        }));
        let database = of_type(&graph, "AWS::RDS::DBInstance")[0];
        let at = |name: &str| {
            database
                .properties
                .get(name)
                .map(|value| value.kind.clone())
        };
        assert_eq!(at("StorageEncrypted"), Some(Kind::Bool(true)));
        assert_eq!(at("BackupRetentionPeriod"), Some(Kind::from(7_i64)));
        assert_eq!(at("EngineVersion"), Some(Kind::from("15")));
    }

    #[test]
    fn a_value_keeps_its_place_and_names_its_satellite() {
        let file = palisade_model::FileId::new(0);
        let span = |start, end| palisade_model::Span::new(file, start, end);
        let mut resources = pairs::resources(&json!({
            "aws_s3_bucket.b": { "bucket": "logs" },
            "aws_s3_bucket_acl.b": { "bucket": "logs", "acl": "public-read" },
        }));
        let acl = resources
            .iter_mut()
            .find(|one| &*one.declared_type == "aws_s3_bucket_acl")
            .expect("the satellite");
        let acl = Arc::make_mut(acl);
        acl.header = Some(span(0, 30));
        let Kind::Map(map) = &mut acl.properties.kind else {
            panic!("attributes are a map");
        };
        let map = Arc::make_mut(map);
        let acl = map.get_mut("acl").expect("it is written above");
        acl.origin = palisade_model::Origin::literal(span(60, 73), span(54, 73));
        let graph = pairs::graph(resources);
        let value = of_type(&graph, BUCKET)[0]
            .properties
            .get("AccessControl")
            .expect("a value");
        assert_eq!(value.origin.mark(), Some(span(54, 73)));
        assert_eq!(value.origin.span, Some(span(60, 73)));
        let labels: Vec<_> = value
            .origin
            .frames()
            .map(|frame| frame.label.to_string())
            .collect();
        assert_eq!(labels, ["aws_s3_bucket_acl.b"]);
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        let mut value = json!({});
        for _ in 0..100 {
            value = json!({ "statement": [value] });
        }
        let graph = graph(json!({ "aws_wafv2_web_acl.w": { "rule": [value] } }));
        assert_eq!(graph.len(), 1);
    }
}

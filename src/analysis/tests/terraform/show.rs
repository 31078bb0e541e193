//! Plans in JSON and states: `testdata/plan`.

use std::path::Path;

use palisade_analysis::discover::ProjectKind;
use palisade_analysis::lang::Inputs;
use palisade_analysis::system::{OsSystem, System};
use palisade_model::{OMITTED, Presence};
use serde_json::json;

use super::{Evaluated, run};

fn evaluated(kind: ProjectKind, file: &str) -> Evaluated {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/plan");
    let folder = OsSystem.canonicalize(&folder).expect("the folder");
    run(
        &OsSystem,
        kind,
        &folder.join(file),
        std::slice::from_ref(&folder),
        &Inputs::default(),
    )
}

const DATABASE: &str = "module.db[\"a\"].aws_db_instance.this";

#[test]
fn a_plan_gives_what_will_be_there() {
    let made = evaluated(ProjectKind::TerraformPlan, "alone/plan.json");
    assert_eq!(made.messages(), Vec::<String>::new());
    assert_eq!(
        made.addresses(),
        [
            "aws_ssm_parameter.key",
            "data.aws_caller_identity.me",
            DATABASE
        ]
    );
    let identity = made.resource("data.aws_caller_identity.me");
    assert_eq!(identity.presence, Presence::External);
    assert_eq!(
        made.json(DATABASE, "arn"),
        json!({"$unknown": format!("{DATABASE}.arn is known only after deployment")})
    );
    let public = made.property(DATABASE, "publicly_accessible");
    assert_eq!(public.as_bool(), Some(true));
    assert_eq!(
        made.source(public.origin.entry),
        "\"publicly_accessible\": true"
    );
}

#[test]
fn what_a_plan_or_state_marks_is_sensitive() {
    let plan = evaluated(ProjectKind::TerraformPlan, "alone/plan.json");
    assert!(plan.property(DATABASE, "password").sensitive);
    assert!(!plan.property(DATABASE, "identifier").sensitive);
    assert!(!plan.property("aws_ssm_parameter.key", "tags.0").sensitive);
    assert!(plan.property("aws_ssm_parameter.key", "tags.1").sensitive);
    let state = evaluated(ProjectKind::TerraformState, "state/terraform.tfstate");
    assert!(state.property(DATABASE, "password").sensitive);
    assert!(!state.property(DATABASE, "identifier").sensitive);
    let variable = |name: &str| {
        let path = format!("environment.0.variables.{name}");
        state
            .property("aws_lambda_function.job[\"b\"]", &path)
            .sensitive
    };
    assert!(variable("KEY"));
    assert!(!variable("PLAIN"));
    // What an older Terraform does not mark, its name says.
    let cluster = |name: &str| state.property("aws_redshift_cluster.old", name).sensitive;
    assert!(cluster("master_password"));
    assert!(!cluster("cluster_identifier"));
}

#[test]
fn a_state_gives_the_resources_of_the_plan() {
    let plan = evaluated(ProjectKind::TerraformPlan, "alone/plan.json");
    let state = evaluated(ProjectKind::TerraformState, "state/terraform.tfstate");
    assert_eq!(
        state.addresses(),
        [
            "aws_lambda_function.job[\"b\"]",
            "aws_redshift_cluster.old",
            "aws_ssm_parameter.key[0]",
            "data.aws_region.here",
            DATABASE
        ]
    );
    assert_eq!(
        state.json("aws_lambda_function.job[\"b\"]", "function_name"),
        json!("job")
    );
    for property in ["engine", "identifier", "publicly_accessible"] {
        assert_eq!(
            state.json(DATABASE, property),
            plan.json(DATABASE, property)
        );
    }
    assert_eq!(
        state.json(DATABASE, "arn"),
        json!("arn:aws:rds:eu-central-1:111122223333:db:orders")
    );
}

#[test]
fn a_plan_beside_its_configuration_points_into_it() {
    let made = evaluated(ProjectKind::TerraformPlan, "beside/plan.json");
    let public = made.property(DATABASE, "publicly_accessible");
    assert_eq!(public.as_bool(), Some(true));
    assert_eq!(
        made.source(public.origin.entry),
        "publicly_accessible = var.public"
    );
    let frames = public.origin.frames();
    let places: Vec<String> = frames.map(|it| made.source(Some(it.span))).collect();
    assert!(places.contains(&"public   = each.value".to_owned()));
    let header = made.resource(DATABASE).header;
    assert_eq!(made.source(header), "resource \"aws_db_instance\" \"this\"");
    // What only the plan knows stands at the block that leaves it out, what comes later is what the configuration refers to.
    assert_eq!(made.json(DATABASE, "engine"), json!("postgres"));
    assert_eq!(
        made.json(DATABASE, "kms_key_id"),
        json!({"$ref": "module.db[\"a\"].aws_kms_key.main", "attr": "arn"})
    );
    // Nothing in the configuration is called so: it stays in the plan.
    let parameter = made.property("aws_ssm_parameter.key", "type");
    assert_eq!(made.source(parameter.origin.entry), "\"type\": \"String\"");
}

#[test]
fn what_changes_leave_out_is_in_the_planned_values() {
    let made = evaluated(ProjectKind::TerraformPlan, "rest/plan.json");
    assert_eq!(made.messages(), Vec::<String>::new());
    let trimmed = "aws_db_instance.trimmed";
    assert_eq!(made.json(trimmed, "engine"), json!("postgres"));
    assert!(made.property(trimmed, "password").sensitive);
    assert_eq!(
        made.json(trimmed, "storage_encrypted"),
        json!({"$unknown": "aws_db_instance.trimmed.storage_encrypted is known only after deployment"})
    );
    assert_eq!(
        made.json("aws_sqs_queue.whole", "name"),
        json!("of the change")
    );
    let only = "module.m.module.n.aws_db_instance.only";
    let public = made.property(only, "publicly_accessible");
    assert_eq!(
        made.source(public.origin.entry),
        "\"publicly_accessible\": true"
    );
    assert!(made.property(only, "username").sensitive);
    assert!(made.resource(only).meta.get(OMITTED).is_some());
    assert!(made.resource(trimmed).meta.get(OMITTED).is_none());
}

#[test]
fn data_sources_that_were_read_are_in_the_prior_state() {
    let made = evaluated(ProjectKind::TerraformPlan, "rest/plan.json");
    assert_eq!(
        made.addresses(),
        [
            "aws_db_instance.trimmed",
            "aws_sqs_queue.whole",
            "data.aws_caller_identity.later",
            "data.aws_region.here",
            "module.m.data.aws_ami.image[\"a\"]",
            "module.m.module.n.aws_db_instance.only",
        ]
    );
    let region = made.property("data.aws_region.here", "name");
    assert_eq!(
        made.source(region.origin.entry),
        "\"name\": \"eu-central-1\""
    );
    assert_eq!(
        made.resource("data.aws_region.here").presence,
        Presence::External
    );
    // What is read later is as the change says, whatever it was before.
    let later = made.property("data.aws_caller_identity.later", "account_id");
    assert!(later.as_unknown().is_some());
    assert!(
        made.property("module.m.data.aws_ami.image[\"a\"]", "owners.0")
            .sensitive
    );
}

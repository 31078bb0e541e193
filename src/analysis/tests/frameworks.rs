//! The catalogues hold together, and controls are judged in five states.

use std::collections::BTreeSet;

use palisade_analysis::frameworks::{
    Assessment, Outcome, Verdicts, assess, framework, frameworks, objectives, summarize,
};
use palisade_analysis::rules::RuleSet;

#[test]
fn every_framework_names_only_objectives_there_are() {
    let known = objectives().expect("objectives.yaml is well-formed");
    let rules = RuleSet::embedded();
    for id in frameworks() {
        let framework = framework(id)
            .expect("it is listed")
            .expect("it is well-formed");
        assert_eq!(framework.id, id);
        let mut seen = BTreeSet::new();
        for control in &framework.controls {
            let name = format!("{id} {}", control.id);
            assert!(seen.insert(&control.id), "{name} stands there twice");
            assert!(
                control.title.split_whitespace().count() <= 10,
                "the title of {name} is too long"
            );
            for objective in &control.objectives {
                assert!(
                    known.contains_key(objective),
                    "{name} names the objective {objective}"
                );
            }
            for rule in &control.rules {
                assert!(rules.find(rule).is_some(), "{name} names the rule {rule}");
            }
            let judged = !control.objectives.is_empty() || !control.rules.is_empty();
            assert!(
                control.assess == Assessment::Manual || judged || control.gap,
                "{name} has no rule and no gap"
            );
        }
    }
}

fn verdicts(objective: &str, passed: usize, failed: usize, undecided: usize) -> Verdicts {
    let (rule_id, objectives) = ("a-rule".to_owned(), vec![objective.to_owned()]);
    Verdicts {
        rule_id,
        objectives,
        passed,
        failed,
        undecided,
        not_evidenced: false,
    }
}

fn outcome(control: &str, said: &[Verdicts]) -> Outcome {
    let framework = framework("kvkk-2024")
        .expect("it is there")
        .expect("it is well-formed");
    let results = assess(&framework, said);
    assert_eq!(
        summarize(&results).pass + summarize(&results).fail,
        results
            .iter()
            .filter(|r| matches!(r.outcome, Outcome::Pass | Outcome::Fail))
            .count()
    );
    results
        .iter()
        .find(|result| result.control.id == control)
        .expect("the control is there")
        .outcome
}

#[test]
fn a_control_is_passed_only_by_resources_that_passed() {
    assert_eq!(
        outcome("T7", &[verdicts("enc.at-rest", 3, 0, 0)]),
        Outcome::Pass
    );
    assert_eq!(
        outcome("T7", &[verdicts("enc.at-rest", 3, 1, 5)]),
        Outcome::Fail
    );
    assert_eq!(
        outcome("T7", &[verdicts("enc.at-rest", 3, 0, 1)]),
        Outcome::NotEvidenced
    );
    assert_eq!(
        outcome("T7", &[verdicts("enc.at-rest", 0, 0, 0)]),
        Outcome::NotApplicable
    );
    assert_eq!(outcome("T7", &[]), Outcome::NotEvidenced);
    assert_eq!(
        outcome("I9", &[verdicts("enc.at-rest", 3, 0, 0)]),
        Outcome::Manual
    );
    let account = Verdicts {
        not_evidenced: true,
        ..verdicts("monitor.threat-detection", 0, 0, 0)
    };
    assert_eq!(outcome("T9", &[account]), Outcome::NotEvidenced);
}

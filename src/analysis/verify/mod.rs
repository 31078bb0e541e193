//! Verify: the mechanical tests of a rule file, for `palisade rules test` and for the rules of the product alike.
//!
//! For every file: its paths are in the schema, its objectives exist, every language that can express its types has examples; each
//! bad example gives exactly one finding at its mark and each good one none; the languages of a case lower alike; an unknown in
//! place of the deciding value leaves the rule undecided; the fix mends the example and nothing else; the rules it follows from are
//! there, no less severe, and mark the same text; in each language one good example is judged, and not only passed over.

mod alike;
mod coverage;
mod implied;
mod mended;
mod stage;
mod unknowing;

use std::collections::BTreeMap;

use palisade_model::Language;

use crate::rules::{Example, RuleFile, RuleSet};
use stage::Run;

/// One test of a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// `bad public-read terraform`, `schema`.
    pub name: String,
    /// What is wrong; none where it passes.
    pub failure: Option<String>,
}

/// Runs every test of a rule file. The set holds the rules that it may name.
pub fn verify(file: &RuleFile, rules: &RuleSet) -> Vec<Test> {
    let mut tests = Tests(Vec::new());
    let problems: Vec<_> = file
        .diagnostics
        .iter()
        .map(|problem| match problem.span {
            Some(span) => {
                let place = file.source.line_column(span.start);
                format!("{}:{}: {}", place.line, place.column, problem.message)
            }
            None => problem.message.clone(),
        })
        .collect();
    tests.push("reads", (!problems.is_empty()).then(|| problems.join("\n")));
    if !problems.is_empty() {
        return tests.0;
    }
    let unknown: Vec<_> = file.rule.types_without_schema().collect();
    tests.push(
        "schema",
        (!unknown.is_empty()).then(|| format!("there is no schema of {}", unknown.join(", "))),
    );
    tests.push("objectives", coverage::objectives(&file.rule));
    tests.push("implied_by", implied::check(&file.rule, rules));
    tests.push("languages", coverage::languages(&file.rule));
    for (name, example) in &file.rule.examples.bad {
        tests.bad(file, name, example);
    }
    let mut passes: BTreeMap<Language, bool> = BTreeMap::new();
    for (name, example) in &file.rule.examples.good {
        for (language, has_passed) in tests.good(file, name, example) {
            *passes.entry(language).or_default() |= has_passed;
        }
    }
    tests.push("near misses", without_near_miss(file, &passes));
    tests.0
}

/// The languages in which the rule fails an example and is never applied to one that passes.
fn without_near_miss(file: &RuleFile, passes: &BTreeMap<Language, bool>) -> Option<String> {
    let bad = &file.rule.examples.bad;
    let fails = |language: &Language| bad.values().any(|it| it.texts.contains_key(language));
    let idle: Vec<String> = passes
        .iter()
        .filter(|(language, has_passed)| !**has_passed && fails(language))
        .map(|(language, _)| language.to_string())
        .collect();
    (!idle.is_empty()).then(|| format!("no good example is judged in {}", idle.join(", ")))
}

struct Tests(Vec<Test>);

impl Tests {
    fn push(&mut self, name: impl Into<String>, failure: Option<String>) {
        self.0.push(Test {
            name: name.into(),
            failure,
        });
    }

    fn bad(&mut self, file: &RuleFile, name: &str, example: &Example) {
        let mut runs = Vec::new();
        for (language, files) in &example.texts {
            let run = Run::of(*language, files, &file.rule);
            let case = format!("bad {name} {language}");
            let failure = run
                .problem()
                .or_else(|| one_at_mark(&run, example, *language));
            let holds = failure.is_none();
            self.push(case.as_str(), failure);
            if holds {
                self.push(
                    format!("{case} unknown"),
                    unknowing::check(&run, &file.rule),
                );
                if !file.rule.remediation.set.is_empty() {
                    self.push(format!("{case} fix"), mended::check(&run, &file.rule));
                }
            }
            runs.push(run);
        }
        self.same(&format!("bad {name}"), example, file, &runs);
    }

    /// The languages, and whether the rule passed a resource in each: one that it does not apply to is no near miss.
    fn good(&mut self, file: &RuleFile, name: &str, example: &Example) -> Vec<(Language, bool)> {
        let mut runs = Vec::new();
        for (language, files) in &example.texts {
            let run = Run::of(*language, files, &file.rule);
            let failure = run.problem().or_else(|| none(&run, file));
            self.push(format!("good {name} {language}"), failure);
            runs.push(run);
        }
        self.same(&format!("good {name}"), example, file, &runs);
        let tally = |run: &Run| run.checked.tallies.get(&file.rule.id).copied();
        let has_passed = |run: &Run| tally(run).is_some_and(|tally| tally.passed > 0);
        runs.iter()
            .map(|run| (run.language, has_passed(run)))
            .collect()
    }

    fn same(&mut self, case: &str, example: &Example, file: &RuleFile, runs: &[Run]) {
        if runs.len() > 1 && example.differs.is_none() {
            self.push(format!("{case} alike"), alike::check(runs, &file.rule));
        }
    }
}

/// Exactly one finding, and it underlines the mark.
fn one_at_mark(run: &Run, example: &Example, language: Language) -> Option<String> {
    let findings = &run.checked.findings;
    let [finding] = findings.as_slice() else {
        let mut text = format!("expected one finding, got {}", findings.len());
        for finding in findings {
            text.push_str(&format!(
                "\n  `{}`: {}",
                run.marked(finding),
                finding.message
            ));
        }
        for open in &run.checked.undecided {
            text.push_str(&format!("\n  undecided {}: {}", open.address, open.reason));
        }
        return Some(text);
    };
    let Some(mark) = example.marks.get(&language) else {
        let marked = run.marked(finding);
        return Some(format!(
            "`marks` has no {language}; the finding underlines `{marked}`"
        ));
    };
    let marked = run.marked(finding);
    (marked.trim() != mark.trim())
        .then(|| format!("expected the mark `{mark}`, the finding underlines `{marked}`"))
}

/// No finding, and a verdict.
fn none(run: &Run, file: &RuleFile) -> Option<String> {
    if let Some(finding) = run.checked.findings.first() {
        return Some(format!(
            "expected no finding, got `{}`: {}",
            run.marked(finding),
            finding.message
        ));
    }
    let judged = run.judged(&file.rule);
    if judged == 0 {
        let types = file.rule.types.join(", ");
        return Some(format!(
            "the example declares no {types}: {}",
            run.declared()
        ));
    }
    run.checked.undecided.first().map(|open| {
        format!(
            "expected a pass, {} is undecided: {}",
            open.address, open.reason
        )
    })
}

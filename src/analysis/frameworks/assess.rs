use super::{Assessment, Control, Framework};

/// What a rule said in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Whose.
    pub rule_id: String,
    /// What the rule is about.
    pub objectives: Vec<String>,
    /// Resources it passed.
    pub passed: usize,
    /// Resources it failed.
    pub failed: usize,
    /// Resources it could not judge.
    pub undecided: usize,
    /// It asks about a whole account, which the input does not claim to show whole.
    pub not_evidenced: bool,
}

/// The state of a control. Only `Pass` is a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every resource every rule of it could be asked about passed.
    Pass,
    /// At least one resource failed.
    Fail,
    /// The input does not tell: something was not decided, or the account is not shown whole, or no rule answers yet.
    NotEvidenced,
    /// People have to judge it.
    Manual,
    /// There is no resource it speaks about.
    NotApplicable,
}

/// A control and what the run says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlResult<'a> {
    /// Which.
    pub control: &'a Control,
    /// Its state.
    pub outcome: Outcome,
    /// The rules that answered, sorted by id; those with no resource are left out.
    pub answers: Vec<Answer>,
}

/// What one rule contributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which rule.
    pub rule_id: String,
    /// Resources it passed, failed and could not judge.
    pub passed: usize,
    /// As above.
    pub failed: usize,
    /// As above.
    pub undecided: usize,
}

/// How many controls are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// See [`Outcome`].
    pub pass: usize,
    /// See [`Outcome`].
    pub fail: usize,
    /// See [`Outcome`].
    pub not_evidenced: usize,
    /// See [`Outcome`].
    pub manual: usize,
    /// See [`Outcome`].
    pub not_applicable: usize,
}

impl Outcome {
    /// As outputs spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotEvidenced => "not evidenced",
            Self::Manual => "manual",
            Self::NotApplicable => "not applicable",
        }
    }
}

impl Summary {
    /// Passed of passed and failed, in percent; none where nothing was judged.
    pub fn score(&self) -> Option<f64> {
        let judged = self.pass + self.fail;
        (judged > 0).then(|| 100.0 * self.pass as f64 / judged as f64)
    }
}

/// Judges every control of a framework by the verdicts of a run, which are sorted by rule.
pub fn assess<'a>(framework: &'a Framework, verdicts: &[Verdicts]) -> Vec<ControlResult<'a>> {
    framework
        .controls
        .iter()
        .map(|control| assess_control(control, verdicts))
        .collect()
}

fn assess_control<'a>(control: &'a Control, verdicts: &[Verdicts]) -> ControlResult<'a> {
    let asked: Vec<&Verdicts> = verdicts
        .iter()
        .filter(|said| control.answered_by(&said.rule_id, &said.objectives))
        .collect();
    let answers: Vec<Answer> = asked
        .iter()
        .filter(|said| said.passed + said.failed + said.undecided > 0)
        .map(|said| Answer {
            rule_id: said.rule_id.clone(),
            passed: said.passed,
            failed: said.failed,
            undecided: said.undecided,
        })
        .collect();
    let outcome = if control.assess == Assessment::Manual {
        Outcome::Manual
    } else if answers.iter().any(|answer| answer.failed > 0) {
        Outcome::Fail
    } else if asked.is_empty()
        || asked
            .iter()
            .any(|said| said.not_evidenced || said.undecided > 0)
    {
        Outcome::NotEvidenced
    } else if answers.is_empty() {
        Outcome::NotApplicable
    } else {
        Outcome::Pass
    };
    ControlResult {
        control,
        outcome,
        answers,
    }
}

/// Counts the states.
pub fn summarize(results: &[ControlResult<'_>]) -> Summary {
    let mut summary = Summary::default();
    for result in results {
        *match result.outcome {
            Outcome::Pass => &mut summary.pass,
            Outcome::Fail => &mut summary.fail,
            Outcome::NotEvidenced => &mut summary.not_evidenced,
            Outcome::Manual => &mut summary.manual,
            Outcome::NotApplicable => &mut summary.not_applicable,
        } += 1;
    }
    summary
}

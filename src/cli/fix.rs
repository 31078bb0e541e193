//! Applying fixes, and showing them as a diff.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use palisade_analysis::analyzer::{Analysis, Analyzer, Request};
use palisade_analysis::check::{Edit, Safety};
use palisade_analysis::discover::display;

/// How often fixes are applied and the result analyzed again: a fix can make room for another one.
const ROUNDS: usize = 5;

/// Lines around a change.
const CONTEXT: usize = 3;

/// A file before and after.
pub(crate) struct Change {
    path: PathBuf,
    before: String,
    after: String,
    /// How many findings it mends.
    findings: usize,
}

/// Applies fixes until none is left; the analysis of what is then there, and how many findings were mended.
pub(crate) fn until_done(
    analyzer: &Analyzer,
    request: &Request,
    mut analysis: Analysis,
    with_unsafe: bool,
) -> anyhow::Result<(Analysis, usize)> {
    let mut fixed = 0;
    for _ in 0..ROUNDS {
        let changes = changes(&analysis, with_unsafe);
        if changes.is_empty() {
            break;
        }
        for change in &changes {
            fs::write(&change.path, &change.after)
                .with_context(|| format!("{} cannot be written", change.path.display()))?;
            fixed += change.findings;
        }
        analysis = crate::check::analyze(analyzer, request)?;
    }
    Ok((analysis, fixed))
}

/// What applying the fixes would change. Of fixes that overlap, the first one is taken; a fix is taken whole or not at all.
pub(crate) fn changes(analysis: &Analysis, with_unsafe: bool) -> Vec<Change> {
    let most = if with_unsafe {
        Safety::Unsafe
    } else {
        Safety::Safe
    };
    let mut edits: BTreeMap<PathBuf, Vec<&Edit>> = BTreeMap::new();
    let mut counts: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let path = |edit: &Edit| analysis.sources.file(edit.span.file).path.clone();
    for finding in &analysis.findings {
        let Some(fix) = finding
            .fixes
            .iter()
            .find(|fix| fix.safety <= most && !fix.edits.is_empty())
        else {
            continue;
        };
        let fresh: Vec<&Edit> = fix
            .edits
            .iter()
            .filter(|edit| {
                !edits
                    .get(&path(edit))
                    .is_some_and(|taken| taken.contains(edit))
            })
            .collect();
        let overlaps = |edit: &&Edit| {
            let taken = edits.get(&path(edit));
            taken.is_some_and(|taken| taken.iter().any(|known| touches(known, edit)))
        };
        if fresh.iter().any(overlaps) {
            continue;
        }
        for edit in fresh {
            edits.entry(path(edit)).or_default().push(edit);
        }
        *counts.entry(path(&fix.edits[0])).or_default() += 1;
    }
    edits
        .into_iter()
        .filter_map(|(path, edits)| {
            let before = analysis.sources.find(&path)?.text.to_string();
            let after = apply(&before, edits);
            let findings = counts.get(&path).copied().unwrap_or(0);
            (before != after).then_some(Change {
                path,
                before,
                after,
                findings,
            })
        })
        .collect()
}

fn touches(a: &Edit, b: &Edit) -> bool {
    a.span.start <= b.span.end && b.span.start <= a.span.end
}

fn apply(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut result = String::new();
    let mut at = 0;
    for edit in edits {
        result.push_str(text.get(at..edit.span.start as usize).unwrap_or(""));
        result.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    result.push_str(text.get(at..).unwrap_or(""));
    result
}

/// A unified diff, as `patch` and `git apply` read it.
pub(crate) fn diff(changes: &[Change]) -> String {
    changes.iter().map(file_diff).collect()
}

fn file_diff(change: &Change) -> String {
    let path = display(&change.path);
    let before: Vec<&str> = change.before.split_inclusive('\n').collect();
    let after: Vec<&str> = change.after.split_inclusive('\n').collect();
    let mut text = format!("--- a/{path}\n+++ b/{path}\n");
    for hunk in hunks(&steps(&before, &after)) {
        let (mut old, mut new) = (0, 0);
        let mut body = String::new();
        for step in hunk {
            let (mark, line) = match *step {
                Step::Keep(at, _) => (' ', before[at]),
                Step::Delete(at, _) => ('-', before[at]),
                Step::Insert(_, at) => ('+', after[at]),
            };
            old += usize::from(mark != '+');
            new += usize::from(mark != '-');
            body.push(mark);
            body.push_str(line);
            if !line.ends_with('\n') {
                body.push_str("\n\\ No newline at end of file\n");
            }
        }
        let (old_start, new_start) = hunk.first().map_or((0, 0), |step| step.at());
        let start = |at: usize, length: usize| if length == 0 { at } else { at + 1 };
        text.push_str(&format!(
            "@@ -{},{old} +{},{new} @@\n{body}",
            start(old_start, old),
            start(new_start, new)
        ));
    }
    text
}

/// One line of a diff, with its 0-based positions before and after.
#[derive(Clone, Copy)]
enum Step {
    Keep(usize, usize),
    Delete(usize, usize),
    Insert(usize, usize),
}

impl Step {
    const fn at(self) -> (usize, usize) {
        match self {
            Self::Keep(old, new) | Self::Delete(old, new) | Self::Insert(old, new) => (old, new),
        }
    }

    const fn is_change(self) -> bool {
        !matches!(self, Self::Keep(..))
    }
}

/// The steps from one text to another. Fixes change few lines: whatever lies between two lines that did not change is replaced,
/// and the next unchanged line is the nearest one that both texts share.
fn steps(before: &[&str], after: &[&str]) -> Vec<Step> {
    let (mut old, mut new) = (0, 0);
    let mut steps = Vec::new();
    while old < before.len() || new < after.len() {
        if old < before.len() && new < after.len() && before[old] == after[new] {
            steps.push(Step::Keep(old, new));
            (old, new) = (old + 1, new + 1);
            continue;
        }
        let (skip_old, skip_new) = resync(&before[old..], &after[new..]);
        for at in old..old + skip_old {
            steps.push(Step::Delete(at, new));
        }
        for at in new..new + skip_new {
            steps.push(Step::Insert(old + skip_old, at));
        }
        (old, new) = (old + skip_old, new + skip_new);
    }
    steps
}

/// How many lines to drop on each side until both agree again, as few as possible.
fn resync(before: &[&str], after: &[&str]) -> (usize, usize) {
    for total in 1..before.len() + after.len() {
        for old in 0..=total.min(before.len()) {
            let new = total - old;
            if new <= after.len()
                && old < before.len()
                && new < after.len()
                && before[old] == after[new]
            {
                return (old, new);
            }
        }
    }
    (before.len(), after.len())
}

/// The steps in groups, each with a few unchanged lines around; groups that touch are one.
fn hunks(steps: &[Step]) -> Vec<&[Step]> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for position in (0..steps.len()).filter(|&position| steps[position].is_change()) {
        let start = position.saturating_sub(CONTEXT);
        let end = (position + 1 + CONTEXT).min(steps.len());
        match ranges.last_mut() {
            Some(last) if start <= last.1 => last.1 = end,
            _ => ranges.push((start, end)),
        }
    }
    ranges
        .into_iter()
        .map(|(start, end)| &steps[start..end])
        .collect()
}

//! For people: findings with an excerpt of their source, those of one text together.

use std::io::Write;

use palisade_analysis::analyzer::each;
use palisade_analysis::check::{AssumedDefault, Finding, Safety, Undecided};
use palisade_model::Diagnostic;

use super::excerpt::{Excerpt, draw};
use super::{Style, View, level, subject};

/// How many instances are named below a finding.
const NAMED_INSTANCES: usize = 5;
/// How many environments are.
const NAMED_ENVIRONMENTS: usize = 8;
/// How many places that explain a finding are shown.
const NAMED_PLACES: usize = 6;
/// Of how many texts one thread draws the findings before it takes up others.
const PART: usize = 32;
/// Of how many texts the findings are held drawn before they are written.
const HELD: usize = 4096;

pub(super) fn write(out: &mut dyn Write, view: &View<'_>, style: Style) -> anyhow::Result<()> {
    let shown: Vec<&Finding> = view.findings().collect();
    let texts: Vec<&[&Finding]> = shown
        .chunk_by(|one, other| stand_together(one, other))
        .collect();
    for some in texts.chunks(HELD) {
        write_all(out, view, style, some)?;
    }
    if view.verbose {
        for suppressed in view.suppressed() {
            let reason = suppressed.reason.as_deref().unwrap_or("no reason given");
            let note = format!("accepted by {}: {reason}", suppressed.kind.as_str());
            write_finding(out, view, style, &suppressed.finding, vec![note])?;
        }
    }
    if view.show_unknown {
        for undecided in &view.analysis.undecided {
            write_undecided(out, view, style, undecided)?;
        }
    }
    for diagnostic in view.diagnostics() {
        write_diagnostic(out, view, style, diagnostic)?;
    }
    Ok(())
}

/// Writes the findings of some texts; of many, those of several texts at once.
fn write_all(
    out: &mut dyn Write,
    view: &View<'_>,
    style: Style,
    texts: &[&[&Finding]],
) -> anyhow::Result<()> {
    let parts: Vec<_> = texts.chunks(PART).collect();
    if let [few] = *parts {
        return few
            .iter()
            .try_for_each(|findings| write_findings(out, view, style, findings));
    }
    let drawn = each(&parts, |part| {
        let mut text = Vec::new();
        part.iter()
            .try_for_each(|findings| write_findings(&mut text, view, style, findings))?;
        anyhow::Ok(text)
    });
    for text in drawn {
        out.write_all(&text?)?;
    }
    Ok(())
}

/// Whether two findings are about the same text of the same resources, under the same circumstances.
fn stand_together(one: &Finding, other: &Finding) -> bool {
    one.span.is_some()
        && one.span == other.span
        && one.instances == other.instances
        && one.environments == other.environments
        && one.assumptions == other.assumptions
}

/// The most severe of findings that stand together as it is, the others as notes of it.
fn write_findings(
    out: &mut dyn Write,
    view: &View<'_>,
    style: Style,
    findings: &[&Finding],
) -> anyhow::Result<()> {
    let mut ordered = findings.to_vec();
    ordered.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let Some((first, others)) = ordered.split_first() else {
        return Ok(());
    };
    let others = others.iter().map(|other| {
        let (word, rule, message) = (other.severity.as_str(), &other.rule_id, view.message(other));
        format!("also {word}[{rule}]: {message}{}", mended_by(other))
    });
    write_finding(out, view, style, first, others.collect())
}

fn write_finding(
    out: &mut dyn Write,
    view: &View<'_>,
    style: Style,
    finding: &Finding,
    more: Vec<String>,
) -> anyhow::Result<()> {
    let mut notes = notes(view, finding);
    notes.extend(more);
    let word = finding.severity.as_str();
    let color = style.severity(finding.severity);
    let Some(span) = finding.span else {
        let (bold, dim, reset) = (style.bold(), style.dim(), style.reset());
        let (rule, message) = (&finding.rule_id, &finding.message);
        writeln!(out, "{color}{word}[{rule}]{reset}{bold}: {message}{reset}")?;
        writeln!(out, "  {dim}┌─{reset} {}", subject(finding))?;
        for note in notes {
            writeln!(out, "  {dim}={reset} {note}")?;
        }
        writeln!(out)?;
        return Ok(());
    };
    let places = if view.verbose {
        usize::MAX
    } else {
        NAMED_PLACES
    };
    let left = finding.related.len().saturating_sub(places);
    if left > 0 {
        let places = if left == 1 { "place" } else { "places" };
        notes.insert(0, format!("and {left} more {places} behind it"));
    }
    let shown = finding.related.iter().take(places);
    let secondary = shown.map(|one| (one.span, one.message.clone()));
    let excerpt = Excerpt {
        word,
        color,
        code: &finding.rule_id,
        message: &finding.message,
        primary: (span, subject(finding)),
        secondary: secondary.collect(),
        notes,
    };
    draw(out, view, style, excerpt)
}

fn notes(view: &View<'_>, finding: &Finding) -> Vec<String> {
    let mut notes = Vec::new();
    let instances = finding.subjects();
    if instances.len() > 1 {
        let mut named: Vec<String> = instances
            .iter()
            .take(NAMED_INSTANCES)
            .map(ToString::to_string)
            .collect();
        if instances.len() > NAMED_INSTANCES {
            named.push(format!("{} more", instances.len() - NAMED_INSTANCES));
        }
        notes.push(format!("in {}", named.join(", ")));
    }
    notes.extend(environments(view, finding));
    notes.extend(
        finding
            .assumptions
            .iter()
            .map(|assumption| format!("if {assumption}")),
    );
    notes.extend(finding.default.as_ref().map(assumed));
    if let Some(rule) = view.rule(&finding.rule_id) {
        let text = rule.remediation.text.trim().replace('\n', " ");
        if !text.is_empty() {
            notes.push(format!("{}{text}", fix_word(finding)));
        }
    }
    notes.extend(view.implied(finding));
    notes
}

/// In which environments of the configuration a finding holds.
fn environments(view: &View<'_>, finding: &Finding) -> Option<String> {
    let (known, all) = (&finding.environments, view.environments);
    match known.len() {
        0 => None,
        number if number == all && all > 1 => Some(format!("in all {all} environments")),
        number if number > NAMED_ENVIRONMENTS && !view.verbose => {
            let named = known[..NAMED_ENVIRONMENTS].join(", ");
            let rest = number - NAMED_ENVIRONMENTS;
            Some(format!(
                "in {number} of {all} environments: {named}, {rest} more"
            ))
        }
        _ => Some(format!("in environment {}", known.join(", "))),
    }
}

/// Whose default a finding rests on, and where that is documented.
fn assumed(default: &AssumedDefault) -> String {
    let said = [&default.note, &default.source];
    let said = said.iter().filter(|text| !text.is_empty());
    let said: Vec<&str> = said.map(|text| &***text).collect();
    format!("default: {}", said.join(", "))
}

/// The option that mends a finding of which the remedy is not shown.
fn mended_by(finding: &Finding) -> &'static str {
    match finding.fixes.iter().map(|fix| fix.safety).min() {
        Some(Safety::Safe) => " [--fix]",
        Some(Safety::Unsafe) => " [--fix --unsafe-fixes]",
        Some(Safety::Display) | None => "",
    }
}

fn fix_word(finding: &Finding) -> &'static str {
    match finding.fixes.iter().map(|fix| fix.safety).min() {
        Some(Safety::Safe) => "fix (--fix): ",
        Some(Safety::Unsafe) => "fix (--fix --unsafe-fixes): ",
        Some(Safety::Display) | None => "fix: ",
    }
}

fn write_undecided(
    out: &mut dyn Write,
    view: &View<'_>,
    style: Style,
    undecided: &Undecided,
) -> anyhow::Result<()> {
    let message = format!("not decided: {}", undecided.reason);
    let color = style.dim();
    let Some(span) = undecided.span else {
        let (rule, reset) = (&undecided.rule_id, style.reset());
        writeln!(
            out,
            "{color}unknown[{rule}]{reset}: {}: {message}",
            undecided.address
        )?;
        return Ok(());
    };
    let excerpt = Excerpt {
        word: "unknown",
        color,
        code: &undecided.rule_id,
        message: &message,
        primary: (span, undecided.address.to_string()),
        secondary: Vec::new(),
        notes: Vec::new(),
    };
    draw(out, view, style, excerpt)
}

fn write_diagnostic(
    out: &mut dyn Write,
    view: &View<'_>,
    style: Style,
    diagnostic: &Diagnostic,
) -> anyhow::Result<()> {
    let (word, color) = (level(diagnostic.level), style.level(diagnostic.level));
    let code = diagnostic.code.as_str();
    let Some(span) = diagnostic.span else {
        let (bold, reset) = (style.bold(), style.reset());
        let place = view.diagnostic_place(diagnostic);
        let place = place.filter(|place| !diagnostic.message.contains(place.as_str()));
        let place = place.map_or(String::new(), |place| format!("{place}: "));
        let message = &diagnostic.message;
        writeln!(
            out,
            "{color}{word}[{code}]{reset}{bold}: {place}{message}{reset}\n"
        )?;
        return Ok(());
    };
    let excerpt = Excerpt {
        word,
        color,
        code,
        message: &diagnostic.message,
        primary: (span, String::new()),
        secondary: diagnostic.related.clone(),
        notes: Vec::new(),
    };
    draw(out, view, style, excerpt)
}

//! Text for people: the conclusion, the path of the connection, what is wrong and where it stands.

use std::io::{self, Write};

use colored::Colorize;

use super::{Detail, Reader, plain, repairs, segment, wrap};
use crate::finding::{Finding, Outcome, Severity};
use crate::report::diagnosis::Scope;
use crate::report::{Report, TargetReport};

mod command;
mod conclusion;
mod diagnosis;
mod ladder;
mod problem;
mod settled;
mod snippet;

/// How many findings of a kind, or targets, are listed before the rest is only counted.
const LIST_LIMIT: usize = 12;

/// Writes the report with styles; the writer strips them where they are not wanted.
pub(super) fn write(report: &Report, reader: Reader, out: &mut dyn Write) -> io::Result<()> {
    colored::control::set_override(true);
    let mut text = repairs::all(report, reader);
    if let Some(diagnosis) = &report.diagnosis {
        text.push_str(&diagnosis::lines(diagnosis, reader));
        if matches!(diagnosis.scope, Scope::NotOurs | Scope::NotWanted) {
            text.push_str(&diagnosis::suspects(diagnosis, reader));
            return out.write_all(text.as_bytes());
        }
    }
    text.push_str(&command::text(report, reader));
    let suspects = report.diagnosis.as_ref().map(|diagnosis| diagnosis::suspects(diagnosis, reader));
    let is_answer = report.diagnosis.as_ref().is_some_and(|diagnosis| diagnosis.scope == Scope::Suspects);
    let (before, behind) = if is_answer { (None, suspects) } else { (suspects, None) };
    text.push_str(&before.unwrap_or_default());
    text.push_str(&conclusion::text(report, reader));
    text.push_str(&behind.unwrap_or_default());
    if reader.detail != Detail::Quiet {
        text.push_str(&problem::all(report, reader));
        text.push_str(&undecided(report, reader));
        text.push_str(&settled::text(report, reader));
        text.push_str(&counts(report));
    }
    out.write_all(text.as_bytes())
}

/// What could not be looked at, where that decides or the reader asks.
fn undecided(report: &Report, reader: Reader) -> String {
    let verbose = reader.detail == Detail::Verbose;
    let matters = |finding: &&Finding| verbose || finding.severity == Severity::Error;
    let unknown: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.outcome == Outcome::Unknown).filter(matters).collect();
    let decides = report.verdict == crate::report::Verdict::Undetermined;
    if unknown.is_empty() || !(decides || verbose) {
        return String::new();
    }
    let mut text = format!("{}\n", "Could not be looked at:".bold());
    let limit = if verbose { usize::MAX } else { LIST_LIMIT };
    let lines = reasons(&unknown);
    for line in lines.iter().take(limit) {
        text.push_str(&wrap::indented(line, reader.width, "  ? ", "    "));
    }
    if lines.len() > limit {
        text.push_str(&format!("    and {} more (-v lists them)\n", lines.len() - limit));
    }
    text.push('\n');
    text
}

/// One line for each reason: the check's title where it is the only one, else the IDs of all.
fn reasons(unknown: &[&Finding]) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&Finding>)> = Vec::new();
    for finding in unknown {
        let reason = finding.reason.as_ref().map(plain).unwrap_or_default();
        match groups.iter_mut().find(|(known, _)| *known == reason && !reason.is_empty()) {
            Some((_, group)) if group.iter().any(|other| other.check == finding.check) => {}
            Some((_, group)) => group.push(finding),
            None => groups.push((reason, vec![finding])),
        }
    }
    let line = |(reason, group): &(String, Vec<&Finding>)| match group.as_slice() {
        [one] if reason.is_empty() => format!("{} [{}]", one.title, one.check),
        [one] => format!("{}: {reason} [{}]", one.title, one.check),
        several => {
            let checks: Vec<&str> = several.iter().map(|finding| finding.check.as_str()).collect();
            format!("{}: {reason} [{}]", numbered(several.len(), "check"), checks.join(", "))
        }
    };
    groups.iter().map(line).collect()
}

/// The last line: counts and the ID to quote.
fn counts(report: &Report) -> String {
    let summary = &report.summary;
    let mut parts = vec![format!("{} passed", numbered(summary.pass, "check"))];
    if summary.fail > 0 {
        let known =
            if summary.acknowledged > 0 { format!(" ({} acknowledged)", summary.acknowledged) } else { String::new() };
        parts.push(format!("{} failed{known}", summary.fail));
    }
    if summary.unknown > 0 {
        parts.push(format!("{} could not be decided", summary.unknown));
    }
    if summary.skipped > 0 {
        parts.push(format!("{} did not apply", summary.skipped));
    }
    if report.meta.left_out > 0 {
        parts.push(format!("{} left out by --check or --skip", report.meta.left_out));
    }
    format!("{}. Report {}.\n", parts.join(", "), report.meta.id).dimmed().to_string()
}

/// `1 check`, `2 checks`.
fn numbered(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `origin`, with quotation marks where the name would not stand out.
fn label(target: &TargetReport) -> String {
    segment(&target.label)
}

#[cfg(test)]
mod tests;

//! What the user has settled: the findings that they acknowledge, and what is to be said of their own file.

use std::collections::BTreeSet;

use colored::Colorize;

use crate::finding::Finding;
use crate::output::{Reader, plain, wrap};
use crate::report::Report;

/// One line for each, with its reason and its date.
pub(super) fn text(report: &Report, reader: Reader) -> String {
    let mut text = String::new();
    let known: BTreeSet<String> = report.findings.iter().filter_map(|finding| line(report, finding)).collect();
    if !known.is_empty() {
        text.push_str(&format!("{}\n", "Acknowledged:".bold()));
        known.iter().for_each(|line| text.push_str(&wrap::indented(line, reader.width, "  – ", "    ")));
        text.push('\n');
    }
    for note in &report.notes {
        let head = format!("{} ", "Note:".bold());
        text.push_str(&wrap::indented(&plain(note), reader.width, &head, "      "));
    }
    if !report.notes.is_empty() {
        text.push('\n');
    }
    text
}

/// What follows from an acknowledged finding needs no line of its own.
fn line(report: &Report, finding: &Finding) -> Option<String> {
    let known = finding.acknowledged.as_ref()?;
    let cause = |id: &String| report.finding(id).is_some_and(|cause| cause.acknowledged.is_some());
    if finding.caused_by.iter().any(cause) {
        return None;
    }
    let reason = plain(&known.reason);
    Some(format!("{} [{}], until {}: {reason}", plain(&finding.message), finding.check, known.until))
}

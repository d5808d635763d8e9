//! Repairs for people: what is offered, what was done, and what was taken back.

use std::io::{self, Write};

use colored::{Color, Colorize};

use super::safe::{safe, safe_block};
use super::{Detail, Reader, plain, wrap};
use crate::finding::{Finding, Message, Outcome};
use crate::report::{FixDone, FixStatus, Repairs, Report};

/// A repair about which a person is asked; redacted.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The check.
    pub check: String,
    /// What it does.
    pub title: Message,
    /// What it changes.
    pub diff: String,
    /// Why parts of it cannot be taken back.
    pub irreversible: Vec<&'static str>,
    /// Why the problem matters.
    pub why: Message,
    /// How to mend it by hand.
    pub remedy: Message,
}

/// The repair with its diff.
pub fn offer(offer: &Offer) -> String {
    colored::control::set_override(true);
    let mut text = format!("{} [{}]\n{}", plain(&offer.title).bold(), safe(&offer.check), diff(&offer.diff));
    offer.irreversible.iter().for_each(|reason| text.push_str(&format!("  {}\n", reason.color(Color::Yellow))));
    text.push('\n');
    text
}

/// What is said before something is done that cannot be taken back.
pub fn warning(offer: &Offer) -> String {
    colored::control::set_override(true);
    format!("{} {}: {}\n", "!".color(Color::Yellow), plain(&offer.title), offer.irreversible.join(" "))
}

/// The question about this number of repairs.
pub fn question(count: usize) -> String {
    let what = if count == 1 { "Make this repair?".to_owned() } else { format!("Make these {count} repairs?") };
    format!("{what} [y]es, [n]o, [a]ll from now on, [q]uit, [s]how more: ")
}

/// Why the problem matters and how to mend it by hand.
pub fn more(offer: &Offer) -> String {
    format!("{}\n{}\n{}\n", plain(&offer.title).bold(), plain(&offer.why), plain(&offer.remedy))
}

/// Writes what `undo` took back or what it could take back.
///
/// # Errors
/// When `out` cannot be written.
pub fn undo(fixes: &[FixDone], reader: Reader, out: &mut dyn Write) -> io::Result<()> {
    colored::control::set_override(true);
    if fixes.is_empty() {
        return out.write_all(b"There is no repair to undo.\n");
    }
    let line = |fix: &FixDone| {
        let run = fix.backup.as_deref().map(|id| format!("{id}: ")).unwrap_or_default();
        let head = match fix.status {
            FixStatus::Applied => format!("{run}made: "),
            FixStatus::RolledBack => format!("{run}taken back: "),
            FixStatus::Failed | FixStatus::Declined => format!("{run}not taken back: "),
        };
        one(fix, &head, reader)
    };
    out.write_all(fixes.iter().map(line).collect::<String>().as_bytes())
}

/// What repairs did, or would do.
pub(super) fn all(report: &Report, reader: Reader) -> String {
    match &report.repairs {
        Repairs::NotWanted => String::new(),
        Repairs::Preview => preview(report, reader),
        Repairs::Made(fixes) => made(fixes, reader),
    }
}

fn made(fixes: &[FixDone], reader: Reader) -> String {
    if fixes.is_empty() {
        return "Nothing was found that cc-doctor can mend.\n\n".to_owned();
    }
    let mut text = String::new();
    for fix in fixes {
        let (symbol, color, head) = match fix.status {
            FixStatus::Applied if fix.verified => ("✓", Color::Green, "mended: "),
            FixStatus::Applied => ("?", Color::Yellow, "changed, but not proved to help: "),
            FixStatus::Failed => ("✗", Color::Red, "not mended: "),
            FixStatus::RolledBack => ("!", Color::Yellow, "taken back: "),
            FixStatus::Declined => ("-", Color::Yellow, "left alone: "),
        };
        text.push_str(&format!("{} {}", symbol.color(color).bold(), one(fix, head, reader)));
        if reader.detail == Detail::Verbose {
            text.push_str(&diff(fix.diff.as_deref().unwrap_or_default()));
        }
    }
    let run = fixes.iter().filter(|fix| fix.status == FixStatus::Applied).find_map(|fix| fix.backup.as_deref());
    if let Some(id) = run {
        text.push_str(&format!("  To take it back: {}\n", format!("cc-doctor undo {}", safe(id)).bold()));
    }
    text.push('\n');
    text
}

fn one(fix: &FixDone, head: &str, reader: Reader) -> String {
    let check = fix.finding.split('#').next().unwrap_or_default();
    let reason = fix.reason.as_deref().map(|reason| format!(": {}", safe_block(reason))).unwrap_or_default();
    let line = format!("{head}{} [{}]{reason}", plain(&fix.title), safe(check));
    wrap::indented(&line, reader.width, "", "  ")
}

/// What `--fix` would do, as diffs.
fn preview(report: &Report, reader: Reader) -> String {
    let is_planned = |finding: &&Finding| finding.outcome == Outcome::Fail;
    let mut text = String::new();
    let mut seen: Vec<&str> = Vec::new();
    for finding in report.findings.iter().filter(is_planned) {
        let Some(fix) = &finding.fix else { continue };
        let title = plain(&fix.title);
        if let Some(planned) = fix.diff.as_deref().filter(|planned| !seen.contains(planned)) {
            seen.push(planned);
            let consent =
                if fix.applicability == crate::finding::Applicability::Safe { "" } else { " (with your consent)" };
            text.push_str(&format!("{} [{}]{consent}\n{}", title.bold(), finding.check, diff(planned)));
        } else if let Some(reason) = &fix.refused {
            let line = format!("left alone: {title} [{}]: {}", finding.check, safe_block(reason));
            text.push_str(&wrap::indented(&line, reader.width, "- ", "  "));
        }
    }
    let head = if seen.is_empty() { "Nothing was found that --fix would mend." } else { "--fix would do this:" };
    format!("{}\n{text}\n", head.bold())
}

/// Removed lines in red, added ones in green.
fn diff(text: &str) -> String {
    let line = |line: &str| {
        let line = safe_block(line);
        let colored = match line.chars().next() {
            Some('-') => line.color(Color::Red),
            Some('+') => line.color(Color::Green),
            Some('@') => line.color(Color::Cyan),
            _ => line.normal(),
        };
        format!("    {colored}\n")
    };
    text.lines().map(line).collect()
}

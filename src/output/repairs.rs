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

/// What is said before [`KEY_ID_QUESTION`].
pub const KEY_ID_NEEDED: &str = "\
IAM cannot be asked which SSH key ID belongs to the key of this machine. In the IAM console it stands under
Users > your user > Security credentials > SSH public keys for AWS CodeCommit; if the key is not listed, upload the
.pub file there first.
";
/// The question for the SSH key ID.
pub const KEY_ID_QUESTION: &str = "SSH key ID (APKA…), or nothing to leave it: ";

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Applicability, FindingFix};
    use crate::report::samples::{finding, literal, report, with};

    const DIFF: &str = "--- ~/a\n+++ ~/a\n@@ -1 +1 @@\n-x\n+\u{1b}[2Jy\n";

    fn fix(status: FixStatus, verified: bool, reason: Option<&str>) -> FixDone {
        FixDone {
            finding: "some-check#1".into(),
            title: literal("Mend it"),
            status,
            edits: Vec::new(),
            diff: Some(DIFF.into()),
            backup: (status == FixStatus::Applied).then(|| "K7QX2M9P".into()),
            verified,
            git_works: None,
            reason: reason.map(Into::into),
        }
    }

    fn shown(repairs: Repairs, detail: Detail, findings: Vec<Finding>) -> String {
        let mut sample = report(findings, &[]);
        sample.repairs = repairs;
        let text = all(&sample, Reader { detail, width: 80 });
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn what_was_done_is_told_with_the_way_back() {
        use FixStatus::{Applied, Declined, Failed};
        let fixes = vec![
            fix(Applied, true, None),
            fix(Applied, false, None),
            fix(Failed, false, Some("no")),
            fix(Declined, false, Some("x")),
        ];
        insta::assert_snapshot!(shown(Repairs::Made(fixes.clone()), Detail::Normal, Vec::new()), @r"
        ✓ mended: Mend it [some-check]
        ? changed, but not proved to help: Mend it [some-check]
        ✗ not mended: Mend it [some-check]: no
        - left alone: Mend it [some-check]: x
          To take it back: cc-doctor undo K7QX2M9P
        ");
        let verbose = shown(Repairs::Made(fixes), Detail::Verbose, Vec::new());
        assert!(
            verbose.contains("[some-check]\n    --- ~/a\n    +++ ~/a\n    @@ -1 +1 @@\n    -x\n    +␛[2Jy\n"),
            "{verbose}"
        );
        let declined = shown(Repairs::Made(vec![fix(Declined, false, None)]), Detail::Normal, Vec::new());
        assert!(!declined.contains("undo"), "{declined}");
        assert!(shown(Repairs::Made(Vec::new()), Detail::Normal, Vec::new()).contains("Nothing was found"));
        assert_eq!(shown(Repairs::NotWanted, Detail::Normal, Vec::new()), "");
    }

    #[test]
    fn a_preview_shows_each_change_once_and_what_is_left_alone() {
        let planned = |id: &str, applicability, diff: Option<&str>, refused: Option<&str>| {
            let (diff, refused) = (diff.map(Into::into), refused.map(Into::into));
            let fix = FindingFix {
                applicability,
                title: literal("Mend it"),
                commands: Vec::new(),
                edits: Vec::new(),
                diff,
                refused,
            };
            with(finding(id, Outcome::Fail), |finding| finding.fix = Some(fix))
        };
        let findings = vec![
            planned("a#1", Applicability::Safe, Some("-x\n"), None),
            planned("a#2", Applicability::Safe, Some("-x\n"), None),
            planned("b#1", Applicability::Consent, Some("$ pipx install y\n"), None),
            planned("c#1", Applicability::Safe, None, Some("it belongs to root")),
        ];
        insta::assert_snapshot!(shown(Repairs::Preview, Detail::Normal, findings), @r"
        --fix would do this:
        Mend it [a]
            -x
        Mend it [b] (with your consent)
            $ pipx install y
        - left alone: Mend it [c]: it belongs to root
        ");
        assert!(shown(Repairs::Preview, Detail::Normal, Vec::new()).starts_with("Nothing was found"));
    }

    #[test]
    fn what_cannot_be_taken_back_is_said_with_the_offer() {
        let sample = Offer {
            check: "a".into(),
            title: literal("Install it"),
            diff: "$ pipx install y\n".into(),
            irreversible: vec!["It stays."],
            why: literal("Because."),
            remedy: literal("By hand."),
        };
        let plain = |text: String| anstream::adapter::strip_str(&text).to_string();
        assert_eq!(plain(offer(&sample)), "Install it [a]\n    $ pipx install y\n  It stays.\n\n");
        assert_eq!(plain(warning(&sample)), "! Install it: It stays.\n");
        assert_eq!(plain(more(&sample)), "Install it\nBecause.\nBy hand.\n");
        assert!(question(2).starts_with("Make these 2 repairs?"));
    }
}

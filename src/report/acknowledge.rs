//! Findings that the user has acknowledged: they stay in the report and fail nothing, as long as git works.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::collect::ssh::pattern::matches;
use crate::fact::target::Target;
use crate::finding::{Acknowledged, Finding, Message, Outcome, Segment, Sensitivity, plain_text};

/// One entry of the user's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The check.
    pub check: String,
    /// A pattern for the target: its label, its URL or its repository; `None`: all of them and the machine.
    pub target: Option<String>,
    /// A pattern for the subject of the finding; `None`: all.
    pub subject: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it counts, in UTC.
    pub until: Date,
    /// The file.
    pub file: String,
    /// Where it stands in the file.
    pub line: u32,
}

/// Marks the findings that are acknowledged and takes them out of the root causes. Returns what there is to say of
/// the entries themselves: those that have expired, that hold nothing up any more, or that do not count because git
/// does not work.
pub fn acknowledge(
    entries: &[Acknowledgement],
    findings: &mut [Finding],
    root_causes: &mut Vec<String>,
    targets: &[Target],
    today: Date,
) -> Vec<Message> {
    let desk = Desk { entries, targets, today };
    let mut marks = desk.marks(findings);
    let refused = refuse_what_stops_git(&mut marks, findings);
    inherit(&mut marks, findings);
    let notes = desk.notes(&marks, &refused, findings);
    for finding in findings.iter_mut() {
        let entry = marks.get(&finding.id).and_then(|index| entries.get(*index));
        finding.acknowledged = entry.map(|entry| Acknowledged {
            reason: vec![Segment::value(entry.reason.clone(), Sensitivity::Text)],
            until: entry.until.to_string(),
        });
    }
    root_causes.retain(|id| !marks.contains_key(id));
    notes
}

/// The entry that stands for each acknowledged finding, by the finding's ID.
type Marks = BTreeMap<String, usize>;

/// What git itself failed at is never hidden, nor is what made it fail. Returns the entries that do not count.
fn refuse_what_stops_git(marks: &mut Marks, findings: &[Finding]) -> BTreeSet<usize> {
    let failures = findings.iter().filter(|finding| finding.live && finding.fails());
    failures.flat_map(|finding| &finding.caused_by).filter_map(|id| marks.remove(id)).collect()
}

/// What follows only from acknowledged findings is acknowledged with them.
fn inherit(marks: &mut Marks, findings: &[Finding]) {
    let roots = marks.clone();
    for finding in findings.iter().filter(|finding| finding.fails() && !finding.live) {
        let causes: Option<Vec<usize>> = finding.caused_by.iter().map(|id| roots.get(id).copied()).collect();
        if let Some(first) = causes.and_then(|causes| causes.first().copied()) {
            marks.entry(finding.id.clone()).or_insert(first);
        }
    }
}

struct Desk<'a> {
    entries: &'a [Acknowledgement],
    targets: &'a [Target],
    today: Date,
}

impl Desk<'_> {
    fn marks(&self, findings: &[Finding]) -> Marks {
        let failing = findings.iter().filter(|finding| finding.fails() && !finding.live);
        let entry = |finding: &Finding| {
            let counts = |entry: &Acknowledgement| entry.until >= self.today && self.covers(entry, finding);
            self.entries.iter().position(counts)
        };
        failing.filter_map(|finding| Some((finding.id.clone(), entry(finding)?))).collect()
    }

    fn covers(&self, entry: &Acknowledgement, finding: &Finding) -> bool {
        let subject = || finding.subject.as_deref().map(plain_text).unwrap_or_default();
        self.is_about(entry, finding) && entry.subject.as_ref().is_none_or(|pattern| matches(&subject(), pattern))
    }

    /// Whether it is the entry's check, and on its target.
    fn is_about(&self, entry: &Acknowledgement, finding: &Finding) -> bool {
        let target = || self.targets.iter().find(|target| finding.target.as_deref() == Some(&*target.id));
        entry.check == finding.check
            && entry.target.as_ref().is_none_or(|pattern| target().is_some_and(|target| names(target, pattern)))
    }

    fn notes(&self, marks: &Marks, refused: &BTreeSet<usize>, findings: &[Finding]) -> Vec<Message> {
        let used: BTreeSet<usize> = marks.values().copied().collect();
        let note = |(index, entry): (usize, &Acknowledgement)| {
            let what = if entry.until < self.today {
                format!(" expired on {}: what it covers counts again", entry.until)
            } else if refused.contains(&index) {
                " does not count here: git does not work because of it".to_owned()
            } else if !used.contains(&index) && self.is_mended(entry, findings) {
                " is not needed any more: nothing fails that it covers".to_owned()
            } else {
                return None;
            };
            Some(vec![
                Segment::Literal(format!("The acknowledgement of {} (", entry.check)),
                Segment::value(entry.file.clone(), Sensitivity::Path),
                Segment::Literal(format!(":{}){what}.", entry.line)),
            ])
        };
        self.entries.iter().enumerate().filter_map(note).collect()
    }

    /// Whether the entry was put to the test and had nothing to acknowledge. What does not apply in this place or
    /// could not be looked at may well fail elsewhere.
    fn is_mended(&self, entry: &Acknowledgement, findings: &[Finding]) -> bool {
        let mut outcomes =
            findings.iter().filter(|finding| self.is_about(entry, finding)).map(|f| f.outcome).peekable();
        let looked_at = |outcome| matches!(outcome, Outcome::Pass | Outcome::Fail);
        outcomes.peek().is_some() && outcomes.all(looked_at)
    }
}

fn names(target: &Target, pattern: &str) -> bool {
    let url = target.url.as_deref();
    let repository = target.repository.as_deref();
    [Some(&*target.label), url, repository].into_iter().flatten().any(|name| matches(name, pattern))
}

#[cfg(test)]
mod tests;

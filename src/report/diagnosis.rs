//! What a text told, and what of it holds on the machine.

use super::Redactor;
use crate::finding::{Finding, Message, Outcome, Segment, Severity};

/// What `cc-doctor diagnose` adds to the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextDiagnosis {
    /// What the machine was examined for.
    pub scope: Scope,
    /// The hosts that the text is about, when CodeCommit's is none of them.
    pub others: Vec<Segment>,
    /// The lines that matter, in the order of the text.
    pub lines: Vec<ToldLine>,
    /// What they may come from: what holds here first, then what could not be looked at, then what nothing on a machine
    /// shows, then what does not hold here; the most telling first among each.
    pub suspects: Vec<Suspect>,
    /// What to ask the owner of another machine for.
    pub questions: Vec<String>,
}

/// What the machine was examined for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Nothing: that was not wanted.
    NotWanted,
    /// Nothing: the text shows no failure of CodeCommit.
    NotOurs,
    /// What the text may come from.
    Suspects,
    /// Everything: none of that holds here, or the text names nothing that is known.
    Everything,
}

/// A line of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldLine {
    /// Its number, from 1.
    pub number: usize,
    /// What it says.
    pub text: Segment,
}

/// Something that the text may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// ID of the check or piece of knowledge.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether it is knowledge: nothing on a machine shows it.
    pub knowledge: bool,
    /// The line that tells the most of it: an index of [`TextDiagnosis::lines`].
    pub line: usize,
    /// What the examination said of it; `None`: there was none, or none can tell.
    pub here: Option<Outcome>,
    /// Why it happens, with `<names>` in place of values.
    pub why: Message,
    /// What to do about it, likewise.
    pub remedy: Message,
}

impl TextDiagnosis {
    /// Notes what the examination said, and orders by it.
    pub fn weigh(&mut self, findings: &[Finding]) {
        for suspect in self.suspects.iter_mut().filter(|suspect| !suspect.knowledge) {
            // The order of outcomes is that of what matters: fail, unknown, skipped, pass.
            let own = findings.iter().filter(|finding| finding.check == suspect.id).map(|finding| finding.outcome);
            suspect.here = own.min_by_key(|outcome| (*outcome == Outcome::Skipped, *outcome));
        }
        let place = |suspect: &Suspect| match suspect.here {
            Some(Outcome::Fail) => {
                (0, findings.iter().position(|finding| finding.check == suspect.id).unwrap_or(usize::MAX))
            }
            Some(Outcome::Unknown) => (1, 0),
            None => (2, 0),
            Some(Outcome::Pass | Outcome::Skipped) => (3, 0),
        };
        self.suspects.sort_by_key(place);
    }

    /// Whether something that the text may come from stops git on this machine.
    pub fn is_answered(&self, findings: &[Finding]) -> bool {
        let holds = |finding: &&Finding| finding.fails() && !finding.latent && finding.severity == Severity::Error;
        let is_suspect = |finding: &Finding| self.suspects.iter().any(|suspect| suspect.id == finding.check);
        findings.iter().filter(holds).any(is_suspect)
    }

    /// 0: the text alone names what it may come from; 3: it does not.
    pub fn exit_code_without_examination(&self) -> u8 {
        if self.suspects.is_empty() { 3 } else { 0 }
    }

    pub(super) fn redact(&mut self, redactor: &mut Redactor) {
        self.others.iter_mut().for_each(|host| redactor.segment(host));
        self.lines.iter_mut().for_each(|line| redactor.segment(&mut line.text));
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{finding, with};
    use super::*;

    fn suspect(id: &str, knowledge: bool) -> Suspect {
        let (title, why, remedy) = (id.to_owned(), Vec::new(), Vec::new());
        Suspect { id: id.into(), title, knowledge, line: 0, here: None, why, remedy }
    }

    fn diagnosis(ids: &[&str]) -> TextDiagnosis {
        let suspects = ids.iter().map(|id| suspect(id, id.starts_with("app-"))).collect();
        let (scope, lines, others, questions) = (Scope::Suspects, Vec::new(), Vec::new(), Vec::new());
        TextDiagnosis { scope, others, lines, suspects, questions }
    }

    #[test]
    fn what_holds_here_comes_first() {
        let mut text = diagnosis(&["passes", "app-x", "open", "second", "first", "gone"]);
        let findings = [
            finding("first#1", Outcome::Fail),
            finding("second#1", Outcome::Pass),
            finding("second#2", Outcome::Fail),
            finding("open#1", Outcome::Unknown),
            finding("passes#1", Outcome::Pass),
            finding("gone#1", Outcome::Skipped),
        ];
        text.weigh(&findings);
        let order: Vec<(&str, Option<Outcome>)> =
            text.suspects.iter().map(|suspect| (suspect.id.as_str(), suspect.here)).collect();
        assert_eq!(
            order,
            [
                ("first", Some(Outcome::Fail)),
                ("second", Some(Outcome::Fail)),
                ("open", Some(Outcome::Unknown)),
                ("app-x", None),
                ("passes", Some(Outcome::Pass)),
                ("gone", Some(Outcome::Skipped)),
            ]
        );
    }

    #[test]
    fn a_warning_or_a_latent_error_is_no_answer() {
        let text = diagnosis(&["a"]);
        assert!(text.is_answered(&[finding("a#1", Outcome::Fail)]));
        assert!(!text.is_answered(&[finding("b#1", Outcome::Fail), finding("a#1", Outcome::Pass)]));
        assert!(!text.is_answered(&[with(finding("a#1", Outcome::Fail), |f| f.severity = Severity::Warning)]));
        assert!(!text.is_answered(&[with(finding("a#1", Outcome::Fail), |f| f.latent = true)]));
    }
}

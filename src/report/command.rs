//! The command that `cc-doctor run` watched, as the report tells it.

use super::Report;
use super::redact::Redactor;
use crate::finding::{Layer, Segment};

/// A command that failed, and what its own traces show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSeen {
    /// The command line, quoted for a shell, secrets masked.
    pub line: Segment,
    /// The exit code as a shell tells it.
    pub exit_code: u8,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The step at which it broke; `None`: the traces do not tell.
    pub layer: Option<Layer>,
    /// The failure, a word of [`FAILURES`](crate::collect::access::judge::FAILURES); `None`: its words are not known.
    pub failure: Option<&'static str>,
    /// The same for people, without a full stop; `None`: unknown.
    pub meaning: Option<&'static str>,
    /// The lines of git and ssh that matter, secrets masked, at most five.
    pub said: Vec<Segment>,
    /// The checks whose symptoms match what was said, at most ten.
    pub symptoms: Vec<String>,
}

impl CommandSeen {
    pub(super) fn redact(&mut self, redactor: &mut Redactor) {
        redactor.segment(&mut self.line);
        self.said.iter_mut().for_each(|line| redactor.segment(line));
    }
}

impl Report {
    /// Puts the root causes first whose checks are among these; the order is kept otherwise.
    pub fn prefer(&mut self, checks: &[String]) {
        let is_preferred =
            |id: &String| id.split('#').next().is_some_and(|own| checks.iter().any(|check| check == own));
        self.root_causes.sort_by_key(|id| !is_preferred(id));
        let is_cause = |id: &String| self.root_causes.contains(id);
        let places: Vec<usize> = (0..self.findings.len())
            .filter(|place| self.findings.get(*place).is_some_and(|f| is_cause(&f.id)))
            .collect();
        let rank = |id: &String| self.root_causes.iter().position(|cause| cause == id);
        let mut causes: Vec<_> = places.iter().filter_map(|place| self.findings.get(*place).cloned()).collect();
        causes.sort_by_key(|finding| rank(&finding.id));
        for (place, cause) in places.into_iter().zip(causes) {
            if let Some(finding) = self.findings.get_mut(place) {
                *finding = cause;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::finding::Outcome;
    use crate::report::samples::{consequence, finding, report};

    #[test]
    fn what_fits_the_words_comes_first() {
        let all = vec![
            finding("a#1", Outcome::Fail),
            finding("b#1", Outcome::Fail),
            finding("c#1", Outcome::Fail),
            consequence("d#1", "a#1"),
            finding("e#1", Outcome::Pass),
        ];
        let mut report = report(all, &["a#1", "b#1", "c#1"]);
        report.prefer(&["c".into(), "d".into()]);
        assert_eq!(report.root_causes, ["c#1", "a#1", "b#1"]);
        let order: Vec<_> = report.findings.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(order, ["c#1", "a#1", "b#1", "d#1", "e#1"]);
    }
}

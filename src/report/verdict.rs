//! Verdicts, how far a connection gets, and the exit code.

use std::collections::HashMap;
use std::fmt;

use crate::finding::{Finding, Layer, Outcome, Severity};

/// What became of a target, or of all of them. The order is that of badness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing that matters failed.
    Healthy,
    /// It works, but a warning failed.
    Degraded,
    /// Nothing failed, but something that matters could not be looked at, or there was nothing to examine.
    Undetermined,
    /// An error failed.
    Broken,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Undetermined => "undetermined",
            Self::Broken => "broken",
        })
    }
}

/// The layers that can be seen to hold without sending a packet.
const SEEN_LOCALLY: [Layer; 2] = [Layer::Tools, Layer::Config];

/// The findings sorted by what they are about.
pub(super) struct Grouped<'a> {
    machine: Vec<&'a Finding>,
    targets: HashMap<&'a str, Vec<&'a Finding>>,
}

impl<'a> Grouped<'a> {
    /// Sorts them once, whatever the number of targets.
    pub(super) fn new(findings: &'a [Finding]) -> Self {
        let mut grouped = Self { machine: Vec::new(), targets: HashMap::new() };
        for finding in findings {
            match finding.target.as_deref() {
                Some(target) => grouped.targets.entry(target).or_default().push(finding),
                None => grouped.machine.push(finding),
            }
        }
        grouped
    }

    /// The rungs of the user's own git on the way to a target, those that it reached.
    fn rungs(&self, target: &str) -> impl Iterator<Item = &'a Finding> + Clone {
        let reached = |finding: &&&Finding| finding.live && matches!(finding.outcome, Outcome::Pass | Outcome::Fail);
        self.targets.get(target).into_iter().flatten().filter(reached).copied()
    }

    /// Whether `git ls-remote` worked.
    fn works(&self, target: &str) -> bool {
        let mut rungs = self.rungs(target).peekable();
        rungs.peek().is_some() && rungs.all(|rung| rung.outcome == Outcome::Pass)
    }

    /// What concerns a target: its own findings and those about the machine as a whole.
    fn of(&self, target: &str) -> impl Iterator<Item = &'a Finding> + Clone {
        self.machine.iter().chain(self.targets.get(target).into_iter().flatten()).copied()
    }
}

/// The verdict on one target. What could not be looked at does not matter where git works.
pub(super) fn of_target(id: &str, findings: &Grouped<'_>) -> Verdict {
    if findings.works(id) {
        return judge(findings.of(id).filter(|finding| finding.outcome != Outcome::Unknown));
    }
    judge(findings.of(id))
}

/// The worst verdict of the targets. Without targets it is undetermined, unless the machine itself is broken.
pub(super) fn overall(targets: impl Iterator<Item = Verdict>, findings: &[Finding]) -> Verdict {
    targets.max().unwrap_or_else(|| judge(findings.iter()).max(Verdict::Undetermined))
}

fn judge<'a>(findings: impl Iterator<Item = &'a Finding>) -> Verdict {
    findings.map(consequence).max().unwrap_or(Verdict::Healthy)
}

/// What one finding means for its target.
///
/// A failing error counts even when another finding explains it: what explains it fails as well, and where that is
/// only a warning (a lost include that takes the credential helper with it) git is still stopped.
fn consequence(finding: &Finding) -> Verdict {
    match (finding.outcome, finding.severity) {
        (Outcome::Fail, _) if !finding.counts() => Verdict::Healthy,
        (Outcome::Fail, Severity::Error) => Verdict::Broken,
        (Outcome::Unknown, Severity::Error) => Verdict::Undetermined,
        (Outcome::Fail, Severity::Warning) => Verdict::Degraded,
        _ => Verdict::Healthy,
    }
}

/// The last layer that held: the last one that the user's own git got past, or, where that was not tried, the one that
/// is free of errors with all before it. `None` when nothing is known to hold.
pub(super) fn reach(id: &str, findings: &Grouped<'_>) -> Option<Layer> {
    if findings.rungs(id).next().is_some() {
        return findings.rungs(id).filter(|rung| rung.outcome == Outcome::Pass).map(|rung| rung.layer).max();
    }
    let own = || findings.of(id);
    let stops = |layer| {
        own().any(|f| {
            f.layer == layer && f.severity == Severity::Error && matches!(f.outcome, Outcome::Fail | Outcome::Unknown)
        })
    };
    let holds = |layer| own().any(|finding| finding.layer == layer && finding.outcome == Outcome::Pass);
    SEEN_LOCALLY.into_iter().take_while(|layer| !stops(*layer)).filter(|layer| holds(*layer)).last()
}

/// The layers between git and the host that were skipped although git may have come past them.
pub(super) fn left_out(id: &str, findings: &Grouped<'_>) -> Vec<Layer> {
    let skipped = |layer: &Layer| {
        let own = findings.targets.get(id).into_iter().flatten();
        own.into_iter().any(|finding| finding.live && finding.layer == *layer && finding.outcome == Outcome::Skipped)
    };
    [Layer::Dns, Layer::Tcp].into_iter().filter(skipped).collect()
}

/// The layer at which the user's own git stopped, else that of the first failing error that no other finding explains.
pub(super) fn breaks_at(id: &str, findings: &Grouped<'_>) -> Option<Layer> {
    if let Some(rung) = findings.rungs(id).filter(|rung| rung.fails()).map(|rung| rung.layer).min() {
        return Some(rung);
    }
    let errors = || findings.of(id).filter(|finding| finding.counts() && finding.severity == Severity::Error);
    let unexplained = errors().filter(|finding| finding.caused_by.is_empty()).map(|finding| finding.layer).min();
    unexplained.or_else(|| errors().map(|finding| finding.layer).min())
}

/// 1: something that the user has not acknowledged failed at or above `fail_on`; 3: nothing did, but the verdict is undetermined; else 0.
pub(super) fn exit_code(verdict: Verdict, findings: &[Finding], fail_on: Severity) -> u8 {
    if findings.iter().any(|finding| finding.counts() && finding.severity <= fail_on) {
        return 1;
    }
    if verdict == Verdict::Undetermined { 3 } else { 0 }
}

#[cfg(test)]
mod tests {
    use Outcome::{Fail, Pass, Skipped, Unknown};
    use Severity::{Error, Info, Warning};

    use super::super::samples::{finding, with};
    use super::*;

    fn findings(list: &[(Outcome, Severity)]) -> Vec<Finding> {
        let one =
            |(outcome, severity): &(Outcome, Severity)| with(finding("x#1", *outcome), |f| f.severity = *severity);
        list.iter().map(one).collect()
    }

    #[test]
    fn verdict_and_exit_code_follow_from_the_findings() {
        for (list, verdict, on_error, on_warning) in [
            (&[][..], Verdict::Healthy, 0, 0),
            (&[(Pass, Error), (Skipped, Error)], Verdict::Healthy, 0, 0),
            (&[(Fail, Info), (Unknown, Warning)], Verdict::Healthy, 0, 0),
            (&[(Fail, Warning), (Pass, Error)], Verdict::Degraded, 0, 1),
            (&[(Unknown, Error), (Pass, Error)], Verdict::Undetermined, 3, 3),
            (&[(Unknown, Error), (Fail, Warning)], Verdict::Undetermined, 3, 1),
            (&[(Fail, Error), (Unknown, Error)], Verdict::Broken, 1, 1),
        ] {
            let findings = findings(list);
            assert_eq!(of_target("t1", &Grouped::new(&findings)), verdict, "{list:?}");
            assert_eq!(exit_code(verdict, &findings, Error), on_error, "{list:?}");
            assert_eq!(exit_code(verdict, &findings, Warning), on_warning, "{list:?}");
        }
    }

    #[test]
    fn a_finding_reaches_its_own_target_and_one_of_the_machine_reaches_all() {
        let at = |id, findings: &[Finding]| of_target(id, &Grouped::new(findings));
        let own = vec![finding("x#1", Fail)];
        assert_eq!((at("t1", &own), at("t2", &own)), (Verdict::Broken, Verdict::Healthy));
        let machine = vec![with(finding("x#1", Fail), |f| f.target = None)];
        assert_eq!((at("t1", &machine), at("t2", &machine)), (Verdict::Broken, Verdict::Broken));
    }

    #[test]
    fn the_worst_target_decides_and_no_target_is_no_health() {
        use Verdict::{Broken, Degraded, Healthy, Undetermined};
        assert_eq!(overall([Healthy, Degraded].into_iter(), &[]), Degraded);
        assert_eq!(overall([Undetermined, Degraded].into_iter(), &[]), Undetermined);
        assert_eq!(overall([Undetermined, Broken].into_iter(), &[]), Broken);
        assert_eq!(overall(std::iter::empty(), &[]), Undetermined);
        assert_eq!(overall(std::iter::empty(), &[finding("x#1", Fail)]), Broken);
    }

    #[test]
    fn reach_is_the_last_layer_that_held() {
        let at = |outcome, layer| with(finding("x#1", outcome), |f| f.layer = layer);
        let tools = || at(Pass, Layer::Tools);
        let config = || at(Pass, Layer::Config);
        for (list, wanted) in [
            (vec![], None),
            (vec![tools()], Some(Layer::Tools)),
            (vec![tools(), config()], Some(Layer::Config)),
            (vec![config()], Some(Layer::Config)),
            (vec![tools(), at(Fail, Layer::Config)], Some(Layer::Tools)),
            (vec![tools(), config(), at(Fail, Layer::Config)], Some(Layer::Tools)),
            (vec![tools(), config(), at(Unknown, Layer::Tools)], None),
            (vec![tools(), config(), at(Fail, Layer::Authentication)], Some(Layer::Config)),
        ] {
            assert_eq!(reach("t1", &Grouped::new(&list)), wanted, "{list:?}");
        }
    }

    #[test]
    fn the_users_own_git_decides_where_it_was_run() {
        let rung = |outcome, layer| {
            with(finding("rung#1", outcome), |f| {
                f.live = true;
                f.layer = layer;
            })
        };
        let works = [rung(Pass, Layer::Authentication), rung(Pass, Layer::Repository), finding("x#1", Unknown)];
        let grouped = Grouped::new(&works);
        assert_eq!(of_target("t1", &grouped), Verdict::Healthy);
        assert_eq!(reach("t1", &grouped), Some(Layer::Repository));
        let stopped = [
            rung(Pass, Layer::Tcp),
            rung(Fail, Layer::Handshake),
            rung(Skipped, Layer::Repository),
            with(finding("cause#1", Fail), |f| f.layer = Layer::Config),
        ];
        let grouped = Grouped::new(&stopped);
        assert_eq!(of_target("t1", &grouped), Verdict::Broken);
        assert_eq!((reach("t1", &grouped), breaks_at("t1", &grouped)), (Some(Layer::Tcp), Some(Layer::Handshake)));
        let not_run = [rung(Unknown, Layer::Repository)];
        assert_eq!(of_target("t1", &Grouped::new(&not_run)), Verdict::Undetermined);
    }

    #[test]
    fn what_a_proxy_does_is_left_out() {
        let rung = |outcome, layer| {
            with(finding("rung#1", outcome), |f| {
                f.live = true;
                f.layer = layer;
            })
        };
        let list = [
            rung(Pass, Layer::Config),
            rung(Skipped, Layer::Dns),
            rung(Fail, Layer::Tcp),
            rung(Skipped, Layer::Handshake),
            with(finding("network#1", Skipped), |f| f.layer = Layer::Tcp),
        ];
        let grouped = Grouped::new(&list);
        assert_eq!(left_out("t1", &grouped), [Layer::Dns]);
        assert_eq!((reach("t1", &grouped), breaks_at("t1", &grouped)), (Some(Layer::Config), Some(Layer::Tcp)));
        assert_eq!(left_out("t2", &grouped), []);
    }

    #[test]
    fn a_connection_breaks_at_the_first_unexplained_error() {
        let at = |layer, cause: &[&str]| {
            with(finding("x#1", Fail), |f| {
                f.layer = layer;
                f.caused_by = cause.iter().map(ToString::to_string).collect();
            })
        };
        let list = [at(Layer::Authentication, &[]), at(Layer::Config, &["y#1"])];
        assert_eq!(breaks_at("t1", &Grouped::new(&list)), Some(Layer::Authentication));
        assert_eq!(breaks_at("t1", &Grouped::new(&list[1..])), Some(Layer::Config));
        assert_eq!(breaks_at("t2", &Grouped::new(&list)), None);
    }
}

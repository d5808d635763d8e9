//! Whether repairs helped: the report before beside the report after.

use std::collections::BTreeMap;

use super::plan::{Key, Planned};
use crate::finding::{Layer, Outcome};
use crate::report::{Report, Verdict};

/// What a report says that repairs are measured by.
#[derive(Debug, Clone)]
pub struct Standing {
    failing: BTreeMap<Key, usize>,
    unknown: BTreeMap<Key, usize>,
    targets: BTreeMap<String, (Option<Layer>, Verdict)>,
    /// Whether the user's own git was run.
    live: bool,
}

impl Standing {
    /// Of a report; `live`: the network was used.
    pub fn of(report: &Report, live: bool) -> Self {
        let count = |outcome| {
            let mut counts = BTreeMap::new();
            for finding in report.findings.iter().filter(|finding| finding.outcome == outcome) {
                *counts.entry(Key::of(finding)).or_default() += 1;
            }
            counts
        };
        let targets = report.targets.iter().map(|target| (target.id.clone(), (target.reach, target.verdict)));
        Self { failing: count(Outcome::Fail), unknown: count(Outcome::Unknown), targets: targets.collect(), live }
    }

    /// Why repairs did not hold, from the state before to this one; `None`: all of them did. A fault that remains beside
    /// them is no reason.
    pub fn objection(&self, before: &Self, repairs: &[Planned]) -> Option<String> {
        let mended: Vec<&Key> = repairs.iter().flat_map(|repair| &repair.keys).collect();
        let fails = mended.iter().find(|key| {
            let wanted = mended.iter().filter(|other| other == key).count();
            let count = |standing: &Self| standing.failing.get(**key).copied().unwrap_or_default();
            count(self) > 0 && count(self) + wanted > count(before)
        });
        if let Some(key) = fails {
            return Some(format!("the problem was still there afterwards ({})", key.check));
        }
        let lost =
            before.targets.iter().find(|(id, old)| self.targets.get(*id).is_some_and(|new| self.is_less(old, new)));
        lost.map(|(id, _)| format!("git did not get as far as before ({id})"))
    }

    /// Without a connection the reach is inferred, and a fault that was hidden may shorten it.
    fn is_less(&self, old: &(Option<Layer>, Verdict), new: &(Option<Layer>, Verdict)) -> bool {
        (self.live && new.0 < old.0) || (new.1 == Verdict::Broken && old.1 != Verdict::Broken)
    }

    /// Whether what these keys are about is known to be mended: it neither fails nor is unknown, and, with a connection,
    /// git works with each target that they concern or gets further than `before`.
    pub fn verified(&self, before: &Self, keys: &[Key]) -> bool {
        let gone = |key: &Key| !self.failing.contains_key(key) && !self.unknown.contains_key(key);
        let further = |(id, new): (&String, &(Option<Layer>, Verdict))| {
            new.0 == Some(Layer::Repository) || before.targets.get(id).is_none_or(|old| new.0 > old.0)
        };
        keys.iter().all(gone) && (!self.live || self.concerned(keys).all(further))
    }

    /// Whether the real `git ls-remote` works for each target that these keys concern; `None`: it was not run.
    pub fn git_works(&self, keys: &[Key]) -> Option<bool> {
        let works = |(_, state): (&String, &(Option<Layer>, Verdict))| state.0 == Some(Layer::Repository);
        (self.live && self.concerned(keys).next().is_some()).then(|| self.concerned(keys).all(works))
    }

    fn concerned(&self, keys: &[Key]) -> impl Iterator<Item = (&String, &(Option<Layer>, Verdict))> {
        self.targets.iter().filter(|(id, _)| keys.iter().any(|key| key.target.as_ref().is_none_or(|own| own == *id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Applicability, Finding};
    use crate::report::samples::{finding, literal, report, with};

    fn rung(outcome: Outcome, layer: Layer) -> Finding {
        with(finding(&format!("rung-{layer}#1"), outcome), |f| (f.live, f.layer) = (true, layer))
    }

    fn planned(check: &str) -> Planned {
        let finding = finding(&format!("{check}#1"), Outcome::Fail);
        Planned {
            ids: vec![finding.id.clone()],
            keys: vec![Key::of(&finding)],
            finding,
            applicability: Applicability::Safe,
            title: literal("T"),
            asks_key_id: false,
            changes: Ok(Vec::new()),
        }
    }

    fn standing(findings: Vec<Finding>) -> Standing {
        let live = findings.iter().any(|finding| finding.live);
        Standing::of(&report(findings, &[]), live)
    }

    fn fails(check: &str) -> Finding {
        finding(&format!("{check}#1"), Outcome::Fail)
    }

    #[test]
    fn a_repair_holds_when_its_own_finding_is_gone() {
        let before = standing(vec![fails("a"), fails("b")]);
        let after = standing(vec![finding("a#1", Outcome::Pass), fails("b"), fails("c")]);
        assert_eq!(after.objection(&before, &[planned("a")]), None, "another fault is no reason");
        assert!(
            after.objection(&before, &[planned("a"), planned("b")]).unwrap().contains("still there afterwards (b)")
        );
        assert!(after.verified(&before, &planned("a").keys));
        let unknown = standing(vec![finding("a#1", Outcome::Unknown)]);
        assert!(!unknown.verified(&before, &planned("a").keys), "what cannot be seen is not proved");
        assert_eq!(unknown.git_works(&planned("a").keys), None);
    }

    #[test]
    fn one_of_several_of_a_kind_counts() {
        let other = || with(fails("a"), |f| f.id = "a#2".into());
        let before = standing(vec![fails("a"), other()]);
        assert_eq!(standing(vec![fails("a")]).objection(&before, &[planned("a")]), None);
        assert!(standing(vec![fails("a"), other()]).objection(&before, &[planned("a")]).is_some());
        assert!(standing(vec![fails("a")]).objection(&before, &[planned("a"), planned("a")]).is_some());
    }

    #[test]
    fn git_must_get_as_far_as_before() {
        let to = |layer, end| standing(vec![rung(Outcome::Pass, layer), rung(Outcome::Fail, end), fails("b")]);
        let before = to(Layer::Handshake, Layer::Authentication);
        let shorter = to(Layer::Tcp, Layer::Handshake);
        assert!(shorter.objection(&before, &[planned("a")]).unwrap().contains("as far as before"));
        let same = to(Layer::Handshake, Layer::Authentication);
        assert_eq!(same.objection(&before, &[planned("a")]), None, "a second fault remains");
        assert!(!same.verified(&before, &planned("a").keys));
        assert!(to(Layer::Authentication, Layer::Authorization).verified(&before, &planned("a").keys));
        let works = standing(vec![rung(Outcome::Pass, Layer::Repository)]);
        assert!(works.verified(&works, &planned("a").keys));
        assert_eq!(works.git_works(&planned("a").keys), Some(true));
    }
}

//! Which failing finding is the root of which, and in what order they are told.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::evidence::UNEXPLAINED;
use super::{Evaluation, Finding};
use crate::check::Check;
use crate::check::word::{Confidence, Layer, Outcome, Severity};

/// Fills in `caused_by` and the effective severities, orders the findings, and names the root causes.
pub(super) fn settle(checks: &[Check], targets: &[String], evaluation: &mut Evaluation) {
    let findings = std::mem::take(&mut evaluation.findings);
    let graph = Graph::new(checks, &findings);
    let roots: Vec<BTreeSet<usize>> = (0..findings.len()).map(|index| graph.roots(index)).collect();
    let mut consequences: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, roots) in roots.iter().enumerate() {
        roots.iter().for_each(|root| consequences.entry(*root).or_default().push(index));
    }
    let severities: Vec<Severity> = (0..findings.len())
        .map(|index| effective(&findings, index, consequences.get(&index).map_or(&[], Vec::as_slice)))
        .collect();
    let places: BTreeMap<&str, usize> = targets.iter().map(String::as_str).zip(0..).collect();
    let place = |target: &Option<String>| target.as_deref().and_then(|id| places.get(id).copied());
    let first_live = first_live(&findings, &roots);
    let rank = |index: usize| -> Rank<'_> {
        let finding = &findings[index];
        let explained = consequences.get(&index).map_or(0, Vec::len);
        (
            !first_live.contains(&index),
            finding.confidence,
            finding.layer,
            place(&finding.target),
            Reverse(explained),
            finding.check.as_str(),
            index,
        )
    };
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_cached_key(|index| {
        let of_root = roots[*index].iter().map(|root| (severities[*root], rank(*root))).min();
        let is_consequence = of_root.is_some();
        let (severity, root) = of_root.unwrap_or((severities[*index], rank(*index)));
        (findings[*index].outcome, is_consequence, severity, root, rank(*index))
    });
    let mut positions = vec![0; order.len()];
    order.iter().zip(0..).for_each(|(index, position)| positions[*index] = position);
    let ids: Vec<String> = findings.iter().map(|finding| finding.id.clone()).collect();
    let is_root = |index: &&usize| {
        findings[**index].outcome == Outcome::Fail
            && roots[**index].is_empty()
            && severities[**index] == Severity::Error
    };
    evaluation.root_causes = order.iter().filter(is_root).map(|index| ids[*index].clone()).collect();
    let mut findings: Vec<Option<Finding>> = findings.into_iter().map(Some).collect();
    evaluation.findings = order
        .iter()
        .filter_map(|index| {
            let mut finding = findings[*index].take()?;
            finding.severity = severities[*index];
            let mut causes: Vec<usize> = roots[*index].iter().copied().collect();
            causes.sort_by_key(|cause| positions[*cause]);
            finding.caused_by = causes.into_iter().map(|cause| ids[cause].clone()).collect();
            Some(finding)
        })
        .collect();
}

type Rank<'a> = (bool, Confidence, Layer, Option<usize>, Reverse<usize>, &'a str, usize);

/// The findings at the root of what stopped the user's own git; those of its rungs themselves that nothing explains.
fn first_live(findings: &[Finding], roots: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let stopped = findings.iter().enumerate().filter(|(_, finding)| finding.live && finding.outcome == Outcome::Fail);
    let at_root = |(index, _): (usize, &Finding)| match roots.get(index).filter(|roots| !roots.is_empty()) {
        Some(roots) => roots.clone(),
        None => BTreeSet::from([index]),
    };
    stopped.flat_map(at_root).collect()
}

/// A root is at least as bad as what comes of it: a missing include is a warning, unless the credential helper is
/// missing because of it.
fn effective(findings: &[Finding], index: usize, consequences: &[usize]) -> Severity {
    let own = findings[index].severity;
    consequences.iter().map(|consequence| findings[*consequence].severity).min().map_or(own, |worst| worst.min(own))
}

/// The failing findings and which of them explains which.
struct Graph {
    /// For each finding, the failing findings that explain it.
    causes: Vec<Vec<usize>>,
}

impl Graph {
    fn new(checks: &[Check], findings: &[Finding]) -> Self {
        let failing = || findings.iter().enumerate().filter(|(_, finding)| finding.outcome == Outcome::Fail);
        let mut effects = Effects::default();
        failing().for_each(|(index, finding)| effects.add(index, finding));
        let explains: BTreeMap<&str, &Check> = checks.iter().map(|check| (check.id.as_str(), check)).collect();
        let mut causes = vec![Vec::new(); findings.len()];
        for (cause, finding) in failing() {
            for id in explains.get(finding.check.as_str()).into_iter().flat_map(|check| &check.explains) {
                effects.of(finding, &id.value).for_each(|effect| causes[effect].push(cause));
            }
        }
        let unexplained =
            failing().filter(|(index, finding)| finding.check == UNEXPLAINED && causes[*index].is_empty());
        let stops: Vec<(usize, Vec<usize>)> = unexplained
            .map(|(index, stop)| {
                let likely = failing().filter(|(cause, finding)| causes[*cause].is_empty() && may_stop(finding, stop));
                (index, likely.map(|(cause, _)| cause).collect())
            })
            .collect();
        stops.into_iter().for_each(|(index, likely)| causes[index] = likely);
        Self { causes }
    }

    /// The unexplained findings at the start of every chain that leads to this one; empty for such a one itself.
    fn roots(&self, index: usize) -> BTreeSet<usize> {
        let mut roots = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = self.causes[index].clone();
        while let Some(cause) = open.pop() {
            if !seen.insert(cause) {
                continue;
            }
            if self.causes[cause].is_empty() {
                roots.insert(cause);
            }
            open.extend(&self.causes[cause]);
        }
        roots.remove(&index);
        roots
    }
}

/// Whether a finding about what git finds on this machine may be why nobody knows where git stopped.
fn may_stop(finding: &Finding, stop: &Finding) -> bool {
    let here = finding.target.is_none() || finding.target == stop.target;
    let local = matches!(finding.layer, Layer::Tools | Layer::Config);
    here && local && !finding.live && finding.severity == Severity::Error && finding.confidence != Confidence::Possible
}

/// The failing findings by check and target.
#[derive(Default)]
struct Effects<'a>(BTreeMap<&'a str, BTreeMap<Option<&'a str>, Vec<usize>>>);

impl<'a> Effects<'a> {
    fn add(&mut self, index: usize, finding: &'a Finding) {
        self.0.entry(&finding.check).or_default().entry(finding.target.as_deref()).or_default().push(index);
    }

    /// The failures of a check that `cause` may explain. Findings explain each other within one target; those about
    /// the machine as a whole reach all targets, and one target's reach the machine.
    fn of<'s>(&'s self, cause: &'s Finding, check: &str) -> impl Iterator<Item = usize> + 's {
        let of_check = self.0.get(check);
        let all = of_check.filter(|_| cause.target.is_none()).into_iter().flat_map(BTreeMap::values);
        let own = of_check.filter(|_| cause.target.is_some());
        let own = own.into_iter().flat_map(|lists| [lists.get(&None), lists.get(&cause.target.as_deref())]).flatten();
        all.chain(own).flatten().copied()
    }
}

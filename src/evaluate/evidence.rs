//! Live evidence beats inference: what the user's own git has passed disproves findings that claim to stop it there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, literal};
use crate::check::Check;
use crate::check::word::{Confidence, Outcome, Severity};

/// Why a finding is taken back.
const DISPROVED: &str = "git ls-remote gets past this all the same";

/// The live check that fails where nobody can tell at which rung git stopped.
pub(super) const UNEXPLAINED: &str = "ls-remote-fails-unexplained";

/// Marks failing errors that the real git disproves: what is certain stays as a latent warning (it may strike later),
/// what was inferred is skipped. A guess (`possible`) that names what it would make fail is taken back whatever its
/// severity. Findings about security keep their severity.
pub(super) fn weigh(checks: &[Check], targets: &[String], transports: &[String], findings: &mut [Finding]) {
    let passed = Passed::of(findings);
    if passed.0.is_empty() {
        return;
    }
    let by_id: BTreeMap<&str, &Check> = checks.iter().map(|check| (check.id.as_str(), check)).collect();
    for finding in findings.iter_mut().filter(|f| f.fails() && f.severity != Severity::Info && !f.live && !f.security) {
        let Some(check) = by_id.get(finding.check.as_str()) else { continue };
        let concerned = targets.iter().zip(transports);
        let mut concerned =
            concerned.filter(|(id, transport)| finding.concerns(id) && check.is_about(transport)).peekable();
        let claims = claims(check, &by_id);
        let is_guess = finding.confidence == Confidence::Possible && !claims.is_empty();
        if finding.severity != Severity::Error && !is_guess {
            continue;
        }
        let any = concerned.peek().is_some();
        if any && concerned.all(|(target, _)| passed.disproves(check, &claims, target)) {
            take_back(finding);
        }
    }
}

fn take_back(finding: &mut Finding) {
    if finding.confidence == Confidence::Certain {
        finding.latent = true;
        finding.severity = Severity::Warning;
        return;
    }
    finding.outcome = Outcome::Skipped;
    finding.reason = Some(literal(DISPROVED));
    finding.message = literal(finding.title.clone());
    finding.evidence.clear();
    finding.why.clear();
    finding.remedy.clear();
    finding.references.clear();
    finding.fix = None;
}

/// The live checks that a check claims to make fail.
fn claims<'a>(check: &'a Check, by_id: &BTreeMap<&str, &'a Check>) -> BTreeSet<&'a str> {
    let mut claims = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<&Check> = vec![check];
    while let Some(check) = open.pop() {
        for id in check.explains.iter().filter(|id| seen.insert(id.value.as_str())) {
            if let Some(next) = by_id.get(id.value.as_str()) {
                if next.live {
                    claims.insert(next.id.as_str());
                }
                open.push(next);
            }
        }
    }
    // Where git stopped at a known rung, it is skipped; where it fails, no rung passed.
    if claims.len() > 1 {
        claims.remove(UNEXPLAINED);
    }
    claims
}

/// For each target that git was run for: the live checks and whether each passed.
struct Passed(BTreeMap<String, BTreeMap<String, bool>>);

impl Passed {
    fn of(findings: &[Finding]) -> Self {
        let mut passed: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.live) {
            if let Some(target) = &finding.target {
                passed
                    .entry(target.clone())
                    .or_default()
                    .insert(finding.check.clone(), finding.outcome == Outcome::Pass);
            }
        }
        Self(passed)
    }

    fn disproves(&self, check: &Check, claims: &BTreeSet<&str>, target: &str) -> bool {
        let Some(rungs) = self.0.get(target).filter(|_| check.disproved_by_success) else { return false };
        if claims.is_empty() {
            return rungs.values().all(|passed| *passed);
        }
        claims.iter().all(|claim| rungs.get(*claim).copied().unwrap_or_default())
    }
}

//! The order of findings: failing ones first, root causes before consequences, then unknown, skipped, pass.

use std::collections::HashMap;

use crate::finding::{Finding, Outcome};

/// Sorts; findings of equal rank keep their order.
pub(super) fn sorted(mut findings: Vec<Finding>, root_causes: &[String]) -> Vec<Finding> {
    let ranks: HashMap<&str, usize> = root_causes.iter().enumerate().map(|(rank, id)| (id.as_str(), rank)).collect();
    findings.sort_by_cached_key(|finding| {
        let rank = ranks.get(finding.id.as_str()).copied().unwrap_or(usize::MAX);
        let outcome = match finding.outcome {
            Outcome::Fail => 0,
            Outcome::Unknown => 1,
            Outcome::Skipped => 2,
            Outcome::Pass => 3,
        };
        (outcome, !finding.caused_by.is_empty(), rank, finding.severity)
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::super::samples::{consequence, finding, with};
    use super::*;
    use crate::finding::Severity;

    #[test]
    fn causes_come_first_and_passes_last() {
        let findings = vec![
            finding("passes#1", Outcome::Pass),
            finding("skipped#1", Outcome::Skipped),
            with(finding("unknown-warning#1", Outcome::Unknown), |f| f.severity = Severity::Warning),
            finding("unknown-error#1", Outcome::Unknown),
            consequence("follows#1", "second-cause#1"),
            with(finding("note#1", Outcome::Fail), |f| f.severity = Severity::Info),
            with(finding("warns#1", Outcome::Fail), |f| f.severity = Severity::Warning),
            finding("second-cause#1", Outcome::Fail),
            finding("first-cause#1", Outcome::Fail),
        ];
        let sorted = sorted(findings, &["first-cause#1".into(), "second-cause#1".into()]);
        let ids: Vec<&str> = sorted.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "first-cause#1",
                "second-cause#1",
                "warns#1",
                "note#1",
                "follows#1",
                "unknown-error#1",
                "unknown-warning#1",
                "skipped#1",
                "passes#1"
            ]
        );
    }
}

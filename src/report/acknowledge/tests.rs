//! Which findings an entry covers, and what is said of the entries.

use super::super::samples::{consequence, finding, literal, report_on, target, with};
use super::*;
use crate::finding::Severity;
use crate::report::Verdict;

const TODAY: &str = "2026-11-21";

fn entry(check: &str) -> Acknowledgement {
    Acknowledgement {
        check: check.into(),
        target: None,
        subject: None,
        reason: "known".into(),
        until: "2027-01-31".parse().expect("a date"),
        file: "/home/dev/.config/cc-doctor/.cc-doctor.yaml".into(),
        line: 2,
    }
}

/// The IDs of the acknowledged findings, the root causes that are left, the verdict with the exit code, and the notes.
fn settle(
    entries: &[Acknowledgement],
    findings: &[Finding],
    roots: &[&str],
) -> (Vec<String>, Vec<String>, (Verdict, u8), Vec<String>) {
    let mut findings = findings.to_vec();
    let mut roots: Vec<String> = roots.iter().map(ToString::to_string).collect();
    let today = TODAY.parse().expect("a date");
    let notes = acknowledge(entries, &mut findings, &mut roots, &[target()], today);
    let known = findings.iter().filter(|f| f.acknowledged.is_some()).map(|f| f.id.clone()).collect();
    let report = report_on(&[target()], findings, &[]);
    let notes = notes.iter().map(|note| plain_text(note)).collect();
    (known, roots, (report.verdict, report.exit_code), notes)
}

fn live(id: &str, cause: &str) -> Finding {
    with(consequence(id, cause), |finding| finding.live = true)
}

#[test]
fn an_acknowledged_finding_fails_nothing() {
    let findings = [finding("a#1", Outcome::Fail), consequence("b#1", "a#1"), finding("c#1", Outcome::Pass)];
    let (known, roots, end, notes) = settle(&[entry("a")], &findings, &["a#1"]);
    assert_eq!((known, roots), (vec!["a#1".to_owned(), "b#1".to_owned()], Vec::new()));
    assert_eq!((end, notes), ((Verdict::Healthy, 0), Vec::new()));
    assert_eq!(settle(&[], &findings, &["a#1"]).2, (Verdict::Broken, 1));
}

#[test]
fn what_stops_git_cannot_be_acknowledged() {
    let findings = [finding("a#1", Outcome::Fail), live("ls-remote-fails-at-tcp#1", "a#1")];
    let (known, roots, end, notes) = settle(&[entry("a"), entry("ls-remote-fails-at-tcp")], &findings, &["a#1"]);
    assert_eq!((known, roots, end), (Vec::new(), vec!["a#1".to_owned()], (Verdict::Broken, 1)));
    assert_eq!(
        notes[0],
        "The acknowledgement of a (/home/dev/.config/cc-doctor/.cc-doctor.yaml:2) does not count here: git does not work because of it."
    );
}

#[test]
fn what_has_another_cause_as_well_still_fails() {
    let mut both = consequence("c#1", "a#1");
    both.caused_by.push("b#1".into());
    let findings = [finding("a#1", Outcome::Fail), finding("b#1", Outcome::Fail), both];
    assert_eq!(settle(&[entry("a")], &findings, &[]).0, ["a#1"]);
}

#[test]
fn an_entry_counts_until_the_end_of_its_last_day() {
    let until = |day: &str| Acknowledgement { until: day.parse().expect("a date"), ..entry("a") };
    let findings = [finding("a#1", Outcome::Fail)];
    assert_eq!(settle(&[until(TODAY)], &findings, &[]).2, (Verdict::Healthy, 0));
    let (known, _, end, notes) = settle(&[until("2026-11-20")], &findings, &[]);
    assert_eq!((known, end), (Vec::new(), (Verdict::Broken, 1)));
    assert!(notes[0].ends_with("expired on 2026-11-20: what it covers counts again."), "{notes:?}");
}

#[test]
fn patterns_narrow_an_entry() {
    let about = |subject: &str| with(finding("a#1", Outcome::Fail), |f| f.subject = Some(literal(subject)));
    let on = |pattern: &str| Acknowledgement { target: Some(pattern.into()), ..entry("a") };
    let of = |pattern: &str| Acknowledgement { subject: Some(pattern.into()), ..entry("a") };
    for (entry, covered) in [
        (on("origin"), true),
        (on("ssh://*/demo-repo"), true),
        (on("demo-*"), true),
        (on("upstream"), false),
        (of("id_*"), true),
        (of("id_ed25519"), false),
    ] {
        assert_eq!(
            settle(std::slice::from_ref(&entry), &[about("id_rsa")], &[]).0.len(),
            usize::from(covered),
            "{entry:?}"
        );
    }
    let machine = with(finding("a#1", Outcome::Fail), |f| f.target = None);
    assert!(settle(&[on("*")], &[machine], &[]).0.is_empty(), "the machine is no target");
}

#[test]
fn an_entry_that_nothing_needs_is_told_only_where_that_was_looked_at() {
    let notes = |outcome| settle(&[entry("a")], &[finding("a#1", outcome)], &[]).3.len();
    assert_eq!([Outcome::Pass, Outcome::Skipped, Outcome::Unknown].map(notes), [1, 0, 0]);
    assert!(settle(&[entry("a")], &[], &[]).3.is_empty(), "left out");
}

#[test]
fn warnings_are_acknowledged_too() {
    let warning = with(finding("a#1", Outcome::Fail), |f| f.severity = Severity::Warning);
    assert_eq!(settle(&[entry("a")], &[warning], &[]).2, (Verdict::Healthy, 0));
}

//! What becomes of a machine's findings once the user's own git was run: a success takes back what claims to stop it, and
//! a stop has the first root cause for its cause.

use cc_doctor::evaluate;
use cc_doctor::fact::access::{Judge, TargetAccess};
use cc_doctor::fact::{Fact, Facts, Text, Word};
use cc_doctor::finding::{Finding, Outcome, Severity};
use cc_doctor::output::{Detail, Format, Reader};
use cc_doctor::report::{Identities, Privacy};

use crate::judge::{CHECKS, examine, reported, text};
use crate::layout::Machine;
use crate::spec::Expect;

/// What is wrong with the findings of a machine when git succeeds, and when it stops where `expect` says.
pub(crate) fn complaints(facts: &Facts, expect: &Expect) -> Vec<String> {
    if expect.root_causes.is_empty() {
        return Vec::new();
    }
    let stopped = expect.stops_at.as_ref().map(|layer| with_judge(facts, Some(layer)));
    let complaints = after_success(with_judge(facts, None)).into_iter();
    let stops = expect.stops_at.as_ref().zip(stopped);
    complaints.chain(stops.into_iter().flat_map(|(layer, facts)| after_stop(&facts, layer, expect))).collect()
}

/// The facts as they were, but for the judge of every target, which succeeded or stopped at `layer`.
fn with_judge(facts: &Facts, layer: Option<&String>) -> Facts {
    let word = |text: &str| Word(text.to_owned());
    with(
        facts,
        &Judge {
            succeeded: layer.is_none(),
            outcome: word(if layer.is_none() { "succeeded" } else { "failed" }),
            layer: layer.map(|layer| word(layer)),
            ..Judge::default()
        },
    )
}

fn with(facts: &Facts, judge: &Judge) -> Facts {
    let mut facts = facts.clone();
    facts.run.live = true;
    for target in facts.targets.iter_mut().filter(|target| target.url.is_some()) {
        let access = TargetAccess { judge: Fact::Known(judge.clone()), ..TargetAccess::default() };
        target.access = Fact::Known(access);
    }
    facts
}

fn findings(facts: &Facts) -> Vec<Finding> {
    evaluate::evaluate(&CHECKS, facts, &|| 0).map(|done| done.findings).unwrap_or_default()
}

/// Errors that stand although git succeeded, but for those about security and those about something else.
fn after_success(facts: Facts) -> Vec<String> {
    if facts.targets.iter().any(|target| target.url.is_none()) {
        return Vec::new();
    }
    let stays = |id: &str| CHECKS.iter().any(|check| check.id == id && (check.security || !check.disproved_by_success));
    let of = findings(&facts);
    let errors = of.iter().filter(|f| f.fails() && f.severity == Severity::Error && f.caused_by.is_empty());
    let wrong = errors.filter(|finding| !stays(&finding.check));
    wrong.map(|finding| format!("{} stands although git ls-remote worked", finding.check)).collect()
}

fn after_stop(facts: &Facts, layer: &str, expect: &Expect) -> Option<String> {
    let of = findings(facts);
    let rung = of.iter().find(|f| f.live && f.outcome == Outcome::Fail);
    let Some(rung) = rung.filter(|rung| rung.layer.to_string() == layer) else {
        return Some(format!("stops_at: no check says that git stops at {layer}"));
    };
    let causes: Vec<&str> = rung.caused_by.iter().filter_map(|id| id.split('#').next()).collect();
    let first = expect.root_causes.first().map_or("", String::as_str);
    let told = of.first().map_or("", |finding| finding.check.as_str());
    (!causes.contains(&first) || told != first)
        .then(|| format!("stops_at: {layer} is explained by {causes:?}, told first is {told}, not {first}"))
}

/// The name of a remote is no host although a text may put one or the other into the same place.
#[test]
fn the_name_of_a_remote_stays_when_identities_are_hidden() {
    let machine = Machine::load(&crate::folder(), "gitcred-other-region-stored").unwrap();
    let examined = examine(&machine).unwrap();
    let judge =
        Judge { outcome: Word("failed".into()), layer: Some(Word("authentication".into())), ..Judge::default() };
    let facts = with(&examined.facts, &judge);
    let identities = Identities::of(&facts).with_regions(&examined.regions);
    let (report, _) = reported(&facts).unwrap();
    let report = report.redacted(&identities, Privacy::Redacted);
    let told = text(&report, Format::Json);
    assert!(told.contains("--show-origin") && !told.contains("<host-"), "{told}");
}

#[test]
fn what_no_check_knows_is_told_with_its_words_and_its_trace() {
    let machine = Machine::load(&crate::folder(), "healthy-ssh").unwrap();
    let facts = examine(&machine).unwrap().facts;
    let lines = |lines: &[&str]| lines.iter().map(|line| Text((*line).to_owned())).collect();
    let judge = Judge {
        outcome: Word("failed".into()),
        layer: Some(Word("other".into())),
        said: lines(&["fatal: the moon is in the wrong house."]),
        trace: lines(&["debug1: Connecting", "debug1: Exit status 128"]),
        symptoms: vec![Word("ssh-identity-damaged".into())],
        ..Judge::default()
    };
    let (report, _) = reported(&with(&facts, &judge)).unwrap();
    assert_eq!(report.root_causes, ["ls-remote-fails-unexplained#1"]);
    let told = text(&report, Format::Human(Reader::new(Detail::Normal, Some(100))));
    for line in [
        "it said: fatal: the moon is in the wrong house",
        "fits these checks",
        "ssh-identity-damaged",
        "\n        debug1: Connecting\n        debug1: Exit status 128\n",
    ] {
        assert!(told.contains(line), "{line:?} is missing in:\n{told}");
    }
    assert!(!told.contains("house.."), "{told}");
}

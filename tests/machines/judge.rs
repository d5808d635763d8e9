//! Compares what is found on a machine with what was expected, and what holds for every machine.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use cc_doctor::check::Check;
use cc_doctor::check::regions::RegionTable;
use cc_doctor::check::word::{Outcome, Severity};
use cc_doctor::collect::{Context, Needs, gather};
use cc_doctor::evaluate::{self, Evaluation, Finding, plain_text};
use cc_doctor::fact::{Facts, Run, Source};
use cc_doctor::system::System;
use cc_doctor::system::fake::FakeSystem;

use crate::answers;
use crate::layout::Machine;
use crate::spec::Expect;

static CHECKS: LazyLock<Vec<Check>> = LazyLock::new(|| cc_doctor::check::embedded::embedded().unwrap());

/// Failing checks that rest on no line of any file, because what they miss is a program or a file.
const WITHOUT_EVIDENCE: [&str; 0] = [];

/// Everything that is wrong; empty when all is as expected.
pub(crate) fn judge(machine: &Machine) -> Vec<String> {
    let (facts, evaluation) = match examine(machine) {
        Ok(examined) => examined,
        Err(error) => return vec![error],
    };
    let mut complaints = differences(machine, &facts, &evaluation);
    complaints.extend(evaluation.defects.iter().map(|defect| format!("a definition failed: {defect}")));
    complaints.extend(evaluation.findings.iter().filter(failed).flat_map(unfinished));
    complaints.extend(leaks(machine, &facts, &evaluation));
    complaints
}

fn examine(machine: &Machine) -> Result<(Facts, Evaluation), String> {
    let mut regions = RegionTable::embedded()?;
    if let Some(overlay) = &machine.spec.regions {
        regions.overlay(RegionTable::parse(overlay, Path::new("machine.yaml"))?);
    }
    let system = answers::with_git(machine, machine.system()?)?;
    let silent = collect(machine, &system, &regions);
    let facts = collect(machine, &answers::with_ssh(machine, system, &silent)?, &regions);
    let evaluation = evaluate::evaluate(&CHECKS, &facts).map_err(|error| error.to_string())?;
    Ok((facts, evaluation))
}

fn collect(machine: &Machine, system: &FakeSystem, regions: &RegionTable) -> Facts {
    let spec = &machine.spec;
    let (region, profile) = (spec.region.as_deref(), spec.profile.as_deref());
    let context = Context { system, regions, region, profile, urls: &spec.urls };
    let run = Run {
        started_at: system.now(),
        offline: true,
        region: region.map(Into::into),
        profile: profile.map(Into::into),
        ..Run::default()
    };
    gather(&context, run, Needs::ALL)
}

fn failed(finding: &&Finding) -> bool {
    finding.outcome == Outcome::Fail
}

fn differences(machine: &Machine, facts: &Facts, evaluation: &Evaluation) -> Vec<String> {
    let Some(expect) = &machine.spec.expect else { return vec!["machine.yaml has no `expect`".into()] };
    let findings = &evaluation.findings;
    let select = |wanted: &dyn Fn(&Finding) -> bool| -> Vec<&Finding> {
        findings.iter().filter(|finding| wanted(finding)).collect()
    };
    let of = |severity: Severity| {
        select(&|f| f.outcome == Outcome::Fail && f.caused_by.is_empty() && f.severity == severity)
    };
    let consequences = select(&|f| f.outcome == Outcome::Fail && !f.caused_by.is_empty());
    let unknown = select(&|f| f.outcome == Outcome::Unknown && f.severity == Severity::Error);
    let transports: Vec<&str> = facts.targets.iter().map(|target| &*target.transport.0).collect();
    let mut complaints = Vec::new();
    if transports != expect.targets {
        complaints.push(format!("targets are {transports:?}, expected {:?}", expect.targets));
    }
    let roots = of(Severity::Error);
    complaints.extend(compare("root_causes", &roots, &expect.root_causes));
    complaints.extend(order(&roots, expect));
    complaints.extend(compare("consequences", &consequences, &expect.consequences));
    complaints.extend(compare("warnings", &of(Severity::Warning), &expect.warnings));
    complaints.extend(compare("infos", &of(Severity::Info), &expect.infos));
    complaints.extend(compare("unknown", &unknown, &expect.unknown));
    complaints.extend(unsaid(&roots, expect));
    complaints
}

/// What is there without being expected, with its words, and the other way round.
fn compare(list: &str, found: &[&Finding], expected: &[String]) -> Vec<String> {
    let known: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
    let checks: BTreeSet<&str> = found.iter().map(|finding| finding.check.as_str()).collect();
    let unexpected = found.iter().filter(|finding| !known.contains(finding.check.as_str()));
    let missing = known.iter().filter(|check| !checks.contains(*check));
    unexpected
        .map(|finding| format!("unexpected in {list}: {}", described(finding)))
        .chain(missing.map(|check| format!("missing in {list}: {check}")))
        .collect()
}

fn described(finding: &Finding) -> String {
    let target = finding.target.as_deref().map(|id| format!(" ({id})")).unwrap_or_default();
    let mut text = format!("{}{target}: {}", finding.check, plain_text(&finding.message));
    if let Some(reason) = &finding.reason {
        text.push_str(&format!("\n    because {}", plain_text(reason)));
    }
    if !finding.caused_by.is_empty() {
        text.push_str(&format!("\n    caused by {}", finding.caused_by.join(", ")));
    }
    for source in &finding.evidence {
        text.push_str(&format!("\n    {}", place(source)));
    }
    text
}

fn place(source: &Source) -> String {
    let text = |text: &Option<_>| text.as_ref().map(|text: &cc_doctor::fact::Text| text.0.clone()).unwrap_or_default();
    let path = source.path.as_ref().map(|path| path.0.clone()).unwrap_or_default();
    let line = source.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{path}{line} {}{}", text(&source.command), text(&source.excerpt))
}

fn order(roots: &[&Finding], expect: &Expect) -> Option<String> {
    let mut found: Vec<&str> = Vec::new();
    for finding in roots {
        if !found.contains(&finding.check.as_str()) {
            found.push(&finding.check);
        }
    }
    let same = found.iter().collect::<BTreeSet<_>>().len() == expect.root_causes.len();
    let wrong = same && found.first().is_some_and(|first| expect.root_causes.first().is_some_and(|e| e != first));
    wrong.then(|| format!("the root causes come in another order: {}", found.join(", ")))
}

/// Words that the first root cause should say.
fn unsaid(roots: &[&Finding], expect: &Expect) -> Vec<String> {
    let said = roots.first().map(|finding| described(finding)).unwrap_or_default();
    let missing = expect.says.iter().filter(|word| !said.contains(word.as_str()));
    missing.map(|word| format!("the first root cause does not say {word:?}: {said}")).collect()
}

/// What every failing finding must have.
fn unfinished(finding: &Finding) -> Vec<String> {
    let mut complaints = Vec::new();
    if finding.evidence.is_empty() && !WITHOUT_EVIDENCE.contains(&finding.check.as_str()) {
        complaints.push("no evidence".to_owned());
    }
    if plain_text(&finding.remedy).trim().is_empty() {
        complaints.push("no remedy".to_owned());
    }
    let texts = texts(finding);
    complaints.extend(texts.iter().filter(|text| text.contains("{{") || text.contains("}}")).cloned());
    complaints.iter().map(|complaint| format!("{}: {complaint}", finding.check)).collect()
}

/// Every text of a finding.
fn texts(finding: &Finding) -> Vec<String> {
    let segments = [Some(&finding.message), Some(&finding.why), Some(&finding.remedy)];
    let optional = [finding.subject.as_ref(), finding.reason.as_ref(), finding.fix.as_ref().map(|fix| &fix.title)];
    let mut texts: Vec<String> =
        segments.into_iter().chain(optional).flatten().map(|segments| plain_text(segments)).collect();
    if let Some(fix) = &finding.fix {
        texts.extend(fix.commands.iter().flatten().map(|word| plain_text(word)));
        texts.extend(fix.edits.iter().flat_map(|edit| edit.parameters.values()).map(|value| plain_text(value)));
    }
    texts.extend(finding.evidence.iter().map(place));
    texts
}

/// Secrets in findings, and in facts, where they could get into a bundle.
fn leaks(machine: &Machine, facts: &Facts, evaluation: &Evaluation) -> Vec<String> {
    let facts = serde_json::to_string(facts).unwrap_or_default();
    let said: Vec<String> = evaluation.findings.iter().flat_map(texts).collect();
    let mut complaints = Vec::new();
    for secret in machine.secrets() {
        let quoted = serde_json::to_string(&secret).unwrap_or_default();
        if facts.contains(quoted.trim_matches('"')) {
            complaints.push(format!("the facts hold the secret {secret}"));
        }
        complaints.extend(said.iter().filter(|text| text.contains(&secret)).map(|text| format!("leaked: {text}")));
    }
    complaints
}

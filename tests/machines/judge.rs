//! Compares what is found on a machine with what was expected, and what holds for every machine.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use cc_doctor::check::Check;
use cc_doctor::check::regions::RegionTable;
use cc_doctor::collect::{Context, Needs, gather};
use cc_doctor::evaluate;
use cc_doctor::fact::{Facts, Run, Source};
use cc_doctor::finding::{Defect, Finding, Outcome, Severity, plain_text};
use cc_doctor::output::{self, Detail, Format, Reader};
use cc_doctor::report::{self, Identities, Meta, Privacy, Report, Verdict};
use cc_doctor::system::System;
use cc_doctor::system::fake::FakeSystem;

use crate::answers;
use crate::layout::Machine;
use crate::live;
use crate::spec::Expect;

/// The embedded checks.
pub(crate) static CHECKS: LazyLock<Vec<Check>> = LazyLock::new(|| cc_doctor::check::embedded::embedded().unwrap());

/// Failing checks that rest on no line of any file, because what they miss is a program or a file.
const WITHOUT_EVIDENCE: [&str; 1] = ["git-home-unset"];

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let mut text = Vec::new();
    output::json::v1::schema(&mut text).unwrap();
    jsonschema::validator_for(&serde_json::from_slice(&text).unwrap()).unwrap()
});

/// What was found on a machine.
pub(crate) struct Examined {
    pub(crate) facts: Facts,
    pub(crate) report: Report,
    defects: Vec<Defect>,
    pub(crate) regions: RegionTable,
}

/// Everything that is wrong; empty when all is as expected.
pub(crate) fn judge(machine: &Machine) -> Vec<String> {
    let examined = match examine(machine) {
        Ok(examined) => examined,
        Err(error) => return vec![error],
    };
    let Examined { facts, report, defects, .. } = &examined;
    let mut complaints = differences(machine, facts, &report.findings);
    complaints.extend(contradiction(facts, report));
    complaints.extend(machine.spec.expect.iter().flat_map(|expect| live::complaints(facts, expect)));
    complaints.extend(defects.iter().map(|defect| format!("a definition failed: {defect}")));
    complaints.extend(report.findings.iter().filter(|finding| finding.fails()).flat_map(unfinished));
    complaints.extend(written(machine, &examined));
    complaints
}

/// Runs every check over a machine.
pub(crate) fn examine(machine: &Machine) -> Result<Examined, String> {
    let mut regions = RegionTable::embedded()?;
    if let Some(overlay) = &machine.spec.regions {
        regions.overlay(RegionTable::parse(overlay, Path::new("machine.yaml"))?);
    }
    let system = answers::with_git(machine, machine.system()?)?;
    let mut facts = collect(machine, &system, &regions);
    if let Some(system) = answers::with_ssh(machine, system, &facts)? {
        facts = collect(machine, &system, &regions);
    }
    let (report, defects) = reported(&facts)?;
    Ok(Examined { facts, report, defects, regions })
}

/// What is reported of facts.
pub(crate) fn reported(facts: &Facts) -> Result<(Report, Vec<Defect>), String> {
    let done = evaluate::evaluate(&CHECKS, facts, &|| 0).map_err(|error| error.to_string())?;
    let meta = Meta {
        id: "machine".into(),
        tool_version: "0".into(),
        left_out: 0,
        check_count: CHECKS.len(),
        digest: String::new(),
        overlays: Vec::new(),
        started_at: facts.run.started_at,
        duration_ms: 0,
        fail_on: Severity::Error,
    };
    let report = report::build(done.findings, done.root_causes, &facts.targets, &facts.os, meta);
    Ok((report, done.defects))
}

fn collect(machine: &Machine, system: &FakeSystem, regions: &RegionTable) -> Facts {
    let spec = &machine.spec;
    let (region, profile) = (spec.region.as_deref(), spec.profile.as_deref());
    let context = Context { system, regions, region, profile, urls: &spec.urls, live: Default::default() };
    let run = Run {
        started_at: system.now(),
        offline: true,
        region: region.map(Into::into),
        profile: profile.map(Into::into),
        ..Run::default()
    };
    gather(&context, run, Needs::ALL)
}

fn differences(machine: &Machine, facts: &Facts, findings: &[Finding]) -> Vec<String> {
    let Some(expect) = &machine.spec.expect else { return vec!["machine.yaml has no `expect`".into()] };
    let select = |wanted: &dyn Fn(&Finding) -> bool| -> Vec<&Finding> {
        findings.iter().filter(|finding| wanted(finding)).collect()
    };
    let of = |severity: Severity| {
        select(&|f| f.outcome == Outcome::Fail && f.caused_by.is_empty() && f.severity == severity)
    };
    let consequences = select(&|f| f.outcome == Outcome::Fail && !f.caused_by.is_empty());
    let explained = explained(findings);
    let unknown = select(&|f| {
        f.outcome == Outcome::Unknown && f.severity == Severity::Error && !explained.contains(f.check.as_str())
    });
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

/// The checks that a failing one explains: where a file cannot be read, what it says is unknown, and nobody asks.
fn explained(findings: &[Finding]) -> BTreeSet<&str> {
    let failing: BTreeSet<&str> =
        findings.iter().filter(|finding| finding.fails()).map(|finding| finding.check.as_str()).collect();
    let checks = CHECKS.iter().filter(|check| failing.contains(check.id.as_str()));
    checks.flat_map(|check| &check.explains).map(|id| id.value.as_str()).collect()
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
    let same = found.iter().all(|check| expect.root_causes.iter().any(|expected| expected == check));
    let wrong = same && found.len() == expect.root_causes.len() && found != expect.root_causes;
    wrong.then(|| format!("the root causes come in another order: {}", found.join(", ")))
}

/// Whether the verdict is another one than the findings make.
fn contradiction(facts: &Facts, report: &Report) -> Option<String> {
    let has = |outcome, severity| {
        report.findings.iter().any(|finding| finding.outcome == outcome && finding.severity == severity)
    };
    let verdict = if has(Outcome::Fail, Severity::Error) {
        Verdict::Broken
    } else if facts.targets.is_empty() || has(Outcome::Unknown, Severity::Error) {
        Verdict::Undetermined
    } else if has(Outcome::Fail, Severity::Warning) {
        Verdict::Degraded
    } else {
        Verdict::Healthy
    };
    (report.verdict != verdict).then(|| format!("the verdict is {}, not {verdict}", report.verdict))
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

/// What is wrong with the report as it is written: it does not follow its schema, or something holds a secret. The
/// facts are looked at, too, for they get into bundles.
fn written(machine: &Machine, examined: &Examined) -> Vec<String> {
    let identities = Identities::of(&examined.facts).with_regions(&examined.regions);
    let reader = Reader::new(Detail::Verbose, Some(100));
    let mut texts = vec![("facts", serde_json::to_string(&examined.facts).unwrap_or_default())];
    for privacy in [Privacy::Readable, Privacy::Redacted] {
        let report = examined.report.clone().redacted(&identities, privacy);
        texts.push(("human report", text(&report, Format::Human(reader))));
        texts.push(("JSON report", text(&report, Format::Json)));
    }
    let mut complaints = texts.iter().filter(|(what, _)| *what == "JSON report").flat_map(invalid).collect::<Vec<_>>();
    for secret in machine.secrets() {
        let quoted = serde_json::to_string(&secret).unwrap_or_default();
        let holds = |text: &str| text.contains(&secret) || text.contains(quoted.trim_matches('"'));
        let leaking = texts.iter().filter(|(_, text)| holds(text));
        complaints.extend(leaking.map(|(what, _)| format!("the {what} holds the secret {secret}")));
    }
    complaints
}

/// A report as it is written.
pub(crate) fn text(report: &Report, format: Format) -> String {
    let mut bytes = Vec::new();
    output::report(report, format, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn invalid((_, json): &(&str, String)) -> Vec<String> {
    match serde_json::from_str(json) {
        Ok(document) => SCHEMA.iter_errors(&document).map(|error| format!("against the schema: {error}")).collect(),
        Err(error) => vec![format!("the JSON report is no JSON: {error}")],
    }
}

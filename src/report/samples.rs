//! Findings and reports for tests.

use super::{Identities, Meta, Privacy, Report, build};
use crate::fact::os::Os;
use crate::fact::target::Target;
use crate::fact::{Fact, Facts, Source};
use crate::finding::{Area, Confidence, Evidence, Finding, Layer, Message, Outcome, Segment, Sensitivity, Severity};

/// An error check of the area `ssh`, layer `config`, on target `t1`.
pub(crate) fn finding(id: &str, outcome: Outcome) -> Finding {
    let check = id.split('#').next().unwrap_or_default();
    Finding {
        id: id.into(),
        check: check.into(),
        area: Area::Ssh,
        layer: Layer::Config,
        title: format!("Title of {check}"),
        target: Some("t1".into()),
        outcome,
        severity: Severity::Error,
        confidence: Confidence::Certain,
        message: literal(&format!("message of {check}")),
        subject: None,
        evidence: Vec::new(),
        caused_by: Vec::new(),
        reason: None,
        latent: false,
        acknowledged: None,
        security: false,
        live: false,
        remedy: literal(&format!("remedy of {check}")),
        why: literal(&format!("why of {check}")),
        fix: None,
        references: Vec::new(),
        duration_ms: 0,
    }
}

/// A failing error that another finding explains.
pub(crate) fn consequence(id: &str, cause: &str) -> Finding {
    with(finding(id, Outcome::Fail), |finding| finding.caused_by = vec![cause.into()])
}

/// The finding, changed.
pub(crate) fn with(mut finding: Finding, change: impl FnOnce(&mut Finding)) -> Finding {
    change(&mut finding);
    finding
}

/// A message without values.
pub(crate) fn literal(text: &str) -> Message {
    vec![Segment::Literal(text.into())]
}

/// A message of literals and, behind each but the last, a value.
pub(crate) fn message(parts: &[(&str, &str, Sensitivity)], tail: &str) -> Message {
    let pair = |(text, value, sensitivity): &(&str, &str, Sensitivity)| {
        [Segment::Literal((*text).into()), Segment::value(*value, *sensitivity)]
    };
    parts.iter().flat_map(pair).chain([Segment::Literal(tail.into())]).collect()
}

/// A place in a file.
pub(crate) fn line(path: &str, line: u32, excerpt: &str, span: (u32, u32)) -> Evidence {
    Source::line(path, line, excerpt).span(span.0, span.1)
}

/// The clone `demo-repo` with an SSH remote `origin`.
pub(crate) fn target() -> Target {
    Target {
        id: "t1".into(),
        label: "origin".into(),
        transport: "ssh".into(),
        remote: Some("origin".into()),
        url: Some("ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo-repo".into()),
        host: Some("git-codecommit.us-east-1.amazonaws.com".into()),
        repository: Some("demo-repo".into()),
        region: Some("us-east-1".into()),
        ..Target::default()
    }
}

/// Debian, user `jdoe` at home in `/home/jdoe`.
pub(crate) fn os() -> Os {
    Os {
        family: "linux".into(),
        version: Fact::Known("Debian GNU/Linux 12 (bookworm)".into()),
        arch: "x86_64".into(),
        user: Fact::Known("jdoe".into()),
        home: Fact::Known("/home/jdoe".into()),
        account_home: Fact::Known("/home/jdoe".into()),
        homes_differ: Fact::Known(false),
        ..Os::default()
    }
}

/// The run.
pub(crate) fn meta() -> Meta {
    Meta {
        id: "K7QX2M9P".into(),
        tool_version: "0.1.0".into(),
        check_count: 200,
        left_out: 0,
        digest: "sha256:0123456789abcdef".into(),
        overlays: Vec::new(),
        started_at: 1_800_000_000,
        duration_ms: 87,
        fail_on: Severity::Error,
    }
}

/// The report on [`target`], as the user sees it on a terminal.
pub(crate) fn report(findings: Vec<Finding>, root_causes: &[&str]) -> Report {
    report_on(&[target()], findings, root_causes)
}

/// The report on several targets, as the user sees it on a terminal; the findings are put into the order in which the
/// evaluation gives them.
pub(crate) fn report_on(targets: &[Target], mut findings: Vec<Finding>, root_causes: &[&str]) -> Report {
    let rank = |finding: &Finding| root_causes.iter().position(|id| *id == finding.id).unwrap_or(usize::MAX);
    findings.sort_by_key(|f| (f.outcome, !f.caused_by.is_empty(), rank(f), f.severity));
    let root_causes = root_causes.iter().map(ToString::to_string).collect();
    let report = build(findings, root_causes, targets, &os(), meta());
    report.redacted(&identities(targets), Privacy::Readable)
}

/// What identifies the user of [`os`].
pub(crate) fn identities(targets: &[Target]) -> Identities {
    Identities::of(&Facts { os: os(), targets: targets.to_vec(), ..Facts::default() })
}

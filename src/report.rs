//! The report: counts, verdicts, order and exit status, computed once. Every output format only renders it.

use std::collections::BTreeMap;

use crate::fact::os::Os;
use crate::fact::target::Target;
use crate::finding::{Finding, IdentityKind, Layer, Message, Outcome, Segment, Sensitivity, Severity};

mod acknowledge;
mod command;
pub mod diagnosis;
pub mod fixes;
pub mod id;
pub mod redact;
mod verdict;

pub use acknowledge::{Acknowledgement, acknowledge};
pub use command::CommandSeen;
pub use fixes::{FixDone, FixStatus, Repairs};
pub use redact::{Identities, Privacy, Redactor};
pub use verdict::Verdict;

/// What the report says about the run itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Short random ID, see [`id::random`].
    pub id: String,
    /// Version of cc-doctor.
    pub tool_version: String,
    /// Number of checks that were loaded.
    pub check_count: usize,
    /// Number of checks that `--check` and `--skip` left out.
    pub left_out: usize,
    /// Digest of their definitions.
    pub digest: String,
    /// Directories of `--checks` and files of `--regions` that were laid over the built-in ones.
    pub overlays: Vec<String>,
    /// When the run started, seconds since the Unix epoch.
    pub started_at: i64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The severity from which on a failure counts for the exit code.
    pub fail_on: Severity,
}

/// The machine, in words that name nobody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Machine {
    /// `linux`, `macos`, `windows` or `unix`.
    pub os: String,
    /// Name and version as the system tells it; `None` where it does not.
    pub version: Option<String>,
    /// CPU architecture.
    pub arch: String,
    /// Whether this is Linux under Windows.
    pub wsl: bool,
    /// Whether the shell is MSYS2, Git Bash or Cygwin.
    pub msys: bool,
    /// Whether we run in a container.
    pub container: bool,
    /// Whether we run as root.
    pub root: bool,
}

/// One examined repository and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetReport {
    /// `t1`, `t2`, …
    pub id: String,
    /// How it is named to people.
    pub label: Segment,
    /// `ssh`, `https-gitcred`, `https-helper` or `grc`.
    pub transport: String,
    /// The URL that git uses; `None`: only the set-up was examined.
    pub url: Option<Segment>,
    /// Region.
    pub region: Option<Segment>,
    /// Host.
    pub host: Option<Segment>,
    /// Repository.
    pub repository: Option<Segment>,
    /// The last layer that held; `None` when none is known to.
    pub reach: Option<Layer>,
    /// The layer of the first unexplained error.
    pub breaks_at: Option<Layer>,
    /// The layers that a proxy does in the place of git, so that nothing is known of them.
    pub by_proxy: Vec<Layer>,
    /// Verdict.
    pub verdict: Verdict,
    /// The arguments of `git clone` for it, where repairs have made way for that; `None`: it is cloned, or git does not
    /// reach it.
    pub clone: Option<Vec<Segment>>,
}

/// How many findings there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Checks that hold.
    pub pass: usize,
    /// Checks that fail.
    pub fail: usize,
    /// Checks that could not be decided.
    pub unknown: usize,
    /// Checks that do not apply.
    pub skipped: usize,
    /// Of those that fail: errors.
    pub error: usize,
    /// Of those that fail: warnings.
    pub warning: usize,
    /// Of those that fail: pieces of information.
    pub info: usize,
    /// Of those that fail: acknowledged by the user.
    pub acknowledged: usize,
}

/// Everything that a format needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The run.
    pub meta: Meta,
    /// The machine.
    pub machine: Machine,
    /// The repositories.
    pub targets: Vec<TargetReport>,
    /// The worst verdict of all targets.
    pub verdict: Verdict,
    /// IDs of findings, most likely cause first.
    pub root_causes: Vec<String>,
    /// Counts.
    pub summary: Summary,
    /// Failing ones first, root causes before consequences, then unknown, skipped, pass.
    pub findings: Vec<Finding>,
    /// What was done about them.
    pub repairs: Repairs,
    /// What a text told, when one was diagnosed.
    pub diagnosis: Option<diagnosis::TextDiagnosis>,
    /// What there is to say of the user's own settings, one sentence each.
    pub notes: Vec<Message>,
    /// 1: something failed at or above `fail_on`; 3: nothing did, but the verdict is undetermined; else 0. That of the
    /// command, where one was watched.
    pub exit_code: u8,
    /// How many different identities of each kind were replaced by tokens; empty when none were to be.
    pub redactions: BTreeMap<String, usize>,
    /// The command that was watched; `None`: not `cc-doctor run`.
    pub command: Option<CommandSeen>,
}

/// Computes the report.
///
/// `findings` are in the order of the evaluation, failing ones first; `root_causes` are IDs of findings, most likely
/// first.
pub fn build(findings: Vec<Finding>, root_causes: Vec<String>, targets: &[Target], os: &Os, meta: Meta) -> Report {
    let grouped = verdict::Grouped::new(&findings);
    let targets: Vec<_> = targets.iter().map(|target| target_report(target, &grouped)).collect();
    let verdict = verdict::overall(targets.iter().map(|target| target.verdict), &findings);
    Report {
        exit_code: verdict::exit_code(verdict, &findings, meta.fail_on),
        summary: summary(&findings),
        machine: machine(os),
        redactions: BTreeMap::new(),
        command: None,
        meta,
        targets,
        verdict,
        root_causes,
        findings,
        repairs: Repairs::NotWanted,
        diagnosis: None,
        notes: Vec::new(),
    }
}

fn target_report(target: &Target, findings: &verdict::Grouped<'_>) -> TargetReport {
    let text = |value: &str| Segment::value(value, Sensitivity::Text);
    let public = |value: &str| Segment::value(value, Sensitivity::Public);
    let host = |value: &str| Segment::value(value, Sensitivity::Identity(IdentityKind::Host));
    TargetReport {
        id: target.id.to_string(),
        label: text(&target.label),
        transport: target.transport.to_string(),
        url: target.url.as_deref().map(text),
        region: target.region.as_deref().map(public),
        host: target.host.as_deref().map(host),
        repository: target.repository.as_deref().map(public),
        reach: verdict::reach(&target.id, findings),
        breaks_at: verdict::breaks_at(&target.id, findings),
        by_proxy: if behind_proxy(target) { verdict::left_out(&target.id, findings) } else { Vec::new() },
        verdict: verdict::of_target(&target.id, findings),
        clone: None,
    }
}

fn behind_proxy(target: &Target) -> bool {
    target.access.known().and_then(|access| access.judge.known()).is_some_and(|judge| judge.behind_proxy)
}

fn machine(os: &Os) -> Machine {
    Machine {
        os: os.family.to_string(),
        version: os.version.known().map(ToString::to_string),
        arch: os.arch.to_string(),
        wsl: os.wsl,
        msys: os.msys,
        container: os.container,
        root: os.is_root,
    }
}

fn summary(findings: &[Finding]) -> Summary {
    let mut summary = Summary::default();
    for finding in findings {
        match finding.outcome {
            Outcome::Pass => summary.pass += 1,
            Outcome::Fail => summary.fail += 1,
            Outcome::Unknown => summary.unknown += 1,
            Outcome::Skipped => summary.skipped += 1,
        }
        summary.acknowledged += usize::from(finding.fails() && !finding.counts());
        match finding.severity {
            _ if !finding.fails() => {}
            Severity::Error => summary.error += 1,
            Severity::Warning => summary.warning += 1,
            Severity::Info => summary.info += 1,
        }
    }
    summary
}

impl Report {
    /// The finding of that ID.
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.id == id)
    }

    /// The target of that ID.
    pub fn target(&self, id: &str) -> Option<&TargetReport> {
        self.targets.iter().find(|target| target.id == id)
    }
}

#[cfg(test)]
pub(crate) mod samples;

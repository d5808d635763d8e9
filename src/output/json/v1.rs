//! Version 1 of the JSON document. These types are frozen: they may gain fields, and lose or change none.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Serialize, Serializer};

use crate::error::Errors;
use crate::report::{Redactor, Report};

mod acknowledged;
mod command;
mod convert;
mod repair;

use acknowledged::Acknowledged;
use command::Command;
use repair::{Edit, FixDone};

/// The version that these types describe.
const SCHEMA_VERSION: u32 = 1;

/// What `cc-doctor --json` prints: one report, why there is none, or, of `undo`, what was taken back.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "cc-doctor report, version 1", rename = "Document")]
enum Document<'a> {
    Report(Box<ReportDocument<'a>>),
    Failure(Box<FailureDocument>),
    Undo(repair::UndoDocument),
}

/// What was found on a machine.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ReportDocument<'a> {
    /// Version of this format.
    #[schemars(range(min = 1, max = 1))]
    schema_version: u32,
    /// Short random ID, to quote in a ticket.
    id: String,
    /// What made the report.
    tool: Tool,
    /// When the run started, RFC 3339 in UTC.
    started_at: String,
    /// How long it took, in milliseconds.
    duration_ms: u64,
    /// 0: nothing failed at or above --fail-on; 1: something did; 3: the verdict is undetermined. That of the command,
    /// where one was watched.
    exit_code: u8,
    /// The machine examined.
    machine: Machine,
    /// The repositories examined.
    targets: Vec<Target>,
    /// The worst verdict of all targets.
    verdict: Verdict,
    /// IDs of findings, most likely cause first.
    root_causes: Vec<String>,
    /// How many findings there are of each kind.
    summary: Summary,
    /// Failing ones first, root causes before consequences, then unknown, skipped, pass.
    #[schemars(with = "Vec<Finding>")]
    findings: Findings<'a>,
    /// What repairs did; empty in a diagnosis.
    fixes: Vec<FixDone>,
    /// Of `diagnose`: what the text may come from; what holds here first, then the most telling first.
    #[serde(skip_serializing_if = "Option::is_none")]
    symptoms: Option<Vec<Symptom>>,
    /// Of `diagnose`: what the text is about, and what the machine was examined for.
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<Diagnosis>,
    /// What there is to say of the user's own `.cc-doctor.yaml`, one sentence each.
    notes: Vec<String>,
    /// How many different identities of each kind were replaced by tokens such as `<account-1>`.
    redactions: BTreeMap<String, usize>,
    /// The command that `cc-doctor run` watched; left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Command>,
}

/// What a diagnosed text is about.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Diagnosis {
    /// What the machine was examined for.
    scope: Scope,
    /// The hosts that the text is about, when CodeCommit's is none of them.
    others: Vec<String>,
    /// What to ask the owner of another machine for, one sentence each.
    questions: Vec<String>,
}

/// What the machine was examined for.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Scope {
    /// Nothing: that was not wanted.
    NotWanted,
    /// Nothing: the text shows no failure of CodeCommit.
    NotOurs,
    /// What the text may come from.
    Suspects,
    /// Everything: none of that holds here, or the text names nothing that is known.
    Everything,
}

impl From<crate::report::diagnosis::Scope> for Scope {
    fn from(scope: crate::report::diagnosis::Scope) -> Self {
        use crate::report::diagnosis::Scope as Told;
        match scope {
            Told::NotWanted => Self::NotWanted,
            Told::NotOurs => Self::NotOurs,
            Told::Suspects => Self::Suspects,
            Told::Everything => Self::Everything,
        }
    }
}

/// Something that a diagnosed text may come from.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Symptom {
    /// The line of the text that tells the most of it.
    line: String,
    /// The number of that line, from 1.
    number: usize,
    /// The check; `cc-doctor explain` takes it.
    check: String,
    /// Its title.
    title: String,
    /// Whether nothing on a machine shows it.
    knowledge: bool,
    /// What the examination said of it; null: there was none, or none can tell.
    here: Option<Outcome>,
}

/// Why cc-doctor itself failed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct FailureDocument {
    /// Version of this format.
    #[schemars(range(min = 1, max = 1))]
    schema_version: u32,
    /// What failed.
    tool: Tool,
    /// Always 2.
    #[schemars(range(min = 2, max = 2))]
    exit_code: u8,
    /// The first failure.
    error: Failure,
    /// All failures, the first included: definitions are checked to the end.
    errors: Vec<Failure>,
}

/// One failure.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Failure {
    /// What kind of failure.
    kind: FailureKind,
    /// One sentence.
    message: String,
    /// What to try.
    hints: Vec<String>,
    /// The file that is wrong.
    path: Option<String>,
    /// The line in it, from 1.
    line: Option<u32>,
    /// The column, in characters from 1.
    column: Option<u32>,
}

/// cc-doctor and its checks.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Tool {
    /// Always `cc-doctor`.
    name: String,
    /// Its version.
    version: String,
    /// The checks that were loaded; null in a failure.
    checks: Option<Checks>,
}

/// The checks that were loaded.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Checks {
    /// How many.
    count: usize,
    /// Digest of their definitions.
    digest: String,
    /// Directories of --checks and files of --regions.
    overlays: Vec<String>,
    /// How many checks --check and --skip left out.
    left_out: usize,
}

/// The machine examined.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Machine {
    /// `linux`, `macos`, `windows` or `unix`.
    os: String,
    /// Name and version as the system tells it.
    version: Option<String>,
    /// CPU architecture, such as `x86_64`.
    arch: String,
    /// Whether this is Linux under Windows.
    wsl: bool,
    /// Whether the shell is MSYS2, Git Bash or Cygwin.
    msys: bool,
    /// Whether cc-doctor ran in a container.
    container: bool,
    /// Whether cc-doctor ran as root.
    root: bool,
}

/// One repository examined.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Target {
    /// `t1`, `t2`, …
    id: String,
    /// The URL that git uses; null when only the set-up was examined.
    url: Option<String>,
    /// `ssh`, `https-gitcred`, `https-helper` or `grc`.
    transport: String,
    /// AWS Region.
    region: Option<String>,
    /// Host.
    host: Option<String>,
    /// Repository.
    repository: Option<String>,
    /// The last layer that held; null when none is known to.
    reach: Option<Layer>,
    /// Verdict.
    verdict: Verdict,
    /// The command that clones it, after repairs with --url outside of a clone of it; null otherwise.
    clone: Option<Vec<String>>,
}

/// How many findings there are of each kind.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Summary {
    /// Checks that hold.
    pass: usize,
    /// Checks that fail.
    fail: usize,
    /// Checks that could not be decided.
    unknown: usize,
    /// Checks that do not apply.
    skipped: usize,
    /// Those that fail, by severity.
    by_severity: BySeverity,
    /// Those that fail and are acknowledged by the user: they count for no verdict and no exit code.
    acknowledged: usize,
}

/// Failing checks by severity.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct BySeverity {
    /// Errors.
    error: usize,
    /// Warnings.
    warning: usize,
    /// Pieces of information.
    info: usize,
}

/// The findings of a report, of which there may be 100,000: converted one after the other while they are written.
#[derive(Debug, Clone)]
struct Findings<'a>(&'a [crate::finding::Finding]);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(convert::finding))
    }
}

/// One outcome of one check on one subject.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Finding {
    /// `<check>#<n>`, unique within the report.
    id: String,
    /// The check; `cc-doctor explain` takes it.
    check: String,
    /// Area of the check.
    area: String,
    /// Step of the connection that the check is about.
    layer: Layer,
    /// Title of the check.
    title: String,
    /// ID of the target; null: about the machine as a whole.
    target: Option<String>,
    /// What became of the check.
    outcome: Outcome,
    /// Effective severity.
    severity: Severity,
    /// What was found, in one sentence.
    message: String,
    /// The element that it is about, of a check of many.
    subject: Option<String>,
    /// The places it rests on.
    evidence: Vec<Evidence>,
    /// IDs of the findings that explain this one.
    caused_by: Vec<String>,
    /// Why the outcome is `unknown` or `skipped`.
    reason: Option<String>,
    /// How surely a failure names a cause.
    confidence: Confidence,
    /// Whether git works in spite of it.
    latent: bool,
    /// That the user accepts the failure, which then counts for no verdict and no exit code; null: they do not.
    acknowledged: Option<Acknowledged>,
    /// How to mend it by hand.
    remedy: String,
    /// What would mend it.
    fix: Option<Fix>,
    /// Where to read on.
    references: Vec<String>,
    /// How long the evaluation took, in milliseconds.
    duration_ms: u64,
}

/// A place that a finding rests on.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Evidence {
    /// The file.
    path: Option<String>,
    /// Line in the file, from 1.
    line: Option<u32>,
    /// First column of the text meant, in characters of the excerpt from 1.
    column: Option<u32>,
    /// The line of the file, the setting of the environment or the line that a command printed.
    excerpt: Option<String>,
    /// `file`, `environment NAME` or `command …`.
    source: String,
}

/// What would mend a fault.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Fix {
    /// Who may do it: `safe`, `consent` or `manual`.
    applicability: String,
    /// What it does.
    title: String,
    /// The commands, each a list of arguments that no shell has touched.
    commands: Vec<Vec<String>>,
    /// What cc-doctor would do.
    edits: Vec<Edit>,
    /// What that would change now, as unified diffs and commands; null: nothing, or it is not planned.
    diff: Option<String>,
    /// Why cc-doctor would not do it now.
    refused: Option<String>,
}

macro_rules! mirror {
    ($($(#[$doc:meta])* $name:ident of $source:path { $($variant:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
        #[serde(rename_all = "lowercase")]
        enum $name { $($variant),* }

        impl From<$source> for $name {
            fn from(value: $source) -> Self {
                match value { $(<$source>::$variant => Self::$variant),* }
            }
        }
    )*};
}

mirror! {
    /// What became of a check.
    Outcome of crate::finding::Outcome { Pass, Fail, Unknown, Skipped }
    /// How bad a failure is.
    Severity of crate::finding::Severity { Info, Warning, Error }
    /// How surely a failure names a cause.
    Confidence of crate::finding::Confidence { Certain, Likely, Possible }
    /// A step of the connection.
    Layer of crate::finding::Layer {
        Tools, Config, Dns, Tcp, Handshake, Authentication, Authorization, Repository,
    }
    /// What became of a target, or of all of them.
    Verdict of crate::report::Verdict { Healthy, Degraded, Undetermined, Broken }
    /// What kind of failure.
    FailureKind of crate::error::Kind { Usage, Definition, Io, Repair, Internal }
}

/// Writes the report as one document.
pub(in crate::output) fn report(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write(&Document::Report(Box::new(convert::report(report))), out)
}

/// Writes why there is no report.
pub(in crate::output) fn failure(errors: &Errors, redactor: &mut Redactor, out: &mut dyn Write) -> io::Result<()> {
    write(&Document::Failure(Box::new(convert::failure(errors, redactor))), out)
}

/// Writes what was taken back.
pub(crate) fn undo(fixes: &[crate::report::FixDone], out: &mut dyn Write) -> io::Result<()> {
    write(&Document::Undo(repair::undo(fixes)), out)
}

/// Writes the JSON Schema of the document.
///
/// # Errors
/// When `out` cannot be written.
pub fn schema(out: &mut dyn Write) -> io::Result<()> {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    write(&settings.into_generator().into_root_schema_for::<Document<'static>>(), out)
}

/// Two spaces of indentation and a line break at the end: people read it, too.
fn write(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    serde_json::to_writer_pretty(&mut out, document)?;
    out.write_all(b"\n")?;
    out.flush()
}

#[cfg(test)]
mod tests;

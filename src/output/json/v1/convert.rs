//! From the report to version 1 of its JSON document. Every text is made safe for terminals on the way.

use jiff::Timestamp;

use super::{
    BySeverity, Checks, Diagnosis, Evidence, Failure, FailureDocument, Finding, Findings, Fix, Machine, ReportDocument,
    SCHEMA_VERSION, Summary, Symptom, Target, Tool, repair,
};
use crate::error::{self, Errors};
use crate::fact::Source;
use crate::finding::{self, FindingFix};
use crate::output::safe::{safe, safe_block, safe_line};
use crate::output::{plain, segment};
use crate::report::diagnosis::{Suspect, TextDiagnosis};
use crate::report::{self, Redactor, Report, TargetReport};

pub(super) fn report(report: &Report) -> ReportDocument<'_> {
    ReportDocument {
        schema_version: SCHEMA_VERSION,
        id: safe(&report.meta.id),
        tool: tool(report),
        started_at: Timestamp::from_second(report.meta.started_at).unwrap_or_default().to_string(),
        duration_ms: report.meta.duration_ms,
        exit_code: report.exit_code,
        machine: machine(&report.machine),
        targets: report.targets.iter().map(target).collect(),
        verdict: report.verdict.into(),
        root_causes: report.root_causes.clone(),
        summary: summary(&report.summary),
        findings: Findings(&report.findings),
        fixes: report.repairs.done().iter().map(repair::done).collect(),
        symptoms: report.diagnosis.as_ref().map(symptoms),
        diagnosis: report.diagnosis.as_ref().map(diagnosis),
        notes: report.notes.iter().map(plain).collect(),
        redactions: report.redactions.clone(),
        command: report.command.as_ref().map(super::command::seen),
    }
}

fn diagnosis(told: &TextDiagnosis) -> Diagnosis {
    Diagnosis {
        scope: told.scope.into(),
        others: told.others.iter().map(segment).collect(),
        questions: told.questions.iter().map(|question| safe_block(question)).collect(),
    }
}

fn symptoms(diagnosis: &TextDiagnosis) -> Vec<Symptom> {
    let one = |suspect: &Suspect| {
        let line = diagnosis.lines.get(suspect.line);
        Symptom {
            line: line.map(|line| segment(&line.text)).unwrap_or_default(),
            number: line.map(|line| line.number).unwrap_or_default(),
            check: suspect.id.clone(),
            title: safe_block(&suspect.title),
            knowledge: suspect.knowledge,
            here: suspect.here.map(Into::into),
        }
    };
    diagnosis.suspects.iter().map(one).collect()
}

fn tool(report: &Report) -> Tool {
    let checks = Checks {
        count: report.meta.check_count,
        digest: report.meta.digest.clone(),
        overlays: report.meta.overlays.iter().map(|path| safe(path)).collect(),
        left_out: report.meta.left_out,
    };
    Tool { name: "cc-doctor".into(), version: report.meta.tool_version.clone(), checks: Some(checks) }
}

fn machine(machine: &report::Machine) -> Machine {
    Machine {
        os: safe(&machine.os),
        version: machine.version.as_deref().map(safe),
        arch: safe(&machine.arch),
        wsl: machine.wsl,
        msys: machine.msys,
        container: machine.container,
        root: machine.root,
    }
}

fn target(target: &TargetReport) -> Target {
    Target {
        id: target.id.clone(),
        url: target.url.as_ref().map(segment),
        transport: safe(&target.transport),
        region: target.region.as_ref().map(segment),
        host: target.host.as_ref().map(segment),
        repository: target.repository.as_ref().map(segment),
        reach: target.reach.map(Into::into),
        verdict: target.verdict.into(),
        clone: target.clone.as_ref().map(|words| words.iter().map(segment).collect()),
    }
}

fn summary(summary: &report::Summary) -> Summary {
    Summary {
        pass: summary.pass,
        fail: summary.fail,
        unknown: summary.unknown,
        skipped: summary.skipped,
        by_severity: BySeverity { error: summary.error, warning: summary.warning, info: summary.info },
        acknowledged: summary.acknowledged,
    }
}

pub(super) fn finding(finding: &finding::Finding) -> Finding {
    Finding {
        id: finding.id.clone(),
        check: finding.check.clone(),
        area: finding.area.to_string(),
        layer: finding.layer.into(),
        title: safe_block(&finding.title),
        target: finding.target.clone(),
        outcome: finding.outcome.into(),
        severity: finding.severity.into(),
        message: plain(&finding.message),
        subject: finding.subject.as_ref().map(plain),
        evidence: finding.evidence.iter().map(place).collect(),
        caused_by: finding.caused_by.clone(),
        reason: finding.reason.as_ref().map(plain),
        confidence: finding.confidence.into(),
        latent: finding.latent,
        acknowledged: finding.acknowledged.as_ref().map(Into::into),
        remedy: plain(&finding.remedy),
        fix: finding.fix.as_ref().map(fix),
        references: finding.references.iter().map(|link| safe(link)).collect(),
        duration_ms: finding.duration_ms,
    }
}

fn place(source: &Source) -> Evidence {
    let kind = match (&source.variable, &source.command) {
        (Some(name), _) => format!("environment {}", safe(name)),
        (None, Some(command)) => format!("command {}", safe(command)),
        (None, None) => "file".to_owned(),
    };
    Evidence {
        path: source.path.as_deref().map(safe),
        line: source.line,
        column: source.column,
        excerpt: source.excerpt.as_deref().map(safe_line),
        source: kind,
    }
}

fn fix(fix: &FindingFix) -> Fix {
    Fix {
        applicability: fix.applicability.to_string(),
        title: plain(&fix.title),
        commands: fix.commands.iter().map(|arguments| arguments.iter().map(plain).collect()).collect(),
        edits: fix.edits.iter().map(repair::edit).collect(),
        diff: fix.diff.as_deref().map(safe_block),
        refused: fix.refused.as_deref().map(safe_block),
    }
}

/// cc-doctor without its checks.
pub(super) fn own_tool() -> Tool {
    Tool { name: "cc-doctor".into(), version: env!("CARGO_PKG_VERSION").into(), checks: None }
}

pub(super) fn failure(errors: &Errors, redactor: &mut Redactor) -> FailureDocument {
    FailureDocument {
        schema_version: SCHEMA_VERSION,
        tool: own_tool(),
        exit_code: error::EXIT_CODE,
        error: one_failure(&errors.first, redactor),
        errors: errors.iter().map(|error| one_failure(error, redactor)).collect(),
    }
}

fn one_failure(error: &error::Error, redactor: &mut Redactor) -> Failure {
    let error = redactor.error(error);
    Failure {
        kind: error.kind.into(),
        message: safe_block(&error.message),
        hints: error.hints.iter().map(|hint| safe_block(hint)).collect(),
        path: error.path.map(|path| safe_block(&path.display().to_string())),
        line: error.line,
        column: error.column,
    }
}

//! `cc-doctor check`: from the plan to the report in every format that was asked for.

use std::io::{self, IsTerminal, Write};
use std::time::Instant;

use sha2::{Digest, Sha256};

use crate::check::Check;
use crate::cli::{Format, Options};
use crate::collect::{self, Context, Live};
use crate::error::{EXIT_CODE, Error, Errors};
use crate::evaluate::{self, Evaluation};
use crate::fact::{Facts, Run};
use crate::output;
use crate::plan::Plan;
use crate::report::{self, Identities, Meta, Privacy, Report};
use crate::symptom;
use crate::system::System;
use crate::system::real::RealSystem;

/// Examines the machine and returns the exit code.
///
/// # Errors
/// When the plan is wrong or a report cannot be written.
pub(super) fn examine(system: &RealSystem, options: &Options, out: &mut dyn Write) -> Result<u8, Errors> {
    let start = Instant::now();
    let started_at = system.now();
    let plan = Plan::new(system, options)?;
    system.end_at(start + plan.timeout);
    let mut facts = gather(system, options, &plan, started_at);
    symptom::add_candidates(&plan.checks, &mut facts);
    let watch = || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let evaluation = evaluate::evaluate(&plan.checks, &facts, &watch)
        .map_err(|error| Error::internal(format!("the facts cannot be written down: {error}")))?;
    let defects = defects(&evaluation);
    let mut report = build(evaluation, &facts, &plan, Times { started_at, duration_ms: watch() });
    if defects.is_some() {
        report.exit_code = EXIT_CODE;
    }
    let exit_code = report.exit_code;
    let identities = Identities::of(&facts).with_regions(&plan.regions);
    drop(facts);
    show(report, &identities, options, out)?;
    if let Some(errors) = defects {
        let mut redactor = report::Redactor::new(&identities, Privacy::Redacted);
        super::written(output::failure(&errors, &mut redactor, &mut io::stderr()))?;
    }
    Ok(exit_code)
}

/// When the run started, and how long it took.
struct Times {
    started_at: i64,
    duration_ms: u64,
}

fn gather(system: &dyn System, options: &Options, plan: &Plan, started_at: i64) -> Facts {
    let context = Context {
        system,
        regions: &plan.regions,
        region: options.region.as_deref(),
        profile: options.profile.as_deref(),
        urls: &options.url,
        live: Live { on: !options.offline, trust_repository: options.trust_repository, thorough: options.verbose },
    };
    let run = Run {
        started_at,
        offline: options.offline,
        region: options.region.as_deref().map(Into::into),
        profile: options.profile.as_deref().map(Into::into),
        ..Run::default()
    };
    collect::gather(&context, run, plan.needs)
}

fn build(evaluation: Evaluation, facts: &Facts, plan: &Plan, times: Times) -> Report {
    let meta = Meta {
        id: report::id::random(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        check_count: plan.checks.len(),
        digest: digest(&plan.checks),
        overlays: plan.overlays.clone(),
        started_at: times.started_at,
        duration_ms: times.duration_ms,
        fail_on: plan.fail_on,
    };
    report::build(evaluation.findings, evaluation.root_causes, &facts.targets, &facts.os, meta)
}

/// The first 16 hexadecimal digits of the SHA-256 of all definitions, so that two reports tell whether they were made
/// with the same ones.
fn digest(checks: &[Check]) -> String {
    let mut hasher = Sha256::new();
    for check in checks {
        hasher.update(check.id.as_bytes());
        hasher.update(check.text().as_bytes());
    }
    data_encoding::HEXLOWER.encode(&hasher.finalize()).chars().take(16).collect()
}

/// Definitions that failed on this machine.
fn defects(evaluation: &Evaluation) -> Option<Errors> {
    let error = |defect: &crate::finding::Defect| {
        Error::definition(defect.message.clone())
            .at(defect.path.clone(), None, None)
            .hint("the finding of this check is unknown; `cc-doctor checks test` tries a definition on its examples")
    };
    Errors::from_list(evaluation.defects.iter().map(error).collect())
}

/// Writes the report to standard output and to the files of `--report`.
fn show(report: Report, identities: &Identities, options: &Options, out: &mut dyn Write) -> Result<(), Errors> {
    let sent_away = if options.show_identity { Privacy::Readable } else { Privacy::Redacted };
    let (format, privacy) = match options.format() {
        Format::Json => (output::Format::Json, sent_away),
        Format::Human if io::stdout().is_terminal() => (human(options), Privacy::Readable),
        Format::Human => (human(options), sent_away),
    };
    if options.report.is_empty() {
        return super::written(output::report(&report.redacted(identities, privacy), format, out));
    }
    super::written(output::report(&report.clone().redacted(identities, privacy), format, out))?;
    let redacted = report.redacted(identities, sent_away);
    for file in &options.report {
        let format = match file.format {
            Format::Json => output::Format::Json,
            Format::Human => human(options),
        };
        output::file::write(&redacted, format, &file.path)
            .map_err(|error| Error::io(&file.path, &error).hint("the report itself is complete; give another file"))?;
    }
    Ok(())
}

fn human(options: &Options) -> output::Format {
    output::Format::Human(super::reader(options))
}

//! `cc-doctor check`: from the plan to the report in every format that was asked for.

use std::io::{self, IsTerminal, Write};
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::repair;
use crate::check::Check;
use crate::cli::{Format, Options};
use crate::collect::git::repository::discover;
use crate::collect::{self, Context, Live};
use crate::error::{EXIT_CODE, Error, Errors};
use crate::evaluate::{self, Evaluation};
use crate::fact::{Facts, Run};
use crate::finding::Finding;
use crate::fix::edit;
use crate::fix::edit::known_hosts::OfferedKey;
use crate::fix::guard::Bounds;
use crate::fix::plan::{self, Planned};
use crate::output;
use crate::plan::Plan;
use crate::report::{self, Identities, Meta, Privacy, Repairs, Report};
use crate::symptom;
use crate::system::hands::Hands;
use crate::system::real::RealSystem;
use crate::system::witness::Witness;
use crate::system::{Discovered, FILE_LIMIT, System};

/// Examines the machine, mends it if that is wanted, and returns the exit code.
///
/// # Errors
/// When the plan is wrong, repairs cannot begin or a report cannot be written.
pub(super) fn examine(system: &RealSystem, options: &Options, out: &mut dyn Write) -> Result<u8, Errors> {
    let desk = Desk::new(system, options)?;
    let mends = options.fix && !options.dry_run;
    let recovered = if mends { repair::recover(system)? } else { Vec::new() };
    let mut seen = desk.look()?;
    if mends {
        let (behind, fixes) = repair::repair(&desk, seen)?;
        seen = behind;
        seen.report.repairs = Repairs::Made([recovered, fixes].concat());
    } else if options.fix {
        seen.report.repairs = Repairs::Preview;
    }
    desk.note_fixes(system, &mut seen);
    let Seen { facts, mut report, defects, .. } = seen;
    if defects.is_some() {
        report.exit_code = EXIT_CODE;
    }
    let exit_code = report.exit_code;
    let identities = Identities::of(&facts).with_regions(&desk.plan.regions);
    drop(facts);
    show(report, &identities, options, out)?;
    if let Some(errors) = defects {
        let mut redactor = report::Redactor::new(&identities, Privacy::Redacted);
        super::written(output::failure(&errors, &mut redactor, &mut io::stderr()))?;
    }
    Ok(exit_code)
}

/// A run: what was asked, and with which checks it is answered.
pub(super) struct Desk<'a> {
    pub(super) options: &'a Options,
    pub(super) plan: Plan,
    start: Instant,
    started_at: i64,
}

/// The machine as it was at one moment.
pub(super) struct Seen {
    pub(super) facts: Facts,
    /// Not redacted.
    pub(super) report: Report,
    defects: Option<Errors>,
    /// What was read of which file.
    witness: Witness,
}

impl Seen {
    /// Whether somebody has changed a file since.
    pub(super) fn is_outdated(&self, system: &dyn System) -> bool {
        self.witness.is_outdated(|path| system.read(path, FILE_LIMIT).ok())
    }
}

impl<'a> Desk<'a> {
    fn new(system: &dyn System, options: &'a Options) -> Result<Self, Errors> {
        let start = Instant::now();
        Ok(Self { options, started_at: system.now(), plan: Plan::new(system, options)?, start })
    }

    /// Looks at the machine, each time anew and with all of the time that one look may take.
    pub(super) fn look(&self) -> Result<Seen, Errors> {
        let system = RealSystem::new();
        system.end_at(Instant::now() + self.plan.timeout);
        let mut facts = gather(&system, self.options, &self.plan, system.now());
        symptom::add_candidates(&self.plan.checks, &mut facts);
        let watch = || u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let evaluation = evaluate::evaluate(&self.plan.checks, &facts, &watch)
            .map_err(|error| Error::internal(format!("the facts cannot be written down: {error}")))?;
        let defects = defects(&evaluation);
        let times = Times { started_at: self.started_at, duration_ms: watch() };
        let report = build(evaluation, &facts, &self.plan, times);
        Ok(Seen { report, facts, defects, witness: system.into_witness() })
    }

    /// Plans the repairs of what was seen. What somebody has written to since is not edited: lines may have moved.
    pub(super) fn planned(&self, hands: &dyn Hands, seen: &Seen, wanted: &[&Finding]) -> Vec<Planned> {
        let repository = repository(hands, seen);
        let offered = OfferedKey::of_targets(&seen.facts.targets);
        let context = edit::Context {
            system: hands,
            repository: repository.as_ref(),
            regions: &self.plan.regions,
            offered: &offered,
        };
        let mut plans = plan::plan(hands, &bounds(hands, repository.as_ref()), &context, wanted);
        plan::refuse_overtaken(&mut plans, |path, content| seen.witness.contradicts(path, &content.0));
        plans
    }

    /// Writes to each failing finding what its fix would change.
    fn note_fixes(&self, hands: &dyn Hands, seen: &mut Seen) {
        let wanted = plan::candidates(&seen.report.findings, &self.options.only);
        if wanted.is_empty() {
            return;
        }
        let machine_wide = edit::machine_wide::file(hands);
        for plan in self.planned(hands, seen, &wanted) {
            let diff = Some(plan.diff()).filter(|diff| !diff.is_empty());
            let findings = seen.report.findings.iter_mut().filter(|finding| plan.ids.contains(&finding.id));
            for fix in findings.filter_map(|finding| finding.fix.as_mut()) {
                fix.applicability = plan.applicability;
                fix.diff.clone_from(&diff);
                fix.refused = plan.changes.as_ref().err().cloned();
                for command in &mut fix.commands {
                    let by_admin = |file| edit::machine_wide::command(hands, file, command);
                    if let Some(words) = machine_wide.as_deref().and_then(by_admin) {
                        *command = words;
                    }
                }
            }
        }
    }
}

/// Where repairs may write: the home directories, the repository, and git's configuration of the whole machine.
pub(super) fn bounds(system: &dyn System, repository: Option<&Discovered>) -> Bounds {
    let bounds = Bounds::of(system, repository);
    match edit::machine_wide::file(system) {
        Some(file) => bounds.with_file(file),
        None => bounds,
    }
}

/// The repository in which repairs may write: the one of the working directory, where git works in it.
pub(super) fn repository(system: &dyn System, seen: &Seen) -> Option<Discovered> {
    let repository = seen.facts.git.known().and_then(|git| git.repository.known());
    let trusted = repository.is_some_and(|repository| repository.dubious_ownership.known() != Some(&true));
    discover(system, &system.current_dir().ok().filter(|_| trusted)?)
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

//! What a run is done with: the plan, looks at the machine, and the repairs that are planned from one.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::check::Check;
use crate::cli::Options;
use crate::collect::git::repository::discover;
use crate::collect::{self, Context, Live};
use crate::error::{Error, Errors};
use crate::evaluate::{self, Evaluation};
use crate::fact::target::Target;
use crate::fact::{Facts, Run, Source};
use crate::finding::{Finding, Message};
use crate::fix::edit;
use crate::fix::edit::known_hosts::OfferedKey;
use crate::fix::guard::Bounds;
use crate::fix::plan::{self, Planned};
use crate::plan::Plan;
use crate::report::{self, Identities, Meta, Report};
use crate::symptom;
use crate::system::hands::Hands;
use crate::system::real::RealSystem;
use crate::system::witness::Witness;
use crate::system::{Discovered, FILE_LIMIT, System};
use crate::trace::same_repository;

/// A run: what was asked, and with which checks it is answered.
pub(super) struct Desk<'a> {
    pub(super) options: &'a Options,
    pub(super) plan: Plan,
    /// `--ssh-key-id`, or what was answered when it was asked for.
    pub(super) ssh_key_id: OnceLock<String>,
    pub(super) start: Instant,
    pub(super) started_at: i64,
    pub(super) scope: Scope,
}

/// What is examined, where that is not for the options and the working directory to say.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The directory to examine the machine from.
    pub(super) directory: Option<PathBuf>,
    /// The URL of the one remote to examine, as git uses it; where no remote has it, all are examined.
    pub(super) remote: Option<String>,
    /// The command that named the URL of the options, for people.
    pub(super) command: Option<String>,
}

/// The machine as it was at one moment.
pub(super) struct Seen {
    pub(super) facts: Facts,
    /// Not redacted.
    pub(super) report: Report,
    pub(super) defects: Option<Errors>,
    /// What was read of which file.
    pub(super) witness: Witness,
}

impl Seen {
    /// Whether somebody has changed a file since.
    pub(super) fn is_outdated(&self, system: &dyn System) -> bool {
        self.witness.is_outdated(|path| system.read(path, FILE_LIMIT).ok())
    }
}

impl<'a> Desk<'a> {
    pub(super) fn new(system: &dyn System, options: &'a Options) -> Result<Self, Errors> {
        let start = Instant::now();
        let plan = Plan::new(system, options)?;
        Ok(Self { start, ..Self::on(system, options, plan, Scope::default()) })
    }

    /// With a plan that has been made, on a part of what it would look at.
    pub(super) fn on(system: &dyn System, options: &'a Options, plan: Plan, scope: Scope) -> Self {
        let ssh_key_id = options.ssh_key_id.clone().map_or_else(OnceLock::new, OnceLock::from);
        Self { options, started_at: system.now(), plan, ssh_key_id, start: Instant::now(), scope }
    }

    /// Looks at the machine, each time anew and with all of the time that one look may take.
    pub(super) fn look(&self) -> Result<Seen, Errors> {
        self.judge(self.gather(), &self.plan.checks)
    }

    /// Gathers the facts that the checks of the plan need.
    pub(super) fn gather(&self) -> (Facts, Witness) {
        let system = RealSystem::seen_from(self.scope.directory.clone());
        system.end_at(Instant::now() + self.plan.timeout);
        let mut facts = self.facts(&system);
        if let Some(url) = &self.scope.remote {
            keep_only(url, &mut facts.targets);
        }
        if let Some(command) = &self.scope.command {
            name_by(command, &mut facts.targets);
        }
        symptom::add_candidates(&self.plan.checks, &mut facts);
        (facts, system.into_witness())
    }

    /// Judges what was gathered by checks.
    pub(super) fn judge(&self, (facts, witness): (Facts, Witness), checks: &[Check]) -> Result<Seen, Errors> {
        let evaluation = evaluate::evaluate(checks, &facts, &|| self.elapsed())
            .map_err(|error| Error::internal(format!("the facts cannot be written down: {error}")))?;
        let defects = defects(&evaluation);
        Ok(Seen { report: self.report(evaluation, &facts), facts, defects, witness })
    }

    /// The report of what checks said of facts.
    pub(super) fn report(&self, mut evaluation: Evaluation, facts: &Facts) -> Report {
        let plan = &self.plan;
        let meta = Meta {
            id: report::id::random(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            check_count: plan.checks.len(),
            left_out: plan.left_out,
            digest: digest(&plan.checks),
            overlays: plan.overlays.clone(),
            started_at: self.started_at,
            duration_ms: self.elapsed(),
            fail_on: plan.fail_on,
        };
        let notes = acknowledge(&mut evaluation, &facts.targets, plan, self.started_at);
        let mut report = report::build(evaluation.findings, evaluation.root_causes, &facts.targets, &facts.os, meta);
        report.notes = notes;
        report
    }

    /// How long the run has taken, in milliseconds.
    fn elapsed(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whom the facts name.
    pub(super) fn identities(&self, facts: &Facts) -> Identities {
        Identities::of(facts).with_regions(&self.plan.regions)
    }

    fn facts(&self, system: &dyn System) -> Facts {
        let options = self.options;
        let context = Context {
            system,
            regions: &self.plan.regions,
            region: options.region.as_deref(),
            profile: options.profile.as_deref(),
            urls: &options.url,
            live: Live { on: !options.offline, trust_repository: options.trust_repository, thorough: options.verbose },
        };
        let run = Run {
            started_at: system.now(),
            offline: options.offline,
            region: options.region.as_deref().map(Into::into),
            profile: options.profile.as_deref().map(Into::into),
            ssh_key_id: self.ssh_key_id.get().map(Into::into),
            ..Run::default()
        };
        collect::gather(&context, run, self.plan.needs)
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
    pub(super) fn note_fixes(&self, hands: &dyn Hands, seen: &mut Seen) {
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

/// Leaves out all targets but those of a URL, if there are any.
fn keep_only(url: &str, targets: &mut Vec<Target>) {
    let is_meant = |target: &Target| target.url.as_ref().is_some_and(|own| same_repository(own, url));
    if targets.iter().any(is_meant) {
        targets.retain(is_meant);
    }
}

/// Says of URLs that they come from a command and not from an option.
fn name_by(command: &str, targets: &mut [Target]) {
    for target in targets.iter_mut().filter(|target| target.origin.0 == "option") {
        target.label = "the command".into();
        let written = target.written_url.as_ref().or(target.url.as_ref());
        target.source = Source::command(command, written.map_or_else(String::new, |url| url.0.clone()));
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

/// Marks what the user's own file accepts, and says what there is to say of that file.
fn acknowledge(evaluation: &mut Evaluation, targets: &[Target], plan: &Plan, now: i64) -> Vec<Message> {
    let Evaluation { findings, root_causes, .. } = evaluation;
    let today = Timestamp::from_second(now).unwrap_or_default().to_zoned(TimeZone::UTC).date();
    let entries = &plan.settings.acknowledged;
    let notes = report::acknowledge(entries, findings, root_causes, targets, today);
    plan.settings.ignored.iter().cloned().chain(notes).collect()
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

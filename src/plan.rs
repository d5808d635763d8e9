//! The command line resolved: which checks, which targets, which regions. Reads the files that options name, and
//! nothing of the machine's state.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::check::error::nearest;
use crate::check::knowledge::{self, Knowledge};
use crate::check::regions::RegionTable;
use crate::check::word::{Area, Severity, Word};
use crate::check::{self, Check, embedded, load};
use crate::cli::{FailOn, Options};
use crate::collect::Needs;
use crate::error::{Error, Errors};
use crate::system::{FILE_LIMIT, System};

pub mod settings;

use settings::Settings;

/// How long a run may take when nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What a run examines.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The checks to evaluate.
    pub checks: Vec<Check>,
    /// How many checks `--check` and `--skip` left out.
    pub left_out: usize,
    /// What the user has settled for all runs.
    pub settings: Settings,
    /// The table of regions with its overlay.
    pub regions: RegionTable,
    /// What was laid over the built-in definitions and regions.
    pub overlays: Vec<String>,
    /// The sources that the checks need.
    pub needs: Needs,
    /// The severity from which on a failure counts.
    pub fail_on: Severity,
    /// The deadline of the whole run.
    pub timeout: Duration,
}

impl Plan {
    /// Resolves the options.
    ///
    /// # Errors
    /// When a definition, a table of regions or the user's own file is broken or cannot be read, or when an option names no check.
    pub fn new(system: &dyn System, options: &Options) -> Result<Self, Errors> {
        let all = all_checks(system, options)?;
        let unknown = options.only.iter().filter_map(|name| unknown_repair(&all, name)).collect();
        if let Some(errors) = Errors::from_list(unknown) {
            return Err(errors);
        }
        let settings = Settings::read(system, &all)?;
        let count = all.len();
        let mut checks = select(all, options)?;
        checks.iter_mut().for_each(|check| check.fixes_allowed = options.allow_overlay_fixes);
        let mut regions = RegionTable::embedded().map_err(Error::internal)?;
        if let Some(path) = &options.regions {
            regions.overlay(region_table(system, path)?);
        }
        let overlays = options.checks.iter().chain(&options.regions).map(|path| path.display().to_string());
        Ok(Self {
            needs: needs(&checks),
            left_out: count - checks.len(),
            settings,
            regions,
            overlays: overlays.collect(),
            fail_on: match options.fail_on {
                FailOn::Error => Severity::Error,
                FailOn::Warning => Severity::Warning,
            },
            timeout: options.timeout.map_or(TIMEOUT, Duration::from_secs),
            checks,
        })
    }
}

/// The embedded definitions with those of `--checks` laid over them.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn all_checks(system: &dyn System, options: &Options) -> Result<Vec<Check>, Errors> {
    let mut checks = embedded::embedded().map_err(definition_errors)?;
    for directory in &options.checks {
        let overlay = load::load_directory(system, directory).map_err(definition_errors)?;
        checks = check::merge(checks, overlay).map_err(definition_errors)?;
    }
    Ok(checks)
}

/// The embedded knowledge with that of `--checks` laid over it.
///
/// # Errors
/// Everything that is wrong with any of it.
pub fn all_knowledge(system: &dyn System, options: &Options) -> Result<Vec<Knowledge>, Errors> {
    let mut all = knowledge::embedded().map_err(definition_errors)?;
    for directory in &options.checks {
        all = knowledge::merge(all, knowledge::load_directory(system, directory).map_err(definition_errors)?);
    }
    Ok(all)
}

/// Errors of definitions in the form in which all errors are shown.
pub fn definition_errors(errors: check::error::Errors) -> Errors {
    let one = |error: check::error::DefinitionError| {
        let place = |number: u32| (number > 0).then_some(number);
        let mut shown = Error::definition(error.message).at(error.path, place(error.line), place(error.column));
        shown.hints.extend(error.hint);
        shown
    };
    Errors::from_list(errors.0.into_iter().map(one).collect())
        .unwrap_or_else(|| Error::internal("a broken definition without an error").into())
}

fn region_table(system: &dyn System, path: &Path) -> Result<RegionTable, Error> {
    let bytes = system.read(path, FILE_LIMIT).map_err(|error| Error::io(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|_| Error::definition("it is not UTF-8 text").at(path, None, None))?;
    RegionTable::parse(&text, path).map_err(|message| {
        Error::definition(message).hint("its form is that of checks/regions.yaml: `regions:` and a list of entries")
    })
}

/// The checks that `--check` names and `--skip` does not.
fn select(checks: Vec<Check>, options: &Options) -> Result<Vec<Check>, Errors> {
    let unknown: Vec<Error> =
        options.check.iter().chain(&options.skip).filter_map(|name| unknown_name(&checks, name)).collect();
    if let Some(errors) = Errors::from_list(unknown) {
        return Err(errors);
    }
    let named =
        |names: &[String], check: &Check| names.iter().any(|name| *name == check.id || name == check.area.name());
    let wanted =
        |check: &Check| (options.check.is_empty() || named(&options.check, check)) && !named(&options.skip, check);
    Ok(checks.into_iter().filter(wanted).collect())
}

fn unknown_name(checks: &[Check], name: &str) -> Option<Error> {
    let areas = Area::ALL.iter().map(|area| area.name());
    let known: BTreeSet<&str> = checks.iter().map(|check| check.id.as_str()).chain(areas).collect();
    if known.contains(name) {
        return None;
    }
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`cc-doctor checks list` shows them all".to_owned(),
    };
    Some(Error::usage(format!("there is no check or area called `{name}`")).hint(hint))
}

/// What `--only` names is a check or, with `#` and a number, one of its findings.
fn unknown_repair(checks: &[Check], name: &str) -> Option<Error> {
    let check = name.split('#').next().unwrap_or_default();
    if checks.iter().any(|known| known.id == check) {
        return None;
    }
    let error = Error::usage(format!("there is no check called `{check}`"));
    Some(match nearest(check, checks.iter().map(|check| check.id.as_str())) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("the report names the check of each finding in brackets"),
    })
}

/// What a target is comes from git, ssh and AWS files, so a check that mentions targets needs those too.
fn needs(checks: &[Check]) -> Needs {
    let names = |root: &str| checks.iter().any(|check| check.names_facts_of(root));
    let transports = checks.iter().any(|check| !check.transports.is_empty());
    Needs {
        tools: names("tools"),
        git: names("git"),
        ssh: names("ssh"),
        aws: names("aws"),
        targets: transports || names("target") || names("targets") || names("run"),
        live: checks
            .iter()
            .any(|check| ["target.network", "target.access"].iter().any(|fact| check.text().contains(fact))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    fn options(args: &[&str]) -> Options {
        let args = std::iter::once("cc-doctor").chain(args.iter().copied()).map(Into::into);
        cli::parse(args).expect("a right command line").options
    }

    fn plan(system: &FakeSystem, args: &[&str]) -> Result<Plan, Errors> {
        Plan::new(system, &options(args))
    }

    #[test]
    fn checks_are_chosen_by_id_and_area() {
        let system = FakeSystem::new(Platform::Linux);
        let chosen = plan(&system, &["--check", "tools", "--skip", "git-too-old"]).expect("a plan").checks;
        assert!(chosen.iter().all(|check| check.area == Area::Tools && check.id != "git-too-old"));
        assert!(chosen.iter().any(|check| check.id == "aws-cli-too-old"));
    }

    #[test]
    fn a_name_that_is_no_check_is_an_error_with_the_nearest() {
        let errors = plan(&FakeSystem::new(Platform::Linux), &["--check", "git-to-old"]).expect_err("no such check");
        assert_eq!(errors.first.hints, ["did you mean `git-too-old`?"]);
    }

    #[test]
    fn a_table_of_regions_is_laid_over_the_built_in_one() {
        let table = "regions:\n  - name: xx-lab-1\n    git_host: git.lab.example\n";
        let system = FakeSystem::new(Platform::Linux).file("/home/dev/r.yaml", table);
        let plan = plan(&system, &["--regions", "/home/dev/r.yaml"]).expect("a plan");
        assert_eq!(plan.regions.by_host("git.lab.example").map(|region| region.name.as_str()), Some("xx-lab-1"));
        assert!(plan.regions.by_name("us-east-1").is_some());
        assert_eq!(plan.overlays, ["/home/dev/r.yaml"]);
    }

    #[test]
    fn a_broken_table_names_the_file_and_the_line() {
        let system = FakeSystem::new(Platform::Linux).file("/home/dev/r.yaml", "regions:\n  - nmae: x\n");
        let errors = plan(&system, &["--regions", "/home/dev/r.yaml"]).expect_err("an unknown key");
        assert!(errors.first.message.contains("line 2"), "{}", errors.first.message);
    }

    #[test]
    fn only_what_the_checks_mention_is_needed() {
        let system = FakeSystem::new(Platform::Linux);
        let needs = plan(&system, &["--check", "path-not-set"]).expect("a plan").needs;
        assert_eq!(needs, Needs { tools: false, git: false, ssh: false, aws: false, targets: false, live: false });
    }
}

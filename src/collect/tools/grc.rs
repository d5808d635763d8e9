//! git-remote-codecommit and the Python that it runs in. Nothing is started: whether it works is told by its script,
//! its interpreter and the packages of that interpreter.

use std::path::Path;

use super::locate::{is_executable, locate, shown};
use super::package::{self, Distribution};
use super::script::{self, Launch, Shim};
use super::site::{self, Python};
use crate::fact::tools::{GrcInstall, Package, Tool};
use crate::fact::{Fact, Source, Word};
use crate::system::System;

/// The program and its package.
pub(super) const NAME: &str = "git-remote-codecommit";
/// Its module.
const MODULE: &str = "git_remote_codecommit";

/// What is known of the installation.
struct Examined {
    starts: Fact<bool>,
    complaint: Option<String>,
    install: GrcInstall,
}

/// The program and its installation; the latter also of a copy that is not on `PATH`.
pub(super) fn collect(system: &dyn System) -> (Tool, Fact<GrcInstall>) {
    let (tool, script) = locate(system, NAME);
    let Some(script) = script else { return (tool, Fact::Absent) };
    let examined = examine(system, &script, 0);
    let install = Fact::Known(examined.install.clone());
    if !tool.installed {
        return (tool, install);
    }
    let tool = Tool {
        version: examined.install.version,
        version_text: Fact::Absent,
        flavour: Fact::Absent,
        starts: examined.starts,
        complaint: examined.complaint.map(Into::into),
        ..tool
    };
    (tool, install)
}

/// `depth` counts the shims that were followed to come here.
fn examine(system: &dyn System, script: &Path, depth: u8) -> Examined {
    if let Some(shim) = script::follow_shim(system, script).filter(|_| depth < 3) {
        return match shim {
            Shim::Program(program) => examine(system, &program, depth + 1),
            Shim::NotSelected(versions) => not_selected(&versions),
        };
    }
    let launch = script::launch(system, script);
    match launch.filter(|launch| is_python(&launch.interpreter)) {
        Some(launch) => run_by(system, &launch),
        None => match site::beside_scripts(system, script) {
            Some(python) => seen_by(system, &python),
            None => unknown("it is no Python script"),
        },
    }
}

fn is_python(interpreter: &Path) -> bool {
    let name = interpreter.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.starts_with("python") || name.starts_with("pypy")
}

/// What pyenv prints then.
fn not_selected(versions: &[String]) -> Examined {
    let complaint = format!("pyenv: {NAME}: command not found (it exists in {})", versions.join(", "));
    broken(complaint, "pyenv has selected a Python without it")
}

fn unknown(reason: &str) -> Examined {
    Examined { starts: Fact::Unavailable(reason.into()), complaint: None, install: no_packages(reason) }
}

fn broken(complaint: String, reason: &str) -> Examined {
    Examined { starts: Fact::Known(false), complaint: Some(complaint), install: no_packages(reason) }
}

fn no_packages(reason: &str) -> GrcInstall {
    let version = || Fact::Unavailable(reason.to_owned());
    let flag = || Fact::Unavailable(reason.to_owned());
    GrcInstall {
        version: version(),
        module_found: flag(),
        botocore_version: version(),
        has_awscrt: flag(),
        site_packages: Fact::Unavailable(reason.to_owned()),
        externally_managed: flag(),
    }
}

fn run_by(system: &dyn System, launch: &Launch) -> Examined {
    let interpreter = launch.interpreter.display();
    match system.metadata(&launch.interpreter) {
        Err(_) => {
            broken(format!("{interpreter}: bad interpreter: No such file or directory"), "its interpreter is gone")
        }
        Ok(found) if !is_executable(&found) => {
            broken(format!("{interpreter}: bad interpreter: Permission denied"), "its interpreter is not executable")
        }
        Ok(_) => seen_by(system, &site::environment(system, &launch.interpreter, &launch.options)),
    }
}

/// Whether it works with these packages.
fn seen_by(system: &dyn System, python: &Python) -> Examined {
    let install = install(system, python);
    let missing = [(&install.module_found, MODULE), (&has_module(system, python, "botocore"), "botocore")]
        .into_iter()
        .find(|(found, _)| **found == Fact::Known(false))
        .map(|(_, module)| format!("ModuleNotFoundError: No module named '{module}'"));
    let starts = if missing.is_some() { Fact::Known(false) } else { install.module_found.clone() };
    Examined { starts, complaint: missing, install }
}

fn install(system: &dyn System, python: &Python) -> GrcInstall {
    let distribution = package::distribution(system, python, NAME);
    let module = package::module(system, python, MODULE);
    let site = module.or_else(|| python.sites.first().map(|site| site.path.as_path()));
    GrcInstall {
        version: version(python, distribution.as_ref()),
        module_found: has_module(system, python, MODULE),
        botocore_version: version(python, package::distribution(system, python, "botocore").as_ref()),
        has_awscrt: has_module(system, python, "awscrt"),
        site_packages: Fact::from_option(site.map(shown)),
        externally_managed: Fact::Known(python.externally_managed),
    }
}

/// "No" only where nothing was left out of the search.
fn has_module(system: &dyn System, python: &Python, module: &str) -> Fact<bool> {
    match (package::module(system, python, module), &python.doubt) {
        (Some(_), _) => Fact::Known(true),
        (None, Some(doubt)) => Fact::Unavailable(doubt.clone()),
        (None, None) => Fact::Known(false),
    }
}

fn version(python: &Python, found: Option<&Distribution>) -> Fact<Word> {
    match (found, &python.doubt) {
        (Some(Distribution { version: Some(version), .. }), _) => Fact::Known(Word(version.clone())),
        (Some(_), _) => Fact::Unavailable("its metadata names no version".into()),
        (None, Some(doubt)) => Fact::Unavailable(doubt.clone()),
        (None, None) => Fact::Absent,
    }
}

/// pip of that Python.
pub(super) fn pip(system: &dyn System, python: &Tool) -> Package {
    let Some(winner) = system.find_program(&python.name).into_iter().next() else {
        return Package { installed: Fact::Absent, version: Fact::Absent, source: None };
    };
    let python = site::environment(system, &winner, &[]);
    let found = package::distribution(system, &python, "pip");
    let installed = match (&found, &python.doubt) {
        (Some(_), _) => Fact::Known(true),
        (None, Some(doubt)) => Fact::Unavailable(doubt.clone()),
        (None, None) => Fact::Known(false),
    };
    Package {
        installed,
        version: version(&python, found.as_ref()),
        source: found.map(|found| Source::file(found.info.to_string_lossy())),
    }
}

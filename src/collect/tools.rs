//! Programs: what is found, which one wins, whether it works.
//!
//! Only what is wanted is looked at or run, all of it at the same time. Whatever a file tells is read from the file:
//! Python packages from their metadata, the libcurl behind git from the library itself.

use std::thread::{self, ScopedJoinHandle};

use crate::fact::tools::{Curl, GrcInstall, Package, Tool, Tools};
use crate::fact::{Fact, Word};
use crate::system::System;

mod curl;
mod git_core;
mod grc;
mod locate;
mod package;
mod probe;
mod script;
mod site;
mod version;

/// Why a fact about a program is missing that nobody asked for.
const NOT_NEEDED: &str = "not needed for these targets";

/// Which programs matter to the targets of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// `git`.
    pub git: bool,
    /// `ssh`.
    pub ssh: bool,
    /// `aws`.
    pub aws: bool,
    /// `python3` or `python`, and its pip.
    pub python: bool,
    /// `git-remote-codecommit`.
    pub grc: bool,
    /// The libcurl behind git.
    pub curl: bool,
    /// The credential helpers beside git and on `PATH`.
    pub credential_helpers: bool,
}

impl Wanted {
    /// Everything.
    pub fn all() -> Self {
        Self { git: true, ssh: true, aws: true, python: true, grc: true, curl: true, credential_helpers: true }
    }
}

/// Observes the wanted programs. Of the others every field is empty or says that it was not needed.
pub fn collect(system: &dyn System, wanted: &Wanted) -> Tools {
    thread::scope(|scope| {
        let asked = |is_wanted: bool, name: &'static str, probe: &'static probe::Probe| {
            scope.spawn(move || if is_wanted { probe::ask(system, name, probe) } else { unwanted(name) })
        };
        let git = asked(wanted.git, "git", &version::GIT);
        let ssh = asked(wanted.ssh, "ssh", &version::SSH);
        let aws = asked(wanted.aws, "aws", &version::AWS);
        let python = scope.spawn(move || if wanted.python { python(system) } else { (unwanted("python3"), no_pip()) });
        let (grc, grc_install) = if wanted.grc { grc::collect(system) } else { no_grc() };
        let curl = if wanted.curl { curl::collect(system) } else { unneeded::<Curl>() };
        let credential_helpers =
            if wanted.credential_helpers { git_core::credential_helpers(system) } else { Vec::new() };
        let (python, pip) = joined(python);
        Tools {
            git: joined(git),
            ssh: joined(ssh),
            aws: joined(aws),
            python,
            grc,
            pip,
            grc_install,
            curl,
            credential_helpers,
        }
    })
}

/// What the thread found; nothing when it panicked, which must not stop the others.
fn joined<T: Default>(handle: ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_default()
}

/// `python3`, else `python`, and the pip beside it. Microsoft's placeholder counts as no Python.
fn python(system: &dyn System) -> (Tool, Package) {
    let first = probe::ask(system, "python3", &version::PYTHON);
    let works = first.installed && first.starts != Fact::Known(false);
    let tool = if works { first } else { better(first, || probe::ask(system, "python", &version::PYTHON)) };
    let pip = grc::pip(system, &tool);
    (tool, pip)
}

/// The second Python if it is there and works, or if the first is not there at all.
fn better(first: Tool, second: impl FnOnce() -> Tool) -> Tool {
    let second = second();
    let is_better = second.installed && (!first.installed || second.starts == Fact::Known(true));
    if is_better { second } else { first }
}

fn unneeded<T>() -> Fact<T> {
    Fact::Unavailable(NOT_NEEDED.into())
}

fn unwanted(name: &str) -> Tool {
    Tool {
        name: Word::from(name),
        version: unneeded(),
        version_text: unneeded(),
        flavour: unneeded(),
        starts: unneeded(),
        ..Tool::default()
    }
}

fn no_pip() -> Package {
    Package { installed: unneeded(), version: unneeded(), source: None }
}

fn no_grc() -> (Tool, Fact<GrcInstall>) {
    (unwanted(grc::NAME), unneeded())
}

#[cfg(test)]
mod tests;

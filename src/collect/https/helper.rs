//! One credential helper: what it is, how git runs it, what is wrong with it (`credential_do` in credential.c of git).

use std::path::PathBuf;

use super::exec_path;
use crate::collect::git::paths;
use crate::collect::git::shell::{self, Located};
use crate::collect::mask::mask;
use crate::fact::https::Helper;
use crate::fact::{Fact, FilePath, Text};
use crate::system::System;

pub mod aws;

/// What is needed to look for programs.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The machine.
    pub system: &'a dyn System,
    /// The git program.
    pub git: Option<&'a std::path::Path>,
}

/// The kinds that have a name of their own.
const KINDS: &[&str] =
    &["store", "cache", "osxkeychain", "manager", "manager-core", "wincred", "libsecret", "gnome-keyring", "oauth"];
/// Other helpers known to keep what they are told.
const OTHER_STORES: &[&str] = &["winstore", "keepassxc", "keyring", "kwallet", "lastpass", "secretservice"];

/// How git runs a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunsAs {
    Shell,
    Path,
    GitCommand,
}

/// A helper, with what only this collector may see.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The fact; scope, section, position and source are for the caller to fill.
    pub fact: Helper,
    /// The files of a `store` helper: of `--file`, as the shell and git make it a path; `None`: its default files.
    pub store_file: Option<PathBuf>,
}

/// Takes the value of `credential.helper` apart.
pub fn parse(place: Place<'_>, value: &str) -> Parsed {
    let (runs_as, line) = if let Some(line) = value.strip_prefix('!') {
        (RunsAs::Shell, line)
    } else if paths::is_absolute(place.system, value) {
        (RunsAs::Path, value)
    } else {
        (RunsAs::GitCommand, value)
    };
    let located = shell::locate(place.system, line);
    let mut parsed = match aws::recognize(runs_as == RunsAs::GitCommand, line, &located) {
        Some(found) => of_aws(place, found, located, runs_as),
        None => of_others(place, runs_as, line, located),
    };
    if runs_as == RunsAs::GitCommand {
        git_command(place, &mut parsed.fact, line);
    }
    parsed.fact.value = mask(value).into();
    parsed.fact.runs_as = match runs_as {
        RunsAs::Shell => "shell",
        RunsAs::Path => "path",
        RunsAs::GitCommand => "git-command",
    }
    .into();
    parsed
}

fn of_aws(place: Place<'_>, found: aws::Recognized, mut located: Located, runs_as: RunsAs) -> Parsed {
    let mut fact = Helper {
        kind: if found.problem.is_some() { "aws-mistyped" } else { "aws" }.into(),
        problem: found.problem.map(Into::into),
        corrected: found.corrected.map(|corrected| Text(mask(&corrected))),
        profile: found.profile.map(Into::into),
        region: found.region.map(Into::into),
        ignores_host_check: found.ignores_host_check,
        credentials_by: found.credentials_by.map(Into::into),
        ..Helper::default()
    };
    if runs_as != RunsAs::GitCommand {
        // Code may change where programs are looked for; one that is there anyway counts.
        if let (Fact::Unavailable(_), found_there @ Fact::Known(_)) =
            (&located.found, shell::find(place.system, &found.program))
        {
            located = Located { program: found.program, found: found_there, ..located };
        }
        program(&mut fact, located);
    }
    Parsed { fact, store_file: None }
}

fn program(fact: &mut Helper, located: Located) {
    fact.program = mask(&located.program).into();
    fact.program_found = located.found.clone().map(|_| true);
    if located.found == Fact::Absent {
        fact.program_found = Fact::Known(false);
    }
    fact.program_path = located.found.map(|path| FilePath(paths::shown(&path)));
}

fn of_others(place: Place<'_>, runs_as: RunsAs, line: &str, located: Located) -> Parsed {
    let (name, arguments) = name(runs_as, line, &located);
    let kind = KINDS.iter().find(|kind| **kind == name);
    let stores = kind.is_some_and(|kind| *kind != "oauth") || OTHER_STORES.contains(&name.as_str());
    let store_file =
        if name == "store" { file_option(&arguments).and_then(|file| store_path(place.system, &file)) } else { None };
    let mut fact = Helper { kind: (*kind.unwrap_or(&"other")).into(), stores, ..Helper::default() };
    if runs_as != RunsAs::GitCommand {
        program(&mut fact, located);
        built_in(place, &mut fact, &name);
    }
    Parsed { fact, store_file }
}

/// The name behind `git-credential-`, and the arguments.
fn name(runs_as: RunsAs, line: &str, located: &Located) -> (String, Vec<String>) {
    if runs_as == RunsAs::GitCommand {
        return (located.program.clone(), located.arguments.clone());
    }
    let base = base_name(&located.program);
    if let Some(name) = base.strip_prefix("git-credential-") {
        return (name.to_owned(), located.arguments.clone());
    }
    let second = located.arguments.first().and_then(|word| word.strip_prefix("credential-"));
    if let Some(name) = second.filter(|_| base == "git") {
        return (name.to_owned(), located.arguments.get(1..).unwrap_or_default().to_vec());
    }
    // A path with an unquoted blank, or code: the name stands somewhere behind.
    let behind = line.rsplit_once("git-credential-").map_or("", |(_, behind)| behind);
    let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(behind.len());
    (behind[..end].to_owned(), Vec::new())
}

/// The file name without its directory, in lower case, without `.exe` and its like.
pub(super) fn base_name(program: &str) -> String {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let stem = [".exe", ".cmd", ".bat"].iter().find_map(|suffix| name.strip_suffix(suffix));
    stem.unwrap_or(&name).to_owned()
}

/// `--file FILE` or `--file=FILE`. The shell expands a tilde in the first form only.
fn file_option(arguments: &[String]) -> Option<String> {
    let mut words = arguments.iter();
    let mut file = None;
    while let Some(word) = words.next() {
        if word == "--file" {
            file = words.next().cloned();
        } else if let Some(joined) = word.strip_prefix("--file=") {
            file = Some(if joined.starts_with('~') { format!("./{joined}") } else { joined.to_owned() });
        }
    }
    file
}

fn store_path(system: &dyn System, file: &str) -> Option<PathBuf> {
    Some(system.current_dir().ok()?.join(shell::expand(system, file)))
}

/// Finds the program of `git credential-NAME`.
fn git_command(place: Place<'_>, fact: &mut Helper, line: &str) {
    let name = shlex::split(line).and_then(|words| words.into_iter().next()).unwrap_or_else(|| line.to_owned());
    let program = format!("git-credential-{name}");
    fact.program = mask(&program).into();
    if fact.kind.0 == "aws-mistyped" {
        fact.program_path = Fact::Absent;
        fact.program_found = Fact::Known(false);
        return;
    }
    let found = exec_path::find(place, &program);
    fact.program_found = match &found {
        Fact::Absent => Fact::Known(false),
        found => found.clone().map(|_| true),
    };
    fact.program_path = found.map(|path| FilePath(paths::shown(&path)));
    built_in(place, fact, &name);
}

/// `store` and `cache` are part of git itself.
fn built_in(place: Place<'_>, fact: &mut Helper, name: &str) {
    let runs_git = matches!(base_name(&fact.program).as_str(), "git" | "git-credential-store" | "git-credential-cache");
    let Some(git) = place.git.filter(|_| runs_git && matches!(name, "store" | "cache")) else { return };
    if fact.program_found.known() != Some(&true) && !fact.program.contains('/') {
        fact.program_found = Fact::Known(true);
        fact.program_path = Fact::Known(FilePath(paths::shown(git)));
    }
}

#[cfg(test)]
mod tests;

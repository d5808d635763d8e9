//! The program that git runs for SSH (`fill_ssh_args` in connect.c of git). It is taken apart, never run.

use super::config::Config;
use super::shell::{self, Located};
use crate::collect::mask::mask;
use crate::fact::git::SshCommand;
use crate::fact::{Fact, FilePath, LostSetting, Source, Text};
use crate::system::{Platform, System};

/// One place where the command can be set.
struct Candidate {
    origin: &'static str,
    value: String,
    source: Source,
}

/// All that is set, the winner first: `GIT_SSH_COMMAND`, `core.sshCommand` (the last one), `GIT_SSH`.
fn candidates(system: &dyn System, config: &Config) -> Vec<Candidate> {
    let variable = |name: &'static str| {
        let value = system.env(name)?.to_string_lossy().into_owned();
        Some(Candidate { origin: name, source: variable_source(name, &value), value })
    };
    let configured = config.all("core", None, "sshcommand").rev().map(|entry| Candidate {
        origin: "core.sshCommand",
        value: entry.text().to_owned(),
        source: config.source(entry),
    });
    variable("GIT_SSH_COMMAND").into_iter().chain(configured).chain(variable("GIT_SSH")).collect()
}

fn variable_source(name: &str, value: &str) -> Source {
    Source::variable(name, crate::collect::mask::excerpt(&format!("{name}={value}")))
}

/// What git will run for SSH.
pub fn fact(system: &dyn System, config: &Config) -> SshCommand {
    let mut candidates = candidates(system, config).into_iter();
    let winner = candidates.next();
    let lost = candidates.map(|lost| LostSetting { value: mask(&lost.value).into(), source: lost.source }).collect();
    let mut command = match &winner {
        Some(set) if set.origin == "GIT_SSH" => program_alone(system, &set.value),
        Some(set) => of_line(system, &set.value),
        None => program_alone(system, "ssh"),
    };
    command.lost = lost;
    command.variant = variant(system, config).map(Into::into);
    if let Some(set) = winner {
        command.origin = set.origin.into();
        command.value = Some(mask(&set.value).into());
        command.source = Some(set.source);
    } else {
        command.origin = "default".into();
    }
    command
}

/// `GIT_SSH_VARIANT`, else `ssh.variant`.
fn variant(system: &dyn System, config: &Config) -> Option<String> {
    let variable = system.env("GIT_SSH_VARIANT").map(|value| value.to_string_lossy().into_owned());
    variable.or_else(|| Some(config.last("ssh", None, "variant")?.text().to_owned()))
}

/// A program without arguments, as `GIT_SSH` takes it: blanks belong to its name.
fn program_alone(system: &dyn System, program: &str) -> SshCommand {
    let found = if program.is_empty() { Fact::Absent } else { shell::find(system, program) };
    SshCommand {
        flavour: flavour(system, program, &found).into(),
        program: Text(mask(program)),
        program_path: path_fact(found),
        ..SshCommand::default()
    }
}

/// A command line, which git hands to the shell.
pub fn of_line(system: &dyn System, line: &str) -> SshCommand {
    let located = shell::locate(system, line);
    let problem = shell_problem(system, line, &located);
    let Located { program, arguments, found, .. } = located;
    SshCommand {
        flavour: flavour(system, &program, &found).into(),
        program: Text(mask(&program)),
        program_path: path_fact(found),
        config_file: option(&arguments, 'F').pop().map(|path| file(system, &path)),
        identity_files: identities(&arguments).iter().map(|path| file(system, path)).collect(),
        arguments: arguments.iter().map(|argument| Text(mask(argument))).collect(),
        shell_problem: problem.map(Into::into),
        ..SshCommand::default()
    }
}

fn path_fact(found: Fact<std::path::PathBuf>) -> Fact<FilePath> {
    found.map(|path| FilePath(path.to_string_lossy().into_owned()))
}

/// A file named on the command line; ssh expands the tilde that the shell has left.
fn file(system: &dyn System, path: &str) -> FilePath {
    let home = system.account().home.or_else(|| super::paths::home(system));
    match path.strip_prefix("~/").zip(home) {
        Some((below, home)) => FilePath(home.join(below).to_string_lossy().into_owned()),
        None => FilePath(path.to_owned()),
    }
}

/// Why the shell does not start what was meant.
fn shell_problem(system: &dyn System, line: &str, located: &Located) -> Option<String> {
    if located.unclosed {
        return Some("a quotation mark is not closed".into());
    }
    if located.found != Fact::Absent {
        return None;
    }
    let program = &located.program;
    if line.contains('\\') && !program.contains('\\') && !program.contains('/') {
        return Some(format!("the shell takes the backslashes away and looks for {}", mask(program)));
    }
    let first_blank = program.contains('/') && !located.arguments.is_empty();
    let rejoined =
        || located.arguments.iter().take(3).any(|argument| argument.contains('/') && !argument.starts_with('-'));
    if first_blank && (drive(program) || system.platform() == Platform::Windows) && rejoined() {
        return Some(format!("the blank in the path ends the program's name at {}", mask(program)));
    }
    None
}

/// Whether the path begins with a drive letter.
fn drive(path: &str) -> bool {
    let mut chars = path.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':')
}

/// What kind of ssh it is, by file name as in `determine_ssh_variant` of connect.c; a link such as Debian's
/// `/usr/bin/ssh` is looked through.
fn flavour(system: &dyn System, program: &str, found: &Fact<std::path::PathBuf>) -> &'static str {
    let named = by_name(program);
    if named != "openssh" {
        return named;
    }
    let real = found.known().and_then(|path| system.canonicalize(path).ok());
    match real.map(|path| by_name(&path.to_string_lossy())) {
        Some(real) if real != "other" => real,
        _ => named,
    }
}

fn by_name(program: &str) -> &'static str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    match name.strip_suffix(".exe").unwrap_or(&name) {
        "ssh" => "openssh",
        "plink" => "plink",
        "tortoiseplink" | "tortoisegitplink" => "tortoiseplink",
        "putty" => "putty",
        "dbclient" | "dropbear" | "dropbearmulti" => "dropbear",
        _ => "other",
    }
}

/// The values of a one-letter option, joined or apart. Options that take a value swallow the next word.
fn option(arguments: &[String], letter: char) -> Vec<String> {
    options(arguments).filter(|(found, _)| *found == letter).map(|(_, value)| value).collect()
}

/// `-i FILE` and `-o IdentityFile=FILE`.
fn identities(arguments: &[String]) -> Vec<String> {
    options(arguments)
        .filter_map(|(letter, value)| match letter {
            'i' => Some(value),
            'o' => {
                let (key, file) = value.split_once(['=', ' '])?;
                key.trim().eq_ignore_ascii_case("IdentityFile").then(|| file.trim().trim_matches('"').to_owned())
            }
            _ => None,
        })
        .collect()
}

/// The options of an OpenSSH command line that take a value (`getopt` string in ssh.c of OpenSSH).
fn options(arguments: &[String]) -> impl Iterator<Item = (char, String)> {
    const WITH_VALUE: &str = "BbcDEeFIiJLlmOoPpQRSWw";
    let mut words = arguments.iter();
    std::iter::from_fn(move || {
        loop {
            let cluster = words.next()?.strip_prefix('-')?;
            let Some((at, letter)) = cluster.char_indices().find(|(_, letter)| WITH_VALUE.contains(*letter)) else {
                continue;
            };
            let joined = &cluster[at + 1..];
            let value = if joined.is_empty() { words.next()?.clone() } else { joined.to_owned() };
            return Some((letter, value));
        }
    })
}

#[cfg(test)]
mod tests;

//! Which traces a command can be asked for without changing anything that the user sees or has set up.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::collect::git::{shell, ssh_command};
use crate::collect::ssh;
use crate::fact::git::SshCommand;
use crate::system::{Invocation, System};

/// The first argument with which cc-doctor stands between git and its ssh.
pub const RELAY: &str = "relay-ssh";

/// Variables with which the user watches git's conversation, or says what may be seen of it.
const OWN_HTTP: &[&str] =
    &["GIT_TRACE_CURL", "GIT_TRACE_CURL_NO_DATA", "GIT_CURL_VERBOSE", "GIT_TRACE_REDACT", "GIT_REDACT_COOKIES"];
/// Settings of ssh that decide what it prints, or that let a connection outlive the command.
const SSH_SETTINGS: &[&str] = &["loglevel", "logverbose", "controlmaster", "controlpath", "controlpersist"];
/// Flags of ssh that do the same.
const SSH_FLAGS: &str = "vqEyMSOfGVTtN";
/// Flags of ssh with a value (`getopt` string in ssh.c of OpenSSH).
const SSH_WITH_VALUE: &str = "BbcDEeFIiJLlmOoPpQRSWw";
/// Global options of git with a value of its own word (git(1)).
const GIT_WITH_VALUE: &[&str] =
    &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--super-prefix", "--attr-source"];
/// The first git that hides logins also in what curl says of HTTP/2 (release notes of 2.39).
const HIDES_LOGINS: (u32, u32) = (2, 39);

/// The variables that make a command leave its traces in `directory`; the files that will hold secrets of a kind must be
/// there before, see [`FILES`].
///
/// The user's own traces are left alone, and so is an ssh that is no plain OpenSSH, or whose settings decide what it
/// prints. ssh is asked only where `command` is git itself and works in one repository whose settings can be asked for
/// beforehand: the variable would overrule the `core.sshCommand` of any other.
pub fn variables(
    system: &dyn System,
    command: &[OsString],
    directory: &Path,
    own_program: Option<&Path>,
) -> Vec<(OsString, OsString)> {
    let mut variables: Vec<(OsString, OsString)> = Vec::new();
    let git = Git::of(system, command);
    if system.env("GIT_TRACE2_EVENT").is_none() && git.setting("trace2.eventtarget").is_none() {
        variables.push(("GIT_TRACE2_EVENT".into(), directory.join(EVENTS).into()));
    }
    if OWN_HTTP.iter().all(|name| system.env(name).is_none()) && git.version(system) >= Some(HIDES_LOGINS) {
        variables.push(("GIT_TRACE_CURL".into(), directory.join(HTTP).into()));
        variables.push(("GIT_TRACE_CURL_NO_DATA".into(), "1".into()));
    }
    if let Some(line) = own_program.and_then(|own| ssh_line(system, command, &git, own, directory)) {
        variables.push(("GIT_SSH_COMMAND".into(), line.into()));
        // By the name of the program git would not know that it is OpenSSH.
        variables.push(("GIT_SSH_VARIANT".into(), "ssh".into()));
    }
    variables
}

/// What git tells of its processes.
pub const EVENTS: &str = "events";
/// What git tells of its conversation over HTTP.
pub const HTTP: &str = "http";
/// The files that git adds to; each `ssh-N` is made by the relay.
pub const FILES: [&str; 2] = [EVENTS, HTTP];

/// The git of the command, and the few settings that matter.
struct Git {
    program: Option<PathBuf>,
    /// `None`: it does not tell.
    settings: Option<Vec<(String, String)>>,
}

impl Git {
    /// The git that the command names by its path, else the first on `PATH`, asked with the command's global options.
    fn of(system: &dyn System, command: &[OsString]) -> Self {
        let named = command.first().filter(|_| is_git(command)).map(Path::new);
        let named = named.filter(|path| path.components().count() > 1);
        let program = match named {
            Some(path) => system.current_dir().ok().map(|directory| directory.join(path)),
            None => system.find_program("git").into_iter().next(),
        };
        let settings = program.as_deref().and_then(|git| ask(system, git, command));
        Self { program, settings }
    }

    fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().flatten().rev().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Whether it has settings of this section, or could not be asked.
    fn may_have(&self, section: &str) -> bool {
        let is_of = |(key, _): &(String, String)| key.starts_with(section);
        self.settings.as_ref().is_none_or(|settings| settings.iter().any(is_of))
    }

    /// Major and minor number.
    fn version(&self, system: &dyn System) -> Option<(u32, u32)> {
        let output = system.run(&Invocation::new(self.program.as_deref()?, ["version"])).ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut numbers = text.strip_prefix("git version ")?.split('.').map(|number| number.parse().ok());
        Some((numbers.next()??, numbers.next()??))
    }
}

/// What git itself says of its settings: `-c`, `-C` and includes are its own business. `None`: nothing.
fn ask(system: &dyn System, git: &Path, command: &[OsString]) -> Option<Vec<(String, String)>> {
    const KEYS: &str = r"^(core\.sshcommand|ssh\.variant|trace2\.eventtarget|(includeif|submodule)\..*)$";
    let mut arguments = if is_git(command) { global_options(command) } else { Vec::new() };
    let mut directory = system.current_dir().unwrap_or_default();
    if is_git(command) && subcommand(command).is_some_and(|(name, _)| name == "clone") {
        // A clone reads nothing of the repository that it is typed in.
        directory = directory.ancestors().last().map(Path::to_owned).unwrap_or_default();
        remove_directories(&mut arguments);
    }
    arguments.extend(["config", "--null", "--get-regexp", KEYS].map(Into::into));
    let output = system.run(&Invocation::new(git, arguments).with_cwd(directory)).ok()?;
    // 1: there is no such setting (git-config(1)).
    if !matches!(output.code, Some(0 | 1)) {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // A key without `=` has no value behind it.
    let entry = |entry: &str| {
        let (key, value) = entry.split_once('\n').unwrap_or((entry, ""));
        (key.to_owned(), value.to_owned())
    };
    Some(text.split('\0').filter(|text| !text.is_empty()).map(entry).collect())
}

/// Takes `-C DIRECTORY` out of global options.
fn remove_directories(options: &mut Vec<OsString>) {
    while let Some(at) = options.iter().position(|option| option == "-C") {
        options.drain(at..options.len().min(at + 2));
    }
}

/// The name of git's command and what stands behind it.
fn subcommand(command: &[OsString]) -> Option<(&OsString, &[OsString])> {
    command.get(global_options(command).len() + 1..)?.split_first()
}

/// Whether the command works in one repository only, whose settings are those that git was asked for.
///
/// What runs other commands (an alias, `submodule foreach`) may run git anywhere. fetch, pull and push go into submodules
/// (`fetch.recurseSubmodules` is `on-demand` by default, git-fetch(1)), and an `includeIf` may be about the directory
/// that a clone makes.
fn is_of_one_repository(command: &[OsString], git: &Git) -> bool {
    let Some((name, arguments)) = subcommand(command) else { return false };
    let option = |word: &OsString| word.to_string_lossy().to_ascii_lowercase();
    let recurses = |word: &OsString| option(word).starts_with("--recurs");
    // `git clone -c core.sshCommand=…` is not seen by `git config`, nor is what a template sets.
    let sets_up = |word: &OsString| {
        let word = option(word);
        word.contains("core.sshcommand") || word.contains("include") || word.starts_with("--template")
    };
    let goes_elsewhere = arguments.iter().any(recurses);
    match name.to_str() {
        Some("ls-remote") => true,
        Some("fetch" | "pull" | "push") => !goes_elsewhere && !git.may_have("submodule."),
        Some("clone") => !goes_elsewhere && !git.may_have("includeif.") && !arguments.iter().any(sets_up),
        _ => false,
    }
}

/// Whether the program of the command is git.
pub fn is_git(command: &[OsString]) -> bool {
    let program = command.first().map(|program| program.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    matches!(program.rsplit(['/', '\\']).next(), Some("git" | "git.exe"))
}

/// The options before the name of git's command.
fn global_options(command: &[OsString]) -> Vec<OsString> {
    let mut options = Vec::new();
    let mut words = command.iter().skip(1);
    while let Some(word) = words.next().filter(|word| word.to_string_lossy().starts_with('-')) {
        options.push(word.clone());
        if GIT_WITH_VALUE.iter().any(|option| word == option) {
            options.extend(words.next().cloned());
        }
    }
    options
}

/// The user's own ssh command with the relay before it and `-v` behind its program.
fn ssh_line(
    system: &dyn System,
    command: &[OsString],
    git: &Git,
    own_program: &Path,
    directory: &Path,
) -> Option<String> {
    if !is_git(command) || git.settings.is_none() || !is_of_one_repository(command, git) {
        return None;
    }
    let variable = |name: &str| system.env(name).map(|value| value.into_string());
    let variant = variable("GIT_SSH_VARIANT").map(Result::ok).unwrap_or(git.setting("ssh.variant").map(Into::into));
    if !matches!(variant.as_deref(), None | Some("auto" | "ssh")) {
        return None;
    }
    let line = match (variable("GIT_SSH_COMMAND"), git.setting("core.sshcommand"), variable("GIT_SSH")) {
        (Some(line), _, _) => line.ok()?,
        (None, Some(line), _) => line.to_owned(),
        (None, None, Some(program)) => shlex::try_quote(&program.ok()?).ok()?.into_owned(),
        (None, None, None) => "ssh".to_owned(),
    };
    let plain = plain_openssh(system, &line)?;
    let quoted = |path: &Path| Some(shlex::try_quote(path.to_str()?).ok()?.into_owned());
    let relay = format!("{} {RELAY} {}", quoted(own_program)?, quoted(directory)?);
    Some(format!("{relay} {} -v{}", line.get(..plain)?, line.get(plain..)?))
}

/// Where the program of the line ends, if that is an OpenSSH that prints by default what it prints.
fn plain_openssh(system: &dyn System, line: &str) -> Option<usize> {
    let command = ssh_command::of_line(system, line);
    let located = shell::locate(system, line);
    let is_alone = shlex::split(line)?.first() == Some(&located.program) && located.assignments.is_empty();
    let is_there = command.program_path.known().is_some() && command.shell_problem.is_none();
    if shell::is_code(line) || !is_alone || !is_there || &*command.flavour != "openssh" || has_flags(&command) {
        return None;
    }
    if ssh::sets_any(system, &command, SSH_SETTINGS) {
        return None;
    }
    crate::collect::access::judge::program_end(line)
}

/// Whether the line has flags or options that decide what ssh prints.
fn has_flags(command: &SshCommand) -> bool {
    let mut words = command.arguments.iter().map(|word| word.0.as_str());
    while let Some(word) = words.next() {
        let Some(cluster) = word.strip_prefix('-') else { return false };
        let with_value = cluster.char_indices().find(|(_, flag)| SSH_WITH_VALUE.contains(*flag));
        let flags = with_value.map_or(cluster, |(at, flag)| &cluster[..at + flag.len_utf8()]);
        if flags.contains(|flag| SSH_FLAGS.contains(flag)) {
            return true;
        }
        let Some((at, flag)) = with_value else { continue };
        let joined = &cluster[at + flag.len_utf8()..];
        let value = if joined.is_empty() { words.next().unwrap_or_default() } else { joined };
        let value = value.trim().to_ascii_lowercase();
        if flag == 'o' && SSH_SETTINGS.iter().any(|name| value.starts_with(name)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;

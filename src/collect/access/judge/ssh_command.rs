//! The user's own ssh command with options that keep it from asking and from writing.

use std::time::Duration;

use super::host_key::Seen;
use super::{host_key, jump, quote, ssh_flags};
use crate::collect::derive::Planned;
use crate::collect::live::Tries;
use crate::fact::ssh::TargetSsh;
use crate::system::{Invocation, Platform};

/// Which options an ssh takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Those of OpenSSH.
    OpenSsh,
    /// Those of PuTTY's plink.
    Plink,
    /// None.
    Simple,
}

/// A value for `GIT_SSH_COMMAND`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// The command line.
    pub(super) line: String,
    /// What it starts.
    pub(super) kind: Kind,
}

/// No question, no window, nothing written, no connection of others used or left behind. They stand before the user's
/// own options, because ssh takes the first value that it is given.
const OPTIONS: &[&str] = &[
    "BatchMode=yes",
    "UpdateHostKeys=no",
    "ControlMaster=no",
    "ControlPath=none",
    "AddKeysToAgent=no",
    "PermitLocalCommand=no",
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
];

/// The command for this target.
///
/// # Errors
/// Why it cannot be kept from writing.
pub(super) fn command(tries: &Tries<'_>, planned: &Planned, seen: Option<&Seen>) -> Result<Command, String> {
    let line = own_line(tries);
    let ssh = planned.target.ssh.known().ok_or("what ssh will do is not known")?;
    let openssh = || -> Result<String, String> {
        let mut options = vec!["-v".to_owned()];
        options.extend(safe_options(ssh, seen)?);
        if seen.is_some() || host_key::must_insist(tries, ssh) {
            options.extend(["-o".into(), "StrictHostKeyChecking=yes".into()]);
        }
        if let Some(jump) = ssh.proxy_jump.value.as_ref().filter(|jump| jump.0 != "none") {
            let config = tries.git.fact.ssh_command.config_file.as_ref().map(|path| path.0.as_str());
            let through = jump::proxy_command(tries, jump, config)?;
            options.extend(["-o".into(), quote::word(&format!("ProxyCommand={through}"))]);
        }
        with_options(&line, &options, ssh_flags::without_traces)
    };
    match by_variant(tries) {
        Some(Kind::OpenSsh) => Ok(Command { line: openssh()?, kind: Kind::OpenSsh }),
        _ if seen.is_some() => Err("ssh takes any unknown host key, and this one cannot be told which is right".into()),
        Some(Kind::Plink) => {
            Ok(Command { line: with_options(&line, &["-batch".into(), "-v".into()], as_it_is)?, kind: Kind::Plink })
        }
        Some(Kind::Simple) => Ok(Command { line, kind: Kind::Simple }),
        None => Ok(probe(tries, planned, openssh()?, line)),
    }
}

/// What git runs for ssh, as a command line (`fill_ssh_args` in connect.c of git).
fn own_line(tries: &Tries<'_>) -> String {
    let variable = |name| tries.context.system.env(name).map(|value| value.to_string_lossy().into_owned());
    let config = &tries.git.config;
    match &*tries.git.fact.ssh_command.origin {
        "GIT_SSH_COMMAND" => variable("GIT_SSH_COMMAND").unwrap_or_default(),
        "core.sshCommand" => {
            config.last("core", None, "sshcommand").map(|entry| entry.text().to_owned()).unwrap_or_default()
        }
        "GIT_SSH" => quote::word(&variable("GIT_SSH").unwrap_or_default()),
        _ => "ssh".into(),
    }
}

/// What `GIT_SSH_VARIANT`, `ssh.variant` or the name of the program say (`determine_ssh_variant` in connect.c of git);
/// `None`: nothing.
fn by_variant(tries: &Tries<'_>) -> Option<Kind> {
    let command = &tries.git.fact.ssh_command;
    match command.variant.as_ref().map(|variant| variant.0.as_str()) {
        Some("plink" | "putty" | "tortoiseplink") => return Some(Kind::Plink),
        Some("simple") => return Some(Kind::Simple),
        Some("auto") | None => {}
        Some(_) => return Some(Kind::OpenSsh),
    }
    match &*command.flavour {
        "openssh" => Some(Kind::OpenSsh),
        "plink" | "putty" | "tortoiseplink" => Some(Kind::Plink),
        _ => None,
    }
}

/// Git asks a program of another name with `-G` whether it is OpenSSH, and so do we.
fn probe(tries: &Tries<'_>, planned: &Planned, openssh: String, line: String) -> Command {
    let system = tries.context.system;
    let host = planned.target.host.as_ref().map_or("", |host| host.0.as_str());
    let asked = format!("{openssh} -G {}", quote::word(host));
    let shell = system.find_program("sh").into_iter().next();
    let shell = shell.unwrap_or_else(|| if system.platform() == Platform::Windows { "sh" } else { "/bin/sh" }.into());
    let invocation = Invocation::new(shell, ["-c", &asked]).with_deadline(Duration::from_secs(5));
    match system.run(&invocation) {
        Ok(output) if output.ok() => Command { line: openssh, kind: Kind::OpenSsh },
        _ => Command { line, kind: Kind::Simple },
    }
}

/// The options for one host, each a word for the shell.
///
/// The user's known_hosts files become global ones, which ssh reads in the same way and never writes to; what it wants
/// to write goes to `/dev/null`. With OpenSSH 9.2 known, unknown, changed and revoked keys have the same outcome as
/// with the user's own setting under each value of `StrictHostKeyChecking`.
pub(super) fn safe_options(ssh: &TargetSsh, seen: Option<&Seen>) -> Result<Vec<String>, String> {
    let known = ssh.known_hosts.known().ok_or("which known_hosts files ssh reads is not known")?;
    let files: Vec<String> = known.files.iter().map(|file| file.0.clone()).filter(|file| !file.contains('"')).collect();
    // The last one lies where git runs.
    let files = files.iter().map(String::as_str).chain(seen.map(|_| host_key::FILE));
    let quoted: Vec<String> = files.map(|file| format!("\"{file}\"")).collect();
    let global = if quoted.is_empty() { "/dev/null".to_owned() } else { quoted.join(" ") };
    let files = ["UserKnownHostsFile=/dev/null".to_owned(), format!("GlobalKnownHostsFile={global}")];
    let all = OPTIONS.iter().map(|option| (*option).to_owned()).chain(files);
    Ok(all.flat_map(|option| ["-o".to_owned(), quote::word(&option)]).collect())
}

/// The flags of a program that is not OpenSSH.
fn as_it_is(rest: &str) -> Result<String, String> {
    Ok(rest.to_owned())
}

/// The command line with options behind its program, and its own flags as `clean` leaves them.
fn with_options(line: &str, options: &[String], clean: fn(&str) -> Result<String, String>) -> Result<String, String> {
    let end = program_end(line).ok_or("the ssh command is shell code, into which no option can be put")?;
    let (program, rest) = line.split_at(end);
    Ok(format!("{program} {}{}", options.join(" "), clean(rest)?))
}

/// Where the program ends, behind assignments and `exec` and its like. `None`: the line is empty or shell code.
pub(crate) fn program_end(line: &str) -> Option<usize> {
    if crate::collect::git::shell::is_code(line) {
        return None;
    }
    let mut start = 0;
    loop {
        start += line.get(start..)?.find(|c: char| !c.is_whitespace())?;
        let end = start + word_end(line.get(start..)?)?;
        let word = line.get(start..end)?;
        let name = word.split_once('=').map(|(name, _)| name);
        let assigns = name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        if !assigns && !["exec", "command", "env", "nohup"].contains(&word) {
            return Some(end);
        }
        start = end;
    }
}

/// The length of the first word; `None`: a quotation mark is not closed.
pub(super) fn word_end(text: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if std::mem::take(&mut escaped) => {}
            (None | Some('"'), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if c.is_whitespace() => return Some(at),
            _ => {}
        }
    }
    quote.is_none().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_before_those_of_the_user() {
        for (line, wanted) in [
            ("ssh", "ssh -v"),
            ("ssh -i key -v", "ssh -v -i key -v"),
            ("  exec /usr/bin/ssh\t-F x", "  exec /usr/bin/ssh -v\t-F x"),
            ("A='b c' \"C:/Program Files/ssh.exe\" -p 1", "A='b c' \"C:/Program Files/ssh.exe\" -v -p 1"),
            ("my\\ ssh x", "my\\ ssh -v x"),
        ] {
            assert_eq!(with_options(line, &["-v".into()], as_it_is).as_deref(), Ok(wanted), "{line}");
        }
        for line in ["", "ssh 'x; ssh", "a; ssh", "ssh $(cat x)", "'ssh"] {
            let refused = with_options(line, &["-v".into()], ssh_flags::without_traces);
            assert!(refused.is_err() || line == "ssh 'x; ssh", "{line}: {refused:?}");
        }
    }
}

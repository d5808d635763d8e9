//! What git and ssh answer where a machine records nothing: that they read their configuration as we do. Whether they
//! really do is tested elsewhere, against the real ones. Where they would refuse it, their words must be recorded.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cc_doctor::collect::git::reading::{self, Reading};
use cc_doctor::collect::git::{config, ownership, repository};
use cc_doctor::fact::Facts;
use cc_doctor::fact::Setting;
use cc_doctor::fact::target::Target;
use cc_doctor::system::System;
use cc_doctor::system::fake::FakeSystem;

use crate::layout::Machine;

/// What `ssh -G` of OpenSSH 9.2 says without any configuration.
const SSH_DEFAULTS: &str = include_str!("ssh-9.2-defaults.txt");

/// Adds the answer to `git config --list`.
pub(crate) fn with_git(machine: &Machine, system: FakeSystem) -> Result<FakeSystem, String> {
    let Some(git) = system.find_program("git").into_iter().next() else { return Ok(system) };
    if machine.has_answer(&git, "config") {
        return Ok(system);
    }
    let directory = system.current_dir().map_err(|error| error.to_string())?;
    let found = repository::discover(&system, &directory);
    let trusted = found
        .filter(|found| ownership::observe(&system, Some(&git), found).dubious != cc_doctor::fact::Fact::Known(true));
    let read = reading::read(&system, Some(&git), trusted.as_ref());
    if let Some(error) = &read.error {
        return Err(format!("record what `git config` says: {}", error.message));
    }
    let list = listing(&read);
    Ok(system.answers(&git.to_string_lossy(), &["config"], 0, &list, ""))
}

/// The form of `git config --list --show-origin --show-scope -z`.
fn listing(read: &Reading) -> String {
    let mut list = String::new();
    for entry in &read.entries {
        let origin = match &entry.place {
            config::Place::Line { file, .. } | config::Place::File(file) => {
                read.files.get(*file).map_or_else(String::new, |file| format!("file:{}", file.path.display()))
            }
            config::Place::Variable(_) => "command line:".into(),
        };
        let middle = entry.subsection().map(|subsection| format!("{subsection}.")).unwrap_or_default();
        let key = format!("{}.{middle}{}", entry.heading.section, entry.name);
        let value = entry.value.as_ref().map(|value| format!("\n{value}")).unwrap_or_default();
        let _ = write!(list, "{}\0{origin}\0{key}{value}\0", entry.scope.word());
    }
    list
}

/// Adds the answers to `ssh -v -G`, made of what our own reader found out without them; null where nobody asks.
pub(crate) fn with_ssh(machine: &Machine, system: FakeSystem, facts: &Facts) -> Result<Option<FakeSystem>, String> {
    let command = facts.git.known().map(|git| &git.ssh_command).filter(|command| &*command.flavour == "openssh");
    let program = command.and_then(|command| command.program_path.known()).map(|path| PathBuf::from(&path.0));
    let targets: Vec<_> = facts.targets.iter().filter(|target| target.ssh.known().is_some()).collect();
    let (Some(command), Some(program), false) = (command, program, targets.is_empty()) else { return Ok(None) };
    if machine.has_answer(&program, "-G") {
        return Ok(None);
    }
    if let Some(error) = facts.ssh.known().and_then(|ssh| ssh.config_errors.first()) {
        return Err(format!("record what `ssh -v -G` says: {}", error.message));
    }
    let home = system.account().home.unwrap_or_default().to_string_lossy().into_owned();
    let arguments: Vec<String> =
        command.arguments.iter().map(|word| word.0.replace("~/", &format!("{home}/"))).collect();
    Ok(Some(targets.into_iter().fold(system, |system, target| answer(system, &program, &arguments, target))))
}

fn answer(system: FakeSystem, program: &Path, arguments: &[String], target: &Target) -> FakeSystem {
    let host = typed_host(target);
    let said = settings(&system, target);
    let port = target.port.map(|port| port.to_string());
    let user = target.url_user.as_ref().map(|user| user.0.clone());
    let asked: Vec<&str> = ["-v", "-G"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
    let mut exact = asked.clone();
    exact.extend(user.iter().flat_map(|user| ["-l", user]));
    exact.extend(port.iter().flat_map(|port| ["-p", port]));
    let plain: Vec<&str> = asked.into_iter().chain(["--", host]).collect();
    exact.extend(["--", host]);
    let program = program.to_string_lossy();
    system.answers(&program, &plain, 0, &said, "").answers(&program, &exact, 0, &said, "")
}

/// The host as the URL has it: ssh is asked for it in these letters.
fn typed_host(target: &Target) -> &str {
    let host = target.host.as_ref().map_or("", |host| &host.0);
    let url = target.url.as_ref().map_or("", |url| &url.0);
    let at = url.to_lowercase().find(host);
    at.and_then(|at| url.get(at..at + host.len())).unwrap_or(host)
}

/// The lines of `ssh -G`: the defaults, and what is set in their place.
fn settings(system: &FakeSystem, target: &Target) -> String {
    let Some(ssh) = target.ssh.known() else { return String::new() };
    let set: [(&str, &Setting); 16] = [
        ("user", &ssh.user),
        ("hostname", &ssh.hostname),
        ("port", &ssh.port),
        ("identitiesonly", &ssh.identities_only),
        ("pubkeyauthentication", &ssh.pubkey_authentication),
        ("preferredauthentications", &ssh.preferred_authentications),
        ("pubkeyacceptedalgorithms", &ssh.pubkey_accepted_algorithms),
        ("hostkeyalgorithms", &ssh.host_key_algorithms),
        ("proxycommand", &ssh.proxy_command),
        ("proxyjump", &ssh.proxy_jump),
        ("identityagent", &ssh.identity_agent),
        ("stricthostkeychecking", &ssh.strict_host_key_checking),
        ("userknownhostsfile", &ssh.user_known_hosts_file),
        ("controlpath", &ssh.control_path),
        ("controlmaster", &ssh.control_master),
        ("requiredrsasize", &ssh.required_rsa_size),
    ];
    let is_new = |(keyword, setting): &&(&str, &Setting)| {
        ["user", "hostname", "userknownhostsfile"].contains(keyword) || &*setting.origin != "default"
    };
    let new: Vec<_> = set.iter().filter(is_new).collect();
    let of_others: Vec<(String, &str)> = ssh
        .hindrances
        .iter()
        .map(|found| match &*found.kind {
            "control-folder" | "control-length" => ("controlmaster".to_owned(), "auto"),
            _ => (found.keyword.to_lowercase(), &*found.value),
        })
        .collect();
    let is_kept = |line: &&str| {
        let keyword = line.split(' ').next().unwrap_or_default();
        let is_new = new.iter().any(|(new, _)| *new == keyword) || of_others.iter().any(|(new, _)| *new == keyword);
        keyword != "identityfile" && !is_new
    };
    let mut said: Vec<String> = SSH_DEFAULTS.lines().filter(is_kept).map(str::to_owned).collect();
    said.extend(of_others.iter().map(|(keyword, value)| format!("{keyword} {value}")));
    said.extend(new.iter().filter_map(|(keyword, setting)| Some(format!("{keyword} {}", setting.value.as_deref()?))));
    said.extend(
        ssh.identities.iter().map(|identity| format!("identityfile {}", written(system, target, &identity.path))),
    );
    said.join("\n") + "\n"
}

/// The path of an identity as the configuration has it; ssh does not expand it here.
fn written(system: &FakeSystem, target: &Target, path: &str) -> String {
    let home = system.account().home.unwrap_or_default().to_string_lossy().into_owned();
    let blocks = target.ssh.known().map(|ssh| ssh.matching_blocks.as_slice()).unwrap_or_default();
    let mut all = blocks.iter().flat_map(|block| &block.identity_files).map(|file| file.0.clone());
    all.find(|file| file.replace('~', &home) == path)
        .unwrap_or_else(|| path.strip_prefix(&format!("{home}/")).map_or(path.into(), |rest| format!("~/{rest}")))
}

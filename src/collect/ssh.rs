//! The ssh collector: its files, keys and agent, and what ssh will do for one host.
//!
//! The truth is `ssh -v -G`, asked once per host of the client that git runs; our own reader of the configuration adds
//! the file and line of every setting, and stands in where ssh cannot be asked (it is missing, is no OpenSSH, or its
//! configuration holds `Match exec` or `CanonicalizeHostname`, which `ssh -G` would act on).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use self::agent::AgentState;
use self::blocks::NumberedBlock;
use self::client::{Answer, Client, CommandLine};
use self::evaluate::Query;
use self::home::Homes;
use self::include::{Reader, Scope, Tree};
use self::target::Request;
use super::Context;
use crate::fact::git::SshCommand;
use crate::fact::ssh::{ConfigError, Ssh, TargetSsh};
use crate::system::System;

mod agent;
mod blocks;
mod client;
pub(crate) mod config;
mod errors;
pub(crate) mod evaluate;
pub(crate) mod files;
mod glob;
mod hindrances;
pub(crate) mod home;
mod identities;
pub(crate) mod include;
mod keyfile;
pub(crate) mod keywords;
pub(crate) mod known_hosts;
mod machine;
mod misnamed;
pub(crate) mod pattern;
mod place;
mod proxy;
mod settings;
mod target;
#[cfg(test)]
mod tests;
mod unreached;

/// Most hosts that ssh is started for; further ones are answered by our own reader.
const HOST_LIMIT: usize = 16;
/// Most hosts of the configuration that are tried.
const DERIVED_LIMIT: usize = 50;

/// What ssh said, or why it was not asked (null: there is no client to ask, which leaves nothing in doubt).
type Told = Result<Arc<Answer>, Option<String>>;

/// The machine's ssh set-up, with what is needed to tell what ssh does for a host.
pub struct SshState {
    /// The facts about the machine.
    pub fact: Ssh,
    homes: Homes,
    command_line: CommandLine,
    tree: Tree,
    blocks: Vec<NumberedBlock>,
    agent: AgentState,
    client: Result<Client, Option<String>>,
    told: Mutex<HashMap<Request, Told>>,
    targets: Mutex<HashMap<Request, TargetSsh>>,
}

/// Collects the machine's ssh set-up. `command` is the program that git runs for SSH.
pub fn collect(context: &Context<'_>, command: &SshCommand) -> SshState {
    let system = context.system;
    let program = command.program_path.known().map(|path| PathBuf::from(&path.0));
    let homes = Homes::find(system, program.as_deref());
    let command_line = CommandLine::of(command, |path| shell_path(system, &homes, path));
    let wrapped = program.as_deref().and_then(|path| client::wrapped_config(system, path, homes.shell.as_deref()));
    let mut root = Root::of(&homes, command_line.config.as_deref(), wrapped);
    let mut tree = root.read(system, &homes);
    let mut client = find_client(command, program.clone(), &tree, &command_line);
    let first = first_host(context, &tree);
    let told = ask(system, client.as_ref(), &first);
    if let Some(seen) = told.as_ref().ok().and_then(|answer| root.corrected(&homes, answer)) {
        root = seen;
        tree = root.read(system, &homes);
        client = find_client(command, program, &tree, &command_line);
    }
    let agent = agent::collect(system);
    let blocks = blocks::collect(&tree);
    let fact = machine::facts(machine::Parts {
        system,
        homes: &homes,
        tree: &tree,
        blocks: &blocks,
        agent: &agent,
        errors: config_errors(system, &tree, &told, command, &root.path),
        config_path: root.path.clone(),
    });
    let told = Mutex::new(HashMap::from([(first, told)]));
    SshState { fact, homes, command_line, tree, blocks, agent, client, told, targets: Mutex::default() }
}

/// Whether the configuration that this client reads sets any of these keywords (in lower case), for whatever host. ssh is
/// not asked.
pub(crate) fn sets_any(system: &dyn System, command: &SshCommand, keywords: &[&str]) -> bool {
    let program = command.program_path.known().map(|path| PathBuf::from(&path.0));
    let homes = Homes::find(system, program.as_deref());
    let line = CommandLine::of(command, |path| shell_path(system, &homes, path));
    let wrapped = program.as_deref().and_then(|path| client::wrapped_config(system, path, homes.shell.as_deref()));
    let tree = Root::of(&homes, line.config.as_deref(), wrapped).read(system, &homes);
    keywords.iter().any(|keyword| tree.any_line(keyword, |_| true))
}

/// What ssh will do for `ssh://[user@]host[:port]/`.
pub fn for_target(
    context: &Context<'_>,
    state: &SshState,
    host: &str,
    user: Option<&str>,
    port: Option<u16>,
) -> TargetSsh {
    let request = Request { host: host.to_owned(), user: user.map(str::to_owned), port };
    let known = state.targets.lock().unwrap_or_else(PoisonError::into_inner).get(&request).cloned();
    known.unwrap_or_else(|| {
        let told = state.told(context.system, &request);
        let facts = target::collect(context, state, &request, &told);
        state.targets.lock().unwrap_or_else(PoisonError::into_inner).insert(request, facts.clone());
        facts
    })
}

/// What ssh would offer for a host, as `ssh -G` tells: key exchange, host key, ciphers and MACs, each joined by commas;
/// `None` where ssh was not asked.
pub fn offered_algorithms(
    context: &Context<'_>,
    state: &SshState,
    host: &str,
    user: Option<&str>,
    port: Option<u16>,
) -> Option<[String; 4]> {
    let request = Request { host: host.to_owned(), user: user.map(str::to_owned), port };
    let answer = state.told(context.system, &request).ok().filter(|answer| answer.ok)?;
    let value = |keyword| answer.value(keyword).map(str::to_owned);
    Some([value("kexalgorithms")?, value("hostkeyalgorithms")?, value("ciphers")?, value("macs")?])
}

/// The hosts and aliases of the configuration that lead to CodeCommit, each with its `HostName` when that is another
/// name.
pub fn codecommit_hosts(state: &SshState) -> Vec<(String, Option<String>)> {
    let mut hosts: Vec<(String, Option<String>)> = Vec::new();
    let mut tries = 0;
    for block in state.blocks.iter().filter(|block| &*block.block.kind == "host").map(|block| &block.block) {
        let leads = block.names_codecommit || block.holds_codecommit_settings || block.user_is_key_id;
        for pattern in block.patterns.iter().filter(|_| leads).map(|pattern| pattern.0.as_str()) {
            let is_host = client::is_askable(pattern) && !pattern.contains(['*', '?', '!', ',']);
            if !is_host || tries >= DERIVED_LIMIT || hosts.iter().any(|(known, _)| known == pattern) {
                continue;
            }
            tries += 1;
            let query = Query { host: pattern, options: &state.command_line.options, ..Query::default() };
            let connected = evaluate::connected_host(&evaluate::evaluate(&state.tree, &query), pattern);
            if blocks::names_codecommit(&connected) {
                let hostname = (connected != pattern.to_ascii_lowercase()).then_some(connected);
                hosts.push((pattern.to_owned(), hostname));
            }
        }
    }
    hosts
}

impl SshState {
    /// What ssh says for a host, asked at most once for each. User and port only matter to it where blocks look at
    /// them.
    fn told(&self, system: &dyn System, request: &Request) -> Told {
        let asked = if self.tree.any_line("match", |_| true) {
            request.clone()
        } else {
            Request { user: None, port: None, ..request.clone() }
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = told.get(&asked) {
            return known.clone();
        }
        let answer = if told.len() < HOST_LIMIT { ask(system, self.client.as_ref(), &asked) } else { Err(None) };
        told.insert(asked, answer.clone());
        answer
    }
}

/// The user's configuration that ssh starts from.
struct Root {
    path: PathBuf,
    /// Given with `-F`: ssh does not look at its owner and reads no system-wide file.
    explicit: bool,
    /// The system-wide file.
    system: PathBuf,
}

impl Root {
    fn of(homes: &Homes, option: Option<&str>, wrapped: Option<PathBuf>) -> Self {
        let option = option
            .map(|path| PathBuf::from(if path.ends_with("/none") || path == "none" { "/dev/null" } else { path }));
        let explicit = option.or(wrapped);
        Self {
            explicit: explicit.is_some(),
            path: explicit.unwrap_or_else(|| homes.ssh_directory().join("config")),
            system: homes.system_directory.join("ssh_config"),
        }
    }

    fn read(&self, system: &dyn System, homes: &Homes) -> Tree {
        let reader = Reader::new(system, homes).root(&self.path, Scope::User, !self.explicit);
        if self.explicit { reader.finish() } else { reader.root(&self.system, Scope::System, false).finish() }
    }

    /// Another start, when ssh was seen to read other files: somebody wrapped it.
    fn corrected(&self, homes: &Homes, answer: &Answer) -> Option<Self> {
        let missing = answer.complaints.iter().find_map(|complaint| {
            let rest = complaint.strip_prefix("Can't open user config file ")?;
            rest.strip_suffix(": No such file or directory").map(PathBuf::from)
        });
        let is_system = |path: &&PathBuf| is_system_wide(homes, path);
        let system = answer.read.iter().find(is_system).cloned();
        let first = answer.read.first().filter(|path| !is_system(path)).cloned();
        let path = missing.or(first).unwrap_or_else(|| self.path.clone());
        let explicit = if path == self.path { self.explicit } else { system.is_none() };
        let system = system.unwrap_or_else(|| self.system.clone());
        (path != self.path || system != self.system).then_some(Self { path, explicit, system })
    }
}

fn is_system_wide(homes: &Homes, path: &Path) -> bool {
    let text = path.to_string_lossy().replace('\\', "/");
    *path == homes.system_directory.join("ssh_config")
        || (text.ends_with("/ssh_config") && (text.contains("/etc/") || text.contains("/ProgramData/")))
}

/// A path of the ssh command as the shell hands it over.
fn shell_path(system: &dyn System, homes: &Homes, path: &str) -> String {
    let home = homes.shell.as_ref().unwrap_or(&homes.ssh).to_string_lossy();
    let path = path.strip_prefix("~/").map_or_else(|| path.to_owned(), |rest| format!("{home}/{rest}"));
    let path = path.replace("${HOME}", &home).replace("$HOME", &home);
    if path == "none" || home::is_absolute(&path) {
        return path;
    }
    system.current_dir().map_or(path.clone(), |directory| place::shown(&directory.join(path)))
}

/// The client to ask, or why it is not asked.
fn find_client(
    command: &SshCommand,
    program: Option<PathBuf>,
    tree: &Tree,
    line: &CommandLine,
) -> Result<Client, Option<String>> {
    let program = program.filter(|_| &*command.flavour == "openssh").ok_or(None)?;
    if tree.any_line("match", has_exec) {
        // Whether that leaves anything in doubt is for the evaluation of each host to say.
        return Err(None);
    }
    let canonicalizes = |value: &str| !["no", "none", "false"].contains(&value.to_ascii_lowercase().as_str());
    let by_option =
        line.options.iter().any(|(keyword, value)| keyword == "canonicalizehostname" && canonicalizes(value));
    if by_option || tree.any_line("canonicalizehostname", |line| line.values().next().is_some_and(canonicalizes)) {
        return Err(Some("CanonicalizeHostname would ask the name server".into()));
    }
    if let Some(file) = tree.files.iter().find(|file| file.state.kind == Some("other") && file.state.problem.is_some())
    {
        return Err(Some(format!("{} is not a regular file, ssh may wait for it for ever", place::shown(&file.path))));
    }
    if let Some(file) = tree.files.iter().find(|file| file.state.too_large) {
        let path = place::shown(&file.path);
        return Err(Some(format!("{path} is larger than any configuration, ssh would need its size in memory")));
    }
    Ok(Client { program, arguments: line.passed.clone() })
}

fn has_exec(line: &config::Line) -> bool {
    line.rest.to_ascii_lowercase().contains("exec")
}

fn ask(system: &dyn System, client: Result<&Client, &Option<String>>, request: &Request) -> Told {
    let client = client.map_err(Clone::clone)?;
    if !client::is_askable(&request.host) {
        return Err(Some("the host cannot be handed to ssh".into()));
    }
    client
        .ask(system, &request.host, request.user.as_deref(), request.port)
        .map(Arc::new)
        .map_err(|error| Some(format!("ssh -G {error}")))
}

/// The host to ask for first: the one that the run is probably about, so that the answer serves twice.
fn first_host(context: &Context<'_>, tree: &Tree) -> Request {
    let region = context.region.unwrap_or("us-east-1");
    let of_urls = context.urls.iter().find_map(|url| host_of_url(url));
    let of_config = || {
        let hosts = tree.files.iter().flat_map(|file| &file.lines).filter(|line| line.keyword == "host");
        let named = hosts.flat_map(|line| line.values()).find(|pattern| pattern.starts_with("git-codecommit."))?;
        let host = named.replacen('*', region, 1);
        (!host.contains(['*', '?', ','])).then_some(host)
    };
    let host = of_urls.or_else(of_config).unwrap_or_else(|| format!("git-codecommit.{region}.amazonaws.com"));
    Request { host, user: None, port: None }
}

fn host_of_url(url: &str) -> Option<String> {
    let authority = url.strip_prefix("ssh://")?.split('/').next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    client::is_askable(host).then(|| host.to_owned())
}

/// ssh's complaints; where it could not be asked, our own guess. Another client reads none of these files.
fn config_errors(system: &dyn System, tree: &Tree, told: &Told, command: &SshCommand, own: &Path) -> Vec<ConfigError> {
    match told {
        Ok(answer) if answer.ok => Vec::new(),
        Ok(answer) => errors::from_complaints(tree, &answer.complaints, own),
        Err(_) if &*command.flavour != "openssh" && command.program_path.known().is_some() => Vec::new(),
        Err(_) => errors::guess(tree, system.platform()),
    }
}

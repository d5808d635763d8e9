//! What a terminal, another home directory, another agent or another git of the same person has that this environment
//! lacks: why the same command works elsewhere. Only files are read and agents asked; no program is run.

use std::path::{Path, PathBuf};

use super::mask;
use crate::fact::elsewhere::{Elsewhere, OtherAgent, ShellExport};
use crate::fact::git::Git;
use crate::fact::os::Os;
use crate::fact::ssh::AgentKey;
use crate::fact::{FilePath, Source};
use crate::system::{FileKind, Platform, System, keys};

mod gits;
mod homes;
mod shell;
#[cfg(test)]
mod tests;

/// Most agents of `/tmp` that are asked.
const AGENT_LIMIT: usize = 20;

/// Looks around. `git` says which configuration files this git reads.
pub fn collect(system: &dyn System, os: &Os, git: &Git) -> Elsewhere {
    let assignments = shell::assignments(system);
    let agents = if has_agent(system) { Vec::new() } else { agents(system, &assignments) };
    let (path_additions, exports) = assignments.into_iter().partition(|export| &*export.name == "PATH");
    Elsewhere {
        exports,
        path_additions,
        homes: homes::find(system, os),
        agents,
        gits: gits::find(system, git),
        windows_aws: if os.wsl { windows_aws(system) } else { None },
    }
}

/// Whether somebody listens where `SSH_AUTH_SOCK` leads.
fn has_agent(system: &dyn System) -> bool {
    let socket = system.env("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty());
    socket.is_some_and(|socket| !matches!(system.agent_keys(Path::new(&socket)), Ok(None)))
}

/// The agents that answer and hold keys.
fn agents(system: &dyn System, exports: &[ShellExport]) -> Vec<OtherAgent> {
    let named = exports
        .iter()
        .filter(|export| &*export.name == "SSH_AUTH_SOCK")
        .filter_map(|export| Some((PathBuf::from(export.value.as_ref()?.0.as_str()), export.source.clone())));
    let usual = sockets(system).into_iter().map(|socket| {
        let source = Source::file(socket.to_string_lossy());
        (socket, source)
    });
    let mut places: Vec<(PathBuf, Source)> = Vec::new();
    for (socket, source) in named.chain(usual).filter(|(socket, _)| !is_of_others(system, socket)) {
        if places.iter().all(|(known, _)| *known != socket) {
            places.push((socket, source));
        }
    }
    let found = places.iter().zip(ask_all(system, &places));
    let described = found.map(|((socket, source), held)| OtherAgent {
        socket: FilePath(socket.to_string_lossy().into_owned()),
        keys: held.iter().map(describe).collect(),
        source: source.clone(),
    });
    described.filter(|agent| !agent.keys.is_empty()).collect()
}

/// The keys behind each socket. All are asked at the same time: one that hangs takes two seconds, and so do twenty.
fn ask_all(system: &dyn System, places: &[(PathBuf, Source)]) -> Vec<Vec<crate::system::AgentKey>> {
    std::thread::scope(|scope| {
        let ask = |(socket, _): &'_ (PathBuf, Source)| {
            let socket = socket.clone();
            scope.spawn(move || system.agent_keys(&socket).ok().flatten().unwrap_or_default())
        };
        let asked: Vec<_> = places.iter().map(ask).collect();
        asked.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

/// Whether it belongs to another account, whose agent is none of our business.
fn is_of_others(system: &dyn System, path: &Path) -> bool {
    system.metadata(path).is_ok_and(|found| found.uid.is_some() && found.uid != system.account().uid)
}

fn describe(key: &crate::system::AgentKey) -> AgentKey {
    let blob = keys::describe(&key.blob);
    AgentKey {
        key_type: blob.key_type.into(),
        bits: blob.bits,
        sha256: blob.sha256.into(),
        comment: mask::excerpt(&key.comment).into(),
    }
}

/// Where OpenSSH's agent as a service of the session, GNOME, GnuPG and 1Password listen, and the agents that a login
/// shell starts.
fn sockets(system: &dyn System) -> Vec<PathBuf> {
    const OF_SESSION: [&str; 5] =
        ["ssh-agent.socket", "openssh_agent", "gcr/ssh", "keyring/ssh", "gnupg/S.gpg-agent.ssh"];
    const OF_HOME: [&str; 3] = [
        ".1password/agent.sock",
        ".gnupg/S.gpg-agent.ssh",
        "Library/Group Containers/2BUA8C4S2C.com.1password/t/agent.sock",
    ];
    if system.platform() == Platform::Windows {
        return Vec::new();
    }
    let account = system.account();
    let session = account.uid.map(|uid| PathBuf::from(format!("/run/user/{uid}")));
    let mut sockets: Vec<_> = session.iter().flat_map(|session| OF_SESSION.map(|below| session.join(below))).collect();
    sockets.extend(account.home.iter().flat_map(|home| OF_HOME.map(|below| home.join(below))));
    sockets.extend(of_shells(system));
    sockets
}

/// `/tmp/ssh-XXXXXX/agent.PID`, where ssh-agent listens unless told otherwise.
fn of_shells(system: &dyn System) -> Vec<PathBuf> {
    let directories = system.read_dir(Path::new("/tmp")).unwrap_or_default();
    let of_agents = directories.into_iter().filter(|entry| entry.name.to_string_lossy().starts_with("ssh-"));
    let directories = of_agents.map(|entry| Path::new("/tmp").join(entry.name));
    let directories = directories.filter(|directory| !is_of_others(system, directory)).take(AGENT_LIMIT);
    let within = |directory: PathBuf| {
        let entries = system.read_dir(&directory).unwrap_or_default();
        let agents = entries.into_iter().filter(|entry| entry.name.to_string_lossy().starts_with("agent."));
        agents.map(|entry| directory.join(entry.name)).collect::<Vec<_>>()
    };
    directories.flat_map(within).take(AGENT_LIMIT).collect()
}

/// Where the installer of the AWS CLI for Windows puts it.
fn windows_aws(system: &dyn System) -> Option<FilePath> {
    let path = Path::new("/mnt/c/Program Files/Amazon/AWSCLIV2/aws.exe");
    is_file(system, path).then(|| FilePath(path.to_string_lossy().into_owned()))
}

fn is_file(system: &dyn System, path: &Path) -> bool {
    system.metadata(path).is_ok_and(|found| found.kind == FileKind::File)
}

//! The SSH agent.

use std::path::{Path, PathBuf};

use super::place;
use crate::collect::mask;
use crate::fact::{Fact, Source, ssh};
use crate::system::{System, keys};

/// The agent with the blobs of its keys.
#[derive(Debug, Clone, Default)]
pub(super) struct AgentState {
    pub(super) fact: Fact<ssh::Agent>,
    /// The blobs; unavailable when it does not answer, absent where nobody listens.
    pub(super) blobs: Fact<Vec<Vec<u8>>>,
}

/// Asks the agent of `SSH_AUTH_SOCK`.
pub(super) fn collect(system: &dyn System) -> AgentState {
    let Some(value) = system.env("SSH_AUTH_SOCK").filter(|value| !value.is_empty()) else {
        return AgentState { fact: Fact::Absent, blobs: Fact::Absent };
    };
    let socket = PathBuf::from(value);
    let answer = system.agent_keys(&socket);
    let excerpt = mask::excerpt(&format!("SSH_AUTH_SOCK={}", place::shown(&socket)));
    let agent = ssh::Agent {
        socket: place::shown(&socket).into(),
        socket_exists: system.symlink_metadata(&socket).is_ok(),
        reachable: known(answer.as_ref().map(Option::is_some).map_err(Clone::clone)),
        key_count: count(&answer),
        keys: known(answer.as_ref().map(|keys| keys.iter().flatten().map(describe).collect()).map_err(Clone::clone)),
        source: Source::variable("SSH_AUTH_SOCK", excerpt),
    };
    AgentState { fact: Fact::Known(agent), blobs: blobs(answer) }
}

/// The blobs of the keys that the agent at a socket holds, as in [`AgentState`].
pub(super) fn blobs_at(system: &dyn System, socket: &Path) -> Fact<Vec<Vec<u8>>> {
    blobs(system.agent_keys(socket))
}

fn blobs(answer: Result<Option<Vec<crate::system::AgentKey>>, String>) -> Fact<Vec<Vec<u8>>> {
    match answer {
        Ok(None) => Fact::Absent,
        answer => known(answer.map(|keys| keys.into_iter().flatten().map(|key| key.blob).collect())),
    }
}

/// Whether an agent answers at a socket.
pub(super) fn is_reachable(system: &dyn System, socket: &Path) -> Fact<bool> {
    known(system.agent_keys(socket).map(|keys| keys.is_some()))
}

fn count<T>(answer: &Result<Option<Vec<T>>, String>) -> Fact<i64> {
    let length = |keys: &Option<Vec<T>>| keys.iter().map(Vec::len).sum::<usize>();
    known(answer.as_ref().map(|keys| i64::try_from(length(keys)).unwrap_or(i64::MAX)).map_err(Clone::clone))
}

fn known<T>(answer: Result<T, String>) -> Fact<T> {
    answer.map_or_else(|reason| Fact::Unavailable(mask::excerpt(&reason)), Fact::Known)
}

fn describe(key: &crate::system::AgentKey) -> ssh::AgentKey {
    let blob = keys::describe(&key.blob);
    ssh::AgentKey {
        key_type: blob.key_type.into(),
        bits: blob.bits,
        sha256: blob.sha256.into(),
        comment: mask::excerpt(&key.comment).into(),
    }
}

//! Whether the server must prove itself by a host key that is known already: a look lets nobody in who is not.

use crate::collect::derive::Planned;
use crate::collect::live::{Glimpse, Tries};
use crate::collect::target::is_endpoint;
use crate::fact::ssh::TargetSsh;

/// Whether ssh would take a host key that it does not know (`parse_strict_host_key` in readconf.c of OpenSSH; `ssh -G`
/// prints `false` for `no`).
pub(super) fn is_permissive(ssh: &TargetSsh) -> bool {
    let value = ssh.strict_host_key_checking.value.as_ref().map(|value| value.to_ascii_lowercase());
    matches!(value.as_deref(), Some("no" | "off" | "false" | "accept-new"))
}

/// Whether an option must make ssh insist on a known key: it takes any, and what it connects to is no endpoint of
/// CodeCommit.
pub(super) fn must_insist(tries: &Tries<'_>, ssh: &TargetSsh) -> bool {
    let connected = ssh.hostname.value.as_ref();
    is_permissive(ssh) && !connected.is_some_and(|host| is_endpoint(tries.context.regions, host))
}

/// The name of the file that shows ssh a key, in the directory in which git runs.
pub(super) const FILE: &str = "known_hosts";

/// A host key that AWS publishes and that the server has shown in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// The line of known_hosts that says so.
    pub(super) line: String,
}

/// Where ssh takes any key, the one that AWS publishes must be known: to known_hosts, or else from what the server has
/// just shown. The latter is told to ssh, which takes no other one then.
///
/// # Errors
/// The reason not to run git, for people.
pub(super) fn check(
    tries: &Tries<'_>,
    planned: &Planned,
    ssh: &TargetSsh,
    glimpse: Glimpse<'_>,
) -> Result<Option<Seen>, String> {
    let Some(known) = ssh.known_hosts.known().filter(|_| is_permissive(ssh)) else { return Ok(None) };
    let written = planned.target.host.as_ref().map(|host| host.0.as_str());
    let names = [written, ssh.hostname.value.as_deref()];
    let Some(region) = names.into_iter().flatten().find_map(|host| tries.context.regions.by_host(host)) else {
        return Ok(None);
    };
    let prints = &region.ssh_fingerprints;
    let is_right = |(sha256, md5): (&str, &str)| prints.matches(sha256, md5) == Some(true);
    let plain = known.entries.iter().filter(|entry| entry.marker.is_none());
    let mut digests = plain.filter_map(|entry| Some((&**entry.sha256.as_ref()?, &**entry.md5.as_ref()?)));
    if (prints.sha256.is_none() && prints.md5.is_none()) || digests.any(is_right) {
        return Ok(None);
    }
    // Beside another key that is known, ssh does not simply take a new one.
    let key = if known.entries.is_empty() { glimpse.published_key() } else { None };
    if let Some(key) = key.filter(|key| &*key.key_type == "rsa") {
        return Ok(Some(Seen { line: format!("{} ssh-rsa {}\n", known.name.0, key.public_key.0) }));
    }
    Err(format!(
        "ssh takes any unknown host key (StrictHostKeyChecking {}), and the one that AWS publishes is not in known_hosts \
         for {}, so whoever answers there would be let in",
        ssh.strict_host_key_checking.value.as_deref().unwrap_or("no").replace("false", "no"),
        known.name.0
    ))
}

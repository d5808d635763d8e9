//! Logins over SSH by libraries: libssh2 as IDEs have it, and russh where there is no ssh program to ask.

use std::path::PathBuf;
use std::time::Duration;

use crate::collect::live::Tries;
use crate::collect::mask::excerpt;
use crate::collect::target::is_endpoint;
use crate::fact::access::{Libssh2, SshLogin, TargetAccess};
use crate::fact::ssh::TargetSsh;
use crate::fact::target::Target;
use crate::fact::{Fact, FilePath, Text};
use crate::system::net::{SshAttempt, SshLibrary, SshOutcome};

/// How long a login may take.
const DEADLINE: Duration = Duration::from_secs(5);

/// Logs in by libssh2 as a program does that reads no `~/.ssh/config`: with the host, the port and the user of the URL,
/// else the name of the account, and with the key files of the target.
pub fn libssh2(tries: &Tries<'_>, target: &Target) -> Fact<Libssh2> {
    let (Some(ssh), Some(host)) = (target.ssh.known(), target.host.as_ref()) else { return Fact::Absent };
    let account = tries.context.system.account().name.unwrap_or_default();
    let user = target.url_user.as_ref().map_or(account, |user| user.0.clone());
    let told = |outcome: &str, error: Option<&str>| {
        Fact::Known(Libssh2 {
            outcome: outcome.into(),
            user: user.as_str().into(),
            error: error.map(|error| Text(excerpt(error))),
        })
    };
    let port = target.port.and_then(|port| u16::try_from(port).ok()).unwrap_or(22);
    if !goes_there(ssh, host, port) || !is_endpoint(tries.context.regions, host) {
        return told("elsewhere", None);
    }
    let attempt = attempt(tries, target, ssh, (host, port), &user);
    match tries.context.system.ssh_login(SshLibrary::Libssh2, &attempt) {
        SshOutcome::Authenticated { .. } => told("authenticated", None),
        SshOutcome::Refused(text) => told("refused", Some(&text)),
        SshOutcome::NoKey(text) => told("no-key", Some(&text)),
        SshOutcome::NotReached(text) => told("handshake-failed", Some(&text)),
        SshOutcome::NotBuilt => Fact::Unavailable("this build of cc-doctor has no libssh2".into()),
    }
}

/// Whether ssh connects to the host and port of the URL, so that a program without its configuration gets there too.
fn goes_there(ssh: &TargetSsh, host: &str, port: u16) -> bool {
    let is = |value: Option<&Text>, wanted: &str| value.is_none_or(|value| value.eq_ignore_ascii_case(wanted));
    let unset = |value: Option<&Text>| value.is_none_or(|value| value.is_empty() || value.0 == "none");
    is(ssh.hostname.value.as_ref(), host)
        && is(ssh.port.value.as_ref(), &port.to_string())
        && unset(ssh.proxy_command.value.as_ref())
        && unset(ssh.proxy_jump.value.as_ref())
}

/// Logs in by russh where no ssh program is there: what the login is worth is known then although git cannot use it.
pub fn without_ssh(tries: &Tries<'_>, target: &Target, access: &TargetAccess) -> Option<Fact<SshLogin>> {
    let missing = matches!(tries.git.fact.ssh_command.program_path, Fact::Absent);
    let (ssh, host) = (target.ssh.known()?, target.host.as_ref()?);
    if !missing || access.ssh.known().is_some_and(|login| login.connected) {
        return None;
    }
    let host = ssh.hostname.value.as_ref().map_or(&host.0, |name| &name.0);
    let port = ssh.port.value.as_ref().and_then(|port| port.parse().ok()).unwrap_or(22);
    if !goes_there(ssh, host, port) || !is_endpoint(tries.context.regions, host) {
        return None;
    }
    let user = ssh.user.value.as_ref().map_or("", |user| &user.0);
    let attempt = attempt(tries, target, ssh, (host, port), user);
    let outcome = tries.context.system.ssh_login(SshLibrary::Russh, &attempt);
    let reached = matches!(outcome, SshOutcome::Authenticated { .. } | SshOutcome::Refused(_) | SshOutcome::NoKey(_));
    let authenticated = matches!(outcome, SshOutcome::Authenticated { .. });
    Some(match outcome {
        SshOutcome::NotBuilt => return None,
        SshOutcome::NotReached(text) => Fact::Unavailable(format!("there is no ssh program, and without it: {text}")),
        _ => Fact::Known(SshLogin {
            connected: reached,
            host_key_accepted: reached,
            authenticated,
            user: Some(user.into()),
            // The library does not tell which one of several it was.
            accepted_key: match attempt.keys.as_slice() {
                [key] if authenticated => Some(path_fact(key)),
                _ => None,
            },
            ..SshLogin::default()
        }),
    })
}

fn path_fact(path: &std::path::Path) -> FilePath {
    FilePath(path.display().to_string())
}

fn attempt(tries: &Tries<'_>, target: &Target, ssh: &TargetSsh, (host, port): (&str, u16), user: &str) -> SshAttempt {
    let usable = ssh.identities.iter().filter(|identity| identity.key.readable == Some(true));
    let repository = target.repository.as_deref().filter(|name| !name.contains(['\'', '\n']));
    SshAttempt {
        host: host.to_owned(),
        port,
        user: user.to_owned(),
        keys: usable.map(|identity| PathBuf::from(&identity.path.0)).collect(),
        host_keys: expected(tries, ssh, target),
        command: repository.map(|name| format!("git-upload-pack '/v1/repos/{name}'")),
        deadline: DEADLINE,
    }
}

/// The host keys to accept: the published one, else those that known_hosts has.
fn expected(tries: &Tries<'_>, ssh: &TargetSsh, target: &Target) -> Vec<String> {
    let region = target.host.as_ref().and_then(|host| tries.context.regions.by_host(host));
    let published = region.map(|region| &region.ssh_fingerprints).filter(|prints| !prints.sha256_misprinted);
    if let Some(sha256) = published.and_then(|prints| prints.sha256.clone()) {
        return vec![sha256];
    }
    let known = ssh.known_hosts.known().map(|known| known.entries.as_slice()).unwrap_or_default();
    known
        .iter()
        .filter(|entry| entry.marker.is_none())
        .filter_map(|entry| entry.sha256.as_ref())
        .map(|s| s.0.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::regions::RegionTable;
    use crate::collect::{self, Context, Live, Needs};
    use crate::fact::Run;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;
    use crate::system::net::{DnsError, Probed, Timed};

    const URL: &str = "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";

    fn access(system: &FakeSystem, url: &str, thorough: bool) -> TargetAccess {
        let regions = RegionTable::embedded().unwrap();
        let urls = [url.to_owned()];
        let live = Live { on: true, thorough, ..Live::default() };
        let context = Context { system, regions: &regions, region: None, profile: None, urls: &urls, live };
        collect::gather(&context, Run::default(), Needs::ALL).targets[0].access.known().unwrap().clone()
    }

    fn machine() -> FakeSystem {
        FakeSystem::new(Platform::Linux)
            .file("/home/dev/.ssh/id_rsa", include_str!("../../../tests/data/keys/rsa"))
            .login(SshLibrary::Libssh2, SshOutcome::Refused("Authentication failed (username/password)".into()))
    }

    #[test]
    fn what_libssh2_experiences_is_told_with_the_name_that_it_sends() {
        let libssh2 = access(&machine(), URL, true).libssh2.known().unwrap().clone();
        assert_eq!((libssh2.outcome.0.as_str(), libssh2.user.0.as_str()), ("refused", "dev"));
        assert!(libssh2.error.unwrap().0.contains("Authentication failed"));
        let named = URL.replace("ssh://", "ssh://APKAQ3EGRJ5XKT7NZ2WL@");
        assert_eq!(access(&machine(), &named, true).libssh2.known().unwrap().user.0, "APKAQ3EGRJ5XKT7NZ2WL");
    }

    #[test]
    fn who_has_no_connection_is_not_asked_to_wait_for_another_library() {
        let failed = |dns: DnsError| Probed {
            dns: Some(Timed { value: Err(dns), took: Duration::from_millis(7) }),
            ..Probed::default()
        };
        let system =
            machine().probed("git-codecommit.us-east-1.amazonaws.com", 22, failed(DnsError::NotFound("no".into())));
        assert!(matches!(access(&system, URL, true).libssh2, Fact::Absent));
    }

    #[test]
    fn a_program_without_the_configuration_goes_elsewhere() {
        let system =
            machine().file("/home/dev/.ssh/config", "Host git-codecommit.*\n  HostName 127.0.0.1\n  Port 2222\n");
        assert_eq!(access(&system, URL, true).libssh2.known().unwrap().outcome.0, "elsewhere");
    }

    #[test]
    fn without_an_ssh_program_the_login_is_tried_all_the_same() {
        let outcome = SshOutcome::Authenticated { exit_code: Some(0), said: None };
        let system = machine().program("/usr/bin/git").login(SshLibrary::Russh, outcome);
        let login = access(&system, URL, true).ssh.known().unwrap().clone();
        assert!(login.authenticated && login.connected);
        let refused = machine().program("/usr/bin/git").login(SshLibrary::Russh, SshOutcome::Refused("no".into()));
        let login = access(&refused, URL, true).ssh.known().unwrap().clone();
        assert!(!login.authenticated && login.connected);
    }
}

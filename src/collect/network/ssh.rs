//! The endpoint of an SSH target, and its handshake.

use super::ladder::{milliseconds, words};
use super::{Endpoint, FOREIGN, route};
use crate::collect::derive::Planned;
use crate::collect::live::Tries;
use crate::collect::{ssh, target};
use crate::fact::network::{Algorithms, HostKey, Negotiation, Route as RouteFact, SshHandshake};
use crate::fact::ssh::{KnownHosts, TargetSsh};
use crate::fact::target::Target;
use crate::fact::{Setting, Text};
use crate::system::keys;
use crate::system::net::{NetErrorKind, Probe, Protocol, Route, SshAnswer, SshOffer, Timed};

/// Where ssh connects to.
pub(super) fn endpoint(tries: &Tries<'_>, planned: &Planned) -> Result<Endpoint, String> {
    let Some(ssh) = planned.target.ssh.known() else { return Err("what ssh would do is not known".into()) };
    let host = ssh.hostname.value.as_ref().map(|host| host.0.clone()).ok_or("ssh has no host to connect to")?;
    let named = planned.target.host.as_ref().map_or("", |host| &host.0);
    if !ssh.hostname_is_endpoint && ![&*host, named].iter().any(|host| target::is_endpoint(tries.context.regions, host))
    {
        return Err(FOREIGN.into());
    }
    let port = ssh.port.value.as_ref().and_then(|port| port.parse().ok()).unwrap_or(22);
    let probe = Probe { host, port, route: Route::Direct, protocol: Protocol::Ssh };
    Ok(Endpoint { probe, route: way(ssh), clients: Vec::new() })
}

/// Whether ssh goes through another program or host.
pub(super) fn is_proxied(ssh: &TargetSsh) -> bool {
    &*way(ssh).kind != "direct"
}

fn way(ssh: &TargetSsh) -> RouteFact {
    let used = |setting: &Setting| setting.value.as_deref().is_some_and(|value| !value.is_empty() && value != "none");
    let fact = |kind: &str, setting: &Setting| RouteFact {
        kind: kind.into(),
        proxy: setting.value.clone(),
        source: setting.source.clone(),
    };
    if used(&ssh.proxy_command) {
        fact("proxy-command", &ssh.proxy_command)
    } else if used(&ssh.proxy_jump) {
        fact("proxy-jump", &ssh.proxy_jump)
    } else {
        route::direct().1
    }
}

/// The handshake as facts.
pub(super) fn fact(tries: &Tries<'_>, planned: &Planned, answer: &Timed<SshAnswer>) -> SshHandshake {
    let SshAnswer { result, no_common, banner, offer, host_key } = &answer.value;
    let algorithms = offer.as_ref().map(|offer| algorithms(offer, client_offer(tries, planned).as_ref()));
    let outcome = match result {
        Ok(()) => "done",
        Err(_) if *no_common => "no-common-algorithm",
        Err(error) => match error.kind {
            NetErrorKind::TimedOut if banner.is_none() => "no-banner",
            NetErrorKind::TimedOut => "timed-out",
            NetErrorKind::Closed => "closed",
            NetErrorKind::Reset => "reset",
            NetErrorKind::NotThatProtocol => "not-ssh",
            _ => "failed",
        },
    };
    SshHandshake {
        outcome: outcome.into(),
        banner: banner.as_deref().map(words),
        algorithms,
        host_key: host_key.as_deref().map(|blob| host_key_fact(tries, &planned.target, blob)),
        error: result.as_ref().err().map(|error| words(&error.text)),
        duration_ms: milliseconds(answer.took),
    }
}

fn client_offer(tries: &Tries<'_>, planned: &Planned) -> Option<[String; 4]> {
    let (host, user, port) = target::ssh_destination(&planned.url)?;
    ssh::offered_algorithms(tries.context, tries.ssh, &host, user.as_deref(), port)
}

fn algorithms(offer: &SshOffer, client: Option<&[String; 4]>) -> Algorithms {
    let client = |index: usize| client.and_then(|lists| lists.get(index)).map(String::as_str);
    let key_exchange = negotiation(&offer.key_exchange, client(0));
    let host_key = negotiation(&offer.host_key, client(1));
    let cipher = negotiation(&offer.cipher, client(2));
    // Ciphers with built-in integrity need no MAC.
    let needs_mac = !cipher.common.as_deref().is_some_and(|name| name.contains("gcm") || name.contains("poly1305"));
    let mac = negotiation(&offer.mac, client(3));
    let kinds = [
        ("key exchange", &key_exchange, true),
        ("host key", &host_key, true),
        ("cipher", &cipher, true),
        ("MAC", &mac, needs_mac),
    ];
    let lacks =
        |(_, list, needed): &&(&str, &Negotiation, bool)| *needed && list.client.is_some() && list.common.is_none();
    let no_common = kinds.iter().find(lacks).map(|(kind, _, _)| (*kind).into());
    Algorithms { key_exchange, host_key, cipher, mac, no_common }
}

/// What both sides agree on: the first of the client's that the server has (RFC 4253, section 7.1).
fn negotiation(server: &[String], client: Option<&str>) -> Negotiation {
    let common = client.and_then(|client| client.split(',').find(|name| server.iter().any(|own| own == name)));
    Negotiation { server: words(&server.join(",")), client: client.map(words), common: common.map(Into::into) }
}

fn host_key_fact(tries: &Tries<'_>, target: &Target, blob: &[u8]) -> HostKey {
    let keys::BlobFacts { key_type, sha256, md5, .. } = keys::describe(blob);
    let regions = tries.context.regions;
    let host = |host: Option<&Text>| host.and_then(|host| regions.by_host(host));
    let ssh = target.ssh.known();
    let region = host(ssh.and_then(|ssh| ssh.hostname.value.as_ref()))
        .or_else(|| target.host.as_ref().and_then(|host| regions.by_host(host)));
    let of_key = regions.regions.iter().find(|region| region.ssh_fingerprints.matches(&sha256, &md5) == Some(true));
    let known = ssh.and_then(|ssh| ssh.known_hosts.known());
    HostKey {
        matches_published: region.and_then(|region| region.ssh_fingerprints.matches(&sha256, &md5)),
        region_of_key: of_key.map(|region| region.name.as_str().into()),
        in_known_hosts: known.map(|known| in_known_hosts(known, key_type, &sha256).into()),
        key_type: key_type.into(),
        public_key: data_encoding::BASE64.encode(blob).into(),
        sha256: sha256.into(),
        md5: md5.into(),
    }
}

/// A line whose key cannot be decoded is passed over, as ssh does (`hostkeys_foreach` in hostfile.c).
fn in_known_hosts(known: &KnownHosts, kind: &str, sha256: &str) -> &'static str {
    let same = |entry: &&crate::fact::ssh::KnownHost| entry.sha256.as_deref() == Some(sha256);
    let marked = |marker: &str| known.entries.iter().filter(same).any(|entry| entry.marker.as_deref() == Some(marker));
    let plain = || known.entries.iter().filter(|entry| entry.marker.is_none());
    if marked("revoked") {
        "revoked"
    } else if plain().any(|entry| same(&entry)) {
        "known"
    } else if plain().any(|entry| entry.key_type.0 == kind && entry.sha256.is_some()) {
        "changed"
    } else {
        "unknown"
    }
}

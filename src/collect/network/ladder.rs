//! The rungs below TLS and SSH, and the ladder as a whole.

use std::net::IpAddr;
use std::time::Duration;

use super::{Endpoint, http, ssh, tls};
use crate::collect::derive::Planned;
use crate::collect::live::Tries;
use crate::collect::mask::excerpt;
use crate::fact::network::{Attempt, Dns, Proxy, TargetNetwork, Tcp};
use crate::fact::{Fact, Text};
use crate::system::net::{self, DnsError, NetError, NetErrorKind, Probed, ProxyAddress, ProxyAnswer, Route, Timed};

/// Words of a tool or a server: secrets masked, and not too many.
pub(super) fn words(text: &str) -> Text {
    Text(excerpt(text))
}

pub(super) fn milliseconds(took: Duration) -> i64 {
    i64::try_from(took.as_millis()).unwrap_or(i64::MAX)
}

/// The route leads through a program that only the real ssh runs.
pub(super) fn not_climbed(endpoint: &Endpoint) -> TargetNetwork {
    TargetNetwork {
        host: endpoint.probe.host.as_str().into(),
        port: endpoint.probe.port.into(),
        route: endpoint.route.clone(),
        dns: Fact::Absent,
        tcp: Fact::Absent,
        proxy: Fact::Absent,
        tls: Fact::Absent,
        http: Fact::Absent,
        ssh: Fact::Absent,
        ..TargetNetwork::default()
    }
}

/// What the probe of an endpoint found.
pub(super) fn climbed(tries: &Tries<'_>, planned: &Planned, endpoint: &Endpoint, probed: &Probed) -> TargetNetwork {
    let mut network = not_climbed(endpoint);
    network.dns = Fact::from_option(probed.dns.as_ref().map(dns));
    network.tcp = Fact::from_option(probed.tcp.as_ref().map(tcp));
    let proxy = probed.proxy.as_ref().zip(address(&endpoint.probe.route));
    network.proxy = Fact::from_option(proxy.map(|(answer, address)| proxy_fact(address, answer)));
    network.tls = Fact::from_option(probed.tls.as_ref().map(|answer| tls::fact(tries, endpoint, answer)));
    network.http = Fact::from_option(probed.http.as_ref().map(|answer| http::fact(tries, answer)));
    network.ssh = Fact::from_option(probed.ssh.as_ref().map(|answer| ssh::fact(tries, planned, answer)));
    network.stopped_at = stopped_at(&network).map(Into::into);
    network.duration_ms = milliseconds(total(probed));
    network
}

fn total(probed: &Probed) -> Duration {
    let of = |took: Option<Duration>| took.unwrap_or_default();
    of(probed.dns.as_ref().map(|rung| rung.took))
        + of(probed.tcp.as_ref().map(|rung| rung.took))
        + of(probed.proxy.as_ref().map(|rung| rung.took))
        + of(probed.tls.as_ref().map(|rung| rung.took))
        + of(probed.http.as_ref().map(|rung| rung.took))
        + of(probed.ssh.as_ref().map(|rung| rung.took))
}

fn stopped_at(network: &TargetNetwork) -> Option<&'static str> {
    let not = |outcome: Option<&str>, wanted: &str| outcome.is_some_and(|outcome| outcome != wanted);
    [
        ("dns", not(network.dns.known().map(|rung| &*rung.outcome.0), "found")),
        ("tcp", not(network.tcp.known().map(|rung| &*rung.outcome.0), "connected")),
        ("proxy", not(network.proxy.known().map(|rung| &*rung.outcome.0), "connected")),
        ("tls", not(network.tls.known().map(|rung| &*rung.outcome.0), "done")),
        ("http", not(network.http.known().map(|rung| &*rung.outcome.0), "answered")),
        ("ssh", not(network.ssh.known().map(|rung| &*rung.outcome.0), "done")),
    ]
    .into_iter()
    .find_map(|(rung, stopped)| stopped.then_some(rung))
}

fn dns(answer: &Timed<Result<Vec<IpAddr>, DnsError>>) -> Dns {
    let duration_ms = milliseconds(answer.took);
    match &answer.value {
        Ok(addresses) => Dns {
            outcome: "found".into(),
            all_private: !addresses.is_empty() && addresses.iter().all(is_private),
            addresses: addresses.iter().map(|address| Text(address.to_string())).collect(),
            error: None,
            duration_ms,
        },
        Err(error) => Dns {
            outcome: match error {
                DnsError::NotFound(_) => "not-found",
                DnsError::TimedOut(_) => "timed-out",
                DnsError::Failed(_) => "failed",
            }
            .into(),
            error: Some(words(&error.to_string())),
            duration_ms,
            ..Dns::default()
        },
    }
}

/// Addresses that the internet does not route (RFC 1918, RFC 4193, link-local).
fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

fn tcp(answer: &Timed<Vec<net::Attempt>>) -> Tcp {
    let attempts = &answer.value;
    let connected = attempts.iter().any(|attempt| attempt.result.is_ok());
    let first = attempts.first().and_then(|attempt| attempt.result.as_ref().err());
    Tcp {
        outcome: if connected { "connected" } else { first.map_or("failed", |error| connecting(error.kind)) }.into(),
        partly: connected && attempts.iter().any(is_dead),
        attempts: attempts.iter().map(attempt).collect(),
        duration_ms: milliseconds(answer.took),
    }
}

/// Whether an address does not answer although it should: one of IPv6 on a machine without a way there is none.
fn is_dead(attempt: &net::Attempt) -> bool {
    let no_way = |error: &NetError| error.kind == NetErrorKind::Unreachable && attempt.address.is_ipv6();
    attempt.result.as_ref().err().is_some_and(|error| !no_way(error))
}

fn attempt(attempt: &net::Attempt) -> Attempt {
    let error = attempt.result.as_ref().err();
    Attempt {
        address: Text(attempt.address.ip().to_string()),
        outcome: error.map_or("connected", |error| connecting(error.kind)).into(),
        error: error.map(|error| words(&error.text)),
        duration_ms: milliseconds(attempt.took),
    }
}

fn connecting(kind: NetErrorKind) -> &'static str {
    match kind {
        NetErrorKind::Refused => "refused",
        NetErrorKind::TimedOut => "timed-out",
        NetErrorKind::Unreachable => "unreachable",
        NetErrorKind::Reset => "reset",
        NetErrorKind::Denied => "denied",
        NetErrorKind::NameNotFound => "not-found",
        _ => "failed",
    }
}

fn address(route: &Route) -> Option<&ProxyAddress> {
    match route {
        Route::Direct => None,
        Route::HttpProxy(address) | Route::HttpsProxy(address) | Route::Socks5 { address, .. } => Some(address),
    }
}

fn proxy_fact(address: &ProxyAddress, answer: &Timed<ProxyAnswer>) -> Proxy {
    let ProxyAnswer { result, status, challenge, reached } = &answer.value;
    let outcome = match (result, status) {
        (Ok(()), _) => "connected",
        (Err(_), Some(407)) => "login-required",
        (Err(_), Some(403)) => "forbidden",
        (Err(_), Some(_)) => "rejected",
        (Err(error), None) if *reached => unanswered(error),
        (Err(error), None) => connecting(error.kind),
    };
    Proxy {
        host: address.host.as_str().into(),
        port: address.port.into(),
        outcome: outcome.into(),
        status: status.map(Into::into),
        challenge: challenge.as_deref().map(words),
        has_login: address.login.is_some(),
        error: result.as_ref().err().map(|error| words(&error.text)),
        duration_ms: milliseconds(answer.took),
    }
}

fn unanswered(error: &NetError) -> &'static str {
    match error.kind {
        NetErrorKind::Closed => "closed",
        NetErrorKind::NotThatProtocol => "not-a-proxy",
        NetErrorKind::TimedOut => "no-answer",
        other => connecting(other),
    }
}

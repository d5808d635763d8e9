//! The proxy that git uses for a URL (`get_curl_handle` and `http_init` in http.c of git, `no_proxy` by libcurl).

use std::net::IpAddr;

use super::credential_url::CredentialUrl;
use super::settings::{Candidate, last_wins};
use crate::fact::{LostSetting, Setting, Word};
use crate::system::System;

/// The proxy and what is wrong with its syntax. `configured`: `http.proxy` for the URL, the winner last;
/// `remote`: `remote.<name>.proxy`, which beats it. An empty value means: no proxy, whatever the environment says.
pub fn setting(
    system: &dyn System,
    target: &CredentialUrl,
    configured: Vec<Candidate>,
    remote: Option<Candidate>,
) -> (Setting, Option<Word>) {
    let mut candidates = variables(system, target);
    candidates.extend(configured);
    candidates.extend(remote);
    let Some(winner) = candidates.last().cloned() else { return (last_wins(candidates, None), None) };
    if winner.value.is_empty() {
        return (none(candidates, None), None);
    }
    if let Some(exempt) = exempt(system, target) {
        return (none(candidates, Some(exempt)), None);
    }
    (last_wins(candidates, None), problem(&winner.value).map(Into::into))
}

/// The proxy that takes effect, its login not masked; `None`: git connects directly.
pub fn effective(
    system: &dyn System,
    target: &CredentialUrl,
    configured: Vec<Candidate>,
    remote: Option<Candidate>,
) -> Option<Candidate> {
    let winner = remote.or_else(|| configured.into_iter().last()).or_else(|| variables(system, target).pop())?;
    (!winner.value.is_empty() && exempt(system, target).is_none()).then_some(winner)
}

/// The variables that apply, the winner last. Lower case beats upper case, `https_proxy` beats `all_proxy`.
fn variables(system: &dyn System, target: &CredentialUrl) -> Vec<Candidate> {
    let is_https = target.protocol.as_deref() == Some("https");
    let names: &[&str] = if is_https {
        &["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"]
    } else {
        &["ALL_PROXY", "all_proxy", "http_proxy"]
    };
    names.iter().filter_map(|name| Candidate::variable(system, name)).collect()
}

/// No proxy is used, because of `reason` or of the last candidate.
fn none(mut candidates: Vec<Candidate>, reason: Option<Candidate>) -> Setting {
    let Some(decides) = reason.or_else(|| candidates.pop()) else { return Setting::default() };
    let lost: Vec<LostSetting> = candidates.into_iter().map(Candidate::lost).collect();
    Setting { value: None, origin: decides.origin.into(), source: Some(decides.source), lost }
}

/// The variable that exempts the host from the proxy.
fn exempt(system: &dyn System, target: &CredentialUrl) -> Option<Candidate> {
    let variable = Candidate::variable(system, "no_proxy").or_else(|| Candidate::variable(system, "NO_PROXY"))?;
    let host = target.host.as_deref()?;
    let name = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or(host, |(name, _)| name);
    is_exempt(name, &variable.value).then_some(variable)
}

/// Whether the list names the host: `*`, a domain (with or without a dot before it), an address or its network.
fn is_exempt(host: &str, list: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    list.trim() == "*"
        || list.split([',', ' ', '\t']).filter(|word| !word.is_empty()).any(|word| match address {
            Some(address) => in_network(address, word),
            None => {
                let domain = word.trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
                !domain.is_empty()
                    && (host == domain || host.strip_suffix(&domain).is_some_and(|head| head.ends_with('.')))
            }
        })
}

/// Whether the address is the one written, or in the network written as `address/bits`.
fn in_network(address: IpAddr, word: &str) -> bool {
    let (network, bits) =
        word.split_once('/').map_or((word, None), |(network, bits)| (network, bits.parse::<u32>().ok()));
    let Ok(network) = network.trim_matches(['[', ']']).parse::<IpAddr>() else { return false };
    match (address, network, bits) {
        (_, _, None) => address == network && !word.contains('/'),
        (IpAddr::V4(a), IpAddr::V4(n), Some(bits)) if bits <= 32 => {
            (u32::from(a) ^ u32::from(n)).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(a), IpAddr::V6(n), Some(bits)) if bits <= 128 => {
            (u128::from(a) ^ u128::from(n)).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

/// What is wrong with the syntax. A misspelt scheme is not: git takes it for `http` (2.47), only an empty one stops it.
fn problem(proxy: &str) -> Option<&'static str> {
    let (scheme, rest) = proxy.split_once("://").unwrap_or(("http", proxy));
    if scheme.is_empty() {
        return Some("bad-scheme");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.starts_with('[') && host.ends_with(']') {
        return None;
    }
    match host.rsplit_once(':') {
        Some(("", _)) => Some("no-host"),
        Some((_, port)) if !port.is_empty() && port.parse::<u16>().is_err() => Some("bad-port"),
        None if host.is_empty() => Some("no-host"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    #[test]
    fn syntax_is_judged_as_git_does() {
        // Each tried with `git ls-remote` of git 2.47 and 2.39.
        for (proxy, wanted) in [
            ("http://127.0.0.1:9", None),
            ("127.0.0.1:9", None),
            ("proxy", None),
            ("http://me:pa@ss@proxy:80", None),
            ("socks5h://proxy", None),
            ("http://[::1]:80", None),
            ("http://[::1]", None),
            ("http://:8080", Some("no-host")),
            ("http://proxy:80a", Some("bad-port")),
            ("http://proxy:99999", Some("bad-port")),
            ("://proxy:9", Some("bad-scheme")),
            ("htpp://proxy:9", None),
        ] {
            assert_eq!(problem(proxy), wanted, "{proxy}");
        }
    }

    #[test]
    fn exemptions_are_curls() {
        let host = "git-codecommit.us-east-1.amazonaws.com";
        for (list, wanted) in [
            ("*", true),
            ("amazonaws.com", true),
            (".amazonaws.com", true),
            ("x, .AmazonAWS.com.", true),
            ("x us-east-1.amazonaws.com", true),
            ("azonaws.com", false),
            ("*.amazonaws.com", false),
            ("git-codecommit.us-east-1.amazonaws.com:443", false),
            ("", false),
            (",", false),
        ] {
            assert_eq!(is_exempt(host, list), wanted, "{list}");
        }
        assert!(is_exempt("10.1.2.3", "10.0.0.0/8") && !is_exempt("11.1.2.3", "10.0.0.0/8"));
        assert!(is_exempt("10.1.2.3", "0.0.0.0/0") && !is_exempt("10.1.2.3", "10.1.2.3/x"));
    }

    #[test]
    fn the_precedence_is_gits() {
        let system = FakeSystem::new(Platform::Linux)
            .env_var("HTTPS_PROXY", "http://upper")
            .env_var("https_proxy", "http://me:hunter2@lower:1")
            .env_var("all_proxy", "http://all")
            .env_var("http_proxy", "http://plain");
        let target = CredentialUrl::parse("https://h.example/x", false).unwrap();
        let candidate = |value: &str| Candidate { value: value.into(), origin: "config", source: Default::default() };
        let value = |configured: Vec<Candidate>, remote: Option<Candidate>| {
            setting(&system, &target, configured, remote).0.value.map(|value| value.0)
        };
        assert_eq!(value(vec![], None).as_deref(), Some("http://me:••••@lower:1"));
        assert_eq!(value(vec![candidate("http://c")], None).as_deref(), Some("http://c"));
        assert_eq!(value(vec![candidate("http://c")], Some(candidate("http://r"))).as_deref(), Some("http://r"));
        assert_eq!(value(vec![candidate("http://c")], Some(candidate(""))), None);
        let exempted = system.clone().env_var("NO_PROXY", "h.example");
        let setting = setting(&exempted, &target, vec![], None).0;
        assert_eq!((setting.value, setting.source.unwrap().variable.unwrap().0), (None, "NO_PROXY".to_owned()));
        assert_eq!(setting.lost.len(), 3);
    }
}

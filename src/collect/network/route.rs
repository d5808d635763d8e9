//! The way that a client takes to its host.

use crate::collect::https::Candidate;
use crate::collect::https::credential_url::CredentialUrl;
use crate::collect::mask::mask;
use crate::fact;
use crate::fact::network::Route as RouteFact;
use crate::system::net::{ProxyAddress, Route, Secret};
use crate::system::url::HttpUrl;

/// Straight to the host.
pub(super) fn direct() -> (Route, RouteFact) {
    (Route::Direct, RouteFact { kind: "direct".into(), ..RouteFact::default() })
}

/// Through git's proxy; the error says why that cannot be probed.
///
/// Ports that are not written are those of libcurl: 1080, and 443 for a proxy that speaks TLS (`CURL_DEFAULT_PROXY_PORT`,
/// lib/url.c of curl).
pub(super) fn through(proxy: &Candidate) -> Result<(Route, RouteFact), String> {
    let url = HttpUrl::parse_proxy(&proxy.value).map_err(|error| format!("the proxy cannot be used: {error}"))?;
    let port = url.port.or_else(|| written_port(&proxy.value));
    let address = |default| ProxyAddress {
        host: url.host.trim_matches(['[', ']']).to_owned(),
        port: port.unwrap_or(default),
        login: login(&proxy.value),
    };
    let (kind, route) = match url.scheme.as_str() {
        "http" => ("http-proxy", Route::HttpProxy(address(1080))),
        "https" => ("https-proxy", Route::HttpsProxy(address(443))),
        "socks5h" => ("socks-proxy", Route::Socks5 { address: address(1080), remote_names: true }),
        "socks5" | "socks" => ("socks-proxy", Route::Socks5 { address: address(1080), remote_names: false }),
        other => return Err(format!("a proxy of the kind {other} is not probed")),
    };
    let written = fact::Text(mask(&proxy.value));
    Ok((route, RouteFact { kind: kind.into(), proxy: Some(written), source: Some(proxy.source.clone()) }))
}

/// The port as written: the URL parser leaves out the one that belongs to the scheme.
fn written_port(proxy: &str) -> Option<u16> {
    let rest = proxy.split_once("://").map_or(proxy, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.rsplit_once(':')?.1.parse().ok()
}

/// User and password for the proxy, decoded.
fn login(proxy: &str) -> Option<(String, Secret)> {
    let proxy = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
    let parts = CredentialUrl::parse(&proxy, false)?;
    Some((parts.username?, Secret::new(parts.password.unwrap_or_default())))
}

//! The endpoint of an HTTPS target, and what its server answers.

use super::{Endpoint, FOREIGN, route, tls};
use crate::collect::derive::Planned;
use crate::collect::live::Tries;
use crate::collect::{https, target};
use crate::fact::network::Http;
use crate::system::net::{HttpResponse, NetError, NetErrorKind, Probe, Protocol, Timed};
use crate::system::url::HttpUrl;

/// Headers that only AWS sends.
const AWS_HEADERS: [&str; 4] = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-errortype", "x-amz-id-2"];

/// Where git connects to for an HTTPS or `codecommit` URL.
pub(super) fn endpoint(tries: &Tries<'_>, planned: &Planned) -> Result<Endpoint, String> {
    let Planned { target, url } = planned;
    let url = if target.transport.0 == "grc" { of_grc(tries, planned)? } else { url.clone() };
    let parts = HttpUrl::parse(&url).map_err(|error| format!("the URL cannot be used: {error}"))?;
    if !target::is_endpoint(tries.context.regions, &parts.host) {
        return Err(FOREIGN.into());
    }
    let proxy = https::proxy_for(tries.context, tries.git, &url, target.remote.as_deref());
    let (way, route) = proxy.as_ref().map_or_else(|| Ok(route::direct()), route::through)?;
    let clients = tls::clients(tries, target);
    let path = format!("{}/info/refs?service=git-upload-pack", parts.path.trim_end_matches('/'));
    let stores = clients.iter().map(|client| client.store.clone()).collect();
    let probe = Probe {
        host: parts.host,
        port: parts.port.unwrap_or(443),
        route: way,
        protocol: Protocol::Https { path, stores },
    };
    Ok(Endpoint { probe, route, clients })
}

/// Whether git goes through a proxy.
pub(super) fn is_proxied(tries: &Tries<'_>, planned: &Planned) -> bool {
    let Planned { target, url } = planned;
    let url = if target.transport.0 == "grc" { of_grc(tries, planned).ok() } else { Some(url.clone()) };
    url.and_then(|url| https::proxy_for(tries.context, tries.git, &url, target.remote.as_deref())).is_some()
}

/// The URL that git-remote-codecommit hands to git.
fn of_grc(tries: &Tries<'_>, planned: &Planned) -> Result<String, String> {
    let target = &planned.target;
    let grc = target.grc.as_ref().and_then(|grc| grc.host.as_ref());
    let known = target.region.as_ref().and_then(|name| tries.context.regions.by_name(name));
    let host = grc.map(|host| host.0.clone()).or_else(|| known?.git_host.clone());
    let host = host.ok_or("git-remote-codecommit finds no region, and so no host")?;
    Ok(format!("https://{host}/v1/repos/{}", target.repository.as_deref().unwrap_or_default()))
}

/// The answer as facts.
pub(super) fn fact(tries: &Tries<'_>, answer: &Timed<Result<HttpResponse, NetError>>) -> Http {
    let duration_ms = super::ladder::milliseconds(answer.took);
    let response = match &answer.value {
        Ok(response) => response,
        Err(error) => {
            return Http {
                outcome: failure(error.kind).into(),
                error: Some(super::ladder::words(&error.text)),
                duration_ms,
                ..Http::default()
            };
        }
    };
    let now = tries.context.system.now();
    let header = |name| response.header(name);
    let date = header("date").and_then(date);
    let location = header("location").and_then(|location| HttpUrl::parse(location).ok());
    Http {
        outcome: if response.broken_off.is_some() { "closed" } else { "answered" }.into(),
        status: Some(response.status.into()),
        challenge: header("www-authenticate").and_then(scheme).map(Into::into),
        from_aws: from_aws(response),
        server: header("server").map(super::ladder::words),
        location_host: location.map(|url| url.host.into()),
        is_html: header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html")),
        date,
        clock_ahead_seconds: date.map(|date| now.saturating_sub(date)),
        error: response.broken_off.as_deref().map(super::ladder::words),
        duration_ms,
    }
}

fn from_aws(response: &HttpResponse) -> bool {
    let realm = response.header("www-authenticate").unwrap_or_default().to_ascii_lowercase();
    AWS_HEADERS.iter().any(|name| response.header(name).is_some()) || realm.contains("codecommit")
}

fn scheme(challenge: &str) -> Option<String> {
    challenge.split_whitespace().next().map(|scheme| scheme.trim_end_matches(',').to_ascii_lowercase())
}

fn failure(kind: NetErrorKind) -> &'static str {
    match kind {
        NetErrorKind::TimedOut => "timed-out",
        NetErrorKind::Closed => "closed",
        NetErrorKind::Reset => "reset",
        NetErrorKind::NotThatProtocol => "not-http",
        _ => "failed",
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7) as seconds since the epoch.
fn date(text: &str) -> Option<i64> {
    let time = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(time.timestamp().as_second())
}

//! Whether pushing would be let through: one request for the receive-pack advertisement, with the very login that git
//! sent. Nothing is pushed, and no helper is asked again.

use std::path::PathBuf;
use std::time::Duration;

use super::http::{Http, Sent};
use crate::collect::derive::Planned;
use crate::collect::live::Tries;
use crate::collect::{mask, target};
use crate::fact::access::{Judge, Push};
use crate::fact::https::TargetHttps;
use crate::fact::{Fact, Text};
use crate::system::net::{HttpRequest, ProxyAddress, Route, TrustStore};
use crate::system::url::HttpUrl;

/// How long the answer may take.
const DEADLINE: Duration = Duration::from_secs(5);

/// The fact; null: the target is not pushed to.
pub(super) fn fact(tries: &Tries<'_>, planned: &Planned, judge: &Judge, http: Option<&Http>) -> Fact<Push> {
    if !planned.target.pushed_to {
        return Fact::Absent;
    }
    Fact::Known(match (http, judge.succeeded) {
        // A whole second login: as much time again as all that is done for the target.
        (None, _) => not_tested("over SSH it would take a second login"),
        (_, false) => not_tested("git did not even list the repository"),
        (Some(http), true) => match request(tries, planned, http) {
            Ok(request) => ask(tries, &request),
            Err(reason) => not_tested(reason),
        },
    })
}

fn not_tested(reason: &str) -> Push {
    Push { outcome: "not-tested".into(), http_status: None, reason: Some(reason.into()) }
}

/// The request that git would begin a push with.
fn request(tries: &Tries<'_>, planned: &Planned, http: &Http) -> Result<HttpRequest, &'static str> {
    let sent = http.with_login().ok_or("git sent no login")?;
    let Some(Sent::Basic { user, password, .. }) = &sent.login else {
        return Err("this git does not show the login that it sends");
    };
    let url = format!("https://{}{}", sent.host, sent.path.split("/info/refs").next().unwrap_or_default());
    let host = HttpUrl::parse(&url).map_err(|_| "the host that git asked cannot be read")?.host;
    if !target::is_endpoint(tries.context.regions, &host) {
        return Err("the host that git asked is no endpoint of CodeCommit");
    }
    // Of a request of protocol version 2 the path ends in the service.
    let repository = url.strip_suffix("/git-upload-pack").unwrap_or(&url);
    let https = planned.target.https.known().ok_or("what git does over HTTPS is not known")?;
    Ok(HttpRequest {
        method: "GET".into(),
        url: format!("{repository}/info/refs?service=git-receive-pack"),
        headers: Vec::new(),
        body: Vec::new(),
        login: Some((user.clone(), password.clone())),
        route: route(https)?,
        store: store(https)?,
        deadline: DEADLINE,
    })
}

/// The way that git takes.
fn route(https: &TargetHttps) -> Result<Route, &'static str> {
    let Some(proxy) = &https.proxy.value else { return Ok(Route::Direct) };
    let url = HttpUrl::parse_proxy(proxy).map_err(|_| "the proxy's URL cannot be read")?;
    if url.user.is_some() {
        return Err("the proxy wants a login");
    }
    let default = if url.scheme == "https" { 443 } else { 1080 };
    let address = ProxyAddress { host: url.host, port: url.port.unwrap_or(default), login: None };
    match url.scheme.as_str() {
        "http" => Ok(Route::HttpProxy(ProxyAddress { port: url.port.unwrap_or(1080), ..address })),
        "https" => Ok(Route::HttpsProxy(address)),
        "socks5" => Ok(Route::Socks5 { address, remote_names: false }),
        "socks5h" => Ok(Route::Socks5 { address, remote_names: true }),
        _ => Err("the proxy is of a kind that is not spoken here"),
    }
}

/// The issuers that git trusts.
fn store(https: &TargetHttps) -> Result<TrustStore, &'static str> {
    if https.ssl_verify.value.as_ref().is_some_and(|value| value.0 == "false") {
        return Err("git does not look at the certificate, so no login is sent by another program");
    }
    let path = |value: &Text| PathBuf::from(&value.0);
    let file = https.ssl_ca_info.value.as_ref().filter(|value| !value.0.is_empty());
    let directory = https.ssl_ca_path.value.as_ref().filter(|value| !value.0.is_empty());
    Ok(match (file, directory) {
        (Some(file), _) => TrustStore::File(path(file)),
        (None, Some(directory)) => TrustStore::Directory(path(directory)),
        (None, None) => TrustStore::System,
    })
}

fn ask(tries: &Tries<'_>, request: &HttpRequest) -> Push {
    match tries.context.system.http(request) {
        Ok(answer) => {
            let (outcome, reason) = match answer.status {
                200 => ("allowed", None),
                401 | 403 => ("refused", Some("the server refuses to be pushed to with this login".to_owned())),
                status => ("failed", Some(format!("the server answered {status}"))),
            };
            Push { outcome: outcome.into(), http_status: Some(answer.status.into()), reason: reason.map(Into::into) }
        }
        Err(error) => {
            Push { outcome: "failed".into(), http_status: None, reason: Some(mask::mask(&error.text).into()) }
        }
    }
}

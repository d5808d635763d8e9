//! Whether pushing would be let through: one request for the receive-pack advertisement, with the very login that git
//! sent. Nothing is pushed, and no helper is asked again.

use std::path::PathBuf;
use std::time::Duration;

use super::http::{Http, Sent};
use super::settings;
use crate::collect::derive::Planned;
use crate::collect::git::paths;
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
        store: store(tries, https)?,
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
    // The parser leaves out the port that is the scheme's own; without any, curl takes 1080, over TLS 443.
    let names_80 = proxy.0.trim_end_matches('/').ends_with(":80");
    let default = if url.scheme == "https" {
        443
    } else if names_80 {
        80
    } else {
        1080
    };
    let address = ProxyAddress { host: url.host, port: url.port.unwrap_or(default), login: None };
    match url.scheme.as_str() {
        "http" => Ok(Route::HttpProxy(address)),
        "https" => Ok(Route::HttpsProxy(address)),
        "socks5" => Ok(Route::Socks5 { address, remote_names: false }),
        "socks5h" => Ok(Route::Socks5 { address, remote_names: true }),
        _ => Err("the proxy is of a kind that is not spoken here"),
    }
}

/// The issuers that git trusts.
fn store(tries: &Tries<'_>, https: &TargetHttps) -> Result<TrustStore, &'static str> {
    if https.ssl_verify.value.as_ref().is_some_and(|value| value.0 == "false") {
        return Err("git does not look at the certificate, so no login is sent by another program");
    }
    let base = settings::base(tries);
    let path = |value: &Text| {
        base.join(paths::expand(tries.context.system, &value.0).unwrap_or_else(|| PathBuf::from(&value.0)))
    };
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

#[cfg(test)]
mod tests {
    use super::super::{http, lines};
    use super::*;
    use crate::check::regions::RegionTable;
    use crate::collect::git::GitState;
    use crate::collect::{Context, ssh};
    use crate::fact::Setting;
    use crate::fact::target::Target;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    const TRACE: &str = "\
10:00:00.000001 http.c:808 => Send header: POST /v1/repos/demo/git-upload-pack HTTP/1.1
10:00:00.000001 http.c:808 => Send header: Host: git-codecommit.us-east-1.amazonaws.com
10:00:00.000001 http.c:808 => Send header: Authorization: Basic ZGV2OmE6Yg==
10:00:00.000001 http.c:808 <= Recv header: HTTP/1.1 200 OK
";

    fn planned(proxy: &str) -> Planned {
        let setting = |value: &str| Setting { value: Some(value.into()), ..Setting::default() };
        let https = TargetHttps { proxy: setting(proxy), ssl_ca_info: setting("~/ca.pem"), ..TargetHttps::default() };
        let target = Target {
            transport: "https-gitcred".into(),
            pushed_to: true,
            https: Fact::Known(https),
            ..Target::default()
        };
        Planned { target, url: "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo".into() }
    }

    /// What would be asked, or why not, and the fact of a machine without network.
    fn asked(trace: &str, proxy: &str) -> (Result<HttpRequest, &'static str>, Push) {
        let (system, regions) = (FakeSystem::new(Platform::Linux), RegionTable::embedded().unwrap());
        let context = Context {
            system: &system,
            regions: &regions,
            region: None,
            profile: None,
            urls: &[],
            live: Default::default(),
        };
        let (git, ssh) = (GitState::default(), ssh::collect(&context, &Default::default()));
        let aws = crate::collect::aws::collect(&context);
        let tries = Tries::new(&context, &git, &ssh, &aws);
        let (planned, http) = (planned(proxy), http::read(&lines::split(trace)));
        let judge = Judge { succeeded: true, ..Judge::default() };
        let fact = fact(&tries, &planned, &judge, Some(&http));
        (request(&tries, &planned, &http), fact.known().unwrap().clone())
    }

    #[test]
    fn the_login_that_git_sent_goes_the_way_that_git_took() {
        let (request, push) = asked(TRACE, "http://proxy.corp:80/");
        let request = request.unwrap();
        let url = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/info/refs?service=git-receive-pack";
        assert_eq!(request.url, url);
        let login = request.login.as_ref().map(|(user, password)| (user.as_str(), password.reveal()));
        assert_eq!(login, Some(("dev", "a:b")));
        let address = ProxyAddress { host: "proxy.corp".into(), port: 80, login: None };
        assert_eq!(request.route, Route::HttpProxy(address));
        assert_eq!(request.store, TrustStore::File("/home/dev/ca.pem".into()));
        assert_eq!((&*push.outcome, push.reason.as_deref()), ("failed", Some("Network is unreachable")));
    }

    #[test]
    fn no_login_goes_elsewhere() {
        let evil = TRACE.replace("amazonaws.com\n", "amazonaws.com.evil.example\n");
        assert!(asked(&evil, "http://proxy.corp:3128").0.is_err());
        let (request, push) = asked(TRACE, "http://dev:••••@proxy.corp:3128");
        assert_eq!((request.is_err(), &*push.outcome), (true, "not-tested"));
        assert!(asked(&TRACE.replace("ZGV2OmE6Yg==", "<redacted>"), "http://proxy.corp:3128").0.is_err());
    }
}

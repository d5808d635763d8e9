//! The way to an API as botocore takes it: the proxy variables as Python reads them.
//!
//! `getproxies_environment` and `proxy_bypass_environment` of Python's `urllib.request`, `ProxyConfiguration` of
//! botocore's `httpsession.py`. The proxies that macOS and Windows keep elsewhere are not seen.

use crate::collect::https::credential_url::decode;
use crate::system::System;
use crate::system::net::{ProxyAddress, Route, Secret};
use crate::system::url::HttpUrl;

/// The route to `url`. The error says what is wrong with the proxy.
pub(super) fn route(system: &dyn System, url: &HttpUrl) -> Result<Route, String> {
    let Some(proxy) = variable(system, &url.scheme).filter(|_| !exempt(system, url)) else {
        return Ok(Route::Direct);
    };
    let wrong = |reason: &str| format!("the proxy of {}_proxy cannot be used: {reason}", url.scheme);
    let proxy = match &proxy {
        url if url.starts_with("http:") || url.starts_with("https:") => url.clone(),
        url if url.starts_with("//") => format!("http:{url}"),
        // botocore puts `http://` before it and looks for a host of that name.
        url if url.contains("://") => return Err(wrong("the AWS tools know HTTP proxies only")),
        url => format!("http://{url}"),
    };
    let parsed = HttpUrl::parse(&proxy).map_err(|error| wrong(&error.to_string()))?;
    let secure = parsed.scheme == "https";
    let port = parsed.port.unwrap_or(if secure { 443 } else { 80 });
    let address = ProxyAddress { host: parsed.host.trim_matches(['[', ']']).into(), port, login: login(&proxy) };
    Ok(if secure { Route::HttpsProxy(address) } else { Route::HttpProxy(address) })
}

/// `<scheme>_proxy`: in lower case first (empty: none), else in any case.
fn variable(system: &dyn System, scheme: &str) -> Option<String> {
    let wanted = format!("{scheme}_proxy");
    let text = |name: &str| system.env(name).map(|value| value.to_string_lossy().into_owned());
    let lower = text(&wanted);
    // A web server hands the header `Proxy:` of its client to CGI scripts as HTTP_PROXY.
    let trusted = scheme != "http" || system.env("REQUEST_METHOD").is_none();
    let any = || {
        let names = system.env_names();
        let name = names.iter().find(|name| name.to_string_lossy().eq_ignore_ascii_case(&wanted))?;
        text(&name.to_string_lossy()).filter(|_| trusted)
    };
    lower.or_else(any).filter(|value| !value.is_empty())
}

/// Whether `no_proxy` names the host: `*`, or a list of domains with or without a dot before them.
fn exempt(system: &dyn System, url: &HttpUrl) -> bool {
    let Some(list) = variable(system, "no") else { return false };
    let with_port = url.port.map_or_else(|| url.host.clone(), |port| format!("{}:{port}", url.host));
    let names = |name: &str| {
        let name = name.trim().trim_start_matches('.').to_lowercase();
        let matches = |host: &str| host == name || host.strip_suffix(&name).is_some_and(|head| head.ends_with('.'));
        !name.is_empty() && (matches(&url.host) || matches(&with_port))
    };
    list == "*" || list.split(',').any(names)
}

/// User and password of a proxy's URL, decoded.
fn login(proxy: &str) -> Option<(String, Secret)> {
    let authority = proxy.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let (login, _) = authority.rsplit_once('@')?;
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    Some((decode(user), Secret::new(decode(password))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    fn way(variables: &[(&str, &str)], url: &str) -> Result<Route, String> {
        let system = FakeSystem::new(Platform::Linux);
        let system = variables.iter().fold(system, |system, (name, value)| system.env_var(name, value));
        route(&system, &HttpUrl::parse(url).unwrap())
    }

    fn proxy(host: &str, port: u16) -> Route {
        Route::HttpProxy(ProxyAddress { host: host.into(), port, login: None })
    }

    const STS: &str = "https://sts.us-east-1.amazonaws.com/";

    #[test]
    fn the_proxy_is_pythons() {
        // Each as urllib.request.getproxies() and botocore's ProxyConfiguration answer.
        let upper = ("HTTPS_PROXY", "http://upper:3128");
        for (variables, url, wanted) in [
            (&[][..], STS, Route::Direct),
            (&[upper], STS, proxy("upper", 3128)),
            (&[upper, ("https_proxy", "lower:8080")], STS, proxy("lower", 8080)),
            (&[upper, ("https_proxy", "")], STS, Route::Direct),
            (&[("Https_Proxy", "//mixed")], STS, proxy("mixed", 80)),
            (&[("ALL_PROXY", "http://all:1"), ("http_proxy", "http://plain:2")], STS, Route::Direct),
            (&[("http_proxy", "http://plain:2")], "http://localhost:4566/", proxy("plain", 2)),
            (&[("HTTP_PROXY", "http://x:2"), ("REQUEST_METHOD", "GET")], "http://localhost/", Route::Direct),
            (&[upper, ("NO_PROXY", "*")], STS, Route::Direct),
            (&[upper, ("NO_PROXY", "x, .AmazonAWS.com")], STS, Route::Direct),
            (&[upper, ("NO_PROXY", "azonaws.com")], STS, proxy("upper", 3128)),
            (&[upper, ("NO_PROXY", "amazonaws.com"), ("no_proxy", "corp")], STS, proxy("upper", 3128)),
            (&[upper, ("no_proxy", "h:8443")], "https://h:8443/", Route::Direct),
        ] {
            assert_eq!(way(variables, url).as_ref(), Ok(&wanted), "{variables:?} {url}");
        }
    }

    #[test]
    fn the_login_of_a_proxy_is_decoded_and_hidden() {
        let Ok(Route::HttpsProxy(address)) = way(&[("HTTPS_PROXY", "https://me:p%40ss@proxy.corp")], STS) else {
            panic!("a proxy with TLS")
        };
        assert_eq!((address.host.as_str(), address.port), ("proxy.corp", 443));
        assert!(!format!("{address:?}").contains("p@ss"));
        assert_eq!(address.login, Some(("me".into(), Secret::new("p@ss"))));
    }

    #[test]
    fn a_proxy_that_the_aws_tools_cannot_use_is_said() {
        for value in ["socks5://proxy:1080", "http://proxy:99999"] {
            let error = way(&[("https_proxy", value)], STS).unwrap_err();
            assert!(error.starts_with("the proxy of https_proxy cannot be used: "), "{error}");
        }
    }
}

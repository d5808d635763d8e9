//! URLs as the HTTP client takes them apart: the only use of `reqwest::Url`.
//!
//! Whoever decides by a host name where credentials may go must read the same host out of a URL as the client that
//! sends them.
#![allow(clippy::disallowed_types, reason = "this is the door to the HTTP client's URL parser")]

use reqwest::Url;

/// An `http` or `https` URL, or a proxy's. The password is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl {
    /// Scheme in lower case.
    pub scheme: String,
    /// User as written, percent-encoded.
    pub user: Option<String>,
    /// Whether there is a password.
    pub has_password: bool,
    /// Host in lower case, international names in their ASCII form.
    pub host: String,
    /// Port, when it is not the scheme's own.
    pub port: Option<u16>,
    /// Path with `.` and `..` resolved.
    pub path: String,
}

/// Why a text is no URL that the client could use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It names no host.
    #[error("it names no host")]
    NoHost,
    /// Its port is not a number up to 65535.
    #[error("its port is not a number up to 65535")]
    BadPort,
    /// Its scheme is none that the client speaks.
    #[error("its scheme `{0}` is not known here")]
    BadScheme(String),
    /// Something else; the text is the parser's.
    #[error("{0}")]
    Other(String),
}

impl HttpUrl {
    /// Takes an `http` or `https` URL apart.
    ///
    /// # Errors
    /// When the client could not use it.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Self::with_schemes(text, &["http", "https"])
    }

    /// Takes a proxy's URL apart; without a scheme it is `http`, as curl and the HTTP client have it.
    ///
    /// # Errors
    /// When the client could not use it.
    pub fn parse_proxy(text: &str) -> Result<Self, UrlError> {
        let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        Self::with_schemes(&text, &["http", "https", "socks4", "socks4a", "socks5", "socks5h", "socks"])
    }

    fn with_schemes(text: &str, schemes: &[&str]) -> Result<Self, UrlError> {
        let url = Url::parse(text).map_err(|error| match error.to_string().as_str() {
            "empty host" => UrlError::NoHost,
            "invalid port number" => UrlError::BadPort,
            other => UrlError::Other(other.to_owned()),
        })?;
        if !schemes.contains(&url.scheme()) {
            return Err(UrlError::BadScheme(url.scheme().to_owned()));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(UrlError::NoHost)?;
        Ok(Self {
            scheme: url.scheme().to_owned(),
            user: Some(url.username()).filter(|user| !user.is_empty()).map(str::to_owned),
            has_password: url.password().is_some(),
            host: host.to_lowercase(),
            port: url.port(),
            path: url.path().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_the_one_that_the_client_connects_to() {
        for (text, host, port) in [
            ("https://Git-CodeCommit.us-east-1.amazonaws.com/v1", "git-codecommit.us-east-1.amazonaws.com", None),
            ("https://git-codecommit.us-east-1.amazonaws.com@evil.example/", "evil.example", None),
            ("https://evil.example\\@git-codecommit.us-east-1.amazonaws.com/", "evil.example", None),
            ("https://a:b@c:d@host:8443/", "host", Some(8443)),
            ("https://host:443/", "host", None),
        ] {
            let url = HttpUrl::parse(text).unwrap();
            assert_eq!((url.host.as_str(), url.port), (host, port), "{text}");
        }
    }

    #[test]
    fn proxies_need_no_scheme() {
        let proxy = HttpUrl::parse_proxy("dev:secret@proxy.corp:3128").unwrap();
        assert_eq!((proxy.scheme.as_str(), proxy.host.as_str(), proxy.port), ("http", "proxy.corp", Some(3128)));
        assert_eq!((proxy.user.as_deref(), proxy.has_password), (Some("dev"), true));
        assert_eq!(HttpUrl::parse_proxy("socks5h://127.0.0.1:1080").unwrap().port, Some(1080));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        assert_eq!(HttpUrl::parse_proxy("http://"), Err(UrlError::NoHost));
        assert_eq!(HttpUrl::parse_proxy("http://proxy:99999"), Err(UrlError::BadPort));
        assert_eq!(HttpUrl::parse_proxy("http://proxy:port"), Err(UrlError::BadPort));
        assert_eq!(HttpUrl::parse_proxy("ftp://proxy"), Err(UrlError::BadScheme("ftp".into())));
        assert!(matches!(HttpUrl::parse("https://a b/"), Err(UrlError::Other(_))));
    }
}

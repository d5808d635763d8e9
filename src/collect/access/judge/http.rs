//! The conversation over HTTPS, read from git's own trace (`curl_dump_header` in http.c of git). Passwords stay in
//! memory: they are in no fact, no message and no `Debug` output.

use data_encoding::BASE64;

use super::lines::Line;
use crate::system::net::Secret;

/// What was sent and what came back.
#[derive(Debug, Default)]
pub(super) struct Http {
    /// Requests to the server, in order.
    pub(super) requests: Vec<Request>,
    /// The status of the proxy's last answer to CONNECT.
    pub(super) proxy_status: Option<u16>,
    /// How far it got without an answer.
    pub(super) reached: Reached,
    /// Whether the last thing that happened is that a helper was asked.
    pub(super) asking: bool,
}

/// How far a connection got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Reached {
    /// Nothing is known.
    #[default]
    Nowhere,
    /// A name was resolved.
    Resolved,
    /// A TCP connection stands.
    Connected,
    /// TLS stands, or a request was sent.
    Secured,
}

/// One request to the server.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// `Host`.
    pub(super) host: String,
    /// Path and query.
    pub(super) path: String,
    /// The login that went with it.
    pub(super) login: Option<Sent>,
    /// The status of the answer.
    pub(super) status: Option<u16>,
}

/// An `Authorization` header.
#[derive(Debug)]
pub(super) enum Sent {
    /// User and password, and the helper asked last.
    Basic {
        /// User, with a session token where there is one.
        user: String,
        /// Password.
        password: Secret,
        /// The helper that was asked last.
        asked: Option<i64>,
    },
    /// One that this git hides, or of another scheme.
    Hidden,
}

/// Which message the headers belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Talk {
    ToProxy,
    ToServer,
}

/// Reads the lines.
pub(super) fn read(lines: &[Line<'_>]) -> Http {
    let mut http = Http::default();
    let (mut asked, mut talk) = (None, Talk::ToServer);
    for line in lines {
        match line {
            Line::Asked(number) => {
                asked = Some(*number);
                http.asking = true;
            }
            Line::Curl(text) => {
                if let Some(header) = text.strip_prefix("=> Send header: ") {
                    http.asking = false;
                    sent(&mut http, header, &mut talk, asked);
                } else if let Some(header) = text.strip_prefix("<= Recv header: ") {
                    received(&mut http, header, talk);
                } else if let Some(info) = text.strip_prefix("== Info: ") {
                    http.reached = http.reached.max(reached(info));
                }
            }
            _ => {}
        }
    }
    http
}

fn sent(http: &mut Http, header: &str, talk: &mut Talk, asked: Option<i64>) {
    if header.starts_with("CONNECT ") {
        *talk = Talk::ToProxy;
        return;
    }
    let mut words = header.split(' ');
    if let (Some("GET" | "POST"), Some(path), Some(version)) = (words.next(), words.next(), words.next())
        && version.starts_with("HTTP/")
    {
        *talk = Talk::ToServer;
        http.reached = Reached::Secured;
        http.requests.push(Request { path: path.to_owned(), ..Request::default() });
        return;
    }
    let Some(request) = http.requests.last_mut().filter(|_| *talk == Talk::ToServer) else { return };
    let Some((name, value)) = header.split_once(':') else { return };
    match name.to_ascii_lowercase().as_str() {
        "host" => value.trim().clone_into(&mut request.host),
        "authorization" => request.login = Some(login(value.trim(), asked)),
        _ => {}
    }
}

fn login(value: &str, asked: Option<i64>) -> Sent {
    let basic = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let text = basic.and_then(|(_, text)| BASE64.decode(text.trim().as_bytes()).ok());
    let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    match text.as_deref().and_then(|text| text.split_once(':')) {
        Some((user, password)) => Sent::Basic { user: user.to_owned(), password: Secret::new(password), asked },
        None => Sent::Hidden,
    }
}

/// `HTTP/1.1 401 Unauthorized`.
fn received(http: &mut Http, header: &str, talk: Talk) {
    let mut words = header.split(' ');
    let status = words.next().filter(|word| word.starts_with("HTTP/")).and_then(|_| words.next()?.parse().ok());
    let Some(status) = status.filter(|status| *status >= 200) else { return };
    match talk {
        Talk::ToProxy => http.proxy_status = Some(status),
        Talk::ToServer => {
            if let Some(request) = http.requests.last_mut() {
                request.status = Some(status);
            }
        }
    }
}

fn reached(info: &str) -> Reached {
    let starts = |texts: &[&str]| texts.iter().any(|text| info.trim_start().starts_with(text));
    if starts(&["SSL connection using", "Server certificate:", "server certificate verification OK"]) {
        Reached::Secured
    } else if starts(&["Connected to", "Establish HTTP proxy tunnel", "CONNECT tunnel established"]) {
        Reached::Connected
    } else if starts(&["Trying"]) {
        Reached::Resolved
    } else {
        Reached::Nowhere
    }
}

impl Http {
    /// The last request with a login.
    pub(super) fn with_login(&self) -> Option<&Request> {
        self.requests.iter().rev().find(|request| request.login.is_some())
    }

    /// The status of the last answer.
    pub(super) fn status(&self) -> Option<u16> {
        self.requests.iter().rev().find_map(|request| request.status)
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    /// git 2.47.3 through a proxy with a login, refused.
    const TEXT: &str = "\
15:04:05.000001 http.c:849              == Info: Connected to 127.0.0.1 (127.0.0.1) port 3128
15:04:05.000002 http.c:849              == Info: Establish HTTP proxy tunnel to git-codecommit.us-east-1.amazonaws.com:443
15:04:05.000003 http.c:796              => Send header, 0000000200 bytes (0x000000c8)
15:04:05.000003 http.c:808              => Send header: CONNECT git-codecommit.us-east-1.amazonaws.com:443 HTTP/1.1
15:04:05.000003 http.c:808              => Send header: Proxy-Authorization: Basic cHJveHk6d29yZA==
15:04:05.000004 http.c:808              <= Recv header: HTTP/1.1 200 Connection established
15:04:05.000005 http.c:849              == Info: SSL connection using TLS1.3 / ECDHE
15:04:05.000006 http.c:808              => Send header: GET /v1/repos/demo/info/refs?service=git-upload-pack HTTP/1.1
15:04:05.000006 http.c:808              => Send header: Host: git-codecommit.us-east-1.amazonaws.com
15:04:05.000007 http.c:808              <= Recv header: HTTP/1.1 401 Unauthorized
cc-doctor: helper 1
cc-doctor: helper 2
15:04:05.000008 http.c:808              => Send header: GET /v1/repos/demo/info/refs?service=git-upload-pack HTTP/1.1
15:04:05.000008 http.c:808              => Send header: Host: git-codecommit.us-east-1.amazonaws.com
15:04:05.000008 http.c:808              => Send header: Authorization: Basic ZGV2OmE6Yg==
15:04:05.000009 http.c:808              <= Recv header: HTTP/1.1 403 Forbidden
";

    #[test]
    fn the_login_and_the_answer_are_read_from_the_trace() {
        let http = read(&lines::split(TEXT));
        assert_eq!((http.proxy_status, http.reached, http.status()), (Some(200), Reached::Secured, Some(403)));
        let request = http.with_login().unwrap();
        assert_eq!((request.host.as_str(), request.status), ("git-codecommit.us-east-1.amazonaws.com", Some(403)));
        let Some(Sent::Basic { user, password, asked }) = &request.login else { panic!("{request:?}") };
        assert_eq!((user.as_str(), password.reveal(), *asked), ("dev", "a:b", Some(2)));
        assert!(!format!("{http:?}").contains("a:b"));
        assert!(http.requests[0].login.is_none(), "the proxy's login is not git's");
    }

    #[test]
    fn a_hidden_login_is_known_to_be_there() {
        let text = TEXT.replace("Basic ZGV2OmE6Yg==", "Basic <redacted>");
        let http = read(&lines::split(&text));
        assert!(matches!(http.with_login().unwrap().login, Some(Sent::Hidden)));
    }
}

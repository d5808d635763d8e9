//! What of a conversation may be shown: headers by an allow-list, because any of them may hold a login.

/// Headers of a request whose values are shown.
const HEADERS: &[&str] = &["host", "user-agent", "git-protocol", "content-type"];

/// A line of `GIT_TRACE_CURL`.
pub(super) fn conversation(text: &str) -> String {
    if let Some(header) = text.strip_prefix("=> Send header: ") {
        return format!("=> Send header: {}", sent(header));
    }
    if let Some(header) = text.strip_prefix("<= Recv header: ") {
        return format!("<= Recv header: {}", received(header));
    }
    text.strip_prefix("== Info: ").map_or_else(|| text.to_owned(), |text| format!("== Info: {}", info(text)))
}

/// The request line or one header.
fn sent(header: &str) -> String {
    let mut words = header.split(' ');
    let is_request = words.next().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_uppercase()))
        && words.nth(1).is_some_and(|version| version.starts_with("HTTP/"));
    if is_request { header.to_owned() } else { allowed(header) }
}

/// A header as it is, or its name and the length of its value. The pseudo headers of HTTP/2 begin with a colon.
fn allowed(header: &str) -> String {
    let Some(end) = header.char_indices().skip(1).find(|(_, c)| *c == ':').map(|(at, _)| at) else {
        return hidden("a header", header);
    };
    let (name, value) = header.split_at(end);
    let lower = name.to_ascii_lowercase();
    let is_shown = HEADERS.contains(&&*lower)
        || lower.starts_with("accept")
        || [":method", ":path", ":scheme", ":authority"].contains(&&*lower);
    if is_shown { header.to_owned() } else { hidden(name, value.get(1..).unwrap_or_default().trim()) }
}

/// One header of an answer.
fn received(header: &str) -> String {
    match header.split_once(':') {
        Some((name, value)) if name.to_ascii_lowercase().starts_with("set-cookie") => hidden(name, value.trim()),
        _ => header.to_owned(),
    }
}

fn hidden(name: &str, value: &str) -> String {
    format!("{name}: present, {} characters", value.chars().count())
}

/// What curl tells: it repeats the headers of HTTP/2 in brackets, cookies, and the user of a login, which with CodeCommit
/// may carry a session token.
fn info(text: &str) -> String {
    let starts = |marks: &[&str]| marks.iter().any(|mark| text.starts_with(mark));
    if starts(&["[HTTP/", "h2h3 [", "h2 [", "h3 ["])
        && let Some((before, header)) = text.rsplit_once(" [").filter(|(_, header)| header.contains(':'))
    {
        return format!("{before} [{}]", allowed(header.trim_end_matches(']')));
    }
    for mark in ["with user '", "cookie "] {
        if let Some(at) = text.find(mark) {
            let end = at + mark.len();
            let (before, rest) = (text.get(..end).unwrap_or_default(), text.get(end..).unwrap_or_default());
            return format!("{before}({} characters)", rest.trim_end_matches('\'').chars().count());
        }
    }
    text.to_owned()
}

/// A line of `ssh -v`: `channel 0: setting env NAME = "value"` (`Sending env NAME = value` before OpenSSH 9.2) without the
/// value.
pub(super) fn of_ssh(text: &str) -> String {
    let sets = ["setting env ", "Sending env "].iter().any(|mark| text.contains(mark));
    match text.split_once(" = ").filter(|_| sets) {
        Some((before, _)) => before.to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_that_hold_no_login_are_shown() {
        for shown in [
            "=> Send header: GET /v1/repos/demo/info/refs?service=git-upload-pack HTTP/2",
            "=> Send header: Host: git-codecommit.us-east-1.amazonaws.com",
            "=> Send header: accept-encoding: deflate, gzip",
            "=> Send header: Git-Protocol: version=2",
            "<= Recv header: HTTP/1.1 403 Forbidden",
            "<= Recv header: www-authenticate: Basic realm=\"x\"",
            "== Info: [HTTP/2] [1] [:path: /v1/repos/demo/info/refs]",
            "== Info: Connected to h (127.0.0.1) port 443",
        ] {
            assert_eq!(conversation(shown), shown);
        }
        for (text, wanted) in [
            ("=> Send header: X-Corp-Pin: 4711", "=> Send header: X-Corp-Pin: present, 4 characters"),
            (
                "=> Send header: Proxy-Authorization: Basic Zg==",
                "=> Send header: Proxy-Authorization: present, 10 characters",
            ),
            ("=> Send header: Cookie: a=canary", "=> Send header: Cookie: present, 8 characters"),
            ("=> Send header:  canary folded", "=> Send header: a header: present, 14 characters"),
            ("<= Recv header: Set-Cookie: a=canary; Path=/", "<= Recv header: Set-Cookie: present, 16 characters"),
            ("== Info: [HTTP/2] [1] [x-corp-pin: canary]", "== Info: [HTTP/2] [1] [x-corp-pin: present, 6 characters]"),
            ("== Info: h2h3 [cookie: a=canary]", "== Info: h2h3 [cookie: present, 8 characters]"),
            (
                "== Info: Server auth using Basic with user 'A%canary'",
                "== Info: Server auth using Basic with user '(8 characters)",
            ),
            ("== Info: Added cookie a=\"canary\" for domain h", "== Info: Added cookie (23 characters)"),
        ] {
            assert_eq!(conversation(text), wanted);
        }
    }

    #[test]
    fn what_is_sent_to_the_server_of_the_environment_is_named_only() {
        assert_eq!(of_ssh("channel 0: setting env LC_PIN = \"canary\""), "channel 0: setting env LC_PIN");
        assert_eq!(of_ssh("Sending env LC_PIN = canary = x"), "Sending env LC_PIN");
        assert_eq!(of_ssh("Connection established."), "Connection established.");
    }
}

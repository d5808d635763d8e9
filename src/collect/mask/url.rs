//! The passwords of URLs, those too that nobody encoded: with blanks, quotes, slashes or another `@` in them.

use crate::pattern::Pattern;

use super::MASK;

/// Where a login may begin: behind a scheme, behind a scheme that lost its colon or a slash, or where a URL is expected.
static STARTS: Pattern = Pattern::new(
    &["//", ":/", "url"],
    r#"(?i)\b(?:https?|ssh|git|codecommit)(?::/+|//+)|[A-Za-z][A-Za-z0-9+.-]*://|url(?:\s*=\s*|\s+)["']?"#,
);

/// The text with the password of every URL replaced by [`MASK`].
pub(super) fn mask(text: &str) -> Option<String> {
    let starts = STARTS.for_text(text)?;
    let (mut masked, mut done) = (String::new(), 0);
    for found in starts.find_iter(text) {
        let start = found.end();
        let rest = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let Some((from, to)) = password(rest).filter(|_| start >= done) else { continue };
        masked.push_str(text.get(done..start + from).unwrap_or_default());
        masked.push_str(MASK);
        done = start + to;
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    Some(masked)
}

/// Where in what follows a scheme on its line the password stands.
///
/// As curl and git take it, the last `@` before the first slash ends the login. Where the login itself holds a slash, the
/// colon is followed by no number of a port, and the login goes on to the next `@`.
fn password(rest: &str) -> Option<(usize, usize)> {
    let slash = rest.find('/').unwrap_or(rest.len());
    let head = rest.get(..slash)?;
    let at = head.rfind('@');
    let colon = head.find(':')?;
    let name = head.get(..colon)?;
    // A host with a port or a complaint behind it, an IPv6 address.
    if is_codecommit(name) || rest.starts_with('[') {
        return None;
    }
    let from = colon + 1;
    // Another scheme, or a path.
    if rest.get(from..)?.starts_with('/') {
        return None;
    }
    let end = match at {
        Some(at) if colon < at => at,
        _ => behind_slash(rest, name, from)?,
    };
    (from < end).then_some((from, end))
}

fn is_codecommit(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.contains(char::is_whitespace) && (name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn"))
}

/// Where a password with a slash in it ends.
fn behind_slash(rest: &str, name: &str, from: usize) -> Option<usize> {
    let tail = rest.get(from..)?;
    let tail = tail.get(..tail.find("://").unwrap_or(tail.len()))?;
    let first = tail.find('@')?;
    let is_port = tail.split('/').next().is_some_and(|port| port.chars().all(|c| c.is_ascii_digit()));
    let is_odd = |c: char| c.is_whitespace() || c == '\'' || c == '"';
    if name.contains(is_odd) || (is_port && name.contains('@')) || (is_port && tail.get(..first)?.contains(is_odd)) {
        return None;
    }
    // Another `@` before the next slash is part of it.
    let authority = tail.get(first..)?.split(['/', '\'', '"']).next()?;
    Some(from + first + authority.rfind('@')?)
}

#[cfg(test)]
mod tests {
    use crate::collect::mask::mask;

    #[test]
    fn the_password_of_a_url_goes_whatever_it_holds() {
        let host = "@git-codecommit.us-east-1.amazonaws.com/v1/repos/x";
        for scheme in ["https://", "http://", "ssh://", "HTTPS://", "htps://", "https//", "https:/", "https:///"] {
            for secret in
                ["s3cr3t", "s3cr3tPass w0rd", "s3cr3t'w0rd", "s3cr3t\"w", "a/s3cr3t", "a b/s3cr3t d", "s3cr3t@b"]
            {
                for user in ["bob", "bob@corp.example"] {
                    let wanted = format!("fatal: unable to access '{scheme}{user}:••••{host}/': bad");
                    let text = format!("fatal: unable to access '{scheme}{user}:{secret}{host}/': bad");
                    assert_eq!(mask(&text), wanted, "{text}");
                }
            }
        }
    }

    #[test]
    fn a_login_without_a_scheme_loses_its_password() {
        for (text, wanted) in [
            ("https:bob:s3cr3t@git-codecommit.x", "https:••••@git-codecommit.x"),
            ("//bob:s3cr3t@git-codecommit.x/v1", "//bob:••••@git-codecommit.x/v1"),
            ("bob:pw@git-codecommit.x:/v1", "bob:••••@git-codecommit.x:/v1"),
            ("\turl = bob:s3cr3t w0rd@git-codecommit.x/v1", "\turl = bob:••••@git-codecommit.x/v1"),
            ("--url bob:s3cr3t w0rd@git-codecommit.x/v1", "--url bob:••••@git-codecommit.x/v1"),
            ("url = b:pw@git-codecommit.x/v1", "url = b:••••@git-codecommit.x/v1"),
        ] {
            assert_eq!(mask(text), wanted);
        }
    }

    #[test]
    fn a_host_with_a_port_or_a_complaint_is_no_login() {
        for text in [
            "https://git-codecommit.us-east-1.amazonaws.com:443 refused dev@example.org",
            "https://git-codecommit.us-east-1.amazonaws.com: see dev@example.org",
            "http://proxy.corp:3128/ for dev@example.org",
            "https://dev@host/v1/repos/x and https://host:8443/a",
            "https://[::1]:8080 dev@example.org",
            "https://host/x: dev@example.org",
            "url = ssh://dev@host/v1/repos/x",
            "url = dev@host:/v1/repos/x",
            "url = codecommit::us-east-1://dev@x",
        ] {
            assert_eq!(mask(text), text);
        }
    }
}

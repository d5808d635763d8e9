//! How git compares the URL of a section with the URL that it connects to (urlmatch.c of git).

/// Characters of a URL that keep or lose their escape by rule (RFC 3986 as git applies it).
const UNSAFE: &[u8] = b" <>\"%{}|\\^`";
const RESERVED: &[u8] = b":/?#[]@!$&'()*+,;=";

/// A URL in normal form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Normal {
    /// Scheme in lower case.
    pub scheme: String,
    /// User; `None` when the URL has no `@`.
    pub user: Option<String>,
    /// Host in lower case, without port.
    pub host: String,
    /// Port unless it is the default of the scheme; else empty.
    pub port: String,
    /// Path, beginning with a slash, and what follows it.
    pub path: String,
}

/// How well a section fits: of several, the one with the longest host, then path, then with a user (`cmp_matches`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Rank {
    host: usize,
    path: usize,
    user: bool,
}

/// The URL in normal form (`url_normalize_1`); `None` when git does not take it for a URL. `globs`: asterisks may
/// stand in the host.
pub fn normalize(url: &str, globs: bool) -> Option<Normal> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme_character = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(scheme_character) {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, authority) = match authority.split_once('@') {
        Some((login, authority)) => {
            let login = escapes(login)?;
            (Some(login.split(':').next().unwrap_or_default().to_owned()), authority)
        }
        None => (None, authority),
    };
    let (host, port) = host_and_port(authority, &scheme, globs)?;
    Some(Normal { user, host, port, path: path(rest)?, scheme })
}

/// Host and port; `None` when they are not valid.
fn host_and_port(authority: &str, scheme: &str, globs: bool) -> Option<(String, String)> {
    if (authority.is_empty() || authority.starts_with(':')) && scheme != "file" {
        return None;
    }
    // The last colon, unless a bracket of an IPv6 address stands behind it.
    let colon = authority.rfind([':', ']']).filter(|at| *at > 0 && authority[*at..].starts_with(':'));
    let (host, port) = colon.map_or((authority, None), |at| (&authority[..at], Some(&authority[at + 1..])));
    let valid = |c: char| c.is_ascii_alphanumeric() || ".-_[:]".contains(c) || (globs && c == '*');
    if !host.chars().all(valid) || (scheme == "file" && host.is_empty() && port.is_some_and(|port| !port.is_empty())) {
        return None;
    }
    Some((host.to_ascii_lowercase(), normal_port(port.unwrap_or_default(), scheme)?))
}

/// The port without leading zeros, empty for the scheme's own.
fn normal_port(port: &str, scheme: &str) -> Option<String> {
    if port.is_empty() {
        return Some(String::new());
    }
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = port.trim_start_matches('0').parse::<u16>().ok()?;
    let default = matches!((scheme, number), ("http", 80) | ("https", 443));
    Some(if default { String::new() } else { number.to_string() })
}

/// The path with `.` and `..` taken out, and the rest behind it.
fn path(rest: &str) -> Option<String> {
    let (path, tail) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let mut segments: Vec<String> = Vec::new();
    let mut last_is_dots = false;
    for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
        let segment = escapes(segment)?;
        last_is_dots = matches!(segment.as_str(), "." | "..");
        match segment.as_str() {
            "." => {}
            ".." => {
                segments.pop()?;
            }
            _ => segments.push(segment),
        }
    }
    let slash = if last_is_dots && !segments.is_empty() && path.ends_with('/') { "/" } else { "" };
    Some(format!("/{}{slash}{}", segments.join("/"), escapes(tail)?))
}

/// Escapes what must be, unescapes what need not be (`append_normalized_escapes`); `None`: a broken escape.
fn escapes(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(first) = bytes.next() {
        let (byte, was_escaped) =
            if first == b'%' { (hex(bytes.next()?)? * 16 + hex(bytes.next()?)?, true) } else { (first, false) };
        let keep = byte <= 0x1f || byte >= 0x7f || UNSAFE.contains(&byte) || (was_escaped && RESERVED.contains(&byte));
        if keep {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push(char::from(byte));
        }
    }
    Some(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| digit.try_into().ok())
}

/// How well `pattern` fits `url` (`match_urls`); `None`: not at all.
pub fn matches(url: &Normal, pattern: &Normal) -> Option<Rank> {
    let same = url.scheme == pattern.scheme
        && (pattern.user.is_none() || pattern.user == url.user)
        && host_matches(&url.host, &pattern.host)
        && url.port == pattern.port;
    if !same {
        return None;
    }
    let path = path_matches(&url.path, &pattern.path)?;
    Some(Rank { host: pattern.host.len(), path, user: pattern.user.is_some() })
}

/// Label by label; an asterisk stands for one whole label (`match_host`).
pub fn host_matches(host: &str, pattern: &str) -> bool {
    let (mut labels, mut patterns) = (host.split('.'), pattern.split('.'));
    loop {
        match (labels.next(), patterns.next()) {
            (None, None) => return true,
            (Some(label), Some(pattern)) if pattern == "*" || pattern == label => {}
            _ => return false,
        }
    }
}

/// The length of the match of a path that is equal or ends at a slash (`url_match_prefix`).
pub fn path_matches(path: &str, prefix: &str) -> Option<usize> {
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    let rest = path.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(prefix.len() + 1)
}

#[cfg(test)]
mod tests;

//! What git-remote-codecommit reads out of a URL: `Context.from_url` of version 1.17, with Python's `urlparse`.

use std::net::Ipv6Addr;
use std::sync::LazyLock;

use regex::Regex;

/// What it read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GrcParts {
    /// Text before the first `@`.
    pub(super) profile: Option<String>,
    /// The region that stands in place of the scheme.
    pub(super) region: Option<String>,
    /// The rest.
    pub(super) repository: String,
}

/// Takes apart what git hands to the helper; `None` where it says "The following URL is malformed" or fails in
/// `urlparse`.
pub(super) fn context(url: &str) -> Option<GrcParts> {
    let (scheme, netloc) = urlsplit(url)?;
    if scheme.is_empty() || netloc.is_empty() {
        return None;
    }
    let (profile, repository) = match netloc.split_once('@') {
        Some((profile, repository)) => (Some(profile.to_owned()), repository),
        None => (None, netloc.as_str()),
    };
    let region = match scheme.as_str() {
        "codecommit" => None,
        _ if is_region(&scheme) => Some(scheme),
        _ => return None,
    };
    Some(GrcParts { profile, region, repository: repository.to_owned() })
}

/// `re.match(r"^[a-z]{2}-\w*.*-\d{1}", scheme)`: anything may follow the digit.
fn is_region(scheme: &str) -> bool {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[a-z]{2}-\w*.*-\d").ok());
    PATTERN.as_ref().is_some_and(|pattern| pattern.is_match(scheme))
}

/// The host that it connects to for a region (`website_domain_mapping`, `git_url`).
pub(super) fn host(region: &str) -> String {
    let domain = if ["cn-north-1", "cn-northwest-1"].contains(&region) { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("git-codecommit.{region}.{domain}")
}

/// Scheme and netloc as `urllib.parse.urlsplit` of Python 3.11 finds them; `None`: ValueError.
fn urlsplit(url: &str) -> Option<(String, String)> {
    let url = url.trim_start_matches(|c: char| c <= ' ');
    let url: String = url.chars().filter(|c| !matches!(c, '\t' | '\r' | '\n')).collect();
    let mut scheme = String::new();
    let mut rest = url.as_str();
    if let Some((name, tail)) = url.split_once(':').filter(|(name, _)| is_scheme(name)) {
        scheme = name.to_lowercase();
        rest = tail;
    }
    let Some(rest) = rest.strip_prefix("//") else { return Some((scheme, String::new())) };
    let netloc = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (brackets_are_right(netloc) && is_normal(netloc)).then(|| (scheme, netloc.to_owned()))
}

fn is_scheme(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// `_check_bracketed_netloc`: brackets hold an IPv6 address and nothing but a port follows.
fn brackets_are_right(netloc: &str) -> bool {
    match (netloc.contains('['), netloc.contains(']')) {
        (false, false) => return true,
        (true, true) => {}
        _ => return false,
    }
    let host = netloc.rsplit_once('@').map_or(netloc, |(_, host)| host);
    let Some((before, inner)) = host.split_once('[') else {
        return address_is_right(host.split_once(':').map_or(host, |(name, _)| name));
    };
    let (address, port) = inner.split_once(']').unwrap_or((inner, ""));
    before.is_empty() && (port.is_empty() || port.starts_with(':')) && address_is_right(address)
}

fn address_is_right(address: &str) -> bool {
    if let Some(future) = address.strip_prefix('v') {
        let hex = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit());
        return future.split_once('.').is_some_and(|(version, rest)| hex(version) && !rest.is_empty());
    }
    let (address, scope) = address.split_once('%').map_or((address, None), |(address, scope)| (address, Some(scope)));
    address.parse::<Ipv6Addr>().is_ok() && scope.is_none_or(|scope| !scope.is_empty() && !scope.contains('%'))
}

/// `_checknetloc`: no characters that Unicode normalization (NFKC) turns into separators. These are all of them.
fn is_normal(netloc: &str) -> bool {
    !netloc.contains([
        '\u{2047}', '\u{2048}', '\u{2049}', '\u{2100}', '\u{2101}', '\u{2105}', '\u{2106}', '\u{2a74}', '\u{fe13}',
        '\u{fe16}', '\u{fe55}', '\u{fe56}', '\u{fe5f}', '\u{fe6b}', '\u{ff03}', '\u{ff0f}', '\u{ff1a}', '\u{ff1f}',
        '\u{ff20}',
    ])
}

#[cfg(test)]
mod tests;

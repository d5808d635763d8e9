//! A repository URL in pieces, split where git, ssh and curl split it.

use super::scheme::{self, Family};

/// The pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// What it is meant as.
    pub(super) family: Family,
    /// The scheme as written; empty: none.
    pub(super) scheme: String,
    /// `user@host:path` or `host:path`.
    pub(super) scp_like: bool,
    /// `ssh:/HOST/…` or `https:HOST/…`: a scheme with fewer than two slashes behind it.
    pub(super) one_slash: bool,
    /// Whether the scheme stands before `::`, which git cuts off before it starts the helper.
    pub(super) helper: bool,
    /// The text behind `://`, `::` or, without a scheme, all of it.
    pub(super) rest: String,
    /// User.
    pub(super) user: Option<String>,
    /// Password.
    pub(super) password: Option<String>,
    /// Host as written.
    pub(super) host: Option<String>,
    /// Port.
    pub(super) port: Option<i64>,
    /// Path with query and fragment as written.
    pub(super) path: String,
    /// How many `@` stand before the host.
    pub(super) ats: usize,
}

impl Parts {
    /// Splits a URL. Blanks around it are left out.
    pub(super) fn split(url: &str) -> Self {
        let url = url.trim_matches(|c: char| c.is_whitespace() || c.is_control());
        let end = url.find(|c: char| !scheme::is_scheme_char(c)).unwrap_or(url.len());
        let (name, tail) = url.split_at_checked(end).unwrap_or((url, ""));
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if let (true, Some(rest)) = (starts_well, tail.strip_prefix("::")) {
            return Self::opaque(name, rest, true);
        }
        if let (true, Some(rest)) = (starts_well, tail.strip_prefix("://")) {
            return Self::of_scheme(name, rest);
        }
        Self::without_scheme(url)
    }

    /// A URL of git-remote-codecommit, or of another remote helper.
    fn opaque(scheme: &str, rest: &str, helper: bool) -> Self {
        Self { family: scheme::family(scheme), scheme: scheme.into(), helper, rest: rest.into(), ..Self::default() }
    }

    fn of_scheme(scheme: &str, rest: &str) -> Self {
        let mut parts = Self::opaque(scheme, rest, false);
        if matches!(parts.family, Family::Ssh | Family::Https) {
            let (authority, path) = rest.split_at_checked(authority_end(rest)).unwrap_or((rest, ""));
            parts.authority(authority);
            parts.path = path.to_owned();
        }
        parts
    }

    /// `host:path` goes to ssh when the colon stands before the first slash (`url_is_local_not_ssh` of git);
    /// anything else is a local path, or a URL that lost its scheme. Colons before an `@` are taken for those of a
    /// password, so that it is known as one.
    fn without_scheme(url: &str) -> Self {
        if let Some((scheme, rest)) = lost_slash(url) {
            return Self { one_slash: true, ..Self::of_scheme(scheme, rest) };
        }
        let mut parts = Self { rest: url.into(), ..Self::default() };
        let slash = url.find('/').unwrap_or(url.len());
        let login = url.get(..slash).and_then(|head| head.rfind('@')).map_or(0, |at| at + 1);
        let host = url.get(login..slash).unwrap_or_default();
        if let Some(colon) = host.find(':').filter(|colon| login + colon > 0) {
            parts.scp_like = true;
            parts.family = if url.to_lowercase().starts_with("codecommit:") { Family::Grc } else { Family::Ssh };
            parts.at(url.get(..login + colon).unwrap_or_default());
            parts.path = url.get(login + colon + 1..).unwrap_or_default().to_owned();
            return parts;
        }
        parts.at(url.get(..slash).unwrap_or_default());
        parts.path = url.get(slash..).unwrap_or_default().to_owned();
        if super::host::looks_like_codecommit(host) && host.contains('.') && !parts.path.is_empty() {
            parts.family = Family::Https;
        } else {
            parts.host = None;
        }
        parts
    }

    /// `user:password@host:port`; the last `@` separates, as for curl and ssh.
    fn authority(&mut self, authority: &str) {
        self.at(authority);
        let Some(host) = self.host.take() else { return };
        let bracketed = host.starts_with('[');
        match host.rsplit_once(':').filter(|(before, _)| !bracketed || before.ends_with(']')) {
            Some((name, port)) => {
                self.port = port.parse().ok();
                self.host = Some(name.to_owned());
            }
            None => self.host = Some(host),
        }
        self.host = self.host.take().filter(|host| !host.is_empty());
    }

    fn at(&mut self, authority: &str) {
        self.ats = authority.matches('@').count();
        let Some((login, host)) = authority.rsplit_once('@') else {
            self.host = Some(authority.to_owned());
            return;
        };
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (login, None),
        };
        self.user = Some(user.to_owned()).filter(|user| !user.is_empty());
        self.password = password.map(str::to_owned);
        self.host = Some(host.to_owned());
    }
}

/// The scheme and what follows of a URL of CodeCommit that has lost a slash or both behind the colon.
fn lost_slash(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let known = matches!(scheme::family(scheme), Family::Ssh | Family::Https) && !scheme::is_typo(scheme);
    let (authority, path) = rest.split_at_checked(rest.find('/')?)?;
    let host = authority.rsplit('@').next().unwrap_or_default();
    let meant = path.starts_with("/v1/repos/") || (host.contains('.') && super::host::looks_like_codecommit(host));
    (known && meant && !authority.is_empty()).then_some((scheme, rest))
}

/// Where the path begins. A password with an unencoded slash would look like a port that is no number: then the
/// authority goes to the last `@`, so that the password is never taken for a path.
fn authority_end(rest: &str) -> usize {
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    let odd_port = authority
        .rsplit_once(':')
        .is_some_and(|(before, port)| !before.ends_with(']') && port.parse::<u16>().is_err() && !port.is_empty());
    match rest.rfind('@').filter(|at| *at > end && odd_port && !authority.contains('@')) {
        Some(at) => {
            let host = rest.get(at..).unwrap_or_default();
            at + host.find(['/', '?', '#', '\\']).unwrap_or(host.len())
        }
        None => end,
    }
}

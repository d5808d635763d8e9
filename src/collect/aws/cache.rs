//! What the AWS tools keep in their caches, read for times; tokens and keys are skipped over unless a request is to be
//! signed with them.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::file;
use super::secret::AccessKey;
use super::time;
use crate::system::System;
use crate::system::net::Secret;

/// A cached token has a few kilobytes.
const LIMIT: u64 = 256 * 1024;

/// A token of the SSO or login cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// When it expires.
    pub(super) expires_at: Option<i64>,
    /// Whether it can be renewed without the user.
    pub(super) refreshable: bool,
}

/// `~/.aws/sso/cache/<sha1>.json` (`SSOTokenLoader`, `SSOTokenProvider`). Only the fields named here are kept.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SsoFile {
    access_token: Option<IgnoredAny>,
    expires_at: Option<String>,
    refresh_token: Option<IgnoredAny>,
    client_id: Option<IgnoredAny>,
    client_secret: Option<IgnoredAny>,
    registration_expires_at: Option<String>,
}

/// `~/.aws/login/cache/<sha256>.json` (`LoginCredentialFetcher`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginFile {
    access_token: LoginToken,
    refresh_token: Option<IgnoredAny>,
    client_id: Option<IgnoredAny>,
    dpop_key: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginToken {
    expires_at: Option<String>,
}

/// `~/.aws/cli/cache/<sha1>.json`: credentials of a role (`CachedCredentialFetcher`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CliFile {
    credentials: CliCredentials,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CliCredentials {
    expiration: Option<String>,
}

/// The same file with its secrets.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CliSession {
    credentials: SessionKey,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SessionKey {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

/// The SSO token with its secret.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SsoSecret {
    access_token: String,
    expires_at: String,
}

fn read<T: for<'a> Deserialize<'a>>(system: &dyn System, path: &Path) -> Option<T> {
    serde_json::from_slice(&system.read(path, LIMIT).ok()?).ok()
}

fn below_home(system: &dyn System, directory: &str, hash: &str) -> PathBuf {
    file::expand(system, &format!("~/.aws/{directory}/cache/{hash}.json"))
}

fn sha1_hex(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha1::digest(text.as_bytes()))
}

/// The SSO token of a session, or of a start URL when the profile names no session.
pub(super) fn sso_token(system: &dyn System, session: Option<&str>, start_url: Option<&str>) -> Option<Token> {
    let key = session.or(start_url)?;
    let file: SsoFile = read(system, &below_home(system, "sso", &sha1_hex(key)))?;
    file.access_token.as_ref()?;
    let expires_at = time::parse(file.expires_at.as_deref()?);
    let registered = file.registration_expires_at.as_deref().and_then(time::parse);
    let complete = file.refresh_token.is_some() && file.client_id.is_some() && file.client_secret.is_some();
    let refreshable = session.is_some() && complete && registered.is_some_and(|until| until > system.now());
    Some(Token { expires_at, refreshable })
}

/// The secret of that token and when it expires; `name`: the session, or the start URL when the profile names none.
pub(super) fn sso_secret(system: &dyn System, name: &str) -> Option<(i64, Secret)> {
    let file: SsoSecret = read(system, &below_home(system, "sso", &sha1_hex(name)))?;
    Some((time::parse(&file.expires_at)?, Secret::new(file.access_token)))
}

/// The token of `aws login` for a `login_session`.
pub(super) fn login_token(system: &dyn System, session: &str) -> Option<Token> {
    let name = format!("{}.json", data_encoding::HEXLOWER.encode(&Sha256::digest(session.as_bytes())));
    let path = match system.env("AWS_LOGIN_CACHE_DIRECTORY") {
        Some(directory) => file::expand(system, &directory.to_string_lossy()).join(name),
        None => file::expand(system, &format!("~/.aws/login/cache/{name}")),
    };
    let file: LoginFile = read(system, &path)?;
    let refreshable = file.refresh_token.is_some() && file.client_id.is_some() && file.dpop_key.is_some();
    Some(Token { expires_at: file.access_token.expires_at.as_deref().and_then(time::parse), refreshable })
}

/// What identifies the cached credentials of a role.
pub(super) enum Cached<'a> {
    /// Of `sts assume-role`: the request's parameters, sorted by name.
    Role(Vec<(&'static str, &'a str)>),
    /// Of IAM Identity Center.
    Sso { account: &'a str, role: &'a str, session: Option<&'a str>, start_url: &'a str },
}

/// When the credentials that the AWS CLI has cached for a role expire.
pub(super) fn cli_expiry(system: &dyn System, cached: &Cached<'_>) -> Option<i64> {
    let file: CliFile = read(system, &cli_path(system, cached)?)?;
    time::parse(file.credentials.expiration.as_deref()?)
}

/// Those credentials, and when they expire.
pub(super) fn cli_session(system: &dyn System, cached: &Cached<'_>) -> Option<(i64, AccessKey)> {
    let file: CliSession = read(system, &cli_path(system, cached)?)?;
    let key = file.credentials;
    let expires_at = time::parse(&key.expiration)?;
    Some((expires_at, AccessKey::new(&key.access_key_id, &key.secret_access_key, Some(&key.session_token))))
}

/// The names of the files are the SHA-1 of the request as Python's `json.dumps` writes it (`_create_cache_key`).
fn cli_path(system: &dyn System, cached: &Cached<'_>) -> Option<PathBuf> {
    let key = match cached {
        Cached::Role(parameters) => dump(parameters, ", ", ": ")?,
        Cached::Sso { account, role, session, start_url } => {
            let last = session.map_or(("startUrl", *start_url), |name| ("sessionName", name));
            dump(&[("accountId", *account), ("roleName", *role), last], ",", ":")?
        }
    };
    Some(below_home(system, "cli", &sha1_hex(&key)))
}

/// A JSON object; `DurationSeconds` is the only number. `None` for what Python would escape.
fn dump(pairs: &[(&str, &str)], comma: &str, colon: &str) -> Option<String> {
    let pair = |(key, value): &(&str, &str)| {
        let value = match *key {
            "DurationSeconds" => value.parse::<u32>().ok()?.to_string(),
            _ => serde_json::to_string(value).ok().filter(|text| text.is_ascii())?,
        };
        Some(format!("\"{key}\"{colon}{value}"))
    };
    let pairs = pairs.iter().map(pair).collect::<Option<Vec<_>>>()?;
    Some(format!("{{{}}}", pairs.join(comma)))
}

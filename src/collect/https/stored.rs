//! Logins stored in plain text: the files of git's `store` helper (builtin/credential-store.c of git) and `~/.netrc`,
//! which libcurl reads for git. Passwords are dropped where they are read.

use std::path::{Path, PathBuf};

use super::credential_url::CredentialUrl;
use crate::collect::git::paths;
use crate::collect::login;
use crate::collect::mask::{MASK, excerpt};
use crate::fact::https::StoreFile;
use crate::fact::{FilePath, Source};
use crate::system::{FILE_LIMIT, FileKind, Platform, System};

/// Most entries that are read of one file.
const LIMIT: usize = 10_000;

/// One stored login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is for, without its password. The user name is complete and may hold a session token.
    pub url: CredentialUrl,
    /// The user name without a session token.
    pub user: String,
    /// `git-credentials`, `sigv4` or `other`.
    pub user_kind: &'static str,
    /// When a SigV4 password was signed.
    pub signed_at: Option<i64>,
    /// The line, password masked.
    pub source: Source,
}

/// One file of logins.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path.
    pub path: PathBuf,
    /// Whether it exists and cannot be read.
    pub unreadable: bool,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Lines about CodeCommit that git cannot use.
    pub unusable: Vec<Unusable>,
}

/// A line that names a host of CodeCommit but answers nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// The host that it is meant for, in lower case.
    pub host: String,
    /// The word of `UnusableLine.problem`.
    pub problem: &'static str,
    /// The line, login masked.
    pub source: Source,
}

impl Unusable {
    fn new(path: &Path, line: &str, number: u32, is_utf16: bool) -> Option<Self> {
        let (before, behind) = line.rsplit_once('@')?;
        let end = behind.find(['/', ':']).unwrap_or(behind.len());
        let host = behind.get(..end)?.trim().to_ascii_lowercase();
        if !host.contains("codecommit") {
            return None;
        }
        let (scheme, login) = before.split_once("://")?;
        let problem = match () {
            () if is_utf16 => "utf-16",
            () if scheme.starts_with('\u{feff}') => "bom",
            () if scheme.starts_with([' ', '\t']) => "indented",
            () if line.ends_with('\r') => "crlf",
            () if login.contains('/') => "slash",
            () if !login.contains(':') => "no-password",
            () if scheme == "http" => "http",
            () if behind.get(end..).is_some_and(|rest| rest.starts_with(':')) => "port",
            () => return None,
        };
        let shown = format!("{}://{MASK}@{}", scheme.trim_start_matches('\u{feff}'), behind.trim_end());
        Some(Self { host, problem, source: Source::line(paths::shown(path), number, excerpt(&shown)) })
    }
}

impl Entry {
    fn new(mut url: CredentialUrl, path: &Path, line: u32) -> Option<Self> {
        let password = url.password.take()?;
        let full = url.username.as_deref()?;
        let user_kind = login::stored_kind(full);
        // git-remote-codecommit puts the session token behind the key ID.
        let user = if user_kind == "sigv4" { full.split('%').next().unwrap_or_default() } else { full };
        let token = if user.len() < full.len() { format!("%{MASK}") } else { String::new() };
        let shown = format!(
            "{}://{user}{token}:{MASK}@{}{}",
            url.protocol.as_deref().unwrap_or_default(),
            url.host.as_deref().unwrap_or("default"),
            url.path.as_deref().map(|path| format!("/{path}")).unwrap_or_default(),
        );
        let signed_at = login::signed_at(&password).filter(|_| user_kind == "sigv4");
        let source = Source::line(paths::shown(path), line, excerpt(&shown));
        Some(Self { user: user.to_owned(), user_kind, signed_at, source, url })
    }
}

/// The default files of the `store` helper, in its order.
pub fn default_files(system: &dyn System) -> Vec<PathBuf> {
    let home = paths::home(system).map(|home| home.join(".git-credentials"));
    home.into_iter().chain(paths::xdg(system).map(|directory| directory.join("credentials"))).collect()
}

/// Reads a file of the `store` helper.
pub fn read(system: &dyn System, path: &Path) -> File {
    let mut read = file(system, path, |text| {
        let lines = text.split('\n').zip(1..).take(LIMIT);
        lines.filter_map(|(line, number)| Entry::new(CredentialUrl::parse(line, false)?, path, number)).collect()
    });
    if let Ok(bytes) = system.read(path, FILE_LIMIT) {
        read.unusable = unusable(path, &bytes);
    }
    read
}

fn unusable(path: &Path, bytes: &[u8]) -> Vec<Unusable> {
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let text = String::from_utf8_lossy(bytes);
    // Of UTF-16 the ASCII half is enough to see the host.
    let text = if is_utf16 { text.replace(['\0', '\u{fffd}'], "") } else { text.into_owned() };
    let lines = text.split('\n').zip(1..).take(LIMIT);
    lines.filter_map(|(line, number)| Unusable::new(path, line, number, is_utf16)).collect()
}

fn file(system: &dyn System, path: &Path, entries: impl FnOnce(&str) -> Vec<Entry>) -> File {
    let (unreadable, entries) = match system.read(path, FILE_LIMIT) {
        Ok(bytes) => (false, entries(&String::from_utf8_lossy(&bytes))),
        Err(_) => (system.metadata(path).is_ok_and(|m| m.kind == FileKind::File), Vec::new()),
    };
    File { path: path.to_owned(), unreadable, entries, unusable: Vec::new() }
}

/// Reads `~/.netrc` (on Windows also `~/_netrc`).
pub fn read_netrc(system: &dyn System) -> Vec<File> {
    let names: &[&str] = if system.platform() == Platform::Windows { &[".netrc", "_netrc"] } else { &[".netrc"] };
    let Some(home) = paths::home(system) else { return Vec::new() };
    let files = names.iter().map(|name| home.join(name));
    files.map(|path| file(system, &path, |text| netrc(text, &path))).collect()
}

/// The `machine` entries, and `default`, which is for any host, with no host.
fn netrc(text: &str, path: &Path) -> Vec<Entry> {
    let mut machines: Vec<(CredentialUrl, u32)> = Vec::new();
    let mut words = words(text).into_iter();
    while let Some((word, line)) = words.next() {
        let mut value = || words.next().map(|(value, _)| value.to_owned());
        match word {
            "machine" => {
                let url = CredentialUrl { protocol: Some("https".into()), host: value(), ..CredentialUrl::default() };
                machines.push((url, line));
            }
            "default" => {
                let url = CredentialUrl { protocol: Some("https".into()), ..CredentialUrl::default() };
                machines.push((url, line));
            }
            "login" | "password" => {
                let value = value();
                if let Some((machine, _)) = machines.last_mut() {
                    if word == "login" { machine.username = value } else { machine.password = value }
                }
            }
            _ => {}
        }
        if machines.len() >= LIMIT {
            break;
        }
    }
    machines.into_iter().filter_map(|(url, line)| Entry::new(url, path, line)).collect()
}

/// The words with their lines, macros and comments left out.
fn words(text: &str) -> Vec<(&str, u32)> {
    let mut in_macro = false;
    let mut words = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            in_macro = false;
        }
        for word in line.split_whitespace().take_while(|word| !word.starts_with('#')) {
            in_macro |= word == "macdef";
            if in_macro {
                break;
            }
            words.push((word.trim_matches('"'), number));
        }
    }
    words
}

/// The fact of a store file.
pub fn fact(system: &dyn System, path: &Path) -> StoreFile {
    let metadata = system.metadata(path).ok();
    let mode = metadata.as_ref().and_then(|metadata| metadata.mode).map(|mode| format!("{mode:04o}").into());
    let owned = metadata.and_then(|metadata| Some(metadata.uid? == system.account().uid?));
    StoreFile { path: FilePath(paths::shown(path)), mode, owned, source: Source::file(paths::shown(path)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(bytes: &[u8]) -> Vec<&'static str> {
        unusable(Path::new("/home/dev/.git-credentials"), bytes).into_iter().map(|line| line.problem).collect()
    }

    #[test]
    fn lines_that_git_skips_are_told_with_their_reason() {
        let host = "git-codecommit.us-east-1.amazonaws.com";
        let of = |line: String| problems(line.as_bytes());
        assert_eq!(of(format!("https://a:b@{host}\r\n")), ["crlf"]);
        assert_eq!(of(format!("  https://a:b@{host}\n")), ["indented"]);
        assert_eq!(of(format!("\u{feff}https://a:b@{host}\n")), ["bom"]);
        assert_eq!(of(format!("http://a:b@{host}\n")), ["http"]);
        assert_eq!(of(format!("https://a:b@{host}:443\n")), ["port"]);
        assert_eq!(of(format!("https://a:b/c@{host}\n")), ["slash"]);
        assert_eq!(of(format!("https://a@{host}\n")), ["no-password"]);
        let utf16: Vec<u8> =
            format!("\u{feff}https://a:b@{host}\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(problems(&utf16), ["utf-16"]);
        assert!(of(format!("https://a:b@{host}\nhttps://a:b/c@github.com\n")).is_empty());
    }

    #[test]
    fn the_excerpt_holds_no_login() {
        let line = "https://a:se/cret@git-codecommit.us-east-1.amazonaws.com";
        let found = unusable(Path::new("/s"), line.as_bytes());
        let shown = found[0].source.excerpt.as_ref().map(|text| text.0.clone()).unwrap_or_default();
        assert!(!shown.contains("cret") && shown.contains("git-codecommit"));
    }
}

//! The libcurl behind git's HTTPS, read from the files themselves.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::git_core;
use crate::fact::tools::Curl;
use crate::fact::{Fact, Source, Word};
use crate::system::{FILE_LIMIT, Platform, System, path_list};

static LIBRARY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)libcurl(?:-[a-z0-9]+)?(?:\.so\.[0-9]+|-[0-9]+\.dll|\.[0-9]+\.dylib)").ok());
static VERSION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)(?:libcurl/|CLIENT libcurl )([0-9]+\.[0-9]+\.[0-9]+)").ok());

/// The library that git's transport links.
pub(super) fn collect(system: &dyn System) -> Fact<Curl> {
    if system.find_program("git").is_empty() {
        return Fact::Absent;
    }
    examine(system).map_or_else(Fact::Unavailable, Fact::Known)
}

fn examine(system: &dyn System) -> Result<Curl, String> {
    let core = git_core::exec_path(system).ok_or("the directory of git's own programs was not found")?;
    let (transport, content) = transport(system, &core)?;
    let Some(library) = find(&LIBRARY, &content, 0) else {
        // A git that was linked statically has the library inside.
        return described(&transport, &content).ok_or_else(|| format!("{} names no libcurl", transport.display()));
    };
    let (path, content) = library_directories(system, &core)
        .iter()
        .map(|directory| directory.join(&library))
        .find_map(|path| system.read(&path, FILE_LIMIT).ok().map(|content| (path, content)))
        .ok_or_else(|| format!("{library} was not found as a file"))?;
    described(&path, &content).ok_or_else(|| format!("{} names no version", path.display()))
}

fn transport(system: &dyn System, core: &Path) -> Result<(PathBuf, Vec<u8>), String> {
    let names = ["git-remote-https", "git-remote-http", "git-remote-https.exe", "git-remote-http.exe"];
    names
        .iter()
        .map(|name| core.join(name))
        .find_map(|path| system.read(&path, FILE_LIMIT).ok().map(|content| (path, content)))
        .ok_or_else(|| format!("{} has no git-remote-https that can be read", core.display()))
}

fn find(pattern: &LazyLock<Option<Regex>>, content: &[u8], group: usize) -> Option<String> {
    let found = pattern.as_ref()?.captures(content)?.get(group)?;
    Some(String::from_utf8_lossy(found.as_bytes()).into_owned())
}

fn described(path: &Path, content: &[u8]) -> Option<Curl> {
    let version = find(&VERSION, content, 1)?;
    Some(Curl {
        version: Fact::Known(Word(version)),
        tls: tls(path, content),
        source: Some(Source::file(path.to_string_lossy())),
    })
}

/// The TLS library that libcurl itself links; its own name says it where there are several builds.
fn tls(path: &Path, content: &[u8]) -> Fact<Word> {
    const MARKS: [(&str, &[&str]); 5] = [
        ("gnutls", &["libgnutls.so", "libgnutls-", "libgnutls."]),
        ("openssl", &["libssl.so", "libssl-", "libssl.", "OPENSSL_init_ssl"]),
        ("nss", &["libnss3.so", "libnss3."]),
        ("schannel", &["schannel: ", "Schannel"]),
        ("securetransport", &["SecureTransport"]),
    ];
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let named = MARKS.iter().find(|(tls, _)| name.contains(&format!("-{tls}")));
    let linked = || MARKS.iter().filter(|(_, marks)| marks.iter().any(|mark| holds(content, mark)));
    match (named, linked().count()) {
        (Some((tls, _)), _) => Fact::Known(Word::from(*tls)),
        (None, 1) => Fact::from_option(linked().next().map(|(tls, _)| Word::from(*tls))),
        (None, 0) => Fact::Unavailable("the library names no TLS library".into()),
        (None, _) => Fact::Unavailable("the library can use several TLS libraries (http.sslBackend)".into()),
    }
}

fn holds(content: &[u8], mark: &str) -> bool {
    Regex::new(&regex::escape(mark)).is_ok_and(|mark| mark.is_match(content))
}

/// Where the dynamic linker looks, most likely first.
fn library_directories(system: &dyn System, core: &Path) -> Vec<PathBuf> {
    let list = system.env("LD_LIBRARY_PATH").unwrap_or_default();
    let mut directories: Vec<_> =
        path_list::split(&list, system.platform()).into_iter().filter(|entry| entry.is_absolute()).take(50).collect();
    // `…/libexec/git-core` and `…/lib/git-core` have `…/lib`, Git for Windows has `…/bin` beside them.
    if let Some(prefix) = core.parent().and_then(Path::parent) {
        directories.extend(["bin", "lib"].map(|below| prefix.join(below)));
    }
    if system.platform() == Platform::MacOs {
        directories.extend(["/opt/homebrew/opt/curl/lib", "/usr/local/opt/curl/lib", "/usr/lib"].map(PathBuf::from));
        return directories;
    }
    let triple = match system.arch().as_str() {
        "x86" => "i386-linux-gnu".to_owned(),
        "arm" => "arm-linux-gnueabihf".to_owned(),
        "powerpc64" => "powerpc64le-linux-gnu".to_owned(),
        arch => format!("{arch}-linux-gnu"),
    };
    for root in ["/usr/local/lib", "/usr/lib", "/lib"] {
        directories.push(Path::new(root).join(&triple));
    }
    directories.extend(["/usr/local/lib", "/usr/lib64", "/lib64", "/usr/lib", "/lib"].map(PathBuf::from));
    directories
}

//! The host keys known for one host, read as OpenSSH does (hostfile.c).

use std::io;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{pattern, place};
use crate::check::regions::{Region, RegionTable};
use crate::collect::mask;
use crate::fact::{Source, Word, ssh};
use crate::system::{FileKind, System, keys};

/// Largest file that is read, in bytes: 100,000 RSA keys of 2048 bits.
const SIZE_LIMIT: u64 = 48 * 1024 * 1024;
/// Most entries for one name.
const ENTRY_LIMIT: usize = 200;

/// What is looked up.
pub(super) struct Lookup<'a> {
    /// The host that is connected to, in lower case; whose fingerprints are published.
    pub(super) host: &'a str,
    pub(super) port: u16,
    /// `HostKeyAlias`, under which ssh looks instead.
    pub(super) alias: Option<&'a str>,
    /// The files, the user's first.
    pub(super) files: &'a [PathBuf],
}

impl Lookup<'_> {
    /// The name that ssh looks up (`get_hostfile_hostname_ipaddr` in sshconnect.c).
    fn name(&self) -> String {
        match self.alias {
            Some(alias) => alias.to_ascii_lowercase(),
            None if self.port == 22 => self.host.to_owned(),
            None => format!("[{}]:{}", self.host, self.port),
        }
    }
}

/// Looks a host up.
pub(super) fn look_up(system: &dyn System, regions: &RegionTable, lookup: &Lookup<'_>) -> ssh::KnownHosts {
    let name = lookup.name();
    let mut unread = Unread::default();
    let mut found = search(system, lookup.files, &name, &mut unread);
    // ssh accepts the entry without port as well (check_host_key in sshconnect.c).
    if found.is_empty() && lookup.alias.is_none() && lookup.port != 22 {
        found = search(system, lookup.files, lookup.host, &mut Unread::default());
    }
    summarize(regions, lookup, name, &found, unread)
}

/// The files that could not be read, as [`ssh::KnownHosts`] tells them.
#[derive(Default)]
struct Unread {
    reasons: Vec<crate::fact::Text>,
    closed: Vec<crate::fact::FilePath>,
}

impl Unread {
    fn add(&mut self, system: &dyn System, path: &Path, error: &io::Error) {
        self.reasons.push(format!("{}: {error}", place::shown(path)).into());
        let own = system.metadata(path).is_ok_and(|found| {
            found.kind == FileKind::File && found.uid.is_some() && found.uid == system.account().uid
        });
        if own && error.kind() == io::ErrorKind::PermissionDenied {
            self.closed.push(place::shown(path).into());
        }
    }
}

/// The lines of all files that are about `name`.
fn search(system: &dyn System, files: &[PathBuf], name: &str, unread: &mut Unread) -> Vec<Entry> {
    let mut found = Vec::new();
    for path in files.iter().filter(|path| *path != Path::new("/dev/null")) {
        let mut hashes = Hashes::new(name);
        let mut number = 0;
        let read = system.read_lines(path, SIZE_LIMIT, &mut |line| {
            number += 1;
            if found.len() < ENTRY_LIMIT {
                found.extend(entry(path, line, number, name, &mut hashes));
            }
        });
        match read {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                unread.add(system, path, &error);
            }
            _ => {}
        }
    }
    found
}

/// One line that is about the host.
struct Entry {
    marker: Option<&'static str>,
    hashed: bool,
    key_type: String,
    blob: Option<Vec<u8>>,
    source: Source,
}

fn entry(path: &Path, line: &[u8], number: u32, name: &str, hashes: &mut Hashes<'_>) -> Option<Entry> {
    let parts = parts(line)?;
    let hashed = parts.names.starts_with(b"|");
    if !(if hashed { hashes.matches(parts.names) } else { names_match(parts.names, name) }) {
        return None;
    }
    let text = String::from_utf8_lossy(line.trim_ascii());
    Some(Entry {
        marker: parts.marker,
        hashed,
        key_type: String::from_utf8_lossy(parts.key_type).into_owned(),
        blob: parts.blob(),
        source: Source::line(place::shown(path), number, mask::excerpt(&text)),
    })
}

/// The words of one line.
pub(crate) struct Parts<'a> {
    /// `revoked` or `cert-authority`.
    pub(crate) marker: Option<&'static str>,
    /// The names as written.
    pub(crate) names: &'a [u8],
    /// Where they begin in the line.
    pub(crate) names_at: usize,
    key_type: &'a [u8],
    key: &'a [u8],
}

impl Parts<'_> {
    /// The key in the SSH wire format.
    pub(crate) fn blob(&self) -> Option<Vec<u8>> {
        std::str::from_utf8(self.key).ok().and_then(keys::decode_public)
    }
}

/// Takes a line apart; null for comments, blank lines and unknown markers.
pub(crate) fn parts(line: &[u8]) -> Option<Parts<'_>> {
    let trimmed = line.trim_ascii();
    if trimmed.is_empty() || trimmed.starts_with(b"#") {
        return None;
    }
    let (mut names, mut rest) = word(trimmed);
    let mut marker = None;
    if names.starts_with(b"@") {
        marker = Some(match names {
            b"@revoked" => "revoked",
            b"@cert-authority" => "cert-authority",
            _ => return None,
        });
        (names, rest) = word(rest);
    }
    let (key_type, behind) = word(rest);
    let (key, _) = word(behind);
    Some(Parts { marker, names, names_at: offset_of(line, names), key_type, key })
}

/// Where the words begin in their line.
fn offset_of(line: &[u8], words: &[u8]) -> usize {
    line.windows(words.len().max(1)).position(|window| window == words).unwrap_or(0)
}

/// Whether a line is about the host, plainly or hashed.
pub(crate) fn is_for(line: &[u8], name: &str) -> bool {
    parts(line).is_some_and(|parts| {
        let hashed = parts.names.starts_with(b"|");
        if hashed { Hashes::new(name).matches(parts.names) } else { names_match(parts.names, name) }
    })
}

/// The first word and what follows its blanks.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
    let (first, rest) = line.split_at(end);
    (first, rest.trim_ascii_start())
}

/// Plain names: a list with patterns and negation, without regard to case.
fn names_match(names: &[u8], name: &str) -> bool {
    if names.iter().any(|byte| matches!(byte, b'*' | b'?' | b'!')) {
        return pattern::matches_host_list(name, &String::from_utf8_lossy(names));
    }
    // The common case, without an allocation for each of 100,000 lines.
    names.split(|byte| *byte == b',').any(|known| known.eq_ignore_ascii_case(name.as_bytes()))
}

/// Hashed names: `|1|salt|HMAC-SHA1(salt, name)`, both base64.
struct Hashes<'a> {
    name: &'a str,
    last: Option<(Vec<u8>, String)>,
}

impl<'a> Hashes<'a> {
    fn new(name: &'a str) -> Self {
        Self { name, last: None }
    }

    fn matches(&mut self, field: &[u8]) -> bool {
        let Some((salt, hash)) = field.strip_prefix(b"|1|").and_then(|rest| {
            let bar = rest.iter().position(|byte| *byte == b'|')?;
            Some((rest.get(..bar)?, rest.get(bar + 1..)?))
        }) else {
            return false;
        };
        if self.last.as_ref().is_none_or(|(known, _)| known != salt) {
            let Some(hash) = self.hash(salt) else { return false };
            self.last = Some((salt.to_vec(), hash));
        }
        self.last.as_ref().is_some_and(|(_, own)| own.as_bytes() == hash)
    }

    fn hash(&self, salt: &[u8]) -> Option<String> {
        let mut mac = Hmac::<Sha1>::new_from_slice(&BASE64.decode(salt).ok()?).ok()?;
        mac.update(self.name.as_bytes());
        Some(BASE64.encode(&mac.finalize().into_bytes()))
    }
}

fn summarize(
    regions: &RegionTable,
    lookup: &Lookup<'_>,
    name: String,
    found: &[Entry],
    unread: Unread,
) -> ssh::KnownHosts {
    let region = regions.by_host(lookup.host);
    let published = region.map(|region| region.ssh_fingerprints.clone()).unwrap_or_default();
    let entries: Vec<_> = found.iter().map(|entry| describe(regions, region, entry)).collect();
    let count = |right: bool| {
        let plain = entries.iter().filter(|entry| entry.marker.is_none() && &*entry.key_type == "rsa");
        i64::try_from(plain.filter(|entry| entry.matches_published == Some(right)).count()).unwrap_or(i64::MAX)
    };
    ssh::KnownHosts {
        files: lookup.files.iter().map(|path| place::shown(path).into()).collect(),
        name: name.into(),
        published: published.sha256.is_some() || published.md5.is_some(),
        right_count: count(true),
        wrong_count: count(false),
        published_sha256: published.sha256.map(Word),
        published_md5: published.md5.map(Word),
        entries,
        unreadable: unread.reasons,
        closed: unread.closed,
    }
}

fn describe(regions: &RegionTable, region: Option<&Region>, entry: &Entry) -> ssh::KnownHost {
    let blob = entry.blob.as_deref().map(keys::describe);
    let equals =
        |region: &Region| blob.as_ref().and_then(|blob| region.ssh_fingerprints.matches(&blob.sha256, &blob.md5));
    let matches_published = region.filter(|_| entry.marker.is_none()).and_then(equals);
    let region_of_key = regions
        .regions
        .iter()
        .filter(|other| region.is_none_or(|own| own.name != other.name))
        .find(|other| equals(other) == Some(true))
        .filter(|_| matches_published != Some(true));
    ssh::KnownHost {
        key_type: blob.as_ref().map_or_else(|| short_type(&entry.key_type).into(), |blob| blob.key_type.into()),
        marker: entry.marker.map(Word::from),
        hashed: entry.hashed,
        matches_published,
        region_of_key: region_of_key.map(|region| region.name.clone().into()),
        sha256: blob.as_ref().map(|blob| blob.sha256.clone().into()),
        md5: blob.map(|blob| blob.md5.into()),
        source: entry.source.clone(),
    }
}

/// The kind of a key that cannot be decoded, by its name.
fn short_type(name: &str) -> &'static str {
    match name {
        "ssh-rsa" => "rsa",
        "ssh-ed25519" => "ed25519",
        "ssh-dss" => "dsa",
        _ if name.starts_with("ecdsa-") => "ecdsa",
        _ => "other",
    }
}

#[cfg(test)]
mod tests;

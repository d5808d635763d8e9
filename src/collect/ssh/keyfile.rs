//! Key files as facts.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::place;
use crate::fact::{Fact, FilePath, Source, Word, ssh::KeyFile};
use crate::system::keys::{self, KEY_LIMIT, KeyFacts};
use crate::system::{FileKind, Metadata, Platform, System};

/// Most keys of a directory.
const LIMIT: usize = 200;
/// Most entries of a directory that are looked at.
const ENTRY_LIMIT: usize = 2_000;

const PASSPHRASE: &str = "the file does not show it without its passphrase";

/// Describes the key file at `path`; `agent` holds the agent's key blobs.
pub(super) fn describe(system: &dyn System, agent: &Fact<Vec<Vec<u8>>>, path: &Path) -> KeyFile {
    let mut key =
        KeyFile { path: place::shown(path).into(), source: Source::file(place::shown(path)), ..KeyFile::default() };
    match system.metadata(path) {
        Ok(metadata) => {
            key.exists = Fact::Known(true);
            describe_file(system, path, &metadata, &mut key);
            describe_content(system, agent, path, &mut key);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => set_all_absent(&mut key),
        Err(error) => set_all_unavailable(&mut key, &error.to_string()),
    }
    key
}

fn set_all_absent(key: &mut KeyFile) {
    key.exists = Fact::Known(false);
    for fact in [&mut key.role, &mut key.format, &mut key.key_type, &mut key.sha256, &mut key.md5, &mut key.damage] {
        *fact = Fact::Absent;
    }
    for fact in [&mut key.too_open, &mut key.encrypted, &mut key.public_matches] {
        *fact = Fact::Absent;
    }
    (key.private_sibling_matches, key.in_agent, key.bits) = (Fact::Absent, Fact::Absent, Fact::Absent);
}

fn set_all_unavailable(key: &mut KeyFile, reason: &str) {
    if key.exists != Fact::Known(true) {
        key.exists = Fact::Unavailable(reason.into());
        key.too_open = Fact::Unavailable(reason.into());
    }
    for fact in [&mut key.role, &mut key.format, &mut key.key_type, &mut key.sha256, &mut key.md5, &mut key.damage] {
        *fact = Fact::Unavailable(reason.into());
    }
    for fact in [&mut key.encrypted, &mut key.public_matches, &mut key.private_sibling_matches, &mut key.in_agent] {
        *fact = Fact::Unavailable(reason.into());
    }
    key.bits = Fact::Unavailable(reason.into());
}

/// A directory or a device is looked at no further: it holds no key.
fn set_not_a_key(key: &mut KeyFile) {
    key.role = Fact::Known("unknown".into());
    for fact in [&mut key.format, &mut key.key_type, &mut key.sha256, &mut key.md5, &mut key.damage] {
        *fact = Fact::Absent;
    }
    for fact in [&mut key.encrypted, &mut key.public_matches, &mut key.private_sibling_matches, &mut key.in_agent] {
        *fact = Fact::Absent;
    }
    key.bits = Fact::Absent;
}

/// Kind, owner and mode.
fn describe_file(system: &dyn System, path: &Path, metadata: &Metadata, key: &mut KeyFile) {
    let is_file = metadata.kind == FileKind::File;
    key.is_file = Some(is_file);
    key.readable = Some(is_file && system.is_readable(path));
    if system.platform() == Platform::Windows {
        key.too_open = system
            .acl_open_to_others(path)
            .map_or_else(|| Fact::Unavailable("the access list cannot be read here".into()), Fact::Known);
        return;
    }
    key.owned = metadata.uid.map(|owner| Some(owner) == system.account().uid);
    key.mode = metadata.mode.map(|mode| Word(format!("{mode:04o}")));
    // sshkey_perm_ok (authfile.c): only the caller's own files are looked at.
    let open = metadata.mode.is_some_and(|mode| mode & 0o077 != 0);
    key.too_open = Fact::Known(is_file && key.owned == Some(true) && open);
}

/// What the file holds, and the file beside it.
fn describe_content(system: &dyn System, agent: &Fact<Vec<Vec<u8>>>, path: &Path, key: &mut KeyFile) {
    if key.is_file == Some(false) {
        return set_not_a_key(key);
    }
    let facts = match inspect(system, path) {
        Ok(facts) => facts,
        Err(reason) => {
            set_all_unavailable(key, &reason);
            key.in_agent = in_agent_unread(system, agent, path, &reason);
            return;
        }
    };
    // A public key is not loaded as an identity's private part, whatever its mode.
    if matches!(facts.role, "public" | "certificate" | "ssh2-public" | "ppk") {
        key.too_open = Fact::Known(false);
    }
    key.role = Fact::Known(facts.role.into());
    key.format = Fact::Known(facts.format.into());
    key.encrypted = Fact::from_option(facts.encrypted);
    key.damage = Fact::from_option(facts.damage.map(Word::from));
    let beside = public_beside(system, path, key, &facts);
    let sibling = private_beside(system, path, key, &facts);
    // A private key that hides its public part is described by the file beside it, and the other way round.
    let blob = facts.blob.as_ref().or(beside.as_ref()).or(sibling.as_ref());
    describe_blob(key, &facts, blob);
    key.in_agent = in_agent(agent, blob, &facts);
}

/// Reads and inspects a file; the error is the reason.
fn inspect(system: &dyn System, path: &Path) -> Result<KeyFacts, String> {
    match system.read(path, KEY_LIMIT) {
        Ok(bytes) => Ok(keys::inspect(&bytes)),
        Err(error) => match error.kind() {
            io::ErrorKind::FileTooLarge => {
                Ok(KeyFacts { role: "unknown", format: "unknown", damage: Some("not-a-key"), ..KeyFacts::default() })
            }
            io::ErrorKind::PermissionDenied => Err("this account may not read it".into()),
            _ => Err(error.to_string()),
        },
    }
}

/// The public key beside a private one.
fn public_beside(system: &dyn System, path: &Path, key: &mut KeyFile, facts: &KeyFacts) -> Option<Vec<u8>> {
    let beside = with_suffix(path, ".pub");
    if !matches!(facts.role, "private" | "unknown" | "empty" | "ppk") || system.metadata(&beside).is_err() {
        key.public_matches = Fact::Absent;
        return None;
    }
    key.public_path = Some(FilePath(place::shown(&beside)));
    let public = inspect(system, &beside).ok().and_then(|facts| facts.blob);
    key.public_matches = compare(facts.blob.as_ref(), public.as_ref(), facts);
    public.filter(|_| facts.role == "private")
}

/// The private key beside a public one.
fn private_beside(system: &dyn System, path: &Path, key: &mut KeyFile, facts: &KeyFacts) -> Option<Vec<u8>> {
    key.private_sibling_matches = Fact::Absent;
    let text = place::shown(path);
    let sibling = PathBuf::from(text.strip_suffix(".pub")?);
    if !matches!(facts.role, "public" | "certificate" | "ssh2-public") || system.metadata(&sibling).is_err() {
        return None;
    }
    key.private_sibling = Some(FilePath(place::shown(&sibling)));
    let private = match inspect(system, &sibling) {
        Ok(private) => private,
        Err(reason) => {
            key.private_sibling_matches = Fact::Unavailable(reason);
            return None;
        }
    };
    key.private_sibling_matches = compare(private.blob.as_ref(), facts.blob.as_ref(), &private);
    private.blob
}

/// Whether two keys are one; `private` says why its blob may be missing.
fn compare(own: Option<&Vec<u8>>, other: Option<&Vec<u8>>, private: &KeyFacts) -> Fact<bool> {
    match (own, other) {
        (Some(own), Some(other)) => Fact::Known(own == other),
        (None, _) if private.encrypted == Some(true) => Fact::Unavailable(PASSPHRASE.into()),
        _ => Fact::Unavailable("one of the two files cannot be decoded".into()),
    }
}

fn describe_blob(key: &mut KeyFile, facts: &KeyFacts, blob: Option<&Vec<u8>>) {
    let missing = || missing(facts);
    match blob.map(|blob| keys::describe(blob)) {
        Some(blob) => {
            key.key_type = Fact::Known(facts.key_type.unwrap_or(blob.key_type).into());
            key.bits = Fact::from_option(blob.bits);
            key.sha256 = Fact::Known(blob.sha256.into());
            key.md5 = Fact::Known(blob.md5.into());
        }
        None => {
            key.key_type = facts.key_type.map_or_else(missing, |kind| Fact::Known(kind.into()));
            (key.sha256, key.md5) = (missing(), missing());
            key.bits = missing().map(|_: Word| 0);
        }
    }
}

/// Why a key shows no public part: it is protected or cannot be decoded; absent when there is no key.
fn missing(facts: &KeyFacts) -> Fact<Word> {
    match facts.role {
        "unknown" | "empty" => Fact::Absent,
        _ if facts.encrypted == Some(true) => Fact::Unavailable(PASSPHRASE.into()),
        _ => Fact::Unavailable("the key cannot be decoded".into()),
    }
}

fn in_agent(agent: &Fact<Vec<Vec<u8>>>, blob: Option<&Vec<u8>>, facts: &KeyFacts) -> Fact<bool> {
    match (agent, blob) {
        (Fact::Absent, _) => Fact::Absent,
        (Fact::Unavailable(reason), _) => Fact::Unavailable(reason.clone()),
        (Fact::Known(held), Some(blob)) => Fact::Known(held.contains(blob)),
        // An empty agent holds no key, whichever this is.
        (Fact::Known(held), None) if held.is_empty() => Fact::Known(false),
        (Fact::Known(_), None) => missing(facts).map(|_| false),
    }
}

/// Whether the agent holds a key that cannot be read here: the file beside it may say which one it is.
fn in_agent_unread(system: &dyn System, agent: &Fact<Vec<Vec<u8>>>, path: &Path, reason: &str) -> Fact<bool> {
    let beside = inspect(system, &with_suffix(path, ".pub")).ok().and_then(|facts| facts.blob);
    match (agent, beside) {
        (Fact::Absent, _) => Fact::Absent,
        (Fact::Known(held), Some(blob)) => Fact::Known(held.contains(&blob)),
        (Fact::Known(held), None) if held.is_empty() => Fact::Known(false),
        _ => Fact::Unavailable(reason.into()),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The files of a directory that are or look like keys.
pub(super) fn in_directory(system: &dyn System, directory: &Path) -> Vec<PathBuf> {
    system
        .read_dir(directory)
        .unwrap_or_default()
        .into_iter()
        .take(ENTRY_LIMIT)
        .filter(|entry| matches!(entry.kind, FileKind::File | FileKind::Symlink))
        .map(|entry| (entry.name.to_string_lossy().into_owned(), directory.join(&entry.name)))
        .filter(|(name, path)| looks_like_key(system, name, path))
        .map(|(_, path)| path)
        .take(LIMIT)
        .collect()
}

fn looks_like_key(system: &dyn System, name: &str, path: &Path) -> bool {
    const OTHERS: [&str; 6] = ["known_hosts", "authorized_keys", "config", "environment", "rc", "agent"];
    if OTHERS.iter().any(|other| name.starts_with(other)) {
        return false;
    }
    let named = name.starts_with("id_")
        || name.starts_with("codecommit")
        || [".pub", ".pem", ".ppk", ".key"].iter().any(|suffix| name.ends_with(suffix));
    match inspect(system, path) {
        Ok(facts) => !matches!(facts.role, "unknown" | "empty") || (named && !name.ends_with(".txt")),
        Err(_) => named,
    }
}

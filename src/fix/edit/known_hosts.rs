//! Edits of known_hosts. A key is only written, and an old one only removed, when the server proved in this run that it
//! holds the published one.

use data_encoding::BASE64;

use super::lines;
use super::refusal::Refusal;
use super::splice::Splice;
use crate::check::regions::RegionTable;
use crate::collect::ssh::known_hosts::{is_for, parts};
use crate::system::keys;

/// A host key that a server proved to hold in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedKey {
    /// The host, in lower case.
    pub host: String,
    /// The public key in the SSH wire format.
    pub blob: Vec<u8>,
}

/// The key of the host, when the server offered it and its fingerprint is the published one.
///
/// # Errors
/// [`Refusal::NotAllowed`] when nothing was offered, nothing is published or the two differ.
pub fn proved<'k>(regions: &RegionTable, offered: &'k [OfferedKey], host: &str) -> Result<&'k OfferedKey, Refusal> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(host, |(bare, _)| bare);
    let region = regions.by_host(bare).ok_or_else(|| Refusal::not_allowed(format!("no host key is published for {bare}")))?;
    let key = offered.iter().find(|key| key.host.eq_ignore_ascii_case(bare));
    let key = key.ok_or_else(|| Refusal::not_allowed(format!("the host key of {bare} was not seen in this run")))?;
    let found = keys::describe(&key.blob);
    match region.ssh_fingerprints.matches(&found.sha256, &found.md5) {
        Some(true) => Ok(key),
        _ => Err(Refusal::not_allowed(format!("the key that {bare} offers is not the published one"))),
    }
}

/// Adds the line of a host. The name is written plainly also where other lines are hashed: it is public, and ssh reads
/// both. Nothing is added when the key is there.
///
/// # Errors
/// [`Refusal::Invalid`] for a name that is no host.
pub fn add(text: &[u8], name: &str, key: &OfferedKey) -> Result<Vec<Splice>, Refusal> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_[]:".contains(c)) {
        return Err(Refusal::invalid(format!("`{name}` is no host")));
    }
    let known = |range: std::ops::Range<usize>| {
        let line = text.get(range).unwrap_or_default();
        is_for(line, name) && parts(line).is_some_and(|parts| parts.marker.is_none() && parts.blob().as_ref() == Some(&key.blob))
    };
    if lines::lines(text).any(known) {
        return Ok(Vec::new());
    }
    let kind = kind(&key.blob).ok_or_else(|| Refusal::invalid("the offered key cannot be read"))?;
    let line = format!("{name} {kind} {}{}", BASE64.encode(&key.blob), lines::line_end(text));
    Ok(vec![Splice::insert(text.len(), format!("{}{line}", lines::missing_end(text)))])
}

/// Removes the line of that number (from 1) when it holds another key of the host than `key`; from a line that names
/// further hosts only the name.
///
/// # Errors
/// [`Refusal::Stale`] when the line is not about the host any more, [`Refusal::NotAllowed`] for the right key, for lines
/// with a marker and for patterns.
pub fn remove(text: &[u8], number: u32, name: &str, key: &OfferedKey) -> Result<Vec<Splice>, Refusal> {
    let range = lines::line(text, number).ok_or_else(|| Refusal::stale(format!("line {number} is gone")))?;
    let line = text.get(range.clone()).unwrap_or_default();
    let found = parts(line).filter(|_| is_for(line, name));
    let parts = found.ok_or_else(|| Refusal::stale(format!("line {number} is not about {name} any more")))?;
    if parts.marker.is_some() || parts.names.iter().any(|byte| b"*?!".contains(byte)) {
        return Err(Refusal::not_allowed(format!("line {number} may be about other hosts or is a decision of its own")));
    }
    if parts.blob().as_ref() == Some(&key.blob) {
        return Err(Refusal::not_allowed(format!("line {number} holds the published key")));
    }
    let others = |known: &[u8]| !known.eq_ignore_ascii_case(name.as_bytes()) && !is_address(known);
    let names: Vec<&[u8]> = parts.names.split(|byte| *byte == b',').collect();
    if names.first().is_some_and(|first| first.starts_with(b"|")) || !names.iter().any(|known| others(known)) {
        return Ok(vec![Splice::remove(range)]);
    }
    let kept: Vec<&[u8]> = names.into_iter().filter(|known| !known.eq_ignore_ascii_case(name.as_bytes())).collect();
    let start = range.start + parts.names_at;
    Ok(vec![Splice::replace(start..start + parts.names.len(), kept.join(&b','))])
}

/// An IP address, which ssh wrote beside the name (`CheckHostIP`) and which is not the name of another host.
fn is_address(name: &[u8]) -> bool {
    let text = String::from_utf8_lossy(name);
    text.trim_start_matches('[').split(']').next().is_some_and(|bare| bare.parse::<std::net::IpAddr>().is_ok())
}

/// The name of the kind of a key, with which its blob begins (RFC 4253, section 6.6).
fn kind(blob: &[u8]) -> Option<&str> {
    let length = u32::from_be_bytes(blob.get(..4)?.try_into().ok()?);
    let name = blob.get(4..4usize.checked_add(usize::try_from(length).ok()?)?)?;
    let plain = name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-@.".contains(byte));
    std::str::from_utf8(name).ok().filter(|name| plain && !name.is_empty())
}

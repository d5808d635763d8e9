//! Edits of known_hosts. A key is only written, and an old one only removed, when the server proved in this run that it
//! holds the published one.

use data_encoding::BASE64;

use super::lines;
use super::refusal::Refusal;
use super::splice::Splice;
use crate::check::regions::RegionTable;
use crate::collect::ssh::known_hosts::{is_for, parts};
use crate::fact::target::Target;
use crate::system::keys;

/// A host key that a server proved to hold in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedKey {
    /// The host, in lower case.
    pub host: String,
    /// The public key in the SSH wire format.
    pub blob: Vec<u8>,
}

impl OfferedKey {
    /// The keys that the servers of these targets showed, each under the host that ssh connects to.
    pub fn of_targets(targets: &[Target]) -> Vec<Self> {
        let of = |target: &Target| {
            let shown = target.network.known()?.ssh.known()?.host_key.as_ref()?;
            let named = target.ssh.known().and_then(|ssh| ssh.hostname.value.as_ref()).map(|name| name.0.clone());
            let host = named.or_else(|| target.host.as_ref().map(|host| host.0.clone()))?.to_ascii_lowercase();
            Some(Self { host, blob: keys::decode_public(&shown.public_key)? })
        };
        targets.iter().filter_map(of).collect()
    }
}

/// The key of the host, when the server offered it and its fingerprint is the published one.
///
/// # Errors
/// [`Refusal::NotAllowed`] when nothing was offered, nothing is published or the two differ.
pub fn proved<'k>(regions: &RegionTable, offered: &'k [OfferedKey], host: &str) -> Result<&'k OfferedKey, Refusal> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(host, |(bare, _)| bare);
    let region =
        regions.by_host(bare).ok_or_else(|| Refusal::not_allowed(format!("no host key is published for {bare}")))?;
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
        is_for(line, name)
            && parts(line).is_some_and(|parts| parts.marker.is_none() && parts.blob().as_ref() == Some(&key.blob))
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
        return Err(Refusal::not_allowed(format!(
            "line {number} may be about other hosts or is a decision of its own"
        )));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::network::{HostKey, SshHandshake, TargetNetwork};
    use crate::fact::ssh::TargetSsh;
    use crate::fact::{Fact, Setting};
    use crate::fix::edit::splice::apply;

    const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";

    /// A blob in the form of an RSA key.
    fn key(salt: u8) -> OfferedKey {
        let field = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
        let blob = [field(b"ssh-rsa"), field(&[1, 0, 1]), field(&[salt; 129])].concat();
        OfferedKey { host: HOST.into(), blob }
    }

    fn line(names: &str, key: &OfferedKey) -> String {
        format!("{names} ssh-rsa {} note\n", BASE64.encode(&key.blob))
    }

    fn after(text: &str, splices: Result<Vec<Splice>, Refusal>) -> String {
        String::from_utf8(apply(text.as_bytes(), &splices.unwrap())).unwrap()
    }

    fn table(key: &OfferedKey) -> RegionTable {
        let sha256 = keys::describe(&key.blob).sha256;
        let text =
            format!("regions:\n- name: us-east-1\n  git_host: {HOST}\n  ssh_fingerprints: {{sha256: \"{sha256}\"}}\n");
        RegionTable::parse(&text, std::path::Path::new("t")).unwrap()
    }

    #[test]
    fn only_a_proved_and_published_key_is_taken() {
        let (right, wrong) = (key(7), key(8));
        assert_eq!(proved(&table(&right), std::slice::from_ref(&right), HOST), Ok(&right));
        assert_eq!(proved(&table(&right), std::slice::from_ref(&right), &format!("[{HOST}]:2222")), Ok(&right));
        assert!(proved(&table(&right), std::slice::from_ref(&wrong), HOST).is_err());
        assert!(proved(&table(&right), &[], HOST).is_err());
        assert!(proved(&table(&right), std::slice::from_ref(&right), "github.com").is_err());
    }

    #[test]
    fn keys_are_known_by_the_host_that_ssh_connects_to() {
        let shown = HostKey { public_key: BASE64.encode(&key(7).blob).into(), ..HostKey::default() };
        let handshake = SshHandshake { host_key: Some(shown), ..SshHandshake::default() };
        let network = TargetNetwork { ssh: Fact::Known(handshake), ..TargetNetwork::default() };
        let alias =
            TargetSsh { hostname: Setting { value: Some(HOST.into()), ..Setting::default() }, ..TargetSsh::default() };
        let reached = Target {
            host: Some("CC".into()),
            network: Fact::Known(network),
            ssh: Fact::Known(alias),
            ..Target::default()
        };
        assert_eq!(OfferedKey::of_targets(&[Target::default(), reached]), [key(7)]);
    }

    #[test]
    fn a_key_is_added_once() {
        let own = line(HOST, &key(7)).replace(" note", "");
        for (before, wanted) in [
            (String::new(), own.clone()),
            ("a ssh-rsa b".into(), format!("a ssh-rsa b\n{own}")),
            ("a ssh-rsa b\r\n".into(), format!("a ssh-rsa b\r\n{}", own.replace('\n', "\r\n"))),
            (line(HOST, &key(8)), format!("{}{own}", line(HOST, &key(8)))),
            (line(&format!("x,{HOST}"), &key(7)), line(&format!("x,{HOST}"), &key(7))),
            (format!("@revoked {own}"), format!("@revoked {own}{own}")),
        ] {
            assert_eq!(after(&before, add(before.as_bytes(), HOST, &key(7))), wanted, "{before}");
            assert_eq!(after(&wanted, add(wanted.as_bytes(), HOST, &key(7))), wanted, "twice");
        }
        assert!(add(b"", "a b", &key(7)).is_err());
    }

    #[test]
    fn a_stale_key_is_removed_for_this_host_only() {
        let stale = key(8);
        let other = line("github.com", &stale);
        for (names, left) in [
            (HOST.to_owned(), String::new()),
            (format!("{HOST},52.94.1.2,[2600::1]"), String::new()),
            (format!("a.example,{HOST},b.example"), line("a.example,b.example", &stale)),
        ] {
            let text = format!("# c\n{}{other}", line(&names, &stale));
            let wanted = format!("# c\n{left}{other}");
            assert_eq!(after(&text, remove(text.as_bytes(), 2, HOST, &key(7))), wanted, "{names}");
        }
        let right = line(HOST, &key(7));
        for text in [right.clone(), format!("@revoked {}", line(HOST, &stale)), line("git-codecommit.*", &stale), other]
        {
            assert!(remove(text.as_bytes(), 1, HOST, &key(7)).is_err(), "{text}");
        }
        assert!(matches!(remove(b"", 1, HOST, &key(7)), Err(Refusal::Stale(_))));
    }

    #[test]
    #[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests ask the real ssh-keygen")]
    fn for_the_real_ssh_keygen_the_new_line_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let (file, private) = (directory.path().join("k"), directory.path().join("key"));
        let keygen = |args: &[&str]| std::process::Command::new("ssh-keygen").args(args).output();
        let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
        if keygen(&["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", &path(&private)]).is_err() {
            crate::not_run::not_run("what needs ssh-keygen");
            return;
        }
        let public = std::fs::read_to_string(directory.path().join("key.pub")).unwrap();
        let blob = BASE64.decode(public.split(' ').nth(1).unwrap().as_bytes()).unwrap();
        let made = OfferedKey { host: HOST.into(), blob };
        std::fs::write(&file, "github.com ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==\n").unwrap();
        let hash = keygen(&["-H", "-f", &path(&file)]).unwrap();
        assert!(hash.status.success());
        let text = std::fs::read(&file).unwrap();
        let with = apply(&text, &add(&text, HOST, &made).unwrap());
        std::fs::write(&file, &with).unwrap();
        let found = keygen(&["-F", HOST, "-f", &path(&file)]).unwrap();
        assert!(String::from_utf8_lossy(&found.stdout).contains("found: line 2"), "{found:?}");
        assert_eq!(apply(&with, &remove(&with, 2, HOST, &key(7)).unwrap()), text);
    }
}

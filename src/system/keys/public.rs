//! Public keys: one-line, RFC 4716, PPK, certificates, and the wire format inside them.

use russh::keys::ssh_key::PublicKey;

use super::{KeyFacts, decode_public, take_string};

/// Everything that shows its public part without a PEM header; null when the text is nothing of the kind.
pub(super) fn inspect(text: &str) -> Option<KeyFacts> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    if first.starts_with("PuTTY-User-Key-File-") {
        return Some(ppk(text));
    }
    if first.starts_with("---- BEGIN SSH2 PUBLIC KEY") {
        return Some(rfc4716(text));
    }
    one_line(first).or_else(|| foreign_public(text))
}

/// `type base64 [comment]`. Lines of `authorized_keys` and `known_hosts` have words before the type.
fn one_line(line: &str) -> Option<KeyFacts> {
    let mut words = line.split_ascii_whitespace();
    let name = words.next().filter(|word| is_type_name(word))?;
    let blob = words.next().and_then(decode_public);
    let certificate = name.contains("-cert-v01@");
    Some(KeyFacts {
        role: if certificate { "certificate" } else { "public" },
        format: "rfc4253-line",
        key_type: Some(type_of_name(name.as_bytes())),
        blob,
        ..KeyFacts::default()
    })
}

/// The key between the marker lines; header lines hold a colon, a backslash at the end continues them.
fn rfc4716(text: &str) -> KeyFacts {
    let mut body = String::new();
    let mut continued = false;
    for line in text.lines().map(str::trim).skip_while(|line| !line.starts_with("---- BEGIN")).skip(1) {
        if line.starts_with("---- END") {
            break;
        }
        let header = continued || line.contains(':');
        continued = header && line.ends_with('\\');
        if !header {
            body.push_str(line);
        }
    }
    let blob = decode_public(&body);
    let key_type = blob.as_deref().map(type_of);
    KeyFacts { role: "ssh2-public", format: "rfc4716", key_type, blob, ..KeyFacts::default() }
}

/// PuTTY's format, versions 2 and 3: the public part is in clear.
fn ppk(text: &str) -> KeyFacts {
    let mut lines = text.lines().map(str::trim);
    let (mut name, mut encrypted, mut body) = (None, None, String::new());
    while let Some(line) = lines.next() {
        match line.split_once(": ") {
            Some((header, value)) if header.starts_with("PuTTY-User-Key-File-") => name = Some(value.to_owned()),
            Some(("Encryption", value)) => encrypted = Some(value != "none"),
            Some(("Public-Lines", count)) => {
                body = lines.by_ref().take(count.parse().unwrap_or(0)).collect();
                break;
            }
            _ => {}
        }
    }
    let blob = decode_public(&body);
    let key_type = name.map(|name| type_of_name(name.as_bytes()));
    KeyFacts { role: "ppk", format: "ppk", key_type, encrypted, blob, damage: None }
}

/// A PEM public key (`ssh-keygen -e -m PEM`), which OpenSSH does not read as an identity.
fn foreign_public(text: &str) -> Option<KeyFacts> {
    let (format, key_type) = if text.contains("-----BEGIN RSA PUBLIC KEY-----") {
        ("pkcs1", Some("rsa"))
    } else if text.contains("-----BEGIN PUBLIC KEY-----") {
        ("pkcs8", None)
    } else {
        return None;
    };
    Some(KeyFacts { role: "public", format, key_type, ..KeyFacts::default() })
}

fn is_type_name(word: &str) -> bool {
    const PREFIXES: [&str; 6] =
        ["ssh-rsa", "ssh-dss", "ssh-ed25519", "ecdsa-sha2-nistp", "sk-ssh-ed25519@", "sk-ecdsa-sha2-nistp256"];
    PREFIXES.iter().any(|prefix| word.starts_with(prefix)) || (word.starts_with("rsa-sha2-") && word.contains("-cert-"))
}

/// Whether a blob consists of whole fields and begins with a type name.
pub(super) fn is_whole(blob: &[u8]) -> bool {
    let mut rest = blob;
    let named =
        take_string(&mut rest).is_some_and(|name| !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic()));
    // Certificates carry integers between their strings; only plain keys are strings throughout.
    let plain = !blob.windows(9).take(64).any(|window| window == b"-cert-v01");
    while plain && !rest.is_empty() {
        if take_string(&mut rest).is_none() {
            return false;
        }
    }
    named
}

/// The kind of key that a blob holds.
pub(super) fn type_of(blob: &[u8]) -> &'static str {
    let mut rest = blob;
    take_string(&mut rest).map_or("other", type_of_name)
}

fn type_of_name(name: &[u8]) -> &'static str {
    let starts = |prefix: &str| name.starts_with(prefix.as_bytes());
    if starts("ssh-rsa") || starts("rsa-sha2-") {
        "rsa"
    } else if starts("ssh-ed25519") {
        "ed25519"
    } else if starts("ecdsa-sha2-") {
        "ecdsa"
    } else if starts("ssh-dss") {
        "dsa"
    } else if starts("sk-ssh-ed25519") {
        "sk-ed25519"
    } else if starts("sk-ecdsa-") {
        "sk-ecdsa"
    } else {
        "other"
    }
}

/// Size in bits, as `ssh-keygen -l` prints it.
pub(super) fn bits_of(blob: &[u8]) -> Option<i64> {
    let key = PublicKey::from_bytes(blob).ok()?;
    let data = key.key_data();
    if let Some(rsa) = data.rsa() {
        return Some(i64::from(rsa.key_size()));
    }
    if let Some(dsa) = data.dsa() {
        return dsa.p().as_positive_bytes().map(bit_length);
    }
    if let Some(ecdsa) = data.ecdsa() {
        return match ecdsa.curve().as_str() {
            "nistp521" => Some(521),
            "nistp384" => Some(384),
            _ => Some(256),
        };
    }
    (data.is_ed25519() || data.is_sk_ed25519() || data.is_sk_ecdsa_p256()).then_some(256)
}

fn bit_length(bytes: &[u8]) -> i64 {
    let zeros = bytes.first().map_or(0, |byte| byte.leading_zeros());
    i64::try_from(bytes.len() * 8).unwrap_or(i64::MAX) - i64::from(zeros)
}

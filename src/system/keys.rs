//! What a key file holds: role, format, type, size, fingerprints, and what keeps OpenSSH from reading it.
//!
//! Only public parts leave this module. Containers that carry the public part in clear (OpenSSH, PPK, public lines)
//! are taken apart without touching the private part; PEM files are decoded, reduced to the public part and dropped.
//! The damage rules were learnt from `ssh-keygen -y` of OpenSSH 9.2.

#![allow(clippy::disallowed_types)] // russh is the key reader and lives behind this door.

use data_encoding::{BASE64, BASE64_NOPAD};
use sha2::{Digest, Sha256};

mod der;
mod pem;
mod public;

/// Longest key file that is looked at, in bytes; an RSA key of 16384 bits takes 13 KiB.
pub const KEY_LIMIT: u64 = 64 * 1024;

/// What a key file holds. Nothing private.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyFacts {
    /// `private`, `public`, `ppk`, `certificate`, `ssh2-public`, `empty` or `unknown`.
    pub role: &'static str,
    /// `openssh`, `pkcs1`, `pkcs8`, `sec1`, `ppk`, `rfc4253-line`, `rfc4716` or `unknown`.
    pub format: &'static str,
    /// `rsa`, `ed25519`, `ecdsa`, `dsa`, `sk-ed25519`, `sk-ecdsa`, `other`; null: the file does not say without a
    /// passphrase, or cannot be decoded.
    pub key_type: Option<&'static str>,
    /// Whether a private key is protected by a passphrase; null: not a private key.
    pub encrypted: Option<bool>,
    /// The public key in the SSH wire format; null when the file does not show it.
    pub blob: Option<Vec<u8>>,
    /// What keeps OpenSSH from reading it as a private key: `crlf`, `no-final-newline`, `bom`, `indented`,
    /// `one-line`, `empty`, `truncated`, `not-a-key`.
    pub damage: Option<&'static str>,
}

/// A public key in the SSH wire format, described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobFacts {
    /// As in [`KeyFacts::key_type`].
    pub key_type: &'static str,
    /// Size in bits; null when it does not apply or cannot be told.
    pub bits: Option<i64>,
    /// SHA256 of the blob in unpadded base64, as `ssh-keygen -l` prints it behind `SHA256:`.
    pub sha256: String,
    /// MD5 of the blob as colon-separated hex, as `ssh-keygen -E md5 -l` prints it behind `MD5:`.
    pub md5: String,
}

/// Reads a key file.
pub fn inspect(bytes: &[u8]) -> KeyFacts {
    let text = super::text::decode(bytes);
    if text.trim().is_empty() {
        return KeyFacts { role: "empty", format: "unknown", damage: Some("empty"), ..KeyFacts::default() };
    }
    if let Some(begin) = pem::begin(&text) {
        return pem::inspect(bytes, &text, &begin);
    }
    public::inspect(&text).unwrap_or(KeyFacts {
        role: "unknown",
        format: "unknown",
        damage: Some("not-a-key"),
        ..KeyFacts::default()
    })
}

/// Describes a public key blob, whatever it holds.
pub fn describe(blob: &[u8]) -> BlobFacts {
    BlobFacts {
        key_type: public::type_of(blob),
        bits: public::bits_of(blob),
        sha256: BASE64_NOPAD.encode(&Sha256::digest(blob)),
        md5: colon_hex(&md5::compute(blob).0),
    }
}

/// Base64 with or without padding.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.as_bytes()).or_else(|_| BASE64_NOPAD.decode(text.trim_end_matches('=').as_bytes())).ok()
}

/// The blob of a base64 text when it holds a whole public key.
pub fn decode_public(text: &str) -> Option<Vec<u8>> {
    decode_base64(text).filter(|blob| public::is_whole(blob))
}

fn colon_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// Takes a length-prefixed string of the SSH wire format off `input` (RFC 4251, section 5).
fn take_string<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = input.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let value = rest.get(..length)?;
    *input = rest.get(length..)?;
    Some(value)
}

#[cfg(test)]
mod tests;

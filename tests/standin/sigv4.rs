//! Signature Version 4: of API requests, and the variant that is the password of a Git login.
//!
//! Written from the signing rules (AWS General Reference; the Git variant in git-remote-codecommit's source), not from
//! a signer's code, so that a test with a real signer proves that both sides agree.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::clock;

/// Hex of the SHA-256.
pub(crate) fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length of key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The signature of a canonical request. `stamp` is as it stands in the second line of the string to sign.
pub(crate) fn signature(secret: &str, stamp: &str, region: &str, service: &str, canonical: &str) -> String {
    let day = &stamp[..8];
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hash(canonical.as_bytes()));
    let start = format!("AWS4{secret}").into_bytes();
    let key = [day, region, service, "aws4_request"].iter().fold(start, |key, part| hmac(&key, part));
    HEXLOWER.encode(&hmac(&key, &to_sign))
}

/// The password of a Git login, as the credential helper of the AWS CLI makes it at this time.
pub(crate) fn git_password(secret: &str, region: &str, host: &str, path: &str, time: Timestamp) -> String {
    let stamp = clock::write(time);
    format!("{stamp}Z{}", git_signature(secret, &stamp, region, host, path))
}

fn git_signature(secret: &str, stamp: &str, region: &str, host: &str, path: &str) -> String {
    signature(secret, stamp, region, "codecommit", &format!("GIT\n{path}\n\nhost:{host}\n\nhost\n"))
}

/// Whether a password was made with this secret for this host and path, within a quarter of an hour of now.
pub(crate) fn git_password_holds(
    password: &str,
    secret: &str,
    region: &str,
    host: &str,
    path: &str,
    now: Timestamp,
) -> bool {
    let Some((stamp, sent)) = password.split_once('Z') else { return false };
    let Some(time) = clock::read(stamp) else { return false };
    clock::misplaced(time, now) == 0 && sent == git_signature(secret, stamp, region, host, path)
}

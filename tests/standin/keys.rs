//! RSA host keys, made with `ssh-keygen` once per test process, and their fingerprints.

use std::process::Command;
use std::sync::OnceLock;

use data_encoding::{BASE64, BASE64_NOPAD};
use russh::keys::PrivateKey;
use sha2::{Digest as _, Sha256};

/// How many different host keys the regions share: making one takes a while.
const SHARED: usize = 2;

/// A host key.
pub(crate) struct HostKey {
    pub(crate) private: PrivateKey,
    /// `ssh-rsa AAAA…`.
    pub(crate) public: String,
}

impl HostKey {
    /// Fingerprint as unpadded base64, as ssh shows it behind `SHA256:`.
    pub(crate) fn sha256(&self) -> String {
        sha256(&self.public)
    }

    /// Fingerprint as hex with colons.
    pub(crate) fn md5(&self) -> String {
        md5(&self.public)
    }
}

/// The key blob of a `.pub` line.
fn blob(public: &str) -> Vec<u8> {
    let word = public.split_whitespace().nth(1).expect("a public key");
    BASE64.decode(word.as_bytes()).expect("base64")
}

/// The SHA256 fingerprint of a `.pub` line, as unpadded base64.
pub(crate) fn sha256(public: &str) -> String {
    BASE64_NOPAD.encode(&Sha256::digest(blob(public)))
}

/// The MD5 fingerprint of a `.pub` line over the wire blob, as hex with colons; this is what IAM shows.
pub(crate) fn md5(public: &str) -> String {
    let digest = md5::compute(blob(public));
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// The host key of the region with this number. Neighbours have different ones, the third region has that of the first.
pub(crate) fn of_region(number: usize) -> &'static HostKey {
    &all()[number % SHARED]
}

/// A key that is nowhere published.
pub(crate) fn impostor() -> &'static HostKey {
    &all()[SHARED]
}

fn all() -> &'static [HostKey] {
    static KEYS: OnceLock<Vec<HostKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = |number| folder.path().join(format!("host-{number}"));
        let start = |number| {
            let options = ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "stand-in", "-f"];
            Command::new("ssh-keygen").args(options).arg(file(number)).spawn().expect("ssh-keygen runs")
        };
        let makers: Vec<_> = (0..=SHARED).map(start).collect();
        let finish = |(number, mut maker): (usize, std::process::Child)| {
            assert!(maker.wait().expect("ssh-keygen ends").success(), "ssh-keygen makes a host key");
            let public = std::fs::read_to_string(file(number).with_extension("pub")).expect("a public key");
            let private = russh::keys::load_secret_key(file(number), None).expect("a host key");
            HostKey { private, public: public.trim().into() }
        };
        makers.into_iter().enumerate().map(finish).collect()
    })
}

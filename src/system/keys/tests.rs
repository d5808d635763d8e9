#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Asks the real programs.

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::*;

/// Runs ssh-keygen in `directory`; `None` when it is not installed or refuses (DSA is gone from OpenSSH 10).
fn keygen(directory: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new("ssh-keygen").current_dir(directory).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn make(directory: &Path, name: &str, args: &[&str]) -> Option<Vec<u8>> {
    let mut all = vec!["-q", "-C", "throw-away", "-f", name];
    all.extend(args);
    keygen(directory, &all)?;
    std::fs::read(directory.join(name)).ok()
}

const KINDS: [(&str, &[&str], &str, &str, i64); 8] = [
    ("rsa", &["-t", "rsa", "-b", "2048", "-N", ""], "openssh", "rsa", 2048),
    ("rsa1024", &["-t", "rsa", "-b", "1024", "-N", "", "-m", "PEM"], "pkcs1", "rsa", 1024),
    ("pem", &["-t", "rsa", "-b", "2048", "-N", "", "-m", "PEM"], "pkcs1", "rsa", 2048),
    ("pkcs8", &["-t", "rsa", "-b", "2048", "-N", "", "-m", "PKCS8"], "pkcs8", "rsa", 2048),
    ("ed25519", &["-t", "ed25519", "-N", ""], "openssh", "ed25519", 256),
    ("ec", &["-t", "ecdsa", "-b", "384", "-N", "", "-m", "PEM"], "sec1", "ecdsa", 384),
    ("ec8", &["-t", "ecdsa", "-b", "256", "-N", "", "-m", "PKCS8"], "pkcs8", "ecdsa", 256),
    ("dsa", &["-t", "dsa", "-N", "", "-m", "PEM"], "pkcs1", "dsa", 1024),
];

#[test]
fn keys_are_read_as_ssh_keygen_lists_them() {
    let directory = tempfile::tempdir().unwrap();
    for (name, args, format, key_type, bits) in KINDS {
        let Some(bytes) = make(directory.path(), name, args) else {
            eprintln!("skipped {name}: ssh-keygen does not make it");
            continue;
        };
        let facts = inspect(&bytes);
        assert_eq!((facts.role, facts.format, facts.damage), ("private", format, None), "{name}");
        assert_eq!((facts.key_type, facts.encrypted), (Some(key_type), Some(false)), "{name}");
        let blob = describe(&facts.blob.expect(name));
        assert_eq!(blob.bits, Some(bits), "{name}");
        let listed = keygen(directory.path(), &["-l", "-f", name]).unwrap();
        assert!(listed.contains(&format!("{bits} SHA256:{} ", blob.sha256)), "{name}: {listed}");
        let listed = keygen(directory.path(), &["-l", "-E", "md5", "-f", name]).unwrap();
        assert!(listed.contains(&format!("MD5:{} ", blob.md5)), "{name}: {listed}");
        let public = inspect(&std::fs::read(directory.path().join(format!("{name}.pub"))).unwrap());
        assert_eq!((public.role, public.format, public.encrypted), ("public", "rfc4253-line", None), "{name}");
        assert_eq!(public.blob.map(|blob| describe(&blob)), Some(blob), "{name}");
    }
}

#[test]
fn encrypted_keys_show_what_their_format_shows() {
    let directory = tempfile::tempdir().unwrap();
    for (name, args, format, key_type, has_blob) in [
        ("a", ["-t", "rsa", "-N", "passphrase", "-m", "RFC4716"], "openssh", Some("rsa"), true),
        ("b", ["-t", "rsa", "-N", "passphrase", "-m", "PEM"], "pkcs1", Some("rsa"), false),
        ("c", ["-t", "rsa", "-N", "passphrase", "-m", "PKCS8"], "pkcs8", None, false),
    ] {
        let Some(bytes) = make(directory.path(), name, &args) else { return };
        let facts = inspect(&bytes);
        assert_eq!((facts.role, facts.format, facts.encrypted), ("private", format, Some(true)), "{name}");
        assert_eq!((facts.key_type, facts.blob.is_some(), facts.damage), (key_type, has_blob, None), "{name}");
    }
}

type Bend = fn(&str) -> Vec<u8>;

/// Ways in which keys are spoiled, what we call it for the OpenSSH format and for PEM. That each of them does (or
/// does not) keep OpenSSH from reading the key is asked of `ssh-keygen -y` itself.
const BENDS: [(&str, Bend, Option<&str>, Option<&str>); 13] = [
    ("crlf", |k| k.replace('\n', "\r\n").into(), Some("crlf"), None),
    ("no final newline", |k| k.trim_end().into(), Some("no-final-newline"), None),
    ("bom", |k| [b"\xEF\xBB\xBF", k.as_bytes()].concat(), Some("bom"), None),
    (
        "indented",
        |k| k.lines().map(|l| format!("    {l}\n")).collect::<String>().into(),
        Some("indented"),
        Some("indented"),
    ),
    ("body indented", |k| k.replace('\n', "\n  ").replace("  ---", "---").trim_end_matches(' ').into(), None, None),
    ("trailing blanks", |k| k.replace('\n', " \n").into(), Some("indented"), None),
    ("one line", |k| k.replace('\n', " ").into(), Some("one-line"), Some("one-line")),
    ("escaped", |k| k.replace('\n', "\\n").into(), Some("one-line"), Some("one-line")),
    ("empty", |_| Vec::new(), Some("empty"), Some("empty")),
    ("cut", |k| k[..k.len() / 2].into(), Some("truncated"), Some("truncated")),
    ("hole", |k| format!("{}{}", &k[..300], &k[400..]).into(), Some("truncated"), Some("truncated")),
    ("blank line before", |k| format!("\n{k}").into(), Some("indented"), None),
    ("words behind", |k| format!("{k}words\n").into(), None, None),
];

#[test]
fn damage_is_what_keeps_ssh_keygen_from_reading() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let (Some(own), Some(pem)) = (make(at, "own", KINDS[0].1), make(at, "pem", KINDS[2].1)) else {
        crate::not_run::not_run("what needs ssh-keygen");
        return;
    };
    for (key, is_own) in [(own, true), (pem, false)] {
        for (name, bend, own_damage, pem_damage) in BENDS {
            let bent = bend(&String::from_utf8(key.clone()).unwrap());
            let expected = if is_own { own_damage } else { pem_damage };
            assert_eq!(inspect(&bent).damage, expected, "{name}, OpenSSH format: {is_own}");
            std::fs::write(at.join("bent"), &bent).unwrap();
            private(&at.join("bent"));
            let read = keygen(at, &["-y", "-P", "", "-f", "bent"]).is_some();
            assert_eq!(read, expected.is_none(), "ssh-keygen on {name}, OpenSSH format: {is_own}");
        }
    }
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
#[cfg(not(unix))]
fn private(_: &Path) {}

#[test]
fn putty_and_foreign_formats_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let Some(_) = make(at, "k", KINDS[0].1) else { return };
    let public = inspect(&std::fs::read(at.join("k.pub")).unwrap()).blob;
    let foreign = keygen(at, &["-e", "-f", "k.pub"]).unwrap();
    let facts = inspect(foreign.as_bytes());
    assert_eq!((facts.role, facts.format, facts.key_type), ("ssh2-public", "rfc4716", Some("rsa")));
    assert_eq!(facts.blob, public);
    let facts = inspect(keygen(at, &["-e", "-m", "PKCS8", "-f", "k.pub"]).unwrap().as_bytes());
    assert_eq!((facts.role, facts.format, facts.blob), ("public", "pkcs8", None));
    let made = Command::new("puttygen").current_dir(at).args(["k", "-O", "private", "-o", "k.ppk"]).status();
    if made.is_ok_and(|status| status.success()) {
        let facts = inspect(&std::fs::read(at.join("k.ppk")).unwrap());
        assert_eq!((facts.role, facts.format, facts.key_type), ("ppk", "ppk", Some("rsa")));
        assert_eq!((facts.encrypted, facts.blob), (Some(false), public));
    }
}

#[test]
fn a_public_key_broken_into_lines_has_no_fingerprint() {
    let line = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCdut7aOM5Zh16OJ+GOP75O7x5oyHKA\niA1ieuySetj/hAq4VrAuZV5R2Ty\n";
    let facts = inspect(line.as_bytes());
    assert_eq!((facts.role, facts.key_type, facts.blob), ("public", Some("rsa"), None));
}

#[test]
fn what_is_no_key_is_none() {
    for text in ["hello\n", "Host x\n  User y\n", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"] {
        let facts = inspect(text.as_bytes());
        assert_eq!((facts.role, facts.format, facts.damage), ("unknown", "unknown", Some("not-a-key")));
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let facts = inspect(&bytes);
        describe(&facts.blob.unwrap_or(bytes));
    }

    #[test]
    fn arbitrary_pem_never_panics(label in "(OPENSSH |RSA |EC |DSA |ENCRYPTED |)", body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let text = data_encoding::BASE64.encode(&body);
        inspect(format!("-----BEGIN {label}PRIVATE KEY-----\n{text}\n-----END {label}PRIVATE KEY-----\n").as_bytes());
    }
}

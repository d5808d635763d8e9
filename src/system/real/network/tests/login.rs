//! Logins by libraries.

use russh::Preferred;

use super::ssh::{config, make_key, server};
use super::*;
use crate::system::keys::describe;
use crate::system::net::{SshAttempt, SshLibrary, SshOutcome};
use crate::system::real::network::ssh_login;

/// A server that knows one key, and that key among other files.
struct Scene {
    folder: tempfile::TempDir,
    attempt: SshAttempt,
    heard: servers::Heard,
}

impl Scene {
    fn new(kind: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = make_key(&folder.path().join("host"), "ed25519", "");
        let own = make_key(&folder.path().join("own"), kind, "");
        let fingerprint = |key: &russh::keys::PrivateKey| describe(&key.public_key().to_bytes().unwrap()).sha256;
        let (shown, known) = (fingerprint(&host), fingerprint(&own));
        let (address, heard) = server(config(host, Preferred::DEFAULT), known);
        let attempt = SshAttempt {
            host: address.ip().to_string(),
            port: address.port(),
            user: "APKAEXAMPLE".into(),
            keys: vec![folder.path().join("own")],
            host_keys: vec!["another".into(), shown],
            command: None,
            deadline: PATIENCE,
        };
        Self { folder, attempt, heard }
    }

    fn log_in(&self, library: SshLibrary) -> SshOutcome {
        ssh_login(library, &self.attempt, self.attempt.deadline)
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

const LIBRARIES: &[SshLibrary] =
    if cfg!(feature = "libssh2") { &[SshLibrary::Russh, SshLibrary::Libssh2] } else { &[SshLibrary::Russh] };

#[test]
fn the_right_key_gets_in_and_the_command_is_run() {
    for library in LIBRARIES {
        let mut scene = Scene::new("rsa");
        assert_eq!(scene.log_in(*library), SshOutcome::Authenticated { exit_code: None, said: None }, "{library:?}");
        assert!(scene.heard().contains(&"signed APKAEXAMPLE rsa-sha2-512".to_owned()), "{:?}", scene.heard());

        scene.attempt.command = Some("git-upload-pack '/v1/repos/demo'".into());
        let said = Some("remote: no such repository".to_owned());
        assert_eq!(scene.log_in(*library), SshOutcome::Authenticated { exit_code: Some(128), said }, "{library:?}");
        let heard = scene.heard();
        assert_eq!(heard[heard.len() - 2..], ["exec git-upload-pack '/v1/repos/demo'", "data 0000"]);
    }
}

#[test]
fn the_second_key_is_tried_after_the_first() {
    for library in LIBRARIES {
        let mut scene = Scene::new("ed25519");
        let other = scene.folder.path().join("other");
        make_key(&other, "ed25519", "");
        scene.attempt.keys.insert(0, other);
        let outcome = scene.log_in(*library);
        assert!(matches!(outcome, SshOutcome::Authenticated { .. }), "{library:?}: {outcome:?}");
    }
}

#[test]
fn a_stranger_is_refused() {
    for library in LIBRARIES {
        let mut scene = Scene::new("rsa");
        scene.attempt.user = "dev".into();
        let outcome = scene.log_in(*library);
        assert!(matches!(outcome, SshOutcome::Refused(_)), "{library:?}: {outcome:?}");
    }
}

#[test]
fn nothing_is_tried_with_a_server_that_is_not_expected() {
    for library in LIBRARIES {
        let mut scene = Scene::new("rsa");
        scene.attempt.host_keys = vec!["another".into()];
        let SshOutcome::NotReached(text) = scene.log_in(*library) else { panic!("{library:?}") };
        assert!(text.contains("unexpected host key, SHA256:"), "{text}");
        assert_eq!(scene.heard(), Vec::<String>::new());
    }
}

#[test]
fn keys_that_cannot_be_used_are_named() {
    for library in LIBRARIES {
        let mut scene = Scene::new("rsa");
        let locked = scene.folder.path().join("locked");
        make_key(&locked, "ed25519", "open sesame");
        scene.attempt.keys = vec![locked, scene.folder.path().join("own.pub"), scene.folder.path().join("gone")];
        let SshOutcome::NoKey(text) = scene.log_in(*library) else { panic!("{library:?}") };
        assert!(text.contains("locked: is protected by a passphrase; "), "{text}");
        assert!(text.contains("own.pub: is no private key; "), "{text}");
        assert!(text.contains("gone: No such file"), "{text}");
        scene.attempt.keys = Vec::new();
        assert_eq!(scene.log_in(*library), SshOutcome::NoKey("no key file".into()));
    }
}

#[test]
fn who_is_not_reached_is_not_logged_in_to() {
    for library in LIBRARIES {
        let mut scene = Scene::new("ed25519");
        scene.attempt.port = servers::nobody().port();
        assert_eq!(scene.log_in(*library), SshOutcome::NotReached("Connection refused".into()), "{library:?}");
        scene.attempt.port = servers::silent().port();
        scene.attempt.deadline = Duration::from_secs(1);
        let outcome = scene.log_in(*library);
        assert!(matches!(outcome, SshOutcome::NotReached(_)), "{library:?}: {outcome:?}");
    }
}

#[test]
fn a_command_that_does_not_end_leaves_the_login_as_it_is() {
    for library in LIBRARIES {
        let mut scene = Scene::new("ed25519");
        scene.attempt.command = Some("hang".into());
        scene.attempt.deadline = Duration::from_secs(2);
        assert_eq!(scene.log_in(*library), SshOutcome::Authenticated { exit_code: None, said: None }, "{library:?}");
    }
}

#[cfg(not(feature = "libssh2"))]
#[test]
fn without_the_library_nothing_is_tried() {
    assert_eq!(Scene::new("ed25519").log_in(SshLibrary::Libssh2), SshOutcome::NotBuilt);
}

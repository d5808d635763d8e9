//! The SSH handshake, and an SSH server to shake hands with.

use std::borrow::Cow;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use russh::keys::{Algorithm, HashAlg, PrivateKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, Preferred, SshId, cipher, kex, mac};

use super::*;
use crate::system::keys::describe;
use crate::system::net::NetErrorKind;

/// Makes a key with the tool that people use.
pub(super) fn make_key(file: &Path, kind: &str, passphrase: &str) -> PrivateKey {
    let _ = std::fs::remove_file(file);
    let options = ["-q", "-t", kind, "-N", passphrase, "-C", "a comment", "-f"];
    let size: &[&str] = if kind == "rsa" { &["-b", "2048"] } else { &[] };
    assert!(Command::new("ssh-keygen").args(options).arg(file).args(size).status().unwrap().success());
    russh::keys::load_secret_key(file, Some(passphrase).filter(|text| !text.is_empty())).unwrap()
}

/// What a server of this kind speaks, with the key to prove itself by.
pub(super) fn config(key: PrivateKey, preferred: Preferred) -> Arc<Config> {
    Arc::new(Config {
        server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-AWSCodeCommit")),
        auth_rejection_time: Duration::ZERO,
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key],
        preferred,
        ..Config::default()
    })
}

/// A server that lets in the user `APKAEXAMPLE` with the key of this fingerprint. What is tried is noted.
pub(super) fn server(config: Arc<Config>, key: String) -> (SocketAddr, servers::Heard) {
    let heard = servers::Heard::default();
    let noted = heard.clone();
    let address = servers::raw(move |stream| {
        let door = Door { key: key.clone(), heard: noted.clone(), hangs: false };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let config = Arc::clone(&config);
        runtime.block_on(async move {
            stream.set_nonblocking(true).unwrap();
            let stream = tokio::net::TcpStream::from_std(stream).unwrap();
            if let Ok(session) = russh::server::run_stream(config, stream, door).await {
                let _ = session.await;
            }
        });
    });
    (address, heard)
}

struct Door {
    key: String,
    heard: servers::Heard,
    hangs: bool,
}

impl Door {
    fn judge(&self, what: &str, user: &str, algorithm: &Algorithm, key: &russh::keys::PublicKey) -> Auth {
        self.heard.lock().unwrap().push(format!("{what} {user} {algorithm}"));
        let shown = describe(&key.to_bytes().unwrap()).sha256;
        if user == "APKAEXAMPLE" && shown == self.key { Auth::Accept } else { Auth::reject() }
    }
}

impl Handler for Door {
    type Error = russh::Error;

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        Ok(self.judge("offered", user, offer.algorithm, offer.public_key))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.judge("signed", user, key.algorithm, key.public_key))
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.heard.lock().unwrap().push(format!("exec {}", String::from_utf8_lossy(command)));
        session.channel_success(channel)?;
        if command == b"hang" {
            self.hangs = true;
            return Ok(());
        }
        session.data(channel, b"0000".to_vec())?;
        session.extended_data(channel, 1, b"\nremote: no such repository\nmore\n".to_vec())
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        self.heard.lock().unwrap().push(format!("data {}", String::from_utf8_lossy(data)));
        if self.hangs {
            return Ok(());
        }
        session.exit_status_request(channel, 128)?;
        session.eof(channel)?;
        session.close(channel)
    }
}

fn rsa(hash: Option<HashAlg>) -> Algorithm {
    Algorithm::Rsa { hash }
}

#[test]
fn the_host_key_and_the_lists_are_those_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let key = make_key(&folder.path().join("host"), "rsa", "");
    let blob = key.public_key().to_bytes().unwrap();
    let offered = Preferred {
        kex: Cow::Owned(vec![kex::DH_G16_SHA512, kex::CURVE25519]),
        key: Cow::Owned(vec![rsa(Some(HashAlg::Sha512)), rsa(Some(HashAlg::Sha256))]),
        ..Preferred::DEFAULT
    };
    let (address, heard) = server(config(key, offered), String::new());
    let ssh = one(&ssh(address)).ssh.unwrap().value;
    assert_eq!((ssh.result, ssh.no_common), (Ok(()), false));
    assert_eq!(ssh.banner.as_deref(), Some("SSH-2.0-AWSCodeCommit"));
    let offer = ssh.offer.unwrap();
    assert_eq!(offer.key_exchange[..2], ["diffie-hellman-group16-sha512", "curve25519-sha256"]);
    assert_eq!(offer.host_key, ["rsa-sha2-512", "rsa-sha2-256"]);
    assert!(offer.cipher.contains(&"aes256-ctr".to_owned()) && offer.mac.contains(&"hmac-sha2-256".to_owned()));
    assert_eq!(ssh.host_key.unwrap(), blob);
    assert_eq!(*heard.lock().unwrap(), Vec::<String>::new(), "nobody logs in");
}

#[test]
fn an_old_server_is_reached_too() {
    let folder = tempfile::tempdir().unwrap();
    let key = make_key(&folder.path().join("host"), "rsa", "");
    let blob = key.public_key().to_bytes().unwrap();
    let old = Preferred {
        kex: Cow::Owned(vec![kex::DH_G14_SHA1]),
        key: Cow::Owned(vec![rsa(None)]),
        cipher: Cow::Owned(vec![cipher::AES_128_CBC]),
        mac: Cow::Owned(vec![mac::HMAC_SHA1]),
        ..Preferred::DEFAULT
    };
    let (address, _) = server(config(key, old), String::new());
    let ssh = one(&ssh(address)).ssh.unwrap().value;
    assert_eq!(ssh.result, Ok(()));
    assert_eq!(ssh.offer.unwrap().host_key, ["ssh-rsa"]);
    assert_eq!(ssh.host_key.unwrap(), blob);
}

#[test]
fn a_server_without_a_common_algorithm_still_shows_its_lists() {
    // A KEXINIT message as RFC 4253, section 7.1, lays it out, of a server from the future.
    let mut payload = vec![20];
    payload.extend([7; 16]);
    for list in ["kex-of-2050", "key-of-2050", "c", "c", "m", "m", "none", "none", "", ""] {
        payload.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
        payload.extend(list.as_bytes());
    }
    payload.extend([0; 5]);
    let padding = 4 + (8 - (payload.len() + 5 + 4) % 8) % 8;
    let mut said = b"SSH-2.0-Future\r\n".to_vec();
    said.extend(u32::try_from(payload.len() + 1 + padding).unwrap().to_be_bytes());
    said.push(u8::try_from(padding).unwrap());
    said.extend(payload);
    said.extend(vec![0; padding]);
    let ssh = one(&ssh(servers::says(said.leak()))).ssh.unwrap().value;
    assert!(ssh.no_common);
    assert_eq!(ssh.result.unwrap_err().text, "no common algorithm for the key exchange");
    assert_eq!(ssh.offer.unwrap().key_exchange, ["kex-of-2050"]);
    assert_eq!(ssh.host_key, None);
}

#[test]
fn what_is_no_ssh_server_is_told_apart() {
    let http = servers::says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    let closed = servers::raw(servers::linger);
    let after_banner = servers::says(b"SSH-2.0-AWSCodeCommit\r\n");
    let reset = servers::raw(|stream| {
        // What was not read when a connection is closed makes it a reset.
        std::thread::sleep(Duration::from_millis(300));
        drop(stream);
    });
    let found = probe(&[ssh(http), ssh(closed), ssh(after_banner), ssh(reset)], PATIENCE);
    let found: Vec<_> = found.into_iter().map(|found| found.ssh.unwrap().value).collect();
    let errors: Vec<_> = found.iter().map(|ssh| ssh.result.clone().unwrap_err()).collect();
    assert_eq!(errors[0].kind, NetErrorKind::NotThatProtocol);
    assert!(errors[0].text.contains("HTTP/1.1 400"), "{}", errors[0]);
    assert_eq!(errors[1].kind, NetErrorKind::Closed);
    assert_eq!((errors[2].kind, found[2].banner.as_deref()), (NetErrorKind::Closed, Some("SSH-2.0-AWSCodeCommit")));
    assert_eq!(errors[3].kind, NetErrorKind::Reset);
    assert!(found.iter().all(|ssh| !ssh.no_common && ssh.host_key.is_none()));
}

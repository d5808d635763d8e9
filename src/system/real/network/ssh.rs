//! The SSH handshake up to the host key. Nobody logs in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client::{DisconnectReason, Handler, connect_stream};
use russh::keys::PublicKeyOrCertificate;
use russh::{AlgorithmKind, Error};
use tokio::time::timeout;

use crate::system::net::{NetError, NetErrorKind, SshAnswer};

use super::fault::{closed, fault, first_line, not_that_protocol, of_io, timed_out};
use super::tee::Tee;
use super::wire::Wire;
use super::{dialect, kexinit};

/// Shakes hands and ends the connection as soon as the server has proved to have its host key.
pub(super) async fn shake(stream: Wire, limit: Duration) -> SshAnswer {
    let (tee, heard) = Tee::new(stream);
    let seen = Seen::default();
    let ended = timeout(limit, connect_stream(dialect::config(), tee, Witness(seen.clone()))).await;
    let heard = heard.bytes();
    let mut seen = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (host_key, goodbye) = (seen.host_key.take(), seen.goodbye.take());
    let no_common = matches!(&ended, Ok(Err(Error::NoCommonAlgo { .. })));
    let result = match ended {
        // The witness refuses every key, so that the handshake ends by an error here.
        _ if host_key.is_some() => Ok(()),
        Err(_) => Err(timed_out(limit)),
        Ok(Ok(_)) => Err(fault(NetErrorKind::Other, "no host key")),
        Ok(Err(error)) => Err(of_russh(&error, &heard, goodbye)),
    };
    SshAnswer { result, no_common, banner: kexinit::banner(&heard), offer: kexinit::offer(&heard), host_key }
}

/// What went wrong, with the server's own words where it said some.
fn of_russh(error: &Error, heard: &[u8], goodbye: Option<String>) -> NetError {
    if !heard.is_empty() && kexinit::banner(heard).is_none() && !heard.starts_with(b"SSH-") {
        return not_that_protocol(heard);
    }
    match error {
        Error::NoCommonAlgo { kind, .. } => {
            fault(NetErrorKind::Other, format!("no common algorithm for the {}", kind_text(kind)))
        }
        _ if goodbye.is_some() => fault(NetErrorKind::Closed, goodbye.unwrap_or_default()),
        Error::IO(error) => of_io(error),
        Error::Disconnect | Error::HUP => closed(),
        other => fault(NetErrorKind::Other, other.to_string()),
    }
}

fn kind_text(kind: &AlgorithmKind) -> &'static str {
    match kind {
        AlgorithmKind::Kex => "key exchange",
        AlgorithmKind::Key => "host key",
        AlgorithmKind::Cipher => "encryption",
        AlgorithmKind::Compression => "compression",
        AlgorithmKind::Mac => "integrity of messages",
    }
}

/// What a witness noted.
#[derive(Debug, Clone, Default)]
struct Seen(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    host_key: Option<Vec<u8>>,
    goodbye: Option<String>,
}

/// Looks at the host key, which russh shows only when its signature was right, and refuses it.
struct Witness(Seen);

impl Witness {
    fn note(&self, write: impl FnOnce(&mut Notes)) {
        write(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Handler for Witness {
    type Error = Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Error> {
        let blob = wire_format(key);
        self.note(|notes| notes.host_key = blob);
        Ok(false)
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Error>) -> Result<(), Error> {
        match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                self.note(|notes| notes.goodbye = Some(first_line(info.message.as_bytes())));
                Ok(())
            }
            DisconnectReason::Error(error) => Err(error),
        }
    }
}

/// A host key as the server sent it. We offer no certificate algorithms, so that none comes.
pub(super) fn wire_format(key: &PublicKeyOrCertificate) -> Option<Vec<u8>> {
    match key {
        PublicKeyOrCertificate::PublicKey { key, .. } => key.to_bytes().ok(),
        PublicKeyOrCertificate::Certificate(_) => None,
    }
}

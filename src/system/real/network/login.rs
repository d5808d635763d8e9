//! A login over SSH by russh, where there is no ssh program.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use russh::client::{AuthResult, Handle, Handler, Msg, connect_stream};
use russh::keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg, Error};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::system::keys::{self, KEY_LIMIT};
use crate::system::net::{RUNG, SshAttempt, SshOutcome};
use crate::system::real::files;

use super::clock::usable;
use super::fault::{first_line, timed_out};
use super::resolve::resolve;
use super::{dialect, ssh, tcp};

/// The empty request by which `git ls-remote` ends a conversation (gitprotocol-common, flush-pkt).
pub(super) const FLUSH: &[u8] = b"0000";

/// Logs in with the first key that the server accepts, and runs the command. Nothing but the version and the lists of
/// algorithms is sent to a server with another host key.
pub(super) async fn attempt(attempt: &SshAttempt, limit: Duration) -> SshOutcome {
    let begun = Instant::now();
    let own = usable_keys(&attempt.keys);
    if own.keys.is_empty() {
        return SshOutcome::NoKey(own.refused.join("; "));
    }
    let stream = match connect(attempt).await {
        Ok(stream) => stream,
        Err(text) => return SshOutcome::NotReached(text),
    };
    let stranger = Arc::new(Mutex::new(None));
    let doorkeeper = Doorkeeper { expected: attempt.host_keys.clone(), stranger: Arc::clone(&stranger) };
    let handle = match timeout(RUNG, connect_stream(dialect::config(), stream, doorkeeper)).await {
        Ok(Ok(handle)) => handle,
        Ok(Err(error)) => {
            let stranger = stranger.lock().unwrap_or_else(PoisonError::into_inner).take();
            return SshOutcome::NotReached(stranger.unwrap_or_else(|| error.to_string()));
        }
        Err(_) => return SshOutcome::NotReached(timed_out(RUNG).text),
    };
    match log_in(handle, &attempt.user, own.keys).await {
        Ok(handle) => run(&handle, attempt.command.as_deref(), usable(limit.saturating_sub(begun.elapsed()))).await,
        Err(text) => SshOutcome::Refused(text),
    }
}

async fn connect(attempt: &SshAttempt) -> Result<TcpStream, String> {
    let limit = RUNG.min(attempt.deadline);
    let addresses = resolve(&attempt.host, limit).await.map_err(|error| error.to_string())?;
    tcp::connect(&addresses, attempt.port, limit).await.map_err(|error| error.to_string())
}

/// Keys to try, and why others cannot be.
struct OwnKeys {
    keys: Vec<PrivateKey>,
    refused: Vec<String>,
}

fn usable_keys(files: &[PathBuf]) -> OwnKeys {
    let mut own = OwnKeys { keys: Vec::new(), refused: Vec::new() };
    for file in files {
        match key_text(file).and_then(|text| {
            russh::keys::decode_secret_key(&text, None).map_err(|_| "cannot be read as a private key".to_owned())
        }) {
            Ok(key) => own.keys.push(key),
            Err(text) => own.refused.push(format!("{}: {text}", file.display())),
        }
    }
    if files.is_empty() {
        own.refused.push("no key file".into());
    }
    own
}

/// The content of a file that holds a private key without a passphrase.
pub(super) fn key_text(file: &Path) -> Result<String, String> {
    let content = files::read(file, KEY_LIMIT).map_err(|error| error.to_string())?;
    let facts = keys::inspect(&content);
    match (facts.role, facts.encrypted) {
        ("private" | "ppk", Some(true)) => Err("is protected by a passphrase".into()),
        ("private" | "ppk", _) => String::from_utf8(content).map_err(|_| "is no text".into()),
        _ => Err("is no private key".into()),
    }
}

/// Tries one key after the other. The error says what became of them; no key is shown in it.
async fn log_in(
    mut handle: Handle<Doorkeeper>,
    user: &str,
    keys: Vec<PrivateKey>,
) -> Result<Handle<Doorkeeper>, String> {
    // Asking for the hashes may mean waiting a second for a server that never names them.
    let any_rsa = keys.iter().any(|key| key.algorithm().is_rsa());
    let hashes = if any_rsa { hashes(&handle).await } else { Vec::new() };
    for key in keys {
        let (rsa, key) = (key.algorithm().is_rsa(), Arc::new(key));
        for hash in if rsa { hashes.as_slice() } else { &[None] } {
            let signed = PrivateKeyWithHashAlg::new(Arc::clone(&key), *hash);
            match handle.authenticate_publickey(user, signed).await {
                Ok(AuthResult::Success) => return Ok(handle),
                Ok(AuthResult::Failure { .. }) if handle.is_closed() => {
                    return Err("the server closed the connection instead of accepting a key".into());
                }
                Ok(AuthResult::Failure { .. }) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }
    Err("the server accepted none of the keys".into())
}

/// The hashes to sign with by an RSA key: the best that the server names, else those that are not SHA-1.
async fn hashes(handle: &Handle<Doorkeeper>) -> Vec<Option<HashAlg>> {
    match handle.best_supported_rsa_hash().await {
        Ok(Some(best)) => vec![best],
        _ => vec![Some(HashAlg::Sha512), Some(HashAlg::Sha256)],
    }
}

async fn run(handle: &Handle<Doorkeeper>, command: Option<&str>, limit: Duration) -> SshOutcome {
    let (mut exit_code, mut said) = (None, Vec::new());
    if let Some(command) = command
        && let Ok(channel) = handle.channel_open_session().await
    {
        // A failure on the way leaves no exit code, as does a lack of time; the login is what counts.
        let _ = timeout(limit, execute(channel, command, &mut exit_code, &mut said)).await;
    }
    let said = Some(first_line(&said)).filter(|line| !line.is_empty());
    SshOutcome::Authenticated { exit_code, said }
}

async fn execute(
    mut channel: Channel<Msg>,
    command: &str,
    exit_code: &mut Option<u32>,
    said: &mut Vec<u8>,
) -> Result<(), Error> {
    const SAID: usize = 4096;
    channel.exec(true, command).await?;
    channel.data(FLUSH).await?;
    channel.eof().await?;
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::ExitStatus { exit_status } => *exit_code = Some(exit_status),
            ChannelMsg::ExtendedData { data, ext: 1 } if said.len() < SAID => said.extend_from_slice(&data),
            _ => {}
        }
    }
    Ok(())
}

/// Lets only the servers in that are expected.
struct Doorkeeper {
    expected: Vec<String>,
    stranger: Arc<Mutex<Option<String>>>,
}

impl Handler for Doorkeeper {
    type Error = Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Error> {
        let shown = ssh::wire_format(key).map(|blob| keys::describe(&blob).sha256).unwrap_or_default();
        let known = is_expected(&self.expected, &shown);
        if !known {
            *self.stranger.lock().unwrap_or_else(PoisonError::into_inner) = Some(unexpected(&shown));
        }
        Ok(known)
    }
}

/// Whether a host key with this fingerprint may be talked to.
pub(super) fn is_expected(expected: &[String], shown: &str) -> bool {
    !shown.is_empty() && expected.iter().any(|own| own.trim_end_matches('=') == shown)
}

/// Why no login was tried.
pub(super) fn unexpected(shown: &str) -> String {
    format!("the server has an unexpected host key, SHA256:{shown}")
}

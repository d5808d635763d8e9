//! The same by libssh2, as IDEs, GUI clients and cargo (through libgit2) do it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use data_encoding::BASE64_NOPAD;
use ssh2::{ErrorCode, HashType, Session};

use crate::system::net::{RUNG, SshAttempt, SshOutcome};

use super::clock::usable;
use super::fault::{first_line, of_io};
use super::login::{FLUSH, is_expected, key_text, unexpected};

/// Libssh2's error for a key that the server does not accept (`LIBSSH2_ERROR_AUTHENTICATION_FAILED`,
/// `LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED`, libssh2.h).
const NOT_ACCEPTED: [ErrorCode; 2] = [ErrorCode::Session(-18), ErrorCode::Session(-19)];

/// Logs in with the first key that the server accepts, and runs the command. Blocks, at most about `limit`.
pub(super) fn attempt(attempt: &SshAttempt, limit: Duration) -> SshOutcome {
    let begun = Instant::now();
    let mut refused = Vec::new();
    let keys: Vec<(PathBuf, String)> = attempt
        .keys
        .iter()
        .filter_map(|file| match key_text(file) {
            Ok(text) => Some((file.clone(), text)),
            Err(text) => {
                refused.push(format!("{}: {text}", file.display()));
                None
            }
        })
        .collect();
    if keys.is_empty() {
        return SshOutcome::NoKey(if refused.is_empty() { "no key file".into() } else { refused.join("; ") });
    }
    let session = match handshake(attempt, limit) {
        Ok(session) => session,
        Err(text) => return SshOutcome::NotReached(text),
    };
    match log_in(&session, &attempt.user, &keys) {
        Ok(()) => run(&session, attempt.command.as_deref(), usable(limit.saturating_sub(begun.elapsed()))),
        Err(outcome) => outcome,
    }
}

/// A session with a server whose host key is expected. The error says what is wrong.
fn handshake(attempt: &SshAttempt, limit: Duration) -> Result<Session, String> {
    let stream = connect(attempt, limit)?;
    let words = |error: ssh2::Error| error.message().to_owned();
    let mut session = Session::new().map_err(words)?;
    session.set_timeout(milliseconds(usable(limit).min(RUNG)));
    session.set_tcp_stream(stream);
    session.handshake().map_err(words)?;
    let shown = session.host_key_hash(HashType::Sha256).map(|hash| BASE64_NOPAD.encode(hash)).unwrap_or_default();
    if is_expected(&attempt.host_keys, &shown) { Ok(session) } else { Err(unexpected(&shown)) }
}

/// Of libssh2, 0 means for ever.
fn milliseconds(limit: Duration) -> u32 {
    u32::try_from(limit.as_millis()).unwrap_or(u32::MAX).max(1)
}

/// A connection to the first address that answers, one after the other as libgit2 does it.
fn connect(attempt: &SshAttempt, limit: Duration) -> Result<TcpStream, String> {
    let begun = Instant::now();
    let addresses: Vec<SocketAddr> =
        (attempt.host.as_str(), attempt.port).to_socket_addrs().map_err(|error| error.to_string())?.collect();
    let mut failed = None;
    for address in addresses {
        let left = limit.saturating_sub(begun.elapsed()).min(RUNG);
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = failed.or(Some(of_io(&error))),
        }
    }
    Err(failed.map_or_else(|| "no answer in time".to_owned(), |error| error.text))
}

fn log_in(session: &Session, user: &str, keys: &[(PathBuf, String)]) -> Result<(), SshOutcome> {
    let (mut refused, mut unusable) = (Vec::new(), Vec::new());
    for (file, text) in keys {
        match with_key(session, user, text) {
            Ok(()) => return Ok(()),
            Err(error) if NOT_ACCEPTED.contains(&error.code()) => refused.push(error.message().to_owned()),
            Err(error) => unusable.push(format!("{}: {}", file.display(), error.message())),
        }
    }
    Err(match refused.pop() {
        Some(text) => SshOutcome::Refused(text),
        None => SshOutcome::NoKey(unusable.join("; ")),
    })
}

fn with_key(session: &Session, user: &str, text: &str) -> Result<(), ssh2::Error> {
    session.userauth_pubkey_memory(user, None, text, None)
}

fn run(session: &Session, command: Option<&str>, limit: Duration) -> SshOutcome {
    let (mut exit_code, mut said) = (None, Vec::new());
    if let Some(command) = command {
        session.set_timeout(milliseconds(limit));
        // A failure on the way leaves no exit code, as does a lack of time; the login is what counts.
        let _ = execute(session, command, &mut exit_code, &mut said);
    }
    let said = Some(first_line(&said)).filter(|line| !line.is_empty());
    SshOutcome::Authenticated { exit_code, said }
}

fn execute(
    session: &Session,
    command: &str,
    exit_code: &mut Option<u32>,
    said: &mut Vec<u8>,
) -> Result<(), Box<dyn std::error::Error>> {
    const SAID: u64 = 4096;
    let mut channel = session.channel_session()?;
    channel.exec(command)?;
    channel.write_all(FLUSH)?;
    channel.send_eof()?;
    // The advertisement is of no interest, but the window must not fill up.
    std::io::copy(&mut channel, &mut std::io::sink())?;
    channel.stderr().take(SAID).read_to_end(said)?;
    channel.wait_close()?;
    *exit_code = u32::try_from(channel.exit_status()?).ok();
    Ok(())
}

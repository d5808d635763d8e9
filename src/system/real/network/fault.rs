//! What goes wrong on a connection, in the words of the door.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use crate::system::net::{NetError, NetErrorKind};

/// A failure of this kind in these words.
pub(super) fn fault(kind: NetErrorKind, text: impl Into<String>) -> NetError {
    NetError { kind, text: text.into() }
}

/// No answer in time.
pub(super) fn timed_out(limit: Duration) -> NetError {
    let text = if limit < Duration::from_secs(1) {
        format!("no answer within {} ms", limit.as_millis())
    } else {
        format!("no answer within {} s", (limit.as_secs_f64() * 10.0).round() / 10.0)
    };
    fault(NetErrorKind::TimedOut, text)
}

/// The other side closed the connection.
pub(super) fn closed() -> NetError {
    fault(NetErrorKind::Closed, "the connection was closed")
}

/// A failure that the operating system tells, without the number that Rust adds.
pub(super) fn of_io(error: &io::Error) -> NetError {
    let kind = kind_of(error.kind());
    if kind == NetErrorKind::Closed {
        return closed();
    }
    let text = error.to_string();
    let end = text.find(" (os error ").unwrap_or(text.len());
    fault(kind, without_links(text.get(..end).unwrap_or(&text)))
}

fn kind_of(kind: ErrorKind) -> NetErrorKind {
    match kind {
        ErrorKind::ConnectionRefused => NetErrorKind::Refused,
        ErrorKind::TimedOut => NetErrorKind::TimedOut,
        // EADDRNOTAVAIL: no address of this machine leads there, as with IPv6 on a machine that has none.
        ErrorKind::NetworkUnreachable
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => NetErrorKind::Unreachable,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => NetErrorKind::Reset,
        ErrorKind::PermissionDenied => NetErrorKind::Denied,
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => NetErrorKind::Closed,
        _ => NetErrorKind::Other,
    }
}

/// The first error of the operating system in a chain of causes.
pub(super) fn io_in<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    chain(error).find_map(|cause| cause.downcast_ref::<io::Error>())
}

/// The innermost cause, in its own words.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// An error and its causes. An `io::Error` hides what it wraps from `source`.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn Error + 'static) = *error;
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

/// The words of a library without the pages of its own manual, which tell a user of this program nothing: rustls ends
/// some errors with `; see https://docs.rs/...`.
pub(super) fn without_links(text: &str) -> String {
    let end = text.find("https://").unwrap_or(text.len());
    let kept = text.get(..end).unwrap_or(text).trim_end_matches(['(', '<', ' ']);
    let kept =
        if end < text.len() { kept.trim_end_matches(" see").trim_end_matches([' ', ';', ',', ':', '.']) } else { kept };
    kept.to_owned()
}

/// The first line of what came instead of the protocol, short and without control characters.
pub(super) fn not_that_protocol(bytes: &[u8]) -> NetError {
    fault(NetErrorKind::NotThatProtocol, format!("it answers {:?}", first_line(bytes)))
}

/// The first line that is not empty, at most 200 characters of it.
pub(super) fn first_line(bytes: &[u8]) -> String {
    let start = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let text = String::from_utf8_lossy(start);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().filter(|character| !character.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::without_links;

    #[test]
    fn the_manual_of_a_library_is_not_shown() {
        let rustls = "peer closed connection without sending TLS close_notify: https://docs.rs/rustls/latest/rustls/manual/_03_howto/index.html#unexpected-eof";
        assert_eq!(without_links(rustls), "peer closed connection without sending TLS close_notify");
        assert_eq!(without_links("no suites in common; see https://docs.rs/x"), "no suites in common");
        assert_eq!(without_links("received fatal alert: ProtocolVersion"), "received fatal alert: ProtocolVersion");
    }
}

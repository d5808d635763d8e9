//! Names to addresses, by the system's resolver.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::timeout;

use crate::system::net::{DnsError, NetError, NetErrorKind};

use super::fault::{fault, timed_out};

/// The addresses of a host in the resolver's order, each once. Addresses are their own answer. `getaddrinfo` has no
/// deadline of its own: a thread that it never comes back to is left behind.
pub(super) async fn resolve(host: &str, limit: Duration) -> Result<Vec<IpAddr>, DnsError> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let answer = timeout(limit, tokio::net::lookup_host((host, 0))).await.map_err(|_| DnsError::TimedOut(limit))?;
    let mut addresses = Vec::new();
    for found in answer.map_err(|error| of_resolver(&error))? {
        if !addresses.contains(&found.ip()) {
            addresses.push(found.ip());
        }
    }
    if addresses.is_empty() { Err(DnsError::NotFound("no address".into())) } else { Ok(addresses) }
}

/// Tells a name that does not exist from a resolver that cannot tell. Rust keeps only the words of `gai_strerror`:
/// `EAI_NONAME` and `EAI_NODATA` in glibc, musl, macOS and BSD; Windows tells the number (winsock2.h).
fn of_resolver(error: &io::Error) -> DnsError {
    const NO_NAME: [&str; 6] = [
        "Name or service not known",
        "No address associated with hostname",
        "Name does not resolve",
        "Name has no usable address",
        "nodename nor servname provided, or not known",
        "No address associated with nodename",
    ];
    const WSAHOST_NOT_FOUND: i32 = 11001;
    const WSANO_DATA: i32 = 11004;
    let text = error.to_string();
    let words = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned();
    let number = if cfg!(windows) { error.raw_os_error() } else { None };
    if matches!(number, Some(WSAHOST_NOT_FOUND | WSANO_DATA)) || NO_NAME.iter().any(|known| words.contains(known)) {
        DnsError::NotFound(words)
    } else {
        DnsError::Failed(words)
    }
}

/// The same failure where a connection was wanted.
pub(super) fn as_fault(error: &DnsError) -> NetError {
    match error {
        DnsError::TimedOut(limit) => timed_out(*limit),
        DnsError::NotFound(text) | DnsError::Failed(text) => fault(NetErrorKind::NameNotFound, text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_does_not_exist_is_told_from_a_resolver_that_cannot_tell() {
        let said =
            |words: &str| of_resolver(&io::Error::other(format!("failed to lookup address information: {words}")));
        // gai_strerror of glibc 2.36, of musl 1.2 and of macOS 14.
        for words in
            ["Name or service not known", "Name does not resolve", "nodename nor servname provided, or not known"]
        {
            assert_eq!(said(words), DnsError::NotFound(words.into()));
        }
        let later = "Temporary failure in name resolution";
        assert_eq!(said(later), DnsError::Failed(later.into()));
    }
}

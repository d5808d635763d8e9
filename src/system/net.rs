//! What can be asked of the network, and what came back. Plain data: the meaning is for the collectors.
//!
//! [`System::probe`](super::System::probe) climbs the ladder to many endpoints at the same time. Nothing secret is ever sent by it. [`HttpRequest`] is one
//! request that may carry a login; whoever builds one answers for the host that it goes to.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// How long one rung of the ladder may take.
pub const RUNG: Duration = Duration::from_secs(5);
/// Most bytes of an HTTP body that are kept.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// A text that is never shown: a password, a token, a signing key.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, to be sent and nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One endpoint to probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Host name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How to get there.
    pub route: Route,
    /// What to do there.
    pub protocol: Protocol,
}

/// How to get to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Resolve its name and connect.
    Direct,
    /// Ask an HTTP proxy by CONNECT.
    HttpProxy(ProxyAddress),
    /// The same, with TLS to the proxy itself.
    HttpsProxy(ProxyAddress),
    /// A SOCKS5 proxy that resolves the name itself (`socks5h`), or not (`socks5`).
    Socks5 {
        /// The proxy.
        address: ProxyAddress,
        /// Whether the proxy resolves the name.
        remote_names: bool,
    },
}

/// A proxy and the login for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyAddress {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User and password, percent-decoded; `None`: none.
    pub login: Option<(String, Secret)>,
}

/// What to do with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// A TLS handshake that accepts any certificate, then one GET without credentials.
    Https {
        /// Path and query of the request.
        path: String,
        /// The trust stores to judge the certificate by.
        stores: Vec<TrustStore>,
    },
    /// The SSH handshake up to the host key.
    Ssh,
}

/// The issuers that a client trusts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TrustStore {
    /// The system's own (on Linux the bundles that `SSL_CERT_FILE` and `SSL_CERT_DIR` or the distribution name).
    System,
    /// A file of PEM certificates.
    File(PathBuf),
    /// A directory of PEM certificates.
    Directory(PathBuf),
}

/// What a probe found. A rung that was not reached, is not on the route, or for which no time was left is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Probed {
    /// Name resolution of the host (direct and `socks5` routes only).
    pub dns: Option<Timed<Result<Vec<IpAddr>, DnsError>>>,
    /// Connecting to the host (direct route only): its first eight addresses, in the resolver's order, all at the same
    /// time. The time is that of the first connection, or that of the last failure.
    pub tcp: Option<Timed<Vec<Attempt>>>,
    /// The proxy.
    pub proxy: Option<Timed<ProxyAnswer>>,
    /// TLS.
    pub tls: Option<Timed<TlsAnswer>>,
    /// HTTP.
    pub http: Option<Timed<Result<HttpResponse, NetError>>>,
    /// SSH.
    pub ssh: Option<Timed<SshAnswer>>,
}

/// A value and how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timed<T> {
    /// The value.
    pub value: T,
    /// How long it took.
    pub took: Duration,
}

/// Why a name was not resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// There is no such name.
    #[error("{0}")]
    NotFound(String),
    /// The resolver gave no answer in time.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The resolver could not tell.
    #[error("{0}")]
    Failed(String),
}

/// One attempt to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The address.
    pub address: SocketAddr,
    /// What came of it.
    pub result: Result<(), NetError>,
    /// How long it took.
    pub took: Duration,
}

/// A failure of a connection, with the system's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct NetError {
    /// What kind.
    pub kind: NetErrorKind,
    /// The words of the system or library.
    pub text: String,
}

/// Kinds of failures of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NetErrorKind {
    /// ECONNREFUSED.
    Refused,
    /// No answer in time.
    TimedOut,
    /// No route to host or network.
    Unreachable,
    /// ECONNRESET.
    Reset,
    /// EACCES, EPERM: this machine itself forbids it.
    Denied,
    /// The other side closed the connection.
    Closed,
    /// What came is not the protocol that was spoken.
    NotThatProtocol,
    /// A host name could not be resolved.
    NameNotFound,
    /// Something else.
    Other,
}

/// What a proxy said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyAnswer {
    /// Whether the tunnel stands; else why not, in connecting to the proxy or in talking to it.
    pub result: Result<(), NetError>,
    /// Whether there was a connection to the proxy itself: tells a proxy that is dead from one that gives no answer.
    pub reached: bool,
    /// The status of its answer to CONNECT.
    pub status: Option<u16>,
    /// `Proxy-Authenticate`, several joined by commas; `SOCKS5 user and password` of a SOCKS proxy that wants them.
    pub challenge: Option<String>,
}

/// What a TLS handshake showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsAnswer {
    /// Whether the handshake was completed (any certificate is accepted); else why not.
    pub result: Result<(), NetError>,
    /// Whether it ended by an alert of the server, or by a choice of the server that we do not know (no common version
    /// or cipher).
    pub alert: bool,
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: Option<String>,
    /// The certificates that the server sent, its own first, at most ten; unreadable ones have an empty subject.
    pub chain: Vec<Certificate>,
    /// Whether the first certificate bears the name of the host.
    pub name_matches: bool,
    /// For each trust store of the probe, in order: what a client with it thinks.
    pub verdicts: Vec<TrustVerdict>,
}

/// One certificate, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Certificate {
    /// Distinguished name of the subject.
    pub subject: String,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// The issuer's organization, else its common name.
    pub issuer_organization: Option<String>,
    /// DNS names and addresses.
    pub names: Vec<String>,
    /// Seconds since the epoch.
    pub not_before: i64,
    /// Seconds since the epoch.
    pub not_after: i64,
}

/// What a client with a certain trust store thinks of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustVerdict {
    /// It accepts it.
    Accepted {
        /// Subject of the trusted issuer at its top, where that can be told.
        root: Option<String>,
    },
    /// It refuses it.
    Refused {
        /// Why.
        problem: TrustProblem,
        /// The verifier's words.
        text: String,
    },
    /// The store could not be read.
    NoStore(String),
}

/// Why a chain is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustProblem {
    /// No trusted issuer.
    UnknownIssuer,
    /// Expired.
    Expired,
    /// Not valid yet.
    NotYetValid,
    /// Another host's.
    WrongName,
    /// Something else.
    Other,
}

/// What an SSH server showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshAnswer {
    /// Whether the host key was reached; else why not.
    pub result: Result<(), NetError>,
    /// Whether it ended for want of a common algorithm of ours (not of the user's ssh).
    pub no_common: bool,
    /// The server's first line.
    pub banner: Option<String>,
    /// The lists of the server's KEXINIT message.
    pub offer: Option<SshOffer>,
    /// The host key in the wire format, once the server has proved to own it.
    pub host_key: Option<Vec<u8>>,
}

/// The lists of a KEXINIT message that matter, in the server's order (RFC 4253, section 7.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SshOffer {
    /// `kex_algorithms`.
    pub key_exchange: Vec<String>,
    /// `server_host_key_algorithms`.
    pub host_key: Vec<String>,
    /// `encryption_algorithms_client_to_server`.
    pub cipher: Vec<String>,
    /// `mac_algorithms_client_to_server`.
    pub mac: Vec<String>,
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// The URL, without a login.
    pub url: String,
    /// Headers; values may be secret. A `User-Agent` that begins with `git/` is added where none is given.
    pub headers: Vec<(String, Secret)>,
    /// The body.
    pub body: Vec<u8>,
    /// User and password for basic authentication.
    pub login: Option<(String, Secret)>,
    /// How to get there: one of the routes above.
    pub route: Route,
    /// The issuers to trust.
    pub store: TrustStore,
    /// The whole request ends by then.
    pub deadline: Duration,
}

/// One HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// Status.
    pub status: u16,
    /// Headers in order, names in lower case; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`BODY_LIMIT`] bytes.
    pub body: Vec<u8>,
    /// Why the body ends early; `None`: it is whole, or cut at the limit.
    pub broken_off: Option<String>,
}

impl HttpResponse {
    /// The first header of that name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// A login over SSH by a library, not by the user's ssh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshAttempt {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User.
    pub user: String,
    /// Private key files to try, in order.
    pub keys: Vec<PathBuf>,
    /// SHA256 fingerprints (without prefix) of acceptable host keys; nothing is sent to a server with another one.
    pub host_keys: Vec<String>,
    /// The command to ask for after the login, such as `git-upload-pack '/v1/repos/demo'`; `None`: only log in.
    pub command: Option<String>,
    /// The whole attempt ends by then.
    pub deadline: Duration,
}

/// What became of a login over SSH by a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SshOutcome {
    /// The login succeeded; with the exit code and the error output of the command, if one was asked for and ended.
    Authenticated {
        /// Exit code.
        exit_code: Option<u32>,
        /// The first line of standard error.
        said: Option<String>,
    },
    /// The server refused every key.
    Refused(String),
    /// No key of the list could be used.
    NoKey(String),
    /// No login was tried: connecting, handshake or host key failed.
    NotReached(String),
    /// This build has no such library.
    NotBuilt,
}

/// Which library logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SshLibrary {
    /// Ours, where there is no ssh program.
    Russh,
    /// That of IDEs, GUI clients and cargo.
    Libssh2,
}

//! Facts about how far a connection to one target gets: name, port, proxy, TLS, HTTP, and the SSH handshake.
//!
//! Probes look at the route that the client of the target takes. A rung that an earlier one kept from being reached is
//! absent; all of them are unavailable when the network may not be used.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Fact, FilePath, Host, Source, Text, Word};

/// The rungs of the ladder to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct TargetNetwork {
    /// The host that is probed: that of the URL, or the `HostName` of ssh.
    pub host: Host,
    /// The port that is probed.
    pub port: i64,
    /// The way that the client takes.
    pub route: Route,
    /// The first rung that did not hold: `dns`, `tcp`, `proxy`, `tls`, `http`, `ssh`; null: all held.
    pub stopped_at: Option<Word>,
    /// Finding the addresses of the host; null: the proxy does that, or not reached.
    pub dns: Fact<Dns>,
    /// Connecting to the port; null: the proxy does that, or not reached.
    pub tcp: Fact<Tcp>,
    /// Reaching the host through the proxy; null: no proxy.
    pub proxy: Fact<Proxy>,
    /// The TLS handshake; null: not reached, or ssh.
    pub tls: Fact<Tls>,
    /// The answer of the HTTP server to a request without credentials; null: not reached, or ssh.
    pub http: Fact<Http>,
    /// The SSH handshake up to the host key; null: not reached, or HTTPS.
    pub ssh: Fact<SshHandshake>,
    /// Milliseconds that all rungs took.
    pub duration_ms: i64,
}

/// The way that a client takes to the host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Route {
    /// `direct`, `http-proxy`, `https-proxy` (TLS to the proxy), `socks-proxy`, `proxy-command` or `proxy-jump` (both
    /// of ssh; these are not probed, the real ssh goes through them).
    pub kind: Word,
    /// Proxy, command or jump host as written, login masked; null: direct.
    pub proxy: Option<Text>,
    /// Where that stands; null: direct.
    pub source: Option<Source>,
}

/// Name resolution by the system's resolver.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Dns {
    /// `found`, `not-found`, `timed-out`, `failed` (the resolver has no answer now).
    pub outcome: Word,
    /// The addresses in the order in which the resolver gave them.
    pub addresses: Vec<Text>,
    /// Whether all addresses are private ones, as those of a VPC endpoint are.
    pub all_private: bool,
    /// The resolver's words; null: it found the name.
    pub error: Option<Text>,
    /// Milliseconds.
    pub duration_ms: i64,
}

/// Connecting to the addresses of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Tcp {
    /// `connected` as soon as one address answers; else that of the first address: `refused`, `timed-out`,
    /// `unreachable`, `reset`, `denied` (by this machine) or `failed`.
    pub outcome: Word,
    /// Every address that was tried.
    pub attempts: Vec<Attempt>,
    /// Whether some addresses answer and others do not.
    pub partly: bool,
    /// Milliseconds until the first connection stood, or until all had failed.
    pub duration_ms: i64,
}

/// One attempt to connect.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Attempt {
    /// The IP address, without a port.
    pub address: Text,
    /// `connected`, `refused`, `timed-out`, `unreachable`, `reset`, `denied` or `failed`.
    pub outcome: Word,
    /// The system's words; null: connected.
    pub error: Option<Text>,
    /// Milliseconds.
    pub duration_ms: i64,
}

/// Reaching the host through a proxy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Proxy {
    /// Its host.
    pub host: Host,
    /// Its port.
    pub port: i64,
    /// `connected` (the tunnel stands); `not-found` (its name), `refused`, `timed-out`, `unreachable`, `failed`
    /// (connecting to it); `login-required` (407), `forbidden` (403), `rejected` (another status), `closed`,
    /// `no-answer`, `not-a-proxy` (what it says is no answer to CONNECT).
    pub outcome: Word,
    /// The status of its answer to CONNECT; null: none came.
    pub status: Option<i64>,
    /// What it offers to log in with, such as `Basic`; null: it asks for nothing.
    pub challenge: Option<Text>,
    /// Whether the client is told a login for it.
    pub has_login: bool,
    /// Its words or the system's; null: connected.
    pub error: Option<Text>,
    /// Milliseconds.
    pub duration_ms: i64,
}

/// A TLS handshake without any judgement of the certificate, and what each client would think of that certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Tls {
    /// `done`, `closed`, `reset`, `timed-out`, `not-tls` (what answers is no TLS), `refused` (an alert: no common
    /// version or cipher) or `failed`.
    pub outcome: Word,
    /// `TLSv1.2` or `TLSv1.3`; null: not agreed.
    pub version: Option<Word>,
    /// The error of the handshake; null: done.
    pub error: Option<Text>,
    /// Subject of the server's certificate; null: none seen.
    pub subject: Option<Text>,
    /// Issuer of the server's certificate; null: none seen.
    pub issuer: Option<Text>,
    /// The organization that issued it (its common name where there is none); null: none seen.
    pub issuer_organization: Option<Text>,
    /// Whether that is Amazon, which issues the certificates of CodeCommit's own endpoints.
    pub issued_by_amazon: bool,
    /// The topmost issuer that the server sent or that a trust store of this machine knows; null: none seen.
    pub root: Option<Text>,
    /// The DNS names of the certificate, at most ten.
    pub names: Vec<Text>,
    /// Whether one of them is the host's.
    pub name_matches: bool,
    /// When it becomes valid; null: none seen.
    pub not_before: Option<i64>,
    /// When it expires; null: none seen.
    pub not_after: Option<i64>,
    /// Whether the time of the run is outside that span.
    pub outside_validity: bool,
    /// How many certificates the server sent.
    pub chain_length: i64,
    /// Whether git would accept the certificate; null: it does not look (`http.sslVerify`), or none was seen.
    pub git_accepts: Option<bool>,
    /// What each client thinks of it.
    pub clients: Vec<TlsClient>,
    /// Milliseconds.
    pub duration_ms: i64,
}

/// What one client thinks of the server's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct TlsClient {
    /// `git`, `aws-cli` or `python` (botocore of git-remote-codecommit).
    pub client: Word,
    /// The file or directory of its trusted issuers; null: the system's store.
    pub store: Option<FilePath>,
    /// Where that is set; null: its default.
    pub source: Option<Source>,
    /// Whether it accepts the certificate; null: its store could not be read, or it does not look.
    pub accepts: Option<bool>,
    /// Why not: `unknown-issuer`, `expired`, `not-yet-valid`, `wrong-name`, `bad-certificate`; null: accepted.
    pub problem: Option<Word>,
    /// The verifier's words, or why the store could not be read; null: nothing to say.
    pub error: Option<Text>,
}

/// The answer to a smart-HTTP request without credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Http {
    /// `answered`, `timed-out`, `closed` (before or within the answer), `reset`, `not-http` or `failed`.
    pub outcome: Word,
    /// The status; null: none came.
    pub status: Option<i64>,
    /// The scheme of `WWW-Authenticate`, such as `basic`, in lower case; null: none.
    pub challenge: Option<Word>,
    /// Whether the answer bears the marks of an AWS service (`x-amzn-RequestId` and its like, or a realm of CodeCommit).
    pub from_aws: bool,
    /// `Server`; null: none.
    pub server: Option<Text>,
    /// The host of `Location`; null: none.
    pub location_host: Option<Host>,
    /// Whether the body is an HTML page.
    pub is_html: bool,
    /// `Date`; null: none or unreadable.
    pub date: Option<i64>,
    /// Seconds by which this machine's clock is ahead of that, negative: behind; null: no date.
    pub clock_ahead_seconds: Option<i64>,
    /// The error; null: answered.
    pub error: Option<Text>,
    /// Milliseconds until the answer came.
    pub duration_ms: i64,
}

/// An SSH handshake up to the host key; nobody logs in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct SshHandshake {
    /// `done`, `no-banner` (nothing was said in time), `closed`, `reset`, `timed-out`, `not-ssh`, `no-common-algorithm`
    /// or `failed`.
    pub outcome: Word,
    /// The server's first line; null: none came.
    pub banner: Option<Text>,
    /// The algorithms of both sides; null: the server did not tell its own.
    pub algorithms: Option<Algorithms>,
    /// The host key that the server proved to have; null: not reached.
    pub host_key: Option<HostKey>,
    /// The error; null: done.
    pub error: Option<Text>,
    /// Milliseconds.
    pub duration_ms: i64,
}

/// What server and user's ssh offer, each list joined by commas, in order of preference.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Algorithms {
    /// Key exchange.
    pub key_exchange: Negotiation,
    /// Host key signature.
    pub host_key: Negotiation,
    /// Encryption from client to server.
    pub cipher: Negotiation,
    /// Integrity from client to server.
    pub mac: Negotiation,
    /// The first kind without anything in common: `key exchange`, `host key`, `cipher`, `MAC`; null: all agree.
    pub no_common: Option<Word>,
}

/// One list of algorithms of either side.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Negotiation {
    /// The server's.
    pub server: Text,
    /// Those of the user's ssh as `ssh -G` tells; null: not known.
    pub client: Option<Text>,
    /// What they would agree on; null: nothing, or the client's are not known.
    pub common: Option<Word>,
}

/// The host key of a server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct HostKey {
    /// `rsa`, `ed25519`, …
    pub key_type: Word,
    /// The public key in base64, as known_hosts holds it.
    pub public_key: Word,
    /// SHA256 fingerprint without prefix.
    pub sha256: Word,
    /// MD5 fingerprint, colon-separated.
    pub md5: Word,
    /// Whether it equals the published one of the host; null: none is published for it.
    pub matches_published: Option<bool>,
    /// The region whose published key it is; null: of none.
    pub region_of_key: Option<Word>,
    /// What known_hosts says of it: `known`, `changed` (another key of this type stands there), `revoked`, `unknown`
    /// (no entry of this type); null: known_hosts could not be read.
    pub in_known_hosts: Option<Word>,
}

//! What can be wrong on the far side. The default of everything is healthy; a reset heals all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a TCP port does with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Port {
    /// The server behind it answers.
    #[default]
    Open,
    /// Nobody listens: the kernel answers with a reset.
    Refused,
    /// The backlog is full, so that the kernel drops each SYN, as a packet filter does.
    Dropped,
    /// Connections are accepted, then nothing is ever said.
    Silent,
}

/// How the SSH server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Ssh {
    /// As CodeCommit does.
    #[default]
    Good,
    /// Shows a host key that is not the published one.
    WrongHostKey,
    /// Signs and accepts signatures with `ssh-rsa` (SHA-1) only.
    Sha1Only,
    /// Offers `diffie-hellman-group1-sha1` alone as key exchange.
    NoCommonKex,
    /// Closes before its banner.
    ClosesAtOnce,
    /// Closes after its banner.
    ClosesAfterBanner,
    /// Accepts the login, then closes instead of starting a program.
    ClosesAfterLogin,
}

/// What the TLS server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tls {
    /// A certificate of the stand-in's CA for the host.
    #[default]
    Good,
    /// A certificate of an inspecting company proxy, whose CA nobody trusts.
    UnknownCa,
    /// A certificate that ended in 2021.
    Expired,
    /// A certificate for `captive-portal.example`.
    WrongName,
    /// Closes on the ClientHello.
    ClosesInHandshake,
    /// Closes after the handshake, before any answer.
    ClosesAfterHandshake,
}

/// How the HTTP server of the Git endpoints answers, or the API's where all answers are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Http {
    /// As CodeCommit does.
    #[default]
    Good,
    /// This status and no body, whatever is asked.
    Status(u16),
    /// The head of a good answer, half of its body, end.
    ClosesInTheMiddle,
    /// A captive portal's page: 200 and HTML.
    Portal,
    /// 302 to this URL.
    Redirect(String),
}

/// Everything that can be wrong with the endpoints of one region, or with those of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) ssh_port: Port,
    pub(crate) https_port: Port,
    pub(crate) ssh: Ssh,
    /// How many keys may be refused before the server hangs up. OpenSSH's default; CodeCommit's is not known.
    pub(crate) ssh_tries: usize,
    pub(crate) tls: Tls,
    pub(crate) http: Http,
    /// Wait before the SSH banner and before each HTTP answer.
    pub(crate) delay: Duration,
    /// Status of a request without credentials: 401 with a challenge, or a bare 403.
    pub(crate) unauthenticated: u16,
    /// The same choice for a user name with an empty password, which curl sends by itself for a user in the URL.
    pub(crate) empty_password: u16,
    /// The server's clock minus that of the machine, in seconds: in `Date` and when signatures are judged.
    pub(crate) clock_ahead: i64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            ssh_port: Port::Open,
            https_port: Port::Open,
            ssh: Ssh::Good,
            ssh_tries: 6,
            tls: Tls::Good,
            http: Http::Good,
            delay: Duration::ZERO,
            unauthenticated: 401,
            empty_password: 403,
            clock_ahead: 0,
        }
    }
}

/// An error with which an API action answers instead of doing its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    /// AWS' own code, such as `ThrottlingException`.
    pub(crate) code: String,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }
}

/// What can be wrong with the proxy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Proxy {
    pub(crate) port: Port,
    /// `user:password` that it wants; 407 without.
    pub(crate) login: Option<String>,
    /// Hosts to which it answers 403.
    pub(crate) refuses: BTreeSet<String>,
}

/// All switches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Switches {
    /// By region name; a region that is not named is healthy.
    pub(crate) regions: BTreeMap<String, Faults>,
    /// Of the API endpoints; of its ports, `https_port` is that of both the TLS and the plain one.
    pub(crate) api: Faults,
    /// By action, such as `codecommit:GetRepository`.
    pub(crate) api_errors: BTreeMap<String, ApiError>,
    pub(crate) proxy: Proxy,
}

impl Switches {
    /// What is wrong in this region.
    pub(crate) fn of(&self, region: &str) -> Faults {
        self.regions.get(region).cloned().unwrap_or_default()
    }
}

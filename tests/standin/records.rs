//! What the endpoints saw.

/// One thing that an endpoint saw. Passwords and secrets are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// A TCP connection to the SSH port.
    SshConnection { region: String },
    /// A user name, before any key was offered.
    SshUser { region: String, user: String },
    /// A public key that a client offered or proved to have.
    SshKey {
        region: String,
        user: String,
        /// SHA256 as unpadded base64.
        fingerprint: String,
        /// Such as `rsa-sha2-512`.
        algorithm: String,
        /// False where it was only offered.
        signed: bool,
        accepted: bool,
    },
    /// A command that a client asked for; none for a shell.
    SshCommand { region: String, user: String, command: Option<String> },
    /// A TLS handshake.
    Tls {
        /// The name that the client asked for.
        name: Option<String>,
        /// Whether the client accepted the certificate.
        completed: bool,
    },
    /// A request to a Git endpoint.
    Git {
        host: String,
        method: String,
        /// Path and query.
        path: String,
        /// The user of the Basic login that was sent.
        user: Option<String>,
        /// Whether a password that is not empty was sent.
        password: bool,
        status: u16,
    },
    /// A request to the API.
    Api {
        /// Such as `sts:GetCallerIdentity`.
        action: String,
        host: String,
        /// The access key that signed.
        key: Option<String>,
        status: u16,
        /// AWS' code of the refusal.
        code: Option<String>,
    },
    /// A request to the proxy.
    Connect {
        /// `host:port`, or the first line where it is no CONNECT.
        target: String,
        /// The user of the proxy login that was sent.
        user: Option<String>,
        status: u16,
    },
}

//! Facts about what a live connection to one target proves: the verdict of the user's own git, the login it used, and
//! what AWS says of it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Fact, FilePath, Login, Source, Text, Word};

/// What was proved about one target.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct TargetAccess {
    /// What `git ls-remote` of the user's own git said.
    pub judge: Fact<Judge>,
    /// The login that was sent over HTTPS; null: none was sent, or ssh.
    pub credential: Fact<Credential>,
    /// What the user's own ssh did, or, where there is no ssh program, what became of the login by a library; null: HTTPS.
    pub ssh: Fact<SshLogin>,
    /// Whether pushing would be let through; null: the target is not pushed to.
    pub push: Fact<Push>,
    /// What programs built on libssh2 experience (IDEs, GUI clients, cargo); looked at after a failure or with `-v`;
    /// null: HTTPS, or not looked at.
    pub libssh2: Fact<Libssh2>,
    /// What the AWS APIs say; asked after a failure or with `-v`; null: not asked, or there are
    /// no AWS credentials and the transport needs none.
    pub aws: Fact<AwsAnswers>,
}

/// A run of `git ls-remote`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Judge {
    /// Whether it listed the repository.
    pub succeeded: bool,
    /// `succeeded`, `failed`, `timed-out`, or `not-begun`: a probe knew already that nobody takes a connection.
    pub outcome: Word,
    /// Exit code; null: killed.
    pub exit_code: Option<i64>,
    /// The layer at which it broke: `tools`, `config`, `dns`, `tcp`, `handshake`, `authentication`, `authorization`,
    /// `repository`, or `other` when its words tell nothing; null: it succeeded.
    pub layer: Option<Word>,
    /// The failure that its words and its trace show, see [`FAILURES`](crate::collect::access); `other` when they show
    /// none that is known; null: it succeeded.
    pub failure: Option<Word>,
    /// The lines that matter, secrets masked, at most five.
    pub said: Vec<Text>,
    /// The end of its own trace, secrets masked, at most forty lines; empty when it succeeded.
    pub trace: Vec<Text>,
    /// The status of the last HTTP answer; null: none, or ssh.
    pub http_status: Option<i64>,
    /// Whether git goes through a proxy, a `ProxyCommand` or a `ProxyJump`: then the name of the host is looked up and the
    /// connection to it is made elsewhere.
    pub behind_proxy: bool,
    /// Whether it listed no reference: an empty repository.
    pub empty: bool,
    /// The checks whose `symptoms` match what it said, at most ten.
    pub symptoms: Vec<Word>,
    /// Milliseconds.
    pub duration_ms: i64,
    /// The command and the line that matters most.
    pub source: Source,
}

/// The login that git sent over HTTPS. The password is never kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Credential {
    /// Where it came from: `helper`, `url`, `netrc-or-header` (no helper was asked), `grc`.
    pub origin: Word,
    /// The place in the chain of the helper that gave it, from 1; null: no helper.
    pub helper_position: Option<i64>,
    /// That helper as configured, secrets masked; null: no helper.
    pub helper: Option<Text>,
    /// Its kind, as in `https.helpers`; null: no helper.
    pub helper_kind: Option<Word>,
    /// User name, without a session token.
    pub user: Login,
    /// `git-credentials`, `sigv4` or `other`, as in `https.stored`.
    pub user_kind: Word,
    /// Whether the password was empty.
    pub empty_password: bool,
    /// Whether a session token goes with the user name.
    pub has_session_token: bool,
    /// When a SigV4 password was signed; null: no such.
    pub signed_at: Option<i64>,
    /// Seconds between that and the run; null: no such.
    pub age_seconds: Option<i64>,
    /// Whether the server took it: its answer was neither 401 nor 403; null: no answer.
    pub accepted: Option<bool>,
}

/// What the user's own ssh told with `-v`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct SshLogin {
    /// Whether the TCP connection stood.
    pub connected: bool,
    /// Whether the host key was accepted.
    pub host_key_accepted: bool,
    /// Whether the login succeeded.
    pub authenticated: bool,
    /// The server's version line; null: none came.
    pub server_version: Option<Text>,
    /// The user name that was sent; null: not reached.
    pub user: Option<Login>,
    /// The keys that were offered, in order.
    pub offered: Vec<OfferedKey>,
    /// How many were offered.
    pub offered_count: i64,
    /// The key that was accepted; null: none.
    pub accepted_key: Option<FilePath>,
    /// Keys that ssh could not use, with its reason.
    pub unusable: Vec<UnusableKey>,
    /// The methods that the server still takes, such as `publickey`; null: not told.
    pub methods_left: Option<Text>,
    /// Whether the server ended it because of too many keys.
    pub too_many_keys: bool,
    /// Whether ssh found no signature algorithm in common with the server for a key.
    pub no_mutual_signature: bool,
}

/// A key that ssh offered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct OfferedKey {
    /// Its file, or the comment that the agent has for it.
    pub name: FilePath,
    /// `rsa`, `ed25519`, …
    pub key_type: Word,
    /// SHA256 fingerprint without prefix.
    pub sha256: Word,
    /// Whether an agent holds it.
    pub from_agent: bool,
    /// `accepted`, `refused` (the server wants another), `not-signed` (accepted, but it could not be signed with).
    pub outcome: Word,
}

/// A key that ssh could not use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct UnusableKey {
    /// Its file.
    pub path: FilePath,
    /// `bad-permissions`, `passphrase`, `invalid-format`, `missing`, `permission-denied` or `other`.
    pub reason: Word,
    /// ssh's line.
    pub source: Source,
}

/// Whether the receive-pack advertisement was given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Push {
    /// `allowed`, `refused`, `failed` or `not-tested`.
    pub outcome: Word,
    /// The HTTP status; null: none, or ssh.
    pub http_status: Option<i64>,
    /// Why it failed or was not tested; null: it was allowed.
    pub reason: Option<Text>,
}

/// A login by libssh2 with the key files of the target, but without `~/.ssh/config`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Libssh2 {
    /// `authenticated`, `refused`, `handshake-failed`, `no-key`, or `elsewhere` (not tried: `~/.ssh/config` leads ssh to
    /// another host, port or proxy than the URL names).
    pub outcome: Word,
    /// The user that it sends: that of the URL, else the account's.
    pub user: Login,
    /// Its words; null: authenticated.
    pub error: Option<Text>,
}

/// What the AWS APIs said with the credentials of this target, or of the profile asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct AwsAnswers {
    /// The profile, or `environment`.
    pub profile: Word,
    /// Who these credentials belong to; null: STS says that they belong to nobody, see `rejected`.
    pub identity: Fact<Identity>,
    /// Why STS did not accept the credentials; null: it did.
    pub rejected: Option<ApiError>,
    /// The SSH public keys of the IAM user; null: no IAM user, or no ssh target.
    pub ssh_keys: Fact<Vec<IamSshKey>>,
    /// The SSH public key of the IAM user that equals one of the target's keys; null: none does.
    pub matching_ssh_key: Fact<IamSshKey>,
    /// The SSH public key of the IAM user whose ID is the user name that ssh sends; null: none is.
    pub configured_ssh_key: Fact<IamSshKey>,
    /// The Git credentials of the IAM user; null: no IAM user, or no target with Git credentials.
    pub git_credentials: Fact<Vec<GitCredential>>,
    /// `active`, `inactive` or `missing`: the Git credential whose user name was sent, or would be; null: none.
    /// Unavailable where its name is that of another IAM user.
    pub git_credential_status: Fact<Word>,
    /// What CodeCommit says of the repository; null: the target names none.
    pub repository: Fact<RepositoryAnswer>,
}

/// An AWS identity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Identity {
    /// The account.
    pub account: Account,
    /// Its ARN.
    pub arn: Text,
    /// `user`, `assumed-role`, `federated-user`, `root` or `other`.
    pub kind: Word,
    /// Name of the IAM user or of the role; null: root and federated users.
    pub name: Option<Login>,
}

/// An error of an AWS API.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ApiError {
    /// `unknown-key`, `wrong-secret`, `expired`, `clock`, `denied`, `kms`, `throttled`, `not-found`, `unreachable`,
    /// `not-asked` or `other`.
    pub kind: Word,
    /// AWS' own code, such as `InvalidClientTokenId`; null: none came.
    pub code: Option<Word>,
    /// Its message, secrets masked.
    pub message: Text,
    /// The action that was asked for, such as `sts:GetCallerIdentity`.
    pub action: Word,
}

/// An SSH public key of an IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct IamSshKey {
    /// Its ID, which is the user name for ssh.
    pub id: Login,
    /// Whether it is active.
    pub active: bool,
    /// MD5 fingerprint of the key, colon-separated; null: not allowed to see it.
    pub md5: Option<Word>,
    /// The key file of the target that it belongs to, or the comment that the agent has for it; null: none, or not
    /// allowed to see it.
    pub file: Option<FilePath>,
    /// The private key in `.ssh` that it belongs to although ssh does not try it for the target; null: none.
    pub other_file: Option<FilePath>,
}

/// A Git credential of an IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct GitCredential {
    /// User name.
    pub user: Login,
    /// Whether it is active.
    pub active: bool,
}

/// What CodeCommit says of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct RepositoryAnswer {
    /// Whether CodeCommit shows it in the region of the target; where it does not, the error says whether it is missing.
    pub exists: bool,
    /// The repository there whose name differs only in case; null: none, or the list is not to be had.
    pub other_case: Option<Word>,
    /// The repository there whose name is nearest; null: none is near, or the list is not to be had.
    pub nearest: Option<Word>,
    /// The first other region in which it exists; null: none, or nobody could tell.
    pub other_region: Option<Word>,
    /// The error, of the kind `not-found`, `denied` or `kms` (it exists, and its encryption key is out of reach); null:
    /// it exists. Any other error makes the whole answer unavailable.
    pub error: Option<ApiError>,
}

//! Facts about the ssh client: its files, keys, agent, and what it will do for one host.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Fact, FilePath, Host, Login, Setting, Source, Text, Word};

/// The machine's ssh set-up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Ssh {
    /// The `.ssh` directory that OpenSSH uses.
    pub directory: FilePath,
    /// Whether it exists.
    pub directory_exists: Fact<bool>,
    /// The user's configuration file that OpenSSH reads (whether or not it exists).
    pub config_path: FilePath,
    /// Every configuration file that ssh reads or that an `Include` names, in reading order: the user's, its
    /// includes, the system's. The user's is always listed.
    pub config_files: Vec<ConfigFile>,
    /// Files in `.ssh` that look like a client configuration saved under a wrong name.
    pub config_like_files: Vec<ConfigLikeFile>,
    /// Lines at which ssh stops reading its configuration for every host.
    pub config_errors: Vec<ConfigError>,
    /// All `Host` blocks of all files in reading order, `Match` blocks too.
    pub blocks: Vec<Block>,
    /// The keys in `.ssh` (files that are or look like private or public keys), at most 200.
    pub keys: Vec<KeyFile>,
    /// The SSH agent of `SSH_AUTH_SOCK`; null: the variable is not set.
    pub agent: Fact<Agent>,
    /// The `.ssh` directory below `HOME` when that is not the directory that OpenSSH uses; null: the same one, or
    /// it does not exist.
    pub other_directory: Option<FilePath>,
    /// Names of the files in `other_directory` that are a configuration or a key.
    pub other_files: Vec<FilePath>,
}

/// One ssh configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ConfigFile {
    /// Its path.
    pub path: FilePath,
    /// `user` or `system`.
    pub scope: Word,
    /// Whether it exists.
    pub exists: bool,
    /// `file`, `directory`, `link-loop` or `other`; null when it does not exist.
    pub kind: Option<Word>,
    /// Whether this account can read it; null when it does not exist.
    pub readable: Option<bool>,
    /// Whether it belongs to this account or root; null on Windows or when it does not exist.
    pub owner_ok: Option<bool>,
    /// Permission bits in octal, such as `0644`; null on Windows or when it does not exist.
    pub mode: Option<Word>,
    /// Whether group or others may write it, which makes OpenSSH stop (`Bad owner or permissions`).
    pub writable_by_others: Option<bool>,
    /// `utf-16`, `utf-8-bom`, `nul-bytes`; null: plain text.
    pub encoding: Option<Word>,
    /// Whether lines end in CRLF (harmless for OpenSSH).
    pub crlf: bool,
    /// The `Include` line that names it; null: read by default.
    pub included_by: Option<Source>,
    /// Why it could not be read (too large, a FIFO …); null when it could or when it does not exist.
    pub problem: Option<Text>,
    /// The file.
    pub source: Source,
}

/// A file that looks like a misnamed ssh configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ConfigLikeFile {
    /// Its path.
    pub path: FilePath,
    /// Its file name.
    pub name: Text,
    /// Whether it holds a `Host` line that names CodeCommit.
    pub names_codecommit: bool,
    /// Whether it holds an SSH key ID (`APKA…`).
    pub has_key_id: bool,
    /// Whether an `Include` line of a file that ssh does read names it.
    pub included: bool,
    /// Whether it looks like a backup (`config.bak`, `config~`, `config.old`, …).
    pub looks_like_backup: bool,
    /// The path that ssh would read in its place.
    pub wanted_path: FilePath,
    /// Whether that path exists already.
    pub wanted_exists: bool,
    /// Its first line that names CodeCommit, else its first line.
    pub source: Source,
}

/// A line that stops ssh.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ConfigError {
    /// ssh's own words, or ours where ssh is missing.
    pub message: Text,
    /// `unknown-option`, `missing-argument`, `extra-arguments`, `bad-value`, `bad-permissions`, `encoding`, `other`.
    pub kind: Word,
    /// The keyword on that line in lower case; null when there is none.
    pub keyword: Option<Word>,
    /// Whether its arguments read like an unquoted path with spaces.
    pub unquoted_path: bool,
    /// That path, its words joined by blanks; null: it is no unquoted path.
    pub unquoted: Option<FilePath>,
    /// The line.
    pub source: Source,
}

/// One `Host` or `Match` block, or a `Host` line that is commented out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Block {
    /// `host`, `match` or `commented-host`.
    pub kind: Word,
    /// The patterns or criteria as written.
    pub patterns: Vec<Text>,
    /// Whether they name CodeCommit (hold `codecommit`).
    pub names_codecommit: bool,
    /// Whether one of the patterns holds a comma (patterns are separated by blanks).
    pub has_comma: bool,
    /// The `User` line of the block; null: none.
    pub user: Option<Login>,
    /// The `HostName` line of the block; null: none.
    pub hostname: Option<Host>,
    /// The `IdentityFile` lines of the block.
    pub identity_files: Vec<FilePath>,
    /// Whether the user is an SSH key ID (`APKA…`).
    pub user_is_key_id: bool,
    /// Whether a setting of the block names CodeCommit or an SSH key ID although its patterns do not.
    pub holds_codecommit_settings: bool,
    /// The `Host` line.
    pub source: Source,
    /// The `User` line, else the `Host` line.
    pub user_source: Source,
}

/// A block that ssh does not come to, because of where the `Include` line of its file stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct UnreachedBlock {
    /// The block.
    pub block: Block,
    /// The `Include` line; null: not known.
    pub include: Option<Source>,
    /// The `Host` or `Match` line of another host, below which it stands.
    pub inside: Source,
    /// What that line says, as written.
    pub inside_text: Text,
}

/// The SSH agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Agent {
    /// Its socket.
    pub socket: FilePath,
    /// Whether the socket exists.
    pub socket_exists: bool,
    /// Whether somebody listens on the socket; where nobody does, ssh goes on without an agent.
    pub reachable: Fact<bool>,
    /// The keys it holds, none where nobody listens; unavailable when an agent does not answer.
    pub keys: Fact<Vec<AgentKey>>,
    /// How many keys it holds.
    pub key_count: Fact<i64>,
    /// The variable.
    pub source: Source,
}

/// A key in the agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct AgentKey {
    /// `rsa`, `ed25519`, `ecdsa`, `dsa`, `sk-ed25519`, `sk-ecdsa` or `other`.
    pub key_type: Word,
    /// Size in bits; null when it does not apply.
    pub bits: Option<i64>,
    /// `SHA256:` fingerprint without that prefix, unpadded base64.
    pub sha256: Word,
    /// Comment.
    pub comment: Text,
}

/// A key file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct KeyFile {
    /// Its path.
    pub path: FilePath,
    /// Whether it exists.
    pub exists: Fact<bool>,
    /// Whether it is a regular file; null when it does not exist.
    pub is_file: Option<bool>,
    /// Whether this account can read it; null when it does not exist.
    pub readable: Option<bool>,
    /// Whether it belongs to this account; null on Windows or when it does not exist.
    pub owned: Option<bool>,
    /// Permission bits in octal, such as `0600`; null on Windows or when it does not exist.
    pub mode: Option<Word>,
    /// Whether OpenSSH ignores it because others may read it. Unix: owned by the caller and `mode & 077`;
    /// Windows: its ACL lets others in.
    pub too_open: Fact<bool>,
    /// `private`, `public`, `ppk`, `certificate`, `ssh2-public`, `empty` or `unknown`; unavailable when it cannot
    /// be read, null when it does not exist.
    pub role: Fact<Word>,
    /// `openssh`, `pkcs1`, `pkcs8`, `sec1`, `ppk`, `rfc4253-line`, `rfc4716` or `unknown`.
    pub format: Fact<Word>,
    /// `rsa`, `ed25519`, `ecdsa`, `dsa`, `sk-ed25519`, `sk-ecdsa`, `other`; unavailable when the file does not say
    /// without a passphrase.
    pub key_type: Fact<Word>,
    /// Size in bits.
    pub bits: Fact<i64>,
    /// Whether a private key is protected by a passphrase.
    pub encrypted: Fact<bool>,
    /// `SHA256:` fingerprint without that prefix, unpadded base64.
    pub sha256: Fact<Word>,
    /// MD5 fingerprint of the public key blob, colon-separated hex: what `ssh-keygen -E md5 -l` prints and what IAM
    /// shows for an uploaded SSH public key.
    pub md5: Fact<Word>,
    /// What keeps OpenSSH from reading a private key: `crlf`, `no-final-newline`, `bom`, `indented`, `one-line`,
    /// `empty`, `truncated`, `not-a-key`; null: nothing seen.
    pub damage: Fact<Word>,
    /// The file beside it with `.pub` added; null when there is none.
    pub public_path: Option<FilePath>,
    /// Whether the public key beside it belongs to this private key; null when there is none.
    pub public_matches: Fact<bool>,
    /// The private key beside a public one (the path without `.pub`), when it exists.
    pub private_sibling: Option<FilePath>,
    /// Whether that private key belongs to this public key; null when there is none.
    pub private_sibling_matches: Fact<bool>,
    /// Whether the agent holds it (for a target that of `IdentityAgent`, where that names one); null without an agent.
    pub in_agent: Fact<bool>,
    /// The file.
    pub source: Source,
}

/// What the ssh client that git runs will do for one target.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct TargetSsh {
    /// What told us: `ssh -G` or `own reader`.
    pub told_by: Word,
    /// Why the effective settings may be incomplete (a `Match exec` line that is not run); null: they are whole.
    pub uncertain: Option<Text>,
    /// The login name sent to the server.
    pub user: Setting,
    /// What kind of name that is: `key-id` (a well-formed `APKA…`), `key-id-like` (starts with APKA in any case but
    /// is not well-formed: wrong case, wrong length, stray characters), `access-key-id` (AKIA, ASIA), `iam-id`
    /// (AIDA, AROA), `git`, `os-login` (nobody set one, ssh sends the account's name), `other`.
    pub user_kind: Word,
    /// Whether the user would be a key ID if its letters were upper case.
    pub user_wrong_case: bool,
    /// The host name that ssh connects to.
    pub hostname: Setting,
    /// Whether that is a CodeCommit endpoint of the table of regions.
    pub hostname_is_endpoint: bool,
    /// Port.
    pub port: Setting,
    /// The identities that ssh will try, in order.
    pub identities: Vec<Identity>,
    /// Whether an `IdentityFile` line applies (else ssh tries its defaults).
    pub identity_configured: bool,
    /// How many of the identities exist, are private keys and are of type RSA.
    pub usable_identities: Fact<i64>,
    /// `IdentitiesOnly`.
    pub identities_only: Setting,
    /// `PubkeyAuthentication`.
    pub pubkey_authentication: Setting,
    /// `PreferredAuthentications`.
    pub preferred_authentications: Setting,
    /// `PubkeyAcceptedAlgorithms`.
    pub pubkey_accepted_algorithms: Setting,
    /// `HostKeyAlgorithms`.
    pub host_key_algorithms: Setting,
    /// `ProxyCommand`.
    pub proxy_command: Setting,
    /// Whether the program of `ProxyCommand` is found; null without one.
    pub proxy_program_found: Fact<bool>,
    /// `ProxyJump`.
    pub proxy_jump: Setting,
    /// `IdentityAgent`.
    pub identity_agent: Setting,
    /// `StrictHostKeyChecking`.
    pub strict_host_key_checking: Setting,
    /// `UserKnownHostsFile`.
    pub user_known_hosts_file: Setting,
    /// `ControlPath`, its tokens (`%h`, `%C`, …) as written where our own reader told it.
    pub control_path: Setting,
    /// `ControlMaster`.
    pub control_master: Setting,
    /// `RequiredRSASize`: ssh passes over shorter RSA keys without a word (OpenSSH 9.1 and newer).
    pub required_rsa_size: Setting,
    /// `RequiredRSASize` as a number; null: not set, or no number.
    pub required_rsa_bits: Option<i64>,
    /// Whether a `Host` block other than one of `*` patterns only applies to the host.
    pub host_block_found: bool,
    /// The blocks that apply, in reading order.
    pub matching_blocks: Vec<Block>,
    /// Blocks that name CodeCommit (or hold a key ID) but do not apply to the host of this target.
    pub near_blocks: Vec<Block>,
    /// Blocks about CodeCommit whose patterns match the host, in a file that ssh never reads for it: the `Include` line
    /// stands inside the block of another host.
    pub unreached_blocks: Vec<UnreachedBlock>,
    /// Settings of the CodeCommit block that lost to an earlier line.
    pub shadowed: Vec<Shadowed>,
    /// The host keys known for this host.
    pub known_hosts: Fact<KnownHosts>,
    /// How many keys the agent offers before the right one could be tried: the agent's keys when `IdentitiesOnly` is
    /// off, else 0.
    pub agent_keys_offered: Fact<i64>,
    /// Whether an agent answers at the socket that `IdentityAgent` names; null when it names none of its own.
    pub identity_agent_reachable: Fact<bool>,
    /// Settings made for another use of ssh, with which git cannot work or that may keep ssh from the host.
    pub hindrances: Vec<Hindrance>,
}

/// A setting that is in the way of git.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Hindrance {
    /// `command` (another command is to be run), `session` (none is), `background` (ssh leaves git), `jump-loop` (the
    /// jump host is reached through itself), `control-folder` (the directory of the control socket is missing),
    /// `control-length` (its path is too long), `family` (IPv6 only), `address` (the address or interface to connect
    /// from).
    pub kind: Word,
    /// The keyword as documented, such as `RemoteCommand`.
    pub keyword: Word,
    /// Its value.
    pub value: Text,
    /// The directory that is missing; null for other kinds.
    pub folder: Option<FilePath>,
    /// The jump host that is reached through itself, in lower case; null for other kinds.
    pub jump_host: Option<Host>,
    /// Its line; null where it is not known.
    pub source: Option<Source>,
}

/// One identity that ssh will try.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Identity {
    /// The path, expanded.
    pub path: FilePath,
    /// Whether it is one of ssh's defaults, not configured.
    pub is_default: bool,
    /// The key file.
    pub key: KeyFile,
    /// The line that names it; the file itself for defaults.
    pub source: Source,
}

/// A setting of a CodeCommit block that does not take effect.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Shadowed {
    /// The keyword as documented, such as `User`.
    pub keyword: Word,
    /// The value that does not take effect.
    pub value: Text,
    /// Its line.
    pub source: Source,
    /// The value that wins.
    pub winner: Text,
    /// The line that wins.
    pub winner_source: Source,
    /// Whether the winner stands in a block that names CodeCommit too.
    pub winner_names_codecommit: bool,
}

/// The host keys known for one host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct KnownHosts {
    /// The files looked into.
    pub files: Vec<FilePath>,
    /// The name looked up (`host` or `[host]:port`).
    pub name: Host,
    /// Entries for the name.
    pub entries: Vec<KnownHost>,
    /// Whether fingerprints are published for the host.
    pub published: bool,
    /// The published SHA256 fingerprint, without prefix; null: none published.
    pub published_sha256: Option<Word>,
    /// The published MD5 fingerprint; null: none published.
    pub published_md5: Option<Word>,
    /// How many plain entries (no marker) equal the published fingerprint.
    pub right_count: i64,
    /// How many plain RSA entries differ from it.
    pub wrong_count: i64,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<Text>,
    /// Those of them that are plain files of this account, whose permissions are in the way.
    pub closed: Vec<FilePath>,
}

/// One entry of a known_hosts file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct KnownHost {
    /// `rsa`, `ed25519`, …
    pub key_type: Word,
    /// `revoked`, `cert-authority` or null.
    pub marker: Option<Word>,
    /// Whether the host name is hashed.
    pub hashed: bool,
    /// SHA256 fingerprint without prefix; null: the key cannot be decoded.
    pub sha256: Option<Word>,
    /// MD5 fingerprint; null: the key cannot be decoded.
    pub md5: Option<Word>,
    /// Whether it equals the published fingerprint; null: none is published, or it has a marker.
    pub matches_published: Option<bool>,
    /// The region whose published fingerprint it equals, when that is another one.
    pub region_of_key: Option<Word>,
    /// The line.
    pub source: Source,
}

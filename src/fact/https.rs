//! Facts about what git will do for one HTTPS target: its credential helpers and transport settings.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Fact, FilePath, Host, Login, Setting, Source, Text, Word};

/// What git will do for one HTTPS URL (also for the URL that git-remote-codecommit hands to git).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct TargetHttps {
    /// The credential helpers that git asks, in order, after resets.
    pub helpers: Vec<Helper>,
    /// Helpers that an empty `helper =` line removed before.
    pub discarded: Vec<Helper>,
    /// The empty `helper =` line that took effect last; null: none.
    pub reset: Option<Source>,
    /// Whether an AWS CLI credential helper is in the chain (whatever else is wrong with it).
    pub has_aws_helper: bool,
    /// The AWS CLI credential helper that is asked first; null: none.
    pub aws_helper: Option<Helper>,
    /// Whether `discarded` holds an AWS CLI credential helper.
    pub aws_helper_discarded: bool,
    /// Helpers asked before the AWS CLI credential helper (all of them when it is not in the chain).
    pub before_aws: Vec<Helper>,
    /// Helpers asked after it.
    pub after_aws: Vec<Helper>,
    /// Whether one of the helpers stores what it is told (`store`, `cache`, `osxkeychain`, `manager`, …).
    pub has_storing_helper: bool,
    /// The effective `credential.useHttpPath`.
    pub use_http_path: Setting,
    /// Whether that is true.
    pub use_http_path_on: bool,
    /// The effective `credential.username`.
    pub username: Setting,
    /// Credential sections with a URL that do not apply to this target although they name CodeCommit or its host.
    pub near_sections: Vec<Section>,
    /// The program that git asks when no helper answers (`GIT_ASKPASS`, `core.askPass`, `SSH_ASKPASS`).
    pub askpass: Setting,
    /// Logins stored in plain text that apply to this host or to another CodeCommit host (`~/.git-credentials` and
    /// other files of `store` helpers, `~/.netrc`).
    pub stored: Vec<StoredLogin>,
    /// The login that the first answering store file gives; null: none matches, or no store helper is in the chain.
    pub stored_login: Option<StoredLogin>,
    /// Files of store helpers that exist and cannot be read.
    pub unreadable_stores: Vec<StoreFile>,
    /// Lines of the store files in the chain that are about this host and that git cannot use as they are written.
    pub unusable_lines: Vec<UnusableLine>,
    /// Whether a stored login for the host would match were it not for `useHttpPath` (its entry has no path).
    pub hidden_by_use_http_path: bool,
    /// `http.sslVerify` for this URL, or `GIT_SSL_NO_VERIFY`.
    pub ssl_verify: Setting,
    /// `http.sslCAInfo` for this URL, or `GIT_SSL_CAINFO`.
    pub ssl_ca_info: Setting,
    /// Whether that file exists and is readable; null: not set.
    pub ssl_ca_info_ok: Fact<bool>,
    /// `http.sslCAPath` for this URL, or `GIT_SSL_CAPATH`.
    pub ssl_ca_path: Setting,
    /// Whether that directory exists; null: not set.
    pub ssl_ca_path_ok: Fact<bool>,
    /// `http.sslBackend`.
    pub ssl_backend: Setting,
    /// `http.sslCert` for this URL.
    pub ssl_cert: Setting,
    /// Whether that file exists and is readable; null: not set.
    pub ssl_cert_ok: Fact<bool>,
    /// `http.proxy` for this URL, `remote.<name>.proxy`, or the proxy variables, as git decides; login masked.
    pub proxy: Setting,
    /// What is wrong with the proxy's syntax (`no-host`, `bad-port`, `bad-scheme`); null: nothing, or no proxy.
    pub proxy_problem: Option<Word>,
    /// `http.extraHeader` lines for this URL that carry an `Authorization` header.
    pub authorization_headers: Vec<LocatedText>,
    /// `http.emptyAuth` for this URL.
    pub empty_auth: Setting,
    /// `http.proactiveAuth` for this URL.
    pub proactive_auth: Setting,
    /// `http.followRedirects` for this URL.
    pub follow_redirects: Setting,
}

/// A text with its place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct LocatedText {
    /// The text, secrets masked.
    pub text: Text,
    /// Where it stands.
    pub source: Source,
}

/// One credential helper as git will run it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Helper {
    /// The configured value, secrets masked.
    pub value: Text,
    /// What it is: `aws` (a working form of the AWS CLI helper), `aws-mistyped` (meant to be it, see `problem`),
    /// `store`, `cache`, `osxkeychain`, `manager`, `manager-core`, `wincred`, `libsecret`, `gnome-keyring`,
    /// `oauth`, or `other`.
    pub kind: Word,
    /// How git runs it: `shell` (`!…`), `path` (absolute) or `git-command` (`git credential-…`).
    pub runs_as: Word,
    /// Whether it keeps what git tells it and replays it later.
    pub stores: bool,
    /// What is wrong with a mistyped AWS helper: `no-exclamation-mark`, `literal-quotes`, `unclosed-quote`,
    /// `has-action` (a `get` of its own), `misspelt`, `profile-with-space`, `missing-subcommand`; null: nothing seen.
    pub problem: Option<Word>,
    /// The value that would be right; null when there is nothing to correct.
    pub corrected: Option<Text>,
    /// The program that it starts, as written.
    pub program: Text,
    /// The file which that is; null when nothing of that name is found; unavailable for shell code that we do not
    /// take apart.
    pub program_path: Fact<FilePath>,
    /// Whether that program is found; unavailable as above.
    pub program_found: Fact<bool>,
    /// `--profile` of an AWS helper, or `AWS_PROFILE=` before it; null: none.
    pub profile: Option<Word>,
    /// `--region` of an AWS helper; null: none.
    pub region: Option<Word>,
    /// Whether an AWS helper has `--ignore-host-check`.
    pub ignores_host_check: bool,
    /// What gives an AWS helper its credentials in place of the profile: a program around the AWS CLI such as
    /// `aws-vault`, `shell code`, or a variable that is set before it; null: the AWS CLI looks for itself.
    pub credentials_by: Option<Word>,
    /// `system`, `global`, `local`, `worktree` or `command`.
    pub scope: Word,
    /// The URL of its section as written; null: plain `[credential]`.
    pub section_url: Option<Text>,
    /// Its place in the chain, from 1.
    pub position: i64,
    /// The line.
    pub source: Source,
}

/// A `[credential "URL"]` section that does not apply.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Section {
    /// The URL as written.
    pub url: Text,
    /// Why it does not apply: `scheme`, `host`, `wildcard` (an asterisk stands for exactly one whole label),
    /// `path`, `user`, `port`, `no-scheme`, `backslash`, `unparsable`.
    pub reason: Word,
    /// Whether it configures an AWS helper.
    pub has_aws_helper: bool,
    /// The first AWS helper that it configures, corrected where it is mistyped, secrets masked; null: none.
    pub aws_helper: Option<Text>,
    /// Whether it sets `useHttpPath` to true.
    pub sets_use_http_path: bool,
    /// `system`, `global`, `local`, `worktree` or `command`.
    pub scope: Word,
    /// Its first line.
    pub source: Source,
}

/// A line of a store file that git's `store` helper cannot use (builtin/credential-store.c of git).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct UnusableLine {
    /// Why: `utf-16`, `bom`, `crlf` (the line end becomes part of the host), `indented`, `http` (another scheme than
    /// https), `port` (a port that the URL does not name), `slash` (a raw `/` in the login), `no-password`.
    pub problem: Word,
    /// The line, login masked.
    pub source: Source,
}

/// A file of a store helper.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct StoreFile {
    /// Its path.
    pub path: FilePath,
    /// Permission bits in octal; null on Windows.
    pub mode: Option<Word>,
    /// Whether it belongs to this account; null on Windows.
    pub owned: Option<bool>,
    /// The file.
    pub source: Source,
}

/// A login found in a file. The password is never kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct StoredLogin {
    /// The file.
    pub path: FilePath,
    /// Host of the entry.
    pub host: Host,
    /// Region of that host; null when it is not a CodeCommit host.
    pub region: Option<Word>,
    /// Whether that is the host of this target.
    pub is_target_host: bool,
    /// Whether the entry is limited to a path.
    pub has_path: bool,
    /// User name.
    pub user: Login,
    /// `git-credentials` (`name-at-123456789012`), `sigv4` (an access key ID: a replayed signature), `other`.
    pub user_kind: Word,
    /// When a SigV4 password was signed; null for other kinds.
    pub signed_at: Option<i64>,
    /// Seconds between that and now; null for other kinds.
    pub age_seconds: Option<i64>,
    /// Whether the file is read by a helper in the chain of this target (`~/.netrc`: by libcurl always).
    pub in_chain: bool,
    /// The line, password masked.
    pub source: Source,
}

//! Facts about the AWS configuration: files, profiles, and the credentials that win for one target.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Account, Fact, FilePath, Login, LostSetting, Setting, Source, Text, Word};

/// The AWS configuration of the account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Aws {
    /// The configuration file (`AWS_CONFIG_FILE`, else `~/.aws/config`).
    pub config: AwsFile,
    /// The credentials file (`AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`).
    pub credentials: AwsFile,
    /// Whether the directory of one of the two files exists and this account may not search it.
    pub directory_closed: bool,
    /// The file that `AWS_WEB_IDENTITY_TOKEN_FILE` names; null: not set.
    pub web_identity_file: Option<FilePath>,
    /// Whether that file exists and can be read; null: not set.
    pub web_identity_file_ok: Option<bool>,
    /// All profiles that botocore sees, `default` first, then by name.
    pub profiles: Vec<Profile>,
    /// How many profiles there are.
    pub profile_count: i64,
    /// Their names, joined by commas.
    pub profile_names: Text,
    /// Sections of the configuration file that botocore does not read as profiles: `[name]` without `profile`, and
    /// names with blanks without quotation marks; and `[profile name]` of the credentials file, which makes a profile
    /// called `profile name`. Only those that hold keys of profiles and whose profile has no proper section there.
    pub misnamed_sections: Vec<MisnamedSection>,
    /// Whether the environment gives credentials: `none`, `complete`, `partial` (an access key ID without a secret; a
    /// secret without an access key ID is never looked at and counts as `none`).
    pub environment_keys: Word,
    /// The profile that AWS tools use when none is named on the command line.
    pub environment_profile: Setting,
}

/// One of the two files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct AwsFile {
    /// Its path.
    pub path: FilePath,
    /// Whether an environment variable names it.
    pub from_environment: bool,
    /// Whether it exists; unavailable when its directory cannot be searched.
    pub exists: Fact<bool>,
    /// Whether this account can read it; null when it does not exist.
    pub readable: Option<bool>,
    /// Permission bits in octal; null on Windows or when it does not exist.
    pub mode: Option<Word>,
    /// Whether group or others can read it; null on Windows or when it does not exist.
    pub readable_by_others: Option<bool>,
    /// `utf-16`, `utf-8-bom`, `nul-bytes`, `not-utf-8`; null: plain text.
    pub encoding: Option<Word>,
    /// The first line at which botocore's parser gives up (`Unable to parse config file`); null: none.
    pub error: Option<FileError>,
    /// Why it could not be read (too large, a FIFO …); null when it could or when it does not exist.
    pub problem: Option<Text>,
    /// The file.
    pub source: Source,
}

/// A line that the parser refuses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct FileError {
    /// `no-section`, `no-equals-sign`, `duplicate-section`, `duplicate-key`, `no-key` (`= value`), `bom`, `not-utf-8`,
    /// `bad-section`.
    pub kind: Word,
    /// The line.
    pub source: Source,
}

/// A section that botocore does not see as a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct MisnamedSection {
    /// Its heading without brackets.
    pub heading: Text,
    /// The profile that was probably meant.
    pub meant: Word,
    /// The heading that would be right.
    pub corrected: Text,
    /// The line.
    pub source: Source,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Profile {
    /// Its name.
    pub name: Word,
    /// Whether the configuration file has it.
    pub in_config: bool,
    /// Whether the credentials file has it.
    pub in_credentials: bool,
    /// `region`; null: not set.
    pub region: Option<Word>,
    /// The `region` line; null: not set.
    pub region_source: Option<Source>,
    /// Where it gets its credentials, in the order in which botocore looks: `role`, `web-identity`, `sso`, `login`,
    /// `static`, `process`, `instance` (credential_source), `none`.
    pub kind: Word,
    /// Its access key ID; null: none.
    pub access_key_id: Option<Login>,
    /// `long-term` (AKIA), `temporary` (ASIA), `malformed`; null: none.
    pub key_id_kind: Option<Word>,
    /// Whether it has a secret access key.
    pub has_secret: bool,
    /// Length of the secret in characters (40 when right).
    pub secret_length: Option<i64>,
    /// Whether the secret or the key ID has blanks or quotation marks around or within it.
    pub secret_malformed: bool,
    /// Whether it has a session token.
    pub has_session_token: bool,
    /// The session token's line, value masked; null: none.
    pub session_token_source: Option<Source>,
    /// Whether it has one half of a key pair only.
    pub partial: bool,
    /// When its stored credentials expire, where a file says so (`aws_expiration`, `x_security_token_expires`, the
    /// SSO and CLI caches); null: not said. Those of a cached role are told only while they hold or when renewing them
    /// takes an MFA code, for otherwise they are renewed without a word.
    pub expires_at: Option<i64>,
    /// `role_arn`; null: none.
    pub role_arn: Option<Text>,
    /// The account of `role_arn`; null: none.
    pub role_account: Option<Account>,
    /// `source_profile`; null: none.
    pub source_profile: Option<Word>,
    /// Whether that profile exists; null: none named.
    pub source_profile_exists: Option<bool>,
    /// Whether following `source_profile` comes back to a profile seen before.
    pub source_profile_loops: bool,
    /// `credential_source`; null: none.
    pub credential_source: Option<Word>,
    /// The program of `credential_process` as written; null: none.
    pub process_program: Option<Text>,
    /// Whether that program is found and executable; null: none named.
    pub process_program_found: Option<bool>,
    /// `mfa_serial`; null: none.
    pub mfa_serial: Option<Text>,
    /// `sso_session`; null: none.
    pub sso_session: Option<Word>,
    /// Whether the `[sso-session NAME]` section exists; null: none named.
    pub sso_session_exists: Option<bool>,
    /// SSO settings that are missing, joined by commas; null: none missing, or not an SSO profile.
    pub sso_missing: Option<Text>,
    /// Whether the SSO or login cache holds a token; null: not such a profile.
    pub token_cached: Option<bool>,
    /// When that token expires; null: not said.
    pub token_expires_at: Option<i64>,
    /// Whether that token can be renewed without the user (a refresh token whose registration still holds).
    pub token_refreshable: bool,
    /// `login_session` (AWS CLI ≥ 2.32); null: none.
    pub login_session: Option<Text>,
    /// `web_identity_token_file`; null: none.
    pub web_identity_file: Option<FilePath>,
    /// Whether that file exists; null: none named.
    pub web_identity_file_exists: Option<bool>,
    /// `ca_bundle`; null: none.
    pub ca_bundle: Option<FilePath>,
    /// Whether that file exists; null: none named.
    pub ca_bundle_exists: Option<bool>,
    /// The heading of the profile (in the credentials file where it has keys, else in the configuration).
    pub source: Source,
    /// The line that decides its kind (`role_arn`, `sso_session`, `aws_access_key_id`, …); the heading when none.
    pub kind_source: Source,
}

/// The AWS credentials that one target will use, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct TargetAws {
    /// Who will use them: `aws-cli-1`, `aws-cli-2` (the credential helper) or `botocore` (git-remote-codecommit).
    pub client: Word,
    /// The profile asked for; its origin is `helper`, `url`, `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, `option` (of
    /// cc-doctor) or `default`.
    pub profile: Setting,
    /// Whether that profile was named explicitly by the helper or the URL, so that it beats environment keys.
    pub profile_explicit: bool,
    /// Whether the profile exists.
    pub profile_exists: Fact<bool>,
    /// The existing profile whose name is nearest to a missing one; null: none is near.
    pub nearest_profile: Option<Word>,
    /// The profile itself; null when it does not exist.
    pub details: Fact<Profile>,
    /// Where the credentials come from: `environment`, `static`, `role`, `sso`, `login`, `process` (also a program
    /// around the AWS CLI), `web-identity`, `container`, `instance` (asked last, over the network), `none`.
    pub credentials_from: Fact<Word>,
    /// Whether environment keys take effect although a profile with other credentials of its own is there.
    pub environment_shadows_profile: bool,
    /// The environment variables that take effect, or the profile's line.
    pub credentials_source: Option<Source>,
    /// `long-term`, `temporary` or `malformed` for static and environment keys; null for others.
    pub key_id_kind: Option<Word>,
    /// The access key ID of static and environment keys; null for others.
    pub access_key_id: Option<Login>,
    /// Whether a session token goes with them.
    pub has_session_token: bool,
    /// When they expire, where a file or variable says so; null: not said.
    pub expires_at: Option<i64>,
    /// The region that the client would use on its own (not that of a CodeCommit URL).
    pub region: Setting,
    /// Settings that name another region and lose.
    pub region_lost: Vec<LostSetting>,
    /// The partition that the role's ARN names (`aws`, `aws-cn`, `aws-us-gov`); null: no ARN.
    pub partition: Option<Word>,
    /// `ca_bundle` or `AWS_CA_BUNDLE` as it takes effect.
    pub ca_bundle: Setting,
    /// Whether that file exists; null: not set.
    pub ca_bundle_exists: Fact<bool>,
}

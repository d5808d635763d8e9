//! Facts about one repository URL and what the client that git would use for it will do.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Fact, Host, LocatedOption, Login, Source, Text, Word, access::TargetAccess, aws::TargetAws, git::Rewrite,
    https::TargetHttps, network::TargetNetwork, ssh::TargetSsh,
};

/// One repository to examine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Target {
    /// Short ID within the report: `t1`, `t2`, …
    pub id: Word,
    /// How it is named to people: the remote's name, `--url`, `submodule lib`, or `this machine's ssh set-up`.
    pub label: Text,
    /// `ssh`, `https-gitcred`, `https-helper` or `grc`.
    pub transport: Word,
    /// Why the transport was taken for an HTTPS URL: `aws-helper`, `url-user` (that of Git credentials),
    /// `stored-login`, `storing-helper`, `aws-set-up`, `default`; null for other schemes.
    pub transport_reason: Option<Word>,
    /// Where it comes from: `option`, `remote`, `push-url`, `submodule`, `machine`.
    pub origin: Word,
    /// The name of the remote; null: not from a remote.
    pub remote: Option<Word>,
    /// Whether it is pushed to.
    pub pushed_to: bool,
    /// The URL that git uses, after rewriting, login masked; null when only the set-up is examined.
    pub url: Option<Text>,
    /// The URL as written, login masked.
    pub written_url: Option<Text>,
    /// The rule that rewrote it; null: none.
    pub rewritten_by: Option<Rewrite>,
    /// The transport that the URL as written would have: `ssh`, `https`, `grc`, `other`; equal to that of `url` when
    /// nothing rewrote it.
    pub written_scheme: Word,
    /// Scheme of the URL that git uses: `ssh`, `https`, `http`, `codecommit`, `scp` (`user@host:path`), or what
    /// stands there.
    pub scheme: Word,
    /// Host; null for `codecommit` URLs.
    pub host: Option<Host>,
    /// Port named in the URL.
    pub port: Option<i64>,
    /// User named in the URL.
    pub url_user: Option<Login>,
    /// What kind of name that is, as in `ssh.user_kind`; null: no user.
    pub url_user_kind: Option<Word>,
    /// Whether the URL holds a password.
    pub url_has_password: bool,
    /// When the password in the URL is a SigV4 one: when it was signed.
    pub url_password_signed_at: Option<i64>,
    /// The path as written.
    pub path: Text,
    /// The repository's name; null when the URL does not name one.
    pub repository: Option<Word>,
    /// Region: named by the URL, else by the profile or the environment as the client decides; null: none.
    pub region: Option<Word>,
    /// Where the region comes from: `url`, `profile`, `environment`, `option`; null: none.
    pub region_origin: Option<Word>,
    /// Whether the table of regions has that region; null: no region.
    pub region_known: Option<bool>,
    /// What the host is: `git`, `git-fips`, `vpce`, `api` (codecommit.REGION…), `console`, `alias` (an ssh host
    /// alias), `unknown`, or `none` for `codecommit` URLs.
    pub endpoint_kind: Word,
    /// The endpoint host of the region over this transport; null: unknown region.
    pub expected_host: Option<Host>,
    /// Partition of the region: `aws`, `aws-cn`, `aws-us-gov`; null: unknown region.
    pub partition: Option<Word>,
    /// Whether the table lists a FIPS endpoint for the region; null: unknown region.
    pub region_has_fips: Option<bool>,
    /// What is observed about the way in which the URL is written.
    pub shape: UrlShape,
    /// A URL that says what was probably meant; null: nothing to correct.
    pub corrected_url: Option<Text>,
    /// Where the URL stands.
    pub source: Source,
    /// What git-remote-codecommit will read out of the URL; null for other transports.
    pub grc: Option<GrcUrl>,
    /// What ssh will do; null for other transports.
    pub ssh: Fact<TargetSsh>,
    /// What git will do over HTTPS; null for ssh.
    pub https: Fact<TargetHttps>,
    /// The AWS credentials that will be used; null for ssh and Git credentials.
    pub aws: Fact<TargetAws>,
    /// `protocol.<name>.allow`, `protocol.allow` and `GIT_ALLOW_PROTOCOL` as they apply to the transport: `always`,
    /// `never` or `user`.
    pub protocol_allowed: Word,
    /// What decides that; null: git's default.
    pub protocol_source: Option<LocatedOption>,
    /// How far a connection gets.
    pub network: Fact<TargetNetwork>,
    /// What a live connection proves.
    pub access: Fact<TargetAccess>,
}

/// What is observed about a URL.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct UrlShape {
    /// It ends in `.git`.
    pub dot_git: bool,
    /// It ends in a slash.
    pub trailing_slash: bool,
    /// It is the address of a page of the AWS console.
    pub console_page: bool,
    /// Its path is `/v1/repos/NAME`; null for `codecommit` URLs.
    pub v1_repos: Option<bool>,
    /// It is of the form `user@host:path` or `host:path`.
    pub scp_like: bool,
    /// Its scheme is `http` instead of `https`.
    pub plain_http: bool,
    /// Its scheme is a misspelling of `codecommit`, `https` or `ssh`.
    pub scheme_typo: bool,
    /// Its region part is an Availability Zone (`us-east-1a`).
    pub zone_as_region: bool,
    /// Its host lacks `.cn` in a China region.
    pub china_suffix_missing: bool,
    /// Its host ends in `.cn` outside China.
    pub china_suffix_extra: bool,
    /// Its host is the one of the AWS API (`codecommit.REGION.amazonaws.com`), not of git.
    pub api_host: bool,
    /// Its host has capital letters.
    pub upper_case_host: bool,
    /// It holds blanks, control characters or quotation marks.
    pub stray_characters: bool,
    /// It has more than one `@` before the host (an unencoded one in the user name).
    pub unencoded_at: bool,
    /// Its repository name holds characters that CodeCommit does not allow.
    pub bad_repository_name: bool,
    /// It looks like a placeholder of the documentation (`MyDemoRepo` is none, `<repo>` and `REGION` are).
    pub placeholder: bool,
    /// It writes `codecommit::` and a second scheme.
    pub double_prefix: bool,
    /// It is a `codecommit` URL around an HTTPS host.
    pub https_under_codecommit: bool,
    /// It is `ssh:/HOST/…` or `https:HOST/…`, which git takes for an ssh host called `ssh` or `https`.
    pub one_slash: bool,
    /// It is `codecommit:/NAME` or `codecommit:NAME`, which git takes for an ssh host called codecommit.
    pub codecommit_one_slash: bool,
}

/// What git-remote-codecommit reads out of a URL (its `context()` function, version 1.17).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct GrcUrl {
    /// Whether it accepts the URL.
    pub well_formed: bool,
    /// Profile named before `@`.
    pub profile: Option<Word>,
    /// Region named after `codecommit::`.
    pub region: Option<Word>,
    /// Repository.
    pub repository: Option<Word>,
    /// Region that it will use: of the URL, else of the profile or `AWS_DEFAULT_REGION`; null: none.
    pub effective_region: Option<Word>,
    /// Whether the botocore of its environment lists the region for CodeCommit; unavailable when that botocore cannot
    /// be read.
    pub region_known_to_botocore: Fact<bool>,
    /// The host that it will connect to (`CODE_COMMIT_ENDPOINT` included).
    pub host: Option<Host>,
}

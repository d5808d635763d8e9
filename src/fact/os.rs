//! Facts about the operating system, the account and the environment.

use schemars::JsonSchema;
use serde::Serialize;

use super::elsewhere::Elsewhere;
use super::{Fact, FilePath, Host, Login, Source, Text, Word};

/// The machine and the account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Os {
    /// `linux`, `macos`, `windows` or `unix`.
    pub family: Word,
    /// Name and version as the system tells it, such as `Debian GNU/Linux 12 (bookworm)`.
    pub version: Fact<Word>,
    /// CPU architecture, such as `x86_64`.
    pub arch: Word,
    /// The name of this machine.
    pub hostname: Fact<Host>,
    /// Whether this is Linux under Windows (WSL).
    pub wsl: bool,
    /// Whether the shell is MSYS2, Git Bash or Cygwin.
    pub msys: bool,
    /// Whether we run in a container.
    pub container: bool,
    /// Whether we run as root (Unix) .
    pub is_root: bool,
    /// The user who called sudo; null when sudo was not used.
    pub sudo_user: Option<Login>,
    /// The login name of the account.
    pub user: Fact<Login>,
    /// The home directory as the shell has it: `HOME`, on Windows `HOME` or `USERPROFILE`. Git uses this one.
    pub home: Fact<FilePath>,
    /// Whether the home directory exists and is a directory.
    pub home_exists: Fact<bool>,
    /// Whether the home directory belongs to the account that we run under.
    pub home_owned: Fact<bool>,
    /// The account's home directory whatever `HOME` says. OpenSSH uses this one.
    pub account_home: Fact<FilePath>,
    /// Whether the two homes are different directories.
    pub homes_differ: Fact<bool>,
    /// The entries of `PATH` in order, at most 200.
    pub path: Vec<PathEntry>,
    /// Whether `PATH` is set and not empty.
    pub path_set: bool,
    /// The environment variables that matter here.
    pub env: Environment,
    /// What other programs and terminals of the same person have and this environment lacks.
    pub elsewhere: Elsewhere,
}

/// One entry of `PATH`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct PathEntry {
    /// The entry as written.
    pub path: FilePath,
    /// Whether it is a directory that exists.
    pub exists: bool,
    /// Whether it is an absolute path; others are never searched by cc-doctor.
    pub absolute: bool,
    /// Whether it is wrapped in quotation marks or starts with a literal `~`, so that no program is found in it.
    pub mistyped: bool,
}

/// One environment variable that is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct EnvVar {
    /// Its name.
    pub name: Word,
    /// Its value, secrets masked; null when the whole value is a secret.
    pub value: Option<Text>,
    /// Length of the value in characters.
    pub length: i64,
    /// `NAME=value`, secrets masked.
    pub source: Source,
}

macro_rules! environment {
    ($($field:ident $name:literal $kind:ident $doc:literal;)*) => {
        /// The environment variables on the allow-list; null: not set.
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
        pub struct Environment {
            $(#[doc = $doc] #[serde(rename = $name)] pub $field: Option<EnvVar>,)*
        }

        impl Environment {
            /// Name and kind (`plain`, `url` or `secret`) of every variable of the allow-list.
            pub const NAMES: &'static [(&'static str, &'static str)] = &[$(($name, stringify!($kind)),)*];

            /// Where a variable of the allow-list is kept.
            pub fn slot(&mut self, name: &str) -> Option<&mut Option<EnvVar>> {
                match name {
                    $($name => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

environment! {
    home "HOME" plain "Home directory of the shell.";
    userprofile "USERPROFILE" plain "Home directory on Windows.";
    git_ssh "GIT_SSH" plain "Program that git runs instead of ssh.";
    git_ssh_command "GIT_SSH_COMMAND" plain "Shell command that git runs instead of ssh.";
    git_ssh_variant "GIT_SSH_VARIANT" plain "How git talks to the ssh program.";
    git_askpass "GIT_ASKPASS" plain "Program that git asks for passwords.";
    ssh_askpass "SSH_ASKPASS" plain "Program that ssh asks for passphrases.";
    git_terminal_prompt "GIT_TERMINAL_PROMPT" plain "Whether git may prompt.";
    git_dir "GIT_DIR" plain "Repository that git uses instead of the one in the working directory.";
    git_config_global "GIT_CONFIG_GLOBAL" plain "File read instead of ~/.gitconfig.";
    git_config_system "GIT_CONFIG_SYSTEM" plain "File read instead of the system's git configuration.";
    git_config_nosystem "GIT_CONFIG_NOSYSTEM" plain "Whether the system's git configuration is skipped.";
    git_config_count "GIT_CONFIG_COUNT" plain "Number of settings given by the environment.";
    git_config_parameters "GIT_CONFIG_PARAMETERS" secret "Settings given with git -c by a parent process.";
    git_allow_protocol "GIT_ALLOW_PROTOCOL" plain "Protocols that git may use.";
    git_protocol_from_user "GIT_PROTOCOL_FROM_USER" plain "Whether a URL counts as typed by the user.";
    git_ssl_cainfo "GIT_SSL_CAINFO" plain "File of certificates that git trusts.";
    git_ssl_capath "GIT_SSL_CAPATH" plain "Directory of certificates that git trusts.";
    git_ssl_no_verify "GIT_SSL_NO_VERIFY" plain "Switches certificate checks off.";
    git_exec_path "GIT_EXEC_PATH" plain "Where git looks for its own programs.";
    xdg_config_home "XDG_CONFIG_HOME" plain "Where configuration files live.";
    ssh_auth_sock "SSH_AUTH_SOCK" plain "Socket of the SSH agent.";
    http_proxy "http_proxy" url "Proxy for http URLs.";
    https_proxy_upper "HTTPS_PROXY" url "Proxy for https URLs.";
    https_proxy "https_proxy" url "Proxy for https URLs.";
    all_proxy_upper "ALL_PROXY" url "Proxy for all URLs.";
    all_proxy "all_proxy" url "Proxy for all URLs.";
    no_proxy_upper "NO_PROXY" plain "Hosts reached without the proxy.";
    no_proxy "no_proxy" plain "Hosts reached without the proxy.";
    aws_profile "AWS_PROFILE" plain "Profile that AWS tools use.";
    aws_default_profile "AWS_DEFAULT_PROFILE" plain "Older name of AWS_PROFILE.";
    aws_region "AWS_REGION" plain "Region, for the AWS CLI v2 and the SDKs.";
    aws_default_region "AWS_DEFAULT_REGION" plain "Region, for all AWS tools.";
    aws_access_key_id "AWS_ACCESS_KEY_ID" plain "Access key ID.";
    aws_secret_access_key "AWS_SECRET_ACCESS_KEY" secret "Secret access key.";
    aws_session_token "AWS_SESSION_TOKEN" secret "Session token.";
    aws_security_token "AWS_SECURITY_TOKEN" secret "Older name of AWS_SESSION_TOKEN.";
    aws_credential_expiration "AWS_CREDENTIAL_EXPIRATION" plain "When the exported credentials expire.";
    aws_config_file "AWS_CONFIG_FILE" plain "File read instead of ~/.aws/config.";
    aws_shared_credentials_file "AWS_SHARED_CREDENTIALS_FILE" plain "File read instead of ~/.aws/credentials.";
    aws_ca_bundle "AWS_CA_BUNDLE" plain "File of certificates that AWS tools trust.";
    requests_ca_bundle "REQUESTS_CA_BUNDLE" plain "File of certificates that Python's requests trusts.";
    aws_endpoint_url "AWS_ENDPOINT_URL" url "Endpoint of all AWS services.";
    aws_use_fips_endpoint "AWS_USE_FIPS_ENDPOINT" plain "Whether AWS tools use FIPS endpoints.";
    aws_ec2_metadata_disabled "AWS_EC2_METADATA_DISABLED" plain "Whether instance credentials are not looked for.";
    aws_role_arn "AWS_ROLE_ARN" plain "Role assumed with a web identity.";
    aws_web_identity_token_file "AWS_WEB_IDENTITY_TOKEN_FILE" plain "Web identity token.";
    aws_container_relative_uri "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" plain "Where a container gets credentials.";
    aws_container_full_uri "AWS_CONTAINER_CREDENTIALS_FULL_URI" url "Where a container gets credentials.";
    code_commit_endpoint "CODE_COMMIT_ENDPOINT" plain "Host that git-remote-codecommit uses for every region.";
    virtual_env "VIRTUAL_ENV" plain "Active Python environment.";
    pythonpath "PYTHONPATH" plain "Where Python looks for modules first.";
    pythonhome "PYTHONHOME" plain "Where Python looks for its library.";
    term_program "TERM_PROGRAM" plain "Terminal program.";
    flatpak_id "FLATPAK_ID" plain "The Flatpak application that this runs in.";
    snap_name "SNAP_NAME" plain "The snap that this runs in.";
}

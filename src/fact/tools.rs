//! Facts about programs: what is found, which one wins, whether it works.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Fact, FilePath, Source, Text, Word};

/// The programs that a connection to CodeCommit needs or that can get in its way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Tools {
    /// Git.
    pub git: Tool,
    /// The ssh client on PATH.
    pub ssh: Tool,
    /// The AWS CLI.
    pub aws: Tool,
    /// The Python on PATH (`python3`, else `python`).
    pub python: Tool,
    /// git-remote-codecommit.
    pub grc: Tool,
    /// pip of the Python on PATH, read from its `pip-*.dist-info`.
    pub pip: Package,
    /// How git-remote-codecommit is installed; null when it is not.
    pub grc_install: Fact<GrcInstall>,
    /// The libcurl behind git's HTTPS.
    pub curl: Fact<Curl>,
    /// The credential helpers found beside git or on PATH (`git-credential-*`), by name without that prefix.
    pub credential_helpers: Vec<Tool>,
}

/// One program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Tool {
    /// Its name, such as `git`.
    pub name: Word,
    /// Whether PATH leads to it.
    pub installed: bool,
    /// The one that wins: first on PATH.
    pub path: Option<FilePath>,
    /// All that PATH leads to, winner first.
    pub all: Vec<FilePath>,
    /// Copies found where installers put them, in directories that are not on PATH.
    pub off_path: Vec<FilePath>,
    /// A file of that name on PATH that is not executable.
    pub not_executable: Option<FilePath>,
    /// Version number, digits and dots only, such as `2.39.5`.
    pub version: Fact<Word>,
    /// The whole line in which it names its version.
    pub version_text: Fact<Text>,
    /// What it really is. git: `git`, `git-for-windows`, `apple-git`; ssh: `openssh`, `plink`, `tortoiseplink`,
    /// `dropbear`; aws: `aws-cli-1`, `aws-cli-2`; else null.
    pub flavour: Fact<Word>,
    /// Whether it starts and answers.
    pub starts: Fact<bool>,
    /// First line of its complaint when it does not start; null when it does.
    pub complaint: Option<Text>,
    /// The interpreter in the `#!` line of a script; null for other programs.
    pub interpreter: Option<FilePath>,
    /// Whether that interpreter exists; null for other programs.
    pub interpreter_exists: Option<bool>,
    /// The program itself, or the command that was run.
    pub source: Source,
}

/// An installed Python package.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Package {
    /// Whether it is installed.
    pub installed: Fact<bool>,
    /// Its version.
    pub version: Fact<Word>,
    /// Its dist-info directory.
    pub source: Option<Source>,
}

/// The Python environment that git-remote-codecommit runs in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct GrcInstall {
    /// Version of git-remote-codecommit.
    pub version: Fact<Word>,
    /// Whether the interpreter's site-packages hold the module `git_remote_codecommit`.
    pub module_found: Fact<bool>,
    /// Version of botocore in the same environment.
    pub botocore_version: Fact<Word>,
    /// Whether `awscrt` is in the same environment.
    pub has_awscrt: Fact<bool>,
    /// The site-packages directory.
    pub site_packages: Fact<FilePath>,
    /// Whether the environment is marked externally managed (PEP 668).
    pub externally_managed: Fact<bool>,
}

/// The libcurl that git's HTTPS transport links.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Curl {
    /// Version of libcurl, such as `7.88.1`.
    pub version: Fact<Word>,
    /// TLS library: `gnutls`, `openssl`, `schannel`, `securetransport`, `nss`.
    pub tls: Fact<Word>,
    /// The library file.
    pub source: Option<Source>,
}

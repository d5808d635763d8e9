//! Facts about what other programs of this account see: a terminal with its start-up files, another home directory,
//! another agent, another git.

use schemars::JsonSchema;
use serde::Serialize;

use super::{FilePath, Source, Text, Word, ssh::AgentKey};

/// What is there for other programs of the same person and not for this one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Elsewhere {
    /// Variables that a start-up file of a shell sets and that are not set here.
    pub exports: Vec<ShellExport>,
    /// Directories that a start-up file of a shell puts on PATH and that are not on the PATH of this program.
    pub path_additions: Vec<ShellExport>,
    /// Home directories of the same person besides the one that HOME names.
    pub homes: Vec<OtherHome>,
    /// Agents that hold keys at the usual places; looked for only where `SSH_AUTH_SOCK` leads to none.
    pub agents: Vec<OtherAgent>,
    /// Gits that other programs bring along, or that were installed beside the one on PATH, with a system configuration
    /// of their own that names credential helpers.
    pub gits: Vec<OtherGit>,
    /// The `aws.exe` of Windows, seen from WSL; null: none, or no WSL.
    pub windows_aws: Option<FilePath>,
}

/// One assignment in a start-up file of a shell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ShellExport {
    /// The variable.
    pub name: Word,
    /// Its value, or the directory, where the line says it plainly; null: it is computed.
    pub value: Option<Text>,
    /// The line.
    pub source: Source,
}

/// Another home directory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct OtherHome {
    /// Its path.
    pub path: FilePath,
    /// Whose it is: `account` (that of the account, HOME names another), `sudo` (that of the user who called sudo) or
    /// `windows` (that of Windows, seen from WSL).
    pub kind: Word,
    /// Its `.gitconfig`, when that configures a credential helper; null otherwise.
    pub git_config: Option<FilePath>,
    /// Its `.ssh/config`, when that names CodeCommit; null otherwise.
    pub ssh_config: Option<FilePath>,
    /// Its `.aws/config` or else `.aws/credentials`; null: neither exists.
    pub aws_file: Option<FilePath>,
    /// The `aws` program in one of its directories for programs; null: none.
    pub aws: Option<FilePath>,
    /// The `git-remote-codecommit` in one of its directories for programs; null: none.
    pub grc: Option<FilePath>,
    /// The file by which it was found to matter.
    pub source: Source,
}

/// Another SSH agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct OtherAgent {
    /// Its socket.
    pub socket: FilePath,
    /// The keys it holds.
    pub keys: Vec<AgentKey>,
    /// The socket, or the line that names it.
    pub source: Source,
}

/// Another git.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct OtherGit {
    /// The program that it belongs to, such as `Fork`, or `another git` where that is not known.
    pub program: Word,
    /// The credential helpers for all hosts or for CodeCommit of its system configuration, in order, secrets masked.
    pub helpers: Vec<Text>,
    /// The line of the last of them.
    pub source: Source,
}

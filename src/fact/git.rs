//! Facts about git's configuration and the repository in the working directory.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Fact, FilePath, Login, Source, Text, Word};

/// Git as configured for the working directory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Git {
    /// The configuration files, in the order in which git reads them.
    pub files: Vec<ConfigFile>,
    /// Every entry in the order in which git reads it, command line and environment last.
    pub entries: Vec<ConfigEntry>,
    /// What git said when it refused the configuration (`fatal: bad config line 3 in file …`); null when it read it.
    pub error: Fact<ConfigError>,
    /// Include directives whose file is missing or unreadable although their condition holds.
    pub missing_includes: Vec<MissingInclude>,
    /// The repository that the working directory lies in; null outside a repository.
    pub repository: Fact<Repository>,
    /// `url.<base>.insteadOf` and `pushInsteadOf` rules.
    pub rewrites: Vec<Rewrite>,
    /// The program that git runs for SSH.
    pub ssh_command: SshCommand,
}

/// One git configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ConfigFile {
    /// Its path.
    pub path: FilePath,
    /// `system`, `global`, `local`, `worktree` or `command`.
    pub scope: Word,
    /// Whether it exists.
    pub exists: bool,
    /// Whether it can be read by this account; null when it does not exist.
    pub readable: Option<bool>,
    /// Whether it belongs to this account; null on Windows and when it does not exist.
    pub owned: Option<bool>,
    /// The directive that includes it; null for files that git reads by itself.
    pub included_by: Option<Source>,
    /// Encoding trouble: `utf-16`, `utf-8-bom` or null. Git accepts a BOM, not UTF-16.
    pub encoding: Option<Word>,
    /// Whether a `.lock` file of that name is left behind.
    pub lock_file: Option<FilePath>,
    /// Why it could not be read whole (too large, a FIFO, not UTF-8 …); null when it could.
    pub problem: Option<Text>,
    /// The file.
    pub source: Source,
}

/// One entry of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ConfigEntry {
    /// Section, subsection and name joined by dots; section and name in lower case, the subsection as written,
    /// such as `credential.https://git-codecommit.us-east-1.amazonaws.com.usehttppath`.
    pub key: Word,
    /// Section in lower case.
    pub section: Word,
    /// Subsection as written; null: none.
    pub subsection: Option<Word>,
    /// Name in lower case.
    pub name: Word,
    /// The value, secrets masked; null for keys that are not on the allow-list (and for a bare `key` line, which
    /// git reads as true).
    pub value: Option<Text>,
    /// Length of the value in characters.
    pub length: i64,
    /// `system`, `global`, `local`, `worktree` or `command`.
    pub scope: Word,
    /// Where it stands.
    pub source: Source,
}

/// Git's refusal to read its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ConfigError {
    /// Git's own words.
    pub message: Text,
    /// The line at fault.
    pub source: Source,
}

/// An include directive that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct MissingInclude {
    /// The file that it names, resolved.
    pub path: FilePath,
    /// Whether the file exists (and merely cannot be read).
    pub exists: bool,
    /// The directive.
    pub source: Source,
}

/// The repository in the working directory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Repository {
    /// Its `.git` directory.
    pub git_dir: FilePath,
    /// Its work tree; null for a bare repository.
    pub work_tree: Option<FilePath>,
    /// The branch checked out.
    pub branch: Option<Word>,
    /// Remotes.
    pub remotes: Vec<Remote>,
    /// Submodules of `.gitmodules`, with the URL of `.git/config` where it is initialised.
    pub submodules: Vec<Submodule>,
    /// Whether the work tree or the `.git` directory belongs to another account and no `safe.directory` allows it:
    /// git then ignores `.git/config`.
    pub dubious_ownership: Fact<bool>,
    /// The account that owns it.
    pub owner: Fact<Login>,
    /// The URL that the first line of `logs/HEAD` says it was cloned from; null: not a clone. Without login.
    pub cloned_from: Option<Text>,
    /// Whether `.gitattributes` sends files through Git LFS.
    pub uses_lfs: bool,
    /// `lfs.url` (of `.lfsconfig` or the configuration).
    pub lfs_url: Option<Text>,
    /// References in `packed-refs` and below `refs/`, counted up to 5,000.
    pub ref_count: Fact<i64>,
    /// The `.git/config` file.
    pub source: Source,
}

/// One remote.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Remote {
    /// Its name.
    pub name: Word,
    /// Its URLs as written, logins masked.
    pub urls: Vec<Text>,
    /// Its push URLs as written, logins masked.
    pub push_urls: Vec<Text>,
    /// Where the first URL stands.
    pub source: Source,
}

/// One submodule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Submodule {
    /// Its name.
    pub name: Word,
    /// Its path in the work tree.
    pub path: Option<Text>,
    /// The URL as written in `.gitmodules`, login masked.
    pub url: Option<Text>,
    /// Whether `.git/config` has a URL for it.
    pub initialised: bool,
    /// The line in `.gitmodules`.
    pub source: Source,
}

/// One URL rewriting rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Rewrite {
    /// What replaces the prefix.
    pub base: Text,
    /// The prefix replaced.
    pub prefix: Text,
    /// Whether it is a `pushInsteadOf` rule.
    pub push_only: bool,
    /// Where it stands.
    pub source: Source,
}

/// The program that git runs for SSH, found by git's own precedence: `GIT_SSH_COMMAND`, `core.sshCommand`,
/// `GIT_SSH`, `ssh` on PATH (connect.c of git).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct SshCommand {
    /// `GIT_SSH_COMMAND`, `core.sshCommand`, `GIT_SSH` or `default`.
    pub origin: Word,
    /// The value as written, secrets masked; null for the default.
    pub value: Option<Text>,
    /// The program that it starts, as written.
    pub program: Text,
    /// The file which that is; null when nothing of that name is found.
    pub program_path: Fact<FilePath>,
    /// `openssh`, `plink`, `tortoiseplink`, `putty`, `dropbear` or `other`, by the program's file name, and for a
    /// file named `ssh` by its own version text.
    pub flavour: Word,
    /// The arguments after the program, secrets masked.
    pub arguments: Vec<Text>,
    /// The file given with `-F`; null: none.
    pub config_file: Option<FilePath>,
    /// The files given with `-i`.
    pub identity_files: Vec<FilePath>,
    /// Why the shell cannot take the value apart (an unclosed quote, backslashes of a Windows path); null: it can.
    pub shell_problem: Option<Text>,
    /// `ssh.variant` or `GIT_SSH_VARIANT`; null: not set.
    pub variant: Option<Word>,
    /// Where it is set; null for the default.
    pub source: Option<Source>,
    /// Settings of the same kind that lose to it.
    pub lost: Vec<super::LostSetting>,
}

//! A planned change as data. A planner reads a file, works out the bytes that it should have, and hands over both, so
//! that a file that was changed in between is refused.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::upload::{self, Upload};

/// The bytes of a file, or what a program is given to read. They may hold secrets: `Debug` shows their number only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Content(pub Vec<u8>);

impl Content {
    /// SHA-256 in lower-case hexadecimal digits.
    pub fn sha256(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(&self.0))
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

impl<T: Into<Vec<u8>>> From<T> for Content {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

/// One planned change. Paths are absolute. Several changes of one plan may concern the same file: each starts from what
/// the one before it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Gives a file new bytes, or creates it.
    Write(Write),
    /// Removes a file.
    Remove {
        /// The file; not a link.
        path: PathBuf,
        /// The bytes that were read.
        before: Content,
    },
    /// Renames a file; never overwrites one.
    Move {
        /// The file; not a link.
        from: PathBuf,
        /// Its new path, at which nothing is.
        to: PathBuf,
        /// The bytes that were read.
        before: Content,
    },
    /// Sets the permission bits of a file or directory. Windows has none: refused there.
    SetMode {
        /// The file or directory; a link is followed as far as it may be.
        path: PathBuf,
        /// The twelve bits that were found.
        before: u32,
        /// The twelve bits that it gets.
        after: u32,
    },
    /// Runs a program.
    Act(Action),
    /// Uploads a public key to IAM.
    Upload(Upload),
}

/// New bytes for a file. It keeps its mode, owner, group, access control list and extended attributes; a symbolic link
/// stays and what it leads to is written. Missing directories are made with mode 0700.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The file, or a link to it.
    pub path: PathBuf,
    /// The bytes that were read; `None`: there was nothing, and the file is created.
    pub before: Option<Content>,
    /// The bytes that it gets.
    pub after: Content,
    /// The permission bits of a file that is created; one that exists keeps its own. Not used on Windows.
    pub mode: u32,
    /// Whether git writes this file, too, and has to be kept from it meanwhile, whatever the file's name is.
    pub by_git: bool,
}

impl Change {
    /// New bytes for a file that exists.
    pub fn write(path: impl Into<PathBuf>, before: impl Into<Content>, after: impl Into<Content>) -> Self {
        Self::Write(Write {
            path: path.into(),
            before: Some(before.into()),
            after: after.into(),
            mode: PRIVATE,
            by_git: false,
        })
    }

    /// A new file with these permission bits.
    pub fn create(path: impl Into<PathBuf>, after: impl Into<Content>, mode: u32) -> Self {
        Self::Write(Write { path: path.into(), before: None, after: after.into(), mode, by_git: false })
    }

    /// The file that it is about: the one that is there before; of a program the first one that it creates.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Write(Write { path, .. })
            | Self::Remove { path, .. }
            | Self::Move { from: path, .. }
            | Self::SetMode { path, .. } => Some(path),
            Self::Act(action) => action.creates.first().map(PathBuf::as_path),
            Self::Upload(upload) => Some(&upload.path),
        }
    }

    /// The bytes that it was planned from, and of which file; `None` where it concerns no bytes.
    pub fn starts_from(&self) -> Option<(&Path, &Content)> {
        match self {
            Self::Write(Write { path, before: Some(before), .. })
            | Self::Remove { path, before }
            | Self::Move { from: path, before, .. } => Some((path, before)),
            Self::Write(_) | Self::SetMode { .. } | Self::Act(_) | Self::Upload(_) => None,
        }
    }

    /// Why it cannot be taken back, as a sentence for the person who is asked; `None` when it can.
    pub fn irreversible(&self) -> Option<&'static str> {
        match self {
            Self::Act(action) => action.kind.irreversible(),
            Self::Upload(_) => Some(upload::IRREVERSIBLE),
            _ => None,
        }
    }
}

/// Read and written by its owner only.
pub const PRIVATE: u32 = 0o600;

/// What a program is run for. This set is closed: nothing else is ever run by a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// A credential helper forgets a login.
    ForgetCredential,
    /// A key pair is made.
    GenerateKey,
    /// A tool is installed.
    Install,
}

impl ActionKind {
    /// The programs that may be run for it, by file name without `.exe`.
    pub fn programs(self) -> &'static [&'static str] {
        match self {
            Self::ForgetCredential => &[
                "git",
                "git-credential-cache",
                "git-credential-store",
                "git-credential-osxkeychain",
                "git-credential-libsecret",
                "git-credential-wincred",
                "git-credential-manager",
                "git-credential-manager-core",
            ],
            Self::GenerateKey => &["ssh-keygen"],
            Self::Install => &["pipx", "pip", "pip3", "python", "python3"],
        }
    }

    /// Why it cannot be taken back; `None` when it can.
    pub fn irreversible(self) -> Option<&'static str> {
        match self {
            Self::ForgetCredential => Some("A forgotten login cannot be brought back; git asks for it again."),
            Self::GenerateKey => None,
            Self::Install => Some("An installation is not taken back by cc-doctor; the installer can remove it."),
        }
    }
}

/// A program that is run once, without a shell, in a neutral directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What for.
    pub kind: ActionKind,
    /// Absolute path of the program; its file name is one of [`ActionKind::programs`].
    pub program: PathBuf,
    /// Its arguments. No secrets: they are shown and journaled.
    pub args: Vec<String>,
    /// What it reads on standard input. It is neither shown nor journaled.
    pub stdin: Content,
    /// Files that are not there before and that it creates; taken away again by undo.
    pub creates: Vec<PathBuf>,
    /// It is killed when this has passed.
    pub deadline: Duration,
}

impl Action {
    /// Whether the program is one that may be run for this purpose.
    pub fn is_allowed(&self) -> bool {
        let name = self.program.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let name = name.strip_suffix(".exe").unwrap_or(name);
        self.program.is_absolute() && self.kind.programs().contains(&name)
    }

    /// The program and its arguments, as they are shown.
    pub fn argv(&self) -> Vec<String> {
        std::iter::once(self.program.to_string_lossy().into_owned()).chain(self.args.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(program: &str) -> Action {
        Action {
            kind: ActionKind::GenerateKey,
            program: program.into(),
            args: vec!["-t".into(), "rsa".into()],
            stdin: Content::default(),
            creates: vec!["/home/dev/.ssh/id_rsa".into()],
            deadline: Duration::from_secs(60),
        }
    }

    #[test]
    fn bytes_are_not_in_debug_output() {
        let change = Change::write("/home/dev/.aws/credentials", *b"hunter2", *b"hunter3");
        assert!(!format!("{change:?}").contains("unter"), "{change:?}");
        assert!(!format!("{change:?}").contains("104"), "{change:?}");
        assert!(format!("{change:?}").contains("Content(7 bytes)"));
    }

    #[test]
    fn only_programs_of_the_list_are_allowed() {
        assert!(action("/usr/bin/ssh-keygen").is_allowed());
        assert!(!action("/usr/bin/sh").is_allowed());
        assert!(!action("ssh-keygen").is_allowed(), "a program is named by its absolute path");
        assert!(!action("/usr/bin/pip").is_allowed(), "each purpose has its own list");
        assert!(!action("/usr/bin/ssh-keygen.sh").is_allowed());
    }

    #[test]
    fn what_cannot_be_taken_back_says_so() {
        assert_eq!(Change::Act(action("/usr/bin/ssh-keygen")).irreversible(), None);
        let install = Action { kind: ActionKind::Install, ..action("/usr/bin/pipx") };
        assert!(Change::Act(install).irreversible().unwrap().contains("not taken back"));
        assert_eq!(Change::create("/home/dev/.gitconfig", "", 0o644).irreversible(), None);
    }

    #[test]
    fn a_hash_is_that_of_sha256sum() {
        // printf abc | sha256sum
        let wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Content::from(*b"abc").sha256(), wanted);
    }
}

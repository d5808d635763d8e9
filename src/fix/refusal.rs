//! Why a change is not made. Nothing has been changed when a plan is refused.

use std::path::{Path, PathBuf};

/// A change that is not made, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct Refusal {
    /// The file or directory that stands in the way.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

impl Refusal {
    /// A refusal of a change to `path`.
    pub fn new(path: impl AsRef<Path>, reason: Reason) -> Self {
        Self { path: path.as_ref().to_owned(), reason }
    }
}

impl Reason {
    /// Whether somebody who wants it may take a step back in spite of it.
    pub fn can_be_forced(&self) -> bool {
        matches!(self, Self::Changed { .. } | Self::Gone)
    }
}

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A planner cannot make the edit; a sentence without a full stop.
    #[error("{0}")]
    NotPlanned(String),
    /// The bytes differ from those that the plan was made from. The diff is from what was read to what is there.
    #[error("has been changed by somebody else since it was read")]
    Changed {
        /// Unified, secrets masked, control characters made visible.
        diff: String,
    },
    /// It is gone.
    #[error("is not there any more")]
    Gone,
    /// It would be overwritten.
    #[error("exists already and is not overwritten")]
    Exists,
    /// Git, or whatever else knows its lock, is writing the file.
    #[error("is being written by git: {} exists", .0.display())]
    Locked(PathBuf),
    /// Outside of what may be written.
    #[error("lies outside the home directory and the repository")]
    Outside,
    /// A link leads out of what may be written.
    #[error("leads to {}, outside the home directory and the repository", .0.display())]
    LeadsOut(PathBuf),
    /// A link that leads nowhere, or one that would have to be moved or removed itself.
    #[error("is a symbolic link that cannot be followed here")]
    Link,
    /// Neither a regular file nor, where one will do, a directory.
    #[error("is not a regular file")]
    NotAFile,
    /// The file has other names.
    #[error("has {0} names (hard links), which would be torn apart")]
    HardLinks(u64),
    /// It belongs to another account.
    #[error("belongs to another account (user ID {0})")]
    OtherOwner(u32),
    /// A directory into which every account can write: whatever is written there can be exchanged.
    #[error("is a directory in which every account can write")]
    OpenDirectory,
    /// The file system is mounted read-only.
    #[error("is on a read-only file system")]
    ReadOnly,
    /// The file is marked as immutable or append-only.
    #[error("is marked as unchangeable (lsattr, chflags, or the attribute \"read-only\" on Windows)")]
    Immutable,
    /// It has attributes that cannot be kept.
    #[error("has {0} that cannot be kept")]
    Attributes(String),
    /// The account may not do it.
    #[error("cannot be written: {0}")]
    Denied(String),
    /// A path or content that cannot be handled.
    #[error("{0}")]
    Unsupported(String),
    /// The program is not on the list of those that may be run.
    #[error("is not a program that may be run for this")]
    Program,
}

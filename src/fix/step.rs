//! One operation of a run, as the journal keeps it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::system::hands::{Moment, Stat};

/// One operation, with what it takes to tell whether it was done and to take it back. Paths are real ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Step {
    /// Makes a directory.
    MakeDirectory { path: PathBuf },
    /// Puts a file in place.
    Write {
        path: PathBuf,
        /// What was there.
        before: Option<Kept>,
        /// SHA-256 of the new bytes.
        after: String,
        /// The mode of a new file.
        mode: u32,
        /// Whether git writes it, too.
        #[serde(default)]
        by_git: bool,
    },
    /// Removes a file.
    Remove { path: PathBuf, before: Kept },
    /// Renames a file.
    Move { from: PathBuf, to: PathBuf, before: Kept },
    /// Sets permission bits.
    SetMode { path: PathBuf, before: u32, after: u32 },
    /// Runs a program.
    Act { argv: Vec<String>, creates: Vec<PathBuf> },
}

/// A file before it was changed; its bytes are in the backup of the step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) sha256: String,
    pub(super) mode: Option<u32>,
    pub(super) modified: Moment,
}

impl Kept {
    pub(super) fn of(sha256: String, stat: &Stat) -> Self {
        Self { sha256, mode: stat.found.mode, modified: stat.modified }
    }
}

impl Step {
    /// The files and directories that it changes.
    pub(super) fn paths(&self) -> Vec<&Path> {
        match self {
            Self::MakeDirectory { path }
            | Self::Write { path, .. }
            | Self::Remove { path, .. }
            | Self::SetMode { path, .. } => vec![path],
            Self::Move { from, to, .. } => vec![from, to],
            Self::Act { creates, .. } => creates.iter().map(PathBuf::as_path).collect(),
        }
    }
}

/// The name that a file has in its directory until it is complete. It begins with a dot, so that no `Include *` reads it.
pub(super) fn temp_name(path: &Path, run: &str, number: usize) -> PathBuf {
    path.with_file_name(format!(".cc-doctor-{run}-{number}"))
}

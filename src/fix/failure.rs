//! What goes wrong while repairs are applied or taken back.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::refusal::{Reason, Refusal};

/// Why a run cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A change is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Another run is under way.
    #[error("another repair is under way{}; wait for it to end", .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Busy {
        /// Its process.
        pid: Option<u32>,
    },
    /// There is no home directory in which the journal could be kept.
    #[error("there is no directory for the journal of repairs: neither HOME nor XDG_STATE_HOME is an absolute path")]
    NoStateDirectory,
    /// The machine did not do what it was told.
    #[error("{}: {doing}: {message}", path.display())]
    Io {
        /// What was tried, such as `cannot be written`.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        message: String,
    },
    /// Git is writing a file.
    #[error("{0}")]
    Locked(String),
    /// A program failed.
    #[error("{program}: {message}")]
    Program {
        /// Its path.
        program: String,
        /// How it ended and what it said, secrets masked.
        message: String,
    },
    /// There is no such run.
    #[error("there is no repair {0}")]
    NoSuchRun(String),
    /// There is nothing that could be taken back.
    #[error("there is no repair to undo")]
    NothingToUndo,
    /// This run was taken back before.
    #[error("repair {0} has been undone already")]
    UndoneBefore(String),
    /// Files have changed since the run. Nothing was taken back.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    ChangedSince(Vec<Refusal>),
}

impl Failure {
    /// What the system said to an operation.
    pub(super) fn io(doing: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::Io { doing, path: path.to_owned(), message: error.to_string() }
    }
}

/// A repair that was not made. Everything it had done was taken back, except for what stands in `left`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct NotApplied {
    /// Why.
    pub cause: Failure,
    /// What could not be taken back; the next run or `undo` tries again.
    pub left: Vec<Failure>,
}

impl NotApplied {
    /// Whether nothing was done, because somebody has changed the files since they were looked at.
    pub fn is_overtaken(&self) -> bool {
        let moved = |reason: &Reason| matches!(reason, Reason::Changed { .. } | Reason::Gone | Reason::Exists);
        self.left.is_empty() && matches!(&self.cause, Failure::Refused(refusal) if moved(&refusal.reason))
    }
}

impl fmt::Display for NotApplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)?;
        self.left.iter().try_for_each(|left| write!(f, "\nnot taken back: {left}"))
    }
}

impl<T: Into<Failure>> From<T> for NotApplied {
    fn from(cause: T) -> Self {
        Self { cause: cause.into(), left: Vec::new() }
    }
}

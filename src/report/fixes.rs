//! What repairs did, as the report tells it.

use std::fmt;

use crate::finding::{FindingEdit, Message};

/// What became of one repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixStatus {
    /// It was made and stands.
    Applied,
    /// It could not be made, or did not help and was taken back.
    Failed,
    /// It was made and later taken back: by `undo`, or because its run had been interrupted.
    RolledBack,
    /// It was not made: the user said no or was not asked, or it would have changed what must not be changed.
    Declined,
}

impl fmt::Display for FixStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::RolledBack => "rolled_back",
            Self::Declined => "declined",
        })
    }
}

/// One repair that was made, tried, declined or taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct FixDone {
    /// The ID of the finding when it was found.
    pub finding: String,
    /// What it does.
    pub title: Message,
    /// What became of it.
    pub status: FixStatus,
    /// The edits of the fix.
    pub edits: Vec<FindingEdit>,
    /// What it changed or would have changed, as [`crate::fix::diff`] writes it.
    pub diff: Option<String>,
    /// The ID that `cc-doctor undo` takes.
    pub backup: Option<String>,
    /// Whether the problem is gone and, with a connection, git works or gets further.
    pub verified: bool,
    /// Whether the real `git ls-remote` works afterwards; `None`: it was not run.
    pub git_works: Option<bool>,
    /// Why it failed, was declined or taken back.
    pub reason: Option<String>,
}

/// What was done about the findings.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Repairs {
    /// Nothing was asked for.
    #[default]
    NotWanted,
    /// The repairs are to be shown and not made.
    Preview,
    /// They were made.
    Made(Vec<FixDone>),
}

impl Repairs {
    /// What was done.
    pub fn done(&self) -> &[FixDone] {
        match self {
            Self::Made(fixes) => fixes,
            Self::NotWanted | Self::Preview => &[],
        }
    }
}

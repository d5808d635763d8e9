//! Repairs in version 1 of the JSON document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::convert::own_tool;
use super::{SCHEMA_VERSION, Tool};
use crate::finding::FindingEdit;
use crate::output::plain;
use crate::output::safe::safe_block;
use crate::report;

/// What `cc-doctor undo` took back; of `undo --list` what could be, the newest first.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct UndoDocument {
    /// Version of this format.
    #[schemars(range(min = 1, max = 1))]
    schema_version: u32,
    /// What made the document.
    tool: Tool,
    /// Always 0.
    #[schemars(range(min = 0, max = 0))]
    exit_code: u8,
    /// The repairs.
    fixes: Vec<FixDone>,
}

/// One change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Edit {
    /// Its kind, such as `move`; `cc-doctor schema check` describes them.
    kind: String,
    /// Its parameters.
    parameters: BTreeMap<String, String>,
}

/// One repair.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct FixDone {
    /// ID of the finding when it was found; the findings of the report are those after the repairs.
    finding: String,
    /// What it does.
    title: String,
    /// What became of it.
    status: FixStatus,
    /// The edits of the fix.
    edits: Vec<Edit>,
    /// What it changed or would have changed, as unified diffs and commands.
    diff: Option<String>,
    /// The ID that `cc-doctor undo` takes; null: nothing can be taken back.
    backup: Option<String>,
    /// Whether the problem is gone and, with a connection, git works or gets further.
    verified: bool,
    /// Whether the real `git ls-remote` works afterwards; null: it was not run.
    git_works: Option<bool>,
    /// Why it failed, was declined or taken back.
    reason: Option<String>,
}

/// What became of a repair.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FixStatus {
    /// It was made and stands.
    Applied,
    /// It could not be made, or did not help and was taken back.
    Failed,
    /// It was made and later taken back.
    RolledBack,
    /// It was not made.
    Declined,
}

pub(super) fn edit(edit: &FindingEdit) -> Edit {
    let parameters = edit.parameters.iter().map(|(name, value)| (name.clone(), plain(value)));
    Edit { kind: edit.kind.to_owned(), parameters: parameters.collect() }
}

pub(super) fn done(fix: &report::FixDone) -> FixDone {
    FixDone {
        finding: fix.finding.clone(),
        title: plain(&fix.title),
        status: match fix.status {
            report::FixStatus::Applied => FixStatus::Applied,
            report::FixStatus::Failed => FixStatus::Failed,
            report::FixStatus::RolledBack => FixStatus::RolledBack,
            report::FixStatus::Declined => FixStatus::Declined,
        },
        edits: fix.edits.iter().map(edit).collect(),
        diff: fix.diff.as_deref().map(safe_block),
        backup: fix.backup.clone(),
        verified: fix.verified,
        git_works: fix.git_works,
        reason: fix.reason.as_deref().map(safe_block),
    }
}

pub(super) fn undo(fixes: &[report::FixDone]) -> UndoDocument {
    UndoDocument {
        schema_version: SCHEMA_VERSION,
        tool: own_tool(),
        exit_code: 0,
        fixes: fixes.iter().map(done).collect(),
    }
}

//! The lines of `GIT_TRACE2_EVENT`: one JSON object each (Documentation/technical/api-trace2 of git).

use serde::Deserialize;

/// One event; what its kind does not have is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    /// `start`, `child_start`, `child_exit`, `error`, `exit`, `def_repo`, …
    pub(super) event: String,
    /// The process, with those that started it in front: `PARENT/PROCESS`.
    pub(super) sid: String,
    /// The number of a child within its process.
    pub(super) child_id: Option<i64>,
    /// What a child is for: `transport/ssh`, `remote-https`, `hook`, …
    pub(super) child_class: String,
    /// Name of the hook.
    pub(super) hook_name: String,
    /// Command line. Passwords in URLs are hidden since git 2.44 only.
    pub(super) argv: Vec<String>,
    /// An error message, translated.
    pub(super) msg: String,
    /// Exit code; -1: a child that could not be started.
    pub(super) code: Option<i64>,
    /// Work tree of a repository.
    pub(super) worktree: String,
    /// Name of git's command; `_run_dashed_` and its like begin with an underscore.
    pub(super) name: String,
}

/// All events of the text. Lines that are none, a last one that was cut for example, are left out.
pub(super) fn parse(text: &str) -> Vec<Event> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

//! The lines of `GIT_TRACE2_EVENT`: one JSON object each (Documentation/technical/api-trace2 of git).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::collect::access::judge::trace::clean;

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

/// The lines as they may be given away: without secrets, and with short names for the processes, whose own are as long
/// and as mixed as keys.
pub fn shareable(text: &str) -> Vec<String> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut line = |line: &str| {
        let mut event: Value = serde_json::from_str(line).ok()?;
        if let Some(Value::String(sid)) = event.get_mut("sid") {
            let mut short = |part: &str| {
                let number = names.len() + 1;
                names.entry(part.to_owned()).or_insert_with(|| format!("p{number}")).clone()
            };
            *sid = sid.split('/').map(&mut short).collect::<Vec<_>>().join("/");
        }
        clean_texts(&mut event);
        Some(event.to_string())
    };
    text.lines().filter_map(&mut line).collect()
}

fn clean_texts(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean(text),
        Value::Array(values) => values.iter_mut().for_each(clean_texts),
        Value::Object(fields) => fields.values_mut().for_each(clean_texts),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_away_holds_no_secret_and_stays_legible() {
        let long = "20261121T162933.309280Z-H0a7c9cdf-P00007835";
        let text = format!(
            "{{\"event\":\"start\",\"sid\":\"{long}/{long}1\",\"argv\":[\"git\",\"fetch\",\"https://dev:hunter2@host/x\"]}}\ncut"
        );
        let lines = shareable(&text);
        let event: Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!((lines.len(), &event["sid"]), (1, &"p1/p2".into()));
        assert_eq!(event["argv"][2], "https://••••@host/x");
    }
}

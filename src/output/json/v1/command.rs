//! The command that `cc-doctor run` watched, in the JSON document.

use schemars::JsonSchema;
use serde::Serialize;

use super::Layer;
use crate::output::safe::safe;
use crate::output::segment;
use crate::report::CommandSeen;

/// A command that failed, and what its own traces show.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Command {
    /// The command line, quoted for a shell.
    line: String,
    /// The exit code as a shell tells it.
    exit_code: u8,
    /// The signal that ended it.
    signal: Option<i32>,
    /// The step at which it broke; null: its traces do not tell.
    layer: Option<Layer>,
    /// The failure in one word; null: unknown.
    failure: Option<String>,
    /// The lines of git and ssh that matter.
    said: Vec<String>,
    /// The checks whose symptoms match what was said.
    symptoms: Vec<String>,
}

/// The command as the document tells it.
pub(super) fn seen(command: &CommandSeen) -> Command {
    Command {
        line: segment(&command.line),
        exit_code: command.exit_code,
        signal: command.signal,
        layer: command.layer.map(Into::into),
        failure: command.failure.map(str::to_owned),
        said: command.said.iter().map(segment).collect(),
        symptoms: command.symptoms.iter().map(|id| safe(id)).collect(),
    }
}

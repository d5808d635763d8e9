//! The command that was watched: where it failed, before the report on why.

use colored::Colorize;

use crate::finding::Layer;
use crate::output::{Reader, safe, segment, wrap};
use crate::report::{CommandSeen, Report};

/// One sentence about the command, and what the report below has to do with it.
pub(super) fn text(report: &Report, reader: Reader) -> String {
    let Some(command) = &report.command else { return String::new() };
    let mut text = String::from("\n");
    text.push_str(&wrap::indented(&sentence(command), reader.width, &format!("{} ", "cc-doctor:".bold()), "  "));
    let works =
        !report.targets.is_empty() && report.targets.iter().all(|target| target.reach == Some(Layer::Repository));
    if works {
        let now = "A `git ls-remote` of the same repository works now. So it is something that the command does beyond \
                   that, such as pushing, or another login or environment, or it has passed.";
        text.push_str(&wrap::indented(now, reader.width, "  ", "  "));
    }
    if report.root_causes.is_empty() && !command.symptoms.is_empty() {
        let known = format!(
            "What it said is also known from these checks, told by `cc-doctor explain ID`: {}.",
            command.symptoms.iter().map(|id| safe::safe(id)).collect::<Vec<_>>().join(", ")
        );
        text.push_str(&wrap::indented(&known, reader.width, "  ", "  "));
    }
    text.push('\n');
    text
}

fn sentence(command: &CommandSeen) -> String {
    let line = segment(&command.line);
    let end = match command.signal {
        Some(signal) => format!("was ended by signal {signal}"),
        None => format!("failed (exit code {})", command.exit_code),
    };
    match (command.layer, command.meaning) {
        (Some(layer), Some(meaning)) => format!("`{line}` {end} at {}: {meaning}.", step(layer)),
        (Some(layer), None) => format!("`{line}` {end} at {}.", step(layer)),
        (None, _) => format!("`{line}` {end}. Its own words do not tell at which step."),
    }
}

fn step(layer: Layer) -> &'static str {
    match layer {
        Layer::Tools => "a program that git needs",
        Layer::Config => "the configuration",
        Layer::Dns => "finding the host",
        Layer::Tcp => "connecting to the host",
        Layer::Handshake => "the secure handshake",
        Layer::Authentication => "the login",
        Layer::Authorization => "the permissions",
        Layer::Repository => "the repository",
    }
}

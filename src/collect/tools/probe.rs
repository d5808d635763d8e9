//! Asking a program for its version, which is also the test whether it starts at all.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::locate::locate;
use super::version::Named;
use crate::collect::mask::excerpt;
use crate::fact::tools::Tool;
use crate::fact::{Fact, Source, Text, Word};
use crate::system::{Invocation, Output, Platform, RunError, System};

/// How long a program may take: Python from a cold disk is slow.
const DEADLINE: Duration = Duration::from_secs(10);

/// How to ask one program.
pub(super) struct Probe {
    /// Arguments that make it print its version.
    pub(super) args: &'static [&'static str],
    /// Reads a line of its answer.
    pub(super) parse: fn(&str) -> Option<Named>,
}

/// Finds a program and asks it. The command runs outside any repository.
pub(super) fn ask(system: &dyn System, name: &str, probe: &Probe) -> Tool {
    let (tool, path) = locate(system, name);
    let Some(path) = path.filter(|_| tool.installed) else { return tool };
    if is_bare_apple_stub(system, &path) {
        return broken(tool, "no developer tools were found");
    }
    let command = format!("{} {}", path.display(), probe.args.join(" "));
    let invocation = Invocation::new(path, probe.args).with_deadline(DEADLINE);
    match system.run(&invocation) {
        Ok(output) => answered(tool, &command, &output, probe),
        Err(error @ RunError::NotStarted(_)) => {
            let error = error.to_string();
            Tool { source: Source::command(command, excerpt(&error)), ..broken(tool, &error) }
        }
        Err(error @ (RunError::TimedOut(_) | RunError::NotNow(_))) => {
            let error = error.to_string();
            let source = Source::command(command, excerpt(&error));
            Tool { source, starts: Fact::Unavailable(error.clone()), ..nameless(tool, &error) }
        }
    }
}

/// macOS has placeholders for git and Python, which open a window when the developer tools are not installed.
fn is_bare_apple_stub(system: &dyn System, path: &Path) -> bool {
    const TOOLS: [&str; 3] =
        ["/var/db/xcode_select_link", "/Library/Developer/CommandLineTools", "/Applications/Xcode.app"];
    system.platform() == Platform::MacOs
        && ["/usr/bin/git", "/usr/bin/python3"].iter().any(|stub| path == Path::new(stub))
        && !TOOLS.iter().any(|place| system.metadata(Path::new(place)).is_ok())
}

fn answered(tool: Tool, command: &str, output: &Output, probe: &Probe) -> Tool {
    let lines = lines_of(output);
    let named = lines.iter().find_map(|line| (probe.parse)(line).map(|named| (named, line)));
    match named {
        Some((named, line)) if output.ok() => {
            let line = excerpt(line);
            Tool {
                starts: Fact::Known(true),
                version: Fact::Known(Word(named.version)),
                flavour: Fact::from_option(named.flavour.map(Word::from)),
                source: Source::command(command, line.clone()),
                version_text: Fact::Known(Text(line)),
                ..tool
            }
        }
        _ if output.ok() && !lines.is_empty() => {
            let line = excerpt(lines.first().map_or("", String::as_str));
            let source = Source::command(command, line.clone());
            let tool = nameless(tool, "its answer names no version");
            Tool { starts: Fact::Known(true), version_text: Fact::Known(Text(line)), source, ..tool }
        }
        _ => {
            let complaint = excerpt(&complaint(output, &lines));
            Tool { source: Source::command(command, complaint.clone()), ..broken(tool, &complaint) }
        }
    }
}

/// It does not start; `complaint` is free of secrets.
fn broken(tool: Tool, complaint: &str) -> Tool {
    let tool = nameless(tool, "it does not start");
    Tool { starts: Fact::Known(false), complaint: Some(complaint.into()), ..tool }
}

fn nameless(tool: Tool, reason: &str) -> Tool {
    Tool {
        version: Fact::Unavailable(reason.into()),
        version_text: Fact::Unavailable(reason.into()),
        flavour: Fact::Unavailable(reason.into()),
        ..tool
    }
}

/// All lines that hold something, standard output first.
fn lines_of(output: &Output) -> Vec<String> {
    [&output.stdout, &output.stderr]
        .iter()
        .flat_map(|stream| stream.split(|byte| *byte == b'\n'))
        .map(|line| String::from_utf8_lossy(line).trim().to_owned())
        .filter(|line| !line.is_empty())
        .take(1_000)
        .collect()
}

/// The line that says most: of a Python traceback the exception, else the first that speaks of a failure.
fn complaint(output: &Output, lines: &[String]) -> String {
    static EXCEPTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt|NotFound)\b").ok()
    });
    static FAILURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:error|fatal|fail(?:ed|ure)?|cannot|can't|could not|unable|denied|not found|no such|not installed|invalid)\b").ok()
    });
    let matches = |pattern: &LazyLock<Option<Regex>>, line: &&String| {
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(line))
    };
    let is_traceback = lines.iter().any(|line| line.starts_with("Traceback (most recent call last)"));
    let exception = lines.iter().rev().filter(|_| is_traceback).find(|line| matches(&EXCEPTION, line));
    let telling = exception.or_else(|| lines.iter().find(|line| matches(&FAILURE, line))).or_else(|| lines.first());
    telling.cloned().unwrap_or_else(|| match output.code {
        Some(code) => format!("printed nothing and ended with code {code}"),
        None => "was ended by a signal".into(),
    })
}

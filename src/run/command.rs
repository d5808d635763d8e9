//! `cc-doctor run`: a command on the user's own terminal, and, when it fails, why.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use crate::cli::{Format, Options};
use crate::collect;
use crate::error::{Error, Errors, Kind};
use crate::output;
use crate::plan::Plan;
use crate::report::{Identities, Privacy, Redactor};
use crate::system::System as _;
use crate::system::real::RealSystem;
use crate::system::real::attached::Ended;
use crate::trace::{Sieve, wiring};

mod affair;
mod explain;
mod traces;

use traces::Traces;

/// Exit codes of a shell for a command that it cannot start.
const NOT_FOUND: u8 = 127;
const NOT_STARTED: u8 = 126;

/// Runs the command and returns its exit code.
///
/// # Errors
/// When the options are wrong, or the directory for the trace cannot be made; nothing has run then. What is wrong with
/// files that cc-doctor reads is said when the command has failed.
pub(super) fn run(
    system: &RealSystem,
    options: &Options,
    keep: Option<&Path>,
    command: &[OsString],
) -> Result<u8, Errors> {
    refuse(options)?;
    let plan = match Plan::new(system, options) {
        Err(errors) if errors.first.kind == Kind::Usage => return Err(errors),
        plan => plan,
    };
    if let Some(directory) = keep {
        output::file::make_directory(directory).map_err(|error| cannot_keep(directory, &error))?;
    }
    let (ended, traces) = match watch(system, command) {
        Ok(watched) => watched,
        Err(error) => return Ok(not_started(system, options, command, &error)),
    };
    let code = ended.code;
    let kept = keep.map_or(Ok(()), |directory| keep_traces(system, options, &traces, directory));
    let explained = if code == 0 || ended.told_to_end {
        Ok(())
    } else {
        let failed = explain::Failed { system, options, command, ended: &ended, traces: &traces };
        plan.and_then(|plan| explain::explain(failed, plan))
    };
    for errors in [kept, explained].into_iter().filter_map(Result::err) {
        super::fail(system, &errors, false, options.color);
    }
    Ok(code)
}

/// What cannot be had together with a command of the user's own.
fn refuse(options: &Options) -> Result<(), Error> {
    if options.format() == Format::Json {
        return Err(Error::usage("with `run`, standard output is that of the command")
            .hint("--report FILE.json writes the document to a file"));
    }
    if options.fix {
        return Err(
            Error::usage("`run` explains, and mends nothing").hint("`cc-doctor --fix` mends what can be mended")
        );
    }
    Ok(())
}

/// Runs the command with traces, or without where there is no room for them.
fn watch(system: &RealSystem, command: &[OsString]) -> io::Result<(Ended, Traces)> {
    let mut watched = None;
    let mut work = |directory: &Path| {
        let own = system.own_program().ok();
        let variables = wiring::variables(system, command, directory, own.as_deref());
        let ended = system.run_attached(command, &variables);
        watched = Some(ended.map(|ended| (ended, Traces::read(system, directory))));
    };
    // A directory that cannot be removed is no matter of the command.
    let _ = system.with_directory(&wiring::FILES.map(|name| (name, &b""[..])), &mut work);
    watched.unwrap_or_else(|| Ok((system.run_attached(command, &[])?, Traces::default())))
}

fn not_started(system: &RealSystem, options: &Options, command: &[OsString], error: &io::Error) -> u8 {
    let program = command.first().map(|program| program.to_string_lossy().into_owned()).unwrap_or_default();
    let (code, why) = match error.kind() {
        io::ErrorKind::NotFound => (NOT_FOUND, "there is no such program, or what it is a script for is not there"),
        io::ErrorKind::PermissionDenied => (NOT_STARTED, "it is not executable"),
        _ => (NOT_STARTED, "the system does not start it"),
    };
    let error = Error::new(Kind::Io, format!("cannot run `{program}`: {why}"));
    super::fail(system, &error.into(), false, options.color);
    code
}

fn cannot_keep(directory: &Path, error: &io::Error) -> Error {
    Error::io(directory, error).hint("--keep-trace needs the name of a directory that is not there yet")
}

/// Writes the traces without secrets and, unless they are to be shown, without identities.
fn keep_traces(system: &RealSystem, options: &Options, traces: &Traces, directory: &Path) -> Result<(), Errors> {
    let identities = Identities::of_machine(&collect::os::collect(system));
    let privacy = if options.show_identity { Privacy::Readable } else { Privacy::Redacted };
    let mut redactor = Redactor::new(&identities, privacy);
    for (name, lines) in traces.shareable() {
        let text: String = lines.iter().map(|line| redactor.text(line) + "\n").collect();
        let path = directory.join(name);
        output::file::write_text(&text, &path).map_err(|error| cannot_keep(&path, &error))?;
    }
    Ok(())
}

/// Stands between git and its ssh, if that is what the arguments ask for: the directory for the record and the command.
pub(super) fn relay(args: &[OsString]) -> Option<u8> {
    let [_, first, directory, command @ ..] = args else { return None };
    if first != wiring::RELAY {
        return None;
    }
    let system = RealSystem::new();
    let mut sieve = Sieve::default();
    let relayed = system.relay(command, Path::new(directory), move |bytes| sieve.pass(bytes));
    Some(relayed.unwrap_or_else(|error| {
        let error = Error::new(Kind::Io, format!("cannot run ssh: {error}"));
        super::fail(&system, &error.into(), false, crate::cli::Color::Auto);
        NOT_FOUND
    }))
}

/// Whether what goes to standard error is for the user's own eyes.
fn is_private() -> bool {
    io::stderr().is_terminal()
}

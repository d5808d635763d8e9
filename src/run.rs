//! The sequence: command line, plan, collect, evaluate, report, output.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use crate::cli::{self, Cli, Color, Command, SchemaDocument, Stop};
use crate::error::{EXIT_CODE, Error, Errors};
use crate::output;
use crate::report::{Identities, Privacy, Redactor};

/// Runs cc-doctor with the given arguments, the program's name first, and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    match cli::parse(args) {
        Ok(cli) => execute(&cli).unwrap_or_else(|errors| fail(&errors, wants_json(&cli), cli.options.color)),
        Err(Stop::Text(text)) => match output::forgiving(stdout(Color::Auto).write_all(text.as_bytes())) {
            Ok(()) => 0,
            Err(_) => EXIT_CODE,
        },
        Err(Stop::Usage { error, json }) => fail(&error.into(), json, Color::Auto),
    }
}

fn wants_json(cli: &Cli) -> bool {
    cli.options.format() == cli::Format::Json
}

fn execute(cli: &Cli) -> Result<u8, Errors> {
    let mut out = stdout(cli.options.color);
    let done = match &cli.command {
        Some(Command::Schema { document: SchemaDocument::Report }) => output::json::v1::schema(&mut out),
        Some(Command::Completions { shell }) => cli::completions(*shell, &mut out),
        Some(Command::Man) => cli::man(&mut out),
        _ => return Err(Error::internal("this command is not connected yet").into()),
    };
    output::forgiving(done).map_err(|error| Error::io(Path::new("standard output"), &error))?;
    Ok(0)
}

/// Says why cc-doctor failed: as the JSON document on standard output, else on standard error.
fn fail(errors: &Errors, json: bool, color: Color) -> u8 {
    let privacy = if io::stderr().is_terminal() && !json { Privacy::Readable } else { Privacy::Redacted };
    let mut redactor = Redactor::new(&Identities::default(), privacy);
    let result = if json {
        output::failure_as_json(errors, &mut redactor, &mut stdout(color))
    } else {
        output::failure(errors, &mut redactor, &mut AutoStream::new(io::stderr(), choice(color)))
    };
    // There is nobody left to tell that the telling failed.
    drop(result);
    EXIT_CODE
}

fn stdout(color: Color) -> AutoStream<io::Stdout> {
    AutoStream::new(io::stdout(), choice(color))
}

fn choice(color: Color) -> ColorChoice {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

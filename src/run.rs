//! The sequence: command line, plan, collect, evaluate, report, output.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use crate::check::error::nearest;
use crate::check::knowledge::{self, Knowledge};
use crate::check::{self, Check, embedded, load};
use crate::cli::{self, ChecksAction, Cli, Color, Command, Options, SchemaDocument, Stop};
use crate::collect;
use crate::error::{EXIT_CODE, Error, Errors};
use crate::evaluate::{self, examples::test_examples};
use crate::finding::plain_text;
use crate::output::explain::CheckInfo;
use crate::output::{self, Detail, Reader};
use crate::plan;
use crate::report::{Identities, Privacy, Redactor};
use crate::system::System;
use crate::system::real::RealSystem;

mod command;
mod desk;
mod diagnose;
mod examine;
mod repair;
mod undo;

/// Runs cc-doctor with the given arguments, the program's name first, and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(code) = command::relay(&args) {
        return code;
    }
    match cli::parse(args) {
        Ok(cli) => {
            let system = RealSystem::new();
            execute(&system, &cli).unwrap_or_else(|errors| fail(&system, &errors, wants_json(&cli), cli.options.color))
        }
        Err(Stop::Text(text)) => match output::forgiving(stdout(Color::Auto).write_all(text.as_bytes())) {
            Ok(()) => 0,
            Err(_) => EXIT_CODE,
        },
        Err(Stop::Usage { error, json }) => fail(&RealSystem::new(), &error.into(), json, Color::Auto),
    }
}

fn wants_json(cli: &Cli) -> bool {
    cli.options.format() == cli::Format::Json
}

fn execute(system: &RealSystem, cli: &Cli) -> Result<u8, Errors> {
    let mut out = stdout(cli.options.color);
    let done = match &cli.command {
        None | Some(Command::Check) => return examine::examine(system, &cli.options, &mut out),
        Some(Command::Diagnose { text, text_only }) => {
            return diagnose::diagnose(system, &cli.options, (text.as_deref(), *text_only), &mut out);
        }
        Some(Command::Run { keep_trace, command }) => {
            return command::run(system, &cli.options, keep_trace.as_deref(), command);
        }
        Some(Command::Undo { list: true, .. }) => undo::list(system, &cli.options, &mut out)?,
        Some(Command::Undo { id, force, .. }) => undo::undo(system, &cli.options, (id.as_deref(), *force), &mut out)?,
        Some(Command::Explain { id }) => explain(system, cli, id, &mut out)?,
        Some(Command::Checks { action: ChecksAction::List }) => list(system, cli, &mut out)?,
        Some(Command::Checks { action: ChecksAction::Test { directory } }) => {
            return test(system, directory.as_deref(), &mut out);
        }
        Some(Command::Schema { document: SchemaDocument::Report }) => output::json::v1::schema(&mut out),
        Some(Command::Schema { document: SchemaDocument::Check }) => {
            writeln!(out, "{:#}", check::definition_schema())
        }
        Some(Command::Schema { document: SchemaDocument::Knowledge }) => writeln!(out, "{:#}", knowledge::schema()),
        Some(Command::Completions { shell }) => cli::completions(*shell, &mut out),
        Some(Command::Man) => cli::man(&mut out),
    };
    written(done).map(|()| 0)
}

/// An error of standard output as one of ours; a reader that went away is none.
fn written(result: io::Result<()>) -> Result<(), Errors> {
    output::forgiving(result).map_err(|error| Error::io(Path::new("standard output"), &error).into())
}

fn explain(system: &RealSystem, cli: &Cli, id: &str, out: &mut dyn Write) -> Result<io::Result<()>, Errors> {
    let (checks, knowledge) = (plan::all_checks(system, &cli.options)?, plan::all_knowledge(system, &cli.options)?);
    let info = match checks.iter().find(|check| check.id == id) {
        Some(check) => explained(check)?,
        None => match knowledge.iter().find(|piece| piece.id == id) {
            Some(piece) => known(piece.clone()),
            None => return Err(unknown(&checks, &knowledge, id).into()),
        },
    };
    Ok(if wants_json(cli) {
        output::explain::json(&info, out)
    } else {
        output::explain::human(&info, reader(&cli.options), out)
    })
}

/// An ID that nothing has.
fn unknown(checks: &[Check], knowledge: &[Knowledge], id: &str) -> Error {
    let error = Error::usage(format!("there is no check called `{id}`"));
    let ids = checks.iter().map(|check| check.id.as_str()).chain(knowledge.iter().map(|piece| piece.id.as_str()));
    match nearest(id, ids) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`cc-doctor checks list` shows them all"),
    }
}

fn list(system: &RealSystem, cli: &Cli, out: &mut dyn Write) -> Result<io::Result<()>, Errors> {
    let infos = infos(system, &cli.options)?;
    Ok(if wants_json(cli) { output::list::json(&infos, out) } else { output::list::human(&infos, out) })
}

/// What the listings tell of the checks and the knowledge.
fn infos(system: &RealSystem, options: &Options) -> Result<Vec<CheckInfo>, Errors> {
    let (checks, knowledge) = (plan::all_checks(system, options)?, plan::all_knowledge(system, options)?);
    checks.iter().map(info).chain(knowledge.into_iter().map(|piece| Ok(known(piece)))).collect()
}

/// Runs the examples; 0: all hold, 1: one does not.
fn test(system: &RealSystem, directory: Option<&Path>, out: &mut dyn Write) -> Result<u8, Errors> {
    let checks = match directory {
        None => embedded::verified(),
        Some(directory) => load::load_directory(system, directory).and_then(|own| {
            check::merge(embedded::embedded()?, own.clone())?;
            knowledge::load_directory(system, directory)?;
            Ok(own)
        }),
    };
    let report = test_examples(&checks.map_err(plan::definition_errors)?);
    written(writeln!(out, "{report}"))?;
    Ok(u8::from(!report.failures.is_empty()))
}

/// What is told about one check: its texts with the words of an example in the place of facts.
fn explained(check: &Check) -> Result<CheckInfo, Errors> {
    let mut info = info(check)?;
    if let Some(finding) = evaluate::without_machine(check) {
        info.message = bare_tildes(&plain_text(&finding.message));
        info.why = bare_tildes(&plain_text(&finding.why));
        info.remedy = bare_tildes(&plain_text(&finding.remedy));
    }
    Ok(info)
}

/// Without quotation marks around paths of the home directory: within them the shell would not know the tilde.
fn bare_tildes(text: &str) -> String {
    let mut pieces = text.split('\'');
    let mut bare = pieces.next().unwrap_or_default().to_owned();
    let mut is_open = false;
    for piece in pieces {
        let is_plain = piece.chars().all(|c| c.is_ascii_alphanumeric() || "~/._-".contains(c));
        if is_open {
            is_open = false;
        } else if piece.starts_with("~/") && is_plain {
            is_open = true;
        } else {
            bare.push('\'');
        }
        bare.push_str(piece);
    }
    bare
}

/// What the listings tell of a check.
fn info(check: &Check) -> Result<CheckInfo, Errors> {
    let body = check.body().map_err(|errors| plan::definition_errors(errors.clone()))?;
    Ok(CheckInfo {
        id: check.id.clone(),
        area: check.area.to_string(),
        title: check.title.clone(),
        severity: Some(check.severity),
        layer: Some(check.layer),
        transports: check.transports.iter().map(ToString::to_string).collect(),
        message: body.message.source.clone(),
        why: body.why.source.clone(),
        remedy: body.remedy.source.clone(),
        explains: check.explains.iter().map(|id| id.value.clone()).collect(),
        references: body.references.iter().map(|reference| reference.value.clone()).collect(),
    })
}

/// What the listings tell of a piece of knowledge.
fn known(piece: Knowledge) -> CheckInfo {
    CheckInfo {
        id: piece.id,
        area: knowledge::FOLDER.to_owned(),
        title: piece.title,
        severity: None,
        layer: None,
        transports: piece.transports.iter().map(ToString::to_string).collect(),
        message: String::new(),
        why: piece.why,
        remedy: piece.remedy,
        explains: Vec::new(),
        references: piece.references,
    }
}

fn reader(options: &Options) -> Reader {
    let detail = match (options.quiet, options.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    Reader::new(detail, width)
}

/// Says why cc-doctor failed: as the JSON document on standard output, else on standard error.
fn fail(system: &dyn System, errors: &Errors, json: bool, color: Color) -> u8 {
    let privacy = if io::stderr().is_terminal() && !json { Privacy::Readable } else { Privacy::Redacted };
    let mut redactor = Redactor::new(&Identities::of_machine(&collect::os::collect(system)), privacy);
    let result = if json {
        output::failure_as_json(errors, &mut redactor, &mut stdout(color))
    } else {
        output::failure(errors, &mut redactor, &mut stderr(color))
    };
    // There is nobody left to tell that the telling failed.
    drop(result);
    EXIT_CODE
}

fn stdout(color: Color) -> AutoStream<io::Stdout> {
    AutoStream::new(io::stdout(), choice(color))
}

fn stderr(color: Color) -> AutoStream<io::Stderr> {
    AutoStream::new(io::stderr(), choice(color))
}

fn choice(color: Color) -> ColorChoice {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

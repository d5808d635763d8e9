//! `cc-doctor check`: from the plan to the report in every format that was asked for.

use std::io::{self, IsTerminal, Write};

use super::desk::{Desk, Seen};
use super::repair;
use crate::cli::{Format, Options};
use crate::collect::os;
use crate::error::{EXIT_CODE, Error, Errors};
use crate::evaluate::Evaluation;
use crate::fact::{Facts, Text};
use crate::finding::{Layer, Segment, Sensitivity};
use crate::output;
use crate::report::diagnosis::TextDiagnosis;
use crate::report::{self, Identities, Privacy, Repairs, Report};
use crate::system::System;
use crate::system::real::RealSystem;

/// Examines the machine, mends it if that is wanted, and returns the exit code.
///
/// # Errors
/// When the plan is wrong, repairs cannot begin or a report cannot be written.
pub(super) fn examine(system: &RealSystem, options: &Options, out: &mut dyn Write) -> Result<u8, Errors> {
    let desk = Desk::new(system, options)?;
    let mends = options.fix && !options.dry_run;
    let recovered = if mends { repair::recover(system)? } else { Vec::new() };
    let mut seen = desk.look()?;
    if mends {
        let (behind, fixes) = repair::repair(&desk, seen)?;
        seen = behind;
        seen.report.repairs = Repairs::Made([recovered, fixes].concat());
        note_clones(&mut seen);
    } else if options.fix {
        seen.report.repairs = Repairs::Preview;
    }
    let identities = desk.identities(&seen.facts);
    finish(system, &desk, seen, &identities, out)
}

/// Shows what was seen, and returns the exit code.
pub(super) fn finish(
    system: &RealSystem,
    desk: &Desk<'_>,
    mut seen: Seen,
    identities: &Identities,
    out: &mut dyn Write,
) -> Result<u8, Errors> {
    desk.note_fixes(system, &mut seen);
    if seen.defects.is_some() {
        seen.report.exit_code = EXIT_CODE;
    }
    let exit_code = seen.report.exit_code;
    tell(desk, seen, identities, (io::stdout().is_terminal(), out))?;
    Ok(exit_code)
}

/// Shows what a text told without any look at the machine, and returns the exit code.
pub(super) fn without_examination(
    desk: &Desk<'_>,
    system: &dyn System,
    told: TextDiagnosis,
    out: &mut dyn Write,
) -> Result<u8, Errors> {
    let facts = Facts { os: os::collect(system), ..Facts::default() };
    let mut report = desk.report(Evaluation::default(), &facts);
    report.exit_code = told.exit_code_without_examination();
    let exit_code = report.exit_code;
    report.diagnosis = Some(told);
    show(report, &desk.identities(&facts), desk.options, (io::stdout().is_terminal(), out))?;
    Ok(exit_code)
}

/// Writes to each target of `--url` that git reaches how to clone it, unless the working directory is a clone of it.
fn note_clones(seen: &mut Seen) {
    let repository = seen.facts.git.known().and_then(|git| git.repository.known());
    let urls: Vec<&Text> =
        repository.iter().flat_map(|repository| &repository.remotes).flat_map(|remote| &remote.urls).collect();
    for (target, told) in seen.facts.targets.iter().zip(&mut seen.report.targets) {
        let from_option = target.origin.0 == "option" && !target.url_has_password;
        let url = target.written_url.as_ref().filter(|url| from_option && !urls.contains(url));
        let words = url.map(|url| ["git", "clone", url].map(|word| Segment::value(word, Sensitivity::Text)).to_vec());
        told.clone = words.filter(|_| told.reach == Some(Layer::Repository));
    }
}

/// Writes the report where it is to go, and what is wrong with definitions to standard error. With `out` comes
/// whether it is a terminal.
///
/// # Errors
/// When a report cannot be written.
pub(super) fn tell(
    desk: &Desk<'_>,
    seen: Seen,
    identities: &Identities,
    out: (bool, &mut dyn Write),
) -> Result<(), Errors> {
    let Seen { facts, report, defects, .. } = seen;
    drop(facts);
    show(report, identities, desk.options, out)?;
    if let Some(errors) = defects {
        let mut redactor = report::Redactor::new(identities, Privacy::Redacted);
        super::written(output::failure(&errors, &mut redactor, &mut io::stderr()))?;
    }
    Ok(())
}

/// Writes the report to `out`, which may be a terminal, and to the files of `--report`.
fn show(
    report: Report,
    identities: &Identities,
    options: &Options,
    (terminal, out): (bool, &mut dyn Write),
) -> Result<(), Errors> {
    let sent_away = if options.show_identity { Privacy::Readable } else { Privacy::Redacted };
    let (format, privacy) = match options.format() {
        Format::Json => (output::Format::Json, sent_away),
        Format::Human if terminal => (human(options), Privacy::Readable),
        Format::Human => (human(options), sent_away),
    };
    if options.report.is_empty() {
        return super::written(output::report(&report.redacted(identities, privacy), format, out));
    }
    super::written(output::report(&report.clone().redacted(identities, privacy), format, out))?;
    let redacted = report.redacted(identities, sent_away);
    for file in &options.report {
        let format = match file.format {
            Format::Json => output::Format::Json,
            Format::Human => human(options),
        };
        output::file::write(&redacted, format, &file.path)
            .map_err(|error| Error::io(&file.path, &error).hint("the report itself is complete; give another file"))?;
    }
    Ok(())
}

fn human(options: &Options) -> output::Format {
    output::Format::Human(super::reader(options))
}

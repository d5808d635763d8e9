//! One file per format, each with a writer argument. Formats render the report; they count and decide nothing.

use std::io::{self, Write};

use crate::error::Errors;
use crate::finding::{Message, Segment};
use crate::report::{Redactor, Report};

pub mod explain;
pub mod file;
pub mod human;
pub mod json;
pub mod list;
pub mod repairs;
pub mod safe;
mod shell;
mod wrap;

/// How much people want to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// The conclusion only.
    Quiet,
    /// What is wrong and how to mend it.
    #[default]
    Normal,
    /// Why it matters, too, and what could not be looked at.
    Verbose,
}

/// What the formats for people need to know about the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// How much to say.
    pub detail: Detail,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Reader {
    fn default() -> Self {
        Self { detail: Detail::Normal, width: 80 }
    }
}

impl Reader {
    /// The width is kept between 60 and 100 columns, for longer lines are hard to read.
    pub fn new(detail: Detail, width: Option<usize>) -> Self {
        Self { detail, width: width.unwrap_or(80).clamp(60, 100) }
    }
}

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text for people.
    Human(Reader),
    /// Version 1 of the JSON document.
    Json,
}

/// Writes the report. Text for people is always styled: `out` takes the styles away where they are not wanted.
///
/// # Errors
/// When `out` cannot be written. A reader that went away is no error.
pub fn report(report: &Report, format: Format, out: &mut dyn Write) -> io::Result<()> {
    forgiving(match format {
        Format::Human(reader) => human::write(report, reader, out),
        Format::Json => json::v1::report(report, out),
    })
}

/// Writes why cc-doctor failed, as the document that `--json` promises.
///
/// # Errors
/// When `out` cannot be written. A reader that went away is no error.
pub fn failure_as_json(errors: &Errors, redactor: &mut Redactor, out: &mut dyn Write) -> io::Result<()> {
    forgiving(json::v1::failure(errors, redactor, out))
}

/// Writes why cc-doctor failed, for people.
///
/// # Errors
/// When `out` cannot be written. A reader that went away is no error.
pub fn failure(errors: &Errors, redactor: &mut Redactor, out: &mut dyn Write) -> io::Result<()> {
    let shown: Vec<_> = errors.iter().map(|error| redactor.error(error).to_string()).collect();
    forgiving(writeln!(out, "{}", safe::safe_block(&shown.join("\n"))))
}

/// `cc-doctor | head` is no failure of cc-doctor.
pub(crate) fn forgiving(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// The message as text that can be shown. Line breaks of the author stay, those of values are made visible.
fn plain(message: &Message) -> String {
    message.iter().map(segment).collect()
}

fn segment(segment: &Segment) -> String {
    match segment {
        Segment::Literal(text) => safe::safe_block(text),
        Segment::Value { text, .. } => safe::safe(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let sample = crate::report::samples::report(Vec::new(), &[]);
        for format in [Format::Json, Format::Human(Reader::default())] {
            assert!(report(&sample, format, &mut Gone).is_ok());
        }
    }
}

//! A report or a trace in a file of the user's choice, readable by its owner only.

#![expect(
    clippy::disallowed_methods,
    reason = "--report and --keep-trace name what is to be written; nothing else is written here"
)]

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use super::Format;
use crate::report::Report;

/// Writes the report; a file that exists is replaced.
///
/// # Errors
/// When the file cannot be written.
pub fn write(report: &Report, format: Format, path: &Path) -> io::Result<()> {
    let mut text = Vec::new();
    super::report(report, format, &mut text)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(&text)?;
    file.sync_all()
}

/// Makes a directory that only its owner can enter.
///
/// # Errors
/// When something of that name is there, or it cannot be made.
pub fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a new file.
///
/// # Errors
/// When it is there already, or cannot be written.
pub fn write_text(text: &str, path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

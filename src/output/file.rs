//! A report in a file of the user's choice, readable by its owner only.

#![expect(clippy::disallowed_methods, reason = "--report names a file to be written; nothing else is written here")]

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

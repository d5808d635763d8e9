//! What goes wrong in cc-doctor itself: kind, message, hints. The kind decides nothing but the words: every such
//! failure ends with [`EXIT_CODE`].

use std::fmt;
use std::path::PathBuf;

/// Exit code of cc-doctor when it failed itself.
pub const EXIT_CODE: u8 = 2;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The command line is wrong.
    Usage,
    /// A check definition is wrong.
    Definition,
    /// A file could not be read or written.
    Io,
    /// A repair cannot be made or taken back.
    Repair,
    /// A defect of cc-doctor.
    Internal,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Usage => "usage",
            Self::Definition => "definition",
            Self::Io => "io",
            Self::Repair => "repair",
            Self::Internal => "internal",
        })
    }
}

/// One failure of cc-doctor itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// What kind of failure.
    pub kind: Kind,
    /// One sentence without a full stop.
    pub message: String,
    /// What to try, one sentence each.
    pub hints: Vec<String>,
    /// The file that is wrong.
    pub path: Option<PathBuf>,
    /// The line in it, from 1.
    pub line: Option<u32>,
    /// The column, in characters from 1.
    pub column: Option<u32>,
}

impl Error {
    /// An error without place and hints.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), path: None, line: None, column: None }
    }

    /// A wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A wrong check definition.
    pub fn definition(message: impl Into<String>) -> Self {
        Self::new(Kind::Definition, message)
    }

    /// A file that could not be read or written.
    pub fn io(path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        Self { path: Some(path.into()), ..Self::new(Kind::Io, error.to_string()) }
    }

    /// A repair that cannot be made or taken back.
    pub fn repair(message: impl Into<String>) -> Self {
        Self::new(Kind::Repair, message)
    }

    /// A defect of cc-doctor.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message).hint("this is a defect of cc-doctor; please report it")
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Says where it is.
    #[must_use]
    pub fn at(mut self, path: impl Into<PathBuf>, line: Option<u32>, column: Option<u32>) -> Self {
        self.path = Some(path.into());
        self.line = line;
        self.column = column;
        self
    }

    /// `path:line:column`, as far as known.
    pub fn place(&self) -> Option<String> {
        let mut place = self.path.as_ref()?.display().to_string();
        for number in [self.line, self.column].into_iter().map_while(|n| n) {
            place.push_str(&format!(":{number}"));
        }
        Some(place)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            Some(place) => write!(f, "error: {place}: {}", self.message)?,
            None => write!(f, "error: {}", self.message)?,
        }
        self.hints.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

/// The failures that ended a run, at least one: definition errors are reported all at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Errors {
    /// The first one.
    pub first: Error,
    /// The others, in order.
    pub more: Vec<Error>,
}

impl Errors {
    /// `None` when there are no errors.
    pub fn from_list(errors: Vec<Error>) -> Option<Self> {
        let mut errors = errors.into_iter();
        Some(Self { first: errors.next()?, more: errors.collect() })
    }

    /// All of them in order.
    pub fn iter(&self) -> impl Iterator<Item = &Error> {
        std::iter::once(&self.first).chain(&self.more)
    }
}

impl From<Error> for Errors {
    fn from(first: Error) -> Self {
        Self { first, more: Vec::new() }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        self.more.iter().try_for_each(|error| write!(f, "\n{error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_place_message_and_hints() {
        let error = Error::definition("unknown key `tittle`").at("checks/a.yaml", Some(3), Some(1)).hint("`title`?");
        assert_eq!(error.to_string(), "error: checks/a.yaml:3:1: unknown key `tittle`\nhint: `title`?");
        assert_eq!(Error::usage("no").to_string(), "error: no");
        let all = Errors { first: Error::usage("one"), more: vec![Error::usage("two")] };
        assert_eq!(all.to_string(), "error: one\nerror: two");
    }

    #[test]
    fn a_column_without_a_line_is_no_place() {
        let error = Error::usage("x").at("f", None, Some(7));
        assert_eq!(error.place().as_deref(), Some("f"));
    }
}

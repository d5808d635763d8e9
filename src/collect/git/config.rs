//! Git's configuration as it takes effect: every entry with its scope and its place.
//!
//! The entries are raw. They never leave `collect`; facts are made of them in [`super::facts`].

use std::collections::HashMap;
use std::sync::Arc;

use super::config_file::{Heading, without_bom};
use super::facts;
use crate::fact::Source;

/// Where a setting holds, in the order in which git reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All users of the machine.
    System,
    /// One user.
    Global,
    /// One repository.
    Local,
    /// One work tree.
    Worktree,
    /// The environment or the command line.
    Command,
}

impl Scope {
    /// Git's word for it (`--show-scope`).
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Global => "global",
            Self::Local => "local",
            Self::Worktree => "worktree",
            Self::Command => "command",
        }
    }

    /// The scope of that name. Files that a vendor's git reads by itself have the scope `unknown`; they hold for
    /// the machine.
    pub fn from_word(word: &str) -> Self {
        match word {
            "global" => Self::Global,
            "local" => Self::Local,
            "worktree" => Self::Worktree,
            "command" => Self::Command,
            _ => Self::System,
        }
    }
}

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a line of a file.
    Line {
        /// Index of the file among the texts of the configuration.
        file: usize,
        /// Line, from 1.
        line: u32,
        /// Byte offset of the entry in that line.
        start: usize,
        /// Byte offset behind it.
        end: usize,
    },
    /// In a file, the line is not known.
    File(usize),
    /// In this environment variable.
    Variable(String),
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Section and subsection.
    pub heading: Arc<Heading>,
    /// Name in lower case.
    pub name: String,
    /// The raw value; `None` for a bare name, which git reads as true.
    pub value: Option<String>,
    /// Scope.
    pub scope: Scope,
    /// Place.
    pub place: Place,
}

impl Entry {
    /// The value, a bare name being nothing.
    pub fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    /// The subsection.
    pub fn subsection(&self) -> Option<&str> {
        self.heading.subsection.as_deref()
    }

    /// What git makes of it as a boolean; `None`: git refuses the value.
    pub fn boolean(&self) -> Option<bool> {
        self.value.as_deref().map_or(Some(true), boolean)
    }
}

/// A value as a boolean (`git_parse_maybe_bool` in parse.c of git); `None`: git refuses the value.
pub fn boolean(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" | "" => Some(false),
        number => number.trim_end_matches(['k', 'm', 'g']).parse::<i64>().ok().map(|number| number != 0),
    }
}

/// Splits `section.subsection.name` as git does: at the first and the last dot.
pub fn split_key(key: &str) -> (Heading, String) {
    let (section, rest) = key.split_once('.').unwrap_or((key, ""));
    let section = section.to_ascii_lowercase();
    match rest.rsplit_once('.') {
        Some((subsection, name)) => {
            (Heading { section, subsection: Some(subsection.to_owned()) }, name.to_ascii_lowercase())
        }
        None => (Heading { section, subsection: None }, rest.to_ascii_lowercase()),
    }
}

/// The bytes of one configuration file, for excerpts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileText {
    path: String,
    bytes: Vec<u8>,
    /// Offset of each line.
    starts: Vec<usize>,
}

impl FileText {
    /// Takes the content of a file.
    pub fn new(path: String, bytes: &[u8]) -> Self {
        let bytes = without_bom(bytes).to_vec();
        let breaks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        Self { path, bytes, starts }
    }

    /// Path of the file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// One line, from 1, without its end.
    pub fn line(&self, line: u32) -> &[u8] {
        let index = (line as usize).saturating_sub(1);
        let Some(&start) = self.starts.get(index) else { return b"" };
        let end = self.starts.get(index + 1).map_or(self.bytes.len(), |next| next - 1);
        let line = self.bytes.get(start..end).unwrap_or_default();
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}

/// All of the configuration in git's reading order.
#[derive(Debug, Clone, Default)]
pub struct Config {
    entries: Vec<Entry>,
    texts: Vec<FileText>,
    by_section: HashMap<String, Vec<usize>>,
}

impl Config {
    /// Takes entries whose places refer to `texts`.
    pub fn new(entries: Vec<Entry>, texts: Vec<FileText>) -> Self {
        let mut by_section: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            match by_section.get_mut(&entry.heading.section) {
                Some(indexes) => indexes.push(index),
                None => {
                    by_section.insert(entry.heading.section.clone(), vec![index]);
                }
            }
        }
        Self { entries, texts, by_section }
    }

    /// All entries in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries of one section (in lower case), whatever their subsection, in order.
    pub fn section(&self, section: &str) -> impl DoubleEndedIterator<Item = &Entry> {
        self.by_section.get(section).into_iter().flatten().filter_map(|index| self.entries.get(*index))
    }

    /// All entries of one key, in order.
    pub fn all<'a>(
        &'a self,
        section: &str,
        subsection: Option<&'a str>,
        name: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.section(section).filter(move |entry| entry.name == name && entry.subsection() == subsection)
    }

    /// The entry of one key that takes effect.
    pub fn last<'a>(&'a self, section: &str, subsection: Option<&'a str>, name: &'a str) -> Option<&'a Entry> {
        self.all(section, subsection, name).next_back()
    }

    /// Where an entry stands, secrets masked.
    pub fn source(&self, entry: &Entry) -> Source {
        let text = |file: &usize| self.texts.get(*file);
        match &entry.place {
            Place::Variable(name) => facts::variable_source(entry, name),
            Place::File(file) => Source::file(text(file).map_or("", FileText::path)),
            Place::Line { file, line, start, end } => {
                text(file).map_or_else(Source::default, |text| facts::line_source(entry, text, *line, (*start, *end)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_read_as_git_reads_them() {
        for (value, wanted) in [
            ("true", Some(true)),
            ("Yes", Some(true)),
            ("ON", Some(true)),
            ("1", Some(true)),
            ("2k", Some(true)),
            ("-1", Some(true)),
            ("0", Some(false)),
            ("off", Some(false)),
            ("", Some(false)),
            ("ture", None),
            ("true ", None),
        ] {
            assert_eq!(boolean(value), wanted, "{value}");
        }
    }

    #[test]
    fn keys_are_split_at_the_first_and_the_last_dot() {
        let (heading, name) = split_key("credential.https://a.b/C.useHttpPath");
        assert_eq!(heading.section, "credential");
        assert_eq!(heading.subsection.as_deref(), Some("https://a.b/C"));
        assert_eq!(name, "usehttppath");
        assert_eq!(split_key("core.sshCommand").0.subsection, None);
    }
}

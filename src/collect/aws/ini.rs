//! Reads AWS configuration files line by line, exactly as botocore does.
//!
//! botocore uses Python's `configparser.RawConfigParser()` (3.11 here): `=` and `:` separate, `#` and `;` begin a
//! comment only at the start of a line, deeper indentation continues a value, keys are lower-cased, `[DEFAULT]` is
//! inherited by all sections, duplicates are errors. On any error it refuses the whole file
//! (`botocore/configloader.py`, `raw_config_parse`).

use std::collections::{HashMap, HashSet};

/// A file as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Ini {
    /// Its sections in order.
    pub(crate) sections: Vec<Section>,
    /// The entries of `[DEFAULT]`, which every section inherits.
    defaults: Vec<Entry>,
    /// Where botocore's parser gives up; it then takes nothing from the file.
    pub(crate) error: Option<IniError>,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// Heading without brackets, as written.
    pub(crate) name: String,
    /// Line of the heading, from 1.
    pub(crate) line: u32,
    /// Its own entries in order.
    pub(crate) entries: Vec<Entry>,
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Lower-cased key.
    pub(crate) key: String,
    /// The value; lines of continuation joined by line feeds.
    pub(crate) value: String,
    /// Line of the key, from 1.
    pub(crate) line: u32,
}

impl Entry {
    /// Whether the value is a block of indented lines, which botocore reads as a map of its own.
    pub(crate) fn nested(&self) -> bool {
        self.value.starts_with('\n')
    }
}

/// What botocore's parser refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IniError {
    /// The kind, one of those of `fact::aws::FileError`.
    pub(crate) kind: &'static str,
    /// The line, from 1.
    pub(crate) line: u32,
}

impl Ini {
    /// Reads a file; the error, if any, is kept beside what was read.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Reader::default().read(text),
            Err(error) => {
                let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                Self { error: Some(IniError { kind: "not-utf-8", line: number(line) }), ..Self::default() }
            }
        }
    }

    /// The entry of a key in a section, `[DEFAULT]` included.
    pub(crate) fn entry<'a>(&'a self, section: &'a Section, key: &str) -> Option<&'a Entry> {
        section.entries.iter().chain(&self.defaults).find(|entry| entry.key == key)
    }

    /// The section of exactly this name.
    pub(crate) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }
}

/// The lines of a text as Python's universal newlines split them: `\n`, `\r\n` and `\r`.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text).filter(|text| !text.is_empty());
    std::iter::from_fn(move || {
        let current = rest?;
        let Some(end) = current.find(['\n', '\r']) else {
            rest = None;
            return Some(current);
        };
        let width = if current.get(end..end + 2) == Some("\r\n") { 2 } else { 1 };
        rest = current.get(end + width..).filter(|text| !text.is_empty());
        current.get(..end)
    })
}

/// Python's `str.isspace`: Unicode white space and the four ASCII separators.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// Where entries go.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Defaults,
    Section(usize),
}

/// The state of `RawConfigParser._read`.
#[derive(Default)]
struct Reader {
    ini: Ini,
    by_name: HashMap<String, usize>,
    seen: HashSet<(Place, String)>,
    place: Option<Place>,
    /// Whether an option is open that deeper lines continue.
    open: bool,
    indent: usize,
    /// A line that is refused only after the whole file has been read.
    late: Option<IniError>,
}

impl Reader {
    fn read(mut self, text: &str) -> Ini {
        for (index, line) in lines(text).enumerate() {
            if let Err(kind) = self.line(line, number(index + 1)) {
                self.ini.error = Some(IniError { kind, line: number(index + 1) });
                break;
            }
        }
        self.finish()
    }

    fn line(&mut self, line: &str, number: u32) -> Result<(), &'static str> {
        let value = line.trim_matches(is_space);
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        if value.is_empty() {
            // A blank line belongs to the open value; trailing ones are cut at the end.
            if self.open {
                self.continue_value("");
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|c| is_space(*c)).count();
        if self.open && indent > self.indent {
            self.continue_value(value);
            return Ok(());
        }
        self.indent = indent;
        match heading(value) {
            Some(name) => self.heading(name, number),
            None => self.option(value, number),
        }
    }

    fn entries(&mut self) -> Option<&mut Vec<Entry>> {
        match self.place? {
            Place::Defaults => Some(&mut self.ini.defaults),
            Place::Section(index) => self.ini.sections.get_mut(index).map(|section| &mut section.entries),
        }
    }

    fn continue_value(&mut self, text: &str) {
        if let Some(entry) = self.entries().and_then(|entries| entries.last_mut()) {
            entry.value.push('\n');
            entry.value.push_str(text);
        }
    }

    fn heading(&mut self, name: &str, line: u32) -> Result<(), &'static str> {
        self.open = false;
        if name == "DEFAULT" {
            self.place = Some(Place::Defaults);
            return Ok(());
        }
        let index = self.ini.sections.len();
        if self.by_name.insert(name.to_owned(), index).is_some() {
            return Err("duplicate-section");
        }
        self.ini.sections.push(Section { name: name.to_owned(), line, entries: Vec::new() });
        self.place = Some(Place::Section(index));
        Ok(())
    }

    fn option(&mut self, text: &str, line: u32) -> Result<(), &'static str> {
        let Some(place) = self.place else { return Err(without_section(text)) };
        let Some((key, value)) = text.split_once(['=', ':']) else {
            let kind = if text.starts_with('[') { "bad-section" } else { "no-equals-sign" };
            self.late.get_or_insert(IniError { kind, line });
            return Ok(());
        };
        let key = key.trim_end_matches(is_space).to_lowercase();
        if key.is_empty() {
            self.late.get_or_insert(IniError { kind: "no-key", line });
        }
        if !self.seen.insert((place, key.clone())) {
            return Err("duplicate-key");
        }
        self.open = !key.is_empty();
        let value = value.trim_matches(is_space).to_owned();
        if let Some(entries) = self.entries() {
            entries.push(Entry { key, value, line });
        }
        Ok(())
    }

    fn finish(mut self) -> Ini {
        let sections = self.ini.sections.iter_mut().flat_map(|section| &mut section.entries);
        for entry in sections.chain(&mut self.ini.defaults) {
            entry.value.truncate(entry.value.trim_end_matches(is_space).len());
        }
        if self.ini.error.is_none() {
            self.ini.error = self.late.or_else(|| nested_error(&self.ini));
        }
        self.ini
    }
}

/// `\[(?P<header>.+)\]` at the start of the line; text behind the last bracket is ignored.
fn heading(value: &str) -> Option<&str> {
    let end = value.rfind(']')?;
    value.get(1..end).filter(|name| value.starts_with('[') && !name.is_empty())
}

fn without_section(text: &str) -> &'static str {
    match text.chars().next() {
        Some('\u{feff}') => "bom",
        Some('[') => "bad-section",
        _ => "no-section",
    }
}

/// A block of indented lines must consist of `key = value` (`_parse_nested`). Inherited entries are looked at only
/// through a section.
fn nested_error(ini: &Ini) -> Option<IniError> {
    let inherited = if ini.sections.is_empty() { [].iter() } else { ini.defaults.iter() };
    let entries = ini.sections.iter().flat_map(|section| &section.entries).chain(inherited);
    entries.filter(|entry| entry.nested()).find_map(|entry| {
        let bad =
            entry.value.split('\n').position(|line| !line.trim_matches(is_space).is_empty() && !line.contains('='));
        bad.map(|offset| IniError { kind: "no-equals-sign", line: entry.line.saturating_add(number(offset)) })
    })
}

#[cfg(test)]
mod tests;

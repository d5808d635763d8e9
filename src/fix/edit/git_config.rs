//! Edits of git's configuration files that touch nothing but the wanted value.
//!
//! `git config` itself drops comments beside a value, writes keys in lower case and cannot place an entry, and the
//! place decides: all credential sections that fit a URL apply in the order of the file, the last scalar wins and an
//! empty `helper` takes back all before it.

use super::lines;
use super::refusal::Refusal;
use super::splice::Splice;
use crate::collect::git::config::split_key;
use crate::collect::git::config_file::{self, Heading, HeadingPlace, Item, Parsed};

mod allowed;
mod helper;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

pub use allowed::{check_set, check_unset, is_remote_url};
pub use helper::set_helper;

/// A configuration key, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Section and subsection.
    pub heading: Heading,
    /// Name as it was given.
    pub written: String,
    /// Name in lower case, as git compares it.
    pub name: String,
}

impl Key {
    /// Splits `section.subsection.name`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when git would refuse the key.
    pub fn parse(key: &str) -> Result<Self, Refusal> {
        let (heading, name) = split_key(key);
        let written = key.rsplit('.').next().unwrap_or_default().to_owned();
        let word =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
        let sound = heading.subsection.as_ref().is_none_or(|text| !text.chars().any(char::is_control));
        if key.contains('.') && word(&heading.section) && word(&name) && begins && sound {
            return Ok(Self { heading, written, name });
        }
        Err(Refusal::invalid(format!("`{key}` is no key of git's configuration")))
    }

    fn is(&self, item: &Item) -> bool {
        item.name == self.name && *item.heading == self.heading
    }

    /// The section heading as git writes it.
    fn heading_line(&self) -> String {
        match &self.heading.subsection {
            Some(text) => {
                format!("[{} \"{}\"]", self.heading.section, text.replace('\\', "\\\\").replace('"', "\\\""))
            }
            None => format!("[{}]", self.heading.section),
        }
    }
}

/// A file taken apart, with the bytes in terms of the whole file.
pub(super) struct File<'a> {
    pub(super) text: &'a [u8],
    pub(super) parsed: Parsed,
    /// Length of a byte order mark.
    mark: usize,
}

impl<'a> File<'a> {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Refusal::Stale`] when git cannot read it either.
    pub(super) fn read(text: &'a [u8]) -> Result<Self, Refusal> {
        let parsed = config_file::parse(text);
        match parsed.error_line {
            Some(line) => Err(Refusal::stale(format!("git itself cannot read line {line} of the file"))),
            None if parsed.cut => Err(Refusal::stale("the file has more entries than are read")),
            None => Ok(Self { text, mark: text.len() - config_file::without_bom(text).len(), parsed }),
        }
    }

    pub(super) fn items(&self, key: &Key) -> impl DoubleEndedIterator<Item = &Item> {
        self.parsed.items.iter().filter(move |item| key.is(item))
    }

    fn headings(&self, key: &Key) -> impl DoubleEndedIterator<Item = &HeadingPlace> {
        self.parsed.headings.iter().filter(move |place| *place.heading == key.heading)
    }

    /// Where a new entry of a section that begins at `heading` goes, before any comments that follow its last entry.
    fn end_of_section(&self, heading: &HeadingPlace) -> usize {
        let next = self.parsed.headings.iter().find(|place| place.span.start >= heading.span.end);
        let end = next.map_or(usize::MAX, |place| place.span.start);
        let mut entries = self.parsed.items.iter().filter(|item| (heading.span.end..end).contains(&item.extent.start));
        let behind = |at: usize| {
            let rest = self.text.get(at + self.mark..).unwrap_or_default();
            at + rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1)
        };
        entries.next_back().map_or_else(|| behind(heading.span.end), |item| item.extent.next) + self.mark
    }

    /// The indentation of entries: that of the first one that has a line of its own, else a tab.
    fn indent(&self) -> String {
        let own = |item: &Item| {
            let start = item.extent.start + self.mark;
            let line = self.text.get(..start)?.iter().rposition(|byte| *byte == b'\n')? + 1;
            let blanks = self.text.get(line..start)?;
            blanks.iter().all(|byte| matches!(byte, b' ' | b'\t')).then(|| String::from_utf8_lossy(blanks).into_owned())
        };
        self.parsed.items.iter().find_map(own).unwrap_or_else(|| "\t".to_owned())
    }

    /// Puts a value in the place of that of an entry.
    pub(super) fn set_item(&self, item: &Item, value: &str) -> Splice {
        let range = item.extent.value.start + self.mark..item.extent.value.end + self.mark;
        let before = match (&item.value, range.is_empty()) {
            (None, _) => " = ",
            (Some(_), true) => " ",
            _ => "",
        };
        Splice::replace(range, format!("{before}{}", encode(value)))
    }

    /// Adds entries to the last section of that heading, or in a new section at the end of the file.
    pub(super) fn add(&self, key: &Key, values: &[&str], new_section: bool) -> Splice {
        let end = lines::line_end(self.text);
        let indent = self.indent();
        let entry = |value: &&str| match encode(value) {
            value if value.is_empty() => format!("{indent}{} ={end}", key.written),
            value => format!("{indent}{} = {value}{end}", key.written),
        };
        let entries: String = values.iter().map(entry).collect();
        match self.headings(key).next_back().filter(|_| !new_section) {
            Some(heading) => {
                let at = self.end_of_section(heading);
                let missing = lines::missing_end(self.text.get(..at).unwrap_or_default());
                Splice::insert(at, format!("{missing}{entries}"))
            }
            None => {
                let missing = lines::missing_end(self.text);
                Splice::insert(self.text.len(), format!("{missing}{}{end}{entries}", key.heading_line()))
            }
        }
    }

    /// Removes an entry with its line, or the entry alone where the section heading stands on the same line.
    pub(super) fn remove(&self, item: &Item) -> Splice {
        let start = item.extent.start + self.mark;
        let before = self.text.get(..start).unwrap_or_default();
        let line = before.iter().rposition(|byte| *byte == b'\n').map_or(self.mark, |at| at + 1);
        let alone = before.get(line..).unwrap_or_default().iter().all(|byte| matches!(byte, b' ' | b'\t'));
        if alone {
            return Splice::remove(line..item.extent.next + self.mark);
        }
        // The comment behind the value stays, it may be about the section.
        let end = if item.value.is_some() { item.extent.value.end } else { item.extent.value.start };
        Splice::remove(before.trim_ascii_end().len()..end + self.mark)
    }
}

/// Sets the value that takes effect within this file: the last one where there are several. `rivals`: entries of
/// other headings behind which it must stand to take effect.
///
/// # Errors
/// [`Refusal::Stale`] when git cannot read the file.
pub fn set(text: &[u8], key: &Key, value: &str, rivals: impl Fn(&Heading) -> bool) -> Result<Vec<Splice>, Refusal> {
    let file = File::read(text)?;
    let rival = file.parsed.items.iter().rfind(|item| {
        item.name == key.name && item.heading.section == key.heading.section && !key.is(item) && rivals(&item.heading)
    });
    let behind_rivals = |start: usize| rival.is_none_or(|rival| rival.extent.start < start);
    if let Some(item) = file.items(key).next_back().filter(|item| behind_rivals(item.extent.start)) {
        let is_same = item.value.as_deref() == Some(value) || is_same_bool(item.value.as_deref(), value);
        return Ok(if is_same { Vec::new() } else { vec![file.set_item(item, value)] });
    }
    let present = file.headings(key).next_back().is_some_and(|place| behind_rivals(place.span.start));
    Ok(vec![file.add(key, &[value], !present)])
}

/// Whether both are booleans of the same meaning, so that nothing has to be written.
fn is_same_bool(present: Option<&str>, wanted: &str) -> bool {
    let word = |text: &str| match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    };
    let wanted = word(wanted);
    wanted.is_some() && present.map_or(Some(true), word) == wanted
}

/// Removes the entries of a key, all or those of one value.
///
/// # Errors
/// [`Refusal::Stale`] when git cannot read the file.
pub fn unset(text: &[u8], key: &Key, value: Option<&str>) -> Result<Vec<Splice>, Refusal> {
    let file = File::read(text)?;
    let wanted = |item: &&Item| value.is_none_or(|value| item.value.as_deref().unwrap_or_default() == value);
    Ok(file.items(key).filter(wanted).map(|item| file.remove(item)).collect())
}

/// Replaces the entries of one value.
///
/// # Errors
/// [`Refusal::Stale`] when no entry has the value and none has the new one either.
pub fn replace(text: &[u8], key: &Key, from: &str, to: &str) -> Result<Vec<Splice>, Refusal> {
    let file = File::read(text)?;
    let splices: Vec<_> = file
        .items(key)
        .filter(|item| item.value.as_deref().unwrap_or_default() == from && from != to)
        .map(|item| file.set_item(item, to))
        .collect();
    if splices.is_empty() && !file.items(key).any(|item| item.value.as_deref() == Some(to)) {
        return Err(Refusal::stale(format!("no entry of `{}` has the value that is to be replaced", key.written)));
    }
    Ok(splices)
}

/// A value as git writes it (`write_pair` in config.c of git).
fn encode(value: &str) -> String {
    let quotes = value.starts_with(' ') || value.ends_with(' ') || value.contains([';', '#', '\r']);
    let quotes = quotes || value.starts_with('\t') || value.ends_with('\t');
    let mut out = String::new();
    for c in value.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    if quotes { format!("\"{out}\"") } else { out }
}

/// The values of a key in a file, in order; of a bare name nothing.
///
/// # Errors
/// [`Refusal::Stale`] when git cannot read the file.
pub fn values(text: &[u8], key: &Key) -> Result<Vec<String>, Refusal> {
    Ok(File::read(text)?.items(key).map(|item| item.value.clone().unwrap_or_default()).collect())
}

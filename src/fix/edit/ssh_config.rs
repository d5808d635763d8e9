//! Edits of ssh configurations that know that the first value wins, and that no host but those of CodeCommit may notice.
//!
//! Lines are taken apart by the collector's own reader. After each edit the whole configuration, included files too, is
//! read as it was and as it will be; an edit that another host would notice, or that would not take effect, is refused.

use std::ops::Range;
use std::path::Path;

use super::lines;
use super::refusal::Refusal;
use super::splice::Splice;
use crate::check::regions::RegionTable;
use crate::collect::login::holds_key_id;
use crate::collect::ssh::config::{self, Line};
use crate::collect::ssh::evaluate::MatchWords;
use crate::system::{System, text};

mod ignore;
mod insert;
mod relocate;
mod setting;
mod value;
mod view;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

pub use ignore::ignore;
pub use insert::insert;
pub use relocate::move_block;
pub use setting::set;
pub use value::Setting;

/// The file to edit, on the machine as earlier edits of the plan leave it.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The machine; its file at `path` reads as `text`.
    pub system: &'a dyn System,
    /// The file.
    pub path: &'a Path,
    /// What it holds.
    pub text: &'a [u8],
    /// The hosts of CodeCommit.
    pub regions: &'a RegionTable,
}

/// The file taken apart.
pub(super) struct File<'a> {
    pub(super) text: &'a [u8],
    pub(super) lines: Vec<Line>,
    starts: Vec<Range<usize>>,
}

impl<'a> File<'a> {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Refusal::Stale`] when it is not in an encoding that ssh reads.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        if let Some(encoding) = text::encoding(bytes) {
            return Err(Refusal::stale(format!("the file has to be rewritten first: it is {encoding}")));
        }
        let lines = config::parse(&String::from_utf8_lossy(bytes));
        Ok(Self { text: bytes, lines, starts: lines::lines(bytes).collect() })
    }

    /// The bytes of a line (from 1), line end included; the end of the file for a line behind it.
    pub(super) fn bytes_of(&self, number: u32) -> Range<usize> {
        let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        self.starts.get(index).cloned().unwrap_or(self.text.len()..self.text.len())
    }

    /// The line of that number with its index.
    ///
    /// # Errors
    /// [`Refusal::Stale`] when there is none or it is not written in UTF-8.
    pub(super) fn line(&self, number: u32) -> Result<(usize, &Line), Refusal> {
        let found = self.lines.iter().enumerate().find(|(_, line)| line.number == number);
        let (index, line) = found.ok_or_else(|| Refusal::stale(format!("line {number} holds no setting any more")))?;
        let bytes = self.text.get(self.bytes_of(number)).unwrap_or_default();
        if !bytes.starts_with(line.text.as_bytes()) {
            return Err(Refusal::stale(format!("line {number} is not written in UTF-8")));
        }
        Ok((index, line))
    }

    /// The index of the `Host` or `Match` line that the line at `index` stands below, or that it is.
    pub(super) fn head_of(&self, index: usize) -> Option<usize> {
        self.lines.get(..=index)?.iter().rposition(is_head)
    }

    /// The block that begins at the index of its `Host` or `Match` line: the lines of its settings.
    pub(super) fn body(&self, head: usize) -> &[Line] {
        let rest = self.lines.get(head + 1..).unwrap_or_default();
        let length = rest.iter().position(is_head).unwrap_or(rest.len());
        rest.get(..length).unwrap_or_default()
    }

    /// Where the line at `index` begins together with the comment lines right above it.
    pub(super) fn start_with_comments(&self, index: usize) -> usize {
        let Some(line) = self.lines.get(index) else { return self.text.len() };
        let mut number = line.number;
        let is_comment = |number: u32| {
            let bytes = self.text.get(self.bytes_of(number)).unwrap_or_default();
            bytes.trim_ascii().starts_with(b"#")
        };
        while number > 1 && is_comment(number - 1) {
            number -= 1;
        }
        self.bytes_of(number).start
    }

    /// The indentation of settings in blocks; two blanks where there are none.
    pub(super) fn indent(&self) -> String {
        let of = |line: &Line| line.text.get(..line.keyword_span.start).map(str::to_owned);
        let indented = self.lines.iter().filter_map(of).find(|blanks| !blanks.is_empty() && blanks.trim().is_empty());
        indented.unwrap_or_else(|| "  ".to_owned())
    }

    /// The line end of the file.
    pub(super) fn line_end(&self) -> &'static str {
        lines::line_end(self.text)
    }

    /// One setting as a line.
    pub(super) fn setting_line(&self, setting: &Setting) -> String {
        format!("{}{}{}", self.indent(), setting.written(), self.line_end())
    }

    /// Adds lines behind the last setting of a block.
    pub(super) fn append_to_block(&self, head: usize, settings: &[&Setting]) -> Splice {
        let last = self.body(head).last().or_else(|| self.lines.get(head)).map_or(0, |line| line.number);
        let at = self.bytes_of(last).end;
        let missing = lines::missing_end(self.text.get(..at).unwrap_or_default());
        let added: String = settings.iter().map(|setting| self.setting_line(setting)).collect();
        Splice::insert(at, format!("{missing}{added}"))
    }
}

pub(super) fn is_head(line: &Line) -> bool {
    matches!(line.keyword.as_str(), "host" | "match")
}

/// The patterns of a `Host` line, or those of the hosts in a `Match` line.
pub(super) fn patterns(head: &Line) -> Vec<String> {
    if head.keyword == "host" {
        return head.values().map(str::to_owned).collect();
    }
    let mut words = MatchWords::new(&head.rest);
    let mut found = Vec::new();
    while let Some(word) = words.next_word() {
        if matches!(word.to_ascii_lowercase().as_str(), "host" | "originalhost")
            && let Some(list) = words.next_word()
        {
            found.extend(list.split(',').map(str::to_owned));
        }
    }
    found
}

/// Whether a text names CodeCommit.
pub(super) fn names_codecommit(text: &str) -> bool {
    text.to_ascii_lowercase().contains("codecommit")
}

/// Whether hosts of these patterns are CodeCommit's and no others: each pattern names it, or is one alias and the
/// settings lead there.
pub(super) fn is_about_codecommit<'s>(
    patterns: &[String],
    mut settings: impl Iterator<Item = (&'s str, &'s str)>,
) -> bool {
    let positive: Vec<&String> = patterns.iter().filter(|pattern| !pattern.starts_with('!')).collect();
    let leads = settings.any(|(keyword, value)| match keyword {
        "hostname" => names_codecommit(value),
        "user" => holds_key_id(value),
        _ => false,
    });
    let alias = |pattern: &str| leads && !pattern.contains(['*', '?']);
    !positive.is_empty() && positive.iter().all(|pattern| names_codecommit(pattern) || alias(pattern))
}

/// Refuses an edit of settings that other hosts have in common.
///
/// # Errors
/// [`Refusal::SideEffect`] when the block is not CodeCommit's alone.
pub(super) fn demand_codecommit(file: &File<'_>, index: usize) -> Result<usize, Refusal> {
    let head = file.head_of(index).ok_or_else(|| Refusal::side_effect("the line applies to every host"))?;
    let body = file.body(head).iter().filter_map(|line| Some((line.keyword.as_str(), line.values().next()?)));
    match file.lines.get(head) {
        Some(line) if is_about_codecommit(&patterns(line), body) => Ok(head),
        _ => Err(Refusal::side_effect("the line stands in a block that other hosts use too")),
    }
}

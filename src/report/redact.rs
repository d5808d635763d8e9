//! Identities become numbered tokens in everything that is made to be sent away; the home directory is `~` everywhere.
//!
//! Works on the typed values of the report, before any format renders it. What a value gives away decides how it is
//! treated: names are replaced as a whole, paths and free text are scanned. The secrets were dropped by the
//! collectors; free text passes through their mask once more before anything else is replaced in it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{FixDone, Repairs, Report, TargetReport};
use crate::collect::mask::mask;
use crate::error::Error;
use crate::fact::Source;
use crate::finding::{Finding, FindingEdit, FindingFix, IdentityKind, Message, Segment, Sensitivity};

mod form;
mod home;
mod host;
mod identities;
mod known;
mod login;
mod scan;
mod token;

pub use identities::Identities;
use scan::{Depth, Scanned, Scanner};
use token::Kind;

/// Whether identities stay readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// For the user's own eyes: only the home directory is shortened.
    Readable,
    /// To be sent away: identities become tokens.
    Redacted,
}

impl Report {
    /// The report as it may be shown. Tokens are numbered in the order of the document.
    #[must_use]
    pub fn redacted(mut self, identities: &Identities, privacy: Privacy) -> Self {
        let mut redactor = Redactor::new(&identities.with_values_of(&self), privacy);
        let report = &mut self;
        report.diagnosis.iter_mut().for_each(|diagnosis| diagnosis.redact(&mut redactor));
        report.targets.iter_mut().for_each(|target| redactor.target(target));
        report.findings.iter_mut().for_each(|finding| redactor.finding(finding));
        if let Repairs::Made(fixes) = &mut report.repairs {
            fixes.iter_mut().for_each(|fix| redactor.done(fix));
        }
        report.notes.iter_mut().for_each(|note| redactor.message(note));
        for overlay in &mut report.meta.overlays {
            *overlay = redactor.scan(overlay, Depth::Path);
        }
        report.command.iter_mut().for_each(|command| command.redact(&mut redactor));
        report.redactions = redactor.counts();
        self
    }
}

/// Replaces identities, with the numbering of one document.
pub struct Redactor {
    scanner: Scanner,
    privacy: Privacy,
}

impl Redactor {
    /// A redactor for one document.
    pub fn new(identities: &Identities, privacy: Privacy) -> Self {
        Self { scanner: Scanner::new(identities), privacy }
    }

    /// Free text that stands outside a report, such as an error message.
    pub fn text(&mut self, text: &str) -> String {
        self.scan(text, Depth::Text)
    }

    /// A path that stands outside a report. Unlike free text it is not searched for secrets: many are as long and as
    /// mixed as keys.
    pub fn path(&mut self, path: &str) -> String {
        self.scan(path, Depth::Path)
    }

    /// An error of ours as it may be shown.
    #[must_use]
    pub fn error(&mut self, error: &Error) -> Error {
        Error {
            message: self.text(&error.message),
            hints: error.hints.iter().map(|hint| self.text(hint)).collect(),
            path: error.path.as_ref().map(|path| self.path(&path.display().to_string()).into()),
            ..error.clone()
        }
    }

    /// How many identities of each kind have been replaced.
    fn counts(&self) -> BTreeMap<String, usize> {
        self.scanner.counts()
    }

    fn scan(&mut self, text: &str, depth: Depth) -> String {
        self.scanned(text, depth).text.clone()
    }

    fn scanned(&mut self, text: &str, depth: Depth) -> Rc<Scanned> {
        let depth = if self.privacy == Privacy::Readable { depth.readable() } else { depth };
        self.scanner.scan(text, depth)
    }

    fn target(&mut self, target: &mut TargetReport) {
        self.segment(&mut target.label);
        target.clone.iter_mut().flatten().for_each(|word| self.segment(word));
        let optional = [&mut target.url, &mut target.region, &mut target.host, &mut target.repository];
        optional.into_iter().flatten().for_each(|segment| self.segment(segment));
    }

    fn finding(&mut self, finding: &mut Finding) {
        self.message(&mut finding.message);
        finding.subject.iter_mut().for_each(|subject| self.message(subject));
        finding.evidence.iter_mut().for_each(|evidence| self.source(evidence));
        finding.reason.iter_mut().for_each(|reason| self.message(reason));
        finding.acknowledged.iter_mut().for_each(|known| self.message(&mut known.reason));
        self.message(&mut finding.remedy);
        self.message(&mut finding.why);
        finding.fix.iter_mut().for_each(|fix| self.fix(fix));
    }

    fn fix(&mut self, fix: &mut FindingFix) {
        self.message(&mut fix.title);
        fix.commands.iter_mut().flatten().for_each(|argument| self.message(argument));
        self.edits(&mut fix.edits);
        fix.diff.iter_mut().for_each(|diff| *diff = self.diff(diff));
        fix.refused.iter_mut().for_each(|reason| *reason = self.text(reason));
    }

    /// A repair that was made, or not made.
    pub fn done(&mut self, fix: &mut FixDone) {
        self.message(&mut fix.title);
        self.edits(&mut fix.edits);
        fix.diff.iter_mut().for_each(|diff| *diff = self.diff(diff));
        fix.reason.iter_mut().for_each(|reason| *reason = self.text(reason));
    }

    fn edits(&mut self, edits: &mut [FindingEdit]) {
        edits.iter_mut().flat_map(|edit| edit.parameters.values_mut()).for_each(|value| self.message(value));
    }

    /// A unified diff: a line is scanned as a line of the file that it comes from, without the sign before it.
    pub fn diff(&mut self, diff: &str) -> String {
        let lines: Vec<&str> = diff.lines().collect();
        let mut shown = String::with_capacity(diff.len());
        for (number, line) in lines.iter().enumerate() {
            let begins = |number: usize, sign: &str| lines.get(number).is_some_and(|line| line.starts_with(sign));
            // A line that was removed may begin with two dashes of its own.
            let names = (begins(number, "--- ") && begins(number + 1, "+++ "))
                || (begins(number, "+++ ") && number.checked_sub(1).is_some_and(|before| begins(before, "--- ")))
                || line.starts_with("rename ");
            let (sign, rest) = line.split_at(usize::from(line.starts_with(['+', '-', ' ', '$'])));
            let depth = if names { Depth::Path } else { Depth::Line };
            shown.push_str(&format!("{sign}{}\n", self.scan(rest, depth)));
        }
        shown
    }

    /// A message in pieces that stands outside a report.
    pub fn message(&mut self, message: &mut Message) {
        message.iter_mut().for_each(|segment| self.segment(segment));
    }

    pub(super) fn segment(&mut self, segment: &mut Segment) {
        let Segment::Value { text, sensitivity } = segment else { return };
        *text = match sensitivity {
            Sensitivity::Public => self.scan(text, Depth::Forms),
            Sensitivity::Path => self.scan(text, Depth::Path),
            Sensitivity::Text => self.scan(text, Depth::Text),
            Sensitivity::Identity(_) if self.privacy == Privacy::Readable => mask(text),
            Sensitivity::Identity(kind) => self.identity(*kind, text),
        };
    }

    /// A value that is nothing but an identity. Names that identify nobody stay.
    fn identity(&mut self, kind: IdentityKind, text: &str) -> String {
        let kind = match kind {
            IdentityKind::Host => self.scanner.kind_of_host(text),
            IdentityKind::Account => Some(Kind::Account),
            IdentityKind::Login => login::kind(text),
        };
        match kind {
            Some(kind) if !text.is_empty() => self.scanner.token(kind, text),
            _ => text.to_owned(),
        }
    }

    /// The columns move with the text that they mark.
    fn source(&mut self, source: &mut Source) {
        if let Some(path) = &mut source.path {
            path.0 = self.scan(path, Depth::Path);
        }
        if let Some(command) = &mut source.command {
            command.0 = self.scan(command, Depth::Line);
        }
        let Some(excerpt) = &mut source.excerpt else { return };
        let scanned = self.scanned(excerpt, Depth::Line);
        source.column = source.column.map(|column| scanned.column(column, false));
        source.end_column = source.end_column.map(|column| scanned.column(column, true));
        excerpt.0.clone_from(&scanned.text);
    }
}

#[cfg(test)]
mod tests;

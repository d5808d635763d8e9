//! One pass over a text: all that is to be replaced is found first, then replaced at once, so that nothing is replaced
//! twice and columns can be carried over.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::identities::Identities;
use super::known::Known;
use super::token::{Kind, Tokens};
use super::{form, host, login};
use crate::collect::mask::mask;

/// How much is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Depth {
    /// In a path or name for the user's own eyes: the home directory only.
    Home,
    /// In free text for the user's own eyes: that, and secrets that should have been masked before.
    HomeInText,
    /// In a name that is kept: what is an identity by its form alone.
    Forms,
    /// In a path: everything that identifies somebody.
    Path,
    /// In free text: that and secrets.
    Text,
    /// In a line of a configuration file or a command: that and names behind keywords.
    Line,
}

impl Depth {
    /// As far as the user's own terminal needs it.
    pub(super) fn readable(self) -> Self {
        if self.is_free_text() { Self::HomeInText } else { Self::Home }
    }

    fn is_free_text(self) -> bool {
        matches!(self, Self::HomeInText | Self::Text | Self::Line)
    }
}

/// A replaced piece, in bytes of the old and of the new text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edit {
    start: usize,
    end: usize,
    new_start: usize,
    new_end: usize,
}

/// The new text and how places in the old one moved.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanned {
    pub(super) text: String,
    old: String,
    edits: Vec<Edit>,
}

impl Scanned {
    /// Where a column (in characters from 1) of the old text is in the new one. Inside a replaced piece it goes to its
    /// beginning or, for the `end` of a span, behind it.
    pub(super) fn column(&self, column: u32, end: bool) -> u32 {
        let old = &self.old;
        let characters = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        let offset = old.char_indices().nth(characters).map_or(old.len(), |(offset, _)| offset);
        let moved = self.offset(offset, end);
        let before = self.text.get(..moved).map_or(characters, |text| text.chars().count());
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    fn offset(&self, offset: usize, end: bool) -> usize {
        match self.edits.iter().rev().find(|edit| edit.start < offset || (!end && edit.start == offset)) {
            Some(edit) if offset < edit.end || (!end && offset == edit.start) => {
                if end {
                    edit.new_end
                } else {
                    edit.new_start
                }
            }
            Some(edit) => edit.new_end + (offset - edit.end),
            None => offset,
        }
    }
}

/// What stands in the text and goes.
struct Hit {
    start: usize,
    end: usize,
    what: What,
}

enum What {
    Home(usize),
    Identity(Kind),
}

/// Finds and replaces, with the numbering of one document.
pub(super) struct Scanner {
    identities: Identities,
    known: Known,
    tokens: Tokens,
    cache: HashMap<(String, Depth), Rc<Scanned>>,
}

impl Scanner {
    pub(super) fn new(identities: &Identities) -> Self {
        Self {
            known: Known::new(identities.names()),
            identities: identities.clone(),
            tokens: Tokens::default(),
            cache: HashMap::new(),
        }
    }

    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        self.tokens.counts()
    }

    pub(super) fn token(&mut self, kind: Kind, value: &str) -> String {
        self.tokens.token(kind, value)
    }

    pub(super) fn kind_of_host(&self, name: &str) -> Option<Kind> {
        (!host::is_kept(name, self.identities.kept_hosts())).then_some(Kind::Host)
    }

    /// The same text is scanned only once: the line of one remote is evidence of a hundred checks.
    pub(super) fn scan(&mut self, text: &str, depth: Depth) -> Rc<Scanned> {
        let key = (text.to_owned(), depth);
        if let Some(known) = self.cache.get(&key) {
            return Rc::clone(known);
        }
        let masked = if depth.is_free_text() { mask(text) } else { text.to_owned() };
        let scanned = Rc::new(self.replaced(masked, depth));
        self.cache.insert(key, Rc::clone(&scanned));
        scanned
    }

    fn replaced(&mut self, old: String, depth: Depth) -> Scanned {
        let text = old.as_str();
        let mut hits = self.hits(text, depth);
        hits.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
        let mut scanned = Scanned::default();
        let mut done = 0;
        for hit in hits {
            // What overlaps an earlier piece goes too, as a piece of its own.
            let start = hit.start.max(done);
            if start >= hit.end {
                continue;
            }
            scanned.text.push_str(&text[done..start]);
            let new_start = scanned.text.len();
            let replacement = self.replacement(&hit.what, &text[start..hit.end], depth);
            scanned.text.push_str(&replacement);
            scanned.edits.push(Edit { start, end: hit.end, new_start, new_end: scanned.text.len() });
            done = hit.end;
        }
        scanned.text.push_str(&text[done..]);
        scanned.old = old;
        scanned
    }

    fn replacement(&mut self, what: &What, text: &str, depth: Depth) -> String {
        let index = match what {
            What::Identity(kind) => return self.tokens.token(*kind, text),
            What::Home(index) => *index,
        };
        let Some(owner) = self.identities.homes().get(index).and_then(|home| home.owner.clone()) else {
            return "~".to_owned();
        };
        match login::kind(&owner).filter(|_| depth >= Depth::Forms) {
            Some(kind) => format!("~{}", self.tokens.token(kind, &owner)),
            None => format!("~{owner}"),
        }
    }

    fn hits(&self, text: &str, depth: Depth) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (index, home) in self.identities.homes().iter().enumerate() {
            hits.extend(home.find(text).map(|at| Hit { start: at.start, end: at.end, what: What::Home(index) }));
        }
        let homes: Vec<usize> = hits.iter().map(|hit| hit.end).collect();
        let mut hit = |start, end, kind| hits.push(Hit { start, end, what: What::Identity(kind) });
        let table = self.identities.kept_hosts();
        if depth >= Depth::Forms {
            form::strict(text, &mut hit);
        }
        if depth >= Depth::Path {
            form::free(text, table, &homes, &mut hit);
            self.known.find(text, &mut hit);
        }
        if depth >= Depth::Line {
            form::settings(text, table, &mut hit);
        }
        hits
    }
}

//! Reading a YAML mapping key by key, noting everything that is wrong with it.

use super::error::{DefinitionError, did_you_mean};
use super::node::{Located, Node, Place};
use super::word::Word;

/// Collects the errors of one file.
pub(crate) struct Notes<'a> {
    pub(crate) path: &'a str,
    pub(crate) errors: Vec<DefinitionError>,
}

impl Notes<'_> {
    pub(crate) fn note(&mut self, place: Place, message: impl Into<String>, hint: Option<String>) {
        let Place { line, column } = place;
        self.errors.push(DefinitionError { path: self.path.to_owned(), line, column, message: message.into(), hint });
    }

    /// The text of a node, or a note that it is none.
    pub(crate) fn text(&mut self, key: &str, node: Located<Node>) -> Option<Located<String>> {
        let place = node.place;
        match node.value {
            Node::Text(value) if value.trim().is_empty() => {
                self.note(place, format!("`{key}` is empty"), None);
                None
            }
            Node::Text(value) => Some(Located { value, place }),
            other => {
                let quotes = matches!(other, Node::Bool(_) | Node::Int(_) | Node::Float(_));
                let hint = quotes.then(|| "put it in quotation marks".to_owned());
                self.note(place, format!("`{key}` must be text, not {}", other.kind()), hint);
                None
            }
        }
    }

    pub(crate) fn word<W: Word>(&mut self, key: &str, text: &Located<String>) -> Option<W> {
        let found = W::parse(&text.value);
        if found.is_none() {
            let names: Vec<&str> = W::ALL.iter().map(|word| word.name()).collect();
            let hint = did_you_mean(&text.value, names.iter().copied());
            let message = format!("`{key}` cannot be `{}`; it is one of: {}", text.value, names.join(", "));
            self.note(text.place, message, hint);
        }
        found
    }

    /// The elements of a list, or a note that it is none.
    pub(crate) fn list(&mut self, key: &str, node: Located<Node>) -> Vec<Located<Node>> {
        match node.value {
            Node::List(list) => list,
            other => {
                self.note(node.place, format!("`{key}` must be a list, not {}", other.kind()), None);
                Vec::new()
            }
        }
    }

    pub(crate) fn texts(&mut self, key: &str, node: Located<Node>) -> Vec<Located<String>> {
        let list = self.list(key, node);
        list.into_iter().filter_map(|element| self.text(key, element)).collect()
    }

    /// A mapping to be read, or a note that it is none.
    pub(crate) fn sheet(&mut self, what: &'static str, node: Located<Node>) -> Option<Sheet> {
        match node.value {
            Node::Map(entries) => Some(Sheet { what, place: node.place, entries, known: Vec::new() }),
            other => {
                self.note(node.place, format!("{what} must be a mapping, not {}", other.kind()), None);
                None
            }
        }
    }
}

/// A mapping of which each key is taken once.
pub(crate) struct Sheet {
    what: &'static str,
    pub(crate) place: Place,
    entries: Vec<(Located<String>, Located<Node>)>,
    known: Vec<&'static str>,
}

impl Sheet {
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Located<Node>> {
        self.known.push(key);
        let index = self.entries.iter().position(|(name, _)| name.value == key)?;
        Some(self.entries.remove(index).1)
    }

    /// The value of a key that must be there.
    pub(crate) fn need(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<Located<Node>> {
        let value = self.take(key);
        if value.is_none() {
            notes.note(self.place, format!("{} has no `{key}`", self.what), None);
        }
        value
    }

    pub(crate) fn text(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<Located<String>> {
        self.take(key).and_then(|node| notes.text(key, node))
    }

    pub(crate) fn need_text(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<Located<String>> {
        self.need(key, notes).and_then(|node| notes.text(key, node))
    }

    pub(crate) fn texts(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Vec<Located<String>> {
        self.take(key).map(|node| notes.texts(key, node)).unwrap_or_default()
    }

    pub(crate) fn need_word<W: Word>(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<W> {
        self.need_text(key, notes).and_then(|text| notes.word(key, &text))
    }

    pub(crate) fn word<W: Word>(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<W> {
        self.text(key, notes).and_then(|text| notes.word(key, &text))
    }

    pub(crate) fn flag(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<bool> {
        let node = self.take(key)?;
        if let Node::Bool(value) = node.value {
            return Some(value);
        }
        notes.note(node.place, format!("`{key}` must be `true` or `false`, not {}", node.value.kind()), None);
        None
    }

    /// The key behind this one in the file.
    pub(crate) fn behind(&self, key: &str) -> Option<&Located<String>> {
        let index = self.entries.iter().position(|(name, _)| name.value == key)?;
        self.entries.get(index + 1).map(|(name, _)| name)
    }

    /// All entries, for mappings with keys of any name.
    pub(crate) fn into_entries(self) -> Vec<(Located<String>, Located<Node>)> {
        self.entries
    }

    /// Notes the keys that nobody took.
    pub(crate) fn finish(self, notes: &mut Notes<'_>) {
        for (key, _) in self.entries {
            let hint = did_you_mean(&key.value, self.known.iter().copied())
                .unwrap_or_else(|| format!("the keys are: {}", self.known.join(", ")));
            notes.note(key.place, format!("{} has no key `{}`", self.what, key.value), Some(hint));
        }
    }
}

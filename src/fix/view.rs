//! The machine as it will be behind some steps: what is on disk, overlaid with what these leave.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::change::Content;
use super::refusal::{Reason, Refusal};
use crate::system::hands::{Hands, Moment, Stat};
use crate::system::{FILE_LIMIT, FileKind, Metadata};

/// What is at a path; links are not followed.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) stat: Stat,
    /// The bytes of a regular file.
    pub(super) content: Option<Content>,
}

impl Seen {
    /// Whether it is a regular file whose bytes have this SHA-256.
    pub(super) fn has(&self, sha256: &str) -> bool {
        self.content.as_ref().is_some_and(|content| content.sha256() == sha256)
    }
}

#[derive(Clone)]
pub(super) struct View<'a> {
    pub(super) hands: &'a dyn Hands,
    over: BTreeMap<PathBuf, Option<Seen>>,
}

impl<'a> View<'a> {
    /// What is on disk.
    pub(super) fn of(hands: &'a dyn Hands) -> Self {
        Self { hands, over: BTreeMap::new() }
    }

    /// What is at a path, with its bytes; `None`: nothing.
    pub(super) fn see(&self, path: &Path) -> Result<Option<Seen>, Refusal> {
        if let Some(seen) = self.over.get(path) {
            return Ok(seen.clone());
        }
        let Some(stat) = self.stat(path)? else { return Ok(None) };
        let content = match stat.found.kind {
            FileKind::File => Some(Content(self.hands.read(path, FILE_LIMIT).map_err(|error| denied(path, &error))?)),
            _ => None,
        };
        Ok(Some(Seen { stat, content }))
    }

    /// The same without the bytes, for what need not be readable.
    pub(super) fn stat(&self, path: &Path) -> Result<Option<Stat>, Refusal> {
        if let Some(seen) = self.over.get(path) {
            return Ok(seen.as_ref().map(|seen| seen.stat.clone()));
        }
        match self.hands.stat(path) {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if is_nothing(&error) => Ok(None),
            Err(error) => Err(denied(path, &error)),
        }
    }

    /// What something that we make will look like.
    pub(super) fn fresh(&self, kind: FileKind, mode: u32) -> Stat {
        let (now, uid) = (self.hands.now(), self.hands.account().uid);
        let found = Metadata { kind, len: 0, mode: uid.map(|_| mode), uid, gid: None, modified: Some(now) };
        Stat { found, modified: Moment { seconds: now, nanos: 0 }, links: 1, immutable: false, read_only: false }
    }

    /// From now on this is what is at the path.
    pub(super) fn set(&mut self, path: &Path, seen: Option<Seen>) {
        self.over.insert(path.to_owned(), seen);
    }
}

/// Whether the error says that nothing is there: no such entry, or a file where a directory would be.
pub(super) fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn denied(path: &Path, error: &io::Error) -> Refusal {
    Refusal::new(path, Reason::Denied(error.to_string()))
}

//! What was read of which file, so that it can be told whether somebody has written to it since.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Hashes of the files that were read, by the paths by which they were read.
#[derive(Debug, Default)]
pub struct Witness(Mutex<BTreeMap<PathBuf, Option<u64>>>);

impl Witness {
    /// Takes note of what was read.
    pub(super) fn note(&self, path: &Path, content: &[u8]) {
        let hash = Some(hash(content));
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_owned()) {
            Entry::Vacant(entry) => _ = entry.insert(hash),
            // It changed from one reader to the next: what was seen is true of neither.
            Entry::Occupied(mut entry) if *entry.get() != hash => _ = entry.insert(None),
            Entry::Occupied(_) => {}
        }
    }

    /// Whether any of the files reads differently now, or not at all.
    pub fn is_outdated(&self, read: impl Fn(&Path) -> Option<Vec<u8>>) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().any(|(path, hash)| *hash != read(path).map(|content| self::hash(&content)) || hash.is_none())
    }

    /// Whether the file was read and had other bytes than these.
    pub fn contradicts(&self, path: &Path, content: &[u8]) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).copied();
        known.is_some_and(|known| known != Some(hash(content)))
    }
}

fn hash(content: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_remembered() {
        let (witness, path) = (Witness::default(), Path::new("/home/dev/.ssh/config"));
        assert!(!witness.contradicts(path, b"anything"), "nobody has read it");
        witness.note(path, b"Host a\n");
        witness.note(path, b"Host a\n");
        let reads = |text: &'static str| witness.is_outdated(|_| Some(text.into()));
        assert!(!witness.contradicts(path, b"Host a\n") && !reads("Host a\n"));
        assert!(witness.contradicts(path, b"Host b\n") && reads("Host b\n") && witness.is_outdated(|_| None));
        witness.note(path, b"Host b\n");
        for text in ["Host a\n", "Host b\n"] {
            assert!(witness.contradicts(path, text.as_bytes()) && reads(text), "two readers saw two files");
        }
    }
}

//! The directory in which the journals of all runs are kept.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::guard::{allowed, follow};
use super::journal::{Journal, Stored};
use super::refusal::{Reason, Refusal};
use super::step::temp_name;
use super::view::{View, is_nothing};
use crate::collect::os::home;
use crate::system::hands::{Hands, Lock, Put};
use crate::system::{FileKind, Platform, System};

/// How many runs are kept.
pub const KEPT_RUNS: usize = 20;
/// The file whose lock a run holds.
const LOCK: &str = "lock";
/// Names the process that holds it: Windows lets nobody read a file that is locked.
const OWNER: &str = "owner";
/// The directories of the runs.
const RUNS: &str = "runs";

/// Where the journals are: `$XDG_STATE_HOME/cc-doctor` or `~/.local/state/cc-doctor` (XDG Base Directory Specification
/// 0.8), `~/Library/Application Support/cc-doctor` on macOS, `%LOCALAPPDATA%\cc-doctor` on Windows. `None`: there is no
/// home directory.
pub fn state_directory(system: &dyn System) -> Option<PathBuf> {
    let set = |name| system.env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let below_home = |path: &str| home(system).filter(|home| home.is_absolute()).map(|home| home.join(path));
    let base = match system.platform() {
        Platform::Windows => set("LOCALAPPDATA").or_else(|| below_home("AppData/Local")),
        Platform::MacOs => below_home("Library/Application Support"),
        Platform::Linux | Platform::OtherUnix => set("XDG_STATE_HOME").or_else(|| below_home(".local/state")),
    };
    Some(base?.join("cc-doctor"))
}

/// The journals, and the lock that keeps other runs away from them and from each other's files.
pub(super) struct Store<'a> {
    pub(super) hands: &'a dyn Hands,
    root: PathBuf,
    _lock: Lock,
}

impl<'a> Store<'a> {
    /// Makes the directory where it is missing, and takes the lock.
    pub(super) fn open(hands: &'a dyn Hands) -> Result<Self, Failure> {
        let root = state_directory(hands).ok_or(Failure::NoStateDirectory)?;
        let root = follow(hands, &root).ok_or_else(|| Refusal::new(&root, Reason::Link))?;
        // Whoever could write there could have us write anywhere; and with the HOME of somebody else (sudo) it is theirs.
        let existing = root.ancestors().find(|ancestor| hands.symlink_metadata(ancestor).is_ok());
        allowed(&View::of(hands), &root.join(LOCK), existing)?;
        make_private(hands, &root.join(RUNS))?;
        let path = root.join(LOCK);
        let lock = hands.lock(&path).map_err(|error| Failure::io("cannot be locked", &path, &error))?;
        let lock = lock.ok_or_else(|| Failure::Busy { pid: owner(hands, &root) })?;
        let store = Self { hands, root, _lock: lock };
        store.sign()?;
        Ok(store)
    }

    /// Says who holds the lock.
    fn sign(&self) -> Result<(), Failure> {
        let pid = self.hands.process_id().to_string();
        let path = self.root.join(OWNER);
        let temp = temp_name(&path, &pid, 0);
        let before = self.hands.read(&path, 64).ok();
        let (content, over) = (pid.as_bytes(), before.as_deref());
        let file = Put { path: &path, temp: &temp, content, like: None, mode: None, modified: None, lock: None, over };
        // One that was killed may have had the same number.
        let _ = self.hands.remove_file(&temp);
        self.hands.put(&file).map_err(|error| Failure::io("cannot be written", &path, &error))
    }

    /// A new run behind all others.
    pub(super) fn create(&self, id: &str) -> Result<Journal<'a>, Failure> {
        let runs = self.runs()?;
        let number = runs.last().map_or(1, |run| run.number + 1);
        let directory = self.root.join(RUNS).join(id);
        self.hands.make_directory(&directory).map_err(|error| Failure::io("cannot be made", &directory, &error))?;
        let journal = Journal::new(self.hands, directory, id);
        journal.start(number)?;
        let ended: Vec<_> = runs.iter().filter(|run| run.ended.is_some()).collect();
        for old in ended.iter().take(ended.len().saturating_sub(KEPT_RUNS - 1)) {
            self.remove(&old.id)?;
        }
        Ok(journal)
    }

    /// The journal of a run.
    pub(super) fn journal(&self, id: &str) -> Journal<'a> {
        Journal::new(self.hands, self.root.join(RUNS).join(id), id)
    }

    /// All runs, the oldest first.
    pub(super) fn runs(&self) -> Result<Vec<Stored>, Failure> {
        runs(self.hands, &self.root)
    }

    /// Forgets a run.
    pub(super) fn remove(&self, id: &str) -> Result<(), Failure> {
        let directory = self.root.join(RUNS).join(id);
        let gone = |path: &Path, done: std::io::Result<()>| match done {
            Err(error) if !is_nothing(&error) => Err(Failure::io("cannot be removed", path, &error)),
            _ => Ok(()),
        };
        let mut entries = self.hands.read_dir(&directory).unwrap_or_default();
        // The journal first: without it the rest is nothing but rubbish, which the next run removes.
        entries.sort_by_key(|entry| entry.name != super::journal::FILE);
        for entry in entries {
            let path = directory.join(&entry.name);
            gone(&path, self.hands.remove_file(&path))?;
        }
        gone(&directory, self.hands.remove_directory(&directory))
    }
}

/// All runs below a state directory, the oldest first; a directory without a readable journal is the very first.
fn runs(hands: &dyn Hands, root: &Path) -> Result<Vec<Stored>, Failure> {
    let directory = root.join(RUNS);
    let entries = match hands.read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if is_nothing(&error) => Vec::new(),
        Err(error) => return Err(Failure::io("cannot be listed", &directory, &error)),
    };
    let ids = entries.iter().filter(|entry| entry.kind == FileKind::Directory).filter_map(|entry| entry.name.to_str());
    let mut runs: Vec<_> =
        ids.map(|id| Journal::new(hands, directory.join(id), id).read()).collect::<Result<_, _>>()?;
    runs.sort_by_key(|run| run.number);
    Ok(runs)
}

/// All runs, the oldest first, without waiting for the lock.
pub(super) fn list(hands: &dyn Hands) -> Result<Vec<Stored>, Failure> {
    state_directory(hands).map_or_else(|| Ok(Vec::new()), |root| runs(hands, &root))
}

fn owner(hands: &dyn Hands, root: &Path) -> Option<u32> {
    let content = hands.read(&root.join(OWNER), 64).ok()?;
    String::from_utf8(content).ok()?.trim().parse().ok()
}

/// Makes a directory and those above it. What exists of it already belongs to this account.
fn make_private(hands: &dyn Hands, directory: &Path) -> Result<(), Failure> {
    let missing: Vec<_> =
        directory.ancestors().take_while(|ancestor| hands.metadata(ancestor).is_err_and(|e| is_nothing(&e))).collect();
    for path in missing.into_iter().rev() {
        match hands.make_directory(path) {
            // Another run was faster.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            done => done.map_err(|error| Failure::io("cannot be made", path, &error))?,
        }
    }
    match hands.metadata(directory) {
        Ok(found) if found.kind == FileKind::Directory => Ok(()),
        Ok(_) => Err(Refusal::new(directory, Reason::NotAFile).into()),
        Err(error) => Err(Failure::io("cannot be looked at", directory, &error)),
    }
}

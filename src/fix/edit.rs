//! Plans the edits that a fix names: the closed set of [`crate::check::edit::EDITS`].
//!
//! An editor turns the bytes of a file into pieces that take the place of others ([`splice::Splice`]); the planner checks
//! paths, keys and values against its allow-lists, reads files through [`System`] and makes [`Change`]s. Nothing is
//! written here.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use self::known_hosts::OfferedKey;
use self::overlay::Overlay;
use self::paths::Places;
use self::refusal::Refusal;
use self::splice::{Draft, Splice};
use super::change::{Change, Content, Write};
use crate::check::regions::RegionTable;
use crate::finding::{FindingEdit, plain_text};
use crate::system::{Discovered, FILE_LIMIT, System};

pub mod action;
pub mod aws_config;
pub mod credential_store;
mod dispatch;
pub mod files;
pub mod git_config;
mod git_place;
pub mod known_hosts;
mod lines;
pub mod machine_wide;
mod overlay;
pub mod paths;
pub mod refusal;
pub mod remote;
pub mod splice;
pub mod ssh_config;
#[cfg(test)]
mod tests;

/// What edits are planned for.
pub struct Context<'a> {
    /// The machine.
    pub system: &'a dyn System,
    /// The repository that the working directory lies in, when git works in it.
    pub repository: Option<&'a Discovered>,
    /// Hosts and published fingerprints.
    pub regions: &'a RegionTable,
    /// The host keys that servers proved to hold in this run.
    pub offered: &'a [OfferedKey],
}

/// One file as the plan leaves it so far.
#[derive(Debug, Clone)]
struct Open {
    /// The path by which edits name it.
    path: PathBuf,
    /// Whether there is a file; an edit may create one.
    exists: bool,
    draft: Draft,
}

/// Plans the edits of one fix after the other; each sees what those before it make.
pub struct Planner<'a> {
    context: &'a Context<'a>,
    places: Places,
    /// By real path.
    open: BTreeMap<PathBuf, Open>,
    /// Real paths from which a file is moved away, and those that are made by a program.
    taken: Vec<PathBuf>,
}

impl<'a> Planner<'a> {
    /// An empty plan.
    pub fn new(context: &'a Context<'a>) -> Self {
        let places = Places::new(context.system, context.repository);
        Self { context, places, open: BTreeMap::new(), taken: Vec::new() }
    }

    /// The changes that the edits of one fix make, in order; none where everything is as wanted already. Changes of the
    /// same file start from what those planned before leave.
    ///
    /// # Errors
    /// [`Refusal`] of the first edit that cannot be made; the plan is as before then.
    pub fn add(&mut self, edits: &[FindingEdit]) -> Result<Vec<Change>, Refusal> {
        let (open, taken) = (self.open.clone(), self.taken.clone());
        let mut changes = Vec::new();
        for edit in edits {
            match self.plan_one(edit) {
                Ok(more) => more.into_iter().for_each(|change| join(&mut changes, change)),
                Err(refusal) => {
                    (self.open, self.taken) = (open, taken);
                    return Err(refusal);
                }
            }
        }
        Ok(changes)
    }

    fn plan_one(&mut self, edit: &FindingEdit) -> Result<Vec<Change>, Refusal> {
        let texts = edit.parameters.iter().map(|(name, value)| (name.as_str(), plain_text(value)));
        let given = dispatch::Parameters::new(texts.collect());
        if given.is_left_out() { Ok(Vec::new()) } else { dispatch::plan(self, edit.kind, &given) }
    }

    /// The path that an edit names, after the allow-list.
    fn path(&self, path: &str) -> Result<PathBuf, Refusal> {
        self.places.resolve(self.context.system, path)
    }

    /// The same for the configuration of git, which may be that of the whole machine: consent and owner are looked at.
    fn git_path(&self, path: &Path, arguments: &[&str]) -> Result<PathBuf, Refusal> {
        let system = self.context.system;
        if machine_wide::file(system).is_some_and(|file| file == path) && path.is_absolute() {
            return machine_wide::demand_own(system, path, arguments).map(|()| path.to_owned());
        }
        self.path(&path.to_string_lossy())
    }

    fn real(&self, path: &Path) -> PathBuf {
        let system = self.context.system;
        let parent = || Some(system.canonicalize(path.parent()?).ok()?.join(path.file_name()?));
        system.canonicalize(path).ok().or_else(parent).unwrap_or_else(|| path.to_owned())
    }

    /// The file as the plan leaves it so far.
    fn open(&mut self, path: &Path) -> Result<&mut Open, Refusal> {
        let real = self.real(path);
        if self.taken.contains(&real) {
            return Err(Refusal::Conflict(format!("another repair moves or makes {}", path.display())));
        }
        if !self.open.contains_key(&real) {
            let (exists, text) = match self.context.system.read(path, FILE_LIMIT) {
                Ok(text) => (true, text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => (false, Vec::new()),
                Err(error) => return Err(Refusal::unavailable(format!("{} cannot be read: {error}", path.display()))),
            };
            self.open.insert(real.clone(), Open { path: path.to_owned(), exists, draft: Draft::new(text) });
        }
        self.open.get_mut(&real).ok_or_else(|| Refusal::unavailable("the file is gone"))
    }

    /// The bytes of a file as the plan leaves it so far.
    fn text(&mut self, path: &Path) -> Result<Vec<u8>, Refusal> {
        Ok(self.open(path)?.draft.text().to_vec())
    }

    /// The present number of a line that findings know by its number when the file was read.
    fn line(&mut self, path: &Path, line: &str) -> Result<u32, Refusal> {
        let number: u32 = line.parse().map_err(|_| Refusal::invalid(format!("`{line}` is no line number")))?;
        let gone = || Refusal::Conflict(format!("another repair removes or moves line {number}"));
        self.open(path)?.draft.line(number).ok_or_else(gone)
    }

    /// Edits one file; a file that is made gets the mode.
    fn write(&mut self, path: &Path, mode: u32, splices: &[Splice]) -> Result<Vec<Change>, Refusal> {
        let open = self.open(path)?;
        let before = open.exists.then(|| Content(open.draft.text().to_vec()));
        if !open.draft.make(splices)? {
            return Ok(Vec::new());
        }
        open.exists = true;
        let after = Content(open.draft.text().to_vec());
        Ok(vec![Change::Write(Write { path: open.path.clone(), before, after, mode, by_git: false })])
    }

    /// The machine with the planned files on it.
    fn with_machine<T>(&self, work: impl FnOnce(&dyn System) -> T) -> T {
        let edited = self.open.values().filter(|open| open.exists);
        let files = edited.map(|open| (open.path.clone(), open.draft.text().to_vec())).collect();
        work(&Overlay::new(self.context.system, &files))
    }

    /// Takes note that a file is moved.
    fn moved(&mut self, from: &Path, to: &Path) -> Result<Content, Refusal> {
        let (old, new) = (self.real(from), self.real(to));
        let is_there = self.context.system.symlink_metadata(to).is_ok() && !self.taken.contains(&new);
        if is_there || self.open.get(&new).is_some_and(|open| open.exists) {
            return Err(Refusal::stale(format!("{} exists already", to.display())));
        }
        let open = self.open(from)?;
        if !open.exists {
            return Err(Refusal::stale(format!("{} is gone", from.display())));
        }
        let moved = Open { path: to.to_owned(), ..open.clone() };
        let before = Content(moved.draft.text().to_vec());
        self.open.remove(&old);
        self.taken.retain(|path| *path != new);
        self.taken.push(old);
        self.open.insert(new, moved);
        Ok(before)
    }
}

/// Plans the edits of one fix alone.
///
/// # Errors
/// As [`Planner::add`].
pub fn plan(context: &Context<'_>, edits: &[FindingEdit]) -> Result<Vec<Change>, Refusal> {
    Planner::new(context).add(edits)
}

/// Adds a change; writes of one file right after one another become one.
fn join(changes: &mut Vec<Change>, change: Change) {
    if let (Some(Change::Write(last)), Change::Write(next)) = (changes.last_mut(), &change)
        && last.path == next.path
    {
        last.after = next.after.clone();
        last.by_git |= next.by_git;
        return;
    }
    changes.push(change);
}

/// The mode of files that others may read, such as git's configuration.
const SHARED: u32 = 0o644;

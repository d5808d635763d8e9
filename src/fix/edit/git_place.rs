//! Which of git's configuration files an edit belongs into.

use std::path::{Path, PathBuf};

use super::git_config::{self, Key};
use super::refusal::Refusal;
use crate::collect::git::config::{Entry, Place, Scope};
use crate::collect::git::reading;
use crate::system::{Discovered, System};

/// The files that git reads by itself and that are the user's or the repository's, in git's order.
fn candidates(system: &dyn System, repository: Option<&Discovered>) -> Vec<(PathBuf, Scope)> {
    let files = reading::top_files(system, None, repository);
    files.into_iter().filter(|(_, scope)| *scope != Scope::System).collect()
}

/// The file of a scope. Of the two global ones git writes `~/.config/git/config` only when the other does not exist.
///
/// # Errors
/// [`Refusal`] for the scope of the whole machine, for an unknown one and for one of a repository outside of one.
pub(crate) fn of_scope(system: &dyn System, repository: Option<&Discovered>, scope: &str) -> Result<PathBuf, Refusal> {
    let wanted = match scope {
        "global" => Scope::Global,
        "local" => Scope::Local,
        "worktree" => Scope::Worktree,
        "system" => {
            return Err(Refusal::not_allowed("the configuration of the whole machine is left to its administrator"));
        }
        _ => return Err(Refusal::invalid(format!("`{scope}` is no scope of git's configuration"))),
    };
    let files: Vec<PathBuf> = candidates(system, repository)
        .into_iter()
        .filter(|(_, scope)| *scope == wanted)
        .map(|(path, _)| path)
        .collect();
    let existing = files.iter().rev().find(|path| system.metadata(path).is_ok());
    existing
        .or_else(|| files.last())
        .cloned()
        .ok_or_else(|| Refusal::unavailable(format!("there is no {scope} configuration here")))
}

/// The file into which a value is set: that of the last entry that git reads and that speaks of the key, for credentials
/// of any section that sets the same name, else the global one. Files that others include count, too: what is set in
/// front of an `include` would be overruled by what stands there.
///
/// # Errors
/// [`Refusal`] when there is no home directory.
pub(crate) fn for_setting(system: &dyn System, repository: Option<&Discovered>, key: &Key) -> Result<PathBuf, Refusal> {
    let speaks = |entry: &&Entry| {
        let fits = match key.heading.section.as_str() {
            "credential" => may_fit(entry.subsection()),
            _ => *entry.heading == key.heading,
        };
        entry.scope != Scope::System && entry.name == key.name && entry.heading.section == key.heading.section && fits
    };
    let reading = reading::read(system, None, repository);
    let file = |entry: &Entry| match entry.place {
        Place::Line { file, .. } | Place::File(file) => reading.files.get(file),
        _ => None,
    };
    match reading.entries.iter().rev().filter(speaks).find_map(file) {
        Some(file) => Ok(file.path.clone()),
        None => of_scope(system, repository, "global"),
    }
}

/// Whether a credential section may be about a host of CodeCommit.
fn may_fit(url: Option<&str>) -> bool {
    url.is_none_or(|url| url.contains("amazonaws") || url.contains('*'))
}

/// All files, included ones among them, that hold an entry of the key, with that value if one is given.
pub(crate) fn holding(
    system: &dyn System,
    repository: Option<&Discovered>,
    key: &Key,
    value: Option<&str>,
) -> Vec<PathBuf> {
    let holds = |path: &Path| {
        let values = read(system, path).and_then(|text| git_config::values(&text, key).ok()).unwrap_or_default();
        values.iter().any(|found| value.is_none_or(|value| value == found))
    };
    let files = reading::read(system, None, repository).files;
    let read = files.into_iter().filter(|file| !file.unread && file.scope != Scope::System);
    read.map(|file| file.path).filter(|path| holds(path)).collect()
}

fn read(system: &dyn System, path: &Path) -> Option<Vec<u8>> {
    system.read(path, crate::system::FILE_LIMIT).ok()
}

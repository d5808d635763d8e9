//! Whether git trusts the repository by its owner (`ensure_valid_ownership` in setup.c of git).

use std::path::{Path, PathBuf};

use super::config::{Entry, Scope};
use super::{paths, reading, repository};
use crate::fact::{Fact, Login};
use crate::system::{Discovered, System};

/// Who owns the repository and whether git minds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    /// Whether git ignores the repository's configuration.
    pub dubious: Fact<bool>,
    /// The owner: of the first part that belongs to somebody else, else of the work tree.
    pub owner: Fact<Login>,
}

/// Looks at the owners of the work tree, `.git` and, where that is a file, the directory that it names.
pub fn observe(system: &dyn System, git: Option<&Path>, found: &Discovered) -> Ownership {
    let parts: Vec<PathBuf> = repository::git_file(system, found)
        .into_iter()
        .chain(found.work_tree.clone())
        .chain([found.git_dir.clone()])
        .collect();
    let owners: Vec<Option<u32>> =
        parts.iter().map(|part| system.symlink_metadata(part).ok().and_then(|metadata| metadata.uid)).collect();
    if owners.iter().all(Option::is_none) {
        let reason = "this system does not tell owners by number";
        return Ownership { dubious: Fact::Unavailable(reason.into()), owner: Fact::Unavailable(reason.into()) };
    }
    let foreign = owners.iter().find(|owner| !is_ours(system, **owner));
    let owner = foreign.or(owners.last()).copied().flatten();
    // A repository named by GIT_DIR is trusted (`setup_explicit_git_dir`).
    let explicit = system.env("GIT_DIR").is_some_and(|value| !value.is_empty());
    let dubious = foreign.is_some() && !explicit && !is_safe(system, git, found);
    Ownership { dubious: Fact::Known(dubious), owner: Fact::from_option(owner.map(|uid| name(system, uid))) }
}

/// Whether git takes the owner for the user; for root also the user who called sudo.
fn is_ours(system: &dyn System, owner: Option<u32>) -> bool {
    let Some(uid) = system.account().uid else { return true };
    let sudo = || system.env("SUDO_UID").and_then(|id| id.to_string_lossy().parse().ok());
    owner == Some(uid) || (uid == 0 && owner.is_some() && owner == sudo())
}

fn name(system: &dyn System, uid: u32) -> Login {
    let account = system.account();
    match account.name.filter(|_| account.uid == Some(uid)) {
        Some(name) => name.into(),
        None if uid == 0 => "root".into(),
        None => format!("uid {uid}").into(),
    }
}

/// Whether `safe.directory` allows the repository. Git asks the system, global and command scopes, outside of any
/// repository, so that the repository cannot vouch for itself.
fn is_safe(system: &dyn System, git: Option<&Path>, found: &Discovered) -> bool {
    let top = found.work_tree.as_deref().unwrap_or(&found.git_dir);
    let top = paths::shown(&paths::real(system, top));
    let entries = reading::read(system, git, None).entries;
    let allowed = entries.iter().filter(|entry| {
        entry.heading.section == "safe"
            && entry.heading.subsection.is_none()
            && entry.name == "directory"
            && matches!(entry.scope, Scope::System | Scope::Global | Scope::Command)
    });
    allowed.fold(false, |safe, entry| decide(system, entry, &top).unwrap_or(safe))
}

/// What one entry says of the directory `top`; `None`: nothing.
fn decide(system: &dyn System, entry: &Entry, top: &str) -> Option<bool> {
    match entry.text() {
        "" => return Some(false),
        "*" => return Some(true),
        _ => {}
    }
    let allowed = paths::expand(system, entry.text())?;
    let allowed = if allowed == Path::new(".") { system.current_dir().ok()? } else { allowed };
    if let Some(parent) = paths::shown(&allowed).strip_suffix("/*") {
        // Since git 2.46.
        let parent = paths::shown(&paths::real(system, Path::new(parent)));
        return top.strip_prefix(&parent).filter(|rest| rest.starts_with('/')).map(|_| true);
    }
    (paths::shown(&paths::real(system, &allowed)) == top).then_some(true)
}

#[cfg(all(test, unix))]
mod tests;

//! Where repairs may write, and what they leave alone whatever a plan says.

use std::path::{Component, Path, PathBuf};

use super::refusal::{Reason, Refusal};
use super::view::View;
use crate::collect::os::home;
use crate::system::hands::Stat;
use crate::system::{Discovered, FileKind, System};

/// The directories below which may be written: the home directories, and the repository in question.
#[derive(Debug, Clone, Default)]
pub struct Bounds {
    homes: Vec<PathBuf>,
    repository: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Bounds {
    /// The home directory of the shell, that of the account, and the repository.
    pub fn of(system: &dyn System, repository: Option<&Discovered>) -> Self {
        let homes: Vec<_> = [home(system), system.account().home].into_iter().flatten().collect();
        let repository: Vec<_> = repository.map_or_else(Vec::new, |found| {
            let mut parts = vec![found.git_dir.clone(), found.common_dir.clone()];
            parts.extend(found.work_tree.clone());
            parts
        });
        Self { homes: with_real(system, homes), repository: with_real(system, repository), files: Vec::new() }
    }

    /// Allows one file outside of them, such as the git configuration of all users. The consent is the caller's business:
    /// [`Bounds::is_outside`].
    #[must_use]
    pub fn with_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Whether a path is one of those files, and lies in no directory that is the user's own.
    pub fn is_outside(&self, path: &Path) -> bool {
        let own = self.homes.iter().chain(&self.repository);
        self.files.iter().any(|file| file == path) && !own.into_iter().any(|root| path.starts_with(root))
    }

    /// The path that a change of `path` would really concern, links followed. What lies in a repository must not lead
    /// out of it, not even into the home directory: a repository is not trusted.
    ///
    /// # Errors
    /// When it is not absolute or not Unicode, lies or leads outside, or is a link to nothing.
    pub fn resolve(&self, system: &dyn System, path: &Path) -> Result<PathBuf, Refusal> {
        let refuse = |reason| Refusal::new(path, reason);
        let unsupported = |text: &str| refuse(Reason::Unsupported(text.to_owned()));
        if !path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
            return Err(unsupported("is not an absolute path without `..`"));
        }
        if path.to_str().is_none() {
            return Err(unsupported("is not valid Unicode"));
        }
        let real = follow(system, path).ok_or_else(|| refuse(Reason::Link))?;
        if self.files.iter().any(|file| *file == path) && real == path {
            return Ok(real);
        }
        let within = |roots: &[PathBuf], path: &Path| roots.iter().any(|root| path.starts_with(root));
        let roots = if within(&self.repository, path) { &self.repository } else { &self.homes };
        if within(roots, &real) {
            Ok(real)
        } else if real == path {
            Err(refuse(Reason::Outside))
        } else {
            Err(refuse(Reason::LeadsOut(real)))
        }
    }

    /// The outermost directory that a real path lies in.
    fn top(&self, real: &Path) -> Option<&Path> {
        let roots = self.homes.iter().chain(&self.repository).map(PathBuf::as_path);
        roots.filter(|root| real.starts_with(root)).min_by_key(|root| root.components().count())
    }

    /// Whether what is at a real path may be exchanged, removed or made, as far as can be told beforehand.
    pub(super) fn check(&self, view: &View<'_>, real: &Path) -> Result<(), Refusal> {
        let top = self.top(real).filter(|top| *top != real).or_else(|| real.parent());
        allowed(view, real, top)
    }
}

/// As given, and with links resolved. The root directory is nobody's home.
fn with_real(system: &dyn System, roots: Vec<PathBuf>) -> Vec<PathBuf> {
    let real: Vec<_> = roots.iter().filter_map(|root| system.canonicalize(root).ok()).collect();
    let all = roots.into_iter().chain(real);
    all.filter(|root| root.is_absolute() && root.parent().is_some()).collect()
}

/// The path with all links resolved, as far as it exists; `None`: a link leads to nothing.
pub(super) fn follow(system: &dyn System, path: &Path) -> Option<PathBuf> {
    let existing = path.ancestors().find(|ancestor| system.symlink_metadata(ancestor).is_ok())?;
    let rest = path.strip_prefix(existing).ok()?;
    let real = system.canonicalize(existing).ok()?;
    Some(if rest.as_os_str().is_empty() { real } else { real.join(rest) })
}

/// Looks at the entry itself and at the directories above it, up to and including `top`.
pub(super) fn allowed(view: &View<'_>, real: &Path, top: Option<&Path>) -> Result<(), Refusal> {
    let own = view.hands.account().uid;
    if let Some(stat) = view.stat(real)? {
        entry(real, &stat, own)?;
    }
    let mut nearest = true;
    for directory in real.ancestors().skip(1) {
        if let Some(stat) = view.stat(directory)? {
            if stat.found.kind != FileKind::Directory {
                return Err(Refusal::new(directory, Reason::NotAFile));
            }
            // Whoever owns a directory can exchange what is in it. Those further up are none of our business.
            if nearest {
                entry(directory, &stat, own)?;
                nearest = false;
            }
            if stat.found.mode.is_some_and(|mode| mode & 0o002 != 0) {
                return Err(Refusal::new(directory, Reason::OpenDirectory));
            }
        }
        if Some(directory) == top {
            break;
        }
    }
    Ok(())
}

fn entry(path: &Path, stat: &Stat, own: Option<u32>) -> Result<(), Refusal> {
    let reason = match stat.found.kind {
        FileKind::Symlink => Some(Reason::Link),
        FileKind::Other => Some(Reason::NotAFile),
        FileKind::File if stat.links > 1 => Some(Reason::HardLinks(stat.links)),
        // Also when we are root: a repair must not change whose file it is, nor be lured to where it can.
        _ if own.is_some() && stat.found.uid != own => stat.found.uid.map(Reason::OtherOwner),
        _ if stat.read_only => Some(Reason::ReadOnly),
        _ if stat.immutable => Some(Reason::Immutable),
        _ => None,
    };
    reason.map_or(Ok(()), |reason| Err(Refusal::new(path, reason)))
}

//! Which paths an edit may name.

use std::path::{Component, Path, PathBuf};

use super::refusal::Refusal;
use crate::collect::git::paths;
use crate::system::{Discovered, FileKind, System};

/// The directories below which files may be changed.
#[derive(Debug, Clone)]
pub struct Places {
    home: Option<PathBuf>,
    roots: Vec<PathBuf>,
}

impl Places {
    /// The homes of the account (git's and ssh's may differ) and the directories of the repository.
    pub fn new(system: &dyn System, repository: Option<&Discovered>) -> Self {
        let home = paths::home(system);
        let mut roots: Vec<PathBuf> = home.iter().cloned().chain(system.account().home).collect();
        if let Some(repository) = repository {
            roots.extend([repository.git_dir.clone(), repository.common_dir.clone()]);
            roots.extend(repository.work_tree.clone());
        }
        // An account without a home of its own must not open the whole machine.
        roots.retain(|root| root.components().count() > 1);
        Self { home, roots }
    }

    /// The path with `~` expanded, when it lies below one of the directories, also after all links are followed.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for a path that is not absolute, [`Refusal::NotAllowed`] for one that lies elsewhere.
    pub fn resolve(&self, system: &dyn System, path: &str) -> Result<PathBuf, Refusal> {
        let expanded = match (path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(path),
        };
        let plain = |part: Component<'_>| !matches!(part, Component::ParentDir | Component::CurDir);
        let windows = system.platform() == crate::system::Platform::Windows;
        let absolute = expanded.is_absolute() || (windows && paths::is_absolute(system, path));
        if !absolute || !expanded.components().all(plain) || path.chars().any(char::is_control) {
            return Err(Refusal::invalid(format!("{path} is no absolute path")));
        }
        let real = real(system, &expanded);
        let inside = |root: &PathBuf| {
            let real_root = system.canonicalize(root).unwrap_or_else(|_| root.clone());
            (expanded.starts_with(root) || expanded.starts_with(&real_root)) && self.holds(system, &real)
        };
        if self.roots.iter().any(inside) {
            return Ok(expanded);
        }
        Err(Refusal::not_allowed(format!("{path} lies outside the home directory and the repository")))
    }

    fn holds(&self, system: &dyn System, real: &Path) -> bool {
        self.roots.iter().any(|root| real.starts_with(system.canonicalize(root).unwrap_or_else(|_| root.clone())))
    }
}

/// The path with the links of its longest existing part followed. A link that leads nowhere has no real path: it stays
/// outside.
fn real(system: &dyn System, path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let Ok(real) = system.canonicalize(ancestor) {
            return real.join(path.strip_prefix(ancestor).unwrap_or(Path::new("")));
        }
        if system.symlink_metadata(ancestor).is_ok_and(|metadata| metadata.kind == FileKind::Symlink) {
            break;
        }
    }
    PathBuf::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    #[test]
    fn only_home_and_repository_are_written() {
        let system = FakeSystem::new(Platform::Linux)
            .file("/home/dev/.ssh/config", "")
            .file("/srv/repo/.git/HEAD", "ref: refs/heads/main\n")
            .link("/home/dev/.ssh/out", "/etc/ssh")
            .link("/home/dev/in", "/home/dev/.ssh/config")
            .link("/home/dev/nowhere", "/etc/missing")
            .link("/home/dev/repo", "/srv/repo")
            .file("/etc/ssh/ssh_config", "");
        let repository = system.discover_repository(Path::new("/srv/repo"));
        let places = Places::new(&system, repository.as_ref());
        for (path, allowed) in [
            ("~/.ssh/config", true),
            ("/home/dev/.ssh/new/config", true),
            ("/home/dev/in", true),
            ("/srv/repo/.git/config", true),
            ("/home/dev/repo/.git/config", true),
            ("/etc/gitconfig", false),
            ("/home/dev/.ssh/out/ssh_config", false),
            ("/home/dev/nowhere", false),
            ("/home/dev/../root/.ssh/config", false),
            ("/home/developer/x", false),
            (".ssh/config", false),
            ("~root/.ssh/config", false),
        ] {
            assert_eq!(places.resolve(&system, path).is_ok(), allowed, "{path}");
        }
    }

    #[test]
    fn a_home_that_is_the_root_opens_nothing() {
        let system = FakeSystem::new(Platform::Linux).env_var("HOME", "/").file("/etc/gitconfig", "");
        assert!(Places::new(&system, None).resolve(&system, "/etc/gitconfig").is_err());
    }
}

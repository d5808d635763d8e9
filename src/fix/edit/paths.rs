//! Which paths an edit may name.

use std::path::{Component, PathBuf};

use super::refusal::Refusal;
use crate::collect::git::paths;
use crate::fix::guard::Bounds;
use crate::system::{Discovered, Platform, System};

/// The directories below which files may be changed.
#[derive(Debug, Clone)]
pub struct Places {
    home: Option<PathBuf>,
    bounds: Bounds,
}

impl Places {
    /// The homes of the account (git's and ssh's may differ) and the directories of the repository.
    pub fn new(system: &dyn System, repository: Option<&Discovered>) -> Self {
        Self { home: paths::home(system), bounds: Bounds::of(system, repository) }
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
        let windows = system.platform() == Platform::Windows;
        let absolute = expanded.is_absolute() || (windows && paths::is_absolute(system, path));
        if !absolute || !expanded.components().all(plain) || path.chars().any(char::is_control) {
            return Err(Refusal::invalid(format!("{path} is no absolute path")));
        }
        match self.bounds.resolve(system, &expanded) {
            Ok(_) => Ok(expanded),
            Err(refusal) => Err(Refusal::not_allowed(refusal.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
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
            ("/home/dev/repo/.git/config", false),
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

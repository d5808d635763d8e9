//! The lock that git takes while it writes a configuration file: `<file>.lock` beside it, made with `O_EXCL`, filled with
//! the new text and renamed to the file (lockfile.h and `git_config_set_multivar_in_file_gently` in config.c of git).
//! Whoever finds it there leaves the file alone.

use std::path::{Path, PathBuf};

use super::view::View;

/// The lock of a file, by its real path; `None`: it is none of git's configuration files. `by_git`: it is known to be one,
/// as any file may be that another one includes; else its name tells.
pub(super) fn of(view: &View<'_>, path: &Path, by_git: bool) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let directory = path.parent()?;
    let is_git = name.starts_with(".gitconfig") || name.starts_with("gitconfig") || name == "config.worktree";
    let has_head = || view.stat(&directory.join("HEAD")).is_ok_and(|head| head.is_some());
    let is_config = || directory.ends_with("git") || has_head();
    (by_git || is_git || (name == "config" && is_config())).then(|| path.with_file_name(format!("{name}.lock")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    #[test]
    fn only_files_that_git_writes_have_its_lock() {
        let system = FakeSystem::new(Platform::Linux).file("/home/dev/work/.git/HEAD", "").file("/home/dev/.ssh/x", "");
        let lock = |path: &str| of(&View::of(&system), Path::new(path), false).map(|lock| lock.display().to_string());
        for path in
            ["/home/dev/.gitconfig", "/etc/gitconfig", "/home/dev/.config/git/config", "/home/dev/.gitconfig-work"]
        {
            assert_eq!(lock(path), Some(format!("{path}.lock")));
        }
        assert_eq!(lock("/home/dev/work/.git/config").as_deref(), Some("/home/dev/work/.git/config.lock"));
        assert_eq!(lock("/home/dev/.ssh/config"), None);
        assert_eq!(lock("/home/dev/.aws/config"), None);
        let named = of(&View::of(&system), Path::new("/home/dev/work.inc"), true);
        assert_eq!(named.as_deref(), Some(Path::new("/home/dev/work.inc.lock")));
    }
}

//! Where the repository is. libgit2 searches for it without opening it: opening would read the user's whole
//! configuration and refuse a repository that belongs to somebody else.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::deadline::within;
use super::{Discovered, files};

/// Largest number of bytes of a `.git`, `commondir`, `gitdir` or `HEAD` file that is believed.
const SMALL: u64 = 64 * 1024;
/// Largest repository configuration that is looked at for the work tree.
const CONFIG_LIMIT: u64 = 1024 * 1024;
/// How long the repository's configuration may take to read: it may include a file that never ends.
const INCLUDES: Duration = Duration::from_millis(500);

/// Finds the repository that `start` lies in, as git does. libgit2 has no deadline of its own.
pub(super) fn discover(start: &Path) -> Option<Discovered> {
    let start = start.to_owned();
    within(Duration::from_secs(2), move || search(&start)).flatten()
}

fn search(start: &Path) -> Option<Discovered> {
    // libgit2 reads these files whole and waits for FIFOs.
    if !start.ancestors().all(is_sane) {
        return None;
    }
    let git_dir = git_dir(start)?;
    let common_dir = match pointer(&git_dir.join("commondir")) {
        Some(common) => files::canonicalize(&git_dir.join(common)).ok()?,
        None => git_dir.clone(),
    };
    let work_tree = work_tree(&git_dir, &common_dir, start);
    Some(Discovered { branch: branch(&git_dir), work_tree, common_dir, git_dir })
}

/// What libgit2 finds, under the ceilings that git honours.
fn git_dir(start: &Path) -> Option<PathBuf> {
    let ceilings = env::var_os("GIT_CEILING_DIRECTORIES").unwrap_or_default();
    let found = git2::Repository::discover_path(start, env::split_paths(&ceilings)).ok()?;
    // Its answer ends in a slash.
    Some(found.components().collect())
}

/// Whether the files that libgit2 would read in a directory are small regular files, if they are there.
fn is_sane(directory: &Path) -> bool {
    let is_small = |path: &Path| match std::fs::metadata(path) {
        Ok(found) => found.is_dir() || (found.is_file() && found.len() <= SMALL),
        Err(_) => true,
    };
    let dot_git = directory.join(".git");
    let git_dir = match pointer(&dot_git) {
        Some(link) => directory.join(link.strip_prefix("gitdir:").unwrap_or(&link).trim()),
        None => dot_git.clone(),
    };
    [dot_git, git_dir.join("commondir"), git_dir.join("gitdir"), directory.join("commondir"), directory.join("gitdir")]
        .iter()
        .all(|path| is_small(path))
}

/// The text of a file that holds one path.
fn pointer(path: &Path) -> Option<String> {
    let text = String::from_utf8(files::read(path, SMALL).ok()?).ok()?;
    let text = text.trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The work tree: of a linked one the directory that its `gitdir` file points back to, else `core.worktree`, else the
/// directory that holds `.git`.
fn work_tree(git_dir: &Path, common_dir: &Path, start: &Path) -> Option<PathBuf> {
    if git_dir != common_dir {
        let back = pointer(&git_dir.join("gitdir"))?;
        return git_dir.join(back).parent().map(Path::to_owned);
    }
    let (configured, is_bare) = within(INCLUDES, {
        let config = git_dir.join("config");
        move || configured(&config)
    })
    .unwrap_or_default();
    if let Some(configured) = configured {
        let configured = git_dir.join(configured);
        return Some(files::canonicalize(&configured).unwrap_or(configured));
    }
    if is_bare {
        return None;
    }
    if git_dir.file_name().is_some_and(|name| name == ".git") {
        return git_dir.parent().map(Path::to_owned);
    }
    // `.git` is a file that points elsewhere, as in a clone with --separate-git-dir.
    start.ancestors().find(|directory| directory.join(".git").is_file()).map(Path::to_owned)
}

/// `core.worktree` and `core.bare` of the repository's own configuration.
fn configured(config: &Path) -> (Option<PathBuf>, bool) {
    // libgit2 would wait for a FIFO.
    let settings = files::read(config, CONFIG_LIMIT).ok().and_then(|_| git2::Config::open(config).ok());
    let Some(settings) = settings else { return (None, false) };
    (settings.get_path("core.worktree").ok(), settings.get_bool("core.bare").unwrap_or(false))
}

/// The branch that `HEAD` names; old repositories have a symbolic link there.
fn branch(git_dir: &Path) -> Option<String> {
    let head = git_dir.join("HEAD");
    let target = match std::fs::read_link(&head) {
        Ok(link) => link.to_str()?.to_owned(),
        Err(_) => pointer(&head)?.strip_prefix("ref:")?.trim().to_owned(),
    };
    let name = target.strip_prefix("refs/heads/")?;
    // A repository with reftables keeps this in place of its branch.
    (name != ".invalid").then(|| name.to_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::process::Command;
    use std::time::Instant;

    use super::*;

    fn git(directory: &Path, args: &[&str]) {
        let output = Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main"])
            .args(args)
            .current_dir(directory)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", "/nonexistent")
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A folder without links in its path.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(folder.path()).unwrap();
        (folder, path)
    }

    fn repository() -> (tempfile::TempDir, PathBuf) {
        let (guard, path) = folder();
        git(&path, &["init", "-q"]);
        git(&path, &["commit", "-q", "--allow-empty", "-m", "x"]);
        (guard, path)
    }

    #[test]
    fn a_repository_is_found_from_below() {
        let (_guard, path) = repository();
        let below = path.join("a/b");
        fs::create_dir_all(&below).unwrap();
        let found = discover(&below).unwrap();
        assert_eq!(found.git_dir, path.join(".git"));
        assert_eq!(found.common_dir, path.join(".git"));
        assert_eq!(found.work_tree, Some(path.clone()));
        assert_eq!(found.branch.as_deref(), Some("main"));
        git(&path, &["checkout", "-q", "--detach"]);
        assert_eq!(discover(&path).unwrap().branch, None);
    }

    #[test]
    fn outside_there_is_none() {
        let (_guard, path) = folder();
        assert_eq!(discover(&path), None);
        assert_eq!(discover(&path.join("missing")), None);
    }

    #[test]
    fn linked_and_bare_ones_and_submodules_name_their_directories() {
        let (_guard, path) = repository();
        git(&path, &["worktree", "add", "-q", "../linked", "-b", "topic"]);
        git(&path, &["clone", "-q", "--bare", ".", "bare.git"]);
        git(&path, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "./bare.git", "sub"]);
        let linked_path = path.parent().unwrap().join("linked");
        let linked = discover(&linked_path);
        fs::remove_dir_all(&linked_path).unwrap();
        let linked = linked.unwrap();
        assert_eq!(linked.git_dir, path.join(".git/worktrees/linked"));
        assert_eq!(linked.common_dir, path.join(".git"));
        assert_eq!((linked.work_tree, linked.branch.as_deref()), (Some(linked_path), Some("topic")));

        let bare = discover(&path.join("bare.git")).unwrap();
        assert_eq!((bare.git_dir, bare.work_tree), (path.join("bare.git"), None));

        let sub = discover(&path.join("sub")).unwrap();
        assert_eq!((sub.git_dir, sub.work_tree), (path.join(".git/modules/sub"), Some(path.join("sub"))));
    }

    #[test]
    fn a_separate_git_dir_keeps_its_work_tree() {
        let (_guard, path) = folder();
        git(&path, &["init", "-q", "--separate-git-dir", "elsewhere", "tree"]);
        let found = discover(&path.join("tree")).unwrap();
        assert_eq!((found.git_dir, found.work_tree), (path.join("elsewhere"), Some(path.join("tree"))));
    }

    #[test]
    fn a_repository_of_another_user_or_with_a_broken_configuration_is_found() {
        let (_guard, path) = repository();
        fs::write(path.join(".git/config"), "[core\n\0 broken").unwrap();
        // Only root can give it away; the rest of the test holds for everybody.
        let _ = std::os::unix::fs::chown(path.join(".git"), Some(4242), Some(4242));
        let _ = std::os::unix::fs::chown(&path, Some(4242), Some(4242));
        assert_eq!(discover(&path).unwrap().branch.as_deref(), Some("main"));
    }

    #[test]
    fn fifos_in_the_way_do_not_hang() {
        use nix::sys::stat::Mode;

        let start = Instant::now();
        for (name, is_repository) in [("config", true), ("gitdir", false), ("HEAD", false)] {
            let (_guard, path) = repository();
            let fifo = path.join(".git").join(name);
            let _ = fs::remove_file(&fifo);
            nix::unistd::mkfifo(&fifo, Mode::S_IRWXU).unwrap();
            assert_eq!(discover(&path).is_some(), is_repository, "{name}");
        }
        let (_guard, path) = repository();
        nix::unistd::mkfifo(&path.join("fifo"), Mode::S_IRWXU).unwrap();
        git(&path, &["config", "include.path", path.join("fifo").to_str().unwrap()]);
        assert_eq!(discover(&path).unwrap().work_tree, Some(path));
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}

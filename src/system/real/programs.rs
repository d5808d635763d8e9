//! Where programs are found.

use std::collections::HashSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Largest number of directories that are searched.
const DIRECTORY_LIMIT: usize = 1_000;

/// The distinct absolute entries of `PATH`, in order. Relative ones would lead into the working directory, where a
/// repository could plant a program.
pub(super) fn search_path(path: Option<OsString>) -> OsString {
    let path = path.unwrap_or_default();
    let mut seen = HashSet::new();
    let directories = env::split_paths(&path)
        .filter(|directory| directory.is_absolute() && seen.insert(directory.clone()))
        .take(DIRECTORY_LIMIT);
    // Joining fails on an entry that holds a separator, which splitting cannot yield.
    env::join_paths(directories).unwrap_or_default()
}

/// Every executable called `name` in the directories of `search_path`, in order.
pub(super) fn find(name: &str, search_path: &OsStr) -> Vec<PathBuf> {
    let plain = Path::new(name).file_name() == Some(OsStr::new(name));
    if !plain || name.contains('\0') || search_path.is_empty() {
        return Vec::new();
    }
    // The third argument would be the base of relative entries, and there are none.
    which::which_in_all(name, Some(search_path), Path::new("/")).map_or_else(|_| Vec::new(), Iterator::collect)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, Instant};

    use super::*;

    fn program(path: &Path, mode: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn all_executables_are_found_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        program(&at("b/tool"), 0o755);
        program(&at("a/tool"), 0o755);
        program(&at("c/tool"), 0o644);
        fs::create_dir_all(at("d/tool")).unwrap();
        let entries = ["b", "c", "d", "a", "b"].map(at);
        let path = search_path(Some(env::join_paths(entries).unwrap()));
        assert_eq!(find("tool", &path), [at("b/tool"), at("a/tool")]);
        assert_eq!(find("other", &path), Vec::<PathBuf>::new());
    }

    #[test]
    fn relative_entries_and_names_with_separators_find_nothing() {
        assert_eq!(search_path(Some(".:bin::~/bin:/usr/bin".into())), "/usr/bin");
        for name in ["", ".", "..", "bin/sh", "/bin/sh", "sh\0x", "sh/"] {
            assert_eq!(find(name, OsStr::new("/usr:/bin")), Vec::<PathBuf>::new(), "{name:?}");
        }
        assert_eq!(find("sh", &search_path(None)), Vec::<PathBuf>::new());
    }

    #[test]
    fn an_enormous_path_is_no_trouble() {
        let long: Vec<_> = (0..100_000).map(|n| format!("/nonexistent/{n}")).collect();
        let same = vec!["/nonexistent/again"; 100_000].join(":");
        let start = Instant::now();
        let capped = search_path(Some(long.join(":").into()));
        assert_eq!(env::split_paths(&capped).count(), DIRECTORY_LIMIT);
        assert_eq!(find("git", &capped), Vec::<PathBuf>::new());
        assert_eq!(search_path(Some(format!("{same}:/bin").into())), "/nonexistent/again:/bin");
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }
}

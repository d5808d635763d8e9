//! The directory of git's own programs, and the credential helpers in it and on `PATH`.

use std::path::{Path, PathBuf};

use super::locate::{found_at, is_directory, is_executable};
use crate::fact::Fact;
use crate::fact::tools::Tool;
use crate::system::{Platform, System};

/// Helpers that come with git or with Git Credential Manager, by name without `git-credential-`.
const HELPERS: [&str; 14] = [
    "manager",
    "manager-core",
    "manager-ui",
    "osxkeychain",
    "wincred",
    "libsecret",
    "gnome-keyring",
    "oauth",
    "pass",
    "gcm",
    "netrc",
    "store",
    "cache",
    "aws",
];

/// Where git looks for its own programs, told without asking it: `GIT_EXEC_PATH`, else a place beside the program.
pub(super) fn exec_path(system: &dyn System) -> Option<PathBuf> {
    let set = system.env("GIT_EXEC_PATH").map(PathBuf::from).filter(|path| path.is_absolute());
    if set.is_some() {
        return set.filter(|path| is_directory(system, path));
    }
    // A wrapper script has nothing beside it; the git that it starts usually comes next on PATH.
    system.find_program("git").iter().find_map(|git| core_of(system, git))
}

fn core_of(system: &dyn System, git: &Path) -> Option<PathBuf> {
    let real = system.canonicalize(git).unwrap_or_else(|_| git.to_owned());
    let mut places = [places_beside(&real), places_beside(git)].concat();
    if system.platform() == Platform::MacOs && git == Path::new("/usr/bin/git") {
        // A placeholder that starts the git of the developer tools.
        places.extend(
            ["/Library/Developer/CommandLineTools/usr", "/Applications/Xcode.app/Contents/Developer/usr"]
                .map(|tools| Path::new(tools).join("libexec/git-core")),
        );
    }
    places.into_iter().find(|place| is_directory(system, place))
}

fn places_beside(git: &Path) -> Vec<PathBuf> {
    let Some(directory) = git.parent() else { return Vec::new() };
    if directory.file_name().is_some_and(|name| name == "git-core") {
        return vec![directory.to_owned()];
    }
    let Some(prefix) = directory.parent() else { return Vec::new() };
    // Git for Windows has `cmd\git.exe` beside `mingw64`.
    [
        "libexec/git-core",
        "lib/git-core",
        "mingw64/libexec/git-core",
        "mingw32/libexec/git-core",
        "clangarm64/libexec/git-core",
    ]
    .map(|below| prefix.join(below))
    .to_vec()
}

/// The helpers that git would find. Its own directory comes before `PATH`, as git itself puts it there.
pub(super) fn credential_helpers(system: &dyn System) -> Vec<Tool> {
    let exec_path = exec_path(system);
    HELPERS.iter().filter_map(|name| helper(system, exec_path.as_deref(), name)).collect()
}

fn helper(system: &dyn System, exec_path: Option<&Path>, name: &str) -> Option<Tool> {
    let program = format!("git-credential-{name}");
    let ending = if system.platform() == Platform::Windows { ".exe" } else { "" };
    let own = exec_path.map(|directory| directory.join(format!("{program}{ending}")));
    let own = own.filter(|path| system.metadata(path).is_ok_and(|found| is_executable(&found)));
    let mut found: Vec<_> = own.into_iter().chain(system.find_program(&program)).collect();
    found.dedup();
    let tool = found_at(system, name, &found);
    let unasked = || "not asked".to_owned();
    tool.installed.then(|| Tool {
        version: Fact::Unavailable(unasked()),
        version_text: Fact::Unavailable(unasked()),
        flavour: Fact::Unavailable(unasked()),
        starts: Fact::Unavailable(unasked()),
        ..tool
    })
}

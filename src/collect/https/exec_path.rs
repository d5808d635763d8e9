//! Where git looks for its own commands, such as `git-credential-manager`: its exec path, then `PATH`.
//!
//! Git would say its exec path itself; it is told from where git lies, so that no program is run for it.

use std::path::{Path, PathBuf};

use super::helper::Place;
use crate::fact::Fact;
use crate::system::FileKind;

/// Directories below git's prefix that hold its commands: upstream, Debian, Git for Windows.
const BELOW_PREFIX: &[&str] = &[
    "libexec/git-core",
    "lib/git-core",
    "mingw64/libexec/git-core",
    "mingw64/bin",
    "clangarm64/libexec/git-core",
    "clangarm64/bin",
];
/// Where Apple keeps them; `/usr/bin/git` of macOS only starts the git there.
const APPLE: &[&str] = &[
    "/Library/Developer/CommandLineTools/usr/libexec/git-core",
    "/Applications/Xcode.app/Contents/Developer/usr/libexec/git-core",
];

/// The directories of git's own commands that exist.
fn directories(place: Place<'_>) -> Vec<PathBuf> {
    let set = place.system.env("GIT_EXEC_PATH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let real = place.git.and_then(|git| place.system.canonicalize(git).ok());
    let prefixes = [place.git, real.as_deref()].into_iter().flatten().filter_map(Path::parent).flat_map(|directory| {
        let grandparent = directory.parent().and_then(Path::parent);
        [Some(directory), directory.parent(), grandparent].into_iter().flatten()
    });
    let below = prefixes.flat_map(|prefix| BELOW_PREFIX.iter().map(|end| prefix.join(end)));
    let all = set.into_iter().chain(below).chain(APPLE.iter().map(PathBuf::from));
    all.filter(|directory| place.system.metadata(directory).is_ok_and(|m| m.kind == FileKind::Directory)).collect()
}

/// Finds a command of git. Unavailable when it is not on `PATH` and git's own directory is not known.
pub fn find(place: Place<'_>, program: &str) -> Fact<PathBuf> {
    if program.contains(['/', '\\']) {
        return Fact::Absent;
    }
    if let Some(path) = place.system.find_program(program).into_iter().next() {
        return Fact::Known(path);
    }
    let directories = directories(place);
    if directories.is_empty() {
        return Fact::Unavailable("the directory of git's own commands is not known".into());
    }
    let names = [program.to_owned(), format!("{program}.exe")];
    let mut files = directories.iter().flat_map(|directory| names.iter().map(|name| directory.join(name)));
    let is_file = |file: &PathBuf| place.system.metadata(file).is_ok_and(|m| m.kind == FileKind::File);
    Fact::from_option(files.find(is_file))
}

//! Where a program is: on `PATH`, on it without being executable, or where installers put it.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::script;
use crate::collect::mask::excerpt;
use crate::collect::os::{home, path_entries};
use crate::fact::tools::Tool;
use crate::fact::{Fact, FilePath, Source, Word};
use crate::system::{FileKind, Metadata, Platform, System};

/// Largest number of directories of `PATH` that are searched for a file that is not executable.
const DIRECTORY_LIMIT: usize = 1_000;

/// The program of that name as far as it can be told without running it, and the file to look at: the winner, else
/// the first copy off `PATH`.
pub(super) fn locate(system: &dyn System, name: &str) -> (Tool, Option<PathBuf>) {
    let found = system.find_program(name);
    let tool = found_at(system, name, &found);
    if tool.installed {
        return (tool, found.into_iter().next());
    }
    let path = system.env("PATH").unwrap_or_default();
    let off_path = off_path(system, name);
    let tool = Tool {
        off_path: off_path.iter().map(|path| shown(path)).collect(),
        not_executable: not_executable(system, name).as_deref().map(shown),
        source: Source::variable("PATH", excerpt(&format!("PATH={}", path.to_string_lossy()))),
        ..tool
    };
    (tool, off_path.into_iter().next())
}

/// A program of which all copies are known, winner first.
pub(super) fn found_at(system: &dyn System, name: &str, found: &[PathBuf]) -> Tool {
    let name = Word::from(name);
    let Some(winner) = found.first() else {
        let (version, version_text, flavour, starts) = (Fact::Absent, Fact::Absent, Fact::Absent, Fact::Absent);
        return Tool { name, version, version_text, flavour, starts, ..Tool::default() };
    };
    let interpreter = script::launch(system, winner).map(|launch| launch.interpreter);
    Tool {
        name,
        installed: true,
        path: Some(shown(winner)),
        all: found.iter().map(|path| shown(path)).collect(),
        interpreter_exists: interpreter.as_deref().map(|path| is_file(system, path)),
        interpreter: interpreter.as_deref().map(shown),
        source: Source::file(winner.to_string_lossy()),
        ..Tool::default()
    }
}

pub(super) fn shown(path: &Path) -> FilePath {
    FilePath(path.to_string_lossy().into_owned())
}

pub(super) fn is_file(system: &dyn System, path: &Path) -> bool {
    system.metadata(path).is_ok_and(|found| found.kind == FileKind::File)
}

pub(super) fn is_directory(system: &dyn System, path: &Path) -> bool {
    system.metadata(path).is_ok_and(|found| found.kind == FileKind::Directory)
}

/// Whether a file may be run by somebody; Windows has no such bit.
pub(super) fn is_executable(found: &Metadata) -> bool {
    found.kind == FileKind::File && found.mode.is_none_or(|mode| mode & 0o111 != 0)
}

/// The file names that a program can have.
fn file_names(system: &dyn System, name: &str) -> Vec<String> {
    let endings: &[&str] = if system.platform() == Platform::Windows { &[".exe", ".cmd", ".bat"] } else { &[""] };
    endings.iter().map(|ending| format!("{name}{ending}")).collect()
}

fn not_executable(system: &dyn System, name: &str) -> Option<PathBuf> {
    let is_plain = |path: &PathBuf| {
        system.metadata(path).is_ok_and(|found| found.kind == FileKind::File && !is_executable(&found))
    };
    let mut seen = HashSet::new();
    path_entries(system)
        .into_iter()
        .filter(|directory| directory.is_absolute() && seen.insert(directory.clone()))
        .take(DIRECTORY_LIMIT)
        .map(|directory| directory.join(name))
        .find(is_plain)
}

fn off_path(system: &dyn System, name: &str) -> Vec<PathBuf> {
    let names = file_names(system, name);
    let mut seen = HashSet::new();
    usual_directories(system)
        .iter()
        .flat_map(|directory| names.iter().map(|name| directory.join(name)))
        .filter(|path| system.metadata(path).is_ok_and(|found| is_executable(&found)))
        .filter(|path| seen.insert(system.canonicalize(path).unwrap_or_else(|_| path.clone())))
        .collect()
}

/// Where installers of git, OpenSSH, the AWS CLI and Python put programs.
fn usual_directories(system: &dyn System) -> Vec<PathBuf> {
    if system.platform() == Platform::Windows { windows_directories(system) } else { unix_directories(system) }
}

fn unix_directories(system: &dyn System) -> Vec<PathBuf> {
    const BELOW_HOME: [&str; 10] = [
        ".local/bin",
        "bin",
        ".pyenv/shims",
        ".asdf/shims",
        ".local/share/mise/shims",
        ".venv/bin",
        "venv/bin",
        "miniconda3/bin",
        "anaconda3/bin",
        ".nix-profile/bin",
    ];
    const SYSTEM: [&str; 10] = [
        "/usr/local/bin",
        "/opt/homebrew/bin",
        "/home/linuxbrew/.linuxbrew/bin",
        "/opt/local/bin",
        "/snap/bin",
        "/usr/local/aws-cli/v2/current/bin",
        "/usr/local/git/bin",
        "/Library/Frameworks/Python.framework/Versions/Current/bin",
        "/usr/bin",
        "/bin",
    ];
    let mut directories = Vec::new();
    if let Some(home) = home(system) {
        directories.extend(BELOW_HOME.map(|below| home.join(below)));
        directories.extend(below_each(system, &home.join("Library/Python"), "bin"));
        for tool_homes in [".local/pipx/venvs", ".local/share/pipx/venvs", ".local/share/uv/tools"] {
            directories.extend(below_each(system, &home.join(tool_homes), "bin"));
        }
    }
    directories.extend(SYSTEM.map(PathBuf::from));
    directories
}

fn windows_directories(system: &dyn System) -> Vec<PathBuf> {
    const PROGRAMS: [&str; 4] = ["Amazon/AWSCLIV2", "Git/cmd", "Git/usr/bin", "OpenSSH"];
    let variable = |name: &str| system.env(name).map(PathBuf::from);
    let mut directories = Vec::new();
    for programs in ["ProgramFiles", "ProgramFiles(x86)", "ProgramW6432"].iter().filter_map(|name| variable(name)) {
        directories.extend(PROGRAMS.map(|below| programs.join(below)));
        directories.extend(below_each(system, &programs, "Scripts").filter(|path| has_python_parent(path)));
    }
    if let Some(roaming) = variable("APPDATA") {
        directories.extend(below_each(system, &roaming.join("Python"), "Scripts"));
    }
    if let Some(local) = variable("LOCALAPPDATA") {
        directories.extend(below_each(system, &local.join("Programs/Python"), "Scripts"));
        directories.push(local.join("Programs/Git/cmd"));
    }
    directories.extend(variable("SystemRoot").map(|root| root.join("System32/OpenSSH")));
    if let Some(home) = home(system) {
        directories.extend([".local/bin", "pipx/venvs"].map(|below| home.join(below)));
    }
    directories
}

fn has_python_parent(scripts: &Path) -> bool {
    let parent = scripts.parent().and_then(Path::file_name);
    parent.is_some_and(|name| name.to_string_lossy().to_ascii_lowercase().starts_with("python"))
}

/// `parent/*/below` for every directory in `parent`.
fn below_each(system: &dyn System, parent: &Path, below: &str) -> impl Iterator<Item = PathBuf> {
    let children = system.read_dir(parent).unwrap_or_default();
    children
        .into_iter()
        .filter(|child| child.kind != FileKind::File)
        .map(move |child| parent.join(OsStr::new(&child.name)).join(below))
        .collect::<Vec<_>>()
        .into_iter()
}

//! Gits beside the one on PATH that read a system configuration of their own: those that graphical clients bring along,
//! and those of Apple, Homebrew and the distribution. A helper for all hosts or for CodeCommit that stands there answers
//! in those programs only.

use std::path::{Path, PathBuf};

use crate::collect::git::config_file;
use crate::collect::mask;
use crate::fact::elsewhere::OtherGit;
use crate::fact::git::Git;
use crate::fact::{Source, Text};
use crate::system::{Platform, System};

/// Larger files are not read.
const LIMIT: u64 = 1024 * 1024;
/// Most entries of one directory that are looked into.
const ENTRY_LIMIT: usize = 20;
/// What the name of the program stands for where nobody knows it.
const UNNAMED: &str = "another git";

/// Those whose system configuration names such credential helpers and is not read by this git.
pub(super) fn find(system: &dyn System, git: &Git) -> Vec<OtherGit> {
    let real = |path: &Path| system.canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let read: Vec<_> = git.files.iter().map(|file| real(Path::new(&file.path.0))).collect();
    let mut seen = read;
    let mut found = Vec::new();
    for (program, path) in places(system) {
        let place = real(&path);
        if seen.contains(&place) {
            continue;
        }
        found.extend(describe(system, program, &path));
        seen.push(place);
    }
    found
}

fn describe(system: &dyn System, program: &str, path: &Path) -> Option<OtherGit> {
    let bytes = system.read(path, LIMIT).ok()?;
    let parsed = config_file::parse(&bytes);
    let is_helper = |item: &&config_file::Item| {
        let scope = item.heading.subsection.as_deref();
        let meant = scope.is_none_or(|scope| scope.contains("codecommit"));
        item.heading.section == "credential" && meant && item.name == "helper"
    };
    let mut helpers: Vec<(&str, u32)> = Vec::new();
    for item in parsed.items.iter().filter(is_helper) {
        match item.value.as_deref() {
            Some("") => helpers.clear(),
            Some(value) => helpers.push((value, item.line)),
            None => {}
        }
    }
    let line = helpers.last()?.1;
    let text = String::from_utf8_lossy(&bytes);
    let excerpt = text.lines().nth(usize::try_from(line).ok()?.saturating_sub(1)).unwrap_or_default();
    Some(OtherGit {
        program: program.into(),
        helpers: helpers.iter().map(|(value, _)| Text(mask::mask(value))).collect(),
        source: Source::line(path.to_string_lossy(), line, mask::excerpt(excerpt.trim())),
    })
}

/// Where such configurations lie, with the program that they belong to.
fn places(system: &dyn System) -> Vec<(&'static str, PathBuf)> {
    match system.platform() {
        Platform::Windows => windows(system),
        Platform::MacOs => macos(),
        Platform::Linux | Platform::OtherUnix => {
            let paths = ["/etc/gitconfig", "/usr/local/etc/gitconfig", "/home/linuxbrew/.linuxbrew/etc/gitconfig"];
            paths.map(|path| (UNNAMED, path.into())).to_vec()
        }
    }
}

fn macos() -> Vec<(&'static str, PathBuf)> {
    [
        ("Fork", "/Applications/Fork.app/Contents/Resources/git-instance/etc/gitconfig"),
        ("Sourcetree", "/Applications/Sourcetree.app/Contents/Resources/git_local/etc/gitconfig"),
        ("GitHub Desktop", "/Applications/GitHub Desktop.app/Contents/Resources/app/git/etc/gitconfig"),
        ("Apple's git", "/Library/Developer/CommandLineTools/usr/share/git-core/gitconfig"),
        ("Apple's git", "/Applications/Xcode.app/Contents/Developer/usr/share/git-core/gitconfig"),
        ("Homebrew's git", "/opt/homebrew/etc/gitconfig"),
        ("Homebrew's git", "/usr/local/etc/gitconfig"),
        (UNNAMED, "/etc/gitconfig"),
    ]
    .map(|(program, path)| (program, path.into()))
    .to_vec()
}

fn windows(system: &dyn System) -> Vec<(&'static str, PathBuf)> {
    const BELOW: [&str; 3] = ["etc/gitconfig", "mingw64/etc/gitconfig", "mingw32/etc/gitconfig"];
    const STUDIO: &str = "Common7/IDE/CommonExtensions/Microsoft/TeamFoundation/Team Explorer/Git";
    let variable = |name: &str| system.env(name).map(PathBuf::from);
    let mut roots: Vec<(&'static str, PathBuf)> = Vec::new();
    if let Some(local) = variable("LOCALAPPDATA") {
        roots.extend(children(system, &local.join("Fork/gitInstance")).into_iter().map(|root| ("Fork", root)));
        roots.push(("Sourcetree", local.join("Atlassian/SourceTree/git_local")));
        let desktops = children(system, &local.join("GitHubDesktop"));
        roots.extend(desktops.into_iter().map(|root| ("GitHub Desktop", root.join("resources/app/git"))));
    }
    for programs in ["ProgramFiles", "ProgramFiles(x86)"].iter().filter_map(|name| variable(name)) {
        roots.push(("Git for Windows", programs.join("Git")));
        roots.push(("SmartGit", programs.join("SmartGit/git")));
        let years = children(system, &programs.join("Microsoft Visual Studio"));
        let editions = years.iter().flat_map(|year| children(system, year));
        roots.extend(editions.map(|edition| ("Visual Studio", edition.join(STUDIO))));
    }
    roots.into_iter().flat_map(|(program, root)| BELOW.map(|below| (program, root.join(below)))).collect()
}

fn children(system: &dyn System, parent: &Path) -> Vec<PathBuf> {
    let entries = system.read_dir(parent).unwrap_or_default();
    entries.into_iter().take(ENTRY_LIMIT).map(|entry| parent.join(entry.name)).collect()
}

//! Other home directories of the same person: that of the account when HOME names another, that of the user who called
//! sudo, that of Windows seen from WSL.

use std::path::{Path, PathBuf};

use super::is_file;
use crate::collect::git::config_file;
use crate::collect::https::url_match;
use crate::collect::os;
use crate::fact::elsewhere::OtherHome;
use crate::fact::os::Os;
use crate::fact::{Fact, FilePath, Source};
use crate::system::{FileKind, System};

/// Most homes of Windows that are looked into.
const LIMIT: usize = 10;
/// Larger files are not read.
const FILE_LIMIT: u64 = 1024 * 1024;

/// Those that hold something for git, ssh or the AWS tools.
pub(super) fn find(system: &dyn System, facts: &Os) -> Vec<OtherHome> {
    let mut places: Vec<(PathBuf, &str)> = Vec::new();
    if facts.homes_differ == Fact::Known(true) {
        places.extend(system.account().home.map(|home| (home, "account")));
    }
    if let Some(name) = facts.sudo_user.as_ref().filter(|name| facts.is_root && &***name != "root") {
        places.extend(home_of(system, name).map(|home| (home, "sudo")));
    }
    if facts.wsl {
        places.extend(of_windows(system).into_iter().map(|home| (home, "windows")));
    }
    let own = os::home(system);
    places.retain(|(home, _)| Some(home) != own.as_ref());
    places.into_iter().filter_map(|(home, kind)| describe(system, &home, kind)).collect()
}

/// The home of another account, as passwd(5) has it.
fn home_of(system: &dyn System, name: &str) -> Option<PathBuf> {
    let usual = || {
        let homes = ["/home", "/Users"].map(|parent| Path::new(parent).join(name));
        homes.into_iter().find(|home| is_directory(system, home))
    };
    let text = system.read(Path::new("/etc/passwd"), FILE_LIMIT).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line =
        text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.first() == Some(&name));
    line.and_then(|fields| fields.get(5).map(PathBuf::from)).or_else(usual)
}

/// The homes on the drive of Windows.
fn of_windows(system: &dyn System) -> Vec<PathBuf> {
    const OTHERS: [&str; 5] = ["Public", "Default", "Default User", "All Users", "WDAGUtilityAccount"];
    let users = Path::new("/mnt/c/Users");
    let entries = system.read_dir(users).unwrap_or_default().into_iter();
    let people = entries
        .filter(|entry| entry.kind == FileKind::Directory && !OTHERS.contains(&entry.name.to_string_lossy().as_ref()));
    people.take(LIMIT).map(|entry| users.join(entry.name)).collect()
}

fn describe(system: &dyn System, home: &Path, kind: &str) -> Option<OtherHome> {
    let git_config = home.join(".gitconfig");
    let ssh_config = home.join(".ssh/config");
    let mut found = OtherHome {
        path: shown(home),
        kind: kind.into(),
        git_config: names_helper(system, &git_config).then(|| shown(&git_config)),
        ssh_config: names_codecommit(system, &ssh_config).then(|| shown(&ssh_config)),
        aws_file: aws_file(system, home),
        aws: program(system, home, "aws"),
        grc: program(system, home, "git-remote-codecommit"),
        source: Source::default(),
    };
    let files = [&found.git_config, &found.ssh_config, &found.aws_file, &found.aws, &found.grc];
    found.source = Source::file(files.into_iter().flatten().next()?.0.clone());
    Some(found)
}

/// Where pip, pipx and pyenv put programs below a home.
fn program(system: &dyn System, home: &Path, name: &str) -> Option<FilePath> {
    let directories = [".local/bin", "bin", ".pyenv/shims", "miniconda3/bin", "anaconda3/bin"];
    let paths = directories.into_iter().map(|directory| home.join(directory).join(name));
    paths.into_iter().find(|path| is_file(system, path)).map(|path| shown(&path))
}

/// The file that holds credentials or says where they come from, or that has the profile which is wanted here; a file
/// with nothing but a region explains nothing.
fn aws_file(system: &dyn System, home: &Path) -> Option<FilePath> {
    const SOURCES: [&str; 7] = [
        "aws_access_key_id",
        "role_arn",
        "sso_session",
        "sso_start_url",
        "credential_process",
        "login_session",
        "web_identity_token_file",
    ];
    let wanted = system.env("AWS_PROFILE").map(|name| name.to_string_lossy().into_owned());
    let wanted = wanted.filter(|name| !name.is_empty()).map(|name| [format!("[{name}]"), format!("[profile {name}]")]);
    let tells = |line: &str| {
        let line = line.trim();
        let key = line.split('=').next().unwrap_or_default().trim();
        SOURCES.contains(&key) || wanted.as_ref().is_some_and(|headings| headings.iter().any(|wanted| wanted == line))
    };
    let holds = |path: &PathBuf| {
        let bytes = system.read(path, FILE_LIMIT).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().any(tells)
    };
    let files = [".aws/config", ".aws/credentials"].map(|name| home.join(name));
    files.iter().find(|path| holds(path)).map(|path| shown(path))
}

/// Whether a helper is configured for all hosts or for those of CodeCommit.
fn names_helper(system: &dyn System, path: &Path) -> bool {
    let Ok(bytes) = system.read(path, FILE_LIMIT) else { return false };
    config_file::parse(&bytes).items.iter().any(|item| {
        item.heading.section == "credential"
            && item.name == "helper"
            && item.heading.subsection.as_deref().is_none_or(is_of_codecommit)
            && item.value.as_ref().is_some_and(|v| !v.is_empty())
    })
}

/// Whether a pattern such as `https://git-codecommit.*.amazonaws.com` is for a host of CodeCommit, in some region.
fn is_of_codecommit(pattern: &str) -> bool {
    let Some(pattern) = url_match::normalize(pattern, true) else { return false };
    let labels: Vec<&str> = pattern.host.split('.').collect();
    labels.iter().any(|label| label.starts_with("git-codecommit"))
        || ["amazonaws.com", "amazonaws.com.cn"]
            .iter()
            .any(|end| url_match::host_matches(&format!("git-codecommit.us-east-1.{end}"), &pattern.host))
}

fn names_codecommit(system: &dyn System, path: &Path) -> bool {
    let Ok(bytes) = system.read(path, FILE_LIMIT) else { return false };
    String::from_utf8_lossy(&bytes).to_lowercase().contains("codecommit")
}

fn is_directory(system: &dyn System, path: &Path) -> bool {
    system.metadata(path).is_ok_and(|found| found.kind == FileKind::Directory)
}

fn shown(path: &Path) -> FilePath {
    FilePath(path.to_string_lossy().into_owned())
}

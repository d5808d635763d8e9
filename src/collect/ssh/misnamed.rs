//! Files in `.ssh` that look like a client configuration saved under a wrong name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::config::{self, Line};
use super::{blocks, place};
use crate::collect::login::holds_key_id;
use crate::fact::{Source, ssh::ConfigLikeFile};
use crate::system::{FileKind, Platform, System, text};

/// Files larger than this are no configuration that somebody wrote.
const SIZE_LIMIT: u64 = 1024 * 1024;
/// Most files that are looked into.
const COUNT_LIMIT: usize = 500;

/// The directories to look into, each with the file that ssh reads or would read there.
pub(super) fn find(
    system: &dyn System,
    directories: &[(PathBuf, PathBuf)],
    included: &HashSet<PathBuf>,
) -> Vec<ConfigLikeFile> {
    let mut found = Vec::new();
    for (directory, wanted) in directories {
        let wanted_exists = system.metadata(wanted).is_ok();
        for entry in system.read_dir(directory).unwrap_or_default().into_iter().take(COUNT_LIMIT) {
            let name = entry.name.to_string_lossy().into_owned();
            let path = directory.join(&entry.name);
            if entry.kind == FileKind::Directory || path == *wanted || !may_be_config(system, &name, wanted) {
                continue;
            }
            if let Some(mut file) = look(system, &path, &name, included.contains(&path)) {
                file.wanted_path = place::shown(wanted).into();
                file.wanted_exists = wanted_exists;
                found.push(file);
            }
        }
    }
    found
}

/// Leaves out what has a purpose of its own in `.ssh`.
fn may_be_config(system: &dyn System, name: &str, wanted: &Path) -> bool {
    const OTHERS: [&str; 4] = ["known_hosts", "authorized_keys", "environment", "rc"];
    let lower = name.to_ascii_lowercase();
    // Where case makes no difference, `Config` is the file that ssh reads.
    let folds_case = matches!(system.platform(), Platform::Windows | Platform::MacOs);
    let same = wanted.file_name().is_some_and(|own| own.to_string_lossy().eq_ignore_ascii_case(name));
    let is_other = OTHERS.iter().any(|other| match *other {
        "environment" | "rc" => lower == *other,
        prefix => lower.starts_with(prefix),
    });
    !(is_other || lower.ends_with(".pub") || lower.ends_with(".ppk") || (folds_case && same))
}

fn look(system: &dyn System, path: &Path, name: &str, included: bool) -> Option<ConfigLikeFile> {
    let bytes = system.read(path, SIZE_LIMIT).ok()?;
    let text = text::decode(&bytes);
    if text.contains("PRIVATE KEY-----") || text.starts_with("PuTTY-User-Key-File") {
        return None;
    }
    let lines = config::parse(&text);
    let content = looks_like_config(&lines);
    let readable_text = !text.contains('\0');
    if !(content || named_like_config(name) && readable_text) {
        return None;
    }
    Some(ConfigLikeFile {
        path: place::shown(path).into(),
        name: place::excerpt(name).into(),
        names_codecommit: lines.iter().any(names_codecommit_host),
        has_key_id: lines.iter().any(|line| holds_key_id(&line.rest)),
        included,
        looks_like_backup: is_backup(name),
        source: source(path, &lines),
        ..ConfigLikeFile::default()
    })
}

/// At least one `Host` line and one of the settings that such a block is for.
fn looks_like_config(lines: &[Line]) -> bool {
    let has = |keywords: &[&str]| lines.iter().take(2_000).any(|line| keywords.contains(&line.keyword.as_str()));
    has(&["host", "match"]) && has(&["hostname", "user", "identityfile", "proxycommand", "proxyjump", "port"])
}

/// `config.txt`, `config.TXT`, `Config`, `.config`, `config `, `ssh_config`, `my-config.txt`, `config~`, …
fn named_like_config(name: &str) -> bool {
    let lower = name.trim().trim_start_matches('.').to_ascii_lowercase();
    let stem = lower.split('.').next().unwrap_or("").trim_end_matches(['~', ' ', '_', '-']);
    stem == "config"
        || stem == "ssh_config"
        || stem == "ssh-config"
        || stem == "sshconfig"
        || lower.starts_with("config.")
        || lower.starts_with("config (")
        || (lower.contains("config") && lower.ends_with(".txt"))
}

fn is_backup(name: &str) -> bool {
    let lower = name.trim().to_ascii_lowercase();
    const MARKS: [&str; 9] =
        [".bak", ".backup", ".old", ".orig", ".save", ".swp", ".dpkg-old", ".rpmsave", ".disabled"];
    lower.ends_with('~')
        || lower.starts_with('#')
        || MARKS.iter().any(|mark| lower.contains(mark))
        || lower.contains("backup")
        || lower.contains("copy")
        || lower
            .rsplit(['.', '-', '_'])
            .next()
            .is_some_and(|end| end.len() >= 6 && end.bytes().all(|b| b.is_ascii_digit()))
}

fn names_codecommit_host(line: &Line) -> bool {
    line.keyword == "host" && line.values().any(blocks::names_codecommit)
}

/// The first line that names CodeCommit, else the first line.
fn source(path: &Path, lines: &[Line]) -> Source {
    lines
        .iter()
        .find(|line| blocks::names_codecommit(&line.rest))
        .or_else(|| lines.first())
        .map_or_else(|| Source::file(place::shown(path)), |line| place::of_line(path, line, &line.args_span()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fake::FakeSystem;

    const BLOCK: &str = "Host git-codecommit.*.amazonaws.com\n  User APKAEIBAERJR2EXAMPLE\n";

    fn names(system: &FakeSystem) -> Vec<String> {
        let directory = PathBuf::from("/home/dev/.ssh");
        let wanted = directory.join("config");
        find(system, &[(directory, wanted)], &HashSet::new()).into_iter().map(|file| file.name.0).collect()
    }

    #[test]
    fn names_and_contents_give_a_config_away() {
        let system =
            ["config.TXT", "config.txt.txt", "Config", ".config", "config ", "ssh_config", "aws", "config.bak"]
                .iter()
                .fold(FakeSystem::new(Platform::Linux), |system, name| {
                    system.file(&format!("/home/dev/.ssh/{name}"), BLOCK)
                });
        let mut wanted =
            ["config.TXT", "config.txt.txt", "Config", ".config", "config ", "ssh_config", "aws", "config.bak"];
        wanted.sort_unstable();
        let mut found = names(&system);
        found.sort_unstable();
        // A blank at the end of a name is cut for display.
        assert_eq!(found.iter().map(|n| n.trim()).collect::<Vec<_>>(), wanted.map(str::trim));
    }

    #[test]
    fn other_files_of_the_directory_are_left_alone() {
        let system = FakeSystem::new(Platform::Linux)
            .file("/home/dev/.ssh/config", BLOCK)
            .file("/home/dev/.ssh/known_hosts.old", "git-codecommit.x ssh-rsa AAAA\n")
            .file("/home/dev/.ssh/id_rsa.pub", "ssh-rsa AAAA host user\n")
            .file("/home/dev/.ssh/key", "-----BEGIN RSA PRIVATE KEY-----\nHost x\nUser y\n")
            .file("/home/dev/.ssh/notes.txt", "remember the host and the user\n")
            .dir("/home/dev/.ssh/config.d")
            .fifo("/home/dev/.ssh/config.sock");
        assert_eq!(names(&system), Vec::<String>::new());
    }

    #[test]
    fn a_misnamed_file_is_described_in_any_encoding() {
        let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(BLOCK.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let system = FakeSystem::new(Platform::Linux).file("/home/dev/.ssh/config.txt", wide);
        let directory = PathBuf::from("/home/dev/.ssh");
        let found = find(&system, &[(directory.clone(), directory.join("config"))], &HashSet::new());
        let file = &found[0];
        assert!(file.names_codecommit && file.has_key_id && !file.looks_like_backup && !file.wanted_exists);
        assert_eq!((&*file.wanted_path, file.source.line), ("/home/dev/.ssh/config", Some(1)));
    }

    #[test]
    fn windows_folds_case() {
        let system = FakeSystem::new(Platform::Windows).file("/home/dev/.ssh/Config", BLOCK);
        assert_eq!(names(&system), Vec::<String>::new());
    }
}

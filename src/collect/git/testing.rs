//! What the unit tests of the git and HTTPS collectors share.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests write what the real git reads")]

use super::config::{Config, FileText, Scope};
use super::{config_file, reading, real_git};

/// The configuration of one global file, `/home/dev/.gitconfig`.
pub(crate) fn config(text: &str) -> Config {
    let parsed = config_file::parse(text.as_bytes());
    assert_eq!(parsed.error_line, None, "{text}");
    let entries = reading::entries_of(0, &parsed, Scope::Global).collect();
    Config::new(entries, vec![FileText::new("/home/dev/.gitconfig".into(), text.as_bytes())])
}

/// The first line that the real git prints in an empty repository with these lines in its configuration.
pub(crate) fn git_says(lines: &str, args: &[&str]) -> Option<String> {
    let git = real_git::gits().into_iter().next()?;
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("work");
    std::fs::create_dir(&work).unwrap();
    assert!(real_git::run(&git, home.path(), &work, &[], &["init", "-q"], "").ok);
    let file = work.join(".git/config");
    let before = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{before}{lines}")).unwrap();
    let said = real_git::run(&git, home.path(), &work, &[], args, "");
    let stdout = String::from_utf8_lossy(&said.stdout).into_owned();
    Some(stdout.lines().next().unwrap_or(&said.stderr).to_owned())
}

//! Runs the real git in scratch directories, to compare our reading with its behavior.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests ask the real git")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Every git on this machine that tests compare with; none: such tests say so and pass.
pub(crate) fn gits() -> Vec<PathBuf> {
    let found: Vec<_> = ["/usr/local/bin/git", "/usr/bin/git", "/opt/homebrew/bin/git"]
        .iter()
        .map(PathBuf::from)
        .filter(|path| path.exists())
        .collect();
    if found.is_empty() {
        crate::not_run::not_run("what needs git");
    }
    found
}

/// What a git run said.
pub(crate) struct Said {
    pub(crate) ok: bool,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// Runs `git args…` in `directory` with a HOME of its own, without system configuration and prompts.
pub(crate) fn run(git: &Path, home: &Path, directory: &Path, env: &[(&str, &str)], args: &[&str], input: &str) -> Said {
    let mut command = Command::new(git);
    command
        .args(args)
        .current_dir(directory)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("git starts");
    let sent = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    assert!(sent.is_some());
    let output = child.wait_with_output().expect("git ends");
    Said {
        ok: output.status.success(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

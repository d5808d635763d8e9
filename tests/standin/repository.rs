//! Bare repositories with one commit.

use std::path::Path;
use std::process::{Command, Stdio};

/// A git that reads no configuration of this machine.
pub(crate) fn git() -> Command {
    let mut git = Command::new("git");
    git.env_clear();
    git.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", "/nonexistent").env("LC_ALL", "C");
    git
}

/// Makes a bare repository with a branch `main` that holds one commit.
pub(crate) fn make(path: &Path) {
    let run = |words: &[&str]| {
        let output = git().arg("-C").arg(path).args(words).stdin(Stdio::null()).output().expect("git runs");
        assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    std::fs::create_dir_all(path).expect("a directory");
    run(&["init", "-q", "--bare", "."]);
    run(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    run(&["config", "http.receivepack", "true"]);
    let tree = run(&["hash-object", "-w", "-t", "tree", "/dev/null"]);
    let who = ["-c", "user.name=Stand-in", "-c", "user.email=stand-in@example.com"];
    let commit = run(&[&who[..], &["commit-tree", "-m", "first", &tree]].concat());
    run(&["update-ref", "refs/heads/main", &commit]);
}

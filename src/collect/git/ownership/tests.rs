#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests write what the real git reads")]

use std::os::unix::fs::chown;

use super::*;
use crate::collect::git::real_git;
use crate::system::fake::FakeSystem;
use crate::system::{Account, Platform};

fn machine() -> FakeSystem {
    FakeSystem::new(Platform::Linux).file("/home/dev/work/.git/HEAD", "ref: refs/heads/main\n")
}

fn observed(system: &FakeSystem) -> (bool, String) {
    let found = system.discover_repository(Path::new("/home/dev/work")).unwrap();
    let seen = observe(system, None, &found);
    (*seen.dubious.known().unwrap(), seen.owner.known().unwrap().0.clone())
}

#[test]
fn a_foreign_part_makes_it_dubious() {
    assert_eq!(observed(&machine()), (false, "dev".into()));
    assert_eq!(observed(&machine().owner("/home/dev/work", 0)), (true, "root".into()));
    assert_eq!(observed(&machine().owner("/home/dev/work/.git", 7)), (true, "uid 7".into()));
    assert_eq!(observed(&machine().owner("/home/dev/work/.git/config", 7)), (false, "dev".into()));
}

#[test]
fn root_trusts_whoever_called_sudo() {
    let root = Account { uid: Some(0), name: Some("root".into()), home: Some("/root".into()) };
    let system = machine().with_account(root);
    assert!(observed(&system).0);
    assert!(!observed(&system.env_var("SUDO_UID", "1000")).0);
}

/// `safe.directory` values, `%` standing for the scratch directory, and whether each must be decided as git does.
const VALUES: &[&[&str]] = &[
    &[],
    &["*"],
    &["*", ""],
    &["", "*"],
    &["%/work"],
    &["%/work/"],
    &["%"],
    &["%/*"],
    &["%/wor"],
    &["%/work/.git"],
    &["~/work"],
    &["%/link"],
    &["."],
    &["work"],
    &["%/work", ""],
];

#[test]
fn safe_directory_is_read_as_git_reads_it() {
    let Some(git) = real_git::gits().into_iter().next() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let top = scratch.path().canonicalize().unwrap();
    let work = top.join("work");
    std::fs::create_dir(&work).unwrap();
    std::os::unix::fs::symlink(&work, top.join("link")).unwrap();
    assert!(real_git::run(&git, &top, &work, &[], &["init", "-q"], "").ok);
    if chown(&work, Some(4242), None).is_err() {
        crate::not_run::not_run("what only root can do: to give a directory away");
        return;
    }
    let home = top.to_str().unwrap();
    for values in VALUES {
        let lines: String = values.iter().map(|v| format!("\tdirectory = \"{}\"\n", v.replace('%', home))).collect();
        let gitconfig = format!("[safe]\n{lines}");
        std::fs::write(top.join(".gitconfig"), &gitconfig).unwrap();
        let said = real_git::run(&git, &top, &work, &[], &["rev-parse", "--git-dir"], "");
        let dubious = said.stderr.contains("dubious ownership");
        let root = Account { uid: Some(0), name: None, home: None };
        let system = FakeSystem::new(Platform::Linux)
            .with_account(root)
            .env_var("HOME", home)
            .in_directory(work.to_str().unwrap())
            .file(&format!("{home}/.gitconfig"), &gitconfig)
            .file(&format!("{home}/work/.git/HEAD"), "ref: refs/heads/main\n")
            .link(&format!("{home}/link"), &format!("{home}/work"))
            .owner(&format!("{home}/work"), 4242);
        let found = system.discover_repository(&work).unwrap();
        assert_eq!(observe(&system, None, &found).dubious, Fact::Known(dubious), "{values:?}: {}", said.stderr);
    }
}

//! What is done, and what is taken back.

use std::time::Duration;

use super::*;
use crate::fix::change::{Action, ActionKind, Content};
use crate::fix::store::state_directory;
use crate::fix::undo::{End, list, undo};
use crate::system::System as _;

#[test]
fn every_kind_of_change_is_done_and_undone() {
    let fake = machine().at(2_000_000_000);
    let before = home(&fake);
    let id = apply(&fake, all_kinds()).unwrap().unwrap();
    assert_eq!(read(&fake, CONFIG).unwrap(), "Host a\nHost b\n");
    assert_eq!(fake.metadata(CONFIG.as_ref()).unwrap().mode, Some(0o640));
    assert_eq!(read(&fake, "/home/dev/.ssh/new").unwrap(), "Host new\n");
    assert_eq!(read(&fake, "/home/dev/.ssh/old.txt"), None);
    assert_eq!(read(&fake, "/home/dev/.aws/config").unwrap(), "[default]\n");
    assert_eq!(fake.metadata("/home/dev/.aws".as_ref()).unwrap().mode, Some(0o700));
    assert_eq!(read(&fake, "/home/dev/.gitconfig"), None);

    let undone = undo(&fake, None, false).unwrap();
    assert_eq!(undone.run.as_ref().unwrap().id, id);
    assert_eq!(undone.run.unwrap().left, []);
    assert_eq!(home(&fake), before);
}

#[test]
fn a_second_run_changes_nothing() {
    let fake = machine();
    apply(&fake, vec![Change::write(CONFIG, "Host a\n", "Host b\n")]).unwrap();
    let (before, state) = (home(&fake), fake.snapshot(&format!("{STATE}/runs")));
    assert_eq!(apply(&fake, vec![Change::write(CONFIG, "Host b\n", "Host b\n")]).unwrap(), None);
    assert_eq!(home(&fake), before);
    assert_eq!(fake.snapshot(&format!("{STATE}/runs")), state);
}

#[test]
fn runs_are_listed_and_undone_newest_first() {
    let fake = machine();
    let first = apply(&fake, vec![Change::write(CONFIG, "Host a\n", "Host b\n")]).unwrap().unwrap();
    let second = apply(&fake, vec![Change::write(CONFIG, "Host b\n", "Host c\n")]).unwrap().unwrap();
    let runs = list(&fake).unwrap();
    assert_eq!(runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), [&second, &first]);
    assert_eq!(runs[0].repairs, [("ssh-config-misnamed#1".to_owned(), "Rename it".to_owned())]);
    assert_eq!((runs[0].ended, runs[0].at), (Some(End::Applied), 1_800_000_000));

    // The first one cannot be taken back under the second.
    let error = undo(&fake, Some(&first), false).unwrap_err().to_string();
    assert_eq!(error, format!("{CONFIG}: has been changed by somebody else since it was read"));
    undo(&fake, None, false).unwrap();
    assert_eq!(read(&fake, CONFIG).unwrap(), "Host b\n");
    assert_eq!(undo(&fake, Some(&second), false), Err(Failure::UndoneBefore(second)));
    undo(&fake, None, false).unwrap();
    assert_eq!(read(&fake, CONFIG).unwrap(), "Host a\n");
    assert_eq!(undo(&fake, None, false), Err(Failure::NothingToUndo));
    assert_eq!(undo(&fake, Some("../x"), false), Err(Failure::NoSuchRun("../x".into())));
}

#[test]
fn nothing_to_undo_writes_nothing() {
    let fake = machine();
    let before = fake.snapshot("/");
    assert_eq!(undo(&fake, None, false), Err(Failure::NothingToUndo));
    assert_eq!(list(&fake), Ok(Vec::new()));
    assert_eq!(fake.snapshot("/"), before);
}

#[test]
fn undo_shows_what_changed_since_and_can_be_forced() {
    let fake = machine();
    let before = home(&fake);
    let id = apply(&fake, all_kinds()).unwrap().unwrap();
    fake.overwrite(CONFIG, "Host a\nHost mine\n");
    let changed = home(&fake);
    let Err(Failure::ChangedSince(refused)) = undo(&fake, None, false) else { panic!("not refused") };
    let Reason::Changed { diff } = &refused[0].reason else { panic!("{refused:?}") };
    assert!(diff.ends_with("-Host b\n+Host mine\n"), "{diff}");
    assert_eq!(home(&fake), changed, "nothing is taken back");

    undo(&fake, None, true).unwrap();
    assert_eq!(home(&fake), before);
    let kept = fake.snapshot(&format!("{STATE}/runs/{id}"));
    let kept = kept.iter().find(|shot| shot.path.to_string_lossy().contains("replaced-")).unwrap();
    assert_eq!(kept.content.as_deref(), Some(b"Host a\nHost mine\n".as_slice()), "a copy is kept");
}

#[test]
fn a_repair_that_did_not_help_is_rolled_back_alone() {
    let fake = machine();
    let (mut run, _) = Run::begin(&fake, bounds(&fake)).unwrap();
    run.apply(&repair(vec![Change::write(CONFIG, "Host a\n", "Host b\n")])).unwrap();
    let useless = run.apply(&repair(vec![Change::write("/home/dev/notes", "mine", "yours")])).unwrap();
    assert!(useless.changed());
    run.roll_back(&useless).unwrap();
    let id = run.finish().unwrap().unwrap();
    assert_eq!(read(&fake, "/home/dev/notes").unwrap(), "mine");
    assert_eq!(read(&fake, CONFIG).unwrap(), "Host b\n");
    undo(&fake, Some(&id), false).unwrap();
    assert_eq!(read(&fake, CONFIG).unwrap(), "Host a\n");
}

#[test]
fn a_run_of_which_nothing_stands_is_forgotten() {
    let fake = machine();
    let before = home(&fake);
    let (mut run, _) = Run::begin(&fake, bounds(&fake)).unwrap();
    let applied = run.apply(&repair(all_kinds())).unwrap();
    run.roll_back(&applied).unwrap();
    assert_eq!(run.finish(), Ok(None));
    assert_eq!(home(&fake), before);
    assert_eq!(list(&fake), Ok(Vec::new()));
}

#[test]
fn twenty_runs_are_kept() {
    let fake = machine();
    for number in 0..25 {
        apply(&fake, vec![Change::create(format!("/home/dev/{number}"), "x", 0o600)]).unwrap();
    }
    assert_eq!(list(&fake).unwrap().len(), 20);
    for _ in 0..20 {
        undo(&fake, None, false).unwrap();
    }
    assert_eq!(undo(&fake, None, false), Err(Failure::NothingToUndo));
    assert!(read(&fake, "/home/dev/4").is_some() && read(&fake, "/home/dev/5").is_none());
}

fn key(creates: &[&str]) -> Action {
    Action {
        kind: ActionKind::GenerateKey,
        program: "/usr/bin/ssh-keygen".into(),
        args: vec!["-t".into(), "rsa".into()],
        stdin: Content::default(),
        creates: creates.iter().map(Into::into).collect(),
        deadline: Duration::from_secs(10),
    }
}

#[test]
fn a_program_that_fails_takes_its_repair_with_it() {
    let fake =
        machine().answers("/usr/bin/ssh-keygen", &["-t", "rsa"], 1, "", "Too many\nopen --token hunter2 files\n");
    let before = home(&fake);
    let changes = vec![Change::create("/home/dev/.aws/config", "x", 0o600), Change::Act(key(&[]))];
    let failed = apply(&fake, changes).unwrap_err();
    assert_eq!(failed.to_string(), "/usr/bin/ssh-keygen: exit code 1: open --token •••• files");
    assert_eq!(home(&fake), before);
}

#[test]
fn a_program_that_creates_nothing_has_failed() {
    let fake = machine().answers("/usr/bin/ssh-keygen", &[], 0, "", "");
    assert_eq!(reason(&fake, vec![Change::Act(key(&["/home/dev/.ssh/id"]))]), Reason::Gone);
    assert_eq!(reason(&fake, vec![Change::Act(key(&[CONFIG]))]), Reason::Exists);
    let shell = Action { program: "/bin/sh".into(), ..key(&[]) };
    assert_eq!(reason(&fake, vec![Change::Act(shell)]), Reason::Program);
}

#[test]
fn what_stays_behind_is_named_by_undo() {
    let fake = machine().answers("/usr/bin/pipx", &[], 0, "installed", "");
    let (program, args) = ("/usr/bin/pipx".into(), vec!["install".into(), "git-remote-codecommit".into()]);
    let install = Action { kind: ActionKind::Install, program, args, ..key(&[]) };
    apply(&fake, vec![Change::Act(install)]).unwrap().unwrap();
    let taken = undo(&fake, None, false).unwrap().run.unwrap();
    assert_eq!(taken.irreversible, [["/usr/bin/pipx", "install", "git-remote-codecommit"].map(ToOwned::to_owned)]);
}

#[test]
fn the_journal_is_where_the_platform_keeps_such_things() {
    let at = |fake: FakeSystem| state_directory(&fake).map(|path| path.to_string_lossy().into_owned());
    let linux = || FakeSystem::new(Platform::Linux);
    assert_eq!(at(linux()).as_deref(), Some(STATE));
    assert_eq!(at(linux().env_var("XDG_STATE_HOME", "/var/x")).as_deref(), Some("/var/x/cc-doctor"));
    assert_eq!(at(linux().env_var("XDG_STATE_HOME", "relative")).as_deref(), Some(STATE));
    assert_eq!(at(linux().without_env("HOME")), None);
    let mac = at(FakeSystem::new(Platform::MacOs));
    assert_eq!(mac.as_deref(), Some("/home/dev/Library/Application Support/cc-doctor"));
    let windows = at(FakeSystem::new(Platform::Windows).env_var("LOCALAPPDATA", "/c/Local"));
    assert_eq!(windows.as_deref(), Some("/c/Local/cc-doctor"));
    let homeless = linux().without_env("HOME");
    assert_eq!(apply(&homeless, Vec::new()).unwrap_err().cause, Failure::NoStateDirectory);
}

#[test]
fn the_journal_is_private() {
    let fake = machine();
    apply(&fake, all_kinds()).unwrap();
    for shot in fake.snapshot(STATE) {
        let wanted = if shot.content.is_some() { 0o600 } else { 0o700 };
        assert_eq!(shot.mode, wanted, "{}", shot.path.display());
    }
}

//! Nothing is lost, wherever it ends.

use super::*;
use crate::fix::undo::{list, undo};

/// A machine on which the process ends after that many writing operations: everything behind fails.
fn stopped_after(operations: u64, work: impl Fn(&FakeSystem)) -> (FakeSystem, Vec<Shot>) {
    let fake = machine().at(2_000_000_000);
    let before = home(&fake);
    fake.leave_room_for(operations);
    work(&fake);
    // A clone is a new process on the same disk: nobody holds the lock.
    let next = fake.clone();
    next.leave_room_for(u64::MAX);
    (next, before)
}

/// Every file is as before or as it should become, after any number of operations.
#[test]
fn a_run_that_stops_anywhere_is_taken_back_by_the_next() {
    let done = machine().at(2_000_000_000);
    apply(&done, all_kinds()).unwrap();
    let mut wholly = 0;
    for operations in 0..200 {
        let (next, before) = stopped_after(operations, |fake| drop(apply(fake, all_kinds())));
        if home(&next) == home(&done) && list(&next).is_ok_and(|runs| runs.iter().any(|run| run.ended.is_some())) {
            wholly += 1;
            continue;
        }
        let (run, _) = Run::begin(&next, bounds(&next)).unwrap_or_else(|error| panic!("{operations}: {error}"));
        drop(run);
        assert_eq!(home(&next), before, "after {operations} operations");
    }
    assert!(wholly > 100 && wholly < 180, "{wholly}");
}

#[test]
fn undo_of_a_run_that_stopped_is_the_same() {
    for operations in 0..60 {
        let (next, before) = stopped_after(operations, |fake| drop(apply(fake, all_kinds())));
        let undone = undo(&next, None, false);
        assert!(matches!(undone, Ok(_) | Err(Failure::NothingToUndo)), "{operations}: {undone:?}");
        assert_eq!(home(&next), before, "after {operations} operations");
    }
}

#[test]
fn an_undo_that_stops_anywhere_is_completed_by_the_next_run() {
    for operations in 0..60 {
        let fake = machine().at(2_000_000_000);
        let before = home(&fake);
        apply(&fake, all_kinds()).unwrap();
        fake.leave_room_for(operations);
        let stopped = undo(&fake, None, false);
        let next = fake.clone();
        next.leave_room_for(u64::MAX);
        if stopped.is_err() {
            undo(&next, None, false).unwrap();
        }
        assert_eq!(home(&next), before, "after {operations} operations");
    }
}

/// A full disk is an error of that run, which takes back what it can at once.
#[test]
fn a_full_disk_is_a_clear_error() {
    let fake = machine();
    fake.leave_room_for(9);
    let failed = apply(&fake, all_kinds()).unwrap_err().to_string();
    assert!(failed.contains("no storage space"), "{failed}");
}

#[test]
fn what_changed_after_an_interrupted_run_is_left_alone() {
    let fake = machine();
    let (mut run, _) = Run::begin(&fake, bounds(&fake)).unwrap();
    run.apply(&repair(all_kinds())).unwrap();
    drop(run);
    fake.overwrite("/home/dev/.aws/config", "[default]\nregion = mine\n");
    let (run, recovered) = Run::begin(&fake, bounds(&fake)).unwrap();
    drop(run);
    assert_eq!(recovered[0].left.len(), 1);
    assert!(recovered[0].left[0].to_string().starts_with("/home/dev/.aws/config: has been changed"));
    assert_eq!(read(&fake, "/home/dev/.aws/config").unwrap(), "[default]\nregion = mine\n");
    assert_eq!(read(&fake, CONFIG).unwrap(), "Host a\n");
    assert_eq!(read(&fake, "/home/dev/.ssh/old.txt").unwrap(), "Host old\n");
    let (_run, recovered) = Run::begin(&fake, bounds(&fake)).unwrap();
    assert_eq!(recovered, [], "it is told once");
}

#[test]
fn a_torn_line_of_the_journal_does_not_matter() {
    let fake = machine();
    let before = home(&fake);
    let id = apply(&fake, all_kinds()).unwrap().unwrap();
    let path = format!("{STATE}/runs/{id}/journal.jsonl");
    fake.append(path.as_ref(), b"{\"beg").unwrap();
    undo(&fake, None, false).unwrap();
    assert_eq!(home(&fake), before);
}

#[test]
fn no_secret_is_in_the_lines_of_the_journal() {
    let fake = machine().file("/home/dev/.aws/config", "aws_secret_access_key = hunter2\n");
    let change = Change::write("/home/dev/.aws/config", "aws_secret_access_key = hunter2\n", "region = x\n");
    let id = apply(&fake, vec![change]).unwrap().unwrap();
    let lines = read(&fake, &format!("{STATE}/runs/{id}/journal.jsonl")).unwrap();
    assert!(lines.contains("/home/dev/.aws/config") && !lines.contains("hunter2"), "{lines}");
}

//! Repairs while somebody else writes the same files: another run, git, an editor. Nothing that they write is lost.

use std::fs;
use std::time::Duration;

use crate::consent::{ANSWER, Step, dialogue};
use crate::machine::{BLOCK, Machine, has_tools, python, which};
use crate::not_run::not_run;
use crate::output::{text, wait};
use crate::repair::{contents, of_check, statuses, without_path};
use crate::sturdy::{assert_whole, four_faults, tree};

#[test]
fn two_at_the_same_time_do_not_disturb_each_other() {
    let Some(machine) = four_faults() else { return };
    let (before, old) = (contents(&machine), tree(&machine.home("")));
    assert_eq!(machine.run(&["--fix", "--yes"]).code, Some(0));
    let new = tree(&machine.home(""));
    assert_eq!(machine.run(&["undo"]).code, Some(0));
    for round in 0..6 {
        let first = machine.begin(&["--fix", "--yes"]);
        std::thread::sleep(Duration::from_millis(40 * round));
        let second = machine.begin(&["--fix", "--yes"]);
        let said = [first, second].map(|child| wait(child, Duration::from_secs(60)));
        for one in &said {
            let refused = one.code == Some(2) && one.stderr().contains("another repair is under way");
            let late = one.both().contains("has been changed by somebody else");
            assert!(one.code == Some(0) || refused || late, "round {round}: {:?} {}", one.code, one.both());
        }
        assert!(said.iter().any(|one| one.code == Some(0)), "{}{}", said[0].both(), said[1].both());
        let now = tree(&machine.home(""));
        assert_whole(&now, &old, &new);
        // What one of them had to leave alone is there for the next one.
        assert_eq!(machine.run(&["--fix", "--yes"]).code, Some(0));
        assert_eq!(tree(&machine.home("")), new, "round {round}");
        while machine.run(&["undo"]).code == Some(0) {}
        assert_eq!(contents(&machine), before, "round {round}");
    }
}

#[test]
fn a_file_that_git_is_writing_is_left_to_git() {
    let Some(machine) = without_path() else { return };
    let lock = machine.write(".gitconfig.lock", "[alias]\n\tst = status\n");
    let before = contents(&machine);
    let refused = machine.json(&["--fix", "--only", "credential-use-http-path-missing"]);
    assert_eq!(of_check(&statuses(&refused), "credential-use-http-path-missing"), Some(("declined".into(), false)));
    let reason = text(&refused.document()["fixes"][0]["reason"]);
    assert!(reason.contains("is being written by git: ~/.gitconfig.lock exists"), "{reason}");
    assert_eq!((contents(&machine), refused.code), (before, Some(1)));
    fs::remove_file(&lock).expect("a file");
    assert_eq!(machine.json(&["--fix"]).code, Some(0));
    let mended = contents(&machine);
    machine.write(".gitconfig.lock", "");
    let refused = machine.run(&["undo"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr().contains("is being written by git") && !refused.stderr().contains("--force"));
    fs::remove_file(&lock).expect("a file");
    assert_eq!(contents(&machine), mended);
    assert_eq!(machine.run(&["undo"]).code, Some(0));
}

#[test]
fn a_file_that_others_include_is_left_to_git_whatever_its_name() {
    let Some(machine) = without_path() else { return };
    let helper = "[credential \"https://git-codecommit.us-east-1.amazonaws.com\"]\n\tUseHttpPath = false\n";
    machine.write("work/aws.inc", helper);
    let config = fs::read_to_string(machine.home(".gitconfig")).expect("a file");
    machine.write(".gitconfig", format!("{config}[include]\n\tpath = work/aws.inc\n"));
    let lock = machine.write("work/aws.inc.lock", "");
    let before = contents(&machine);
    let refused = machine.json(&["--fix"]);
    assert!(refused.stdout().contains("aws.inc.lock exists"), "{}", refused.stdout());
    assert_eq!(contents(&machine), before);
    fs::remove_file(&lock).expect("a file");
    assert_eq!(machine.json(&["--fix"]).code, Some(0));
    assert_ne!(fs::read_to_string(machine.home("work/aws.inc")).expect("a file"), helper);
    machine.write("work/aws.inc.lock", "");
    let refused = machine.run(&["undo"]);
    assert!(refused.stderr().contains("is being written by git"), "{}", refused.both());
}

#[test]
fn what_git_writes_meanwhile_is_kept() {
    let Some(machine) = without_path() else { return };
    let script = "i=0; while [ $i -lt 60 ]; do i=$((i+1)); \
        git config --global alias.a$i x 2>/dev/null && echo a$i; done";
    let wrote = std::thread::scope(|scope| {
        let writer = scope.spawn(|| machine.shell(script, &[]).stdout());
        for _ in 0..3 {
            let fixed = machine.run(&["--fix"]);
            assert!(matches!(fixed.code, Some(0 | 1)), "{}", fixed.both());
        }
        writer.join().expect("a writer")
    });
    assert!(wrote.lines().count() > 10, "{wrote}");
    let config = fs::read_to_string(machine.home(".gitconfig")).expect("a file");
    wrote.lines().for_each(|name| assert!(config.contains(&format!("\t{name} = x\n")), "{name} is lost: {config}"));
    assert_eq!(machine.run(&["--fix"]).code, Some(0));
}

/// The machine of ssh with a wrong port.
fn wrong_port() -> Option<Machine> {
    let machine = (has_tools() && crate::machine::has_account()).then(Machine::ssh)?;
    machine.write_mode(".ssh/config", format!("{BLOCK}  Port 2222\n"), 0o600);
    Some(machine)
}

#[test]
fn what_an_editor_saves_at_the_question_is_kept() {
    let Some(mut machine) = wrong_port() else { return };
    let fix = ["--color", "never", "--fix"];
    // Lines move, and the repair is still the one that was agreed to.
    let saved = format!("Host other\n  Port 2022\n\n{BLOCK}  Port 2222\n");
    let steps = [Step { expect: ANSWER, write: Some((".ssh/config", &saved)), keys: "y\n" }];
    let Some(said) = dialogue(&mut machine, &fix, &steps) else { return };
    assert_eq!(said.code, Some(0), "{}", said.stdout());
    let config = || fs::read_to_string(machine.home(".ssh/config")).expect("a file");
    assert_eq!(config(), saved.replace("2222", "22"));
    assert_eq!(machine.run(&["undo"]).code, Some(0));
    assert_eq!(config(), saved, "what undo brings back is what was replaced");
}

#[test]
fn another_repair_than_the_one_shown_is_asked_for_again() {
    let Some(mut machine) = wrong_port() else { return };
    let saved = format!("{BLOCK}  Port 2223\n");
    let steps = [
        Step { expect: ANSWER, write: Some((".ssh/config", &saved)), keys: "y\n" },
        Step { expect: "-  Port 2223", write: None, keys: "" },
        Step { expect: ANSWER, write: None, keys: "n\n" },
    ];
    let Some(said) = dialogue(&mut machine, &["--color", "never", "--fix"], &steps) else { return };
    assert_eq!(said.code, Some(1), "{}", said.stdout());
    assert!(said.stdout().contains("left alone"), "{}", said.stdout());
    assert_eq!(fs::read_to_string(machine.home(".ssh/config")).expect("a file"), saved);
}

#[test]
fn a_file_that_never_rests_is_left_alone() {
    let Some(machine) = without_path() else { return };
    let (Some(git), Some(_)) = (which("git"), python()) else {
        return not_run("a file that somebody saves all the time (git, python3)");
    };
    // Behind each run of git somebody saves the file again.
    let script =
        format!("#!/bin/sh\n{} \"$@\"; code=$?; echo '# again' >>\"$HOME/.gitconfig\"; exit $code\n", git.display());
    machine.program("git", &script);
    let said = machine.json(&["--fix"]);
    let config = fs::read_to_string(machine.home(".gitconfig")).expect("a file");
    assert!(config.matches("# again").count() > 3, "{config}");
    let status = of_check(&statuses(&said), "credential-use-http-path-missing");
    assert_eq!(status, Some(("declined".into(), false)), "{}", said.stdout());
    let reason = text(&said.document()["fixes"][0]["reason"]);
    assert!(reason.contains("has been changed by somebody else since it was read"), "{reason}");
    assert!(!config.contains("UseHttpPath"), "{config}");
}

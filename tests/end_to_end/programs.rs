//! Programs that hang, flood, or leave children behind.

use std::time::Duration;

use crate::machine::{AWS_CLI, HTTPS_URL, Machine, SSH_URL, has_tools};
use crate::output::{Output, text};

/// The 20 seconds of a run, and one in which its programs may end.
const LIMIT: Duration = Duration::from_secs(21);

/// A report within bounded time, with nothing left behind.
fn assert_ends(machine: &Machine, args: &[&str], what: &str) -> Output {
    let output = machine.json(args);
    assert!(output.elapsed < LIMIT, "{what}: {:?}", output.elapsed);
    assert!(output.memory.is_none_or(|kib| kib < 100 * 1024), "{what}: {:?} KiB", output.memory);
    let left = machine.left_behind();
    assert!(left.is_empty(), "{what}: {left:?}");
    output
}

/// A machine on which this program does this, with `sleep` and its like, which are not on the machine's own `PATH`.
fn with(name: &str, script: &str) -> Machine {
    let machine = Machine::new().measured();
    machine.program("aws", AWS_CLI);
    machine.aws_files();
    machine.program(name, &format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n"));
    machine
}

#[test]
fn a_program_that_hangs_is_unknown_with_its_reason() {
    for name in ["git", "ssh", "aws"] {
        let machine = with(name, "sleep 1000 & sleep 1000");
        let output = assert_ends(&machine, &["--timeout", "3", "--url", SSH_URL, "--url", HTTPS_URL], name);
        let unknown = output.of_outcome("unknown");
        // What ssh would answer we read ourselves.
        assert!(name == "ssh" || !unknown.is_empty(), "{name}");
        assert!(unknown.iter().all(|(_, reason)| !reason.is_empty()), "{unknown:?}");
        assert_not_called_broken(&output);
    }
}

/// Nothing is said of a program that was not heard.
#[track_caller]
fn assert_not_called_broken(output: &Output) {
    let failing = output.failing();
    let broken = failing.iter().find(|check| check.ends_with("does-not-start"));
    assert_eq!(broken.map(|check| text(&output.finding(check)["message"])), None);
}

#[test]
fn a_program_whose_answer_cannot_be_read_is_not_called_broken() {
    let machine = with("git", "sleep 1000 &\nexit 0");
    assert_not_called_broken(&assert_ends(&machine, &["--url", SSH_URL, "--url", HTTPS_URL], "git"));
}

#[test]
fn programs_that_flood_are_cut() {
    for name in ["git", "ssh", "aws"] {
        let machine = with(name, "head -c 50000000 /dev/zero; head -c 50000000 /dev/zero >&2; exec cat /dev/zero");
        drop(assert_ends(&machine, &["--timeout", "3", "--url", SSH_URL, "--url", HTTPS_URL], name));
    }
}

#[test]
fn a_child_that_keeps_the_pipe_is_not_waited_for() {
    for (name, line) in [("git", "git version 2.47.3"), ("ssh", "OpenSSH_9.2p1"), ("aws", "aws-cli/2.32.6")] {
        let machine = with(name, &format!("sleep 1000 &\necho {line}"));
        drop(assert_ends(&machine, &["--url", SSH_URL, "--url", HTTPS_URL], name));
    }
}

#[test]
fn all_programs_together_hang_no_longer_than_the_timeout() {
    let mut machine = with("git", "exec sleep 1000");
    for name in ["ssh", "aws", "python3", "git-remote-codecommit", "git-credential-manager"] {
        machine.program(name, "#!/bin/sh\nexec /bin/sleep 1000\n");
    }
    machine.enter("/");
    let output =
        assert_ends(&machine, &["--timeout", "2", "--url", SSH_URL, "--url", "codecommit::us-east-1://x"], "all");
    assert!(output.elapsed < Duration::from_secs(10), "{:?}", output.elapsed);
}

#[test]
fn the_default_deadlines_are_short_enough() {
    let machine = with("ssh", "exec sleep 1000");
    drop(assert_ends(&machine, &["--url", SSH_URL], "ssh"));
}

#[test]
fn programs_that_die_or_are_none() {
    if !has_tools() {
        return;
    }
    for (name, script) in [("git", "kill -SEGV $$"), ("ssh", "kill -KILL $$"), ("aws", "exit 255")] {
        let machine = with(name, script);
        drop(assert_ends(&machine, &["--url", SSH_URL, "--url", HTTPS_URL], name));
    }
    let machine = with("git", "");
    machine.program("git", "#!/nonexistent/interpreter\n");
    machine.program("ssh", "\u{0}\u{1}ELF");
    drop(assert_ends(&machine, &["--url", SSH_URL, "--url", HTTPS_URL], "not programs"));
}

//! `cc-doctor run`: the command is what it would be without us, and its failure is explained beside it.

use std::fs;
use std::path::PathBuf;

use crate::machine::{HTTPS_URL, Machine, SSH_URL, chmod, has_tools, python};
use crate::not_run::not_run;
use crate::output::{Output, check_schema};

/// The words before a command that is watched.
const RUN: &[&str] = &["run", "--"];

/// Where temporary files of the machine go.
fn temporary(machine: &mut Machine) -> PathBuf {
    let folder = machine.root().join("tmp");
    fs::create_dir(&folder).expect("a directory");
    machine.set("TMPDIR", &folder);
    folder
}

fn is_empty(folder: &PathBuf) -> bool {
    fs::read_dir(folder).expect("a directory").next().is_none()
}

fn watched(machine: &Machine, command: &[&str]) -> Output {
    machine.run(&[RUN, command].concat())
}

/// What is added to the standard error of the command.
pub(crate) fn added(plain: &Output, run: &Output) -> String {
    assert_eq!((run.code, run.stdout()), (plain.code, plain.stdout()), "{}", run.stderr());
    let (plain, run) = (plain.stderr(), run.stderr());
    run.strip_prefix(&plain).unwrap_or_else(|| panic!("{run:?} does not begin with {plain:?}")).to_owned()
}

/// The text on one line.
pub(crate) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_succeeds_is_as_without_us() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::ssh();
    let folder = temporary(&mut machine);
    let plain = machine.tool("git", &["config", "--list"]);
    assert_eq!(added(&plain, &watched(&machine, &["git", "config", "--list"])), "");
    assert_eq!(plain.code, Some(0));
    machine.set("PATH", format!("{}:/usr/bin:/bin", machine.root().join("bin").display()));
    let script = "echo out; echo err >&2; env";
    let output = watched(&machine, &["/bin/sh", "-c", script]);
    assert_eq!((output.code, output.stderr().as_str()), (Some(0), "err\n"));
    // Nothing but the traces is added, and nothing of ssh for another program than git.
    let names = output.stdout();
    let names: Vec<_> = names.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    let traces: Vec<_> = names.into_iter().filter(|name| name.starts_with("GIT_")).collect();
    assert!(traces.iter().all(|name| ["GIT_CONFIG_NOSYSTEM"].contains(name) || name.starts_with("GIT_TRACE")));
    assert!(is_empty(&folder) && machine.left_behind().is_empty());
}

#[test]
fn exit_codes_are_those_of_a_shell() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::ssh();
    let folder = temporary(&mut machine);
    machine.program("mine", "#!/bin/sh\nexit 7\n");
    machine.program("plain", "no program\n");
    chmod(&machine.root().join("bin/plain"), 0o644);
    for (command, code) in [
        (&["mine"][..], 7),
        (&["/bin/sh", "-c", "kill -TERM $$"], 143),
        (&["/bin/sh", "-c", "kill -KILL $$"], 137),
        (&["gti", "push"], 127),
        (&["./gone/x"], 127),
    ] {
        let output = watched(&machine, command);
        assert_eq!(output.code, Some(code), "{command:?}: {}", output.stderr());
        assert_eq!(output.stdout(), "");
        assert!(!output.stderr().is_empty(), "{command:?}");
    }
    assert!(watched(&machine, &["gti", "push"]).stderr().contains("cannot run `gti`"));
    let plain = machine.root().join("bin/plain").to_string_lossy().into_owned();
    assert_eq!(watched(&machine, &[&plain]).code, Some(126));
    assert!(is_empty(&folder));
}

#[test]
fn wrong_usage_runs_nothing() {
    let machine = Machine::new();
    let mark = machine.home("mark").to_string_lossy().into_owned();
    let command = ["--", "/bin/sh", "-c", &format!("echo > {mark}")];
    for (args, words) in [
        (&["run", "--json"][..], "standard output is that of the command"),
        (&["run", "--fix"], "mends nothing"),
        (&["run", "--check", "nonsense"], "no check or area"),
        (&["run", "--keep-trace", "/"], "keep-trace needs"),
    ] {
        let output = machine.run(&[args, &command].concat());
        assert_eq!(output.code, Some(2), "{args:?}");
        assert!(output.both().contains(words), "{}", output.both());
        assert!(!machine.home("mark").exists());
    }
    check_schema(&machine.run(&[&["run", "--json"], &command[..]].concat()).document());
    assert_eq!(machine.run(&["run"]).code, Some(2));
}

#[test]
fn a_failure_of_ones_own_is_one_line() {
    if !has_tools() {
        return;
    }
    let machine = Machine::ssh();
    let plain = machine.tool("git", &["checkout", "nowhere"]);
    let said = added(&plain, &watched(&machine, &["git", "checkout", "nowhere"]));
    assert!(said.starts_with("\ncc-doctor: `git checkout nowhere` failed (exit code 1): git said: pathspec"), "{said}");
    assert_eq!(said.lines().count(), 2);
    let said = watched(&machine, &["/bin/sh", "-c", "exit 3"]).stderr();
    assert!(said.contains("no git ran in it that can be watched"), "{said}");
}

#[test]
fn who_cannot_connect_learns_why() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::ssh();
    let folder = temporary(&mut machine);
    let config = "Host git-codecommit.*.amazonaws.com\n  HostName 127.0.0.1\n  Port 1\n  User dev\n";
    machine.write_mode(".ssh/config", config, 0o600);
    let plain = machine.tool("git", &["ls-remote", "origin"]);
    assert!(plain.stderr().contains("Connection refused"), "{}", plain.stderr());
    let said = added(&plain, &watched(&machine, &["git", "ls-remote", "origin"]));
    assert!(words(&said).contains("at connecting to the host: the connection is refused."), "{said}");
    assert!(said.contains("origin (SSH, us-east-1, demo): git cannot work with it"), "{said}");
    assert!(said.contains("[ssh-user-not-key-id]"), "{said}");
    assert!(is_empty(&folder));
}

#[test]
fn a_remote_helper_that_is_missing_is_told_in_any_language() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::new();
    machine.set("LANGUAGE", "de");
    let url = "codecommit::us-east-1://demo";
    let plain = machine.tool("git", &["clone", url, "x"]);
    let said = added(&plain, &watched(&machine, &["git", "clone", url, "x"]));
    assert!(said.contains("git finds no git-remote-codecommit"), "{said}");
    assert!(said.contains("the command (git-remote-codecommit, us-east-1, demo)"), "{said}");
}

#[test]
fn traces_and_ssh_of_the_user_are_left_alone() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::ssh();
    let own = machine.home("own");
    machine.set("GIT_TRACE2_EVENT", &own);
    machine.set("GIT_SSH_COMMAND", "echo mine >&2; false");
    let plain = machine.tool("git", &["ls-remote", "origin"]);
    fs::remove_file(&own).expect("the trace that the user wants");
    let said = added(&plain, &watched(&machine, &["git", "ls-remote", "origin"]));
    assert!(plain.stderr().starts_with("mine\n"));
    assert!(fs::read_to_string(&own).expect("a trace").contains("ls-remote"));
    assert!(said.contains("origin (SSH, us-east-1, demo)"), "{said}");
    machine.unset("GIT_TRACE2_EVENT");
    machine.unset("GIT_SSH_COMMAND");
    machine.git(&["config", "core.sshCommand", "echo configured >&2; false"]);
    let plain = machine.tool("git", &["fetch"]);
    assert!(plain.stderr().starts_with("configured\n"));
    assert!(!added(&plain, &watched(&machine, &["git", "fetch"])).is_empty());
    let typed = ["git", "-c", "core.sshCommand=echo typed >&2; false", "fetch"];
    let plain = machine.tool("git", &typed[1..]);
    assert!(plain.stderr().starts_with("typed\n"));
    assert!(!added(&plain, &watched(&machine, &typed)).is_empty());
}

/// The command says the word with which its ssh command is marked, and the same when it is watched.
fn keeps_ssh(machine: &Machine, word: &str, command: &[&str]) {
    let config = "Host git-codecommit.*.amazonaws.com\n  HostName 127.0.0.1\n  Port 1\n";
    machine.write_mode(".ssh/config", config, 0o600);
    let plain = machine.tool(command[0], &command[1..]);
    assert!(plain.stderr().contains(word), "{command:?}: {}", plain.stderr());
    added(&plain, &watched(machine, command));
}

#[test]
fn the_ssh_of_another_repository_is_left_alone() {
    if !has_tools() {
        return;
    }
    let machine = Machine::ssh();
    machine.write(".gitconfig-there", "[core]\n\tsshCommand = echo included >&2; false\n");
    machine.git(&["config", "--global", "includeIf.gitdir:~/there/.path", "~/.gitconfig-there"]);
    let there = machine.home("there/x").to_string_lossy().into_owned();
    keeps_ssh(&machine, "included", &["git", "clone", SSH_URL, &there]);
    let other = machine.home("other").to_string_lossy().into_owned();
    machine.git(&["init", "--quiet", &other]);
    machine.git(&["-C", &other, "config", "core.sshCommand", "echo other >&2; false"]);
    machine.git(&["config", "alias.there", &format!("!unset GIT_DIR; git -C '{other}' ls-remote {SSH_URL}")]);
    keeps_ssh(&machine, "other", &["git", "there"]);
}

#[test]
fn another_git_than_the_first_is_asked_itself() {
    if !has_tools() {
        return;
    }
    let machine = Machine::ssh();
    let Some(git) = crate::machine::which("git") else { return not_run("a second git (git)") };
    let script = format!("#!/bin/sh\nexec {} -c core.sshCommand='echo second >&2; false' \"$@\"\n", git.display());
    let second = machine.write_mode("second/git", script, 0o755).to_string_lossy().into_owned();
    keeps_ssh(&machine, "second", &[&second, "ls-remote", "origin"]);
}

#[test]
fn no_secret_of_a_command_or_trace_is_told() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::helper();
    let folder = temporary(&mut machine);
    machine.set("https_proxy", "http://127.0.0.1:1");
    let url = HTTPS_URL.replace("://", "://dev:hunter2secret@");
    for command in
        [&["git", "ls-remote", &url][..], &["git", "-c", "http.extraHeader=Authorization: Basic aHVudGVyMg", "fetch"]]
    {
        let (kept, report) = (machine.home("kept"), machine.home("report.json"));
        let args = ["run", "--keep-trace", &kept.to_string_lossy(), "--report", &report.to_string_lossy(), "--"];
        let output = machine.run(&[&args, command].concat());
        assert_eq!(output.code, Some(128));
        let mut texts = vec![output.both(), fs::read_to_string(&report).expect("a report")];
        let files = fs::read_dir(&kept).expect("a directory").flatten();
        texts.extend(files.map(|file| fs::read_to_string(file.path()).expect("a trace")));
        assert!(texts.len() >= 3, "{texts:?}");
        for text in texts {
            assert!(!text.contains("hunter2secret") && !text.contains("aHVudGVyMg"), "{command:?}: {text}");
        }
        fs::remove_dir_all(kept).expect("a directory");
    }
    assert!(is_empty(&folder));
}

#[test]
fn the_report_in_a_file_tells_the_command() {
    if !has_tools() {
        return;
    }
    let machine = Machine::ssh();
    let config = "Host git-codecommit.*.amazonaws.com\n  HostName 127.0.0.1\n  Port 1\n";
    machine.write_mode(".ssh/config", config, 0o600);
    let file = machine.home("report.json").to_string_lossy().into_owned();
    let output = machine.run(&["run", "--report", &file, "--", "git", "ls-remote", SSH_URL]);
    assert_eq!(output.code, Some(128));
    let document: serde_json::Value = serde_json::from_slice(&fs::read(&file).expect("a report")).expect("JSON");
    check_schema(&document);
    assert_eq!(document["exit_code"], 128);
    let command = &document["command"];
    assert_eq!(command["line"], format!("git ls-remote {SSH_URL}"));
    assert_eq!((&command["layer"], &command["failure"]), (&"tcp".into(), &"refused".into()));
    assert!(command["said"].to_string().contains("Connection refused"), "{command}");
    fs::remove_file(&file).expect("a report");
    assert_eq!(machine.run(&["run", "--report", &file, "--", "git", "version"]).code, Some(0));
    assert!(!machine.home("report.json").exists());
}

#[test]
fn told_to_end_we_pass_it_on_and_leave_nothing() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::new();
    let folder = temporary(&mut machine);
    for (signal, code) in [("TERM", 143), ("HUP", 129)] {
        let script = format!(
            "\"$@\" & pid=$!; until [ -e $HOME/up ]; do :; done; kill -{signal} $pid; wait $pid; echo $?; rm $HOME/up"
        );
        let slow = ["run", "--", "/bin/sh", "-c", "echo > $HOME/up; exec sleep 1000"];
        machine.set("PATH", format!("{}:/usr/bin:/bin", machine.root().join("bin").display()));
        let output = machine.shell(&script, &slow);
        assert_eq!(output.stdout(), format!("{code}\n"), "{}", output.stderr());
        assert!(!output.stderr().contains("cc-doctor:"), "{}", output.stderr());
        assert!(is_empty(&folder) && machine.left_behind().is_empty());
    }
}

/// Runs its arguments on a terminal of their own, types what the variable `TYPED` holds once the text of `AFTER` was
/// printed, and prints all that came, and the exit code on standard error.
const TERMINAL: &str = "\
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen, typed = b'', os.environ.get('TYPED', '').encode().decode('unicode_escape').encode()
after = os.environ.get('AFTER', '').encode()
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
    if typed and after in seen:
        os.write(fd, typed)
        typed = b''
status = os.waitpid(pid, 0)[1]
os.write(1, seen)
print(os.waitstatus_to_exitcode(status), file=sys.stderr)
";

/// Runs a command on a terminal, as it is and watched; `None` without Python.
pub(crate) fn on_terminal(machine: &mut Machine, args: &[&str], command: &[&str]) -> Option<(Output, Output)> {
    let Some(python) = python() else {
        not_run("what needs a terminal (python3)");
        return None;
    };
    let script = machine.write("terminal.py", TERMINAL);
    let link = machine.root().join("bin/python3");
    if link.symlink_metadata().is_err() {
        std::os::unix::fs::symlink(python, link).expect("a link");
    }
    let script = script.to_string_lossy().into_owned();
    let plain = machine.tool("python3", &[&["-IS", &script], command].concat());
    let quoted = format!("'{}' -IS '{script}' \"$@\"", python.display());
    let run = machine.shell(&quoted, &[args, RUN, command].concat());
    Some((plain, run))
}

#[test]
fn a_terminal_stays_one() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::ssh();
    machine.set("AFTER", "word? ");
    machine.set("TYPED", "hello\\n");
    let script =
        "test -t 0 && test -t 1 && test -t 2 && printf 'word? ' > /dev/tty && read x < /dev/tty && echo got $x";
    let Some((plain, run)) = on_terminal(&mut machine, &[], &["/bin/sh", "-c", script]) else { return };
    assert_eq!((run.stdout(), run.stderr()), (plain.stdout(), plain.stderr()));
    assert!(plain.stdout().contains("got hello"), "{}", plain.stdout());
    // Colors, where git decides by the terminal.
    let Some((plain, run)) = on_terminal(&mut machine, &[], &["git", "-c", "color.status.header=red", "status"]) else {
        return;
    };
    assert_eq!((run.stdout(), run.stderr().as_str()), (plain.stdout(), "0\n"));
    // Ctrl-C is for the command, and we say what we know of it.
    machine.set("AFTER", "waiting");
    machine.set("TYPED", "\\x03");
    let script = "echo waiting; while :; do :; done";
    let Some((plain, run)) = on_terminal(&mut machine, &[], &["/bin/sh", "-c", script]) else { return };
    assert_eq!((plain.stderr().as_str(), run.stderr().as_str()), ("-2\n", "130\n"), "{}", run.stdout());
    assert!(run.stdout().contains("cc-doctor: "), "{}", run.stdout());
}

//! On the real machine, in processes of their own: with another home directory, killed, short of space, at the same time.

#![allow(clippy::disallowed_methods, reason = "tests start themselves and look at what is on disk")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;
use crate::fix::undo::undo;
use crate::not_run::not_run;
use crate::system::real::RealSystem;

/// Tells the test executable what to do instead of testing.
const TASK: &str = "CC_DOCTOR_TEST_FIX_TASK";

/// Not a test: what the processes do that the tests start. Says `go` and, at the end, `done` or what went wrong.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let hands = RealSystem::new();
    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    say("go");
    let outcome = match task.as_str() {
        "apply" => apply(&hands, changes(&home)).map(|_| ()).map_err(|error| error.to_string()),
        "undo" => undo(&hands, None, false).map(|_| ()).map_err(|error| error.to_string()),
        "hold" => Run::begin(&hands, bounds(&hands)).map_err(|error| error.to_string()).map(|run| {
            say("held");
            // Until the test has seen enough.
            let _ = std::io::stdin().read(&mut [0]);
            drop(run);
        }),
        other => panic!("{other}"),
    };
    say(&outcome.map_or_else(|error| error, |()| "done".into()));
}

/// A line of its own, whatever the test harness has written before it.
fn say(text: &str) {
    let mut out = std::io::stdout();
    write!(out, "\nchild: {text}\n").and_then(|()| out.flush()).unwrap();
}

const SIZE: usize = 60_000;

fn old_config() -> String {
    format!("Host a\r\n{}", "# comment\r\n".repeat(SIZE / 11))
}

fn new_config() -> String {
    format!("{}Host b\r\n  User APKA\r\n", old_config())
}

/// What each file may hold at any moment; `None`: it may be missing.
fn allowed() -> Vec<(&'static str, Vec<Option<String>>)> {
    let some = |text: &str| Some(text.to_owned());
    vec![
        (".ssh/config", vec![Some(old_config()), Some(new_config())]),
        (".gitconfig", vec![some("[user]\n"), some("[user]\n[credential]\n")]),
        (".ssh/old.txt", vec![some("Host old\n"), None]),
        (".ssh/new", vec![None, some("Host old\n"), some("Host new\n")]),
        (".aws/config", vec![None, some("[default]\n")]),
        (".ssh/known_hosts", vec![some("stale\n"), None]),
        ("notes", vec![some("mine")]),
    ]
}

fn changes(home: &Path) -> Vec<Change> {
    let at = |path: &str| home.join(path);
    vec![
        Change::write(at(".ssh/config"), old_config(), new_config()),
        Change::write(at("linked"), "[user]\n", "[user]\n[credential]\n"),
        Change::Move { from: at(".ssh/old.txt"), to: at(".ssh/new"), before: "Host old\n".into() },
        Change::write(at(".ssh/new"), "Host old\n", "Host new\n"),
        Change::create(at(".aws/config"), "[default]\n", 0o600),
        Change::SetMode { path: at(".ssh"), before: 0o755, after: 0o700 },
        Change::Remove { path: at(".ssh/known_hosts"), before: "stale\n".into() },
    ]
}

/// A home directory with what [`changes`] expects, all of it written long ago.
fn new_home() -> tempfile::TempDir {
    // In memory, where it exists, so that 200 rounds take seconds.
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let home = folder.path();
    fs::create_dir(home.join(".ssh")).unwrap();
    fs::set_permissions(home.join(".ssh"), fs::Permissions::from_mode(0o755)).unwrap();
    for (number, (path, contents)) in allowed().into_iter().enumerate() {
        let Some(content) = &contents[0] else { continue };
        let path = home.join(path);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600 + u32::try_from(number).unwrap() * 4)).unwrap();
        let time = std::time::UNIX_EPOCH + Duration::new(1_600_000_000 + number as u64, 123_456_789);
        fs::File::open(&path).unwrap().set_modified(time).unwrap();
    }
    std::os::unix::fs::symlink(".gitconfig", home.join("linked")).unwrap();
    folder
}

type Snapshot = BTreeMap<PathBuf, (u32, Option<(i64, i64, Vec<u8>)>)>;

/// Mode of everything, time and bytes of every file, except for the journals.
fn snapshot(home: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    let mut directories = vec![home.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            if path == home.join(".local") {
                continue;
            } else if meta.is_dir() {
                directories.push(path.clone());
            }
            let file = meta.is_file().then(|| (meta.mtime(), meta.mtime_nsec(), fs::read(&path).unwrap()));
            found.insert(path, (meta.mode(), file));
        }
    }
    found
}

fn command(home: &Path, task: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    prepare(&mut command, home, task);
    command
}

fn prepare(command: &mut Command, home: &Path, task: &str) {
    command.args(["--exact", "fix::tests::real::child", "--nocapture", "--test-threads=1"]);
    command.env(TASK, task).env("HOME", home).env_remove("XDG_STATE_HOME");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
}

/// The next thing that a process says; `None`: it has ended.
fn next(out: &mut BufReader<ChildStdout>) -> Option<String> {
    out.lines().map_while(Result::ok).find_map(|line| Some(line.strip_prefix("child: ")?.to_owned()))
}

fn start(mut command: Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(next(&mut out).as_deref(), Some("go"));
    (child, out)
}

/// Runs a task to its end: what it said, and how long it took.
fn finish(command: Command) -> (String, Duration) {
    let (mut child, mut out) = start(command);
    let started = Instant::now();
    let said = next(&mut out).unwrap_or_default();
    let took = started.elapsed();
    child.wait().unwrap();
    (said, took)
}

/// Kills a task when `delay` has passed. Whether it was still under way.
fn kill(command: Command, delay: Duration) -> bool {
    let (mut child, mut out) = start(command);
    let started = Instant::now();
    while started.elapsed() < delay {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    next(&mut out).is_none()
}

/// Numbers that look random, the same ones each time.
struct Dice(u64);

impl Dice {
    /// A part of a duration.
    fn part_of(&mut self, whole: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        whole * u32::try_from(self.0 >> 48).unwrap() / 65_536
    }
}

fn assert_whole(home: &Path) {
    for (path, contents) in allowed() {
        let found = fs::read(home.join(path)).ok().map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(contents.contains(&found), "{path} is torn or missing: {} bytes", found.map_or(0, |text| text.len()));
    }
    let moved = ["old.txt", "new"].map(|name| home.join(".ssh").join(name).exists());
    assert!(moved.contains(&true), "the file that is moved is lost");
}

#[test]
fn a_run_killed_at_any_moment_leaves_each_file_old_or_new_and_is_undone() {
    let folder = new_home();
    let home = folder.path();
    let before = snapshot(home);
    let (said, apply_time) = finish(command(home, "apply"));
    assert_eq!(said, "done");
    let (said, undo_time) = finish(command(home, "undo"));
    assert_eq!(said, "done");
    assert_eq!(snapshot(home), before);

    let mut dice = Dice(1);
    let (mut applying, mut undoing) = (0, 0);
    for round in 0..3000 {
        if applying >= 200 && undoing >= 50 {
            break;
        }
        if round % 4 == 3 {
            assert_eq!(finish(command(home, "apply")).0, "done", "round {round}");
            undoing += usize::from(kill(command(home, "undo"), dice.part_of(undo_time)));
        } else {
            applying += usize::from(kill(command(home, "apply"), dice.part_of(apply_time)));
        }
        assert_whole(home);
        let (said, _) = finish(command(home, "undo"));
        assert!(said == "done" || said == "there is no repair to undo", "round {round}: {said}");
        assert_eq!(snapshot(home), before, "round {round}");
    }
    assert!(applying >= 200 && undoing >= 50, "killed only {applying} times and {undoing} times");
}

#[test]
fn the_next_run_completes_what_was_killed() {
    let folder = new_home();
    let home = folder.path();
    let (said, time) = finish(command(home, "apply"));
    assert_eq!(said, "done");
    let wanted: Vec<_> =
        snapshot(home).into_iter().map(|(path, (mode, file))| (path, mode, file.map(|f| f.2))).collect();
    assert_eq!(finish(command(home, "undo")).0, "done");
    let mut dice = Dice(2);
    for _ in 0..20 {
        let interrupted = kill(command(home, "apply"), dice.part_of(time));
        let (said, _) = finish(command(home, "apply"));
        // It may have been complete although it had not said so.
        assert!(said == "done" || said.contains("has been changed by somebody else"), "{said}, {interrupted}");
        let found: Vec<_> =
            snapshot(home).into_iter().map(|(path, (mode, file))| (path, mode, file.map(|f| f.2))).collect();
        assert_eq!(found, wanted);
        assert_eq!(finish(command(home, "undo")).0, "done");
    }
}

#[test]
fn what_is_not_concerned_keeps_its_time_and_links_stay() {
    let folder = new_home();
    let home = folder.path();
    let before = snapshot(home);
    assert_eq!(finish(command(home, "apply")).0, "done");
    let behind = snapshot(home);
    assert_eq!(behind[&home.join("notes")], before[&home.join("notes")]);
    assert_eq!(behind[&home.join("linked")], before[&home.join("linked")]);
    assert_eq!(behind[&home.join(".ssh/config")].0, before[&home.join(".ssh/config")].0, "the mode is kept");
    assert_eq!(fs::read_to_string(home.join(".ssh/config")).unwrap(), new_config(), "line ends, too");
    assert!(!behind.keys().any(|path| path.to_string_lossy().contains(".cc-doctor-")));
}

/// As on a full disk: the system lets no file grow further, here beyond 16 KiB.
#[test]
fn files_that_cannot_grow_lose_nothing() {
    let folder = new_home();
    let home = folder.path();
    let before = snapshot(home);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 32; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
    prepare(&mut limited, home, "apply");
    let (said, _) = finish(limited);
    assert!(said.contains("cannot be written: File too large"), "{said}");
    assert_eq!(snapshot(home), before);
    assert_eq!(finish(command(home, "apply")).0, "done");
}

#[test]
fn a_second_run_names_the_first_one() {
    let folder = new_home();
    let home = folder.path();
    let (mut child, mut out) = start(command(home, "hold"));
    assert_eq!(next(&mut out).as_deref(), Some("held"));
    let (said, _) = finish(command(home, "apply"));
    assert_eq!(said, format!("another repair is under way (process {}); wait for it to end", child.id()));
    // However it ends, the lock ends with it.
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(finish(command(home, "apply")).0, "done");
}

#[test]
fn a_file_that_an_editor_saved_is_refused() {
    let folder = new_home();
    let home = folder.path();
    fs::write(home.join(".ssh/old.txt"), "Host mine\n").unwrap();
    let before = snapshot(home);
    let (said, _) = finish(command(home, "apply"));
    assert_eq!(
        said,
        format!("{}: has been changed by somebody else since it was read", home.join(".ssh/old.txt").display())
    );
    assert_eq!(snapshot(home), before);
}

#[test]
fn a_directory_that_cannot_be_written_fails_the_whole_repair() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    fs::rename(new_home().path(), home).or_else(|_| copy(new_home().path(), home)).unwrap();
    let ssh = home.join(".ssh");
    let root = nix::unistd::Uid::effective().is_root();
    let chattr = |flag| Command::new("chattr").arg(flag).arg(&ssh).output().is_ok_and(|out| out.status.success());
    // The permission bits of a directory do not bind root.
    if root && !chattr("+i") {
        return not_run("a directory that root cannot write: chattr does not work in the temporary directory");
    }
    if !root {
        fs::set_permissions(&ssh, fs::Permissions::from_mode(0o555)).unwrap();
    }
    let before = snapshot(home);
    let (said, _) = finish(command(home, "apply"));
    let found = snapshot(home);
    if root {
        assert!(chattr("-i"));
    }
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(said.contains("is marked as unchangeable") || said.contains("Permission denied"), "{said}");
    assert_eq!(found, before);
}

/// Where memory and the temporary directory are different file systems.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let done = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status()?;
    if done.success() { Ok(()) } else { Err(std::io::Error::other("cp failed")) }
}

//! Running a program to its end or to its deadline.
//!
//! The program leads a session of its own (a job on Windows): it has no terminal to ask on, and all its children can
//! be killed with it. A child that holds the output pipe open after its parent has ended is not waited for.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

use super::{Invocation, RunError, Watched};
use crate::system::{Cutoff, OUTPUT_LIMIT, Output};

/// How often a program is looked after that keeps its output open or has closed it without ending.
const POLL: Duration = Duration::from_millis(2);
/// The same for one that takes its time: a machine that is busy is not kept busier.
const SLOW_POLL: Duration = Duration::from_millis(20);
/// How long output may still come after the program itself has ended.
const GRACE: Duration = Duration::from_millis(200);
/// The same where nothing has been heard of it at all: on a busy machine the threads that read may not have had a turn.
const GRACE_OF_SILENCE: Duration = Duration::from_secs(2);
/// How long a killed program may take to go.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// Set or removed for every program: no translations, no pager, no prompt, no window, no traces, nothing written.
const ENVIRONMENT: &[(&str, Option<&str>)] = &[
    ("LC_ALL", Some("C")),
    ("LANGUAGE", None),
    ("PAGER", Some("cat")),
    ("GIT_PAGER", Some("cat")),
    ("AWS_PAGER", Some("")),
    ("GIT_TERMINAL_PROMPT", Some("0")),
    // Empty, so that core.askPass is not asked either (`git_prompt` of git's prompt.c).
    ("GIT_ASKPASS", Some("")),
    ("SSH_ASKPASS", None),
    ("SSH_ASKPASS_REQUIRE", Some("never")),
    ("GCM_INTERACTIVE", Some("never")),
    ("GIT_OPTIONAL_LOCKS", Some("0")),
    ("GIT_TRACE", None),
    ("GIT_TRACE2", None),
    ("GIT_TRACE2_EVENT", None),
    ("GIT_TRACE2_PERF", None),
    ("GIT_CURL_VERBOSE", None),
    ("AWS_EC2_METADATA_DISABLED", Some("true")),
    ("PYTHONDONTWRITEBYTECODE", Some("1")),
];

/// Runs a program and keeps what it said until its end or its deadline.
pub(super) fn watch(invocation: &Invocation) -> Result<Watched, RunError> {
    if !invocation.program.is_absolute() {
        return Err(RunError::NotStarted("not an absolute path".into()));
    }
    let start = Instant::now();
    let deadline = start + invocation.deadline;
    let mut child = isolated(command(invocation)).spawn().map_err(|error| not_started(&error))?;
    let (sender, ended) = mpsc::channel();
    feed(child.stdin().take(), invocation.stdin.clone());
    let stdout = drain(child.stdout().take(), sender.clone());
    let stderr = drain(child.stderr().take(), sender);
    let is_over = || Instant::now() >= deadline || invocation.cutoff.as_ref().is_some_and(Cutoff::has_come);
    let is_silent = || [&stdout, &stderr].iter().all(|kept| kept.lock().is_ok_and(|kept| kept.is_empty()));
    let status = attend(child.as_mut(), &ended, &is_over, &is_silent);
    // Whatever the program left behind in its group goes as well.
    let _ = child.start_kill();
    if status.is_none() {
        bury(child.as_mut());
    }
    let code = status.and_then(|status| status.code());
    let output = Output { code, stdout: take(&stdout), stderr: take(&stderr) };
    Ok(Watched { output, timed_out: status.is_none(), took: start.elapsed() })
}

/// Writes the input in a thread of its own: a program that does not read it holds nobody up.
fn feed(pipe: Option<impl Write + Send + 'static>, input: Vec<u8>) {
    if let Some(mut pipe) = pipe {
        // A program that has gone away needs no input.
        let _ = thread::Builder::new().spawn(move || pipe.write_all(&input));
    }
}

fn command(invocation: &Invocation) -> Command {
    let mut command = Command::new(&invocation.program);
    let stdin = if invocation.stdin.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.args(&invocation.args).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    let root = invocation.program.ancestors().last();
    if let Some(directory) = invocation.cwd.as_deref().or(root) {
        command.current_dir(directory);
    }
    for (name, value) in ENVIRONMENT {
        set(&mut command, OsStr::new(name), value.map(OsStr::new));
    }
    for (name, value) in &invocation.env {
        set(&mut command, name, value.as_deref());
    }
    command
}

fn set(command: &mut Command, name: &OsStr, value: Option<&OsStr>) {
    match value {
        Some(value) => command.env(name, value),
        None => command.env_remove(name),
    };
}

#[cfg(unix)]
fn isolated(command: Command) -> CommandWrap {
    let mut wrap = CommandWrap::from(command);
    wrap.wrap(process_wrap::std::ProcessSession);
    wrap
}

#[cfg(windows)]
fn isolated(command: Command) -> CommandWrap {
    use process_wrap::std::{CreationFlags, JobObject};

    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    let mut flags = CreationFlags(Default::default());
    flags.0.0 = CREATE_NO_WINDOW;
    let mut wrap = CommandWrap::from(command);
    // The job adds its own flag to those that are there already.
    wrap.wrap(flags).wrap(JobObject);
    wrap
}

/// A machine that is short of processes (`EAGAIN`), memory or open files (`EMFILE`, `ENFILE`), or on which the program is
/// just being written, may start it a moment later.
fn not_started(error: &io::Error) -> RunError {
    use io::ErrorKind::{ExecutableFileBusy, OutOfMemory, WouldBlock};

    let no_file = cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24));
    let passing = matches!(error.kind(), WouldBlock | OutOfMemory | ExecutableFileBusy) || no_file;
    let words = reason(error);
    if passing { RunError::NotNow(words) } else { RunError::NotStarted(words) }
}

/// The operating system's words without the error number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error ").next().unwrap_or(&text).to_owned()
}

/// Output as far as it has been read.
type Kept = Arc<Mutex<Vec<u8>>>;

/// Reads a pipe to its end in a thread of its own, keeps the first [`OUTPUT_LIMIT`] bytes, and reports the end by
/// dropping `ended`.
fn drain(pipe: Option<impl Read + Send + 'static>, ended: Sender<()>) -> Kept {
    let kept = Kept::default();
    if let Some(pipe) = pipe {
        let shared = Arc::clone(&kept);
        // Without a thread there is no output, and the program ends on a broken pipe.
        let _ = thread::Builder::new().spawn(move || {
            copy(pipe, &shared);
            drop(ended);
        });
    }
    kept
}

fn copy(mut pipe: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 16 * 1024];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = OUTPUT_LIMIT.saturating_sub(kept.len()).min(count);
                kept.extend_from_slice(buffer.get(..room).unwrap_or_default());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn take(kept: &Mutex<Vec<u8>>) -> Vec<u8> {
    std::mem::take(&mut kept.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Waits until the program has ended and its output has, the latter for no more than [`GRACE`], or
/// [`GRACE_OF_SILENCE`]. `None`: its time was over first, or it ended and what it said could not be read.
fn attend(
    child: &mut dyn ChildWrapper,
    output_ended: &Receiver<()>,
    is_over: &dyn Fn() -> bool,
    is_silent: &dyn Fn() -> bool,
) -> Option<std::process::ExitStatus> {
    let begun = Instant::now();
    let mut status = None;
    let mut ended_at: Option<Instant> = None;
    loop {
        let poll = if ended_at.is_some() { POLL } else { (begun.elapsed() / 50).clamp(POLL, SLOW_POLL) };
        let closed = output_ended.recv_timeout(poll) == Err(RecvTimeoutError::Disconnected);
        if status.is_none() {
            status = child.try_wait().ok().flatten();
            ended_at = status.map(|_| Instant::now());
        }
        if closed && status.is_some() {
            return status;
        }
        let waited = ended_at.map(|end| end.elapsed()).unwrap_or_default();
        if is_over() || waited >= GRACE_OF_SILENCE || (waited >= GRACE && !is_silent()) {
            return status.filter(|_| !is_silent());
        }
        if closed {
            // A disconnected channel does not wait.
            thread::sleep(POLL / 20);
        }
    }
}

/// Collects a killed program. One that cannot die (its file server is gone, say) is left to the system.
fn bury(child: &mut dyn ChildWrapper) {
    let limit = Instant::now() + LAST_BREATH;
    while matches!(child.try_wait(), Ok(None)) && Instant::now() < limit {
        thread::sleep(POLL);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::Path;

    use super::*;

    fn run(invocation: &Invocation) -> Result<Output, RunError> {
        let watched = watch(invocation)?;
        if watched.timed_out { Err(RunError::TimedOut(invocation.deadline)) } else { Ok(watched.output) }
    }

    #[test]
    fn what_was_said_before_the_deadline_is_kept() {
        let watched = watch(&sh("echo early; sleep 1000").with_deadline(Duration::from_millis(300))).unwrap();
        assert!(watched.timed_out && watched.took >= Duration::from_millis(300));
        assert_eq!((watched.output.code, watched.output.stdout), (None, b"early\n".to_vec()));
    }

    #[test]
    fn another_thread_can_end_it() {
        let cutoff = Cutoff::default();
        let invocation = Invocation { cutoff: Some(cutoff.clone()), ..sh("sleep 1000").with_deadline(LONG) };
        let running = thread::spawn(move || watch(&invocation).unwrap());
        cutoff.end_in(Duration::from_millis(100));
        cutoff.end_in(LONG);
        let watched = running.join().unwrap();
        assert!(watched.timed_out && watched.took < LONG / 2, "{:?}", watched.took);
    }

    #[test]
    fn input_is_handed_over_and_need_not_be_read() {
        let mut invocation = sh("cat");
        invocation.stdin = b"given".to_vec();
        assert_eq!(run(&invocation).unwrap().stdout, b"given");
        let mut unread = sh("echo done");
        unread.stdin = vec![b'x'; 1_000_000];
        assert_eq!(run(&unread).unwrap().stdout, b"done\n");
    }

    const LONG: Duration = Duration::from_secs(60);

    fn sh(script: &str) -> Invocation {
        Invocation::new("/bin/sh", ["-c", script])
    }

    fn alive(pid: &str) -> bool {
        Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().unwrap().success()
    }

    #[test]
    fn code_and_both_streams_are_kept() {
        let output = run(&sh("echo out; echo err >&2; exit 3")).unwrap();
        assert_eq!((output.code, output.stdout, output.stderr), (Some(3), b"out\n".to_vec(), b"err\n".to_vec()));
        assert_eq!(run(&sh("kill -TERM $$")).unwrap().code, None);
    }

    #[test]
    fn the_surroundings_are_neutral() {
        let invocation = sh("echo $LC_ALL $GIT_TERMINAL_PROMPT ${GIT_ASKPASS-unset} ${LANGUAGE-unset} $MINE; pwd; cat")
            .with_env("MINE", Some("set"))
            .with_env("GIT_TERMINAL_PROMPT", Some("1"));
        assert_eq!(run(&invocation).unwrap().stdout, b"C 1 unset set\n/\n");
        let folder = tempfile::tempdir().unwrap();
        let expected = std::fs::canonicalize(folder.path()).unwrap();
        let inside = run(&sh("pwd").with_cwd(folder.path())).unwrap().stdout;
        assert_eq!(String::from_utf8(inside).unwrap().trim(), expected.to_str().unwrap());
    }

    #[test]
    fn there_is_no_terminal() {
        let output = run(&sh("exec </dev/tty && echo reached")).unwrap();
        assert_eq!(output.stdout, b"");
        assert_ne!(output.code, Some(0));
    }

    #[test]
    fn a_program_that_is_not_there_or_not_absolute_does_not_start() {
        let missing = run(&Invocation::new("/nonexistent/tool", ["x"]));
        assert_eq!(missing, Err(RunError::NotStarted("No such file or directory".into())));
        let relative = run(&Invocation::new("sh", ["-c", "true"]));
        assert_eq!(relative, Err(RunError::NotStarted("not an absolute path".into())));
    }

    /// Runs a file with this content. Another test may be starting a program while the file is still open for
    /// writing, and then the kernel refuses to run it for a moment.
    fn run_script(content: &str, mode: u32) -> Result<Output, RunError> {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script");
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        loop {
            let result = run(&Invocation::new(&path, ["x"]));
            if result != Err(RunError::NotNow("Text file busy".into())) {
                return result;
            }
        }
    }

    #[test]
    fn a_machine_that_is_short_of_something_says_nothing_about_the_program() {
        // ENFILE, EMFILE, EAGAIN, ENOMEM, ETXTBSY; ENOENT, EACCES and ENOEXEC are the program's own.
        for number in [23, 24, 11, 12, 26] {
            let number = if cfg!(target_os = "macos") && number == 11 { 35 } else { number };
            assert!(matches!(not_started(&io::Error::from_raw_os_error(number)), RunError::NotNow(_)), "{number}");
        }
        for number in [2, 13, 8] {
            assert!(matches!(not_started(&io::Error::from_raw_os_error(number)), RunError::NotStarted(_)), "{number}");
        }
    }

    #[test]
    fn what_could_not_be_read_is_no_answer() {
        let silent = run(&sh("setsid sleep 20 & exit 0"));
        assert!(matches!(silent, Err(RunError::TimedOut(_))), "{silent:?}");
        assert_eq!(run(&sh("exit 0")).unwrap().code, Some(0));
    }

    #[test]
    fn an_answer_that_comes_late_is_waited_for() {
        let late = run(&sh("setsid sh -c 'sleep 0.7; echo late' & exit 0")).unwrap();
        assert_eq!((late.code, late.stdout), (Some(0), b"late\n".to_vec()));
    }

    #[test]
    fn scripts_start_when_their_interpreter_does() {
        assert_eq!(run_script("#!/bin/sh\necho $1\n", 0o755).unwrap().stdout, b"x\n");
        let gone = run_script("#!/usr/local/opt/python@3.8/bin/python3.8\n", 0o755);
        assert_eq!(gone, Err(RunError::NotStarted("No such file or directory".into())));
        let plain = run_script("#!/bin/sh\n", 0o644);
        assert_eq!(plain, Err(RunError::NotStarted("Permission denied".into())));
    }

    #[test]
    fn a_program_that_hangs_dies_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let script = "sleep 1000 & echo $! > child; echo $$ > parent; wait";
        let deadline = Duration::from_millis(300);
        let result = run(&sh(script).with_cwd(folder.path()).with_deadline(deadline));
        assert_eq!(result, Err(RunError::TimedOut(deadline)));
        assert!(start.elapsed() < Duration::from_secs(5));
        // The orphan is collected by whoever inherits it, which takes a moment.
        let pids = ["child", "parent"].map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap());
        while pids.iter().any(|pid| is_running(Path::new("/proc").join(pid.trim()).as_path(), pid.trim())) {
            assert!(start.elapsed() < Duration::from_secs(10), "a process of {pids:?} lives on");
            thread::sleep(POLL);
        }
    }

    /// Whether a process runs; a zombie that nobody has collected does not.
    fn is_running(proc: &Path, pid: &str) -> bool {
        let state = std::fs::read_to_string(proc.join("stat")).unwrap_or_default();
        alive(pid) && !state.contains(") Z")
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_is_not_waited_for() {
        let start = Instant::now();
        let output = run(&sh("sleep 1000 & echo done").with_deadline(Duration::from_secs(60))).unwrap();
        assert_eq!(output.stdout, b"done\n");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_grandchild_in_another_session_does_not_hang_us_either() {
        let start = Instant::now();
        let script = "setsid sleep 20 & echo done; sleep 1000";
        let result = run(&sh(script).with_deadline(Duration::from_millis(300)));
        assert!(matches!(result, Err(RunError::TimedOut(_))));
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_program_that_closed_its_output_is_waited_for() {
        let output = run(&sh("exec >&- 2>&-; sleep 0.2; exit 7")).unwrap();
        assert_eq!(output.code, Some(7));
    }

    #[test]
    fn a_flood_is_cut() {
        let output = run(&sh("head -c 9000000 /dev/zero; head -c 9000000 /dev/zero >&2; echo end")).unwrap();
        assert_eq!((output.code, output.stdout.len(), output.stderr.len()), (Some(0), OUTPUT_LIMIT, OUTPUT_LIMIT));
        let endless = run(&sh("cat /dev/zero").with_deadline(Duration::from_millis(200)));
        assert_eq!(endless, Err(RunError::TimedOut(Duration::from_millis(200))));
    }

    #[test]
    fn running_costs_little_more_than_the_program() {
        let start = Instant::now();
        for _ in 0..50 {
            run(&Invocation::new("/bin/true", [""])).unwrap();
        }
        // Polling for the end with coarse sleeps would take longer even on a loaded machine.
        assert!(start.elapsed() < Duration::from_secs(20), "{:?} each", start.elapsed() / 50);
    }
}

//! The only door to the machine: environment, files, programs, network.
//!
//! Collectors read through `&dyn System` and nothing else; clippy refuses `std::env`, `std::fs`,
//! `Command::new`, sockets and the crates that are doors of their own everywhere but below `system/`.
//! [`real::RealSystem`] is the machine that we run on, [`fake::FakeSystem`] one that lives in memory.
//!
//! Nothing here knows what the bytes mean. Nothing writes but [`hands::Hands`].

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

pub mod fake;
pub mod hands;
pub mod keys;
pub mod net;
pub mod path_list;
pub mod real;
pub mod text;
pub mod url;
pub mod witness;

/// Largest number of bytes of one file that is ever read (64 KiB more than any sane configuration file).
pub const FILE_LIMIT: u64 = 16 * 1024 * 1024;
/// Largest number of bytes kept of each output stream of a program.
pub const OUTPUT_LIMIT: usize = 4 * 1024 * 1024;

/// The operating system family, as far as cc-doctor tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Linux, WSL included.
    Linux,
    /// macOS.
    MacOs,
    /// Windows, with or without MSYS.
    Windows,
    /// Another Unix.
    OtherUnix,
}

/// The account that the process runs under, as the operating system knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Numeric user ID; `None` on Windows.
    pub uid: Option<u32>,
    /// Login name.
    pub name: Option<String>,
    /// The account's home directory whatever `HOME` says. OpenSSH uses this one
    /// (`getpwuid(getuid())->pw_dir`, readconf.c and misc.c of OpenSSH).
    pub home: Option<PathBuf>,
}

/// What kind of thing a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link (only when asked not to follow it).
    Symlink,
    /// A FIFO, socket or device.
    Other,
}

/// Metadata of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: FileKind,
    /// Size in bytes.
    pub len: u64,
    /// The twelve permission bits; `None` on Windows.
    pub mode: Option<u32>,
    /// Owner; `None` on Windows.
    pub uid: Option<u32>,
    /// Owning group; `None` on Windows.
    pub gid: Option<u32>,
    /// Last modification, seconds since the Unix epoch.
    pub modified: Option<i64>,
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirEntry {
    /// File name without its directory.
    pub name: OsString,
    /// What it is, links not followed.
    pub kind: FileKind,
}

/// Ends a program before its deadline, from another thread.
#[derive(Debug, Clone, Default)]
pub struct Cutoff(Arc<OnceLock<Instant>>);

impl Cutoff {
    /// The program may go on for so long. Only the first word counts.
    pub fn end_in(&self, rest: Duration) {
        self.0.get_or_init(|| Instant::now() + rest);
    }

    /// Whether its end has come.
    pub fn has_come(&self) -> bool {
        self.0.get().is_some_and(|end| Instant::now() >= *end)
    }
}

impl PartialEq for Cutoff {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Cutoff {}

/// A program to run. Built with [`Invocation::new`] and the `with_` methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Absolute path of the program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Working directory; `None`: a neutral one outside any repository (the root directory).
    pub cwd: Option<PathBuf>,
    /// Variables set (`Some`) or removed (`None`) on top of the inherited environment. `LC_ALL=C`,
    /// `GIT_TERMINAL_PROMPT=0`, `GIT_ASKPASS=`, `SSH_ASKPASS_REQUIRE=never` and their like are always set.
    pub env: Vec<(OsString, Option<OsString>)>,
    /// What it is given on standard input; nothing is the same as an empty one.
    pub stdin: Vec<u8>,
    /// The program and all its children are killed when this has passed.
    pub deadline: Duration,
    /// The same when this has come.
    pub cutoff: Option<Cutoff>,
}

impl Invocation {
    /// `program args…` in a neutral directory with a deadline of five seconds.
    pub fn new<S: AsRef<OsStr>>(program: impl Into<PathBuf>, args: impl IntoIterator<Item = S>) -> Self {
        Self {
            program: program.into(),
            args: args.into_iter().map(|a| a.as_ref().to_owned()).collect(),
            cwd: None,
            env: Vec::new(),
            stdin: Vec::new(),
            deadline: Duration::from_secs(5),
            cutoff: None,
        }
    }

    /// Runs it in `directory`.
    #[must_use]
    pub fn with_cwd(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cwd = Some(directory.into());
        self
    }

    /// Sets (`Some`) or removes (`None`) an environment variable.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: Option<&str>) -> Self {
        self.env.push((name.into(), value.map(Into::into)));
        self
    }

    /// Gives it another deadline.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

/// What a program that ran to its end said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output, at most [`OUTPUT_LIMIT`] bytes.
    pub stdout: Vec<u8>,
    /// Standard error, at most [`OUTPUT_LIMIT`] bytes.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether it ended with code 0.
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }
}

/// What became of a program that was watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// What it said until its end or its deadline; no exit code when it was killed.
    pub output: Output,
    /// Whether it was killed at its deadline.
    pub timed_out: bool,
    /// How long it ran.
    pub took: Duration,
}

/// Why a program gave no output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// It could not be started; the text is the operating system's (an interpreter that is gone, say).
    #[error("could not be started: {0}")]
    NotStarted(String),
    /// The machine could not start it at this moment (no process, memory or file was free), which says nothing about the
    /// program.
    #[error("could not be started at this moment: {0}")]
    NotNow(String),
    /// It was killed at its deadline.
    #[error("gave no answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
}

/// A key held by an SSH agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentKey {
    /// Public key in the SSH wire format.
    pub blob: Vec<u8>,
    /// Comment.
    pub comment: String,
}

/// What libgit2 says of a directory: where the repository is. Configuration is read elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// The `.git` directory of this work tree.
    pub git_dir: PathBuf,
    /// The directory shared by all work trees (equal to `git_dir` without worktrees).
    pub common_dir: PathBuf,
    /// The work tree; `None` for a bare repository.
    pub work_tree: Option<PathBuf>,
    /// The branch checked out, without `refs/heads/`; `None` when detached or unreadable.
    pub branch: Option<String>,
}

/// Access to one machine. All methods are synchronous and bounded in time and memory.
pub trait System: Sync {
    /// Operating system family.
    fn platform(&self) -> Platform;
    /// CPU architecture in Rust's naming, such as `x86_64`.
    fn arch(&self) -> String;
    /// The account we run under.
    fn account(&self) -> Account;
    /// Seconds since the Unix epoch, UTC.
    fn now(&self) -> i64;
    /// The directory we were started in.
    fn current_dir(&self) -> io::Result<PathBuf>;
    /// One environment variable.
    fn env(&self, name: &str) -> Option<OsString>;
    /// The names of all environment variables, sorted.
    fn env_names(&self) -> Vec<OsString>;

    /// Metadata, links followed.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;
    /// Metadata of a link itself.
    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata>;
    /// The content of a regular file. A directory, FIFO, socket or device is an error of kind
    /// [`io::ErrorKind::Unsupported`] and is never opened; a file of more than `limit` bytes one of kind
    /// [`io::ErrorKind::FileTooLarge`].
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;
    /// Calls `each` with every line of a regular file, without its `\n`, so that a large file need not be in memory.
    /// What exceeds 1 MiB of a line is left out. Errors as with [`System::read`], all of them before the first line
    /// unless reading itself fails.
    fn read_lines(&self, path: &Path, limit: u64, each: &mut dyn FnMut(&[u8])) -> io::Result<()>;
    /// The entries of a directory, sorted by name, at most 10,000.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>>;
    /// The path with all links resolved.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;
    /// Whether this process may read the file (a real attempt; the content is not kept).
    fn is_readable(&self, path: &Path) -> bool;
    /// Windows only: whether the ACL of a file lets others than the user, SYSTEM and the administrators read
    /// it; `None` elsewhere and where it cannot be told.
    fn acl_open_to_others(&self, path: &Path) -> Option<bool>;

    /// Every executable of this name on absolute `PATH` entries, in order (`PATHEXT` on Windows). The working
    /// directory is never searched.
    fn find_program(&self, name: &str) -> Vec<PathBuf>;
    /// Runs a program to its end or to its deadline.
    fn run(&self, invocation: &Invocation) -> Result<Output, RunError> {
        let watched = self.watch(invocation)?;
        let limit = Duration::from_millis(u64::try_from(watched.took.as_millis()).unwrap_or(u64::MAX));
        if watched.timed_out { Err(RunError::TimedOut(limit.min(invocation.deadline))) } else { Ok(watched.output) }
    }
    /// Runs a program like [`System::run`], but keeps what it said when it had to be killed at its deadline.
    fn watch(&self, invocation: &Invocation) -> Result<Watched, RunError>;
    /// Calls `work` with a directory that holds nothing but these files (name and content), that only this account can
    /// enter and that is gone afterwards.
    fn with_directory(&self, files: &[(&str, &[u8])], work: &mut dyn FnMut(&Path)) -> io::Result<()>;

    /// Finds the repository that `start` lies in, as git does (`GIT_DIR` is the caller's business).
    fn discover_repository(&self, start: &Path) -> Option<Discovered>;
    /// The identities of the SSH agent that listens on `socket`; `None`: nobody listens there, so that ssh goes on
    /// without an agent. The error says why an agent that is there could not be asked.
    fn agent_keys(&self, socket: &Path) -> Result<Option<Vec<AgentKey>>, String>;

    /// Climbs the ladder to all these endpoints at the same time; one answer for each, in order. Each rung ends after
    /// [`net::RUNG`], everything at the end of the run.
    fn probe(&self, probes: &[net::Probe]) -> Vec<net::Probed>;
    /// Sends one HTTP request. Redirections are not followed.
    fn http(&self, request: &net::HttpRequest) -> Result<net::HttpResponse, net::NetError>;
    /// Logs in over SSH with a library.
    fn ssh_login(&self, library: net::SshLibrary, attempt: &net::SshAttempt) -> net::SshOutcome;
    /// What is left of the time of the run.
    fn time_left(&self) -> Duration;
    /// How many programs may well run at the same time: the number of processor cores.
    fn cores(&self) -> usize;
}

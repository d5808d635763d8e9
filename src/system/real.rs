//! The machine that we run on.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is the door to the machine that these lints guard"
)]

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::witness::Witness;
use super::{Account, AgentKey, DirEntry, Discovered, Invocation, Metadata, Platform, RunError, System, Watched, net};

mod account;
mod agent;
pub mod attached;
mod command;
mod deadline;
mod files;
mod hands;
mod network;
mod programs;
mod relay;
mod repository;

/// The machine that we run on. What cannot change during a run is asked for once.
#[derive(Debug, Default)]
pub struct RealSystem {
    account: OnceLock<Account>,
    search_path: OnceLock<OsString>,
    end: OnceLock<Instant>,
    directory: Option<PathBuf>,
    witness: Witness,
}

impl RealSystem {
    /// The machine; nothing is looked at yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The machine as seen from another directory than the one we were started in.
    pub fn seen_from(directory: Option<PathBuf>) -> Self {
        Self { directory, ..Self::default() }
    }

    /// Sets the end of the run, once: no program runs longer.
    pub fn end_at(&self, end: Instant) {
        // A second call changes nothing.
        let _ = self.end.set(end);
    }

    /// What has been read so far, and the end of this view of the machine.
    pub fn into_witness(self) -> Witness {
        self.witness
    }

    /// How long a program may run that asks for `deadline`.
    fn remaining(&self, deadline: Duration) -> Duration {
        let remaining = self.end.get().map(|end| end.saturating_duration_since(Instant::now()));
        remaining.map_or(deadline, |remaining| remaining.min(deadline))
    }
}

impl System for RealSystem {
    fn platform(&self) -> Platform {
        if cfg!(windows) {
            Platform::Windows
        } else if cfg!(target_os = "macos") {
            Platform::MacOs
        } else if cfg!(target_os = "linux") {
            Platform::Linux
        } else {
            Platform::OtherUnix
        }
    }

    fn arch(&self) -> String {
        env::consts::ARCH.to_owned()
    }

    fn account(&self) -> Account {
        self.account.get_or_init(account::account).clone()
    }

    fn now(&self) -> i64 {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs());
        i64::try_from(seconds).unwrap_or(i64::MAX)
    }

    fn current_dir(&self) -> io::Result<PathBuf> {
        self.directory.clone().map_or_else(env::current_dir, Ok)
    }

    fn env(&self, name: &str) -> Option<OsString> {
        // `var_os` panics on names that no variable can have.
        if name.is_empty() || name.contains(['=', '\0']) { None } else { env::var_os(name) }
    }

    fn env_names(&self) -> Vec<OsString> {
        let mut names: Vec<_> = env::vars_os().map(|(name, _)| name).collect();
        names.sort();
        names
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        std::fs::metadata(path).map(|found| files::describe(&found))
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        std::fs::symlink_metadata(path).map(|found| files::describe(&found))
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        files::read(path, limit).inspect(|content| self.witness.note(path, content))
    }

    fn read_lines(&self, path: &Path, limit: u64, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        files::read_lines(path, limit, each)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        files::read_dir(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        files::canonicalize(path)
    }

    fn is_readable(&self, path: &Path) -> bool {
        files::is_readable(path)
    }

    /// Always `None`: reading an ACL takes unsafe calls of the Windows API, and what `icacls` prints names the
    /// accounts in the language of the system.
    fn acl_open_to_others(&self, _path: &Path) -> Option<bool> {
        None
    }

    fn find_program(&self, name: &str) -> Vec<PathBuf> {
        let search_path = self.search_path.get_or_init(|| programs::search_path(env::var_os("PATH")));
        programs::find(name, search_path)
    }

    fn watch(&self, invocation: &Invocation) -> Result<Watched, RunError> {
        let deadline = self.remaining(invocation.deadline);
        command::watch(&invocation.clone().with_deadline(deadline))
    }

    fn with_directory(&self, files: &[(&str, &[u8])], work: &mut dyn FnMut(&Path)) -> io::Result<()> {
        files::with_directory(files, work)
    }

    fn discover_repository(&self, start: &Path) -> Option<Discovered> {
        repository::discover(start)
    }

    fn agent_keys(&self, socket: &Path) -> Result<Option<Vec<AgentKey>>, String> {
        agent::keys(socket)
    }

    fn probe(&self, probes: &[net::Probe]) -> Vec<net::Probed> {
        network::probe(probes, self.time_left())
    }

    fn http(&self, request: &net::HttpRequest) -> Result<net::HttpResponse, net::NetError> {
        network::http(request, self.remaining(request.deadline))
    }

    fn ssh_login(&self, library: net::SshLibrary, attempt: &net::SshAttempt) -> net::SshOutcome {
        network::ssh_login(library, attempt, self.remaining(attempt.deadline))
    }

    fn time_left(&self) -> Duration {
        self.remaining(Duration::MAX)
    }

    fn cores(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_sorted_and_odd_names_are_no_panic() {
        let system = RealSystem::new();
        assert!(system.env_names().is_sorted());
        assert_eq!(system.env(""), None);
        assert_eq!(system.env("A=B"), None);
        assert_eq!(system.env("A\0B"), None);
        assert!(system.env("PATH").is_some());
    }

    #[test]
    fn the_clock_is_past_2025() {
        assert!(RealSystem::new().now() > 1_750_000_000);
    }
}

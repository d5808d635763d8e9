//! A machine that lives in memory, for tests.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{
    Account, AgentKey, DirEntry, Discovered, FileKind, Invocation, Metadata, Output, Platform, RunError, System,
    Watched, net, path_list,
};

mod disk;

pub use disk::Shot;
use disk::{Disk, Entry, Node};

/// A machine built with chained calls. The account is `dev` (uid 1000) at home in `/home/dev`, the working directory
/// is `/home/dev/work`, `HOME` and `PATH=/usr/bin` are set.
#[derive(Debug, Clone)]
pub struct FakeSystem {
    platform: Platform,
    account: Account,
    now: i64,
    cwd: PathBuf,
    env: BTreeMap<String, String>,
    disk: Disk,
    answers: Vec<(PathBuf, Vec<String>, Result<Output, RunError>)>,
    agents: BTreeMap<PathBuf, Result<Vec<AgentKey>, String>>,
    probed: Vec<(String, u16, net::Probed)>,
    http: Vec<(String, Result<net::HttpResponse, net::NetError>)>,
    logins: Vec<(net::SshLibrary, net::SshOutcome)>,
    /// Shared by all clones.
    sent: Arc<Mutex<Vec<net::HttpRequest>>>,
    time_left: Duration,
}

impl FakeSystem {
    /// An empty machine.
    pub fn new(platform: Platform) -> Self {
        let mut fake = Self {
            platform,
            account: Account { uid: Some(1000), name: Some("dev".into()), home: Some("/home/dev".into()) },
            now: 1_800_000_000,
            cwd: "/home/dev/work".into(),
            env: BTreeMap::new(),
            disk: Disk::default(),
            answers: Vec::new(),
            agents: BTreeMap::new(),
            probed: Vec::new(),
            http: Vec::new(),
            logins: Vec::new(),
            sent: Arc::default(),
            time_left: Duration::from_secs(20),
        };
        fake.env.insert("HOME".into(), "/home/dev".into());
        fake.env.insert("PATH".into(), "/usr/bin".into());
        fake.dir("/home/dev/work").dir("/usr/bin").dir("/etc").dir("/tmp").fifo("/dev/null")
    }

    fn put(self, path: &str, node: Node, mode: u32) -> Self {
        let mut nodes = self.disk.nodes_mut();
        let uid = if path.starts_with("/home/dev") { 1000 } else { 0 };
        let mut parent = Path::new(path).parent();
        while let Some(directory) = parent {
            let owner = if directory.starts_with("/home/dev") { 1000 } else { 0 };
            nodes.entry(directory.to_owned()).or_insert_with(|| Entry::new(Node::Directory, 0o755, owner));
            parent = directory.parent();
        }
        nodes.insert(path.into(), Entry::new(node, mode, uid));
        drop(nodes);
        self
    }

    /// A directory (mode 0755).
    #[must_use]
    pub fn dir(self, path: &str) -> Self {
        self.put(path, Node::Directory, 0o755)
    }

    /// A regular file (mode 0644) with its directories.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.put(path, Node::File(content.as_ref().to_vec()), 0o644)
    }

    /// A symbolic link.
    #[must_use]
    pub fn link(self, path: &str, to: &str) -> Self {
        self.put(path, Node::Link(to.into()), 0o777)
    }

    /// A FIFO.
    #[must_use]
    pub fn fifo(self, path: &str) -> Self {
        self.put(path, Node::Fifo, 0o644)
    }

    /// An executable script that [`System::find_program`] finds when its directory is on `PATH`.
    #[must_use]
    pub fn program(self, path: &str) -> Self {
        self.put(path, Node::File(b"\x7fELF".to_vec()), 0o755)
    }

    /// Changes the mode of what exists.
    #[must_use]
    pub fn mode(self, path: &str, mode: u32) -> Self {
        if let Some(entry) = self.disk.nodes_mut().get_mut(Path::new(path)) {
            entry.mode = mode;
        }
        self
    }

    /// Changes the owner of what exists.
    #[must_use]
    pub fn owner(self, path: &str, uid: u32) -> Self {
        if let Some(entry) = self.disk.nodes_mut().get_mut(Path::new(path)) {
            entry.uid = uid;
        }
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env_var(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Removes an environment variable.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.env.remove(name);
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn in_directory(mut self, path: &str) -> Self {
        self.cwd = path.into();
        self
    }

    /// Sets the account.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.account = account;
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn at(mut self, now: i64) -> Self {
        self.now = now;
        self
    }

    /// Records what a program answers to arguments that begin with `args` (the first match counts).
    #[must_use]
    pub fn answers(mut self, program: &str, args: &[&str], code: i32, stdout: &str, stderr: &str) -> Self {
        let output = Output { code: Some(code), stdout: stdout.into(), stderr: stderr.into() };
        self.answers.push((program.into(), args.iter().map(|a| (*a).to_owned()).collect(), Ok(output)));
        self
    }

    /// Records that a program cannot be run.
    #[must_use]
    pub fn fails(mut self, program: &str, error: RunError) -> Self {
        self.answers.push((program.into(), Vec::new(), Err(error)));
        self
    }

    /// Records what the agent of this account at a socket holds.
    #[must_use]
    pub fn agent(mut self, socket: &str, keys: Result<Vec<AgentKey>, String>) -> Self {
        self.agents.insert(socket.into(), keys);
        let uid = self.account.uid.unwrap_or(0);
        self.put(socket, Node::Fifo, 0o600).owner(socket, uid)
    }

    /// Records what comes back for an HTTP call whose `METHOD URL BODY` begins with `start` (the first match counts).
    #[must_use]
    pub fn http_answer(mut self, start: &str, answer: Result<net::HttpResponse, net::NetError>) -> Self {
        self.http.push((start.into(), answer));
        self
    }

    /// Sets what is left of the time of the run.
    #[must_use]
    pub fn with_time_left(mut self, time_left: Duration) -> Self {
        self.time_left = time_left;
        self
    }

    /// The HTTP requests that were sent so far, those of clones included.
    pub fn http_requests(&self) -> Vec<net::HttpRequest> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records what a probe of this endpoint finds, whatever the route (the first one counts). Nothing is found at others.
    #[must_use]
    pub fn probed(mut self, host: &str, port: u16, probed: net::Probed) -> Self {
        self.probed.push((host.into(), port, probed));
        self
    }

    /// Records what becomes of every login by this library (the first one counts). Others are not built.
    #[must_use]
    pub fn login(mut self, library: net::SshLibrary, outcome: net::SshOutcome) -> Self {
        self.logins.push((library, outcome));
        self
    }

    /// Whether the account may read what an entry holds.
    fn may_read(&self, entry: &Entry) -> bool {
        let uid = self.account.uid.unwrap_or(0);
        uid == 0 || if entry.uid == uid { entry.mode & 0o400 != 0 } else { entry.mode & 0o004 != 0 }
    }

    /// Whether the account may look for something in a directory.
    fn may_search(&self, directory: &Entry) -> bool {
        let uid = self.account.uid.unwrap_or(0);
        let bit = if directory.uid == uid { 0o100 } else { 0o001 };
        uid == 0 || self.platform == Platform::Windows || directory.mode & bit != 0
    }

    /// The path with links resolved, at most 40 of them.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let nodes = self.disk.nodes();
        let mut current = normal(path);
        for _ in 0..40 {
            let Some(link) =
                current.ancestors().find(|a| matches!(nodes.get(*a), Some(Entry { node: Node::Link(_), .. })))
            else {
                return Ok(current);
            };
            let Some(Entry { node: Node::Link(to), .. }) = nodes.get(link) else { return Ok(current) };
            let rest = current.strip_prefix(link).unwrap_or(Path::new("")).to_owned();
            let base = if to.is_absolute() { to.clone() } else { link.parent().unwrap_or(Path::new("/")).join(to) };
            current = normal(&if rest.as_os_str().is_empty() { base } else { base.join(rest) });
        }
        Err(io::Error::other("too many levels of symbolic links"))
    }

    /// Windows has neither modes nor owners by number.
    fn describe(&self, entry: &Entry) -> Metadata {
        let found = describe(entry);
        match self.platform {
            Platform::Windows => Metadata { mode: None, uid: None, gid: None, ..found },
            _ => found,
        }
    }

    fn entry(&self, path: &Path) -> io::Result<Entry> {
        let path = self.resolve(path)?;
        let nodes = self.disk.nodes();
        if path.ancestors().skip(1).filter_map(|above| nodes.get(above)).any(|above| !self.may_search(above)) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        nodes.get(&path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// The path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

fn describe(entry: &Entry) -> Metadata {
    let (kind, len) = match &entry.node {
        Node::File(content) => (FileKind::File, content.len() as u64),
        Node::Directory => (FileKind::Directory, 0),
        Node::Link(_) => (FileKind::Symlink, 0),
        Node::Fifo => (FileKind::Other, 0),
    };
    Metadata {
        kind,
        len,
        mode: Some(entry.mode),
        uid: Some(entry.uid),
        gid: Some(entry.uid),
        modified: Some(entry.modified),
    }
}

impl System for FakeSystem {
    fn platform(&self) -> Platform {
        self.platform
    }
    fn arch(&self) -> String {
        "x86_64".into()
    }
    fn account(&self) -> Account {
        self.account.clone()
    }
    fn now(&self) -> i64 {
        self.now
    }
    fn current_dir(&self) -> io::Result<PathBuf> {
        Ok(self.cwd.clone())
    }
    fn env(&self, name: &str) -> Option<OsString> {
        self.env.get(name).map(OsString::from)
    }
    fn env_names(&self) -> Vec<OsString> {
        self.env.keys().map(OsString::from).collect()
    }
    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.entry(path).map(|entry| self.describe(&entry))
    }
    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        let found = self.disk.nodes().get(&normal(path)).map(|entry| self.describe(entry));
        found.map_or_else(|| self.metadata(path), Ok)
    }
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let entry = self.entry(path)?;
        match &entry.node {
            Node::File(_) if !self.may_read(&entry) => Err(io::ErrorKind::PermissionDenied.into()),
            Node::File(content) if content.len() as u64 > limit => Err(io::ErrorKind::FileTooLarge.into()),
            Node::File(content) => Ok(content.clone()),
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, "not a regular file")),
        }
    }
    fn read_lines(&self, path: &Path, limit: u64, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let content = self.read(path, limit)?;
        let content = content.strip_suffix(b"\n").unwrap_or(&content);
        if !content.is_empty() {
            content.split(|byte| *byte == b'\n').for_each(each);
        }
        Ok(())
    }
    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let directory = self.resolve(path)?;
        let nodes = self.disk.nodes();
        match nodes.get(&directory) {
            Some(Entry { node: Node::Directory, .. }) => {}
            Some(_) => return Err(io::ErrorKind::NotADirectory.into()),
            None => return Err(io::ErrorKind::NotFound.into()),
        }
        Ok(nodes
            .iter()
            .filter(|(path, _)| path.parent() == Some(&directory))
            .filter_map(|(path, entry)| {
                Some(DirEntry { name: path.file_name()?.to_owned(), kind: describe(entry).kind })
            })
            .collect())
    }
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let resolved = self.resolve(path)?;
        self.entry(&resolved).map(|_| resolved)
    }
    fn is_readable(&self, path: &Path) -> bool {
        self.entry(path).is_ok_and(|entry| self.may_read(&entry))
    }
    fn acl_open_to_others(&self, _: &Path) -> Option<bool> {
        None
    }
    fn find_program(&self, name: &str) -> Vec<PathBuf> {
        let path = OsString::from(self.env.get("PATH").cloned().unwrap_or_default());
        let endings: &[&str] = if self.platform == Platform::Windows { &["", ".exe", ".cmd"] } else { &[""] };
        path_list::split(&path, self.platform)
            .into_iter()
            .filter(|directory| directory.is_absolute())
            .flat_map(|directory| endings.iter().map(move |ending| directory.join(format!("{name}{ending}"))))
            .filter(|file| {
                self.entry(file).is_ok_and(|entry| matches!(entry.node, Node::File(_)) && entry.mode & 0o111 != 0)
            })
            .collect()
    }
    fn watch(&self, invocation: &Invocation) -> Result<Watched, RunError> {
        let matches = |wanted: &[String]| {
            wanted.len() <= invocation.args.len()
                && wanted.iter().zip(&invocation.args).all(|(w, a)| OsStr::new(w) == a)
        };
        self.answers.iter().find(|(program, args, _)| *program == invocation.program && matches(args)).map_or_else(
            || Err(RunError::NotStarted("No such file or directory".into())),
            |(_, _, answer)| match answer.clone() {
                Ok(output) => Ok(Watched { output, timed_out: false, took: Duration::ZERO }),
                Err(RunError::TimedOut(took)) => {
                    let output = Output { code: None, stdout: Vec::new(), stderr: Vec::new() };
                    Ok(Watched { output, timed_out: true, took })
                }
                Err(error) => Err(error),
            },
        )
    }
    fn with_directory(&self, _: &[(&str, &[u8])], work: &mut dyn FnMut(&Path)) -> io::Result<()> {
        work(Path::new("/tmp/empty"));
        Ok(())
    }
    fn discover_repository(&self, start: &Path) -> Option<Discovered> {
        let line = |path: &Path| {
            let content = self.read(path, 1024).ok()?;
            Some(String::from_utf8_lossy(&content).trim().to_owned())
        };
        start.ancestors().find_map(|work_tree| {
            let dot_git = work_tree.join(".git");
            let named = line(&dot_git).and_then(|line| Some(work_tree.join(line.strip_prefix("gitdir: ")?)));
            let git_dir = named.unwrap_or(dot_git);
            let branch = line(&git_dir.join("HEAD"))?.strip_prefix("ref: refs/heads/").map(Into::into);
            let common = line(&git_dir.join("commondir"));
            let common_dir = common.map_or_else(|| git_dir.clone(), |common| normal(&git_dir.join(common)));
            Some(Discovered { common_dir, git_dir, work_tree: Some(work_tree.to_owned()), branch })
        })
    }
    fn agent_keys(&self, socket: &Path) -> Result<Option<Vec<AgentKey>>, String> {
        self.agents.get(socket).cloned().transpose()
    }
    fn probe(&self, probes: &[net::Probe]) -> Vec<net::Probed> {
        let answer = |probe: &net::Probe| {
            let found = self.probed.iter().find(|(host, port, _)| *host == probe.host && *port == probe.port);
            found.map(|(_, _, probed)| probed.clone()).unwrap_or_default()
        };
        probes.iter().map(answer).collect()
    }
    fn http(&self, request: &net::HttpRequest) -> Result<net::HttpResponse, net::NetError> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let call = format!("{} {} {}", request.method, request.url, String::from_utf8_lossy(&request.body));
        let found = self.http.iter().find(|(start, _)| call.starts_with(start.as_str()));
        found.map_or_else(
            || Err(net::NetError { kind: net::NetErrorKind::Unreachable, text: "Network is unreachable".into() }),
            |(_, answer)| answer.clone(),
        )
    }
    fn ssh_login(&self, library: net::SshLibrary, _: &net::SshAttempt) -> net::SshOutcome {
        let found = self.logins.iter().find(|(own, _)| *own == library);
        found.map_or(net::SshOutcome::NotBuilt, |(_, outcome)| outcome.clone())
    }
    fn time_left(&self) -> Duration {
        self.time_left
    }
    fn cores(&self) -> usize {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_answers_what_was_recorded_and_nothing_else() {
        let refused = net::NetError { kind: net::NetErrorKind::Refused, text: "Connection refused".into() };
        let found = net::Probed {
            dns: Some(net::Timed { value: Ok(Vec::new()), took: Duration::ZERO }),
            ..net::Probed::default()
        };
        let fake = FakeSystem::new(Platform::Linux)
            .probed("host", 22, found.clone())
            .http_answer("GET https://host/", Err(refused.clone()))
            .login(net::SshLibrary::Russh, net::SshOutcome::NoKey("no key file".into()));
        let probe = |host: &str| net::Probe {
            host: host.into(),
            port: 22,
            route: net::Route::Direct,
            protocol: net::Protocol::Ssh,
        };
        assert_eq!(fake.probe(&[probe("other"), probe("host")]), [net::Probed::default(), found]);
        let mut request = net::HttpRequest {
            method: "GET".into(),
            url: "https://host/path".into(),
            headers: Vec::new(),
            body: Vec::new(),
            login: None,
            route: net::Route::Direct,
            store: net::TrustStore::System,
            deadline: net::RUNG,
        };
        assert_eq!(fake.http(&request), Err(refused));
        request.method = "POST".into();
        assert_eq!(fake.http(&request).map_err(|error| error.kind), Err(net::NetErrorKind::Unreachable));
        let attempt = net::SshAttempt {
            host: "host".into(),
            port: 22,
            user: "APKAEXAMPLE".into(),
            keys: Vec::new(),
            host_keys: Vec::new(),
            command: None,
            deadline: net::RUNG,
        };
        assert_eq!(fake.ssh_login(net::SshLibrary::Russh, &attempt), net::SshOutcome::NoKey("no key file".into()));
        assert_eq!(fake.ssh_login(net::SshLibrary::Libssh2, &attempt), net::SshOutcome::NotBuilt);
    }
}

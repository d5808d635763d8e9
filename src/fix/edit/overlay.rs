//! A machine on which some files already read as the plan makes them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::system::{
    Account, AgentKey, DirEntry, Discovered, FileKind, Invocation, Metadata, Platform, RunError, System, Watched, net,
};

/// Another machine with these files in the place of its own.
pub(crate) struct Overlay<'a> {
    under: &'a dyn System,
    files: &'a BTreeMap<PathBuf, Vec<u8>>,
}

impl<'a> Overlay<'a> {
    /// Lays files over a machine.
    pub(crate) fn new(under: &'a dyn System, files: &'a BTreeMap<PathBuf, Vec<u8>>) -> Self {
        Self { under, files }
    }

    /// The planned content of a file, also by another name of it.
    fn planned(&self, path: &Path) -> Option<&[u8]> {
        let real = |path: &Path| self.under.canonicalize(path).ok();
        let by_name = || {
            let wanted = real(path)?;
            self.files.iter().find(|(known, _)| real(known).is_some_and(|known| known == wanted)).map(|(_, text)| text)
        };
        self.files.get(path).or_else(by_name).map(Vec::as_slice)
    }

    fn with_length(&self, path: &Path, found: io::Result<Metadata>) -> io::Result<Metadata> {
        let Some(text) = self.planned(path) else { return found };
        let account = self.under.account();
        let new = |_| Metadata {
            kind: FileKind::File,
            len: 0,
            mode: account.uid.map(|_| 0o600),
            uid: account.uid,
            gid: None,
            modified: None,
        };
        Ok(Metadata { len: text.len() as u64, ..found.unwrap_or_else(new) })
    }
}

impl System for Overlay<'_> {
    fn platform(&self) -> Platform {
        self.under.platform()
    }
    fn arch(&self) -> String {
        self.under.arch()
    }
    fn account(&self) -> Account {
        self.under.account()
    }
    fn now(&self) -> i64 {
        self.under.now()
    }
    fn current_dir(&self) -> io::Result<PathBuf> {
        self.under.current_dir()
    }
    fn env(&self, name: &str) -> Option<OsString> {
        self.under.env(name)
    }
    fn env_names(&self) -> Vec<OsString> {
        self.under.env_names()
    }
    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.with_length(path, self.under.metadata(path))
    }
    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.with_length(path, self.under.symlink_metadata(path))
    }
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self.planned(path) {
            Some(text) if text.len() as u64 > limit => Err(io::ErrorKind::FileTooLarge.into()),
            Some(text) => Ok(text.to_vec()),
            None => self.under.read(path, limit),
        }
    }
    fn read_lines(&self, path: &Path, limit: u64, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let Some(text) = self.planned(path) else { return self.under.read_lines(path, limit, each) };
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        if !text.is_empty() {
            text.split(|byte| *byte == b'\n').for_each(each);
        }
        Ok(())
    }
    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.under.read_dir(path)
    }
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.under.canonicalize(path)
    }
    fn is_readable(&self, path: &Path) -> bool {
        self.planned(path).is_some() || self.under.is_readable(path)
    }
    fn acl_open_to_others(&self, path: &Path) -> Option<bool> {
        self.under.acl_open_to_others(path)
    }
    fn find_program(&self, name: &str) -> Vec<PathBuf> {
        self.under.find_program(name)
    }
    fn watch(&self, invocation: &Invocation) -> Result<Watched, RunError> {
        self.under.watch(invocation)
    }
    fn with_directory(&self, files: &[(&str, &[u8])], work: &mut dyn FnMut(&Path)) -> io::Result<()> {
        self.under.with_directory(files, work)
    }
    fn discover_repository(&self, start: &Path) -> Option<Discovered> {
        self.under.discover_repository(start)
    }
    fn agent_keys(&self, socket: &Path) -> Result<Option<Vec<AgentKey>>, String> {
        self.under.agent_keys(socket)
    }
    fn probe(&self, probes: &[net::Probe]) -> Vec<net::Probed> {
        self.under.probe(probes)
    }
    fn http(&self, request: &net::HttpRequest) -> Result<net::HttpResponse, net::NetError> {
        self.under.http(request)
    }
    fn ssh_login(&self, library: net::SshLibrary, attempt: &net::SshAttempt) -> net::SshOutcome {
        self.under.ssh_login(library, attempt)
    }
    fn time_left(&self) -> Duration {
        self.under.time_left()
    }
    fn cores(&self) -> usize {
        self.under.cores()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fake::FakeSystem;

    #[test]
    fn planned_files_read_as_planned_by_any_name() {
        let system = FakeSystem::new(Platform::Linux)
            .file("/home/dev/real", "old")
            .link("/home/dev/link", "/home/dev/real")
            .file("/home/dev/other", "same");
        let files =
            BTreeMap::from([("/home/dev/link".into(), b"new\nlines\n".to_vec()), ("/home/dev/n".into(), vec![1])]);
        let overlay = Overlay::new(&system, &files);
        let read = |path: &str| overlay.read(Path::new(path), 100).ok();
        assert_eq!(read("/home/dev/link").as_deref(), Some(&b"new\nlines\n"[..]));
        assert_eq!(read("/home/dev/real").as_deref(), Some(&b"new\nlines\n"[..]));
        assert_eq!(read("/home/dev/other").as_deref(), Some(&b"same"[..]));
        assert_eq!(read("/home/dev/missing"), None);
        let length = |path: &str| overlay.metadata(Path::new(path)).map(|metadata| metadata.len).ok();
        assert_eq!((length("/home/dev/real"), length("/home/dev/n"), length("/x")), (Some(10), Some(1), None));
        let mut lines = Vec::new();
        overlay.read_lines(Path::new("/home/dev/link"), 100, &mut |line| lines.push(line.to_vec())).unwrap();
        assert_eq!(lines, [b"new".to_vec(), b"lines".to_vec()]);
    }
}

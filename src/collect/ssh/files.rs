//! One configuration file as it lies on the disk: kind, owner, mode, encoding, text.

use std::io;
use std::path::Path;

use crate::system::{FileKind, Platform, System, text};

/// Largest configuration file that is read, in bytes.
const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// What is observed about a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FileState {
    pub(crate) exists: bool,
    /// `file`, `directory`, `link-loop` or `other`.
    pub(crate) kind: Option<&'static str>,
    pub(crate) readable: Option<bool>,
    pub(crate) owner_ok: Option<bool>,
    pub(crate) mode: Option<u32>,
    pub(crate) writable_by_others: Option<bool>,
    /// `utf-16`, `utf-8-bom`, `nul-bytes`.
    pub(crate) encoding: Option<&'static str>,
    pub(crate) crlf: bool,
    pub(crate) problem: Option<String>,
    /// It was not read for its size.
    pub(crate) too_large: bool,
    /// The text, decoded; empty when it could not be read.
    pub(crate) text: String,
}

/// Looks at a file and reads it.
pub(crate) fn look(system: &dyn System, path: &Path) -> FileState {
    let mut state = FileState::default();
    match system.metadata(path) {
        Ok(metadata) => {
            state.exists = true;
            state.kind = Some(match metadata.kind {
                FileKind::File => "file",
                FileKind::Directory => "directory",
                FileKind::Symlink | FileKind::Other => "other",
            });
            if system.platform() != Platform::Windows {
                let uid = system.account().uid;
                state.owner_ok = metadata.uid.map(|owner| owner == 0 || Some(owner) == uid);
                state.mode = metadata.mode;
                state.writable_by_others = metadata.mode.map(|mode| mode & 0o022 != 0);
            }
            read(system, path, &mut state);
        }
        Err(error) => note_missing(system, path, &error, &mut state),
    }
    state
}

fn note_missing(system: &dyn System, path: &Path, error: &io::Error, state: &mut FileState) {
    if error.kind() == io::ErrorKind::PermissionDenied {
        state.problem = Some("its directory cannot be searched by this account".into());
    } else if error.kind() != io::ErrorKind::NotFound
        && system.symlink_metadata(path).is_ok_and(|link| link.kind == FileKind::Symlink)
    {
        state.exists = true;
        state.kind = Some("link-loop");
        state.readable = Some(false);
        state.problem = Some("a link that leads back to itself".into());
    }
}

fn read(system: &dyn System, path: &Path, state: &mut FileState) {
    if path == Path::new("/dev/null") {
        state.readable = Some(true);
        return;
    }
    if state.kind == Some("file") {
        state.readable = Some(system.is_readable(path));
    }
    match system.read(path, SIZE_LIMIT) {
        Ok(bytes) => {
            state.encoding = text::encoding(&bytes);
            state.text = text::decode(&bytes);
            state.crlf = state.text.contains("\r\n");
        }
        Err(error) => {
            state.too_large = error.kind() == io::ErrorKind::FileTooLarge;
            state.problem = Some(match (error.kind(), state.kind) {
                (io::ErrorKind::FileTooLarge, _) => format!("larger than {} MiB", SIZE_LIMIT / 1024 / 1024),
                (io::ErrorKind::PermissionDenied, _) => "this account may not read it".into(),
                (_, Some("directory")) => "a directory".into(),
                (_, Some("other")) => "not a regular file".into(),
                _ => error.to_string(),
            });
            if state.kind == Some("file") && error.kind() == io::ErrorKind::PermissionDenied {
                state.readable = Some(false);
            }
        }
    }
}

/// Whether ssh would refuse the file for its owner or mode (`Bad owner or permissions`).
pub(crate) fn is_refused(state: &FileState) -> bool {
    state.exists && (state.owner_ok == Some(false) || state.writable_by_others == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fake::FakeSystem;

    #[test]
    fn odd_files_are_described_not_opened() {
        let system = FakeSystem::new(Platform::Linux)
            .dir("/d")
            .fifo("/fifo")
            .link("/a", "/b")
            .link("/b", "/a")
            .link("/dangling", "/nothing")
            .file("/root", "User x\r\n")
            .mode("/root", 0o600)
            .file("/home/dev/open", "User x")
            .mode("/home/dev/open", 0o664);
        let see = |path: &str| look(&system, Path::new(path));
        assert_eq!((see("/d").kind, see("/d").problem.as_deref()), (Some("directory"), Some("a directory")));
        assert_eq!((see("/fifo").kind, see("/fifo").problem.as_deref()), (Some("other"), Some("not a regular file")));
        assert_eq!((see("/a").kind, see("/a").exists), (Some("link-loop"), true));
        assert_eq!((see("/dangling").exists, see("/dangling").kind), (false, None));
        assert_eq!((see("/root").readable, see("/root").owner_ok), (Some(false), Some(true)));
        let open = see("/home/dev/open");
        assert_eq!((open.mode, open.writable_by_others, is_refused(&open)), (Some(0o664), Some(true), true));
    }
}

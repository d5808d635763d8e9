//! Facts about the configuration files themselves.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::paths;
use super::reading::ReadFile;
use crate::fact::git::ConfigFile;
use crate::fact::{FilePath, Source, Text};
use crate::system::System;

/// The fact of one file.
pub fn fact(system: &dyn System, file: &ReadFile) -> ConfigFile {
    let metadata = system.metadata(&file.path).ok();
    let readable = metadata.as_ref().map(|_| system.is_readable(&file.path));
    ConfigFile {
        path: FilePath(paths::shown(&file.path)),
        scope: file.scope.word().into(),
        exists: metadata.is_some(),
        readable,
        owned: metadata.and_then(|metadata| Some(metadata.uid? == system.account().uid?)),
        included_by: file.included_by.clone(),
        encoding: file.encoding.map(Into::into),
        lock_file: lock_file(system, &file.path),
        problem: problem(file),
        source: Source::file(paths::shown(&file.path)),
    }
}

/// The `.lock` file that a git which was killed left behind.
fn lock_file(system: &dyn System, path: &Path) -> Option<FilePath> {
    let mut name = OsString::from(path);
    name.push(".lock");
    let lock = PathBuf::from(name);
    system.symlink_metadata(&lock).ok().map(|_| FilePath(paths::shown(&lock)))
}

/// Why the file could not be read whole.
fn problem(file: &ReadFile) -> Option<Text> {
    match &file.content {
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound => None,
            io::ErrorKind::FileTooLarge => Some("larger than 4 MiB".into()),
            io::ErrorKind::PermissionDenied => Some("permission denied".into()),
            _ => Some(error.to_string().into()),
        },
        Ok(_) if file.parsed.cut => Some("more than 100,000 entries".into()),
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::git::reading;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    #[test]
    fn trouble_with_files_is_seen() {
        let system = FakeSystem::new(Platform::Linux)
            .file("/home/dev/.gitconfig", b"\xff\xfe[\0a\0]\0\n\0")
            .owner("/home/dev/.gitconfig", 0)
            .file("/home/dev/.gitconfig.lock", "")
            .fifo("/home/dev/.config/git/config")
            .file("/etc/gitconfig", "[a]\nb=c\n")
            .mode("/etc/gitconfig", 0o600);
        let reading = reading::read(&system, None, None);
        let facts: Vec<_> = reading.files.iter().map(|file| fact(&system, file)).collect();
        assert_eq!(facts[0].scope.0, "system");
        assert_eq!((facts[0].readable, facts[0].owned), (Some(false), Some(false)));
        assert_eq!(facts[0].problem.as_deref(), Some("permission denied"));
        assert_eq!(facts[1].problem.as_deref(), Some("not a regular file"));
        assert_eq!(facts[2].encoding.as_deref(), Some("utf-16"));
        assert_eq!((facts[2].readable, facts[2].owned), (Some(true), Some(false)));
        assert_eq!(facts[2].lock_file.as_deref(), Some("/home/dev/.gitconfig.lock"));
    }
}

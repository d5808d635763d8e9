//! Files and directories, read without ever waiting for one.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::{DirEntry, Metadata};
use crate::system::FileKind;

/// Largest number of entries of one directory that are listed.
const ENTRY_LIMIT: usize = 10_000;
/// Largest number of bytes of one line.
const LINE_LIMIT: u64 = 1024 * 1024;

/// Calls `work` with a new directory that holds these files and that only this account can enter (mode 0700 on Unix); it is removed afterwards.
pub(super) fn with_directory(files: &[(&str, &[u8])], work: &mut dyn FnMut(&Path)) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("cc-doctor-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let directory = builder.tempdir()?;
    for (name, content) in files {
        new_private().open(directory.path().join(name))?.write_all(content)?;
    }
    // Links in the way to it (`/tmp` on macOS) would make its path differ from what programs in it see.
    work(&fs::canonicalize(directory.path())?);
    directory.close()
}

/// How to make a file that only this account can read, to add to; one that is there already is left alone.
pub(super) fn new_private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn kind(found: fs::FileType) -> FileKind {
    if found.is_file() {
        FileKind::File
    } else if found.is_dir() {
        FileKind::Directory
    } else if found.is_symlink() {
        FileKind::Symlink
    } else {
        FileKind::Other
    }
}

/// The operating system's metadata in our words.
pub(super) fn describe(found: &fs::Metadata) -> Metadata {
    let (mode, uid, gid) = permissions(found);
    let modified = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Metadata {
        kind: kind(found.file_type()),
        len: found.len(),
        mode,
        uid,
        gid,
        modified: modified.and_then(|passed| i64::try_from(passed.as_secs()).ok()),
    }
}

#[cfg(unix)]
fn permissions(found: &fs::Metadata) -> (Option<u32>, Option<u32>, Option<u32>) {
    use std::os::unix::fs::MetadataExt;
    (Some(found.mode() & 0o7777), Some(found.uid()), Some(found.gid()))
}

#[cfg(windows)]
fn permissions(_found: &fs::Metadata) -> (Option<u32>, Option<u32>, Option<u32>) {
    (None, None, None)
}

/// Opens what was a regular file a moment ago. Should a FIFO have taken its place, the call still comes back.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        use nix::fcntl::OFlag;
        options.custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits());
    }
    options.open(path)
}

fn must_be_regular(found: &fs::Metadata) -> io::Result<()> {
    if found.is_file() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::Unsupported, "not a regular file")) }
}

/// A regular file of at most `limit` bytes, and its size.
fn open_regular(path: &Path, limit: u64) -> io::Result<(File, u64)> {
    must_be_regular(&fs::metadata(path)?)?;
    let file = open(path)?;
    let found = file.metadata()?;
    must_be_regular(&found)?;
    if found.len() > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok((file, found.len())) }
}

/// The content of a regular file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (file, size) = open_regular(path, limit)?;
    // The size is only a hint: files below /proc claim to be empty, and others may be growing.
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(limit.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(content)
}

/// Calls `each` with every line of a regular file of at most `limit` bytes.
pub(super) fn read_lines(path: &Path, limit: u64, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let (file, _) = open_regular(path, limit)?;
    let mut reader = BufReader::with_capacity(64 * 1024, file.take(limit));
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else {
            reader.skip_until(b'\n')?;
        }
        each(&line);
    }
}

/// Whether a regular file opens, or a directory lists.
pub(super) fn is_readable(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => open(path).is_ok(),
        Ok(found) if found.is_dir() => fs::read_dir(path).is_ok(),
        _ => false,
    }
}

/// The first 10,000 entries that the system names, sorted.
pub(super) fn read_dir(path: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries: Vec<_> = fs::read_dir(path)?
        .take(ENTRY_LIMIT)
        .flatten()
        .map(|entry| DirEntry { name: entry.file_name(), kind: entry.file_type().map_or(FileKind::Other, kind) })
        .collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// The path with all links resolved, on Windows in the form that people and other programs know.
pub(super) fn canonicalize(path: &Path) -> io::Result<PathBuf> {
    let resolved = fs::canonicalize(path)?;
    if cfg!(windows) { Ok(without_verbatim_prefix(&resolved)) } else { Ok(resolved) }
}

/// `\\?\C:\x` as `C:\x`; network paths stay.
fn without_verbatim_prefix(path: &Path) -> PathBuf {
    let plain = path.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|rest| !rest.starts_with("UNC\\"));
    plain.map_or_else(|| path.to_owned(), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn an_empty_directory_is_private_and_goes_away() {
        let mut seen = None;
        with_directory(&[("known", b"content")], &mut |path| {
            assert_eq!(fs::read(path.join("known")).expect("the file"), b"content");
            assert_eq!(describe(&fs::metadata(path.join("known")).unwrap()).mode, Some(0o600));
            std::fs::write(path.join("file"), "x").unwrap();
            seen = Some((path.to_owned(), describe(&std::fs::metadata(path).unwrap()).mode));
        })
        .unwrap();
        let (path, mode) = seen.unwrap();
        assert_eq!(mode, Some(0o700));
        assert!(!path.exists());
    }

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read(&path, u64::MAX).unwrap(), b"12345");
        assert_eq!(read(folder.path(), 4).unwrap_err().kind(), io::ErrorKind::Unsupported);
        assert_eq!(read(&folder.path().join("no"), 4).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(read(Path::new("a\0b"), 4).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn a_huge_sparse_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read(&path, 16 << 20).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn proc_files_have_content_though_they_claim_none() {
        assert!(!read(Path::new("/proc/version"), 1 << 16).unwrap().is_empty());
        assert_eq!(read(Path::new("/proc/version"), 3).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    #[cfg(unix)]
    fn a_device_or_fifo_is_never_opened() {
        use nix::sys::stat::Mode;

        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        nix::unistd::mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        assert_eq!(read(&fifo, 10).unwrap_err().kind(), io::ErrorKind::Unsupported);
        assert_eq!(read(Path::new("/dev/zero"), 10).unwrap_err().kind(), io::ErrorKind::Unsupported);
        assert!(!is_readable(&fifo));
        assert!(open(&fifo).is_ok(), "a FIFO that took a file's place must not block");
    }

    #[test]
    fn lines_come_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let lines = |content: &[u8], limit: u64| {
            fs::write(&path, content).unwrap();
            let mut lines: Vec<usize> = Vec::new();
            read_lines(&path, limit, &mut |line| lines.push(line.len())).map(|()| lines).map_err(|error| error.kind())
        };
        assert_eq!(lines(b"a\n\nbc\n", 7), Ok(vec![1, 0, 2]));
        assert_eq!(lines(b"a\r\nb", 7), Ok(vec![2, 1]));
        assert_eq!(lines(b"", 7), Ok(vec![]));
        assert_eq!(lines(b"12345", 4), Err(io::ErrorKind::FileTooLarge));
        let mut long = vec![b'x'; 3 << 20];
        long.extend(b"\nnext");
        assert_eq!(lines(&long, u64::MAX), Ok(vec![1 << 20, 4]));
    }

    #[test]
    #[cfg(unix)]
    fn metadata_tells_links_modes_and_kinds() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        let found = describe(&fs::metadata(&link).unwrap());
        assert_eq!((found.kind, found.mode, found.len), (FileKind::File, Some(0o640), 1));
        assert!(found.modified.unwrap() > 1_750_000_000);
        assert_eq!(describe(&fs::symlink_metadata(&link).unwrap()).kind, FileKind::Symlink);
        let entries = read_dir(folder.path()).unwrap();
        let names: Vec<_> = entries.iter().map(|entry| (entry.name.to_str().unwrap(), entry.kind)).collect();
        assert_eq!(names, [("file", FileKind::File), ("link", FileKind::Symlink)]);
        assert_eq!(canonicalize(&link).unwrap(), fs::canonicalize(&path).unwrap());
    }

    #[test]
    #[cfg(unix)]
    fn a_loop_of_links_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&link, &link).unwrap();
        assert!(read(&link, 10).is_err());
        assert!(canonicalize(&link).is_err());
        assert!(!is_readable(&link));
    }

    #[test]
    fn verbatim_paths_become_plain() {
        assert_eq!(without_verbatim_prefix(Path::new(r"\\?\C:\x")), Path::new(r"C:\x"));
        assert_eq!(without_verbatim_prefix(Path::new(r"\\?\UNC\server\x")), Path::new(r"\\?\UNC\server\x"));
    }
}

//! The writing door: the few operations that repairs are made of. Nothing but [`crate::fix`] takes a [`Hands`]; whoever
//! is given a `&dyn System` can only read.
//!
//! Nothing here decides what may be written: that is `fix::guard`.

use std::any::Any;
use std::fmt;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Metadata, System};

/// A point in time as file systems keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Seconds since the Unix epoch.
    pub seconds: i64,
    /// Nanoseconds within that second.
    pub nanos: u32,
}

/// What a writer must know of a path. Links are not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// What a reader knows.
    pub found: Metadata,
    /// Last modification.
    pub modified: Moment,
    /// Number of its names; 1 where the system does not tell.
    pub links: u64,
    /// Marked as immutable or append-only (`chattr`, `chflags`, the attribute "read-only" of Windows).
    pub immutable: bool,
    /// On a file system that is mounted read-only.
    pub read_only: bool,
}

/// A file that is put in place all at once.
#[derive(Clone, Copy)]
pub struct Put<'a> {
    /// Where it goes.
    pub path: &'a Path,
    /// A name in the same directory for the time until it is complete. Nothing is there.
    pub temp: &'a Path,
    /// Its bytes.
    pub content: &'a [u8],
    /// The file whose owner, group, access control list, extended attributes and mode it gets.
    pub like: Option<&'a Path>,
    /// Its permission bits, instead of those of `like`. Without either: 0600. Not used on Windows.
    pub mode: Option<u32>,
    /// Its time of modification; `None`: now.
    pub modified: Option<Moment>,
    /// A name that it has on its way from `temp` to `path`, by which other programs know that the file is being written.
    pub lock: Option<&'a Path>,
    /// The bytes of the file whose place it takes; `None`: nothing may be at `path`.
    pub over: Option<&'a [u8]>,
}

impl fmt::Debug for Put<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Put({}, {} bytes)", self.path.display(), self.content.len())
    }
}

/// A lock that is held as long as this lives, and no longer than the process.
#[derive(Debug)]
pub struct Lock {
    _held: Box<dyn Any + Send>,
}

impl Lock {
    pub(super) fn new(held: impl Any + Send) -> Self {
        Self { _held: Box::new(held) }
    }
}

/// Writing access to one machine. Each operation is on disk when it returns, and each is whole or not there at all.
pub trait Hands: System {
    /// What a writer must know of a path.
    ///
    /// # Errors
    /// Where it cannot be looked at; of kind [`io::ErrorKind::NotFound`] where nothing is.
    fn stat(&self, path: &Path) -> io::Result<Stat>;

    /// Writes a file under its temporary name, makes it durable and renames it to its path.
    ///
    /// # Errors
    /// Whatever the system says; then `path` is as before and `temp` is gone. [`io::ErrorKind::AlreadyExists`]: something
    /// is at `temp`, or at `path` and `over` is not given. [`io::ErrorKind::ResourceBusy`]: the file at `path` has other
    /// bytes than `over` by the time that the new one is complete. [`io::ErrorKind::WouldBlock`]: something is at `lock`.
    /// [`io::ErrorKind::Unsupported`]: attributes of `like` cannot be given to it; the text names them.
    fn put(&self, file: &Put<'_>) -> io::Result<()>;

    /// Renames a file, never over another.
    ///
    /// # Errors
    /// Whatever the system says; [`io::ErrorKind::AlreadyExists`]: something is at `to`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Sets the permission bits of a file or directory.
    ///
    /// # Errors
    /// Whatever the system says; [`io::ErrorKind::Unsupported`] on Windows.
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()>;

    /// Removes a file or a link.
    ///
    /// # Errors
    /// Whatever the system says.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Makes a directory that only this account can enter (mode 0700); its parent exists.
    ///
    /// # Errors
    /// Whatever the system says; [`io::ErrorKind::AlreadyExists`]: something is there.
    fn make_directory(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    ///
    /// # Errors
    /// Whatever the system says.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;

    /// Adds bytes to the end of a file, which is created with mode 0600.
    ///
    /// # Errors
    /// Whatever the system says; some of the bytes may have been added.
    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()>;

    /// Takes the lock of that file, which is created; `None`: another process holds it. The system lets go of it when
    /// the process ends, however it ends.
    ///
    /// # Errors
    /// Whatever the system says.
    fn lock(&self, path: &Path) -> io::Result<Option<Lock>>;

    /// The number of this process.
    fn process_id(&self) -> u32;
}

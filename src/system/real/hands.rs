//! Writing on the machine that we run on.

#![expect(clippy::disallowed_methods, reason = "this is the writing half of the door that these lints guard")]

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{RealSystem, files};
use crate::system::hands::{Hands, Lock, Moment, Put, Stat};
use crate::system::{Invocation, System as _};

mod attributes;

impl Hands for RealSystem {
    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let found = fs::symlink_metadata(path)?;
        Ok(Stat {
            modified: moment(found.modified()?),
            links: attributes::links(&found),
            immutable: attributes::is_immutable(path, &found),
            read_only: attributes::on_read_only(path),
            found: files::describe(&found),
        })
    }

    fn put(&self, file: &Put<'_>) -> io::Result<()> {
        if cfg!(target_os = "macos") && file.like.is_some_and(|like| self.has_mac_acl(like)) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "an access control list"));
        }
        let new = create(file.temp)?;
        let done = fill(&new, file).and_then(|()| {
            // Windows renames no open file.
            drop(new);
            self.publish(file)
        });
        if done.is_err() {
            // The first error is the one to tell.
            let _ = fs::remove_file(file.temp);
        }
        done
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        rename_to_nothing(from, to)?;
        sync_parent(from)?;
        sync_parent(to)
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        attributes::set_mode(path, mode)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)?;
        sync_parent(path)
    }

    fn make_directory(&self, path: &Path) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        sync_parent(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)?;
        sync_parent(path)
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut options = private();
        let mut file = match options.append(true).create_new(true).open(path) {
            Ok(file) => {
                sync_parent(path)?;
                file
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => private().append(true).open(path)?,
            Err(error) => return Err(error),
        };
        file.write_all(content)?;
        file.sync_data()
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Lock>> {
        let file = private().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock::new(file))),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    fn process_id(&self) -> u32 {
        std::process::id()
    }
}

impl RealSystem {
    /// Gives the complete file its name, by way of that of the lock.
    fn publish(&self, file: &Put<'_>) -> io::Result<()> {
        let Some(lock) = file.lock else { return self.replace(file, file.temp) };
        rename_to_nothing(file.temp, lock).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                io::Error::new(io::ErrorKind::WouldBlock, format!("git is writing it ({} exists)", lock.display()))
            }
            _ => error,
        })?;
        self.replace(file, lock).inspect_err(|_| {
            // The first error is the one to tell.
            let _ = fs::remove_file(lock);
        })
    }

    /// Puts the complete file, which is at `new`, in its place.
    fn replace(&self, file: &Put<'_>, new: &Path) -> io::Result<()> {
        let Some(over) = file.over else {
            rename_to_nothing(new, file.path)?;
            return sync_parent(file.path);
        };
        // As late as can be: an editor may have saved while ours was written.
        if files::read(file.path, over.len() as u64).ok().as_deref() != Some(over) {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "somebody else has changed it"));
        }
        if cfg!(windows) {
            self.replace_on_windows(new, file.path)?;
        } else {
            fs::rename(new, file.path)?;
        }
        sync_parent(file.path)
    }

    /// A rename would give the file the access control list of its directory. `ReplaceFile` keeps that of the file
    /// (<https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-replacefilea>); calling it takes unsafe code,
    /// which .NET has done already. `[NullString]`: PowerShell would pass `$null` as an empty string.
    fn replace_on_windows(&self, temp: &Path, path: &Path) -> io::Result<()> {
        let shells = self.find_program("powershell");
        let shell =
            shells.first().ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "an ACL (no PowerShell)"))?;
        let script = "[IO.File]::Replace($env:CC_DOCTOR_TEMP, $env:CC_DOCTOR_FILE, [NullString]::Value)";
        let call = Invocation::new(shell, ["-NoProfile", "-NonInteractive", "-Command", script])
            .with_env("CC_DOCTOR_TEMP", temp.to_str())
            .with_env("CC_DOCTOR_FILE", path.to_str())
            .with_deadline(Duration::from_secs(20));
        match self.run(&call) {
            Ok(output) if output.ok() => Ok(()),
            Ok(output) => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    /// `ls -le` prints the entries of an access control list on lines of their own (`man ls` of macOS).
    fn has_mac_acl(&self, path: &Path) -> bool {
        let path = path.as_os_str().to_owned();
        let call = Invocation::new("/bin/ls", ["-lde".into(), "--".into(), path]);
        self.run(&call).is_ok_and(|output| String::from_utf8_lossy(&output.stdout).lines().count() > 1)
    }
}

/// Files that nobody else can read while they are new.
fn private() -> fs::OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A new file; whatever is there already, also a link, is an error.
fn create(path: &Path) -> io::Result<File> {
    private().read(true).write(true).create_new(true).open(path)
}

fn fill(mut new: &File, file: &Put<'_>) -> io::Result<()> {
    new.write_all(file.content)?;
    if let Some(like) = file.like {
        attributes::copy(like, new)?;
    }
    // Behind the access control list, whose mask is the group's bits.
    attributes::finish_mode(new, file)?;
    if let Some(modified) = file.modified {
        new.set_modified(time(modified)?)?;
    }
    new.sync_all()
}

/// Renames, but never over something. File systems without such a rename (NFS) know links, which never overwrite either;
/// killed between the two calls the file has both names.
fn rename_to_nothing(from: &Path, to: &Path) -> io::Result<()> {
    match attributes::rename_to_nothing(from, to) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported || error.kind() == io::ErrorKind::InvalidInput => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        done => done,
    }
}

/// Makes the entry of a directory durable, where directories can be opened.
fn sync_parent(path: &Path) -> io::Result<()> {
    let Some(parent) = path.parent().filter(|_| cfg!(unix)) else { return Ok(()) };
    match File::open(parent)?.sync_all() {
        // Some network file systems cannot, and need not.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

fn moment(time: SystemTime) -> Moment {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(passed) => Moment { seconds: seconds(passed), nanos: passed.subsec_nanos() },
        // Before 1970 the nanoseconds count upwards from the second before, too.
        Err(early) => match early.duration() {
            early if early.subsec_nanos() == 0 => Moment { seconds: -seconds(early), nanos: 0 },
            early => Moment { seconds: -seconds(early) - 1, nanos: 1_000_000_000 - early.subsec_nanos() },
        },
    }
}

fn time(moment: Moment) -> io::Result<SystemTime> {
    let whole = Duration::from_secs(moment.seconds.unsigned_abs());
    let start = if moment.seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    let time = start.and_then(|start| start.checked_add(Duration::from_nanos(moment.nanos.into())));
    time.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

#[cfg(test)]
mod tests;

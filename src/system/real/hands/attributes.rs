//! What a file has beside its bytes, per operating system.

#![expect(clippy::disallowed_methods, reason = "this is the writing half of the door that these lints guard")]

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::system::hands::Put;

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod extended;

/// How many names a file has.
#[cfg(unix)]
pub(super) fn links(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(found)
}

/// The standard library does not tell.
#[cfg(windows)]
pub(super) fn links(_found: &fs::Metadata) -> u64 {
    1
}

/// Whether it is marked as immutable or append-only (`chattr +i`, `chattr +a`).
#[cfg(target_os = "linux")]
pub(super) fn is_immutable(path: &Path, found: &fs::Metadata) -> bool {
    use rustix::fs::IFlags;

    let marked =
        |file: File| rustix::fs::ioctl_getflags(file).is_ok_and(|f| f.intersects(IFlags::IMMUTABLE | IFlags::APPEND));
    (found.is_file() || found.is_dir()) && open(path).is_ok_and(marked)
}

/// Whether it is marked as immutable or append-only (`chflags`; `UF_IMMUTABLE`, `UF_APPEND`, `SF_IMMUTABLE`, `SF_APPEND`
/// of sys/stat.h).
#[cfg(target_os = "macos")]
pub(super) fn is_immutable(_path: &Path, found: &fs::Metadata) -> bool {
    std::os::macos::fs::MetadataExt::st_flags(found) & 0x0006_0006 != 0
}

/// Whether it has the attribute "read-only" of Windows.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn is_immutable(_path: &Path, found: &fs::Metadata) -> bool {
    cfg!(windows) && found.is_file() && found.permissions().readonly()
}

/// Whether its file system is mounted read-only.
pub(super) fn on_read_only(path: &Path) -> bool {
    #[cfg(unix)]
    return rustix::fs::statvfs(path).is_ok_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY));
    #[cfg(windows)]
    return {
        let _ = path;
        false
    };
}

/// Opens what is there without waiting for it and without following a link.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use nix::fcntl::OFlag;
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_NOFOLLOW;
    File::options().read(true).custom_flags(flags.bits()).open(path)
}

/// Sets the permission bits of a file or directory.
pub(super) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    return fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(windows)]
    return {
        let _ = (path, mode);
        Err(io::ErrorKind::Unsupported.into())
    };
}

/// Gives `new` the owner, group, access control list and extended attributes of another file.
pub(super) fn copy(from: &Path, new: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;

        let original = open(from)?;
        let (wanted, own) = (original.metadata()?, new.metadata()?);
        if (wanted.uid(), wanted.gid()) != (own.uid(), own.gid()) {
            let kept = std::os::unix::fs::fchown(new, Some(wanted.uid()), Some(wanted.gid()));
            kept.map_err(|_| io::Error::new(io::ErrorKind::Unsupported, "an owner or group"))?;
        }
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        extended::copy(&original, new)?;
    }
    #[cfg(windows)]
    let _ = (from, new);
    Ok(())
}

/// Sets the permission bits: those asked for, else those of the file that it is like.
pub(super) fn finish_mode(new: &File, file: &Put<'_>) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = match (file.mode, file.like) {
            (Some(mode), _) => mode,
            (None, Some(like)) => fs::symlink_metadata(like)?.permissions().mode() & 0o7777,
            (None, None) => return Ok(()),
        };
        new.set_permissions(fs::Permissions::from_mode(mode))?;
    }
    #[cfg(windows)]
    let _ = (new, file);
    Ok(())
}

/// One call that renames and never overwrites (`renameat2` of Linux 3.15, `renameatx_np` of macOS 10.12).
pub(super) fn rename_to_nothing(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags};
        Ok(rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
    }
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    {
        let _ = (from, to);
        Err(io::ErrorKind::Unsupported.into())
    }
}

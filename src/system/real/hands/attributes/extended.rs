//! Extended attributes. On Linux access control lists and SELinux labels are among them.

use std::fs::File;
use std::io;

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::Errno;

/// Largest value that Linux allows (`XATTR_SIZE_MAX` of limits.h); lists of names are as long at most.
const LIMIT: usize = 64 * 1024;
/// macOS writes this one itself and lets nobody else.
const NOT_OURS: &[u8] = b"com.apple.provenance";

/// Makes the extended attributes of `new` those of `original`. An attribute that the system gave to `new` and that
/// `original` lacks (an access control list that the directory hands down) is taken away.
pub(super) fn copy(original: &File, new: &File) -> io::Result<()> {
    let wanted = names(original)?;
    for name in &wanted {
        let value = value(original, name)?;
        if fsetxattr(new, name.as_slice(), &value, XattrFlags::empty()).is_err()
            && self::value(new, name).ok() != Some(value)
        {
            return Err(unsupported(name));
        }
    }
    for name in names(new)?.iter().filter(|name| !wanted.contains(name)) {
        // A label of a security module is its own business.
        if fremovexattr(new, name.as_slice()).is_err() && !name.starts_with(b"security.") {
            return Err(unsupported(name));
        }
    }
    Ok(())
}

fn unsupported(name: &[u8]) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, format!("the attribute {}", String::from_utf8_lossy(name)))
}

fn names(file: &File) -> io::Result<Vec<Vec<u8>>> {
    let mut list = vec![0; LIMIT];
    let length = match flistxattr(file, &mut list) {
        Ok(length) => length,
        // The file system knows none.
        Err(Errno::NOTSUP) => 0,
        Err(error) => return Err(error.into()),
    };
    list.truncate(length);
    let names = list.split(|byte| *byte == 0).filter(|name| !name.is_empty() && *name != NOT_OURS);
    Ok(names.map(<[u8]>::to_vec).collect())
}

fn value(file: &File, name: &[u8]) -> io::Result<Vec<u8>> {
    let mut value = vec![0; LIMIT];
    let length = fgetxattr(file, name, &mut value)?;
    value.truncate(length);
    Ok(value)
}

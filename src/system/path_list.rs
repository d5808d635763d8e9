//! Lists of directories in one variable, such as `PATH`. Pure: nothing is looked at.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;

use super::Platform;

/// The entries in order, as written; an empty list has none.
pub fn split(list: &OsStr, platform: Platform) -> Vec<PathBuf> {
    let separator = if platform == Platform::Windows { ';' } else { ':' };
    match list.to_str() {
        Some("") => Vec::new(),
        Some(text) => text.split(separator).map(PathBuf::from).collect(),
        // Only bytes that are no UTF-8 need the system's own splitting, and those exist on the system's own lists.
        None => env::split_paths(list).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_kept_as_written() {
        let split = |list: &str, platform| super::split(OsStr::new(list), platform);
        assert_eq!(split("/a::b", Platform::Linux), ["/a", "", "b"].map(PathBuf::from));
        assert_eq!(split("C:\\a;\"D:\\b\"", Platform::Windows), ["C:\\a", "\"D:\\b\""].map(PathBuf::from));
        assert_eq!(split("", Platform::MacOs), Vec::<PathBuf>::new());
    }

    #[test]
    #[cfg(unix)]
    fn bytes_that_are_no_text_survive() {
        use std::os::unix::ffi::OsStrExt;
        let entries = super::split(OsStr::from_bytes(b"/a\xff:/b"), Platform::Linux);
        assert_eq!(entries, [PathBuf::from(OsStr::from_bytes(b"/a\xff")), PathBuf::from("/b")]);
    }
}

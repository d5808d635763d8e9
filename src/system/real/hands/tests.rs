use super::*;
use crate::not_run::not_run;

fn put<'a>(path: &'a Path, temp: &'a Path, content: &'a [u8], over: Option<&'a [u8]>) -> Put<'a> {
    Put { path, temp, content, like: over.map(|_| path), mode: None, modified: None, lock: None, over }
}

/// The door, a directory, a file in it that holds `old`, and a temporary name beside it.
fn place() -> (RealSystem, tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (path, temp) = (folder.path().join("file"), folder.path().join(".temp"));
    fs::write(&path, "old").unwrap();
    (RealSystem::new(), folder, path, temp)
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_file_is_exchanged_only_for_what_was_read() {
    let (hands, folder, path, temp) = place();
    let busy = hands.put(&put(&path, &temp, b"new", Some(b"other"))).unwrap_err();
    assert_eq!(busy.kind(), io::ErrorKind::ResourceBusy);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    let busy = hands.put(&put(&path, &temp, b"new", Some(b"ol"))).unwrap_err();
    assert_eq!(busy.kind(), io::ErrorKind::ResourceBusy, "a longer file is another one");
    hands.put(&put(&path, &temp, b"new", Some(b"old"))).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn a_lock_is_taken_and_that_of_others_is_honoured() {
    let (hands, folder, path, temp) = place();
    let lock = folder.path().join("file.lock");
    let locked = |over| Put { lock: Some(lock.as_path()), ..put(&path, &temp, b"new", over) };
    fs::write(&lock, "git's").unwrap();
    let refused = hands.put(&locked(Some(b"old"))).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
    assert!(refused.to_string().contains("file.lock exists"), "{refused}");
    assert_eq!((fs::read(&path).unwrap(), fs::read(&lock).unwrap()), (b"old".to_vec(), b"git's".to_vec()));
    fs::remove_file(&lock).unwrap();
    assert_eq!(hands.put(&locked(Some(b"other"))).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
    assert_eq!(hands.put(&locked(None)).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the lock is gone with the error");
    hands.put(&locked(Some(b"old"))).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "and with the success");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let (hands, folder, path, temp) = place();
    let exists = |done: io::Result<()>| assert_eq!(done.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    exists(hands.put(&put(&path, &temp, b"new", None)));
    let other = folder.path().join("other");
    hands.put(&put(&other, &temp, b"new", None)).unwrap();
    exists(hands.rename(&other, &path));
    exists(hands.make_directory(&path));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    fs::write(&temp, "somebody's").unwrap();
    exists(hands.put(&put(&path, &temp, b"new", Some(b"old"))));
    assert_eq!(fs::read(&temp).unwrap(), b"somebody's", "what is at the temporary name is not ours");
}

#[test]
#[cfg(unix)]
fn modes_and_times_are_kept_or_set() {
    let (hands, folder, path, temp) = place();
    for wanted in [0o600, 0o644, 0o400, 0o6750] {
        hands.set_mode(&path, wanted).unwrap();
        let content = fs::read(&path).unwrap();
        hands.put(&put(&path, &temp, b"new", Some(&content))).unwrap();
        assert_eq!(mode(&path), wanted);
    }
    let other = folder.path().join("other");
    let modified = Some(Moment { seconds: -5, nanos: 250_000_000 });
    hands.put(&Put { mode: Some(0o640), modified, ..put(&other, &temp, b"x", None) }).unwrap();
    assert_eq!((mode(&other), Some(hands.stat(&other).unwrap().modified)), (0o640, modified));
    let private = folder.path().join("private");
    hands.put(&put(&private, &temp, b"x", None)).unwrap();
    assert_eq!(mode(&private), 0o600);
}

#[test]
#[cfg(target_os = "linux")]
fn extended_attributes_and_access_control_lists_are_kept() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};

    let (hands, folder, path, temp) = place();
    // linux/posix_acl_xattr.h: version 2, then tag, permissions, ID: owner rw, user 1234 r, group r, mask r, others none.
    let entries = [(1, 6, u32::MAX), (2, 4, 1234), (4, 4, u32::MAX), (0x10, 4, u32::MAX), (0x20, 0, u32::MAX)];
    let mut acl = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        acl.extend([u16::to_le_bytes(tag), u16::to_le_bytes(permissions)].concat());
        acl.extend(u32::to_le_bytes(id));
    }
    for (name, value) in [("user.cc-doctor", b"kept".to_vec()), ("system.posix_acl_access", acl.clone())] {
        if setxattr(&path, name, &value, XattrFlags::empty()).is_err() {
            return not_run(&format!("keeping {name}: the temporary directory has no such attributes"));
        }
        hands.put(&put(&path, &temp, b"new", Some(&fs::read(&path).unwrap()))).unwrap();
        let mut found = vec![0; 100];
        let length = getxattr(&path, name, &mut found).unwrap();
        assert_eq!(found[..length], value, "{name}");
    }
    // What the directory hands down to new files is taken away again.
    let plain = folder.path().join("plain");
    fs::write(&plain, "old").unwrap();
    setxattr(folder.path(), "system.posix_acl_default", &acl, XattrFlags::empty()).unwrap();
    hands.put(&put(&plain, &temp, b"new", Some(b"old"))).unwrap();
    assert!(getxattr(&plain, "system.posix_acl_access", &mut vec![0; 100]).is_err());
}

#[test]
#[cfg(unix)]
fn names_and_links_are_told() {
    let (hands, folder, path, _) = place();
    let found = hands.stat(&path).unwrap();
    assert_eq!((found.links, found.immutable, found.read_only), (1, false, false));
    fs::hard_link(&path, folder.path().join("second")).unwrap();
    assert_eq!(hands.stat(&path).unwrap().links, 2);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    assert_eq!(hands.stat(&link).unwrap().found.kind, crate::system::FileKind::Symlink);
    assert_eq!(hands.stat(&folder.path().join("gone")).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
#[cfg(target_os = "linux")]
fn immutable_files_are_told() {
    let (hands, _folder, path, _) = place();
    let chattr =
        |flag| std::process::Command::new("chattr").arg(flag).arg(&path).output().is_ok_and(|o| o.status.success());
    for flag in ["i", "a"] {
        if !chattr(format!("+{flag}")) {
            return not_run("immutable files: chattr needs root and a file system with attributes");
        }
        let told = hands.stat(&path).unwrap().immutable;
        assert!(chattr(format!("-{flag}")));
        assert!(told, "{flag}");
    }
}

#[test]
#[cfg(unix)]
fn an_owner_is_kept_or_the_file_is_left_alone() {
    let (hands, _folder, path, temp) = place();
    if std::os::unix::fs::chown(&path, Some(1234), Some(5678)).is_err() {
        return not_run("keeping an owner: needs root");
    }
    hands.put(&put(&path, &temp, b"new", Some(b"old"))).unwrap();
    let found = hands.stat(&path).unwrap().found;
    assert_eq!((found.uid, found.gid), (Some(1234), Some(5678)));
}

#[test]
#[cfg(unix)]
fn the_journal_grows_in_private_and_directories_are_private() {
    let (hands, folder, _, _) = place();
    let (log, directory) = (folder.path().join("log"), folder.path().join("directory"));
    hands.append(&log, b"a\n").unwrap();
    hands.append(&log, b"b\n").unwrap();
    assert_eq!((fs::read(&log).unwrap().as_slice(), mode(&log)), (b"a\nb\n".as_slice(), 0o600));
    hands.make_directory(&directory).unwrap();
    assert_eq!(mode(&directory), 0o700);
    fs::write(directory.join("x"), "").unwrap();
    assert_eq!(hands.remove_directory(&directory).unwrap_err().kind(), io::ErrorKind::DirectoryNotEmpty);
    hands.remove_file(&directory.join("x")).unwrap();
    hands.remove_directory(&directory).unwrap();
}

#[test]
fn a_lock_is_held_by_one() {
    let (hands, folder, _, _) = place();
    let path = folder.path().join("lock");
    let held = hands.lock(&path).unwrap();
    assert!(held.is_some() && hands.lock(&path).unwrap().is_none());
    drop(held);
    assert!(hands.lock(&path).unwrap().is_some());
}

#[test]
fn moments_are_times_and_back() {
    for (seconds, nanos) in [(0, 0), (1_700_000_000, 123_456_789), (-1, 0), (-2, 999_999_999)] {
        let wanted = Moment { seconds, nanos };
        assert_eq!(moment(time(wanted).unwrap()), wanted);
    }
}

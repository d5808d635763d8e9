//! Anything but a file where a file is expected, huge files, loops, and bytes that are no text.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use nix::sys::stat::Mode;

use crate::machine::{BLOCK, HTTPS_URL, Machine, SSH_URL, chmod, has_tools};

/// The files that the program reads.
const FILES: &[&str] = &[
    ".ssh/config",
    ".ssh/known_hosts",
    ".ssh/codecommit_rsa",
    ".ssh/codecommit_rsa.pub",
    ".ssh/id_rsa",
    ".gitconfig",
    ".config/git/config",
    ".aws/config",
    ".aws/credentials",
    ".git-credentials",
    ".netrc",
    "work/demo/.git/config",
    "work/demo/.git/HEAD",
    "work/demo/.gitmodules",
];

/// The machine of ssh with a target of each kind, measured.
fn machine() -> Machine {
    let machine = Machine::ssh().measured();
    machine.aws_files();
    machine.write(".gitconfig", "[credential]\n\thelper = store\n\thelper = !aws codecommit credential-helper $@\n");
    machine
}

/// A report within bounded time and memory.
fn assert_bounded(machine: &Machine, what: &str) {
    let output = machine.json(&["--url", SSH_URL, "--url", HTTPS_URL, "--url", "codecommit::us-east-1://demo"]);
    assert!(output.elapsed < Duration::from_secs(15), "{what}: {:?}", output.elapsed);
    assert!(output.memory.is_none_or(|kib| kib < 100 * 1024), "{what}: {:?} KiB", output.memory);
    drop(machine.json(&[]));
    assert!(machine.left_behind().is_empty(), "{what}");
}

/// Puts something else in the place of every file.
fn replace_all(machine: &Machine, put: impl Fn(&Path)) {
    for name in FILES {
        let path = machine.home(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        if path.symlink_metadata().is_ok() {
            fs::remove_file(&path).expect("a file");
        }
        put(&path);
    }
}

#[test]
fn fifos() {
    if !has_tools() {
        return;
    }
    let machine = machine();
    replace_all(&machine, |path| nix::unistd::mkfifo(path, Mode::S_IRWXU).expect("a FIFO"));
    assert_bounded(&machine, "FIFOs");
}

#[test]
fn directories() {
    if !has_tools() {
        return;
    }
    let machine = machine();
    replace_all(&machine, |path| fs::create_dir(path).expect("a directory"));
    assert_bounded(&machine, "directories");
}

#[test]
fn sockets() {
    if !has_tools() {
        return;
    }
    let machine = machine();
    replace_all(&machine, |path| drop(UnixListener::bind(path).expect("a socket")));
    assert_bounded(&machine, "sockets");
}

#[test]
fn devices() {
    if !has_tools() {
        return;
    }
    for device in ["/dev/zero", "/dev/null", "/dev/tty"] {
        let machine = machine();
        replace_all(&machine, |path| symlink(device, path).expect("a link"));
        assert_bounded(&machine, device);
    }
}

#[test]
fn links_that_lead_nowhere_or_in_a_circle() {
    if !has_tools() {
        return;
    }
    let machine = machine();
    replace_all(&machine, |path| symlink(path, path).expect("a link"));
    assert_bounded(&machine, "circles");
    replace_all(&machine, |path| symlink("/nonexistent/x", path).expect("a link"));
    assert_bounded(&machine, "nowhere");
}

#[test]
fn sparse_files_of_a_gigabyte() {
    if !has_tools() {
        return;
    }
    let machine = machine();
    replace_all(&machine, |path| File::create(path).and_then(|file| file.set_len(1 << 30)).expect("a sparse file"));
    assert_bounded(&machine, "sparse files");
}

#[test]
fn files_without_permission() {
    if !has_tools() {
        return;
    }
    let machine = machine();
    replace_all(&machine, |path| {
        fs::write(path, "x").expect("a file");
        chmod(path, 0);
    });
    assert_bounded(&machine, "unreadable files");
    for name in [".ssh", ".aws", "work/demo/.git", ".config"] {
        chmod(&machine.home(name), 0);
    }
    assert_bounded(&machine, "unreadable directories");
    chmod(&machine.home(".ssh"), 0o700);
}

#[test]
fn bytes_that_are_no_text() {
    if !has_tools() {
        return;
    }
    let machine = machine();
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    replace_all(&machine, |path| fs::write(path, &bytes).expect("a file"));
    assert_bounded(&machine, "bytes");
    replace_all(&machine, |path| fs::write(path, b"").expect("a file"));
    assert_bounded(&machine, "empty files");
}

#[test]
fn includes_in_a_circle() {
    if !has_tools() {
        return;
    }
    let machine = machine();
    machine.write_mode(".ssh/config", format!("Include config\nInclude ~/.ssh/*\nInclude a b\n{BLOCK}"), 0o600);
    machine.write_mode(".ssh/a", "Include b\nInclude a\n", 0o600);
    machine.write_mode(".ssh/b", "Include a\nInclude b\n", 0o600);
    machine.write(".gitconfig", "[include]\n\tpath = ~/.gitconfig\n\tpath = other\n");
    machine.write("other", "[include]\n\tpath = .gitconfig\n\tpath = other\n\tpath = other\n");
    assert_bounded(&machine, "includes");
}

#[test]
fn big_files_that_are_read() {
    if !has_tools() {
        return;
    }
    let machine = machine();
    let lines = |line: &str, bytes: usize| line.repeat(bytes / line.len());
    machine.write_mode(".ssh/config", "Host x\n  User y\n".repeat(5_000) + BLOCK, 0o600);
    machine.write_mode(
        ".ssh/known_hosts",
        lines("github.com ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ==\n", 17 << 20),
        0o600,
    );
    machine.write(".aws/config", lines("[profile x]\nregion = us-east-1\n", 17 << 20));
    machine.write_mode(".aws/credentials", lines("# nothing\n", 17 << 20), 0o600);
    assert_bounded(&machine, "big files");
}

//! Environments that nobody thought of: HOME, PATH, the working directory, bytes.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use crate::machine::{HTTPS_URL, Machine, SSH_URL, has_tools};

const URLS: [&str; 6] = ["--url", SSH_URL, "--url", HTTPS_URL, "--url", "codecommit::us-east-1://demo"];

/// A report within bounded time and memory, with targets and without.
fn assert_bounded(machine: &Machine, what: &str) {
    for args in [&URLS[..], &[]] {
        let output = machine.json(args);
        assert!(output.elapsed < Duration::from_secs(15), "{what}: {:?}", output.elapsed);
        assert!(output.memory.is_none_or(|kib| kib < 100 * 1024), "{what}: {:?} KiB", output.memory);
    }
}

#[test]
fn homes() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::helper().measured();
    machine.unset("HOME");
    assert_bounded(&machine, "unset");
    let file = machine.write("file", "x");
    let odd = OsStr::from_bytes(b"/h\xff\xfe/x");
    for home in [OsStr::new(""), OsStr::new("/nonexistent"), file.as_os_str(), OsStr::new("."), OsStr::new("/"), odd] {
        machine.set("HOME", home);
        assert_bounded(&machine, &format!("{home:?}"));
    }
}

#[test]
fn search_paths() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::helper().measured();
    machine.unset("PATH");
    assert_bounded(&machine, "unset");
    // The kernel takes no more than 128 KiB in one variable.
    let long = "/nonexistent/bin:".repeat(7_500);
    let odd = OsStr::from_bytes(b".:bin::/h\xff/bin:\x1b[2J:~/bin:$HOME/bin:");
    for path in [OsStr::new(""), OsStr::new(&long), odd] {
        machine.set("PATH", path);
        assert_bounded(&machine, "a search path");
    }
}

#[test]
fn a_working_directory_that_is_gone() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::new();
    machine.program("rmdir", "#!/bin/sh\nexec /bin/rmdir \"$@\"\n");
    machine.write("gone/x", "");
    std::fs::remove_file(machine.home("gone/x")).expect("a file");
    let gone = machine.home("gone");
    machine.enter(&gone);
    let output = machine.shell("rmdir ../gone; exec \"$@\"", &["--json"]);
    output.check_report();
    assert_eq!(output.code, Some(3));
}

#[test]
fn bytes_in_environment_and_arguments() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::helper();
    for name in
        ["AWS_PROFILE", "AWS_REGION", "AWS_CONFIG_FILE", "GIT_SSH_COMMAND", "GIT_SSH", "HTTPS_PROXY", "XDG_CONFIG_HOME"]
    {
        machine.set(name, OsStr::from_bytes(b"/\xff\xfe\n\x1b[2J"));
    }
    assert_bounded(&machine, "bytes");
    let output = machine.shell("exec \"$@\" --url \"$(printf 'https://\\377\\n')\"", &["--json"]);
    assert!(output.code.is_some());
    drop(output.document());
}

#[test]
fn fifty_urls() {
    let machine = Machine::new().measured();
    let urls: Vec<String> = (0..50).map(|n| format!("{SSH_URL}{n}")).collect();
    let args: Vec<&str> = urls.iter().flat_map(|url| ["--url", url]).collect();
    let output = machine.json(&args);
    assert!(output.elapsed < Duration::from_secs(15), "{:?}", output.elapsed);
    assert!(output.memory.is_none_or(|kib| kib < 100 * 1024), "{:?} KiB", output.memory);
    assert_eq!(output.document()["targets"].as_array().map(Vec::len), Some(50));
}

//! What comes from the machine cannot steer the terminal that shows it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::machine::{BLOCK, KNOWN_HOST, Machine, SSH_URL, has_tools};
use crate::output::Output;

/// Clears the screen, sets the title, turns the writing direction, hides text, goes back, and a C1 introducer.
const EVIL: &str = "\u{1b}[2Jx\u{1b}]0;owned\u{7}\u{202e}\u{2066}\u{200b}\u{8}\u{9b}31m\u{7f}";

/// No control or formatting character but line breaks, and colors where they are our own.
fn assert_safe(output: &Output, own_colors: bool, what: &str) {
    let text = String::from_utf8_lossy(&output.out) + String::from_utf8_lossy(&output.err);
    let text = if own_colors { without_colors(&text) } else { text.into_owned() };
    let evil = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if let Some(found) = text.chars().find(evil) {
        let at = text.find(found).unwrap_or_default();
        let from = text.floor_char_boundary(at.saturating_sub(200));
        panic!("{what}: {found:?} behind {:?}", &text[from..at]);
    }
}

/// The text without sequences that set colors; any other stays.
fn without_colors(text: &str) -> String {
    regex::Regex::new("\u{1b}\\[[0-9;]*m|\u{1b}\\]8;;[\\x20-\\x7e]*\u{1b}\\\\")
        .expect("an expression")
        .replace_all(text, "")
        .into_owned()
}

fn assert_all_safe(machine: &Machine, args: &[&str], what: &str) {
    for (option, own_colors) in
        [(&["-v"][..], false), (&["--json", "--show-identity"], false), (&["-v", "--color", "always"], true)]
    {
        let output = machine.run(&[option, args].concat());
        assert!(output.code.is_some(), "{what}: {output:?}");
        assert!(!output.out.is_empty() || !output.err.is_empty());
        assert_safe(&output, own_colors, what);
    }
}

#[test]
fn nothing_in_a_repository_steers_the_terminal() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::helper();
    let quoted = EVIL.replace('\u{8}', "\\b");
    let path = machine.repository(".git/config");
    let config = format!(
        "[core]\n\trepositoryformatversion = 0\n[remote \"ori{EVIL}gin\"]\n\turl = \"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/de{quoted}mo\"\n\
         [remote \"b\"]\n\turl = \"ssh://{quoted}@git-codecommit.us-east-1.amazonaws.com/v1/repos/x\"\n\
         [remote \"c\"]\n\turl = \"https://git-codecommit.{quoted}.amazonaws.com/v1/repos/x\"\n\
         [credential \"https://git-codecommit.us-east-1.amazonaws.com{EVIL}\"]\n\thelper = \"{quoted}\"\n\
         [branch \"{EVIL}\"]\n\tremote = \"{quoted}\"\n[http]\n\tproxy = \"http://{quoted}:1\"\n\tsslCAInfo = \"/{quoted}\"\n\
         [include]\n\tpath = \"{quoted}\"\n"
    );
    std::fs::write(path, config).expect("a configuration");
    std::fs::write(machine.repository(".git/HEAD"), format!("ref: refs/heads/{EVIL}\n")).expect("a head");
    let folder = machine.repository(EVIL);
    std::fs::create_dir_all(&folder).expect("a directory");
    machine.enter(&folder);
    assert_all_safe(&machine, &[], "repository");
}

#[test]
fn nothing_at_home_steers_the_terminal() {
    if !has_tools() {
        return;
    }
    let machine = Machine::ssh();
    machine.write_mode(
        ".ssh/config",
        format!("Include {EVIL}\nFrob{EVIL} x\nHost git-codecommit.*.amazonaws.com {EVIL}\n User a{EVIL}\n IdentityFile ~/.ssh/{EVIL}\n ProxyCommand {EVIL}\n{BLOCK}"),
        0o600,
    );
    machine.write_mode(
        ".ssh/known_hosts",
        format!("{EVIL} ssh-rsa {EVIL}\n{KNOWN_HOST}git-codecommit.us-east-1.amazonaws.com ssh-rsa AAAA {EVIL}\n"),
        0o600,
    );
    machine.write_mode(format!(".ssh/{EVIL}"), format!("-----BEGIN {EVIL}-----\n"), 0o600);
    machine.write(format!(".ssh/{EVIL}.pub"), format!("ssh-rsa AAAA {EVIL}\n"));
    machine.write(format!(".ssh/config.{EVIL}txt"), BLOCK);
    machine.write(".aws/config", format!("[profile {EVIL}]\nregion = {EVIL}\n[{EVIL}\n"));
    machine.write(".aws/credentials", format!("[{EVIL}]\naws_access_key_id = {EVIL}\n"));
    machine.append(".gitconfig", &format!("[url \"ssh://{EVIL}\"]\n\tinsteadOf = \"{}\"\n", "x"));
    assert_all_safe(&machine, &[], "home");
}

#[test]
fn nothing_in_arguments_environment_or_tools_steers_the_terminal() {
    let mut machine = Machine::new();
    machine.program("git", &format!("#!/bin/sh\nprintf '%s' '{EVIL}' >&2\nprintf '%s' 'git version {EVIL}'\nexit 3\n"));
    machine.program("ssh", &format!("#!/bin/sh\nprintf '%s' 'OpenSSH_{EVIL}' >&2\nprintf '%s' 'user {EVIL}'\n"));
    machine.program("aws", &format!("#!/bin/sh\nprintf '%s' 'aws-cli/{EVIL}' >&2\nexit 1\n"));
    for name in ["AWS_PROFILE", "AWS_REGION", "HTTPS_PROXY", "GIT_SSH_COMMAND", "SSH_AUTH_SOCK", "AWS_CONFIG_FILE"] {
        machine.set(name, EVIL);
    }
    machine.set("GIT_SSH", OsStr::from_bytes(b"/x/\xff\x1b[2J"));
    let url = format!("{SSH_URL}{EVIL}");
    assert_all_safe(&machine, &["--url", &url, "--profile", EVIL, "--region", EVIL], "arguments");
    assert_all_safe(&machine, &["--check", EVIL], "a check");
    assert_all_safe(&machine, &["--checks", EVIL], "a directory");
    assert_all_safe(&machine, &["explain", EVIL], "explain");
    assert_all_safe(&machine, &[EVIL], "a command");
    assert_all_safe(&machine, &[&format!("--{EVIL}")], "an option");
}

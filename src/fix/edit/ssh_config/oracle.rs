//! What the real ssh makes of the files before and after.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests ask the real ssh")]

use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;

use super::tests::{line, regions};
use super::*;
use crate::fix::edit::splice::apply;
use crate::system::fake::FakeSystem;
use crate::system::{Account, Platform};

const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";
/// Random configurations.
const CASES: u32 = 12;
const KEY_ID: &str = "APKAEIBAERJR2EXAMPLE";
const OTHERS: [&str; 6] = ["github.com", "a", "bastion.example", "git.example.com", "s3.amazonaws.com", "10.0.0.1"];

/// Configurations, `@/` being their directory, with a file to include.
const FILES: &[(&str, &str)] = &[
    ("", ""),
    ("Host *\n  User everyone\n  IdentitiesOnly yes\n", ""),
    ("User everyone\nPort 2222\nHost a\n  User b\n", ""),
    ("Host github.com\n  User git\n\nMatch host *.com\n  User m\n  IdentityFile ~/m\n", ""),
    ("Include @/sub\nHost a\n  Port 1\n", "Host *.amazonaws.com\n  User aws\nHost a\n  User sub\n"),
    ("Port 1\nInclude @/sub\nIdentityFile ~/g\n", "User sub\nHost a\n  Port 5\n"),
    ("Host git-codecommit.*\n  User wrong\n  IdentityFile none\nHost *\n  ServerAliveInterval 5\n", ""),
    ("Match final host *.com\n  User f\nHost *\n  Port 99\n", ""),
    ("Host !git-codecommit.us-east-1.amazonaws.com *\n  User x\nHost git-*\n\tUser \"y\"\r\n", ""),
    ("HostName %h\nMatch originalhost a,git-codecommit.* user root\n  Port 3\n", ""),
    ("Host git-codecommit.us-east-1.amazonaws.com # mine\n  IdentityFile ~/old\n  Port 22\n", ""),
];

fn ssh(config: &Path, host: &str) -> Option<Vec<String>> {
    let output = Command::new("ssh").args(["-G", "-F"]).arg(config).args(["--", host]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(text.lines().map(str::to_owned).collect())
}

/// The account that the real ssh sees.
fn account(directory: &Path) -> Option<Account> {
    let empty = directory.join("empty");
    std::fs::write(&empty, "").unwrap();
    if Command::new("ssh").arg("-V").output().is_err() {
        crate::not_run::not_run("what needs ssh");
        return None;
    }
    let shown = ssh(&empty, "x")?;
    let value = |keyword: &str| shown.iter().find_map(|line| line.strip_prefix(keyword).map(str::to_owned));
    let home = value("userknownhostsfile ")?.split("/.ssh/").next().map(PathBuf::from);
    Some(Account { uid: Some(1000), name: value("user "), home })
}

/// Writes the files, edits the first one and asks ssh about all hosts before and after.
fn prove(text: &str, sub: &str, edit: impl Fn(&Scene<'_>) -> Vec<Splice>, holds: impl Fn(&[String]) -> bool) {
    let directory = tempfile::tempdir().unwrap();
    let Some(account) = account(directory.path()) else { return };
    let at = directory.path().to_string_lossy().into_owned();
    let text = text.replace("@/", &format!("{at}/"));
    let (config, included) = (directory.path().join("c"), directory.path().join("sub"));
    std::fs::write(&config, &text).unwrap();
    std::fs::write(&included, sub).unwrap();
    let system = FakeSystem::new(Platform::Linux)
        .with_account(account)
        .file(&config.to_string_lossy(), &text)
        .file(&included.to_string_lossy(), sub);
    let before: Vec<_> = OTHERS.iter().map(|host| ssh(&config, host)).collect();
    let splices = edit(&Scene { system: &system, path: &config, text: text.as_bytes(), regions: regions() });
    std::fs::write(&config, apply(text.as_bytes(), &splices)).unwrap();
    let after: Vec<_> = OTHERS.iter().map(|host| ssh(&config, host)).collect();
    assert_eq!(before, after, "{text}");
    let own = ssh(&config, HOST).unwrap();
    assert!(holds(&own), "{text}\n{own:?}");
}

fn has(shown: &[String], line: &str) -> bool {
    shown.iter().any(|known| known == line)
}

#[test]
fn for_the_real_ssh_a_new_block_wins_and_no_other_host_notices() {
    let settings = [
        Setting::new("user", KEY_ID).unwrap(),
        Setting::new("identityfile", "~/.ssh/codecommit_rsa").unwrap(),
        Setting::new("identitiesonly", "no").unwrap(),
    ];
    for (text, sub) in FILES {
        for host in [HOST, "git-codecommit.*.amazonaws.com"] {
            prove(
                text,
                sub,
                |scene| insert(scene, host, &settings).unwrap(),
                |own| {
                    has(own, &format!("user {KEY_ID}"))
                        && has(own, "identityfile ~/.ssh/codecommit_rsa")
                        && has(own, "identitiesonly no")
                },
            );
        }
    }
}

#[test]
fn for_the_real_ssh_a_moved_block_wins_and_no_other_host_notices() {
    for (text, sub) in FILES.iter().filter(|(text, _)| !text.contains("git-codecommit.")) {
        let own = format!("\n# mine\nHost git-codecommit.*\n  User {KEY_ID}\n  Port 4\n");
        let line = u32::try_from(text.lines().count() + 3).unwrap();
        let text = format!("{text}{own}");
        prove(
            &text,
            sub,
            |scene| move_block(scene, line).unwrap(),
            |own| has(own, &format!("user {KEY_ID}")) && has(own, "port 4"),
        );
    }
}

#[test]
fn for_the_real_ssh_a_line_is_set_and_no_other_host_notices() {
    let block = "Host git-codecommit.*\n  User wrong # old\n\tport=2222\n  HostName \"codecommit.example\"\n  IdentityFile ~/old\n";
    for (offset, value, shown) in [
        (2, KEY_ID, format!("user {KEY_ID}")),
        (3, "22", "port 22".into()),
        (4, HOST, format!("hostname {HOST}")),
        (5, "~/.ssh/my key", "identityfile ~/.ssh/my key".into()),
        (1, "git-codecommit.us-east-1.amazonaws.com git-codecommit.*.amazonaws.com.cn", "user wrong".into()),
    ] {
        // Every third one: each case starts ssh a dozen times.
        for (text, sub) in FILES.iter().skip(1).step_by(3).filter(|(text, _)| !text.contains("git-")) {
            // Above everything else, so that it is the one that counts.
            prove(&format!("{block}{text}"), sub, |scene| set(scene, offset, value).unwrap(), |own| has(own, &shown));
        }
        let (text, sub) = FILES[4];
        let below = u32::try_from(text.lines().count()).unwrap() + offset;
        prove(&format!("{text}{block}"), sub, |scene| set(scene, below, value).unwrap(), |_| true);
    }
}

#[test]
fn for_the_real_ssh_an_ignored_option_stops_nothing() {
    for text in [
        "Host *\n  UseKeychain yes\n",
        "IgnoreUnknown Foo\nFoo x\nHost *\n  UseKeychain yes\n",
        "UseKeychain yes\nIgnoreUnknown Foo\nFoo x\n",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let Some(account) = account(directory.path()) else { return };
        let config = directory.path().join("c");
        let system = FakeSystem::new(Platform::Linux).with_account(account).file(&config.to_string_lossy(), text);
        let scene = Scene { system: &system, path: &config, text: text.as_bytes(), regions: regions() };
        std::fs::write(&config, apply(text.as_bytes(), &ignore(&scene, "UseKeychain").unwrap())).unwrap();
        assert!(ssh(&config, "github.com").is_some(), "{text}");
    }
}

proptest! {
    // Each case starts ssh a dozen times.
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]
    #[test]
    fn for_the_real_ssh_no_other_host_notices_whatever_stands_there(lines in proptest::collection::vec(line(), 0..14)) {
        let text = lines.concat();
        let settings = [Setting::new("user", KEY_ID).unwrap(), Setting::new("port", "4").unwrap()];
        let edit = |scene: &Scene<'_>| insert(scene, HOST, &settings).unwrap_or_default();
        // A refusal is right only where no block of ours can win.
        let refusable = text.contains("Match");
        prove(&text, "", edit, |own| refusable || (has(own, &format!("user {KEY_ID}")) && has(own, "port 4")));
    }
}

//! Our own reader against the real `ssh -G`.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Asks the real programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::client::{self, Answer};
use super::super::{collect, for_target};
use super::{context, no_ssh, regions};
use crate::fact::ssh::TargetSsh;
use crate::fact::{Setting, git::SshCommand};
use crate::system::{Account, Platform, fake::FakeSystem};

/// Configurations for which both must say the same. `@` stands for the directory of the test. Host, `-l`, files.
type Case = (&'static str, Option<&'static str>, &'static [(&'static str, &'static str)]);

const CASES: &[Case] = &[
    ("x", None, &[("c", "")]),
    ("x", Some("url"), &[("c", "User y\n")]),
    ("x", None, &[("c", "User y\nUser z\n")]),
    (
        "git-codecommit.us-east-1.amazonaws.com",
        None,
        &[("c", "Host git-codecommit.*.amazonaws.com\n User A\n IdentityFile ~/k\n")],
    ),
    ("git-codecommit.cn-north-1.amazonaws.com.cn", None, &[("c", "Host git-codecommit.*.amazonaws.com\n User A\n")]),
    ("X", None, &[("c", "Host x\n User y\n")]),
    ("x", None, &[("c", "Host X\n User y\n")]),
    ("x", None, &[("c", "Host * !x\n User y\nHost !y x\n User z\n")]),
    ("b", None, &[("c", "Host a,b\n User y\n")]),
    ("ab", None, &[("c", "Host a?\n Port 2222\n")]),
    ("x", None, &[("c", "User=a\nPort = 33\nHostName=\"h.example\"\n")]),
    ("x", None, &[("c", "User a # b\nHostName h#i\n")]),
    ("x", None, &[("c", "User 'a b'\nHostName a.b\n")]),
    ("x", None, &[("c", "Host x\r\n\tUser y\r\n")]),
    ("x", None, &[("c", "HostName %h.Example.com\n")]),
    ("x", None, &[("c", "HostName 100%%.example\n")]),
    ("x", None, &[("c", "IdentityFile a\nIdentityFile b\nIdentityFile a\n")]),
    ("x", None, &[("c", "IdentityFile none\n")]),
    ("x", None, &[("c", "IdentityFile \"~/aws keys/k\"\nIdentitiesOnly yes\n")]),
    ("x", None, &[("c", "IdentityFile ~/aws\\ keys/k\n")]),
    ("x", None, &[("c", "Match host x\n User y\n")]),
    ("x", None, &[("c", "Match host X,z\n User y\nMatch !host x\n Port 5\n")]),
    ("x", None, &[("c", "HostName real\nMatch host real\n User y\nMatch originalhost x\n Port 5\n")]),
    ("x", None, &[("c", "Match host other\n User wrong\nHost x\n User right\n")]),
    ("x", Some("dev"), &[("c", "Match user dev,ops host x\n Port 5\nMatch user ops\n Port 6\n")]),
    ("x", None, &[("c", "User dev\nMatch user dev\n Port 5\n")]),
    ("x", None, &[("c", "Match all\n User y\nMatch host x all\n Port 5\n")]),
    ("x", None, &[("c", "Match final\n User y\nHost x\n Port 5\n")]),
    ("x", None, &[("c", "HostName real\nMatch final host real\n User y\nHost real\n Port 5\n")]),
    ("x", None, &[("c", "Match canonical\n User y\nMatch !canonical\n Port 5\n")]),
    ("x", None, &[("c", "Match host=x user=\"nobody\"\n Port 5\n")]),
    ("x", None, &[("c", "Include @/i\nUser late\n"), ("i", "User early\n")]),
    (
        "x",
        None,
        &[("c", "Include @/d/*.conf\n"), ("d/b.conf", "User b\n"), ("d/a.conf", "User a\n"), ("d/a.txt", "Port 5\n")],
    ),
    ("x", None, &[("c", "Host y\n Include @/i\nHost x\n Port 5\n"), ("i", "User wrong\nHost x\n User wrong\n")]),
    ("x", None, &[("c", "Host x\n Include @/i\n Port 5\n"), ("i", "Host y\n User wrong\n")]),
    ("x", None, &[("c", "Include @/i @/missing\n"), ("i", "Include @/j\nPort 5\n"), ("j", "User j\n")]),
    ("x", None, &[("c", "ProxyCommand nc -X \"a b\" %h %p # c\n")]),
    ("x", None, &[("c", "ProxyJump a@b\nProxyCommand nc\n")]),
    ("x", None, &[("c", "ProxyCommand none\nProxyCommand nc\n")]),
    ("x", None, &[("c", "ProxyJump none\nProxyCommand nc\n")]),
    ("x", None, &[("c", "StrictHostKeyChecking accept-new\nPubkeyAuthentication no\nIdentitiesOnly no\n")]),
    (
        "x",
        None,
        &[("c", "StrictHostKeyChecking off\nPubkeyAuthentication yes\nPreferredAuthentications publickey,password\n")],
    ),
    ("x", None, &[("c", "UserKnownHostsFile ~/a \"/b c\" %d/e\nIdentityAgent none\nControlPath none\n")]),
    ("x", None, &[("c", "UserKnownHostsFile /dev/null\nIdentityAgent SSH_AUTH_SOCK\n")]),
    ("x", None, &[("c", "# comment\n\n   # other\n\"User\" y\nIgnoreUnknown Use*\nUseKeychain yes\n")]),
    ("x", None, &[("c", "hOsT X x\n uSeR y")]),
    ("x", None, &[("c", "User y\0z\nPort 5\n")]),
    ("x", None, &[("c", "Host *\n User first\nHost x\n User second\n")]),
];

fn run(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn real(config: &Path, host: &str, user: Option<&str>) -> Answer {
    let mut command = Command::new("ssh");
    command.args(["-v", "-G", "-F"]).arg(config);
    if let Some(user) = user {
        command.args(["-l", user]);
    }
    let output = command.args(["--", host]).output().unwrap();
    client::parse(
        &String::from_utf8_lossy(&output.stdout),
        &String::from_utf8_lossy(&output.stderr),
        output.status.success(),
    )
}

/// The account that the real ssh sees.
fn account() -> Option<Account> {
    let name = run("id", &["-un"])?;
    let shown = run("ssh", &["-G", "-F", "/dev/null", "x"])?;
    let known_hosts = shown.lines().find_map(|line| line.strip_prefix("userknownhostsfile "))?;
    let home = known_hosts.split("/.ssh/").next().map(PathBuf::from);
    Some(Account { uid: Some(1000), name: Some(name), home })
}

/// What both say, in the same words.
fn compare(told: &TargetSsh, own: &TargetSsh, case: &str) {
    let settings = |t: &TargetSsh| {
        [&t.user, &t.hostname, &t.port, &t.identities_only, &t.pubkey_authentication, &t.preferred_authentications]
            .into_iter()
            .chain([&t.proxy_command, &t.proxy_jump, &t.identity_agent, &t.strict_host_key_checking])
            .chain([&t.user_known_hosts_file, &t.control_path])
            .map(|setting: &Setting| setting.value.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(settings(told), settings(own), "{case}");
    let paths = |t: &TargetSsh| t.identities.iter().map(|i| (i.path.0.clone(), i.is_default)).collect::<Vec<_>>();
    assert_eq!(paths(told), paths(own), "{case}");
    // A source is only kept where our own reading agrees with ssh: it must agree everywhere.
    assert_eq!(told.user, own.user, "{case}");
    assert_eq!(told.hostname, own.hostname, "{case}");
    assert_eq!(told.proxy_command, own.proxy_command, "{case}");
    assert_eq!((&*told.told_by, &*own.told_by), ("ssh -G", "own reader"), "{case}");
}

#[test]
fn our_reader_says_what_ssh_says() {
    let Some(account) = account() else {
        crate::not_run::not_run("what needs ssh");
        return;
    };
    let regions = regions();
    for (host, user, files) in CASES {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().to_string_lossy().into_owned();
        let mut system = FakeSystem::new(Platform::Linux).with_account(account.clone());
        for (name, text) in *files {
            let (path, text) = (format!("{at}/{name}"), text.replace("@/", &format!("{at}/")));
            std::fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
            system = system.file(&path, &text);
        }
        let config = format!("{at}/c");
        let answer = real(Path::new(&config), host, *user);
        assert!(answer.ok, "{files:?}: {:?}", answer.complaints);
        let command = SshCommand { arguments: vec!["-F".into(), config.into()], ..no_ssh() };
        let context = context(&system, &regions);
        let state = collect(&context, &command);
        assert!(state.fact.config_errors.is_empty(), "{:?}", state.fact.config_errors);
        let own = for_target(&context, &state, host, *user, None);
        let request = super::super::Request { host: (*host).into(), user: user.map(Into::into), port: None };
        let told = super::super::target::collect(&context, &state, &request, &Ok(answer.into()));
        compare(&told, &own, &format!("{host} {user:?} {files:?}"));
    }
}

/// Files at which ssh stops, with the line and the kind of our facts.
const BROKEN: &[(&str, &str, u32, &str)] = &[
    ("Host a\n  Foo bar\n", "unknown-option", 2, "foo"),
    ("UseKeychain yes\n", "unknown-option", 1, "usekeychain"),
    ("UseKeychain yes\nIgnoreUnknown UseKeychain\n", "unknown-option", 1, "usekeychain"),
    ("User\n", "missing-argument", 1, "user"),
    ("User =\n", "missing-argument", 1, "user"),
    ("Host\n", "missing-argument", 1, "host"),
    ("\nUser a b\n", "extra-arguments", 2, "user"),
    ("IdentityFile ~/aws keys/k\n", "extra-arguments", 1, "identityfile"),
    ("Port abc\n", "bad-value", 1, "port"),
    ("IdentitiesOnly maybe\n", "bad-value", 1, "identitiesonly"),
    ("User \"a\n", "bad-value", 1, "user"),
];

#[test]
fn broken_files_are_explained_alike_with_and_without_ssh() {
    if run("ssh", &["-G", "-F", "/dev/null", "x"]).is_none() {
        crate::not_run::not_run("what needs ssh");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("c");
    let path = config.to_string_lossy().into_owned();
    for (text, kind, line, keyword) in BROKEN {
        std::fs::write(&config, text).unwrap();
        let answer = real(&config, "x", None);
        assert!(!answer.ok, "{text}");
        let system = FakeSystem::new(Platform::Linux).file(&path, text);
        let regions = regions();
        let command = SshCommand { arguments: vec!["-F".into(), path.clone().into()], ..no_ssh() };
        let state = collect(&context(&system, &regions), &command);
        let told = super::super::errors::from_complaints(&state.tree, &answer.complaints, &config);
        for errors in [&told, &state.fact.config_errors] {
            let found: Vec<_> = errors.iter().map(|e| (&*e.kind, e.source.line, e.keyword.as_deref())).collect();
            assert_eq!(found, [(*kind, Some(*line), Some(*keyword))], "{text}: {:?}", answer.complaints);
            assert_eq!(errors[0].unquoted_path, text.contains("aws keys"), "{text}");
            assert_eq!(errors[0].source.path.as_deref(), Some(path.as_str()));
        }
    }
}

#[test]
fn a_wrong_encoding_is_one_error_of_its_kind() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("c");
    let path = config.to_string_lossy().into_owned();
    let text = "Host git-codecommit.*\r\n  User x\r\n  Port 22\r\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bytes = [[b"\xEF\xBB\xBF", text.as_bytes()].concat(), [b"\xFF\xFE", wide.as_slice()].concat(), wide];
    for bytes in bytes {
        std::fs::write(&config, &bytes).unwrap();
        let system = FakeSystem::new(Platform::Linux).file(&path, &bytes);
        let regions = regions();
        let command = SshCommand { arguments: vec!["-F".into(), path.clone().into()], ..no_ssh() };
        let state = collect(&context(&system, &regions), &command);
        let mut all = vec![state.fact.config_errors.clone()];
        if run("ssh", &["-G", "-F", "/dev/null", "x"]).is_some() {
            let answer = real(&config, "x", None);
            assert!(!answer.ok);
            all.push(super::super::errors::from_complaints(&state.tree, &answer.complaints, &config));
        }
        for errors in all {
            let found: Vec<_> = errors.iter().map(|e| (&*e.kind, e.source.line)).collect();
            assert_eq!(found, [("encoding", Some(1))], "{errors:?}");
        }
    }
}

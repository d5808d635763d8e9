//! Answers recorded from git 2.47, OpenSSH 9.2, AWS CLI 1.46, CPython 3.11, pyenv and their like.

use std::time::Duration;

use super::*;
use crate::fact::FilePath;
use crate::system::fake::FakeSystem;
use crate::system::{Platform, RunError};

mod curl;
mod grc;
mod real;

const AWS_MISSING_MODULE: &str = "Traceback (most recent call last):
  File \"/home/dev/.local/bin/aws\", line 19, in <module>
    import awscli.clidriver
ModuleNotFoundError: No module named 'awscli'
";

fn linux() -> FakeSystem {
    FakeSystem::new(Platform::Linux)
}

fn aws(system: &FakeSystem) -> Tool {
    collect(system, &Wanted { aws: true, ..Wanted::default() }).aws
}

fn known<T>(value: impl Into<T>) -> Fact<T> {
    Fact::Known(value.into())
}

#[test]
fn programs_that_work_tell_their_version() {
    let system = linux()
        .env_var("PATH", "/opt/bin:/usr/bin")
        .program("/usr/bin/git")
        .program("/opt/bin/git")
        .answers("/opt/bin/git", &["--version"], 0, "git version 2.47.3\n", "")
        .program("/usr/bin/ssh")
        .answers("/usr/bin/ssh", &["-V"], 0, "", "OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026\n")
        .program("/usr/bin/aws")
        .answers("/usr/bin/aws", &["--version"], 0, "", "aws-cli/1.7.30 Python/2.7.9 Linux/3.13.0 botocore/1.0.0\n");
    let tools = collect(&system, &Wanted { git: true, ssh: true, aws: true, ..Wanted::default() });
    assert_eq!(tools.git.all, ["/opt/bin/git", "/usr/bin/git"].map(FilePath::from));
    assert_eq!((tools.git.version, tools.git.flavour), (known("2.47.3"), known("git")));
    assert_eq!((tools.git.starts, tools.git.complaint), (Fact::Known(true), None));
    assert_eq!(tools.git.source.command, Some("/opt/bin/git --version".into()));
    assert_eq!((tools.ssh.version, tools.ssh.flavour), (known("9.2"), known("openssh")));
    assert_eq!((tools.aws.version, tools.aws.flavour), (known("1.7.30"), known("aws-cli-1")));
    let line = "aws-cli/1.7.30 Python/2.7.9 Linux/3.13.0 botocore/1.0.0";
    assert_eq!(tools.aws.version_text, known(line));
}

#[test]
fn what_is_not_wanted_is_not_looked_at() {
    let system = linux().program("/usr/bin/git").answers("/usr/bin/git", &[], 0, "git version 2.47.3", "");
    let tools = collect(&system, &Wanted::default());
    assert!(!tools.git.installed);
    for starts in [&tools.git.starts, &tools.ssh.starts, &tools.aws.starts, &tools.python.starts, &tools.grc.starts] {
        assert_eq!(*starts, Fact::Unavailable("not needed for these targets".into()));
    }
    assert_eq!(tools.curl, Fact::Unavailable("not needed for these targets".into()));
    assert_eq!(tools.grc_install, Fact::Unavailable("not needed for these targets".into()));
    assert!(tools.credential_helpers.is_empty());
}

#[test]
fn a_program_that_is_not_there_is_absent() {
    let tool = aws(&linux());
    assert!(!tool.installed && tool.all.is_empty() && tool.off_path.is_empty());
    assert_eq!((tool.version, tool.starts, tool.complaint), (Fact::Absent, Fact::Absent, None));
    assert_eq!(tool.source.variable, Some("PATH".into()));
}

#[test]
fn copies_off_path_and_files_without_their_bit_are_found() {
    let system = linux()
        .program("/home/dev/.local/bin/aws")
        .program("/home/dev/.local/pipx/venvs/awscli/bin/aws")
        .file("/home/dev/bin/aws", "not executable")
        .file("/usr/bin/aws", "#!/usr/bin/python3\n");
    let tool = aws(&system);
    assert_eq!(
        tool.off_path,
        ["/home/dev/.local/bin/aws", "/home/dev/.local/pipx/venvs/awscli/bin/aws"].map(FilePath::from)
    );
    assert_eq!(tool.not_executable, Some("/usr/bin/aws".into()));
}

#[test]
fn the_same_copy_off_path_counts_once() {
    let system = linux()
        .program("/home/dev/.local/pipx/venvs/awscli/bin/aws")
        .link("/home/dev/.local/bin/aws", "/home/dev/.local/pipx/venvs/awscli/bin/aws");
    assert_eq!(aws(&system).off_path, [FilePath::from("/home/dev/.local/bin/aws")]);
}

#[test]
fn with_an_empty_path_the_system_programs_are_off_it() {
    let system = linux().env_var("PATH", "").program("/usr/bin/git");
    let git = collect(&system, &Wanted { git: true, ..Wanted::default() }).git;
    assert!(!git.installed);
    assert_eq!(git.off_path, [FilePath::from("/usr/bin/git")]);
}

#[test]
fn an_interpreter_that_is_gone_is_named() {
    let gone = "/usr/local/opt/python@3.8/bin/python3.8";
    let system = linux()
        .file("/usr/bin/aws", format!("#!{gone}\nimport awscli\n"))
        .mode("/usr/bin/aws", 0o755)
        .fails("/usr/bin/aws", RunError::NotStarted("No such file or directory".into()));
    let tool = aws(&system);
    assert!(tool.installed);
    assert_eq!((tool.interpreter, tool.interpreter_exists), (Some(gone.into()), Some(false)));
    assert_eq!(tool.starts, Fact::Known(false));
    assert_eq!(tool.complaint, Some("could not be started: No such file or directory".into()));
    assert!(matches!(tool.version, Fact::Unavailable(_)));
}

#[test]
fn the_complaint_is_the_line_that_says_most() {
    let complaints = [
        (1, "", AWS_MISSING_MODULE, "ModuleNotFoundError: No module named 'awscli'"),
        (
            127,
            "",
            "pyenv: aws: command not found\n\nThe `aws' command exists in these Python versions:\n  3.11.7\n",
            "pyenv: aws: command not found",
        ),
        (
            127,
            "",
            "aws: error while loading shared libraries: libcrypt.so.1: cannot open shared object file\n",
            "aws: error while loading shared libraries: libcrypt.so.1: cannot open shared object file",
        ),
        (2, "Loading\n", "usage: aws\nsomething else\n", "Loading"),
        (9, "", "", "printed nothing and ended with code 9"),
        (0, "", " \n", "printed nothing and ended with code 0"),
    ];
    for (code, stdout, stderr, wanted) in complaints {
        let tool = aws(&linux().program("/usr/bin/aws").answers("/usr/bin/aws", &["--version"], code, stdout, stderr));
        assert_eq!((tool.starts, tool.complaint), (Fact::Known(false), Some(wanted.into())), "{stderr}");
    }
}

#[test]
fn a_complaint_keeps_no_secret() {
    let stderr = "error: cannot log in as https://dev:hunter2@host/\n";
    let tool = aws(&linux().program("/usr/bin/aws").answers("/usr/bin/aws", &[], 1, "", stderr));
    assert_eq!(tool.complaint, Some("error: cannot log in as https://dev:••••@host/".into()));
}

#[test]
fn an_answer_without_a_version_still_is_one() {
    let tool = aws(&linux().program("/usr/bin/aws").answers("/usr/bin/aws", &["--version"], 0, "hello\n", ""));
    assert_eq!((tool.starts, tool.version_text), (Fact::Known(true), known("hello")));
    assert_eq!(tool.version, Fact::Unavailable("its answer names no version".into()));
}

#[test]
fn a_program_that_hangs_is_neither_well_nor_broken() {
    let late = RunError::TimedOut(Duration::from_secs(10));
    let tool = aws(&linux().program("/usr/bin/aws").fails("/usr/bin/aws", late));
    assert_eq!(tool.starts, Fact::Unavailable("gave no answer within 10 s".into()));
    assert_eq!((tool.version, tool.complaint), (Fact::Unavailable("gave no answer within 10 s".into()), None));
}

#[test]
fn python_3_wins_unless_it_is_only_a_placeholder() {
    let wanted = Wanted { python: true, ..Wanted::default() };
    let placeholder = "Python was not found; run without arguments to install from the Microsoft Store\n";
    let both = linux().program("/usr/bin/python3").program("/usr/bin/python").answers(
        "/usr/bin/python",
        &["--version"],
        0,
        "Python 3.12.1\n",
        "",
    );
    let works = both.clone().answers("/usr/bin/python3", &["--version"], 0, "Python 3.11.2\n", "");
    assert_eq!(&*collect(&works, &wanted).python.name, "python3");
    let broken = both.answers("/usr/bin/python3", &["--version"], 9009, "", placeholder);
    let python = collect(&broken, &wanted).python;
    assert_eq!((&*python.name, python.version), ("python", known("3.12.1")));
    let alone = linux().program("/usr/bin/python3").answers("/usr/bin/python3", &[], 9009, "", placeholder);
    let python = collect(&alone, &wanted).python;
    assert_eq!((&*python.name, python.starts), ("python3", Fact::Known(false)));
    assert!(!collect(&linux(), &wanted).python.installed);
}

#[test]
fn apples_placeholder_is_not_started_without_developer_tools() {
    let wanted = Wanted { git: true, ..Wanted::default() };
    let mac = FakeSystem::new(Platform::MacOs).program("/usr/bin/git").answers(
        "/usr/bin/git",
        &["--version"],
        0,
        "git version 2.39.3 (Apple Git-154)\n",
        "",
    );
    let git = collect(&mac, &wanted).git;
    assert_eq!((git.starts, git.complaint), (Fact::Known(false), Some("no developer tools were found".into())));
    let git = collect(&mac.dir("/Library/Developer/CommandLineTools"), &wanted).git;
    assert_eq!((git.version, git.flavour), (known("2.39.3"), known("apple-git")));
}

#[test]
fn credential_helpers_are_listed_and_not_run() {
    let system = linux()
        .program("/usr/bin/git")
        .program("/usr/lib/git-core/git-credential-store")
        .program("/usr/lib/git-core/git-credential-libsecret")
        .program("/usr/bin/git-credential-libsecret")
        .program("/usr/bin/git-credential-manager")
        .file("/usr/lib/git-core/git-credential-cache", "not executable");
    let helpers = collect(&system, &Wanted { credential_helpers: true, ..Wanted::default() }).credential_helpers;
    let names: Vec<_> = helpers.iter().map(|helper| (&*helper.name, helper.path.as_deref().unwrap())).collect();
    assert_eq!(
        names,
        [
            ("manager", "/usr/bin/git-credential-manager"),
            ("libsecret", "/usr/lib/git-core/git-credential-libsecret"),
            ("store", "/usr/lib/git-core/git-credential-store"),
        ]
    );
    assert!(helpers.iter().all(|helper| helper.version == Fact::Unavailable("not asked".into())));
}

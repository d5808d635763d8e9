//! Healthy and broken machines of every transport: is the first failing finding the cause?

use std::fs;

use crate::machine::{AWS_CLI, HTTPS_URL, Machine, SSH_URL, chmod, has_account, has_tools, python};
use crate::output::Output;

/// The report of a machine on which nothing is wrong.
fn assert_healthy(output: &Output) {
    assert_eq!(output.failing(), [""; 0], "{}", output.stdout());
    let verdict = &output.document()["verdict"];
    assert_eq!((output.code, verdict), (Some(0), &"healthy".into()), "{:#?}", output.of_outcome("unknown"));
}

/// The first failing finding and the first root cause are this one.
fn assert_cause(output: &Output, check: &str) {
    assert_eq!(output.failing().first().map(String::as_str), Some(check), "{:?}", output.failing());
    assert_eq!(output.first_cause().as_deref(), Some(check));
    assert_eq!((output.code, &output.document()["verdict"]), (Some(1), &"broken".into()));
}

#[test]
fn a_healthy_ssh_clone_is_quiet() {
    if !(has_tools() && has_account()) {
        return;
    }
    let machine = Machine::ssh();
    assert_healthy(&machine.json(&[]));
    let shown = machine.run(&[]);
    assert_eq!(shown.code, Some(0), "{}", shown.both());
    assert_eq!(shown.stderr(), "");
    assert!(shown.stdout().lines().count() <= 5, "{}", shown.stdout());
    assert!(shown.stdout().starts_with("✓ "), "{}", shown.stdout());
}

#[test]
fn a_configuration_named_config_txt_is_the_cause() {
    if !(has_tools() && has_account()) {
        return;
    }
    let machine = Machine::ssh();
    fs::rename(machine.home(".ssh/config"), machine.home(".ssh/config.txt")).expect("a file can be renamed");
    let output = machine.json(&[]);
    assert_cause(&output, "ssh-config-misnamed");
    let evidence = &output.finding("ssh-config-misnamed")["evidence"];
    assert_eq!(evidence[0]["path"], "~/.ssh/config.txt", "{evidence}");
    let shown = machine.run(&[]);
    assert_eq!(shown.code, Some(1));
    assert!(shown.stdout().contains("mv -n ~/.ssh/config.txt ~/.ssh/config"), "{}", shown.stdout());
}

/// A name, what is done to the healthy ssh machine, and the cause.
type Fault = (&'static str, fn(&mut Machine), &'static str);

const SSH_FAULTS: &[Fault] = &[
    ("key readable by others", |m| chmod(&m.home(".ssh/codecommit_rsa"), 0o644), "ssh-identity-too-open"),
    ("key missing", |m| drop(fs::remove_file(m.home(".ssh/codecommit_rsa"))), "ssh-identity-missing"),
    ("git@ in the URL", |m| set_url(m, &SSH_URL.replace("//", "//git@")), "ssh-user-in-url-not-key-id"),
    ("configuration of mode 664", |m| chmod(&m.home(".ssh/config"), 0o664), "ssh-config-bad-permissions"),
    ("other host key", |m| drop(m.write_mode(".ssh/known_hosts", other_host_key(), 0o600)), "ssh-host-key-mismatch"),
    ("plain host block of another region", |m| other_region(m), "ssh-host-pattern-mismatch"),
];

fn set_url(machine: &Machine, url: &str) {
    machine.git(&["remote", "set-url", "origin", url]);
}

fn other_region(machine: &Machine) {
    let block =
        crate::machine::BLOCK.replace("git-codecommit.*.amazonaws.com", "git-codecommit.eu-west-1.amazonaws.com");
    machine.write_mode(".ssh/config", block, 0o600);
}

/// A line of `known_hosts` with a key that is not AWS's.
fn other_host_key() -> String {
    let (_, public) = crate::machine::key_pair();
    format!("git-codecommit.us-east-1.amazonaws.com {public}")
}

#[test]
fn faults_of_ssh_are_named() {
    if !(has_tools() && has_account()) {
        return;
    }
    for (name, fault, check) in SSH_FAULTS {
        let mut machine = Machine::ssh();
        fault(&mut machine);
        let output = machine.json(&[]);
        assert_eq!(output.failing().first().map(String::as_str), Some(*check), "{name}: {:?}", output.failing());
        assert_cause(&output, check);
    }
}

#[test]
fn a_healthy_aws_helper_is_quiet() {
    if !has_tools() {
        return;
    }
    assert_healthy(&Machine::helper().json(&[]));
}

const HELPER_FAULTS: &[Fault] = &[
    (
        "no exclamation mark",
        |m| helper(m, "aws codecommit credential-helper $@", "true"),
        "credential-helper-no-exclamation-mark",
    ),
    (
        "UseHttpPath off",
        |m| helper(m, "!aws codecommit credential-helper $@", "false"),
        "credential-use-http-path-false",
    ),
    ("no AWS CLI", |m| drop(fs::remove_file(m.root().join("bin/aws"))), "aws-cli-not-installed"),
    ("no credentials", |m| drop(fs::remove_dir_all(m.home(".aws"))), "aws-no-credentials"),
    ("trailing .git", |m| set_url(m, &format!("{HTTPS_URL}.git")), "url-dot-git"),
];

fn helper(machine: &Machine, command: &str, path: &str) {
    machine.write(".gitconfig", format!("[credential]\n\thelper = {command}\n\tUseHttpPath = {path}\n"));
}

#[test]
fn faults_of_the_aws_helper_are_named() {
    if !has_tools() {
        return;
    }
    for (name, fault, check) in HELPER_FAULTS {
        let mut machine = Machine::helper();
        fault(&mut machine);
        let output = machine.json(&[]);
        assert_eq!(output.failing().first().map(String::as_str), Some(*check), "{name}: {:?}", output.failing());
        assert_cause(&output, check);
    }
}

/// The part of botocore's table of regions that matters here.
const BOTOCORE_REGIONS: &str = r#"{"partitions": [{"partition": "aws", "regions": {"us-east-1": {}},
    "services": {"codecommit": {"endpoints": {"us-east-1": {}}}}}], "version": 3}"#;

/// A machine with git-remote-codecommit in a virtual environment, as files.
fn grc() -> Option<Machine> {
    let python = python()?;
    let mut machine = Machine::new();
    machine.aws_files();
    let root = machine.home("venv");
    let version = std::process::Command::new(python)
        .args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        .output()
        .expect("python answers");
    let version = String::from_utf8(version.stdout).expect("a version");
    let site = format!("venv/lib/python{}/site-packages", version.trim());
    let base = python.parent().expect("a directory").display();
    machine.write("venv/pyvenv.cfg", format!("home = {base}\nversion = {version}"));
    for (package, number) in [("git_remote_codecommit", "1.17"), ("botocore", "1.40.1")] {
        machine.write(format!("{site}/{package}/__init__.py"), "");
        machine.write(format!("{site}/{package}/data/endpoints.json"), BOTOCORE_REGIONS);
        machine.write(format!("{site}/{package}-{number}.dist-info/METADATA"), format!("Version: {number}\n"));
    }
    fs::create_dir_all(root.join("bin")).expect("a directory");
    std::os::unix::fs::symlink(python, root.join("bin/python3")).expect("a link");
    let script = format!("#!{}\n# git-remote-codecommit\n", root.join("bin/python3").display());
    machine.program("git-remote-codecommit", &script);
    machine.clone_of("codecommit::us-east-1://demo");
    Some(machine)
}

#[test]
fn git_remote_codecommit_healthy_and_broken() {
    let Some(machine) = has_tools().then(grc).flatten() else { return };
    assert_healthy(&machine.json(&[]));
    fs::remove_file(machine.root().join("bin/git-remote-codecommit")).expect("a program can be removed");
    assert_cause(&machine.json(&[]), "grc-not-installed");
    let machine = grc().expect("python was there");
    set_url(&machine, "codecommit::us-east-1://nobody@demo");
    assert_cause(&machine.json(&[]), "grc-profile-missing");
}

#[test]
fn a_subdirectory_is_as_good_as_the_clone() {
    if !(has_tools() && has_account()) {
        return;
    }
    let mut machine = Machine::ssh();
    let folder = machine.repository("src/deep");
    fs::create_dir_all(&folder).expect("a directory");
    machine.enter(&folder);
    let output = machine.json(&[]);
    assert_healthy(&output);
    assert_eq!(output.document()["targets"][0]["repository"], "demo");
}

#[test]
fn a_url_can_be_examined_from_anywhere() {
    if !(has_tools() && has_account()) {
        return;
    }
    let mut machine = Machine::ssh();
    machine.enter("/");
    assert_healthy(&machine.json(&["--url", SSH_URL]));
    let https = machine.json(&["--url", HTTPS_URL]);
    assert_eq!(https.code, Some(1));
    assert_eq!(https.document()["targets"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_machine_with_nothing_is_undetermined() {
    if !has_tools() {
        return;
    }
    let machine = Machine::new();
    let output = machine.json(&[]);
    assert_eq!((output.code, &output.document()["verdict"]), (Some(3), &"undetermined".into()));
    assert!(output.document()["targets"].as_array().is_some_and(Vec::is_empty));
    let shown = machine.run(&[]);
    assert_eq!(shown.code, Some(3));
    assert!(shown.stdout().contains("--url"), "{}", shown.stdout());
}

#[test]
fn the_transport_of_a_bare_machine_is_what_it_is_set_up_for() {
    if !has_tools() {
        return;
    }
    let machine = Machine::new();
    machine.program("aws", AWS_CLI);
    machine.aws_files();
    let output = machine.json(&["--url", HTTPS_URL]);
    assert_eq!(output.code, Some(1));
    assert!(!output.failing().is_empty());
}

use super::*;
use crate::system::Platform;
use crate::system::fake::FakeSystem;

const KEYS: &str = r"^(core\.sshcommand|ssh\.variant|trace2\.eventtarget|(includeif|submodule)\..*)$";

/// A machine with git 2.47 and OpenSSH whose `git config` answers this for these global options.
fn machine(options: &[&str], settings: &str) -> FakeSystem {
    machine_with("2.47.3", options, settings)
}

fn machine_with(version: &str, options: &[&str], settings: &str) -> FakeSystem {
    let asked = [options, &["config", "--null", "--get-regexp", KEYS]].concat();
    FakeSystem::new(Platform::Linux)
        .program("/usr/bin/git")
        .program("/usr/bin/ssh")
        .answers("/usr/bin/git", &asked, i32::from(settings.is_empty()), settings, "")
        .answers("/usr/bin/git", &["version"], 0, &format!("git version {version}\n"), "")
}

fn wired(system: &FakeSystem, command: &[&str]) -> Vec<(String, String)> {
    let command: Vec<OsString> = command.iter().map(OsString::from).collect();
    let text = |text: OsString| text.to_string_lossy().into_owned();
    let variables = variables(system, &command, Path::new("/tmp/t"), Some(Path::new("/opt/cc doctor")));
    variables.into_iter().map(|(name, value)| (text(name), text(value))).collect()
}

fn ssh_line_of(system: &FakeSystem, command: &[&str]) -> Option<String> {
    wired(system, command).into_iter().find(|(name, _)| name == "GIT_SSH_COMMAND").map(|(_, line)| line)
}

#[test]
fn git_is_asked_for_all_its_traces() {
    let names: Vec<_> = wired(&machine(&[], ""), &["git", "push"]).into_iter().map(|(name, _)| name).collect();
    let all = ["GIT_TRACE2_EVENT", "GIT_TRACE_CURL", "GIT_TRACE_CURL_NO_DATA", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT"];
    assert_eq!(names, all);
    // Another program may run git where another ssh is set.
    let names: Vec<_> = wired(&machine(&[], ""), &["make", "deploy"]).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, all[..3]);
}

#[test]
fn what_the_user_watches_himself_is_left_alone() {
    let has = |system: FakeSystem, name: &str| wired(&system, &["git", "push"]).iter().any(|(known, _)| known == name);
    for (variable, not_set) in [
        ("GIT_TRACE2_EVENT", "GIT_TRACE2_EVENT"),
        ("GIT_TRACE_CURL", "GIT_TRACE_CURL"),
        ("GIT_CURL_VERBOSE", "GIT_TRACE_CURL"),
        ("GIT_TRACE_REDACT", "GIT_TRACE_CURL"),
    ] {
        assert!(!has(machine(&[], "").env_var(variable, "1"), not_set), "{variable}");
    }
    assert!(!has(machine(&[], "trace2.eventtarget\n/x\0"), "GIT_TRACE2_EVENT"));
    assert!(!has(machine_with("2.38.5", &[], ""), "GIT_TRACE_CURL"));
}

#[test]
fn the_own_ssh_command_stays() {
    let relay = "'/opt/cc doctor' relay-ssh /tmp/t";
    let plain = |system: FakeSystem| ssh_line_of(&system, &["git", "push"]);
    assert_eq!(plain(machine(&[], "")), Some(format!("{relay} ssh -v")));
    let set = machine(&[], "core.sshcommand\nssh -i ~/.ssh/a\0core.sshcommand\nssh -i \"$HOME/b c\"\0");
    assert_eq!(plain(set), Some(format!("{relay} ssh -v -i \"$HOME/b c\"")));
    let variable = machine(&[], "core.sshcommand\nplink\0").env_var("GIT_SSH_COMMAND", "/usr/bin/ssh -p 1");
    assert_eq!(plain(variable), Some(format!("{relay} /usr/bin/ssh -v -p 1")));
    assert_eq!(plain(machine(&[], "").env_var("GIT_SSH", "/usr/bin/ssh")), Some(format!("{relay} /usr/bin/ssh -v")));
}

#[test]
fn the_global_options_of_git_are_heeded() {
    let system = machine(&["-C", "sub", "-c", "core.sshCommand=ssh -4"], "core.sshcommand\nssh -4\0");
    let command = ["git", "-C", "sub", "-c", "core.sshCommand=ssh -4", "push"];
    assert!(ssh_line_of(&system, &command).is_some_and(|line| line.ends_with(" ssh -v -4")));
    assert_eq!(ssh_line_of(&machine(&[], ""), &["git", "clone", "-c", "core.sshCommand=ssh -4", "x"]), None);
}

#[test]
fn only_what_stays_in_one_repository_is_relayed() {
    let has = |settings: &str, command: &[&str]| ssh_line_of(&machine(&[], settings), command).is_some();
    for command in [
        &["git", "ls-remote", "origin"][..],
        &["git", "fetch"],
        &["git", "pull", "--rebase"],
        &["git", "push"],
        &["git", "clone", "x"],
    ] {
        assert!(has("", command), "{command:?}");
    }
    for command in [
        &["git", "submodule", "foreach", "git fetch"][..],
        &["git", "remote", "update"],
        &["git", "mine"],
        &["git", "fetch", "--recurse-submodules"],
        &["git", "clone", "--recursive", "x"],
        &["git", "clone", "-c", "include.path=/x", "x"],
        &["git"],
    ] {
        assert!(!has("", command), "{command:?}");
    }
    let submodule = "submodule.lib.url\n../lib\0";
    assert!(!has(submodule, &["git", "fetch"]) && has(submodule, &["git", "ls-remote"]));
    let include = "includeif.gitdir:~/work/.path\n~/x\0";
    assert!(!has(include, &["git", "clone", "x"]) && has(include, &["git", "fetch"]));
    // git does not start, or does not tell.
    let silent = FakeSystem::new(Platform::Linux).program("/usr/bin/git").program("/usr/bin/ssh");
    assert_eq!(ssh_line_of(&silent, &["git", "fetch"]), None);
}

#[test]
fn the_git_of_the_command_is_the_one_that_is_asked() {
    let asked = ["config", "--null", "--get-regexp", KEYS];
    let system = machine(&[], "").program("/opt/git").answers("/opt/git", &asked, 0, "core.sshcommand\nssh -4\0", "");
    assert!(ssh_line_of(&system, &["/opt/git", "fetch"]).is_some_and(|line| line.ends_with(" ssh -v -4")));
}

#[test]
fn an_ssh_that_is_not_plain_is_left_alone() {
    for line in [
        "plink",
        "/opt/wrapper",
        "ssh -v",
        "ssh -q",
        "ssh -E /tmp/log",
        "ssh -o LogLevel=ERROR",
        "ssh -oControlPath=/x",
        "ssh; true",
        "A=b ssh",
        "exec ssh",
        "gone/ssh",
        "",
        "ssh 'x",
    ] {
        let system = machine(&[], "").env_var("GIT_SSH_COMMAND", line);
        assert_eq!(ssh_line_of(&system, &["git", "push"]), None, "{line}");
    }
    assert_eq!(ssh_line_of(&machine(&[], "ssh.variant\nsimple\0"), &["git", "push"]), None);
    assert_eq!(ssh_line_of(&machine(&[], "").env_var("GIT_SSH_VARIANT", "plink"), &["git", "push"]), None);
    for setting in ["LogLevel QUIET", "Host x\n  controlmaster auto", "Host y\n ControlPersist=10m"] {
        let system = machine(&[], "").file("/home/dev/.ssh/config", setting).mode("/home/dev/.ssh/config", 0o600);
        assert_eq!(ssh_line_of(&system, &["git", "push"]), None, "{setting}");
    }
}

use super::*;
use crate::system::Platform;
use crate::system::fake::FakeSystem;

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

#[test]
fn ssh_is_asked_only_where_one_repository_is_at_work() {
    let relayed = |settings: &str, command: &[&str]| ssh_line_of(&machine(&[], settings), command).is_some();
    for command in [&["git", "fetch"][..], &["git", "pull", "origin"], &["git", "ls-remote"], &["git", "clone", "x"]] {
        assert!(relayed("", command), "{command:?}");
    }
    for command in [
        &["git", "submodule", "foreach", "git fetch"][..],
        &["git", "submodule", "update"],
        &["git", "remote", "update"],
        &["git", "fetch", "--recurse-submodules"],
        &["git", "clone", "--recursive", "x"],
        &["git", "clone", "--template=/srv/t", "x"],
        &["git"],
    ] {
        assert!(!relayed("", command), "{command:?}");
    }
    let conditional = "includeif.gitdir:~/work/.path\n/home/dev/work.config\0";
    assert!(!relayed(conditional, &["git", "clone", "x"]));
    assert!(relayed(conditional, &["git", "fetch"]));
    assert!(!relayed("init.templatedir\n/srv/t\0", &["git", "clone", "x"]));
    for settings in ["submodule.lib.url\nssh://x/y\0", "submodule.recurse\0", "fetch.recursesubmodules\ntrue\0"] {
        assert!(!relayed(settings, &["git", "fetch"]), "{settings}");
        assert!(relayed(settings, &["git", "fetch", "--no-recurse-submodules"]), "{settings}");
    }
}

#[test]
fn the_git_that_runs_is_the_one_that_is_asked() {
    let asked = ["config", "--null", "--get-regexp", KEYS];
    let system = machine(&[], "core.sshcommand\nssh -4\0")
        .program("/opt/git/bin/git")
        .answers("/opt/git/bin/git", &asked, 0, "core.sshcommand\nssh -6\0", "")
        .answers("/opt/git/bin/git", &["version"], 0, "git version 2.30.1\n", "");
    let line = |program: &str| ssh_line_of(&system, &[program, "fetch"]).unwrap_or_default();
    assert!(line("git").ends_with(" ssh -v -4"), "{}", line("git"));
    assert!(line("/opt/git/bin/git").ends_with(" ssh -v -6"), "{}", line("/opt/git/bin/git"));
    let names: Vec<_> = wired(&system, &["/opt/git/bin/git", "fetch"]).into_iter().map(|(name, _)| name).collect();
    assert!(!names.contains(&"GIT_TRACE_CURL".to_owned()), "that git shows logins");
}

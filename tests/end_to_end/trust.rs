//! A run executes nothing that a file names and changes nothing.

use std::fs;

use crate::machine::{BLOCK, HTTPS_URL, Machine, SSH_URL, binary, chmod, has_tools};

#[test]
fn what_a_repository_names_is_not_executed() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::ssh();
    let marker = machine.root().join("marker");
    let touch = format!("/bin/touch {}", marker.display());
    let shell = format!("!{touch}");
    for (key, value) in [
        ("core.fsmonitor", touch.as_str()),
        ("core.sshCommand", &touch),
        ("core.pager", &touch),
        ("core.editor", &touch),
        ("core.askPass", &touch),
        ("core.hooksPath", "hooks"),
        ("core.gitProxy", &touch),
        ("credential.helper", &shell),
        ("alias.config", &shell),
        ("alias.version", &shell),
        ("diff.external", &touch),
        ("gpg.program", &touch),
        ("protocol.ext.allow", "always"),
        ("remote.ext.url", &format!("ext::{touch}")),
        ("remote.origin.uploadpack", &touch),
        ("remote.origin.proxy", &touch),
        ("remote.helper.url", "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ("submodule.x.update", &shell),
        ("trace2.eventTarget", machine.root().join("marker").to_str().expect("a path")),
    ] {
        machine.git(&["config", "--local", key, value]);
    }
    for hook in ["post-checkout", "pre-push", "post-index-change"] {
        let path = machine.repository(&format!(".git/hooks/{hook}"));
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, format!("#!/bin/sh\n{touch}\n")).expect("a hook");
        chmod(&path, 0o755);
    }
    // Setting them up may have set them off.
    drop(fs::remove_file(&marker));
    machine.write_mode(
        ".ssh/config",
        format!(
            "Match exec \"{touch}\"\n  User x\nHost *\n  ProxyCommand {touch}\n  LocalCommand {touch}\n\
             \x20 PermitLocalCommand yes\n  KnownHostsCommand {touch}\n{BLOCK}"
        ),
        0o600,
    );
    machine.write(".aws/config", format!("[default]\ncredential_process = {touch}\n"));
    for name in ["git", "ssh", "aws", "python3", "git-remote-codecommit"] {
        let path = machine.repository(name);
        fs::write(&path, format!("#!/bin/sh\n{touch}\n")).expect("a program");
        chmod(&path, 0o755);
    }
    let path = format!(".::./:{}", machine.root().join("bin").display());
    machine.set("PATH", path);
    for name in ["GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_EXTERNAL_DIFF", "PAGER", "EDITOR"] {
        machine.set(name, &touch);
        drop(machine.json(&["--url", SSH_URL, "--url", HTTPS_URL]));
        assert!(!marker.exists(), "something ran with {name}");
        machine.unset(name);
    }
    drop(machine.json(&[]));
    assert!(!marker.exists(), "something ran");
}

#[test]
fn a_repository_of_another_shape_is_not_executed_either() {
    if !has_tools() {
        return;
    }
    // A bare repository inside a working tree, as a hostile archive brings it.
    let mut machine = Machine::new();
    let marker = machine.root().join("marker");
    let folder = machine.home("download");
    fs::create_dir_all(folder.join("objects")).expect("a directory");
    fs::create_dir_all(folder.join("refs")).expect("a directory");
    fs::write(folder.join("HEAD"), "ref: refs/heads/main\n").expect("a head");
    let config = format!(
        "[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = /bin/touch {0}\n[credential]\n\thelper = !/bin/touch {0}\n\
         [remote \"origin\"]\n\turl = {HTTPS_URL}\n",
        marker.display()
    );
    fs::write(folder.join("config"), config).expect("a configuration");
    machine.enter(&folder);
    drop(machine.json(&[]));
    assert!(!marker.exists());
}

#[test]
fn a_run_changes_nothing() {
    if !has_tools() {
        return;
    }
    let machine = Machine::ssh();
    machine.aws_files();
    machine.program("aws", "#!/bin/sh\necho aws-cli/2.32.6 Python/3.13.9\n");
    machine.append(".gitconfig", "[credential]\n\thelper = !aws codecommit credential-helper $@\n\thelper = store\n");
    machine.write(".git-credentials", "https://u:p@git-codecommit.us-east-1.amazonaws.com\n");
    let before = machine.snapshot();
    for args in
        [&[][..], &["--json", "--url", SSH_URL, "--url", HTTPS_URL, "--url", "codecommit://demo"], &["checks", "list"]]
    {
        let output = machine.run(args);
        assert!(matches!(output.code, Some(0 | 1)), "{}", output.stderr());
        let after = machine.snapshot();
        let changed: Vec<_> =
            before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
        assert!(changed.is_empty(), "{args:?}: {changed:?}");
    }
    assert!(binary().exists());
}

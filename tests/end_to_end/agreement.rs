//! The report agrees with what the real git and ssh say on the same machine.

use crate::machine::{BLOCK, HTTPS_URL, KEY_ID, Machine, SSH_URL, has_account, has_tools};

/// The value of a setting of `ssh -G`.
fn ssh_says(machine: &Machine, keyword: &str) -> String {
    let said = machine.tool("ssh", &["-G", "git-codecommit.us-east-1.amazonaws.com"]).stdout();
    let prefix = format!("{keyword} ");
    said.lines().find_map(|line| line.strip_prefix(&prefix)).expect("ssh -G prints every setting").to_owned()
}

#[test]
fn ssh_uses_the_user_that_the_report_names() {
    if !(has_tools() && has_account()) {
        return;
    }
    let machine = Machine::ssh();
    assert_eq!(ssh_says(&machine, "user"), KEY_ID);
    assert_eq!(machine.json(&[]).failing(), [""; 0]);
    machine.write_mode(".ssh/config", format!("Host git-*\n  User wrong-name\n\n{BLOCK}"), 0o600);
    assert_eq!(ssh_says(&machine, "user"), "wrong-name");
    let output = machine.json(&["--show-identity"]);
    assert_eq!(output.failing().first().map(String::as_str), Some("ssh-user-shadowed"), "{:?}", output.failing());
    let finding = output.finding("ssh-user-shadowed");
    assert!(finding["message"].as_str().is_some_and(|message| message.contains("wrong-name")), "{finding}");
    let lines: Vec<_> = finding["evidence"].as_array().into_iter().flatten().map(|place| &place["line"]).collect();
    assert!(lines.contains(&&2.into()), "{finding}");
}

#[test]
fn ssh_reads_the_key_that_the_report_names() {
    if !(has_tools() && has_account()) {
        return;
    }
    let machine = Machine::ssh();
    machine.write_mode(".ssh/config", BLOCK.replace("codecommit_rsa", "other_rsa"), 0o600);
    assert_eq!(ssh_says(&machine, "identityfile"), "~/.ssh/other_rsa");
    let output = machine.json(&[]);
    assert_eq!(output.failing().first().map(String::as_str), Some("ssh-identity-missing"), "{:?}", output.failing());
    assert!(output.finding("ssh-identity-missing")["message"].to_string().contains("~/.ssh/other_rsa"));
}

#[test]
fn git_uses_the_helper_that_the_report_names() {
    if !has_tools() {
        return;
    }
    let machine = Machine::helper();
    let helper = |machine: &Machine| machine.git(&["config", "--get-urlmatch", "credential.helper", HTTPS_URL]);
    assert_eq!(helper(&machine), "!aws codecommit credential-helper $@");
    assert_eq!(machine.json(&[]).document()["targets"][0]["transport"], "https-helper");
    machine.write(
        ".gitconfig",
        "[credential]\n\thelper = !aws codecommit credential-helper --profile gone $@\n\tUseHttpPath = true\n",
    );
    assert!(helper(&machine).contains("--profile gone"));
    let output = machine.json(&[]);
    assert_eq!(output.failing().first().map(String::as_str), Some("credential-profile-missing"));
    assert_eq!(output.finding("credential-profile-missing")["evidence"][0]["path"], "~/.gitconfig");
    assert_eq!(output.finding("credential-profile-missing")["evidence"][0]["line"], 2);
}

#[test]
fn the_target_is_the_url_that_git_resolves() {
    if !has_tools() {
        return;
    }
    let machine = Machine::helper();
    machine.append(
        ".gitconfig",
        "[url \"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/\"]\n\tinsteadOf = cc:\n",
    );
    machine.git(&["remote", "set-url", "origin", "cc:demo"]);
    assert_eq!(machine.git(&["ls-remote", "--get-url", "origin"]), HTTPS_URL);
    assert_eq!(machine.json(&[]).document()["targets"][0]["url"], HTTPS_URL);
    machine.git(&["remote", "set-url", "--push", "origin", SSH_URL]);
    assert_eq!(machine.git(&["remote", "get-url", "--push", "origin"]), SSH_URL);
    let targets = machine.json(&[]).document()["targets"].clone();
    let urls: Vec<_> = targets.as_array().into_iter().flatten().map(|target| target["url"].clone()).collect();
    assert_eq!(urls, [HTTPS_URL, SSH_URL]);
}

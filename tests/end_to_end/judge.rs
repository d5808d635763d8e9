//! The verdict of the user's own git, before a stand-in of CodeCommit: it is what git itself says, and nothing on the
//! machine is changed by asking.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::machine::{HTTPS_URL, KEY_ID, Machine, SSH_URL, has_account, has_tools, key_pair, which};
use crate::standin::Standin;
use crate::standin::records::Record;
use crate::standin::switches::{Faults, Http, Port, Ssh, Tls};
use crate::standin::world::IamUser;

const GIT_USER: &str = "alice-at-123456789012";
const GIT_PASSWORD: &str = "stand-in/git+password=";
/// That password in a URL.
const ENCODED: &str = "stand-in%2Fgit%2Bpassword%3D";
const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";

/// A check that always fails and says what the judge saw.
const SHOW: &str = r#"
title: What the judge saw
severity: info
layer: repository
condition: target.access == null || target.access.judge == null || target.access.judge.outcome == 'never'
message: |
  [{{ target.access.judge.outcome }}] [{{ target.access.judge.failure == null ? '-' : target.access.judge.failure }}] [{{ target.access.judge.layer == null ? '-' : target.access.judge.layer }}] [{{ target.access.credential == null ? '-' : target.access.credential.origin + ' ' + target.access.credential.user_kind }}] [{{ target.access.push == null ? '-' : target.access.push.outcome }}]
  {{ target.access.judge.said.join(' / ') }}
  {{ target.access.judge.trace.join(' / ') }}
why: It is a test.
remedy: None.
examples:
  - name: seen
    facts: { target: { access: { judge: { outcome: failed, failure: other, layer: other, said: [], trace: [] }, credential: null, push: null } } }
    outcome: fail
  - name: never
    facts: { target: { access: { judge: { outcome: never } } } }
    outcome: pass
  - name: not known
    facts: { target: { access: {} } }
    unavailable: { target.access.judge: not run }
    outcome: unknown
"#;

/// A machine before a stand-in in which alice has a key, Git credentials and the repository `demo`.
struct Desk {
    standin: Standin,
    machine: Machine,
}

impl Desk {
    fn new() -> Option<Self> {
        if !has_tools() || !has_account() {
            return None;
        }
        let standin = Standin::start();
        standin.add_repository("us-east-1", "demo");
        let alice = IamUser::new("alice").ssh_key(KEY_ID, &key_pair().1).git_credential(GIT_USER, GIT_PASSWORD);
        standin.add_user(alice);
        let mut machine = Machine::new();
        machine.write("checks/access/show.yaml", SHOW);
        machine.write("regions.yaml", standin.regions_yaml());
        machine.set("https_proxy", standin.proxy_url());
        machine.set("GIT_SSL_CAINFO", standin.ca_file());
        machine.go_live();
        Some(Self { standin, machine })
    }

    /// Set up for ssh with a host key that is known.
    fn ssh(extra: &str) -> Option<Self> {
        let desk = Self::new()?;
        let region = desk.standin.region("us-east-1");
        desk.machine.key("codecommit_rsa");
        desk.machine.write_mode(".ssh/known_hosts", region.known_hosts_line(), 0o600);
        let block = format!(
            "Host git-codecommit.*.amazonaws.com\n{}{extra}  User {KEY_ID}\n  IdentityFile ~/.ssh/codecommit_rsa\n",
            region.ssh_config_lines()
        );
        desk.machine.write_mode(".ssh/config", block, 0o600);
        Some(desk)
    }

    /// With a store file, and behind it a helper that notes what it is asked.
    fn store(password: &str) -> Option<Self> {
        let desk = Self::new()?;
        let line = format!("https://{GIT_USER}:{password}@{HOST}\n");
        desk.machine.write_mode(".git-credentials", line, 0o600);
        let log = desk.log();
        let noting = format!("!f() {{ echo \\\"$1\\\" >> '{}'; }}; f", log.display());
        desk.machine.write(".gitconfig", format!("[credential]\n\thelper = store\n\thelper = \"{noting}\"\n"));
        Some(desk)
    }

    /// What helpers note: outside of what is compared.
    fn log(&self) -> PathBuf {
        self.machine.root().join("log")
    }

    /// Runs cc-doctor and returns the finding that shows what the judge saw.
    fn see(&self, url: &str, more: &[&str]) -> Value {
        let (checks, regions) = (self.machine.home("checks"), self.machine.home("regions.yaml"));
        let (checks, regions) = (checks.to_str().expect("a path"), regions.to_str().expect("a path"));
        let mut args = vec!["--checks", checks, "--regions", regions, "--check", "show"];
        if !url.is_empty() {
            args.extend(["--url", url]);
        }
        let output = self.machine.json(&[&args[..], more].concat());
        output.finding("show").clone()
    }

    /// The message of that finding; the run must leave everything as it is.
    fn says(&self, url: &str) -> String {
        let before = self.machine.snapshot();
        let finding = self.see(url, &[]);
        let after = self.machine.snapshot();
        let changed: Vec<_> =
            before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
        assert!(changed.is_empty(), "{changed:?}");
        let message = finding["message"].as_str().unwrap_or_default().to_owned();
        assert!(!message.is_empty(), "{finding}");
        for secret in [GIT_PASSWORD, ENCODED, "c3RhbmQt"] {
            assert!(!finding.to_string().contains(secret), "{finding}");
        }
        message
    }

    /// Whether the real git lists the repository.
    fn git_works(&self, url: &str) -> bool {
        self.machine.tool("git", &["ls-remote", url]).code == Some(0)
    }
}

#[test]
fn an_accepted_login_leaves_no_trace() {
    let Some(desk) = Desk::store(ENCODED) else { return };
    let said = desk.says(HTTPS_URL);
    assert!(said.starts_with("[succeeded] [-] [-] [helper git-credentials] [-]"), "{said}");
    assert!(!desk.log().exists(), "the second helper is not asked, and nothing is stored in it");
    assert!(desk.git_works(HTTPS_URL));
    assert_eq!(fs::read_to_string(desk.log()).unwrap(), "store\n", "the real git does store it");
}

#[test]
fn a_refused_login_leaves_no_trace() {
    let Some(mut desk) = Desk::store("wrong") else { return };
    let said = desk.says(HTTPS_URL);
    assert!(said.starts_with("[failed] [forbidden] [authorization] [helper git-credentials] [-]"), "{said}");
    desk.standin.set(|faults| faults.http = Http::Status(401));
    let said = desk.says(HTTPS_URL);
    assert!(said.starts_with("[failed] [unauthorized] [authentication]"), "{said}");
    assert!(!desk.log().exists());
    let store = desk.machine.home(".git-credentials");
    assert!(!fs::read_to_string(&store).unwrap().is_empty());
    assert!(!desk.git_works(HTTPS_URL));
    assert_eq!(fs::read_to_string(&store).unwrap(), "", "the real git erases it");
}

#[test]
fn ssh_writes_no_known_hosts_and_gives_the_agent_no_key() {
    let Some(desk) = Desk::ssh("  StrictHostKeyChecking accept-new\n  AddKeysToAgent yes\n  UpdateHostKeys yes\n")
    else {
        return;
    };
    let said = desk.says(SSH_URL);
    assert!(said.starts_with("[succeeded] [-] [-] [-] [-]"), "{said}");
    desk.standin.with_world(|world| world.users[0].ssh_keys[0].active = false);
    let said = desk.says(SSH_URL);
    assert!(said.starts_with("[failed] [key-refused] [authentication]"), "{said}");
    assert!(said.contains("Permission denied (publickey)"), "{said}");
    desk.machine.write_mode(".ssh/known_hosts", "", 0o600);
    assert!(!desk.git_works(SSH_URL));
    assert_ne!(fs::read_to_string(desk.machine.home(".ssh/known_hosts")).unwrap(), "", "the real ssh does write it");
}

#[test]
fn nobody_without_the_published_key_is_let_in() {
    for setting in ["no", "accept-new"] {
        let Some(mut desk) = Desk::ssh(&format!("  StrictHostKeyChecking {setting}\n")) else { return };
        assert!(desk.says(SSH_URL).starts_with("[succeeded]"));
        // Not known, but what answers shows the published key: ssh is told that one, and writes it nowhere.
        let known = desk.machine.write_mode(".ssh/known_hosts", "", 0o600);
        assert!(desk.says(SSH_URL).starts_with("[succeeded]"));
        assert_eq!(fs::read_to_string(&known).unwrap(), "");
        desk.standin.set(|faults| faults.ssh = Ssh::WrongHostKey);
        let finding = desk.see(SSH_URL, &[]);
        assert_eq!(finding["outcome"], "unknown", "{finding}");
        let reason = finding["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(&format!("StrictHostKeyChecking {setting}")), "{reason}");
        // Known, but somebody else answers.
        let region = desk.standin.region("us-east-1");
        desk.machine.write_mode(".ssh/known_hosts", region.known_hosts_line(), 0o600);
        assert!(desk.says(SSH_URL).starts_with("[failed] [host-key-changed]"));
    }
}

#[test]
fn flags_of_the_ssh_command_leave_no_trace() {
    let Some(mut desk) = Desk::ssh("") else { return };
    let log = desk.machine.home("ssh.log");
    let socket = desk.machine.home("socket");
    let command = format!("ssh -q -A -M -S {} -E {} -o ControlPersist=1", socket.display(), log.display());
    desk.machine.set("GIT_SSH_COMMAND", command);
    let said = desk.says(SSH_URL);
    assert!(said.starts_with("[succeeded]"), "{said}");
    assert!(!log.exists() && !socket.exists());
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn an_agent_stays_as_it_is() {
    let Some(mut desk) = Desk::ssh("  AddKeysToAgent yes\n") else { return };
    let (Some(agent), Some(add)) = (which("ssh-agent"), which("ssh-add")) else {
        crate::not_run::not_run("what needs ssh-agent and ssh-add");
        return;
    };
    let socket = desk.machine.root().join("agent");
    let mut agent = Command::new(agent);
    agent.arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).stderr(Stdio::null());
    let _running = Running(agent.spawn().unwrap());
    while !socket.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    desk.machine.set("SSH_AUTH_SOCK", &socket);
    let list = || {
        let output = Command::new(&add).arg("-l").env("SSH_AUTH_SOCK", &socket).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let before = list();
    let said = desk.says(SSH_URL);
    let after = list();
    assert!(desk.git_works(SSH_URL));
    let by_git = list();
    assert!(said.starts_with("[succeeded]"), "{said}");
    assert_eq!(before, after);
    assert_ne!(after, by_git, "the real ssh does add the key");
}

/// What is switched on, the failure and its layer.
type Row = (fn(&mut Faults), &'static str, &'static str);

const OVER_SSH: &[Row] = &[
    (|faults| faults.ssh_port = Port::Refused, "refused", "tcp"),
    (|faults| faults.ssh = Ssh::WrongHostKey, "host-key-changed", "handshake"),
    (|faults| faults.ssh = Ssh::NoCommonKex, "no-common-algorithm", "handshake"),
    (|faults| faults.ssh = Ssh::ClosesAtOnce, "kex-closed", "handshake"),
    (|faults| faults.ssh = Ssh::ClosesAfterBanner, "kex-closed", "handshake"),
    (|faults| faults.ssh = Ssh::ClosesAfterLogin, "closed", "repository"),
];

const OVER_HTTPS: &[Row] = &[
    (|faults| faults.tls = Tls::UnknownCa, "tls-untrusted", "handshake"),
    (|faults| faults.tls = Tls::WrongName, "tls-wrong-name", "handshake"),
    (|faults| faults.tls = Tls::ClosesInHandshake, "tls-failed", "handshake"),
    (|faults| faults.http = Http::Status(404), "not-found", "repository"),
    (|faults| faults.http = Http::Status(429), "throttled", "authorization"),
    (|faults| faults.http = Http::Status(503), "server-error", "repository"),
    (|faults| faults.http = Http::Portal, "not-git", "repository"),
    (|faults| faults.http = Http::Redirect("https://portal.example/".into()), "redirected", "repository"),
    (|faults| faults.unauthenticated = 403, "forbidden", "authorization"),
];

fn check_rows(mut desk: Desk, url: &str, rows: &[Row]) {
    for (fault, word, layer) in rows {
        desk.standin.reset();
        desk.standin.set(fault);
        let said = desk.says(url);
        assert!(said.starts_with(&format!("[failed] [{word}] [{layer}]")), "{word}: {said}");
        assert!(!desk.git_works(url), "{word}");
    }
}

#[test]
fn failures_over_ssh_are_known_by_their_words() {
    let Some(desk) = Desk::ssh("") else { return };
    check_rows(desk, SSH_URL, OVER_SSH);
}

#[test]
fn failures_over_https_are_known_by_their_words() {
    let Some(desk) = Desk::store(ENCODED) else { return };
    check_rows(desk, HTTPS_URL, OVER_HTTPS);
}

#[test]
fn failures_of_this_machine_are_known_by_their_words() {
    let Some(mut desk) = Desk::store(ENCODED) else { return };
    let said = |desk: &Desk, url: &str| desk.says(url);
    assert!(said(&desk, "codecommit::us-east-1://demo").starts_with("[failed] [remote-helper-missing] [tools]"));
    desk.machine.write(".gitconfig", "");
    let asked = desk.see(HTTPS_URL, &[])["reason"].to_string();
    assert!(asked.contains("git would ask you for the login; nobody was asked"), "{asked}");
    desk.machine.write(".gitconfig", "[credential]\n\thelper = store --file ~/none\n");
    assert!(said(&desk, HTTPS_URL).starts_with("[failed] [no-username] [authentication] [-]"));
    desk.machine.write(".gitconfig", "[credential]\n\thelper = aws\n");
    assert!(said(&desk, HTTPS_URL).starts_with("[failed] [helper-missing] [tools]"));
    desk.machine.write(".gitconfig", "[credential]\n\thelper = !echo something odd >&2; true\n");
    assert!(said(&desk, HTTPS_URL).starts_with("[failed] [helper-failed] [authentication]"));
    // What is left over is passed over.
    let left_over = "[credential]\n\thelper = manager-core\n\thelper = ";
    desk.machine.write(".gitconfig", format!("{left_over}!echo something odd >&2; true\n"));
    assert!(said(&desk, HTTPS_URL).starts_with("[failed] [helper-failed] [authentication]"));
    desk.machine.write(".gitconfig", "[credential]\n\thelper = \"!f() { aws (\"\n");
    assert!(said(&desk, HTTPS_URL).starts_with("[failed] [command-unparsable] [config]"));
    desk.machine.write(".gitconfig", "[protocol \"https\"]\n\tallow = never\n");
    assert!(said(&desk, HTTPS_URL).starts_with("[failed] [protocol-not-allowed] [config]"));
    desk.machine.write(".gitconfig", "");
    desk.standin.switch(|switches| switches.proxy.login = Some("dev:word".into()));
    assert!(said(&desk, HTTPS_URL).starts_with("[failed] [proxy-login] [tcp]"));
    desk.machine.set("https_proxy", "http://127.0.0.1:9");
    assert!(said(&desk, HTTPS_URL).starts_with("[failed] [proxy-unreachable] [tcp]"));
    desk.machine.set("https_proxy", "http://127.0.0.1:99999");
    assert!(said(&desk, HTTPS_URL).starts_with("[failed] [proxy-malformed] [tcp]"));
    desk.machine.write_mode(".ssh/config", "Foo bar\n", 0o600);
    assert!(said(&desk, SSH_URL).starts_with("[failed] [config-refused] [config]"));
    desk.machine.write_mode(".ssh/config", "Host *\n  ProxyCommand false\n", 0o600);
    assert!(said(&desk, SSH_URL).starts_with("[failed] [proxy-unreachable] [tcp]"));
    desk.machine.set("GIT_SSH_COMMAND", "ssh -F /nonexistent/config");
    assert!(said(&desk, SSH_URL).starts_with("[failed] [config-refused] [config]"));
}

#[test]
fn what_a_repository_names_runs_only_when_it_is_trusted() {
    let Some(mut desk) = Desk::store(ENCODED) else { return };
    let marker = desk.machine.root().join("marker");
    let touch = format!("echo >> '{}'", marker.display());
    desk.machine.clone_of(HTTPS_URL);
    desk.machine.git(&["config", "--local", "credential.helper", &format!("!{touch};")]);
    let finding = desk.see("", &[]);
    assert_eq!(finding["outcome"], "unknown", "{finding}");
    let reason = finding["reason"].as_str().unwrap();
    assert!(reason.contains(".git/config:") && reason.contains("--trust-repository"), "{reason}");
    let logins = |record: &Record| matches!(record, Record::Git { user: Some(_), .. });
    assert!(!marker.exists() && !desk.standin.records().iter().any(logins), "nothing ran, no login was sent");
    let trusted = desk.see("", &["--trust-repository"]);
    assert!(trusted["message"].as_str().unwrap_or_default().starts_with("[succeeded]"), "{trusted}");

    // Whom git trusts with a login is not for a repository to say either; what is documented may stand in it.
    desk.machine.git(&["config", "--local", "--unset", "credential.helper"]);
    desk.machine.git(&["config", "--local", "http.sslVerify", "false"]);
    assert_eq!(desk.see("", &[])["outcome"], "unknown");
    desk.machine.git(&["config", "--local", "--unset", "http.sslVerify"]);
    desk.machine.git(&["config", "--local", "credential.helper", "!aws codecommit credential-helper $@"]);
    assert_eq!(desk.see("", &[])["outcome"], "fail", "it was run");

    let Some(mut desk) = Desk::ssh("") else { return };
    desk.machine.clone_of(SSH_URL);
    desk.machine.git(&["config", "--local", "core.sshCommand", &format!("sh -c \"{touch}\"")]);
    assert_eq!(desk.see("", &[])["outcome"], "unknown");
    assert_eq!(desk.see(SSH_URL, &[])["outcome"], "unknown", "it takes effect for --url too");
}

#[test]
fn what_would_ask_for_a_login_is_not_run() {
    let Some(mut desk) = Desk::new() else { return };
    let marker = desk.machine.root().join("marker");
    desk.machine.program("ask", &format!("#!/bin/sh\necho >> '{}'\n", marker.display()));
    desk.machine.clone_of(HTTPS_URL);
    desk.machine.git(&["config", "--local", "core.askPass", "ask"]);
    // A section for another server does not count.
    desk.machine.git(&["config", "--local", "http.https://git.corp.example/.sslVerify", "false"]);
    let finding = desk.see("", &[]);
    assert_eq!(finding["outcome"], "unknown", "{finding}");
    let reason = finding["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("git would ask the program ask for a login"), "{reason}");
    assert!(!marker.exists());
    desk.machine.git(&["config", "--local", &format!("http.https://{HOST}/.sslVerify"), "false"]);
    let finding = desk.see("", &[]);
    assert!(finding["reason"].as_str().unwrap_or_default().contains("--trust-repository"), "{finding}");
}

#[test]
fn what_is_no_endpoint_gets_no_login() {
    let Some(desk) = Desk::store(ENCODED) else { return };
    for url in [
        format!("https://{HOST}.evil.example/v1/repos/demo"),
        format!("https://{HOST}@evil.example/v1/repos/demo"),
        format!("http://{HOST}/v1/repos/demo"),
        format!("ssh://{KEY_ID}@{HOST}.evil.example/v1/repos/demo"),
    ] {
        let finding = desk.see(&url, &[]);
        assert_eq!(finding["outcome"], "unknown", "{url}: {finding}");
    }
    assert!(desk.standin.records().is_empty(), "{:?}", desk.standin.records());
}

#[test]
fn settings_of_the_repository_count() {
    let Some(mut desk) = Desk::store(ENCODED) else { return };
    let proxy = desk.standin.proxy_url();
    desk.machine.set("https_proxy", "http://127.0.0.1:9");
    desk.machine.clone_of(HTTPS_URL);
    assert!(desk.says("").starts_with("[failed] [proxy-unreachable]"));
    desk.machine.git(&["config", "--local", &format!("http.https://{HOST}.proxy"), &proxy]);
    assert!(desk.says("").starts_with("[succeeded]"));
    desk.machine.git(&["config", "--local", "--unset", &format!("http.https://{HOST}.proxy")]);
    desk.machine.git(&["config", "--local", "remote.origin.proxy", &proxy]);
    assert!(desk.says("").starts_with("[succeeded]"));
    desk.machine.git(&["config", "--local", "credential.useHttpPath", "true"]);
    assert!(desk.says("").starts_with("[failed] [no-username]"), "the stored login has no path");
    desk.machine.git(&["config", "--local", "--unset", "credential.useHttpPath"]);
    // The same by a condition in the user's own file.
    desk.machine.git(&["config", "--local", "--unset", "remote.origin.proxy"]);
    desk.machine.write("proxy.config", format!("[http]\n\tproxy = {proxy}\n"));
    desk.machine.append(".gitconfig", "[includeIf \"gitdir:~/work/\"]\n\tpath = proxy.config\n");
    assert!(desk.says("").starts_with("[succeeded]"));
    // A rule that would turn the URL once more.
    let base = format!("https://{HOST}/");
    desk.machine.git(&["config", "--local", &format!("url.{base}.insteadOf"), "cc:"]);
    desk.machine.append(".gitconfig", &format!("[url \"https://wrong.example/\"]\n\tinsteadOf = {base}\n"));
    desk.machine.git(&["remote", "set-url", "origin", "cc:v1/repos/demo"]);
    assert!(desk.says("").starts_with("[succeeded]"));
}

#[test]
fn git_remote_codecommit_is_judged_with_the_login_that_it_makes() {
    let Some(desk) = Desk::store("wrong") else { return };
    let script = |password: &str| {
        format!("#!/bin/sh\nexec git remote-http \"$1\" 'https://{GIT_USER}:{password}@{HOST}/v1/repos/demo'\n")
    };
    let url = "codecommit::us-east-1://demo";
    desk.machine.program("git-remote-codecommit", &script(ENCODED));
    let said = desk.says(url);
    assert!(said.starts_with("[succeeded] [-] [-] [grc git-credentials]"), "{said}");
    desk.machine.program("git-remote-codecommit", &script("wrong"));
    assert!(desk.says(url).starts_with("[failed] [forbidden] [authorization] [grc git-credentials]"));
    assert!(!desk.log().exists());
    let aws = "#!/bin/sh\necho 'The following profile was not found: x. Available profiles are: y' >&2; exit 1\n";
    desk.machine.program("git-remote-codecommit", aws);
    assert!(desk.says(url).starts_with("[failed] [profile-missing] [authentication]"));
}

#[test]
fn a_login_in_the_url_is_used_and_not_shown() {
    let Some(mut desk) = Desk::new() else { return };
    desk.standin.set(|faults| faults.empty_password = 401);
    let url = HTTPS_URL.replace("https://", &format!("https://{GIT_USER}:{ENCODED}@"));
    assert!(desk.says(&url).starts_with("[succeeded] [-] [-] [url git-credentials]"));
    desk.standin.with_world(|world| world.users[0].git_credentials[0].active = false);
    assert!(desk.says(&url).starts_with("[failed] [forbidden]"));
}

#[test]
fn the_judge_dies_at_its_deadline_and_says_where() {
    let Some(mut desk) = Desk::ssh("") else { return };
    desk.standin.set(|faults| faults.ssh_port = Port::Silent);
    let finding = desk.see(SSH_URL, &["--timeout", "3"]);
    let message = finding["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("[timed-out] [timed-out] [handshake]"), "{finding}");
    assert!(desk.machine.left_behind().is_empty());
}

#[test]
fn nobody_is_asked_twice() {
    let Some(desk) = Desk::store(ENCODED) else { return };
    desk.says(HTTPS_URL);
    let is_login = |record: &&Record| matches!(record, Record::Git { user: Some(_), method, .. } if method == "GET");
    let logins = desk.standin.records().iter().filter(is_login).count();
    assert_eq!(logins, 1, "{:?}", desk.standin.records());
}

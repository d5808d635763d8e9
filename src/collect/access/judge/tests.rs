//! What becomes of the words of git 2.47.3 and 2.39.5, OpenSSH 9.2 and the AWS CLI: recorded on loopback where they can be
//! provoked there, else as users quote them.

use std::time::Duration;

use super::{http, lines, ssh, verdict};
use crate::fact::access::{Judge, SshLogin};
use crate::fact::target::Target;
use crate::system::{Output, Watched};

mod chain;
mod keys;
mod words;

const SSH_URL: &str = "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
const HTTPS_URL: &str = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
/// The last lines of git whenever ssh fails.
const TAIL: &str = "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\n\
    and the repository exists.\n";
/// OpenSSH up to the host key.
const HANDSHAKE: &str = "\
OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026\r
debug1: Connecting to git-codecommit.us-east-1.amazonaws.com [127.0.0.1] port 22.\r
debug1: Connection established.\r
debug1: Local version string SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r
debug1: Remote protocol version 2.0, remote software version AWSCodeCommit\r
debug1: Authenticating to git-codecommit.us-east-1.amazonaws.com:22 as 'APKAQ3EGRJ5XKT7NZ2WL'\r
debug1: SSH2_MSG_NEWKEYS received\r
debug1: Authentications that can continue: publickey\r
debug1: Next authentication method: publickey\r
";

fn run(url: &str, stderr: &str, timed_out: bool) -> (Judge, Option<SshLogin>) {
    let transport = match url.split(':').next() {
        Some("ssh") => "ssh",
        Some("codecommit") => "grc",
        _ => "https-gitcred",
    };
    run_as(transport, url, stderr, timed_out)
}

fn run_as(transport: &str, url: &str, stderr: &str, timed_out: bool) -> (Judge, Option<SshLogin>) {
    let over_ssh = transport == "ssh";
    let output = Output { code: Some(128), stdout: Vec::new(), stderr: stderr.into() };
    let watched = Watched { output, timed_out, took: Duration::from_millis(7) };
    let target = Target {
        transport: transport.into(),
        host: Some("git-codecommit.us-east-1.amazonaws.com".into()),
        ..Target::default()
    };
    let lines = lines::split(stderr);
    let (http, ssh) = ((!over_ssh).then(|| http::read(&lines)), over_ssh.then(|| ssh::read(&lines)));
    let judge = verdict::judge(&verdict::Run {
        target: &target,
        url,
        watched: &watched,
        lines: &lines,
        http: http.as_ref(),
        ssh: ssh.as_ref(),
    });
    (judge, ssh)
}

#[test]
fn the_deadline_names_the_last_thing_seen() {
    let layer = |url: &str, text: &str| run(url, text, true).0.layer.unwrap().0;
    assert_eq!(layer(SSH_URL, ""), "dns");
    assert_eq!(layer(SSH_URL, "debug1: Connecting to h [10.0.0.1] port 22.\n"), "tcp");
    assert_eq!(layer(SSH_URL, "debug1: Connection established.\n"), "handshake");
    assert_eq!(layer(SSH_URL, HANDSHAKE), "authentication");
    assert_eq!(
        layer(SSH_URL, &format!("{HANDSHAKE}Authenticated to h ([::1]:22) using \"publickey\".\n")),
        "repository"
    );
    let curl = |text: &str| format!("10:00:00.000001 http.c:849 {text}\n");
    assert_eq!(layer(HTTPS_URL, ""), "dns");
    assert_eq!(layer(HTTPS_URL, &curl("== Info:   Trying 10.0.0.1:443...")), "tcp");
    assert_eq!(layer(HTTPS_URL, &curl("== Info: Connected to h (10.0.0.1) port 443")), "handshake");
    let request = curl("=> Send header: GET /v1/repos/demo/info/refs HTTP/1.1");
    assert_eq!(layer(HTTPS_URL, &request), "handshake");
    let challenged = format!("{request}{}", curl("<= Recv header: HTTP/1.1 401 Unauthorized"));
    assert_eq!(layer(HTTPS_URL, &challenged), "authentication");
    let login = curl("=> Send header: Authorization: Basic ZGV2OmE6Yg==");
    assert_eq!(layer(HTTPS_URL, &format!("{challenged}{request}{login}")), "repository");
    assert_eq!(layer(HTTPS_URL, &format!("{request}cc-doctor: helper 1\n")), "authentication");
}

#[test]
fn no_login_is_left_in_a_trace() {
    let said = "10:00:00.000001 http.c:849 => Send header: Authorization: Basic Zm9vOmJhcg==\n\
                10:00:00.000001 http.c:849 == Info: [HTTP/2] [1] [authorization: Basic Zm9vOmJhcg==]\n\
                fatal: unable to access 'https://AKIA%25tok:20260102T030405Z0@h/x': Empty reply from server\n";
    let (judge, _) = run("https://dev:hun/ter2@h/x", said, false);
    let all = format!("{judge:?}");
    for secret in ["Zm9v", "20260102T", "tok", "hun/ter2"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    assert_eq!(judge.trace.len(), 3);
}

#[test]
fn no_secret_of_a_proxy_is_left_in_a_trace() {
    let said = "debug1: Executing proxy command: exec ncat --proxy-auth dev:canary-1 h 22\n\
                debug1: Executing proxy command: exec connect -H dev:canary-2@proxy:3128 h 22\n\
                debug1: channel 0: setting env LC_PIN = \"canary-3\"\n\
                debug1: Server host key: ssh-rsa SHA256:eLMY1j0DKA4uvDZcl/KgtIayZANwX6t8+8isPtotBoY\n\
                ncat --proxy-auth dev:canary-4 failed\n";
    let (judge, _) = run(SSH_URL, said, false);
    assert!(!format!("{judge:?}").contains("canary"), "{judge:?}");
    assert!(judge.trace.iter().any(|line| line.0.contains("SHA256:eLMY1j0DKA4uvDZcl/KgtIayZANwX6t8+8isPtotBoY")));
}

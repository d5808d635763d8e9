//! What becomes of the words of git 2.47.3 and 2.39.5, OpenSSH 9.2 and the AWS CLI: recorded on loopback where they can be
//! provoked there, else as users quote them.

use std::time::Duration;

use super::{http, lines, ssh, verdict};
use crate::fact::access::{Judge, SshLogin};
use crate::fact::target::Target;
use crate::system::{Output, Watched};

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
    let over_ssh = url.starts_with("ssh");
    let output = Output { code: Some(128), stdout: Vec::new(), stderr: stderr.into() };
    let watched = Watched { output, timed_out, took: Duration::from_millis(7) };
    let target = Target {
        transport: if over_ssh { "ssh" } else { "https-gitcred" }.into(),
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

/// What is said, the failure, its layer, and the line that shows it.
type Row = (&'static str, &'static str, &'static str, &'static str);

const OVER_SSH: &[Row] = &[
    (
        "ssh: Could not resolve hostname git-codecommit.us-east-1.amazonaws.com: Name or service not known\r\n",
        "name-not-found",
        "dns",
        "ssh: Could not resolve hostname",
    ),
    (
        "debug1: Connecting to h [10.0.0.1] port 22.\nssh: connect to host h port 22: Connection timed out\n",
        "timed-out",
        "tcp",
        "ssh: connect to host",
    ),
    (
        "debug1: Connecting to h [10.0.0.1] port 22.\nssh: connect to host h port 22: No route to host\n",
        "unreachable",
        "tcp",
        "ssh: connect to host",
    ),
    (
        "debug1: Executing proxy command: exec nonexist-nc 127.0.0.1\r\n/bin/bash: line 1: exec: nonexist-nc: not found\n\
         kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
        "proxy-unreachable",
        "tcp",
        "Connection closed by UNKNOWN",
    ),
    (
        "/home/dev/.ssh/config: line 1: Bad configuration option: foo\r\n\
         /home/dev/.ssh/config: terminating, 1 bad configuration options\r\n",
        "config-refused",
        "config",
        "/home/dev/.ssh/config: line 1: Bad",
    ),
    ("Bad owner or permissions on /home/dev/.ssh/config\r\n", "config-refused", "config", "Bad owner"),
    (
        "error: cannot run nossh: No such file or directory\nfatal: unable to fork\n",
        "program-missing",
        "tools",
        "error:",
    ),
    ("fatal: ssh variant 'simple' does not support setting port\n", "config-refused", "config", "fatal: ssh variant"),
    (
        "debug1: Connection established.\nUnable to negotiate with 127.0.0.1 port 22: no matching host key type found. \
         Their offer: ssh-rsa\n",
        "no-common-algorithm",
        "handshake",
        "Unable to negotiate",
    ),
    (
        "No RSA host key is known for h and you have requested strict checking.\r\nHost key verification failed.\r\n",
        "host-key-unknown",
        "handshake",
        "No RSA host key",
    ),
    (
        "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nAdd correct host key in /dev/null to get rid of \
         this message.\r\nHost key verification failed.\r\n",
        "host-key-changed",
        "handshake",
        "@    WARNING: REMOTE HOST",
    ),
    (
        "@       WARNING: REVOKED HOST KEY DETECTED!               @\r\nHost key verification failed.\r\n",
        "host-key-revoked",
        "handshake",
        "@       WARNING: REVOKED",
    ),
    // StrictHostKeyChecking no: ssh goes on.
    (
        "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nx@h: Permission denied (publickey).\r\n",
        "key-refused",
        "authentication",
        "x@h: Permission denied",
    ),
    (
        "Received disconnect from 127.0.0.1 port 22:2: Too many authentication failures\r\n",
        "too-many-keys",
        "authentication",
        "Received disconnect",
    ),
    ("ERROR: repository not found: /v1/repos/demo\n", "not-found", "repository", "ERROR: repository not found"),
    ("a line that nobody has seen before\n", "other", "other", ""),
];

#[test]
fn the_words_of_ssh_are_known() {
    for (said, word, layer, line) in OVER_SSH {
        let (judge, _) = run(SSH_URL, &format!("{said}{TAIL}"), false);
        let seen = (judge.failure.as_deref(), judge.layer.as_deref());
        assert_eq!(seen, (Some(*word), Some(*layer)), "{said}");
        assert!(judge.said.iter().any(|text| text.starts_with(line)) && judge.said.len() <= 5, "{:?}", judge.said);
        let shown = judge.source.excerpt.as_deref().unwrap_or_default();
        assert!(shown.starts_with(line), "{shown}");
    }
}

const OVER_HTTPS: &[Row] = &[
    (
        "fatal: unable to access 'https://h/': Could not resolve host: h\n",
        "name-not-found",
        "dns",
        "fatal: unable to access",
    ),
    (
        "10:00:00.000001 http.c:849 == Info: connect to 10.0.0.1 port 443 from 10.0.0.2 port 4 failed: Connection refused\n\
         fatal: unable to access 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/': Failed to connect to \
         git-codecommit.us-east-1.amazonaws.com port 443 after 0 ms: Couldn't connect to server\n",
        "refused",
        "tcp",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://h/': Failed to connect to proxy.corp port 3128 after 0 ms: Couldn't connect\n",
        "proxy-unreachable",
        "tcp",
        "fatal:",
    ),
    ("fatal: unable to access 'https://h/': CONNECT tunnel failed, response 407\n", "proxy-login", "tcp", "fatal:"),
    ("fatal: unable to access 'https://h/': CONNECT tunnel failed, response 403\n", "proxy-refuses", "tcp", "fatal:"),
    (
        "fatal: unable to access 'https://h/': server certificate verification failed. CAfile: none CRLfile: none\n",
        "tls-untrusted",
        "handshake",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://h/': SSL certificate problem: unable to get local issuer certificate\n",
        "tls-untrusted",
        "handshake",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://h/': SSL: no alternative certificate subject name matches target host name 'h'\n",
        "tls-wrong-name",
        "handshake",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://h/': The requested URL returned error: 403\n",
        "forbidden",
        "authorization",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://h/': The requested URL returned error: 429\n",
        "throttled",
        "authorization",
        "fatal:",
    ),
    ("remote: x\nfatal: repository 'https://h/v1/repos/app-1407/' not found\n", "not-found", "repository", "fatal:"),
    ("fatal: Authentication failed for 'https://h/'\n", "unauthorized", "authentication", "fatal:"),
    (
        "cc-doctor: helper 1\naws: not found\n/bin/sh: 1: aws: not found\nfatal: could not read Username for 'https://h': \
         terminal prompts disabled\n",
        "helper-missing",
        "tools",
        "/bin/sh: 1: aws",
    ),
    (
        "cc-doctor: helper 1\n\nThe config profile (work) could not be found\nfatal: could not read Username for \
         'https://h': terminal prompts disabled\n",
        "profile-missing",
        "authentication",
        "The config profile (work)",
    ),
    (
        "cc-doctor: helper 1\n\nUnable to locate credentials. You can configure credentials by running \"aws configure\".\n\
         fatal: could not read Username for 'https://h': terminal prompts disabled\n",
        "credentials-missing",
        "authentication",
        "Unable to locate",
    ),
    (
        "cc-doctor: helper 1\n'path'\nfatal: could not read Username for 'https://h': terminal prompts disabled\n",
        "helper-failed",
        "authentication",
        "'path'",
    ),
    (
        "git: 'remote-codecommit' is not a git command. See 'git --help'.\n",
        "remote-helper-missing",
        "tools",
        "git: 'remote-codecommit'",
    ),
    ("fatal: transport 'codecommit' not allowed\n", "protocol-not-allowed", "config", "fatal: transport"),
    (
        "The following profile does not have an AWS Region: default.\n",
        "region-missing",
        "config",
        "The following profile",
    ),
    (
        "Traceback (most recent call last):\n  File \"/x.py\", line 3, in <module>\n    run()\n\
         botocore.exceptions.SSOTokenLoadError: Error loading SSO Token: Token for dev does not exist\n",
        "credentials-expired",
        "authentication",
        "botocore.exceptions",
    ),
];

#[test]
fn the_words_of_git_and_its_helpers_are_known() {
    for (said, word, layer, line) in OVER_HTTPS {
        let (judge, _) = run(HTTPS_URL, said, false);
        let seen = (judge.failure.as_deref(), judge.layer.as_deref());
        assert_eq!(seen, (Some(*word), Some(*layer)), "{said}");
        let shown = judge.source.excerpt.as_deref().unwrap_or_default();
        assert!(shown.starts_with(line), "{shown}");
    }
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
    assert_eq!(layer(HTTPS_URL, &request), "repository");
    assert_eq!(layer(HTTPS_URL, &format!("{request}cc-doctor: helper 1\n")), "authentication");
}

#[test]
fn keys_are_read_in_the_order_of_their_offers() {
    let offers = "\
debug1: Offering public key: dev@laptop.example ED25519 SHA256:PlVeWvjvivg4wrxorfc4aTtPa0DYZVSA6tPsQzfJ9xw agent\r
debug1: Authentications that can continue: publickey\r
debug1: Offering public key: /home/dev/my keys/rsa RSA SHA256:AuwvZfI00nPs+ZTGsMnLEaX2vn2zhp7rei29CO54J2s explicit\r
debug1: Server accepts key: /home/dev/my keys/rsa RSA SHA256:AuwvZfI00nPs+ZTGsMnLEaX2vn2zhp7rei29CO54J2s explicit\r
";
    let signed = format!("{HANDSHAKE}{offers}Authenticated to h ([127.0.0.1]:22) using \"publickey\".\r\n");
    let login = run(SSH_URL, &signed, false).1.unwrap();
    let seen: Vec<_> =
        login.offered.iter().map(|key| (&*key.name.0, &*key.key_type, key.from_agent, &*key.outcome)).collect();
    assert_eq!(
        seen,
        [("dev@laptop.example", "ed25519", true, "refused"), ("/home/dev/my keys/rsa", "rsa", false, "accepted")]
    );
    assert_eq!(&*login.offered[1].sha256, "AuwvZfI00nPs+ZTGsMnLEaX2vn2zhp7rei29CO54J2s");
    assert!(login.connected && login.host_key_accepted && login.authenticated);
    assert_eq!(login.server_version.as_deref(), Some("SSH-2.0-AWSCodeCommit"));
    assert_eq!(login.user.as_deref(), Some("APKAQ3EGRJ5XKT7NZ2WL"));
    assert_eq!((login.accepted_key.as_deref(), login.offered_count), (Some("/home/dev/my keys/rsa"), 2));
}

#[test]
fn keys_that_cannot_be_used_say_why() {
    let offer = "\
Warning: Identity file /home/dev/gone not accessible: No such file or directory.\r
debug1: Offering public key: /home/dev/open RSA SHA256:AuwvZfI00nPs+ZTGsMnLEaX2vn2zhp7rei29CO54J2s explicit\r
debug1: Server accepts key: /home/dev/open RSA SHA256:AuwvZfI00nPs+ZTGsMnLEaX2vn2zhp7rei29CO54J2s explicit\r
Permissions 0644 for '/home/dev/open' are too open.\r
Load key \"/home/dev/open\": bad permissions\r
debug1: Trying private key: /home/dev/crlf\r
Load key \"/home/dev/crlf\": error in libcrypto\r
Load key \"/home/dev/locked\": incorrect passphrase supplied to decrypt private key\r
debug1: No more authentication methods to try.\r
x@h: Permission denied (publickey).\r
";
    let (judge, login) = run(SSH_URL, &format!("{HANDSHAKE}{offer}{TAIL}"), false);
    let login = login.unwrap();
    let seen: Vec<_> = login.unusable.iter().map(|key| (&*key.path.0, &*key.reason)).collect();
    assert_eq!(
        seen,
        [
            ("/home/dev/gone", "missing"),
            ("/home/dev/open", "bad-permissions"),
            ("/home/dev/crlf", "invalid-format"),
            ("/home/dev/locked", "passphrase"),
        ]
    );
    assert_eq!((&*login.offered[0].outcome, &login.accepted_key), ("not-signed", &None));
    assert_eq!(login.methods_left.as_deref(), Some("publickey"));
    assert_eq!(judge.failure.as_deref(), Some("key-refused"));
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

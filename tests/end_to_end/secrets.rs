//! Secrets never show; identities show where they may.

use std::fs;

use crate::machine::{BLOCK, KEY_ID, Machine, SSH_URL, has_tools, key_pair};

/// A secret of 40 characters that stands nowhere else.
fn secret(name: &str) -> String {
    let digest = md5::compute(name);
    format!("{digest:x}{digest:X}")[..40].to_owned()
}

/// Where secrets are planted.
const PLACES: &[&str] = &[
    "aws-secret",
    "aws-token",
    "env-secret",
    "env-token",
    "remote",
    "instead",
    "header",
    "proxy",
    "env-proxy",
    "helper",
    "stored",
    "netrc",
    "ssh-proxy",
    "ssh-command",
    "sso-access",
    "sso-refresh",
    "process",
    "cookie",
    "push",
    "agent",
    "global-ssh",
    "cli-cache",
    "unknown-env",
    "askpass",
    "config-env",
];

/// Fills every place that the program reads with a secret.
fn plant(machine: &mut Machine) {
    let s = secret;
    machine.write_mode(
        ".aws/credentials",
        format!(
            "[default]\naws_access_key_id = ASIAQ3EGRJ5XLBNM4ZPQ\naws_secret_access_key = {}\naws_session_token = {}\n\
             [other]\naws_access_key_id = AKIAQ3EGRJ5XLBNM4ZPQ\naws_secret_access_key = {} trailing\n{}\n",
            s("aws-secret"),
            s("aws-token"),
            s("aws-secret"),
            s("aws-token")
        ),
        0o644,
    );
    machine.write(
        ".aws/config",
        format!(
            "[default]\nregion = us-east-1\n[profile p]\ncredential_process = /opt/get --password {} --json\n\
             [profile sso]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n\
             sso_account_id = 210987654321\nsso_role_name = Dev\n",
            s("process")
        ),
    );
    let cache = "2026-11-21T00:00:00Z";
    machine.write(
        // The name is the SHA-1 of the start URL.
        ".aws/sso/cache/3947de8b16688092197fa616c34e01335f21d256.json",
        format!(
            r#"{{"startUrl": "https://x.awsapps.com/start", "region": "us-east-1", "accessToken": "{}",
                "refreshToken": "{}", "clientSecret": "{}", "expiresAt": "{cache}"}}"#,
            s("sso-access"),
            s("sso-refresh"),
            s("sso-refresh")
        ),
    );
    machine.write(
        ".aws/cli/cache/x.json",
        format!(r#"{{"Credentials": {{"SecretAccessKey": "{}", "Expiration": "{cache}"}}}}"#, s("cli-cache")),
    );
    machine.write(
        ".gitconfig",
        format!(
            "[credential]\n\thelper = !aws codecommit credential-helper --profile other --password {} $@\n\
             \thelper = \"!f() {{ echo username=x; echo password={}; }}; f\"\n\thelper = store\n\
             [url \"https://me:{}@git-codecommit.us-east-1.amazonaws.com/\"]\n\tinsteadOf = cc:\n\
             [http]\n\textraHeader = \"Authorization: Basic {}\"\n\tproxy = http://corp:{}@proxy.corp.example:3128\n\
             \tcookieFile = /x/{}\n[core]\n\tsshCommand = sshpass -p {} ssh -i ~/.ssh/codecommit_rsa\n",
            s("helper"),
            s("helper"),
            s("instead"),
            s("header"),
            s("proxy"),
            s("cookie"),
            s("global-ssh")
        ),
    );
    machine.write_mode(
        ".git-credentials",
        format!("https://dev-at-210987654321:{}@git-codecommit.us-east-1.amazonaws.com\n", s("stored")),
        0o600,
    );
    machine.write_mode(
        ".netrc",
        format!("machine git-codecommit.us-east-1.amazonaws.com login me password {}\n", s("netrc")),
        0o600,
    );
    machine.append(
        ".ssh/config",
        &format!("  ProxyCommand nc --proxy-auth user:{0} %h %p passphrase={0}\n  Frobnicate {0}\n", s("ssh-proxy")),
    );
    for (name, value) in [
        ("AWS_SECRET_ACCESS_KEY", s("env-secret")),
        ("AWS_SESSION_TOKEN", s("env-token")),
        ("AWS_ACCESS_KEY_ID", "ASIAQ3EGRJ5XLBNM4ZPQ".into()),
        ("HTTPS_PROXY", format!("http://corp:{}@proxy.corp.example:3128", s("env-proxy"))),
        ("UNKNOWN_TOKEN", s("unknown-env")),
        ("GIT_ASKPASS", format!("/opt/askpass-{}", s("askpass"))),
        ("SSH_AUTH_SOCK", format!("/tmp/{}", s("agent"))),
        ("GIT_CONFIG_COUNT", "1".into()),
        ("GIT_CONFIG_KEY_0", "http.extraheader".into()),
        ("GIT_CONFIG_VALUE_0", format!("Authorization: Bearer {}", s("config-env"))),
    ] {
        machine.set(name, value);
    }
}

/// The secrets of the machine, the body of its private key among them.
fn secrets() -> Vec<String> {
    let key = key_pair().0.lines().filter(|line| !line.starts_with("-----"));
    // The first lines of the body hold the public half.
    PLACES.iter().map(|name| secret(name)).chain(key.skip(8).map(str::to_owned)).collect()
}

/// No secret and no sixteen characters of one.
fn assert_silent(shown: &str, secrets: &[String], what: &str) {
    for secret in secrets {
        for start in 0..=secret.len().saturating_sub(16) {
            let piece = &secret[start..(start + 16).min(secret.len())];
            if let Some(at) = shown.find(piece) {
                let from = shown.floor_char_boundary(at.saturating_sub(300));
                panic!("{what}: a piece of a secret: …{}", &shown[from..at + piece.len()]);
            }
        }
    }
}

/// Runs the machine in every way and looks at all that comes out.
fn assert_keeps_secrets(machine: &Machine, what: &str) {
    let secrets = secrets();
    let file = machine.home("report.json");
    let report = file.to_str().expect("a path");
    for args in
        [&["-v"][..], &["--json", "--report", report], &["--json", "--show-identity"], &["--show-identity", "-v"]]
    {
        let output = machine.run(args);
        assert!(matches!(output.code, Some(0 | 1 | 3)), "{what} {args:?}: {:?} {}", output.code, output.stderr());
        assert_silent(&output.both(), &secrets, &format!("{what} {args:?}"));
    }
    assert_silent(&fs::read_to_string(file).expect("a report"), &secrets, &format!("{what}, the file"));
}

#[test]
fn no_secret_is_shown_over_ssh() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::ssh();
    plant(&mut machine);
    machine.set("GIT_SSH_COMMAND", format!("sshpass -p {0} ssh -o 'ProxyCommand=nc -a {0}'", secret("ssh-command")));
    let remote = format!("ssh://{KEY_ID}:{}@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo", secret("remote"));
    machine.git(&["remote", "set-url", "origin", &remote]);
    assert_keeps_secrets(&machine, "ssh");
    machine.unset("GIT_SSH_COMMAND");
    machine.git(&["config", "--global", "--unset", "core.sshCommand"]);
    assert_keeps_secrets(&machine, "plain ssh");
}

#[test]
fn no_secret_is_shown_over_https() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::helper();
    plant(&mut machine);
    let url = |name: &str| {
        format!(
            "https://me:{}@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo?token={}",
            secret(name),
            secret(name)
        )
    };
    machine.git(&["remote", "set-url", "origin", &url("remote")]);
    machine.git(&["remote", "set-url", "--push", "origin", &url("push")]);
    machine.git(&["remote", "add", "second", "cc:v1/repos/demo"]);
    assert_keeps_secrets(&machine, "https");
}

#[test]
fn no_secret_is_shown_with_grc() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::helper();
    plant(&mut machine);
    machine.git(&["remote", "set-url", "origin", &format!("codecommit::us-east-1://me:{}@demo", secret("remote"))]);
    machine.git(&["remote", "add", "p", "codecommit://p@demo"]);
    machine.git(&["remote", "add", "sso", "codecommit://sso@demo"]);
    assert_keeps_secrets(&machine, "grc");
}

#[test]
fn no_secret_of_an_argument_is_shown() {
    if !has_tools() {
        return;
    }
    let machine = Machine::new();
    let url = format!("https://me:{}@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo", secret("remote"));
    for args in [&["--url", &url][..], &["--json", "--url", &url], &["--json", "--no", &url], &["--no", &url]] {
        let output = machine.run(args);
        assert_silent(&output.both(), &secrets(), &format!("{args:?}"));
    }
}

#[test]
fn identities_are_tokens_unless_they_are_wanted() {
    if !has_tools() {
        return;
    }
    let machine = Machine::ssh();
    let proxy = "  ProxyJump jane@bastion.corp.example\n";
    machine.write_mode(".ssh/config", format!("# mail jane.roe@corp.example\n{BLOCK}{proxy}"), 0o644);
    machine.write_mode(".ssh/codecommit_rsa", key_pair().0.as_bytes(), 0o644);
    let identities = [KEY_ID, "jane.roe@corp.example", "bastion.corp.example", "jane", "dev@laptop.example"];
    let url =
        ["--url", "https://dev-at-210987654321@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo", "--url", SSH_URL];
    for args in [&["--json"][..], &["-v"]] {
        let shown = machine.run(&[args, &url].concat()).both();
        for identity in identities.iter().chain(&["210987654321"]) {
            assert!(!shown.contains(identity), "{identity}: {shown}");
        }
    }
    let shown = machine.run(&["--json", "--url", SSH_URL]).stdout();
    assert!(shown.contains("\"redactions\": {}") || shown.contains("<"), "{shown}");
    let readable = machine.run(&[&["--json", "--show-identity"][..], &url].concat()).stdout();
    assert!(readable.contains("dev-at-210987654321"), "{readable}");
    let tokens = machine.run(&[&["--json"][..], &url].concat());
    assert!(tokens.stdout().contains("<user-1>"), "{}", tokens.stdout());
    assert!(tokens.document()["redactions"]["user"].as_u64().is_some_and(|count| count > 0));
}

#[test]
fn no_password_of_a_url_that_is_written_wrong_is_shown() {
    if !has_tools() {
        return;
    }
    let machine = Machine::helper();
    let host = "git-codecommit.us-east-1.amazonaws.com";
    let urls: Vec<String> = ["https://", "https//", "https:/", "https:", "https:///", ""]
        .iter()
        .flat_map(|scheme| ["s3cr3tPass w0rd", "s3cr3tw0rd", "s3cr3t'w0rd"].map(|word| (scheme, word)))
        .map(|(scheme, word)| format!("{scheme}bob:{word}@{host}/v1/repos/demo"))
        .collect();
    for (number, url) in urls.iter().enumerate() {
        machine.git(&["remote", "add", &format!("wrong{number}"), url]);
    }
    let silent = |args: &[&str]| {
        let output = machine.run(args);
        assert!(matches!(output.code, Some(0..=3)), "{args:?}: {:?} {}", output.code, output.stderr());
        for piece in ["s3cr3t", "w0rd"] {
            let shown = output.both();
            let found = shown.lines().find(|line| line.contains(piece));
            assert_eq!(found, None, "{args:?}");
        }
    };
    for args in [&["-v"][..], &["--show-identity", "-v"], &["--json", "--show-identity"], &["--fix", "--dry-run"]] {
        silent(args);
    }
    let said: String = urls.iter().map(|url| format!("fatal: unable to access '{url}': bad\n")).collect();
    silent(&["diagnose", "--text-only", "--show-identity", &said]);
    for url in &urls {
        silent(&["--show-identity", "--url", url]);
    }
}

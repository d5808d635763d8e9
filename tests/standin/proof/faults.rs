//! Each switch changes what the real git says, and a reset heals it.

use std::time::Duration;

use crate::desk::{ACCESS_KEY, Desk, GIT_PASSWORD, GIT_USER, HTTPS_URL, SECRET, SSH_URL, Said};
use crate::standin::switches::{Faults, Http, Port, Ssh, Tls};
use crate::standin::{clock, sigv4};

/// A fault: what is switched, and what git says then, in one of these ways (they differ by the TLS library of curl).
type Case = (&'static str, fn(&mut Faults), &'static [&'static str]);

const OVER_SSH: &[Case] = &[
    ("refused", |faults| faults.ssh_port = Port::Refused, &["Connection refused"]),
    ("dropped", |faults| faults.ssh_port = Port::Dropped, &["Connection timed out", "Operation timed out"]),
    ("silent", |faults| faults.ssh_port = Port::Silent, &["during banner exchange"]),
    ("closed at once", |faults| faults.ssh = Ssh::ClosesAtOnce, &["kex_exchange_identification: "]),
    ("banner only", |faults| faults.ssh = Ssh::ClosesAfterBanner, &["Connection closed by", "Connection reset by"]),
    ("host key", |faults| faults.ssh = Ssh::WrongHostKey, &["Host key verification failed."]),
    ("SHA-1 only", |faults| faults.ssh = Ssh::Sha1Only, &["no matching host key type found. Their offer: ssh-rsa"]),
    (
        "key exchange",
        |faults| faults.ssh = Ssh::NoCommonKex,
        &["no matching key exchange method found. Their offer: diffie-hellman-group1-sha1"],
    ),
    ("after login", |faults| faults.ssh = Ssh::ClosesAfterLogin, &["closed by remote host", "Broken pipe"]),
    ("slow", |faults| faults.delay = Duration::from_secs(4), &["during banner exchange"]),
];

const OVER_HTTPS: &[Case] = &[
    ("refused", |faults| faults.https_port = Port::Refused, &["502"]),
    ("unknown CA", |faults| faults.tls = Tls::UnknownCa, &["certificate"]),
    ("expired", |faults| faults.tls = Tls::Expired, &["expired", "certificate verification failed"]),
    ("name", |faults| faults.tls = Tls::WrongName, &["subject name", "certificate verification failed"]),
    ("in handshake", |faults| faults.tls = Tls::ClosesInHandshake, &["SSL", "TLS", "handshake"]),
    ("after handshake", |faults| faults.tls = Tls::ClosesAfterHandshake, &["Empty reply", "recv error", "SSL"]),
    (
        "half an answer",
        |faults| faults.http = Http::ClosesInTheMiddle,
        &["transfer closed", "unexpected eof", "recv error"],
    ),
    ("403", |faults| faults.http = Http::Status(403), &["returned error: 403"]),
    ("404", |faults| faults.http = Http::Status(404), &["not found"]),
    ("429", |faults| faults.http = Http::Status(429), &["returned error: 429"]),
    ("500", |faults| faults.http = Http::Status(500), &["returned error: 500"]),
    ("503", |faults| faults.http = Http::Status(503), &["returned error: 503"]),
    ("portal", |faults| faults.http = Http::Portal, &["is this a git repository?"]),
    ("redirect", |faults| faults.http = Http::Redirect("https://portal.example/login".into()), &["redirect", "502"]),
];

#[track_caller]
fn check(desk: &mut Desk, case: &Case, ask: impl Fn(&Desk, u32) -> Said) {
    let (name, fault, expected) = case;
    desk.standin.set(fault);
    let said = ask(desk, 2);
    let one_of = expected.iter().any(|text| said.err.contains(text));
    assert!(said.code.is_some_and(|code| code != 0) && one_of, "{name}: {expected:?}, {said:?}");
    desk.standin.reset();
    let healed = ask(desk, 10);
    assert_eq!(healed.code, Some(0), "{name} is healed: {healed:?}");
}

#[test]
fn faults_of_ssh() {
    let Some(mut desk) = Desk::new() else { return };
    for case in OVER_SSH {
        check(&mut desk, case, |desk, patience| {
            let ssh = format!("ssh -F {} -o ConnectTimeout={patience}", desk.path("ssh_config").display());
            desk.run(desk.program("git").env("GIT_SSH_COMMAND", ssh).args(["ls-remote", SSH_URL]))
        });
    }
}

#[test]
fn faults_of_https() {
    let Some(mut desk) = Desk::new() else { return };
    for case in OVER_HTTPS {
        check(&mut desk, case, |desk, _| desk.ls_remote(HTTPS_URL, GIT_USER, GIT_PASSWORD));
    }
}

#[test]
fn a_silent_or_dropped_https_port_keeps_git_waiting() {
    let Some(mut desk) = Desk::new() else { return };
    for port in [Port::Silent, Port::Dropped] {
        desk.standin.set(|faults| faults.https_port = port);
        let url = format!("https://localhost:{}/v1/repos/demo", desk.standin.region("us-east-1").https_port());
        let mut git = desk.program("git");
        git.env_remove("https_proxy").args(["ls-remote", &url]);
        let said = desk.run_within(&mut git, Duration::from_millis(1500));
        assert_eq!(said.code, None, "{port:?}: {said:?}");
    }
}

#[test]
fn one_region_can_be_ill_while_another_is_well() {
    let Some(mut desk) = Desk::new() else { return };
    desk.standin.add_repository("eu-west-1", "demo");
    desk.standin.set_in("us-east-1", |faults| faults.http = Http::Status(503));
    desk.ls_remote(HTTPS_URL, GIT_USER, GIT_PASSWORD).fails("503");
    desk.ls_remote(&HTTPS_URL.replace("us-east-1", "eu-west-1"), GIT_USER, GIT_PASSWORD).works();
}

#[test]
fn a_slow_server_is_slow() {
    let Some(mut desk) = Desk::new() else { return };
    desk.standin.set(|faults| faults.delay = Duration::from_millis(300));
    // The challenge, the references and their list.
    let said = desk.ls_remote(HTTPS_URL, GIT_USER, GIT_PASSWORD);
    assert!(said.works().took > Duration::from_millis(600), "{said:?}");
}

#[test]
fn a_wrong_clock_shows_in_the_date_and_spoils_signatures() {
    let Some(mut desk) = Desk::new() else { return };
    desk.standin.set(|faults| faults.clock_ahead = 86_400);
    let host = "git-codecommit.us-east-1.amazonaws.com";
    let sign = |time| sigv4::git_password(SECRET, "us-east-1", host, "/v1/repos/demo", time);
    desk.ls_remote(HTTPS_URL, ACCESS_KEY, &sign(clock::now(0))).fails("403");
    desk.ls_remote(HTTPS_URL, ACCESS_KEY, &sign(clock::now(86_400))).works();
    let said = desk.run(desk.program("git").env("GIT_CURL_VERBOSE", "1").args(["ls-remote", HTTPS_URL]));
    let tomorrow = clock::date_header(clock::now(86_400));
    let day = tomorrow.split(' ').take(4).collect::<Vec<_>>().join(" ");
    assert!(said.err.to_lowercase().contains(&format!("date: {}", day.to_lowercase())), "{day}: {said:?}");
}

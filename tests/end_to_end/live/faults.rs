//! What can be wrong on the way and on the far side: the first cause, beside the failure of the real git.

use std::thread;

use super::desk::{Desk, HOST, verdict};
use crate::standin::switches::{Faults, Http, Port, Ssh, Switches, Tls};

/// What is switched, and the first cause that is told then.
type Case = (&'static str, fn(&mut Switches), &'static str);

/// Changes the region of the desks.
fn here(switches: &mut Switches) -> &mut Faults {
    switches.regions.entry("us-east-1".to_owned()).or_default()
}

fn http(switches: &mut Switches, answer: Http) {
    here(switches).http = answer;
}

const OVER_SSH: &[Case] = &[
    ("refused", |s| here(s).ssh_port = Port::Refused, "network-connection-refused"),
    ("host key", |s| here(s).ssh = Ssh::WrongHostKey, "network-host-key-not-published"),
    ("SHA-1 only", |s| here(s).ssh = Ssh::Sha1Only, "network-ssh-no-common-algorithm"),
    ("key exchange", |s| here(s).ssh = Ssh::NoCommonKex, "network-ssh-no-common-algorithm"),
    ("closes at once", |s| here(s).ssh = Ssh::ClosesAtOnce, "network-ssh-closed"),
    ("closes after its banner", |s| here(s).ssh = Ssh::ClosesAfterBanner, "network-ssh-closed"),
    // Nothing tells why: the key was accepted.
    ("closes after the login", |s| here(s).ssh = Ssh::ClosesAfterLogin, "ls-remote-fails-at-repository"),
];

/// The proxy of the desks meets the ports, so that they show in its answers.
const OVER_HTTPS: &[Case] = &[
    ("refused", |s| here(s).https_port = Port::Refused, "network-proxy-forbids"),
    ("unknown CA", |s| here(s).tls = Tls::UnknownCa, "network-tls-untrusted"),
    ("expired", |s| here(s).tls = Tls::Expired, "network-tls-expired"),
    ("wrong name", |s| here(s).tls = Tls::WrongName, "network-tls-wrong-name"),
    ("TLS closes", |s| here(s).tls = Tls::ClosesInHandshake, "network-tls-fails"),
    ("closes after TLS", |s| here(s).tls = Tls::ClosesAfterHandshake, "network-http-no-answer"),
    ("403", |s| http(s, Http::Status(403)), "network-http-bare-403"),
    // No fault is known that answers so; the API says that the repository exists.
    ("404", |s| http(s, Http::Status(404)), "ls-remote-fails-at-repository"),
    ("429", |s| http(s, Http::Status(429)), "network-http-throttled"),
    ("500", |s| http(s, Http::Status(500)), "network-http-server-error"),
    ("503", |s| http(s, Http::Status(503)), "network-http-server-error"),
    ("bare 403", |s| here(s).unauthenticated = 403, "network-http-bare-403"),
    ("portal", |s| http(s, Http::Portal), "network-http-intercepted"),
    ("redirect", |s| http(s, Http::Redirect("https://portal.example/login".into())), "network-http-intercepted"),
    ("closes in the middle", |s| http(s, Http::ClosesInTheMiddle), "network-http-no-answer"),
    ("proxy refused", |s| s.proxy.port = Port::Refused, "network-proxy-unreachable"),
    ("proxy login", |s| s.proxy.login = Some("dev:word".into()), "network-proxy-login"),
    ("proxy refuses", |s| s.proxy.refuses.extend([HOST.to_owned()]), "network-proxy-forbids"),
];

const SLOW_OVER_SSH: &[Case] = &[
    ("dropped", |s| here(s).ssh_port = Port::Dropped, "network-connection-timed-out"),
    ("silent", |s| here(s).ssh_port = Port::Silent, "network-ssh-no-banner"),
];

const SLOW_OVER_HTTPS: &[Case] = &[
    ("dropped", |s| here(s).https_port = Port::Dropped, "network-proxy-no-answer"),
    ("silent", |s| here(s).https_port = Port::Silent, "network-tls-fails"),
    ("proxy dropped", |s| s.proxy.port = Port::Dropped, "network-proxy-unreachable"),
    ("proxy silent", |s| s.proxy.port = Port::Silent, "network-proxy-no-answer"),
];

/// The verdict on a machine on which the real git fails, and what is not as it should be.
pub(super) fn wrong(desk: &Desk, expected: &str, args: &[&str]) -> Option<String> {
    if !desk.git_fails() {
        return Some("git works".into());
    }
    let report = desk.report(args);
    let told = (verdict(&report).0, report.code, report.first_cause());
    let causes = report.document()["root_causes"].clone();
    (told != ("broken".into(), Some(1), Some(expected.into()))).then(|| format!("{told:?} of {causes}"))
}

/// The same for faults that keep one waiting, at the same time on machines of their own.
fn check_slow(make: fn() -> Option<Desk>, cases: &[Case]) {
    thread::scope(|scope| {
        for case in cases.chunks(1) {
            scope.spawn(move || check(make(), case, &["--timeout", "8"]));
        }
    });
}

/// Each fault is told by its cause; healed, git works each time, and in the end nothing is reported.
fn check(desk: Option<Desk>, cases: &[Case], args: &[&str]) {
    let Some(mut desk) = desk else { return };
    desk.machine.aws_files();
    let mut problems = Vec::new();
    for (name, fault, expected) in cases {
        desk.standin.switch(fault);
        problems.extend(wrong(&desk, expected, args).map(|problem| format!("{name}: {expected}, {problem}")));
        desk.standin.reset();
        assert!(desk.git_works(), "{name} is healed");
    }
    assert!(problems.is_empty(), "{problems:#?}");
    let report = desk.report(&[]);
    assert_eq!((report.failing(), report.code), (Vec::new(), Some(0)));
    assert_eq!(verdict(&report).1, "repository");
}

#[test]
fn what_a_proxy_does_is_not_counted_as_reached() {
    let Some(mut desk) = Desk::gitcred() else { return };
    desk.standin.switch(|switches| switches.proxy.port = Port::Refused);
    let report = desk.report(&[]);
    assert_eq!(verdict(&report), ("broken".into(), "config".into()));
    assert_eq!(report.finding("ls-remote-fails-at-dns")["outcome"], "skipped");
    assert_eq!(report.finding("ls-remote-fails-at-tcp")["outcome"], "fail");
    let regions = desk.machine.home("regions.yaml").to_string_lossy().into_owned();
    let shown = desk.machine.run(&["--regions", &regions]).stdout();
    assert!(shown.contains("dns (proxy) → tcp ✗"), "{shown}");
}

#[test]
fn over_ssh() {
    check(Desk::ssh(), OVER_SSH, &[]);
}

#[test]
fn over_https_with_git_credentials() {
    check(Desk::gitcred(), OVER_HTTPS, &[]);
}

#[test]
fn over_https_with_the_helper() {
    check(Desk::helper(), OVER_HTTPS, &[]);
}

#[test]
fn waiting_over_ssh() {
    check_slow(Desk::ssh, SLOW_OVER_SSH);
}

#[test]
fn waiting_over_https() {
    check_slow(Desk::helper, SLOW_OVER_HTTPS);
}

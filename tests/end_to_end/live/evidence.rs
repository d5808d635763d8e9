//! What a verdict rests on: the run itself, and for each target its own.

use serde_json::Value;

use super::desk::{Desk, GIT_PASSWORD, GIT_USER, HOST, verdict};
use crate::machine::HTTPS_URL;
use crate::output::{Output, text};
use crate::standin::switches::{Http, Port};

const OTHER_HOST: &str = "git-codecommit.eu-west-1.amazonaws.com";

/// The failing checks of what was seen over the network.
fn seen_to_fail(report: &Output) -> Vec<String> {
    let of_network = |finding: &&Value| {
        finding["outcome"] == "fail" && (finding["area"] == "network" || finding["area"] == "access")
    };
    report.findings().iter().filter(of_network).map(|finding| text(&finding["check"])).collect()
}

#[test]
fn each_target_has_a_verdict_of_its_own() {
    let Some(mut desk) = Desk::gitcred() else { return };
    desk.standin.add_repository("eu-west-1", "demo");
    let login = std::fs::read_to_string(desk.machine.home(".git-credentials")).expect("a store");
    desk.machine.append(".git-credentials", &login.replace(HOST, OTHER_HOST));
    let other = HTTPS_URL.replace(HOST, OTHER_HOST);
    desk.standin.set_in("us-east-1", |faults| faults.http = Http::Status(503));
    let git = |url: &str| desk.machine.tool("git", &["ls-remote", url]).code;
    assert_eq!((git(HTTPS_URL) == Some(0), git(&other)), (false, Some(0)));
    let report = desk.report(&["--url", HTTPS_URL, "--url", &other]);
    let targets = report.document()["targets"].clone();
    let of = |number: usize| (text(&targets[number]["host"]), text(&targets[number]["verdict"]));
    assert_eq!(of(0), (HOST.to_owned(), "broken".to_owned()));
    assert_eq!(of(1), (OTHER_HOST.to_owned(), "healthy".to_owned()), "{:?}", report.failing());
    assert_eq!(report.cause_of(&text(&targets[0]["id"])).as_deref(), Some("network-http-server-error"));
    assert_eq!(report.cause_of(&text(&targets[1]["id"])), None);
    assert_eq!(report.code, Some(1));
}

#[test]
fn what_aws_did_not_say_is_not_blamed() {
    let Some(mut desk) = Desk::helper() else { return };
    desk.standin.with_world(|world| world.users[0].denied.insert("codecommit:GitPull".into()));
    desk.standin.switch(|switches| switches.api.https_port = Port::Refused);
    assert!(desk.git_fails());
    let report = desk.report(&[]);
    assert_eq!(seen_to_fail(&report), ["ls-remote-fails-at-authorization"]);
    assert_eq!(verdict(&report).0, "broken");
    let unknown: Vec<String> = report.of_outcome("unknown").into_iter().map(|(check, _)| check).collect();
    assert!(unknown.contains(&"access-iam-denies".to_owned()), "{unknown:?}");
}

#[test]
fn what_was_not_tried_is_not_blamed() {
    let Some(mut desk) = Desk::helper() else { return };
    desk.standin.set(|faults| faults.http = Http::Status(503));
    let report = desk.report(&["--offline"]);
    assert_eq!(seen_to_fail(&report), Vec::<String>::new());
    assert_eq!(report.failing(), Vec::<String>::new());
}

#[test]
fn a_refused_push_is_a_warning() {
    for desk in [Desk::gitcred(), Desk::helper()].into_iter().flatten() {
        let git_pushes = || desk.machine.tool("git", &["push", "--dry-run", desk.url, ":main"]).code == Some(0);
        assert!(git_pushes());
        desk.standin.with_world(|world| world.users[0].denied.insert("codecommit:GitPush".into()));
        assert!(desk.git_works() && !git_pushes());
        let report = desk.report(&[]);
        assert_eq!(report.finding("access-push-refused")["outcome"], "fail");
        assert_eq!(report.finding("access-push-refused")["severity"], "warning");
        assert_eq!((verdict(&report), report.code), (("degraded".into(), "repository".into()), Some(0)));
    }
}

#[test]
fn a_wrong_clock_is_a_warning_where_nothing_is_signed() {
    let Some(mut desk) = Desk::gitcred() else { return };
    desk.standin.set(|faults| faults.clock_ahead = 20 * 60);
    assert!(desk.git_works());
    let report = desk.report(&[]);
    assert_eq!(report.finding("network-clock-off")["outcome"], "fail");
    assert_eq!((verdict(&report).0, report.code), ("degraded".into(), Some(0)));
}

#[test]
fn a_password_in_vain_is_told_of_and_not_told() {
    let Some(desk) = Desk::gitcred() else { return };
    desk.store(GIT_USER, "some/other+password=");
    let report = desk.report(&["-v"]);
    assert_eq!(report.first_cause().as_deref(), Some("access-git-credentials-refused"));
    for secret in ["some/other+password=", "some%2fother%2bpassword%3d", GIT_PASSWORD] {
        assert!(!report.both().contains(secret));
    }
}

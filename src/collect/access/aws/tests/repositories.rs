//! What CodeCommit says of the repository.

use super::*;
use crate::fact::access::RepositoryAnswer;

const LIST: &str = "POST https://codecommit.us-east-1.amazonaws.com/ {";

fn missing() -> Result<HttpResponse, NetError> {
    json_refusal("RepositoryDoesNotExistException")
}

fn repository(system: FakeSystem) -> Fact<RepositoryAnswer> {
    asked(&system.http_answer(STS, alice()), "https-helper").repository
}

fn names(names: &[&str], next: Option<&str>) -> Result<HttpResponse, NetError> {
    let entries: Vec<_> =
        names.iter().map(|name| serde_json::json!({ "repositoryName": name, "repositoryId": "x" })).collect();
    answer(200, &serde_json::json!({ "repositories": entries, "nextToken": next }).to_string())
}

#[test]
fn another_case_is_found_on_a_later_page() {
    let second = "POST https://codecommit.us-east-1.amazonaws.com/ {\"nextToken\":\"page 2\"}";
    let system = machine()
        .http_answer(GET, missing())
        .http_answer(second, names(&["Demo-Repo", "demo-rep"], None))
        .http_answer(LIST, names(&["other"], Some("page 2")));
    let Fact::Known(found) = repository(system) else { panic!("no answer") };
    assert_eq!((found.exists, found.other_case.as_deref(), found.nearest), (false, Some("Demo-Repo"), None));
    let error = found.error.unwrap();
    assert_eq!((error.kind.0.as_str(), error.action.0.as_str()), ("not-found", "codecommit:GetRepository"));
    assert_eq!(found.other_region, None);
}

#[test]
fn a_list_without_end_is_left() {
    let system = machine().http_answer(GET, missing()).http_answer(LIST, names(&["demo-rep"], Some("more")));
    assert_eq!(repository(system).known().unwrap().nearest.as_deref(), Some("demo-rep"));
}

#[test]
fn another_region_is_found_and_a_forbidden_list_does_no_harm() {
    let elsewhere = |region: &str| format!("POST https://codecommit.{region}.amazonaws.com/ {{\"repositoryName\"");
    let system = machine()
        .http_answer(GET, missing())
        .http_answer(LIST, json_refusal("AccessDeniedException"))
        .http_answer(&elsewhere("us-west-2"), answer(200, METADATA))
        .http_answer(&elsewhere("eu-west-1"), answer(200, METADATA))
        .http_answer(&elsewhere("ap-east-1"), json_refusal("UnrecognizedClientException"))
        .http_answer("POST https://codecommit.cn-north-1.amazonaws.com.cn/", answer(200, METADATA));
    let Fact::Known(found) = repository(system) else { panic!("no answer") };
    assert_eq!((found.other_region.as_deref(), found.nearest), (Some("eu-west-1"), None));
}

#[test]
fn denials_and_encryption_are_told_apart_from_absence() {
    for (code, kind) in [("AccessDeniedException", "denied"), ("EncryptionKeyDisabledException", "kms")] {
        let system = machine().http_answer(GET, json_refusal(code)).http_answer(LIST, names(&["demo-rep"], None));
        let Fact::Known(found) = repository(system) else { panic!("no answer") };
        assert_eq!((found.exists, found.nearest, found.error.unwrap().kind.0.as_str()), (false, None, kind));
    }
}

#[test]
fn what_cannot_be_asked_is_unavailable() {
    let wanted = "codecommit.us-east-1.amazonaws.com was not reached: Network is unreachable";
    assert_eq!(repository(machine()), Fact::Unavailable(wanted.into()));
    let error = NetError { kind: NetErrorKind::Other, text: "proxy http://me:hunter2@proxy says 407".into() };
    let Fact::Unavailable(reason) = repository(machine().http_answer(GET, Err(error))) else { panic!("an answer") };
    assert!(reason.ends_with("proxy http://me:••••@proxy says 407"), "{reason}");
    let wanted =
        "codecommit.us-east-1.amazonaws.com was not reached through the proxy of https_proxy: Network is unreachable";
    assert_eq!(repository(machine().env_var("https_proxy", "http://dead:9")), Fact::Unavailable(wanted.into()));
    let page = repository(machine().http_answer(GET, answer(200, "<html>")));
    assert_eq!(page, Fact::Unavailable("what answers at codecommit.us-east-1.amazonaws.com is not AWS".into()));
    for code in ["ThrottlingException", "UnrecognizedClientException"] {
        let wanted = format!("AWS answered codecommit:GetRepository with: {code}");
        assert_eq!(repository(machine().http_answer(GET, json_refusal(code))), Fact::Unavailable(wanted));
    }
    let system = machine().http_answer(STS, alice());
    let nameless = asked_as(&system, None, Target { repository: None, ..target("https-helper") });
    assert_eq!(nameless.known().unwrap().repository, Fact::Absent);
}

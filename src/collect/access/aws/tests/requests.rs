//! What is sent, where to, how often, and how.

use std::time::Duration;

use super::logins::{ASSUME, DEV, ROLE, ROLE_KEYS, session};
use super::*;
use crate::fact::access::{Judge, TargetAccess};
use crate::system::net::{ProxyAddress, Secret};
use crate::system::url::HttpUrl;

fn header(request: &HttpRequest, name: &str) -> Option<String> {
    request.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.reveal().to_owned())
}

fn targets(count: usize) -> Vec<Target> {
    let named = |number| Target { repository: Some(format!("repo-{number}").into()), ..target("https-helper") };
    (0..count).map(named).collect()
}

fn exists(target: &Target) -> Option<bool> {
    target.access.known()?.aws.known()?.repository.known().map(|repository| repository.exists)
}

#[test]
fn a_login_is_looked_for_once_for_all_targets() {
    let here = "POST https://codecommit.us-east-1.amazonaws.com/ {\"repositoryName\":\"repo-13\"}";
    let system = with_files(ROLE, ROLE_KEYS)
        .env_var("AWS_PROFILE", "dev")
        .http_answer(ASSUME, session())
        .http_answer(STS, identity(DEV))
        .http_answer(here, answer(200, METADATA))
        .http_answer(
            "POST https://codecommit.us-east-1.amazonaws.com/",
            json_refusal("RepositoryDoesNotExistException"),
        );
    let mut targets = targets(20);
    for target in &mut targets {
        let access = TargetAccess { judge: Fact::Known(Judge::default()), ..TargetAccess::default() };
        target.access = Fact::Known(access);
    }
    with(&system, None, &mut targets, |tries, _, targets| tries.look_closer(targets));
    let found: Vec<_> = targets.iter().map(exists).collect();
    let wanted: Vec<_> = (0..20).map(|number| Some(number == 13)).collect();
    assert_eq!(found, wanted);
    let requests = system.http_requests();
    let count = |action: &str| requests.iter().filter(|r| String::from_utf8_lossy(&r.body).contains(action)).count();
    assert_eq!((count("Action=AssumeRole"), count("Action=GetCallerIdentity")), (1, 1));
}

#[test]
fn nothing_is_sent_about_a_target_that_git_reached() {
    let system = machine();
    let judge = Judge { succeeded: true, ..Judge::default() };
    let mut targets = targets(1);
    targets[0].access = Fact::Known(TargetAccess { judge: Fact::Known(judge), ..TargetAccess::default() });
    with(&system, None, &mut targets, |tries, _, targets| tries.look_closer(targets));
    assert_eq!(targets[0].access.known().unwrap().aws, Fact::Absent);
    assert_eq!(system.http_requests(), []);
}

#[test]
fn requests_are_signed_for_their_service_and_hold_no_secret_but_the_token() {
    let system = with_files(ROLE, ROLE_KEYS)
        .env_var("AWS_PROFILE", "dev")
        .http_answer(ASSUME, session())
        .http_answer(STS, identity(DEV))
        .http_answer(GET, json_refusal("RepositoryDoesNotExistException"));
    asked(&system, "https-helper");
    let requests = system.http_requests();
    assert!(requests.len() > 20, "{}", requests.len());
    for request in &requests {
        let host = HttpUrl::parse(&request.url).unwrap().host;
        let home = host.trim_end_matches(".cn").ends_with(".amazonaws.com");
        assert!(home && request.url.starts_with("https://"), "{}", request.url);
        let (service, region) = host.split_once('.').unwrap();
        let scope = format!("/20270115/{}/{service}/aws4_request", region.split('.').next().unwrap());
        let authorization = header(request, "authorization").unwrap();
        assert!(authorization.contains(&scope), "{authorization}");
        let assumes = String::from_utf8_lossy(&request.body).contains("AssumeRole");
        assert_eq!(header(request, "x-amz-security-token").is_some(), !assumes);
        assert!(!format!("{request:?}").contains(TOKEN) && request.deadline <= call::LIMIT);
        let all = request.headers.iter().map(|(_, value)| value.reveal()).collect::<String>();
        assert!(!all.contains(SECRET) && !String::from_utf8_lossy(&request.body).contains(SECRET));
    }
    let get = requests.iter().find(|request| request.url.contains("codecommit")).unwrap();
    assert!(header(get, "x-amz-target").unwrap().starts_with("CodeCommit_20150413."));
}

#[test]
fn proxy_and_trust_are_those_of_the_aws_tools() {
    let system = with_files("[default]\nca_bundle = /etc/corp.pem\n", "")
        .file("/etc/corp.pem", "")
        .dir("/etc/corp.d")
        .env_var("AWS_ACCESS_KEY_ID", ID)
        .env_var("AWS_SECRET_ACCESS_KEY", SECRET);
    let sent = |system: FakeSystem| {
        asked(&system, "https-helper");
        let request = system.http_requests().into_iter().rfind(|request| request.url.contains("sts.")).unwrap();
        (request.route, request.store)
    };
    assert_eq!(sent(system.clone()), (Route::Direct, TrustStore::File("/etc/corp.pem".into())));
    let system = system.env_var("https_proxy", "http://me:hunter2@proxy.corp:3128");
    let login = Some(("me".to_owned(), Secret::new("hunter2")));
    let route = Route::HttpProxy(ProxyAddress { host: "proxy.corp".into(), port: 3128, login });
    assert_eq!(
        sent(system.clone().env_var("AWS_CA_BUNDLE", "/etc/corp.d")),
        (route.clone(), TrustStore::Directory("/etc/corp.d".into()))
    );
    assert_eq!(
        sent(machine().env_var("https_proxy", "http://me:hunter2@proxy.corp:3128")),
        (route, TrustStore::System)
    );
}

#[test]
fn no_call_outlives_the_run() {
    let system = machine().http_answer(STS, alice()).with_time_left(Duration::from_secs(2));
    asked(&system, "https-helper");
    let requests = system.http_requests();
    assert!(!requests.is_empty() && requests.iter().all(|request| request.deadline == Duration::from_secs(2)));
    let late = machine().http_answer(STS, alice()).with_time_left(Duration::ZERO);
    let wanted = "sts.us-east-1.amazonaws.com was not reached: there was no time left";
    assert_eq!(asked(&late, "https-helper").identity, Fact::Unavailable(wanted.into()));
    assert_eq!(late.http_requests(), []);
}

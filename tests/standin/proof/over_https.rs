//! HTTPS, with the real git, through the proxy.

use crate::desk::{ACCESS_KEY, Desk, GIT_PASSWORD, GIT_USER, HTTPS_URL, SECRET};
use crate::standin::records::Record;
use crate::standin::world::{AccessKey, IamUser};
use crate::standin::{clock, sigv4};

const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";
const PATH: &str = "/v1/repos/demo";

fn forbidden() -> &'static str {
    "The requested URL returned error: 403"
}

#[test]
fn git_credentials_get_in_after_a_challenge() {
    let Some(desk) = Desk::new() else { return };
    assert!(desk.ls_remote(HTTPS_URL, GIT_USER, GIT_PASSWORD).works().out.contains("refs/heads/main"));
    let seen = |user: Option<&str>, status| Record::Git {
        host: HOST.into(),
        method: "GET".into(),
        path: format!("{PATH}/info/refs?service=git-upload-pack"),
        user: user.map(Into::into),
        password: user.is_some(),
        status,
    };
    let records = desk.standin.records();
    let git: Vec<_> = records.iter().filter(|record| matches!(record, Record::Git { .. })).collect();
    assert_eq!(git[..2], [&seen(None, 401), &seen(Some(GIT_USER), 200)], "{records:?}");
    let connects = Record::Connect { target: format!("{HOST}:443"), user: None, status: 200 };
    assert!(records.contains(&connects) && records.contains(&Record::Tls { name: Some(HOST.into()), completed: true }));
    assert!(!format!("{records:?}").contains(GIT_PASSWORD), "records hold no password");
}

#[test]
fn wrong_logins_get_a_bare_403() {
    let Some(desk) = Desk::new() else { return };
    desk.ls_remote(HTTPS_URL, GIT_USER, "wrong").fails(forbidden());
    desk.ls_remote(HTTPS_URL, "bob-at-123456789012", GIT_PASSWORD).fails(forbidden());
    desk.standin.with_world(|world| world.users[0].git_credentials[0].active = false);
    desk.ls_remote(HTTPS_URL, GIT_USER, GIT_PASSWORD).fails(forbidden());
}

#[test]
fn without_a_login_git_would_ask() {
    let Some(mut desk) = Desk::new() else { return };
    desk.git(&["ls-remote", HTTPS_URL]).fails("could not read Username");
    desk.standin.set(|faults| faults.unauthenticated = 403);
    desk.git(&["ls-remote", HTTPS_URL]).fails(forbidden());
}

#[test]
fn a_user_in_the_url_is_sent_with_an_empty_password_first() {
    let Some(mut desk) = Desk::new() else { return };
    let url = HTTPS_URL.replace("https://", &format!("https://{GIT_USER}@"));
    desk.ls_remote(&url, GIT_USER, GIT_PASSWORD).fails(forbidden());
    desk.standin.set(|faults| faults.empty_password = 401);
    desk.ls_remote(&url, GIT_USER, GIT_PASSWORD).works();
}

#[test]
fn a_repository_is_of_a_region_and_an_account() {
    let Some(desk) = Desk::new() else { return };
    desk.standin.add_repository_of("210987654321", "us-east-1", "theirs");
    for url in [HTTPS_URL.replace("demo", "theirs"), HTTPS_URL.replace("us-east-1", "eu-west-1")] {
        desk.ls_remote(&url, GIT_USER, GIT_PASSWORD).fails("not found");
    }
    desk.standin.with_world(|world| world.users[0] = world.users[0].clone().deny("codecommit:GitPull"));
    desk.ls_remote(HTTPS_URL, GIT_USER, GIT_PASSWORD).fails(forbidden());
}

#[test]
fn signed_passwords_hold_for_their_region_host_path_and_time() {
    let Some(desk) = Desk::new() else { return };
    let sign = |secret: &str, region: &str, host: &str, path: &str, age: i64| {
        sigv4::git_password(secret, region, host, path, clock::now(-age))
    };
    let try_it = |password: &str| desk.ls_remote(HTTPS_URL, ACCESS_KEY, password);
    try_it(&sign(SECRET, "us-east-1", HOST, PATH, 0)).works();
    try_it(&sign(SECRET, "us-east-1", HOST, PATH, 14 * 60)).works();
    let wrong = [
        ("old", sign(SECRET, "us-east-1", HOST, PATH, 16 * 60)),
        ("of the future", sign(SECRET, "us-east-1", HOST, PATH, -16 * 60)),
        ("region", sign(SECRET, "eu-west-1", HOST, PATH, 0)),
        ("host", sign(SECRET, "us-east-1", "git-codecommit.eu-west-1.amazonaws.com", PATH, 0)),
        ("path", sign(SECRET, "us-east-1", HOST, "", 0)),
        ("secret", sign("another", "us-east-1", HOST, PATH, 0)),
        ("none", "20260102T030405Z".to_owned()),
    ];
    for (what, password) in wrong {
        let said = try_it(&password);
        assert!(said.code != Some(0) && said.err.contains(forbidden()), "{what}: {said:?}");
    }
}

#[test]
fn sessions_need_their_token() {
    let Some(desk) = Desk::new() else { return };
    let key = AccessKey::session("ASIAQ3EGRJ5XKT7NZ2WL", SECRET, "token/+=");
    desk.standin.add_user(IamUser::role("dev").access_key(key));
    let try_it = |user: &str| {
        let password = sigv4::git_password(SECRET, "us-east-1", HOST, PATH, clock::now(0));
        desk.ls_remote(HTTPS_URL, user, &password)
    };
    try_it("ASIAQ3EGRJ5XKT7NZ2WL%token/+=").works();
    try_it("ASIAQ3EGRJ5XKT7NZ2WL%another").fails(forbidden());
    try_it("ASIAQ3EGRJ5XKT7NZ2WL").fails(forbidden());
    desk.standin.with_world(|world| world.users[1].access_keys[0].expired = true);
    try_it("ASIAQ3EGRJ5XKT7NZ2WL%token/+=").fails(forbidden());
}

#[test]
fn a_clone_and_a_push_work() {
    let Some(desk) = Desk::new() else { return };
    let helper = format!("credential.helper=!f() {{ echo username={GIT_USER}; echo 'password={GIT_PASSWORD}'; }}; f");
    desk.git(&["-c", &helper, "clone", "-q", HTTPS_URL, "clone"]).works();
    let who = ["-C", "clone", "-c", &helper, "-c", "user.name=Dev", "-c", "user.email=dev@example.com"];
    // More than git sends in one piece: chunked, after a probe.
    std::fs::write(desk.path("clone/large"), noise(2 << 20)).unwrap();
    desk.git(&[&who[..], &["add", "."]].concat()).works();
    desk.git(&[&who[..], &["commit", "-q", "-m", "second"]].concat()).works();
    desk.git(&[&who[..], &["push", "-q", "origin", "HEAD:main"]].concat()).works();
    let here = desk.git(&["-C", "clone", "rev-parse", "HEAD"]).works().out.clone();
    assert!(desk.ls_remote(HTTPS_URL, GIT_USER, GIT_PASSWORD).works().out.starts_with(here.trim()));
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn the_proxy_leads_nowhere_else() {
    let Some(mut desk) = Desk::new() else { return };
    desk.git(&["ls-remote", "https://example.com/v1/repos/demo"]).fails("502");
    desk.standin.switch(|switches| switches.proxy.refuses.extend([HOST.to_owned()]));
    desk.git(&["ls-remote", HTTPS_URL]).fails("403");
    desk.standin.reset();
    desk.standin.switch(|switches| switches.proxy.login = Some("dev:word".into()));
    desk.git(&["ls-remote", HTTPS_URL]).fails("407");
    let with_login = desk.standin.proxy_url().replace("http://", "http://dev:word@");
    desk.run(desk.program("git").env("https_proxy", with_login).args(["ls-remote", HTTPS_URL])).fails("Username");
    let seen = desk.standin.records();
    let through = Record::Connect { target: format!("{HOST}:443"), user: Some("dev".into()), status: 200 };
    assert!(seen.contains(&through), "{seen:?}");
}

#[test]
fn without_the_proxy_the_port_of_a_region_serves_too() {
    let Some(desk) = Desk::new() else { return };
    let url = format!("https://localhost:{}{PATH}", desk.standin.region("us-east-1").https_port());
    let helper = format!("credential.helper=!f() {{ echo username={GIT_USER}; echo 'password={GIT_PASSWORD}'; }}; f");
    desk.run(desk.program("git").env_remove("https_proxy").args(["-c", &helper, "ls-remote", &url])).works();
}

#[test]
fn fips_and_vpc_endpoints_have_names_of_their_own() {
    let Some(desk) = Desk::new() else { return };
    let vpc = "vpce-0a1b2c3d4e5f60718-q1w2e3r4.git-codecommit.us-east-1.vpce.amazonaws.com";
    for host in ["git-codecommit-fips.us-east-1.amazonaws.com", vpc] {
        let url = format!("https://{host}{PATH}");
        desk.ls_remote(&url, GIT_USER, GIT_PASSWORD).works();
        let password = |host| sigv4::git_password(SECRET, "us-east-1", host, PATH, clock::now(0));
        desk.ls_remote(&url, ACCESS_KEY, &password(host)).works();
        desk.ls_remote(&url, ACCESS_KEY, &password(HOST)).fails(forbidden());
    }
    let evil = "https://git-codecommit.us-east-1.amazonaws.com.evil.example/v1/repos/demo";
    desk.ls_remote(evil, GIT_USER, GIT_PASSWORD).fails("502");
}

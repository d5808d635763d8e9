use super::*;
use crate::check::regions::RegionTable;
use crate::collect::git;
use crate::system::Platform;
use crate::system::fake::FakeSystem;

mod real;

const URL: &str = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";

fn machine() -> FakeSystem {
    FakeSystem::new(Platform::Linux).program("/usr/bin/aws").at(1_767_400_000)
}

/// What git will do on this machine for the URL.
fn seen(system: &FakeSystem, url: &str, remote: Option<&str>) -> TargetHttps {
    let regions = RegionTable::embedded().unwrap();
    let context =
        Context { system, regions: &regions, region: None, profile: None, urls: &[], live: Default::default() };
    let git = git::collect(&context);
    for_target(&context, &git, url, remote)
}

fn with(gitconfig: &str) -> TargetHttps {
    seen(&machine().file("/home/dev/.gitconfig", gitconfig), URL, None)
}

fn values(helpers: &[Helper]) -> Vec<&str> {
    helpers.iter().map(|helper| &*helper.value).collect()
}

const AWS: &str = "!aws codecommit credential-helper $@";

#[test]
fn the_chain_is_split_around_the_aws_helper() {
    let fact =
        with(&format!("[credential]\n\thelper = store\n\thelper = {AWS}\n\thelper = cache\n\tUseHttpPath = true\n"));
    assert_eq!(values(&fact.helpers), ["store", AWS, "cache"]);
    assert_eq!((values(&fact.before_aws), values(&fact.after_aws)), (vec!["store"], vec!["cache"]));
    assert!(fact.has_aws_helper && fact.has_storing_helper && fact.use_http_path_on);
    let aws = fact.aws_helper.unwrap();
    assert_eq!((aws.position, &*aws.scope, aws.source.line, &*aws.kind), (2, "global", Some(3), "aws"));
    assert_eq!(fact.use_http_path.source.unwrap().line, Some(5));
}

#[test]
fn an_empty_line_discards_what_stands_before_it() {
    let system = machine()
        .file("/home/dev/.gitconfig", format!("[credential]\n\thelper = {AWS}\n"))
        .file("/home/dev/work/.git/HEAD", "ref: refs/heads/main\n")
        .file("/home/dev/work/.git/config", "[credential]\n\thelper =\n\tuseHttpPath = no\n");
    let fact = seen(&system, URL, None);
    assert_eq!((values(&fact.helpers), values(&fact.discarded)), (vec![], vec![AWS]));
    assert!(fact.aws_helper_discarded && !fact.has_aws_helper && fact.before_aws.is_empty());
    let reset = fact.reset.unwrap();
    assert_eq!((reset.path.as_deref(), reset.line), (Some("/home/dev/work/.git/config"), Some(2)));
    assert_eq!((fact.use_http_path.value.as_deref(), fact.use_http_path_on), (Some("no"), false));
}

#[test]
fn sections_that_miss_the_target_say_why() {
    for (url, reason) in [
        ("http://git-codecommit.us-east-1.amazonaws.com", "scheme"),
        ("https://git-codecommit.eu-west-1.amazonaws.com", "host"),
        ("https://git-codecommit.*.amazonaws.com.cn", "host"),
        ("https://*.amazonaws.com/codecommit", "wildcard"),
        ("https://git-codecommit.us-*.amazonaws.com", "wildcard"),
        ("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/other", "path"),
        ("https://git-codecommit.us-east-1.amazonaws.com:8443", "port"),
        ("https://alice@git-codecommit.us-east-1.amazonaws.com", "user"),
        ("git-codecommit.*.amazonaws.com", "no-scheme"),
        ("https://git-codecommit\\\\.us-east-1\\\\.amazonaws\\\\.com", "backslash"),
        ("https://git-codecommit.us-east-1.amazonaws.com/%zz", "unparsable"),
    ] {
        let fact = with(&format!("[credential \"{url}\"]\n\tuseHttpPath = true\n\thelper = {AWS}\n"));
        let near = &fact.near_sections[0];
        assert_eq!(&*near.reason, reason, "{url}");
        assert!(near.has_aws_helper && near.sets_use_http_path && fact.helpers.is_empty());
        assert_eq!(near.aws_helper.as_deref(), Some(AWS));
        assert_eq!(near.source.line, Some(2));
    }
    assert!(with("[credential \"https://github.com\"]\n\thelper = store\n").near_sections.is_empty());
}

#[test]
fn the_user_of_the_url_beats_the_configured_one() {
    let set = "[credential]\n\tusername = alice\n";
    assert_eq!(with(set).username.value.as_deref(), Some("alice"));
    let system = machine().file("/home/dev/.gitconfig", set);
    let fact = seen(&system, "https://bob@git-codecommit.us-east-1.amazonaws.com/x", None);
    assert_eq!((fact.username.value, &*fact.username.origin, fact.username.lost.len()), (None, "url", 1));
}

#[test]
fn http_settings_come_from_the_best_section_or_the_environment() {
    let gitconfig = "[http \"https://git-codecommit.us-east-1.amazonaws.com\"]\n\tsslVerify = off\n\tsslCAInfo = ~/ca.pem\n\
        [http]\n\tsslVerify = true\n\tsslCAInfo = /gone\n\tsslBackend = schannel\n\textraHeader = Authorization: Basic hunter2\n\
        \textraHeader = X-Other: 1\n\tsslCAPath = /etc\n\tsslCert = /gone\n\temptyAuth = true\n";
    let system = machine().file("/home/dev/.gitconfig", gitconfig).file("/home/dev/ca.pem", "");
    let fact = seen(&system, URL, None);
    assert_eq!((fact.ssl_verify.value.as_deref(), fact.ssl_verify.lost.len()), (Some("false"), 1));
    assert_eq!(fact.ssl_ca_info.value.as_deref(), Some("~/ca.pem"));
    assert_eq!((fact.ssl_ca_info_ok, fact.ssl_ca_path_ok), (Fact::Known(true), Fact::Known(true)));
    assert_eq!(fact.ssl_cert_ok, Fact::Known(false));
    assert_eq!(fact.ssl_backend.value.as_deref(), Some("schannel"));
    assert_eq!(fact.empty_auth.value.as_deref(), Some("true"));
    assert_eq!(fact.follow_redirects.value.as_deref(), Some("initial"));
    assert_eq!(fact.authorization_headers.len(), 1);
    assert_eq!(&*fact.authorization_headers[0].text, "Authorization: ••••");
    let fact = seen(&system.env_var("GIT_SSL_CAINFO", "~/ca.pem").env_var("GIT_SSL_NO_VERIFY", "0"), URL, None);
    assert_eq!((&*fact.ssl_ca_info.origin, fact.ssl_ca_info_ok), ("environment", Fact::Known(false)));
    assert_eq!((fact.ssl_verify.value.as_deref(), fact.ssl_verify.lost.len()), (Some("false"), 2));
    let plain = with("");
    assert_eq!((plain.ssl_verify.value.as_deref(), &*plain.ssl_verify.origin), (Some("true"), "default"));
    assert_eq!((plain.ssl_ca_info_ok, plain.proxy.value), (Fact::Absent, None));
    assert_eq!((plain.use_http_path.value, plain.use_http_path_on), (None, false));
}

#[test]
fn the_proxy_of_the_remote_wins() {
    let gitconfig = "[http]\n\tproxy = http://a\n[remote \"origin\"]\n\tproxy = http://me:hunter2@b:80x\n";
    let system = machine().file("/home/dev/.gitconfig", gitconfig);
    let fact = seen(&system, URL, Some("origin"));
    assert_eq!(fact.proxy.value.as_deref(), Some("http://me:••••@b:80x"));
    assert_eq!(fact.proxy_problem.as_deref(), Some("bad-port"));
    assert_eq!(seen(&system, URL, Some("other")).proxy.value.as_deref(), Some("http://a"));
}

#[test]
fn askpass_is_gits() {
    let gitconfig = "[core]\n\taskPass = /x/askpass\n";
    let system = machine().file("/home/dev/.gitconfig", gitconfig).env_var("SSH_ASKPASS", "/x/ssh");
    let fact = seen(&system, URL, None);
    assert_eq!((fact.askpass.value.as_deref(), fact.askpass.lost.len()), (Some("/x/askpass"), 1));
    let fact = seen(&system.env_var("GIT_ASKPASS", ""), URL, None);
    assert_eq!((fact.askpass.value, &*fact.askpass.origin), (None, "environment"));
}

const SIGNED: &str = "20260102T030405Z0237f56e26cc0237f56e26cc0237f56e26cc0237f56e26cc0237f56e26cc0237";

fn stores(credentials: &str, gitconfig: &str) -> TargetHttps {
    let system = machine()
        .file("/home/dev/.git-credentials", credentials)
        .file("/home/dev/.gitconfig", format!("[credential]\n\thelper = store\n{gitconfig}"));
    seen(&system, URL, None)
}

#[test]
fn stored_logins_are_found_without_their_passwords() {
    let fact = stores(
        &format!(
            "https://dev:hunter2@github.com\nhttps://alice-at-123456789012:hunter2%3D@git-codecommit.eu-west-1.amazonaws.com\n\
             https://ASIAIOSFODNN7EXAMPLE%25hunter2token:{SIGNED}@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo\n"
        ),
        "",
    );
    let seen: Vec<_> = fact.stored.iter().map(|s| (&*s.user, &*s.user_kind, s.region.as_deref(), s.has_path)).collect();
    let wanted = [
        ("alice-at-123456789012", "git-credentials", Some("eu-west-1"), false),
        ("ASIAIOSFODNN7EXAMPLE", "sigv4", Some("us-east-1"), true),
    ];
    assert_eq!(seen, wanted);
    let login = fact.stored_login.as_ref().unwrap();
    assert_eq!((login.signed_at, login.age_seconds), (Some(1_767_323_045), Some(76_955)));
    assert_eq!((login.is_target_host, login.in_chain, login.source.line), (true, true, Some(3)));
    let json = serde_json::to_string(&fact).unwrap();
    assert!(!json.contains("hunter2") && !json.contains("0237f56e26cc"), "{json}");
}

#[test]
fn a_login_without_path_is_hidden_by_use_http_path() {
    let login = "https://alice-at-123456789012:x@git-codecommit.us-east-1.amazonaws.com\n";
    assert!(stores(login, "").stored_login.is_some());
    let hidden = stores(login, "\tuseHttpPath = true\n");
    assert_eq!((hidden.stored_login, hidden.hidden_by_use_http_path), (None, true));
    let other_user = stores(login, "\tusername = bob\n");
    assert_eq!((other_user.stored_login, other_user.hidden_by_use_http_path), (None, false));
}

#[test]
fn store_files_that_cannot_be_read_are_named() {
    let system = machine()
        .file("/home/dev/.git-credentials", "")
        .mode("/home/dev/.git-credentials", 0)
        .file("/home/dev/.gitconfig", "[credential]\n\thelper = store\n");
    let fact = seen(&system, URL, None);
    let file = &fact.unreadable_stores[0];
    assert_eq!(
        (&*file.path, file.mode.as_deref(), file.owned),
        ("/home/dev/.git-credentials", Some("0000"), Some(true))
    );
    let unused = machine().file("/home/dev/.git-credentials", "").mode("/home/dev/.git-credentials", 0);
    assert!(seen(&unused, URL, None).unreadable_stores.is_empty());
}

#[test]
fn netrc_is_always_read() {
    let netrc = "# comment\nmachine github.com login x password hunter2\n\nmacdef init\nmachine git-codecommit.none\n\n\
        machine git-codecommit.us-east-1.amazonaws.com\n  login alice-at-123456789012\n  password \"hunter2\"\ndefault login a password b\n";
    let fact = seen(&machine().file("/home/dev/.netrc", netrc), URL, None);
    assert_eq!(fact.stored.len(), 1);
    let login = &fact.stored[0];
    assert_eq!((login.in_chain, login.source.line, &*login.user_kind), (true, Some(7), "git-credentials"));
    assert_eq!(fact.stored_login, None);
    assert!(!serde_json::to_string(&fact).unwrap().contains("hunter2"));
}

#[test]
fn many_targets_and_sections_are_quick() {
    let sections: String =
        (0..2_500).map(|at| format!("[credential \"https://host-{at}\"]\n\thelper = store\n")).collect();
    let system = machine().file("/home/dev/.gitconfig", sections);
    let regions = RegionTable::embedded().unwrap();
    let context = Context {
        system: &system,
        regions: &regions,
        region: None,
        profile: None,
        urls: &[],
        live: Default::default(),
    };
    let start = std::time::Instant::now();
    let git = git::collect(&context);
    for at in 0..500 {
        let fact = for_target(&context, &git, &format!("https://host-{at}/x"), None);
        assert_eq!(fact.helpers.len(), 1);
    }
    // 100 ms in an optimized build; this one is not, and shares its processors.
    assert!(start.elapsed() < std::time::Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn a_broken_url_is_no_crash() {
    for url in ["", "x", "https://", "https://%zz@", "https://a:b:c/", "https://[", "://"] {
        seen(&machine().file("/home/dev/.gitconfig", "[credential \"https://\"]\n\thelper = store\n"), url, None);
    }
}

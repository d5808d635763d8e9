use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::collect::aws::{self, Client};
use crate::system::Platform;
use crate::system::fake::FakeSystem;

const EAST: &str = "git-codecommit.us-east-1.amazonaws.com";

fn on<T>(system: &FakeSystem, region: Option<&str>, test: impl FnOnce(&Context<'_>) -> T) -> T {
    let regions = RegionTable::embedded().unwrap();
    test(&Context { system, regions: &regions, region, profile: None, urls: &[], live: Default::default() })
}

fn apart(url: &str) -> Target {
    on(&FakeSystem::new(Platform::Linux), None, |context| take_apart(context, url))
}

/// The names of the observations that hold.
fn flags(target: &Target) -> Vec<String> {
    let value = serde_json::to_value(&target.shape).unwrap();
    let object = value.as_object().unwrap();
    let missing = target.shape.v1_repos == Some(false);
    let mut names: Vec<_> =
        object.iter().filter(|(key, v)| **v == json!(true) && *key != "v1_repos").map(|(key, _)| key.clone()).collect();
    if missing {
        names.push("no_v1_repos".into());
    }
    names
}

#[test]
fn well_formed_urls_need_nothing() {
    for (url, scheme, region, kind) in [
        ("ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo", "ssh", Some("us-east-1"), "git"),
        (
            "ssh://APKAEIBAERJR2EXAMPLE@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            "ssh",
            Some("us-east-1"),
            "git",
        ),
        ("ssh://codecommit-2/v1/repos/demo", "ssh", None, "alias"),
        ("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo", "https", Some("us-east-1"), "git"),
        ("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/", "https", Some("us-east-1"), "git"),
        ("https://git-codecommit.cn-north-1.amazonaws.com.cn/v1/repos/demo", "https", Some("cn-north-1"), "git"),
        ("https://git-codecommit-fips.us-east-1.amazonaws.com/v1/repos/demo", "https", Some("us-east-1"), "git-fips"),
        (
            "https://vpce-0abc-1x.git-codecommit.us-east-1.vpce.amazonaws.com/v1/repos/demo",
            "https",
            Some("us-east-1"),
            "vpce",
        ),
        (
            "https://dev-at-123456789012@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            "https",
            Some("us-east-1"),
            "git",
        ),
        ("codecommit://demo", "codecommit", None, "none"),
        ("codecommit://work@demo", "codecommit", None, "none"),
        ("codecommit::us-east-1://work@demo", "codecommit", Some("us-east-1"), "none"),
        ("codecommit::us-east-1://my-profile@demo", "codecommit", Some("us-east-1"), "none"),
        ("codecommit::US-EAST-1://demo", "codecommit", Some("us-east-1"), "none"),
    ] {
        let target = apart(url);
        assert_eq!((target.scheme.0.as_str(), target.region.as_deref()), (scheme, region), "{url}");
        assert_eq!((target.endpoint_kind.0.as_str(), target.repository.as_deref()), (kind, Some("demo")), "{url}");
        assert_eq!(target.corrected_url, None, "{url}");
        assert_eq!(flags(&target).iter().find(|flag| *flag != "trailing_slash"), None, "{url}");
        assert!(is_meant_for_codecommit(url), "{url}");
    }
}

#[test]
fn what_stands_in_front_of_the_scheme_does_not_hide_what_is_meant() {
    let url = "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
    assert!(is_meant_for_codecommit(&format!("\"{url}\"")));
    assert!(is_meant_for_codecommit(&format!("git clone {url}")));
    assert!(!is_meant_for_codecommit(&format!("/srv/mirror/{url}")));
}

#[test]
fn a_url_whose_scheme_is_lost_is_still_meant_for_codecommit() {
    let right = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
    for wrong in [format!("https://{right}"), right.replacen("//", "/", 1)] {
        assert!(is_meant_for_codecommit(&wrong), "{wrong}");
    }
    assert_eq!(apart(&right.replacen("//", "/", 1)).corrected_url.as_deref(), Some(right));
    assert_eq!(apart(&format!("https://{right}")).corrected_url.as_deref(), Some(right));
    assert_eq!(apart(&format!("https://{right}")).host.as_deref(), Some(EAST));
    assert!(is_meant_for_codecommit("arn:aws-cn:codecommit:cn-north-1:123456789012:demo"));
    assert!(is_meant_for_codecommit(&format!("[demo]({right})")));
    for other in ["arn:aws:s3:::bucket", "https:/example.com/git-codecommit", "https://example.com/https://x.org/y"] {
        assert!(!is_meant_for_codecommit(other), "{other}");
    }
}

#[test]
fn mistakes_are_seen_and_corrected() {
    let table: &[(&str, &[&str], Option<&str>)] = &[
        // Paths and names.
        (
            "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo.git",
            &["dot_git"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo.git/",
            &["dot_git", "trailing_slash"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://git-codecommit.us-east-1.amazonaws.com/demo",
            &["no_v1_repos"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://git-codecommit.us-east-1.amazonaws.com/v1/demo",
            &["no_v1_repos"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        ("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/", &["no_v1_repos"], None),
        ("https://git-codecommit.us-east-1.amazonaws.com", &["no_v1_repos"], None),
        (
            "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/a/b",
            &["no_v1_repos"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/a"),
        ),
        ("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/a%20b", &["bad_repository_name"], None),
        (
            "ssh://git-codecommit.us-east-1.amazonaws.com/demo",
            &["no_v1_repos"],
            Some("ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        ("ssh://codecommit-2/v1/repos/demo.git", &["dot_git"], Some("ssh://codecommit-2/v1/repos/demo")),
        // Hosts.
        (
            "https://git-codecommit.us-east-1a.amazonaws.com/v1/repos/demo",
            &["zone_as_region"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        ("https://git-codecommit.us-east-9.amazonaws.com/v1/repos/demo", &[], None),
        (
            "https://git-codecommit.cn-north-1.amazonaws.com/v1/repos/demo",
            &["china_suffix_missing"],
            Some("https://git-codecommit.cn-north-1.amazonaws.com.cn/v1/repos/demo"),
        ),
        (
            "https://git-codecommit.us-east-1.amazonaws.com.cn/v1/repos/demo",
            &["china_suffix_extra"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &["api_host"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://Git-CodeCommit.us-east-1.amazonaws.com/v1/repos/demo",
            &["upper_case_host"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://git-codecommit-fips.eu-west-1.amazonaws.com/v1/repos/demo",
            &[],
            Some("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "ssh://git-codecommit-fips.us-east-1.amazonaws.com/v1/repos/demo",
            &[],
            Some("ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://git-codecomit.us-east-1.amazonaws.com/v1/repos/demo",
            &[],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://us-east-1.console.aws.amazon.com/codesuite/codecommit/repositories/demo/browse?region=us-east-1",
            &["console_page", "no_v1_repos"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://console.aws.amazon.com/codecommit/home?region=eu-west-1#/repository/demo/browse/",
            &["trailing_slash", "console_page", "no_v1_repos"],
            Some("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/demo"),
        ),
        ("https://console.aws.amazon.com/codecommit/home#/repository/demo", &["console_page", "no_v1_repos"], None),
        // Schemes and users.
        (
            "ssh:/git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &["one_slash"],
            Some("ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https:git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &["one_slash"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "ssh:/APKAEIBAERJR2EXAMPLE@codecommit-2/v1/repos/demo",
            &["one_slash"],
            Some("ssh://APKAEIBAERJR2EXAMPLE@codecommit-2/v1/repos/demo"),
        ),
        ("codecommit:us-east-1://demo", &["codecommit_one_slash"], Some("codecommit::us-east-1://demo")),
        ("codecommit:us-east-1://work@demo", &["codecommit_one_slash"], Some("codecommit::us-east-1://work@demo")),
        (
            "http://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &["plain_http"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "htps://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &["scheme_typo"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &["scheme_typo"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "ssh://git@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &[],
            Some("ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "ssh://apkaeibaerjr2example@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &[],
            Some("ssh://APKAEIBAERJR2EXAMPLE@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "git@git-codecommit.us-east-1.amazonaws.com:/v1/repos/demo",
            &["scp_like"],
            Some("ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "APKAEIBAERJR2EXAMPLE@git-codecommit.us-east-1.amazonaws.com:v1/repos/demo",
            &["scp_like"],
            Some("ssh://APKAEIBAERJR2EXAMPLE@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://alice@corp.example@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &["unencoded_at"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://alice:secret@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &[],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        // Text.
        (
            " https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            &["stray_characters"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        (
            "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo\u{200b}",
            &["stray_characters", "bad_repository_name"],
            None,
        ),
        (
            "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/\"demo\"",
            &["stray_characters", "bad_repository_name"],
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"),
        ),
        ("https://git-codecommit.<region>.amazonaws.com/v1/repos/demo", &["placeholder"], None),
        ("https://git-codecommit.REGION.amazonaws.com/v1/repos/demo", &["upper_case_host", "placeholder"], None),
        (
            "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/<repo>",
            &["bad_repository_name", "placeholder"],
            None,
        ),
        // git-remote-codecommit.
        ("codecommit::codecommit://demo", &["double_prefix"], Some("codecommit://demo")),
        ("codecommit::codecommit::us-east-1://demo", &["double_prefix"], Some("codecommit::us-east-1://demo")),
        ("code-commit://demo", &["scheme_typo"], Some("codecommit://demo")),
        ("codecomit::us-east-1://work@demo", &["scheme_typo"], Some("codecommit::us-east-1://work@demo")),
        ("codcommit://demo", &["scheme_typo"], Some("codecommit://demo")),
        ("CodeCommit://demo", &["scheme_typo"], Some("codecommit://demo")),
        ("us-east-1://demo", &["scheme_typo"], Some("codecommit::us-east-1://demo")),
        (
            "codecommit://git-codecommit.us-west-2.amazonaws.com/v1/repos/hello",
            &["https_under_codecommit"],
            Some("codecommit::us-west-2://hello"),
        ),
        (
            "codecommit::https://git-codecommit.us-west-2.amazonaws.com/v1/repos/hello",
            &["double_prefix", "https_under_codecommit"],
            Some("codecommit::us-west-2://hello"),
        ),
        ("codecommit:/demo", &["codecommit_one_slash"], Some("codecommit://demo")),
        ("codecommit:demo", &["codecommit_one_slash"], Some("codecommit://demo")),
        ("codecommit::demo", &[], Some("codecommit://demo")),
        ("codecommit::us-east-1:demo", &[], Some("codecommit::us-east-1://demo")),
        ("codecommit::us-east-1a://demo", &["zone_as_region"], Some("codecommit::us-east-1://demo")),
        ("codecommit::us_east_1://demo", &[], Some("codecommit::us-east-1://demo")),
        ("codecommit::eusc-de-east-1://demo", &[], None),
        ("codecommit::eu-central-2://demo", &[], None),
        ("codecommit://demo.git", &["dot_git"], Some("codecommit://demo")),
        ("codecommit://alice@corp@demo", &["bad_repository_name", "unencoded_at"], None),
        ("codecommit://work@", &[], None),
    ];
    for (url, wanted, corrected) in table {
        let target = apart(url);
        let mut wanted = wanted.to_vec();
        let mut found = flags(&target);
        wanted.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, wanted, "{url}");
        assert_eq!(target.corrected_url.as_deref(), *corrected, "{url}");
        assert!(is_meant_for_codecommit(url), "{url}");
        if let Some(corrected) = corrected {
            assert_eq!(apart(corrected).corrected_url, None, "{corrected}");
        }
    }
}

#[test]
fn placeholders_are_told_from_names() {
    for (url, placeholder) in [
        ("ssh://Your-SSH-Key-ID@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo", true),
        ("codecommit::REGION://PROFILE@REPO", true),
        ("https://git-codecommit.${AWS_REGION}.amazonaws.com/v1/repos/demo", true),
        ("codecommit://your-repo-name", true),
        ("codecommit://MyDemoRepo", false),
        ("codecommit://DATA-REPO", false),
        ("codecommit://my-repo", false),
    ] {
        assert_eq!(apart(url).shape.placeholder, placeholder, "{url}");
    }
}

#[test]
fn other_remotes_are_left_alone() {
    for url in [
        "https://github.com/aws/git-remote-codecommit",
        "git@github.com:aws/codecommit.git",
        "ssh://git@gitlab.corp/team/codecommit-tools.git",
        "/srv/git/codecommit",
        "../codecommit",
        "C:\\repos\\codecommit",
        "file:///srv/codecommit",
        "https://s3.us-east-1.amazonaws.com/bucket",
        "https://us-east-1.console.aws.amazon.com/lambda/home",
        "git://example.org/x",
        "s3://bucket/repo",
        "",
    ] {
        assert!(!is_meant_for_codecommit(url), "{url}");
        assert_eq!(apart(url).corrected_url, None, "{url}");
    }
}

#[test]
fn only_real_endpoints_are_endpoints() {
    for host in [
        "evil.example\\@git-codecommit.us-east-1.amazonaws.com",
        "git-codecommit.us-east-1.amazonaws.com.evil.example",
        "evil-git-codecommit.us-east-1.amazonaws.com",
        "git-codecommit.us-east-1.amazonaws.com@evil.example",
        "a.git-codecommit.us-east-1.amazonaws.com",
        "git-codecommit.us-east-1.amazon.com",
        "xgit-codecommit.us-east-1.vpce.amazonaws.com",
    ] {
        let url = format!("https://{host}/v1/repos/demo");
        assert_eq!(apart(&url).endpoint_kind.0, "unknown", "{host}");
        assert!(is_meant_for_codecommit(&url) || host.contains('\\'));
    }
    assert_eq!(
        apart("https://git-codecommit.us-east-1.amazonaws.com@evil.example/v1/repos/x").host.unwrap().0,
        "evil.example"
    );
}

#[test]
fn logins_are_masked_and_told_apart() {
    let signature = "0237f56e26cc".repeat(6);
    let signature = &signature[..64];
    let url = format!(
        "https://AKIAIOSFODNN7EXAMPLE%25IQoJb3JpZ2lu%2BfX%2F9:20260102T030405Z{signature}@{EAST}/v1/repos/demo"
    );
    let target = apart(&url);
    assert_eq!(target.url_password_signed_at, Some(1_767_323_045));
    assert_eq!(target.url_user.as_deref(), Some("AKIAIOSFODNN7EXAMPLE%••••"));
    assert_eq!(target.url_user_kind.as_deref(), Some("access-key-id"));
    let text = serde_json::to_string(&target).unwrap();
    for secret in ["IQoJ", "fX", "0237f"] {
        assert!(!text.contains(secret), "{text}");
    }
    for (url, secret) in [
        (format!("https://dev-at-123456789012:p%3Dw+x@{EAST}/v1/repos/x"), "p%3Dw"),
        (format!("https://dev:pa/QzQ@wo/rd@{EAST}/v1/repos/x"), "QzQ"),
        (format!("ssh://dev:hunter2@{EAST}/v1/repos/x"), "hunter2"),
        (format!("dev:hunter2@{EAST}:v1/repos/x"), "hunter2"),
        (format!("codecommit://dev:hunter2@{EAST}/v1/repos/x"), "hunter2"),
        (format!("codecommit::https://dev:hunter2@{EAST}/v1/repos/x"), "hunter2"),
    ] {
        let target = apart(&url);
        let text =
            serde_json::to_string(&target).unwrap().replace("\"ssh\"", "").replace("_missing", "").replace("ssl", "");
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    for (user, kind) in [
        ("git", "git"),
        ("APKAEIBAERJR2EXAMPLE", "key-id"),
        ("APKA1", "key-id-like"),
        ("alice", "other"),
        ("AIDAIOSFODNN7EXAMPLE", "iam-id"),
    ] {
        assert_eq!(apart(&format!("ssh://{user}@{EAST}/v1/repos/x")).url_user_kind.as_deref(), Some(kind));
    }
}

#[test]
fn the_table_tells_what_belongs_to_a_region() {
    let gov = apart("https://git-codecommit.us-gov-west-1.amazonaws.com/v1/repos/x");
    assert_eq!(
        (gov.partition.as_deref(), gov.region_has_fips, gov.region_known),
        (Some("aws-us-gov"), Some(true), Some(true))
    );
    let fips = apart("https://git-codecommit-fips.us-east-2.amazonaws.com/v1/repos/x");
    assert_eq!(fips.expected_host.as_deref(), Some("git-codecommit-fips.us-east-2.amazonaws.com"));
    let unknown = apart("https://git-codecommit.us-east-9.amazonaws.com/v1/repos/x");
    assert_eq!((unknown.region_known, unknown.expected_host, unknown.partition), (Some(false), None, None));
    assert_eq!(apart(&format!("ssh://{EAST}:2222/v1/repos/x")).port, Some(2222));
}

#[test]
fn the_region_comes_from_url_profile_environment_or_option() {
    let config = "[default]\nregion = eu-west-1\n[profile none]\n";
    let system = FakeSystem::new(Platform::Linux).file("/home/dev/.aws/config", config);
    let resolved = |system: &FakeSystem, url: &str, option: Option<&str>| {
        on(system, option, |context| {
            let state = aws::collect(context);
            let mut target = take_apart(context, url);
            let named = target.grc.as_ref().and_then(|grc| grc.profile.clone());
            let named = named.as_ref().map(|name| ("url", name.0.as_str(), crate::fact::Source::default()));
            target.aws = Fact::Known(aws::for_target(context, &state, Client::Botocore, named));
            resolve_region(context, &mut target, Fact::Known(vec!["eu-west-1".into()]));
            let grc = target.grc.unwrap();
            let words = [target.region, target.region_origin, grc.effective_region].map(|word| word.map(|word| word.0));
            (words, grc.host.map(|host| host.0), grc.region_known_to_botocore)
        })
    };
    let some = |text: &str| Some(text.to_owned());
    let host = some("git-codecommit.eu-west-1.amazonaws.com");
    let own = resolved(&system, "codecommit://demo", Some("us-east-1"));
    assert_eq!(own, ([some("eu-west-1"), some("profile"), some("eu-west-1")], host, Fact::Known(true)));
    let url = resolved(&system, "codecommit::cn-north-1://demo", None);
    let china = some("git-codecommit.cn-north-1.amazonaws.com.cn");
    assert_eq!(url, ([some("cn-north-1"), some("url"), some("cn-north-1")], china, Fact::Known(false)));
    let option = resolved(&system, "codecommit://none@demo", Some("us-east-1"));
    assert_eq!(option, ([some("us-east-1"), some("option"), None], None, Fact::Absent));
    let ignored = resolved(&system.clone().env_var("AWS_REGION", "us-east-1"), "codecommit://none@demo", None);
    assert_eq!(ignored.0, [None, None, None]);
    let environment = system.env_var("AWS_DEFAULT_REGION", "us-east-2").env_var("CODE_COMMIT_ENDPOINT", "fips.example");
    let environment = resolved(&environment, "codecommit://demo", None);
    assert_eq!(environment.0, [some("us-east-2"), some("environment"), some("us-east-2")]);
    assert_eq!(environment.1, some("fips.example"));
}

#[test]
fn botocore_lists_its_regions() {
    let json = r#"{"partitions": [{"regions": {"us-east-1": {}, "us-east-2": {}}, "services": {"codecommit":
        {"endpoints": {"us-east-2": {"x": 1}, "us-east-1": {}, "fips": {}}}, "s3": {}}}, {"regions": {}, "services": {}}]}"#;
    let system = FakeSystem::new(Platform::Linux)
        .file("/lib/site-packages/botocore/data/endpoints.json", json)
        .file("/broken/botocore/data/endpoints.json", "{");
    let regions = |path: &str| botocore_regions(&system, std::path::Path::new(path));
    assert_eq!(regions("/lib/site-packages"), Fact::Known(vec!["us-east-1".into(), "us-east-2".into()]));
    assert!(matches!(regions("/broken"), Fact::Unavailable(_)));
    assert!(matches!(regions("/none"), Fact::Unavailable(_)));
}

proptest! {
    #[test]
    fn any_text_can_be_taken_apart(url in "\\PC{0,80}") {
        apart(&url);
        is_meant_for_codecommit(&url);
    }

    #[test]
    fn anything_like_a_url_can_be_taken_apart(
        url in "(codecommit|https|ssh|us-east-1|)(:|::|://|:/|@)([a-z.@:/\\[\\]%?#é-]|git-codecommit|us-east-1a?|\\.amazonaws\\.com|/v1/repos/|\\.git){0,12}"
    ) {
        let target = apart(&url);
        is_meant_for_codecommit(&url);
        if let Some(corrected) = &target.corrected_url {
            prop_assert_eq!(&apart(corrected).corrected_url, &None, "{} -> {}", url, corrected);
        }
    }
}

#[test]
fn an_arn_becomes_a_url_of_the_transport_that_is_set_up() {
    let corrected = |system: &FakeSystem, arn: &str| {
        on(system, None, |context| take_apart(context, arn)).corrected_url.map(|url| url.0)
    };
    let arn = "arn:aws:codecommit:us-east-1:123456789012:demo";
    let bare = FakeSystem::new(Platform::Linux).env_var("PATH", "/usr/bin");
    assert_eq!(corrected(&bare, arn), Some(format!("https://{EAST}/v1/repos/demo")));
    let china = "https://git-codecommit.cn-north-1.amazonaws.com.cn/v1/repos/demo";
    assert_eq!(corrected(&bare, "arn:aws-cn:codecommit:cn-north-1:123456789012:demo").as_deref(), Some(china));
    let grc = bare.program("/usr/bin/git-remote-codecommit");
    assert_eq!(corrected(&grc, arn).as_deref(), Some("codecommit::us-east-1://demo"));
    let ssh = grc.file("/home/dev/.ssh/config", "Host git-codecommit.*.amazonaws.com\n  User APKAEIBAERJR2EXAMPLE\n");
    assert_eq!(corrected(&ssh, arn), Some(format!("ssh://{EAST}/v1/repos/demo")));
    for wrong in [
        "arn:aws:codecommit:us-east-9:123456789012:demo",
        "arn:aws-cn:codecommit:us-east-1:123456789012:demo",
        "arn:aws:codecommit:us-east-1:123456789012:de mo",
        "arn:aws:codecommit:us-east-1:123456789012",
    ] {
        assert_eq!(corrected(&ssh, wrong), None, "{wrong}");
    }
}

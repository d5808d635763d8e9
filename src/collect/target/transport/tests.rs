use super::*;
use crate::check::regions::RegionTable;
use crate::collect::{Context, aws};
use crate::fact::https::Section;
use crate::system::Platform;
use crate::system::fake::FakeSystem;

fn helper(kind: &str, scope: &str) -> Helper {
    let stores = !kind.starts_with("aws");
    Helper { kind: kind.into(), scope: scope.into(), stores, ..Helper::default() }
}

fn chain(helpers: &[(&str, &str)]) -> TargetHttps {
    let helpers: Vec<_> = helpers.iter().map(|(kind, scope)| helper(kind, scope)).collect();
    TargetHttps { has_storing_helper: helpers.iter().any(|helper| helper.stores), helpers, ..TargetHttps::default() }
}

fn with_login(mut https: TargetHttps, kind: &str, path: &str) -> TargetHttps {
    let login =
        StoredLogin { user_kind: kind.into(), path: path.into(), is_target_host: true, ..StoredLogin::default() };
    https.stored = vec![login.clone()];
    https.stored_login = Some(login);
    https
}

#[test]
fn the_https_transport_follows_the_set_up() {
    let bare = FakeSystem::new(Platform::Linux);
    let aws = bare
        .clone()
        .file("/home/dev/.aws/credentials", "[default]\naws_access_key_id = x\naws_secret_access_key = y\n");
    let decide = |system: &FakeSystem, https: &TargetHttps, cli: bool| {
        let regions = RegionTable::embedded().unwrap();
        let context =
            Context { system, regions: &regions, region: None, profile: None, urls: &[], live: Default::default() };
        https_transport(https, None, &aws::collect(&context), cli)
    };
    let near = TargetHttps {
        near_sections: vec![Section { has_aws_helper: true, ..Section::default() }],
        ..TargetHttps::default()
    };
    let discarded = TargetHttps { discarded: vec![helper("aws", "global")], ..chain(&[("store", "global")]) };
    let file = "/home/dev/.git-credentials";
    for (system, https, cli, wanted) in [
        (&bare, chain(&[("aws", "global")]), false, ("https-helper", "aws-helper")),
        (&bare, chain(&[("aws-mistyped", "global")]), false, ("https-helper", "aws-helper")),
        (&bare, near, false, ("https-helper", "aws-helper")),
        (&bare, discarded.clone(), false, ("https-helper", "aws-helper")),
        (&bare, with_login(discarded, "git-credentials", file), true, ("https-gitcred", "stored-login")),
        (
            &bare,
            with_login(chain(&[("store", "global"), ("aws", "global")]), "git-credentials", file),
            true,
            ("https-gitcred", "stored-login"),
        ),
        (
            &bare,
            with_login(chain(&[("store", "global"), ("aws", "global")]), "sigv4", file),
            true,
            ("https-helper", "aws-helper"),
        ),
        (
            &bare,
            with_login(chain(&[("aws", "global"), ("store", "global")]), "git-credentials", file),
            true,
            ("https-helper", "aws-helper"),
        ),
        (
            &bare,
            with_login(chain(&[("aws", "global")]), "git-credentials", "/home/dev/.netrc"),
            true,
            ("https-gitcred", "stored-login"),
        ),
        (&aws, with_login(chain(&[("store", "global")]), "other", file), true, ("https-gitcred", "stored-login")),
        (&aws, chain(&[("store", "global")]), true, ("https-gitcred", "storing-helper")),
        (&aws, chain(&[("osxkeychain", "system")]), true, ("https-helper", "aws-set-up")),
        (&aws, chain(&[("osxkeychain", "system")]), false, ("https-gitcred", "storing-helper")),
        (&bare, chain(&[("manager", "system")]), true, ("https-gitcred", "storing-helper")),
        (&aws, chain(&[]), false, ("https-helper", "aws-set-up")),
        (&bare, chain(&[]), true, ("https-helper", "aws-set-up")),
        (&bare, chain(&[]), false, ("https-gitcred", "default")),
    ] {
        assert_eq!(decide(system, &https, cli), wanted, "{https:?}");
    }
}

#[test]
fn a_user_of_git_credentials_in_the_url_decides() {
    let system = FakeSystem::new(Platform::Linux)
        .file("/home/dev/.aws/credentials", "[default]\naws_access_key_id = x\naws_secret_access_key = y\n");
    let regions = RegionTable::embedded().unwrap();
    let context = Context {
        system: &system,
        regions: &regions,
        region: None,
        profile: None,
        urls: &[],
        live: Default::default(),
    };
    let aws = aws::collect(&context);
    let discarded = TargetHttps { discarded: vec![helper("aws", "global")], ..chain(&[]) };
    for (https, user, wanted) in [
        (chain(&[]), Some("alice-at-123456789012"), ("https-gitcred", "url-user")),
        (chain(&[("osxkeychain", "system")]), Some("alice-at-123456789012+1"), ("https-gitcred", "url-user")),
        (discarded, Some("alice-at-123456789012"), ("https-gitcred", "url-user")),
        // git asks the helper, and its answer names another user.
        (chain(&[("aws", "global")]), Some("alice-at-123456789012"), ("https-helper", "aws-helper")),
        (chain(&[]), Some("alice"), ("https-helper", "aws-set-up")),
        (chain(&[]), None, ("https-helper", "aws-set-up")),
    ] {
        assert_eq!(https_transport(&https, user, &aws, true), wanted, "{https:?} {user:?}");
    }
}

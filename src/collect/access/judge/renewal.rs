//! Sessions that the AWS tools would renew while git asks them for a login: a look renews nothing, so git is not run.

use crate::collect::aws::Client;
use crate::collect::derive::Planned;
use crate::collect::live::Tries;
use crate::collect::{aws_of, credentials_by};
use crate::fact::aws::{Profile, TargetAws};

/// botocore renews a token of IAM Identity Center from here on (`SSOTokenProvider._REFRESH_WINDOW`, botocore 1.43).
const SSO_WINDOW: i64 = 15 * 60;
/// The same for `aws login`, whose tokens last no longer than 15 minutes (`LoginCredentialFetcher._REFRESH_THRESHOLD`).
const LOGIN_WINDOW: i64 = 5 * 60;
/// Most profiles that are followed by `source_profile`.
const LONGEST_CHAIN: usize = 10;

/// # Errors
/// The session that would be renewed, for people.
pub(super) fn check(tries: &Tries<'_>, planned: &Planned) -> Result<(), String> {
    // Which version of the AWS CLI it is, is not known yet; they differ in the profile that they take.
    let clients: &[Client] = match &*planned.target.transport.0 {
        "grc" => &[Client::Botocore],
        "https-helper" if credentials_by(&planned.target).is_none() => &[Client::AwsCli1, Client::AwsCli2],
        _ => return Ok(()),
    };
    for client in clients {
        let aws = aws_of(tries.context, tries.aws, &planned.target, *client);
        if let Some(profile) = renewed(tries, &aws) {
            let command = if &*profile.kind == "login" { "aws login" } else { "aws sso login" };
            return Err(format!(
                "the AWS tools would renew the session of profile {} now, and a look renews nothing; run `{command}` \
                 and try again",
                profile.name.0
            ));
        }
    }
    Ok(())
}

/// The profile whose token is about to expire and can be renewed without anybody.
fn renewed<'a>(tries: &'a Tries<'_>, aws: &'a TargetAws) -> Option<&'a Profile> {
    let from = aws.credentials_from.known()?;
    let mut profile = aws.details.known().filter(|_| matches!(&*from.0, "sso" | "login" | "role"))?;
    for _ in 0..LONGEST_CHAIN {
        let Some(source) = profile.source_profile.as_ref().filter(|_| &*profile.kind == "role") else { break };
        profile = tries.aws.fact.profiles.iter().find(|other| other.name == *source)?;
    }
    let window = match &*profile.kind {
        "sso" => SSO_WINDOW,
        "login" => LOGIN_WINDOW,
        _ => return None,
    };
    let left = profile.token_expires_at? - tries.context.system.now();
    (profile.token_refreshable && left < window).then_some(profile)
}

#[cfg(test)]
mod tests {
    use sha1::{Digest as _, Sha1};

    use super::*;
    use crate::check::regions::RegionTable;
    use crate::collect::git::GitState;
    use crate::collect::{Context, aws, ssh};
    use crate::fact::target::{GrcUrl, Target};
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    /// 2027-01-15T08:00:00Z is the time of the fake machine.
    const CONFIG: &str = "[profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n\
        [sso-session corp]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n\
        [profile role]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = corp\n\
        [profile live]\nlogin_session = arn:aws:iam::123456789012:user/dev\n";

    fn sso(expires_at: &str, refresh: &str) -> String {
        format!(
            r#"{{"accessToken": "secret", "expiresAt": "{expires_at}", {refresh} "clientId": "c", "clientSecret": "s",
               "registrationExpiresAt": "2030-01-01T00:00:00Z"}}"#
        )
    }

    fn checked(profile: &str, sso: &str, login_expires_at: &str) -> Result<(), String> {
        let corp = data_encoding::HEXLOWER.encode(&Sha1::digest(b"corp"));
        let session = sha2::Sha256::digest(b"arn:aws:iam::123456789012:user/dev");
        let login = format!(
            r#"{{"accessToken": {{"expiresAt": "{login_expires_at}"}}, "refreshToken": "r", "clientId": "c", "dpopKey": "k"}}"#
        );
        let system = FakeSystem::new(Platform::Linux)
            .file("/home/dev/.aws/config", CONFIG)
            .file(&format!("/home/dev/.aws/sso/cache/{corp}.json"), sso)
            .file(&format!("/home/dev/.aws/login/cache/{}.json", data_encoding::HEXLOWER.encode(&session)), login);
        let regions = RegionTable::embedded().unwrap();
        let live = Default::default();
        let context = Context { system: &system, regions: &regions, region: None, profile: None, urls: &[], live };
        let (git, ssh) = (GitState::default(), ssh::collect(&context, &Default::default()));
        let aws = aws::collect(&context);
        let grc = Some(GrcUrl { profile: Some(profile.into()), ..GrcUrl::default() });
        let target = Target { transport: "grc".into(), grc, ..Target::default() };
        check(&Tries::new(&context, &git, &ssh, &aws), &Planned { target, url: String::new() })
    }

    #[test]
    fn a_session_that_would_be_renewed_stays_as_it_is() {
        let refresh = r#""refreshToken": "r","#;
        let far = "2027-01-15T08:16:00Z";
        for (profile, sso, login, renewed) in [
            ("corp", sso(far, refresh), far, false),
            ("corp", sso("2027-01-15T08:14:00Z", refresh), far, true),
            ("corp", sso("2027-01-15T07:00:00Z", refresh), far, true),
            ("corp", sso("2027-01-15T08:14:00Z", ""), far, false),
            ("role", sso("2027-01-15T08:14:00Z", refresh), far, true),
            ("live", sso("2027-01-15T08:14:00Z", refresh), "2027-01-15T08:06:00Z", false),
            ("live", sso(far, refresh), "2027-01-15T08:04:00Z", true),
        ] {
            let result = checked(profile, &sso, login);
            assert_eq!(result.is_err(), renewed, "{profile} {sso} {login}: {result:?}");
            assert!(result.err().is_none_or(|reason| reason.contains("run `aws ")));
        }
    }
}

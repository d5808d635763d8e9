//! Whose credentials are found, and what STS says of them.

use super::*;

fn cache_file(name: &str, key: &str) -> String {
    use sha1::Digest as _;
    format!("/home/dev/.aws/{name}/cache/{}.json", data_encoding::HEXLOWER.encode(&sha1::Sha1::digest(key)))
}

fn who(system: &FakeSystem) -> (String, String) {
    let answers = asked(system, "https-helper");
    let identity = answers.identity.known().expect("an identity");
    (answers.profile.0, identity.arn.0.clone())
}

#[test]
fn static_keys_of_a_user_are_told() {
    let system = machine().http_answer(STS, alice()).http_answer(GET, answer(200, METADATA));
    let answers = asked(&system, "https-helper");
    let identity = answers.identity.known().unwrap();
    assert_eq!((identity.kind.0.as_str(), identity.name.as_deref()), ("user", Some("alice")));
    assert_eq!((answers.profile.0.as_str(), identity.account.0.as_str()), ("default", "123456789012"));
    assert_eq!((answers.rejected, answers.ssh_keys), (None, Fact::Absent));
    assert!(answers.repository.known().unwrap().exists);
}

#[test]
fn keys_of_the_environment_come_first() {
    let system = machine().env_var("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE").http_answer(STS, alice());
    assert_eq!(reason(&system), "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY");
    let system = system.env_var("AWS_SECRET_ACCESS_KEY", SECRET).env_var("AWS_SESSION_TOKEN", TOKEN);
    assert_eq!(who(&system).0, "environment");
    // A profile that is asked for beats them.
    let answers = asked_as(&system, Some("default"), target("ssh"));
    assert_eq!(answers.known().unwrap().profile.0, "default");
}

#[test]
fn what_sts_refuses_has_its_kind_and_ends_the_questions() {
    for (code, message, kind) in [
        ("InvalidClientTokenId", "The security token included in the request is invalid.", "unknown-key"),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match the signature", "wrong-secret"),
        ("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than 20260101T001500Z", "clock"),
        ("ExpiredToken", "The security token included in the request is expired", "expired"),
        ("AccessDenied", "with an explicit deny in a service control policy", "denied"),
    ] {
        let system = machine().http_answer(STS, refusal(code, message)).http_answer(GET, answer(200, METADATA));
        let answers = asked(&system, "https-helper");
        let error = answers.rejected.unwrap();
        assert_eq!((error.kind.0.as_str(), error.code.as_deref()), (kind, Some(code)));
        assert_eq!((error.message.0.as_str(), error.action.0.as_str()), (message, "sts:GetCallerIdentity"));
        assert_eq!(answers.identity, Fact::Absent);
        assert!(matches!(answers.repository, Fact::Unavailable(_)), "{:?}", answers.repository);
    }
}

#[test]
fn a_token_that_aws_repeats_is_not_shown() {
    let text = format!("wrong\n\nThe Canonical String was 'POST\nx-amz-security-token:{TOKEN}\n'");
    let system = with_files("", "")
        .env_var("AWS_ACCESS_KEY_ID", ID)
        .env_var("AWS_SECRET_ACCESS_KEY", SECRET)
        .env_var("AWS_SESSION_TOKEN", TOKEN)
        .http_answer(STS, refusal("SignatureDoesNotMatch", &format!("{TOKEN} {SECRET} {text}")));
    assert_eq!(asked(&system, "https-helper").rejected.unwrap().message.0, "•••• •••• wrong");
}

#[test]
fn a_region_that_is_not_enabled_is_no_unknown_key() {
    let regional = "POST https://sts.ap-east-1.amazonaws.com/ Action=GetCallerIdentity";
    let system = machine().http_answer(regional, refusal("InvalidClientTokenId", "invalid")).http_answer(STS, alice());
    let away = Target { region: Some("ap-east-1".into()), ..target("https-helper") };
    let answers = asked_as(&system, None, away.clone());
    assert_eq!(answers.known().unwrap().identity.known().unwrap().name.as_deref(), Some("alice"));
    let unknown = machine().http_answer(regional, refusal("InvalidClientTokenId", "invalid"));
    let answers = asked_as(&unknown, None, away);
    assert_eq!(answers.known().unwrap().rejected.as_ref().unwrap().kind.0, "unknown-key");
}

#[test]
fn an_sts_out_of_reach_rejects_nobody() {
    let system = machine().http_answer(GET, answer(200, METADATA));
    let answers = asked(&system, "ssh");
    let wanted = "sts.us-east-1.amazonaws.com was not reached: Network is unreachable";
    assert_eq!(answers.identity, Fact::Unavailable(wanted.into()));
    assert_eq!((answers.rejected, answers.ssh_keys), (None, Fact::Unavailable(wanted.into())));
    assert!(answers.repository.known().unwrap().exists);
    let page = machine().http_answer(STS, answer(200, "<html>Welcome to the hotel</html>"));
    let answers = asked(&page, "https-helper");
    let wanted = "what answers at sts.us-east-1.amazonaws.com is not AWS";
    assert_eq!(answers.identity, Fact::Unavailable(wanted.into()));
}

pub(super) const ROLE: &str = "[profile dev]\nrole_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = base\n\
                    external_id = x y\n[profile base]\nregion = us-east-1\n";
pub(super) const ROLE_KEYS: &str = "[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                         aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";
pub(super) const ASSUME: &str = "POST https://sts.us-east-1.amazonaws.com/ Action=AssumeRole&Version=2011-06-15\
                      &RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FDev&RoleSessionName=cc-doctor-1800000000\
                      &ExternalId=x+y";
pub(super) const DEV: &str = "arn:aws:sts::123456789012:assumed-role/Dev/cc-doctor-1800000000";

pub(super) fn session() -> Result<HttpResponse, NetError> {
    let keys = format!(
        "<AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>\
         <SessionToken>{TOKEN}</SessionToken><Expiration>2027-01-16T00:00:00Z</Expiration>"
    );
    let result = format!("<AssumeRoleResult><Credentials>{keys}</Credentials></AssumeRoleResult>");
    answer(200, &format!("<AssumeRoleResponse>{result}</AssumeRoleResponse>"))
}

#[test]
fn a_role_is_assumed_from_its_source_profile() {
    let system = with_files(ROLE, ROLE_KEYS).env_var("AWS_PROFILE", "dev");
    let assumed = system.clone().http_answer(ASSUME, session()).http_answer(STS, identity(DEV));
    assert_eq!(who(&assumed), ("dev".to_owned(), DEV.to_owned()));
    let denied = system.http_answer(ASSUME, refusal("AccessDenied", "not authorized to perform: sts:AssumeRole"));
    let error = asked(&denied, "https-helper").rejected.unwrap();
    assert_eq!((error.kind.0.as_str(), error.action.0.as_str()), ("denied", "sts:AssumeRole"));
}

#[test]
fn a_cached_session_of_a_role_is_used_while_it_holds() {
    let config = "[profile dev]\nrole_arn = r\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/a\n";
    let session = format!(
        r#"{{"Credentials": {{"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "{SECRET}",
            "SessionToken": "{TOKEN}", "Expiration": "2027-01-16T00:00:00Z"}}}}"#
    );
    // json.dumps({"RoleArn": "r", "SerialNumber": "arn:aws:iam::1:mfa/a"}, sort_keys=True)
    let path = cache_file("cli", r#"{"RoleArn": "r", "SerialNumber": "arn:aws:iam::1:mfa/a"}"#);
    let system = with_files(config, ROLE_KEYS)
        .env_var("AWS_PROFILE", "dev")
        .file(&path, session)
        .http_answer(STS, identity(DEV));
    assert_eq!(who(&system.clone().at(1_800_000_000)).1, DEV);
    let late = reason(&system.at(1_900_000_000));
    assert_eq!(late, "the role of the profile `dev` takes an MFA code, which nobody is asked for");
}

#[test]
fn a_token_of_identity_center_is_exchanged_while_it_holds() {
    let config = "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev Ops\n\
                  [sso-session corp]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n";
    let token = format!(r#"{{"accessToken": "{TOKEN}", "expiresAt": "2027-01-16T00:00:00Z"}}"#);
    let portal = "GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials\
                  ?role_name=Dev%20Ops&account_id=123456789012 ";
    let keys = format!(
        r#"{{"roleCredentials": {{"accessKeyId": "ASIAIOSFODNN7EXAMPLE", "secretAccessKey": "{SECRET}",
            "sessionToken": "{TOKEN}", "expiration": 1800057600000}}}}"#
    );
    let system = with_files(config, "").env_var("AWS_PROFILE", "dev");
    assert_eq!(reason(&system), "nobody is signed in to IAM Identity Center for the profile `dev`");
    let system = system.file(&cache_file("sso", "corp"), token);
    let given = system.clone().http_answer(portal, answer(200, &keys)).http_answer(STS, identity(DEV));
    assert_eq!(who(&given).1, DEV);
    assert_eq!(
        reason(&given.at(1_900_000_000)),
        "the sign-in to IAM Identity Center has expired for the profile `dev`"
    );
    let body = r#"{"message": "Session token not found or invalid"}"#;
    let headers = vec![("x-amzn-errortype".to_owned(), "UnauthorizedException".to_owned())];
    let refused = HttpResponse { status: 401, headers, body: body.into(), broken_off: None };
    let error = asked(&system.clone().http_answer(portal, Ok(refused)), "https-helper").rejected.unwrap();
    assert_eq!((error.kind.0.as_str(), error.action.0.as_str()), ("expired", "sso:GetRoleCredentials"));
    // A region out of a file is no way to send the token elsewhere.
    let hostile = config.replace("eu-west-1", "x@evil.example/?");
    let token = format!(r#"{{"accessToken": "{TOKEN}", "expiresAt": "2027-01-16T00:00:00Z"}}"#);
    let system = with_files(&hostile, "").env_var("AWS_PROFILE", "dev").file(&cache_file("sso", "corp"), token);
    assert_eq!(reason(&system), "the name of the region is none");
}

#[test]
fn who_needs_no_aws_credentials_is_not_told_that_there_are_none() {
    for (transport, needs) in [("ssh", false), ("https-gitcred", false), ("https-helper", true), ("grc", true)] {
        let answers = asked_as(&with_files("", ""), None, target(transport));
        assert_eq!(matches!(answers, Fact::Unavailable(_)), needs, "{transport}: {answers:?}");
    }
    let named = asked_as(&with_files("", ""), Some("gone"), target("ssh"));
    assert_eq!(named, Fact::Unavailable("the profile `gone` does not exist".into()));
}

#[test]
fn what_is_not_asked_a_second_time_says_so() {
    let profile = |body: &str| with_files(&format!("[default]\n{body}\n"), "");
    for (system, wanted) in [
        (with_files("", ""), "no AWS credentials are configured"),
        (profile("credential_process = /bin/x --password hunter2"), "the program that gives the AWS credentials"),
        (profile("role_arn = r\nweb_identity_token_file = /x"), "the AWS credentials are exchanged for a web identity"),
        (profile("role_arn = r\ncredential_source = Environment"), "the role of the profile `default` starts from"),
        (profile("role_arn = r\nsource_profile = default"), "source_profile of the profile `default` leads back"),
        (profile("role_arn = r\nsource_profile = gone"), "the profile `gone` does not exist"),
        (profile("role_arn = r"), "the role of the profile `default` has no source_profile"),
        (profile("login_session = arn:aws:iam::1:user/a"), "the AWS credentials come from `aws login`"),
        (profile("aws_access_key_id = AKIAIOSFODNN7EXAMPLE"), "the profile `default` has one half of an access key"),
        (machine().env_var("AWS_PROFILE", "gone"), "the profile `gone` does not exist"),
        (with_files("[default\n", ""), "/home/dev/.aws/config cannot be parsed (line 1)"),
        (
            with_files("", "").env_var("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x"),
            "the AWS credentials come from the container",
        ),
        (
            with_files("", "").file("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n"),
            "the AWS credentials come from the EC2 instance",
        ),
    ] {
        let found = reason(&system);
        assert!(found.starts_with(wanted), "{found}");
    }
}

#[test]
fn a_damaged_key_is_not_sent() {
    let system = with_files("", &format!("[default]\naws_access_key_id = AKIA X\naws_secret_access_key = {SECRET}\n"));
    let Fact::Unavailable(found) = asked(&system, "https-helper").identity else { panic!("an identity") };
    assert!(found.starts_with("the request could not be signed: the access key ID"), "{found}");
}

#[test]
fn configured_endpoints_are_asked_in_botocores_order() {
    let config = "[default]\nservices = local\nendpoint_url = http://profile.example\n\
                  [services local]\nsts =\n  endpoint_url = http://section.example:1\niam =\n  endpoint_url = x\n";
    let keys = format!("[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n");
    let system = |config: &str| with_files(config, &keys);
    let at = |url: &str| format!("POST {url}/ Action=GetCallerIdentity");
    let own = system(config).http_answer(&at("http://section.example:1"), alice());
    assert_eq!(who(&own).1, "arn:aws:iam::123456789012:user/alice");
    let profile = system("[default]\nendpoint_url = http://profile.example\n");
    who(&profile.clone().http_answer(&at("http://profile.example"), alice()));
    let all = own.env_var("AWS_ENDPOINT_URL", "https://all.example/base/");
    who(&all.clone().http_answer(&at("https://all.example/base"), alice()));
    let one = all.env_var("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:5555");
    who(&one.clone().http_answer(&at("http://127.0.0.1:5555"), alice()));
    let ignored = one.env_var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    who(&ignored.http_answer(STS, alice()));
    let login = profile.env_var("AWS_ENDPOINT_URL", "https://me:hunter2@x.example");
    let wanted = "the configured endpoint of sts holds a login or a query";
    assert_eq!(asked(&login, "https-helper").identity, Fact::Unavailable(wanted.into()));
}

#[test]
fn other_partitions_have_their_own_endpoints() {
    for (region, sts) in [
        ("cn-northwest-1", "sts.cn-northwest-1.amazonaws.com.cn"),
        ("us-gov-east-1", "sts.us-gov-east-1.amazonaws.com"),
    ] {
        let call = format!("POST https://{sts}/ Action=GetCallerIdentity");
        let system = machine().http_answer(&call, alice());
        let answers = asked_as(&system, None, Target { region: Some(region.into()), ..target("https-helper") });
        assert!(answers.known().unwrap().identity.known().is_some(), "{region}");
    }
    // What is misspelt is asked about where the partition is at home; the repository is nowhere then.
    let system = machine().http_answer(STS, alice());
    let answers = asked_as(&system, None, Target { region: Some("us-east-10".into()), ..target("https-helper") });
    let answers = answers.known().unwrap();
    assert!(answers.identity.known().is_some());
    assert_eq!(answers.repository, Fact::Unavailable("the region of the repository is not known".into()));
}

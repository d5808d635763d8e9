//! The access key that calls are signed with: read by us, without running a program, renewing a token or asking anybody.

use super::call::{Api, CallError, LIMIT, Question, encode};
use super::endpoint::Service;
use super::reply;
use crate::collect::aws::secret::{self, AccessKey};
use crate::fact::Fact;
use crate::fact::access::ApiError;
use crate::fact::aws::{Profile, TargetAws};
use crate::system::net::Secret;

/// Why there is no key to sign with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoKey {
    /// It is not to be had here; the text says why.
    Unavailable(String),
    /// AWS refused to give the credentials of a role.
    Rejected(ApiError),
}

impl From<CallError> for NoKey {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(error) => Self::Rejected(error),
            CallError::Unreachable(reason) => Self::Unavailable(reason),
        }
    }
}

fn unavailable<T>(reason: impl Into<String>) -> Result<T, NoKey> {
    Err(NoKey::Unavailable(reason.into()))
}

/// Finds the key that the client would use. `region`: where STS is asked for the session of a role.
pub(super) fn find(api: &Api<'_>, used: &TargetAws, region: &str) -> Result<AccessKey, NoKey> {
    let from = match &used.credentials_from {
        Fact::Known(from) => from.0.as_str(),
        Fact::Absent => "none",
        Fact::Unavailable(reason) => return unavailable(reason.clone()),
    };
    if used.profile_exists == Fact::Known(false) && used.profile.origin.0 != "default" {
        return unavailable(format!("the profile `{}` does not exist", api.profile));
    }
    match from {
        "environment" => match secret::of_environment(api.system) {
            Some(key) => Ok(key),
            None => unavailable("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"),
        },
        "static" | "role" | "sso" if used.details.known().is_some() => of_profile(api, &api.profile, region),
        "static" => unavailable("the access key stands in a file of the old boto library, which is not read for this"),
        other => unavailable(not_asked(other)),
    }
}

/// Why a source of credentials is not asked.
fn not_asked(from: &str) -> &'static str {
    match from {
        "process" => "the program that gives the AWS credentials is not run a second time",
        "web-identity" => "the AWS credentials are exchanged for a web identity token, which is not done a second time",
        "container" => "the AWS credentials come from the container, which is not asked a second time",
        "instance" => "the AWS credentials come from the EC2 instance, which is not asked a second time",
        "login" => "the AWS credentials come from `aws login`, whose token is not used here",
        _ => "no AWS credentials are configured",
    }
}

/// The key of one profile. A chain of roles ends, because those that lead back are refused.
fn of_profile(api: &Api<'_>, name: &str, region: &str) -> Result<AccessKey, NoKey> {
    let Some(profile) = api.aws.profile(name) else {
        return unavailable(format!("the profile `{name}` does not exist"));
    };
    if let Some(key) = api.aws.cached_session(api.system, profile) {
        return Ok(key);
    }
    match profile.kind.0.as_str() {
        "static" => of_files(api, name),
        "role" => of_role(api, profile, region),
        "sso" => of_sso(api, name),
        "instance" => unavailable(format!(
            "the role of the profile `{name}` starts from credential_source, which is not asked a second time"
        )),
        other => unavailable(not_asked(other)),
    }
}

fn of_files(api: &Api<'_>, name: &str) -> Result<AccessKey, NoKey> {
    match api.aws.access_key(name) {
        Some(key) => Ok(key),
        None => unavailable(format!("the profile `{name}` has one half of an access key only")),
    }
}

/// A new session of a role (`AssumeRoleProvider` of botocore): the keys of the source profile come before its role.
fn of_role(api: &Api<'_>, profile: &Profile, region: &str) -> Result<AccessKey, NoKey> {
    let name = &profile.name;
    if profile.mfa_serial.is_some() {
        return unavailable(format!("the role of the profile `{name}` takes an MFA code, which nobody is asked for"));
    }
    if profile.source_profile_loops {
        return unavailable(format!("source_profile of the profile `{name}` leads back to itself"));
    }
    let Some(source) = api.aws.setting(name, "source_profile") else {
        return unavailable(format!("the role of the profile `{name}` has no source_profile"));
    };
    let key = match api.aws.access_key(source) {
        Some(key) => key,
        None => of_profile(api, source, region)?,
    };
    assume(api, name, &key, region)
}

fn assume(api: &Api<'_>, name: &str, key: &AccessKey, region: &str) -> Result<AccessKey, NoKey> {
    let setting = |key: &str| api.aws.setting(name, key);
    let session = setting("role_session_name").map_or_else(|| format!("cc-doctor-{}", api.system.now()), str::to_owned);
    let mut parameters =
        vec![("RoleArn", setting("role_arn").unwrap_or_default()), ("RoleSessionName", session.as_str())];
    parameters.extend(setting("external_id").map(|id| ("ExternalId", id)));
    let duration = setting("duration_seconds").filter(|seconds| seconds.parse::<u32>().is_ok());
    parameters.extend(duration.map(|seconds| ("DurationSeconds", seconds)));
    let question = Question { service: Service::Sts, action: "AssumeRole", region, parameters: &parameters };
    let answer = api.call(key, &question)?;
    let text = |name| reply::text(&answer, name);
    match (text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken")) {
        (Some(id), Some(secret), Some(token)) => Ok(AccessKey::new(&id, &secret, Some(&token))),
        _ => Err(api.foreign(Service::Sts, region).into()),
    }
}

/// The answer of GetRoleCredentials.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleAnswer {
    role_credentials: RoleKey,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleKey {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
}

/// The credentials of a role for the token of IAM Identity Center, while that holds.
fn of_sso(api: &Api<'_>, name: &str) -> Result<AccessKey, NoKey> {
    let settings = ["sso_region", "sso_account_id", "sso_role_name"].map(|key| api.aws.sso_setting(name, key));
    let [Some(region), Some(account), Some(role)] = settings else {
        return unavailable(format!("the profile `{name}` lacks settings of IAM Identity Center"));
    };
    let Some(token) = api.aws.sso_token(api.system, name) else {
        let cached = api.aws.profile(name).and_then(|profile| profile.token_cached) == Some(true);
        let state = if cached {
            "the sign-in to IAM Identity Center has expired"
        } else {
            "nobody is signed in to IAM Identity Center"
        };
        return unavailable(format!("{state} for the profile `{name}`"));
    };
    // It becomes a header.
    if !token.reveal().bytes().all(|byte| byte.is_ascii_graphic()) {
        return unavailable("the cached token of IAM Identity Center is damaged");
    }
    let endpoint = api.endpoint(Service::Sso, region)?;
    let query = format!("role_name={}&account_id={}", encode(role), encode(account));
    let url = format!("{}/federation/credentials?{query}", endpoint.url);
    let headers = vec![("x-amz-sso_bearer_token".to_owned(), Secret::new(token.reveal()))];
    let request = ("GET", url, headers, Vec::new());
    let hidden = AccessKey { id: Secret::default(), secret: token, token: None };
    let answer = api.send(LIMIT, &endpoint, request, Some(&hidden), "sso:GetRoleCredentials")?;
    match serde_json::from_str::<RoleAnswer>(&answer) {
        Ok(RoleAnswer { role_credentials: key }) => {
            Ok(AccessKey::new(&key.access_key_id, &key.secret_access_key, Some(&key.session_token)))
        }
        Err(_) => Err(api.foreign(Service::Sso, region).into()),
    }
}

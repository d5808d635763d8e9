//! The secrets of the AWS configuration, read once more when a request is to be signed with them, and dropped then.
//!
//! They leave this module as [`Secret`]s only, which show themselves to nobody; facts never hold them.

use super::cache;
use super::keys::Keys;
use super::profile::Reader;
use super::sections::Found;
use super::{AwsState, variable};
use crate::fact::aws::Profile;
use crate::system::System;
use crate::system::net::Secret;

/// An access key. Its ID is hidden too: people paste the secret into its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Access key ID.
    pub id: Secret,
    /// Secret access key.
    pub secret: Secret,
    /// The session token that goes with temporary keys.
    pub token: Option<Secret>,
}

impl AccessKey {
    /// A key of texts.
    pub fn new(id: &str, secret: &str, token: Option<&str>) -> Self {
        Self { id: Secret::new(id), secret: Secret::new(secret), token: token.map(Secret::new) }
    }
}

/// The key of the environment (`EnvProvider` of botocore); `None`: half of it is missing.
pub fn of_environment(system: &dyn System) -> Option<AccessKey> {
    let set = |name| variable(system, name).filter(|value| !value.is_empty());
    let token = set("AWS_SECURITY_TOKEN").or_else(|| set("AWS_SESSION_TOKEN"));
    Some(AccessKey::new(&set("AWS_ACCESS_KEY_ID")?, &set("AWS_SECRET_ACCESS_KEY")?, token.as_deref()))
}

impl AwsState {
    /// The profile of that name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.fact.profiles.iter().find(|profile| profile.name.0 == name)
    }

    /// The static key of a profile; `None`: half of it is missing.
    pub fn access_key(&self, profile: &str) -> Option<AccessKey> {
        let keys = Keys::of_profile(&self.files, profile);
        Some(AccessKey::new(keys.id?, keys.secret?, keys.token.map(|token| token.value())))
    }

    /// A setting of a profile that is no secret.
    pub fn setting(&self, profile: &str, key: &str) -> Option<&str> {
        self.files.key(profile, key).map(|found| found.value())
    }

    /// The same, or else that of its `[sso-session]`.
    pub fn sso_setting(&self, profile: &str, key: &str) -> Option<&str> {
        let of_session = || self.files.sso_session_key(self.setting(profile, "sso_session")?, key);
        self.setting(profile, key).or_else(|| of_session().map(|found: Found<'_>| found.value()))
    }

    /// A setting of one service in the `[services NAME]` section that a profile names (`ConfiguredEndpointProvider` of
    /// botocore): an indented `key = value` below `service =`.
    pub fn service_setting(&self, profile: &str, service: &str, key: &str) -> Option<&str> {
        let block = self.files.service(self.setting(profile, "services")?, service)?;
        let pairs = block.lines().filter_map(|line| line.split_once('='));
        pairs.map(|(own, value)| (own.trim(), value.trim())).find(|(own, _)| *own == key).map(|(_, value)| value)
    }

    /// The session that the AWS CLI has cached for a role or an SSO profile and that still holds.
    pub fn cached_session(&self, system: &dyn System, profile: &Profile) -> Option<AccessKey> {
        let reader = Reader { system, files: &self.files, name: &profile.name };
        let (expires_at, key) = cache::cli_session(system, &reader.cached(profile)?)?;
        (expires_at > system.now()).then_some(key)
    }

    /// The cached SSO token of a profile, if it still holds.
    pub fn sso_token(&self, system: &dyn System, profile: &str) -> Option<Secret> {
        let name = self.setting(profile, "sso_session").or_else(|| self.setting(profile, "sso_start_url"))?;
        let (expires_at, token) = cache::sso_secret(system, name)?;
        (expires_at > system.now()).then_some(token)
    }
}

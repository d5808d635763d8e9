//! The AWS configuration: files, profiles, the environment, and the credentials that win for one target.
//!
//! Everything here follows botocore (`configloader.py`, `configprovider.py`, `credentials.py`, `session.py`), which the
//! AWS CLI carries with it and git-remote-codecommit uses. Secrets are measured and dropped.

use crate::collect::{Context, mask};
use crate::fact::aws::{Aws, AwsFile, Profile};
use crate::fact::{Fact, FilePath, LostSetting, Setting, Source, Text};
use crate::system::System;

mod cache;
mod chain;
pub(crate) mod file;
pub(crate) mod ini;
mod keys;
mod profile;
pub mod secret;
pub(crate) mod sections;
mod target;
#[cfg(test)]
mod tests;
mod time;

pub use target::{for_target, handed_over};

use sections::Files;

/// The variable that names the token of a web identity.
const WEB_IDENTITY: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// The facts about the AWS configuration with the files that they come from.
#[derive(Debug, Clone, Default)]
pub struct AwsState {
    /// The facts.
    pub fact: Aws,
    files: Files,
}

/// Who will use the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// AWS CLI version 1: `AWS_DEFAULT_PROFILE` before `AWS_PROFILE`, `AWS_REGION` ignored.
    AwsCli1,
    /// AWS CLI version 2: `AWS_PROFILE` before `AWS_DEFAULT_PROFILE`, `AWS_REGION` before `AWS_DEFAULT_REGION`.
    AwsCli2,
    /// botocore in git-remote-codecommit: as version 1.
    Botocore,
}

impl Client {
    /// Its name in the facts.
    fn name(self) -> &'static str {
        match self {
            Self::AwsCli1 => "aws-cli-1",
            Self::AwsCli2 => "aws-cli-2",
            Self::Botocore => "botocore",
        }
    }

    /// The variables that name a profile, the first one set wins, even when it is empty
    /// (`BOTOCORE_DEFAUT_SESSION_VARIABLES`; version 2 reverses them).
    fn profile_variables(self) -> [&'static str; 2] {
        match self {
            Self::AwsCli2 => ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
            Self::AwsCli1 | Self::Botocore => ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"],
        }
    }

    /// The variables that name a region and count, first one first.
    fn region_variables(self) -> &'static [&'static str] {
        match self {
            Self::AwsCli2 => &["AWS_REGION", "AWS_DEFAULT_REGION"],
            Self::AwsCli1 | Self::Botocore => &["AWS_DEFAULT_REGION"],
        }
    }
}

/// Reads both files and the environment.
pub fn collect(context: &Context<'_>) -> AwsState {
    let system = context.system;
    let files = Files::new(
        file::load(system, "AWS_CONFIG_FILE", "~/.aws/config"),
        file::load(system, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    );
    let profiles = if files.obstacle().is_some() { Vec::new() } else { profiles(system, &files) };
    let names: Vec<_> = profiles.iter().map(|profile| profile.name.0.as_str()).collect();
    let closed = |file: &AwsFile| matches!(file.exists, Fact::Unavailable(_));
    let web_identity = variable(system, WEB_IDENTITY).filter(|value| !value.is_empty());
    let web_identity = web_identity.map(|value| file::absolute(system, value.into()));
    let fact = Aws {
        directory_closed: closed(&files.config.fact) || closed(&files.credentials.fact),
        web_identity_file_ok: web_identity.as_deref().map(|path| system.is_readable(path)),
        web_identity_file: web_identity.map(|path| FilePath(path.to_string_lossy().into_owned())),
        config: files.config.fact.clone(),
        credentials: files.credentials.fact.clone(),
        profile_count: i64::try_from(profiles.len()).unwrap_or(i64::MAX),
        profile_names: Text(names.join(", ")),
        misnamed_sections: files.misnamed(),
        environment_keys: environment_keys(system).into(),
        environment_profile: environment_profile(context, Client::AwsCli2),
        profiles,
    };
    AwsState { fact, files }
}

/// All profiles, `default` first, then by name.
fn profiles(system: &dyn System, files: &Files) -> Vec<Profile> {
    let mut names: Vec<_> = files.profiles.keys().map(String::as_str).collect();
    names.sort_by_key(|name| (*name != "default", *name));
    names.into_iter().map(|name| profile::Reader { system, files, name }.profile()).collect()
}

/// `EnvProvider` of botocore answers as soon as there is a key ID, and then fails without a secret; a secret without
/// a key ID is never looked at.
fn environment_keys(system: &dyn System) -> &'static str {
    let set = |name| variable(system, name).is_some_and(|value| !value.is_empty());
    match (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY")) {
        (true, true) => "complete",
        (true, false) => "partial",
        (false, _) => "none",
    }
}

/// The profile that a client uses when its command line names none.
fn environment_profile(context: &Context<'_>, client: Client) -> Setting {
    let mut setting = Setting { origin: "default".into(), value: Some("default".into()), ..Setting::default() };
    let mut decided = false;
    for name in client.profile_variables() {
        let Some(value) = variable(context.system, name) else { continue };
        let source = variable_source(context.system, name);
        if decided {
            setting.lost.push(LostSetting { value: value.into(), source });
        } else {
            setting =
                Setting { value: Some(value.into()), origin: name.into(), source: Some(source), lost: Vec::new() };
            decided = true;
        }
    }
    match context.profile {
        Some(option) if !decided => Setting {
            value: Some(option.into()),
            origin: "option".into(),
            source: Some(Source::command(format!("cc-doctor --profile {option}"), "")),
            lost: Vec::new(),
        },
        _ => setting,
    }
}

/// An environment variable as text.
fn variable(system: &dyn System, name: &str) -> Option<String> {
    system.env(name).map(|value| value.to_string_lossy().into_owned())
}

/// An environment variable as a source, secrets masked.
fn variable_source(system: &dyn System, name: &str) -> Source {
    let value = variable(system, name).unwrap_or_default();
    Source::variable(name, mask::excerpt(&format!("{name}={value}")))
}

//! The order in which botocore looks for credentials (`create_credential_resolver`).

use std::path::Path;

use super::file;
use super::ini::Ini;
use super::keys;
use super::{time, variable, variable_source};
use crate::fact::aws::Profile;
use crate::fact::{Login, Source};
use crate::system::{Platform, System};

/// The credentials that are found first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Winner {
    /// One of the words of `TargetAws::credentials_from`.
    pub(super) from: &'static str,
    /// What says so.
    pub(super) source: Option<Source>,
    /// Kind of the access key ID.
    pub(super) key_id_kind: Option<&'static str>,
    /// The access key ID.
    pub(super) access_key_id: Option<Login>,
    /// Whether a session token goes with them.
    pub(super) has_session_token: bool,
    /// When they expire.
    pub(super) expires_at: Option<i64>,
}

/// Looks for credentials. `explicit`: the profile was named on the command line or in the URL, which makes botocore
/// skip the variables that hold credentials.
pub(super) fn winner(system: &dyn System, profile: Option<&Profile>, explicit: bool) -> Winner {
    let environment = |find: fn(&dyn System) -> Option<Winner>| if explicit { None } else { find(system) };
    let kind = profile.map_or("none", |profile| profile.kind.0.as_str());
    let of_profile = || profile.and_then(from_profile);
    environment(environment_keys)
        .or_else(|| matches!(kind, "role" | "instance").then(of_profile).flatten())
        .or_else(|| environment(web_identity_variables))
        .or_else(of_profile)
        .or_else(|| boto_file(system))
        .or_else(|| container(system))
        .or_else(|| instance(system))
        .unwrap_or(Winner { from: "none", ..Winner::default() })
}

fn set(system: &dyn System, name: &str) -> Option<String> {
    variable(system, name).filter(|value| !value.is_empty())
}

fn environment_keys(system: &dyn System) -> Option<Winner> {
    let id = set(system, "AWS_ACCESS_KEY_ID")?;
    Some(Winner {
        from: "environment",
        source: Some(variable_source(system, "AWS_ACCESS_KEY_ID")),
        key_id_kind: Some(keys::kind(&id)),
        access_key_id: Some(keys::shown_id(&id)),
        has_session_token: ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"].iter().any(|name| set(system, name).is_some()),
        expires_at: set(system, "AWS_CREDENTIAL_EXPIRATION").and_then(|text| time::parse(&text)),
    })
}

fn web_identity_variables(system: &dyn System) -> Option<Winner> {
    set(system, "AWS_WEB_IDENTITY_TOKEN_FILE")?;
    let source = Some(variable_source(system, "AWS_WEB_IDENTITY_TOKEN_FILE"));
    Some(Winner { from: "web-identity", source, ..Winner::default() })
}

fn from_profile(profile: &Profile) -> Option<Winner> {
    let from = match profile.kind.0.as_str() {
        // `credential_source` names where a role gets its first credentials; those used are the role's.
        "role" | "instance" => "role",
        "web-identity" => "web-identity",
        "sso" => "sso",
        "login" => "login",
        "process" => "process",
        "static" => "static",
        _ => return None,
    };
    let mut winner =
        Winner { from, source: Some(profile.kind_source.clone()), expires_at: profile.expires_at, ..Winner::default() };
    if from == "static" {
        winner.key_id_kind = profile.key_id_kind.as_ref().map(|kind| match kind.0.as_str() {
            "long-term" => "long-term",
            "temporary" => "temporary",
            _ => "malformed",
        });
        winner.access_key_id.clone_from(&profile.access_key_id);
        winner.has_session_token = profile.has_session_token;
    }
    Some(winner)
}

/// The files of the old boto library, which botocore still reads (`BotoProvider`).
fn boto_file(system: &dyn System) -> Option<Winner> {
    let named = variable(system, "BOTO_CONFIG");
    let paths = named.map_or_else(|| vec!["/etc/boto.cfg".to_owned(), "~/.boto".to_owned()], |path| vec![path]);
    paths.iter().find_map(|path| {
        let path = file::expand(system, path);
        let ini = Ini::parse(&system.read(&path, 1024 * 1024).ok()?);
        let section = ini.section("Credentials").filter(|_| ini.error.is_none())?;
        let id = ini.entry(section, keys::ID)?;
        let shown = path.to_string_lossy();
        Some(Winner {
            from: "static",
            source: Some(Source::line(shown, id.line, format!("{} = {}", keys::ID, keys::shown_id(&id.value)))),
            key_id_kind: Some(keys::kind(&id.value)),
            access_key_id: Some(keys::shown_id(&id.value)),
            ..Winner::default()
        })
    })
}

fn container(system: &dyn System) -> Option<Winner> {
    let names = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    let name = names.into_iter().find(|name| variable(system, name).is_some())?;
    Some(Winner { from: "container", source: Some(variable_source(system, name)), ..Winner::default() })
}

/// The instance's role is asked for over the network, which tells nothing offline; so it counts only on machines that
/// are EC2 instances by their own firmware.
fn instance(system: &dyn System) -> Option<Winner> {
    if variable(system, "AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    let source = match system.platform() {
        Platform::Windows => {
            let agents = [r"C:\ProgramData\Amazon\EC2Launch", r"C:\ProgramData\Amazon\EC2-Windows"];
            agents.into_iter().find(|path| system.metadata(Path::new(path)).is_ok()).map(Source::file)
        }
        Platform::Linux => {
            let files = [
                ("/sys/class/dmi/id/sys_vendor", "amazon ec2"),
                ("/sys/class/dmi/id/board_vendor", "amazon ec2"),
                ("/sys/hypervisor/uuid", "ec2"),
            ];
            files.into_iter().find_map(|(path, wanted)| {
                let text = system.read(Path::new(path), 4096).ok()?;
                let text = String::from_utf8_lossy(&text).trim().to_lowercase();
                text.starts_with(wanted).then(|| Source::file(path))
            })
        }
        Platform::MacOs | Platform::OtherUnix => None,
    };
    source.map(|source| Winner { from: "instance", source: Some(source), ..Winner::default() })
}

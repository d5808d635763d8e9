//! Which sections are profiles, as `botocore.configloader.build_profile_map` and `Session.full_config` decide.

use std::collections::BTreeMap;

use super::file::Loaded;
use super::ini::{Entry, Section};
use crate::fact::aws::MisnamedSection;

/// The sections of one profile, as indices into the two files.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sections {
    /// In the configuration file.
    pub(crate) config: Option<usize>,
    /// In the credentials file.
    pub(crate) credentials: Option<usize>,
}

/// Both files with their profiles.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files {
    /// The configuration file.
    pub(crate) config: Loaded,
    /// The credentials file.
    pub(crate) credentials: Loaded,
    /// All profiles by name.
    pub(crate) profiles: BTreeMap<String, Sections>,
    /// `[sso-session NAME]` sections of the configuration file.
    sso_sessions: BTreeMap<String, usize>,
}

/// A key's value with the file that it stands in.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    /// The file.
    pub(crate) file: &'a Loaded,
    /// The entry.
    pub(crate) entry: &'a Entry,
}

impl<'a> Found<'a> {
    /// The value.
    pub(crate) fn value(&self) -> &'a str {
        &self.entry.value
    }

    /// The line.
    pub(crate) fn source(&self) -> crate::fact::Source {
        self.file.source(self.entry.line)
    }
}

impl Files {
    /// Sorts the sections of both files.
    pub(crate) fn new(config: Loaded, credentials: Loaded) -> Self {
        let mut files = Self { config, credentials, ..Self::default() };
        for (index, section) in files.config.ini.sections.iter().enumerate() {
            match role(&section.name) {
                Role::Profile(name) => files.profiles.entry(name).or_default().config = Some(index),
                Role::SsoSession(name) => {
                    files.sso_sessions.insert(name, index);
                }
                Role::Other => {}
            }
        }
        for (index, section) in files.credentials.ini.sections.iter().enumerate() {
            files.profiles.entry(section.name.clone()).or_default().credentials = Some(index);
        }
        files
    }

    /// Why the profiles are not known: one of the files is refused (botocore then refuses to work) or unreadable to us.
    pub(crate) fn obstacle(&self) -> Option<String> {
        self.config.obstacle().or_else(|| self.credentials.obstacle())
    }

    /// The profile's section in the configuration file.
    pub(crate) fn in_config(&self, name: &str) -> Option<&Section> {
        self.config.ini.sections.get(self.profiles.get(name)?.config?)
    }

    /// The profile's section in the credentials file.
    pub(crate) fn in_credentials(&self, name: &str) -> Option<&Section> {
        self.credentials.ini.sections.get(self.profiles.get(name)?.credentials?)
    }

    /// A key of the configuration file only.
    pub(crate) fn config_key(&self, profile: &str, key: &str) -> Option<Found<'_>> {
        let entry = self.config.ini.entry(self.in_config(profile)?, key)?;
        (!entry.nested()).then_some(Found { file: &self.config, entry })
    }

    /// A key of the credentials file only.
    pub(crate) fn credentials_key(&self, profile: &str, key: &str) -> Option<Found<'_>> {
        let entry = self.credentials.ini.entry(self.in_credentials(profile)?, key)?;
        (!entry.nested()).then_some(Found { file: &self.credentials, entry })
    }

    /// A key of a profile; the credentials file wins.
    pub(crate) fn key(&self, profile: &str, key: &str) -> Option<Found<'_>> {
        self.credentials_key(profile, key).or_else(|| self.config_key(profile, key))
    }

    /// A key of an `[sso-session]` section; `None` when section or key is missing.
    pub(crate) fn sso_session_key(&self, session: &str, key: &str) -> Option<Found<'_>> {
        let section = self.config.ini.sections.get(*self.sso_sessions.get(session)?)?;
        self.config.ini.entry(section, key).map(|entry| Found { file: &self.config, entry })
    }

    /// Whether an `[sso-session]` section exists.
    pub(crate) fn has_sso_session(&self, session: &str) -> bool {
        self.sso_sessions.contains_key(session)
    }

    /// The indented block of one service in a `[services NAME]` section, as it stands in the file.
    pub(super) fn service(&self, name: &str, service: &str) -> Option<&str> {
        let of_name = |heading: &str| {
            heading.starts_with("services")
                && shlex::split(heading).is_some_and(|parts| matches!(parts.as_slice(), [_, own] if own == name))
        };
        let section = self.config.ini.sections.iter().find(|section| of_name(&section.name))?;
        self.config.ini.entry(section, service).filter(|entry| entry.nested()).map(|entry| entry.value.as_str())
    }

    /// Sections that were probably meant as profiles and are none.
    pub(crate) fn misnamed(&self) -> Vec<MisnamedSection> {
        let config = self.config.ini.sections.iter().filter_map(|section| {
            let meant = meant_in_config(&section.name)?;
            let exists = self.in_config(&meant).is_some();
            (!exists && has_profile_keys(section)).then(|| misnamed(&self.config, section, heading(&meant), meant))
        });
        let credentials = self.credentials.ini.sections.iter().filter_map(|section| {
            let meant = meant_in_credentials(&section.name)?;
            let exists = self.in_credentials(&meant).is_some();
            (!exists && has_profile_keys(section)).then(|| misnamed(&self.credentials, section, meant.clone(), meant))
        });
        config.chain(credentials).collect()
    }
}

fn misnamed(file: &Loaded, section: &Section, corrected: String, meant: String) -> MisnamedSection {
    MisnamedSection {
        heading: section.name.clone().into(),
        meant: meant.into(),
        corrected: corrected.into(),
        source: file.source(section.line),
    }
}

/// What botocore takes a heading of the configuration file for.
enum Role {
    Profile(String),
    SsoSession(String),
    Other,
}

fn role(heading: &str) -> Role {
    if heading == "default" {
        return Role::Profile(heading.to_owned());
    }
    let second = || shlex::split(heading).filter(|parts| parts.len() == 2).and_then(|mut parts| parts.pop());
    if heading.starts_with("profile") {
        second().map_or(Role::Other, Role::Profile)
    } else if heading.starts_with("sso-session") {
        second().map_or(Role::Other, Role::SsoSession)
    } else {
        Role::Other
    }
}

/// The profile that a heading of the configuration file that is none probably means.
fn meant_in_config(heading: &str) -> Option<String> {
    let known = ["default", "plugins", "preview", "toolkit"].contains(&heading)
        || heading.starts_with("sso-session")
        || heading.starts_with("services");
    if known || matches!(role(heading), Role::Profile(_)) {
        return None;
    }
    let trimmed = heading.trim();
    let name = unquoted(without_word(trimmed, "profile").unwrap_or(trimmed));
    let name = if name.eq_ignore_ascii_case("default") { "default" } else { name };
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

/// The same for the credentials file, where every heading is a profile's name as it stands.
fn meant_in_credentials(heading: &str) -> Option<String> {
    let name = without_word(heading.trim(), "profile").unwrap_or(heading);
    let name = unquoted(name);
    Some(name.to_owned()).filter(|name| !name.is_empty() && name != heading)
}

/// The text behind a leading word, whatever its case.
fn without_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (first, rest) = (text.get(..word.len())?, text.get(word.len()..)?);
    let separated = rest.is_empty() || rest.starts_with(|c: char| !c.is_alphanumeric());
    (first.eq_ignore_ascii_case(word) && separated).then(|| rest.trim_start_matches([' ', '\t', ':', '-', '_', '/']))
}

fn unquoted(name: &str) -> &str {
    name.trim().trim_matches(['"', '\'']).trim()
}

/// The heading that makes a name a profile in the configuration file.
pub(crate) fn heading(name: &str) -> String {
    if name == "default" {
        return name.to_owned();
    }
    let plain = name.chars().all(|c| c.is_alphanumeric() || "_-.@+/=,:".contains(c));
    if plain { format!("profile {name}") } else { format!("profile \"{name}\"") }
}

/// Whether a section holds what profiles hold.
fn has_profile_keys(section: &Section) -> bool {
    const PREFIXES: [&str; 4] = ["aws_", "sso_", "credential_", "role_"];
    const KEYS: [&str; 7] =
        ["region", "output", "source_profile", "login_session", "mfa_serial", "ca_bundle", "web_identity_token_file"];
    section
        .entries
        .iter()
        .any(|entry| KEYS.contains(&entry.key.as_str()) || PREFIXES.iter().any(|prefix| entry.key.starts_with(prefix)))
}

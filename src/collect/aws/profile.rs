//! One profile: where it would get its credentials, and what is observed about them.

use std::path::{Path, PathBuf};

use super::cache::{self, Cached, Token};
use super::keys::{self, Keys};
use super::sections::{Files, Found};
use super::{file, time};
use crate::collect::mask;
use crate::fact::aws::Profile;
use crate::fact::{FilePath, Source, Text, Word};
use crate::system::{FileKind, Platform, System};

/// Keys in which tools of other makers note when static credentials expire.
const EXPIRY_KEYS: [&str; 5] =
    ["aws_expiration", "x_security_token_expires", "expiration", "aws_session_expiration", "aws_credential_expiration"];
/// Longest chain of `source_profile` that is followed.
const CHAIN_LIMIT: usize = 100;

/// Reads profiles out of the files.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The machine.
    pub(super) system: &'a dyn System,
    /// Both files.
    pub(super) files: &'a Files,
    /// The profile's name.
    pub(super) name: &'a str,
}

impl<'a> Reader<'a> {
    fn key(&self, key: &str) -> Option<Found<'a>> {
        self.files.key(self.name, key)
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.key(key).map(|found| found.value())
    }

    fn word(&self, key: &str) -> Option<Word> {
        self.value(key).map(Word::from)
    }

    fn text(&self, key: &str) -> Option<Text> {
        self.value(key).map(|value| Text(mask::mask(value)))
    }

    /// The profile with all that is observed about it.
    pub(super) fn profile(&self) -> Profile {
        let (kind, kind_source) = self.kind();
        let mut profile = Profile {
            name: self.name.into(),
            in_config: self.files.in_config(self.name).is_some(),
            in_credentials: self.files.in_credentials(self.name).is_some(),
            region: self.word("region"),
            region_source: self.key("region").map(|found| found.source()),
            kind: kind.into(),
            mfa_serial: self.text("mfa_serial"),
            login_session: self.text("login_session"),
            source: self.heading(),
            kind_source: kind_source.unwrap_or_else(|| self.heading()),
            ..Profile::default()
        };
        self.add_keys(&mut profile);
        self.add_role(&mut profile);
        self.add_process(&mut profile);
        self.add_sso(&mut profile);
        self.add_files(&mut profile);
        profile.expires_at = self.expires_at(&profile);
        profile
    }

    /// The heading: in the credentials file where it has keys, else in the configuration.
    fn heading(&self) -> Source {
        let config = self.files.in_config(self.name).map(|section| self.files.config.source(section.line));
        let credentials =
            self.files.in_credentials(self.name).map(|section| self.files.credentials.source(section.line));
        let has_keys = self.files.credentials_key(self.name, keys::ID).is_some()
            || self.files.credentials_key(self.name, keys::SECRET).is_some();
        let (first, second) = if has_keys { (credentials, config) } else { (config, credentials) };
        first.or(second).unwrap_or_default()
    }

    /// The provider that gives its credentials, in the order of `create_credential_resolver` and
    /// `ProfileProviderBuilder.providers` in `botocore/credentials.py`, with the line that decides it.
    fn kind(&self) -> (&'static str, Option<Source>) {
        let line = |found: Option<Found<'a>>| found.map(|found| found.source());
        if let Some(token_file) = self.key("web_identity_token_file") {
            return ("web-identity", Some(token_file.source()));
        }
        if let Some(role) = self.key("role_arn") {
            return match self.key("credential_source") {
                Some(source) if self.key("source_profile").is_none() => ("instance", Some(source.source())),
                _ => ("role", Some(role.source())),
            };
        }
        if self.key("sso_account_id").is_some() || self.key("sso_role_name").is_some() {
            return ("sso", line(self.key("sso_session").or_else(|| self.key("sso_start_url"))));
        }
        if let Some(id) = self.files.credentials_key(self.name, keys::ID) {
            return ("static", Some(id.source()));
        }
        for (key, kind) in [("login_session", "login"), ("credential_process", "process")] {
            if let Some(found) = self.key(key) {
                return (kind, Some(found.source()));
            }
        }
        // The credentials file was looked at before: whatever is here stands in the configuration file.
        line(self.files.config_key(self.name, keys::ID)).map_or(("none", None), |id| ("static", Some(id)))
    }

    fn add_keys(&self, profile: &mut Profile) {
        let keys = Keys::of_profile(self.files, self.name);
        profile.access_key_id = keys.id.map(keys::shown_id);
        profile.key_id_kind = keys.id.map(|id| keys::kind(id).into());
        profile.has_secret = keys.secret.is_some();
        profile.secret_length = keys.secret.map(|secret| i64::try_from(secret.chars().count()).unwrap_or(i64::MAX));
        profile.secret_malformed =
            keys.secret.is_some_and(keys::malformed_text) || keys.id.is_some_and(keys::malformed_text);
        profile.has_session_token = keys.token.is_some();
        profile.session_token_source = keys.token.map(|token| token.source());
        profile.partial = keys.id.is_some() != keys.secret.is_some();
    }

    fn add_role(&self, profile: &mut Profile) {
        profile.role_arn = self.text("role_arn");
        profile.role_account =
            self.value("role_arn").and_then(|arn| arn.split(':').nth(4)).filter(|a| !a.is_empty()).map(Into::into);
        profile.source_profile = self.word("source_profile");
        profile.source_profile_exists =
            self.value("source_profile").map(|source| self.files.profiles.contains_key(source));
        profile.source_profile_loops = self.source_profile_loops();
        profile.credential_source = self.word("credential_source");
    }

    /// Whether the role's chain comes back to itself (`_validate_source_profile`): a profile may name itself when it
    /// has static keys, and a profile with static keys ends the chain.
    fn source_profile_loops(&self) -> bool {
        let is_role = |name: &str| {
            self.files.key(name, "role_arn").is_some() && self.files.key(name, "web_identity_token_file").is_none()
        };
        let is_static =
            |name: &str| self.files.key(name, keys::ID).is_some() || self.files.key(name, keys::SECRET).is_some();
        let mut visited = vec![self.name];
        let mut current = self.name;
        while is_role(current) && visited.len() < CHAIN_LIMIT {
            let Some(source) = self.files.key(current, "source_profile").map(|found| found.value()) else {
                return false;
            };
            if visited.contains(&source) {
                return source != current || !is_static(source);
            }
            if is_static(source) {
                return false;
            }
            visited.push(source);
            current = source;
        }
        visited.len() >= CHAIN_LIMIT
    }

    fn add_process(&self, profile: &mut Profile) {
        let Some(command) = self.value("credential_process") else { return };
        let windows = self.system.platform() == Platform::Windows;
        let Some(program) = first_word(command, windows) else {
            profile.process_program = Some(Text(mask::excerpt(command)));
            profile.process_program_found = Some(false);
            return;
        };
        profile.process_program_found = Some(self.program_found(&program, windows));
        profile.process_program = Some(Text(mask::excerpt(&program)));
    }

    /// Whether `subprocess.Popen` would find it: no shell, so no `~` and no variables.
    fn program_found(&self, program: &str, windows: bool) -> bool {
        let has_directory = program.contains('/') || (windows && program.contains('\\'));
        if !has_directory {
            return !self.system.find_program(program).is_empty();
        }
        let path = file::absolute(self.system, PathBuf::from(program));
        let runs = |path: &Path| {
            self.system.metadata(path).is_ok_and(|metadata| {
                metadata.kind == FileKind::File && metadata.mode.is_none_or(|mode| mode & 0o111 != 0)
            })
        };
        runs(&path) || (windows && runs(&path.with_extension("exe")))
    }

    fn add_sso(&self, profile: &mut Profile) {
        let session = self.value("sso_session");
        profile.sso_session = session.map(Word::from);
        profile.sso_session_exists = session.map(|name| self.files.has_sso_session(name));
        let is_sso = profile.kind.0 == "sso";
        let meant = profile.kind.0 == "none" && (session.is_some() || self.key("sso_start_url").is_some());
        if is_sso || meant {
            profile.sso_missing = self.sso_missing(session);
        }
        let token = match profile.kind.0.as_str() {
            "sso" => cache::sso_token(self.system, session, self.value("sso_start_url")),
            "login" => cache::login_token(self.system, self.value("login_session").unwrap_or_default()),
            _ => return,
        };
        profile.token_cached = Some(token.is_some());
        profile.token_expires_at = token.as_ref().and_then(|token| token.expires_at);
        profile.token_refreshable = token.is_some_and(|Token { refreshable, .. }| refreshable);
    }

    /// The required settings that neither the profile nor its session has (`SSOProvider._load_sso_config`).
    fn sso_missing(&self, session: Option<&str>) -> Option<Text> {
        let has = |key: &&str| {
            self.key(key).is_some() || session.is_some_and(|name| self.files.sso_session_key(name, key).is_some())
        };
        let required = ["sso_role_name", "sso_account_id", "sso_start_url", "sso_region"];
        let missing: Vec<_> = required.into_iter().filter(|key| !has(key)).collect();
        (!missing.is_empty()).then(|| missing.join(", ").into())
    }

    fn add_files(&self, profile: &mut Profile) {
        let exists = |path: &str| self.system.metadata(&file::absolute(self.system, path.into())).is_ok();
        let token_file = self.value("web_identity_token_file");
        profile.web_identity_file = token_file.map(FilePath::from);
        profile.web_identity_file_exists = token_file.map(exists);
        let bundle = self.value("ca_bundle");
        profile.ca_bundle = bundle.map(FilePath::from);
        profile.ca_bundle_exists = bundle.map(exists);
    }

    /// When what is stored expires. Cached credentials of roles count only while they hold, for afterwards they are
    /// renewed without a word, unless renewing them takes an MFA code.
    fn expires_at(&self, profile: &Profile) -> Option<i64> {
        if profile.kind.0 == "static" {
            return EXPIRY_KEYS.iter().find_map(|key| self.value(key).and_then(time::parse));
        }
        let cached = cache::cli_expiry(self.system, &self.cached(profile)?)?;
        (cached > self.system.now() || profile.mfa_serial.is_some()).then_some(cached)
    }

    /// What the AWS CLI's cache would hold for the profile; `None`: nothing.
    pub(super) fn cached(&self, profile: &Profile) -> Option<Cached<'a>> {
        let session = self.value("sso_session");
        let from_session = |key: &str| session.and_then(|name| self.files.sso_session_key(name, key));
        match profile.kind.0.as_str() {
            "role" | "instance" => {
                let keys = [
                    ("DurationSeconds", "duration_seconds"),
                    ("ExternalId", "external_id"),
                    ("RoleArn", "role_arn"),
                    ("RoleSessionName", "role_session_name"),
                    ("SerialNumber", "mfa_serial"),
                ];
                let given = |(name, key): (&'static str, &str)| Some((name, self.value(key)?));
                Some(Cached::Role(keys.into_iter().filter_map(given).collect()))
            }
            "sso" => Some(Cached::Sso {
                account: self.value("sso_account_id")?,
                role: self.value("sso_role_name")?,
                session,
                start_url: self.key("sso_start_url").or_else(|| from_session("sso_start_url"))?.value(),
            }),
            _ => None,
        }
    }
}

/// The program of a command line as botocore's `compat_shell_split` takes it apart; `None` when quotes are not closed.
fn first_word(command: &str, windows: bool) -> Option<String> {
    if !windows {
        return shlex::split(command)?.into_iter().next();
    }
    let command = command.trim_start();
    match command.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').map(|(program, _)| program.to_owned()),
        None => command.split_whitespace().next().map(str::to_owned),
    }
}

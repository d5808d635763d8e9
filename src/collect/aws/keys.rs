//! Access keys: which halves are there and whether they look right. Secrets are measured, never kept.

use crate::collect::mask;
use crate::fact::Login;

use super::sections::{Files, Found};

/// The key of the access key ID.
pub(super) const ID: &str = "aws_access_key_id";
/// The key of the secret access key.
pub(super) const SECRET: &str = "aws_secret_access_key";
/// The keys of the session token, in botocore's order.
const TOKENS: [&str; 2] = ["aws_security_token", "aws_session_token"];

/// The static keys of a profile.
#[derive(Clone, Copy, Default)]
pub(super) struct Keys<'a> {
    /// Access key ID.
    pub(super) id: Option<&'a str>,
    /// Secret access key.
    pub(super) secret: Option<&'a str>,
    /// Session token.
    pub(super) token: Option<Found<'a>>,
}

impl<'a> Keys<'a> {
    /// botocore takes a key pair from one file, never halves from two: from the credentials file when that has an
    /// access key ID, else from the configuration (`SharedCredentialProvider`, `ConfigProvider`). A lonely secret
    /// makes neither answer.
    pub(super) fn of_profile(files: &'a Files, profile: &str) -> Self {
        let credentials = |key: &str| files.credentials_key(profile, key);
        let config = |key: &str| files.config_key(profile, key);
        if credentials(ID).is_some() || (config(ID).is_none() && credentials(SECRET).is_some()) {
            Self::read(credentials)
        } else {
            Self::read(config)
        }
    }

    fn read(key: impl Fn(&str) -> Option<Found<'a>>) -> Self {
        Self {
            id: key(ID).map(|found| found.value()),
            secret: key(SECRET).map(|found| found.value()),
            token: TOKENS.iter().find_map(|name| key(name)),
        }
    }
}

/// `long-term` (AKIA), `temporary` (ASIA) or `malformed`.
pub(super) fn kind(id: &str) -> &'static str {
    let well_formed = id.chars().count() >= 20 && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    match id.get(..4) {
        Some("AKIA") if well_formed => "long-term",
        Some("ASIA") if well_formed => "temporary",
        _ => "malformed",
    }
}

/// The ID as a fact. People paste the secret into its place, so what is too long for an ID is masked.
pub(super) fn shown_id(id: &str) -> Login {
    let bare = id.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    Login(if bare.chars().count() > 24 && kind(bare) == "malformed" { mask::MASK.to_owned() } else { mask::mask(bare) })
}

/// Blanks or quotation marks around or within.
pub(super) fn malformed_text(text: &str) -> bool {
    text.chars().any(|c| c.is_whitespace() || c.is_control() || "\"'`“”‘’".contains(c))
}

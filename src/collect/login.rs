//! What a login is by its look: the kind of a user name, the age of a signed password.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Length of an SSH key ID after `APKA`, at least (IAM: `[A-Z0-9]{16,}`; all known ones have 20 characters).
const KEY_ID_REST: usize = 16;
/// Length of an SSH key ID after `APKA`, at most (IAM API reference: 128 in all).
const KEY_ID_REST_MAX: usize = 124;

/// `key-id`, `key-id-like`, `access-key-id`, `iam-id`, `git` or `other`, as documented at
/// [`crate::fact::ssh::TargetSsh::user_kind`].
pub(crate) fn user_kind(name: &str) -> &'static str {
    let upper = name.to_ascii_uppercase();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| upper.starts_with(prefix));
    let is_id = |text: &str| text.len() >= 16 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_key_id(name) {
        "key-id"
    } else if starts(&["APKA"]) || holds_key_id(name) {
        "key-id-like"
    } else if starts(&["AKIA", "ASIA"]) && is_id(name) {
        "access-key-id"
    } else if starts(&["AIDA", "AROA"]) && is_id(name) {
        "iam-id"
    } else if name == "git" {
        "git"
    } else {
        "other"
    }
}

/// Whether the name is a well-formed SSH key ID.
pub(crate) fn is_key_id(name: &str) -> bool {
    name.strip_prefix("APKA").is_some_and(|rest| {
        (KEY_ID_REST..=KEY_ID_REST_MAX).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    })
}

/// Whether it would be one in upper case, and is not now.
pub(crate) fn is_wrong_case(name: &str) -> bool {
    !is_key_id(name) && is_key_id(&name.to_ascii_uppercase())
}

/// Whether a text holds an SSH key ID as a word of its own, in any case.
pub(crate) fn holds_key_id(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| is_key_id(&word.to_ascii_uppercase()))
}

/// Whether it is the user name of Git credentials: `name-at-123456789012`, with `+1` and so on for further ones (IAM
/// user guide, "Using IAM with CodeCommit").
pub(crate) fn is_git_credentials(user: &str) -> bool {
    user.rsplit_once("-at-").is_some_and(|(name, account)| {
        let digits = account.split('+').next().unwrap_or_default();
        !name.is_empty() && digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// The kind of a user name stored for HTTPS, as documented at [`crate::fact::https::StoredLogin::user_kind`]. The AWS
/// helper puts a session token behind the access key ID and `%`.
pub(crate) fn stored_kind(user: &str) -> &'static str {
    match user.split('%').next().map(user_kind) {
        Some("access-key-id") => "sigv4",
        _ if is_git_credentials(user) => "git-credentials",
        _ => "other",
    }
}

/// When a SigV4 password was signed, in seconds since the Unix epoch: it begins with the time, `20260102T030405Z`, and
/// goes on with the signature (awscli/customizations/codecommit.py).
pub(crate) fn signed_at(password: &str) -> Option<i64> {
    let (time, signature) = password.split_once('Z')?;
    let hex = signature.len() >= 32 && signature.bytes().all(|b| b.is_ascii_hexdigit());
    let time = DateTime::strptime("%Y%m%dT%H%M%S", time).ok().filter(|_| hex)?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_of_https_are_told_apart() {
        for (user, kind) in [
            ("alice-at-123456789012", "git-credentials"),
            ("alice-at-123456789012+1", "git-credentials"),
            ("AKIAIOSFODNN7EXAMPLE", "sigv4"),
            ("ASIAIOSFODNN7EXAMPLE%IQoJb3JpZ2lu", "sigv4"),
            ("alice", "other"),
            ("-at-123456789012", "other"),
        ] {
            assert_eq!(stored_kind(user), kind, "{user}");
        }
    }

    #[test]
    fn a_signed_password_tells_its_time() {
        let password = format!("20260102T030405Z{}", "0237f56e26cc".repeat(5));
        assert_eq!(signed_at(&password), Some(1_767_323_045));
        assert_eq!(signed_at("20260102T030405Znothex"), None);
        assert_eq!(signed_at("hunter2"), None);
    }

    #[test]
    fn names_are_told_apart() {
        for (name, kind) in [
            ("APKAEIBAERJR2EXAMPLE", "key-id"),
            ("apkaeibaerjr2example", "key-id-like"),
            ("APKAEIBAERJR2", "key-id-like"),
            ("APKAEIBAERJR2EXAMPLE,", "key-id-like"),
            ("<APKAEIBAERJR2EXAMPLE>", "key-id-like"),
            ("AKIAIOSFODNN7EXAMPLE", "access-key-id"),
            ("ASIAIOSFODNN7EXAMPLE", "access-key-id"),
            ("AIDACKCEVSQ6C2EXAMPLE", "iam-id"),
            ("AROACKCEVSQ6C2EXAMPLE", "iam-id"),
            ("git", "git"),
            ("alice", "other"),
            ("asia", "other"),
            ("", "other"),
        ] {
            assert_eq!(user_kind(name), kind, "{name}");
        }
        assert!(is_wrong_case("ApkaEIBAERJR2EXAMPLE") && !is_wrong_case("APKAEIBAERJR2EXAMPLE"));
    }
}

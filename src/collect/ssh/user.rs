//! What kind of name somebody logs in under.

/// Length of an SSH key ID after `APKA`, at least (IAM: `[A-Z0-9]{16,}`; all known ones have 20 characters).
const KEY_ID_REST: usize = 16;
/// Length of an SSH key ID after `APKA`, at most (IAM API reference: 128 in all).
const KEY_ID_REST_MAX: usize = 124;

/// `key-id`, `key-id-like`, `access-key-id`, `iam-id`, `git` or `other`, as documented at
/// [`crate::fact::ssh::TargetSsh::user_kind`].
pub fn user_kind(name: &str) -> &'static str {
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
pub(super) fn is_key_id(name: &str) -> bool {
    name.strip_prefix("APKA").is_some_and(|rest| {
        (KEY_ID_REST..=KEY_ID_REST_MAX).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    })
}

/// Whether it would be one in upper case, and is not now.
pub(super) fn is_wrong_case(name: &str) -> bool {
    !is_key_id(name) && is_key_id(&name.to_ascii_uppercase())
}

/// Whether a text holds an SSH key ID as a word of its own, in any case.
pub(super) fn holds_key_id(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| is_key_id(&word.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

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

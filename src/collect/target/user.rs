//! Who logs in, by the look of the name.

/// What kind of name a user is, as in `fact::ssh::TargetSsh::user_kind`.
pub(super) fn kind(user: &str) -> &'static str {
    let upper = user.to_ascii_uppercase();
    match upper.get(..4) {
        _ if user == "git" => "git",
        Some("APKA") if is_id(user) => "key-id",
        Some("APKA") => "key-id-like",
        Some("AKIA" | "ASIA") if upper.chars().count() >= 16 => "access-key-id",
        Some("AIDA" | "AROA") if upper.chars().count() >= 16 => "iam-id",
        _ => "other",
    }
}

/// IDs of IAM have 20 or more capital letters and digits.
fn is_id(user: &str) -> bool {
    user.len() >= 20 && user.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// Whether it is the user name of Git credentials: `name-at-123456789012`, with `+1` and so on for further ones.
pub(super) fn is_git_credentials(user: &str) -> bool {
    user.rsplit_once("-at-").is_some_and(|(name, account)| {
        let digits = account.split('+').next().unwrap_or_default();
        !name.is_empty() && digits.len() == 12 && digits.chars().all(|c| c.is_ascii_digit())
    })
}

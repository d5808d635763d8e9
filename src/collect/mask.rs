//! Secrets are taken out here, before anything becomes a fact.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Longest line that is kept as an excerpt, in characters.
const EXCERPT_LIMIT: usize = 300;
/// What stands in place of a secret.
pub const MASK: &str = "••••";

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    // Group 1 is kept, group 2 is the secret.
    [
        // A password in a URL; everything between the first colon behind the scheme and the last @ of the authority.
        r#"([A-Za-z][A-Za-z0-9+.-]*://[^\s/@:'"]*:)([^\s'"/]*|[^\s'"]*?)(?:@)"#,
        // Headers.
        r"(?i)((?:proxy-)?authorization\s*[:=]\s*)(.+)",
        r"(?i)((?:x-amz-security-token|private-token|x-api-key|cookie)\s*[:=]\s*)(.+)",
        // Settings and options that hold secrets, in ini files, YAML, command lines and environments.
        r#"(?i)\b((?:aws_)?(?:secret_?access_?key|session_?token|security_?token)["']?\s*[:=]\s*)(\S.*)"#,
        r#"(?i)(--?(?:[a-z-]*(?:password|passwd|passphrase|token|secret|pass|pw))(?:\s+|=))("[^"]*"|'[^']*'|\S+)"#,
        r#"(?i)\b((?:[a-z0-9_.-]*(?:password|passwd|passphrase|secret|token|apikey|api_key))["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;]+)"#,
        // Standard input of a login command: `plink -pw`, `sshpass -p`.
        r"(\bsshpass\s+-p\s*)(\S+)",
        r"(\s-pw\s+)(\S+)",
        r"(?i)(\bpassword\s+)(\S+)",
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

static TOKENS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // Well-known tokens.
        r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,})",
        // A SigV4 password: UTC timestamp and 64 hex digits.
        r"\b\d{8}T\d{6}Z[0-9a-f]{32,}\b",
        // A JSON web token.
        r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
        // Private key material.
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*",
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

static LONG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_=-]{36,}").ok());

/// The text with everything that looks like a secret replaced by [`MASK`].
///
/// Names a secret by its place (the password of a URL, the value of `aws_secret_access_key`), by its form (tokens,
/// SigV4 passwords, private keys) and, last, any run of 36 or more characters of base64 that mixes upper case, lower
/// case and digits as random keys do.
pub fn mask(text: &str) -> String {
    let mut masked = text.to_owned();
    for (index, pattern) in PATTERNS.iter().enumerate() {
        let tail = if index == 0 { "@" } else { "" };
        masked = pattern
            .replace_all(&masked, |found: &Captures<'_>| {
                let secret = found.get(2).map_or("", |m| m.as_str());
                if secret.is_empty() { found[0].to_owned() } else { format!("{}{MASK}{tail}", &found[1]) }
            })
            .into_owned();
    }
    for pattern in TOKENS.iter() {
        masked = pattern.replace_all(&masked, MASK).into_owned();
    }
    let Some(long) = LONG.as_ref() else { return masked };
    long.replace_all(
        &masked,
        |found: &Captures<'_>| if looks_random(&found[0]) { MASK.to_owned() } else { found[0].to_owned() },
    )
    .into_owned()
}

/// [`mask`] for one line of a file, cut to 300 characters.
pub fn excerpt(line: &str) -> String {
    let masked = mask(line.trim_end_matches(['\r', '\n']));
    if masked.chars().count() <= EXCERPT_LIMIT {
        return masked;
    }
    masked.chars().take(EXCERPT_LIMIT - 1).chain(['…']).collect()
}

/// Upper case, lower case and digits mixed often, as in base64 of random bytes and unlike paths and words.
fn looks_random(text: &str) -> bool {
    let class = |c: char| match c {
        'a'..='z' => 0,
        'A'..='Z' => 1,
        '0'..='9' => 2,
        _ => 3,
    };
    let classes: Vec<_> = text.chars().map(class).collect();
    let changes = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    [0, 1, 2].iter().all(|wanted| classes.contains(wanted)) && changes * 4 >= classes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_by_place_and_form() {
        for (text, wanted) in [
            ("https://dev:hunter2@host/x", "https://dev:••••@host/x"),
            ("https://AKIA1:2026%2F@x@host/x", "https://AKIA1:••••@host/x"),
            ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key = ••••"),
            ("Authorization: Basic Zm9vOmJhcg==", "Authorization: ••••"),
            ("!helper --password 'two words' get", "!helper --password •••• get"),
            ("x 20260102T030405Z0237f56e26cc0237f56e26cc0237f56e26cc0237f56e26cc0237f56e26cc y", "x •••• y"),
            ("IdentityFile ~/.ssh/codecommit_rsa", "IdentityFile ~/.ssh/codecommit_rsa"),
            ("sha256 eLMY1j0DKA4uvDZcl", "sha256 eLMY1j0DKA4uvDZcl"),
            (
                "ssh://APKAEIBAERJR2EXAMPLE@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
                "ssh://APKAEIBAERJR2EXAMPLE@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            ),
        ] {
            assert_eq!(mask(text), wanted);
        }
    }

    #[test]
    fn an_excerpt_is_short() {
        assert_eq!(excerpt(&"x ".repeat(500)).chars().count(), 300);
    }
}

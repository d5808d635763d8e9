//! Secrets are taken out here, before anything becomes a fact.

use std::borrow::Cow;

use regex::Captures;

use crate::pattern::Pattern;

mod url;

/// Longest line that is kept as an excerpt, in characters.
const EXCERPT_LIMIT: usize = 300;
/// Shortest run of base64 that may be a random key.
const RUN: usize = 36;
/// What stands in place of a secret.
pub const MASK: &str = "••••";

/// Group 1 is kept, group 2 is the secret, group 3 is kept.
static PATTERNS: [Pattern; 11] = [
    // Headers.
    Pattern::new(&["authorization"], r"(?i)((?:proxy-)?authorization\s*[:=]\s*)(.+)"),
    Pattern::new(
        &["token", "x-api-key", "cookie"],
        r"(?i)((?:x-amz-security-token|private-token|x-api-key|cookie)\s*[:=]\s*)(.+)",
    ),
    // Settings and options that hold secrets, in ini files, YAML, command lines and environments.
    Pattern::new(
        &["secret", "token"],
        r#"(?i)\b((?:aws_)?(?:secret_?access_?key|session_?token|security_?token)["']?\s*[:=]\s*)(\S.*)"#,
    ),
    Pattern::new(
        &["pass", "token", "secret", "pw"],
        r#"(?i)(--?(?:[a-z-]*(?:password|passwd|passphrase|token|secret|pass|pw))(?:\s+|=))("[^"]*"|'[^']*'|\S+)"#,
    ),
    Pattern::new(
        &["pass", "secret", "token", "api"],
        r#"(?i)\b((?:[a-z0-9_.-]*(?:password|passwd|passphrase|secret|token|apikey|api_key))["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;]+)"#,
    ),
    // Standard input of a login command: `plink -pw`, `sshpass -p`.
    Pattern::new(&["sshpass"], r"(\bsshpass\s+-p\s*)(\S+)"),
    Pattern::new(&["-pw"], r"(\s-pw\s+)(\S+)"),
    Pattern::new(&["password"], r"(?i)(\bpassword\s+)(\S+)"),
    // A login for a proxy in a command: ncat's `--proxy-auth`, curl's `-U` and `--proxy-user`, and `user:password@host`
    // without a scheme, as connect and proxytunnel take it.
    Pattern::new(&["--proxy-auth"], r#"(--proxy-auth(?:\s+|=))("[^"]*"|'[^']*'|\S+)"#),
    Pattern::new(
        &["-u", "--proxy-user", "--user", "--proxyauth"],
        r#"((?:^|[\s"'])(?:-[Uu]\s*|(?:--proxy-user|--user|--proxyauth)(?:\s+|=))["']?[^\s:"'-][^\s:"']*:)([^\s"']+)"#,
    ),
    Pattern::new(&["@"], r#"((?:^|[\s"'=/])[^\s:/@"'=\[]+:)([^\s@/\\:'"][^\s@'"]*)(@)"#),
];

static TOKENS: [Pattern; 4] = [
    // Well-known tokens.
    Pattern::new(
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox"],
        r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,})",
    ),
    // A SigV4 password: UTC timestamp and 64 hex digits.
    Pattern::new(&["0z", "1z", "2z", "3z", "4z", "5z", "6z", "7z", "8z", "9z"], r"\b\d{8}T\d{6}Z[0-9a-f]{32,}\b"),
    // A JSON web token.
    Pattern::new(&["eyj"], r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    // Private key material.
    Pattern::new(&["private key"], r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*"),
];

/// The text with everything that looks like a secret replaced by [`MASK`].
///
/// Names a secret by its place (the password of a URL, the value of `aws_secret_access_key`), by its form (tokens,
/// SigV4 passwords, private keys) and, last, any run of 36 or more characters of base64 that mixes upper case, lower
/// case and digits as random keys do.
pub fn mask(text: &str) -> String {
    let mut masked = url::mask(text).map_or(Cow::Borrowed(text), Cow::Owned);
    for pattern in &PATTERNS {
        let replaced = pattern.for_text(&masked).map(|regex| regex.replace_all(&masked, replacement));
        if let Some(Cow::Owned(replaced)) = replaced {
            masked = Cow::Owned(replaced);
        }
    }
    for pattern in &TOKENS {
        let replaced = pattern.for_text(&masked).map(|regex| regex.replace_all(&masked, MASK));
        if let Some(Cow::Owned(replaced)) = replaced {
            masked = Cow::Owned(replaced);
        }
    }
    without_random_runs(&masked)
}

fn replacement(found: &Captures<'_>) -> String {
    let group = |number| found.get(number).map_or("", |group| group.as_str());
    // The ARN of a session may hold an @.
    if group(2).is_empty() || group(1).ends_with("arn:") {
        group(0).to_owned()
    } else {
        format!("{}{MASK}{}", group(1), group(3))
    }
}

/// Replaces the long runs of base64 that look random.
fn without_random_runs(text: &str) -> String {
    let in_run = |c: char| c.is_ascii_alphanumeric() || "+/_=-".contains(c);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (run, behind) = rest.split_at(rest.find(|c| !in_run(c)).unwrap_or(rest.len()));
        let is_secret = run.len() >= RUN && looks_random(run) && !is_fingerprint(&masked, run);
        masked.push_str(if is_secret { MASK } else { run });
        let (between, next) = behind.split_at(behind.find(in_run).unwrap_or(behind.len()));
        masked.push_str(between);
        rest = next;
    }
    masked
}

/// Whether this is a public fingerprint as OpenSSH prints it: `SHA256:` and 43 characters of unpadded base64.
fn is_fingerprint(before: &str, run: &str) -> bool {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/".contains(c);
    before.ends_with("SHA256:") && run.len() == 43 && run.chars().all(is_base64)
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
            ("ProxyCommand ncat --proxy-auth dev:hunter2 %h", "ProxyCommand ncat --proxy-auth •••• %h"),
            ("exec ncat --proxy-auth='dev:hun ter2' %h", "exec ncat --proxy-auth=•••• %h"),
            ("curl -U dev:hunter2 x", "curl -U dev:•••• x"),
            ("curl --proxy-user 'dev:hunter2' x", "curl --proxy-user 'dev:••••' x"),
            ("connect -H dev:hunter2@proxy:3128 %h %p", "connect -H dev:••••@proxy:3128 %h %p"),
            ("connect -H dev:hun:te/r2@proxy %h", "connect -H dev:••••@proxy %h"),
            ("arn:aws:sts::123456789012:assumed-role/x/d@e.org", "arn:aws:sts::123456789012:assumed-role/x/d@e.org"),
            ("store --file C:/Users/a@b/x", "store --file C:/Users/a@b/x"),
            ("ssh -p 22 -l dev dev@host:22", "ssh -p 22 -l dev dev@host:22"),
            (
                "Server host key: ssh-rsa SHA256:eLMY1j0DKA4uvDZcl/KgtIayZANwX6t8+8isPtotBoY",
                "Server host key: ssh-rsa SHA256:eLMY1j0DKA4uvDZcl/KgtIayZANwX6t8+8isPtotBoY",
            ),
            ("key SHA1:eLMY1j0DKA4uvDZcl/KgtIayZANwX6t8+8isPtotBoY", "key SHA1:••••"),
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

//! Which keys of git's configuration cc-doctor changes, and to which values.

use super::{Heading, Key};
use crate::collect::https::url_match;
use crate::fix::edit::refusal::Refusal;

/// Helpers that come with git or with Git for Windows and take no command line of ours.
const OWN_HELPERS: [&str; 6] = ["cache", "store", "osxkeychain", "manager", "libsecret", "wincred"];

/// Whether the key may be set to the value.
///
/// # Errors
/// [`Refusal::NotAllowed`] with the reason.
pub fn check_set(key: &Key, value: &str) -> Result<(), Refusal> {
    if value.chars().any(char::is_control) {
        return Err(Refusal::not_allowed("the value holds control characters"));
    }
    let url = key.heading.subsection.as_deref();
    let allowed = match (key.heading.section.as_str(), url, key.name.as_str()) {
        ("credential", Some(url), "helper") => names_codecommit(url) && is_helper(value),
        ("credential", None, "helper") => OWN_HELPERS.contains(&value),
        ("credential", Some(url), "usehttppath") => names_codecommit(url) && is_bool(value),
        ("http", _, "sslcainfo" | "sslcapath" | "sslcert" | "sslkey") => true,
        ("http", _, "sslverify") => value == "true",
        ("http", _, "sslbackend") => ["openssl", "schannel", "gnutls", "secure-transport"].contains(&value),
        ("http", _, "emptyauth") => is_bool(value),
        ("http", _, "proxy") => value.is_empty() || is_proxy(value),
        ("protocol", Some("codecommit"), "allow") => ["always", "user"].contains(&value),
        // Git's own default for both.
        ("protocol", Some("ssh" | "https"), "allow") => value == "always",
        ("url", Some(base), "insteadof") => value == base && is_exemption(base),
        ("ssh", None, "variant") => ["auto", "ssh", "simple"].contains(&value),
        _ => false,
    };
    allowed.then_some(()).ok_or_else(|| refused(key, "is not set to this value"))
}

/// Whether the key may be removed, all its entries or those of one value.
///
/// # Errors
/// [`Refusal::NotAllowed`] with the reason, [`Refusal::SideEffect`] for helpers that other hosts use.
pub fn check_unset(key: &Key, value: Option<&str>) -> Result<(), Refusal> {
    let is_for_all = key.heading == Heading { section: "credential".to_owned(), subsection: None };
    if is_for_all && key.name == "helper" && !value.is_some_and(|value| value.contains("codecommit")) {
        return Err(Refusal::side_effect("of the helpers for all hosts only that of the AWS CLI is removed"));
    }
    let allowed = match (key.heading.section.as_str(), key.name.as_str()) {
        ("credential", "helper" | "username" | "usehttppath") | ("core", "sshcommand" | "askpass") => true,
        ("http", name) => [
            "sslcainfo",
            "sslcapath",
            "sslcert",
            "sslkey",
            "sslverify",
            "sslbackend",
            "emptyauth",
            "proxy",
            "extraheader",
        ]
        .contains(&name),
        ("url", "insteadof" | "pushinsteadof") | ("protocol", "allow") => true,
        ("remote", "pushurl" | "proxy") | ("ssh", "variant") => true,
        _ => false,
    };
    allowed.then_some(()).ok_or_else(|| refused(key, "is not removed"))
}

fn refused(key: &Key, what: &str) -> Refusal {
    let url = key.heading.subsection.as_ref().map(|url| format!(".{url}")).unwrap_or_default();
    Refusal::not_allowed(format!("{}{url}.{} {what} by cc-doctor", key.heading.section, key.written))
}

fn is_bool(value: &str) -> bool {
    ["true", "false"].contains(&value)
}

/// Whether a rule that replaces this beginning of a URL by itself only keeps other rules away from a host of CodeCommit.
fn is_exemption(base: &str) -> bool {
    let url = base.strip_prefix("ssh://").map_or_else(|| base.to_owned(), |rest| format!("https://{rest}"));
    base.ends_with('/') && !base.contains(['*', '@']) && names_codecommit(&url)
}

/// Whether a credential section is about CodeCommit's hosts and no others.
pub(super) fn names_codecommit(url: &str) -> bool {
    let Some(url) = url_match::normalize(url, true).filter(|url| url.scheme == "https") else { return false };
    let mut labels = url.host.split('.').peekable();
    // A VPC endpoint has a label of its own in front.
    labels.next_if(|label| label.starts_with("vpce-"));
    let is_first = labels.next().is_some_and(|label| ["git-codecommit", "git-codecommit-fips"].contains(&label));
    let rest: Vec<_> = labels.collect();
    is_first
        && matches!(
            rest.as_slice(),
            [_, "amazonaws", "com"] | [_, "amazonaws", "com", "cn"] | [_, "vpce", "amazonaws", "com"]
        )
}

/// `!aws [--profile NAME] [--region NAME] codecommit credential-helper [--ignore-host-check] $@` and nothing else, or a
/// helper of git's own.
fn is_helper(value: &str) -> bool {
    let time = value.strip_prefix("cache --timeout=");
    let is_cache = time.is_some_and(|time| !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()));
    OWN_HELPERS.contains(&value) || is_cache || is_aws_helper(value)
}

/// Whether a helper is exactly the one of the AWS CLI: no shell code, no other program, no other options.
pub(super) fn is_aws_helper(value: &str) -> bool {
    let Some(line) = value.strip_prefix('!') else { return false };
    let Some(line) = line.strip_suffix("$@").or_else(|| line.strip_suffix("\"$@\"")) else { return false };
    let code = |c: char| c.is_control() || "$`;&|<>(){}*?[]#~!%^\n".contains(c);
    let words = shlex::split(line).unwrap_or_default();
    let [program, options @ ..] = words.as_slice() else { return false };
    if line.contains(code) || !is_aws(program) {
        return false;
    }
    let mut words = options.iter().map(String::as_str).peekable();
    while words.next_if(|word| ["--profile", "--region"].contains(word)).is_some() {
        if words.next().is_none_or(|value| value.starts_with('-') || value.is_empty()) {
            return false;
        }
    }
    let command = (words.next(), words.next());
    words.next_if_eq(&"--ignore-host-check");
    command == (Some("codecommit"), Some("credential-helper")) && words.next().is_none()
}

/// `aws` on PATH or an absolute path of it.
fn is_aws(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let absolute = program.starts_with('/') || program.get(1..3).is_some_and(|drive| [":/", ":\\"].contains(&drive));
    ["aws", "aws.exe", "aws.cmd"].contains(&name) && (absolute || name == program)
}

/// A proxy without a login.
fn is_proxy(value: &str) -> bool {
    let url = url_match::normalize(value, false);
    url.is_some_and(|url| {
        ["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(&url.scheme.as_str()) && url.user.is_none()
    })
}

/// An address over one of CodeCommit's transports, without a password.
pub fn is_remote_url(value: &str) -> bool {
    let has_blank = value.is_empty() || value.contains(char::is_whitespace);
    let rest =
        ["ssh://", "https://", "codecommit::", "codecommit://"].iter().find_map(|scheme| value.strip_prefix(scheme));
    let Some(rest) = rest.filter(|_| !has_blank) else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let login = authority.rsplit_once('@').map_or("", |(login, _)| login);
    // `codecommit::us-east-1://profile@name` has its colon before the login.
    !rest.is_empty() && !rest.starts_with('-') && (value.starts_with("codecommit") || !login.contains(':'))
}

//! Names that somebody logs in under, told apart by their form.

use super::form;
use super::token::Kind;
use crate::pattern::Pattern;

/// Names that identify nobody: they come with a system or a service and mean the same everywhere.
const NOBODY: &[&str] = &[
    "root",
    "git",
    "ec2-user",
    "ubuntu",
    "debian",
    "centos",
    "fedora",
    "admin",
    "administrator",
    "system",
    "nobody",
    "guest",
    "user",
    "username",
    "users",
    "public",
    "shared",
    "home",
    "default",
    "runner",
    "jenkins",
    "vagrant",
    "docker",
    "vscode",
    "codespace",
    "gitpod",
    "codebuild-user",
    "cloudshell-user",
    "azureuser",
    "linuxbrew",
    "homebrew",
    "www-data",
    "none",
    "aws",
    "ssh",
    "codecommit",
    "oauth2",
    "x-access-token",
];

static KEY_ID: Pattern = Pattern::new(&["a"], r"(?i)^[^a-z0-9]*(A[A-Z]{3})[A-Z0-9]*");

/// Whether the name identifies nobody.
pub(super) fn is_nobody(name: &str) -> bool {
    name.len() < 2 || NOBODY.contains(&name.to_lowercase().as_str())
}

/// What a login name is; `None`: it identifies nobody and is kept.
///
/// Malformed key IDs (wrong case, wrong length, stray characters) keep the kind that their prefix promises.
pub(super) fn kind(name: &str) -> Option<Kind> {
    if is_nobody(name) {
        return None;
    }
    let prefix = KEY_ID.for_text(name).and_then(|pattern| pattern.captures(name));
    let key = prefix.filter(|found| found[0].len() >= 8).and_then(|found| form::key_kind(&found[1]));
    Some(key.unwrap_or_else(|| other_kind(name)))
}

fn other_kind(name: &str) -> Kind {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    if digits == 12 && name.chars().all(|c| c.is_ascii_digit() || c == '-') {
        Kind::Account
    } else if name.split_once('@').is_some_and(|(user, domain)| !user.is_empty() && domain.contains('.')) {
        Kind::Email
    } else {
        Kind::User
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_tells_the_kind() {
        for (name, wanted) in [
            ("APKAEIBAERJR2EXAMPLE", Some(Kind::SshKeyId)),
            ("apkaeibaerjr2example", Some(Kind::SshKeyId)),
            ("\"APKAEIBAERJR\"", Some(Kind::SshKeyId)),
            ("AKIAIOSFODNN7EXAMPLE", Some(Kind::AccessKeyId)),
            ("ASIAIOSFODNN7EXAMPLE", Some(Kind::AccessKeyId)),
            ("AIDACKCEVSQ6C2EXAMPLE", Some(Kind::IamId)),
            ("AROACKCEVSQ6C2EXAMPLE", Some(Kind::IamId)),
            ("jdoe-at-210987654321", Some(Kind::User)),
            ("210987654321", Some(Kind::Account)),
            ("jdoe@corp.example", Some(Kind::Email)),
            (r"CORP\jdoe", Some(Kind::User)),
            ("jdoe", Some(Kind::User)),
            ("Akia", Some(Kind::User)),
            ("git", None),
            ("Administrator", None),
            ("ec2-user", None),
            ("", None),
        ] {
            assert_eq!(kind(name), wanted, "{name}");
        }
    }
}

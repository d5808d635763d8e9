//! The credential helpers, wrapped so that only `get` reaches them and a line on standard error tells who was asked.
//!
//! git erases a refused login from every helper and stores an accepted one in every helper (`credential_reject` and
//! `credential_approve` in credential.c of git); a look must do neither.

use super::quote;
use crate::collect::git::paths;
use crate::system::{Platform, System};

/// What stands before the number of the helper that is asked.
pub(super) const MARKER: &str = "cc-doctor: helper ";

/// The values of `credential.helper` that stand for these: the empty one, which makes git forget all before, then each
/// in a wrapping.
pub(super) fn wrapped(system: &dyn System, values: &[String]) -> Vec<String> {
    let wrap = |(value, number): (&String, usize)| wrap(system, value, number);
    std::iter::once(String::new()).chain(values.iter().zip(1..).map(wrap)).collect()
}

/// Git runs `!X` as `sh -c "X get"`, an absolute path `P` as `sh -c "P get"` and any other `N` as
/// `sh -c "git credential-N get"` (`credential_do`); without arguments, so that `$@` is empty. The command stands in
/// quotation marks here, so that nothing in it (a comment, a brace, an open quotation mark) touches the wrapping.
fn wrap(system: &dyn System, value: &str, number: usize) -> String {
    let command = match value.strip_prefix('!') {
        Some(line) => line.to_owned(),
        None if paths::is_absolute(system, value) => value.to_owned(),
        None => format!("git credential-{value}"),
    };
    // The path under which git itself knows it, nearly everywhere.
    let shell = if system.platform() == Platform::Windows { "sh" } else { "/bin/sh" };
    let line = quote::shell(&format!("{command} get"));
    format!("!f() {{ test \"$1\" = get || exit 0; echo \"{MARKER}{number}\" >&2; exec {shell} -c {line} {line}; }}; f")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests ask the real git")]

    use std::path::Path;

    use super::*;
    use crate::collect::git::real_git;
    use crate::system::fake::FakeSystem;

    /// What `git credential ACTION` says with these helpers, plain or wrapped.
    fn said(git: &Path, home: &Path, values: &[String], action: &str) -> (String, String) {
        let mut args: Vec<String> = Vec::new();
        for value in values {
            args.extend(["-c".into(), format!("credential.helper={value}")]);
        }
        args.extend(["credential".into(), action.into()]);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let input = "protocol=https\nhost=git-codecommit.us-east-1.amazonaws.com\nusername=dev\npassword=old\n\n";
        let input = if action == "fill" { &input.replace("username=dev\npassword=old\n", "") } else { input };
        let said = real_git::run(git, home, home, &[], &args, input);
        (String::from_utf8_lossy(&said.stdout).into_owned(), said.stderr)
    }

    #[test]
    fn a_wrapped_helper_answers_as_it_would_alone() {
        let home = tempfile::tempdir().unwrap();
        let script = home.path().join("it's a helper");
        std::fs::write(&script, "echo username=of-script; echo \"password=$1\"\n").unwrap();
        std::fs::write(home.path().join("stored"), "https://kept:word@git-codecommit.us-east-1.amazonaws.com\n")
            .unwrap();
        let file = home.path().join("stored").to_string_lossy().into_owned();
        let system = FakeSystem::new(Platform::Linux);
        for value in [
            "!f() { echo username=a; echo \"password=$1 $#\"; }; f".to_owned(),
            "!echo username=a; echo password=b # a comment".to_owned(),
            "!echo username=a; echo \"password=$@.\"; true".to_owned(),
            "!echo username=a; echo 'password=it'\\''s'; echo quit=1; :".to_owned(),
            "!echo 'username=a".to_owned(),
            "!exit 3;".to_owned(),
            format!("!sh \"{}\"", script.display()),
            format!("/bin/sh \"{}\"", script.display()),
            format!("store --file={file}"),
            "/nonexistent/helper".to_owned(),
            "not-there".to_owned(),
        ] {
            for git in real_git::gits() {
                let plain = said(&git, home.path(), &[String::new(), value.clone()], "fill");
                let wrapped = said(&git, home.path(), &wrapped(&system, std::slice::from_ref(&value)), "fill");
                assert_eq!(wrapped.0, plain.0, "{value}: {} {}", plain.1, wrapped.1);
                assert!(wrapped.1.contains("cc-doctor: helper 1\n"), "{value}: {}", wrapped.1);
            }
        }
    }

    #[test]
    fn nothing_but_get_reaches_a_helper() {
        let home = tempfile::tempdir().unwrap();
        let system = FakeSystem::new(Platform::Linux);
        let log = home.path().join("log");
        let value = format!("!f() {{ echo \"$1\" >> '{}'; }}; f", log.display());
        let chain = wrapped(&system, &[value.clone(), value]);
        for git in real_git::gits() {
            for action in ["approve", "reject", "fill"] {
                said(&git, home.path(), &chain, action);
            }
            assert_eq!(std::fs::read_to_string(&log).unwrap(), "get\nget\n");
            std::fs::remove_file(&log).unwrap();
        }
    }
}

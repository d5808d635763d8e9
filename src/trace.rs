//! What a command leaves behind of its work with git and ssh: which traces it is asked for, and what they tell.
//!
//! Three sources are read, each from a file that only this account can read and that is gone when the command has
//! ended:
//!
//! * `events`: what git tells with `GIT_TRACE2_EVENT` (api-trace2 of git, since 2.22): every process with its arguments,
//!   exit code and error messages. It says which connection was opened, whether it held, and whose fault a failure is.
//! * `http`: the conversation of `GIT_TRACE_CURL`, headers only and without logins. Its words are never translated.
//! * `ssh-N`: the standard error of one ssh with `-v`, which passes through cc-doctor itself (`relay-ssh`), so that the
//!   user sees what ssh says without `-v`, at the same moment.
//!
//! What a credential helper or git-remote-codecommit writes to the terminal is in none of them: only the examination
//! that follows sees that.

mod events;
pub mod sieve;
pub mod story;
pub mod wiring;

use crate::collect::access::judge::trace::without_login;

pub use events::shareable;
pub use sieve::Sieve;
pub use story::{Connection, Story};

/// Whether two URLs lead to the same repository over the same transport, whatever login they hold.
pub fn same_repository(one: &str, other: &str) -> bool {
    comparable(one) == comparable(other)
}

/// Without login and trailing slashes; `host:/path` as git opens it.
fn comparable(url: &str) -> String {
    let scheme_less = url.split_once(":/").filter(|(host, path)| !path.starts_with('/') && !host.contains([':', '/']));
    let bare = match scheme_less {
        Some((host, path)) => without_login(&format!("ssh://{host}/{path}")),
        None => without_login(url),
    };
    bare.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_repository_is_known_in_its_forms() {
        let same = |one, other| same_repository(one, other);
        assert!(same("https://dev:<REDACTED>@host/v1/repos/demo", "https://host/v1/repos/demo/"));
        assert!(same("me@host:/v1/repos/demo", "ssh://me@host/v1/repos/demo"));
        assert!(same("codecommit::us-east-1://demo", "codecommit::us-east-1://demo"));
        assert!(!same("ssh://host/v1/repos/demo", "https://host/v1/repos/demo"));
        assert!(!same("ssh://host:1/v1/repos/demo", "ssh://host/v1/repos/demo"));
    }
}

//! The account that the process runs under.

use super::Account;

/// The account of the real user ID, which is the one OpenSSH looks up. An unknown or unreachable directory service
/// leaves name and home empty.
#[cfg(unix)]
pub(super) fn account() -> Account {
    use std::time::Duration;

    use nix::unistd::{Uid, User};

    let uid = Uid::current();
    // The user may live in LDAP behind a network that is down.
    let user = super::deadline::within(Duration::from_secs(2), move || User::from_uid(uid).ok().flatten()).flatten();
    Account {
        uid: Some(uid.as_raw()),
        name: user.as_ref().map(|user| user.name.clone()),
        home: user.map(|user| user.dir).filter(|home| !home.as_os_str().is_empty()),
    }
}

/// The account as the environment names it; Windows sets these for every logon.
#[cfg(windows)]
pub(super) fn account() -> Account {
    use std::env::var_os;

    let text = |name| var_os(name).map(|value| value.to_string_lossy().into_owned());
    Account {
        uid: None,
        name: text("USERNAME").filter(|name| !name.is_empty()),
        home: var_os("USERPROFILE").filter(|home| !home.is_empty()).map(Into::into),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_the_one_that_id_names() {
        let id = |flag: &str| {
            let output = std::process::Command::new("id").arg(flag).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        let found = account();
        assert_eq!(found.uid.unwrap().to_string(), id("-ru"));
        assert_eq!(found.name.unwrap(), id("-run"));
        assert!(found.home.unwrap().is_absolute());
    }
}

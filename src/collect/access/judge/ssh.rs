//! What OpenSSH told with `-v` (sshconnect.c, sshconnect2.c and authfile.c of OpenSSH; written after 9.2).

use super::lines::Line;
use crate::collect::mask;
use crate::fact::access::{OfferedKey, SshLogin, UnusableKey};
use crate::fact::{FilePath, Source};
use crate::pattern::Pattern;

/// Most keys of either list that are kept.
const LIMIT: usize = 50;

/// `NAME TYPE SHA256:… [explicit] [agent]`.
static KEY: Pattern = Pattern::new(&["sha256:"], r"^(?:(.*) )?([A-Z0-9-]+) SHA256:([A-Za-z0-9+/]+)(.*)$");
/// `Load key "PATH": reason`.
static LOAD: Pattern = Pattern::new(&["load key"], r#"^Load key "(.*)": (.*)$"#);
static MISSING: Pattern = Pattern::new(
    &["identity"],
    r"^(?:Warning: Identity file|no such identity:) (.*?)(?: not accessible)?: ([^:]*?)\.?$",
);
static NOT_SIGNED: Pattern = Pattern::new(&["sign_and_send_pubkey"], r"^sign_and_send_pubkey: ");
/// `Authenticating to HOST:PORT as 'USER'`.
static AUTHENTICATING: Pattern = Pattern::new(&["authenticating to"], r"^Authenticating to .* as '(.*)'$");

/// What ssh does next when a key brought nothing; without a word where there is no private key to the public one
/// (`load_identity_file` says so only of keys that the configuration names).
const GOES_ON: &[&str] = &["Offering public key: ", "Trying private key: ", "No more authentication methods"];

/// Reads the lines.
pub(super) fn read(lines: &[Line<'_>]) -> SshLogin {
    let mut login = SshLogin::default();
    // The server would take a key and waits for a signature.
    let mut waiting = false;
    for line in lines {
        match line {
            Line::Debug(text) => {
                let goes_on = GOES_ON.iter().any(|start| text.starts_with(start));
                if waiting && goes_on {
                    not_signed(&mut login);
                }
                waiting = text.starts_with("Server accepts key: ")
                    || (waiting && !goes_on && !text.starts_with("Authentications that can continue: "));
                debug(&mut login, text);
            }
            Line::Said(text) => said(&mut login, text),
            _ => {}
        }
    }
    let count = login.offered.len();
    login.offered_count = i64::try_from(count).unwrap_or(i64::MAX);
    for key in login.offered.iter_mut().filter(|key| key.outcome.is_empty()) {
        key.outcome = "refused".into();
    }
    login.offered.truncate(LIMIT);
    login.unusable.truncate(LIMIT);
    login
}

fn debug(login: &mut SshLogin, text: &str) {
    if text.starts_with("Connection established") {
        login.connected = true;
    } else if let Some(version) = text.strip_prefix("Remote protocol version ") {
        // Behind a ProxyCommand nothing else tells.
        login.connected = true;
        let (protocol, software) = version.split_once(", remote software version ").unwrap_or((version, ""));
        login.server_version = Some(mask::mask(&format!("SSH-{protocol}-{software}")).into());
    } else if text.contains("is known and matches the") || text.starts_with("SSH2_MSG_NEWKEYS received") {
        login.host_key_accepted = true;
    } else if let Some(key) = text.strip_prefix("Offering public key: ") {
        login.offered.extend(offered(key));
    } else if let Some(key) = text.strip_prefix("Server accepts key: ") {
        accepted(login, key);
    } else if let Some(methods) = text.strip_prefix("Authentications that can continue: ") {
        login.methods_left = Some(methods.into());
        // The server does not want the last one.
        if let Some(key) = login.offered.last_mut().filter(|key| key.outcome.is_empty()) {
            key.outcome = "refused".into();
        }
    } else if text.contains("no mutual signature") {
        login.no_mutual_signature = true;
    } else if text.starts_with("Authentication succeeded") {
        login.authenticated = true;
    } else if let Some(found) = AUTHENTICATING.for_text(text).and_then(|pattern| pattern.captures(text)) {
        login.user = found.get(1).map(|user| mask::mask(user.as_str()).into());
    }
}

fn said(login: &mut SshLogin, text: &str) {
    if text.starts_with("Authenticated to ") {
        login.authenticated = true;
        login.host_key_accepted = true;
    } else if text.contains("Too many authentication failures") {
        login.too_many_keys = true;
    } else if text.contains("no mutual signature") {
        login.no_mutual_signature = true;
    } else if NOT_SIGNED.for_text(text).is_some_and(|pattern| pattern.is_match(text)) {
        not_signed(login);
    }
    let load = LOAD.for_text(text).and_then(|pattern| pattern.captures(text));
    let missing = MISSING.for_text(text).and_then(|pattern| pattern.captures(text));
    if let Some((path, reason)) =
        load.or(missing).and_then(|found| Some((found.get(1)?.as_str(), found.get(2)?.as_str())))
    {
        let source = Source::command("ssh -v", mask::excerpt(text));
        login.unusable.push(UnusableKey { path: path.into(), reason: reason_word(reason).into(), source });
        if login.accepted_key.as_ref().is_some_and(|accepted| accepted.0 == path) {
            not_signed(login);
        }
    }
}

fn offered(text: &str) -> Option<OfferedKey> {
    let found = KEY.for_text(text)?.captures(text)?;
    let group = |number| found.get(number).map_or("", |group| group.as_str());
    Some(OfferedKey {
        name: FilePath(mask::mask(group(1))),
        key_type: group(2).to_ascii_lowercase().into(),
        sha256: group(3).into(),
        from_agent: group(4).split(' ').any(|word| word == "agent"),
        outcome: "".into(),
    })
}

/// The server would take the key; whether it can be signed with is still open.
fn accepted(login: &mut SshLogin, text: &str) {
    let Some(key) = offered(text) else { return };
    login.accepted_key = Some(key.name.clone());
    if let Some(same) = login.offered.iter_mut().rev().find(|own| own.sha256 == key.sha256) {
        same.outcome = "accepted".into();
    }
}

fn not_signed(login: &mut SshLogin) {
    login.accepted_key = None;
    if let Some(key) = login.offered.iter_mut().rev().find(|key| &*key.outcome == "accepted") {
        key.outcome = "not-signed".into();
    }
}

/// The words of `ssherr.c` of OpenSSH.
fn reason_word(reason: &str) -> &'static str {
    match reason {
        "bad permissions" => "bad-permissions",
        "incorrect passphrase supplied to decrypt private key" => "passphrase",
        "invalid format" | "error in libcrypto" | "string is too large" | "incomplete message" => "invalid-format",
        "No such file or directory" => "missing",
        "Permission denied" => "permission-denied",
        _ => "other",
    }
}

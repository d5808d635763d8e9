//! Settings that cc-doctor writes, with the values that they may have.

use crate::collect::ssh::keywords;
use crate::fix::edit::refusal::Refusal;

/// Algorithms that may be added to those of the client, all of them on in OpenSSH by default (`myproposal.h`).
const SOUND_ALGORITHMS: [&str; 16] = [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group16-sha512",
    "aes128-ctr",
    "aes256-ctr",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
];

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Keyword in lower case.
    pub keyword: String,
    /// Value without quotes.
    pub value: String,
}

impl Setting {
    /// A setting that may be written.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for a keyword that names a program or that cc-doctor does not set, and for a value that
    /// the keyword cannot have.
    pub fn new(keyword: &str, value: &str) -> Result<Self, Refusal> {
        let keyword = keyword.to_ascii_lowercase();
        let strange = |c: char| c.is_control() || "\"'`".contains(c);
        if value.is_empty() || value.contains(strange) || value.ends_with('\\') || value.contains("\\\\") {
            return Err(Refusal::not_allowed(
                "the value holds characters that are not written into an ssh configuration",
            ));
        }
        if is_allowed(&keyword, value) {
            return Ok(Self { keyword, value: value.to_owned() });
        }
        let spelling = keywords::documented(&keyword);
        Err(Refusal::not_allowed(format!("{spelling} is not set to this value by cc-doctor")))
    }

    /// Keyword and value as one line, without indentation and line end.
    pub(super) fn written(&self) -> String {
        let value = if self.keyword == "host" { self.value.clone() } else { quoted(&self.value, false) };
        format!("{} {value}", keywords::documented(&self.keyword))
    }
}

/// The value as one argument.
pub(super) fn quoted(value: &str, always: bool) -> String {
    let needs = always || value.contains([' ', '\t']) || value.starts_with('#');
    if needs { format!("\"{value}\"") } else { value.to_owned() }
}

fn is_allowed(keyword: &str, value: &str) -> bool {
    let is_in = |words: &[&str]| words.contains(&value.to_ascii_lowercase().as_str());
    let word =
        |more: &str| !value.starts_with('-') && value.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    match keyword {
        "user" => word("-_.@+="),
        "hostname" | "hostkeyalias" => word("-_.:%"),
        "port" => value.parse::<u16>().is_ok_and(|port| port > 0),
        "identityfile" | "certificatefile" => !value.starts_with(['-', '|', '!']),
        "identitiesonly" | "pubkeyauthentication" => is_in(&["yes", "no"]),
        "preferredauthentications" => word("-,") && value.split(',').any(|method| method == "publickey"),
        "hostkeyalgorithms" | "pubkeyacceptedalgorithms" | "pubkeyacceptedkeytypes" => {
            value.chars().all(|c| c.is_ascii_alphanumeric() || "-@.,+^*".contains(c))
        }
        // What the client offers of its own accord, and more that is not known to be broken.
        "kexalgorithms" | "ciphers" | "macs" => {
            value.strip_prefix('+').is_some_and(|names| names.split(',').all(|name| SOUND_ALGORITHMS.contains(&name)))
        }
        // CodeCommit's own host keys have 2048 bits, and so has the shortest key that it takes.
        "requiredrsasize" => value == "2048",
        "stricthostkeychecking" => is_in(&["yes", "ask", "accept-new"]),
        "userknownhostsfile" => !value.contains("/dev/null") && !is_in(&["none"]),
        "identityagent" => is_in(&["none", "ssh_auth_sock"]) || value.starts_with(['/', '~']),
        // Only what takes them back for a host; what they can say otherwise runs programs or leads elsewhere.
        "remotecommand" | "controlpath" | "proxyjump" => is_in(&["none"]),
        "sessiontype" => is_in(&["default"]),
        "forkafterauthentication" => is_in(&["no"]),
        "addressfamily" => is_in(&["any"]),
        "ignoreunknown" => value.chars().all(|c| c.is_ascii_alphanumeric() || ",*?".contains(c)),
        "host" => value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:*?! %".contains(c)),
        _ => false,
    }
}

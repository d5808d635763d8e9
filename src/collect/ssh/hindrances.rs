//! Settings made for another use of ssh that are in the way of git (ssh_config(5), and `main`, `ssh_session2` and
//! `unix_listener` in ssh.c, mux.c and misc.c of OpenSSH).

use std::path::{Path, PathBuf};

use super::home::Homes;
use super::proxy::Tokens;
use super::settings::{Form, Readings};
use super::{evaluate, keywords, place};
use crate::fact::FilePath;
use crate::fact::ssh::Hindrance;
use crate::system::{Platform, System};

/// Longest path of a control socket, in bytes: `sun_path` of Linux has 108, macOS's 104, the last one is NUL, and ssh
/// appends a dot and 16 letters while it makes the socket.
const SOCKET_PATH: usize = 104 - 1 - 17;

/// The settings that are in the way, for one host.
pub(super) fn collect(
    system: &dyn System,
    homes: &Homes,
    readings: &Readings<'_>,
    tokens: &Tokens<'_>,
) -> Vec<Hindrance> {
    let settings = Settings { system, homes, readings, tokens };
    let plain = [
        settings.unless("remotecommand", "command", &["none"]),
        settings.unless("sessiontype", "session", &["default"]),
        settings.unless("forkafterauthentication", "background", &["no", "false"]),
        settings.unless("addressfamily", "family", &["any", "inet"]),
        settings.unless("bindaddress", "address", &[]),
        settings.unless("bindinterface", "address", &[]),
    ];
    let others = [settings.jump_loop(), settings.control_socket()];
    plain.into_iter().chain(others).flatten().collect()
}

struct Settings<'a> {
    system: &'a dyn System,
    homes: &'a Homes,
    readings: &'a Readings<'a>,
    tokens: &'a Tokens<'a>,
}

impl Settings<'_> {
    fn hindrance(&self, keyword: &str, kind: &str) -> Option<Hindrance> {
        let setting = self.readings.setting(keyword, Form::Plain, None);
        Some(Hindrance {
            kind: kind.into(),
            keyword: keywords::documented(keyword).into(),
            value: setting.value.filter(|value| !value.is_empty())?,
            folder: None,
            jump_host: None,
            source: setting.source,
        })
    }

    /// The setting, unless it has one of these values.
    fn unless(&self, keyword: &str, kind: &str, harmless: &[&str]) -> Option<Hindrance> {
        let found = self.hindrance(keyword, kind)?;
        (!harmless.iter().any(|value| found.value.eq_ignore_ascii_case(value))).then_some(found)
    }

    /// A `ProxyJump` below `Host *` holds for the jump host itself: "jumphost loop via" (`main` in ssh.c).
    fn jump_loop(&self) -> Option<Hindrance> {
        let found = self.unless("proxyjump", "jump-loop", &["none"])?;
        let host = first_hop(&found.value)?;
        let query = evaluate::Query { host: &host, local_user: self.tokens.local_user, ..evaluate::Query::default() };
        let jump = evaluate::evaluate(self.readings.tree, &query);
        let again = jump.first("proxyjump").and_then(|next| first_hop(&next.value));
        (again.as_deref() == Some(host.as_str())).then(|| Hindrance { jump_host: Some(host.into()), ..found })
    }

    /// Only a client that makes the socket (`ControlMaster`) minds where it lies.
    fn control_socket(&self) -> Option<Hindrance> {
        let master = self.readings.setting("controlmaster", Form::Word, None).value?;
        if self.system.platform() == Platform::Windows || !["yes", "auto", "ask", "autoask"].contains(&&*master.0) {
            return None;
        }
        let mut found = self.unless("controlpath", "control-folder", &["none"])?;
        let path = PathBuf::from(self.homes.expand(&self.tokens.expand(&found.value).replace("%C", &"0".repeat(40))));
        let folder = path.parent().filter(|folder| is_known(folder))?;
        if path.as_os_str().len() > SOCKET_PATH {
            found.kind = "control-length".into();
            return is_known(&path).then_some(found);
        }
        found.folder = Some(FilePath(place::shown(folder)));
        self.system
            .symlink_metadata(folder)
            .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
            .then_some(found)
    }
}

/// Whether all of a path is known: no token is left that only ssh expands, and no variable.
fn is_known(path: &Path) -> bool {
    let text = path.to_string_lossy();
    super::home::is_absolute(&text) && !text.contains(['%', '$'])
}

/// The host that a `ProxyJump` list begins with.
fn first_hop(jump: &str) -> Option<String> {
    let hop = jump.split(',').next()?.trim();
    let hop = hop.strip_prefix("ssh://").unwrap_or(hop);
    let host = hop.rsplit('@').next()?.split(':').next()?;
    (!host.is_empty() && !host.eq_ignore_ascii_case("none")).then(|| host.to_lowercase())
}

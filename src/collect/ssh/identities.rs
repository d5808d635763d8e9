//! The identities that ssh will try for one host.

use std::path::{Path, PathBuf};

use super::evaluate::{Found, Origin};
use super::home::{self, Homes};
use super::proxy::Tokens;
use super::settings::Readings;
use super::{blocks, keyfile, place};
use crate::fact::{Fact, FilePath, Source, ssh::Identity};
use crate::system::System;

/// The names that ssh tries by itself, in order (`fill_default_options` in readconf.c of OpenSSH 9.2).
const DEFAULTS: [&str; 7] = [
    "~/.ssh/id_rsa",
    "~/.ssh/id_ecdsa",
    "~/.ssh/id_ecdsa_sk",
    "~/.ssh/id_ed25519",
    "~/.ssh/id_ed25519_sk",
    "~/.ssh/id_xmss",
    "~/.ssh/id_dsa",
];
/// Most identities of one host (`SSH_MAX_IDENTITY_FILES` in ssh.h).
const LIMIT: usize = 100;

/// Everything that paths are resolved against.
pub(super) struct Places<'a> {
    pub(super) system: &'a dyn System,
    pub(super) homes: &'a Homes,
    pub(super) tokens: Tokens<'a>,
    pub(super) agent: &'a Fact<Vec<Vec<u8>>>,
}

impl Places<'_> {
    /// A path of the configuration as ssh opens it: `~`, then tokens and `${NAME}`, then the working directory.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        let expanded = self.tokens.expand(&self.variables(&self.homes.expand(path)));
        if home::is_absolute(&expanded) {
            return expanded.into();
        }
        self.system.current_dir().unwrap_or_default().join(expanded)
    }

    /// `${NAME}` from the environment; names that are not set stay, as ssh then gives up.
    fn variables(&self, text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, name, after)) = rest
            .split_once("${")
            .and_then(|(before, tail)| tail.split_once('}').map(|(name, after)| (before, name, after)))
        {
            out.push_str(before);
            match self.system.env(name) {
                Some(value) => out.push_str(&value.to_string_lossy()),
                None => out.push_str(&format!("${{{name}}}")),
            }
            rest = after;
        }
        out + rest
    }
}

/// The identities in order, and whether they are configured.
pub(super) fn collect(readings: &Readings<'_>, places: &Places<'_>) -> (Vec<Identity>, bool) {
    let own = readings.own.all("identityfile");
    let values: Vec<String> = match readings.told {
        Some(answer) => answer.settings.get("identityfile").cloned().unwrap_or_default(),
        None => own.iter().map(|found| found.value.clone()).collect(),
    };
    let are_defaults = own.is_empty() && values.iter().all(|value| DEFAULTS.contains(&value.as_str()));
    let values = if values.is_empty() { DEFAULTS.map(str::to_owned).to_vec() } else { values };
    let mut identities: Vec<Identity> = Vec::new();
    for value in values.iter().filter(|value| !value.eq_ignore_ascii_case("none") && !value.is_empty()).take(LIMIT) {
        let path = places.resolve(value);
        if identities.iter().any(|known| *known.path == *place::shown(&path)) {
            continue;
        }
        let origin = own.iter().find(|found| found.value == *value);
        identities.push(Identity {
            is_default: are_defaults,
            key: keyfile::describe(places.system, places.agent, &path),
            source: source(readings, origin, &path),
            path: FilePath(place::shown(&path)),
        });
    }
    (identities, !are_defaults)
}

fn source(readings: &Readings<'_>, origin: Option<&Found>, path: &Path) -> Source {
    match origin.map(|found| &found.origin) {
        Some(Origin::Line { file, line }) => blocks::line_source(readings.tree, *file, *line).unwrap_or_default(),
        Some(Origin::CommandLine) => Source::command("ssh -i", format!("-i {}", place::shown(path))),
        _ => Source::file(place::shown(path)),
    }
}

/// How many exist, are private keys and RSA. Unavailable when none is seen to be and one could not be looked at.
pub(super) fn usable(identities: &[Identity]) -> Fact<i64> {
    let is = |fact: &Fact<crate::fact::Word>, wanted: &str| fact.known().is_some_and(|word| &**word == wanted);
    let count = identities.iter().filter(|i| is(&i.key.role, "private") && is(&i.key.key_type, "rsa")).count();
    let unseen = identities.iter().find_map(|identity| match (&identity.key.role, &identity.key.key_type) {
        (Fact::Unavailable(reason), _) => Some(reason),
        (role, Fact::Unavailable(reason)) if is(role, "private") => Some(reason),
        _ => None,
    });
    match unseen {
        Some(reason) if count == 0 => Fact::Unavailable(reason.clone()),
        _ => Fact::Known(i64::try_from(count).unwrap_or(i64::MAX)),
    }
}

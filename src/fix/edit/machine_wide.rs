//! The configuration that git reads for all accounts of the machine. Its administrator may have it edited; everybody else
//! is told the command to ask for.

use std::path::{Path, PathBuf};

use super::refusal::Refusal;
use crate::collect::git::config::Scope;
use crate::collect::git::reading;
use crate::finding::{Message, Segment, plain_text};
use crate::system::System;

/// The file, whether it exists or not; `None`: git reads none (`GIT_CONFIG_NOSYSTEM`).
pub fn file(system: &dyn System) -> Option<PathBuf> {
    let git = system.find_program("git").into_iter().next();
    let files = reading::top_files(system, git.as_deref(), None);
    files.into_iter().find(|(_, scope)| *scope == Scope::System).map(|(path, _)| path)
}

/// Whether this account may have the file edited, as far as its owner tells.
///
/// # Errors
/// [`Refusal::NotAllowed`] with the command for somebody who may: `arguments` behind `git config --system`.
pub(super) fn demand_own(system: &dyn System, path: &Path, arguments: &[&str]) -> Result<(), Refusal> {
    let owner = system.metadata(path).ok().and_then(|found| found.uid);
    if owner == system.account().uid {
        return Ok(());
    }
    let words = ["sudo", "git", "config", "--system"].iter().chain(arguments);
    let line = shlex::try_join(words.copied()).unwrap_or_default();
    Err(Refusal::not_allowed(format!("{} is the whole machine's; its administrator can: {line}", path.display())))
}

/// The command of a fix that edits the file, as its administrator types it; `None`: it is about another file.
pub fn command(system: &dyn System, file: &Path, command: &[Message]) -> Option<Vec<Message>> {
    let [git, config, option, path, rest @ ..] = command else { return None };
    let is = |word: &Message, text: &str| plain_text(word) == text;
    if !is(git, "git") || !is(config, "config") || !is(option, "--file") || Path::new(&plain_text(path)) != file {
        return None;
    }
    let word = |text: &str| vec![Segment::Literal(text.to_owned())];
    let owner = system.metadata(file).ok().and_then(|found| found.uid);
    let sudo = (owner != system.account().uid).then(|| word("sudo"));
    let words = [git.clone(), config.clone(), word("--system")];
    Some(sudo.into_iter().chain(words).chain(rest.iter().cloned()).collect())
}

/// What `git config` is told to make an edit.
pub(super) fn arguments<'a>(
    kind: &str,
    key: &'a str,
    (value, from, to): (Option<&'a str>, Option<&'a str>, Option<&'a str>),
) -> Vec<&'a str> {
    match (kind, value) {
        ("git-config-set", _) => vec![key, value.unwrap_or_default()],
        ("git-config-replace", _) => {
            vec!["--fixed-value", "--replace-all", key, to.unwrap_or_default(), from.unwrap_or_default()]
        }
        (_, Some(value)) => vec!["--fixed-value", "--unset-all", key, value],
        (_, None) => vec!["--unset-all", key],
    }
}

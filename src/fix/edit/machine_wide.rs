//! The configuration that git reads for all accounts of the machine. Its administrator may have it edited; everybody else
//! is told the command to ask for.

use std::io;
use std::path::{Path, PathBuf};

use super::refusal::Refusal;
use crate::collect::git::config::Scope;
use crate::collect::git::reading;
use crate::finding::{Message, Segment, plain_text};
use crate::system::{Platform, System};

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
    if is_own(system, path) {
        return Ok(());
    }
    let words = has_sudo(system).then_some("sudo").into_iter().chain(["git", "config", "--system"]);
    let line = shlex::try_join(words.chain(arguments.iter().copied())).unwrap_or_default();
    Err(Refusal::not_allowed(format!("{} is the whole machine's; its administrator can: {line}", path.display())))
}

/// Whether the file, or the directory in which it would be made, is known to be this account's. Windows tells no owner.
fn is_own(system: &dyn System, path: &Path) -> bool {
    let found = match system.metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.parent().map(|parent| system.metadata(parent)),
        found => Some(found),
    };
    let owner = found.and_then(Result::ok).and_then(|found| found.uid);
    owner.is_some() && owner == system.account().uid
}

/// Windows has an administrator's terminal instead.
fn has_sudo(system: &dyn System) -> bool {
    system.platform() != Platform::Windows
}

/// The command of a fix that edits the file, as its administrator types it; `None`: it is about another file.
pub fn command(system: &dyn System, file: &Path, command: &[Message]) -> Option<Vec<Message>> {
    let [git, config, option, path, rest @ ..] = command else { return None };
    let is = |word: &Message, text: &str| plain_text(word) == text;
    if !is(git, "git") || !is(config, "config") || !is(option, "--file") || Path::new(&plain_text(path)) != file {
        return None;
    }
    let word = |text: &str| vec![Segment::Literal(text.to_owned())];
    let sudo = (has_sudo(system) && !is_own(system, file)).then(|| word("sudo"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fake::FakeSystem;

    #[test]
    fn a_file_whose_owner_nobody_tells_is_not_ones_own() {
        let windows = FakeSystem::new(Platform::Windows).file("C:/Program Files/Git/etc/gitconfig", "");
        let refused = demand_own(&windows, Path::new("C:/Program Files/Git/etc/gitconfig"), &["--unset-all", "a.b"]);
        let said = refused.map_err(|refusal| refusal.to_string()).unwrap_err();
        assert!(said.ends_with("its administrator can: git config --system --unset-all a.b"), "{said}");
    }

    #[test]
    fn a_file_to_be_made_is_its_directorys_owners() {
        let own = FakeSystem::new(Platform::Linux).dir("/etc").owner("/etc", 1000);
        assert_eq!(demand_own(&own, Path::new("/etc/gitconfig"), &[]), Ok(()));
        let roots = FakeSystem::new(Platform::Linux).dir("/etc").owner("/etc", 0);
        assert!(demand_own(&roots, Path::new("/etc/gitconfig"), &[]).is_err());
    }
}

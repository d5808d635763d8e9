//! Git's configuration and the repository in the working directory.
//!
//! [`collect`] asks git once for its configuration, reads the same files itself for lines and for the case that git
//! is missing or refuses, and looks at the repository. The raw entries stay in [`GitState`]; facts are masked.

use std::path::{Path, PathBuf};

use super::Context;
use super::https::HttpsState;
use crate::fact;
use crate::fact::Fact;
use crate::system::{Discovered, System};

pub mod config;
pub mod config_file;
pub mod environment;
pub mod facts;
pub mod files;
pub mod include;
pub mod listing;
pub mod ownership;
pub mod paths;
pub mod protocol;
pub mod reading;
#[cfg(test)]
pub(crate) mod real_git;
pub mod remotes;
pub mod repository;
pub mod rewrite;
pub mod shell;
pub mod ssh_command;
#[cfg(test)]
pub(crate) mod testing;
pub mod wildmatch;

pub use protocol::protocol_allowed;
pub use remotes::{RawUrl, RawUrlOrigin, raw_urls};
pub use rewrite::rewrite;

use config::{Config, FileText, Scope};
use listing::Listing;
use ownership::Ownership;
use reading::Reading;

/// What is known of git: the facts, and the raw entries that never leave `collect`.
#[derive(Debug, Default)]
pub struct GitState {
    /// The facts.
    pub fact: fact::git::Git,
    /// The configuration that takes effect, unmasked.
    pub config: Config,
    /// The git program.
    pub program: Option<PathBuf>,
    /// The repository's own configuration, when git ignores it for its owner or stops at another file.
    ignored: Option<Config>,
    submodules: Vec<remotes::RawSubmodule>,
    /// What the HTTPS collector prepares once for all targets.
    pub(super) https: std::sync::OnceLock<HttpsState>,
}

impl GitState {
    /// The configuration in which the remotes stand, also when git ignores it.
    pub fn repository_config(&self) -> &Config {
        self.ignored.as_ref().unwrap_or(&self.config)
    }
}

/// Collects all facts about git. A broken or missing git makes single facts unavailable, never all of them.
pub fn collect(context: &Context<'_>) -> GitState {
    let system = context.system;
    let program = system.find_program("git").into_iter().next();
    let directory = system.current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let found = repository::discover(system, &directory);
    let owned = found.as_ref().map(|found| ownership::observe(system, program.as_deref(), found));
    let is_dubious = owned.as_ref().is_some_and(|owned| owned.dubious == Fact::Known(true));
    let trusted = found.as_ref().filter(|_| !is_dubious);

    let (config, mut fact) = configuration(system, program.as_deref(), trusted, &directory);
    let owned = found.as_ref().zip(owned).map(|(found, owned)| settled(system, found, owned, &fact));
    let is_dubious = owned.as_ref().is_some_and(|owned| owned.dubious == Fact::Known(true));
    let is_apart = is_dubious || fact.error.known().is_some();
    let ignored = found.as_ref().filter(|_| is_apart).map(|found| repository_file(system, found));
    let of_repository = ignored.as_ref().unwrap_or(&config);
    let submodules = found.as_ref().map(|found| remotes::submodules(system, found, of_repository)).unwrap_or_default();
    fact.repository = Fact::from_option(
        found.zip(owned).map(|(found, owned)| repository::fact(system, &found, of_repository, owned, &submodules)),
    );
    GitState { fact, config, program, ignored, submodules, https: std::sync::OnceLock::new() }
}

/// Where owners cannot be compared, git's own list tells: it leaves out what a repository says that it does not trust.
fn settled(system: &dyn System, found: &Discovered, owned: Ownership, fact: &fact::git::Git) -> Ownership {
    let git_answered = fact.error == Fact::Absent;
    if !git_answered || !matches!(owned.dubious, Fact::Unavailable(_)) {
        return owned;
    }
    let is_local = |entry: &fact::git::ConfigEntry| matches!(&*entry.scope, "local" | "worktree");
    let dubious = if fact.entries.iter().any(is_local) {
        Fact::Known(false)
    } else if repository_file(system, found).entries().is_empty() {
        return owned;
    } else {
        Fact::Known(true)
    };
    Ownership { dubious, ..owned }
}

/// The `config` file of a repository that git does not trust, or does not come to.
fn repository_file(system: &dyn System, found: &Discovered) -> Config {
    remotes::config_of_file(system, &found.common_dir.join("config"))
}

/// The configuration and those facts that follow from it alone.
fn configuration(
    system: &dyn System,
    program: Option<&Path>,
    repository: Option<&Discovered>,
    directory: &Path,
) -> (Config, fact::git::Git) {
    let mut reading = reading::read(system, program, repository);
    let listing = match program {
        Some(git) => match listing::endless(system, &reading) {
            Some(reason) => Listing::Unavailable(reason),
            None => listing::ask(system, git, directory),
        },
        None => Listing::Unavailable("git is not installed".into()),
    };
    let bases: Vec<&Path> =
        repository.and_then(|repository| repository.work_tree.as_deref()).into_iter().chain([directory]).collect();
    let error = listing::error(system, &listing, &mut reading, &bases);
    let entries = match listing {
        Listing::Read(listed) => {
            let entries = listing::join(system, listed, &mut reading, &bases);
            forget_unread_system_files(&mut reading, &entries);
            entries
        }
        _ => std::mem::take(&mut reading.entries),
    };
    let files = reading.files.iter().filter(|file| !file.unread).map(|file| files::fact(system, file)).collect();
    let missing_includes = std::mem::take(&mut reading.missing);
    let texts = reading
        .files
        .into_iter()
        .map(|file| file.content.unwrap_or_else(|_| FileText::new(file.path.to_string_lossy().into_owned(), b"")));
    let config = Config::new(entries, texts.collect());
    let fact = fact::git::Git {
        files,
        entries: facts::entries(&config),
        error: match error {
            Fact::Absent => Fact::from_option(listing::refused_credential(&config)),
            known => known,
        },
        missing_includes,
        repository: Fact::Absent,
        rewrites: rewrite::rules(&config),
        ssh_command: ssh_command::fact(system, &config),
    };
    (config, fact)
}

/// A system file that has entries none of which git lists is not the one that this git reads.
fn forget_unread_system_files(reading: &mut Reading, entries: &[config::Entry]) {
    for (index, file) in reading.files.iter_mut().enumerate() {
        let is_listed = || {
            entries.iter().any(|entry| match entry.place {
                config::Place::Line { file, .. } | config::Place::File(file) => file == index,
                config::Place::Variable(_) => false,
            })
        };
        file.unread = file.scope == Scope::System && !file.parsed.items.is_empty() && !is_listed();
    }
}

#[cfg(test)]
mod tests;

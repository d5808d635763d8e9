//! The facts about the machine's ssh set-up as a whole.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::agent::AgentState;
use super::blocks::NumberedBlock;
use super::home::Homes;
use super::include::{ConfigText, Tree};
use super::{keyfile, misnamed, place};
use crate::fact::{
    Fact, FilePath, Source, Text, Word,
    ssh::{ConfigError, ConfigFile, Ssh},
};
use crate::system::{FileKind, System};

/// What the facts are made from.
pub(super) struct Parts<'a> {
    pub(super) system: &'a dyn System,
    pub(super) homes: &'a Homes,
    pub(super) tree: &'a Tree,
    pub(super) blocks: &'a [NumberedBlock],
    pub(super) agent: &'a AgentState,
    pub(super) errors: Vec<ConfigError>,
    /// The user's configuration file.
    pub(super) config_path: PathBuf,
}

/// Puts the facts together.
pub(super) fn facts(parts: Parts<'_>) -> Ssh {
    let directory = parts.homes.ssh_directory();
    let other = other_directory(&parts, &directory);
    let own = own_directory(&parts, &directory);
    let included: HashSet<_> = parts.tree.files.iter().map(|file| file.path.clone()).collect();
    let paths: Vec<_> = own
        .iter()
        .chain([&directory])
        .flat_map(|directory| keyfile::in_directory(parts.system, directory))
        .take(200)
        .collect();
    Ssh {
        directory_exists: exists(parts.system, &directory),
        config_files: parts.tree.files.iter().map(config_file).collect(),
        config_like_files: misnamed::find(
            parts.system,
            &places(&parts, &directory, own.as_ref(), other.as_ref()),
            &included,
        ),
        blocks: parts.blocks.iter().map(|numbered| numbered.block.clone()).collect(),
        keys: paths.iter().map(|path| keyfile::describe(parts.system, &parts.agent.blobs, path)).collect(),
        agent: parts.agent.fact.clone(),
        other_files: other.as_ref().map(|other| other_files(parts.system, other)).unwrap_or_default(),
        other_directory: other.map(|other| FilePath(place::shown(&other))),
        directory: place::shown(&directory).into(),
        config_path: place::shown(&parts.config_path).into(),
        config_errors: parts.errors,
    }
}

/// Whether a directory exists.
pub(super) fn exists(system: &dyn System, directory: &Path) -> Fact<bool> {
    match system.metadata(directory) {
        Ok(metadata) => Fact::Known(metadata.kind == FileKind::Directory),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Fact::Known(false),
        Err(error) => Fact::Unavailable(error.to_string()),
    }
}

/// The directory of a configuration that is not in `.ssh`, when it is kept for ssh and not some other place.
fn own_directory(parts: &Parts<'_>, directory: &Path) -> Option<PathBuf> {
    let own = parts.config_path.parent()?;
    let homes = [Some(&parts.homes.ssh), parts.homes.shell.as_ref()];
    let is_home = homes.iter().flatten().any(|home| home.as_path() == own);
    let is_common = ["/", "/dev", "/etc", "/etc/ssh", "/tmp", "/var/tmp"].iter().any(|common| own == Path::new(common));
    // Another directory is only taken for a `.ssh` when it is named like one or the file is.
    let is_kept = own.to_string_lossy().ends_with("ssh") || parts.config_path.ends_with("config");
    (own != directory && !is_home && !is_common && is_kept).then(|| own.to_owned())
}

/// `.ssh` below `HOME` when that is another directory and ssh was not seen to read from it.
fn other_directory(parts: &Parts<'_>, directory: &Path) -> Option<PathBuf> {
    let other = parts.homes.shell.as_ref()?.join(".ssh");
    let real = |path: &Path| parts.system.canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let is_dir = parts.system.metadata(&other).is_ok_and(|metadata| metadata.kind == FileKind::Directory);
    let is_used = parts.config_path.parent() == Some(&other);
    (is_dir && !is_used && real(&other) != real(directory)).then_some(other)
}

/// Where misnamed configurations are looked for, each with the path that ssh reads or would read instead.
fn places(
    parts: &Parts<'_>,
    directory: &Path,
    own: Option<&PathBuf>,
    other: Option<&PathBuf>,
) -> Vec<(PathBuf, PathBuf)> {
    let default = directory.join("config");
    let mut places = vec![(directory.to_owned(), default.clone())];
    places.extend(own.map(|own| (own.clone(), parts.config_path.clone())));
    places.extend(other.map(|other| (other.clone(), default.clone())));
    // A directory named `config` may hold the file that was meant.
    if parts.system.metadata(&default).is_ok_and(|metadata| metadata.kind == FileKind::Directory) {
        places.push((default.clone(), default));
    }
    places
}

fn other_files(system: &dyn System, other: &Path) -> Vec<FilePath> {
    let mut names: Vec<_> = keyfile::in_directory(system, other);
    let config = other.join("config");
    if system.metadata(&config).is_ok() {
        names.insert(0, config);
    }
    names.iter().filter_map(|path| path.file_name().map(|name| FilePath(name.to_string_lossy().into_owned()))).collect()
}

fn config_file(file: &ConfigText) -> ConfigFile {
    let state = &file.state;
    ConfigFile {
        path: place::shown(&file.path).into(),
        scope: file.scope.name().into(),
        exists: state.exists,
        kind: state.kind.map(Word::from),
        readable: state.readable,
        owner_ok: state.owner_ok,
        mode: state.mode.map(|mode| Word(format!("{mode:04o}"))),
        writable_by_others: state.writable_by_others,
        encoding: state.encoding.map(Word::from),
        crlf: state.crlf,
        included_by: file.included_by.clone(),
        problem: state.problem.clone().map(Text),
        source: Source::file(place::shown(&file.path)),
    }
}

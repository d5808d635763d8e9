//! Our own reading of the configuration files, in git's order and with its includes (`do_git_config_sequence` and
//! `git_config_include` in config.c of git): for the places of entries, and where git is missing or refuses.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::config::{Entry, FileText, Place, Scope};
use super::config_file::{self, Parsed};
use super::{environment, facts, include, paths};
use crate::collect::mask::excerpt;
use crate::fact::Source;
use crate::fact::git::{ConfigError, MissingInclude};
use crate::system::{Discovered, System, text};

/// Largest configuration file that is read, in bytes.
pub const SIZE_LIMIT: u64 = 4 * 1024 * 1024;
/// `MAX_INCLUDE_DEPTH` of git.
const DEPTH_LIMIT: usize = 10;
/// Most files that are read through includes, and most entries in all.
const INCLUDE_LIMIT: usize = 1_000;
const ENTRY_LIMIT: usize = 200_000;

/// One file that git reads, or would if it were there.
#[derive(Debug)]
pub struct ReadFile {
    /// Its path.
    pub path: PathBuf,
    /// Its scope.
    pub scope: Scope,
    /// The directive that includes it.
    pub included_by: Option<Source>,
    /// What it says, empty when it could not be read.
    pub parsed: Parsed,
    /// Its bytes, or why they could not be had.
    pub content: io::Result<FileText>,
    /// How its first bytes are encoded.
    pub encoding: Option<&'static str>,
    /// Whether git turned out not to read it after all.
    pub unread: bool,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Reading {
    /// The entries in order. Their places refer to `files`.
    pub entries: Vec<Entry>,
    /// The files in order, each once.
    pub files: Vec<ReadFile>,
    /// Includes that lead nowhere.
    pub missing: Vec<MissingInclude>,
    /// What git would say when it refuses.
    pub error: Option<ConfigError>,
}

impl Reading {
    /// The place in `files` of a file that git names; read now when it is not there yet.
    pub fn file(&mut self, system: &dyn System, path: &Path, scope: Scope) -> usize {
        if let Some(index) = self.files.iter().position(|file| file.path == path) {
            return index;
        }
        let real = paths::real(system, path);
        if let Some(index) = self.files.iter().position(|file| paths::real(system, &file.path) == real) {
            return index;
        }
        self.files.push(read_file(system, path, scope, None));
        self.files.len() - 1
    }
}

/// The top files in git's order.
pub fn top_files(system: &dyn System, git: Option<&Path>, repository: Option<&Discovered>) -> Vec<(PathBuf, Scope)> {
    let mut files = Vec::new();
    let override_of = |name: &str| system.env(name).map(PathBuf::from);
    if !no_system(system) {
        let path = override_of("GIT_CONFIG_SYSTEM").unwrap_or_else(|| system_file(system, git));
        files.push((path, Scope::System));
    }
    if let Some(path) = override_of("GIT_CONFIG_GLOBAL") {
        files.push((path, Scope::Global));
    } else {
        files.extend(paths::xdg(system).map(|directory| (directory.join("config"), Scope::Global)));
        files.extend(paths::home(system).map(|home| (home.join(".gitconfig"), Scope::Global)));
    }
    if let Some(repository) = repository {
        files.push((repository.common_dir.join("config"), Scope::Local));
        files.push((repository.git_dir.join("config.worktree"), Scope::Worktree));
    }
    files.retain(|(path, _)| !path.as_os_str().is_empty() && path != Path::new("/dev/null"));
    files
}

fn no_system(system: &dyn System) -> bool {
    let set = system.env("GIT_CONFIG_NOSYSTEM");
    set.is_some_and(|value| super::config::boolean(&value.to_string_lossy()).unwrap_or(false))
}

/// The file for all users: `/etc/gitconfig` of a git below `/usr`, else `etc/gitconfig` beside git's `bin`.
fn system_file(system: &dyn System, git: Option<&Path>) -> PathBuf {
    let usual = PathBuf::from("/etc/gitconfig");
    let Some(prefix) = git.and_then(Path::parent).and_then(Path::parent) else { return usual };
    let beside = prefix.join("etc/gitconfig");
    if prefix == Path::new("/usr") || prefix == Path::new("/") {
        return usual;
    }
    let elsewhere = ["/nix", "/run", "/snap", "/etc"].iter().any(|root| prefix.starts_with(root));
    if elsewhere && system.metadata(&beside).is_err() { usual } else { beside }
}

/// Reads everything: files, includes and environment. `repository`: `None` outside one and when git ignores it.
pub fn read(system: &dyn System, git: Option<&Path>, repository: Option<&Discovered>) -> Reading {
    let first = read_with(system, git, repository, None);
    if !first.entries.iter().any(include::asks_for_remotes) {
        return first;
    }
    // `hasconfig:` conditions see all remotes, also those of files read later.
    let urls = first.entries.iter().filter(|entry| include::is_remote_url(entry)).map(|entry| entry.text().to_owned());
    read_with(system, git, repository, Some(urls.collect()))
}

fn read_with(
    system: &dyn System,
    git: Option<&Path>,
    repository: Option<&Discovered>,
    remotes: Option<Vec<String>>,
) -> Reading {
    let mut walk = Walk {
        system,
        conditions: include::Conditions { system, repository, remotes },
        reading: Reading::default(),
        included: HashMap::new(),
        steps: 0,
    };
    for (path, scope) in top_files(system, git, repository) {
        if scope == Scope::Worktree && !walk.has_worktree_config() {
            continue;
        }
        walk.top(&path, scope);
    }
    walk.take_entries(environment::entries(system), None, Scope::Command, 0);
    walk.reading
}

struct Walk<'a> {
    system: &'a dyn System,
    conditions: include::Conditions<'a>,
    reading: Reading,
    included: HashMap<PathBuf, usize>,
    steps: usize,
}

impl Walk<'_> {
    /// Whether the repository has a configuration file of the work tree (`extensions.worktreeConfig`).
    fn has_worktree_config(&self) -> bool {
        let mut entries = self.reading.entries.iter().rev();
        let set = entries
            .find(|e| e.scope == Scope::Local && e.heading.section == "extensions" && e.name == "worktreeconfig");
        set.is_some_and(|entry| entry.boolean() == Some(true))
    }

    fn top(&mut self, path: &Path, scope: Scope) {
        let index = self.open(path, scope, None);
        self.take(index, scope, 0);
    }

    fn open(&mut self, path: &Path, scope: Scope, included_by: Option<Source>) -> usize {
        if let Some(index) = self.included.get(path) {
            return *index;
        }
        self.reading.files.push(read_file(self.system, path, scope, included_by));
        let index = self.reading.files.len() - 1;
        self.included.insert(path.to_owned(), index);
        index
    }

    /// Takes the entries of a file, follows its includes where they stand.
    fn take(&mut self, index: usize, scope: Scope, depth: usize) {
        let Some(file) = self.reading.files.get(index) else { return };
        let (path, error_line) = (file.path.clone(), file.parsed.error_line);
        self.take_entries(entries_of(index, &file.parsed, scope).collect(), Some(&path), scope, depth);
        if let Some(line) = error_line.filter(|_| self.reading.error.is_none()) {
            self.reading.error = self.reading.files.get(index).map(|file| bad_line(file, line));
        }
    }

    fn take_entries(&mut self, entries: Vec<Entry>, from: Option<&Path>, scope: Scope, depth: usize) {
        for entry in entries {
            if self.reading.error.is_some() || self.reading.entries.len() >= ENTRY_LIMIT {
                return;
            }
            let target = self.conditions.target(&entry, from).map(|target| (target, self.source(&entry)));
            self.reading.entries.push(entry);
            if let Some((target, source)) = target {
                self.include(&target, source, scope, depth);
            }
        }
    }

    fn include(&mut self, path: &Path, source: Source, scope: Scope, depth: usize) {
        self.steps += 1;
        if self.steps > INCLUDE_LIMIT {
            return;
        }
        let exists = self.system.metadata(path).is_ok();
        if !exists || !self.system.is_readable(path) {
            let path = paths::shown(path).into();
            self.reading.missing.push(MissingInclude { path, exists, source: source.clone() });
        }
        if depth >= DEPTH_LIMIT {
            let message =
                format!("fatal: exceeded maximum include depth ({DEPTH_LIMIT}) while including {}", path.display());
            self.reading.error = Some(ConfigError { message: message.into(), source });
            return;
        }
        let index = self.open(path, scope, Some(source));
        self.take(index, scope, depth + 1);
    }

    /// Where an entry stands.
    fn source(&self, entry: &Entry) -> Source {
        match &entry.place {
            Place::Variable(name) => facts::variable_source(entry, name),
            Place::Line { file, line, start, end } => match self.reading.files.get(*file).map(|file| &file.content) {
                Some(Ok(text)) => facts::line_source(entry, text, *line, (*start, *end)),
                _ => Source::default(),
            },
            Place::File(_) => Source::default(),
        }
    }
}

/// The entries of a file that stands at `file` in the list of files.
pub fn entries_of(file: usize, parsed: &Parsed, scope: Scope) -> impl Iterator<Item = Entry> {
    parsed.items.iter().map(move |item| Entry {
        heading: item.heading.clone(),
        name: item.name.clone(),
        value: item.value.clone(),
        scope,
        place: Place::Line { file, line: item.line, start: item.start, end: item.end },
    })
}

/// What git says of a line that it cannot read.
fn bad_line(file: &ReadFile, line: u32) -> ConfigError {
    let path = paths::shown(&file.path);
    let message = format!("fatal: bad config line {line} in file {path}").into();
    ConfigError { message, source: line_of(file, line) }
}

/// A line of a file, secrets masked.
pub fn line_of(file: &ReadFile, line: u32) -> Source {
    let text = file.content.as_ref().map(|text| String::from_utf8_lossy(text.line(line)).into_owned());
    Source::line(paths::shown(&file.path), line, excerpt(&text.unwrap_or_default()))
}

fn read_file(system: &dyn System, path: &Path, scope: Scope, included_by: Option<Source>) -> ReadFile {
    let read = system.read(path, SIZE_LIMIT);
    let (parsed, encoding) = match &read {
        Ok(bytes) => (config_file::parse(bytes), text::encoding(bytes).filter(|name| *name != "nul-bytes")),
        Err(_) => (Parsed::default(), None),
    };
    let content = read.map(|bytes| FileText::new(paths::shown(path), &bytes));
    ReadFile { path: path.to_owned(), scope, included_by, parsed, content, encoding, unread: false }
}

#[cfg(test)]
mod tests;

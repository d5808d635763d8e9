//! The truth about effective entries: one run of `git config --list`, joined to the lines of our own reading.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::config::{Config, Entry, Place, Scope, split_key};
use super::config_file::Parsed;
use super::reading::{self, Reading};
use super::{environment, paths};
use crate::collect::mask::mask;
use crate::fact::git::ConfigError;
use crate::fact::{Fact, Source};
use crate::system::{FileKind, Invocation, OUTPUT_LIMIT, Output, System};

/// What git's own list says.
#[derive(Debug, PartialEq, Eq)]
pub enum Listing {
    /// The entries in order.
    Read(Vec<Listed>),
    /// It refuses the configuration: its words.
    Refused(String),
    /// It could not be asked: why.
    Unavailable(String),
}

/// One entry as git lists it.
#[derive(Debug, PartialEq, Eq)]
pub struct Listed {
    scope: Option<Scope>,
    /// `file:PATH`, `command line:` and the like.
    origin: String,
    key: String,
    value: Option<String>,
}

/// Why git would wait for ever or read without end: a FIFO or device in place of one of its files.
pub fn endless(system: &dyn System, reading: &Reading) -> Option<String> {
    let is_endless = |path: &Path| {
        path != Path::new("/dev/null") && system.metadata(path).is_ok_and(|found| found.kind == FileKind::Other)
    };
    let file = reading.files.iter().find(|file| is_endless(&file.path))?;
    Some(format!("{} is not a regular file, git may wait for it for ever", paths::shown(&file.path)))
}

/// Asks git for its configuration in `directory`.
pub fn ask(system: &dyn System, git: &Path, directory: &Path) -> Listing {
    let run = |args: &[&str]| system.run(&Invocation::new(git, args).with_cwd(directory));
    let mut with_scope = true;
    let mut answer = run(&["config", "--list", "--show-origin", "--show-scope", "-z"]);
    if answer.as_ref().is_ok_and(|output| output.code == Some(129)) {
        // `--show-scope` exists since git 2.26.
        with_scope = false;
        answer = run(&["config", "--list", "--show-origin", "-z"]);
    }
    match answer {
        Err(error) => Listing::Unavailable(format!("git config {error}")),
        Ok(output) if output.ok() && output.stdout.len() < OUTPUT_LIMIT => {
            parse(&String::from_utf8_lossy(&output.stdout), with_scope)
                .map_or_else(|| Listing::Unavailable("git config --list has another form".into()), Listing::Read)
        }
        Ok(output) => refusal(&output),
    }
}

/// What an answer other than a list means.
fn refusal(output: &Output) -> Listing {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let words = stderr.lines().find(|line| line.starts_with("fatal: ")).unwrap_or_default();
    if ["config", "unable to access", "include depth"].iter().any(|sign| words.contains(sign)) {
        return Listing::Refused(words.to_owned());
    }
    let said = stderr.lines().next().unwrap_or("nothing");
    Listing::Unavailable(format!("git config --list failed: {}", mask(said)))
}

fn parse(stdout: &str, with_scope: bool) -> Option<Vec<Listed>> {
    let mut fields = stdout.split_terminator('\0');
    let mut listed = Vec::new();
    while let Some(first) = fields.next() {
        let (scope, origin) = if with_scope { (Some(Scope::from_word(first)), fields.next()?) } else { (None, first) };
        let entry = fields.next()?;
        let (key, value) = entry.split_once('\n').map_or((entry, None), |(k, v)| (k, Some(v.to_owned())));
        listed.push(Listed { scope, origin: origin.to_owned(), key: key.to_owned(), value });
    }
    Some(listed)
}

/// Gives git's entries the places of our own reading. Files that only git knows are read and added.
pub fn join(system: &dyn System, listed: Vec<Listed>, reading: &mut Reading, bases: &[&Path]) -> Vec<Entry> {
    let mut join = Join {
        system,
        bases,
        files: HashMap::new(),
        cursors: HashMap::new(),
        command: environment::entries(system).into_iter(),
    };
    listed.into_iter().map(|listed| join.entry(listed, reading)).collect()
}

/// Entries of one file that are looked for in vain before that is given up: our reading is of another version then.
const MISS_LIMIT: usize = 50;

/// How far one file has been joined.
#[derive(Debug, Default)]
struct Cursor {
    /// Item behind the last one found.
    next: usize,
    /// Entries not found.
    misses: usize,
}

struct Join<'a, I> {
    system: &'a dyn System,
    /// Directories that git's relative paths start at: the top of the work tree, where git goes, or the working
    /// directory.
    bases: &'a [&'a Path],
    files: HashMap<String, usize>,
    cursors: HashMap<usize, Cursor>,
    command: I,
}

impl<I: Iterator<Item = Entry>> Join<'_, I> {
    fn entry(&mut self, listed: Listed, reading: &mut Reading) -> Entry {
        let (heading, name) = split_key(&listed.key);
        let Some(path) = listed.origin.strip_prefix("file:") else {
            let place = self.command.next().map(|entry| entry.place);
            let place = place.unwrap_or_else(|| Place::Variable("GIT_CONFIG_PARAMETERS".into()));
            return Entry { heading: heading.into(), name, value: listed.value, scope: Scope::Command, place };
        };
        let file = self.file(path, listed.scope, reading);
        let (place, scope) = match reading.files.get(file) {
            Some(read) => {
                let found = self.position(file, &read.parsed, &heading, &name, listed.value.as_deref());
                let line = found.and_then(|index| read.parsed.items.get(index)).map(|item| Place::Line {
                    file,
                    line: item.line,
                    start: item.start,
                    end: item.end,
                });
                (line.unwrap_or(Place::File(file)), read.scope)
            }
            None => (Place::File(file), Scope::Global),
        };
        Entry { heading: heading.into(), name, value: listed.value, scope: listed.scope.unwrap_or(scope), place }
    }

    /// The file that git calls `path`.
    fn file(&mut self, path: &str, scope: Option<Scope>, reading: &mut Reading) -> usize {
        if let Some(index) = self.files.get(path) {
            return *index;
        }
        let candidates: Vec<PathBuf> = self.bases.iter().map(|base| base.join(path)).collect();
        let there = candidates.iter().find(|file| self.system.metadata(file).is_ok()).or(candidates.first());
        let there = there.cloned().unwrap_or_else(|| path.into());
        let index = reading.file(self.system, &there, scope.unwrap_or(Scope::System));
        self.files.insert(path.to_owned(), index);
        index
    }

    /// Which item of the file this is: the next of that key and value behind the last one found, else from the top,
    /// as a file may be included twice.
    fn position(
        &mut self,
        file: usize,
        parsed: &Parsed,
        heading: &super::config_file::Heading,
        name: &str,
        value: Option<&str>,
    ) -> Option<usize> {
        let cursor = self.cursors.entry(file).or_default();
        if cursor.misses > MISS_LIMIT {
            return None;
        }
        let is_it = |index: &usize| {
            parsed.items.get(*index).is_some_and(|item| {
                item.name == name && *item.heading == *heading && same(item.value.as_deref(), value)
            })
        };
        let start = cursor.next.min(parsed.items.len());
        let found = (start..parsed.items.len()).find(is_it).or_else(|| (0..start).find(is_it));
        match found {
            Some(index) => cursor.next = index + 1,
            None => cursor.misses += 1,
        }
        found
    }
}

/// Equal but for the kind of blanks: before 2.45 git turned tabs inside a value into spaces.
fn same(ours: Option<&str>, gits: Option<&str>) -> bool {
    ours == gits || ours.zip(gits).is_some_and(|(ours, gits)| ours.split_whitespace().eq(gits.split_whitespace()))
}

/// The refusal as a fact, with the line that git names.
pub fn error(system: &dyn System, listing: &Listing, reading: &mut Reading, bases: &[&Path]) -> Fact<ConfigError> {
    match listing {
        Listing::Read(_) => Fact::Absent,
        Listing::Refused(words) => {
            let source = named_line(system, words, reading, bases).unwrap_or_default();
            Fact::Known(ConfigError { message: mask(words).into(), source })
        }
        Listing::Unavailable(reason) => match reading.error.take() {
            Some(error) => Fact::Known(error),
            None => Fact::Unavailable(reason.clone()),
        },
    }
}

/// What git will say of `credential` entries as soon as it needs credentials: a bare name, or a `useHttpPath` that is
/// no boolean (`credential_config_callback` in credential.c). Of sections with a URL only those that name CodeCommit
/// count, as git does not look at those that do not match.
pub fn refused_credential(config: &Config) -> Option<ConfigError> {
    config.section("credential").find_map(|entry| {
        let counts = entry.subsection().is_none_or(|url| url.to_ascii_lowercase().contains("codecommit"));
        let message = match &entry.value {
            _ if !counts => return None,
            None => bare_name(entry, &config.source(entry)),
            Some(value) if entry.name == "usehttppath" && entry.boolean().is_none() => {
                format!("fatal: bad boolean config value '{}' for 'credential.usehttppath'", mask(value))
            }
            Some(_) => return None,
        };
        Some(ConfigError { message: message.into(), source: config.source(entry) })
    })
}

fn bare_name(entry: &Entry, source: &Source) -> String {
    let path = source.path.as_deref().unwrap_or("the environment");
    let line = source.line.unwrap_or(0);
    format!("fatal: bad config variable 'credential.{}' in file '{path}' at line {line}", entry.name)
}

/// The place that `fatal: bad config line 3 in file F` or `fatal: unable to access 'F': …` names.
fn named_line(system: &dyn System, words: &str, reading: &mut Reading, bases: &[&Path]) -> Option<Source> {
    let quoted = || words.split_once("unable to access '").and_then(|(_, rest)| rest.rsplit_once("':"));
    let (path, line) = match words.split_once(" in file ") {
        Some((before, path)) => (path, before.rsplit(' ').next().and_then(|line| line.parse().ok())),
        None => (quoted()?.0, None),
    };
    let there = bases.iter().map(|base| base.join(path)).find(|file| system.metadata(file).is_ok())?;
    let Some(line) = line else { return Some(Source::file(paths::shown(&there))) };
    let index = reading.file(system, &there, Scope::Global);
    reading.files.get(index).map(|file| reading::line_of(file, line))
}

//! The two AWS files as they lie on the disk.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::ini::{self, Ini};
use crate::collect::mask;
use crate::fact::aws::{AwsFile, FileError};
use crate::fact::{Fact, FilePath, Source, Text, Word};
use crate::system::{FileKind, Platform, System, text};

/// Larger files are not read; real ones have a few kilobytes.
const LIMIT: u64 = 4 * 1024 * 1024;

/// A file with what was read of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loaded {
    /// What is observed about the file.
    pub(crate) fact: AwsFile,
    /// Its sections as botocore sees them: none when it refuses the file.
    pub(crate) ini: Ini,
    /// Whether botocore would read it and we could not.
    unseen: bool,
    /// The text, for excerpts.
    text: String,
    /// Byte offset of each line.
    starts: Vec<usize>,
}

impl Loaded {
    /// Why nothing can be said about profiles; `None` when it can. A file that does not exist, cannot be opened or is
    /// none at all is no obstacle: botocore goes on without it, in silence.
    pub(crate) fn obstacle(&self) -> Option<String> {
        let path = &self.fact.path;
        if let Some(error) = &self.fact.error {
            let line = error.source.line.unwrap_or(1);
            return Some(format!("{path} cannot be parsed (line {line})"));
        }
        let problem = self.fact.problem.as_ref().filter(|_| self.unseen)?;
        Some(format!("{path}: {problem}"))
    }

    /// A line of the file, secrets masked.
    pub(crate) fn source(&self, line: u32) -> Source {
        Source::line(self.fact.path.0.clone(), line, mask::excerpt(self.line(line)))
    }

    fn line(&self, number: u32) -> &str {
        let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        let start = self.starts.get(index).copied().unwrap_or(self.text.len());
        self.text.get(start..).and_then(|rest| ini::lines(rest).next()).unwrap_or_default()
    }
}

/// Reads one of the files: the one that `variable` names, else `default` in the home directory.
pub(crate) fn load(system: &dyn System, variable: &str, default: &str) -> Loaded {
    let named = system.env(variable).map(|value| value.to_string_lossy().into_owned());
    let path =
        expand(system, &named.clone().map_or_else(|| default.to_owned(), |path| expand_variables(system, &path)));
    let shown = path.to_string_lossy().into_owned();
    let fact = AwsFile {
        path: FilePath(shown.clone()),
        from_environment: named.is_some(),
        source: Source::file(shown),
        ..AwsFile::default()
    };
    let mut loaded = Loaded { fact, ..Loaded::default() };
    describe(system, &path, &mut loaded.fact);
    if loaded.fact.readable == Some(true) && loaded.fact.problem.is_none() {
        read(system, &path, &mut loaded);
    }
    loaded
}

/// Existence, permissions and kind.
fn describe(system: &dyn System, path: &Path, fact: &mut AwsFile) {
    let metadata = match system.metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            fact.exists = match error.kind() {
                ErrorKind::PermissionDenied => {
                    Fact::Unavailable(format!("the directory of {} cannot be searched", fact.path))
                }
                _ => Fact::Known(false),
            };
            return;
        }
    };
    fact.exists = Fact::Known(true);
    fact.mode = metadata.mode.map(|mode| Word(format!("{:04o}", mode & 0o7777)));
    fact.readable_by_others = metadata.mode.map(|mode| mode & 0o044 != 0);
    match metadata.kind {
        // botocore looks with `os.path.isfile` and goes on without the file.
        FileKind::Directory => fact.problem = Some("it is a directory, so it is ignored".into()),
        FileKind::File => {}
        FileKind::Symlink | FileKind::Other => {
            fact.problem = Some("it is no regular file (a FIFO, socket or device), so it is ignored".into());
        }
    }
    fact.readable = Some(metadata.kind == FileKind::File && system.is_readable(path));
}

fn read(system: &dyn System, path: &Path, loaded: &mut Loaded) {
    let bytes = match system.read(path, LIMIT) {
        Ok(bytes) => bytes,
        Err(error) => {
            loaded.unseen = true;
            loaded.fact.problem = Some(match error.kind() {
                ErrorKind::FileTooLarge => format!("it has more than {} MiB", LIMIT / 1024 / 1024).into(),
                _ => Text(error.to_string()),
            });
            return;
        }
    };
    loaded.fact.encoding = encoding(&bytes).map(Word::from);
    let mut ini = Ini::parse(&bytes);
    loaded.text = String::from_utf8_lossy(&bytes).into_owned();
    loaded.starts = starts(&loaded.text);
    if let Some(error) = ini.error.take() {
        let source = Source::line(loaded.fact.path.0.clone(), error.line, without_secrets(loaded.line(error.line)));
        loaded.fact.error = Some(FileError { kind: error.kind.into(), source });
        ini = Ini::default();
    }
    loaded.ini = ini;
}

/// The lines' byte offsets.
fn starts(text: &str) -> Vec<usize> {
    ini::lines(text).map(|line| line.as_ptr() as usize - text.as_ptr() as usize).collect()
}

/// What is unusual about the bytes; `None` for plain text.
fn encoding(bytes: &[u8]) -> Option<&'static str> {
    text::encoding(bytes).or_else(|| std::str::from_utf8(bytes).is_err().then_some("not-utf-8"))
}

/// A line that the parser refuses may be a piece of a secret without its key (a token that was wrapped when it was
/// pasted), so only plain words are kept.
fn without_secrets(line: &str) -> String {
    let plain = |word: &&str| {
        let letters = word.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-' | '[' | ']' | '=' | ':'));
        letters || word.chars().count() <= 3 || word.starts_with('[')
    };
    let words = line.split_whitespace().map(|word| if plain(&word) { word } else { mask::MASK });
    mask::excerpt(&words.collect::<Vec<_>>().join(" "))
}

/// The home directory as Python's `os.path.expanduser` knows it.
pub(crate) fn home(system: &dyn System) -> Option<PathBuf> {
    let variable = |name: &str| system.env(name).map(PathBuf::from);
    match system.platform() {
        Platform::Windows => variable("USERPROFILE").or_else(|| {
            let mut drive = system.env("HOMEDRIVE").unwrap_or_default();
            drive.push(system.env("HOMEPATH")?);
            Some(drive.into())
        }),
        _ => variable("HOME").or_else(|| system.account().home),
    }
}

/// `~` expanded and made absolute.
pub(crate) fn expand(system: &dyn System, path: &str) -> PathBuf {
    let below = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
    let expanded = match (below, home(system)) {
        (Some(rest), Some(home)) => home.join(rest.trim_start_matches(['/', '\\'])),
        _ => PathBuf::from(path),
    };
    absolute(system, expanded)
}

/// Made absolute from the working directory.
pub(crate) fn absolute(system: &dyn System, path: PathBuf) -> PathBuf {
    match system.current_dir() {
        Ok(current) if path.is_relative() => current.join(path),
        _ => path,
    }
}

/// `$NAME` and `${NAME}` as Python's `os.path.expandvars` expands them; unknown ones stay.
fn expand_variables(system: &dyn System, path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, end) = variable_name(after);
        match system.env(name).filter(|_| !name.is_empty()) {
            Some(value) => out.push_str(&value.to_string_lossy()),
            None => {
                out.push('$');
                out.push_str(after.get(..end).unwrap_or_default());
            }
        }
        rest = after.get(end..).unwrap_or_default();
    }
    out + rest
}

/// The name behind a `$` and the length of what it takes up.
fn variable_name(text: &str) -> (&str, usize) {
    if let Some((name, _)) = text.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        return (name, name.len() + 2);
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    (text.get(..end).unwrap_or_default(), end)
}

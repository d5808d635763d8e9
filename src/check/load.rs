//! Loading definitions: from a directory of the user, or from texts.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

pub use super::build::Source;
use super::build::build;
use super::error::{DefinitionError, Errors};
use super::node::{self, Place};
use super::raw::RawCheck;
use super::sheet::Notes;
use super::verify::verify;
use super::word::{Area, Word};
use super::{Check, knowledge, stack};
use crate::system::{FileKind, System};

/// Most files that are read from one directory of definitions.
const FILE_LIMIT: usize = 5_000;

/// Loads and verifies definitions. What they explain is looked at by [`super::merge`].
///
/// # Errors
/// Everything that is wrong with any of them, ordered by file and place.
pub fn load(sources: &[Source], overlay: bool) -> Result<Vec<Check>, Errors> {
    stack::with_large(|| {
        let mut errors = Vec::new();
        let checks: Vec<Check> = sources.iter().filter_map(|source| load_one(source, overlay, &mut errors)).collect();
        errors.extend(duplicates(sources));
        Errors(errors).into_result().map(|()| checks)
    })
}

fn load_one(source: &Source, overlay: bool, errors: &mut Vec<DefinitionError>) -> Option<Check> {
    let mut notes = Notes { path: &source.path, errors: Vec::new() };
    let area = Area::parse(&source.area);
    if area.is_none() {
        let names: Vec<&str> = Area::ALL.iter().map(|area| area.name()).collect();
        let message = format!("the folder `{}` is no area; the areas are: {}", source.area, names.join(", "));
        notes.note(Place::default(), message, None);
    }
    if !is_kebab_case(&source.id) {
        let message = format!("the file name `{}` is no ID: write lower-case words joined by hyphens", source.id);
        notes.note(Place::default(), message, None);
    }
    let check = parse(source, area, overlay, &mut notes);
    errors.append(&mut notes.errors);
    check
}

fn parse(source: &Source, area: Option<Area>, overlay: bool, notes: &mut Notes<'_>) -> Option<Check> {
    let document = match node::parse(&source.text) {
        Ok(document) => document,
        Err(error) => {
            let hint = yaml_hint(&error.value).map(str::to_owned);
            notes.note(error.place, error.value, hint);
            return None;
        }
    };
    let raw = RawCheck::read(document, true, notes)?;
    let check = build(raw, source, area.unwrap_or(Area::Tools), overlay, notes)?;
    if let Ok(body) = check.body() {
        verify(&check, body, &source.text, notes);
    }
    Some(check)
}

/// Advice for what people get wrong in YAML.
fn yaml_hint(message: &str) -> Option<&'static str> {
    if message.contains("mapping values are not allowed") {
        Some("a value that holds a colon and a blank goes into quotation marks, or below its key after `>-`")
    } else if message.contains("expected string scalar") {
        Some("a value that starts with `{` goes into quotation marks, or below its key after `>-`")
    } else if message.contains("unsupported tag") {
        Some("a value that starts with `!` goes into quotation marks, or below its key after `>-`")
    } else {
        None
    }
}

pub(super) fn is_kebab_case(id: &str) -> bool {
    id.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

/// IDs that two files of one set have.
fn duplicates(sources: &[Source]) -> Vec<DefinitionError> {
    let mut errors = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    for source in sources {
        if let Some(first) = seen.insert(&source.id, &source.path) {
            errors.push(file_error(&source.path, format!("the ID `{}` is taken by {first}", source.id)));
        }
    }
    errors
}

fn file_error(path: &str, message: impl Into<String>) -> DefinitionError {
    DefinitionError { path: path.to_owned(), line: 0, column: 0, message: message.into(), hint: None }
}

/// Loads the definitions `<directory>/<area>/<id>.yaml` of a user. Files beside the areas (`regions.yaml`, notes)
/// and other files than `.yaml` are left alone.
///
/// # Errors
/// When the directory or a file cannot be read, and everything that is wrong with the definitions.
pub fn load_directory(system: &dyn System, directory: &Path) -> Result<Vec<Check>, Errors> {
    let mut errors = Vec::new();
    let sources = find(system, directory, |folder| folder != knowledge::FOLDER, &mut errors);
    match load(&sources, true) {
        Ok(checks) => Errors(errors).into_result().map(|()| checks),
        Err(more) => {
            errors.extend(more.0);
            Err(Errors(errors).into_result().err().unwrap_or_default())
        }
    }
}

/// The definitions in the folders that are wanted.
pub(super) fn find(
    system: &dyn System,
    directory: &Path,
    wanted: impl Fn(&str) -> bool,
    errors: &mut Vec<DefinitionError>,
) -> Vec<Source> {
    let mut sources = Vec::new();
    for (name, path) in list(system, directory, FileKind::Directory, errors) {
        if name.starts_with('.') || !wanted(&name) {
            continue;
        }
        for (file, path) in list(system, &path, FileKind::File, errors) {
            let shown = path.display().to_string();
            if file.ends_with(".yml") {
                errors.push(file_error(&shown, "the file name must end in `.yaml`"));
            }
            let Some(id) = file.strip_suffix(".yaml") else { continue };
            if sources.len() >= FILE_LIMIT {
                errors.push(file_error(&shown, format!("there are more than {FILE_LIMIT} definitions")));
                return sources;
            }
            match read(system, &path) {
                Ok(text) => {
                    sources.push(Source { area: name.clone(), id: id.to_owned(), path: shown, text: Cow::Owned(text) });
                }
                Err(error) => errors.push(file_error(&shown, format!("cannot be read: {error}"))),
            }
        }
    }
    sources
}

/// The names and paths of one kind in a directory; links count as what they lead to.
fn list(
    system: &dyn System,
    directory: &Path,
    kind: FileKind,
    errors: &mut Vec<DefinitionError>,
) -> Vec<(String, PathBuf)> {
    let entries = match system.read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => {
            errors.push(file_error(&directory.display().to_string(), format!("cannot be read: {error}")));
            return Vec::new();
        }
    };
    let paths =
        entries.into_iter().map(|entry| (entry.name.to_string_lossy().into_owned(), directory.join(&entry.name)));
    paths.filter(|(_, path)| system.metadata(path).is_ok_and(|metadata| metadata.kind == kind)).collect()
}

fn read(system: &dyn System, path: &Path) -> io::Result<String> {
    let bytes = system.read(path, node::SIZE_LIMIT as u64)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

#[cfg(test)]
mod tests;

//! `.cc-doctor.yaml` of the user: the findings that they know of and accept.
//!
//! It is read from the user's configuration directory only, never from a repository: whoever can write it can silence
//! a finding.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::check::Check;
use crate::check::error::{DefinitionError, Errors as DefinitionErrors, nearest};
use crate::check::node::{self, Located, Node, SIZE_LIMIT};
use crate::check::sheet::Notes;
use crate::collect::os::home;
use crate::error::{Error, Errors};
use crate::finding::{Message, Segment, Sensitivity};
use crate::report::Acknowledgement;
use crate::system::{FileKind, Metadata, Platform, System};

/// The file's name.
const NAME: &str = ".cc-doctor.yaml";
/// How an entry is written, for those who wrote something else.
const FORM: &str = "an entry of `acknowledged` holds `check: ID`, `reason: why you accept it` and `until: YYYY-MM-DD`, \
                    and may hold `target` and `subject`, patterns with `*` and `?`";

/// What the user has settled for all runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The findings that they accept.
    pub acknowledged: Vec<Acknowledgement>,
    /// What of the file counts for nothing, and why; one sentence each.
    pub ignored: Vec<Message>,
}

/// Where the file is: `$XDG_CONFIG_HOME/cc-doctor` or `~/.config/cc-doctor` (XDG Base Directory Specification 0.8),
/// `~/Library/Application Support/cc-doctor` on macOS, `%APPDATA%\cc-doctor` on Windows. `None`: no home directory.
pub fn file(system: &dyn System) -> Option<PathBuf> {
    let below_home = |path: &str| home(system).filter(|home| home.is_absolute()).map(|home| home.join(path));
    let base = match system.platform() {
        Platform::Windows => variable(system, "APPDATA").or_else(|| below_home("AppData/Roaming")),
        Platform::MacOs => below_home("Library/Application Support"),
        Platform::Linux | Platform::OtherUnix => variable(system, "XDG_CONFIG_HOME").or_else(|| below_home(".config")),
    };
    Some(base?.join("cc-doctor").join(NAME))
}

/// A relative path would mean another directory in each repository.
fn variable(system: &dyn System, name: &str) -> Option<PathBuf> {
    system.env(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

impl Settings {
    /// Reads the file; `checks` are all that there are, whichever are run.
    ///
    /// # Errors
    /// When it cannot be read, and everything that is wrong in it.
    pub fn read(system: &dyn System, checks: &[Check]) -> Result<Self, Errors> {
        let Some(path) = file(system).filter(|path| system.symlink_metadata(path).is_ok()) else {
            return Ok(Self::default());
        };
        if let Some(reason) = distrusted(system, &path) {
            let value = Segment::value(path.display().to_string(), Sensitivity::Path);
            let ignored = vec![value, Segment::Literal(format!(" is not read: {reason}."))];
            return Ok(Self { ignored: vec![ignored], ..Self::default() });
        }
        let bytes = system.read(&path, SIZE_LIMIT as u64).map_err(|error| Error::io(&path, &error))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::definition("it is not UTF-8 text").at(&path, None, None).hint("save it as UTF-8"))?;
        let shown = path.display().to_string();
        let entries = parse(&text, &shown, checks).map_err(super::definition_errors)?;
        // A version of cc-doctor that knows fewer checks, or more of them, is no reason to do nothing.
        let is_known = |entry: &Acknowledgement| checks.iter().any(|check| check.id == entry.check);
        let (acknowledged, unknown): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_known);
        Ok(Self { acknowledged, ignored: unknown.iter().map(|entry| without_check(entry, checks)).collect() })
    }
}

/// What to say of an entry whose check there is not.
fn without_check(entry: &Acknowledgement, checks: &[Check]) -> Message {
    let place = Segment::value(format!("{}:{}", entry.file, entry.line), Sensitivity::Path);
    let advice = match nearest(&entry.check, checks.iter().map(|check| check.id.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`cc-doctor checks list` shows them all; those of --checks are known with that option.".to_owned(),
    };
    let start = Segment::Literal(format!("The acknowledgement of `{}` (", entry.check));
    vec![start, place, Segment::Literal(format!(") counts for nothing: no check has this ID; {advice}"))]
}

/// Why a file is none of the user's own; `None`: it is. The rules are those of ssh for its configuration.
fn distrusted(system: &dyn System, path: &Path) -> Option<&'static str> {
    let Ok(real) = system.canonicalize(path) else { return Some("it is a link that leads nowhere") };
    let homes = [home(system), variable(system, "XDG_CONFIG_HOME"), variable(system, "APPDATA")];
    let at_home = |root: &PathBuf| system.canonicalize(root).is_ok_and(|root| real.starts_with(root));
    if !homes.iter().flatten().any(at_home) {
        return Some("it is a link that leads out of your home directory");
    }
    let metadata = match system.metadata(&real) {
        Ok(metadata) if metadata.kind == FileKind::File => metadata,
        _ => return Some("it is no file"),
    };
    if of_somebody_else(system, &metadata) {
        return Some("it belongs to somebody else");
    }
    let open = metadata.mode.is_some_and(|mode| mode & 0o022 != 0);
    open.then_some("others can write to it; `chmod go-w` on it changes that")
}

fn of_somebody_else(system: &dyn System, metadata: &Metadata) -> bool {
    match (metadata.uid, system.account().uid) {
        (Some(owner), Some(own)) => owner != own && owner != 0,
        _ => false,
    }
}

/// The entries of the file.
fn parse(text: &str, path: &str, checks: &[Check]) -> Result<Vec<Acknowledgement>, DefinitionErrors> {
    let mut notes = Notes { path, errors: Vec::new() };
    let entries = match node::parse(text) {
        Ok(Located { value: Node::Null, .. }) => Vec::new(),
        Ok(document) => acknowledged(document, checks, &mut notes),
        Err(error) => {
            notes.note(error.place, error.value, None);
            Vec::new()
        }
    };
    let advised =
        |error: DefinitionError| DefinitionError { hint: error.hint.or_else(|| Some(FORM.to_owned())), ..error };
    let errors = notes.errors.into_iter().map(advised).collect();
    DefinitionErrors(errors).into_result().map(|()| entries)
}

fn acknowledged(document: Located<Node>, checks: &[Check], notes: &mut Notes<'_>) -> Vec<Acknowledgement> {
    let Some(mut sheet) = notes.sheet("the file", document) else { return Vec::new() };
    let list = sheet.take("acknowledged").map(|node| match node.value {
        Node::Null => Vec::new(),
        _ => notes.list("acknowledged", node),
    });
    sheet.finish(notes);
    list.unwrap_or_default().into_iter().filter_map(|node| entry(node, checks, notes)).collect()
}

fn entry(node: Located<Node>, checks: &[Check], notes: &mut Notes<'_>) -> Option<Acknowledgement> {
    let place = node.place;
    let mut sheet = notes.sheet("an entry of `acknowledged`", node)?;
    let check = sheet.need_text("check", notes);
    let target = sheet.text("target", notes);
    let subject = sheet.text("subject", notes);
    let reason = sheet.need_text("reason", notes);
    let until = sheet.need_text("until", notes);
    sheet.finish(notes);
    let accepted = check.as_ref().is_some_and(|check| is_acknowledgeable(check, checks, notes));
    let until = until.and_then(|until| date(&until, notes))?;
    let (check, reason) = (check.filter(|_| accepted)?.value, reason?.value.trim().to_owned());
    let text = |text: Option<Located<String>>| text.map(|text| text.value);
    Some(Acknowledgement {
        check,
        target: text(target),
        subject: text(subject),
        reason,
        until,
        file: notes.path.to_owned(),
        line: place.line,
    })
}

/// Whether the check, if it is there, says something that a user can accept.
fn is_acknowledgeable(id: &Located<String>, checks: &[Check], notes: &mut Notes<'_>) -> bool {
    let is_live = checks.iter().any(|check| check.id == id.value && check.live);
    if is_live {
        let message = format!("`{}` tells what git itself did, which cannot be acknowledged", id.value);
        let hint = "acknowledge what is found beside it, or leave the check out with --skip";
        notes.note(id.place, message, Some(hint.to_owned()));
    }
    !is_live
}

/// A day as `2027-01-31` and in no other form.
fn date(text: &Located<String>, notes: &mut Notes<'_>) -> Option<Date> {
    let value = text.value.trim();
    let written = value.len() == "2027-01-31".len() && value.chars().all(|c| c.is_ascii_digit() || c == '-');
    let found = value.parse::<Date>().ok().filter(|_| written);
    if found.is_none() {
        let hint = "write the last day on which it counts as YYYY-MM-DD, such as 2027-01-31";
        notes.note(text.place, format!("`until` is no date: `{value}`"), Some(hint.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests;

//! Lines at which ssh stops reading its configuration.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::config::Line;
use super::files::is_refused;
use super::include::{ConfigText, Tree};
use super::keywords::{self, Shape};
use super::{pattern, place};
use crate::collect::mask;
use crate::fact::{FilePath, Source, Word, ssh::ConfigError};
use crate::system::Platform;

/// Most errors that are kept.
const LIMIT: usize = 200;

static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^(.+?):? line (\d+): (.+)$").ok());

/// ssh's own complaints as facts. `own` is the file that it reads first, for complaints that name none.
pub(super) fn from_complaints(tree: &Tree, complaints: &[String], own: &Path) -> Vec<ConfigError> {
    let mut errors: Vec<ConfigError> = Vec::new();
    let mut summary = None;
    for complaint in complaints.iter().take(LIMIT) {
        if complaint.contains(": terminating, ") {
            summary = Some(complaint);
        } else if let Some(error) = from_complaint(tree, complaint, own) {
            push(&mut errors, error);
        }
    }
    if let (true, Some(complaint)) = (errors.is_empty(), summary) {
        let file = complaint.split(": terminating, ").next().unwrap_or("");
        errors.push(error(complaint, "other", None, Source::file(file)));
    }
    errors
}

/// Every line of a file in the wrong encoding is an error; one says it all.
fn push(errors: &mut Vec<ConfigError>, error: ConfigError) {
    let same = |known: &ConfigError| {
        *known.kind == *error.kind && known.source.path == error.source.path && &*error.kind == "encoding"
    };
    if !errors.iter().any(same) {
        errors.push(error);
    }
}

fn from_complaint(tree: &Tree, complaint: &str, own: &Path) -> Option<ConfigError> {
    if let Some(file) = complaint.strip_prefix("Bad owner or permissions on ") {
        return Some(error(complaint, "bad-permissions", None, Source::file(file)));
    }
    if complaint.starts_with("Too many recursive configuration includes") {
        let source = tree.endless.clone().unwrap_or_else(|| Source::file(place::shown(own)));
        return Some(error(complaint, "other", Some("include"), source));
    }
    if let Some(rest) = complaint.strip_prefix("Can't open user config file ") {
        // A file that is not there is no line of a configuration; whoever names it with -F is told elsewhere.
        let (file, reason) = rest.rsplit_once(": ")?;
        return (reason != "No such file or directory").then(|| error(complaint, "other", None, Source::file(file)));
    }
    let found = LINE.as_ref()?.captures(complaint)?;
    let (path, number, said) = (found.get(1)?.as_str(), found.get(2)?.as_str().parse().ok()?, found.get(3)?.as_str());
    if path == "command-line" {
        return Some(error(
            complaint,
            kind_of(said),
            quoted_keyword(said),
            Source::command("ssh", mask::excerpt(complaint)),
        ));
    }
    Some(at_line(tree, Path::new(path), number, complaint, said))
}

fn at_line(tree: &Tree, path: &Path, number: u32, complaint: &str, said: &str) -> ConfigError {
    let file = tree.by_path(path);
    let line = file.and_then(|file| {
        file.lines.binary_search_by_key(&number, |line| line.number).ok().and_then(|at| file.lines.get(at))
    });
    let kind = if file.is_some_and(|file| is_spoiled(file, number)) { "encoding" } else { kind_of(said) };
    let source = line.map_or_else(
        || Source { path: Some(place::shown(path).into()), line: Some(number), ..Source::default() },
        |line| place::of_line(path, line, &blamed(line, kind)),
    );
    let keyword = line.map(|line| line.keyword.as_str()).or_else(|| quoted_keyword(said));
    let mut error = error(complaint, kind, keyword, source);
    unquoted(&mut error, line);
    error
}

/// Whether the encoding of the file is what ssh stumbles over on a line. A byte order mark only spoils the first one;
/// a NUL byte cuts its line short, which ssh may not even notice.
fn is_spoiled(file: &ConfigText, number: u32) -> bool {
    match file.state.encoding {
        Some("utf-16") => true,
        Some("utf-8-bom") => number == 1,
        _ => false,
    }
}

/// The part of the line that is at fault.
fn blamed(line: &Line, kind: &str) -> std::ops::Range<usize> {
    match kind {
        "unknown-option" | "missing-argument" | "encoding" => line.keyword_span.clone(),
        _ => line.args_span(),
    }
}

/// OpenSSH 9.2's words, and those of older versions.
fn kind_of(said: &str) -> &'static str {
    let lower = said.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["bad configuration option"]) {
        "unknown-option"
    } else if has(&["extra argument", "garbage at end of line"]) {
        "extra-arguments"
    } else if has(&["no argument after keyword", "missing ", "empty argument"]) {
        "missing-argument"
    } else if has(&["bad ", "unsupported ", "invalid ", "integer value"]) {
        "bad-value"
    } else {
        "other"
    }
}

/// The keyword that a message names itself.
fn quoted_keyword(said: &str) -> Option<&str> {
    let named = said
        .strip_prefix("Bad configuration option: ")
        .or_else(|| said.split_once("keyword ").map(|(_, rest)| rest.split(' ').next().unwrap_or(rest)))?;
    Some(named.trim_matches('"')).filter(|word| !word.is_empty() && !word.contains('\\'))
}

/// Takes note of a path that stands without quotation marks.
fn unquoted(error: &mut ConfigError, line: Option<&Line>) {
    let line = line.filter(|line| &*error.kind == "extra-arguments" && is_unquoted_path(line));
    let words = line.map(|line| line.values().collect::<Vec<_>>().join(" "));
    error.unquoted_path = words.is_some();
    error.unquoted = words.map(FilePath);
}

fn is_unquoted_path(line: &Line) -> bool {
    keywords::is_path(&line.keyword)
        && line.args.as_ref().is_some_and(|args| {
            args.len() > 1 && args.first().is_some_and(|first| first.text.contains(['/', '\\', '~', '%']))
        })
}

fn error(message: &str, kind: &str, keyword: Option<&str>, source: Source) -> ConfigError {
    ConfigError {
        message: mask::excerpt(message).into(),
        kind: kind.into(),
        keyword: keyword.map(Word::from),
        unquoted_path: false,
        unquoted: None,
        source,
    }
}

/// What ssh would probably complain about, where it cannot be asked.
pub(super) fn guess(tree: &Tree, platform: Platform) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    for file in &tree.files {
        if file.checked && is_refused(&file.state) && platform != Platform::Windows {
            let message = format!("Bad owner or permissions on {}", place::shown(&file.path));
            errors.push(error(&message, "bad-permissions", None, Source::file(place::shown(&file.path))));
        } else if file.state.encoding == Some("utf-16") {
            errors.push(encoding_error(file, "UTF-16"));
        } else {
            if file.state.encoding == Some("utf-8-bom") {
                errors.push(encoding_error(file, "UTF-8 with a byte order mark"));
            }
            guess_lines(file, platform, &mut errors);
        }
        errors.truncate(LIMIT);
    }
    if let Some(source) = &tree.endless {
        errors.push(error("Too many recursive configuration includes", "other", Some("include"), source.clone()));
    }
    errors
}

fn encoding_error(file: &ConfigText, encoding: &str) -> ConfigError {
    let message = format!("{} is saved as {encoding}, which ssh cannot read", place::shown(&file.path));
    let source = file.lines.first().map_or_else(
        || Source::file(place::shown(&file.path)),
        |line| place::of_line(&file.path, line, &line.keyword_span),
    );
    error(&message, "encoding", None, source)
}

fn guess_lines(file: &ConfigText, platform: Platform, errors: &mut Vec<ConfigError>) {
    let mut ignored: Vec<String> = Vec::new();
    for line in &file.lines {
        if line.keyword == "ignoreunknown" {
            ignored.extend(line.values().next().map(str::to_ascii_lowercase));
        }
        let is_ignored = || ignored.iter().any(|list| pattern::matches_list(&line.keyword, list));
        let Some((kind, said)) = guess_line(line, platform).filter(|_| !is_ignored()) else { continue };
        let message = format!("{} line {}: {said}", place::shown(&file.path), line.number);
        let source = place::of_line(&file.path, line, &blamed(line, kind));
        let mut found = error(&message, kind, Some(&line.keyword), source);
        unquoted(&mut found, Some(line));
        errors.push(found);
        if errors.len() >= LIMIT {
            return;
        }
    }
}

fn guess_line(line: &Line, platform: Platform) -> Option<(&'static str, String)> {
    let shape = keywords::shape(&line.keyword);
    let known = shape.is_some() || (platform == Platform::MacOs && line.keyword == "usekeychain");
    if line.rest.is_empty() {
        return Some(("missing-argument", format!("no argument after keyword \"{}\"", line.keyword)));
    }
    if !known {
        return Some(("unknown-option", format!("Bad configuration option: {}", line.keyword)));
    }
    let Some(args) = &line.args else { return Some(("bad-value", "invalid quotes".into())) };
    let (first, extra) = (args.first().map(|arg| arg.text.as_str()), args.len() > 1);
    match (shape?, first) {
        (Shape::Command | Shape::Free, _) | (Shape::Many, None) => None,
        (_, None) => Some(("missing-argument", format!("no argument after keyword \"{}\"", line.keyword))),
        (Shape::One | Shape::Flag | Shape::Number, Some(_)) if extra => {
            Some(("extra-arguments", format!("keyword {} extra arguments at end of line", line.keyword)))
        }
        (Shape::Flag, Some(value)) if !is_flag(value) => {
            Some(("bad-value", format!("unsupported option \"{}\".", place::excerpt(value))))
        }
        (Shape::Number, Some(value)) if value.parse::<u32>().is_err() => {
            Some(("bad-value", format!("bad number '{}'.", place::excerpt(value))))
        }
        _ => None,
    }
}

fn is_flag(value: &str) -> bool {
    ["yes", "no", "true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

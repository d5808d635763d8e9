//! Edits of the AWS CLI's files: single keys of a profile, never a secret, and headings that name no profile.

use std::ops::Range;

use super::lines;
use super::refusal::Refusal;
use super::splice::Splice;
use crate::collect::aws::ini::{Entry, Ini, Section};
use crate::collect::aws::sections;

/// Keys that may be set to any single line, in either file. What holds a secret is not among them.
const KEYS: [&str; 15] = [
    "region",
    "output",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "sso_registration_scopes",
    "source_profile",
    "credential_source",
    "role_arn",
    "role_session_name",
    "external_id",
    "ca_bundle",
    "sts_regional_endpoints",
];

/// Which of the two files it is; their headings differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `~/.aws/config`: `[profile NAME]`.
    Config,
    /// `~/.aws/credentials`: `[NAME]`.
    Credentials,
}

impl Kind {
    fn heading(self, profile: &str) -> String {
        match self {
            Self::Config => sections::heading(profile),
            Self::Credentials => profile.to_owned(),
        }
    }

    fn is_profile(self, heading: &str, profile: &str) -> bool {
        match self {
            Self::Credentials => heading == profile,
            Self::Config if profile == "default" && heading == "default" => true,
            Self::Config => shlex::split(heading).is_some_and(|words| words == ["profile", profile]),
        }
    }
}

/// Sets a key of a profile. A profile that has no section gets one at the end of the file.
///
/// # Errors
/// [`Refusal`] for a key that is not set by cc-doctor, and for a file that the AWS CLI refuses.
pub fn set(text: &[u8], kind: Kind, profile: &str, key: &str, value: &str) -> Result<Vec<Splice>, Refusal> {
    let key = key.to_ascii_lowercase();
    let plain = |text: &str| !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control);
    if !plain(profile) || !plain(value) || profile.contains(['[', ']', '"', '\\']) || profile == "DEFAULT" {
        return Err(Refusal::not_allowed("the profile or the value holds characters that are not written"));
    }
    let file = read(text)?;
    let section = file.sections.iter().find(|section| kind.is_profile(&section.name, profile));
    let entry = section.and_then(|section| section.entries.iter().find(|entry| entry.key == key));
    if !KEYS.contains(&key.as_str()) && !is_moved_program(&key, entry, value) {
        return Err(Refusal::not_allowed(format!("{key} is not set by cc-doctor")));
    }
    match (section, entry) {
        (_, Some(entry)) if entry.value == value => Ok(Vec::new()),
        (_, Some(entry)) => replace(text, entry, value).map(|splice| vec![splice]),
        (Some(section), None) => Ok(vec![add(text, &file, section, &format!("{key} = {value}"))]),
        (None, None) => Ok(vec![add_section(text, &kind.heading(profile), &format!("{key} = {value}"))]),
    }
}

/// Removes a session token from a profile whose access key ID, in the same section, is a long-term one (`AKIA…`): AWS
/// refuses the two together. Nothing else is removed.
///
/// # Errors
/// [`Refusal`] for another key, beside temporary keys, and for a value of several lines.
pub fn unset(text: &[u8], kind: Kind, profile: &str, key: &str) -> Result<Vec<Splice>, Refusal> {
    let key = key.to_ascii_lowercase();
    if !["aws_session_token", "aws_security_token"].contains(&key.as_str()) {
        return Err(Refusal::not_allowed(format!("{key} is not removed by cc-doctor")));
    }
    let file = read(text)?;
    let Some(section) = file.sections.iter().find(|section| kind.is_profile(&section.name, profile)) else {
        return Err(Refusal::stale(format!("the file has no profile {profile} any more")));
    };
    let Some(token) = section.entries.iter().find(|entry| entry.key == key) else { return Ok(Vec::new()) };
    if token.value.contains('\n') {
        return Err(Refusal::stale(format!("{key} goes over several lines")));
    }
    let is_long_term = |entry: &Entry| entry.key == "aws_access_key_id" && entry.value.starts_with("AKIA");
    if !section.entries.iter().any(is_long_term) {
        return Err(Refusal::not_allowed("the token may belong to the keys beside it"));
    }
    let line = lines::line(text, token.line).ok_or_else(|| Refusal::stale("the line is gone"))?;
    Ok(vec![Splice::remove(line)])
}

/// Gives the section whose heading stands on that line (from 1) another heading.
///
/// # Errors
/// [`Refusal`] when no heading stands there, when there is such a section already or for a heading that is none.
pub fn rename(text: &[u8], kind: Kind, line: u32, heading: &str) -> Result<Vec<Splice>, Refusal> {
    let file = read(text)?;
    let section = file.sections.iter().find(|section| section.line == line);
    let section = section.ok_or_else(|| Refusal::stale(format!("no section begins at line {line} any more")))?;
    let words = shlex::split(heading).unwrap_or_default();
    let is_sound = match kind {
        Kind::Config => {
            heading == "default"
                || matches!(words.as_slice(), [word, _] if ["profile", "sso-session"].contains(&word.as_str()))
        }
        Kind::Credentials => true,
    };
    if !is_sound || heading.trim() != heading || heading.is_empty() || heading.contains(['[', ']', '\n', '\r']) {
        return Err(Refusal::invalid(format!("`{heading}` is no heading of a profile")));
    }
    if section.name == heading {
        return Ok(Vec::new());
    }
    if file.section(heading).is_some() {
        return Err(Refusal::stale(format!("there is a section [{heading}] already")));
    }
    let bytes = line_of(text, line)?;
    let start = find(text, &bytes, section.name.as_bytes())?;
    Ok(vec![Splice::replace(start..start + section.name.len(), heading)])
}

/// A `credential_process` may get the path at which its program is now, and nothing else.
fn is_moved_program(key: &str, entry: Option<&Entry>, value: &str) -> bool {
    let words = |line: &str| shlex::split(line).filter(|words| !words.is_empty());
    let present = entry.filter(|_| key == "credential_process").and_then(|entry| words(&entry.value));
    let name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    match (present.as_deref(), words(value).as_deref()) {
        (Some([old, rest @ ..]), Some([new, others @ ..])) => {
            rest == others && name(old) == name(new) && new.starts_with('/')
        }
        _ => false,
    }
}

fn read(text: &[u8]) -> Result<Ini, Refusal> {
    let file = Ini::parse(text);
    let lone_returns =
        text.iter().filter(|byte| **byte == b'\r').count() != text.windows(2).filter(|pair| *pair == b"\r\n").count();
    match &file.error {
        Some(error) => {
            Err(Refusal::stale(format!("the AWS CLI refuses the file ({}, line {})", error.kind, error.line)))
        }
        None if lone_returns => Err(Refusal::stale("the lines of the file end in a way that is not edited")),
        None => Ok(file),
    }
}

/// The bytes of a line without its line end.
fn line_of(text: &[u8], line: u32) -> Result<Range<usize>, Refusal> {
    let range = lines::line(text, line).ok_or_else(|| Refusal::stale("the line is gone"))?;
    let bytes = text.get(range.clone()).unwrap_or_default();
    Ok(range.start..range.start + bytes.trim_ascii_end().len())
}

fn find(text: &[u8], line: &Range<usize>, wanted: &[u8]) -> Result<usize, Refusal> {
    let bytes = text.get(line.clone()).unwrap_or_default();
    let at = bytes.windows(wanted.len().max(1)).position(|window| window == wanted);
    at.map(|at| line.start + at).ok_or_else(|| Refusal::stale("the line reads differently now"))
}

/// Another value in the place of that of an entry on one line.
fn replace(text: &[u8], entry: &Entry, value: &str) -> Result<Splice, Refusal> {
    if entry.value.contains('\n') {
        return Err(Refusal::stale(format!("{} goes over several lines", entry.key)));
    }
    let line = line_of(text, entry.line)?;
    let bytes = text.get(line.clone()).unwrap_or_default();
    let separator = bytes.iter().position(|byte| matches!(byte, b'=' | b':'));
    let behind = line.start + separator.ok_or_else(|| Refusal::stale("the line reads differently now"))? + 1;
    let written = text.get(behind..line.end).unwrap_or_default();
    let start = behind + written.len() - written.trim_ascii_start().len();
    let blank = if start == behind && written.is_empty() { " " } else { "" };
    Ok(Splice::replace(start..line.end.max(start), format!("{blank}{value}")))
}

/// A new line behind the last one of a section that is neither blank nor a comment.
fn add(text: &[u8], file: &Ini, section: &Section, entry: &str) -> Splice {
    let of = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    let says = |range: &Range<usize>| !matches!(of(range).trim_ascii().first(), None | Some(b'#' | b';'));
    let next = file.sections.iter().map(|other| other.line).filter(|line| *line > section.line).min();
    // [DEFAULT] is none of the sections.
    let ends = |number: u32, range: &Range<usize>| next == Some(number) || of(range).starts_with(b"[");
    let body = lines::lines(text).zip(1..).skip_while(|(_, number)| *number <= section.line);
    let body = body.take_while(|(range, number)| !ends(*number, range)).map(|(range, _)| range).filter(says);
    let at = body.last().or_else(|| lines::line(text, section.line)).map_or(text.len(), |range| range.end);
    let last = section.entries.last().and_then(|entry| lines::line(text, entry.line));
    let indent = last.map_or(0, |range| of(&range).len() - of(&range).trim_ascii_start().len());
    let missing = lines::missing_end(text.get(..at).unwrap_or_default());
    Splice::insert(at, format!("{missing}{}{entry}{}", " ".repeat(indent), lines::line_end(text)))
}

fn add_section(text: &[u8], heading: &str, entry: &str) -> Splice {
    let end = lines::line_end(text);
    let gap = if text.trim_ascii().is_empty() { "" } else { end };
    Splice::insert(text.len(), format!("{}{gap}[{heading}]{end}{entry}{end}", lines::missing_end(text)))
}

#[cfg(test)]
mod tests;

//! Settings with those that lost to them.

use super::sections::Line;
use super::url_match::Rank;
use crate::collect::mask::{excerpt, mask};
use crate::fact::{LostSetting, Setting, Source};
use crate::system::System;

/// One value that a setting could take.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Raw value.
    pub value: String,
    /// `config`, `environment`, …
    pub origin: &'static str,
    /// Place.
    pub source: Source,
}

impl Candidate {
    /// The value of an entry.
    pub fn of(line: &Line) -> Self {
        let value = line.value.clone().unwrap_or_else(|| "true".into());
        Self { value, origin: line.origin(), source: line.source.clone() }
    }

    /// The value of an environment variable, if it is set.
    pub fn variable(system: &dyn System, name: &str) -> Option<Self> {
        let value = system.env(name)?.to_string_lossy().into_owned();
        let source = Source::variable(name, excerpt(&format!("{name}={value}")));
        Some(Self { value, origin: "environment", source })
    }

    /// As a value that did not take effect.
    pub fn lost(self) -> LostSetting {
        LostSetting { value: mask(&self.value).into(), source: self.source }
    }

    fn wins(self, lost: Vec<LostSetting>) -> Setting {
        Setting { value: Some(mask(&self.value).into()), origin: self.origin.into(), source: Some(self.source), lost }
    }
}

/// The setting of which the last candidate takes effect, else the default.
pub fn last_wins(mut candidates: Vec<Candidate>, default: Option<&str>) -> Setting {
    match candidates.pop() {
        Some(winner) => winner.wins(candidates.into_iter().map(Candidate::lost).collect()),
        None => Setting { value: default.map(Into::into), origin: "default".into(), ..Setting::default() },
    }
}

/// The `http` entries that apply to a URL, in reading order.
pub type Applying<'a> = Vec<(&'a Line, Rank)>;

/// The candidates of one `http` setting, the one that takes effect last: the best match, of equally good ones the
/// last.
pub fn best_match(applying: &Applying<'_>, name: &str) -> Vec<Candidate> {
    let mut lines: Vec<&(&Line, Rank)> = applying.iter().filter(|(line, _)| line.name == name).collect();
    let best = lines.iter().enumerate().max_by_key(|(_, (_, rank))| *rank).map(|(at, _)| at);
    if let Some(best) = best {
        let winner = lines.remove(best);
        lines.push(winner);
    }
    lines.into_iter().map(|(line, _)| Candidate::of(line)).collect()
}

/// The lines of a list-valued `http` setting that take effect: git skips those that fit less well than one read
/// before, and an empty value clears the list.
pub fn list<'a>(applying: &Applying<'a>, name: &str) -> Vec<&'a Line> {
    let mut best = Rank::default();
    let mut list = Vec::new();
    for (line, rank) in applying.iter().filter(|(line, _)| line.name == name) {
        if *rank < best {
            continue;
        }
        best = *rank;
        if line.text().is_empty() { list.clear() } else { list.push(*line) }
    }
    list
}

//! The symptoms of all checks and pieces of knowledge, ready to be looked for in many lines.

use std::collections::HashMap;
use std::sync::OnceLock;

use regex::Regex;
use regex_syntax::hir::{Hir, HirKind};

use super::prior::{self, Prior};
use super::translation::{self, Translation};
use crate::check::Check;
use crate::check::knowledge::Knowledge;
use crate::check::word::{Confidence, Layer, Severity, Transport};

/// Something that a text can lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// ID of the check or piece of knowledge.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether nothing on a machine shows it.
    pub knowledge: bool,
    /// How bad it is.
    pub severity: Severity,
    /// How sure a failure is to be the cause.
    pub confidence: Confidence,
    /// The step of the connection that it breaks; the last one for knowledge.
    pub layer: Layer,
    /// The transports that it is about; empty: all.
    pub transports: Vec<Transport>,
}

/// An entry that a line leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// Its number, as of [`Library::entry`].
    pub(super) entry: usize,
    /// The number of characters that its most exact symptom spells out.
    pub(super) exactness: usize,
    /// How usual a cause of such a line it is: the larger, the more; 0: nothing is known.
    pub(super) usual: usize,
    /// Whether the line itself rules it out.
    pub(super) refuted: bool,
}

/// One regular expression and those who name it.
#[derive(Debug)]
struct Symptom {
    source: String,
    /// Compiled when a line first holds a needle: of some hundred expressions a failure needs a handful.
    regex: OnceLock<Option<Regex>>,
    /// Texts of which every match holds at least one; empty: it may match anything.
    needles: Vec<String>,
    /// How many characters it spells out at least.
    weight: usize,
    /// Indices of [`Library::entries`].
    entries: Vec<usize>,
}

impl Symptom {
    fn is_in(&self, line: &str) -> bool {
        let may = self.needles.is_empty() || self.needles.iter().any(|needle| line.contains(needle.as_str()));
        let compiled = || self.regex.get_or_init(|| Regex::new(&self.source).ok());
        may && compiled().as_ref().is_some_and(|regex| regex.is_match(line))
    }
}

/// All symptoms.
#[derive(Debug, Default)]
pub struct Library {
    entries: Vec<Entry>,
    symptoms: Vec<Symptom>,
    translations: Vec<Translation>,
    priors: Vec<Prior>,
    /// Matches every line that a symptom with needles or a translation may match.
    filter: Option<Regex>,
}

impl Library {
    /// Takes the symptoms of checks and knowledge, for a text of any length. The rungs of the real client themselves are
    /// left out.
    pub fn new(checks: &[Check], knowledge: &[Knowledge]) -> Self {
        let library = Self::for_few_lines(checks, knowledge);
        Self { filter: library.filter(), ..library }
    }

    /// The same, in a fraction of the time, for the few lines of one failure.
    pub fn for_few_lines(checks: &[Check], knowledge: &[Knowledge]) -> Self {
        let mut library = Self { translations: translation::all(), ..Self::default() };
        let mut known = HashMap::new();
        for check in checks.iter().filter(|check| !check.live) {
            let symptoms = check.body().map(|body| body.symptoms.as_slice()).unwrap_or_default();
            let entry = Entry {
                id: check.id.clone(),
                title: check.title.clone(),
                knowledge: false,
                severity: check.severity,
                confidence: check.confidence,
                layer: check.layer,
                transports: check.transports.clone(),
            };
            library.add(entry, symptoms.iter().map(|symptom| symptom.value.as_str()), &mut known);
        }
        for piece in knowledge {
            let entry = Entry {
                id: piece.id.clone(),
                title: piece.title.clone(),
                knowledge: true,
                severity: Severity::Error,
                confidence: Confidence::Likely,
                layer: Layer::Repository,
                transports: piece.transports.clone(),
            };
            library.add(entry, piece.symptoms.iter().map(|symptom| symptom.value.as_str()), &mut known);
        }
        library.priors = prior::all(|id| library.entries.iter().position(|entry| entry.id == id));
        library
    }

    fn add<'a>(&mut self, entry: Entry, symptoms: impl Iterator<Item = &'a str>, known: &mut HashMap<String, usize>) {
        let index = self.entries.len();
        self.entries.push(entry);
        for source in symptoms {
            let place = known.get(source).copied().or_else(|| {
                let hir = regex_syntax::parse(source).ok()?;
                let (needles, regex) = (required(&hir).unwrap_or_default(), OnceLock::new());
                let (weight, own) = (weight(&hir), source.to_owned());
                self.symptoms.push(Symptom { source: own, regex, needles, weight, entries: Vec::new() });
                known.insert(source.to_owned(), self.symptoms.len() - 1);
                Some(self.symptoms.len() - 1)
            });
            if let Some(symptom) = place.and_then(|place| self.symptoms.get_mut(place)) {
                symptom.entries.push(index);
            }
        }
    }

    /// One expression for all needles: most lines of a long text are passed over with it alone.
    fn filter(&self) -> Option<Regex> {
        let needles = self.symptoms.iter().flat_map(|symptom| symptom.needles.iter().map(String::as_str));
        let all: std::collections::BTreeSet<_> = needles
            .chain(self.translations.iter().map(|translation| -> &str { translation.needle() }))
            .map(regex::escape)
            .collect();
        Regex::new(&all.into_iter().collect::<Vec<_>>().join("|")).ok()
    }

    /// What can be found.
    pub fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// Whether a line may match at all, which is known quickly.
    pub(super) fn may_match(&self, line: &str) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.is_match(line))
            || self.symptoms.iter().any(|symptom| symptom.needles.is_empty())
    }

    /// The entries whose symptoms match the line, by their numbers; also those that it rules out.
    pub(super) fn matches(&self, line: &str) -> Vec<Found> {
        if !self.may_match(line) {
            return Vec::new();
        }
        let translated = self.translations.iter().find_map(|translation| translation.in_english(line));
        let mut exactness: HashMap<usize, usize> = HashMap::new();
        for line in [Some(line), translated.as_deref()].into_iter().flatten() {
            for variant in super::prefix::variants(line) {
                self.in_line(variant, &mut exactness);
            }
        }
        let line = translated.as_deref().unwrap_or(line);
        let prior = self.priors.iter().find(|prior| !exactness.is_empty() && prior.is_about(line));
        let weighed = |(entry, exactness)| {
            let usual = prior.map(|prior| prior.usual(entry)).unwrap_or_default();
            Found { entry, exactness, usual, refuted: prior.is_some_and(|prior| prior.refutes(entry)) }
        };
        let mut found: Vec<Found> = exactness.into_iter().map(weighed).collect();
        found.sort_unstable();
        found
    }

    fn in_line(&self, line: &str, found: &mut HashMap<usize, usize>) {
        for symptom in self.symptoms.iter().filter(|symptom| symptom.is_in(line)) {
            for entry in &symptom.entries {
                let heaviest = found.entry(*entry).or_default();
                *heaviest = symptom.weight.max(*heaviest);
            }
        }
    }
}

/// Texts of which every match of the expression holds at least one.
fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![String::from_utf8(literal.0.to_vec()).ok()?]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => {
            // The longest text says the most.
            let shortest = |needles: &Vec<String>| needles.iter().map(String::len).min().unwrap_or_default();
            parts.iter().filter_map(required).max_by_key(shortest)
        }
        HirKind::Alternation(parts) => {
            let all: Option<Vec<Vec<String>>> = parts.iter().map(required).collect();
            all.map(|all| all.concat())
        }
        _ => None,
    }
    .filter(|needles: &Vec<String>| needles.iter().all(|needle| !needle.is_empty()))
}

/// How many characters every match spells out.
fn weight(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Capture(capture) => weight(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => weight(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().map(weight).sum(),
        HirKind::Alternation(parts) => parts.iter().map(weight).min().unwrap_or_default(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needles(source: &str) -> Vec<String> {
        required(&regex_syntax::parse(source).unwrap()).unwrap_or_default()
    }

    #[test]
    fn every_match_holds_a_needle() {
        for (source, wanted) in [
            (r"Permission denied \(publickey\)", &["Permission denied (publickey)"][..]),
            ("fatal: repository '.*' not found", &["fatal: repository '"]),
            ("(a|b)?c(response|code)", &["response", "code"]),
            ("^'path'$", &["'path'"]),
            ("[Uu]nable to find", &["nable to find"]),
            ("a*", &[]),
        ] {
            assert_eq!(needles(source), wanted, "{source}");
        }
    }
}

//! The `credential` and `http` entries of the configuration, prepared once for all targets.

use std::collections::HashMap;

use super::credential_url::CredentialUrl;
use super::helper::{self, Place};
use super::url_match::{self, Normal, Rank};
use crate::collect::git::config::{Config, Entry, Scope};
use crate::fact::{Source, Text};

/// Most entries of either section that are looked at.
const LIMIT: usize = 10_000;

/// What the subsection of an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// No subsection: applies to all.
    Plain,
    /// A URL.
    Url(Normal),
    /// No URL; `credential` compares its parts one by one.
    Partial(CredentialUrl),
    /// Nothing that git can read.
    Unparsable,
}

/// One section: all entries with the same heading.
#[derive(Debug, Clone)]
pub struct Section {
    /// The subsection as written; `None` for plain ones.
    pub url: Option<String>,
    /// What it is.
    pub pattern: Pattern,
    /// Its entries, as places in [`Sections::lines`].
    pub lines: Vec<usize>,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its section in [`Sections::sections`].
    pub section: usize,
    /// Name in lower case.
    pub name: String,
    /// Raw value; `None` for a bare name.
    pub value: Option<String>,
    /// What git makes of it as a boolean.
    pub boolean: Option<bool>,
    /// Scope.
    pub scope: Scope,
    /// Place, secrets masked.
    pub source: Source,
    /// The helper that it names.
    pub helper: Option<helper::Parsed>,
}

impl Line {
    /// The raw value, a bare name being nothing.
    pub fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    /// Where settings say that it comes from.
    pub fn origin(&self) -> &'static str {
        if self.scope == Scope::Command { "environment" } else { "config" }
    }
}

/// The entries of `credential` or `http`, in reading order.
#[derive(Debug, Default)]
pub struct Sections {
    /// The different headings.
    pub sections: Vec<Section>,
    /// The entries.
    pub lines: Vec<Line>,
    /// Sections for one host, by that host in lower case.
    by_host: HashMap<String, Vec<usize>>,
    /// Sections that may fit any host.
    for_any_host: Vec<usize>,
    /// Sections that name CodeCommit or hold an AWS helper.
    about_codecommit: Vec<usize>,
}

impl Sections {
    /// Prepares the section `name`. Helpers are taken apart with `place`.
    pub fn new(config: &Config, name: &str, place: Place<'_>) -> Self {
        let mut known = HashMap::new();
        let mut all = Self::default();
        for entry in config.section(name).take(LIMIT) {
            let index = *known.entry(entry.subsection()).or_insert_with(|| {
                all.sections.push(section(entry));
                all.sections.len() - 1
            });
            if let Some(section) = all.sections.get_mut(index) {
                section.lines.push(all.lines.len());
            }
            all.lines.push(line(config, entry, index, place));
        }
        all.index();
        all
    }

    fn index(&mut self) {
        for (index, section) in self.sections.iter().enumerate() {
            match host(&section.pattern) {
                Some(host) => self.by_host.entry(host).or_default().push(index),
                None => self.for_any_host.push(index),
            }
            let names_it = section.url.as_ref().is_some_and(|url| url.to_ascii_lowercase().contains("codecommit"));
            if names_it || self.has_aws_helper(section) {
                self.about_codecommit.push(index);
            }
        }
    }

    /// The entries of one section.
    pub fn lines_of<'a>(&'a self, section: &'a Section) -> impl Iterator<Item = &'a Line> {
        section.lines.iter().filter_map(|line| self.lines.get(*line))
    }

    /// Whether the section configures an AWS helper.
    pub fn has_aws_helper(&self, section: &Section) -> bool {
        self.aws_helper(section).is_some()
    }

    /// The value of the first AWS helper of the section, corrected where it is mistyped.
    pub fn aws_helper(&self, section: &Section) -> Option<Text> {
        let mut helpers = self.lines_of(section).filter_map(|line| line.helper.as_ref());
        let found = &helpers.find(|helper| helper.fact.kind.starts_with("aws"))?.fact;
        Some(found.corrected.clone().unwrap_or_else(|| found.value.clone()))
    }

    /// The entries that may apply to a URL, in reading order, each with how well its section fits by git's rules for
    /// URLs. `host`: the host with its port, for sections that are no URLs.
    pub fn fitting(&self, target: Option<&Normal>, host: Option<&str>) -> Vec<(&Line, Option<Rank>)> {
        let mut lines: Vec<(usize, Option<Rank>)> = Vec::new();
        for section in self.for_hosts(target, host).chain(&self.for_any_host) {
            let Some(section) = self.sections.get(*section) else { continue };
            let rank = match &section.pattern {
                Pattern::Plain => Some(Rank::default()),
                Pattern::Url(pattern) => target.and_then(|target| url_match::matches(target, pattern)),
                _ => None,
            };
            if rank.is_some() || matches!(section.pattern, Pattern::Partial(_)) {
                lines.extend(section.lines.iter().map(|line| (*line, rank)));
            }
        }
        lines.sort_unstable_by_key(|(line, _)| *line);
        lines.into_iter().filter_map(|(line, rank)| Some((self.lines.get(line)?, rank))).collect()
    }

    /// Sections that name CodeCommit, hold an AWS helper or name the host, in order.
    pub fn near(&self, target: Option<&Normal>, host: Option<&str>) -> Vec<usize> {
        let mut near: Vec<usize> = self.for_hosts(target, host).chain(&self.about_codecommit).copied().collect();
        near.sort_unstable();
        near.dedup();
        near
    }

    /// The sections for exactly this host, as a URL has it or with its port.
    fn for_hosts(&self, target: Option<&Normal>, host: Option<&str>) -> impl Iterator<Item = &usize> {
        let written = host.map(str::to_ascii_lowercase);
        let normal = target.map(|target| target.host.clone());
        let other = written.clone().filter(|written| Some(written) != normal.as_ref());
        normal.into_iter().chain(other).filter_map(|host| self.by_host.get(&host)).flatten()
    }
}

/// The one host that the pattern can fit, in lower case.
fn host(pattern: &Pattern) -> Option<String> {
    match pattern {
        Pattern::Url(url) if !url.host.contains('*') => Some(url.host.clone()),
        Pattern::Partial(url) => url.host.as_ref().map(|host| host.to_ascii_lowercase()),
        _ => None,
    }
}

fn section(entry: &Entry) -> Section {
    let pattern = match entry.subsection() {
        None => Pattern::Plain,
        Some(url) => match (url_match::normalize(url, true), CredentialUrl::parse(url, true)) {
            (Some(url), _) => Pattern::Url(url),
            (None, Some(partial)) => Pattern::Partial(partial),
            (None, None) => Pattern::Unparsable,
        },
    };
    Section { url: entry.subsection().map(Into::into), pattern, lines: Vec::new() }
}

fn line(config: &Config, entry: &Entry, section: usize, place: Place<'_>) -> Line {
    let is_helper = entry.heading.section == "credential" && entry.name == "helper" && !entry.text().is_empty();
    Line {
        section,
        name: entry.name.clone(),
        value: entry.value.clone(),
        boolean: entry.boolean(),
        scope: entry.scope,
        source: config.source(entry),
        helper: is_helper.then(|| helper::parse(place, entry.text())),
    }
}

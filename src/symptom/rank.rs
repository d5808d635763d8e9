//! From a text to the causes that it may have, the most telling first.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::host::{self, Mention};
use super::library::{Entry, Found, Library};
use super::text::Text;
use crate::check::regions::RegionTable;
use crate::check::word::{Transport, Word};
use crate::collect::target::Meant;

/// What follows many failures, whatever their cause: lines with it tell something only where no other line does.
const AFTERMATH: [&str; 4] = ["hung up unexpectedly", "early EOF", "aborted session", "failed to push some refs"];
/// Most lines that are joined with the next ones because a terminal may have broken them.
const REJOINED: usize = 2_000;
/// Most lines that matter of one text; more tell nothing new.
const TOLD: usize = 2_000;
/// Most URLs of one text that are examined.
const URLS: usize = 3;

/// What a text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Whose failure it is.
    pub about: About,
    /// The lines that matter, in the order of the text, each once.
    pub lines: Vec<Told>,
    /// What they may come from, the most telling first.
    pub candidates: Vec<Candidate>,
    /// The URLs of CodeCommit repositories that they are about, without passwords.
    pub urls: Vec<String>,
    /// The region that is named where no URL is.
    pub region: Option<String>,
}

/// Whose failure a text shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// CodeCommit's: it is named.
    CodeCommit,
    /// Nobody is named.
    Nobody,
    /// That of other hosts only; these, each once.
    Others(Vec<String>),
}

/// A line that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its number in the text, from 1.
    pub number: usize,
    /// What it says, as in [`Text`].
    pub text: String,
}

/// Something that the text may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What it is.
    pub entry: Entry,
    /// The most telling of the lines that lead to it: an index of [`Diagnosis::lines`].
    pub line: usize,
}

/// Finds the lines of a text that matter, and what they may come from.
///
/// Lines about other hosts than CodeCommit's count for nothing. What fewer causes can print tells more, and so does a
/// longer symptom; causes that show in several lines come before those that show in one.
pub fn diagnose(text: &Text, library: &Library, regions: &RegionTable) -> Diagnosis {
    let scenes = Scenes::new(text, regions);
    let mut reader = Reader { text, library, width: text.width(), left: REJOINED };
    let mut lines: Vec<Told> = Vec::new();
    let mut matches: Vec<Shown> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut urls: Vec<String> = Vec::new();
    let mut next = 0;
    let mut looked = HashSet::new();
    while let Some(line) = text.lines.get(next).filter(|_| lines.len() < TOLD) {
        let index = next;
        // A line says the same each time, unless it goes on differently or is about something else.
        let behind = text.lines.get(index + 1).map(|line| line.text.as_str());
        if !looked.insert((scenes.scene(index).start, &line.text, behind, scenes.is_codecommits(index))) {
            next += 1;
            continue;
        }
        let Whole { text: whole, pieces, mut found } = reader.read(index, &line.text);
        next += pieces;
        if found.is_empty() || !scenes.is_codecommits(index) {
            continue;
        }
        let transports = scenes.transports(index);
        found.retain(|found| {
            !found.refuted && library.entry(found.entry).is_some_and(|entry| is_about(entry, &transports))
        });
        if !found.is_empty() && seen.insert(whole.trim().to_owned()) {
            lines.push(Told { number: line.number, text: whole.trim().to_owned() });
            matches.push(Shown { found, aftermath: AFTERMATH.iter().any(|words| whole.contains(words)) });
            urls.extend(scenes.url(index).filter(|url| !urls.contains(url)));
        }
    }
    let candidates = ranked(library, matches.into_iter())
        .into_iter()
        .filter_map(|found| Some(Candidate { entry: library.entry(found.entry)?.clone(), line: found.line }));
    let candidates: Vec<Candidate> = candidates.collect();
    if urls.is_empty() {
        urls.extend(scenes.last_url());
    }
    let recent = urls.len().saturating_sub(URLS);
    Diagnosis { region: scenes.region(), about: scenes.about, lines, candidates, urls: urls.split_off(recent) }
}

/// A line as the program printed it.
struct Whole<'a> {
    text: Cow<'a, str>,
    /// How many lines of the text it is.
    pieces: usize,
    /// See [`Library::matches`].
    found: Vec<Found>,
}

/// Reads lines, those that a terminal broke as one.
struct Reader<'a> {
    text: &'a Text,
    library: &'a Library,
    width: Option<(usize, bool)>,
    /// How many lines may still be joined.
    left: usize,
}

impl<'a> Reader<'a> {
    fn read(&mut self, index: usize, line: &'a str) -> Whole<'a> {
        let own = self.library.matches(line);
        if let Some((width, sure)) = self.width.filter(|_| self.left > 0) {
            // Where every break was at a blank, the longest line is one shorter than the terminal is wide.
            for width in [width, width + 1] {
                let Some((joined, pieces)) = self.text.rejoined(index, width) else { continue };
                self.left = self.left.saturating_sub(1);
                let found = self.library.matches(&joined);
                if !found.is_empty() && (sure || self.says_more(index, pieces, &found)) {
                    return Whole { text: Cow::Owned(joined), pieces, found };
                }
            }
        }
        Whole { text: Cow::Borrowed(line), pieces: 1, found: own }
    }

    /// Whether lines together show what none of them shows alone, or show it more exactly.
    fn says_more(&self, index: usize, pieces: usize, together: &[Found]) -> bool {
        let lines = self.text.lines.iter().skip(index).take(pieces);
        let alone: Vec<Found> = lines.flat_map(|line| self.library.matches(&line.text)).collect();
        let more = |one: &Found| {
            let as_much = |other: &&Found| other.exactness >= one.exactness && other.usual >= one.usual;
            !alone.iter().filter(as_much).any(|other| other.entry == one.entry)
        };
        together.iter().any(more)
    }
}

fn is_about(entry: &Entry, transports: &[Transport]) -> bool {
    entry.transports.is_empty()
        || transports.is_empty()
        || entry.transports.iter().any(|transport| transports.contains(transport))
}

/// What the symptoms of one line belong to.
pub(super) struct Shown {
    /// See [`Library::matches`].
    pub(super) found: Vec<Found>,
    /// Whether the line is a mere [`AFTERMATH`].
    pub(super) aftermath: bool,
}

impl Shown {
    pub(super) fn of(library: &Library, line: &str) -> Self {
        let found = library.matches(line).into_iter().filter(|found| !found.refuted).collect();
        Self { found, aftermath: AFTERMATH.iter().any(|words| line.contains(words)) }
    }
}

/// A candidate by its number.
pub(super) struct Ranked {
    pub(super) entry: usize,
    line: usize,
}

/// Ranks what was found in each line.
pub(super) fn ranked(library: &Library, lines: impl Iterator<Item = Shown>) -> Vec<Ranked> {
    struct Score {
        /// How much all lines together tell, in millionths.
        told: usize,
        /// How usual a cause it is.
        usual: usize,
        /// How much the best line tells, and which it is.
        best: (usize, usize, Reverse<usize>),
    }
    let mut scores: BTreeMap<usize, Score> = BTreeMap::new();
    for (line, shown) in lines.enumerate() {
        let share = if shown.aftermath { 1 } else { 1_000_000 / shown.found.len().max(1) };
        for Found { entry, exactness, usual, .. } in shown.found {
            let this = (share, exactness, Reverse(line));
            let score = scores.entry(entry).or_insert(Score { told: 0, usual: 0, best: this });
            // A usual cause counts twice: it comes before others of its lines, but not before what another line shows.
            score.told += if usual > 0 { 2 * share } else { share };
            score.usual = score.usual.max(usual);
            score.best = score.best.max(this);
        }
    }
    let mut order: Vec<(usize, Score)> = scores.into_iter().collect();
    order.sort_by_cached_key(|(index, score)| {
        let entry = library.entry(*index);
        let prior = entry.map(|entry| (entry.severity, entry.layer, entry.confidence, entry.id.clone()));
        (Reverse(score.told), Reverse(score.usual), Reverse(score.best.1), prior)
    });
    order.into_iter().map(|(entry, score)| Ranked { entry, line: score.best.2.0 }).collect()
}

/// Who is named where in a text. A scene is a command and what follows it.
struct Scenes<'a> {
    text: &'a Text,
    mentions: Vec<(usize, Mention)>,
    /// The lines that commands stand on.
    starts: Vec<usize>,
    /// What is named in each scene, by its first line.
    named: BTreeMap<usize, Named>,
    about: About,
}

/// What of CodeCommit a scene names.
#[derive(Default)]
struct Named {
    grc: bool,
    /// The first transport.
    transport: Option<&'static str>,
    /// The first URL, as it was typed.
    url: Option<String>,
}

impl<'a> Scenes<'a> {
    fn new(text: &'a Text, regions: &RegionTable) -> Self {
        let lines = || text.lines.iter().enumerate();
        let mentions = lines().filter_map(|(index, line)| Some((index, host::mention(regions, &line.text)?)));
        let starts = lines().filter(|(_, line)| host::is_command(&line.text)).map(|(index, _)| index);
        let (mentions, starts) = (mentions.collect(), starts.collect());
        let mut scenes = Self { text, mentions, starts, named: BTreeMap::new(), about: About::Nobody };
        scenes.mentions = scenes.without_jump_hosts();
        scenes.about = scenes.named_by_all();
        scenes.named = scenes.named_by_each();
        scenes
    }

    /// What is named, but for the hosts that ssh did not reach on its way to CodeCommit.
    fn without_jump_hosts(&self) -> Vec<(usize, Mention)> {
        let is_on_the_way = |(index, mention): &&(usize, Mention)| {
            let line = self.text.lines.get(*index).map(|line| line.text.as_str()).unwrap_or_default();
            let is_ssh = matches!(mention, Mention::Other(host) if host::ssh_host(line).as_ref() == Some(host));
            is_ssh && meant(self.mentioned_in(&self.scene(*index))).next().is_some()
        };
        self.mentions.iter().filter(|mention| !is_on_the_way(mention)).cloned().collect()
    }

    /// The lines of the scene around a line: from its command up to the next one.
    fn scene(&self, index: usize) -> std::ops::Range<usize> {
        let next = self.starts.partition_point(|start| *start <= index);
        let start = next.checked_sub(1).and_then(|place| self.starts.get(place)).copied();
        start.unwrap_or(0)..self.starts.get(next).copied().unwrap_or(self.text.lines.len())
    }

    fn mentioned_in(&self, scene: &std::ops::Range<usize>) -> &[(usize, Mention)] {
        let start = self.mentions.partition_point(|(at, _)| *at < scene.start);
        let end = self.mentions.partition_point(|(at, _)| *at < scene.end);
        self.mentions.get(start..end).unwrap_or_default()
    }

    fn named_by_each(&self) -> BTreeMap<usize, Named> {
        let mut all: BTreeMap<usize, Named> = BTreeMap::new();
        for (at, mention) in &self.mentions {
            if let Mention::CodeCommit(meant) = mention {
                let named = all.entry(self.scene(*at).start).or_default();
                named.grc |= meant.transport == Some("grc");
                named.transport = named.transport.or(meant.transport);
                named.url = named.url.take().or_else(|| meant.url.clone());
            }
        }
        all
    }

    /// What a line is about: what it names, else what was named last before it, in its scene or behind it, or before.
    fn about_of(&self, index: usize) -> Option<&Mention> {
        let scene = self.scene(index);
        let before = self.mentions.partition_point(|(at, _)| *at <= index);
        let last = before.checked_sub(1).and_then(|place| self.mentions.get(place));
        let in_scene = last.filter(|(at, _)| scene.contains(at));
        let behind = || self.mentions.get(before).filter(|(at, _)| scene.contains(at));
        in_scene.or_else(behind).or(last).map(|(_, mention)| mention)
    }

    fn is_codecommits(&self, index: usize) -> bool {
        let names = |line: &super::text::Line| line.text.to_ascii_lowercase().contains("codecommit");
        match self.about_of(index) {
            Some(Mention::Other(_)) => self.text.lines.get(index).is_some_and(names),
            Some(Mention::CodeCommit(_)) => true,
            None => !matches!(self.about, About::Others(_)),
        }
    }

    fn named_by_all(&self) -> About {
        let other = |(_, mention): &(usize, Mention)| match mention {
            Mention::Other(host) => Some(host.clone()),
            Mention::CodeCommit(_) => None,
        };
        let others: BTreeSet<String> = self.mentions.iter().filter_map(other).collect();
        let mentioned = self.text.lines.iter().any(|line| line.text.to_ascii_lowercase().contains("codecommit"));
        if mentioned || self.codecommit().next().is_some() {
            About::CodeCommit
        } else if others.is_empty() {
            About::Nobody
        } else {
            About::Others(others.into_iter().collect())
        }
    }

    fn codecommit(&self) -> impl DoubleEndedIterator<Item = &Meant> {
        meant(&self.mentions)
    }

    /// The ways to CodeCommit that a line may be about; empty: any.
    fn transports(&self, index: usize) -> Vec<Transport> {
        let named = self.named.get(&self.scene(index).start);
        let own = match self.about_of(index) {
            Some(Mention::CodeCommit(meant)) => meant.transport,
            _ => None,
        };
        // What git-remote-codecommit makes of its URL is an HTTPS one.
        let is_grc = named.is_some_and(|named| named.grc);
        let family = if is_grc { Some("grc") } else { own.or(named.and_then(|named| named.transport)) };
        match family {
            Some("grc") => vec![Transport::Grc],
            Some("ssh") => vec![Transport::Ssh],
            Some("https") => Transport::ALL.iter().copied().filter(|transport| *transport != Transport::Ssh).collect(),
            _ => Vec::new(),
        }
    }

    /// The URL that a scene is about: the first one, as it was typed.
    fn url(&self, index: usize) -> Option<String> {
        self.named.get(&self.scene(index).start)?.url.clone()
    }

    fn last_url(&self) -> Option<String> {
        self.codecommit().rev().find_map(|meant| meant.url.clone())
    }

    fn region(&self) -> Option<String> {
        self.codecommit().rev().find_map(|meant| meant.region.clone())
    }
}

fn meant(mentions: &[(usize, Mention)]) -> impl DoubleEndedIterator<Item = &Meant> {
    mentions.iter().filter_map(|(_, mention)| match mention {
        Mention::CodeCommit(meant) => Some(meant),
        Mention::Other(_) => None,
    })
}

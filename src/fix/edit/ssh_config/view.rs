//! What ssh makes of the whole configuration before and after an edit.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, Scene, Setting, is_head, patterns};
use crate::collect::ssh::evaluate::{self, Evaluation, Found, Origin, Query};
use crate::collect::ssh::home::Homes;
use crate::collect::ssh::include::{Reader, Scope, Tree};
use crate::collect::ssh::{keywords, pattern};
use crate::fix::edit::overlay::Overlay;
use crate::fix::edit::refusal::Refusal;
use crate::fix::edit::splice::{self, Splice};

/// Hosts that every configuration is asked about.
const STRANGERS: [&str; 3] = ["github.com", "host.example", "10.0.0.1"];
/// Most hosts that are asked about.
const HOST_LIMIT: usize = 400;
/// Most lines that are looked at for all hosts together, so that no edit takes longer than a second.
const LINE_LIMIT: usize = 2_000_000;

/// The configuration that the file belongs to.
pub(super) struct View {
    pub(super) tree: Tree,
    /// The file's place in it.
    pub(super) index: usize,
    homes: Homes,
}

impl View {
    /// Reads the user's configuration; the file alone when it does not belong to that (`-F`).
    pub(super) fn new(scene: &Scene<'_>) -> Self {
        let homes = Homes::find(scene.system, None);
        let usual = homes.ssh_directory().join("config");
        let system_wide = homes.system_directory.join("ssh_config");
        let of = |tree: &Tree| tree.files.iter().position(|file| file.path == scene.path);
        let whole = Reader::new(scene.system, &homes).root(&usual, Scope::User, true);
        let tree = whole.root(&system_wide, Scope::System, false).finish();
        if let Some(index) = of(&tree) {
            return Self { tree, index, homes };
        }
        let tree = Reader::new(scene.system, &homes).root(scene.path, Scope::User, false).finish();
        Self { tree, index: 0, homes }
    }

    pub(super) fn evaluate(&self, host: &str) -> Evaluation {
        let local_user = self.homes.account.as_deref().unwrap_or_default();
        evaluate::evaluate(&self.tree, &Query { host, local_user, ..Query::default() })
    }

    /// Whether the host gets the value: as the first one, or among all where values add up.
    pub(super) fn has(&self, evaluation: &Evaluation, setting: &Setting) -> bool {
        let found = evaluation.all(keywords::canonical(&setting.keyword));
        let count = if keywords::is_cumulative(&setting.keyword) { found.len() } else { 1 };
        let same = |found: &Found| self.homes.expand(&found.value) == self.homes.expand(&setting.value);
        found.iter().take(count).any(same) && !is_cut_off(evaluation, &setting.keyword)
    }

    /// The line of the edited file through which a value reaches the host: its own, or that of an `Include`. `None`:
    /// it stands in a file that is read later.
    ///
    /// # Errors
    /// [`Refusal::SideEffect`] when it stands in a file that is read before this one.
    pub(super) fn line_of(&self, found: &Found) -> Result<Option<usize>, Refusal> {
        let Origin::Line { file, line } = found.origin else { return Ok(None) };
        if file == self.index {
            return Ok(Some(line));
        }
        let own = self.tree.files.get(self.index);
        let leads = |(_, line): &(usize, &crate::collect::ssh::config::Line)| {
            line.keyword == "include" && self.leads_to(self.index, line.number, file, 0)
        };
        if let Some((index, _)) = own.and_then(|own| own.lines.iter().enumerate().find(leads)) {
            return Ok(Some(index));
        }
        let other = self.tree.files.get(file);
        if other.is_some_and(|other| other.scope == Scope::System) {
            return Ok(None);
        }
        let path = other.map(|other| other.path.display().to_string()).unwrap_or_default();
        Err(Refusal::side_effect(format!("the setting that wins stands in {path}, not in this file")))
    }

    fn leads_to(&self, from: usize, line: u32, to: usize, depth: usize) -> bool {
        self.tree.included(from, line).iter().any(|&included| {
            included == to
                || (depth < 16
                    && self.tree.files.get(included).is_some_and(|file| {
                        let includes = file.lines.iter().filter(|line| line.keyword == "include");
                        includes.into_iter().any(|line| self.leads_to(included, line.number, to, depth + 1))
                    }))
        })
    }

    /// Hosts by which the patterns of the configuration can be told apart; fewer of a long configuration.
    fn hosts(&self) -> BTreeSet<String> {
        let lines: usize = self.tree.files.iter().map(|file| file.lines.len()).sum();
        let limit = (LINE_LIMIT / lines.max(1)).clamp(STRANGERS.len(), HOST_LIMIT);
        let heads = self.tree.files.iter().flat_map(|file| &file.lines).filter(|line| is_head(line));
        let named = heads.flat_map(patterns).flat_map(|pattern| samples(&pattern));
        STRANGERS.iter().map(|host| (*host).to_owned()).chain(named).take(limit).collect()
    }
}

/// The hosts that patterns of CodeCommit are for: its endpoints and what else the configuration names; of other patterns
/// examples.
pub(super) fn own_hosts(scene: &Scene<'_>, view: &View, patterns: &[String]) -> BTreeSet<String> {
    let endpoints = scene.regions.regions.iter().flat_map(|region| region.git_host.iter().chain(&region.fips_host));
    let known = endpoints.cloned().chain(view.hosts()).filter(|host| matches(patterns, host));
    let known: BTreeSet<String> = known.collect();
    if known.is_empty() { patterns.iter().flat_map(|pattern| samples(pattern)).collect() } else { known }
}

/// Whether `none` as the first value takes back all that follow.
pub(super) fn is_cut_off(evaluation: &Evaluation, keyword: &str) -> bool {
    let first = evaluation.first(keyword).map(|found| found.value.as_str());
    keywords::is_cumulative(keyword) && first.is_some_and(|value| value.eq_ignore_ascii_case("none"))
}

/// Hosts that a pattern matches.
pub(super) fn samples(pattern: &str) -> Vec<String> {
    let pattern = pattern.trim_start_matches('!').replace('?', "1");
    if !pattern.contains('*') {
        return vec![pattern];
    }
    ["us-east-1", "eu-west-1", "x", ""]
        .iter()
        .map(|text| pattern.replace('*', text))
        .filter(|h| !h.is_empty())
        .collect()
}

/// Whether one of the patterns matches and no negated one does.
pub(super) fn matches(patterns: &[String], host: &str) -> bool {
    let negated = |wanted: &String| wanted.strip_prefix('!').is_some_and(|wanted| pattern::matches(host, wanted));
    patterns.iter().any(|wanted| pattern::matches(host, wanted)) && !patterns.iter().any(negated)
}

/// Refuses an edit that a host other than those of `own` would notice.
///
/// # Errors
/// [`Refusal::SideEffect`] naming the host.
pub(super) fn prove(scene: &Scene<'_>, splices: &[Splice], own: impl Fn(&str) -> bool) -> Result<View, Refusal> {
    let after = splice::apply(scene.text, splices);
    File::read(&after)?;
    let files = BTreeMap::from([(scene.path.to_owned(), after)]);
    let overlay = Overlay::new(scene.system, &files);
    let new = View::new(&Scene { system: &overlay, text: &[], ..*scene });
    let old = View::new(scene);
    let hosts: BTreeSet<String> = old.hosts().into_iter().chain(new.hosts()).filter(|host| !own(host)).collect();
    for host in hosts {
        let (before, after) = (old.evaluate(&host), new.evaluate(&host));
        // Which unknown options are passed over is no setting of a host.
        let effective = |evaluation: &Evaluation| {
            let all = evaluation.effective().into_iter().filter(|(keyword, _)| *keyword != "ignoreunknown");
            all.map(|(keyword, values)| (keyword.to_owned(), values.join("\n"))).collect::<Vec<_>>()
        };
        if effective(&before) != effective(&after) || before.uncertain.is_some() != after.uncertain.is_some() {
            return Err(Refusal::side_effect(format!("the configuration of {host} would change too")));
        }
    }
    Ok(new)
}

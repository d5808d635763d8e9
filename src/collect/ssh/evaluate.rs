//! What a configuration says for one host: our own reading, with the line of every value.
//!
//! Follows readconf.c and ssh.c of OpenSSH 9.2: the first value wins, `IdentityFile` and a few others add up,
//! `Host` looks at the name as typed, `Match host` at the name that `HostName` made of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::config::{self, Line};
use super::include::Tree;
use super::keywords::{self, Shape};
use super::pattern;

/// Most lines that are looked at for one host; files that include one another many times reach it.
const LINE_BUDGET: usize = 2_000_000;

/// Most values of one keyword that are kept for one host.
const VALUE_LIMIT: usize = 200;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query<'a> {
    /// The host as typed.
    pub(crate) host: &'a str,
    /// The user of the URL.
    pub(crate) user: Option<&'a str>,
    /// The port of the URL.
    pub(crate) port: Option<u16>,
    /// The name of the account.
    pub(crate) local_user: &'a str,
    /// Settings of the command line of ssh, keyword and value.
    pub(crate) options: &'a [(String, String)],
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `-o`, `-i`, `-l` of the ssh command.
    CommandLine,
    /// The user or the port of the URL.
    Url,
    /// A line of a file, by the file's and the line's index.
    Line { file: usize, line: usize },
}

/// One value that applies to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) value: String,
    pub(crate) origin: Origin,
    /// The block that it stands in; null above the first block.
    pub(crate) block: Option<BlockId>,
}

/// A block, by the indices of its file and of its `Host` or `Match` line.
pub(crate) type BlockId = (usize, usize);

/// The result for one host.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evaluation {
    values: HashMap<String, Vec<Found>>,
    /// Blocks that apply.
    pub(crate) blocks: HashSet<BlockId>,
    /// Why it may be incomplete.
    pub(crate) uncertain: Option<String>,
}

impl Evaluation {
    /// All values of a keyword that were met, the winning one first.
    pub(crate) fn all(&self, keyword: &str) -> &[Found] {
        self.values.get(keyword).map_or(&[], Vec::as_slice)
    }

    /// The value that takes effect.
    pub(crate) fn first(&self, keyword: &str) -> Option<&Found> {
        self.all(keyword).first()
    }

    /// What takes effect: the first value of each keyword, of those that add up all values in order.
    pub(crate) fn effective(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut effective = BTreeMap::new();
        for (keyword, found) in &self.values {
            let count = if keywords::is_cumulative(keyword) { found.len() } else { 1 };
            effective.insert(keyword.as_str(), found.iter().take(count).map(|found| found.value.as_str()).collect());
        }
        effective
    }

    fn add(&mut self, keyword: &str, found: Found) {
        let values = self.values.entry(keyword.to_owned()).or_default();
        let again = |known: &Found| known.origin == found.origin && found.origin != Origin::CommandLine;
        if values.len() < VALUE_LIMIT && !values.iter().any(again) {
            values.push(found);
        }
    }

    fn doubt(&mut self, reason: String) {
        self.uncertain.get_or_insert(reason);
    }
}

/// Reads the configuration for one host.
pub(crate) fn evaluate(tree: &Tree, query: &Query<'_>) -> Evaluation {
    let mut walk =
        Walk { tree, query, result: Evaluation::default(), final_pass: false, wants_final: false, budget: LINE_BUDGET };
    for (keyword, value) in query.options {
        walk.result.add(keywords::canonical(keyword), found(value.clone(), Origin::CommandLine, None));
    }
    if let Some(user) = query.user {
        walk.result.add("user", found(user.to_owned(), Origin::Url, None));
    }
    if let Some(port) = query.port {
        walk.result.add("port", found(port.to_string(), Origin::Url, None));
    }
    walk.pass(query.host);
    if walk.wants_final {
        walk.final_pass = true;
        let host = walk.resolved_host();
        walk.pass(&host);
    }
    walk.result
}

fn found(value: String, origin: Origin, block: Option<BlockId>) -> Found {
    Found { value, origin, block }
}

/// The host that is connected to: `HostName` with `%h` expanded, in lower case.
pub(crate) fn connected_host(evaluation: &Evaluation, typed: &str) -> String {
    evaluation
        .first("hostname")
        .map_or_else(|| typed.to_owned(), |name| name.value.replace("%%", "\0").replace("%h", typed).replace('\0', "%"))
        .to_ascii_lowercase()
}

struct Walk<'a> {
    tree: &'a Tree,
    query: &'a Query<'a>,
    result: Evaluation,
    final_pass: bool,
    wants_final: bool,
    budget: usize,
}

impl Walk<'_> {
    fn pass(&mut self, host: &str) {
        for &root in &self.tree.roots {
            self.file(root, host, None, 0);
        }
    }

    fn resolved_host(&self) -> String {
        connected_host(&self.result, self.query.host)
    }

    fn file(&mut self, index: usize, host: &str, outer: Option<BlockId>, depth: usize) {
        let Some(file) = self.tree.files.get(index).filter(|_| depth <= 16) else { return };
        let (mut active, mut block) = (true, outer);
        for (number, line) in file.lines.iter().enumerate() {
            if self.budget == 0 {
                self.result.doubt("the configuration includes its files too many times to be read whole".into());
                return;
            }
            self.budget -= 1;
            match line.keyword.as_str() {
                "host" | "match" => {
                    let id = (index, number);
                    active = if line.keyword == "host" { host_applies(line, host) } else { self.match_applies(line) };
                    block = Some(id);
                    if active {
                        self.result.blocks.insert(id);
                    }
                }
                "include" if active => {
                    for &included in self.tree.included(index, line.number) {
                        self.file(included, host, block, depth + 1);
                    }
                }
                _ if active => self.setting(line, index, number, block),
                _ => {}
            }
        }
    }

    fn setting(&mut self, line: &Line, file: usize, number: usize, block: Option<BlockId>) {
        if let Some((value, _)) = value_of(line) {
            let keyword = keywords::canonical(&line.keyword);
            self.result.add(keyword, found(value, Origin::Line { file, line: number }, block));
        }
    }

    /// `match_cfg_line` of readconf.c. Commands are not run: where one decides, the result is in doubt.
    fn match_applies(&mut self, line: &Line) -> bool {
        let mut words = MatchWords::new(&line.rest);
        let (mut result, mut attributes, mut undecided) = (true, 0_usize, None);
        while let Some(word) = words.next_word() {
            let (negated, name) = word.strip_prefix('!').map_or((false, word.as_str()), |rest| (true, rest));
            let name = name.to_ascii_lowercase();
            if name == "all" {
                return result && !negated && attributes <= 1 && words.next_word().is_none();
            }
            attributes += 1;
            if name == "final" || name == "canonical" {
                self.wants_final |= name == "final";
                result &= self.final_pass != negated;
                continue;
            }
            let Some(argument) = words.next_word() else { return false };
            match self.criterion(&name, &argument) {
                Some(holds) => result &= holds != negated,
                None => undecided = undecided.or_else(|| result.then(|| format!("Match {name}"))),
            }
        }
        if let Some(criterion) = undecided.filter(|_| result) {
            self.result.doubt(format!("line {} decides by `{criterion}`, which is not evaluated here", line.number));
            return false;
        }
        result && attributes > 0
    }

    /// Whether one criterion holds; null when that cannot be told without running or asking something.
    fn criterion(&self, name: &str, argument: &str) -> Option<bool> {
        let value = |keyword: &str| self.result.first(keyword).map_or("", |found| found.value.as_str());
        Some(match name {
            "host" => pattern::matches_host_list(&self.resolved_host(), argument),
            "originalhost" => pattern::matches_host_list(self.query.host, argument),
            "user" => {
                let user = self.result.first("user").map_or(self.query.local_user, |found| found.value.as_str());
                pattern::matches_list(user, argument)
            }
            "localuser" => pattern::matches_list(self.query.local_user, argument),
            "tagged" => pattern::matches_list(value("tag"), argument),
            _ => return None,
        })
    }
}

/// The words of a `Match` line, up to a comment.
pub(crate) struct MatchWords<'a> {
    rest: &'a str,
    at: usize,
}

impl<'a> MatchWords<'a> {
    pub(crate) fn new(rest: &'a str) -> Self {
        Self { rest, at: 0 }
    }

    pub(crate) fn next_word(&mut self) -> Option<String> {
        let (word, next) = config::delimit(self.rest, self.at)?;
        self.at = next;
        (!word.is_empty() && !word.starts_with('#')).then_some(word)
    }
}

/// Whether a `Host` line applies: a pattern matches and no negated one does.
pub(crate) fn host_applies(line: &Line, host: &str) -> bool {
    let mut applies = false;
    for wanted in line.values() {
        match wanted.strip_prefix('!') {
            Some(negated) if pattern::matches(host, negated) => return false,
            Some(_) => {}
            None => applies = applies || pattern::matches(host, wanted),
        }
    }
    applies
}

/// The value of a line and its place; null where ssh takes none.
pub(crate) fn value_of(line: &Line) -> Option<(String, Range<usize>)> {
    let args = line.args.as_ref()?;
    let first = args.first()?;
    let value = match keywords::shape(&line.keyword) {
        Some(Shape::Command) => line.rest.trim_start_matches([' ', '\t', '=']).to_owned(),
        // Where ssh stops at the extra words, the path that was meant is more use than its first word.
        Some(Shape::One) if keywords::is_path(&line.keyword) => line.values().collect::<Vec<_>>().join(" "),
        Some(Shape::Many | Shape::Free) | None => line.values().collect::<Vec<_>>().join(" "),
        Some(_) => first.text.clone(),
    };
    Some((value, line.args_span()))
}

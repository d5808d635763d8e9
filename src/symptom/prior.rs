//! What a line tells of its causes besides naming them: which are the usual ones, and which it refutes.

use regex::Regex;

use crate::check::regions::RegionTable;

const TABLE: &str = include_str!("priors.txt");
/// Stands in the table for the host names of CodeCommit for git.
const HOST: &str = "{HOST}";

/// What lines of one kind tell. Entries are numbers.
#[derive(Debug)]
pub(super) struct Prior {
    line: Regex,
    usual: Vec<usize>,
    refuted: Vec<usize>,
}

/// The table, in its order; of several that are about a line, the first one counts. IDs that `number` does not know, as
/// those of checks that are off, are left out.
pub(super) fn all(number: impl Fn(&str) -> Option<usize>) -> Vec<Prior> {
    let hosts = hosts();
    let mut all: Vec<Prior> = Vec::new();
    for line in TABLE.lines() {
        let numbers = |ids: &str| ids.split_whitespace().filter_map(&number).collect::<Vec<usize>>();
        if let Some(source) = line.strip_prefix("= ") {
            let line = Regex::new(&source.replace(HOST, &hosts)).ok();
            all.extend(line.map(|line| Prior { line, usual: Vec::new(), refuted: Vec::new() }));
        } else if let Some(last) = all.last_mut() {
            let of = |key: &str| line.strip_prefix(key).map(&numbers).unwrap_or_default();
            last.usual.extend(of("usual: "));
            last.refuted.extend(of("not: "));
        }
    }
    all
}

/// An expression for every host name of a region that has CodeCommit.
fn hosts() -> String {
    let regions = RegionTable::embedded().map(|table| table.regions).unwrap_or_default();
    let hosts = regions.iter().flat_map(|region| [&region.git_host, &region.fips_host]).flatten();
    let hosts: Vec<String> = hosts.map(|host| regex::escape(host)).collect();
    format!(r"(?:{})\b", hosts.join("|"))
}

impl Prior {
    /// Whether a line, in English, is of this kind.
    pub(super) fn is_about(&self, line: &str) -> bool {
        super::prefix::variants(line).into_iter().any(|line| self.line.is_match(line))
    }

    /// Whether such a line cannot come from this.
    pub(super) fn refutes(&self, entry: usize) -> bool {
        self.refuted.contains(&entry)
    }

    /// 0: it is no usual cause; else the larger, the more usual.
    pub(super) fn usual(&self, entry: usize) -> usize {
        let place = self.usual.iter().position(|usual| *usual == entry);
        place.map(|place| self.usual.len() - place).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::embedded::embedded;

    #[test]
    fn the_table_names_checks_and_all_its_expressions_are_read() {
        let checks = embedded().unwrap();
        let words = TABLE.lines().filter_map(|line| line.strip_prefix("usual: ").or(line.strip_prefix("not: ")));
        for id in words.flat_map(str::split_whitespace) {
            assert!(checks.iter().any(|check| check.id == id), "{id}");
        }
        assert_eq!(all(|_| None).len(), TABLE.lines().filter(|line| line.starts_with("= ")).count());
    }

    #[test]
    fn hosts_are_those_of_codecommit() {
        let hosts = Regex::new(&hosts()).unwrap();
        assert!(hosts.is_match("git-codecommit.us-east-1.amazonaws.com"));
        for host in ["git-codecommit.us-east-9.amazonaws.com", "git-codecommit.us-east-1a.amazonaws.com"] {
            assert!(!hosts.is_match(host), "{host}");
        }
    }
}

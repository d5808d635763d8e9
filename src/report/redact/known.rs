//! Names that are known to be identities on this machine, found in free text on word boundaries.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

use super::token::Kind;

/// Alternatives in one pattern; more would make it slow to build.
const CHUNK: usize = 200;
/// Directories below the root whose names may also be somebody's.
const ROOT_DIRECTORIES: &[&str] =
    &["dev", "home", "root", "etc", "usr", "bin", "opt", "tmp", "var", "mnt", "srv", "run"];

/// The names and their kinds.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By name in lower case: the name as spelt, and its kind.
    names: HashMap<String, (String, Kind)>,
    patterns: Vec<Regex>,
}

impl Known {
    /// Longer names win over shorter ones that they contain.
    pub(super) fn new(mut names: Vec<(String, Kind)>) -> Self {
        names.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        names.dedup();
        let pattern = |chunk: &[(String, Kind)]| {
            let alternatives: Vec<String> = chunk.iter().map(|(name, _)| regex::escape(name)).collect();
            RegexBuilder::new(&alternatives.join("|")).case_insensitive(true).size_limit(64 << 20).build().ok()
        };
        let patterns = names.chunks(CHUNK).filter_map(pattern).collect();
        Self { patterns, names: names.into_iter().map(|(name, kind)| (name.to_lowercase(), (name, kind))).collect() }
    }

    /// Every occurrence: start, end and kind.
    pub(super) fn find(&self, text: &str, mut hit: impl FnMut(usize, usize, Kind)) {
        for found in self.patterns.iter().flat_map(|pattern| pattern.find_iter(text)) {
            let (start, end) = (found.start(), found.end());
            if let Some(kind) = self.kind(found.as_str())
                && is_word(text, start, end)
            {
                hit(start, end, kind);
            }
        }
    }

    /// Names of up to three letters must be spelt exactly: they are often ordinary words.
    fn kind(&self, text: &str) -> Option<Kind> {
        let (name, kind) = self.names.get(&text.to_lowercase())?;
        (name.len() > 3 || name == text).then_some(*kind)
    }
}

/// Whether letters and digits end on both sides; short names must not be part of a compound either.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let short = end - start <= 3;
    let joins = |c: char| c.is_alphanumeric() || (short && "_-.".contains(c));
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    let sentence_ends = after == Some('.') && !text[end + 1..].starts_with(char::is_alphanumeric);
    !before.is_some_and(joins)
        && (!after.is_some_and(joins) || sentence_ends)
        && !is_root_directory(&text[..start], &text[start..end])
}

/// Whether `name` is the first part of an absolute path, as in `/dev/null`.
fn is_root_directory(before: &str, name: &str) -> bool {
    let Some(rest) = before.strip_suffix('/') else { return false };
    let inside_path = rest.chars().next_back().is_some_and(|c| c.is_alphanumeric() || "/._~-".contains(c));
    !inside_path && ROOT_DIRECTORIES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(names: &[&str], text: &str) -> Vec<String> {
        let known = Known::new(names.iter().map(|name| ((*name).to_owned(), Kind::User)).collect());
        let mut found = Vec::new();
        known.find(text, |start, end, _| found.push(text[start..end].to_owned()));
        found
    }

    #[test]
    fn a_name_is_found_as_a_word() {
        let text = "jdoe, x/jdoe/y jdoe_rsa JDoe-laptop jdoe.";
        assert_eq!(words(&["jdoe"], text), ["jdoe", "jdoe", "jdoe", "JDoe", "jdoe"]);
        assert!(words(&["jdoe"], "jdoe2 xjdoe").is_empty());
    }

    #[test]
    fn a_short_name_is_no_part_of_another_word() {
        assert_eq!(words(&["dev"], "dev runs /home/dev/x for dev."), ["dev", "dev", "dev"]);
        assert!(words(&["dev"], "/dev/null demo-dev dev.example Dev 'UserKnownHostsFile=/dev/null'").is_empty());
    }

    #[test]
    fn the_longer_name_wins() {
        assert_eq!(words(&["anna", "anna.smith"], "anna.smith and anna"), ["anna.smith", "anna"]);
    }
}

//! `include` and `includeIf` directives (`include_condition_is_true` in config.c of git).

use std::path::{Path, PathBuf};

use super::config::Entry;
use super::{paths, wildmatch};
use crate::system::{Discovered, System};

/// What conditions are decided by.
pub struct Conditions<'a> {
    /// The machine.
    pub system: &'a dyn System,
    /// The repository; `None` outside one.
    pub repository: Option<&'a Discovered>,
    /// All remote URLs; `None` while they are being collected.
    pub remotes: Option<Vec<String>>,
}

/// Whether the entry is an include whose condition looks at the remotes.
pub fn asks_for_remotes(entry: &Entry) -> bool {
    is_include(entry) && entry.subsection().is_some_and(|condition| condition.starts_with("hasconfig:"))
}

/// Whether the entry is the URL of a remote.
pub fn is_remote_url(entry: &Entry) -> bool {
    entry.heading.section == "remote" && entry.subsection().is_some() && entry.name == "url"
}

fn is_include(entry: &Entry) -> bool {
    entry.name == "path"
        && match entry.heading.section.as_str() {
            "include" => entry.subsection().is_none(),
            "includeif" => entry.subsection().is_some(),
            _ => false,
        }
}

impl Conditions<'_> {
    /// The file that the entry includes; `None` when it is no include, its condition does not hold, or the path means
    /// nothing. `from`: the file in which it stands.
    pub fn target(&self, entry: &Entry, from: Option<&Path>) -> Option<PathBuf> {
        let path = entry.value.as_deref().filter(|_| is_include(entry))?;
        if entry.subsection().is_some_and(|condition| !self.holds(condition, from)) {
            return None;
        }
        let expanded = paths::expand(self.system, path)?;
        if paths::is_absolute(self.system, &expanded.to_string_lossy()) {
            return Some(expanded);
        }
        Some(from?.parent()?.join(expanded))
    }

    fn holds(&self, condition: &str, from: Option<&Path>) -> bool {
        let Some((kind, pattern)) = condition.split_once(':') else { return false };
        match kind {
            "gitdir" => self.git_dir_matches(pattern, from, false),
            "gitdir/i" => self.git_dir_matches(pattern, from, true),
            "onbranch" => self.branch_matches(pattern),
            "hasconfig" => self.remote_matches(pattern),
            _ => false,
        }
    }

    fn git_dir_matches(&self, pattern: &str, from: Option<&Path>, ignore_case: bool) -> bool {
        let Some(repository) = self.repository else { return false };
        let Some((literal, pattern)) = self.git_dir_pattern(pattern, from) else { return false };
        let real = paths::shown(&paths::real(self.system, &repository.git_dir));
        [real, paths::shown(&repository.git_dir)].iter().any(|git_dir| {
            let git_dir = &slashes(self.system, git_dir);
            let Some(head) = git_dir.get(..literal.len()) else { return false };
            let same = if ignore_case { head.eq_ignore_ascii_case(&literal) } else { head == literal };
            same && wildmatch::matches(&pattern, &git_dir[literal.len()..], ignore_case)
        })
    }

    /// The pattern as a literal beginning and a pattern for the rest (`prepare_include_condition_pattern`).
    fn git_dir_pattern(&self, pattern: &str, from: Option<&Path>) -> Option<(String, String)> {
        let mut pattern = slashes(self.system, &paths::shown(&paths::expand(self.system, pattern)?));
        let mut literal = String::new();
        if let Some(rest) = pattern.strip_prefix("./") {
            let directory = paths::shown(paths::real(self.system, from?).parent()?);
            literal = format!("{}/", slashes(self.system, &directory).trim_end_matches('/'));
            pattern = rest.to_owned();
        } else if !paths::is_absolute(self.system, &pattern) {
            pattern.insert_str(0, "**/");
        }
        if pattern.ends_with('/') {
            pattern.push_str("**");
        }
        Some((literal, pattern))
    }

    fn branch_matches(&self, pattern: &str) -> bool {
        let Some(branch) = self.repository.and_then(|repository| repository.branch.as_deref()) else { return false };
        let all = if pattern.ends_with('/') { "**" } else { "" };
        wildmatch::matches(&format!("{pattern}{all}"), branch, false)
    }

    fn remote_matches(&self, pattern: &str) -> bool {
        let (Some(pattern), Some(remotes)) = (pattern.strip_prefix("remote.*.url:"), &self.remotes) else {
            return false;
        };
        remotes.iter().any(|url| wildmatch::matches(pattern, url, false))
    }
}

/// The path with the slashes that git uses inside.
fn slashes(system: &dyn System, path: &str) -> String {
    if system.platform() == crate::system::Platform::Windows { path.replace('\\', "/") } else { path.to_owned() }
}

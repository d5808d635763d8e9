//! The settings of the repository that are handed over to git, which runs outside it.
//!
//! They go by `GIT_CONFIG_PARAMETERS`, which is what `git -c` makes of its arguments (`git_config_push_parameter` in
//! config.c of git): unlike arguments, an environment cannot be read by others.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::gate::is_of_repository;
use super::quote;
use crate::collect::git::config::{Entry, Place, Scope};
use crate::collect::git::paths;
use crate::collect::live::Tries;

/// `http` settings that name a file relative to the work tree.
const FILES: &[&str] =
    &["sslcainfo", "sslcapath", "sslcert", "sslkey", "cookiefile", "proxysslcert", "proxysslkey", "proxysslcainfo"];

/// Settings for one run.
#[derive(Debug, Default)]
pub(super) struct Settings {
    list: Vec<(String, Option<String>)>,
}

impl Settings {
    /// What the repository says, as far as the allow-list lets it through.
    pub(super) fn of_repository(tries: &Tries<'_>) -> Self {
        let config = &tries.git.config;
        let conditional = Conditional::find(tries);
        let foreign = |entry: &&Entry| is_of_repository(entry) || conditional.holds(tries, entry);
        let relative = |entry: &&Entry| is_file(entry) && is_relative(tries, entry.text());
        let handed: Vec<&Entry> =
            config.entries().iter().filter(|entry| is_allowed(entry) && (foreign(entry) || relative(entry))).collect();
        let keys: HashSet<String> = handed.iter().map(|entry| key(entry)).collect();
        // The environment beats the repository, but these come behind it.
        let again = config
            .entries()
            .iter()
            .filter(|entry| entry.scope == Scope::Command && entry.name != "extraheader" && keys.contains(&key(entry)));
        let mut settings = Self::default();
        for entry in handed.into_iter().chain(again) {
            let value = entry.value.clone().map(|value| if is_file(entry) { absolute(tries, &value) } else { value });
            settings.list.push((key(entry), value));
        }
        settings
    }

    /// Adds a setting that beats all before it.
    pub(super) fn add(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.list.push((key.into(), Some(value.into())));
    }

    /// The value of `GIT_CONFIG_PARAMETERS`, behind `before`, and what it cannot carry: git splits at the first `=`, so a
    /// key that holds one goes by `GIT_CONFIG_COUNT`, which git before 2.31 does not look at.
    pub(super) fn parameters(&self, before: Option<&str>) -> (String, Vec<(&str, &str)>) {
        let (odd, plain): (Vec<_>, Vec<_>) = self.list.iter().partition(|(key, _)| key.contains('='));
        let mut words: Vec<String> = before.filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect();
        words.extend(plain.into_iter().map(|(key, value)| match value {
            Some(value) => quote::shell(&format!("{key}={value}")),
            None => quote::shell(key),
        }));
        let odd = odd.into_iter().map(|(key, value)| (key.as_str(), value.as_deref().unwrap_or("true")));
        (words.join(" "), odd.collect())
    }
}

/// `section.subsection.name`.
fn key(entry: &Entry) -> String {
    let section = &entry.heading.section;
    entry.subsection().map_or_else(
        || format!("{section}.{}", entry.name),
        |subsection| format!("{section}.{subsection}.{}", entry.name),
    )
}

/// What may be handed over: nothing here names a program, and nothing makes git write.
fn is_allowed(entry: &Entry) -> bool {
    let plain = entry.subsection().is_none();
    match (entry.heading.section.as_str(), entry.name.as_str()) {
        ("http", name) => name != "savecookies",
        ("credential", "usehttppath" | "username") => true,
        ("protocol", "version") | ("ssh", "variant") | ("transfer", "credentialsinurl") => plain,
        _ => false,
    }
}

fn is_file(entry: &Entry) -> bool {
    entry.heading.section == "http" && FILES.contains(&entry.name.as_str())
}

fn is_relative(tries: &Tries<'_>, path: &str) -> bool {
    let system = tries.context.system;
    !path.is_empty() && !path.starts_with(['~', '%']) && !paths::is_absolute(system, path)
}

/// A path as git sees it in the work tree.
fn absolute(tries: &Tries<'_>, path: &str) -> String {
    if is_relative(tries, path) { paths::shown(&base(tries).join(path)) } else { path.to_owned() }
}

/// Where git would run: at the top of the work tree.
pub(super) fn base(tries: &Tries<'_>) -> PathBuf {
    let repository = tries.git.fact.repository.known();
    let top = repository.and_then(|repository| repository.work_tree.as_ref()).map(|path| PathBuf::from(&path.0));
    top.unwrap_or_else(|| tries.context.system.current_dir().unwrap_or_default())
}

/// The files that the user's configuration includes for some repositories only (`includeIf`), and what those include.
struct Conditional {
    files: HashSet<PathBuf>,
}

impl Conditional {
    fn find(tries: &Tries<'_>) -> Self {
        let mut files = HashSet::new();
        for entry in tries.git.config.entries().iter().filter(|entry| entry.name == "path") {
            let Some(from) = file_of(tries, entry) else { continue };
            let is_conditional = match entry.heading.section.as_str() {
                "includeif" => true,
                "include" => files.contains(&from),
                _ => false,
            };
            let included = paths::expand(tries.context.system, entry.text());
            if let (true, Some(path)) = (is_conditional, included) {
                files.insert(real(tries, &from.parent().unwrap_or(Path::new("")).join(path)));
            }
        }
        Self { files }
    }

    fn holds(&self, tries: &Tries<'_>, entry: &Entry) -> bool {
        !self.files.is_empty() && file_of(tries, entry).is_some_and(|file| self.files.contains(&file))
    }
}

fn file_of(tries: &Tries<'_>, entry: &Entry) -> Option<PathBuf> {
    if matches!(entry.place, Place::Variable(_)) {
        return None;
    }
    let path = tries.git.config.source(entry).path?;
    Some(real(tries, Path::new(&path.0)))
}

fn real(tries: &Tries<'_>, path: &Path) -> PathBuf {
    paths::real(tries.context.system, path)
}

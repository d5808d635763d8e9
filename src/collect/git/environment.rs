//! Configuration that the environment holds: `GIT_CONFIG_COUNT` with its keys and values, and
//! `GIT_CONFIG_PARAMETERS` (what `git -c` hands to the programs that it starts).

use std::sync::Arc;

use super::config::{Entry, Place, Scope, split_key};
use crate::system::System;

/// Most entries that are taken from the environment.
const LIMIT: usize = 1_000;

/// The entries in git's order.
pub fn entries(system: &dyn System) -> Vec<Entry> {
    let mut entries = counted(system);
    if let Some(parameters) = text(system, "GIT_CONFIG_PARAMETERS") {
        entries.extend(pairs(&parameters).take(LIMIT).map(|(k, v)| entry(&k, v, "GIT_CONFIG_PARAMETERS")));
    }
    entries
}

fn text(system: &dyn System, name: &str) -> Option<String> {
    system.env(name).map(|value| value.to_string_lossy().into_owned())
}

fn counted(system: &dyn System) -> Vec<Entry> {
    let count = text(system, "GIT_CONFIG_COUNT").and_then(|count| count.trim().parse::<usize>().ok()).unwrap_or(0);
    let pair = |index: usize| {
        let value = format!("GIT_CONFIG_VALUE_{index}");
        Some(entry(&text(system, &format!("GIT_CONFIG_KEY_{index}"))?, Some(text(system, &value)?), &value))
    };
    (0..count.min(LIMIT)).map_while(pair).collect()
}

fn entry(key: &str, value: Option<String>, variable: &str) -> Entry {
    let (heading, name) = split_key(key);
    Entry { heading: Arc::new(heading), name, value, scope: Scope::Command, place: Place::Variable(variable.into()) }
}

/// `'key'='value'`, `'key'` and, before git 2.31, `'key=value'`.
fn pairs(parameters: &str) -> impl Iterator<Item = (String, Option<String>)> {
    shlex::split(parameters).unwrap_or_default().into_iter().map(|word| match word.split_once('=') {
        Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
        None => (word, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    #[test]
    fn both_forms_are_read_in_order() {
        let system = FakeSystem::new(Platform::Linux)
            .env_var("GIT_CONFIG_COUNT", "2")
            .env_var("GIT_CONFIG_KEY_0", "http.proxy")
            .env_var("GIT_CONFIG_VALUE_0", "a")
            .env_var("GIT_CONFIG_KEY_1", "Credential.https://X.useHttpPath")
            .env_var("GIT_CONFIG_VALUE_1", "true")
            .env_var("GIT_CONFIG_PARAMETERS", "'a.b'='c d' 'e.f' 'g.h=i'");
        let entries = entries(&system);
        let keys: Vec<_> = entries.iter().map(|e| (e.name.as_str(), e.value.as_deref())).collect();
        let wanted =
            [("proxy", Some("a")), ("usehttppath", Some("true")), ("b", Some("c d")), ("f", None), ("h", Some("i"))];
        assert_eq!(keys, wanted);
        assert_eq!(entries[1].subsection(), Some("https://X"));
        assert_eq!(entries[0].place, Place::Variable("GIT_CONFIG_VALUE_0".into()));
    }

    #[test]
    fn a_huge_count_is_bounded() {
        assert!(entries(&FakeSystem::new(Platform::Linux).env_var("GIT_CONFIG_COUNT", "999999999999")).is_empty());
    }
}

//! Remotes and submodules.

use super::config::{Config, Entry, FileText, Scope};
use super::{GitState, config_file, reading};
use crate::collect::mask::mask;
use crate::fact::git::{Remote, Submodule};
use crate::fact::{Source, Text};
use crate::system::{Discovered, System};

/// Most remotes and submodules that are looked at.
const LIMIT: usize = 2_000;

/// What a URL of the configuration is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawUrlOrigin {
    /// `remote.<name>.url`.
    Remote,
    /// `remote.<name>.pushurl`.
    PushUrl,
    /// A submodule.
    Submodule,
}

impl RawUrlOrigin {
    /// The word for it in `target.origin`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Remote => "remote",
            Self::PushUrl => "push-url",
            Self::Submodule => "submodule",
        }
    }
}

/// A URL as configured. It may hold a login: it never leaves `collect`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawUrl {
    /// What it is for.
    pub origin: RawUrlOrigin,
    /// Name of the remote or of the submodule.
    pub name: String,
    /// The URL before rewriting; relative URLs of submodules are resolved.
    pub url: String,
    /// Where it stands, secrets masked.
    pub source: Source,
    /// Whether it is pushed to.
    pub pushed_to: bool,
}

/// The remotes of the configuration, with all that they say.
#[derive(Debug, Default)]
struct Configured<'a> {
    name: &'a str,
    urls: Vec<&'a Entry>,
    push_urls: Vec<&'a Entry>,
}

fn configured(config: &Config) -> Vec<Configured<'_>> {
    let mut remotes: Vec<Configured<'_>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for entry in config.section("remote") {
        let (Some(name), true) = (entry.subsection(), matches!(entry.name.as_str(), "url" | "pushurl")) else {
            continue;
        };
        let index = *places.entry(name).or_insert_with(|| {
            remotes.push(Configured { name, ..Configured::default() });
            remotes.len() - 1
        });
        let Some(remote) = remotes.get_mut(index) else { continue };
        let list = if entry.name == "url" { &mut remote.urls } else { &mut remote.push_urls };
        if entry.text().is_empty() {
            // Since git 2.46 an empty value clears the list; before, it was an error anyway.
            list.clear();
        } else {
            list.push(entry);
        }
    }
    remotes.retain(|remote| !remote.urls.is_empty() || !remote.push_urls.is_empty());
    remotes.truncate(LIMIT);
    remotes
}

/// The remotes as facts.
pub fn remotes(config: &Config) -> Vec<Remote> {
    let texts = |entries: &[&Entry]| entries.iter().map(|entry| Text(mask(entry.text()))).collect::<Vec<_>>();
    configured(config)
        .iter()
        .map(|remote| Remote {
            name: mask(remote.name).into(),
            urls: texts(&remote.urls),
            push_urls: texts(&remote.push_urls),
            source: remote.urls.iter().chain(&remote.push_urls).next().map(|e| config.source(e)).unwrap_or_default(),
        })
        .collect()
}

/// The raw URLs of remotes and submodules.
pub fn raw_urls(git: &GitState) -> Vec<RawUrl> {
    let config = git.repository_config();
    let mut urls = Vec::new();
    for remote in configured(config) {
        let pushed_to = remote.push_urls.is_empty();
        let raw = |origin, pushed_to| {
            move |entry: &&Entry| RawUrl {
                origin,
                name: remote.name.to_owned(),
                url: entry.text().to_owned(),
                source: config.source(entry),
                pushed_to,
            }
        };
        urls.extend(remote.urls.iter().map(raw(RawUrlOrigin::Remote, pushed_to)));
        urls.extend(remote.push_urls.iter().map(raw(RawUrlOrigin::PushUrl, true)));
    }
    urls.extend(git.submodules.iter().filter_map(|submodule| submodule.raw.clone()));
    urls
}

/// One submodule: what may be shown and what may not.
#[derive(Debug)]
pub struct RawSubmodule {
    /// The fact.
    pub fact: Submodule,
    /// Its URL; `None` when it has none.
    pub raw: Option<RawUrl>,
}

/// The submodules of `.gitmodules`. `config` is that of the repository.
pub fn submodules(system: &dyn System, repository: &Discovered, config: &Config) -> Vec<RawSubmodule> {
    let Some(path) = repository.work_tree.as_ref().map(|work_tree| work_tree.join(".gitmodules")) else {
        return Vec::new();
    };
    let Ok(bytes) = system.read(&path, reading::SIZE_LIMIT) else { return Vec::new() };
    let text = FileText::new(path.to_string_lossy().into_owned(), &bytes);
    let entries = reading::entries_of(0, &config_file::parse(&bytes), Scope::Local).collect();
    let modules = Config::new(entries, vec![text]);
    let mut names: Vec<&str> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    names.extend(
        modules.section("submodule").filter_map(Entry::subsection).filter(|name| seen.insert(*name)).take(LIMIT),
    );
    let base = default_remote_url(config, repository.branch.as_deref());
    names.into_iter().map(|name| submodule(&modules, config, name, base)).collect()
}

fn submodule(modules: &Config, config: &Config, name: &str, base: Option<&str>) -> RawSubmodule {
    let written = modules.last("submodule", Some(name), "url");
    let initialised = config.last("submodule", Some(name), "url");
    let first = modules.section("submodule").find(|entry| entry.subsection() == Some(name));
    let source = written.or(first).map(|entry| modules.source(entry)).unwrap_or_default();
    let raw = initialised.map(|entry| (entry.text().to_owned(), config.source(entry))).or_else(|| {
        let url = written?.text();
        Some((resolve(url, base), source.clone()))
    });
    RawSubmodule {
        raw: raw.map(|(url, source)| RawUrl {
            origin: RawUrlOrigin::Submodule,
            name: name.to_owned(),
            url,
            source,
            pushed_to: false,
        }),
        fact: Submodule {
            name: mask(name).into(),
            path: modules.last("submodule", Some(name), "path").map(|entry| mask(entry.text()).into()),
            url: written.map(|entry| mask(entry.text()).into()),
            initialised: initialised.is_some(),
            source,
        },
    }
}

/// The URL that relative URLs of submodules start from: of the branch's remote, else of `origin`.
fn default_remote_url<'a>(config: &'a Config, branch: Option<&'a str>) -> Option<&'a str> {
    let remote = branch.and_then(|branch| config.last("branch", Some(branch), "remote")).map_or("origin", Entry::text);
    configured(config).iter().find(|r| r.name == remote).and_then(|r| r.urls.first()?.value.as_deref())
}

/// Resolves `./` and `../` of a submodule's URL (`relative_url` in remote.c of git).
fn resolve(url: &str, base: Option<&str>) -> String {
    let Some(base) = base.filter(|_| url.starts_with("./") || url.starts_with("../")) else { return url.to_owned() };
    let mut base = base.trim_end_matches('/');
    let mut rest = url;
    let mut separator = '/';
    loop {
        if let Some(below) = rest.strip_prefix("../") {
            rest = below;
            let Some(at) = base.rfind(['/', ':']) else { break };
            separator = if base[at..].starts_with(':') { ':' } else { '/' };
            base = &base[..at];
        } else if let Some(below) = rest.strip_prefix("./") {
            rest = below;
        } else {
            break;
        }
    }
    format!("{base}{separator}{}", rest.trim_end_matches('/'))
}

/// The entries of one file alone, for a repository whose configuration git ignores.
pub fn config_of_file(system: &dyn System, path: &std::path::Path) -> Config {
    let Ok(bytes) = system.read(path, reading::SIZE_LIMIT) else { return Config::default() };
    let entries = reading::entries_of(0, &config_file::parse(&bytes), Scope::Local).collect::<Vec<_>>();
    Config::new(entries, vec![FileText::new(path.to_string_lossy().into_owned(), &bytes)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_urls_are_resolved_as_git_does() {
        // From t0060-path-utils.sh of git ("submodule--helper resolve-relative-url-test").
        for (base, url, wanted) in [
            ("https://host/v1/repos/demo", "../lib", "https://host/v1/repos/lib"),
            ("ssh://host/v1/repos/demo/", "../lib/", "ssh://host/v1/repos/lib"),
            ("ssh://host/v1/repos/demo", "./lib", "ssh://host/v1/repos/demo/lib"),
            ("user@host:path/to/repo", "../subrepo", "user@host:path/to/subrepo"),
            ("user@host:repo", "../subrepo", "user@host:subrepo"),
            ("https://host/a/b", "https://other/x", "https://other/x"),
            ("https://host/a/b", "../../x", "https://host/x"),
        ] {
            assert_eq!(resolve(url, Some(base)), wanted);
        }
    }
}

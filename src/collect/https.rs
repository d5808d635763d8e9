//! What git will do over HTTPS for one target: whom it asks for credentials, what they are, and how it connects.

use std::path::PathBuf;

use super::Context;
use super::git::GitState;
use super::git::paths;
use super::mask::mask;
use crate::fact::https::{Helper, LocatedText, StoredLogin, TargetHttps, UnusableLine};
use crate::fact::{Fact, FilePath, Setting};
use crate::system::{FileKind, System};

pub mod chain;
pub mod credential_url;
pub mod exec_path;
pub mod helper;
pub mod near;
pub mod proxy;
pub mod sections;
pub mod settings;
pub mod stored;
pub mod url_match;

use chain::Chain;
use credential_url::CredentialUrl;
use sections::Sections;
pub use settings::Candidate;
use settings::{Applying, best_match, last_wins};

/// Most stored logins that are named for one target.
const STORED_LIMIT: usize = 200;

/// What is the same for all targets: read once.
#[derive(Debug)]
pub struct HttpsState {
    credential: Sections,
    http: Sections,
    askpass: Setting,
    default_stores: Vec<PathBuf>,
    stores: Vec<stored::File>,
    netrc: Vec<stored::File>,
}

impl HttpsState {
    fn new(context: &Context<'_>, git: &GitState) -> Self {
        let system = context.system;
        let place = helper::Place { system, git: git.program.as_deref() };
        let credential = Sections::new(&git.config, "credential", place);
        let default_stores = stored::default_files(system);
        let own = credential.lines.iter().filter_map(|line| line.helper.as_ref()?.store_file.clone());
        let mut files: Vec<PathBuf> = default_stores.iter().cloned().chain(own).collect();
        let mut seen = std::collections::HashSet::new();
        files.retain(|file| seen.insert(file.clone()));
        Self {
            http: Sections::new(&git.config, "http", place),
            askpass: askpass(system, git),
            stores: files.iter().map(|path| stored::read(system, path)).collect(),
            netrc: stored::read_netrc(system),
            default_stores,
            credential,
        }
    }

    /// The store files that the chain reads, in order.
    fn files_of(&self, chain: &Chain) -> Vec<&stored::File> {
        let paths = chain.stores.iter().flat_map(|own| match own {
            Some(path) => vec![path],
            None => self.default_stores.iter().collect(),
        });
        paths.filter_map(|path| self.stores.iter().find(|file| file.path == *path)).collect()
    }
}

/// The program that git asks when no helper answers: `GIT_ASKPASS`, `core.askPass`, `SSH_ASKPASS`; an empty one that is
/// set keeps the later ones from being asked (`git_prompt` in prompt.c of git).
fn askpass(system: &dyn System, git: &GitState) -> Setting {
    let configured = git.config.all("core", None, "askpass").map(|entry| Candidate {
        value: entry.text().to_owned(),
        origin: "config",
        source: git.config.source(entry),
    });
    let candidates: Vec<Candidate> = Candidate::variable(system, "SSH_ASKPASS")
        .into_iter()
        .chain(configured)
        .chain(Candidate::variable(system, "GIT_ASKPASS"))
        .collect();
    let mut setting = last_wins(candidates, None);
    setting.value = setting.value.filter(|value| !value.is_empty());
    setting
}

/// What git will do over HTTPS for this URL (also the https URL that git-remote-codecommit hands to git). `remote`: the
/// name of the remote, for `remote.<name>.proxy`.
pub fn for_target(context: &Context<'_>, git: &GitState, url: &str, remote: Option<&str>) -> TargetHttps {
    let state = git.https.get_or_init(|| HttpsState::new(context, git));
    let Some(target) = CredentialUrl::parse(url, false) else { return TargetHttps::default() };
    let chain = chain::apply(&state.credential, &target);
    let mut fact = TargetHttps {
        near_sections: near::sections(&state.credential, &chain, &target),
        askpass: state.askpass.clone(),
        ..TargetHttps::default()
    };
    stored_logins(context, state, &chain, &target, &mut fact);
    transport(context.system, state, git, url, &target, remote, &mut fact);
    helpers(chain, &mut fact);
    fact
}

/// The helpers that git asks for this URL as they are written, secrets included, in the order of
/// [`TargetHttps::helpers`].
pub fn helper_values(context: &Context<'_>, git: &GitState, url: &str) -> Vec<String> {
    let state = git.https.get_or_init(|| HttpsState::new(context, git));
    CredentialUrl::parse(url, false).map(|target| chain::apply(&state.credential, &target).values).unwrap_or_default()
}

fn helpers(chain: Chain, fact: &mut TargetHttps) {
    let is_aws = |helper: &Helper| helper.kind.starts_with("aws");
    let first = chain.helpers.iter().position(is_aws);
    fact.has_aws_helper = first.is_some();
    fact.aws_helper = first.and_then(|at| chain.helpers.get(at).cloned());
    fact.aws_helper_discarded = chain.discarded.iter().any(is_aws);
    let (before, after) = match first {
        Some(at) => (&chain.helpers[..at], &chain.helpers[at + 1..]),
        None => (&chain.helpers[..], &[][..]),
    };
    fact.before_aws = before.to_vec();
    fact.after_aws = after.to_vec();
    fact.has_storing_helper = chain.helpers.iter().any(|helper| helper.stores);
    fact.helpers = chain.helpers;
    fact.discarded = chain.discarded;
    fact.reset = chain.reset;
    fact.use_http_path = chain.use_http_path;
    fact.use_http_path_on = chain.use_http_path_on;
    fact.username = chain.username;
}

fn stored_logins(
    context: &Context<'_>,
    state: &HttpsState,
    chain: &Chain,
    target: &CredentialUrl,
    fact: &mut TargetHttps,
) {
    let files = state.files_of(chain);
    let in_chain = |file: &stored::File| files.iter().any(|other| other.path == file.path);
    let stores = state.stores.iter().map(|file| (file, in_chain(file)));
    let all = stores.chain(state.netrc.iter().map(|file| (file, true)));
    let logins = all.flat_map(|(file, in_chain)| file.entries.iter().map(move |entry| (file, entry, in_chain)));
    fact.stored = logins
        .map(|(file, entry, in_chain)| login(context, file, entry, target, in_chain))
        .filter(|login| login.is_target_host || login.host.to_ascii_lowercase().contains("codecommit"))
        .take(STORED_LIMIT)
        .collect();
    let mut wanted = CredentialUrl { username: chain.user.clone(), password: None, ..target.clone() };
    if !chain.use_http_path_on {
        wanted.path = None;
    }
    let answer = |wanted: &CredentialUrl| {
        files.iter().find_map(|file| Some((*file, file.entries.iter().find(|entry| wanted.wants(&entry.url))?)))
    };
    fact.stored_login = answer(&wanted).map(|(file, entry)| login(context, file, entry, target, true));
    let without_path = CredentialUrl { path: None, ..wanted };
    fact.hidden_by_use_http_path =
        chain.use_http_path_on && fact.stored_login.is_none() && answer(&without_path).is_some();
    let lines = files.iter().flat_map(|file| &file.unusable);
    let is_meant = |host: &str| target.host.as_deref().is_some_and(|wanted| wanted.split(':').next() == Some(host));
    fact.unusable_lines = lines
        .filter(|line| is_meant(&line.host))
        .take(STORED_LIMIT)
        .map(|line| UnusableLine { problem: line.problem.into(), source: line.source.clone() })
        .collect();
    let unreadable = files.iter().filter(|file| file.unreadable);
    fact.unreadable_stores = unreadable.map(|file| stored::fact(context.system, &file.path)).collect();
}

fn login(
    context: &Context<'_>,
    file: &stored::File,
    entry: &stored::Entry,
    target: &CredentialUrl,
    in_chain: bool,
) -> StoredLogin {
    // The `default` of netrc is for any host that no entry before it names.
    let is_default = entry.url.host.is_none();
    let named = |host: &str| target.host.as_deref().is_some_and(|wanted| wanted.eq_ignore_ascii_case(host));
    let host = entry.url.host.clone().unwrap_or_default();
    let is_named = file.entries.iter().any(|other| other.url.host.as_deref().is_some_and(named));
    let is_target_host = if is_default { !is_named } else { named(&host) };
    StoredLogin {
        path: FilePath(paths::shown(&file.path)),
        region: region(context, &host).map(Into::into),
        is_target_host,
        has_path: entry.url.path.is_some(),
        user: entry.user.as_str().into(),
        user_kind: entry.user_kind.into(),
        signed_at: entry.signed_at,
        age_seconds: entry.signed_at.map(|signed| context.system.now().saturating_sub(signed)),
        in_chain,
        source: entry.source.clone(),
        host: host.into(),
    }
}

/// The region of a CodeCommit host: by the table, else by its form (VPC endpoints).
fn region(context: &Context<'_>, host: &str) -> Option<String> {
    let host = host.split(':').next().unwrap_or_default();
    if let Some(region) = context.regions.by_host(host) {
        return Some(region.name.clone());
    }
    let host = host.to_ascii_lowercase();
    let is_amazon = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
    let mut labels = host.split('.').skip_while(|label| !matches!(*label, "git-codecommit" | "git-codecommit-fips"));
    labels.next()?;
    labels.next().filter(|_| is_amazon).map(Into::into)
}

/// The `http` settings.
fn transport(
    system: &dyn System,
    state: &HttpsState,
    git: &GitState,
    url: &str,
    target: &CredentialUrl,
    remote: Option<&str>,
    fact: &mut TargetHttps,
) {
    let fitting = state.http.fitting(url_match::normalize(url, false).as_ref(), None);
    let http = Http { system, lines: fitting.into_iter().filter_map(|(line, rank)| Some((line, rank?))).collect() };
    fact.ssl_verify = http.ssl_verify();
    fact.ssl_ca_info = http.setting("sslcainfo", Some("GIT_SSL_CAINFO"), None);
    fact.ssl_ca_info_ok = http.usable("sslcainfo", "GIT_SSL_CAINFO", FileKind::File);
    fact.ssl_ca_path = http.setting("sslcapath", Some("GIT_SSL_CAPATH"), None);
    fact.ssl_ca_path_ok = http.usable("sslcapath", "GIT_SSL_CAPATH", FileKind::Directory);
    fact.ssl_cert = http.setting("sslcert", Some("GIT_SSL_CERT"), None);
    fact.ssl_cert_ok = http.usable("sslcert", "GIT_SSL_CERT", FileKind::File);
    fact.ssl_backend = http.setting("sslbackend", None, None);
    fact.empty_auth = http.setting("emptyauth", None, None);
    fact.proactive_auth = http.setting("proactiveauth", None, None);
    fact.follow_redirects = http.setting("followredirects", None, Some("initial"));
    let of_remote = remote.and_then(|name| proxy_of_remote(git, name));
    (fact.proxy, fact.proxy_problem) = proxy::setting(system, target, http.candidates("proxy", None), of_remote);
    fact.authorization_headers = http.authorization_headers();
}

/// `remote.<name>.proxy`.
fn proxy_of_remote(git: &GitState, remote: &str) -> Option<Candidate> {
    git.config.last("remote", Some(remote), "proxy").map(|entry| Candidate {
        value: entry.text().to_owned(),
        origin: "config",
        source: git.config.source(entry),
    })
}

/// The proxy that git uses for this URL with its login, and where it is set; `None`: it connects directly. The login
/// must never leave `collect` but for the proxy itself.
pub fn proxy_for(context: &Context<'_>, git: &GitState, url: &str, remote: Option<&str>) -> Option<Candidate> {
    let state = git.https.get_or_init(|| HttpsState::new(context, git));
    let target = CredentialUrl::parse(url, false)?;
    let fitting = state.http.fitting(url_match::normalize(url, false).as_ref(), None);
    let lines = fitting.into_iter().filter_map(|(line, rank)| Some((line, rank?))).collect();
    let http = Http { system: context.system, lines };
    let of_remote = remote.and_then(|name| proxy_of_remote(git, name));
    proxy::effective(context.system, &target, http.candidates("proxy", None), of_remote)
}

/// The `http` sections as they fit one URL.
struct Http<'a> {
    system: &'a dyn System,
    lines: Applying<'a>,
}

impl Http<'_> {
    /// All values of a setting, the one that takes effect last. A variable beats the configuration.
    fn candidates(&self, name: &str, variable: Option<&str>) -> Vec<Candidate> {
        let mut candidates = best_match(&self.lines, name);
        candidates.extend(variable.and_then(|variable| Candidate::variable(self.system, variable)));
        candidates
    }

    fn setting(&self, name: &str, variable: Option<&str>, default: Option<&str>) -> Setting {
        last_wins(self.candidates(name, variable), default)
    }

    /// `http.sslVerify` as `true` or `false`; `GIT_SSL_NO_VERIFY` turns it off with any value.
    fn ssl_verify(&self) -> Setting {
        let mut candidates = self.candidates("sslverify", Some("GIT_SSL_NO_VERIFY"));
        if let Some(last) = candidates.last_mut() {
            let is_variable = last.source.variable.as_deref() == Some("GIT_SSL_NO_VERIFY");
            let on = super::git::config::boolean(&last.value).filter(|_| !is_variable);
            if is_variable || on.is_some() {
                last.value = on.unwrap_or(false).to_string();
            }
        }
        last_wins(candidates, Some("true"))
    }

    /// Whether the file or directory of a setting is there and can be read.
    fn usable(&self, name: &str, variable: &str, kind: FileKind) -> Fact<bool> {
        let Some(set) = self.candidates(name, Some(variable)).pop().filter(|set| !set.value.is_empty()) else {
            return Fact::Absent;
        };
        // Git expands the tilde in its configuration only.
        let path = if set.origin == "config" { paths::expand(self.system, &set.value) } else { Some(set.value.into()) };
        let Some(path) = path else { return Fact::Unavailable("the path starts at git's own directory".into()) };
        let path = self.system.current_dir().unwrap_or_default().join(path);
        let is_there = self.system.metadata(&path).is_ok_and(|metadata| metadata.kind == kind);
        Fact::Known(is_there && (kind == FileKind::Directory || self.system.is_readable(&path)))
    }

    fn authorization_headers(&self) -> Vec<LocatedText> {
        let lines = settings::list(&self.lines, "extraheader").into_iter();
        let carries = |text: &str| text.trim_start().to_ascii_lowercase().starts_with("authorization:");
        lines
            .filter(|line| carries(line.text()))
            .map(|line| LocatedText {
                text: mask(&super::git::facts::header(line.text())).into(),
                source: line.source.clone(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;

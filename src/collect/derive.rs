//! Which repositories to examine: `--url`, else the remotes of the repository in the working directory, else what the
//! machine is set up for.

use std::collections::HashMap;

use super::aws::AwsState;
use super::git::{self, GitState, RawUrl, RawUrlOrigin};
use super::ssh::{self, SshState};
use super::{Context, target};
use crate::fact::target::Target;
use crate::fact::{Source, Word};

/// Stands for the region where nothing names one; only the parts of the set-up that are the same everywhere are
/// examined then.
const EXAMPLE_REGION: &str = "us-east-1";

/// A target and the URL as git uses it. The URL may hold a login: it never leaves `collect`.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What will be reported.
    pub target: Target,
    /// The URL after rewriting.
    pub url: String,
}

/// The targets in the order in which they are reported.
pub fn targets(context: &Context<'_>, git: &GitState, ssh: &SshState, aws: &AwsState) -> Vec<Planned> {
    let mut targets: Vec<Planned> = if context.urls.is_empty() {
        from_repository(context, git)
    } else {
        context.urls.iter().map(|url| from_option(context, git, url)).collect()
    };
    if targets.is_empty() {
        targets = from_machine(context, git, ssh, aws);
    }
    for (number, planned) in targets.iter_mut().enumerate() {
        planned.target.id = Word(format!("t{}", number + 1));
    }
    targets
}

fn from_option(context: &Context<'_>, git: &GitState, url: &str) -> Planned {
    let mut planned = rewritten(context, git, url, false);
    let target = &mut planned.target;
    target.label = "--url".into();
    target.origin = "option".into();
    target.source = Source::command("cc-doctor", format!("--url {}", super::mask::mask(url)));
    planned
}

/// The remotes and submodules that are meant for CodeCommit; one target for each distinct URL.
fn from_repository(context: &Context<'_>, git: &GitState) -> Vec<Planned> {
    let mut targets: Vec<Planned> = Vec::new();
    let mut seen: HashMap<(String, bool), usize> = HashMap::new();
    for raw in git::raw_urls(git) {
        let push = raw.origin == RawUrlOrigin::PushUrl;
        let (effective, _) = git::rewrite(&git.config, &raw.url, push);
        if !target::is_meant_for_codecommit(&raw.url) && !target::is_meant_for_codecommit(&effective) {
            continue;
        }
        let submodule = raw.origin == RawUrlOrigin::Submodule;
        if let Some(known) = seen.get(&(effective.clone(), submodule)).and_then(|index| targets.get_mut(*index)) {
            known.target.pushed_to |= raw.pushed_to;
            continue;
        }
        seen.insert((effective, submodule), targets.len());
        targets.push(from_raw(context, git, &raw, push));
    }
    targets
}

fn from_raw(context: &Context<'_>, git: &GitState, raw: &RawUrl, push: bool) -> Planned {
    let mut planned = rewritten(context, git, &raw.url, push);
    let target = &mut planned.target;
    target.origin = raw.origin.word().into();
    target.label = match raw.origin {
        RawUrlOrigin::Submodule => format!("submodule {}", raw.name),
        RawUrlOrigin::PushUrl => format!("{} (push)", raw.name),
        RawUrlOrigin::Remote => raw.name.clone(),
    }
    .into();
    target.remote = (raw.origin != RawUrlOrigin::Submodule).then(|| Word(raw.name.clone()));
    target.pushed_to = raw.pushed_to;
    target.source = raw.source.clone();
    planned
}

/// The URL taken apart as git will use it, after `insteadOf`.
fn rewritten(context: &Context<'_>, git: &GitState, url: &str, push: bool) -> Planned {
    let (effective, rule) = git::rewrite(&git.config, url, push);
    let mut target = target::take_apart(context, &effective);
    if rule.is_some() {
        let written = target::take_apart(context, url);
        target.written_scheme = written.written_scheme;
        target.written_url = written.url;
        target.rewritten_by = rule;
    }
    Planned { target, url: effective }
}

/// One target for each transport that the machine is set up for, without a repository.
fn from_machine(context: &Context<'_>, git: &GitState, ssh: &SshState, aws: &AwsState) -> Vec<Planned> {
    let region = machine_region(context, aws);
    let host = region
        .as_deref()
        .or(Some(EXAMPLE_REGION))
        .and_then(|name| context.regions.by_name(name))
        .and_then(|region| region.git_host.clone())
        .unwrap_or_else(|| format!("git-codecommit.{EXAMPLE_REGION}.amazonaws.com"));
    let mut targets = Vec::new();
    if let Some(ssh_host) = ssh_host(ssh, &host) {
        targets.push(set_up(context, &format!("ssh://{ssh_host}"), "this machine's ssh set-up", region.is_some()));
    }
    if names_codecommit_over_https(git) {
        targets.push(set_up(context, &format!("https://{host}"), "this machine's HTTPS set-up", region.is_some()));
    }
    if !context.system.find_program("git-remote-codecommit").is_empty() {
        targets.push(set_up(context, "codecommit://", "this machine's git-remote-codecommit", region.is_some()));
    }
    targets
}

/// A target that stands for a set-up: no repository, and no region unless something names one.
fn set_up(context: &Context<'_>, url: &str, label: &str, region_known: bool) -> Planned {
    let mut target = target::take_apart(context, url);
    target.label = label.into();
    target.origin = "machine".into();
    target.url = None;
    target.written_url = None;
    target.corrected_url = None;
    target.shape = Default::default();
    target.grc = None;
    target.source = Source::default();
    if !region_known {
        (target.region, target.region_origin, target.region_known) = (None, None, None);
    }
    Planned { target, url: url.to_owned() }
}

/// The region that the user named, or that the profile in use names.
fn machine_region(context: &Context<'_>, aws: &AwsState) -> Option<String> {
    let profile = aws.fact.environment_profile.value.as_ref().map_or("default", |profile| &profile.0);
    let from_profile = || {
        let profile = aws.fact.profiles.iter().find(|candidate| candidate.name.0 == profile)?;
        profile.region.as_ref().map(|region| region.0.clone())
    };
    context.region.map(str::to_owned).or_else(from_profile).filter(|region| context.regions.by_name(region).is_some())
}

/// The host that stands for the ssh set-up: a concrete one that the configuration names, else the region's when a
/// block or a misnamed file speaks of CodeCommit.
fn ssh_host(ssh: &SshState, host: &str) -> Option<String> {
    let named = ssh::codecommit_hosts(ssh);
    if let Some((alias, _)) = named.iter().find(|(alias, _)| !alias.contains(['*', '?', '!', ','])) {
        return Some(alias.clone());
    }
    let fact = &ssh.fact;
    let spoken_of = !named.is_empty()
        || fact.blocks.iter().any(|block| block.names_codecommit)
        || fact.config_like_files.iter().any(|file| file.names_codecommit);
    spoken_of.then(|| host.to_owned())
}

fn names_codecommit_over_https(git: &GitState) -> bool {
    git.fact.entries.iter().any(|entry| {
        entry.section.0 == "credential"
            && (entry.subsection.as_ref().is_some_and(|url| url.contains("codecommit"))
                || entry.value.as_ref().is_some_and(|value| value.contains("codecommit")))
    })
}

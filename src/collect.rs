//! Collectors observe and never judge. One per source; all read through [`System`] and fill [`crate::fact`].
//!
//! [`gather`] runs them: files first, because they say which targets there are and so which programs matter, then the
//! programs, all at the same time.

use std::collections::HashMap;
use std::thread;

use crate::check::regions::RegionTable;
use crate::fact::target::Target;
use crate::fact::{Fact, Facts, Run, Source};
use crate::system::System;

pub mod aws;
pub mod derive;
pub mod git;
pub mod https;
pub mod mask;
pub mod os;
pub mod ssh;
pub mod target;
pub mod tools;

/// How many ssh clients are asked at the same time.
const SSH_AT_ONCE: usize = 4;

/// What every collector is given.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The machine.
    pub system: &'a dyn System,
    /// The table of regions.
    pub regions: &'a RegionTable,
    /// `--region`.
    pub region: Option<&'a str>,
    /// `--profile`.
    pub profile: Option<&'a str>,
    /// `--url`, in order.
    pub urls: &'a [String],
}

/// Which sources the selected checks refer to; the others are not touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// `tools`.
    pub tools: bool,
    /// `git`.
    pub git: bool,
    /// `ssh`.
    pub ssh: bool,
    /// `aws`.
    pub aws: bool,
    /// `target`: what each connection would use.
    pub targets: bool,
}

/// Observes everything that is needed, once.
pub fn gather(context: &Context<'_>, run: Run, needs: Needs) -> Facts {
    let os = os::collect(context.system);
    if !(needs.tools || needs.git || needs.ssh || needs.aws || needs.targets) {
        return Facts { run, os, ..Facts::default() };
    }
    let (git, aws) = thread::scope(|scope| {
        let aws = scope.spawn(|| aws::collect(context));
        let git = git::collect(context);
        (git, aws.join().ok())
    });
    let aws = aws.unwrap_or_else(|| aws::collect(context));
    let ssh = ssh::collect(context, &git.fact.ssh_command);
    let mut targets = derive::targets(context, &git, &ssh, &aws);
    fill_https(context, &git, &aws, &mut targets);
    let wanted = wanted(&targets, needs);
    let tools = thread::scope(|scope| {
        let tools = scope.spawn(|| tools::collect(context.system, &wanted));
        fill_ssh(context, &ssh, &mut targets);
        tools.join().map_err(|_| "the collector of programs failed".to_owned())
    });
    fill_aws(context, &aws, tools.as_ref().ok(), &mut targets);
    Facts {
        run: counted(run, &targets),
        os,
        tools: tools.map_or_else(Fact::Unavailable, Fact::Known),
        git: Fact::Known(git.fact),
        ssh: Fact::Known(ssh.fact),
        aws: Fact::Known(aws.fact),
        targets,
    }
}

/// What git will do over HTTPS, and which of the two HTTPS transports that makes.
fn fill_https(context: &Context<'_>, git: &git::GitState, aws: &aws::AwsState, targets: &mut [Target]) {
    let aws_cli = !context.system.find_program("aws").is_empty();
    let mut known: HashMap<String, crate::fact::https::TargetHttps> = HashMap::new();
    for target in targets {
        (target.protocol_allowed, target.protocol_source) = {
            let (allowed, source) = git::protocol_allowed(context, git, target.protocol());
            (allowed.into(), source)
        };
        let Some(url) = target.https_url() else {
            target.https = Fact::Absent;
            continue;
        };
        let remote = target.remote.as_deref();
        let https = known.entry(format!("{url} {remote:?}")).or_insert_with(|| https::for_target(context, git, &url, remote)).clone();
        if target.transport.starts_with("https") {
            let (transport, reason) = target::https_transport(&https, aws, aws_cli);
            target.transport = transport.into();
            target.transport_reason = Some(reason.into());
        }
        target.https = Fact::Known(https);
    }
}

/// What ssh will do, asked once for each distinct user, host and port, several at a time.
fn fill_ssh(context: &Context<'_>, state: &ssh::SshState, targets: &mut [Target]) {
    type Key = (String, Option<String>, Option<u16>);
    let key = |target: &Target| -> Option<Key> {
        let host = target.host.as_ref().filter(|_| target.transport.0 == "ssh")?;
        let port = target.port.and_then(|port| u16::try_from(port).ok());
        Some((host.0.clone(), target.url_user.as_ref().map(|user| user.0.clone()), port))
    };
    let mut keys: Vec<Key> = targets.iter().filter_map(key).collect();
    keys.sort();
    keys.dedup();
    let answers: HashMap<Key, crate::fact::ssh::TargetSsh> = keys
        .chunks(SSH_AT_ONCE)
        .flat_map(|chunk| {
            thread::scope(|scope| {
                let running: Vec<_> = chunk
                    .iter()
                    .map(|key| (key, scope.spawn(|| ssh::for_target(context, state, &key.0, key.1.as_deref(), key.2))))
                    .collect();
                running.into_iter().filter_map(|(key, thread)| Some((key.clone(), thread.join().ok()?))).collect::<Vec<_>>()
            })
        })
        .collect();
    for target in targets {
        target.ssh = match key(target) {
            None => Fact::Absent,
            Some(key) => answers
                .get(&key)
                .map_or_else(|| Fact::Unavailable("the ssh collector failed".into()), |ssh| Fact::Known(ssh.clone())),
        };
    }
}

/// Which AWS credentials will be used, and the region that follows from them.
fn fill_aws(context: &Context<'_>, state: &aws::AwsState, tools: Option<&crate::fact::tools::Tools>, targets: &mut [Target]) {
    let site_packages = tools
        .and_then(|tools| tools.grc_install.known())
        .and_then(|install| install.site_packages.known())
        .map(|path| path.0.clone());
    let mut botocore: Option<Fact<Vec<String>>> = None;
    for target in targets {
        let explicit = explicit_profile(target);
        let client = match &*target.transport.0 {
            "https-helper" if tools.and_then(|t| t.aws.flavour.known()).is_some_and(|f| f.0 == "aws-cli-2") => aws::Client::AwsCli2,
            "https-helper" => aws::Client::AwsCli1,
            "grc" => aws::Client::Botocore,
            _ => {
                target.aws = Fact::Absent;
                continue;
            }
        };
        let explicit = explicit.as_ref().map(|(origin, profile, source)| (*origin, profile.as_str(), source.clone()));
        target.aws = Fact::Known(aws::for_target(context, state, client, explicit));
        let regions = if target.transport.0 == "grc" {
            botocore
                .get_or_insert_with(|| match &site_packages {
                    Some(path) => target::botocore_regions(context.system, std::path::Path::new(path)),
                    None => Fact::Unavailable("the botocore of git-remote-codecommit was not found".into()),
                })
                .clone()
        } else {
            Fact::Absent
        };
        target::resolve_region(context, target, state, regions);
    }
}

/// The profile that the helper (`--profile`) or the URL (`profile@`) names, with its place.
fn explicit_profile(target: &Target) -> Option<(&'static str, String, Source)> {
    if let Some(profile) = target.grc.as_ref().and_then(|grc| grc.profile.as_ref()) {
        return Some(("url", profile.0.clone(), target.source.clone()));
    }
    let helper = target.https.known().filter(|_| target.transport.0 == "https-helper")?.aws_helper.as_ref()?;
    helper.profile.as_ref().map(|profile| ("helper", profile.0.clone(), helper.source.clone()))
}

/// Only the programs that a connection of these targets would use are looked at.
fn wanted(targets: &[Target], needs: Needs) -> tools::Wanted {
    let any = |transport: &str| targets.iter().any(|target| target.transport.0 == transport);
    let tools = needs.tools;
    tools::Wanted {
        git: tools,
        ssh: tools && any("ssh"),
        aws: tools && any("https-helper"),
        python: tools && any("grc"),
        grc: tools && any("grc"),
        curl: tools && targets.iter().any(|target| target.transport.0 != "ssh"),
        credential_helpers: tools && (any("https-helper") || any("https-gitcred")),
    }
}

/// The run, with what can be said of it once the targets are known.
fn counted(run: Run, targets: &[Target]) -> Run {
    let has = |transport: &str| targets.iter().any(|target| target.transport.0 == transport);
    Run {
        target_count: i64::try_from(targets.len()).unwrap_or(i64::MAX),
        has_ssh_target: has("ssh"),
        has_gitcred_target: has("https-gitcred"),
        has_helper_target: has("https-helper"),
        has_grc_target: has("grc"),
        ..run
    }
}

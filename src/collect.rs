//! Collectors observe and never judge. One per source; all read through [`System`] and fill [`crate::fact`].
//!
//! [`gather`] runs them: files first, because they say which targets there are and so which programs matter, then the
//! programs, all at the same time.

use std::collections::HashMap;
use std::thread;

use crate::check::regions::RegionTable;
use crate::fact::os::Os;
use crate::fact::target::Target;
use crate::fact::{Fact, Facts, Run, Source};
use crate::system::System;

use derive::Planned;

pub mod access;
pub mod aws;
pub mod derive;
pub mod elsewhere;
pub mod git;
pub mod https;
pub mod live;
pub(crate) mod login;
pub mod mask;
pub mod network;
#[cfg(test)]
pub(crate) mod oracle;
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
    /// What may be tried over the network.
    pub live: Live,
}

/// What may be tried over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Live {
    /// Whether anything may be: not with `--offline`.
    pub on: bool,
    /// Whether programs that the repository configures may be run (`--trust-repository`).
    pub trust_repository: bool,
    /// Whether to ask also what is asked after a failure only (`-v`).
    pub thorough: bool,
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
    /// `target.network` and `target.access`: what a connection proves.
    pub live: bool,
}

impl Needs {
    /// Everything.
    pub const ALL: Self = Self { tools: true, git: true, ssh: true, aws: true, targets: true, live: true };

    /// Whether more than the operating system and the environment is needed.
    fn any(self) -> bool {
        self != Self { tools: false, git: false, ssh: false, aws: false, targets: false, live: false }
    }
}

/// Observes everything that is needed, once.
pub fn gather(context: &Context<'_>, run: Run, needs: Needs) -> Facts {
    let os = os::collect(context.system);
    if !needs.any() {
        return Facts { run, os, ..Facts::default() };
    }
    let (git, aws, elsewhere) = thread::scope(|scope| {
        let aws = scope.spawn(|| aws::collect(context));
        let git = git::collect(context);
        let elsewhere = elsewhere::collect(context.system, &os, &git.fact);
        (git, aws.join().unwrap_or_else(|_| aws::collect(context)), elsewhere)
    });
    let os = Os { elsewhere, ..os };
    let ssh = ssh::collect(context, &git.fact.ssh_command);
    let mut planned = derive::targets(context, &git, &ssh, &aws);
    planned.iter_mut().for_each(|planned| fill_region(context, &aws, &mut planned.target));
    fill_https(context, &git, &aws, &mut planned);
    let wanted = wanted(&planned, needs);
    let live = (context.live.on && needs.live).then(|| live::Tries::new(context, &git, &ssh, &aws));
    let tools = thread::scope(|scope| {
        let tools = scope.spawn(|| tools::collect(context.system, &wanted));
        connect(context, &ssh, live.as_ref(), &mut planned);
        tools.join().map_or_else(|_| Fact::Unavailable("the collector of programs failed".into()), Fact::Known)
    });
    let mut targets: Vec<Target> = planned.into_iter().map(|planned| planned.target).collect();
    fill_aws(context, &aws, tools.known(), &mut targets);
    if let Some(live) = &live {
        live.look_closer(&mut targets);
    }
    Facts {
        run: Run { live: live.is_some(), ..counted(run, &targets) },
        os,
        tools,
        git: Fact::Known(git.fact),
        ssh: Fact::Known(ssh.fact),
        aws: Fact::Known(aws.fact),
        targets,
    }
}

/// What ssh will do for each target, and, unless the network is out of bounds, what connecting shows: over HTTPS while
/// ssh is still being asked.
fn connect(context: &Context<'_>, ssh: &ssh::SshState, live: Option<&live::Tries<'_>>, planned: &mut [Planned]) {
    let (mut by_ssh, mut others): (Vec<_>, Vec<_>) =
        planned.iter_mut().partition(|planned| planned.target.transport.0 == "ssh");
    thread::scope(|scope| {
        if let Some(live) = live {
            scope.spawn(|| live.connect(&mut others));
        } else {
            others.iter_mut().for_each(|planned| live::out_of_bounds(&mut planned.target));
        }
        fill_ssh(context, ssh, &mut by_ssh);
        match live {
            Some(live) => live.connect(&mut by_ssh),
            None => by_ssh.iter_mut().for_each(|planned| live::out_of_bounds(&mut planned.target)),
        }
    });
    others.iter_mut().for_each(|planned| planned.target.ssh = Fact::Absent);
}

/// The region that git-remote-codecommit takes from the profile or the environment; what its botocore thinks of it is
/// added when the programs have answered.
fn fill_region(context: &Context<'_>, aws: &aws::AwsState, target: &mut Target) {
    if target.transport.0 == "grc" {
        target.aws = Fact::Known(aws_of(context, aws, target, aws::Client::Botocore));
        target::resolve_region(context, target, Fact::Unavailable("the programs have not answered yet".into()));
    }
}

/// What git will do over HTTPS, and which of the two HTTPS transports that makes.
fn fill_https(context: &Context<'_>, git: &git::GitState, aws: &aws::AwsState, planned: &mut [Planned]) {
    let aws_cli = !context.system.find_program("aws").is_empty();
    for Planned { target, url } in planned {
        let https =
            https_url(context, target, url).map(|url| https::for_target(context, git, &url, target.remote.as_deref()));
        if target.transport.0.is_empty() {
            let user = target.url_user.as_ref().map(|user| user.0.as_str());
            let (transport, reason) = match &https {
                Some(https) => target::https_transport(https, user, aws, aws_cli),
                None => ("https-gitcred", "default"),
            };
            (target.transport, target.transport_reason) = (transport.into(), Some(reason.into()));
        }
        target.https = match https {
            Some(https) => Fact::Known(https),
            None if matches!(&*target.transport.0, "ssh") => Fact::Absent,
            None => Fact::Unavailable("the URL is none that git reaches over HTTPS".into()),
        };
        let (allowed, source) = git::protocol_allowed(context, git, protocol(target));
        (target.protocol_allowed, target.protocol_source) = (allowed.into(), source);
    }
}

/// The HTTPS URL that git will use; for git-remote-codecommit the one that it hands to git.
pub(crate) fn https_url(context: &Context<'_>, target: &Target, url: &str) -> Option<String> {
    match &*target.transport.0 {
        "ssh" => None,
        "grc" => {
            let region = target.region.as_ref().and_then(|name| context.regions.by_name(name));
            let host = region.and_then(|region| region.git_host.clone());
            let host = host.unwrap_or_else(|| "git-codecommit.us-east-1.amazonaws.com".into());
            Some(format!("https://{host}/v1/repos/{}", target.repository.as_deref().unwrap_or_default()))
        }
        _ => target::is_https(url).then(|| url.to_owned()),
    }
}

/// The name by which git's `protocol.*.allow` knows the transport.
fn protocol(target: &Target) -> &'static str {
    match &*target.transport.0 {
        "ssh" => "ssh",
        "grc" => "codecommit",
        _ if target.scheme.0 == "http" => "http",
        _ => "https",
    }
}

/// What ssh will do, asked once for each distinct user, host and port, several at a time.
fn fill_ssh(context: &Context<'_>, state: &ssh::SshState, planned: &mut [&mut Planned]) {
    let mut wanted: Vec<_> = planned.iter().filter_map(|planned| ssh_destination(planned)).collect();
    wanted.sort();
    wanted.dedup();
    let mut answers = HashMap::new();
    for chunk in wanted.chunks(SSH_AT_ONCE) {
        thread::scope(|scope| {
            let ask = |(host, user, port): &Destination| ssh::for_target(context, state, host, user.as_deref(), *port);
            let running: Vec<_> = chunk.iter().map(|asked| (asked, scope.spawn(move || ask(asked)))).collect();
            answers.extend(running.into_iter().filter_map(|(asked, thread)| Some((asked, thread.join().ok()?))));
        });
    }
    for planned in planned {
        planned.target.ssh = match ssh_destination(planned) {
            None => Fact::Absent,
            Some(asked) => match answers.get(&asked) {
                Some(answer) => Fact::Known(answer.clone()),
                None => Fact::Unavailable("the ssh collector failed".into()),
            },
        };
    }
}

/// Host, user and port.
type Destination = (String, Option<String>, Option<u16>);

fn ssh_destination(planned: &Planned) -> Option<Destination> {
    (planned.target.transport.0 == "ssh").then(|| target::ssh_destination(&planned.url)).flatten()
}

/// Which AWS credentials will be used, and the region that follows from them.
fn fill_aws(
    context: &Context<'_>,
    state: &aws::AwsState,
    tools: Option<&crate::fact::tools::Tools>,
    targets: &mut [Target],
) {
    let site_packages = tools
        .and_then(|tools| tools.grc_install.known())
        .and_then(|install| install.site_packages.known())
        .map(|path| path.0.clone());
    let mut botocore: Option<Fact<Vec<String>>> = None;
    for target in targets {
        let client = match &*target.transport.0 {
            "https-helper" if tools.and_then(|t| t.aws.flavour.known()).is_some_and(|f| f.0 == "aws-cli-2") => {
                aws::Client::AwsCli2
            }
            "https-helper" => aws::Client::AwsCli1,
            "grc" => aws::Client::Botocore,
            _ => {
                target.aws = Fact::Absent;
                continue;
            }
        };
        let found = aws_of(context, state, target, client);
        target.aws = Fact::Known(match credentials_by(target) {
            Some(source) => aws::handed_over(found, source),
            None => found,
        });
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
        target::resolve_region(context, target, regions);
    }
}

/// What an AWS client would use for a target.
fn aws_of(
    context: &Context<'_>,
    aws: &aws::AwsState,
    target: &Target,
    client: aws::Client,
) -> crate::fact::aws::TargetAws {
    let explicit = explicit_profile(target);
    let explicit = explicit.as_ref().map(|(origin, profile, source)| (*origin, profile.as_str(), source.clone()));
    aws::for_target(context, aws, client, explicit)
}

/// The profile that the helper (`--profile`) or the URL (`profile@`) names, with its place.
fn explicit_profile(target: &Target) -> Option<(&'static str, String, Source)> {
    if let Some(profile) = target.grc.as_ref().and_then(|grc| grc.profile.as_ref()) {
        return Some(("url", profile.0.clone(), target.source.clone()));
    }
    let helper = target.https.known().filter(|_| target.transport.0 == "https-helper")?.aws_helper.as_ref()?;
    helper.profile.as_ref().map(|profile| ("helper", profile.0.clone(), helper.source.clone()))
}

/// The line of a credential helper that is handed its credentials by something around the AWS CLI.
fn credentials_by(target: &Target) -> Option<Source> {
    let https = target.https.known().filter(|_| target.transport.0 == "https-helper")?;
    let helper = https.aws_helper.as_ref().filter(|helper| helper.credentials_by.is_some())?;
    Some(helper.source.clone())
}

/// Only the programs that a connection of these targets would use are looked at.
fn wanted(planned: &[Planned], needs: Needs) -> tools::Wanted {
    let any = |transport: &str| planned.iter().any(|planned| planned.target.transport.0 == transport);
    let tools = needs.tools;
    tools::Wanted {
        git: tools,
        ssh: tools && any("ssh"),
        aws: tools && any("https-helper"),
        python: tools && any("grc"),
        grc: tools && any("grc"),
        curl: tools && planned.iter().any(|planned| planned.target.transport.0 != "ssh"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    #[test]
    fn a_url_that_is_none_leaves_https_unknown() {
        let system = FakeSystem::new(Platform::Linux);
        let regions = RegionTable::embedded().unwrap();
        let urls = ["nonsense".to_owned()];
        let live = Live::default();
        let context = Context { system: &system, regions: &regions, region: None, profile: None, urls: &urls, live };
        let facts = gather(&context, Run::default(), Needs::ALL);
        assert_eq!(facts.targets.len(), 1);
        assert!(matches!(facts.targets[0].https, Fact::Unavailable(_)));
        let checks = crate::check::embedded::embedded().unwrap();
        let evaluation = crate::evaluate::evaluate(&checks, &facts, &|| 0).unwrap();
        assert_eq!(evaluation.defects, []);
    }
}

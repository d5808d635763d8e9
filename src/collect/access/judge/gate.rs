//! When git is not run: no host that a login may go to, or a repository that names programs.

use super::host_key::{self, Seen};
use crate::collect::derive::Planned;
use crate::collect::git::config::{Entry, Scope};
use crate::collect::https::url_match::{matches, normalize};
use crate::collect::live::{Glimpse, Tries};
use crate::collect::{https, https_url, target};
use crate::fact::Source;
use crate::system::url::HttpUrl;

/// Why git may not be run for this target. Else the host key that ssh must be shown, where it does not know it.
///
/// # Errors
/// The reason, for people.
pub(super) fn check(tries: &Tries<'_>, planned: &Planned, glimpse: Glimpse<'_>) -> Result<Option<Seen>, String> {
    host(tries, planned)?;
    if !tries.context.live.trust_repository {
        match &*planned.target.transport.0 {
            "ssh" => ssh_program(tries),
            _ => https_programs(tries, planned),
        }?;
    }
    planned.target.ssh.known().map_or(Ok(None), |ssh| host_key::check(tries, planned, ssh, glimpse))
}

/// Credentials go to hosts that parse as endpoints of CodeCommit or stand in the table of regions.
fn host(tries: &Tries<'_>, planned: &Planned) -> Result<(), String> {
    let regions = tries.context.regions;
    let target = &planned.target;
    let refused = |host: &str| {
        Err(format!("{host} is no endpoint of CodeCommit, so no login is sent there (--regions can name others)"))
    };
    match &*target.transport.0 {
        "ssh" => {
            let ssh = target.ssh.known();
            let connected = ssh.and_then(|ssh| ssh.hostname.value.as_ref());
            let written = target.host.as_ref().map_or("", |host| host.0.as_str());
            let is_endpoint = |host: &str| target::is_endpoint(regions, host);
            if is_endpoint(written) || connected.is_some_and(|host| is_endpoint(host)) {
                return Ok(());
            }
            refused(written)
        }
        "grc" => match tries.context.system.env("CODE_COMMIT_ENDPOINT").map(|host| host.to_string_lossy().into_owned())
        {
            Some(host) if !target::is_endpoint(regions, &host) => refused(&host),
            _ => Ok(()),
        },
        _ => match HttpUrl::parse(&planned.url) {
            Ok(url) if url.scheme == "http" => Err("the URL is plain http, over which no login is sent".into()),
            Ok(url) if !target::is_endpoint(regions, &url.host) => refused(&url.host),
            Ok(_) => Ok(()),
            Err(error) => Err(format!("no login is sent to a URL that cannot be read: {error}")),
        },
    }
}

/// `core.sshCommand` of the repository, when it takes effect.
fn ssh_program(tries: &Tries<'_>) -> Result<(), String> {
    let command = &tries.git.fact.ssh_command;
    let entry = tries.git.config.last("core", None, "sshcommand").filter(|entry| is_of_repository(entry));
    match entry.filter(|_| &*command.origin == "core.sshCommand") {
        Some(entry) => names_program(&tries.git.config.source(entry)),
        None => Ok(()),
    }
}

/// Helpers and whom to trust in the repository. `core.askPass` is never run.
fn https_programs(tries: &Tries<'_>, planned: &Planned) -> Result<(), String> {
    let git = tries.git;
    if let (Some(facts), Some(url)) =
        (planned.target.https.known(), https_url(tries.context, &planned.target, &planned.url))
    {
        let values = https::helper_values(tries.context, git, &url);
        let named = facts.helpers.iter().zip(&values);
        let foreign = |scope: &str| matches!(scope, "local" | "worktree");
        if let Some((helper, _)) =
            named.into_iter().find(|(helper, value)| foreign(&helper.scope) && !is_plain_aws_helper(value))
        {
            return names_program(&helper.source);
        }
    }
    let url = https_url(tries.context, &planned.target, &planned.url);
    let url = url.as_deref().unwrap_or(&planned.url);
    let is_meant = |entry: &&Entry| is_of_repository(entry) && weakens_trust(entry) && is_for(entry, url);
    let weakened = git.config.section("http").find(is_meant);
    weakened.map_or(Ok(()), |entry| {
        let place = place(&git.config.source(entry));
        Err(format!(
            "the repository's configuration changes which servers are trusted with a login ({place}); \
             --trust-repository allows that"
        ))
    })
}

/// Whether the section of an `http` setting fits the URL; one that cannot be read does.
fn is_for(entry: &Entry, url: &str) -> bool {
    let pattern = entry.subsection().and_then(|pattern| normalize(pattern, true));
    match (pattern, normalize(url, false)) {
        (Some(pattern), Some(url)) => matches(&url, &pattern).is_some(),
        _ => true,
    }
}

/// Whether an `http` setting lets git accept certificates that it would otherwise refuse.
fn weakens_trust(entry: &Entry) -> bool {
    match entry.name.as_str() {
        "sslverify" => entry.boolean() != Some(true),
        "sslcainfo" | "sslcapath" | "proxysslcainfo" => true,
        _ => false,
    }
}

/// Whether the repository itself says so. What `includeIf` brings in from the user's own files is the user's.
pub(super) fn is_of_repository(entry: &Entry) -> bool {
    matches!(entry.scope, Scope::Local | Scope::Worktree)
}

fn names_program(source: &Source) -> Result<(), String> {
    let place = place(source);
    Err(format!("the repository's configuration names a program to run ({place}); --trust-repository allows that"))
}

fn place(source: &Source) -> String {
    let path = source.path.as_ref().map_or("its configuration", |path| path.0.as_str());
    source.line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"))
}

/// Whether the value is the helper of the AWS CLI as documented and nothing else: `!aws`, a profile, a region,
/// `codecommit credential-helper`, `$@`. Nothing in it can start another program.
fn is_plain_aws_helper(value: &str) -> bool {
    let Some(line) = value.strip_prefix('!') else { return false };
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let is_name =
        |word: &str| !word.starts_with('-') && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if words.next() != Some("aws") {
        return false;
    }
    let mut commands = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "--profile" | "--region" if words.next().is_some_and(is_name) => {}
            "$@" | "\"$@\"" | "'$@'" => {}
            "codecommit" | "credential-helper" => commands.push(word),
            _ => {
                let joined = word.strip_prefix("--profile=").or_else(|| word.strip_prefix("--region="));
                if !joined.is_some_and(|name| !name.is_empty() && is_name(name)) {
                    return false;
                }
            }
        }
    }
    commands == ["codecommit", "credential-helper"]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documented_helper_of_a_repository_is_run() {
        for value in [
            "!aws codecommit credential-helper $@",
            "!aws --profile work codecommit credential-helper \"$@\"",
            "! aws codecommit --region=us-east-1 credential-helper",
        ] {
            assert!(is_plain_aws_helper(value), "{value}");
        }
        for value in [
            "!aws codecommit credential-helper $@; touch x",
            "!aws codecommit credential-helper $(touch x)",
            "!aws codecommit credential-helper\ntouch x",
            "!./aws codecommit credential-helper $@",
            "!/tmp/aws codecommit credential-helper $@",
            "!AWS_CONFIG_FILE=./config aws codecommit credential-helper $@",
            "!aws --profile `touch` codecommit credential-helper $@",
            "!aws --endpoint-url http://evil codecommit credential-helper $@",
            "!aws --profile",
            "aws codecommit credential-helper",
            "store",
            "/tmp/helper",
        ] {
            assert!(!is_plain_aws_helper(value), "{value}");
        }
    }
}

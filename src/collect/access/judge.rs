//! The verdict of the user's own git: a `git ls-remote` that asks nobody and leaves no trace.
//!
//! git runs in an empty directory with the URL as it is after `insteadOf`. Its helpers are wrapped (`helpers`), its ssh
//! is kept from writing (`ssh_command`, `jump`), the settings of the repository go through an allow-list
//! (`settings`), and where a login might go to the wrong host, or the repository names a program, it is not run at all
//! (`gate`), nor where that would renew a session of AWS (`renewal`). What it printed becomes facts in `verdict`, `credential` and `ssh`.

use std::path::Path;

use crate::collect::derive::Planned;
use crate::collect::live::{Glimpse, Tries};
use crate::collect::network;
use crate::fact::access::{Judge, TargetAccess};
use crate::fact::{Fact, Source};
use crate::system::{Invocation, RunError, Watched};

mod command;
mod credential;
mod failure;
mod gate;
mod helpers;
mod host_key;
mod http;
mod jump;
mod lines;
mod prompt;
mod push;
mod quote;
mod renewal;
mod settings;
mod shown;
mod ssh;
mod ssh_command;
mod ssh_flags;
#[cfg(test)]
mod tests;
pub mod trace;
mod verdict;

pub use failure::FAILURES;
pub(crate) use ssh_command::program_end;

/// Runs `git ls-remote` without leaving a trace, and fills `judge`, `credential`, `ssh` and `push`. Where it is not run,
/// the reason stands in their place.
pub fn judge(tries: &Tries<'_>, planned: &Planned, glimpse: Glimpse<'_>) -> TargetAccess {
    if planned.target.url.is_none() {
        return TargetAccess {
            judge: Fact::Absent,
            credential: Fact::Absent,
            ssh: Fact::Absent,
            push: Fact::Absent,
            ..TargetAccess::default()
        };
    }
    let mut access = run(tries, planned, glimpse).unwrap_or_else(|reason| not_run(planned, reason));
    if let Fact::Known(judge) = &mut access.judge {
        judge.behind_proxy = network::is_proxied(tries, planned);
    }
    access
}

/// Every fact that the run would have told.
fn not_run(planned: &Planned, reason: String) -> TargetAccess {
    let over_ssh = planned.target.transport.0 == "ssh";
    let unless = |absent: bool| if absent { Fact::Absent } else { Fact::Unavailable(reason.clone()) };
    let (credential, ssh) = (unless(over_ssh), Fact::Absent);
    TargetAccess {
        credential,
        ssh: if over_ssh { Fact::Unavailable(reason.clone()) } else { ssh },
        push: if planned.target.pushed_to { Fact::Unavailable(reason.clone()) } else { Fact::Absent },
        judge: Fact::Unavailable(reason),
        ..TargetAccess::default()
    }
}

/// A probe knows already that nobody takes a connection, and git would only wait for one.
fn not_begun(planned: &Planned) -> TargetAccess {
    let judge = Judge {
        outcome: "not-begun".into(),
        layer: Some("tcp".into()),
        failure: Some("timed-out".into()),
        source: Source::command(format!("git ls-remote {}", verdict::clean(&planned.url)), ""),
        ..Judge::default()
    };
    let reason = "git was not started, for nobody takes a connection";
    TargetAccess { judge: Fact::Known(judge), ..not_run(planned, reason.into()) }
}

fn run(tries: &Tries<'_>, planned: &Planned, glimpse: Glimpse<'_>) -> Result<TargetAccess, String> {
    let git = tries.git.program.as_deref().ok_or("git is not installed")?;
    let seen = gate::check(tries, planned, glimpse)?;
    renewal::check(tries, planned)?;
    if glimpse.is_dead() {
        return Ok(not_begun(planned));
    }
    let prepared = command::prepare(tries, planned, git, seen.as_ref())?;
    let watched = watch(tries, &prepared, glimpse, seen.as_ref())?;
    let text = String::from_utf8_lossy(&watched.output.stderr).into_owned();
    let lines = lines::split(&text);
    let http = prepared.ssh.is_none().then(|| http::read(&lines));
    let ssh = (prepared.ssh == Some(ssh_command::Kind::OpenSsh)).then(|| ssh::read(&lines));
    let judge = verdict::judge(&verdict::Run {
        target: &planned.target,
        url: &planned.url,
        watched: &watched,
        lines: &lines,
        http: http.as_ref(),
        ssh: ssh.as_ref(),
    });
    prompt::check(tries, planned, &judge)?;
    Ok(TargetAccess {
        credential: http.as_ref().map_or(Fact::Absent, |http| credential::fact(tries, planned, http)),
        push: push::fact(tries, planned, &judge, http.as_ref()),
        ssh: match (ssh, prepared.ssh) {
            (Some(ssh), _) => Fact::Known(ssh),
            (None, Some(_)) => Fact::Unavailable("this ssh does not tell what it does as OpenSSH does".into()),
            (None, None) => Fact::Absent,
        },
        judge: Fact::Known(judge),
        ..TargetAccess::default()
    })
}

fn watch(
    tries: &Tries<'_>,
    prepared: &command::Prepared,
    glimpse: Glimpse<'_>,
    seen: Option<&host_key::Seen>,
) -> Result<Watched, String> {
    let mut result: Option<Result<Watched, RunError>> = None;
    let system = tries.context.system;
    let mut work = |directory: &Path| {
        let invocation = Invocation { cutoff: glimpse.cutoff(), ..prepared.inside(directory) };
        result = Some(system.watch(&invocation));
    };
    let files: Vec<(&str, &[u8])> = seen.iter().map(|seen| (host_key::FILE, seen.line.as_bytes())).collect();
    let made = system.with_directory(&files, &mut work);
    match (result, made) {
        (Some(result), _) => result.map_err(|error| format!("git {error}")),
        (None, made) => Err(made.map_or_else(
            |error| format!("an empty directory to run git in could not be made: {error}"),
            |()| "git was not run".to_owned(),
        )),
    }
}

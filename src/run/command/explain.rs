//! Why a command failed: its traces first, then this machine.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use colored::Colorize as _;

use super::affair::{self, Affair, Known};
use super::is_private;
use super::traces::Traces;
use crate::check::word::Word as _;
use crate::cli::Options;
use crate::collect::access::judge::trace::{self, Shown, Traced};
use crate::collect::target::is_meant_for_codecommit;
use crate::collect::{self, Context, Live, git};
use crate::error::Errors;
use crate::finding::{Layer, Segment, Sensitivity};
use crate::output::safe;
use crate::plan::Plan;
use crate::report::{CommandSeen, Identities, Privacy, Redactor};
use crate::run::desk::{Desk, Scope};
use crate::run::examine;
use crate::symptom;
use crate::system::System as _;
use crate::system::real::RealSystem;
use crate::system::real::attached::Ended;
use crate::trace::{Story, same_repository};

/// Ctrl-C.
const INTERRUPT: i32 = 2;
/// Longest command line that is repeated, in characters.
const LINE_LIMIT: usize = 120;

/// A command that failed.
#[derive(Clone, Copy)]
pub(super) struct Failed<'a> {
    pub(super) system: &'a RealSystem,
    pub(super) options: &'a Options,
    pub(super) command: &'a [OsString],
    pub(super) ended: &'a Ended,
    pub(super) traces: &'a Traces,
}

/// Says on standard error why it failed.
pub(super) fn explain(failed: Failed<'_>, plan: Plan) -> Result<(), Errors> {
    let story = Story::read(&failed.traces.events, &failed.traces.ssh, is_stopped(failed.ended));
    let directory = |worktree: Option<&PathBuf>| worktree.filter(|path| failed.system.metadata(path).is_ok()).cloned();
    let mut from = directory(story.worktree.as_ref());
    let remotes = remotes(&plan, from.clone());
    let has_remotes = !remotes.is_empty();
    let stopped = is_stopped(failed.ended);
    let known = Known { command: failed.command, story: &story, has_remotes, stopped };
    let (connection, url) = match affair::decide(&known) {
        Affair::Other(reason) => return not_ours(&failed, &reason),
        Affair::Remotes => (None, None),
        Affair::Url(url) => (None, Some(url)),
        Affair::Connection(connection) => {
            from = directory(connection.worktree.as_ref()).or(from);
            (Some(connection), Some(connection.url.clone()))
        }
    };
    let errors: Vec<String> = connection.iter().flat_map(|c| &c.seen).chain(&story.errors).cloned().collect();
    let shown = trace::read(&Traced {
        url: url.as_deref().unwrap_or_default(),
        ssh: connection.map_or("", |connection| &connection.ssh),
        http: &failed.traces.http,
        errors: &errors,
        stopped,
    });
    examine(&failed, plan, scope_of(&failed, url, from, &remotes), &shown)
}

/// Whether Ctrl-C ended it.
fn is_stopped(ended: &Ended) -> bool {
    ended.signal == Some(INTERRUPT) || ended.code == 130
}

/// The URLs of the remotes at CodeCommit, as git uses them.
fn remotes(plan: &Plan, directory: Option<PathBuf>) -> Vec<String> {
    let system = RealSystem::seen_from(directory);
    let live = Live::default();
    let context = Context { system: &system, regions: &plan.regions, region: None, profile: None, urls: &[], live };
    let git = git::collect(&context);
    let effective = |raw: git::RawUrl| {
        let push = raw.origin == git::RawUrlOrigin::PushUrl;
        git::rewrite(&git.config, &raw.url, push).0
    };
    git::raw_urls(&git).into_iter().map(effective).filter(|url| is_meant_for_codecommit(url)).collect()
}

/// The repository to examine: a remote by its URL, else what the user typed, else what git connected to.
fn scope_of(
    failed: &Failed<'_>,
    url: Option<String>,
    directory: Option<PathBuf>,
    remotes: &[String],
) -> (Options, Scope) {
    let mut options = failed.options.clone();
    let mut scope = Scope { directory, ..Scope::default() };
    let Some(url) = url.filter(|_| options.url.is_empty()) else { return (options, scope) };
    let typed = affair::url_among(failed.command);
    if remotes.iter().any(|remote| same_repository(remote, &url)) {
        scope.remote = Some(url);
    } else {
        // What a rule of the configuration makes of it is found again.
        scope.command = Some(line(failed.command));
        options.url = vec![typed.unwrap_or_else(|| without_password(&url))];
    }
    (options, scope)
}

/// Newer gits write `<REDACTED>` in the place of a password, which is none.
fn without_password(url: &str) -> String {
    let bare = trace::without_login(url);
    let Some((_, rest)) = url.split_once("://").filter(|_| bare != url) else { return bare };
    let user = rest.split(['@', ':']).next().unwrap_or_default();
    bare.replacen("://", &format!("://{user}@"), 1)
}

/// The usual examination, told together with what the command itself showed.
fn examine(failed: &Failed<'_>, plan: Plan, (options, scope): (Options, Scope), shown: &Shown) -> Result<(), Errors> {
    let lines: Vec<&str> = shown.all.iter().map(String::as_str).collect();
    let symptoms = symptom::matching(&plan.checks, &lines);
    let system = RealSystem::seen_from(scope.directory.clone());
    let desk = Desk::on(failed.system, &options, plan, scope);
    let mut seen = desk.look()?;
    // What git itself says just now knows better than words that fit several causes.
    let is_judged = |access: &crate::fact::access::TargetAccess| access.judge.known().is_some();
    if !seen.facts.targets.iter().any(|target| target.access.known().is_some_and(is_judged)) {
        seen.report.prefer(&symptoms);
    }
    desk.note_fixes(&system, &mut seen);
    seen.report.exit_code = failed.ended.code;
    seen.report.command = Some(CommandSeen {
        line: Segment::value(line(failed.command), Sensitivity::Text),
        exit_code: failed.ended.code,
        signal: failed.ended.signal,
        layer: Layer::parse(&shown.layer),
        failure: shown.failure.map(|(word, _)| word),
        meaning: shown.failure.map(|(_, meaning)| meaning),
        said: shown.said.iter().map(|line| Segment::value(line.0.as_str(), Sensitivity::Text)).collect(),
        symptoms,
    });
    let identities = desk.identities(&seen.facts);
    examine::tell(&desk, seen, &identities, (is_private(), &mut crate::run::stderr(options.color)))
}

/// The command for people, without secrets.
fn line(command: &[OsString]) -> String {
    let words = command.iter().map(|word| word.to_string_lossy());
    let quoted = words.map(|word| match shlex::try_quote(&trace::clean(&word)) {
        Ok(quoted) => quoted.into_owned(),
        Err(_) => word.replace('\0', " "),
    });
    let line = trace::clean(&quoted.collect::<Vec<_>>().join(" "));
    if line.chars().count() <= LINE_LIMIT {
        return line;
    }
    line.chars().take(LINE_LIMIT - 1).chain(['…']).collect()
}

/// One line for what is no affair of ours.
fn not_ours(failed: &Failed<'_>, reason: &str) -> Result<(), Errors> {
    let privacy = if is_private() || failed.options.show_identity { Privacy::Readable } else { Privacy::Redacted };
    let mut redactor = Redactor::new(&Identities::of_machine(&collect::os::collect(failed.system)), privacy);
    let text =
        redactor.text(&format!("`{}` failed (exit code {}): {reason}.", line(failed.command), failed.ended.code));
    let mut out = crate::run::stderr(failed.options.color);
    crate::run::written(writeln!(out, "\n{} {}", "cc-doctor:".bold(), safe::safe(&text)))
}

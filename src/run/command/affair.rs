//! Whether a failed command is an affair of ours, and of which repository.

use std::ffi::OsString;

use crate::collect::access::judge::trace;
use crate::collect::target::is_meant_for_codecommit;
use crate::trace::{Connection, Story, wiring};

/// Commands of git that connect.
const CONNECTING: &[&str] =
    &["clone", "fetch", "ls-remote", "pull", "push", "remote", "submodule", "lfs", "send-pack", "fetch-pack"];

/// Whose affair it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Affair<'a> {
    /// This connection did not hold.
    Connection(&'a Connection),
    /// Git did not get as far as to connect to this URL.
    Url(String),
    /// Git did not get as far as to connect to a remote of the repository, or nothing tells what it did.
    Remotes,
    /// Not ours; why.
    Other(String),
}

/// What is known of a failed command.
pub(super) struct Known<'a> {
    pub(super) command: &'a [OsString],
    pub(super) story: &'a Story,
    /// Whether the repository has remotes at CodeCommit.
    pub(super) has_remotes: bool,
    /// Whether the user stopped it.
    pub(super) stopped: bool,
}

/// Decides it.
pub(super) fn decide<'a>(known: &Known<'a>) -> Affair<'a> {
    let story = known.story;
    if let Some(connection) = story.failed(is_meant_for_codecommit) {
        return Affair::Connection(connection);
    }
    if let Some(connection) = story.failed(|_| true) {
        let host = host(&connection.url);
        return Affair::Other(format!("git did not reach {host}, and that is not CodeCommit"));
    }
    if story.connections.is_empty() {
        let is_told = !story.git_ran || !story.errors.is_empty();
        if let Some(url) = url_among(known.command).filter(|_| is_told && wiring::is_git(known.command)) {
            return Affair::Url(url);
        }
        if known.has_remotes && connects(known) {
            return Affair::Remotes;
        }
    }
    Affair::Other(reason(known))
}

/// The first argument that is a URL of CodeCommit.
pub(super) fn url_among(command: &[OsString]) -> Option<String> {
    let words = command.iter().skip(1).filter_map(|word| word.to_str());
    words
        .filter(|word| word.contains(':') && !word.starts_with('-'))
        .find(|word| is_meant_for_codecommit(word))
        .map(Into::into)
}

/// Whether git was to connect, and did not come so far for a reason that is known, or that nobody saw.
fn connects(known: &Known<'_>) -> bool {
    let story = known.story;
    if story.git_ran {
        let traced = trace::Traced { errors: &story.errors, ..trace::Traced::default() };
        return CONNECTING.contains(&story.command.as_str()) && trace::read(&traced).failure.is_some();
    }
    let words = known.command.iter().skip(1).filter_map(|word| word.to_str());
    wiring::is_git(known.command) && words.clone().any(|word| CONNECTING.contains(&word))
}

/// Why it is not ours, in one clause.
fn reason(known: &Known<'_>) -> String {
    let story = known.story;
    if !story.git_ran {
        return "no git ran in it that can be watched; `cc-doctor` examines the remotes of the clone that you are in"
            .into();
    }
    let held = story.connections.iter().any(|connection| is_meant_for_codecommit(&connection.url));
    let start = if held { "the connection to the repository is not what failed; " } else { "" };
    if known.stopped {
        return format!("{start}it was stopped");
    }
    if let Some(hook) = &story.hook {
        return format!("{start}the hook `{hook}` refused");
    }
    // The last error of a push only says that there was one.
    let is_push = held && story.command == "push";
    let before_last = story.errors.iter().rev().nth(1).filter(|_| story.command == "push");
    let error = before_last.or(story.errors.last().filter(|_| !is_push));
    match error.map(|line| trace::clean(line)) {
        Some(error) => format!("{start}git said: {}", error.trim_end_matches('.')),
        None if is_push => format!(
            "{start}not all was pushed, and what git wrote above says why. Mostly the repository has commits that are \
             not here yet: `git pull`, then push again"
        ),
        None if held => format!("{start}what git wrote above says what did"),
        None => "it did not fail at a connection; what it wrote above says why".into(),
    }
}

/// The host of a URL for people.
fn host(url: &str) -> String {
    let bare = trace::without_login(url);
    let behind = bare.split_once("://").map_or(bare.as_str(), |(_, rest)| rest);
    let host = behind.split(['/', ':']).next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";

    fn story(connections: &[(&str, bool)], errors: &[&str]) -> Story {
        let connection = |(url, failed): &(&str, bool)| Connection {
            url: (*url).to_owned(),
            failed: *failed,
            ..Connection::default()
        };
        Story {
            git_ran: true,
            command: "push".into(),
            connections: connections.iter().map(connection).collect(),
            errors: errors.iter().map(|line| (*line).to_owned()).collect(),
            ..Story::default()
        }
    }

    fn decided(command: &[&str], story: &Story, has_remotes: bool) -> String {
        let command: Vec<OsString> = command.iter().map(OsString::from).collect();
        match decide(&Known { command: &command, story, has_remotes, stopped: false }) {
            Affair::Connection(connection) => format!("connection {}", connection.url),
            Affair::Url(url) => format!("url {url}"),
            Affair::Remotes => "remotes".into(),
            Affair::Other(reason) => reason,
        }
    }

    #[test]
    fn a_connection_to_codecommit_that_failed_is_ours() {
        let told = story(&[(URL, false), (URL, true), ("ssh://git@github.com/x/y", true)], &[]);
        assert_eq!(decided(&["make"], &told, false), format!("connection {URL}"));
        let told = story(&[("ssh://git@github.com/x/y", true)], &[]);
        assert!(decided(&["git", "push"], &told, true).contains("did not reach github.com"));
    }

    #[test]
    fn what_keeps_git_from_connecting_is_ours() {
        let told = story(&[], &["transport 'ssh' not allowed"]);
        assert_eq!(decided(&["git", "push", URL], &told, false), format!("url {URL}"));
        assert_eq!(decided(&["git", "push"], &told, true), "remotes");
        assert_eq!(decided(&["git", "push"], &Story::default(), true), "remotes");
    }

    #[test]
    fn the_rest_is_not() {
        let told = story(&[(URL, false)], &["src refspec x does not match any", "failed to push some refs to 'x'"]);
        assert!(decided(&["git", "push"], &told, true).ends_with("git said: src refspec x does not match any"));
        let told = story(&[(URL, false)], &["failed to push some refs to 'x'"]);
        assert!(decided(&["git", "push"], &told, true).contains("not all was pushed"));
        let hook = Story { hook: Some("pre-push".into()), ..told };
        assert!(decided(&["git", "push"], &hook, true).ends_with("the hook `pre-push` refused"));
        let told = story(&[], &["src refspec x does not match any"]);
        assert_eq!(decided(&["git", "push"], &told, true), "git said: src refspec x does not match any");
        assert!(decided(&["make"], &Story::default(), true).starts_with("no git ran"));
        let secret = story(&[], &["bad https://dev:hunter2@host/x"]);
        assert!(!decided(&["git", "gc"], &secret, false).contains("hunter2"));
    }
}

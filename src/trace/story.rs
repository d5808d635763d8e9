//! What the traces tell: which connections were opened, which of them failed, and what else went wrong.

use std::path::PathBuf;

use super::events::{self, Event};

mod ssh;

use ssh::Record;

/// What happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// Whether a git told anything.
    pub git_ran: bool,
    /// The connections to repositories elsewhere, in order.
    pub connections: Vec<Connection>,
    /// The hook that refused.
    pub hook: Option<String>,
    /// Git's command, such as `push`; empty: unknown.
    pub command: String,
    /// Git's own error messages, one line each, in order.
    pub errors: Vec<String>,
    /// The work tree of the repository that git worked in last.
    pub worktree: Option<PathBuf>,
}

/// A connection that git opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// The URL as far as it can be told. A login may be in it, its password hidden or not.
    pub url: String,
    /// Whether git came no further because of it.
    pub failed: bool,
    /// What ssh said, with `-v`; empty when it was not listened to.
    pub ssh: String,
    /// The work tree of the repository that it was opened for.
    pub worktree: Option<PathBuf>,
    /// Untranslated words for what the events show without any.
    pub seen: Vec<String>,
}

impl Story {
    /// Reads `events`, and the `ssh-N` in order. Of a command that was `stopped`, a connection that was open has failed
    /// unless it is known to have held.
    pub fn read(events: &str, ssh: &[String], stopped: bool) -> Self {
        let events = events::parse(events);
        let mut records: Vec<Record> = ssh.iter().filter_map(|text| Record::read(text)).collect();
        let mut story = Self {
            git_ran: !events.is_empty() || !records.is_empty(),
            command: command(&events),
            errors: events.iter().filter(|event| event.event == "error").flat_map(lines).collect(),
            hook: hook(&events),
            worktree: worktree(&events, ""),
            connections: Vec::new(),
        };
        for (place, event) in events.iter().enumerate() {
            if let Some(url) = url_of(event) {
                story.connections.push(connection(&events, place, url, &mut records, stopped));
            }
        }
        // Where the user watches git himself, only ssh was listened to.
        if events.is_empty() {
            story.connections = records.into_iter().filter_map(Record::alone).collect();
        }
        story
    }

    /// The last connection that failed and is `wanted`.
    pub fn failed(&self, wanted: impl Fn(&str) -> bool) -> Option<&Connection> {
        self.connections.iter().rev().find(|connection| connection.failed && wanted(&connection.url))
    }
}

fn lines(event: &Event) -> impl Iterator<Item = String> {
    event.msg.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}

/// The command of the first git.
fn command(events: &[Event]) -> String {
    let named = events.iter().find(|event| event.event == "cmd_name" && !event.name.starts_with('_'));
    named.map(|event| event.name.clone()).unwrap_or_default()
}

/// The last hook that ended otherwise than with 0.
fn hook(events: &[Event]) -> Option<String> {
    let hooks = events.iter().enumerate().rev().filter(|(_, e)| e.event == "child_start" && e.child_class == "hook");
    let failed = |(place, start): &(usize, &Event)| exit_of(events, *place, start).is_some_and(|code| code != 0);
    hooks.into_iter().find(failed).map(|(_, event)| event.hook_name.clone())
}

/// The exit code of a child, if its parent saw its end.
fn exit_of(events: &[Event], place: usize, start: &Event) -> Option<i64> {
    let is_end =
        |event: &&Event| event.event == "child_exit" && event.sid == start.sid && event.child_id == start.child_id;
    events.iter().skip(place).find(is_end)?.code
}

/// The last work tree that this process, or any, told.
fn worktree(events: &[Event], sid: &str) -> Option<PathBuf> {
    let told = |event: &&Event| event.event == "def_repo" && !event.worktree.is_empty() && event.sid.ends_with(sid);
    events.iter().rev().find(told).map(|event| PathBuf::from(&event.worktree))
}

/// The URL of a child that opens a connection: ssh, or the outermost remote helper.
fn url_of(event: &Event) -> Option<String> {
    if event.event != "child_start" {
        return None;
    }
    if event.child_class == "transport/ssh" {
        return ssh::url(&event.argv);
    }
    let helper = event.child_class.strip_prefix("remote-")?;
    let address = event.argv.last()?;
    // `git remote-codecommit origin us-east-1://demo` of `codecommit::us-east-1://demo`.
    let is_url = address.starts_with(&format!("{helper}://"));
    Some(if is_url || helper == "https" || helper == "http" { address.clone() } else { format!("{helper}::{address}") })
}

fn connection(events: &[Event], place: usize, url: String, records: &mut Vec<Record>, stopped: bool) -> Connection {
    let Some(start) = events.get(place) else { return Connection::default() };
    let exit = exit_of(events, place, start);
    let over_ssh = start.child_class == "transport/ssh";
    let record = over_ssh.then(|| Record::take(records, &start.argv)).flatten();
    let own = if over_ssh { Vec::new() } else { of_helper(events, place, start) };
    let failed = match (exit, &record) {
        _ if !over_ssh => own.iter().any(|event| has_failed(event)) || (stopped && exit.is_none()),
        (Some(code), _) => code != 0,
        // Git did not wait for it: it had enough, or did not get what it needed.
        (None, Some(record)) => !record.held(),
        (None, None) => stopped || could_not_read(events, place, start),
    };
    Connection {
        url,
        failed,
        ssh: record.map(|record| record.said).unwrap_or_default(),
        worktree: worktree(events, &start.sid),
        seen: own.iter().filter_map(|event| not_started(events, event)).collect(),
    }
}

fn could_not_read(events: &[Event], place: usize, start: &Event) -> bool {
    let is_told = |event: &Event| event.event == "error" && event.msg.starts_with("Could not read from remote");
    events.iter().skip(place).any(|event| event.sid == start.sid && is_told(event))
}

/// The events of the helper that a child became: `git remote-https NAME URL`, which starts `git-remote-https NAME URL`;
/// git-remote-codecommit starts another one in turn. Up to the next connection of the same process.
fn of_helper<'a>(events: &'a [Event], place: usize, start: &Event) -> Vec<&'a Event> {
    let below = format!("{}/", start.sid);
    let behind = events.iter().skip(place + 1);
    let until_next = behind.take_while(|event| event.sid != start.sid || url_of(event).is_none());
    let below: Vec<&Event> = until_next.filter(|event| event.sid.starts_with(&below)).collect();
    let sids: Vec<&str> = below.iter().filter(|event| is_helper(event)).map(|event| event.sid.as_str()).collect();
    // What git refuses to push, the helper ends with an error, too.
    let has_pushed = below.iter().any(|event| event.event == "cmd_name" && event.name == "send-pack");
    let counts = |event: &&Event| sids.contains(&event.sid.as_str()) && (event.event == "error" || !has_pushed);
    below.into_iter().filter(counts).collect()
}

/// `git remote-https …` or `/usr/lib/git-core/git-remote-https …`.
fn is_helper(event: &Event) -> bool {
    let program = event.argv.first().and_then(|program| program.rsplit(['/', '\\']).next()).unwrap_or_default();
    let command = event.argv.get(1).map(String::as_str).unwrap_or_default();
    event.event == "start" && (program.starts_with("git-remote-") || command.starts_with("remote-"))
}

fn has_failed(event: &Event) -> bool {
    event.event == "error" || (event.event == "exit" && event.code.is_some_and(|code| code != 0))
}

/// A helper that is not there. Git tells that in the user's language.
fn not_started(events: &[Event], end: &Event) -> Option<String> {
    let starts =
        |event: &&Event| event.event == "child_start" && event.sid == end.sid && event.child_id == end.child_id;
    if end.event != "child_exit" || end.code != Some(-1) {
        return None;
    }
    let name = events.iter().find(starts)?.argv.first()?.strip_prefix("git-")?;
    Some(format!("git: '{name}' is not a git command. See 'git --help'."))
}

#[cfg(test)]
mod tests;

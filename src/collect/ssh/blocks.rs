//! `Host` and `Match` blocks as facts, those that are commented out included.

use std::path::Path;

use super::config::Line;
use super::evaluate::{self, BlockId};
use super::include::{ConfigText, Tree};
use super::place;
use crate::collect::login::{holds_key_id, is_key_id};
use crate::fact::{self, FilePath, Host, Login, Text, ssh::Block};

/// A block with the place that the evaluation knows it by; null for one that is commented out.
#[derive(Debug, Clone)]
pub(super) struct NumberedBlock {
    pub(super) id: Option<BlockId>,
    pub(super) block: Block,
    /// Whether a `Host` pattern or a host criterion of `Match` says more than `*`.
    pub(super) is_specific: bool,
}

/// All blocks of all files in reading order.
pub(super) fn collect(tree: &Tree) -> Vec<NumberedBlock> {
    tree.files.iter().enumerate().flat_map(|(index, file)| of_file(index, file)).collect()
}

fn of_file(index: usize, file: &ConfigText) -> Vec<NumberedBlock> {
    let starts: Vec<_> = file
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| matches!(line.keyword.as_str(), "host" | "match"))
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([file.lines.len()]);
    let mut blocks: Vec<_> = starts
        .iter()
        .zip(ends)
        .filter_map(|(&start, end)| {
            let (head, body) = file.lines.get(start..end)?.split_first()?;
            Some(NumberedBlock {
                id: Some((index, start)),
                block: describe(&file.path, head, &head.keyword, body),
                is_specific: is_specific(head),
            })
        })
        .chain(file.commented.iter().map(|head| commented(file, head)))
        .collect();
    blocks.sort_by_key(|numbered| numbered.block.source.line);
    blocks
}

/// A block whose `Host` line is commented out, with the settings that follow it up to the next block.
fn commented(file: &ConfigText, head: &Line) -> NumberedBlock {
    let behind = |lines: &[Line]| lines.partition_point(|line| line.number <= head.number);
    let next = file.commented.get(behind(&file.commented)).map(|line| line.number);
    let rest = file.lines.get(behind(&file.lines)..).unwrap_or_default();
    let length = rest
        .iter()
        .position(|line| {
            matches!(line.keyword.as_str(), "host" | "match") || next.is_some_and(|next| line.number > next)
        })
        .unwrap_or(rest.len());
    let body = rest.get(..length).unwrap_or_default();
    NumberedBlock { id: None, block: describe(&file.path, head, "commented-host", body), is_specific: false }
}

fn describe(path: &Path, head: &Line, kind: &str, body: &[Line]) -> Block {
    let patterns = patterns(head);
    let user_line = body.iter().find(|line| line.keyword == "user");
    let first = |keyword: &str| {
        body.iter().find(|line| line.keyword == keyword).and_then(evaluate::value_of).map(|(value, _)| value)
    };
    let user = first("user");
    let source = place::of_line(path, head, &head.args_span());
    Block {
        kind: kind.into(),
        names_codecommit: patterns.iter().any(|p| names_codecommit(p)),
        has_comma: head.keyword == "host" && patterns.iter().any(|p| p.contains(',')),
        patterns: patterns.iter().map(|p| Text(place::excerpt(p))).collect(),
        user_is_key_id: user.as_deref().is_some_and(is_key_id),
        user: user.map(|user| Login(place::excerpt(&user))),
        hostname: first("hostname").map(Host),
        identity_files: body
            .iter()
            .filter(|line| line.keyword == "identityfile")
            .filter_map(|line| evaluate::value_of(line).map(|(value, _)| FilePath(value)))
            .collect(),
        holds_codecommit_settings: !patterns.iter().any(|p| names_codecommit(p))
            && body.iter().any(speaks_of_codecommit),
        user_source: user_line.map_or_else(|| source.clone(), |line| place::of_line(path, line, &line.args_span())),
        source,
    }
}

fn patterns(head: &Line) -> Vec<String> {
    if head.keyword == "host" {
        return head.values().map(str::to_owned).collect();
    }
    let mut words = evaluate::MatchWords::new(&head.rest);
    std::iter::from_fn(|| words.next_word()).take(100).collect()
}

/// A setting that names CodeCommit's server or one of its key IDs. Names of key files say nothing.
fn speaks_of_codecommit(line: &Line) -> bool {
    matches!(line.keyword.as_str(), "hostname" | "user" | "hostkeyalias" | "proxycommand")
        && line.values().any(|value| names_codecommit(value) || holds_key_id(value))
}

/// Whether a text names CodeCommit.
pub(super) fn names_codecommit(text: &str) -> bool {
    text.to_ascii_lowercase().contains("codecommit")
}

/// Whether a block is about particular hosts.
fn is_specific(head: &Line) -> bool {
    let says_more = |list: &str| list.split(',').any(|p| !p.starts_with('!') && !p.bytes().all(|b| b == b'*'));
    if head.keyword == "host" {
        return head.values().any(says_more);
    }
    patterns(head).windows(2).any(|pair| matches!(pair, [name, list] if is_host_criterion(name) && says_more(list)))
}

fn is_host_criterion(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "host" | "originalhost")
}

/// A line of the configuration as the source of a setting.
pub(super) fn line_source(tree: &Tree, file: usize, line: usize) -> Option<fact::Source> {
    let file = tree.files.get(file)?;
    let line = file.lines.get(line)?;
    Some(place::of_line(&file.path, line, &line.args_span()))
}

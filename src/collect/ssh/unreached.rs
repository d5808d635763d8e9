//! Blocks that ssh never comes to, because the `Include` line of their file stands inside the block of another host.
//!
//! A `Host` line that does not match switches off all that follows it, `Include` too: the blocks of an included file are
//! then passed over whatever their patterns (`SSHCONF_NEVERMATCH` in readconf.c of OpenSSH).

use super::blocks::NumberedBlock;
use super::evaluate::{BlockId, Evaluation, host_applies};
use super::include::Tree;
use super::{blocks, place, target};
use crate::fact::{Text, ssh::UnreachedBlock};

/// How deep `Include` goes.
const DEPTH_LIMIT: usize = 16;

/// The blocks about CodeCommit that match the host by their patterns and are out of ssh's reach.
pub(super) fn find(
    tree: &Tree,
    blocks: &[NumberedBlock],
    own: &Evaluation,
    host: &str,
) -> Vec<(BlockId, UnreachedBlock)> {
    let near = blocks.iter().filter(|block| target::is_near(&block.block) && &*block.block.kind == "host");
    near.filter_map(|numbered| {
        let id = numbered.id.filter(|id| !own.blocks.contains(id))?;
        let head = tree.files.get(id.0)?.lines.get(id.1)?;
        let (include, (file, line)) =
            host_applies(head, host).then(|| kept_out(tree, own, id.0, DEPTH_LIMIT)).flatten()?;
        let outer = tree.files.get(file)?.lines.get(line)?;
        let block = UnreachedBlock {
            block: numbered.block.clone(),
            include: blocks::line_source(tree, include.0, include.1),
            inside: blocks::line_source(tree, file, line)?,
            inside_text: Text(place::excerpt(outer.text.trim())),
        };
        Some((id, block))
    })
    .collect()
}

/// The `Include` line and the block around it that keep ssh from a file; `None` where one line lets it in.
fn kept_out(tree: &Tree, own: &Evaluation, file: usize, depth: usize) -> Option<((usize, usize), BlockId)> {
    let mut first = None;
    for include in tree.including(file) {
        let around = enclosing(tree, include).filter(|block| !own.blocks.contains(block));
        let obstacle = match around {
            Some(block) => Some((include, block)),
            None if depth > 0 => kept_out(tree, own, include.0, depth - 1),
            None => None,
        };
        first = first.or(Some(obstacle?));
    }
    first
}

/// The `Host` or `Match` line above a line of the same file.
fn enclosing(tree: &Tree, (file, line): (usize, usize)) -> Option<BlockId> {
    let lines = tree.files.get(file)?.lines.get(..line)?;
    let head = lines.iter().rposition(|line| matches!(line.keyword.as_str(), "host" | "match"))?;
    Some((file, head))
}

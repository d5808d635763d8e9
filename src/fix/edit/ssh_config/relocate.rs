//! Moves a block above the one that shadows it.

use super::view::{self, View};
use super::{File, Scene, Splice, demand_codecommit, is_head, names_codecommit, patterns};
use crate::collect::ssh::evaluate::{BlockId, Found};
use crate::collect::ssh::keywords;
use crate::fix::edit::lines;
use crate::fix::edit::refusal::Refusal;

/// Moves the block whose `Host` or `Match` line has that number (from 1), with the comment right above it, above the
/// first line that wins over one of its settings. Nothing is moved when none does. An `Include` line moves above the first
/// block.
///
/// # Errors
/// [`Refusal`] when the line is no such line any more, the block is not CodeCommit's alone or another host would
/// notice.
pub fn move_block(scene: &Scene<'_>, number: u32) -> Result<Vec<Splice>, Refusal> {
    let file = File::read(scene.text)?;
    let (head, line) = file.line(number)?;
    if line.keyword == "include" {
        return move_include(scene, &file, head);
    }
    if !is_head(line) {
        return Err(Refusal::stale(format!("no block begins at line {number}")));
    }
    demand_codecommit(&file, head)?;
    let patterns = patterns(line);
    let Some(above) = first_winner(&file, scene, head, &patterns)? else { return Ok(Vec::new()) };
    let start = file.start_with_comments(head);
    let last = file.body(head).last().unwrap_or(line).number;
    let end = file.bytes_of(last).end;
    let block = file.text.get(start..end).unwrap_or_default();
    let line_end = file.line_end();
    let mut text = block.to_vec();
    text.extend_from_slice(lines::missing_end(block).as_bytes());
    text.extend_from_slice(line_end.as_bytes());
    let at = match file.head_of(above) {
        Some(other) => file.start_with_comments(other),
        // What stands above the first block is for every host and must stay so.
        None => {
            text.extend_from_slice(format!("Host *{line_end}").as_bytes());
            file.start_with_comments(above)
        }
    };
    let splices = vec![Splice::insert(at, text), Splice::remove(start..with_gap(&file, end))];
    view::prove(scene, &splices, |host| view::matches(&patterns, host))?;
    Ok(splices)
}

/// Moves an `Include` line that stands inside a block above the first block, so that it is read for every host. What it
/// brings in may be about hosts of CodeCommit only.
fn move_include(scene: &Scene<'_>, file: &File<'_>, index: usize) -> Result<Vec<Splice>, Refusal> {
    let (Some(first), Some(line)) = (file.lines.iter().position(is_head), file.lines.get(index)) else {
        return Ok(Vec::new());
    };
    if index < first {
        return Ok(Vec::new());
    }
    let end = file.line_end();
    let text = format!("{}{end}{end}", line.text.trim());
    let splices =
        vec![Splice::insert(file.start_with_comments(first), text), Splice::remove(file.bytes_of(line.number))];
    view::prove(scene, &splices, names_codecommit)?;
    Ok(splices)
}

/// The first line that wins over a setting of the block, for any host of its patterns.
fn first_winner(
    file: &File<'_>,
    scene: &Scene<'_>,
    head: usize,
    patterns: &[String],
) -> Result<Option<usize>, Refusal> {
    let view = View::new(scene);
    let id: BlockId = (view.index, head);
    let mut first: Option<usize> = None;
    for host in view::own_hosts(scene, &view, patterns) {
        let evaluation = view.evaluate(&host);
        for line in file.body(head) {
            let keyword = keywords::canonical(&line.keyword);
            if keywords::is_cumulative(keyword) && !view::is_cut_off(&evaluation, keyword) {
                continue;
            }
            let own = |found: &Found| found.block == Some(id);
            let winner =
                evaluation.first(keyword).filter(|found| !own(found) && evaluation.all(keyword).iter().any(own));
            let at = winner.map(|found| view.line_of(found)).transpose()?.flatten();
            first = [first, at].into_iter().flatten().min();
        }
    }
    Ok(first)
}

/// The end with the one blank line that separated the block from the next.
fn with_gap(file: &File<'_>, end: usize) -> usize {
    let rest = file.text.get(end..).unwrap_or_default();
    [&b"\r\n"[..], b"\n"].iter().find(|gap| rest.starts_with(gap)).map_or(end, |gap| end + gap.len())
}

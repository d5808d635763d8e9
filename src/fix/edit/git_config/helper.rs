//! Places a credential helper so that it takes effect for its URL and for no other.

use super::{File, Key, Splice};
use crate::collect::git::config_file::Item;
use crate::fix::edit::refusal::Refusal;

/// Makes `value` the only helper of the URL in the key: an empty `helper`, which takes back those that apply to more
/// hosts, then the helper. It stands in the section of that URL when no other credential section follows that sets
/// helpers, else in a new section at the end of the file, because sections apply in their order.
///
/// # Errors
/// [`Refusal::Stale`] when git cannot read the file.
pub fn set_helper(text: &[u8], key: &Key, value: &str) -> Result<Vec<Splice>, Refusal> {
    let file = File::read(text)?;
    let is_other = |item: &&Item| item.heading.section == "credential" && item.name == key.name && !key.is(item);
    let last_other = file.parsed.items.iter().filter(is_other).map(|item| item.extent.start).next_back();
    let behind = |start: usize| last_other.is_none_or(|other| other < start);
    let own: Vec<&Item> = file.items(key).filter(|item| behind(item.extent.start)).collect();
    let values: Vec<&str> = own.iter().map(|item| item.value.as_deref().unwrap_or_default()).collect();
    // What stands before an empty helper does not count.
    let counting = values.iter().rposition(|value| value.is_empty());
    match (counting, own.as_slice()) {
        (Some(at), _) if values.get(at + 1..) == Some(&[value]) => Ok(Vec::new()),
        (_, [first, rest @ ..]) => Ok(in_place(&file, key, first, rest, value)),
        (_, []) => {
            let present = file.headings(key).next_back().is_some_and(|place| behind(place.span.start));
            Ok(vec![file.add(key, &["", value], !present)])
        }
    }
}

/// Rewrites the helpers of a section: the first becomes the empty one, the second the helper, further ones go.
fn in_place(file: &File<'_>, key: &Key, first: &Item, rest: &[&Item], value: &str) -> Vec<Splice> {
    let is_empty = first.value.as_deref().unwrap_or_default().is_empty();
    let (second, further) = match rest.split_first() {
        Some((second, further)) => (Some(*second), further),
        None => (None, rest),
    };
    let mut splices = Vec::new();
    match (is_empty, second) {
        (true, Some(second)) => splices.push(file.set_item(second, value)),
        (true, None) => splices.push(file.add(key, &[value], false)),
        (false, second) => {
            splices.extend(first_line(file, key, first));
            splices.push(file.set_item(first, value));
            splices.extend(second.map(|second| file.remove(second)));
        }
    }
    splices.extend(further.iter().map(|item| file.remove(item)));
    splices
}

/// An empty helper before the first one, in its own indentation.
fn first_line(file: &File<'_>, key: &Key, first: &Item) -> Option<Splice> {
    let start = first.extent.start + file.mark;
    let before = file.text.get(..start)?;
    let line = before.iter().rposition(|byte| *byte == b'\n').map_or(file.mark, |at| at + 1);
    let end = crate::fix::edit::lines::line_end(file.text);
    let lead = String::from_utf8_lossy(before.get(line..)?).into_owned();
    if lead.trim().is_empty() {
        return Some(Splice::insert(line, format!("{lead}{} ={end}", key.written)));
    }
    // The heading stands on the same line.
    Some(Splice::insert(start, format!("{} ={end}{}", key.written, file.indent())))
}

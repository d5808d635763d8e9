//! Lets ssh pass over an option that it does not know.

use std::collections::BTreeSet;

use super::view::{self, View};
use super::{File, Scene, Setting, Splice};
use crate::fix::edit::refusal::Refusal;

/// Adds a keyword to `IgnoreUnknown`, which must stand above the line that holds the keyword. All that the
/// configuration ignores so far is repeated in the new line, because only the first one counts.
///
/// # Errors
/// [`Refusal`] when the keyword is none or a host would notice more than that.
pub fn ignore(scene: &Scene<'_>, keyword: &str) -> Result<Vec<Splice>, Refusal> {
    let plain = !keyword.is_empty() && keyword.chars().all(|c| c.is_ascii_alphanumeric());
    if !plain || crate::collect::ssh::keywords::shape(&keyword.to_ascii_lowercase()).is_some() {
        return Err(Refusal::not_allowed(format!("`{keyword}` is no unknown option")));
    }
    let file = File::read(scene.text)?;
    let lines = View::new(scene).tree.files.into_iter().flat_map(|file| file.lines);
    let ignoring = lines.filter(|line| line.keyword == "ignoreunknown");
    let present: Vec<String> = ignoring.filter_map(|line| line.values().next().map(str::to_owned)).collect();
    let first = file.lines.first().filter(|line| line.keyword == "ignoreunknown");
    if first.and_then(|line| line.values().next()).is_some_and(|list| is_in(list, keyword)) {
        return Ok(Vec::new());
    }
    let mut names: Vec<&str> = present.iter().flat_map(|list| list.split(',')).chain([keyword]).collect();
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.to_ascii_lowercase()));
    let setting = Setting::new("ignoreunknown", &names.join(","))?;
    let splices = match first {
        Some(line) => {
            let (start, span) = (file.bytes_of(line.number).start, line.args_span());
            vec![Splice::replace(start + span.start..start + span.end, setting.value)]
        }
        None => vec![Splice::insert(file.start_with_comments(0), format!("{}{}", setting.written(), file.line_end()))],
    };
    view::prove(scene, &splices, |_| false)?;
    Ok(splices)
}

fn is_in(list: &str, keyword: &str) -> bool {
    list.split(',').any(|name| name.eq_ignore_ascii_case(keyword))
}

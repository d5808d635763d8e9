//! Sets the value of a line in place.

use super::value::quoted;
use super::{File, Scene, Setting, Splice, demand_codecommit, names_codecommit, patterns, view};
use crate::collect::ssh::config::Line;
use crate::fix::edit::refusal::Refusal;

/// Gives the setting of one line (from 1) another value; keyword, separator, indentation and comment stay. For a `Host`
/// line the value is its patterns.
///
/// # Errors
/// [`Refusal`] when the line is gone, the setting is none that cc-doctor writes, or other hosts would notice.
pub fn set(scene: &Scene<'_>, number: u32, value: &str) -> Result<Vec<Splice>, Refusal> {
    let file = File::read(scene.text)?;
    let (index, line) = file.line(number)?;
    let setting = Setting::new(&line.keyword, value)?;
    if is_set(line, &setting) {
        return Ok(Vec::new());
    }
    let own = match line.keyword.as_str() {
        "ignoreunknown" => Vec::new(),
        "host" => patterns(line).into_iter().chain(value.split(' ').map(str::to_owned)).collect(),
        _ => patterns(file.lines.get(demand_codecommit(&file, index)?).unwrap_or(line)),
    };
    let start = file.bytes_of(number).start;
    let (range, text) = replacement(line, &setting);
    let splices = vec![Splice::replace(range.start + start..range.end + start, text)];
    // A pattern may be made to match CodeCommit, or an alias that now leads there, and nothing else.
    let is_host = line.keyword == "host";
    view::prove(scene, &splices, |host| view::matches(&own, host) && (!is_host || names_codecommit(host)))?;
    Ok(splices)
}

fn is_set(line: &Line, setting: &Setting) -> bool {
    let Some(args) = &line.args else { return false };
    let texts: Vec<&str> = args.iter().map(|arg| arg.text.as_str()).collect();
    match setting.keyword.as_str() {
        "host" | "userknownhostsfile" => texts == setting.value.split(' ').collect::<Vec<_>>(),
        _ => texts == [setting.value.as_str()],
    }
}

/// The bytes of the line that go, and what comes.
fn replacement(line: &Line, setting: &Setting) -> (std::ops::Range<usize>, String) {
    let several = matches!(setting.keyword.as_str(), "host" | "userknownhostsfile");
    let Some(args) = &line.args else {
        // A quote is not closed: everything behind the keyword is the value.
        let text = if several { setting.value.clone() } else { quoted(&setting.value, false) };
        return (line.text.len() - line.rest.len()..line.text.len(), text);
    };
    if args.is_empty() {
        let comment = line.rest.trim_start().starts_with('#');
        let at = if comment { line.keyword_span.end } else { line.text.len() };
        return (at..at, format!(" {}", quoted(&setting.value, false)));
    }
    let span = line.args_span();
    let was_quoted = line.text.get(span.start..).is_some_and(|text| text.starts_with('"'));
    let text = if several { setting.value.clone() } else { quoted(&setting.value, was_quoted) };
    (span, text)
}

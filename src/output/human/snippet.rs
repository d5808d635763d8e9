//! The places that a finding rests on, as a compiler shows them.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use colored::Colorize;

use crate::fact::Source;
use crate::finding::{Evidence, Finding, Severity};
use crate::output::safe::{safe, safe_line};
use crate::output::{Detail, Reader};

/// How many places are shown unless more are asked for.
const PLACES: usize = 4;

/// Every place with its line.
pub(super) fn places(finding: &Finding, reader: Reader) -> String {
    let limit = if reader.detail == Detail::Verbose { usize::MAX } else { PLACES };
    let mut shown: Vec<&Evidence> = Vec::new();
    for evidence in &finding.evidence {
        if !shown.contains(&evidence) {
            shown.push(evidence);
        }
    }
    let more = shown.len().saturating_sub(limit);
    shown.truncate(limit);
    let mut text: String = shown.iter().map(|evidence| place(evidence, finding.severity, reader)).collect();
    if more > 0 {
        text.push_str(&format!("  and {more} more (-v shows them)\n"));
    }
    text
}

/// `--> path:line` of the first place.
pub(super) fn origin(finding: &Finding) -> String {
    finding.evidence.first().map(arrow).unwrap_or_default()
}

fn arrow(source: &Source) -> String {
    let line = source.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("  {} {}{line}\n", "-->".bright_blue().bold(), name(source))
}

fn place(source: &Source, severity: Severity, reader: Reader) -> String {
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let Some(line) = source.excerpt.as_deref().map(safe_line).filter(|line| !line.trim().is_empty()) else {
        return arrow(source);
    };
    let group = Group::with_level(level).element(snippet(source, line));
    let text = Renderer::styled().term_width(reader.width).render(&[group]);
    let head = if source.line.is_some() { String::new() } else { arrow(source) };
    format!("{head}{text}\n")
}

fn snippet(source: &Source, line: String) -> Snippet<'static, annotate_snippets::Annotation<'static>> {
    let span = span(source, &line);
    let first = source.line.and_then(|line| usize::try_from(line).ok());
    Snippet::source(line)
        .path(first.map(|_| name(source)))
        .line_start(first.unwrap_or(1))
        .line_numbering(first.is_some())
        .annotation(AnnotationKind::Primary.span(span))
}

/// The bytes of `line` that are meant; all but the blanks around it when the source does not say.
fn span(source: &Source, line: &str) -> std::ops::Range<usize> {
    let original = source.excerpt.as_deref().unwrap_or_default();
    let offset = |column: u32| {
        let characters = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        safe_line(&original.chars().take(characters).collect::<String>()).len().min(line.len())
    };
    if let (Some(column), Some(end)) = (source.column, source.end_column)
        && offset(column) < offset(end)
    {
        return offset(column)..offset(end);
    }
    let start = source.column.map_or_else(|| line.len() - line.trim_start().len(), offset);
    start.min(line.trim_end().len())..line.trim_end().len()
}

/// What the place is called.
fn name(source: &Source) -> String {
    match (&source.path, &source.variable, &source.command) {
        (Some(path), _, _) => safe(path),
        (None, Some(variable), _) => format!("environment variable {}", safe(variable)),
        (None, None, Some(command)) => format!("output of `{}`", safe(command)),
        (None, None, None) => "this machine".to_owned(),
    }
}

//! The failing findings: each cause with its place, its remedy and, under it, what follows from it.

use std::collections::HashSet;

use colored::{Color, Colorize};

use super::{LIST_LIMIT, label, snippet};
use crate::finding::{Area, Finding, Layer, Severity};
use crate::output::safe::safe;
use crate::output::{Detail, Reader, plain, segment, shell, wrap};
use crate::report::{Report, TargetReport, Verdict};

/// A cause, found for one or several targets in the same words.
pub(super) struct Problem<'a> {
    /// The first finding of its kind.
    pub(super) finding: &'a Finding,
    /// All of them.
    same: Vec<&'a Finding>,
}

impl Problem<'_> {
    pub(super) fn is_error(&self) -> bool {
        self.finding.severity == Severity::Error
    }
}

/// The failing findings that no other failing one explains and nobody acknowledges, in the order of the report.
pub(super) fn grouped(report: &Report) -> Vec<Problem<'_>> {
    let failing: HashSet<&str> = report.findings.iter().filter(|f| f.fails()).map(|f| f.id.as_str()).collect();
    let explained = |finding: &Finding| finding.caused_by.iter().any(|id| failing.contains(id.as_str()));
    let mut problems: Vec<Problem<'_>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for finding in report.findings.iter().filter(|finding| finding.counts() && !explained(finding)) {
        let key = kind(finding);
        match places.get(&key).and_then(|index: &usize| problems.get_mut(*index)) {
            Some(problem) => problem.same.push(finding),
            None => {
                places.insert(key, problems.len());
                problems.push(Problem { finding, same: vec![finding] });
            }
        }
    }
    problems
}

/// What findings have in common that are told once. A network that is dead is dead for every host.
fn kind(finding: &Finding) -> (&str, String, String) {
    if finding.area == Area::Network && finding.layer <= Layer::Tcp && finding.target.is_some() {
        return (&finding.check, String::new(), String::new());
    }
    (&finding.check, plain(&finding.message), plain(&finding.remedy))
}

/// All problems as text.
pub(super) fn all(report: &Report, reader: Reader) -> String {
    let problems = grouped(report);
    let mut text = String::new();
    for (index, problem) in problems.iter().enumerate() {
        let first = index == 0 && report.verdict == Verdict::Broken;
        match problem.finding.severity {
            Severity::Info if reader.detail != Detail::Verbose => continue,
            Severity::Error => text.push_str(&long(report, problem, first, reader)),
            _ if reader.detail == Detail::Verbose => text.push_str(&long(report, problem, first, reader)),
            _ => text.push_str(&short(report, problem, reader)),
        }
        text.push('\n');
    }
    text
}

/// Message, places, why (if asked), remedy, consequences.
fn long(report: &Report, problem: &Problem<'_>, first: bool, reader: Reader) -> String {
    let finding = problem.finding;
    let mut text = heading(report, problem, reader);
    text.push_str(&others(report, problem, reader));
    text.push_str(&snippet::places(finding, reader));
    if reader.detail == Detail::Verbose {
        let why = plain(&finding.why);
        text.push_str(&block("Why:", &why, reader));
    }
    let remedy = plain(&finding.remedy);
    let (_, rest) = next_step(&remedy);
    if !first || rest {
        text.push_str(&block("To mend it:", &remedy, reader));
    }
    text.push_str(&commands(report, finding));
    if reader.detail == Detail::Verbose {
        finding.references.iter().for_each(|link| text.push_str(&format!("  {}\n", safe(link))));
    }
    text.push_str(&consequences(report, problem, reader));
    text
}

/// Message, first place and next step: what a warning deserves.
fn short(report: &Report, problem: &Problem<'_>, reader: Reader) -> String {
    let mut text = heading(report, problem, reader);
    text.push_str(&snippet::origin(problem.finding));
    let (step, _) = next_step(&plain(&problem.finding.remedy));
    text.push_str(&wrap::indented(&step, reader.width, "  ", "  "));
    text
}

fn heading(report: &Report, problem: &Problem<'_>, reader: Reader) -> String {
    let finding = problem.finding;
    let color = match finding.severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Info => Color::Blue,
    };
    let head = format!("{} ", format!("{}:", finding.severity).color(color).bold());
    let line = format!("{} [{}]{}", plain(&finding.message), finding.check, whose(report, problem));
    wrap::indented(&line, reader.width, &head, "  ")
}

/// Which targets are meant, where there are several.
fn whose(report: &Report, problem: &Problem<'_>) -> String {
    let targets = problem.same.iter().filter_map(|finding| report.target(finding.target.as_deref()?));
    let names: Vec<String> = targets.map(label).collect();
    match names.as_slice() {
        _ if report.targets.len() < 2 => String::new(),
        [] => String::new(),
        [one] => format!(" ({one})"),
        [one, two] => format!(" ({one}, {two})"),
        [one, rest @ ..] => format!(" ({one} and {} more)", rest.len()),
    }
}

/// The targets for which another text than the one shown would say the same.
fn others(report: &Report, problem: &Problem<'_>, reader: Reader) -> String {
    let shown = plain(&problem.finding.message);
    let differ = problem.same.iter().filter(|finding| plain(&finding.message) != shown);
    let targets = differ.filter_map(|finding| report.target(finding.target.as_deref()?));
    let name = |target: &TargetReport| match &target.host {
        Some(host) => format!("{} ({})", label(target), segment(host)),
        None => label(target),
    };
    let names: Vec<String> = targets.map(name).collect();
    let limit = if reader.detail == Detail::Verbose { usize::MAX } else { LIST_LIMIT };
    let more = names.len().saturating_sub(limit);
    let rest = if more > 0 { format!(" and {more} more (-v lists them)") } else { String::new() };
    if names.is_empty() {
        return String::new();
    }
    let list = names.iter().take(limit).map(String::as_str).collect::<Vec<_>>().join(", ");
    wrap::indented(&format!("The same for {list}{rest}."), reader.width, "  ", "  ")
}

fn block(head: &str, text: &str, reader: Reader) -> String {
    let body: String = wrap::wrapped(text, reader.width - 4).iter().map(|line| indent(line)).collect();
    format!("  {}\n{body}", head.bold())
}

fn indent(line: &str) -> String {
    if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }
}

/// The commands of the proposed fix that the remedy does not show already.
fn commands(report: &Report, finding: &Finding) -> String {
    let Some(fix) = &finding.fix else { return String::new() };
    let remedy = plain(&finding.remedy);
    let windows = report.machine.os == "windows" && !report.machine.msys;
    let lines = fix.commands.iter().filter_map(|arguments| {
        let arguments: Vec<String> = arguments.iter().map(plain).collect();
        shell::quoted(&arguments, windows)
    });
    let new: Vec<String> = lines.filter(|line| !remedy.contains(line.as_str())).collect();
    if new.is_empty() {
        String::new()
    } else {
        block(&format!("{}:", plain(&fix.title)), &new.join("\n"), Reader { detail: Detail::Normal, width: 10_000 })
    }
}

/// What follows from it, and from that, one line each.
fn consequences(report: &Report, problem: &Problem<'_>, reader: Reader) -> String {
    let mut known: HashSet<&str> = problem.same.iter().map(|finding| finding.id.as_str()).collect();
    let mut lines: Vec<String> = Vec::new();
    // What follows for each of several targets is told of the first.
    let mut checks: HashSet<&str> = HashSet::new();
    loop {
        let follows = |f: &&Finding| {
            f.counts() && !known.contains(f.id.as_str()) && f.caused_by.iter().any(|id| known.contains(id.as_str()))
        };
        let new: Vec<&Finding> = report.findings.iter().filter(follows).collect();
        if new.is_empty() {
            break;
        }
        for finding in new {
            known.insert(&finding.id);
            if problem.same.len() > 1 && !checks.insert(&finding.check) {
                continue;
            }
            let line = format!("{} [{}]", plain(&finding.message), finding.check);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let limit = if reader.detail == Detail::Verbose { usize::MAX } else { LIST_LIMIT };
    let mut text: String =
        lines.iter().take(limit).map(|line| wrap::indented(line, reader.width, "  ↳ ", "    ")).collect();
    if lines.len() > limit {
        text.push_str(&format!("    and {} more (-v lists them)\n", lines.len() - limit));
    }
    text
}

/// The first paragraph of a remedy, with the commands that follow it, and whether there is more.
pub(super) fn next_step(remedy: &str) -> (String, bool) {
    let mut step = String::new();
    let mut paragraphs = remedy.trim().split("\n\n").peekable();
    while let Some(paragraph) = paragraphs.next() {
        step.push_str(paragraph);
        // An indented paragraph is the command that the one before it announces, with or without a colon.
        let announces = paragraph.trim_end().ends_with(':');
        if !paragraphs.peek().is_some_and(|next| announces || next.starts_with(' ')) {
            break;
        }
        step.push('\n');
    }
    (step, paragraphs.next().is_some())
}

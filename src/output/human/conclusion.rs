//! The conclusion: what is broken and what to do next.

use colored::{Color, Colorize};

use super::{LIST_LIMIT, label, ladder, numbered, problem};
use crate::finding::Layer;
use crate::output::safe::{safe, safe_block};
use crate::output::{Detail, Reader, plain, segment, shell, wrap};
use crate::report::{Repairs, Report, TargetReport, Verdict};

/// One line per target, then the most likely cause and the next step.
pub(super) fn text(report: &Report, reader: Reader) -> String {
    let mut text = if report.targets.is_empty() { no_target(report, reader) } else { targets(report, reader) };
    text.push_str(&cause(report, reader));
    if reader.detail != Detail::Quiet && !text.ends_with("\n\n") && report.verdict != Verdict::Healthy {
        text.push('\n');
    }
    text
}

fn no_target(report: &Report, reader: Reader) -> String {
    let (symbol, color) = symbol(report.verdict);
    let found = "No CodeCommit repository to examine: neither a remote of the working directory nor anything set up on \
                 this machine leads to one. Name one with --url.";
    let first = format!("{} ", symbol.color(color).bold());
    wrap::indented(found, reader.width, &first, "  ")
}

fn targets(report: &Report, reader: Reader) -> String {
    let limit = if reader.detail == Detail::Verbose { usize::MAX } else { LIST_LIMIT };
    let mut sorted: Vec<&TargetReport> = report.targets.iter().collect();
    sorted.sort_by_key(|target| std::cmp::Reverse(target.verdict));
    let windows = report.machine.os == "windows" && !report.machine.msys;
    let shown = sorted.iter().take(limit).map(|target| one_target(target) + &clone(target, windows));
    let mut text: String = shown.collect();
    if sorted.len() > limit {
        text.push_str(&format!("  and {} more (-v lists them)\n", sorted.len() - limit));
    }
    text
}

fn one_target(target: &TargetReport) -> String {
    let (symbol, color) = symbol(target.verdict);
    let works = target.reach == Some(Layer::Repository);
    let verdict = match target.verdict {
        Verdict::Broken if works => "git reaches it, but something else is broken",
        Verdict::Broken => "git cannot work with it",
        Verdict::Undetermined => "could not be decided",
        Verdict::Degraded if works => "git reaches it, but there is a warning",
        Verdict::Degraded => "no error found, but a warning",
        Verdict::Healthy if works => "git reaches it",
        Verdict::Healthy => "no fault found; no connection was tried",
    };
    let mut text =
        format!("{} {} ({}): {verdict}\n", symbol.color(color).bold(), label(target).bold(), details(target));
    if target.verdict == Verdict::Broken {
        text.push_str(&format!("  {}\n", ladder::line(target)));
    }
    text
}

/// The command that comes next on a machine that was set up.
fn clone(target: &TargetReport, windows: bool) -> String {
    let words: Option<Vec<String>> =
        target.clone.as_ref().map(|words| words.iter().map(|word| word.text().to_owned()).collect());
    let command = words.and_then(|words| shell::quoted(&words, windows));
    command.map(|command| format!("  Clone it: {}\n", command.bold())).unwrap_or_default()
}

/// `SSH, us-east-1, demo-repo`
fn details(target: &TargetReport) -> String {
    let unnamed = safe(&target.transport);
    let transport = match target.transport.as_str() {
        "ssh" => "SSH",
        "https-gitcred" => "HTTPS with Git credentials",
        "https-helper" => "HTTPS with the AWS CLI",
        "grc" => "git-remote-codecommit",
        _ => &unnamed,
    };
    let rest = [&target.region, &target.repository].into_iter().flatten().map(segment);
    std::iter::once(transport.to_owned()).chain(rest).collect::<Vec<_>>().join(", ")
}

/// The most likely cause, and what to do about it.
fn cause(report: &Report, reader: Reader) -> String {
    let problems = problem::grouped(report);
    let Some(first) = problems.first().filter(|_| report.verdict == Verdict::Broken) else { return String::new() };
    let finding = first.finding;
    let mut text = String::from("\n");
    let title = safe_block(&finding.title);
    let head = format!("{} ", "Cause:".bold());
    text.push_str(&wrap::indented(&sentence(&title), reader.width, &head, "       "));
    let (step, _) = problem::next_step(&plain(&finding.remedy));
    let head = format!("{} ", "Next: ".bold());
    text.push_str(&wrap::indented(&step, reader.width, &head, "       "));
    let can_mend = finding.fix.as_ref().is_some_and(|fix| fix.diff.is_some());
    if can_mend && report.repairs == Repairs::NotWanted {
        // `diagnose` and `run` mend nothing.
        let examines = report.diagnosis.is_none() && report.command.is_none();
        let how = if examines { "The same with --fix" } else { "cc-doctor --fix" };
        text.push_str(&format!("       {how} mends it; --fix --dry-run only shows what that changes.\n"));
    }
    let others = problems.iter().skip(1).filter(|problem| problem.is_error()).count();
    if others > 0 {
        // What is short ends here.
        let place = if reader.detail == Detail::Quiet { "without -q" } else { "below" };
        text.push_str(&format!("       ({} besides, see {place})\n", numbered(others, "other cause")));
    }
    text
}

/// Titles have no full stop.
fn sentence(title: &str) -> String {
    if title.ends_with(['.', '!', '?']) { title.to_owned() } else { format!("{title}.") }
}

fn symbol(verdict: Verdict) -> (&'static str, Color) {
    match verdict {
        Verdict::Broken => ("✗", Color::Red),
        Verdict::Undetermined => ("?", Color::Yellow),
        Verdict::Degraded => ("!", Color::Yellow),
        Verdict::Healthy => ("✓", Color::Green),
    }
}

//! What a text told: its lines that matter, and what they may come from.

use colored::Colorize;

use super::{numbered, problem};
use crate::finding::Outcome;
use crate::output::safe::safe_block;
use crate::output::{Detail, Reader, plain, segment, wrap};
use crate::report::diagnosis::{Scope, Suspect, TextDiagnosis};

/// Most lines of the text that are repeated.
const LINES: usize = 6;
/// Most causes that are told at length.
const AT_LENGTH: usize = 6;

/// The lines that matter, the most telling ones where there are many.
pub(super) fn lines(diagnosis: &TextDiagnosis, reader: Reader) -> String {
    if reader.detail == Detail::Quiet || diagnosis.lines.is_empty() {
        return String::new();
    }
    let mut shown: Vec<usize> = Vec::new();
    let told = diagnosis.suspects.iter().map(|suspect| suspect.line);
    for line in told.chain(0..diagnosis.lines.len()) {
        if shown.len() < LINES && !shown.contains(&line) {
            shown.push(line);
        }
    }
    shown.sort_unstable();
    let mut text = format!("{}\n", "In the text:".bold());
    for line in shown.into_iter().filter_map(|line| diagnosis.lines.get(line)) {
        let head = format!("  line {}: ", line.number);
        text.push_str(&wrap::indented(&segment(&line.text), reader.width, &head, "    "));
    }
    if diagnosis.lines.len() > LINES {
        text.push_str(&format!("  and {} more\n", numbered(diagnosis.lines.len() - LINES, "line")));
    }
    text.push('\n');
    text
}

/// What the text may come from, by what holds here.
pub(super) fn suspects(diagnosis: &TextDiagnosis, reader: Reader) -> String {
    let mut text = match diagnosis.scope {
        Scope::NotOurs => return not_ours(diagnosis, reader),
        Scope::NotWanted => return unexamined(diagnosis, reader),
        Scope::Suspects | Scope::Everything if reader.detail == Detail::Quiet => return String::new(),
        Scope::Everything if diagnosis.suspects.is_empty() => {
            let known = "cc-doctor knows no cause of what the text says; it examined everything instead.";
            return wrap::indented(known, reader.width, "", "") + "\n";
        }
        Scope::Everything => {
            let none = "None of what the text may come from stops git here, as far as can be seen. What follows below is all that was found on this machine.";
            wrap::indented(none, reader.width, "", "")
        }
        Scope::Suspects => String::new(),
    };
    text.push_str(&format!("{}\n", "What the text may come from:".bold()));
    let here = |outcome: Outcome| {
        diagnosis.suspects.iter().filter(|suspect| suspect.here == Some(outcome)).collect::<Vec<&Suspect>>()
    };
    for suspect in here(Outcome::Fail) {
        text.push_str(&entry("✗ on this machine: ", suspect, reader));
    }
    text.push_str(&ids("? could not be looked at: ", &here(Outcome::Unknown), reader));
    for suspect in diagnosis.suspects.iter().filter(|suspect| suspect.knowledge) {
        text.push_str(&entry("· nothing on a machine shows: ", suspect, reader));
    }
    if diagnosis.scope == Scope::Everything {
        let knowledge = diagnosis.suspects.iter().filter(|suspect| suspect.knowledge);
        knowledge.take(2).for_each(|suspect| text.push_str(&at_length(suspect, reader)));
    }
    text.push_str(&ids("✓ not on this machine: ", &here(Outcome::Pass), reader));
    text.push_str(&ids("- does not apply here: ", &here(Outcome::Skipped), reader));
    text.push('\n');
    text
}

fn entry(head: &str, suspect: &Suspect, reader: Reader) -> String {
    let line = format!("{} [{}]", safe_block(&suspect.title), suspect.id);
    wrap::indented(&line, reader.width, &format!("  {head}"), "    ")
}

/// IDs alone: nothing is to be done about them.
fn ids(head: &str, suspects: &[&Suspect], reader: Reader) -> String {
    let limit = if reader.detail == Detail::Verbose { usize::MAX } else { super::LIST_LIMIT };
    let mut ids: Vec<String> = suspects.iter().take(limit).map(|suspect| suspect.id.clone()).collect();
    if ids.is_empty() {
        return String::new();
    }
    if suspects.len() > limit {
        ids.push(format!("and {} more (-v lists them)", suspects.len() - limit));
    }
    wrap::indented(&format!("{head}{}", ids.join(", ")), reader.width, "  ", "    ")
}

/// Another host's failure, or none.
fn not_ours(diagnosis: &TextDiagnosis, reader: Reader) -> String {
    let hosts: Vec<String> = diagnosis.others.iter().map(segment).collect();
    let text = if hosts.is_empty() {
        "The text shows no failure of AWS CodeCommit that cc-doctor knows. Paste all that was printed, the command \
         included; `git … 2>&1 | cc-doctor diagnose` takes the error output, too. `cc-doctor` alone examines this \
         machine."
            .to_owned()
    } else {
        format!("The text is about {} and not about AWS CodeCommit, so cc-doctor names no cause.", hosts.join(", "))
    };
    wrap::indented(&text, reader.width, "? ", "  ")
}

/// What a support engineer needs who cannot look at the machine.
fn unexamined(diagnosis: &TextDiagnosis, reader: Reader) -> String {
    if diagnosis.suspects.is_empty() {
        return not_ours(diagnosis, reader);
    }
    let limit = match reader.detail {
        Detail::Verbose => usize::MAX,
        Detail::Normal => AT_LENGTH,
        Detail::Quiet => 1,
    };
    let mut text = format!("{}\n", "What the text may come from, the most telling first:".bold());
    for (number, suspect) in diagnosis.suspects.iter().take(limit).enumerate() {
        text.push_str(&entry(&format!("{}. ", number + 1), suspect, reader));
        if reader.detail != Detail::Quiet {
            text.push_str(&at_length(suspect, reader));
        }
    }
    let rest: Vec<&Suspect> = diagnosis.suspects.iter().skip(limit).collect();
    if reader.detail != Detail::Quiet {
        text.push_str(&ids(&format!("and {}: ", numbered(rest.len(), "other")), &rest, reader));
        text.push_str(&format!("\n{}\n", "To tell which it is, ask for:".bold()));
        diagnosis.questions.iter().for_each(|question| {
            text.push_str(&wrap::indented(&safe_block(question), reader.width, "  - ", "    "));
        });
        text.push_str("`cc-doctor explain ID` tells all about one of them.\n");
    }
    text
}

/// Why, and the first step.
fn at_length(suspect: &Suspect, reader: Reader) -> String {
    let mut text = wrap::indented(plain(&suspect.why).trim(), reader.width, "     ", "     ");
    let (step, _) = problem::next_step(&plain(&suspect.remedy));
    text.push_str(&wrap::indented(&step, reader.width, "     → ", "       "));
    text
}

//! `cc-doctor diagnose`: from a text to the causes that it may have, and to those that hold on this machine.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Read as _, Write};

use super::desk::{Desk, Seen};
use super::examine;
use crate::check::knowledge::Knowledge;
use crate::check::template::Template;
use crate::check::{Check, word::Area};
use crate::cli::Options;
use crate::collect::mask;
use crate::error::{Error, Errors};
use crate::fact::target::Target;
use crate::fact::{Facts, Source};
use crate::finding::{IdentityKind, Message, Segment, Sensitivity};
use crate::plan;
use crate::report::Identities;
use crate::report::diagnosis::{Scope, Suspect, TextDiagnosis, ToldLine};
use crate::symptom::text::TEXT_LIMIT;
use crate::symptom::{self, About, Candidate, Library, Text};
use crate::system::real::RealSystem;
use crate::system::witness::Witness;

/// What is asked for, whatever the text says.
const REPORT: &str = "the output of `cc-doctor --json`, run where git failed (identities are replaced in it)";

/// What to do where the commands differ from machine to machine.
const THERE: &str = "Run `cc-doctor` where git failed: it names the exact command.";

/// Diagnoses a text, examines the machine unless `text_only`, and returns the exit code.
///
/// # Errors
/// When there is no text, the plan is wrong or a report cannot be written.
pub(super) fn diagnose(
    system: &RealSystem,
    options: &Options,
    (text, text_only): (Option<&str>, bool),
    out: &mut dyn Write,
) -> Result<u8, Errors> {
    if options.fix {
        let error = Error::usage("`diagnose` changes nothing");
        return Err(error.hint("`cc-doctor --fix` mends what it finds").into());
    }
    let bytes = bytes(text)?;
    if bytes.len() > TEXT_LIMIT {
        let megabytes = TEXT_LIMIT >> 20;
        // Whoever cannot be told gets the diagnosis all the same.
        drop(writeln!(io::stderr(), "cc-doctor: only the last {megabytes} MiB of the text are looked at"));
    }
    let text = Text::read(&bytes);
    drop(bytes);
    if text.lines.is_empty() {
        let error = Error::usage("the text to diagnose is empty");
        let hint = "git prints errors on its error output: `git fetch 2>&1 | cc-doctor diagnose`";
        return Err(error.hint(hint).into());
    }
    let all = plan::all_checks(system, options)?;
    let knowledge = plan::all_knowledge(system, options)?;
    let desk = Desk::new(system, options)?;
    let found = symptom::diagnose(&text, &Library::new(&all, &knowledge), &desk.plan.regions);
    let mut told = told(&found, &all, &knowledge);
    let nothing = matches!(found.about, About::Others(_)) || found.about == About::Nobody && told.suspects.is_empty();
    if nothing || text_only {
        told.scope = if nothing { Scope::NotOurs } else { Scope::NotWanted };
        return examine::without_examination(&desk, system, told, out);
    }
    let is_named = !options.url.is_empty();
    let options = pointed(options, &found);
    let desk = Desk { options: &options, ..desk };
    let mut gathered = desk.gather();
    if !is_named {
        name_by_text(&mut gathered.0.targets);
    }
    let (seen, identities) = weighed(&desk, gathered, told, &found.candidates)?;
    examine::finish(system, &desk, seen, &identities, out)
}

/// The text: the argument, or standard input where there is none or it is `-`.
fn bytes(text: Option<&str>) -> Result<Vec<u8>, Error> {
    if let Some(text) = text.filter(|text| *text != "-") {
        return Ok(text.as_bytes().to_vec());
    }
    if io::stdin().is_terminal() {
        let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
        // Whoever cannot be told how to end it, will end it anyway.
        drop(writeln!(io::stderr(), "Paste what was printed, the command included, then press {end}:"));
    }
    let mut bytes = Vec::new();
    let limit = 4 * TEXT_LIMIT;
    let read = io::stdin().take(u64::try_from(limit).unwrap_or(u64::MAX)).read_to_end(&mut bytes);
    if bytes.len() == limit {
        drop(writeln!(io::stderr(), "cc-doctor: only the first {} MiB of standard input are read", limit >> 20));
    }
    read.map(|_| bytes).map_err(|error| Error::io("standard input", &error))
}

/// What the report says of the text.
fn told(found: &symptom::Diagnosis, checks: &[Check], knowledge: &[Knowledge]) -> TextDiagnosis {
    let line = |line: &symptom::Told| ToldLine {
        number: line.number,
        text: Segment::value(mask::excerpt(&line.text), Sensitivity::Text),
    };
    let host = |host: &String| Segment::value(host.clone(), Sensitivity::Identity(IdentityKind::Host));
    let suspects = found.candidates.iter().map(|candidate| suspect(candidate, checks, knowledge));
    TextDiagnosis {
        scope: Scope::Everything,
        others: match &found.about {
            About::Others(hosts) => hosts.iter().map(host).collect(),
            About::CodeCommit | About::Nobody => Vec::new(),
        },
        lines: found.lines.iter().map(line).collect(),
        suspects: suspects.collect(),
        questions: questions(found, checks),
    }
}

fn suspect(candidate: &Candidate, checks: &[Check], knowledge: &[Knowledge]) -> Suspect {
    let entry = &candidate.entry;
    let literal = |text: &str| vec![Segment::Literal(text.trim().to_owned())];
    let texts = match knowledge.iter().find(|piece| piece.id == entry.id).filter(|_| entry.knowledge) {
        Some(piece) => (literal(&piece.why), literal(&piece.remedy)),
        None => match checks.iter().find(|check| check.id == entry.id) {
            Some(check) => without_values(check),
            None => Default::default(),
        },
    };
    Suspect {
        id: entry.id.clone(),
        title: entry.title.clone(),
        knowledge: entry.knowledge,
        line: candidate.line,
        here: None,
        why: texts.0,
        remedy: texts.1,
    }
}

/// Why a check fails and what to do about it, as far as that is the same on every machine: the values of an example would
/// be taken for those of the text.
fn without_values(check: &Check) -> (Message, Message) {
    let Ok(body) = check.body() else { return Default::default() };
    let fixed = |template: &Template| {
        let is_fixed = template.expressions().next().is_none();
        is_fixed.then(|| vec![Segment::Literal(template.source.trim().to_owned())])
    };
    let remedy = fixed(&body.remedy).unwrap_or_else(|| vec![Segment::Literal(THERE.to_owned())]);
    (fixed(&body.why).unwrap_or_default(), remedy)
}

/// What to ask the owner of the machine for, by what the text may come from.
fn questions(found: &symptom::Diagnosis, checks: &[Check]) -> Vec<String> {
    let areas: BTreeSet<Area> = found
        .candidates
        .iter()
        .filter_map(|candidate| checks.iter().find(|check| check.id == candidate.entry.id))
        .map(|check| check.area)
        .collect();
    let region = found.region.as_deref().unwrap_or("REGION");
    let by_area = [
        (Area::Ssh, format!("`ssh -v git-codecommit.{region}.amazonaws.com` and ~/.ssh/config; never a private key")),
        (Area::Https, "`git config --show-origin --get-regexp credential` (without passwords)".to_owned()),
        (Area::Grc, "`command -v git-remote-codecommit` (Windows: `where git-remote-codecommit`), PATH".to_owned()),
        (Area::Aws, "`aws configure list` and `aws sts get-caller-identity`".to_owned()),
        (Area::Network, "whether a proxy or VPN is in use, and whether others in the same network succeed".to_owned()),
        (Area::Repository, "`git remote -v`".to_owned()),
    ];
    let asked = by_area.into_iter().filter(|(area, _)| areas.contains(area)).map(|(_, question)| question);
    [REPORT.to_owned(), "all that was printed, the command included, and the system".to_owned()]
        .into_iter()
        .chain(asked)
        .collect()
}

/// The options with the repository that the text is about, unless the user named one.
fn pointed(options: &Options, found: &symptom::Diagnosis) -> Options {
    let mut options = options.clone();
    if options.url.is_empty() {
        options.url.clone_from(&found.urls);
        if options.url.is_empty() && options.region.is_none() {
            options.region.clone_from(&found.region);
        }
    }
    options
}

/// Says of URLs that they come from the text and not from an option.
fn name_by_text(targets: &mut [Target]) {
    for target in targets.iter_mut().filter(|target| target.origin.0 == "option") {
        target.label = "the text".into();
        let written = target.written_url.as_ref().or(target.url.as_ref());
        target.source = Source { excerpt: written.cloned(), path: Some("the text".into()), ..Source::default() };
    }
}

/// Looks at the machine once. Only what the text may come from counts, with what explains it; where none of that stops
/// git, everything does: a user wants the cause, whatever the text made of it.
fn weighed(
    desk: &Desk<'_>,
    gathered: (Facts, Witness),
    mut told: TextDiagnosis,
    candidates: &[Candidate],
) -> Result<(Seen, Identities), Errors> {
    let identities = desk.identities(&gathered.0);
    let scope = in_question(&desk.plan.checks, candidates);
    let mut seen = desk.judge(gathered, &scope)?;
    told.scope = Scope::Suspects;
    if !told.is_answered(&seen.report.findings) {
        told.scope = Scope::Everything;
        seen = desk.judge((seen.facts, seen.witness), &desk.plan.checks)?;
    }
    told.weigh(&seen.report.findings);
    seen.report.diagnosis = Some(told);
    Ok((seen, identities))
}

/// The candidates, what explains them, directly or not, and the steps of the real client.
fn in_question(checks: &[Check], candidates: &[Candidate]) -> Vec<Check> {
    let mut wanted: BTreeSet<&str> = candidates.iter().map(|candidate| candidate.entry.id.as_str()).collect();
    loop {
        let explains = |check: &&Check| check.explains.iter().any(|id| wanted.contains(id.value.as_str()));
        let more: Vec<&str> = checks
            .iter()
            .filter(|check| !wanted.contains(check.id.as_str()))
            .filter(explains)
            .map(|check| check.id.as_str())
            .collect();
        if more.is_empty() {
            break;
        }
        wanted.extend(more);
    }
    checks.iter().filter(|check| check.live || wanted.contains(check.id.as_str())).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::embedded::embedded;
    use crate::check::knowledge;

    #[test]
    fn what_explains_a_candidate_is_asked_too() {
        let checks = embedded().unwrap();
        let regions = crate::check::regions::RegionTable::embedded().unwrap();
        let library = Library::new(&checks, &knowledge::embedded().unwrap());
        let text = Text::read(b"ssh: Could not resolve hostname codecommit: Name or service not known");
        let found = symptom::diagnose(&text, &library, &regions);
        let ids: Vec<String> = in_question(&checks, &found.candidates).into_iter().map(|check| check.id).collect();
        assert!(ids.contains(&"grc-url-one-slash".to_owned()) && ids.len() < checks.len() / 2, "{}", ids.len());
        assert!(ids.contains(&"ls-remote-fails-at-dns".to_owned()));
    }
}

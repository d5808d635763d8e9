//! `cc-doctor undo`: takes back a run of repairs, or lists those that are kept.

use std::io::{self, IsTerminal as _, Write};

use super::repair::failed;
use crate::cli::{Format, Options};
use crate::collect::os;
use crate::error::{Error, Errors};
use crate::finding::Segment;
use crate::fix::failure::Failure;
use crate::fix::refusal::{Reason, Refusal};
use crate::fix::undo::{self, End, RunSummary, TakenBack};
use crate::output::{self, repairs};
use crate::report::{FixDone, FixStatus, Identities, Privacy, Redactor};
use crate::system::real::RealSystem;

/// Takes back the run with this ID or the last one that stands, by force where files have changed since.
///
/// # Errors
/// When there is nothing to take back, or files have changed since.
pub(super) fn undo(
    system: &RealSystem,
    options: &Options,
    (id, force): (Option<&str>, bool),
    out: &mut dyn Write,
) -> Result<io::Result<()>, Errors> {
    let runs = undo::list(system).map_err(failed)?;
    let undone = undo::undo(system, id, force).map_err(refused)?;
    let interrupted =
        undone.recovered.iter().flat_map(|taken| taken_back(&runs, taken, Some("the run was interrupted")));
    let own = undone.run.iter().flat_map(|taken| taken_back(&runs, taken, None));
    Ok(show(system, options, own.chain(interrupted).collect(), out))
}

/// Lists the runs that are kept, the newest first.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn list(system: &RealSystem, options: &Options, out: &mut dyn Write) -> Result<io::Result<()>, Errors> {
    let runs = undo::list(system).map_err(failed)?;
    let fixes = runs.iter().flat_map(|run| {
        let (status, reason) = match run.ended {
            Some(End::Applied) => (FixStatus::Applied, None),
            Some(End::Undone) => (FixStatus::RolledBack, None),
            None => (FixStatus::Failed, Some("the run was interrupted, or is under way")),
        };
        let repair = move |(number, (finding, title)): (usize, &(String, String))| {
            // What cannot be taken back stands after an undo, too.
            let stays = stays(run, number).filter(|_| status == FixStatus::RolledBack).collect::<Vec<_>>().join("; ");
            match stays.as_str() {
                "" => of_journal((finding, title), &run.id, status, reason),
                stays => of_journal((finding, title), &run.id, FixStatus::Failed, Some(stays)),
            }
        };
        run.repairs.iter().enumerate().map(repair)
    });
    Ok(show(system, options, fixes.collect(), out))
}

/// The repairs of a run that was taken back.
pub(super) fn taken_back(runs: &[RunSummary], taken: &TakenBack, why: Option<&str>) -> Vec<FixDone> {
    let left: Vec<String> = taken.left.iter().map(|failure| format!("not taken back: {failure}")).collect();
    let of = |run: &RunSummary| {
        let repair = |(number, (finding, title)): (usize, &(String, String))| {
            let stays: Vec<_> = stays(run, number).collect();
            let is_back = left.is_empty() && stays.is_empty();
            let status = if is_back { FixStatus::RolledBack } else { FixStatus::Failed };
            let reasons: Vec<String> = why.map(str::to_owned).into_iter().chain(left.clone()).chain(stays).collect();
            let reason = Some(reasons.join("; ")).filter(|reason| !reason.is_empty());
            of_journal((finding, title), &taken.id, status, reason.as_deref())
        };
        run.repairs.iter().enumerate().map(repair).collect::<Vec<_>>()
    };
    runs.iter().filter(|run| run.id == taken.id).flat_map(of).collect()
}

/// What one repair of a run did for good.
fn stays(run: &RunSummary, number: usize) -> impl Iterator<Item = String> {
    let own = run.stays.iter().filter(move |(repair, _)| *repair == number);
    own.map(|(_, command)| format!("what this did stays: {command}"))
}

fn of_journal((finding, title): (&str, &str), run: &str, status: FixStatus, reason: Option<&str>) -> FixDone {
    FixDone {
        finding: finding.to_owned(),
        title: vec![Segment::value(title, crate::finding::Sensitivity::Text)],
        status,
        edits: Vec::new(),
        diff: None,
        backup: Some(run.to_owned()),
        verified: false,
        git_works: None,
        reason: reason.map(str::to_owned),
    }
}

fn show(system: &RealSystem, options: &Options, mut fixes: Vec<FixDone>, out: &mut dyn Write) -> io::Result<()> {
    let human = options.format() == Format::Human;
    let readable = options.show_identity || (human && io::stdout().is_terminal());
    let privacy = if readable { Privacy::Readable } else { Privacy::Redacted };
    let mut redactor = Redactor::new(&Identities::of_machine(&os::collect(system)), privacy);
    fixes.iter_mut().for_each(|fix| redactor.done(fix));
    output::forgiving(if human {
        repairs::undo(&fixes, super::reader(options), out)
    } else {
        output::json::v1::undo(&fixes, out)
    })
}

/// What has changed since is shown, so that the person can decide.
fn refused(failure: Failure) -> Errors {
    let Failure::ChangedSince(refusals) = &failure else { return failed(failure) };
    let of = |refusal: &Refusal| {
        let diff = match &refusal.reason {
            Reason::Changed { diff } => format!("\n{}", diff.trim_end()),
            _ => String::new(),
        };
        Error::repair(format!("{}{diff}", refusal.reason)).at(&refusal.path, None, None)
    };
    let mut errors: Vec<Error> = refusals.iter().map(of).collect();
    let can_be_forced = refusals.iter().all(|refusal| refusal.reason.can_be_forced());
    if let Some(last) = errors.pop() {
        let hint = match can_be_forced {
            true => "nothing was taken back; with --force it is, and a copy of what is lost stays beside the journal",
            false => "nothing was taken back; try again when that is no longer so",
        };
        errors.push(last.hint(hint));
    }
    Errors::from_list(errors).unwrap_or_else(|| failed(failure))
}

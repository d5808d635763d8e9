//! Takes back whole runs, byte for byte.

use super::failure::Failure;
pub use super::journal::End;
use super::journal::{Stored, Told};
pub use super::recover::TakenBack;
use super::recover::{check, recover, strictly};
use super::store::{Store, list as stored_runs};
use crate::system::hands::Hands;

/// A run of which something stands or stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// Its ID.
    pub id: String,
    /// When it began, seconds since the Unix epoch.
    pub at: i64,
    /// The finding and the title of each repair.
    pub repairs: Vec<(String, String)>,
    /// What stays when it is taken back, as commands, each with the place of its repair.
    pub stays: Vec<(usize, String)>,
    /// How it ended; `None`: it was interrupted, or is under way.
    pub ended: Option<End>,
}

impl RunSummary {
    fn of(stored: Stored) -> Self {
        let Told { repairs, stays } = stored.told();
        Self { id: stored.id, at: stored.at, repairs, stays, ended: stored.ended }
    }
}

/// What was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The run; `None`: one that was interrupted was the last, and taking it back was all there was to do.
    pub run: Option<TakenBack>,
    /// Runs that were interrupted and have been taken back on this occasion.
    pub recovered: Vec<TakenBack>,
}

/// The runs that are kept, the newest first. Writes nothing.
///
/// # Errors
/// When a journal cannot be read.
pub fn list(hands: &dyn Hands) -> Result<Vec<RunSummary>, Failure> {
    let runs = stored_runs(hands)?.into_iter().filter(|run| !run.repairs.is_empty());
    let mut runs: Vec<_> = runs.map(RunSummary::of).collect();
    runs.reverse();
    Ok(runs)
}

/// Takes back the run with this ID, or the last one that stands: bytes, modes and times. What somebody else has changed
/// since is refused, with a diff of that in each [`Failure::ChangedSince`], unless `force` is set; then a copy of it stays
/// beside the journal.
///
/// # Errors
/// When there is nothing to take back, files have changed since (nothing is taken back then), or writing fails (the rest
/// is taken back by the next run or undo).
pub fn undo(hands: &dyn Hands, id: Option<&str>, force: bool) -> Result<Undone, Failure> {
    // Nothing is written for nothing.
    if stored_runs(hands)?.is_empty() {
        return Err(id.map_or(Failure::NothingToUndo, |id| Failure::NoSuchRun(id.to_owned())));
    }
    let store = Store::open(hands)?;
    let recovered = recover(&store)?;
    let is_wanted = |taken: &TakenBack| id.is_none_or(|id| taken.id == id);
    if recovered.iter().any(is_wanted) {
        return Ok(Undone { run: None, recovered });
    }
    let run = choose(store.runs()?, id)?;
    let journal = store.journal(&run.id);
    let numbers: Vec<_> = run.standing().into_iter().map(|(number, _)| number).collect();
    check(&journal, &run, &numbers, force)?;
    // From here on the next run would complete it.
    journal.undoing()?;
    let taken = strictly(&journal, &run, &numbers)?;
    journal.end(End::Undone)?;
    Ok(Undone { run: Some(taken), recovered })
}

fn choose(mut runs: Vec<Stored>, id: Option<&str>) -> Result<Stored, Failure> {
    let Some(id) = id else {
        return runs.into_iter().rfind(|run| run.ended == Some(End::Applied)).ok_or(Failure::NothingToUndo);
    };
    let place = runs.iter().position(|run| run.id == id).ok_or_else(|| Failure::NoSuchRun(id.to_owned()))?;
    let run = runs.swap_remove(place);
    if run.standing().is_empty() { Err(Failure::UndoneBefore(run.id)) } else { Ok(run) }
}

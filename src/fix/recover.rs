//! Takes back what a run that was interrupted has left.

use std::path::PathBuf;

use super::failure::Failure;
use super::journal::{End, Journal, Stored};
use super::restore::{State, assume_old, may_touch, state, sweep, take_back, unlocked};
use super::step::Step;
use super::store::Store;
use super::view::View;

/// What was taken back of one run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TakenBack {
    /// The ID of the run.
    pub id: String,
    /// The files and directories that are as before, each once.
    pub restored: Vec<PathBuf>,
    /// What was left as it is, and why.
    pub left: Vec<Failure>,
    /// The programs that were run and whose effect stays, as lists of arguments.
    pub irreversible: Vec<Vec<String>>,
}

impl TakenBack {
    pub(super) fn of(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    fn note(&mut self, step: &Step) {
        for path in step.paths() {
            if !self.restored.iter().any(|known| known == path) {
                self.restored.push(path.to_owned());
            }
        }
        if let Step::Act { argv, creates } = step
            && creates.is_empty()
        {
            self.irreversible.push(argv.clone());
        }
    }
}

/// Takes back every run that has no end. Only to be called under the lock: no other run is under way.
pub(super) fn recover(store: &Store<'_>) -> Result<Vec<TakenBack>, Failure> {
    let mut recovered = Vec::new();
    for run in store.runs()?.iter().rev().filter(|run| run.ended.is_none()) {
        if run.standing().is_empty() && !run.undoing {
            // It changed nothing, or rolled all of it back.
            store.remove(&run.id)?;
            continue;
        }
        let journal = store.journal(&run.id);
        let taken = leniently(&journal, run, 0);
        // What the machine would not do is tried again; what somebody else has changed is theirs from now on.
        if taken.left.iter().all(|left| matches!(left, Failure::Refused(_))) {
            journal.end(End::Undone)?;
        }
        recovered.push(taken);
    }
    Ok(recovered)
}

/// Takes back the steps from number `first` on, the last one first, and leaves alone what somebody else has changed.
pub(super) fn leniently(journal: &Journal<'_>, run: &Stored, first: usize) -> TakenBack {
    let mut taken = TakenBack::of(&run.id);
    for (number, stored) in run.standing().into_iter().filter(|(number, _)| *number >= first) {
        let view = View::of(journal.hands);
        let done = sweep(journal, number, &stored.step).and_then(|()| match state(&view, journal, number, stored)? {
            State::Old => Ok(false),
            State::New => {
                may_touch(&view, &stored.step)?;
                // That is no change of somebody else's: the next run tries again.
                unlocked(&view, &stored.step).map_err(|refusal| Failure::Locked(refusal.to_string()))?;
                take_back(journal, number, &stored.step).map(|()| true)
            }
            State::Foreign(refusal) => Err(refusal.into()),
        });
        match done {
            Ok(changed) => {
                if changed {
                    taken.note(&stored.step);
                }
                // Without the note the next one looks again and finds that all is as before.
                let _ = journal.back(number);
            }
            Err(error) => taken.left.push(error),
        }
    }
    taken
}

/// Whether the steps in `numbers` can be taken back, the last one first: nobody else may have changed any of the files.
/// `force` lets go of such changes.
pub(super) fn check(journal: &Journal<'_>, run: &Stored, numbers: &[usize], force: bool) -> Result<(), Failure> {
    let mut view = View::of(journal.hands);
    let mut refused = Vec::new();
    for (number, stored) in run.standing().into_iter().filter(|(number, _)| numbers.contains(number)) {
        refused.extend(may_touch(&View::of(journal.hands), &stored.step).err());
        refused.extend(unlocked(&View::of(journal.hands), &stored.step).err());
        match state(&view, journal, number, stored)? {
            State::Foreign(refusal) if !(force && refusal.reason.can_be_forced()) => refused.push(refusal),
            _ => assume_old(&mut view, journal, number, &stored.step)?,
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Failure::ChangedSince(refused)) }
}

/// Takes back the steps in `numbers`, which [`check`] has looked at; a copy of what is lost stays beside the journal.
pub(super) fn strictly(journal: &Journal<'_>, run: &Stored, numbers: &[usize]) -> Result<TakenBack, Failure> {
    let mut taken = TakenBack::of(&run.id);
    for (number, stored) in run.standing().into_iter().filter(|(number, _)| numbers.contains(number)) {
        sweep(journal, number, &stored.step)?;
        if !matches!(state(&View::of(journal.hands), journal, number, stored)?, State::Old) {
            take_back(journal, number, &stored.step)?;
            taken.note(&stored.step);
        }
        journal.back(number)?;
    }
    Ok(taken)
}

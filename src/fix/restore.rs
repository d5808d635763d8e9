//! Takes single steps back. Whether a step was done is told by what is there, never by the journal alone: a run may have
//! been killed between the deed and the note of it.

use std::io;
use std::path::Path;

use super::change::Content;
use super::diff;
use super::failure::Failure;
use super::guard::allowed;
use super::journal::{Journal, StoredStep};
use super::lock;
use super::refusal::{Reason, Refusal};
use super::step::{Kept, Step, temp_name};
use super::view::{Seen, View, is_nothing};
use crate::system::FileKind;
use crate::system::hands::Put;

/// What became of a step.
pub(super) enum State {
    /// Everything is as before it.
    Old,
    /// Everything is as it left it.
    New,
    /// Somebody else has been there.
    Foreign(Refusal),
}

/// Looks what became of a step.
pub(super) fn state(
    view: &View<'_>,
    journal: &Journal<'_>,
    number: usize,
    step: &StoredStep,
) -> Result<State, Failure> {
    Ok(match &step.step {
        Step::MakeDirectory { path } => {
            if view.stat(path)?.is_some() {
                State::New
            } else {
                State::Old
            }
        }
        Step::Write { path, before, after, .. } => {
            let seen = view.see(path)?;
            match (&seen, before) {
                (Some(seen), _) if seen.has(after) => State::New,
                (Some(seen), Some(before)) if seen.has(&before.sha256) => State::Old,
                (None, None) => State::Old,
                _ => foreign(path, journal.after(number).ok().as_ref(), seen.as_ref()),
            }
        }
        Step::Remove { path, before } => match view.see(path)? {
            None => State::New,
            Some(seen) if seen.has(&before.sha256) => State::Old,
            seen => foreign(path, None, seen.as_ref()),
        },
        Step::Move { from, to, before } => moved(view, journal, number, (from, to, before))?,
        Step::SetMode { path, before, after } => match view.stat(path)?.map(|stat| stat.found.mode) {
            Some(Some(mode)) if mode == *after => State::New,
            Some(Some(mode)) if mode == *before => State::Old,
            Some(Some(mode)) => State::Foreign(Refusal::new(path, other_mode(path, *after, mode))),
            _ => State::Foreign(Refusal::new(path, Reason::Gone)),
        },
        Step::Act { creates, .. } => acted(view, creates, step.created.as_deref())?,
    })
}

fn other_mode(path: &Path, before: u32, after: u32) -> Reason {
    Reason::Changed { diff: diff::of_change(&super::change::Change::SetMode { path: path.to_owned(), before, after }) }
}

/// From what the run left (`None`: nothing) to what is there.
fn foreign(path: &Path, left: Option<&Content>, seen: Option<&Seen>) -> State {
    let reason = match seen {
        None => Reason::Gone,
        Some(Seen { content: None, .. }) => Reason::NotAFile,
        Some(Seen { content, .. }) => Reason::Changed { diff: diff::unified(path, left, content.as_ref()) },
    };
    State::Foreign(Refusal::new(path, reason))
}

fn moved(view: &View<'_>, journal: &Journal<'_>, number: usize, step: (&Path, &Path, &Kept)) -> Result<State, Failure> {
    let (from, to, before) = step;
    let (old, new) = (view.see(from)?, view.see(to)?);
    let is_it = |seen: &Option<Seen>| seen.as_ref().is_some_and(|seen| seen.has(&before.sha256));
    Ok(match (&old, &new) {
        (Some(_), None) if is_it(&old) => State::Old,
        (None, Some(_)) if is_it(&new) => State::New,
        // A rename by two calls that was killed between them.
        (Some(_), Some(seen)) if is_it(&old) && is_it(&new) && seen.stat.links > 1 => State::New,
        (Some(_), _) => foreign(from, None, old.as_ref()),
        (None, _) => foreign(to, journal.before(number).ok().as_ref(), new.as_ref()),
    })
}

fn acted(view: &View<'_>, creates: &[std::path::PathBuf], created: Option<&[String]>) -> Result<State, Failure> {
    let mut state = if creates.is_empty() { State::New } else { State::Old };
    for (number, path) in creates.iter().enumerate() {
        let Some(seen) = view.see(path)? else { continue };
        // One that was killed may have left half a file.
        if created.is_some_and(|created| created.get(number).is_none_or(|sha256| !seen.has(sha256))) {
            return Ok(foreign(path, None, Some(&seen)));
        }
        state = State::New;
    }
    Ok(state)
}

/// Whether the files of a step may be touched at all.
pub(super) fn may_touch(view: &View<'_>, step: &Step) -> Result<(), Refusal> {
    // A rename by two calls that was killed between them has left a file with two names.
    let halfway = |refusal: &Refusal| matches!((step, &refusal.reason), (Step::Move { .. }, Reason::HardLinks(2)));
    for path in step.paths() {
        match allowed(view, path, path.parent()) {
            Err(refusal) if !halfway(&refusal) => return Err(refusal),
            _ => {}
        }
    }
    Ok(())
}

/// Makes the view what it will be when the step is taken back.
pub(super) fn assume_old(
    view: &mut View<'_>,
    journal: &Journal<'_>,
    number: usize,
    step: &Step,
) -> Result<(), Failure> {
    let old = |view: &View<'_>, kept: &Kept| -> Result<Option<Seen>, Failure> {
        let stat = view.fresh(FileKind::File, kept.mode.unwrap_or(0o600));
        Ok(Some(Seen { stat, content: Some(journal.before(number)?) }))
    };
    match step {
        Step::MakeDirectory { .. } => {}
        Step::Write { path, before, .. } => {
            let seen = before.as_ref().map_or(Ok(None), |kept| old(view, kept))?;
            view.set(path, seen);
        }
        Step::Remove { path, before } => {
            let seen = old(view, before)?;
            view.set(path, seen);
        }
        Step::Move { from, to, before } => {
            let seen = old(view, before)?;
            view.set(from, seen);
            view.set(to, None);
        }
        Step::SetMode { path, before, .. } => {
            if let Some(mut seen) = view.see(path)? {
                seen.stat.found.mode = Some(*before);
                view.set(path, Some(seen));
            }
        }
        Step::Act { creates, .. } => creates.iter().for_each(|path| view.set(path, None)),
    }
    Ok(())
}

/// Takes a step back that was done, or, when forced, whatever stands in its place. What is lost by that is kept beside
/// the journal. Doing it twice is the same as once.
pub(super) fn take_back(journal: &Journal<'_>, number: usize, step: &Step) -> Result<(), Failure> {
    let hands = journal.hands;
    match step {
        Step::MakeDirectory { path } => match hands.remove_directory(path) {
            // Somebody else has put something there since.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty || is_nothing(&error) => Ok(()),
            done => done.map_err(|error| Failure::io("cannot be removed", path, &error)),
        },
        Step::Write { path, before: None, .. } => drop_file(journal, number, path),
        Step::Write { path, before: Some(kept), by_git, .. } => put_back(journal, number, (path, *by_git), kept),
        Step::Remove { path, before: kept } => put_back(journal, number, (path, false), kept),
        Step::Move { from, to, before } => move_back(journal, number, (from, to, before)),
        Step::SetMode { path, before, .. } => {
            hands.set_mode(path, *before).map_err(|error| Failure::io("cannot be changed", path, &error))
        }
        Step::Act { creates, .. } => creates.iter().try_for_each(|path| drop_file(journal, number, path)),
    }
}

/// Removes the unfinished file that a step, or taking it back, left when it was killed, and the lock that it held.
pub(super) fn sweep(journal: &Journal<'_>, number: usize, step: &Step) -> Result<(), Failure> {
    for path in step.paths() {
        sweep_one(journal, &temp_name(path, &journal.id, number))?;
    }
    let Step::Write { path, before, after, by_git, .. } = step else { return Ok(()) };
    let view = View::of(journal.hands);
    let Some(lock) = lock::of(&view, path, *by_git) else { return Ok(()) };
    // A lock of ours is the file itself on its way; whatever else it holds is being written by git.
    let is_ours = |seen: &Seen| seen.has(after) || before.as_ref().is_some_and(|kept| seen.has(&kept.sha256));
    if view.see(&lock)?.is_some_and(|seen| is_ours(&seen)) { sweep_one(journal, &lock) } else { Ok(()) }
}

/// Whether nobody else is writing the file of a step.
pub(super) fn unlocked(view: &View<'_>, step: &Step) -> Result<(), Refusal> {
    let Step::Write { path, by_git, .. } = step else { return Ok(()) };
    match lock::of(view, path, *by_git) {
        Some(lock) if view.stat(&lock)?.is_some() => Err(Refusal::new(path, Reason::Locked(lock))),
        _ => Ok(()),
    }
}

/// Gives a file its old bytes, mode and time; with the path goes whether git writes it, too.
fn put_back(journal: &Journal<'_>, number: usize, (path, by_git): (&Path, bool), kept: &Kept) -> Result<(), Failure> {
    let content = journal.before(number)?;
    let backup = journal.before_path(number);
    let current = View::of(journal.hands).see(path)?.and_then(|seen| seen.content);
    if let Some(current) = &current {
        keep_unless_known(journal, number, current)?;
    }
    // The file that is there has owner, group and attributes; else the backup of a removed one.
    let like = if current.is_some() { path } else { backup.as_path() };
    let temp = temp_name(path, &journal.id, number);
    let over = current.as_ref().map(|content| content.0.as_slice());
    let (mode, modified) = (kept.mode, Some(kept.modified));
    let lock = lock::of(&View::of(journal.hands), path, by_git);
    let (like, lock) = (Some(like), lock.as_deref());
    let file = Put { path, temp: &temp, content: &content.0, like, mode, modified, lock, over };
    sweep_one(journal, &temp)?;
    journal.hands.put(&file).map_err(|error| Failure::io("cannot be restored", path, &error))
}

fn sweep_one(journal: &Journal<'_>, temp: &Path) -> Result<(), Failure> {
    match journal.hands.remove_file(temp) {
        Err(error) if !is_nothing(&error) => Err(Failure::io("cannot be removed", temp, &error)),
        _ => Ok(()),
    }
}

/// Keeps bytes that are in no backup of the step.
fn keep_unless_known(journal: &Journal<'_>, number: usize, content: &Content) -> Result<(), Failure> {
    let known = [journal.before(number), journal.after(number)].into_iter().flatten().any(|known| known == *content);
    if known { Ok(()) } else { journal.keep_replaced(number, content) }
}

/// Removes a file that was not there.
fn drop_file(journal: &Journal<'_>, number: usize, path: &Path) -> Result<(), Failure> {
    let Some(seen) = View::of(journal.hands).see(path)? else { return Ok(()) };
    match &seen.content {
        Some(content) => keep_unless_known(journal, number, content)?,
        None => return Err(Refusal::new(path, Reason::NotAFile).into()),
    }
    journal.hands.remove_file(path).map_err(|error| Failure::io("cannot be removed", path, &error))
}

fn move_back(journal: &Journal<'_>, number: usize, (from, to, kept): (&Path, &Path, &Kept)) -> Result<(), Failure> {
    let view = View::of(journal.hands);
    let (old, new) = (view.see(from)?, view.see(to)?);
    let is_it = |seen: &Option<Seen>| seen.as_ref().is_some_and(|seen| seen.has(&kept.sha256));
    if old.is_none() && is_it(&new) {
        return journal.hands.rename(to, from).map_err(|error| Failure::io("cannot be moved back", to, &error));
    }
    if !is_it(&old) {
        put_back(journal, number, (from, false), kept)?;
    }
    drop_file(journal, number, to)
}

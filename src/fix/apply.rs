//! Applies repairs, one after the other, under one lock and with one journal.

use std::io;
use std::path::Path;

use super::change::{Action, Change, Content};
use super::diff;
use super::failure::{Failure, NotApplied};
use super::guard::Bounds;
use super::journal::{End, Journal, StoredStep};
use super::lock;
use super::recover::{TakenBack, check, leniently, recover, strictly};
use super::refusal::{Reason, Refusal};
use super::restore::{State, may_touch, state};
use super::stage::{Staged, stage};
use super::step::{Step, temp_name};
use super::store::Store;
use super::view::View;
use crate::collect::mask;
use crate::system::hands::{Hands, Put};
use crate::system::{Invocation, RunError};

/// What one finding needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The ID of the finding.
    pub finding: String,
    /// What it does, in a few words.
    pub title: String,
    /// In this order.
    pub changes: Vec<Change>,
}

/// A repair that was made; to be handed to [`Run::roll_back`] when it did not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The steps of the run that belong to it; none: all was as wanted already.
    steps: Vec<usize>,
}

impl Applied {
    /// Whether it changed anything.
    pub fn changed(&self) -> bool {
        !self.steps.is_empty()
    }
}

/// Repairs under way. No other run begins before this one is dropped. One that is dropped without [`Run::finish`] counts
/// as interrupted: the next one takes it back.
pub struct Run<'a> {
    store: Store<'a>,
    bounds: Bounds,
    journal: Option<Journal<'a>>,
    steps: usize,
}

impl<'a> Run<'a> {
    /// Takes the lock and takes back whatever earlier runs that were interrupted have left.
    ///
    /// # Errors
    /// [`Failure::Busy`] when another run is under way; whatever keeps the journal from being written.
    pub fn begin(hands: &'a dyn Hands, bounds: Bounds) -> Result<(Self, Vec<TakenBack>), Failure> {
        let store = Store::open(hands)?;
        let recovered = recover(&store)?;
        Ok((Self { store, bounds, journal: None, steps: 0 }, recovered))
    }

    /// The ID to undo it by; `None` until something was changed.
    pub fn id(&self) -> Option<&str> {
        self.journal.as_ref().map(|journal| journal.id.as_str())
    }

    /// Whether a repair could be applied now. Writes nothing.
    ///
    /// # Errors
    /// The first change that is refused.
    pub fn rehearse(&self, repair: &Repair) -> Result<(), Refusal> {
        stage(&mut View::of(self.store.hands), &self.bounds, &repair.changes).map(|_| ())
    }

    /// Makes all changes of a repair, or none.
    ///
    /// # Errors
    /// Why it was not made. All it did was taken back, unless that says otherwise.
    pub fn apply(&mut self, repair: &Repair) -> Result<Applied, NotApplied> {
        let hands = self.store.hands;
        let staged = stage(&mut View::of(hands), &self.bounds, &repair.changes)?;
        if staged.is_empty() {
            return Ok(Applied { steps: Vec::new() });
        }
        if self.journal.is_none() {
            self.journal = Some(self.store.create(&crate::report::id::random())?);
        }
        let Some(journal) = &self.journal else { return Ok(Applied { steps: Vec::new() }) };
        let first = self.steps;
        write_plan(journal, repair, &staged, first)?;
        self.steps += staged.len();
        for (number, staged) in staged.iter().enumerate() {
            if let Err(cause) = perform(journal, first + number, staged) {
                let left = journal.read().map_or_else(|error| vec![error], |run| leniently(journal, &run, first).left);
                return Err(NotApplied { cause, left });
            }
        }
        Ok(Applied { steps: (first..self.steps).collect() })
    }

    /// Takes a repair back that did not help. Later ones that changed the same files have to be taken back before it.
    ///
    /// # Errors
    /// When files have changed since; then nothing was taken back.
    pub fn roll_back(&mut self, applied: &Applied) -> Result<(), Failure> {
        let Some(journal) = self.journal.as_ref().filter(|_| applied.changed()) else { return Ok(()) };
        let stored = journal.read()?;
        check(journal, &stored, &applied.steps, false)?;
        strictly(journal, &stored, &applied.steps).map(|_| ())
    }

    /// Ends the run: what stands of it is there to stay, or to be undone. Gives its ID, unless nothing of it stands.
    ///
    /// # Errors
    /// When the journal cannot be written; the next run will take this one back then.
    pub fn finish(self) -> Result<Option<String>, Failure> {
        let Some(journal) = &self.journal else { return Ok(None) };
        if journal.read()?.standing().is_empty() {
            self.store.remove(&journal.id)?;
            return Ok(None);
        }
        journal.end(End::Applied)?;
        Ok(Some(journal.id.clone()))
    }
}

/// Backs up what will change and writes down the plan, before anything is done.
fn write_plan(journal: &Journal<'_>, repair: &Repair, staged: &[Staged], first: usize) -> Result<(), Failure> {
    for (number, staged) in staged.iter().enumerate() {
        // A removed file has nobody else to give it its attributes back.
        let like = match &staged.step {
            Step::Remove { path, .. } => Some(path.as_path()),
            _ => None,
        };
        if let Some(before) = &staged.before {
            journal.keep_before(first + number, before, like)?;
        }
        if let Some(after) = &staged.after {
            journal.keep_after(first + number, after)?;
        }
    }
    let steps = staged.iter().map(|staged| staged.step.clone()).collect();
    journal.plan(&repair.finding, &repair.title, steps)
}

/// Does one step, and notes it before and behind.
fn perform(journal: &Journal<'_>, number: usize, staged: &Staged) -> Result<(), Failure> {
    let view = View::of(journal.hands);
    let stored = StoredStep { step: staged.step.clone(), stands: false, created: None };
    may_touch(&view, &staged.step)?;
    match state(&view, journal, number, &stored)? {
        State::Foreign(refusal) => return Err(refusal.into()),
        State::New if !matches!(&staged.step, Step::Act { creates, .. } if creates.is_empty()) => {
            let path = staged.step.paths().first().map_or_else(Default::default, |path| path.to_path_buf());
            return Err(Refusal::new(path, Reason::Exists).into());
        }
        _ => {}
    }
    journal.begin(number)?;
    let created = act(journal, number, staged)?;
    journal.done(number, created)
}

/// The deed itself; the SHA-256 of what a program created.
fn act(journal: &Journal<'_>, number: usize, staged: &Staged) -> Result<Vec<String>, Failure> {
    let hands = journal.hands;
    let (path, done) = match &staged.step {
        Step::MakeDirectory { path } => (path, hands.make_directory(path)),
        Step::Remove { path, .. } => (path, hands.remove_file(path)),
        Step::Move { from, to, .. } => (from, hands.rename(from, to)),
        Step::SetMode { path, after, .. } => (path, hands.set_mode(path, *after)),
        Step::Write { path, mode, by_git, .. } => {
            let lock = lock::of(&View::of(hands), path, *by_git);
            return write(journal, number, staged, (path, *mode, lock.as_deref())).map(|()| Vec::new());
        }
        Step::Act { creates, .. } => {
            if let Some(action) = &staged.action {
                run(hands, action)?;
            }
            if let Some(upload) = &staged.upload {
                upload.send(hands)?;
            }
            let view = View::of(hands);
            let made = |path| match view.see(path)?.and_then(|seen| seen.content) {
                Some(content) => Ok(content.sha256()),
                None => Err(Refusal::new(path, Reason::Gone).into()),
            };
            return creates.iter().map(|path| made(path.as_path())).collect();
        }
    };
    done.map(|()| Vec::new()).map_err(|error| Failure::io("cannot be changed", path, &error))
}

/// The path, the mode of a new file and the lock that git takes.
type Place<'a> = (&'a Path, u32, Option<&'a Path>);

fn write(journal: &Journal<'_>, number: usize, staged: &Staged, place: Place<'_>) -> Result<(), Failure> {
    let (path, mode, lock) = place;
    let empty = Content::default();
    let content = staged.after.as_ref().unwrap_or(&empty);
    let temp = temp_name(path, &journal.id, number);
    let over = staged.before.as_ref().map(|before| before.0.as_slice());
    let like = over.map(|_| path);
    let mode = over.is_none().then_some(mode);
    let file = Put { path, temp: &temp, content: &content.0, like, mode, modified: None, lock, over };
    journal.hands.put(&file).map_err(|error| match error.kind() {
        io::ErrorKind::Unsupported => Refusal::new(path, Reason::Attributes(error.to_string())).into(),
        io::ErrorKind::AlreadyExists => Refusal::new(path, Reason::Exists).into(),
        io::ErrorKind::WouldBlock => Refusal::new(path, Reason::Locked(lock.unwrap_or(path).to_owned())).into(),
        io::ErrorKind::ResourceBusy => {
            let now = View::of(journal.hands).see(path).ok().flatten().and_then(|seen| seen.content);
            let diff = diff::unified(path, staged.before.as_ref(), now.as_ref());
            Refusal::new(path, Reason::Changed { diff }).into()
        }
        _ => Failure::io("cannot be written", path, &error),
    })
}

fn run(hands: &dyn Hands, action: &Action) -> Result<(), Failure> {
    let mut invocation = Invocation::new(&action.program, &action.args).with_deadline(action.deadline);
    invocation.stdin.clone_from(&action.stdin.0);
    let failed = |message: String| Failure::Program {
        program: action.program.to_string_lossy().into_owned(),
        message: mask::excerpt(&message),
    };
    match hands.run(&invocation) {
        Ok(output) if output.ok() => Ok(()),
        Ok(output) => {
            let said = [&output.stderr, &output.stdout].map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned());
            let said = said.into_iter().find(|text| !text.is_empty()).unwrap_or_else(|| "failed without a word".into());
            let last = said.lines().last().unwrap_or_default().to_owned();
            Err(failed(
                output.code.map_or_else(|| format!("killed: {last}"), |code| format!("exit code {code}: {last}")),
            ))
        }
        Err(error @ (RunError::NotStarted(_) | RunError::NotNow(_) | RunError::TimedOut(_))) => {
            Err(failed(error.to_string()))
        }
    }
}

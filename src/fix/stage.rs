//! Turns planned changes into steps, and refuses those for which the machine is not as it was when they were planned.

use std::path::{Path, PathBuf};

use super::change::{Action, Change, Content, Write};
use super::diff;
use super::guard::Bounds;
use super::lock;
use super::refusal::{Reason, Refusal};
use super::step::{Kept, Step};
use super::upload::Upload;
use super::view::{Seen, View};
use crate::collect::mask::mask;
use crate::system::FileKind;

/// A step and what the journal does not keep in its lines.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) step: Step,
    /// The bytes that are backed up.
    pub(super) before: Option<Content>,
    /// The bytes that are written.
    pub(super) after: Option<Content>,
    /// The program that is run.
    pub(super) action: Option<Action>,
    /// The public key that is uploaded.
    pub(super) upload: Option<Upload>,
}

impl Staged {
    fn bare(step: Step) -> Self {
        Self { step, before: None, after: None, action: None, upload: None }
    }
}

/// The steps of one repair; none for what is already as wanted. Nothing is written.
pub(super) fn stage(view: &mut View<'_>, bounds: &Bounds, changes: &[Change]) -> Result<Vec<Staged>, Refusal> {
    let mut staged = Vec::new();
    for change in changes {
        match change {
            Change::Write(write) => stage_write(view, bounds, write, &mut staged)?,
            Change::Remove { path, before } => stage_remove(view, bounds, (path, before), &mut staged)?,
            Change::Move { from, to, before } => stage_move(view, bounds, (from, to, before), &mut staged)?,
            Change::SetMode { path, before, after } => stage_mode(view, bounds, (path, *before, *after), &mut staged)?,
            Change::Act(action) => stage_action(view, bounds, action, &mut staged)?,
            Change::Upload(upload) => stage_upload(view, bounds, upload, &mut staged)?,
        }
    }
    Ok(staged)
}

fn stage_write(view: &mut View<'_>, bounds: &Bounds, write: &Write, staged: &mut Vec<Staged>) -> Result<(), Refusal> {
    let path = bounds.resolve(view.hands, &write.path)?;
    bounds.check(view, &path)?;
    if let Some(lock) = lock::of(view, &path, write.by_git)
        && view.stat(&lock)?.is_some()
    {
        return Err(Refusal::new(path, Reason::Locked(lock)));
    }
    let kept = match &write.before {
        Some(before) => {
            let seen = unchanged(view, &path, before)?;
            if *before == write.after {
                return Ok(());
            }
            view.set(&path, Some(Seen { content: Some(write.after.clone()), ..seen.clone() }));
            Some(Kept::of(before.sha256(), &seen.stat))
        }
        None => {
            vacant(view, &path)?;
            make_directories(view, &path, staged)?;
            let stat = view.fresh(FileKind::File, write.mode);
            view.set(&path, Some(Seen { stat, content: Some(write.after.clone()) }));
            None
        }
    };
    let step = Step::Write { path, before: kept, after: write.after.sha256(), mode: write.mode, by_git: write.by_git };
    let (before, after) = (write.before.clone(), Some(write.after.clone()));
    staged.push(Staged { before, after, ..Staged::bare(step) });
    Ok(())
}

type Removal<'a> = (&'a Path, &'a Content);

fn stage_remove(
    view: &mut View<'_>,
    bounds: &Bounds,
    removal: Removal<'_>,
    staged: &mut Vec<Staged>,
) -> Result<(), Refusal> {
    let (path, before) = removal;
    let path = itself(view, bounds, path)?;
    bounds.check(view, &path)?;
    let seen = unchanged(view, &path, before)?;
    view.set(&path, None);
    let step = Step::Remove { path, before: Kept::of(before.sha256(), &seen.stat) };
    staged.push(Staged { before: Some(before.clone()), ..Staged::bare(step) });
    Ok(())
}

type Renaming<'a> = (&'a Path, &'a Path, &'a Content);

fn stage_move(
    view: &mut View<'_>,
    bounds: &Bounds,
    renaming: Renaming<'_>,
    staged: &mut Vec<Staged>,
) -> Result<(), Refusal> {
    let (from, to, before) = renaming;
    let (from, to) = (itself(view, bounds, from)?, itself(view, bounds, to)?);
    bounds.check(view, &from)?;
    let seen = unchanged(view, &from, before)?;
    vacant(view, &to)?;
    bounds.check(view, &to)?;
    make_directories(view, &to, staged)?;
    view.set(&from, None);
    view.set(&to, Some(seen.clone()));
    let step = Step::Move { from, to, before: Kept::of(before.sha256(), &seen.stat) };
    staged.push(Staged { before: Some(before.clone()), ..Staged::bare(step) });
    Ok(())
}

fn stage_mode(
    view: &mut View<'_>,
    bounds: &Bounds,
    (path, before, after): (&Path, u32, u32),
    staged: &mut Vec<Staged>,
) -> Result<(), Refusal> {
    let path = bounds.resolve(view.hands, path)?;
    bounds.check(view, &path)?;
    let mut stat = view.stat(&path)?.ok_or_else(|| Refusal::new(&path, Reason::Gone))?;
    match stat.found.mode {
        None => return Err(Refusal::new(&path, Reason::Unsupported("has no permission bits on Windows".into()))),
        Some(found) if found != before => {
            let diff = diff::of_change(&Change::SetMode { path: path.clone(), before, after: found });
            return Err(Refusal::new(&path, Reason::Changed { diff }));
        }
        Some(_) if before == after => return Ok(()),
        Some(_) => {}
    }
    stat.found.mode = Some(after);
    // What may not be read now may be read then; its bytes are known no better.
    let content = view.see(&path).ok().flatten().and_then(|seen| seen.content);
    view.set(&path, Some(Seen { stat, content }));
    staged.push(Staged::bare(Step::SetMode { path, before, after }));
    Ok(())
}

fn stage_action(
    view: &mut View<'_>,
    bounds: &Bounds,
    action: &Action,
    staged: &mut Vec<Staged>,
) -> Result<(), Refusal> {
    if !action.is_allowed() {
        return Err(Refusal::new(&action.program, Reason::Program));
    }
    let mut creates = Vec::new();
    for path in &action.creates {
        let path = itself(view, bounds, path)?;
        vacant(view, &path)?;
        bounds.check(view, &path)?;
        make_directories(view, &path, staged)?;
        creates.push(path);
    }
    let argv = action.argv().iter().map(|argument| mask(argument)).collect();
    staged.push(Staged { action: Some(action.clone()), ..Staged::bare(Step::Act { argv, creates }) });
    Ok(())
}

fn stage_upload(view: &View<'_>, bounds: &Bounds, upload: &Upload, staged: &mut Vec<Staged>) -> Result<(), Refusal> {
    let path = bounds.resolve(view.hands, &upload.path)?;
    let seen = view.see(&path)?.ok_or_else(|| Refusal::new(&path, Reason::Gone))?;
    if !seen.content.is_some_and(|content| upload.is_of(&content)) {
        return Err(Refusal::new(
            &path,
            Reason::NotPlanned("is no longer the public key that was to be uploaded".into()),
        ));
    }
    let step = Step::Act { argv: upload.argv(), creates: Vec::new() };
    staged.push(Staged { upload: Some(upload.clone()), ..Staged::bare(step) });
    Ok(())
}

/// The real path of a file that is no link itself.
fn itself(view: &View<'_>, bounds: &Bounds, path: &Path) -> Result<PathBuf, Refusal> {
    let real = bounds.resolve(view.hands, path)?;
    let is_link = view.hands.symlink_metadata(path).is_ok_and(|found| found.kind == FileKind::Symlink);
    if is_link { Err(Refusal::new(path, Reason::Link)) } else { Ok(real) }
}

/// What is at the path, which has the bytes that the plan was made from.
fn unchanged(view: &View<'_>, path: &Path, before: &Content) -> Result<Seen, Refusal> {
    let seen = view.see(path)?.ok_or_else(|| Refusal::new(path, Reason::Gone))?;
    match &seen.content {
        Some(content) if content == before => Ok(seen),
        Some(content) => {
            let diff = diff::unified(path, Some(before), Some(content));
            Err(Refusal::new(path, Reason::Changed { diff }))
        }
        None => Err(Refusal::new(path, Reason::NotAFile)),
    }
}

fn vacant(view: &View<'_>, path: &Path) -> Result<(), Refusal> {
    if view.stat(path)?.is_some() { Err(Refusal::new(path, Reason::Exists)) } else { Ok(()) }
}

/// Steps for the directories that a new file lacks, outermost first.
fn make_directories(view: &mut View<'_>, path: &Path, staged: &mut Vec<Staged>) -> Result<(), Refusal> {
    let mut missing = Vec::new();
    for directory in path.ancestors().skip(1) {
        if view.stat(directory)?.is_some() {
            break;
        }
        missing.push(directory.to_owned());
    }
    for directory in missing.into_iter().rev() {
        view.set(&directory, Some(Seen { stat: view.fresh(FileKind::Directory, 0o700), content: None }));
        staged.push(Staged::bare(Step::MakeDirectory { path: directory }));
    }
    Ok(())
}

//! The journal of one run: a directory (mode 0700) with one file of JSON lines, each on disk before what it announces is
//! done, and the bytes of every file before and behind each step (mode 0600). It may hold what the files hold, secrets
//! included, as they lie in the home directory already.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::change::Content;
use super::failure::Failure;
use super::step::{Step, temp_name};
use crate::system::FILE_LIMIT;
use crate::system::hands::{Hands, Put};

/// The file with the lines.
pub(super) const FILE: &str = "journal.jsonl";

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Its repairs stand.
    Applied,
    /// It was taken back.
    Undone,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Record {
    /// A run begins.
    Start { number: u64, at: i64, version: String },
    /// What one repair will do; backups of all of it are on disk.
    Plan { finding: String, title: String, steps: Vec<Step> },
    /// A step is about to be done.
    Begin { step: usize },
    /// It was done; the SHA-256 of each file that a program created.
    Done { step: usize, created: Vec<String> },
    /// It was taken back.
    Back { step: usize },
    /// The run is being taken back.
    Undoing,
    /// The run ended.
    End { how: End },
}

/// A step of a journal and how far it came.
#[derive(Debug, Clone)]
pub(super) struct StoredStep {
    pub(super) step: Step,
    /// It was begun and not taken back: it may have been done.
    pub(super) stands: bool,
    /// The SHA-256 of each file that a program created; `None`: it did not end.
    pub(super) created: Option<Vec<String>>,
}

/// What a journal says for people.
pub(super) struct Told {
    /// Finding and title of each repair.
    pub(super) repairs: Vec<(String, String)>,
    /// What stays when all else is taken back, as commands, each with the place of its repair.
    pub(super) stays: Vec<(usize, String)>,
}

/// A journal as read.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) id: String,
    /// Counts up from run to run; 0: the journal has no beginning, so that nothing was done.
    pub(super) number: u64,
    pub(super) at: i64,
    /// Finding and title of each repair.
    pub(super) repairs: Vec<(String, String)>,
    pub(super) steps: Vec<StoredStep>,
    /// For each step the repair that it belongs to, by its place in `repairs`.
    owners: Vec<usize>,
    /// `None`: it was interrupted, or is under way.
    pub(super) ended: Option<End>,
    /// It was being taken back.
    pub(super) undoing: bool,
}

impl Stored {
    /// The steps that may have been done, with their numbers, the last one first.
    pub(super) fn standing(&self) -> Vec<(usize, &StoredStep)> {
        self.steps.iter().enumerate().filter(|(_, step)| step.stands).rev().collect()
    }

    /// Its repairs, without those that failed in a run whose others stand.
    pub(super) fn told(&self) -> Told {
        let standing = self.standing();
        let stands = |repair: usize| standing.iter().any(|(number, _)| self.owners.get(*number) == Some(&repair));
        let told: Vec<usize> =
            (0..self.repairs.len()).filter(|repair| self.ended != Some(End::Applied) || stands(*repair)).collect();
        let stays = |(number, stored): &(usize, &StoredStep)| match &stored.step {
            Step::Act { argv, creates } if creates.is_empty() => {
                let owner = self.owners.get(*number)?;
                Some((told.iter().position(|repair| repair == owner)?, argv.join(" ")))
            }
            _ => None,
        };
        let repairs = told.iter().filter_map(|repair| self.repairs.get(*repair).cloned()).collect();
        // An undo leaves what was done for good.
        let undone = self.ended == Some(End::Undone);
        let done = self.steps.iter().enumerate().filter(|(_, step)| undone && !step.stands && step.created.is_some());
        let stays = standing.iter().copied().chain(done).filter_map(|step| stays(&step)).collect();
        Told { repairs, stays }
    }

    fn take(&mut self, record: Record) {
        match record {
            Record::Start { number, at, .. } => (self.number, self.at) = (number, at),
            Record::Plan { finding, title, steps } => {
                self.owners.extend(std::iter::repeat_n(self.repairs.len(), steps.len()));
                self.repairs.push((finding, title));
                self.steps.extend(steps.into_iter().map(|step| StoredStep { step, stands: false, created: None }));
            }
            Record::Begin { step } => self.with(step, |step| step.stands = true),
            Record::Done { step, created } => self.with(step, |step| step.created = Some(created)),
            Record::Back { step } => self.with(step, |step| step.stands = false),
            Record::Undoing => (self.ended, self.undoing) = (None, true),
            Record::End { how } => self.ended = Some(how),
        }
    }

    fn with(&mut self, number: usize, set: impl FnOnce(&mut StoredStep)) {
        if let Some(step) = self.steps.get_mut(number) {
            set(step);
        }
    }
}

/// Access to the journal of one run.
pub(super) struct Journal<'a> {
    pub(super) hands: &'a dyn Hands,
    directory: PathBuf,
    pub(super) id: String,
}

impl<'a> Journal<'a> {
    pub(super) fn new(hands: &'a dyn Hands, directory: PathBuf, id: &str) -> Self {
        Self { hands, directory, id: id.to_owned() }
    }

    /// What it says. A line that was cut short by the end of its run says nothing.
    pub(super) fn read(&self) -> Result<Stored, Failure> {
        let path = self.directory.join(FILE);
        let content = match self.hands.read(&path, FILE_LIMIT) {
            Ok(content) => content,
            Err(error) if super::view::is_nothing(&error) => Vec::new(),
            Err(error) => return Err(Failure::io("cannot be read", &path, &error)),
        };
        let (id, repairs, steps) = (self.id.clone(), Vec::new(), Vec::new());
        let owners = Vec::new();
        let mut stored = Stored { id, number: 0, at: 0, repairs, steps, owners, ended: None, undoing: false };
        content
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .for_each(|record| stored.take(record));
        Ok(stored)
    }

    /// The first line.
    pub(super) fn start(&self, number: u64) -> Result<(), Failure> {
        self.append(&Record::Start { number, at: self.hands.now(), version: env!("CARGO_PKG_VERSION").to_owned() })
    }

    /// What one repair will do.
    pub(super) fn plan(&self, finding: &str, title: &str, steps: Vec<Step>) -> Result<(), Failure> {
        self.append(&Record::Plan { finding: finding.to_owned(), title: title.to_owned(), steps })
    }

    pub(super) fn begin(&self, step: usize) -> Result<(), Failure> {
        self.append(&Record::Begin { step })
    }

    pub(super) fn done(&self, step: usize, created: Vec<String>) -> Result<(), Failure> {
        self.append(&Record::Done { step, created })
    }

    pub(super) fn back(&self, step: usize) -> Result<(), Failure> {
        self.append(&Record::Back { step })
    }

    pub(super) fn undoing(&self) -> Result<(), Failure> {
        self.append(&Record::Undoing)
    }

    pub(super) fn end(&self, how: End) -> Result<(), Failure> {
        self.append(&Record::End { how })
    }

    /// One line. It begins with a line break, too, as the line before may have been cut short.
    fn append(&self, record: &Record) -> Result<(), Failure> {
        let path = self.directory.join(FILE);
        let failed = |error: &std::io::Error| Failure::io("cannot be written", &path, error);
        let line = serde_json::to_string(record).map_err(|error| failed(&error.into()))?;
        self.hands.append(&path, format!("\n{line}\n").as_bytes()).map_err(|error| failed(&error))
    }

    /// Keeps the bytes of a file before a step; with the attributes of `like`, where the file itself will go.
    pub(super) fn keep_before(&self, step: usize, content: &Content, like: Option<&Path>) -> Result<(), Failure> {
        self.keep(&format!("before-{step}"), content, like)
    }

    /// Keeps the bytes that a step writes, to show what changed since.
    pub(super) fn keep_after(&self, step: usize, content: &Content) -> Result<(), Failure> {
        self.keep(&format!("after-{step}"), content, None)
    }

    /// Keeps what taking a step back removes.
    pub(super) fn keep_replaced(&self, step: usize, content: &Content) -> Result<(), Failure> {
        self.keep(&format!("replaced-{step}-{}", crate::report::id::random()), content, None)
    }

    fn keep(&self, name: &str, content: &Content, like: Option<&Path>) -> Result<(), Failure> {
        let path = self.directory.join(name);
        let temp = temp_name(&path, &self.id, 0);
        // One that was killed left it.
        let _ = self.hands.remove_file(&temp);
        let content = content.0.as_slice();
        let file =
            Put { path: &path, temp: &temp, content, like, mode: Some(0o600), modified: None, lock: None, over: None };
        self.hands.put(&file).map_err(|error| Failure::io("cannot be written", &path, &error))
    }

    /// Where the bytes before a step are kept.
    pub(super) fn before_path(&self, step: usize) -> PathBuf {
        self.directory.join(format!("before-{step}"))
    }

    /// The bytes before a step.
    pub(super) fn before(&self, step: usize) -> Result<Content, Failure> {
        self.kept(&self.before_path(step))
    }

    /// The bytes behind a step.
    pub(super) fn after(&self, step: usize) -> Result<Content, Failure> {
        self.kept(&self.directory.join(format!("after-{step}")))
    }

    fn kept(&self, path: &Path) -> Result<Content, Failure> {
        self.hands.read(path, FILE_LIMIT).map(Content).map_err(|error| Failure::io("cannot be read", path, &error))
    }
}

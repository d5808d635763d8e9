//! Repairs: what is planned, shown, applied, journaled and taken back. The only code that writes to the machine, through
//! [`crate::system::hands::Hands`] alone.
//!
//! A planner turns a finding into [`change::Change`]s, which are data; nothing here decides what is wrong.
//! [`apply::Run`] applies them, repair by repair, and takes back what did not help; [`undo`] takes back whole runs.
//!
//! What keeps files whole: a change is refused when anything differs from what it was planned for ([`guard`], `stage`);
//! the journal and a backup are on disk before the first file changes; each file is exchanged by one rename; and what
//! became of a step is told by looking at the file, not by trusting the journal (`restore`). So a run that was killed
//! between any two instructions can be taken back.

pub mod apply;
pub mod change;
pub mod diff;
pub mod edit;
pub mod failure;
pub mod guard;
mod journal;
mod lock;
pub mod plan;
mod recover;
pub mod refusal;
mod restore;
mod stage;
mod step;
pub mod store;
#[cfg(test)]
mod tests;
pub mod undo;
pub mod upload;
pub mod verify;
mod view;

//! Repairs: what is planned, shown, applied, journaled and taken back. The only code that writes to the machine, through
//! [`crate::system::hands::Hands`] alone.
//!
//! A planner turns a finding into [`change::Change`]s, which are data; nothing here decides what is wrong.

pub mod change;
pub mod diff;
pub mod edit;
pub mod refusal;

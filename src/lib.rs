//! cc-doctor examines a machine on which `git clone` of an AWS CodeCommit repository does not work.
//!
//! The modules stand in the order of the data flow: `cli` → `plan` → `collect` → `fact` → `evaluate` → `report` →
//! `output`; `check` holds the definitions, `system` is the only door to the machine, `fix` alone writes. The library
//! exists for the binary and its tests and makes no promise of its own.

// In a test a panic is the failure, and a table of cases may be long.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::too_many_lines))]

pub mod check;
pub mod cli;
pub mod collect;
pub mod error;
pub mod evaluate;
pub mod fact;
pub mod finding;
pub mod fix;
#[cfg(test)]
mod not_run;
pub mod output;
mod pattern;
pub mod plan;
pub mod report;
pub mod run;
pub mod symptom;
pub mod system;
pub mod trace;

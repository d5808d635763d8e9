//! The program as people use it: the real binary, git and ssh on machines of our own making. No packet leaves them.
//!
//! What a test lacks is named as `not run: …`; with `CC_DOCTOR_TEST_DEMAND_ALL` set it fails.

#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tests make and run machines; a panic is the failure"
)]

#[path = "../src/not_run.rs"]
mod not_run;

#[path = "end_to_end/acknowledged.rs"]
mod acknowledged;
#[path = "end_to_end/agreement.rs"]
mod agreement;
#[path = "end_to_end/bounds.rs"]
mod bounds;
#[path = "end_to_end/commands.rs"]
mod commands;
#[path = "end_to_end/consent.rs"]
mod consent;
#[path = "end_to_end/diagnose.rs"]
mod diagnose;
#[path = "end_to_end/files.rs"]
mod files;
#[path = "end_to_end/json.rs"]
mod json;
#[path = "end_to_end/judge.rs"]
mod judge;
#[path = "end_to_end/live/mod.rs"]
mod live;
#[path = "end_to_end/machine.rs"]
mod machine;
#[path = "end_to_end/machines.rs"]
mod machines;
#[path = "end_to_end/output.rs"]
mod output;
#[path = "end_to_end/overlay.rs"]
mod overlay;
#[path = "end_to_end/programs.rs"]
mod programs;
#[path = "end_to_end/raced.rs"]
mod raced;
#[path = "end_to_end/repair.rs"]
mod repair;
#[path = "end_to_end/secrets.rs"]
mod secrets;
#[path = "end_to_end/sturdy.rs"]
mod sturdy;
#[path = "end_to_end/terminal.rs"]
mod terminal;
#[path = "end_to_end/trust.rs"]
mod trust;
#[path = "end_to_end/watched.rs"]
mod watched;

#[path = "standin/mod.rs"]
mod standin;

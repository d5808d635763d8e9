//! What cc-doctor costs: `cargo bench`; `cargo bench -- live`: only what a connection costs.
//!
//! Builds machines in a temporary directory, runs the optimized program on each and prints the median of the wall
//! times with its limit, and the peak of its memory (Linux only, from `/proc`). Where cc-doctor has to run other
//! programs, those are timed alone in the same rounds, and the limit is a ratio: 1.25 times the larger of the slowest
//! of them and their total CPU time divided by the processors. Without the AWS CLI that row is left out, with a word.
//!
//! Live runs meet a stand-in of CodeCommit on loopback (`tests/standin`): one is timed beside the plain `git ls-remote`
//! and an offline run of the same rounds, and the limit is 1.5 times the larger of these and 0.2 seconds. The probes of
//! 30 targets in 29 regions may take twice the time of one; the runs of git are bound by the processors.
//!
//! A shared machine easily doubles a time, so the exit code is 1 only when a figure is more than twice its limit.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]
#![expect(clippy::disallowed_methods, reason = "a benchmark runs programs and writes files")]
#![allow(clippy::disallowed_types, reason = "the stand-in is a server")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot build its machine has nothing to say")]

mod beside;
mod live;
mod machine;
mod measure;
#[path = "../../tests/standin/mod.rs"]
mod standin;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use machine::Machine;

const ROUNDS: usize = 7;
/// Largest amount of memory, in KiB.
const MEMORY: u64 = 60 * 1024;

/// One line of the table.
struct Row {
    case: String,
    measured: f64,
    limit: f64,
    unit: &'static str,
    /// In KiB.
    memory: Option<u64>,
}

impl Row {
    fn print(&self) {
        let verdict = if self.excess() <= 1.0 { "ok" } else { "OVER" };
        let memory = self.memory.map_or_else(|| "?".to_owned(), |kib| format!("{} MB", kib / 1024));
        let (measured, limit) = (format!("{:.3}{}", self.measured, self.unit), format!("{}{}", self.limit, self.unit));
        println!("{:<70} {measured:>9} {limit:>7} {memory:>7}  {verdict}", self.case);
    }

    /// How many times its limit it takes.
    fn excess(&self) -> f64 {
        let memory = self.memory.map_or(0.0, |kib| ratio(kib, MEMORY));
        (self.measured / self.limit).max(memory)
    }
}

fn main() -> ExitCode {
    let folder = tempfile::tempdir().expect("a temporary directory");
    println!("{:<70} {:>9} {:>7} {:>7}", "case", "median", "limit", "memory");
    let mut rows = Vec::new();
    let mut show = |row: Row| {
        row.print();
        rows.push(row);
    };
    if !std::env::args().any(|argument| argument == "live") {
        offline(folder.path(), &mut show);
    }
    live::healthy(folder.path()).into_iter().chain(live::many(folder.path())).for_each(&mut show);
    ExitCode::from(u8::from(rows.iter().any(|row| row.excess() > 2.0)))
}

/// What is on the machine.
fn offline(folder: &Path, show: &mut impl FnMut(Row)) {
    let machine = machine::helper(folder);
    match beside::row(&machine) {
        Ok(row) => show(row),
        Err(missing) => println!("{:<70} left out: {missing} is not installed", machine.name),
    }
    for (limit, machine) in alone(folder) {
        show(row(&machine, limit));
    }
}

/// The machines on which the time counts, with its limit in milliseconds.
fn alone(folder: &Path) -> Vec<(u64, Machine)> {
    vec![
        (50, machine::nothing(folder)),
        // git and ssh answer within milliseconds, so what counts is how long one waits.
        (150, machine::ssh(folder)),
        (1000, machine::definitions(folder, 1_000)),
        (1000, machine::ssh_config(folder, 20_000)),
        (1000, machine::known_hosts(folder, 100_000, false)),
        (1000, machine::known_hosts(folder, 100_000, true)),
        (1000, machine::remotes(folder, 500, false)),
        (1000, machine::remotes(folder, 500, true)),
        (1000, machine::huge(folder)),
    ]
}

fn row(machine: &Machine, limit: u64) -> Row {
    let times = (0..=ROUNDS).map(|_| measure::run(&mut machine.doctor()).wall).skip(1).collect();
    Row {
        case: machine.name.clone(),
        measured: measure::median(times).as_secs_f64(),
        limit: Duration::from_millis(limit).as_secs_f64(),
        unit: " s",
        memory: measure::peak_memory(&mut machine.doctor()),
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    let number = |value: u64| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
    number(part) / number(whole)
}

//! Time and memory of a program.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// User and system time, with that of its children.
    pub(crate) cpu: Duration,
}

/// Runs a program to its end; its output goes to a pipe, as in a script.
pub(crate) fn run(command: &mut Command) -> Cost {
    let (start, before) = (Instant::now(), children());
    let child = spawn(command);
    // Its output must not fill the pipe.
    child.wait_with_output().expect("a program that ends");
    Cost { wall: start.elapsed(), cpu: children().saturating_sub(before) }
}

fn spawn(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a program that starts")
}

/// CPU time of all children that have ended; in steps of 10 ms, and zero where there is no `/proc`.
fn children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = behind_name.split_whitespace().skip(13).take(2).filter_map(|text| text.parse::<u64>().ok()).sum();
    Duration::from_millis(10 * ticks)
}

/// The most memory that the process itself has held, in KiB, in a run of its own.
pub(crate) fn peak_memory(command: &mut Command) -> Option<u64> {
    let child = spawn(command);
    let status = format!("/proc/{}/status", child.id());
    let watcher = thread::spawn(move || {
        let mut peak = None;
        while let Some(now) = high_water_mark(&status) {
            peak = peak.max(Some(now));
            thread::sleep(Duration::from_micros(500));
        }
        peak
    });
    child.wait_with_output().expect("a program that ends");
    watcher.join().ok().flatten()
}

fn high_water_mark(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The middle one.
pub(crate) fn median<T: PartialOrd + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len() / 2).copied().unwrap_or_default()
}

//! Every check over every machine of this directory, each compared with the expectation that is written down in its
//! `machine.yaml`. [`README.md`](README.md) says how to add one.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test whose fixtures are files of this repository"
)]

use std::path::{Path, PathBuf};

mod answers;
mod judge;
mod layout;
mod live;
mod mend;
mod repairs;
mod spec;

/// Every machine, sorted by name. Folders that start with an underscore only serve as a base.
fn machines() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().join("machine.yaml").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('_'))
        .collect();
    names.sort();
    names
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines")
}

#[test]
fn every_check_over_every_machine() {
    let chosen = std::env::var("MACHINE").unwrap_or_default();
    let names: Vec<String> = machines().into_iter().filter(|name| name.contains(&chosen)).collect();
    let wrong = of_each(&names, complaint);
    let count = names.len();
    println!("{count} machines");
    assert!(wrong.is_empty(), "{} of {count} machines are not as expected\n\n{}\n", wrong.len(), wrong.join("\n\n"));
}

/// What there is to say of each machine, found out on all processors.
fn of_each(names: &[String], work: impl Fn(&str) -> Option<String> + Sync) -> Vec<String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = names.len().div_ceil(threads).max(1);
    let of = &|names: &[String]| names.iter().filter_map(|name| work(name)).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let running: Vec<_> = names.chunks(share).map(|names| scope.spawn(move || of(names))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// What is wrong with one machine.
fn complaint(name: &str) -> Option<String> {
    let said = layout::Machine::load(&folder(), name).map(|machine| judge::judge(&machine));
    let complaints = said.unwrap_or_else(|error| vec![error]);
    (!complaints.is_empty()).then(|| format!("{name}\n  {}", complaints.join("\n").replace('\n', "\n  ")))
}

//! Every check over every machine of this directory, each compared with the expectation that is written down in its
//! `machine.yaml`. [`README.md`](README.md) says how to add one.
#![expect(clippy::disallowed_methods, reason = "the fixtures are files of this repository")]

use std::path::{Path, PathBuf};

mod answers;
mod judge;
mod layout;
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
    let (mut wrong, mut count) = (Vec::new(), 0);
    for name in machines().iter().filter(|name| name.contains(&chosen)) {
        count += 1;
        let said = layout::Machine::load(&folder(), name).map(|machine| judge::judge(&machine));
        let complaints = said.unwrap_or_else(|error| vec![error]);
        if !complaints.is_empty() {
            wrong.push(format!("{name}\n  {}", complaints.join("\n").replace('\n', "\n  ")));
        }
    }
    println!("{count} machines");
    assert!(wrong.is_empty(), "{} of {count} machines are not as expected\n\n{}\n", wrong.len(), wrong.join("\n\n"));
}

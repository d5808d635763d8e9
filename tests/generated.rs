//! What is generated from the sources and kept in the repository is fresh: the options in the README and the reference
//! of facts. `CC_DOCTOR_UPDATE=1 cargo test --test generated` writes both anew.

#![expect(clippy::disallowed_methods, clippy::expect_used, reason = "a test of files of this repository")]

use std::path::{Path, PathBuf};

const START: &str = "<!-- options:start -->\n";
const END: &str = "<!-- options:end -->";

/// The file holds `wanted`, or is made to when the user says so.
fn compare(path: &Path, present: &str, wanted: &str) {
    if present.replace('\r', "") == wanted {
        return;
    }
    if std::env::var_os("CC_DOCTOR_UPDATE").is_some() {
        std::fs::write(path, wanted).expect("the file can be written");
        return;
    }
    panic!("{} is stale: run CC_DOCTOR_UPDATE=1 cargo test --test generated", path.display());
}

fn file(name: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(&path).expect("the file is there");
    (path, text)
}

#[test]
fn the_readme_holds_the_present_help_text() {
    let (path, readme) = file("README.md");
    let (before, rest) = readme.split_once(START).expect("a start marker");
    let (_, after) = rest.split_once(END).expect("an end marker");
    let wanted = format!("{before}{START}```text\n{}\n```\n{END}{after}", cc_doctor::cli::reference());
    compare(&path, &readme, &wanted);
}

#[test]
fn the_reference_of_facts_is_that_of_the_types() {
    let (path, present) = file("checks/FACTS.md");
    compare(&path, &present, &cc_doctor::fact::catalogue::reference());
}

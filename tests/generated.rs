//! What is generated from the sources and kept in the repository is fresh: the options in the README, the reference of
//! facts and the table of checks. `CC_DOCTOR_UPDATE=1 cargo test --test generated` writes them anew.

#![expect(clippy::disallowed_methods, clippy::expect_used, reason = "a test of files of this repository")]

use std::path::{Path, PathBuf};

use cc_doctor::check::Check;
use cc_doctor::check::embedded;
use cc_doctor::check::word::Word as _;

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

#[test]
fn the_table_of_checks_is_that_of_the_definitions() {
    let (path, present) = file("checks/README.md");
    compare(&path, &present, &table(&embedded::verified().expect("the definitions are right")));
}

fn table(checks: &[Check]) -> String {
    let mut text = format!(
        "# The checks\n\n{} checks, by area. Generated from the definitions by `tests/generated.rs`; a test compares.\n\
         [AUTHORING.md](AUTHORING.md) tells how to write one, [FACTS.md](FACTS.md) what it can ask for. \
         `cc-doctor explain ID` tells more.\n\n\
         Mended: `safe` or `consent` where `--fix` can do it (with consent: after an answer or `--yes`), else by hand.\n",
        checks.len()
    );
    let mut area = "";
    for check in checks {
        if check.area.name() != area {
            area = check.area.name();
            text.push_str(&format!(
                "\n## {area}\n\n| check | title | severity | transports | mended |\n|---|---|---|---|---|\n"
            ));
        }
        text.push_str(&row(check));
    }
    text
}

fn row(check: &Check) -> String {
    let body = check.body().expect("a verified definition has a body");
    let fix = body.fix.as_ref().filter(|fix| !fix.edits.is_empty());
    let mended = fix.map_or("by hand", |fix| fix.applicability.name());
    let transports: Vec<_> = check.transports.iter().map(|transport| transport.name()).collect();
    let transports = if transports.is_empty() { "all".to_owned() } else { transports.join(", ") };
    let (id, area, severity) = (&check.id, check.area.name(), check.severity.name());
    let title = check.title.replace('|', "\\|");
    format!("| [{id}]({area}/{id}.yaml) | {title} | {severity} | {transports} | {mended} |\n")
}

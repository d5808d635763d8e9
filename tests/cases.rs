//! Every failure that users reported is covered. `data/cases.yaml` says for each by which checks, and on which machine of
//! `tests/machines` or in which example of the check that failure is acted out; or that nothing on the machine shows it.

#![expect(clippy::disallowed_methods, clippy::expect_used, reason = "a test of files of this repository")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cc_doctor::check::word::Outcome;
use cc_doctor::check::{embedded, knowledge};
use serde::Deserialize;

/// How many failures were collected. A new one is added to the list and counted here.
const REPORTED: usize = 168;

type Cases = BTreeMap<String, BTreeMap<String, String>>;

/// What matters here of a `machine.yaml`.
#[derive(Deserialize)]
struct Machine {
    expect: Expect,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Expect {
    root_causes: Vec<String>,
    consequences: Vec<String>,
    warnings: Vec<String>,
    infos: Vec<String>,
}

fn text(path: &str) -> Result<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

fn cases() -> Cases {
    let text = text("tests/data/cases.yaml").expect("the list is there");
    serde_yaml::from_str(&text).expect("the list is one mapping of mappings")
}

/// The failing examples of every check, by its ID.
fn failing_examples() -> BTreeMap<String, BTreeSet<String>> {
    let checks = embedded::verified().expect("the definitions are right");
    let names = |check: &cc_doctor::check::Check| {
        let examples = &check.body().expect("a verified definition has a body").examples;
        examples.iter().filter(|example| example.outcome == Outcome::Fail).map(|example| example.name.clone()).collect()
    };
    checks.iter().map(|check| (check.id.clone(), names(check))).collect()
}

/// Why what the list says of one check is not so; `None`: it is.
fn complaint(check: &str, proof: &str, examples: &BTreeSet<String>) -> Option<String> {
    let Some((kind, name)) = proof.split_once(' ') else { return Some(format!("{check}: `{proof}` proves nothing")) };
    match kind {
        "example" => (!examples.contains(name)).then(|| format!("{check} has no failing example `{name}`")),
        "machine" => match text(&format!("tests/machines/{name}/machine.yaml")).map(|text| found_on(&text, check)) {
            Ok(true) => None,
            Ok(false) => Some(format!("the machine {name} does not expect {check}")),
            Err(error) => Some(error),
        },
        _ => Some(format!("{check}: `{kind}` is neither an example nor a machine")),
    }
}

fn found_on(machine: &str, check: &str) -> bool {
    let Machine { expect } = serde_yaml::from_str(machine).expect("the test of the machines reads it");
    [expect.root_causes, expect.consequences, expect.warnings, expect.infos].iter().flatten().any(|id| id == check)
}

#[test]
fn every_reported_failure_is_covered() {
    let (cases, examples) = (cases(), failing_examples());
    let pieces = knowledge::embedded().expect("the knowledge is right");
    let known: BTreeSet<String> = pieces.into_iter().map(|piece| piece.id).collect();
    let mut wrong = Vec::new();
    for (case, covered_by) in &cases {
        if covered_by.is_empty() {
            wrong.push(format!("{case}: nothing covers it"));
        }
        let checks = covered_by.iter().filter(|(check, _)| *check != "knowledge");
        wrong.extend(checks.filter_map(|(check, proof)| {
            let complaint = match examples.get(check) {
                None if proof == "knowledge" && known.contains(check) => None,
                Some(examples) => complaint(check, proof, examples),
                None => Some(format!("there is no {check} that is proved by `{proof}`")),
            };
            complaint.map(|complaint| format!("{case}: {complaint}"))
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cases.len(), REPORTED, "the list has lost cases, or the number is to be raised");
}

/// A definition names the cases that it is about in a comment, which says nothing when it is misspelt.
#[test]
fn the_cases_that_definitions_name_are_listed() {
    let cases = cases();
    let checks = embedded::verified().expect("the definitions are right");
    let unlisted: Vec<_> = checks
        .iter()
        .flat_map(|check| named_cases(check.text()).map(move |case| (check.id.as_str(), case)))
        .filter(|(_, case)| !cases.contains_key(*case))
        .collect();
    assert_eq!(unlisted, []);
}

fn named_cases(definition: &str) -> impl Iterator<Item = &str> {
    let lines = definition.lines().filter_map(|line| line.strip_prefix("# cases:"));
    lines.flat_map(|names| names.split(',')).map(str::trim).filter(|name| !name.is_empty())
}

//! One JSON document that fits its schema, whatever happens.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::machine::{Machine, SSH_URL};
use crate::output::{Output, check_schema, text};

/// A run that failed itself says so in one document, and says nothing else.
fn assert_own_failure(output: &Output, kind: &str) {
    let document = output.document();
    check_schema(&document);
    assert_eq!((output.code, &document["exit_code"]), (Some(2), &2.into()));
    assert_eq!(document["error"]["kind"], kind, "{document:#}");
    assert_eq!(output.stderr(), "");
}

#[test]
fn wrong_usage_is_a_document_too() {
    let machine = Machine::new();
    assert_own_failure(&machine.run(&["--json", "--nonsense"]), "usage");
    assert_own_failure(&machine.run(&["--format", "json", "explain", "no-such-check"]), "usage");
    let plain = machine.run(&["--nonsense"]);
    assert_eq!((plain.code, plain.stdout()), (Some(2), String::new()));
    assert!(plain.stderr().contains("--nonsense"));
}

#[test]
fn every_error_of_a_definition_is_told_with_its_place() {
    let machine = Machine::new();
    let definition = "title: A\nseverity: fatal\nlayer: tools\ncondition: tools.git.installed\nmessage: m\nwhy: w\n";
    machine.write("checks/tools/broken-one.yaml", definition);
    machine.write("checks/tools/broken-two.yaml", "title: [\n");
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/checks/tools/git-not-installed.yaml");
    let text = fs::read_to_string(built_in).expect("a definition").replace("tools.git.installed", "tools.git.instaled");
    machine.write("checks/tools/broken-three.yaml", text);
    let directory = machine.home("checks");
    let directory = directory.to_str().expect("a plain path");
    let shown = machine.run(&["--checks", directory]);
    assert_eq!((shown.code, shown.stdout()), (Some(2), String::new()));
    for place in ["~/checks/tools/broken-one.yaml:2:11: ", "broken-two.yaml:1:8: ", "broken-three.yaml:"] {
        assert!(shown.stderr().contains(place), "{place}: {}", shown.stderr());
    }
    assert!(shown.stderr().contains("did you mean `installed`?"), "the nearest fact: {}", shown.stderr());
    let output = machine.run(&["--json", "--checks", directory]);
    assert_own_failure(&output, "definition");
    let error = &output.document()["error"];
    assert_eq!(error["path"], "~/checks/tools/broken-one.yaml");
    assert!(error["line"].is_u64() && error["column"].is_u64());
}

#[test]
fn a_table_of_regions_that_cannot_be_read_is_an_error() {
    let machine = Machine::new();
    let missing = machine.home("none.yaml");
    assert_own_failure(&machine.run(&["--json", "--regions", missing.to_str().expect("a path")]), "io");
    let folder = machine.home("");
    assert_own_failure(&machine.run(&["--json", "--regions", folder.to_str().expect("a path")]), "io");
    let broken = machine.write("regions.yaml", "regions:\n  - nmae: x\n");
    assert_own_failure(&machine.run(&["--json", "--regions", broken.to_str().expect("a path")]), "definition");
}

#[test]
fn a_report_file_is_private_and_holds_the_same_report() {
    let machine = Machine::new();
    let file = machine.home("out.json");
    let path = file.to_str().expect("a path");
    let output = machine.json(&["--url", SSH_URL, "--report", path]);
    let kept: serde_json::Value = serde_json::from_slice(&fs::read(&file).expect("a report")).expect("JSON");
    check_schema(&kept);
    assert_eq!(kept, output.document());
    assert_eq!(fs::metadata(&file).expect("a report").permissions().mode() & 0o777, 0o600);
    let nowhere = machine.run(&["--json", "--report", "/nonexistent/x.json"]);
    assert_eq!(nowhere.code, Some(2));
}

#[test]
fn checks_can_be_chosen_and_left_out() {
    let machine = Machine::new();
    let only = machine.json(&["--url", SSH_URL, "--check", "ssh", "--skip", "ssh-config-missing"]);
    let found: Vec<_> = only.findings().iter().map(|finding| text(&finding["check"])).collect();
    assert!(found.iter().any(|check| check == "ssh-no-rsa-key"), "{found:?}");
    assert!(found.iter().all(|check| check != "ssh-config-missing"));
    assert!(only.findings().iter().all(|finding| finding["area"] == "ssh"));
    let none = machine.run(&["--json", "--check", "ssh-config-mising"]);
    assert_own_failure(&none, "usage");
    assert_eq!(none.document()["error"]["hints"][0], "did you mean `ssh-config-missing`?");
}

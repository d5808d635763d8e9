//! What the user accepts in `.cc-doctor.yaml`, and what they are told of it.

use crate::live::desk::{Desk, verdict};
use crate::machine::{Machine, has_tools};

const FILE: &str = ".config/cc-doctor/.cc-doctor.yaml";

fn entry(check: &str, until: &str) -> String {
    format!("acknowledged:\n  - check: {check}\n    reason: the proxy of the office\n    until: {until}\n")
}

fn without_verification() -> Machine {
    let machine = Machine::helper();
    machine.append(".gitconfig", "[http]\n\tsslVerify = false\n");
    machine
}

#[test]
fn an_acknowledged_finding_is_one_line_and_no_failure() {
    if !has_tools() {
        return;
    }
    let machine = without_verification();
    assert_eq!(machine.run(&["--fail-on", "warning"]).code, Some(1));
    machine.write(FILE, entry("http-ssl-verify-off", "9999-01-31"));
    let output = machine.run(&["--fail-on", "warning"]);
    assert_eq!(output.code, Some(0), "{}", output.both());
    let text = output.stdout();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("[http-ssl-verify-off], until 9999-01-31: the proxy of the office"), "{text}");
    assert!(!text.contains("warning:") && text.contains("(1 acknowledged)"), "{text}");
    let json = machine.json(&["--fail-on", "warning"]);
    let finding = json.finding("http-ssl-verify-off");
    assert_eq!((&finding["outcome"], &finding["acknowledged"]["until"]), (&"fail".into(), &"9999-01-31".into()));
    assert_eq!(json.document()["summary"]["acknowledged"], 1);
    assert_eq!(json.document()["verdict"], "healthy");
}

#[test]
fn an_expired_and_a_needless_entry_are_told() {
    if !has_tools() {
        return;
    }
    let machine = without_verification();
    machine.write(FILE, entry("http-ssl-verify-off", "2024-01-31"));
    let output = machine.json(&["--fail-on", "warning"]);
    assert_eq!(output.code, Some(1));
    assert_eq!(
        output.document()["notes"][0],
        "The acknowledgement of http-ssl-verify-off (~/.config/cc-doctor/.cc-doctor.yaml:2) expired on 2024-01-31: what it covers counts again."
    );
    machine.write(FILE, entry("git-too-old", "9999-01-31"));
    assert!(machine.run(&[]).stdout().contains("Note: The acknowledgement of git-too-old"));
}

#[test]
fn a_broken_file_ends_the_run_with_its_place() {
    let machine = Machine::new();
    machine.write(FILE, entry("http-ssl-verify-off", "soon"));
    let output = machine.run(&[]);
    assert_eq!(output.code, Some(2));
    let shown = output.stderr();
    assert!(shown.contains("~/.config/cc-doctor/.cc-doctor.yaml:4:12: `until` is no date"), "{shown}");
    // The command of the user runs nevertheless.
    let output = machine.run(&["run", "--", "/bin/sh", "-c", "echo out; exit 3"]);
    assert_eq!((output.code, output.stdout().as_str()), (Some(3), "out\n"), "{}", output.stderr());
    assert!(output.stderr().contains("`until` is no date"), "{}", output.stderr());
    let output = machine.run(&["run", "--", "/bin/sh", "-c", "echo out"]);
    assert_eq!((output.code, output.both().as_str()), (Some(0), "out\n"));
}

#[test]
fn an_entry_without_a_check_stops_nothing() {
    let machine = Machine::new();
    machine.write(FILE, entry("http-ssl-verify-of", "9999-01-31"));
    let output = machine.run(&[]);
    assert_ne!(output.code, Some(2), "{}", output.stderr());
    let shown = output.stdout().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        shown.contains("(~/.config/cc-doctor/.cc-doctor.yaml:2) counts for nothing: no check has this ID"),
        "{shown}"
    );
    assert!(shown.contains("did you mean `http-ssl-verify-off`?"), "{shown}");
}

#[test]
fn a_file_that_others_can_write_is_not_read() {
    if !has_tools() {
        return;
    }
    let machine = without_verification();
    machine.write_mode(FILE, entry("http-ssl-verify-off", "9999-01-31"), 0o666);
    let output = machine.run(&["--fail-on", "warning"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stdout().contains("is not read: others can write to it"), "{}", output.stdout());
}

#[test]
fn what_was_left_out_is_counted() {
    let machine = Machine::new();
    assert!(!machine.run(&[]).stdout().contains("left out"));
    assert!(machine.run(&["--skip", "git-too-old"]).stdout().contains("1 left out by --check or --skip"));
    let json = machine.json(&["--check", "git-too-old"]).document();
    assert_eq!(json["tool"]["checks"]["count"], 1);
    assert!(json["tool"]["checks"]["left_out"].as_u64().is_some_and(|count| count > 200));
}

#[test]
fn what_keeps_git_from_working_is_told_all_the_same() {
    let Some(desk) = Desk::ssh() else { return };
    desk.ssh_config("AROAQ3EGRJ5XKT7NZ2WL", &desk.standin.region("us-east-1").ssh_config_lines());
    let cause = desk.report(&[]).first_cause().expect("a cause");
    desk.machine.write(FILE, entry(&cause, "9999-01-31"));
    let output = desk.report(&[]);
    assert_eq!(
        (verdict(&output).0.as_str(), output.code, output.first_cause()),
        ("broken", Some(1), Some(cause.clone()))
    );
    assert_eq!(output.finding(&cause)["acknowledged"], serde_json::Value::Null);
    let note = output.document()["notes"][0].to_string();
    assert!(note.contains("does not count here: git does not work because of it"), "{note}");
}

//! A support engineer adds one file.

use crate::machine::{Machine, SSH_URL};

/// The full example of `checks/AUTHORING.md`.
fn example() -> String {
    let text = include_str!("../../checks/AUTHORING.md");
    let (_, rest) = text.split_once("```yaml\n").expect("the example starts");
    rest.split_once("```").expect("the example ends").0.to_owned()
}

#[test]
fn one_file_is_a_check() {
    let machine = Machine::new();
    machine.program("git", "#!/bin/sh\necho git version 2.11.0\n");
    machine.write("checks/tools/example-git-too-old.yaml", example());
    let directory = machine.home("checks");
    let directory = directory.to_str().expect("a path");
    let test = machine.run(&["checks", "test", directory]);
    assert_eq!(test.code, Some(0), "{}", test.both());
    let output = machine.json(&["--checks", directory, "--check", "example-git-too-old"]);
    let finding = output.finding("example-git-too-old");
    assert_eq!(finding["message"], "Git 2.11.0 is too old; our servers need 2.20 or later.");
    assert_eq!(output.failing(), ["example-git-too-old"]);
    assert!(output.document()["tool"]["checks"]["overlays"][0].is_string());
    let explained = machine.run(&["--checks", directory, "explain", "example-git-too-old"]);
    assert_eq!(explained.code, Some(0), "{}", explained.stderr());
}

#[test]
fn an_example_that_does_not_hold_is_told() {
    let machine = Machine::new();
    let wrong = example().replace("version: 2.47.3", "version: 2.1.3");
    machine.write("checks/tools/example-git-too-old.yaml", wrong);
    let directory = machine.home("checks");
    let test = machine.run(&["checks", "test", directory.to_str().expect("a path")]);
    assert_eq!(test.code, Some(1));
    assert!(test.both().contains("a current Git"), "{}", test.both());
}

#[test]
fn a_built_in_check_can_be_replaced() {
    let machine = Machine::new();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/checks/ssh/ssh-host-key-unknown.yaml");
    let original = std::fs::read_to_string(path).expect("a definition");
    let replaced = original.replace("severity: error", "severity: warning");
    assert_ne!(original, replaced);
    machine.write("checks/ssh/ssh-host-key-unknown.yaml", replaced);
    let directory = machine.home("checks");
    let args = ["--url", SSH_URL, "--checks", directory.to_str().expect("a path")];
    assert_eq!(machine.json(&args[..2]).finding("ssh-host-key-unknown")["severity"], "error");
    assert_eq!(machine.json(&args).finding("ssh-host-key-unknown")["severity"], "warning");
}

//! Asks the real tools in tests what they make of an input.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "only tests start the real tools")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde::de::DeserializeOwned;

use crate::not_run::not_run;

/// The Python that has all of `modules`: `CC_DOCTOR_TEST_PYTHON`, else one on `PATH`.
fn python(modules: &str) -> Option<String> {
    let named = std::env::var("CC_DOCTOR_TEST_PYTHON").ok();
    named.into_iter().chain(["python3".into(), "python".into()]).find(|program| {
        let mut command = Command::new(program);
        command.args(["-c", &format!("import {modules}")]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// Runs a script that reads JSON from standard input and prints JSON. `None`, with a note, when no Python has the
/// modules.
pub(crate) fn ask<T: DeserializeOwned>(modules: &str, script: &str, input: &serde_json::Value) -> Option<T> {
    let Some(python) = python(modules) else {
        not_run(&format!("what needs a Python with {modules} (set CC_DOCTOR_TEST_PYTHON)"));
        return None;
    };
    let mut child = Command::new(python)
        .args(["-c", script])
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    child.stdin.take().expect("is piped").write_all(input.to_string().as_bytes()).expect("reads");
    let output = child.wait_with_output().expect("ends");
    Some(serde_json::from_slice(&output.stdout).expect("prints JSON"))
}

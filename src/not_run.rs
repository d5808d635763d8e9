//! What tests do where a tool that they need is missing. Shared by the tests of the library and those of the program.

use std::io::Write as _;

/// Says by name what is not run, past the capture of the test harness. Fails when `CC_DOCTOR_TEST_DEMAND_ALL` is set.
#[allow(clippy::disallowed_methods, reason = "tests are told by the environment what to demand")]
pub(crate) fn not_run(what: &str) {
    let demanded = std::env::var_os("CC_DOCTOR_TEST_DEMAND_ALL").is_some();
    assert!(!demanded, "not run: {what}, and CC_DOCTOR_TEST_DEMAND_ALL is set");
    // A lost note is no failure.
    let _ = writeln!(std::io::stderr(), "not run: {what}");
}

//! The doorway: arguments in, exit code out.

#![expect(clippy::disallowed_methods, reason = "the arguments come in here")]

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(cc_doctor::run::run(std::env::args_os()))
}

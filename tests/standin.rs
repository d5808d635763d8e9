//! The stand-in of CodeCommit, proved with the real git, ssh and botocore: what it accepts and refuses, and that each
//! switch changes what they say.

#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tests make and run machines; a panic is the failure"
)]

#[path = "../src/not_run.rs"]
mod not_run;

#[path = "standin/mod.rs"]
mod standin;

#[path = "standin/proof/aws.rs"]
mod aws;
#[path = "standin/proof/desk.rs"]
mod desk;
#[path = "standin/proof/faults.rs"]
mod faults;
#[path = "standin/proof/over_https.rs"]
mod over_https;
#[path = "standin/proof/over_ssh.rs"]
mod over_ssh;

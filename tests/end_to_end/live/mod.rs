//! Live runs against the stand-in of CodeCommit, each verdict beside what the real git does.

mod bounds;
pub(crate) mod desk;
mod evidence;
mod faults;
mod healthy;
mod logins;
mod setup;
mod watched;

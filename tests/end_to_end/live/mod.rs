//! Live runs against the stand-in of CodeCommit, each verdict beside what the real git does.

pub(crate) mod desk;
mod faults;
mod healthy;
mod logins;

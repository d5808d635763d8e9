//! Tests of the collector as a whole.

mod facts;
mod oracle;
mod robust;

use crate::check::regions::RegionTable;
use crate::collect::Context;
use crate::fact::git::SshCommand;
use crate::fact::{Fact, FilePath};
use crate::system::System;

/// A table with the two regions that the tests speak of.
pub(super) fn regions() -> RegionTable {
    RegionTable::embedded().unwrap()
}

pub(super) fn context<'a>(system: &'a dyn System, regions: &'a RegionTable) -> Context<'a> {
    Context { system, regions, region: None, profile: None, urls: &[], live: Default::default() }
}

/// An OpenSSH at this path.
pub(super) fn openssh(path: &str) -> SshCommand {
    SshCommand {
        origin: "default".into(),
        program: "ssh".into(),
        program_path: Fact::Known(FilePath::from(path)),
        flavour: "openssh".into(),
        ..SshCommand::default()
    }
}

/// A machine on which no ssh is found.
pub(super) fn no_ssh() -> SshCommand {
    SshCommand { program_path: Fact::Absent, ..openssh("") }
}

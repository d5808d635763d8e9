//! The verdict of the user's own git.

use crate::collect::derive::Planned;
use crate::collect::live::Tries;
use crate::fact::Fact;
use crate::fact::access::TargetAccess;

/// Runs `git ls-remote` without leaving a trace.
pub fn judge(_tries: &Tries<'_>, _planned: &Planned) -> TargetAccess {
    TargetAccess { judge: Fact::Unavailable("not built yet".into()), ..TargetAccess::default() }
}

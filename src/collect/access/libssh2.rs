//! What programs built on libssh2 experience.

use crate::collect::live::Tries;
use crate::fact::Fact;
use crate::fact::access::Libssh2;
use crate::fact::target::Target;

/// Logs in with the key files of the target, but without `~/.ssh/config`.
pub fn attempt(_tries: &Tries<'_>, _target: &Target) -> Fact<Libssh2> {
    Fact::Unavailable("not built yet".into())
}

//! How far a connection to the endpoint of each target gets.

use super::derive::Planned;
use super::live::Tries;
use crate::fact::Fact;
use crate::fact::network::TargetNetwork;

/// One answer for each target, in order; every distinct endpoint is probed once, all at the same time.
pub fn collect(_tries: &Tries<'_>, planned: &[&mut Planned]) -> Vec<Fact<TargetNetwork>> {
    planned.iter().map(|_| Fact::Unavailable("not built yet".into())).collect()
}

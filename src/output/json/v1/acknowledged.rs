//! What the user acknowledges, in version 1 of the JSON document.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding;
use crate::output::plain;

/// What the user says of a failure that they accept.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Acknowledged {
    /// Why they accept it.
    reason: String,
    /// The last day on which that counts, as `YYYY-MM-DD` in UTC.
    until: String,
}

impl From<&finding::Acknowledged> for Acknowledged {
    fn from(known: &finding::Acknowledged) -> Self {
        Self { reason: plain(&known.reason), until: known.until.clone() }
    }
}

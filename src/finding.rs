//! Findings: one outcome of one check on one subject, with everything that a report says about it.

use std::collections::BTreeMap;

use serde::Serialize;

pub use crate::check::word::{Applicability, Area, Confidence, Layer, Outcome, Severity};
use crate::fact::Source;
pub use crate::fact::catalogue::{IdentityKind, Sensitivity};

/// A piece of a message. Messages stay in pieces until an output renders them, so that values can be redacted by
/// their sensitivity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Text of the definition.
    Literal(String),
    /// A value of the machine.
    Value {
        /// The value as text.
        text: String,
        /// What it is made of.
        sensitivity: Sensitivity,
    },
}

impl Segment {
    /// Its text, not redacted.
    pub fn text(&self) -> &str {
        match self {
            Self::Literal(text) | Self::Value { text, .. } => text,
        }
    }

    /// A value read from the machine.
    pub fn value(text: impl Into<String>, sensitivity: Sensitivity) -> Self {
        Self::Value { text: text.into(), sensitivity }
    }
}

/// The text of a message, not redacted.
pub fn plain_text(segments: &[Segment]) -> String {
    segments.iter().map(Segment::text).collect()
}

/// A text made of pieces.
pub type Message = Vec<Segment>;

/// The place of a fact that a finding rests on.
pub type Evidence = Source;

/// One outcome of one check on one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// `<check>#<n>`, counted from 1 for each check.
    pub id: String,
    /// The check's ID.
    pub check: String,
    /// The check's area.
    pub area: Area,
    /// The stage of the connection that it breaks.
    pub layer: Layer,
    /// The check's title.
    pub title: String,
    /// The ID of the target; `None`: the machine as a whole.
    pub target: Option<String>,
    /// What came out.
    pub outcome: Outcome,
    /// The effective severity: the check's own, or a worse one of what it explains.
    pub severity: Severity,
    /// How sure a failure is to be the cause.
    pub confidence: Confidence,
    /// Whether it is about security.
    pub security: bool,
    /// Whether its outcome is what the user's own git did over the network.
    pub live: bool,
    /// One sentence; the title unless it failed.
    pub message: Message,
    /// What it is about.
    pub subject: Option<Message>,
    /// The places of the facts that it rests on; empty unless it failed.
    pub evidence: Vec<Evidence>,
    /// Why it matters; empty unless it failed.
    pub why: Message,
    /// How to mend it by hand; empty unless it failed.
    pub remedy: Message,
    /// What cc-doctor can do about it.
    pub fix: Option<FindingFix>,
    /// Addresses of the documentation; empty unless it failed.
    pub references: Vec<String>,
    /// Why it is unknown or skipped.
    pub reason: Option<Message>,
    /// The IDs of the findings at the root of it; empty for a root.
    pub caused_by: Vec<String>,
    /// Whether it does not prevent anything although it failed.
    pub latent: bool,
    /// That the user knows of the failure and accepts it; `None`: they do not.
    pub acknowledged: Option<Acknowledged>,
    /// How long its evaluation took, in milliseconds.
    pub duration_ms: u64,
}

impl Finding {
    /// Whether it failed.
    pub fn fails(&self) -> bool {
        self.outcome == Outcome::Fail
    }

    /// Whether it failed and the user has not acknowledged that.
    pub fn counts(&self) -> bool {
        self.fails() && self.acknowledged.is_none()
    }

    /// Whether it says something about a target: it is about that target or about the machine as a whole.
    pub fn concerns(&self, target: &str) -> bool {
        self.target.as_deref().is_none_or(|own| own == target)
    }
}

/// What the user says of a failure that they accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// Why they accept it.
    pub reason: Message,
    /// The last day on which that counts, as `YYYY-MM-DD`, in UTC.
    pub until: String,
}

/// A repair with the values of this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingFix {
    /// Who may apply it; `manual` for checks of a user's directory.
    pub applicability: Applicability,
    /// What it does.
    pub title: Message,
    /// Commands for a person: each a list of arguments, each of these in pieces.
    pub commands: Vec<Vec<Message>>,
    /// Changes for cc-doctor.
    pub edits: Vec<FindingEdit>,
    /// What the edits would change now, as [`crate::fix::diff`] writes it; `None`: nothing, or they were not planned.
    pub diff: Option<String>,
    /// Why the edits cannot be made now.
    pub refused: Option<String>,
}

/// One change with the values of this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingEdit {
    /// One of [`crate::check::edit::EDITS`].
    pub kind: &'static str,
    /// Its parameters.
    pub parameters: BTreeMap<String, Message>,
}

/// A definition that failed on this machine: an expression that the type checker could not see through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Defect {
    /// The check's ID.
    pub check: String,
    /// Its file.
    pub path: String,
    /// What went wrong.
    pub message: String,
}

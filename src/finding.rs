//! A finding: one outcome of one check on one subject, with its evidence.
//!
//! Texts are [`Message`]s, lists of segments that keep the sensitivity of every value read from the machine, so that
//! redaction works on values and never on rendered text.

use serde::{Deserialize, Serialize};

use crate::fact::Source;

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The condition holds.
    Pass,
    /// It does not.
    Fail,
    /// A fact that the condition needs could not be had.
    Unknown,
    /// It does not apply here, or it was not asked for.
    Skipped,
}

/// How bad a failure is; an attribute of the check, lowered to a warning when live evidence contradicts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing, nothing to do.
    Info,
    /// Works now, but is insecure or about to break.
    Warning,
    /// Git cannot work with this.
    Error,
}

/// How surely a failing check names a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The connection cannot work with this.
    Certain,
    /// Usually it does not.
    Likely,
    /// Another explanation is about as good.
    Possible,
}

/// The steps of a connection, in the order in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The programs.
    Tools,
    /// Their configuration.
    Config,
    /// The name of the host.
    Dns,
    /// The connection to its port.
    Tcp,
    /// TLS, or SSH with its host key.
    Handshake,
    /// Who the user is.
    Authentication,
    /// What the user may do.
    Authorization,
    /// The repository itself.
    Repository,
}

impl Layer {
    /// All layers in order.
    pub const ALL: [Self; 8] = [
        Self::Tools,
        Self::Config,
        Self::Dns,
        Self::Tcp,
        Self::Handshake,
        Self::Authentication,
        Self::Authorization,
        Self::Repository,
    ];
}

macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(match self { $(Self::$variant => $word),* })
            }
        }
    )*};
}

words! {
    Outcome { Pass = "pass", Fail = "fail", Unknown = "unknown", Skipped = "skipped" }
    Severity { Info = "info", Warning = "warning", Error = "error" }
    Confidence { Certain = "certain", Likely = "likely", Possible = "possible" }
    Layer {
        Tools = "tools", Config = "config", Dns = "dns", Tcp = "tcp", Handshake = "handshake",
        Authentication = "authentication", Authorization = "authorization", Repository = "repository",
    }
}

/// What a value gives away when it is sent to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sensitivity {
    /// Nothing: a name that a diagnosis needs.
    Public,
    /// Free text, scanned for identities.
    Text,
    /// A path: the home directory becomes `~`, the rest is scanned.
    Path,
    /// Somebody or something by name; the kind is `login`, `host` or `account`.
    Identity(String),
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Written by the author of the check.
    Literal(String),
    /// Read from the machine.
    Value {
        /// The value as text.
        text: String,
        /// What it gives away.
        sensitivity: Sensitivity,
    },
}

impl Segment {
    /// The text, whoever wrote it.
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

/// A text made of pieces.
pub type Message = Vec<Segment>;

/// A place that a finding rests on: path, line, column, excerpt, variable or command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The place.
    pub source: Source,
}

/// What would mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixProposal {
    /// `safe`, `consent` or `manual`.
    pub applicability: String,
    /// What it does, in one sentence.
    pub title: Message,
    /// Commands, each a list of arguments; quoted for a shell only when they are shown.
    pub commands: Vec<Vec<Message>>,
}

/// One outcome of one check on one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `<check>#<n>`, unique within the report.
    pub id: String,
    /// ID of the check.
    pub check: String,
    /// Area of the check.
    pub area: String,
    /// Layer of the check.
    pub layer: Layer,
    /// Title of the check.
    pub title: String,
    /// ID of the target; `None`: about the machine as a whole.
    pub target: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Effective severity.
    pub severity: Severity,
    /// How surely it names a cause.
    pub confidence: Confidence,
    /// One sentence.
    pub message: Message,
    /// The element of `for_each` that it is about.
    pub subject: Option<Message>,
    /// The places it rests on.
    pub evidence: Vec<Evidence>,
    /// IDs of the failing findings that explain this one.
    pub caused_by: Vec<String>,
    /// Why it is unknown or skipped.
    pub reason: Option<Message>,
    /// Whether git works in spite of it.
    pub latent: bool,
    /// How to mend it by hand.
    pub remedy: Message,
    /// Why it matters, for a person who knows nothing of the matter.
    pub why: String,
    /// What would mend it; `None`: nothing but the remedy.
    pub fix: Option<FixProposal>,
    /// Where to read on.
    pub references: Vec<String>,
    /// How long the evaluation took, in milliseconds.
    pub duration_ms: u64,
}

impl Finding {
    /// Whether it failed.
    pub fn fails(&self) -> bool {
        self.outcome == Outcome::Fail
    }
}

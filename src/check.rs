//! Check definitions: YAML to validated checks.
//!
//! A definition goes through these stages: [`node`] (YAML with places), `raw` (its keys), `build` (its expressions and
//! templates), `verify` (their types), `graph` (what explains what). The definitions embedded in the binary were
//! verified by a test of this build, so at run time only what is needed of them is read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

mod build;
pub mod edit;
pub mod embedded;
pub mod error;
mod example;
pub mod expression;
mod graph;
pub mod knowledge;
pub mod load;
pub mod node;
mod place;
mod raw;
pub mod regions;
pub(crate) mod sheet;
pub mod stack;
pub mod template;
mod verify;
pub mod word;

use error::Errors;
pub use example::Example;
use expression::Expression;
pub use graph::merge;
use node::Located;
pub use raw::definition_schema;
use template::Template;
pub(crate) use verify::failing_scope;
use word::{Applicability, Area, Confidence, Layer, Severity, Transport};

/// One check.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its ID: the file's name.
    pub id: String,
    /// Its area: the folder's name.
    pub area: Area,
    /// The file, for messages.
    pub path: String,
    /// Whether it comes from a directory of the user.
    pub overlay: bool,
    /// Whether its fix may be applied although it comes from a directory of the user (`--allow-overlay-fixes`).
    pub fixes_allowed: bool,
    /// The problem in one line.
    pub title: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// The stage of the connection that it breaks.
    pub layer: Layer,
    /// How sure a failure is to be the cause.
    pub confidence: Confidence,
    /// The transports that it is about; empty: all.
    pub transports: Vec<Transport>,
    /// Whether it is about security.
    pub security: bool,
    /// Whether its outcome is what the user's own git did over the network.
    pub live: bool,
    /// Whether a `git ls-remote` that works disproves it.
    pub disproved_by_success: bool,
    /// What it requires to make sense.
    pub requires: Option<Expression>,
    /// Why it is skipped otherwise.
    pub requires_reason: Option<String>,
    /// The list of things that it is made for.
    pub for_each: Option<Expression>,
    /// Where it applies.
    pub applies: Option<Expression>,
    /// What must be true.
    pub condition: Expression,
    /// The checks whose failure it explains.
    pub explains: Vec<Located<String>>,
    /// What one finding is about.
    pub subject: Option<Template>,
    text: Cow<'static, str>,
    body: Arc<OnceLock<Result<Body, Errors>>>,
}

/// The parts of a check that only a failing finding needs.
#[derive(Debug, Clone)]
pub struct Body {
    /// One sentence that names what is wrong.
    pub message: Template,
    /// Facts whose place is shown.
    pub evidence: Vec<Expression>,
    /// Why it matters.
    pub why: Template,
    /// How to mend it by hand.
    pub remedy: Template,
    /// What cc-doctor can do about it.
    pub fix: Option<Fix>,
    /// Addresses of the documentation.
    pub references: Vec<Located<String>>,
    /// Regular expressions of the lines that people see.
    pub symptoms: Vec<Located<String>>,
    /// Machines with the expected outcome; empty for embedded definitions at run time.
    pub examples: Vec<Example>,
}

/// A repair.
#[derive(Debug, Clone)]
pub struct Fix {
    /// Who may apply it.
    pub applicability: Applicability,
    /// What it does.
    pub title: Template,
    /// Commands for a person, each a list of arguments.
    pub commands: Vec<Vec<Template>>,
    /// Changes for cc-doctor.
    pub edits: Vec<Edit>,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Edit {
    /// One of [`edit::EDITS`].
    pub kind: &'static str,
    /// Its parameters.
    pub parameters: BTreeMap<String, Template>,
}

impl Check {
    /// The definition as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parts that only a failing finding needs.
    ///
    /// # Errors
    /// When an embedded definition is broken, which a test of this build rules out.
    pub fn body(&self) -> Result<&Body, &Errors> {
        self.body.get_or_init(|| embedded::body(self)).as_ref()
    }

    /// Whether it is evaluated once for each target.
    pub fn is_per_target(&self) -> bool {
        self.deciding_expressions().any(|expression| expression.names("target"))
    }

    /// The expressions that decide its outcome.
    pub fn deciding_expressions(&self) -> impl Iterator<Item = &Expression> {
        [self.requires.as_ref(), self.for_each.as_ref(), self.applies.as_ref(), Some(&self.condition)]
            .into_iter()
            .flatten()
    }

    /// Whether an expression or a text of the definition names a fact below `root`, such as `ssh`. May say yes too often
    /// (`git.example.com` in a text counts), never no too often. It tells which collectors are needed.
    pub fn names_facts_of(&self, root: &str) -> bool {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '-';
        self.text.match_indices(root).any(|(at, _)| {
            let before = self.text.get(..at).and_then(|text| text.chars().next_back());
            let field = self.text.get(at + root.len()..).and_then(|text| text.strip_prefix('.'));
            !before.is_some_and(word) && field.is_some_and(|text| text.starts_with(|c: char| c.is_ascii_alphabetic()))
        })
    }

    /// Whether it is about this transport.
    pub fn is_about(&self, transport: &str) -> bool {
        use word::Word;
        self.transports.is_empty() || self.transports.iter().any(|t| t.name() == transport)
    }
}

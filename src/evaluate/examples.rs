//! Running the examples of definitions.

use std::fmt;

use super::{Evaluation, evaluate_json, plain_text};
use crate::check::word::{Outcome, Word};
use crate::check::{Check, Example};

/// What came out of all examples.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExampleReport {
    /// How many checks were tried.
    pub checks: usize,
    /// How many examples were run.
    pub examples: usize,
    /// Those that did not hold.
    pub failures: Vec<ExampleFailure>,
}

/// An example that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFailure {
    /// The file.
    pub path: String,
    /// The line of the example.
    pub line: u32,
    /// Its column.
    pub column: u32,
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ExampleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            let ExampleFailure { path, line, column, name, message } = failure;
            writeln!(f, "{path}:{line}:{column}: example \"{name}\": {message}")?;
        }
        let (checks, examples, failed) = (self.checks, self.examples, self.failures.len());
        write!(f, "{checks} checks, {examples} examples, {failed} failed")
    }
}

/// Runs every example of every check.
pub fn test_examples(checks: &[Check]) -> ExampleReport {
    let mut report = ExampleReport { checks: checks.len(), ..ExampleReport::default() };
    for check in checks {
        for example in check.body().into_iter().flat_map(|body| &body.examples) {
            report.examples += 1;
            report.failures.extend(failure(check, example));
        }
    }
    report
}

fn failure(check: &Check, example: &Example) -> Option<ExampleFailure> {
    let evaluation = evaluate_json(std::slice::from_ref(check), &example.facts(check), &|| 0);
    Some(ExampleFailure {
        path: check.path.clone(),
        line: example.place.line,
        column: example.place.column,
        name: example.name.clone(),
        message: complaint(example, &evaluation)?,
    })
}

fn complaint(example: &Example, evaluation: &Evaluation) -> Option<String> {
    if let Some(defect) = evaluation.defects.first() {
        return Some(defect.message.clone());
    }
    let outcome = overall(evaluation);
    if outcome != example.outcome {
        let reason = evaluation.findings.iter().find_map(|finding| finding.reason.as_deref());
        let because = reason.map(|reason| format!(" ({})", plain_text(reason))).unwrap_or_default();
        return Some(format!("the outcome is {}{because}, not {}", outcome.name(), example.outcome.name()));
    }
    let failing = || evaluation.findings.iter().filter(|finding| finding.outcome == Outcome::Fail);
    let messages = failing().map(|finding| plain_text(&finding.message)).collect();
    let remedies = failing().map(|finding| plain_text(&finding.remedy)).collect();
    lacks("message", example.message.as_deref(), messages)
        .or_else(|| lacks("remedy", example.remedy.as_deref(), remedies))
}

/// What to say where none of the texts holds the one that is wanted.
fn lacks(what: &str, wanted: Option<&str>, texts: Vec<String>) -> Option<String> {
    let wanted = wanted.filter(|wanted| !texts.iter().any(|text| text.contains(wanted)))?;
    Some(format!("no {what} holds \"{wanted}\"; the {what} is \"{}\"", texts.join("\", \"")))
}

/// One outcome of several: a failure, else an unknown, else a pass, else skipped.
fn overall(evaluation: &Evaluation) -> Outcome {
    let has = |outcome| evaluation.findings.iter().any(|finding| finding.outcome == outcome);
    let order = [Outcome::Fail, Outcome::Unknown, Outcome::Pass];
    order.into_iter().find(|outcome| has(*outcome)).unwrap_or(Outcome::Skipped)
}

//! From the keys of a definition to its expressions and templates.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::example::Example;
use super::expression::Expression;
use super::node::Located;
use super::raw::{RawCheck, RawFix};
use super::sheet::Notes;
use super::template::{Template, Unclosed};
use super::word::{Area, Confidence};
use super::{Body, Check, Edit, Fix, place};

/// One definition file.
#[derive(Debug, Clone)]
pub struct Source {
    /// The folder's name.
    pub area: String,
    /// The file's name without `.yaml`.
    pub id: String,
    /// The file, for messages.
    pub path: String,
    /// Its content.
    pub text: Cow<'static, str>,
}

/// The part of a definition before its examples.
pub(super) fn without_examples(text: &str) -> &str {
    let at = if text.starts_with("examples:") { Some(0) } else { text.find("\nexamples:").map(|at| at + 1) };
    at.and_then(|at| text.get(..at)).unwrap_or(text)
}

pub(super) fn build(raw: RawCheck, source: &Source, area: Area, overlay: bool, notes: &mut Notes<'_>) -> Option<Check> {
    if raw.title.value.contains("{{") {
        notes.note(raw.title.place, "the title is shown without a machine and cannot hold `{{ }}`", None);
    }
    if let (Some(reason), None) = (&raw.requires_reason, &raw.requires) {
        notes.note(reason.place, "`requires_reason` without `requires`", None);
    }
    let subject = raw.subject.as_ref().map(|text| template(text, &source.text, notes));
    let head = Check {
        id: source.id.clone(),
        area,
        path: source.path.clone(),
        overlay,
        fixes_allowed: false,
        title: raw.title.value.trim().to_owned(),
        severity: raw.severity,
        layer: raw.layer,
        confidence: raw.confidence.unwrap_or(Confidence::Likely),
        transports: raw.transports.clone().unwrap_or_default(),
        security: raw.security.unwrap_or_default(),
        live: raw.live.unwrap_or_default(),
        disproved_by_success: raw.disproved_by_success.unwrap_or(true),
        requires: raw.requires.as_ref().map(expression),
        requires_reason: raw.requires_reason.as_ref().map(|text| text.value.trim().to_owned()),
        for_each: raw.for_each.as_ref().map(expression),
        applies: raw.applies.as_ref().map(expression),
        condition: expression(&raw.condition),
        explains: raw.explains.clone().unwrap_or_default(),
        subject: subject.flatten(),
        text: match &source.text {
            Cow::Borrowed(text) => Cow::Borrowed(without_examples(text)),
            Cow::Owned(text) => Cow::Owned(without_examples(text).to_owned()),
        },
        body: Arc::new(OnceLock::new()),
    };
    let body = body(raw, &source.text, notes)?;
    // The cell is new, so that nothing can be in it.
    let _ = head.body.set(Ok(body));
    Some(head)
}

pub(super) fn body(raw: RawCheck, text: &str, notes: &mut Notes<'_>) -> Option<Body> {
    let message = template(&raw.message, text, notes);
    let why = template(&raw.why, text, notes);
    let remedy = template(&raw.remedy, text, notes);
    let fix = raw.fix.map(|raw| fix(raw, text, notes));
    Some(Body {
        message: message?,
        evidence: raw.evidence.iter().flatten().map(expression).collect(),
        why: why?,
        remedy: remedy?,
        fix: fix.flatten(),
        references: raw.references.unwrap_or_default(),
        symptoms: raw.symptoms.unwrap_or_default(),
        examples: raw.examples.into_iter().filter_map(|raw| Example::build(raw, notes)).collect(),
    })
}

fn fix(raw: RawFix, text: &str, notes: &mut Notes<'_>) -> Option<Fix> {
    let title = template(&raw.title, text, notes);
    let mut argv = |command: Located<Vec<Located<String>>>| {
        command.value.iter().filter_map(|argument| template(argument, text, notes)).collect()
    };
    let commands = raw.commands.into_iter().flatten().map(&mut argv).collect();
    let mut edits = Vec::new();
    for raw in raw.edits.into_iter().flatten() {
        let mut parameters = BTreeMap::new();
        for (name, value) in raw.parameters {
            parameters.extend(template(&value, text, notes).map(|value| (name, value)));
        }
        edits.push(Edit { kind: raw.kind, parameters });
    }
    Some(Fix { applicability: raw.applicability, title: title?, commands, edits })
}

fn expression(text: &Located<String>) -> Expression {
    Expression::new(text.value.trim_end(), text.place)
}

fn template(value: &Located<String>, text: &str, notes: &mut Notes<'_>) -> Option<Template> {
    match Template::parse(value) {
        Ok(template) => Some(template),
        Err(Unclosed(offset)) => {
            let place = place::locate(text, value.place, &value.value, offset);
            notes.note(place, "`{{` without `}}`", None);
            None
        }
    }
}

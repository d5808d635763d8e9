//! Verifying a definition: the types of its expressions, and everything else that its keys alone do not show.

use std::sync::Arc;

use super::expression::guard::{self, Guards};
use super::expression::typing::{Inferred, Scope, infer};
use super::expression::{Expression, Fault, function};
use super::node::Place;
use super::sheet::Notes;
use super::template::{Part, Template};
use super::word::{Outcome, Transport};
use super::{Body, Check, place};
use crate::fact::catalogue::{Type, Typed};

/// Notes everything that is wrong with a check whose keys were right.
pub(super) fn verify(check: &Check, body: &Body, text: &str, notes: &mut Notes<'_>) {
    let mut verifier = Verifier { text, notes, may_be_unavailable: false };
    let scope = verifier.head(check);
    verifier.body(check, body, &scope);
    let may_be_unavailable = verifier.may_be_unavailable;
    examples(check, body, may_be_unavailable, notes);
}

/// What the transports of a check say about its targets.
pub(crate) fn transport_guards(transports: &[Transport]) -> Guards {
    let only = |allowed: &[Transport]| !transports.is_empty() && transports.iter().all(|t| allowed.contains(t));
    let mut guards = Guards::new();
    let https = [Transport::HttpsHelper, Transport::HttpsGitcred, Transport::Grc];
    for (path, allowed) in [
        ("target.ssh", &[Transport::Ssh][..]),
        ("target.https", &https),
        ("target.aws", &[Transport::HttpsHelper, Transport::Grc]),
        ("target.grc", &[Transport::Grc]),
    ] {
        if only(allowed) {
            guards.insert(path.to_owned());
        }
    }
    guards
}

/// The scope in which the texts of a failing finding are rendered, without noting any fault.
pub(crate) fn failing_scope(check: &Check) -> Scope {
    let mut notes = Notes { path: "", errors: Vec::new() };
    Verifier { text: "", notes: &mut notes, may_be_unavailable: false }.head(check)
}

struct Verifier<'a, 'n> {
    text: &'a str,
    notes: &'a mut Notes<'n>,
    may_be_unavailable: bool,
}

impl Verifier<'_, '_> {
    /// Checks the expressions that decide; gives the scope of a failing finding.
    fn head(&mut self, check: &Check) -> Scope {
        let target = check.is_per_target();
        let mut scope = Scope::new(target, transport_guards(&check.transports));
        if let Some(requires) = &check.requires {
            self.condition("requires", requires, &scope);
            scope = scope.with(guards(requires, true));
        }
        if let Some(for_each) = &check.for_each {
            let inferred = self.deciding(for_each, &scope);
            scope.item = Some(self.element(for_each, inferred));
        }
        if let Some(applies) = &check.applies {
            self.condition("applies", applies, &scope);
            scope = scope.with(guards(applies, true));
        }
        let inferred = self.condition("condition", &check.condition, &scope);
        if inferred.is_some_and(|inferred| !inferred.names_fact) {
            let hint = "a condition asks for at least one fact".to_owned();
            self.notes.note(check.condition.place, "the condition names no fact: it is always the same", Some(hint));
        }
        scope.with(guards(&check.condition, false))
    }

    fn body(&mut self, check: &Check, body: &Body, scope: &Scope) {
        let templates = check.subject.iter().chain([&body.message, &body.why, &body.remedy]);
        templates.for_each(|template| self.template(template, scope));
        for expression in &body.evidence {
            self.evidence(expression, scope);
        }
        if let Some(fix) = &body.fix {
            let parameters = fix.edits.iter().flat_map(|edit| edit.parameters.values());
            let templates = std::iter::once(&fix.title).chain(fix.commands.iter().flatten()).chain(parameters);
            templates.for_each(|template| self.template(template, scope));
        }
        self.texts(body);
    }

    fn texts(&mut self, body: &Body) {
        for reference in &body.references {
            if !reference.value.starts_with("https://") {
                self.notes.note(reference.place, format!("`{}` is no https address", reference.value), None);
            }
        }
        for symptom in &body.symptoms {
            if let Err(error) = function::compiled(&symptom.value) {
                let message = format!("the symptom \"{}\" is no regular expression: {error}", symptom.value);
                self.notes.note(symptom.place, message, None);
            }
        }
    }

    /// Infers an expression that decides the outcome.
    fn deciding(&mut self, expression: &Expression, scope: &Scope) -> Option<Inferred> {
        let inferred = self.infer(expression, &expression.source, 0, scope)?;
        self.may_be_unavailable |= inferred.may_be_unavailable;
        Some(inferred)
    }

    fn condition(&mut self, key: &str, expression: &Expression, scope: &Scope) -> Option<Inferred> {
        let inferred = self.deciding(expression, scope)?;
        let (kind, nullable) = (&inferred.typed.kind, inferred.typed.nullable);
        if matches!(kind, Type::Bool | Type::Any) && !nullable {
            return Some(inferred);
        }
        let source = expression.source.trim();
        let (message, hint) = match kind {
            Type::Bool => {
                let hint = format!("say what null means: `{source} == true` or `{source} != false`");
                (format!("`{key}` can be null"), Some(hint))
            }
            _ => (format!("`{key}` must be true or false"), None),
        };
        self.notes.note(expression.place, message, hint);
        Some(inferred)
    }

    fn element(&mut self, for_each: &Expression, inferred: Option<Inferred>) -> Typed {
        let any = super::expression::typing::plain(Type::Any);
        let Some(inferred) = inferred else { return any };
        match inferred.typed.kind {
            Type::List(element) if !inferred.typed.nullable => Arc::unwrap_or_clone(element),
            Type::Any => any,
            Type::List(_) => {
                let hint = "ask for it in `requires`: `… != null`".to_owned();
                self.notes.note(for_each.place, "the list of `for_each` can be null", Some(hint));
                any
            }
            _ => {
                self.notes.note(for_each.place, "`for_each` must be a list", None);
                any
            }
        }
    }

    fn template(&mut self, template: &Template, scope: &Scope) {
        for (part, indent) in template.parts_with_indent() {
            let Part::Value { expression, offset } = part else { continue };
            let offset = *offset;
            let Some(inferred) = self.infer(expression, &template.source, offset, scope) else { continue };
            let source = expression.source.trim();
            let (message, hint) = match inferred.typed {
                Typed { kind: Type::Any, .. } => continue,
                Typed { kind: Type::Text(_) | Type::Int | Type::Bool | Type::Float, nullable: false, .. } => continue,
                Typed { kind: Type::Text(_), .. } => (
                    format!("`{source}` can be null here"),
                    Some(format!("write `{{{{ either({source}, \"what to say then\") }}}}`")),
                ),
                Typed { kind: Type::Int | Type::Bool | Type::Float, .. } => (
                    format!("`{source}` can be null here"),
                    Some(format!("write `{{{{ {source} == null ? \"none\" : string({source}) }}}}`")),
                ),
                Typed { kind: Type::List(element), nullable: false, .. }
                    if indent.is_some() && matches!(element.kind, Type::Text(_)) && !element.nullable =>
                {
                    continue;
                }
                Typed { kind: Type::List(_), .. } => {
                    (format!("`{source}` is a list"), Some(format!("write `{{{{ join({source}, \", \") }}}}`")))
                }
                _ => (format!("`{source}` is not text, a number or a bool"), None),
            };
            let place = place::locate(self.text, expression.place, &template.source, offset + lead(expression));
            self.notes.note(place, message, hint);
        }
    }

    fn evidence(&mut self, expression: &Expression, scope: &Scope) {
        let Some(inferred) = self.infer(expression, &expression.source, 0, scope) else { return };
        if !is_evidence(&inferred.typed.kind) {
            let hint = "name a fact that has a field `source`, such a field itself, or a list of them".to_owned();
            self.notes.note(expression.place, "evidence must have a source", Some(hint));
        }
    }

    /// Infers an expression that stands at `offset` of the scalar `value`; notes its faults.
    fn infer(&mut self, expression: &Expression, value: &str, offset: usize, scope: &Scope) -> Option<Inferred> {
        let (faults, inferred) = match expression.ast() {
            Err(fault) => (vec![fault.clone()], None),
            Ok(tree) => {
                let inferred = infer(&expression.source, tree, scope);
                (inferred.faults.clone(), Some(inferred))
            }
        };
        let wrong = !faults.is_empty();
        for Fault { offset: at, message, hint } in faults {
            let place = place::locate(self.text, expression.place, value, offset + at);
            self.notes.note(place, message, hint);
        }
        inferred.filter(|_| !wrong)
    }
}

fn lead(expression: &Expression) -> usize {
    expression.source.len() - expression.source.trim_start().len()
}

fn guards(expression: &Expression, outcome: bool) -> Guards {
    expression.ast().map(|tree| guard::guards(tree, outcome)).unwrap_or_default()
}

/// A `Source`, an object with one, or a list of such.
fn is_evidence(kind: &Type) -> bool {
    match kind {
        Type::Any => true,
        Type::Object(object) => object.name == "Source" || object.field("source").is_some(),
        Type::List(element) => is_evidence(&element.kind),
        _ => false,
    }
}

fn examples(check: &Check, body: &Body, may_be_unavailable: bool, notes: &mut Notes<'_>) {
    let has = |outcome: Outcome| body.examples.iter().any(|example| example.outcome == outcome);
    let mut missing = Vec::new();
    if !has(Outcome::Fail) {
        missing.push("`outcome: fail`");
    }
    if !has(Outcome::Pass) {
        missing.push("`outcome: pass`");
    }
    if may_be_unavailable && !has(Outcome::Unknown) {
        missing.push("`outcome: unknown` (a fact that it asks for can be unavailable)");
    }
    for missing in missing {
        notes.note(Place { line: 1, column: 1 }, format!("the examples lack one with {missing}"), None);
    }
    for example in &body.examples {
        example.verify(check, notes);
    }
}

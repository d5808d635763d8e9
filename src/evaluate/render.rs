//! Rendering the texts of a finding.

use std::collections::HashMap;

use cel::Context;
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelNull, CelString};
use cel::common::value::Val;

use super::ask::{Trouble, ask};
use super::placeholder;
use super::value::Object;
use crate::check::expression::Expression;
use crate::check::expression::typing::{Scope, infer};
use crate::check::template::{Part, Template};
use crate::check::word::Applicability;
use crate::check::{Body, Check, Fix};
use crate::fact::catalogue::{Sensitivity, Type};
use crate::fact::{FilePath, Text, Word};
use crate::finding::{Evidence, FindingEdit, FindingFix, IdentityKind, Segment, plain_text};

/// What stands in a text in the place of a value that depends on an unavailable fact.
pub const NOT_KNOWN: &str = "(not known)";

/// Renders the texts of one check; remembers how sensitive its values are.
pub(super) struct Renderer<'c> {
    check: &'c Check,
    scope: Option<Scope>,
    sensitivities: HashMap<String, Sensitivity>,
    /// What went wrong with the definition itself.
    pub(super) defect: Option<String>,
    incomplete: bool,
    /// Whether facts are written as what they are, not as what they hold.
    placeholders: bool,
}

impl<'c> Renderer<'c> {
    pub(super) fn new(check: &'c Check) -> Self {
        Self { check, scope: None, sensitivities: HashMap::new(), defect: None, incomplete: false, placeholders: false }
    }

    /// Writes placeholders such as `REGION` for facts.
    pub(super) fn with_placeholders(self) -> Self {
        Self { placeholders: true, ..self }
    }

    /// Whether a value could not be rendered since the last call; forgets it.
    pub(super) fn take_trouble(&mut self) -> bool {
        let defect = self.defect.take().is_some();
        std::mem::take(&mut self.incomplete) || defect
    }

    pub(super) fn template(&mut self, template: &Template, context: &Context<'_, '_>) -> Vec<Segment> {
        let mut segments = Vec::with_capacity(template.parts.len());
        for (part, indent) in template.parts_with_indent() {
            match (part, indent) {
                (Part::Literal(text), _) => segments.push(Segment::Literal(text.clone())),
                (Part::Value { expression, .. }, Some(indent)) => {
                    self.lines(expression, indent, context, &mut segments)
                }
                (Part::Value { expression, .. }, None) => segments.push(self.value(expression, context)),
            }
        }
        segments
    }

    /// A value that stands alone on its line: each text of a list gets a line of its own.
    fn lines(&mut self, value: &Expression, indent: &str, context: &Context<'_, '_>, segments: &mut Vec<Segment>) {
        if self.placeholders {
            return segments.push(self.value(value, context));
        }
        let mut lines = None;
        // What goes wrong is noted when it is rendered as a plain value.
        let _ = ask(value, context, |value| {
            lines = value
                .downcast_ref::<CelList>()
                .map(|list| list.inner().iter().filter_map(|v| shown(v.as_ref())).collect());
            Ok(())
        });
        let Some(lines): Option<Vec<String>> = lines else { return segments.push(self.value(value, context)) };
        for (index, text) in lines.into_iter().enumerate() {
            if index > 0 {
                segments.push(Segment::Literal(format!("\n{indent}")));
            }
            let sensitivity = whole_or_scanned(self.sensitivity(value), &value.source, &text);
            segments.push(Segment::Value { text, sensitivity });
        }
    }

    fn value(&mut self, expression: &Expression, context: &Context<'_, '_>) -> Segment {
        if let Some(name) = placeholder::of_fact(&expression.source).filter(|_| self.placeholders) {
            return Segment::Literal(name);
        }
        match ask(expression, context, |value| shown(value).ok_or_else(|| "is not text, a number or a bool".to_owned()))
        {
            Ok(text) => {
                let sensitivity = whole_or_scanned(self.sensitivity(expression), &expression.source, &text);
                Segment::Value { text, sensitivity }
            }
            Err(_) if self.placeholders => Segment::Literal(placeholder::of_expression(&expression.source)),
            Err(Trouble::Unknown(_)) => {
                self.incomplete = true;
                Segment::Literal(NOT_KNOWN.into())
            }
            Err(Trouble::Defect(message)) => {
                self.defect.get_or_insert(message);
                Segment::Literal("(?)".into())
            }
        }
    }

    fn sensitivity(&mut self, expression: &Expression) -> Sensitivity {
        if let Some(known) = self.sensitivities.get(&expression.source) {
            return *known;
        }
        let scope = self.scope.get_or_insert_with(|| crate::check::failing_scope(self.check));
        let sensitivity = match expression.ast().map(|tree| infer(&expression.source, tree, scope).typed.kind) {
            Ok(Type::Text(sensitivity)) => sensitivity,
            Ok(Type::List(element)) => match element.kind {
                Type::Text(sensitivity) => sensitivity,
                _ => Sensitivity::Text,
            },
            Ok(Type::Bool | Type::Int | Type::Float | Type::Null) => Sensitivity::Public,
            _ => Sensitivity::Text,
        };
        self.sensitivities.insert(expression.source.clone(), sensitivity);
        sensitivity
    }

    pub(super) fn evidence(&mut self, body: &Body, context: &Context<'_, '_>) -> Vec<Evidence> {
        let mut found = Vec::new();
        for expression in &body.evidence {
            let collect = |value: &dyn Val| {
                sources(value, &mut found);
                Ok(())
            };
            if let Err(Trouble::Defect(message)) = ask(expression, context, collect) {
                self.defect.get_or_insert(message);
            }
        }
        found
    }

    pub(super) fn fix(&mut self, fix: &Fix, context: &Context<'_, '_>) -> FindingFix {
        let title = self.template(&fix.title, context);
        let mut argv = |command: &Vec<Template>| command.iter().map(|arg| self.template(arg, context)).collect();
        let commands: Vec<Vec<_>> = fix.commands.iter().map(&mut argv).collect();
        // An argument that is not known on this machine makes the command useless.
        let is_said = |argument: &Vec<Segment>| !["", NOT_KNOWN].contains(&plain_text(argument).as_str());
        let commands = commands.into_iter().filter(|command| command.iter().all(is_said)).collect();
        let mut edits = Vec::new();
        for edit in &fix.edits {
            let render = |(name, value): (&String, &Template)| (name.clone(), self.template(value, context));
            edits.push(FindingEdit { kind: edit.kind, parameters: edit.parameters.iter().map(render).collect() });
        }
        let manual = self.check.overlay && !self.check.fixes_allowed;
        let applicability = if manual { Applicability::Manual } else { fix.applicability };
        FindingFix { applicability, title, commands, edits, diff: None, refused: None }
    }
}

/// A name put into a sentence or a URL by an expression is looked for in it; only a bare name is replaced as a whole.
///
/// Of the branches of an expression one is a host and another may be a plain word, such as the name of a remote: a word
/// is taken for a host only where it is a fact itself.
fn whole_or_scanned(sensitivity: Sensitivity, expression: &str, text: &str) -> Sensitivity {
    let is_composed = text.contains(['`', ' ', '/', '[']);
    let is_fact = expression.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte));
    let may_be_word = !is_fact && !text.contains(['.', ':']);
    match sensitivity {
        Sensitivity::Identity(IdentityKind::Host | IdentityKind::Login) if is_composed => Sensitivity::Text,
        Sensitivity::Identity(IdentityKind::Host) if may_be_word => Sensitivity::Text,
        other => other,
    }
}

fn shown(value: &dyn Val) -> Option<String> {
    if let Some(text) = value.downcast_ref::<CelString>() {
        return Some(text.inner().to_owned());
    }
    if let Some(number) = value.downcast_ref::<CelInt>() {
        return Some(number.inner().to_string());
    }
    if let Some(number) = value.downcast_ref::<CelDouble>() {
        return Some(number.inner().to_string());
    }
    if let Some(value) = value.downcast_ref::<CelBool>() {
        return Some(value.inner().to_string());
    }
    value.downcast_ref::<CelNull>().map(|_| "(none)".to_owned())
}

/// Adds the places that a value names, each once.
fn sources(value: &dyn Val, found: &mut Vec<Evidence>) {
    if let Some(list) = value.downcast_ref::<CelList>() {
        list.inner().iter().for_each(|element| sources(element.as_ref(), found));
    } else if let Some(object) = value.downcast_ref::<Object>() {
        match object.get("source") {
            Some(inner) => sources(inner, found),
            None => found.extend(source(object).filter(|source| !found.contains(source))),
        }
    }
}

fn source(object: &Object) -> Option<Evidence> {
    let number = |name| object.int(name).and_then(|n| u32::try_from(n).ok());
    let text = |name| object.text(name).map(str::to_owned);
    let source = Evidence {
        path: text("path").map(FilePath),
        line: number("line"),
        column: number("column"),
        end_column: number("end_column"),
        excerpt: text("excerpt").map(Text),
        variable: text("variable").map(Word),
        command: text("command").map(Text),
    };
    (source != Evidence::default()).then_some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_name_is_replaced_as_a_whole() {
        let host = Sensitivity::Identity(IdentityKind::Host);
        let login = Sensitivity::Identity(IdentityKind::Login);
        let of = |sensitivity, text| whole_or_scanned(sensitivity, "target.host", text);
        assert_eq!(of(host, "git.example.com"), host);
        assert_eq!(of(host, "https://git.example.com/v1/repos/demo"), Sensitivity::Text);
        assert_eq!(of(login, "credential.username is `alice`"), Sensitivity::Text);
        assert_eq!(of(login, "alice"), login);
        assert_eq!(of(host, "laptop"), host);
    }

    #[test]
    fn a_word_out_of_an_expression_is_no_host() {
        let host = Sensitivity::Identity(IdentityKind::Host);
        let of = |text| whole_or_scanned(host, "either(target.remote, target.host)", text);
        assert_eq!(of("origin"), Sensitivity::Text);
        assert_eq!(of("git.corp.example"), host);
    }
}

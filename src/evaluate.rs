//! Evaluation: checks and facts in, findings out. Pure: no clock, no environment, no files.

use std::sync::Arc;

use cel::Context;
use cel::common::types::CelList;
use cel::common::value::Val;
use serde_json::Value as Json;

use crate::check::expression::function;
use crate::check::word::{Outcome, Transport, Word};
use crate::check::{Check, stack};
use crate::fact::{Facts, UNAVAILABLE, catalogue::ROOTS, catalogue::Sensitivity};

mod ask;
mod causality;
pub mod examples;
mod render;
#[cfg(test)]
mod tests;
mod value;

use crate::finding::{Defect, Finding, Segment, plain_text};
use ask::{Trouble, ask, ask_bool};
use render::Renderer;
use value::{Entry, Gap, Missing, Object, convert};

/// What came out of all checks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluation {
    /// Failing findings first (root causes, other problems, consequences), then unknown, skipped, pass.
    pub findings: Vec<Finding>,
    /// The IDs of the findings to mend, most likely cause first.
    pub root_causes: Vec<String>,
    /// Definitions that failed on this machine; their findings are unknown.
    pub defects: Vec<Defect>,
}

/// Milliseconds since some moment; given by the caller, because evaluation itself knows no clock.
pub type Stopwatch<'a> = &'a (dyn Fn() -> u64 + Sync);

/// Evaluates all checks on the facts of a run.
///
/// # Errors
/// Never in practice: when the facts cannot be serialised.
pub fn evaluate(checks: &[Check], facts: &Facts, watch: Stopwatch<'_>) -> Result<Evaluation, serde_json::Error> {
    Ok(evaluate_json(checks, &serde_json::to_value(facts)?, watch))
}

/// Evaluates all checks on serialised facts, in which `{"$unavailable": reason}` stands for a fact that is
/// unavailable.
pub fn evaluate_json(checks: &[Check], facts: &Json, watch: Stopwatch<'_>) -> Evaluation {
    stack::with_large(|| {
        let targets = targets(facts);
        let base = base_context(facts);
        let scopes: Vec<Context<'_, '_>> = targets.iter().map(|target| target.scope(&base)).collect();
        let mut run = Run { targets: &targets, base: &base, scopes: &scopes, evaluation: Evaluation::default(), watch };
        for check in checks {
            run.check(check);
        }
        causality::settle(checks, &targets, &mut run.evaluation);
        run.evaluation
    })
}

/// A target as far as evaluation knows it.
struct Target {
    id: String,
    transport: String,
    object: Object,
}

impl Target {
    fn scope<'p>(&self, base: &'p Context<'_, 'static>) -> Context<'p, 'static> {
        let mut scope = base.new_inner_scope();
        scope.add_variable_as_val("target", Box::new(self.object.clone()));
        scope
    }
}

fn targets(facts: &Json) -> Vec<Target> {
    let list = facts.get("targets").and_then(Json::as_array);
    let target = |json: &Json| match convert(json, "target") {
        Entry::Known(value) => {
            let object = value.downcast_ref::<Object>()?.clone();
            let text = |name| object.text(name).unwrap_or_default().to_owned();
            Some(Target { id: text("id"), transport: text("transport"), object })
        }
        Entry::Unavailable(_) => None,
    };
    list.into_iter().flatten().filter_map(target).collect()
}

fn base_context(facts: &Json) -> Context<'static, 'static> {
    let mut context = Context::with_env(function::environment());
    for root in ROOTS {
        let not_given = serde_json::json!({ UNAVAILABLE: "not collected" });
        let value = match convert(facts.get(root).unwrap_or(&not_given), root) {
            Entry::Known(value) => value,
            Entry::Unavailable(gap) => Box::new(Missing(gap)),
        };
        context.add_variable_as_val(root, value);
    }
    context
}

/// One outcome before it is written up.
enum Verdict {
    Pass,
    Fail,
    Skipped(Vec<Segment>),
    Trouble(Trouble),
}

/// The thread that all checks hang on.
struct Run<'a, 'p> {
    targets: &'a [Target],
    base: &'a Context<'p, 'static>,
    scopes: &'a [Context<'a, 'static>],
    evaluation: Evaluation,
    watch: Stopwatch<'a>,
}

impl Run<'_, '_> {
    fn check(&mut self, check: &Check) {
        let mut writer = Writer {
            check,
            renderer: Renderer::new(check),
            count: 0,
            evaluation: &mut self.evaluation,
            watch: self.watch,
            started: (self.watch)(),
        };
        let matching = || self.targets.iter().zip(self.scopes).filter(|(target, _)| check.is_about(&target.transport));
        let nobody = matching().next().is_none();
        if nobody && (check.is_per_target() || !check.transports.is_empty()) {
            writer.write(Verdict::Skipped(no_target(check)), None, self.base);
        } else if check.is_per_target() {
            matching().for_each(|(target, scope)| examine(&mut writer, Some(target), scope));
        } else {
            examine(&mut writer, None, self.base);
        }
    }
}

fn no_target(check: &Check) -> Vec<Segment> {
    let names: Vec<&str> = check.transports.iter().map(|transport: &Transport| transport.name()).collect();
    literal(match names.as_slice() {
        [] => "no repository to examine".to_owned(),
        names => format!("no repository is reached over {}", names.join(" or ")),
    })
}

fn literal(text: impl Into<String>) -> Vec<Segment> {
    vec![Segment::Literal(text.into())]
}

/// Evaluates a check on one target or on the machine.
fn examine(writer: &mut Writer<'_>, target: Option<&Target>, scope: &Context<'_, 'static>) {
    let check = writer.check;
    if let Some(verdict) = before_list(check, scope) {
        return writer.write(verdict, target, scope);
    }
    let Some(for_each) = &check.for_each else {
        return writer.write(judge(check, scope), target, scope);
    };
    let read =
        |value: &dyn Val| value.downcast_ref::<CelList>().map(elements).ok_or_else(|| "is not a list".to_owned());
    match ask(for_each, scope, read) {
        Err(trouble) => writer.write(Verdict::Trouble(trouble), target, scope),
        Ok(items) if items.is_empty() => writer.write(Verdict::Pass, target, scope),
        Ok(items) => {
            for item in items {
                let mut scope = scope.new_inner_scope();
                scope.add_variable_as_val("item", item);
                let verdict = if applies_to_item(check) { applies(check, &scope) } else { None };
                writer.write(verdict.unwrap_or_else(|| judge(check, &scope)), target, &scope);
            }
        }
    }
}

/// The elements of a list of facts; objects are shared, not copied.
fn elements(list: &CelList<'_>) -> Vec<Box<dyn Val>> {
    list.inner().iter().map(|element| owned(element.as_ref())).collect()
}

/// A copy that borrows nothing.
fn owned(value: &dyn Val) -> Box<dyn Val> {
    use cel::common::types::{CelBool, CelDouble, CelInt, CelNull, CelString};
    if let Some(object) = value.downcast_ref::<Object>() {
        return Box::new(object.clone());
    }
    if let Some(text) = value.downcast_ref::<CelString>() {
        return Box::new(CelString::from(text.inner().to_owned()));
    }
    if let Some(list) = value.downcast_ref::<CelList>() {
        return Box::new(CelList::from(elements(list)));
    }
    if let Some(number) = value.downcast_ref::<CelInt>() {
        return Box::new(CelInt::from(*number.inner()));
    }
    if let Some(number) = value.downcast_ref::<CelDouble>() {
        return Box::new(CelDouble::from(*number.inner()));
    }
    match value.downcast_ref::<CelBool>() {
        Some(value) => Box::new(CelBool::from(*value.inner())),
        None => Box::new(CelNull),
    }
}

/// `requires`, and `applies` unless it asks for the element of the list.
fn before_list(check: &Check, scope: &Context<'_, '_>) -> Option<Verdict> {
    match check.requires.as_ref().map(|requires| ask_bool(requires, scope)) {
        Some(Err(trouble)) => return Some(Verdict::Trouble(trouble)),
        Some(Ok(false)) => {
            let reason = check.requires_reason.as_deref().unwrap_or("what it needs is not there");
            return Some(Verdict::Skipped(literal(reason)));
        }
        _ => {}
    }
    if applies_to_item(check) { None } else { applies(check, scope) }
}

fn applies_to_item(check: &Check) -> bool {
    check.applies.as_ref().is_some_and(|applies| applies.names("item"))
}

fn applies(check: &Check, scope: &Context<'_, '_>) -> Option<Verdict> {
    match ask_bool(check.applies.as_ref()?, scope) {
        Ok(true) => None,
        Ok(false) => Some(Verdict::Skipped(literal("not applicable"))),
        Err(trouble) => Some(Verdict::Trouble(trouble)),
    }
}

fn judge(check: &Check, scope: &Context<'_, '_>) -> Verdict {
    match ask_bool(&check.condition, scope) {
        Ok(true) => Verdict::Pass,
        Ok(false) => Verdict::Fail,
        Err(trouble) => Verdict::Trouble(trouble),
    }
}

/// Writes up the findings of one check.
struct Writer<'a> {
    check: &'a Check,
    renderer: Renderer<'a>,
    count: usize,
    evaluation: &'a mut Evaluation,
    watch: Stopwatch<'a>,
    started: u64,
}

impl Writer<'_> {
    fn write(&mut self, verdict: Verdict, target: Option<&Target>, scope: &Context<'_, '_>) {
        self.count += 1;
        self.renderer.take_trouble();
        let mut finding = self.blank(target);
        match verdict {
            Verdict::Pass => finding.outcome = Outcome::Pass,
            Verdict::Skipped(reason) => {
                finding.outcome = Outcome::Skipped;
                finding.reason = Some(reason);
            }
            Verdict::Trouble(Trouble::Unknown(gap)) => finding.reason = Some(unavailable(&gap)),
            Verdict::Trouble(Trouble::Defect(message)) => {
                finding.reason = Some(literal("the definition of this check failed"));
                self.defect(message);
            }
            Verdict::Fail => self.fail(&mut finding, scope),
        }
        if finding.outcome != Outcome::Skipped {
            finding.subject = self.check.subject.as_ref().map(|subject| self.renderer.template(subject, scope));
        }
        if finding.outcome != Outcome::Fail && self.renderer.take_trouble() {
            // A subject is written for failing findings; elsewhere it may name what is not there.
            finding.subject = None;
        }
        if let Some(message) = self.renderer.defect.take() {
            self.defect(message);
        }
        let now = (self.watch)();
        finding.duration_ms = now.saturating_sub(std::mem::replace(&mut self.started, now));
        self.evaluation.findings.push(finding);
    }

    fn blank(&self, target: Option<&Target>) -> Finding {
        let check = self.check;
        Finding {
            id: format!("{}#{}", check.id, self.count),
            check: check.id.clone(),
            area: check.area,
            layer: check.layer,
            title: check.title.clone(),
            target: target.map(|target| target.id.clone()),
            outcome: Outcome::Unknown,
            severity: check.severity,
            confidence: check.confidence,
            security: check.security,
            message: literal(check.title.clone()),
            subject: None,
            evidence: Vec::new(),
            why: Vec::new(),
            remedy: Vec::new(),
            fix: None,
            references: Vec::new(),
            reason: None,
            caused_by: Vec::new(),
            latent: false,
            duration_ms: 0,
        }
    }

    fn fail(&mut self, finding: &mut Finding, scope: &Context<'_, '_>) {
        let check = self.check;
        let body = match check.body() {
            Ok(body) => body,
            Err(errors) => return self.defect(errors.to_string()),
        };
        finding.outcome = Outcome::Fail;
        finding.message = self.renderer.template(&body.message, scope);
        finding.evidence = self.renderer.evidence(body, scope);
        finding.why = self.renderer.template(&body.why, scope);
        finding.remedy = self.renderer.template(&body.remedy, scope);
        finding.fix = body.fix.as_ref().map(|fix| self.renderer.fix(fix, scope));
        finding.references = body.references.iter().map(|reference| reference.value.clone()).collect();
    }

    fn defect(&mut self, message: String) {
        let defect = Defect { check: self.check.id.clone(), path: self.check.path.clone(), message };
        if !self.evaluation.defects.contains(&defect) {
            self.evaluation.defects.push(defect);
        }
    }
}

/// `ssh.agent.keys could not be examined: the agent does not answer`
fn unavailable(gap: &Arc<Gap>) -> Vec<Segment> {
    let value = |text: &str, sensitivity| Segment::Value { text: text.to_owned(), sensitivity };
    vec![
        value(&gap.path, Sensitivity::Public),
        Segment::Literal(" could not be examined: ".into()),
        value(&gap.reason, Sensitivity::Text),
    ]
}

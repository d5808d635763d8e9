//! Evaluation: checks and facts in, findings out. Pure: no clock, no environment, no files.

use std::borrow::Cow;
use std::sync::Arc;

use cel::Context;
use cel::common::types::CelList;
use cel::common::value::Val;
use serde_json::Value as Json;

use crate::check::expression::function;
use crate::check::word::{Outcome, Transport, Word};
use crate::check::{Check, embedded, stack};
use crate::fact::{Facts, UNAVAILABLE, catalogue::ROOTS, catalogue::Sensitivity};

mod ask;
mod causality;
mod evidence;
pub mod examples;
mod placeholder;
mod render;
pub use render::NOT_KNOWN;
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
    // Of hundreds of targets only one at a time is in memory as JSON.
    let base = serde_json::to_value(facts.without_targets())?;
    let transports = facts.targets.iter().map(|target| target.transport.to_string()).collect();
    let json = |index: usize| serde_json::to_value(facts.targets.get(index)).map(Cow::Owned);
    evaluate_each(checks, &base, &Targets { transports, json: &json }, watch)
}

/// Evaluates all checks on serialised facts, in which `{"$unavailable": reason}` stands for a fact that is
/// unavailable.
pub fn evaluate_json(checks: &[Check], facts: &Json, watch: Stopwatch<'_>) -> Evaluation {
    let list = facts.get("targets").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let transport = |target: &Json| target.get("transport").and_then(Json::as_str).unwrap_or_default().to_owned();
    let json = |index: usize| Ok(list.get(index).map_or(Cow::Owned(Json::Null), Cow::Borrowed));
    let targets = Targets { transports: list.iter().map(transport).collect(), json: &json };
    evaluate_each(checks, facts, &targets, watch).unwrap_or_default()
}

/// What a check says when it fails, told of no machine: facts are written as placeholders such as `REGION`, and what an
/// expression makes of several is taken from the check's first example that fails. `None`: it has no such example.
pub fn without_machine(check: &Check) -> Option<Finding> {
    let complete = if check.overlay { None } else { embedded::with_examples(&check.id) };
    let check = complete.as_ref().unwrap_or(check);
    let examples = &check.body().ok()?.examples;
    let facts = examples.iter().find(|example| example.outcome == Outcome::Fail)?.facts(check);
    let mut evaluation = Evaluation::default();
    stack::with_large(|| {
        let mut record = Record { evaluation: Evaluation::default(), watch: &|| 0, last: 0 };
        let mut base = base_context(&facts);
        let targets = facts.get("targets").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let list: Vec<Box<dyn Val>> = targets.iter().filter_map(Target::of).map(|target| target.value()).collect();
        base.add_variable_as_val("targets", Box::new(CelList::from(list)));
        let mut writer = Writer::new(check);
        writer.renderer = writer.renderer.with_placeholders();
        let per_target = writer.per_target;
        if !per_target {
            examine(&mut writer, &mut record, None, &base);
        }
        for target in targets.iter().filter(|_| per_target).filter_map(Target::of) {
            examine(&mut writer, &mut record, Some(&target), &target.scope(&base));
        }
        evaluation = record.evaluation;
    });
    evaluation.findings.into_iter().find(Finding::fails)
}

/// Whether a check may look at the list of all targets.
fn names_targets(check: &Check) -> bool {
    check.text().contains("targets")
}

/// The targets of a run, serialised one at a time.
struct Targets<'a> {
    transports: Vec<String>,
    json: &'a (dyn Fn(usize) -> Result<Cow<'a, Json>, serde_json::Error> + Sync),
}

fn evaluate_each(
    checks: &[Check],
    facts: &Json,
    targets: &Targets<'_>,
    watch: Stopwatch<'_>,
) -> Result<Evaluation, serde_json::Error> {
    stack::with_large(|| {
        let mut base = base_context(facts);
        let one = |index: usize| Ok::<_, serde_json::Error>(Target::of(&*(targets.json)(index)?));
        let count = targets.transports.len();
        let all =
            if checks.iter().any(names_targets) { (0..count).map(one).collect::<Result<_, _>>()? } else { Vec::new() };
        let list: Vec<Box<dyn Val>> = all.iter().flatten().map(Target::value).collect();
        base.add_variable_as_val("targets", Box::new(CelList::from(list)));
        let mut writers: Vec<Writer<'_>> = checks.iter().map(Writer::new).collect();
        let mut record = Record { evaluation: Evaluation::default(), watch, last: watch() };
        for writer in &mut writers {
            machine(writer, &mut record, &targets.transports, &base);
        }
        let mut ids = Vec::with_capacity(count);
        let mut known = all.into_iter();
        for index in 0..count {
            let target = match known.next() {
                Some(target) => target,
                None => one(index)?,
            };
            let Some(target) = target else { continue };
            let scope = target.scope(&base);
            for writer in &mut writers {
                if writer.per_target && writer.check.is_about(&target.transport) {
                    examine(writer, &mut record, Some(&target), &scope);
                }
            }
            ids.push(target.id);
        }
        evidence::weigh(checks, &ids, &targets.transports, &mut record.evaluation.findings);
        causality::settle(checks, &ids, &mut record.evaluation);
        Ok(record.evaluation)
    })
}

/// A target as far as evaluation knows it.
struct Target {
    id: String,
    transport: String,
    object: Object,
}

impl Target {
    fn of(json: &Json) -> Option<Self> {
        let Entry::Known(value) = convert(json, "target") else { return None };
        let object = value.downcast_ref::<Object>()?.clone();
        let text = |name| object.text(name).unwrap_or_default().to_owned();
        Some(Self { id: text("id"), transport: text("transport"), object })
    }

    fn scope<'p>(&self, base: &'p Context<'_, 'static>) -> Context<'p, 'static> {
        let mut scope = base.new_inner_scope();
        scope.add_variable_as_val("target", self.value());
        scope
    }

    fn value(&self) -> Box<dyn Val> {
        Box::new(self.object.clone())
    }
}

fn base_context(facts: &Json) -> Context<'static, 'static> {
    let mut context = Context::with_env(function::environment());
    for root in ROOTS.into_iter().filter(|root| *root != "targets") {
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

/// Examines what a check says about the machine as a whole, and skips one that has no target.
fn machine(writer: &mut Writer<'_>, record: &mut Record<'_>, transports: &[String], base: &Context<'_, 'static>) {
    let check = writer.check;
    let nobody = !transports.iter().any(|transport| check.is_about(transport));
    if nobody && (writer.per_target || !check.transports.is_empty()) {
        writer.write(record, Verdict::Skipped(no_target(check)), None, base);
    } else if !writer.per_target {
        examine(writer, record, None, base);
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
fn examine(writer: &mut Writer<'_>, record: &mut Record<'_>, target: Option<&Target>, scope: &Context<'_, 'static>) {
    let check = writer.check;
    if let Some(verdict) = before_list(writer, scope) {
        return writer.write(record, verdict, target, scope);
    }
    let Some(for_each) = &check.for_each else {
        return writer.write(record, judge(check, scope), target, scope);
    };
    let read =
        |value: &dyn Val| value.downcast_ref::<CelList>().map(elements).ok_or_else(|| "is not a list".to_owned());
    match ask(for_each, scope, read) {
        Err(trouble) => writer.write(record, Verdict::Trouble(trouble), target, scope),
        Ok(items) if items.is_empty() => writer.write(record, Verdict::Pass, target, scope),
        Ok(items) => {
            for item in items {
                let mut scope = scope.new_inner_scope();
                scope.add_variable_as_val("item", item);
                let verdict = if writer.applies_to_item { applies(check, &scope) } else { None };
                writer.write(record, verdict.unwrap_or_else(|| judge(check, &scope)), target, &scope);
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
fn before_list(writer: &Writer<'_>, scope: &Context<'_, '_>) -> Option<Verdict> {
    let check = writer.check;
    match check.requires.as_ref().map(|requires| ask_bool(requires, scope)) {
        Some(Err(trouble)) => return Some(Verdict::Trouble(trouble)),
        Some(Ok(false)) => {
            let reason = check.requires_reason.as_deref().unwrap_or("what it needs is not there");
            return Some(Verdict::Skipped(literal(reason)));
        }
        _ => {}
    }
    if writer.applies_to_item { None } else { applies(check, scope) }
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

/// What has come out so far.
struct Record<'a> {
    evaluation: Evaluation,
    watch: Stopwatch<'a>,
    /// When the last finding was written.
    last: u64,
}

impl Record<'_> {
    fn defect(&mut self, check: &Check, message: String) {
        let defect = Defect { check: check.id.clone(), path: check.path.clone(), message };
        if !self.evaluation.defects.contains(&defect) {
            self.evaluation.defects.push(defect);
        }
    }

    fn push(&mut self, mut finding: Finding) {
        let now = (self.watch)();
        finding.duration_ms = now.saturating_sub(std::mem::replace(&mut self.last, now));
        self.evaluation.findings.push(finding);
    }
}

/// Writes up the findings of one check.
struct Writer<'a> {
    check: &'a Check,
    /// Whether the check is evaluated once for each target.
    per_target: bool,
    /// Whether `applies` asks for the element of the list.
    applies_to_item: bool,
    renderer: Renderer<'a>,
    count: usize,
}

impl<'a> Writer<'a> {
    fn new(check: &'a Check) -> Self {
        let applies_to_item = check.applies.as_ref().is_some_and(|applies| applies.names("item"));
        Self { check, per_target: check.is_per_target(), applies_to_item, renderer: Renderer::new(check), count: 0 }
    }

    fn write(&mut self, record: &mut Record<'_>, verdict: Verdict, target: Option<&Target>, scope: &Context<'_, '_>) {
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
                record.defect(self.check, message);
            }
            Verdict::Fail => self.fail(record, &mut finding, scope),
        }
        if finding.outcome != Outcome::Skipped {
            finding.subject = self.check.subject.as_ref().map(|subject| self.renderer.template(subject, scope));
        }
        if finding.outcome != Outcome::Fail && self.renderer.take_trouble() {
            // A subject is written for failing findings; elsewhere it may name what is not there.
            finding.subject = None;
        }
        if let Some(message) = self.renderer.defect.take() {
            record.defect(self.check, message);
        }
        record.push(finding);
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
            live: check.live,
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
            acknowledged: None,
            duration_ms: 0,
        }
    }

    fn fail(&mut self, record: &mut Record<'_>, finding: &mut Finding, scope: &Context<'_, '_>) {
        let body = match self.check.body() {
            Ok(body) => body,
            Err(errors) => return record.defect(self.check, errors.to_string()),
        };
        finding.outcome = Outcome::Fail;
        finding.message = self.renderer.template(&body.message, scope);
        finding.evidence = self.renderer.evidence(body, scope);
        finding.why = self.renderer.template(&body.why, scope);
        finding.remedy = self.renderer.template(&body.remedy, scope);
        finding.fix = body.fix.as_ref().map(|fix| self.renderer.fix(fix, scope));
        finding.references = body.references.iter().map(|reference| reference.value.clone()).collect();
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

//! A definition as it is written, before its expressions are looked at. These types are also the JSON Schema of the
//! format, and their doc comments its reference.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::edit::{self, RawEdit};
use super::node::{Located, Node, Place};
use super::sheet::{Notes, Sheet};
use super::word::{Applicability, Confidence, Layer, Outcome, Severity, Transport};

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl JsonSchema for Node {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

/// One check: what must hold on a machine on which git reaches CodeCommit, and what to do where it does not. The
/// file `checks/<area>/<id>.yaml` holds one; its name is the ID.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Check", deny_unknown_fields)]
pub(crate) struct RawCheck {
    /// The problem in one line, for lists and headings.
    pub(crate) title: Located<String>,
    /// How bad it is when the check fails.
    pub(crate) severity: Severity,
    /// The stage of the connection that it breaks.
    pub(crate) layer: Layer,
    /// How sure a failure is to be the cause; `likely` when left out.
    pub(crate) confidence: Option<Confidence>,
    /// The transports that it is about; all when left out.
    pub(crate) transports: Option<Vec<Transport>>,
    /// Whether it is about security: such a finding stays even when git works.
    pub(crate) security: Option<bool>,
    /// Whether its outcome is what the user's own git did over the network. Other checks explain it and it explains none;
    /// where it passes, what claims to make it fail is disproved.
    pub(crate) live: Option<bool>,
    /// Whether a `git ls-remote` that works disproves it; true when left out. False for what stops something else: a
    /// push, a submodule, work inside the clone.
    pub(crate) disproved_by_success: Option<bool>,
    /// Expression: the check makes sense only where this is true; otherwise it is skipped with `requires_reason`.
    pub(crate) requires: Option<Located<String>>,
    /// Why the check is skipped where `requires` is false.
    pub(crate) requires_reason: Option<Located<String>>,
    /// Expression giving a list: the check is made for each element, which is named `item`.
    pub(crate) for_each: Option<Located<String>>,
    /// Expression: where it is false, the check is skipped as not applicable.
    pub(crate) applies: Option<Located<String>>,
    /// Expression: true means pass, false means fail.
    pub(crate) condition: Located<String>,
    /// IDs of the checks whose failure is a mere consequence of this one.
    pub(crate) explains: Option<Vec<Located<String>>>,
    /// What one finding is about, as a template: a path, a name, a profile.
    pub(crate) subject: Option<Located<String>>,
    /// Template: one sentence that names the thing that is wrong.
    pub(crate) message: Located<String>,
    /// Expressions: facts with a `source`, whose place is shown.
    pub(crate) evidence: Option<Vec<Located<String>>>,
    /// Template: two or three sentences for a person who does not know the tool.
    pub(crate) why: Located<String>,
    /// Template: how to mend it by hand, with the commands to type.
    pub(crate) remedy: Located<String>,
    /// What cc-doctor can do about it.
    pub(crate) fix: Option<RawFix>,
    /// Addresses of the documentation.
    pub(crate) references: Option<Vec<Located<String>>>,
    /// Regular expressions that match lines which a person sees when this is the cause.
    pub(crate) symptoms: Option<Vec<Located<String>>>,
    /// Machines with the outcome that the check must have there: at least one `fail`, one `pass`, and one `unknown`
    /// where a fact can be unavailable. This key is the last one.
    pub(crate) examples: Vec<RawExample>,
}

/// A repair.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Fix", deny_unknown_fields)]
pub(crate) struct RawFix {
    /// Who may apply it.
    pub(crate) applicability: Applicability,
    /// Template: what it does, in one line.
    pub(crate) title: Located<String>,
    /// Commands that a person can run instead, each a list of arguments (templates).
    pub(crate) commands: Option<Vec<Located<Vec<Located<String>>>>>,
    /// What cc-doctor changes.
    pub(crate) edits: Option<Vec<RawEdit>>,
}

/// A machine and what the check says there.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Example", deny_unknown_fields)]
pub(crate) struct RawExample {
    /// What is special about it.
    pub(crate) name: Located<String>,
    /// The facts, nested or with dotted names; those not given are unavailable, `null` is absent.
    pub(crate) facts: Option<Located<Node>>,
    /// Dotted names of facts that are absent.
    pub(crate) absent: Option<Vec<Located<String>>>,
    /// Dotted names of facts that are unavailable, with the reason.
    pub(crate) unavailable: Option<Located<Node>>,
    /// What the check must say.
    pub(crate) outcome: Outcome,
    /// A text that the message must hold.
    pub(crate) message: Option<Located<String>>,
    /// A text that the remedy must hold.
    pub(crate) remedy: Option<Located<String>>,
    #[schemars(skip)]
    pub(crate) place: Place,
}

impl RawCheck {
    /// Reads a definition, noting everything that is wrong with its keys. `with_examples`: whether they must be
    /// there (they are cut off from the embedded definitions at run time).
    pub(crate) fn read(document: Located<Node>, with_examples: bool, notes: &mut Notes<'_>) -> Option<Self> {
        let mut sheet = notes.sheet("the definition", document)?;
        if let Some(key) = sheet.behind("examples") {
            let message = format!("`{}` stands behind `examples`, which must be the last key", key.value);
            notes.note(key.place, message, None);
        }
        let raw = Self::read_sheet(&mut sheet, with_examples, notes);
        sheet.finish(notes);
        raw
    }

    fn read_sheet(sheet: &mut Sheet, with_examples: bool, notes: &mut Notes<'_>) -> Option<Self> {
        // Every key is read before the first `?`, so that all errors are found.
        let title = sheet.need_text("title", notes);
        let severity = sheet.need_word("severity", notes);
        let layer = sheet.need_word("layer", notes);
        let confidence = sheet.word("confidence", notes);
        let transports = words(sheet, "transports", notes);
        let security = sheet.flag("security", notes);
        let live = sheet.flag("live", notes);
        let disproved_by_success = sheet.flag("disproved_by_success", notes);
        let requires = sheet.text("requires", notes);
        let requires_reason = sheet.text("requires_reason", notes);
        let for_each = sheet.text("for_each", notes);
        let applies = sheet.text("applies", notes);
        let condition = sheet.need_text("condition", notes);
        let explains = Some(sheet.texts("explains", notes));
        let subject = sheet.text("subject", notes);
        let message = sheet.need_text("message", notes);
        let evidence = Some(sheet.texts("evidence", notes));
        let why = sheet.need_text("why", notes);
        let remedy = sheet.need_text("remedy", notes);
        let fix = sheet.take("fix").and_then(|node| RawFix::read(node, notes));
        let references = Some(sheet.texts("references", notes));
        let symptoms = Some(sheet.texts("symptoms", notes));
        let examples = if with_examples { sheet.need("examples", notes) } else { sheet.take("examples") };
        let examples = examples.map(|node| notes.list("examples", node)).unwrap_or_default();
        let examples = examples.into_iter().filter_map(|node| RawExample::read(node, notes)).collect();
        Some(Self {
            title: title?,
            severity: severity?,
            layer: layer?,
            confidence,
            transports,
            security,
            live,
            disproved_by_success,
            requires,
            requires_reason,
            for_each,
            applies,
            condition: condition?,
            explains,
            subject,
            message: message?,
            evidence,
            why: why?,
            remedy: remedy?,
            fix,
            references,
            symptoms,
            examples,
        })
    }
}

fn words(sheet: &mut Sheet, key: &'static str, notes: &mut Notes<'_>) -> Option<Vec<Transport>> {
    let texts = sheet.texts(key, notes);
    Some(texts.iter().filter_map(|text| notes.word(key, text)).collect())
}

impl RawFix {
    fn read(node: Located<Node>, notes: &mut Notes<'_>) -> Option<Self> {
        let mut sheet = notes.sheet("`fix`", node)?;
        let applicability = sheet.need_word("applicability", notes);
        let title = sheet.need_text("title", notes);
        let commands = sheet.take("commands").map(|node| notes.list("commands", node)).unwrap_or_default();
        let commands = commands.into_iter().map(|node| argv(node, notes)).collect();
        let edits = sheet.take("edits").map(|node| notes.list("edits", node)).unwrap_or_default();
        let edits = edits.into_iter().filter_map(|node| edit::read(node, notes)).collect();
        sheet.finish(notes);
        Some(Self { applicability: applicability?, title: title?, commands: Some(commands), edits: Some(edits) })
    }
}

fn argv(node: Located<Node>, notes: &mut Notes<'_>) -> Located<Vec<Located<String>>> {
    let place = node.place;
    let value = notes.texts("commands", node);
    if value.is_empty() {
        notes.note(place, "a command is a list of arguments such as [git, config, --global, …]", None);
    }
    Located { value, place }
}

impl RawExample {
    fn read(node: Located<Node>, notes: &mut Notes<'_>) -> Option<Self> {
        let mut sheet = notes.sheet("an example", node)?;
        let place = sheet.place;
        let name = sheet.need_text("name", notes);
        let facts = sheet.take("facts");
        let absent = Some(sheet.texts("absent", notes));
        let unavailable = sheet.take("unavailable");
        let outcome = sheet.need_word("outcome", notes);
        let message = sheet.text("message", notes);
        let remedy = sheet.text("remedy", notes);
        sheet.finish(notes);
        Some(Self { name: name?, facts, absent, unavailable, outcome: outcome?, message, remedy, place })
    }
}

/// The JSON Schema of the format, for editors and for `cc-doctor schema check`.
pub fn definition_schema() -> serde_json::Value {
    schemars::schema_for!(RawCheck).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node;

    fn notes_of(yaml: &str) -> Vec<String> {
        let mut notes = Notes { path: "c.yaml", errors: Vec::new() };
        let document = node::parse(yaml).expect("is YAML");
        RawCheck::read(document, true, &mut notes);
        notes.errors.sort();
        notes.errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_errors_of_the_keys_are_found_at_once() {
        let found = notes_of(
            "titel: x\nseverity: fatal\nlayer: config\ntransports: [ssh, https]\ncondition: 1\nmessage: m\n\
             security: yes\nfix: {title: t, applicabilty: safe}\nremedy: ''\nexamples: []\nwhy: w\n",
        );
        assert_eq!(
            found,
            [
                "c.yaml:1:1: the definition has no `title`",
                "c.yaml:1:1: the definition has no key `titel`\n  hint: did you mean `title`?",
                "c.yaml:2:11: `severity` cannot be `fatal`; it is one of: error, warning, info",
                "c.yaml:4:19: `transports` cannot be `https`; it is one of: ssh, https-gitcred, https-helper, grc\n  \
                 hint: did you mean `https-helper`?",
                "c.yaml:5:12: `condition` must be text, not a number\n  hint: put it in quotation marks",
                "c.yaml:7:11: `security` must be `true` or `false`, not text",
                "c.yaml:8:6: `fix` has no `applicability`",
                "c.yaml:8:17: `fix` has no key `applicabilty`\n  hint: did you mean `applicability`?",
                "c.yaml:9:9: `remedy` is empty",
                "c.yaml:11:1: `why` stands behind `examples`, which must be the last key",
            ]
        );
    }

    #[test]
    fn the_schema_knows_every_key_and_its_description() {
        let schema = definition_schema();
        let properties = schema["properties"].as_object().expect("an object");
        for key in ["title", "severity", "for_each", "requires", "evidence", "fix", "examples"] {
            assert!(properties[key]["description"].is_string(), "{key}");
        }
        assert!(!properties.contains_key("place"));
        assert_eq!(schema["additionalProperties"], false);
        let required: Vec<&str> =
            schema["required"].as_array().expect("a list").iter().filter_map(|v| v.as_str()).collect();
        assert_eq!(required, ["title", "severity", "layer", "condition", "message", "why", "remedy", "examples"]);
        assert_eq!(properties["severity"]["enum"][0], "error");
    }
}

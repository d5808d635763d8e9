//! The definitions embedded in the binary.
//!
//! A test of this build has verified them, so at run time only the keys that decide are read at once; the texts are
//! parsed when a finding needs them, and the examples only for an explanation. The few keys are mostly plain one-line values, which a
//! scan of the lines reads much faster than a YAML parser; anything else is given to the parser.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::build::{self, Source, without_examples};
use super::error::Errors;
use super::expression::Expression;
use super::node::{self, Located, Node, Place};
use super::raw::RawCheck;
use super::sheet::Notes;
use super::template::Template;
use super::word::{Area, Confidence, Layer, Severity, Transport, Word};
use super::{Body, Check, load, merge};

const DEFINITIONS: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/definitions.rs"));

/// The embedded definitions, without their examples.
///
/// # Errors
/// When one is broken, which a test of this build rules out.
pub fn embedded() -> Result<Vec<Check>, Errors> {
    let mut errors = Errors::default();
    let mut checks = Vec::with_capacity(DEFINITIONS.len());
    for source in sources() {
        let mut notes = Notes { path: &source.path, errors: Vec::new() };
        checks.extend(head(&source, &mut notes));
        errors.0.append(&mut notes.errors);
    }
    errors.into_result().map(|()| checks)
}

/// The embedded definitions with their examples, verified like those of a user.
///
/// # Errors
/// Everything that is wrong with them.
pub fn verified() -> Result<Vec<Check>, Errors> {
    let sources: Vec<Source> = sources().collect();
    merge(load::load(&sources, false)?, Vec::new())
}

/// An embedded definition with its examples; `None`: there is none of that ID.
pub fn with_examples(id: &str) -> Option<Check> {
    load::load(&[sources().find(|source| source.id == id)?], false).ok()?.pop()
}

fn sources() -> impl Iterator<Item = Source> {
    DEFINITIONS.iter().map(|(area, id, text)| Source {
        area: (*area).to_owned(),
        id: (*id).to_owned(),
        path: format!("checks/{area}/{id}.yaml"),
        text: Cow::Borrowed(*text),
    })
}

/// Parses the part of an embedded definition that [`embedded`] left out.
pub(super) fn body(check: &Check) -> Result<Body, Errors> {
    let mut notes = Notes { path: &check.path, errors: Vec::new() };
    let body = match node::parse(&check.text) {
        Ok(document) => {
            RawCheck::read(document, false, &mut notes).and_then(|raw| build::body(raw, &check.text, &mut notes))
        }
        Err(error) => {
            notes.note(error.place, error.value, None);
            None
        }
    };
    body.ok_or(Errors(notes.errors))
}

/// Reads the keys that decide.
fn head(source: &Source, notes: &mut Notes<'_>) -> Option<Check> {
    let Cow::Borrowed(text) = source.text else { return None };
    let sections = Sections(sections(without_examples(text)));
    let mut text_of = |key: &'static str| sections.text(key, notes);
    let (title, condition) = (text_of("title"), text_of("condition"));
    let (requires, requires_reason) = (text_of("requires"), text_of("requires_reason"));
    let (for_each, applies, subject) = (text_of("for_each"), text_of("applies"), text_of("subject"));
    let flag = |key: &str, default: bool| sections.get(key).map_or(default, |raw| raw.trim() == "true");
    let (security, live) = (flag("security", false), flag("live", false));
    let disproved_by_success = flag("disproved_by_success", true);
    let severity: Option<Severity> = sections.word("severity", notes);
    let layer: Option<Layer> = sections.word("layer", notes);
    let confidence: Option<Confidence> = sections.word("confidence", notes);
    let transports = sections.texts("transports", notes);
    let explains = sections.texts("explains", notes);
    let expression = |text: String| Expression::new(text.trim_end(), Place::default());
    Some(Check {
        id: source.id.clone(),
        area: Area::parse(&source.area)?,
        path: source.path.clone(),
        overlay: false,
        fixes_allowed: false,
        title: title?.trim().to_owned(),
        severity: severity?,
        layer: layer?,
        confidence: confidence.unwrap_or(Confidence::Likely),
        transports: transports.iter().filter_map(|text| Transport::parse(&text.value)).collect(),
        security,
        live,
        disproved_by_success,
        requires: requires.map(expression),
        requires_reason: requires_reason.map(|text| text.trim().to_owned()),
        for_each: for_each.map(expression),
        applies: applies.map(expression),
        condition: expression(condition?),
        explains,
        subject: subject.and_then(|text| Template::parse(&Located { value: text, place: Place::default() }).ok()),
        text: Cow::Borrowed(without_examples(text)),
        body: Arc::new(OnceLock::new()),
    })
}

/// The top-level keys of a definition with the text of each value, as it stands in the file.
struct Sections<'a>(Vec<(&'a str, &'a str)>);

/// Cuts a definition at the lines that start with a key. Everything else of a mapping is indented.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let key = line.bytes().take_while(|b| b.is_ascii_lowercase() || *b == b'_').count();
        if key > 0 && line.as_bytes().get(key) == Some(&b':') {
            starts.push((offset, key));
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    let cut = |((start, key), end): (&(usize, usize), usize)| {
        Some((text.get(*start..start + key)?, text.get(start + key + 1..end)?))
    };
    starts.iter().zip(ends).filter_map(cut).collect()
}

impl<'a> Sections<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, raw)| *raw)
    }

    fn text(&self, key: &'static str, notes: &mut Notes<'_>) -> Option<String> {
        let raw = self.get(key)?;
        if let Some(value) = plain(raw).or_else(|| quoted(raw)).or_else(|| folded(raw)) {
            return Some(value);
        }
        let node = parsed(raw, notes)?;
        notes.text(key, node).map(|text| text.value)
    }

    fn texts(&self, key: &'static str, notes: &mut Notes<'_>) -> Vec<Located<String>> {
        let Some(raw) = self.get(key) else { return Vec::new() };
        if let Some(words) = words(raw) {
            return words.map(|value| Located { value, place: Place::default() }).collect();
        }
        parsed(raw, notes).map(|node| notes.texts(key, node)).unwrap_or_default()
    }

    fn word<W: Word>(&self, key: &'static str, notes: &mut Notes<'_>) -> Option<W> {
        let value = self.text(key, notes)?;
        notes.word(key, &Located { value, place: Place::default() })
    }
}

/// A value on one line that YAML takes as it stands.
fn plain(raw: &str) -> Option<String> {
    let value = raw.trim();
    let starts_plainly = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '(');
    let special =
        value.contains(['\n', '\r', '\t']) || value.contains(": ") || value.contains(" #") || value.ends_with(':');
    let resolved = matches!(value, "true" | "false" | "null" | "True" | "False" | "Null" | "TRUE" | "FALSE" | "NULL");
    (starts_plainly && !special && !resolved).then(|| value.to_owned())
}

/// A value in quotation marks on one line, without any escape.
fn quoted(raw: &str) -> Option<String> {
    let value = raw.trim();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains([quote, '\\', '\n', '\r'])).then(|| inner.to_owned())
}

/// A folded block (`>-`), the usual form of long conditions; one with blank or further indented lines is left to the
/// parser.
fn folded(raw: &str) -> Option<String> {
    let mut lines = raw.trim_end().lines();
    if lines.next()?.trim() != ">-" {
        return None;
    }
    let lines: Vec<&str> = lines.collect();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let first = indent(lines.first()?);
    let even = lines.iter().all(|line| indent(line) == first && line.trim_end() == *line && !line.trim().is_empty());
    (even && first > 0).then(|| lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "))
}

/// A list `[a, b]` of plain IDs.
fn words(raw: &str) -> Option<impl Iterator<Item = String>> {
    let inner = raw.trim().strip_prefix('[')?.strip_suffix(']')?;
    let simple = inner.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || " -,\n".contains(c));
    let words = inner.split(',').map(str::trim);
    let starts = words.clone().all(|word| word.starts_with(|c: char| c.is_ascii_lowercase()));
    (simple && starts).then(|| words.map(str::to_owned))
}

fn parsed(raw: &str, notes: &mut Notes<'_>) -> Option<Located<Node>> {
    match node::parse(&format!("key:{raw}")) {
        Ok(Located { value: Node::Map(mut map), .. }) => map.pop().map(|(_, value)| value),
        Ok(_) => None,
        Err(error) => {
            notes.note(Place::default(), error.value, None);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::examples::test_examples;

    #[test]
    fn the_embedded_definitions_are_right() {
        if let Err(errors) = verified() {
            panic!("\n{errors}");
        }
    }

    /// A line break inside a value is shown as `␊`, because nobody knows where it comes from.
    #[test]
    fn no_text_puts_a_line_break_into_a_value() {
        for check in embedded().expect("the definitions are right") {
            let body = check.body().expect("the definitions are right");
            for part in [&body.message, &body.why, &body.remedy].into_iter().flat_map(|text| &text.parts) {
                let crate::check::template::Part::Value { expression, .. } = part else { continue };
                let breaks = expression.source.replace("\\\\n", "").contains("\\n");
                assert!(!breaks, "{}: {}", check.id, expression.source);
            }
        }
    }

    #[test]
    fn the_examples_hold() {
        let report = test_examples(&verified().expect("the definitions are right"));
        assert!(report.failures.is_empty(), "\n{report}");
    }

    #[test]
    fn the_fast_reader_reads_what_the_parser_reads() {
        let fast = embedded().expect("the definitions are right");
        let slow = load::load(&sources().collect::<Vec<_>>(), false).expect("the definitions are right");
        assert_eq!(fast.len(), DEFINITIONS.len());
        for (fast, slow) in fast.iter().zip(&slow) {
            assert_eq!(comparable(fast), comparable(slow), "{}", fast.path);
            let (fast, slow) = (fast.body().expect("has a body"), slow.body().expect("has a body"));
            assert_eq!(fast.message.source, slow.message.source);
            assert_eq!(fast.remedy.source, slow.remedy.source);
        }
    }

    /// What the fast reader gives, blanks in expressions aside.
    fn comparable(check: &Check) -> String {
        let blank = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let optional = |expression: &Option<Expression>| expression.as_ref().map(|e| blank(&e.source));
        let explains: Vec<&str> = check.explains.iter().map(|id| id.value.as_str()).collect();
        let rest = (&check.requires_reason, check.subject.as_ref().map(|t| &t.source), check.text.len());
        format!(
            "{} {:?} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {} {explains:?} {rest:?}",
            check.id,
            check.area,
            check.title,
            check.severity,
            check.layer,
            check.confidence,
            check.transports,
            (check.security, check.live, check.disproved_by_success),
            optional(&check.requires),
            optional(&check.for_each),
            optional(&check.applies),
            blank(&check.condition.source),
        )
    }

    #[test]
    fn every_error_says_where_git_would_stop() {
        let checks = embedded().expect("the definitions are right");
        let rungs: Vec<&Check> = checks.iter().filter(|check| check.live).collect();
        for layer in Layer::ALL {
            let id = format!("ls-remote-fails-at-{layer}");
            assert!(rungs.iter().any(|rung| rung.id == id && rung.layer == *layer), "{id} is missing");
        }
        for check in checks.iter().filter(|check| !check.live) {
            let claims = check.explains.iter().any(|id| rungs.iter().any(|rung| rung.id == id.value));
            let id = &check.id;
            match check.severity {
                Severity::Error => {
                    assert!(claims || !check.disproved_by_success, "{id} neither explains a `live` check nor stays");
                }
                Severity::Info => assert!(!claims, "{id} never needs action, but claims to stop git"),
                Severity::Warning => {}
            }
        }
    }

    #[test]
    fn the_definitions_follow_the_schema() {
        let schema = crate::check::definition_schema();
        let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
        for (_, id, text) in DEFINITIONS {
            let document: serde_json::Value = serde_yaml::from_str(text).expect("is YAML");
            let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new(), "{id}");
        }
        assert!(!validator.is_valid(&serde_json::json!({ "title": "x" })));
    }

    const GUIDE: &str = include_str!("../../checks/AUTHORING.md");

    #[test]
    fn the_example_of_the_guide_holds() {
        let text = GUIDE.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("has an example");
        let source = Source { area: "tools".into(), id: "example".into(), path: "guide".into(), text: text.into() };
        let checks = load::load(&[source], true).unwrap_or_else(|errors| panic!("\n{errors}"));
        let report = test_examples(&checks);
        assert_eq!((report.examples, report.failures.as_slice()), (3, &[][..]));
    }

    #[test]
    fn the_guide_knows_every_key_and_function() {
        let schema = crate::check::definition_schema();
        for key in schema["properties"].as_object().expect("an object").keys() {
            assert!(GUIDE.contains(&format!("| `{key}` |")), "{key} is missing in AUTHORING.md");
        }
        for function in crate::check::expression::function::FUNCTIONS {
            assert!(GUIDE.contains(&format!("{}(", function.name)), "{} is missing in AUTHORING.md", function.name);
        }
    }

    #[test]
    fn values_that_yaml_changes_are_left_to_the_parser() {
        for raw in [" \"a\"", " a: b", " a # c", " true", " |\n  a\n  b", " !a", " 'x'", " a\n  b", " ~", " 1"] {
            assert_eq!(plain(raw), None, "{raw}");
        }
        assert_eq!(plain(" a == \"b\" && !c\n\n").as_deref(), Some("a == \"b\" && !c"));
        assert_eq!(quoted(" \"a: 'b'\"\n").as_deref(), Some("a: 'b'"));
        assert!(quoted(" \"a\\n\"").is_none() && quoted(" 'it''s'").is_none() && quoted(" \"").is_none());
        assert_eq!(folded(" >-\n  a ||\n  b\n").as_deref(), Some("a || b"));
        assert_eq!(folded(" >-\n  a ||\n    b\n"), None);
        assert_eq!(words(" [a-b, c]\n").map(|w| w.collect::<Vec<_>>()), Some(vec!["a-b".into(), "c".into()]));
        assert!(words(" [a, \"b\"]").is_none() && words(" []").is_none() && words(" [1]").is_none());
    }

    #[test]
    fn sections_end_at_the_next_key() {
        assert_eq!(sections("# c\na: 1\n  b: 2\nfor_each: x\n"), [("a", " 1\n  b: 2\n"), ("for_each", " x\n")]);
    }
}

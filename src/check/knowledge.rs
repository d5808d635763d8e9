//! Knowledge: failures that nothing on a machine shows, such as an application that brings its own git. They have
//! symptoms, a reason and a remedy, but no condition; `diagnose` and `explain` offer them.

use std::path::Path;

use schemars::JsonSchema;

use super::error::{DefinitionError, Errors};
use super::expression::function;
use super::load::{self, Source};
use super::node::{self, Located, Place};
use super::sheet::{Notes, Sheet};
use super::word::Transport;
use crate::system::System;

/// The folder of knowledge beside the areas.
pub const FOLDER: &str = "knowledge";

const DEFINITIONS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/knowledge.rs"));

/// One piece of knowledge.
#[derive(Debug, Clone)]
pub struct Knowledge {
    /// Its ID: the file's name.
    pub id: String,
    /// The file, for messages.
    pub path: String,
    /// The problem in one line.
    pub title: String,
    /// The transports that it is about; empty: all.
    pub transports: Vec<Transport>,
    /// Regular expressions of the lines that people see.
    pub symptoms: Vec<Located<String>>,
    /// Why it happens.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// Addresses of the documentation.
    pub references: Vec<String>,
}

/// A failure that nothing on a machine shows. The file `checks/knowledge/<id>.yaml` holds one; its name is the ID.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Knowledge", deny_unknown_fields)]
struct RawKnowledge {
    /// The problem in one line, for lists and headings.
    title: Located<String>,
    /// The transports that it is about; all when left out.
    transports: Option<Vec<Transport>>,
    /// Regular expressions that match lines which a person sees when this is the cause.
    symptoms: Vec<Located<String>>,
    /// Two or three sentences for a person who does not know the tool.
    why: Located<String>,
    /// What to do, with the commands to type.
    remedy: Located<String>,
    /// Addresses of the documentation.
    references: Option<Vec<Located<String>>>,
    /// Lines as people see them: each symptom matches at least one, and each is matched.
    examples: Vec<Located<String>>,
}

impl RawKnowledge {
    fn read(sheet: &mut Sheet, notes: &mut Notes<'_>) -> Option<Self> {
        // Every key is read before the first `?`, so that all errors are found.
        let title = sheet.need_text("title", notes);
        let transports = sheet.texts("transports", notes);
        let transports = transports.iter().filter_map(|text| notes.word("transports", text)).collect();
        let symptoms = sheet.need("symptoms", notes).map(|node| notes.texts("symptoms", node));
        let why = sheet.need_text("why", notes);
        let remedy = sheet.need_text("remedy", notes);
        let references = Some(sheet.texts("references", notes));
        let examples = sheet.need("examples", notes).map(|node| notes.texts("examples", node));
        Some(Self {
            title: title?,
            transports: Some(transports),
            symptoms: symptoms?,
            why: why?,
            remedy: remedy?,
            references,
            examples: examples?,
        })
    }

    /// Notes symptoms that are no expressions, and examples and symptoms that do not fit each other.
    fn verify(&self, notes: &mut Notes<'_>) {
        let mut compiled = Vec::new();
        for symptom in &self.symptoms {
            match function::compiled(&symptom.value) {
                Ok(regex) => compiled.push((symptom, regex)),
                Err(error) => {
                    let message = format!("the symptom \"{}\" is no regular expression: {error}", symptom.value);
                    notes.note(symptom.place, message, None);
                }
            }
        }
        for (symptom, regex) in &compiled {
            if !self.examples.iter().any(|example| regex.is_match(&example.value)) {
                notes.note(symptom.place, "no line of `examples` has this symptom", None);
            }
        }
        for example in &self.examples {
            if !compiled.iter().any(|(_, regex)| regex.is_match(&example.value)) {
                notes.note(example.place, "none of `symptoms` matches this line", None);
            }
        }
        for reference in self.references.iter().flatten().filter(|text| !text.value.starts_with("https://")) {
            notes.note(reference.place, format!("`{}` is no https address", reference.value), None);
        }
    }
}

/// The knowledge embedded in the binary, ordered by ID.
///
/// # Errors
/// When a file is broken, which a test of this build rules out.
pub fn embedded() -> Result<Vec<Knowledge>, Errors> {
    let source = |(id, text): &(&'static str, &'static str)| Source {
        area: FOLDER.to_owned(),
        id: (*id).to_owned(),
        path: format!("checks/{FOLDER}/{id}.yaml"),
        text: (*text).into(),
    };
    load(&DEFINITIONS.iter().map(source).collect::<Vec<_>>())
}

/// The knowledge in `<directory>/knowledge/` of a user.
///
/// # Errors
/// When a file cannot be read, and everything that is wrong with any of them.
pub fn load_directory(system: &dyn System, directory: &Path) -> Result<Vec<Knowledge>, Errors> {
    let mut errors = Vec::new();
    let sources = load::find(system, directory, |folder| folder == FOLDER, &mut errors);
    let found = load(&sources);
    errors.extend(found.as_ref().err().into_iter().flat_map(|more| more.0.clone()));
    Errors(errors).into_result()?;
    found
}

/// Lays `overlay` over `base`: one of the same ID takes the place of the present one, new ones are added.
pub fn merge(base: Vec<Knowledge>, overlay: Vec<Knowledge>) -> Vec<Knowledge> {
    let mut merged: Vec<Knowledge> =
        base.into_iter().filter(|old| !overlay.iter().any(|new| new.id == old.id)).collect();
    merged.extend(overlay);
    merged.sort_by(|a, b| a.id.cmp(&b.id));
    merged
}

fn load(sources: &[Source]) -> Result<Vec<Knowledge>, Errors> {
    let mut errors: Vec<DefinitionError> = Vec::new();
    let mut all = Vec::new();
    for source in sources {
        let mut notes = Notes { path: &source.path, errors: Vec::new() };
        all.extend(load_one(source, &mut notes));
        errors.append(&mut notes.errors);
    }
    Errors(errors).into_result().map(|()| all)
}

fn load_one(source: &Source, notes: &mut Notes<'_>) -> Option<Knowledge> {
    if !load::is_kebab_case(&source.id) {
        let message = format!("the file name `{}` is no ID: write lower-case words joined by hyphens", source.id);
        notes.note(Place::default(), message, None);
    }
    let document = match node::parse(&source.text) {
        Ok(document) => document,
        Err(error) => {
            notes.note(error.place, error.value, None);
            return None;
        }
    };
    let mut sheet = notes.sheet("the knowledge", document)?;
    let raw = RawKnowledge::read(&mut sheet, notes);
    sheet.finish(notes);
    let raw = raw?;
    raw.verify(notes);
    Some(Knowledge {
        id: source.id.clone(),
        path: source.path.clone(),
        title: raw.title.value.trim().to_owned(),
        transports: raw.transports.unwrap_or_default(),
        symptoms: raw.symptoms,
        why: raw.why.value,
        remedy: raw.remedy.value,
        references: raw.references.unwrap_or_default().into_iter().map(|reference| reference.value).collect(),
    })
}

/// The JSON Schema of the format, for editors and for `cc-doctor schema knowledge`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(RawKnowledge).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    #[test]
    fn the_embedded_knowledge_is_right_and_fits_its_schema() {
        let all = embedded().unwrap_or_else(|errors| panic!("\n{errors}"));
        assert_eq!(all.len(), DEFINITIONS.len());
        assert!(all.is_sorted_by(|a, b| a.id < b.id));
        let validator = jsonschema::validator_for(&schema()).expect("the schema is a schema");
        for (id, text) in DEFINITIONS {
            let document: serde_json::Value = serde_yaml::from_str(text).expect("is YAML");
            let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new(), "{id}");
            let checks = crate::check::embedded::embedded().expect("the definitions are right");
            assert!(checks.iter().all(|check| check.id != *id), "{id} is a check, too");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let text = "title: t\ncondition: 'true'\nsymptoms: ['(a', 'never']\nwhy: w\nremedy: r\nexamples: [x]\n";
        let system = FakeSystem::new(Platform::Linux).file("/home/dev/c/knowledge/own-one.yaml", text);
        let errors = load_directory(&system, Path::new("/home/dev/c")).expect_err("is wrong");
        let mut found: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
        found.sort();
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].contains("own-one.yaml:2:1: the knowledge has no key `condition`"), "{found:?}");
        assert!(found[1].contains(":3:12: the symptom \"(a\" is no regular expression"), "{found:?}");
        assert!(found[2].contains(":3:18: no line of `examples` has this symptom"), "{found:?}");
        assert!(found[3].contains(":6:12: none of `symptoms` matches this line"), "{found:?}");
    }

    #[test]
    fn a_directory_adds_and_replaces() {
        let text = "title: Mine\nsymptoms: [a]\nwhy: w\nremedy: r\nexamples: [a]\n";
        let first = embedded().expect("is right").swap_remove(0).id;
        let system = FakeSystem::new(Platform::Linux)
            .file(&format!("/home/dev/c/knowledge/{first}.yaml"), text)
            .file("/home/dev/c/knowledge/zz-own.yaml", text);
        let own = load_directory(&system, Path::new("/home/dev/c")).expect("is right");
        let merged = merge(embedded().expect("is right"), own);
        assert_eq!(merged.len(), DEFINITIONS.len() + 1);
        assert_eq!((merged[0].id.as_str(), merged[0].title.as_str()), (first.as_str(), "Mine"));
    }
}

//! The examples of a definition: machines described by a few facts.
//!
//! Facts that an example does not give are unavailable, also the missing fields of an object that it gives in part;
//! `null` is absent. Each value is checked against the catalogue.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Check;
use super::error::did_you_mean;
use super::node::{Located, Node, Place};
use super::raw::RawExample;
use super::sheet::Notes;
use super::word::{Outcome, Word};
use crate::fact::UNAVAILABLE;
use crate::fact::catalogue::{Catalogue, Object, Type, Typed};

const NOT_GIVEN: &str = "not given in the example";

/// One example.
#[derive(Debug, Clone)]
pub struct Example {
    /// What is special about the machine.
    pub name: String,
    /// What the check must say there.
    pub outcome: Outcome,
    /// A text that the message must hold.
    pub message: Option<String>,
    /// A text that the remedy must hold.
    pub remedy: Option<String>,
    /// Where it starts in the file.
    pub place: Place,
    given: Given,
}

/// What an example says of one fact.
#[derive(Debug, Clone)]
enum Given {
    Value(Located<Node>),
    List(Vec<Self>, Place),
    Map(BTreeMap<String, Self>, Place),
    Unavailable(String),
}

impl Example {
    pub(super) fn build(raw: RawExample, notes: &mut Notes<'_>) -> Option<Self> {
        let mut root = match raw.facts {
            Some(facts) if !matches!(facts.value, Node::Map(_)) => {
                notes.note(facts.place, format!("`facts` must be a mapping, not {}", facts.value.kind()), None);
                return None;
            }
            Some(facts) => given(facts, notes),
            None => Given::Map(BTreeMap::new(), raw.place),
        };
        for path in raw.absent.into_iter().flatten() {
            let null = Given::Value(Located { value: Node::Null, place: path.place });
            insert(&mut root, &path.value, null, path.place, notes);
        }
        let reasons = raw.unavailable.and_then(|node| notes.sheet("`unavailable`", node));
        for (path, reason) in reasons.map(super::sheet::Sheet::into_entries).into_iter().flatten() {
            if let Some(reason) = notes.text("unavailable", reason) {
                insert(&mut root, &path.value, Given::Unavailable(reason.value), path.place, notes);
            }
        }
        Some(Self {
            name: raw.name.value,
            outcome: raw.outcome,
            message: raw.message.map(|text| text.value),
            remedy: raw.remedy.map(|text| text.value),
            place: raw.place,
            given: root,
        })
    }

    /// Notes what is wrong with the facts given.
    pub(super) fn verify(&self, check: &Check, notes: &mut Notes<'_>) {
        self.build_facts(check, notes);
    }

    /// The facts of the machine, serialised. For a check about targets that names none, one is added, and targets
    /// get an ID and a transport of the check.
    pub fn facts(&self, check: &Check) -> Json {
        self.build_facts(check, &mut Notes { path: "", errors: Vec::new() })
    }

    fn build_facts(&self, check: &Check, notes: &mut Notes<'_>) -> Json {
        let Given::Map(mut roots, place) = self.given.clone() else { return Json::Null };
        if let Some(target) = roots.remove("target") {
            let both = roots.insert("targets".into(), Given::List(vec![target], place)).is_some();
            if both {
                notes.note(self.place, "the example gives both `target` and `targets`", None);
            }
        }
        if !roots.contains_key("targets") && (check.is_per_target() || !check.transports.is_empty()) {
            roots.insert("targets".into(), Given::List(vec![Given::Map(BTreeMap::new(), place)], place));
        }
        if let Some(Given::List(targets, _)) = roots.get_mut("targets") {
            targets.iter_mut().zip(1..).for_each(|(target, number)| complete(target, number, check));
        }
        object(&Catalogue::get().roots, &roots, "", notes)
    }
}

/// Gives a target an ID and a transport.
fn complete(target: &mut Given, number: usize, check: &Check) {
    let Given::Map(fields, place) = target else { return };
    let text = |value: String| Given::Value(Located { value: Node::Text(value), place: *place });
    fields.entry("id".into()).or_insert_with(|| text(format!("t{number}")));
    let transport = check.transports.first().map_or("ssh", |transport| transport.name());
    fields.entry("transport".into()).or_insert_with(|| text(transport.to_owned()));
}

fn given(node: Located<Node>, notes: &mut Notes<'_>) -> Given {
    match node.value {
        Node::Map(entries) => {
            let mut map = Given::Map(BTreeMap::new(), node.place);
            for (key, value) in entries {
                let value = given(value, notes);
                insert(&mut map, &key.value, value, key.place, notes);
            }
            map
        }
        Node::List(list) => Given::List(list.into_iter().map(|node| given(node, notes)).collect(), node.place),
        value => Given::Value(Located { value, place: node.place }),
    }
}

/// Puts a value at a dotted path such as `target.ssh.user` or `ssh.blocks[0].user`.
fn insert(root: &mut Given, path: &str, value: Given, place: Place, notes: &mut Notes<'_>) {
    let mut slot = root;
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        let (name, index) = indexed(name);
        let Given::Map(map, _) = slot else {
            return notes.note(place, format!("`{path}` is given twice"), None);
        };
        let last = names.peek().is_none();
        if last && index.is_none() && map.contains_key(name) {
            return notes.note(place, format!("`{path}` is given twice"), None);
        }
        slot = map.entry(name.to_owned()).or_insert_with(|| Given::Map(BTreeMap::new(), place));
        if let Some(index) = index {
            let Given::List(list, _) = slot else {
                return notes.note(place, format!("`{name}` in `{path}` is not given as a list"), None);
            };
            let Some(element) = list.get_mut(index) else {
                return notes.note(place, format!("`{path}` names an element that is not given"), None);
            };
            slot = element;
        }
    }
    *slot = value;
}

/// `blocks[0]` is element 0 of `blocks`.
fn indexed(name: &str) -> (&str, Option<usize>) {
    let index = name.strip_suffix(']').and_then(|name| name.split_once('['));
    match index.map(|(name, index)| (name, index.parse())) {
        Some((name, Ok(index))) => (name, Some(index)),
        _ => (name, None),
    }
}

fn unavailable(reason: &str) -> Json {
    json!({ UNAVAILABLE: reason })
}

fn object(object: &Object, given: &BTreeMap<String, Given>, path: &str, notes: &mut Notes<'_>) -> Json {
    let dotted = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, value) in given.iter().filter(|(name, _)| object.field(name).is_none()) {
        let names = object.fields.iter().map(|field| field.name.as_str());
        let hint = did_you_mean(name, names.clone())
            .unwrap_or_else(|| format!("its fields: {}", names.collect::<Vec<_>>().join(", ")));
        notes.note(place_of(value), format!("there is no fact `{}`", dotted(name)), Some(hint));
    }
    let fill = |field: &crate::fact::catalogue::Field| {
        let value = given.get(&field.name).map(|given| fact(&field.typed, given, &dotted(&field.name), notes));
        (field.name.clone(), value.unwrap_or_else(|| unavailable(NOT_GIVEN)))
    };
    Json::Object(object.fields.iter().map(fill).collect())
}

fn fact(typed: &Typed, given: &Given, path: &str, notes: &mut Notes<'_>) -> Json {
    match (given, &typed.kind) {
        (Given::Unavailable(reason), _) => unavailable(reason),
        (Given::Map(fields, _), Type::Object(inner)) => object(inner, fields, path, notes),
        (Given::List(list, _), Type::List(element)) => {
            let path = if path == "targets" { "target" } else { path };
            Json::Array(list.iter().map(|given| fact(element, given, path, notes)).collect())
        }
        (Given::Value(Located { value: Node::Null, .. }), _) if typed.nullable => Json::Null,
        (Given::Value(value), kind) => scalar(kind, value, path, notes),
        (_, kind) => mismatch(kind, given, path, notes),
    }
}

fn scalar(kind: &Type, value: &Located<Node>, path: &str, notes: &mut Notes<'_>) -> Json {
    match (&value.value, kind) {
        (Node::Bool(value), Type::Bool) => json!(value),
        (Node::Int(value), Type::Int) => json!(value),
        (Node::Float(value), Type::Float) => json!(value),
        (Node::Text(value), Type::Text(_)) => json!(value),
        _ => mismatch(kind, &Given::Value(value.clone()), path, notes),
    }
}

fn mismatch(kind: &Type, given: &Given, path: &str, notes: &mut Notes<'_>) -> Json {
    let (is, quotes) = match given {
        Given::Value(value) => (value.value.kind(), !matches!(value.value, Node::Null)),
        Given::List(..) => ("a list", false),
        Given::Map(..) => ("a mapping", false),
        Given::Unavailable(_) => ("unavailable", false),
    };
    let wanted = match kind {
        Type::Bool => "true or false",
        Type::Int | Type::Float => "a number",
        Type::Text(_) => "text",
        Type::List(_) => "a list",
        _ => "a mapping",
    };
    let hint = match (kind, is) {
        (_, "nothing") => Some("this fact is never absent".to_owned()),
        (Type::Text(_), _) if quotes => Some("put it in quotation marks".to_owned()),
        _ => None,
    };
    notes.note(place_of(given), format!("`{path}` must be {wanted}, not {is}"), hint);
    unavailable(NOT_GIVEN)
}

fn place_of(given: &Given) -> Place {
    match given {
        Given::Value(value) => value.place,
        Given::List(_, place) | Given::Map(_, place) => *place,
        Given::Unavailable(_) => Place::default(),
    }
}

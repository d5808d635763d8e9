//! The facts as values of the expression language.
//!
//! Converted once per run: objects are shared, not copied, when an expression binds them to a name. An unavailable
//! fact is an error when it is looked up, and the lookup is remembered, so that the outcome can name it.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use cel::ExecutionError;
use cel::common::traits::Indexer;
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelNull, CelString, MAP_TYPE, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use serde_json::Value as Json;

use crate::fact::UNAVAILABLE;

/// A fact that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Its name in expressions.
    pub(crate) path: String,
    /// Why.
    pub(crate) reason: String,
}

thread_local! {
    static TOUCHED: RefCell<Option<Arc<Gap>>> = const { RefCell::new(None) };
}

/// Forgets which unavailable fact was looked up.
pub(crate) fn forget_gap() {
    TOUCHED.with_borrow_mut(|touched| *touched = None);
}

/// The first unavailable fact that was looked up since [`forget_gap`] on this thread.
pub(crate) fn touched_gap() -> Option<Arc<Gap>> {
    TOUCHED.with_borrow_mut(Option::take)
}

fn touch(gap: &Arc<Gap>) -> ExecutionError {
    TOUCHED.with_borrow_mut(|touched| {
        touched.get_or_insert_with(|| Arc::clone(gap));
    });
    ExecutionError::function_error("lookup", format!("{} is unavailable: {}", gap.path, gap.reason))
}

/// A fact: there, or not to be had.
pub(crate) enum Entry {
    Known(Box<dyn Val>),
    Unavailable(Arc<Gap>),
}

/// An object of facts.
#[derive(Clone)]
pub(crate) struct Object(Arc<Fields>);

/// The names are shared by all objects that have the same ones, as the thousands of blocks of a long file do.
struct Fields {
    names: Arc<[String]>,
    values: Vec<Entry>,
}

impl Fields {
    fn get(&self, name: &str) -> Option<&Entry> {
        self.values.get(self.names.iter().position(|known| known == name)?)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
}

impl Object {
    /// A field; `None`: not known, or no such field.
    pub(crate) fn get(&self, name: &str) -> Option<&(dyn Val + 'static)> {
        match self.0.get(name) {
            Some(Entry::Known(value)) => Some(value.as_ref()),
            _ => None,
        }
    }

    /// A text field.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.downcast_ref::<CelString>().map(CelString::inner)
    }

    /// An integer field.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.get(name)?.downcast_ref::<CelInt>().map(|value| *value.inner())
    }

    fn lookup(&self, key: &dyn Val) -> Result<&(dyn Val + 'static), ExecutionError> {
        let name = key.downcast_ref::<CelString>().map(CelString::inner).unwrap_or_default();
        match self.0.get(name) {
            Some(Entry::Known(value)) => Ok(value.as_ref()),
            Some(Entry::Unavailable(gap)) => Err(touch(gap)),
            None => Err(ExecutionError::NoSuchKey(Arc::new(name.to_owned()))),
        }
    }
}

impl Val for Object {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn into_indexer<'v>(self: Box<Self>) -> Option<Box<dyn Indexer + 'v>>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Object {}

impl Indexer for Object {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.lookup(key).map(CowVal::Borrowed)
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.lookup(key).map(Val::clone_as_boxed)
    }
}

/// A root whose collector failed: every field of it is unavailable.
#[derive(Debug, Clone)]
pub(crate) struct Missing(pub(crate) Arc<Gap>);

impl Val for Missing {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn into_indexer<'v>(self: Box<Self>) -> Option<Box<dyn Indexer + 'v>>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }
}

impl Indexer for Missing {
    fn get<'b, 'v>(&'b self, _: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Err(touch(&self.0))
    }

    fn steal<'v>(self: Box<Self>, _: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Err(touch(&self.0))
    }
}

/// Converts a serialised fact. Every integer becomes CEL's `int`, so that facts can be compared and added.
pub(crate) fn convert(json: &Json, path: &str) -> Entry {
    entry(json, &Place { above: None, name: path }, &mut Shapes::default())
}

/// Where a fact stands; written out only for one that is unavailable.
struct Place<'a> {
    above: Option<&'a Place<'a>>,
    name: &'a str,
}

impl Place<'_> {
    fn path(&self) -> String {
        match self.above.map(Place::path).filter(|above| !above.is_empty()) {
            Some(above) => format!("{above}.{}", self.name),
            None => self.name.to_owned(),
        }
    }
}

/// The lists of names seen so far.
#[derive(Default)]
struct Shapes(HashMap<String, Arc<[String]>>);

impl Shapes {
    fn names(&mut self, fields: &serde_json::Map<String, Json>) -> Arc<[String]> {
        let key = fields.keys().flat_map(|name| [name.as_str(), "\0"]).collect();
        Arc::clone(self.0.entry(key).or_insert_with(|| fields.keys().cloned().collect()))
    }
}

fn entry(json: &Json, place: &Place<'_>, shapes: &mut Shapes) -> Entry {
    Entry::Known(match json {
        Json::Null => Box::new(CelNull),
        Json::Bool(value) => Box::new(CelBool::from(*value)),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Box::new(CelInt::from(value)),
            None => Box::new(CelDouble::from(number.as_f64().unwrap_or_default())),
        },
        Json::String(text) => Box::new(CelString::from(text.clone())),
        Json::Array(elements) => Box::new(list(elements, place, shapes)),
        Json::Object(fields) => match fields.get(UNAVAILABLE) {
            Some(reason) => {
                let reason = reason.as_str().unwrap_or_default().to_owned();
                return Entry::Unavailable(Arc::new(Gap { path: place.path(), reason }));
            }
            None => Box::new(object(fields, place, shapes)),
        },
    })
}

/// The elements of a list; an unavailable one is left as an object of which nothing can be had.
fn list(elements: &[Json], place: &Place<'_>, shapes: &mut Shapes) -> CelList<'static> {
    // Within `targets`, facts are named as an expression names them.
    let of_targets = place.above.is_none() && place.name == "targets";
    let place = if of_targets { &Place { above: None, name: "target" } } else { place };
    let element = |json| match entry(json, place, shapes) {
        Entry::Known(value) => value,
        Entry::Unavailable(gap) => Box::new(Missing(gap)),
    };
    CelList::from(elements.iter().map(element).collect::<Vec<Box<dyn Val>>>())
}

fn object(fields: &serde_json::Map<String, Json>, place: &Place<'_>, shapes: &mut Shapes) -> Object {
    let value = |(name, json): (&String, &Json)| entry(json, &Place { above: Some(place), name }, shapes);
    let values = fields.iter().map(value).collect();
    Object(Arc::new(Fields { names: shapes.names(fields), values }))
}

//! A YAML document as a tree in which every value and key knows its place.
//!
//! Definitions are read through this tree and not straight into structs, so that all mistakes of a file are
//! reported at once and each at its own line and column.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Location, Options, Spanned};

/// Largest definition file in bytes.
pub const SIZE_LIMIT: usize = 1024 * 1024;

/// A place in the text of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Place {
    /// Line from 1; 0: unknown.
    pub line: u32,
    /// Column in characters from 1.
    pub column: u32,
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Self { line: narrow(location.line()), column: narrow(location.column()) }
    }
}

/// A value and where it starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its first character (the quotation mark or block indicator of a scalar).
    pub place: Place,
}

/// One YAML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// A sequence.
    List(Vec<Located<Self>>),
    /// A mapping in the order of the file.
    Map(Vec<(Located<String>, Located<Self>)>),
}

impl Node {
    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

struct Raw(Node);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor).map(Raw)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or_else(|_| Node::Text(value.to_string()), Node::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(Self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = access.next_element::<Spanned<Raw>>()? {
            list.push(located(element, |raw| raw.0));
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let value = access.next_value::<Spanned<Raw>>()?;
            map.push((located(key, |key| key), located(value, |raw| raw.0)));
        }
        Ok(Node::Map(map))
    }
}

fn located<T, U>(spanned: Spanned<T>, inner: impl FnOnce(T) -> U) -> Located<U> {
    Located { place: spanned.referenced.into(), value: inner(spanned.value) }
}

/// Parses one document.
///
/// # Errors
/// The first thing that is not YAML, a key that stands twice, a tag such as `!aws`, or a document beyond the limits
/// of depth, size and aliases; the message has no place in it.
pub fn parse(text: &str) -> Result<Located<Node>, Located<String>> {
    if text.len() > SIZE_LIMIT {
        let message = format!("the file is larger than {} KiB", SIZE_LIMIT / 1024);
        return Err(Located { value: message, place: Place::default() });
    }
    let document: Result<Spanned<Raw>, _> = serde_yaml::from_str_with_options(text, options());
    match document {
        Ok(document) => Ok(located(document, |raw| raw.0)),
        Err(error) => {
            let error = error.without_snippet();
            let place = error.location().map(Place::from).unwrap_or_default();
            Err(Located { value: strip_place(&error.to_string()), place })
        }
    }
}

fn options() -> Options {
    serde_yaml::options! {
        reject_unsupported_tags: true,
        strict_booleans: true,
        with_snippet: false,
        budget: serde_yaml::budget! { max_nodes: 50_000, max_depth: 40 },
    }
}

/// The parser's message without the ` at line 3, column 4` that the place says already.
fn strip_place(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    let line = line.strip_prefix("line ").and_then(|rest| rest.split_once(": ")).map_or(line, |(_, rest)| rest);
    line.split(" at line ").next().unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(text: &str) -> (u32, u32, String) {
        let error = parse(text).expect_err("must be refused");
        (error.place.line, error.place.column, error.value)
    }

    #[test]
    fn values_know_their_places() {
        let document = parse("a: x\nbb:\n  - 1\n  - \"two\"\n").expect("is YAML");
        let Node::Map(map) = document.value else { panic!("a mapping") };
        assert_eq!(map[0].0.place, Place { line: 1, column: 1 });
        assert_eq!(map[0].1.place, Place { line: 1, column: 4 });
        let Node::List(list) = &map[1].1.value else { panic!("a list") };
        assert_eq!(list[1].value, Node::Text("two".into()));
        assert_eq!(list[1].place, Place { line: 4, column: 5 });
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let (line, column, message) = fails("a: 1\nb: 2\na: 3\n");
        assert_eq!((line, column), (3, 1), "{message}");
        assert!(message.contains("duplicate"), "{message}");
    }

    #[test]
    fn a_swallowed_helper_is_refused() {
        let (line, column, message) = fails("a: 1\nrun: !aws codecommit credential-helper\n");
        assert_eq!((line, column), (2, 11), "{message}");
        assert!(message.contains("tag"), "{message}");
    }

    #[test]
    fn yes_is_text_not_true() {
        let document = parse("a: yes\n").expect("is YAML");
        let Node::Map(map) = document.value else { panic!("a mapping") };
        assert_eq!(map[0].1.value, Node::Text("yes".into()));
    }

    #[test]
    fn bombs_are_stopped() {
        let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for (name, previous) in ["b", "c", "d", "e", "f", "g", "h"].iter().zip(["a", "b", "c", "d", "e", "f", "g"]) {
            let alias = format!("*{previous}");
            bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![alias; 9].join(",")));
        }
        assert!(parse(&bomb).is_err());
        assert!(parse(&"[".repeat(20_000)).is_err());
        assert!(parse(&format!("a: {}", "{a: ".repeat(2_000))).is_err());
        assert!(parse(&format!("a: {}", "x".repeat(SIZE_LIMIT))).is_err());
    }

    #[test]
    fn a_syntax_error_has_its_place_once() {
        let (line, _, message) = fails("a: [1, 2\nb: 3\n");
        assert!(line >= 1, "{message}");
        assert!(!message.contains(" at line "), "{message}");
    }
}

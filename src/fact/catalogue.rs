//! The catalogue of facts: what an expression may name, its type, its description and its sensitivity.
//!
//! It is read off the JSON Schema of [`Facts`], that is, off the Rust declarations and their doc
//! comments, and so cannot go stale. It is built on first use.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::Facts;

/// What has to happen to a text before it is sent away. Ordered from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensitivity {
    /// Kept everywhere.
    Public,
    /// Free text: scanned for identities.
    Text,
    /// A path: the home directory becomes `~`, the rest is scanned as text.
    Path,
    /// A name of that kind: replaced by a numbered token.
    Identity(IdentityKind),
}

/// What an identity names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityKind {
    /// A host name.
    Host,
    /// A name that somebody logs in under.
    Login,
    /// An AWS account ID.
    Account,
}

impl Sensitivity {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "public" => Self::Public,
            "text" => Self::Text,
            "path" => Self::Path,
            "identity:host" => Self::Identity(IdentityKind::Host),
            "identity:login" => Self::Identity(IdentityKind::Login),
            "identity:account" => Self::Identity(IdentityKind::Account),
            _ => return None,
        })
    }
}

/// The type of a fact.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// An integer.
    Int,
    /// A floating-point number.
    Float,
    /// Text.
    Text(Sensitivity),
    /// A list.
    List(Arc<Typed>),
    /// An object.
    Object(Arc<Object>),
    /// `null` itself (of expressions, never of a fact).
    Null,
    /// Not known (of expressions, never of a fact).
    Any,
}

/// A type and whether a value of it may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// The type.
    pub kind: Type,
    /// Whether it can be null (looked for and absent).
    pub nullable: bool,
    /// Whether it can be unavailable (could not look).
    pub may_be_unavailable: bool,
}

/// An object type: a Rust struct below [`Facts`].
#[derive(Debug, PartialEq)]
pub struct Object {
    /// The name of the struct.
    pub name: String,
    /// Its fields in the order of their declaration.
    pub fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

/// One fact.
#[derive(Debug, PartialEq)]
pub struct Field {
    /// Its name in expressions.
    pub name: String,
    /// One sentence or more; says the unit and when it is null.
    pub description: String,
    /// Its type.
    pub typed: Typed,
}

impl Object {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.by_name.get(name).and_then(|index| self.fields.get(*index))
    }
}

/// All facts.
#[derive(Debug)]
pub struct Catalogue {
    /// The roots that expressions can name: `run`, `os`, `tools`, `git`, `ssh`, `aws`, `targets`.
    pub roots: Arc<Object>,
    /// The element type of `targets`, which is bound to `target`.
    pub target: Arc<Object>,
}

/// The names of the roots.
pub const ROOTS: [&str; 7] = ["run", "os", "tools", "git", "ssh", "aws", "targets"];

impl Catalogue {
    /// The catalogue of [`Facts`].
    pub fn get() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(|| {
            let schema = schemars::schema_for!(Facts);
            Self::from_schema(schema.as_value())
        })
    }

    fn from_schema(schema: &Value) -> Self {
        let definitions = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut reader = SchemaReader { definitions, objects: BTreeMap::new() };
        let mut roots = reader.object("Facts", schema);
        // A collector that fails makes its root unavailable, never null.
        for field in Arc::get_mut(&mut roots).into_iter().flat_map(|roots| &mut roots.fields) {
            field.typed.nullable = false;
        }
        let target = reader.named("Target");
        Self { roots, target }
    }

    /// Every leaf below the roots with its dotted path; lists are written `[]`.
    pub fn leaves(&self) -> Vec<(String, &Field)> {
        let mut leaves = Vec::new();
        collect_leaves(&self.roots, "", &mut leaves);
        leaves
    }
}

/// The reference of all facts, for people who write checks (`checks/FACTS.md`).
pub fn reference() -> String {
    let mut text = String::from(
        "# The facts\n\nWhat expressions can name. Generated from `src/fact/*.rs` by `tests/generated.rs`; a test \
         compares.\n`null`: can be absent. `?`: can be unavailable. `target` is one element of `targets`.\n",
    );
    let mut known = vec!["Facts".to_owned()];
    let mut open = std::collections::VecDeque::from([Arc::clone(&Catalogue::get().roots)]);
    while let Some(object) = open.pop_front() {
        text.push_str(&format!("\n## {}\n\n| fact | type | meaning |\n|---|---|---|\n", object.name));
        for field in &object.fields {
            let description = field.description.replace('|', "\\|");
            text.push_str(&format!("| `{}` | {} | {description} |\n", field.name, field.typed));
            if let Some(inner) = field.typed.object().filter(|inner| !known.contains(&inner.name)) {
                known.push(inner.name.clone());
                open.push_back(Arc::clone(inner));
            }
        }
    }
    text
}

impl Typed {
    /// The object that it is or lists.
    fn object(&self) -> Option<&Arc<Object>> {
        match &self.kind {
            Type::Object(object) => Some(object),
            Type::List(element) => element.object(),
            _ => None,
        }
    }
}

/// Type, null and unavailable in a few characters; objects link to their table.
impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Type::Bool => f.write_str("bool")?,
            Type::Int => f.write_str("int")?,
            Type::Float => f.write_str("float")?,
            Type::Text(_) => f.write_str("text")?,
            Type::List(element) => write!(f, "list of {element}")?,
            Type::Object(object) => write!(f, "[{}](#{})", object.name, object.name.to_lowercase())?,
            Type::Null | Type::Any => f.write_str("any")?,
        }
        f.write_str(if self.nullable { ", null" } else { "" })?;
        f.write_str(if self.may_be_unavailable { ", ?" } else { "" })
    }
}

fn collect_leaves<'a>(object: &'a Object, prefix: &str, leaves: &mut Vec<(String, &'a Field)>) {
    for field in &object.fields {
        let mut path = format!("{prefix}{}", field.name);
        let mut kind = &field.typed.kind;
        while let Type::List(element) = kind {
            path.push_str("[]");
            kind = &element.kind;
        }
        match kind {
            Type::Object(inner) => collect_leaves(inner, &format!("{path}."), leaves),
            _ => leaves.push((path, field)),
        }
    }
}

/// Reads types off a JSON Schema as schemars writes it.
struct SchemaReader {
    definitions: Map<String, Value>,
    objects: BTreeMap<String, Arc<Object>>,
}

impl SchemaReader {
    fn named(&mut self, name: &str) -> Arc<Object> {
        if let Some(known) = self.objects.get(name) {
            return Arc::clone(known);
        }
        let schema = self.definitions.get(name).cloned().unwrap_or_default();
        let object = self.object(name, &schema);
        self.objects.insert(name.to_owned(), Arc::clone(&object));
        object
    }

    fn object(&mut self, name: &str, schema: &Value) -> Arc<Object> {
        let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let fields: Vec<Field> = properties.iter().map(|(name, schema)| self.field(name, schema)).collect();
        let by_name = fields.iter().enumerate().map(|(index, field)| (field.name.clone(), index)).collect();
        Arc::new(Object { name: name.to_owned(), fields, by_name })
    }

    fn field(&mut self, name: &str, schema: &Value) -> Field {
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        Field { name: name.to_owned(), description: description.replace('\n', " "), typed: self.typed(schema) }
    }

    fn typed(&mut self, schema: &Value) -> Typed {
        let may_be_unavailable = schema.get("fact").is_some();
        if let Some(variants) = schema.get("anyOf").and_then(Value::as_array) {
            let inner = variants.iter().find(|variant| variant.get("type").is_none_or(|t| t != "null"));
            let inner = self.typed(inner.unwrap_or(&Value::Null));
            return Typed { nullable: true, may_be_unavailable, ..inner };
        }
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let object = self.named(name.rsplit('/').next().unwrap_or_default());
            return Typed { kind: Type::Object(object), nullable: false, may_be_unavailable };
        }
        let (word, nullable) = type_word(schema.get("type"));
        Typed { kind: self.kind(word, schema), nullable, may_be_unavailable }
    }

    fn kind(&mut self, word: &str, schema: &Value) -> Type {
        match word {
            "boolean" => Type::Bool,
            "integer" => Type::Int,
            "number" => Type::Float,
            "array" => Type::List(Arc::new(self.typed(schema.get("items").unwrap_or(&Value::Null)))),
            _ => {
                let word = schema.get("sensitivity").and_then(Value::as_str).unwrap_or_default();
                // A plain `String` has no sensitivity of its own; it is treated like free text.
                Type::Text(Sensitivity::parse(word).unwrap_or(Sensitivity::Text))
            }
        }
    }
}

/// The type word of `"type": "string"` or `"type": ["string", "null"]`, and whether null is allowed.
fn type_word(types: Option<&Value>) -> (&str, bool) {
    match types {
        Some(Value::String(word)) => (word, false),
        Some(Value::Array(words)) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            let word = words.iter().copied().find(|word| *word != "null").unwrap_or_default();
            (word, words.contains(&"null"))
        }
        _ => ("", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(path: &str) -> &'static Typed {
        let catalogue = Catalogue::get();
        let mut typed = None;
        let mut object = &catalogue.roots;
        for name in path.split('.') {
            let found = &object.field(name).unwrap_or_else(|| panic!("no {name} in {path}")).typed;
            typed = Some(found);
            let mut kind = &found.kind;
            while let Type::List(element) = kind {
                kind = &element.kind;
            }
            if let Type::Object(inner) = kind {
                object = inner;
            }
        }
        typed.expect("a path has at least one name")
    }

    #[test]
    fn every_leaf_has_a_description() {
        let leaves = Catalogue::get().leaves();
        assert!(leaves.len() > 300, "only {} leaves", leaves.len());
        for (path, field) in leaves {
            assert!(field.description.len() > 4, "{path} has no description");
            assert!(field.description.trim_end().ends_with(['.', ')', '…']), "{path}: {}", field.description);
        }
    }

    #[test]
    fn every_text_says_its_sensitivity_itself() {
        let schema = schemars::schema_for!(Facts).to_value();
        let mut bare = Vec::new();
        find_bare_strings(&schema, "", &mut bare);
        assert_eq!(bare, Vec::<String>::new(), "use Word, Text, FilePath, Login, Host or Account instead of String");
    }

    fn find_bare_strings(schema: &Value, path: &str, bare: &mut Vec<String>) {
        match schema {
            Value::Object(map) => {
                if type_word(map.get("type")).0 == "string"
                    && map.get("sensitivity").and_then(Value::as_str).and_then(Sensitivity::parse).is_none()
                {
                    bare.push(path.to_owned());
                }
                map.iter().for_each(|(key, value)| find_bare_strings(value, &format!("{path}/{key}"), bare));
            }
            Value::Array(list) => list.iter().for_each(|value| find_bare_strings(value, path, bare)),
            _ => {}
        }
    }

    #[test]
    fn types_follow_the_declarations() {
        assert_eq!(lookup("run.started_at").kind, Type::Int);
        assert_eq!(lookup("os.wsl").kind, Type::Bool);
        assert_eq!(lookup("os.family").kind, Type::Text(Sensitivity::Public));
        assert_eq!(lookup("os.user").kind, Type::Text(Sensitivity::Identity(IdentityKind::Login)));
        assert_eq!(lookup("ssh.config_path").kind, Type::Text(Sensitivity::Path));
        assert_eq!(lookup("aws.profiles.role_account").kind, Type::Text(Sensitivity::Identity(IdentityKind::Account)));
        assert_eq!(lookup("targets.host").kind, Type::Text(Sensitivity::Identity(IdentityKind::Host)));
        assert_eq!(lookup("os.env.AWS_PROFILE.value").kind, Type::Text(Sensitivity::Text));
        assert!(matches!(&lookup("ssh.blocks").kind, Type::List(_)));
    }

    #[test]
    fn null_and_unavailable_are_told_apart() {
        let plain = lookup("os.family");
        assert!(!plain.nullable && !plain.may_be_unavailable);
        let optional = lookup("targets.host");
        assert!(optional.nullable && !optional.may_be_unavailable);
        let fact = lookup("os.user");
        assert!(fact.nullable && fact.may_be_unavailable);
        let optional_object = lookup("os.env.HOME");
        assert!(optional_object.nullable && !optional_object.may_be_unavailable);
    }

    #[test]
    fn target_is_the_element_of_targets() {
        let catalogue = Catalogue::get();
        let Type::List(element) = &catalogue.roots.field("targets").expect("targets").typed.kind else {
            panic!("targets is a list");
        };
        assert_eq!(element.kind, Type::Object(Arc::clone(&catalogue.target)));
        assert_eq!(catalogue.roots.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ROOTS);
    }

    #[test]
    fn stronger_sensitivities_come_later() {
        assert!(Sensitivity::Public < Sensitivity::Text);
        assert!(Sensitivity::Text < Sensitivity::Path);
        assert!(Sensitivity::Path < Sensitivity::Identity(IdentityKind::Host));
    }
}

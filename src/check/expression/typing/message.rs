//! The words in which the type checker explains itself.

use crate::fact::catalogue::{Type, Typed};

pub(super) const NO_TARGET: &str = "the check is evaluated once for the machine; name `target` in `applies`, `for_each` or `condition` to evaluate it \
     for each target";

/// The type for people.
pub(super) fn article(kind: &Type) -> String {
    match kind {
        Type::Bool => "true or false".into(),
        Type::Int => "a number".into(),
        Type::Float => "a number with a fraction".into(),
        Type::Text(_) => "text".into(),
        Type::List(_) => "a list".into(),
        Type::Object(object) => format!("an object ({})", object.name),
        Type::Null => "null".into(),
        Type::Any => "of unknown type".into(),
    }
}

/// Message and hint for the use of a value that can be null.
pub(super) fn null_fault(path: Option<&str>, typed: &Typed, used: &str) -> (String, String) {
    let name = path.unwrap_or("this");
    let message = format!("`{name}` can be null, and then {used} fails");
    let hint = match (&typed.kind, path) {
        (_, Some("target.ssh")) => transports("ssh"),
        (_, Some("target.https")) => transports("https-helper, https-gitcred, grc"),
        (_, Some("target.aws")) => transports("https-helper, grc"),
        (_, Some("target.grc")) => transports("grc"),
        (Type::Bool, Some(_)) => format!("say what null means: `{name} == true` or `{name} != false`"),
        _ => format!("ask first: `{name} != null && …` or `{name} == null || …`"),
    };
    (message, hint)
}

fn transports(list: &str) -> String {
    format!("limit the check with `transports: [{list}]`")
}

/// How to make a condition of a value.
pub(super) fn to_bool(path: Option<&str>, typed: &Typed) -> Option<String> {
    let path = path?;
    Some(match &typed.kind {
        Type::List(_) => format!("write `size({path}) > 0`"),
        _ if typed.nullable => format!("write `{path} != null`"),
        Type::Text(_) => format!("write `{path} != \"\"`"),
        Type::Int => format!("write `{path} != 0`"),
        _ => return None,
    })
}

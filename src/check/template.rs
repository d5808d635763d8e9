//! Texts with `{{ expression }}` in them.

use super::expression::{Expression, split_at_close};
use super::node::{Located, Place};

/// A text with expressions in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its pieces in order.
    pub parts: Vec<Part>,
    /// Where its scalar starts in the file.
    pub place: Place,
    /// The text as written.
    pub source: String,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Text as it is.
    Literal(String),
    /// An expression.
    Value {
        /// The expression.
        expression: Expression,
        /// Where it starts in the template, in bytes.
        offset: usize,
    },
}

/// A `{{` without its `}}`, as the offset of the former.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclosed(pub usize);

impl Template {
    /// Takes a text apart.
    ///
    /// # Errors
    /// When a `{{` is not closed.
    pub fn parse(text: &Located<String>) -> Result<Self, Unclosed> {
        let mut parts = Vec::new();
        let source = text.value.trim_end();
        let mut rest = source;
        while let Some((literal, after)) = rest.split_once("{{") {
            let offset = source.len() - after.len();
            let (inner, remaining) = split_at_close(after).ok_or(Unclosed(offset - 2))?;
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            parts.push(Part::Value { expression: Expression::new(inner, text.place), offset });
            rest = remaining;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self { parts, place: text.place, source: source.to_owned() })
    }

    /// Its expressions with their offsets.
    pub fn expressions(&self) -> impl Iterator<Item = (&Expression, usize)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value { expression, offset } => Some((expression, *offset)),
            Part::Literal(_) => None,
        })
    }

    /// Its pieces; those values that stand alone on a line of their own with the blanks before them.
    pub fn parts_with_indent(&self) -> impl Iterator<Item = (&Part, Option<&str>)> {
        let literal = |index: usize| match self.parts.get(index) {
            Some(Part::Literal(text)) => Some(text.as_str()),
            _ => None,
        };
        self.parts.iter().enumerate().map(move |(index, part)| {
            let goes_on = literal(index + 1).is_some_and(|text| text.starts_with('\n'));
            let before = match index {
                0 => goes_on.then_some(("", "")),
                _ => literal(index - 1).and_then(|text| text.rsplit_once('\n')),
            };
            let is_last = index + 1 == self.parts.len();
            let alone = is_last || goes_on;
            (part, before.map(|(_, indent)| indent).filter(|indent| alone && indent.trim().is_empty()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Template, Unclosed> {
        Template::parse(&Located { value: text.into(), place: Place::default() })
    }

    #[test]
    fn literals_and_expressions_alternate() {
        let template = parse("ssh ignores {{ item.path }}; name it {{ '}}' }}!\n").expect("is a template");
        let shown: Vec<String> = template
            .parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => format!("L{text}"),
                Part::Value { expression, offset } => format!("{offset}{}", expression.source),
            })
            .collect();
        assert_eq!(shown, ["Lssh ignores ", "14 item.path ", "L; name it ", "39 '}}' ", "L!"]);
    }

    #[test]
    fn a_value_is_alone_on_the_first_line_only_where_another_follows() {
        let alone = |text: &str| {
            let template = parse(text).expect("is a template");
            template.parts_with_indent().filter_map(|(_, indent)| indent.map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(alone("{{ a }}\nb\n"), [""]);
        assert_eq!(alone("b:\n    {{ a }}\n"), ["    "]);
        assert!(alone("{{ a }}").is_empty() && alone("{{ a }} b\nc").is_empty());
    }

    #[test]
    fn an_open_expression_is_an_error() {
        assert_eq!(parse("a {{ b"), Err(Unclosed(2)));
    }

    #[test]
    fn single_braces_are_text() {
        assert_eq!(parse("${HOME} {x}").map(|t| t.parts.len()), Ok(1));
    }
}

//! From an offset within a scalar's value to the line and column in the YAML file.

use super::node::Place;

/// Where the character at byte `offset` of `value` stands in `text`, given that the scalar starts at `start`.
///
/// YAML folds lines, strips indentation and resolves escapes, so the two texts are walked side by side: blanks are
/// skipped in both, and what the file has in addition (quotation marks, backslashes) is skipped there.
pub(crate) fn locate(text: &str, start: Place, value: &str, offset: usize) -> Place {
    let Some(begin) = byte_of(text, start) else { return start };
    let raw = text.get(begin..).unwrap_or_default();
    let mut file = raw.char_indices().skip(header(raw)).filter(|(_, c)| !c.is_whitespace());
    for (at, wanted) in value.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        let Some((found, _)) = file.find(|(_, c)| *c == wanted) else { return start };
        if at >= offset {
            return place_of(text, begin + found);
        }
    }
    start
}

/// How many characters introduce the scalar: a quotation mark, or the first line of a block.
fn header(raw: &str) -> usize {
    match raw.chars().next() {
        Some('|' | '>') => raw.chars().take_while(|c| *c != '\n').count(),
        Some('"' | '\'') => 1,
        _ => 0,
    }
}

fn byte_of(text: &str, place: Place) -> Option<usize> {
    let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(before..)?;
    Some(before + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at))
}

fn place_of(text: &str, byte: usize) -> Place {
    let before = text.get(..byte).unwrap_or_default();
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(line_start..).unwrap_or_default().trim_start_matches('\u{feff}').chars().count();
    Place { line: narrow(before.matches('\n').count() + 1), column: narrow(column + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::{self, Node};

    /// The place of the first `@` in the value of key `a`.
    fn at(yaml: &str) -> (u32, u32) {
        let Node::Map(map) = node::parse(yaml).expect("is YAML").value else { panic!("a mapping") };
        let (_, value) = map.into_iter().find(|(key, _)| key.value == "a").expect("has a");
        let Node::Text(text) = value.value else { panic!("text") };
        let place = locate(yaml, value.place, &text, text.find('@').expect("has @"));
        (place.line, place.column)
    }

    #[test]
    fn every_kind_of_scalar() {
        assert_eq!(at("a: xx @b\n"), (1, 7));
        assert_eq!(at("a: 'xx @b'\n"), (1, 8));
        assert_eq!(at("a: \"x\\\"x @b\"\n"), (1, 10));
        assert_eq!(at("a: 'it''s @b'\n"), (1, 11));
        assert_eq!(at("a: |\n  xx\n  yy @b\n"), (3, 6));
        assert_eq!(at("k: 1\na: >-\n  xx\n  yy\n   @b\n"), (5, 4));
        assert_eq!(at("a: xx\n  yy @b\n"), (2, 6));
        assert_eq!(at("a: é@\n"), (1, 5));
        assert_eq!(at("\u{feff}a: x@\n"), (1, 5));
    }

    #[test]
    fn an_offset_that_cannot_be_found_is_the_scalar_itself() {
        let start = Place { line: 1, column: 4 };
        assert_eq!(locate("a: b", start, "zzz", 1), start);
        assert_eq!(locate("", Place::default(), "zzz", 1), Place::default());
    }
}

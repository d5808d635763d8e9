//! Regular expressions that cost little: compiled when a text first holds one of the words without which there is no
//! match, and for a text of ASCII, as nearly all are, without the large character classes of Unicode.

use std::sync::OnceLock;

use regex::Regex;

/// A regular expression and the words of which every match holds at least one.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: &'static str,
    /// In lower case; empty: it may match anything.
    words: &'static [&'static str],
    ascii: OnceLock<Option<Regex>>,
    unicode: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// `words` are in lower case. Case is ignored in looking for them.
    pub(crate) const fn new(words: &'static [&'static str], source: &'static str) -> Self {
        Self { source, words, ascii: OnceLock::new(), unicode: OnceLock::new() }
    }

    /// The regular expression, unless it cannot match `text`.
    pub(crate) fn for_text(&self, text: &str) -> Option<&Regex> {
        // Outside ASCII, letters have more forms than two, so such a text is always looked at.
        if !text.is_ascii() {
            return self.unicode.get_or_init(|| Regex::new(self.source).ok()).as_ref();
        }
        let lower = text.to_ascii_lowercase();
        if !self.words.is_empty() && !self.words.iter().any(|word| lower.contains(word)) {
            return None;
        }
        self.ascii.get_or_init(|| Regex::new(&ascii(self.source)).ok()).as_ref()
    }
}

/// The same expression for texts of ASCII.
fn ascii(source: &str) -> String {
    let mut plain = String::with_capacity(source.len());
    let (mut rest, mut in_class) = (source, false);
    while let Some(c) = rest.chars().next() {
        let class = |bare: &str| if in_class { bare.to_owned() } else { format!("[{bare}]") };
        let (taken, written) = match c {
            '\\' if rest.starts_with(r"\p{L}") => (5, class("A-Za-z")),
            '\\' if rest.starts_with(r"\p{N}") => (5, class("0-9")),
            '\\' if rest.starts_with(r"\w") => (2, class("0-9A-Za-z_")),
            '\\' if rest.starts_with(r"\d") => (2, class("0-9")),
            '\\' if rest.starts_with(r"\b") => (2, r"(?-u:\b)".to_owned()),
            '\\' => {
                let length = rest.chars().take(2).map(char::len_utf8).sum();
                (length, rest.get(..length).unwrap_or_default().to_owned())
            }
            '[' | ']' => {
                in_class = c == '[';
                (1, c.to_string())
            }
            _ => (c.len_utf8(), c.to_string()),
        };
        plain.push_str(&written);
        rest = rest.get(taken..).unwrap_or_default();
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_compiled_only_where_it_may_match() {
        let pattern = Pattern::new(&["cookie"], r"(?i)cookie\s*=\s*(\S+)");
        assert!(pattern.for_text("nothing of the kind").is_none());
        assert!(pattern.ascii.get().is_none());
        assert!(pattern.for_text("Set-COOKIE = 1").is_some_and(|regex| regex.is_match("Set-COOKIE = 1")));
        assert!(pattern.for_text("cooKie").is_some(), "a letter that only Unicode takes for a k");
    }

    #[test]
    fn for_ascii_the_classes_of_unicode_are_small() {
        assert_eq!(
            ascii(r"(?i)\bx[\w.\p{L}\[]*\d\p{N}\.[^\s@]\S"),
            r"(?i)(?-u:\b)x[0-9A-Za-z_.A-Za-z\[]*[0-9][0-9]\.[^\s@]\S"
        );
    }
}

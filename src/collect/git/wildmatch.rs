//! Git's path patterns (`wildmatch()` with `WM_PATHNAME` in wildmatch.c of git), as `includeIf` uses them.

/// Longest pattern and text that are compared; longer ones do not match. Keeps the table of results small.
const LIMIT: usize = 4096;

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// This character.
    Char(char),
    /// Any character but a slash.
    One,
    /// Any run of characters but slashes.
    Star,
    /// `**`: any run of characters.
    DoubleStar,
    /// `**/`: nothing, or any directories.
    Directories,
    /// `[…]`: one of these ranges, or none of them.
    Class { ranges: Vec<(char, char)>, negated: bool },
}

/// Whether `text` matches `pattern`.
pub fn matches(pattern: &str, text: &str, ignore_case: bool) -> bool {
    if pattern.len() > LIMIT || text.len() > LIMIT {
        return false;
    }
    let fold = |c: char| if ignore_case { c.to_ascii_lowercase() } else { c };
    let Some(parts) = parts(&pattern.chars().map(fold).collect::<Vec<_>>()) else { return false };
    let text: Vec<char> = text.chars().map(fold).collect();
    // reached[i]: the parts so far can match the first i characters.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for part in &parts {
        reached = after(part, &reached, &text);
    }
    reached[text.len()]
}

/// The lengths of text that can be matched with one more part.
fn after(part: &Part, reached: &[bool], text: &[char]) -> Vec<bool> {
    let mut next = vec![false; reached.len()];
    let mut open = false;
    for at in 0..reached.len() {
        let before = at.checked_sub(1).map(|last| (reached[last], text[last]));
        next[at] = match part {
            Part::Star => {
                open = reached[at] || (open && before.is_some_and(|(_, c)| c != '/'));
                open
            }
            Part::DoubleStar => {
                open |= reached[at];
                open
            }
            Part::Directories => {
                let ends_directory = open && before.is_some_and(|(_, c)| c == '/');
                open |= reached[at];
                reached[at] || ends_directory
            }
            single => before.is_some_and(|(reached, c)| reached && single.takes(c)),
        };
    }
    next
}

impl Part {
    /// Whether this part, which stands for one character, takes `c`.
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Char(wanted) => *wanted == c,
            Self::One => c != '/',
            Self::Class { ranges, negated } => {
                c != '/' && ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated
            }
            _ => false,
        }
    }
}

/// The pattern taken apart; `None` when a class is not closed.
fn parts(pattern: &[char]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(&c) = pattern.get(at) {
        at += 1;
        parts.push(match c {
            '?' => Part::One,
            '*' => stars(pattern, &mut at),
            '[' => class(pattern, &mut at)?,
            '\\' => {
                at += 1;
                Part::Char(*pattern.get(at - 1)?)
            }
            other => Part::Char(other),
        });
    }
    Some(parts)
}

/// A run of asterisks. Two of them are special only as a whole path component.
fn stars(pattern: &[char], at: &mut usize) -> Part {
    let first = *at - 1;
    while pattern.get(*at) == Some(&'*') {
        *at += 1;
    }
    let starts = first == 0 || pattern[first - 1] == '/';
    match pattern.get(*at) {
        _ if *at - first < 2 || !starts => Part::Star,
        None => Part::DoubleStar,
        Some('/') => {
            *at += 1;
            Part::Directories
        }
        Some(_) => Part::Star,
    }
}

/// A class behind its opening bracket.
fn class(pattern: &[char], at: &mut usize) -> Option<Part> {
    let negated = matches!(pattern.get(*at), Some('!' | '^'));
    *at += usize::from(negated);
    let mut ranges = Vec::new();
    loop {
        let mut c = *pattern.get(*at)?;
        *at += 1;
        if c == ']' && !ranges.is_empty() {
            return Some(Part::Class { ranges, negated });
        }
        if c == '\\' {
            c = *pattern.get(*at)?;
            *at += 1;
        }
        if pattern.get(*at) == Some(&'-') && pattern.get(*at + 1).is_some_and(|next| *next != ']') {
            ranges.push((c, *pattern.get(*at + 1)?));
            *at += 2;
        } else {
            ranges.push((c, c));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches;

    #[test]
    fn patterns_match_as_in_the_tests_of_git() {
        // From t3070-wildmatch.sh of git, the column for WM_PATHNAME.
        for (text, pattern, wanted) in [
            ("foo", "foo", true),
            ("foo", "bar", false),
            ("", "", true),
            ("foo", "???", true),
            ("foo", "??", false),
            ("foo", "*", true),
            ("foo", "f*", true),
            ("foo", "*f", false),
            ("foobar", "*ob*a*r*", true),
            ("foo*", "foo\\*", true),
            ("foobar", "foo\\*bar", false),
            ("ball", "*[al]?", true),
            ("ten", "[ten]", false),
            ("ten", "t[a-g]n", true),
            ("ten", "t[!a-g]n", false),
            ("ton", "t[^a-g]n", true),
            ("a]b", "a[]]b", true),
            ("foo/baz/bar", "foo*bar", false),
            ("foo/baz/bar", "foo**bar", false),
            ("foobazbar", "foo**bar", true),
            ("foo/baz/bar", "foo/**/bar", true),
            ("foo/baz/bar", "foo/**/**/bar", true),
            ("foo/b/a/z/bar", "foo/**/bar", true),
            ("foo/bar", "foo/**/bar", true),
            ("foo/bar", "foo/**/**/bar", true),
            ("foo/bar", "foo?bar", false),
            ("foo", "**/foo", true),
            ("XXX/foo", "**/foo", true),
            ("bar/baz/foo", "**/foo", true),
            ("bar/baz/foo", "*/foo", false),
            ("foo/bar/baz", "**/bar*", false),
            ("deep/foo/bar/baz", "**/bar/*", true),
            ("deep/foo/bar/baz/", "**/bar/*", false),
            ("deep/foo/bar/baz/", "**/bar/**", true),
            ("deep/foo/bar", "**/bar/*", false),
            ("deep/foo/bar/", "**/bar/**", true),
            ("/home/dev/work/demo/.git", "/home/dev/work/**", true),
            ("/home/dev/workshop/.git", "/home/dev/work/**", false),
            ("a", "[", false),
        ] {
            assert_eq!(matches(pattern, text, false), wanted, "{text} {pattern}");
        }
        assert!(matches("/HOME/*/x", "/home/dev/X", true));
        assert!(!matches("/HOME", "/home", false));
    }

    #[test]
    fn hostile_patterns_take_polynomial_time() {
        assert!(!matches(&"*a".repeat(500), &"a".repeat(400), false));
    }

    proptest! {
        #[test]
        fn anything_can_be_a_pattern(pattern in "\\PC{0,40}", text in "\\PC{0,40}") {
            matches(&pattern, &text, true);
        }

        #[test]
        fn a_text_matches_itself(text in "[a-z/.]{0,30}") {
            prop_assert!(matches(&text, &text, false));
        }
    }
}

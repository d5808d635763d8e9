//! The lines of one ssh configuration file, taken apart exactly as OpenSSH does.
//!
//! Follows `process_config_line_depth` (readconf.c), `strdelim` and `argv_split` (misc.c) of OpenSSH 9.2, and keeps
//! the place of every word for people.

use std::ops::Range;

/// One line that is neither blank nor a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Line number from 1.
    pub(crate) number: u32,
    /// The keyword in lower case.
    pub(crate) keyword: String,
    /// The keyword's place in the line, in bytes.
    pub(crate) keyword_span: Range<usize>,
    /// The arguments; null when quotes do not match, at which ssh stops.
    pub(crate) args: Option<Vec<Arg>>,
    /// Everything behind the keyword, which is what commands and `Match` criteria are read from.
    pub(crate) rest: String,
    /// The line as it stands in the file, without its line end.
    pub(crate) text: String,
}

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arg {
    /// Without quotes and escapes.
    pub(crate) text: String,
    /// Its place in the line, quotes included, in bytes.
    pub(crate) span: Range<usize>,
}

impl Line {
    /// The arguments' texts.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.args.iter().flatten().map(|arg| arg.text.as_str())
    }

    /// The place of all arguments together; that of the keyword when there are none.
    pub(crate) fn args_span(&self) -> Range<usize> {
        match self.args.as_deref() {
            Some([first, .., last]) => first.span.start..last.span.end,
            Some([only]) => only.span.clone(),
            _ => self.keyword_span.clone(),
        }
    }

    /// A place in bytes as columns in characters, from 1.
    pub(crate) fn columns(&self, span: &Range<usize>) -> (u32, u32) {
        let count = |end: usize| {
            let before = self.text.get(..end).unwrap_or(&self.text);
            u32::try_from(before.chars().count()).unwrap_or(u32::MAX - 1) + 1
        };
        (count(span.start), count(span.end))
    }
}

/// What ssh regards as blank.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// All lines of a file. A NUL byte ends its line, as it ends a string in C.
pub(crate) fn parse(text: &str) -> Vec<Line> {
    text.split('\n').zip(1..).filter_map(|(line, number)| parse_line(line, number)).collect()
}

/// One line; null when it is blank or a comment.
pub(crate) fn parse_line(line: &str, number: u32) -> Option<Line> {
    let line = line.split('\0').next().unwrap_or("");
    let line = line.trim_end_matches(|c| is_blank(c) || c == '\x0C');
    let (mut keyword, mut rest) = delimit(line, 0)?;
    if keyword.is_empty() {
        (keyword, rest) = delimit(line, rest)?;
    }
    if keyword.is_empty() || keyword.starts_with('#') {
        return None;
    }
    let start = line.find(|c| !is_blank(c) && c != '=').unwrap_or(0);
    let end = start + line.get(start..)?.find(|c| is_blank(c) || c == '=').unwrap_or(line.len() - start);
    let rest = rest + blank_prefix(line.get(rest..)?);
    Some(Line {
        number,
        keyword: keyword.to_ascii_lowercase(),
        keyword_span: start..end,
        args: split_args(line, rest),
        rest: line.get(rest..)?.to_owned(),
        text: line.to_owned(),
    })
}

fn blank_prefix(text: &str) -> usize {
    text.len() - text.trim_start_matches(is_blank).len()
}

/// `strdelim`: the word that begins at `from` and where the next one begins. Words end at blanks, at one `=` or
/// behind a closing quote; null when a quote is not closed or nothing is left.
pub(crate) fn delimit(line: &str, from: usize) -> Option<(String, usize)> {
    let text = line.get(from..).filter(|text| !text.is_empty())?;
    let Some(end) = text.find(|c| is_blank(c) || c == '"' || c == '=') else {
        return Some((text.to_owned(), line.len()));
    };
    let (word, behind) = text.split_at(end);
    if let Some(quoted) = behind.strip_prefix('"') {
        let (inner, after) = quoted.split_once('"')?;
        return Some((format!("{word}{inner}"), line.len() - after.len() + blank_prefix(after)));
    }
    let mut next = behind.get(1..)?.trim_start_matches(is_blank);
    if !behind.starts_with('=')
        && let Some(value) = next.strip_prefix('=')
    {
        next = value.trim_start_matches(is_blank);
    }
    Some((word.to_owned(), line.len() - next.len()))
}

/// `argv_split` with comments: null when a quote is not closed.
fn split_args(line: &str, from: usize) -> Option<Vec<Arg>> {
    let mut args = Vec::new();
    let mut rest = line.get(from..)?.char_indices().map(|(at, c)| (from + at, c)).peekable();
    while let Some(&(start, c)) = rest.peek() {
        if c == ' ' || c == '\t' {
            rest.next();
        } else if c == '#' {
            break;
        } else {
            let (text, end) = take_arg(&mut rest, line.len())?;
            args.push(Arg { text, span: start..end });
        }
    }
    Some(args)
}

/// One argument and the place behind it.
fn take_arg(
    rest: &mut std::iter::Peekable<impl Iterator<Item = (usize, char)>>,
    line_end: usize,
) -> Option<(String, usize)> {
    let (mut text, mut quote) = (String::new(), None);
    while let Some(&(at, c)) = rest.peek() {
        if quote.is_none() && (c == ' ' || c == '\t') {
            return Some((text, at));
        }
        rest.next();
        match c {
            '\\' => {
                let escaped = rest.next_if(|&(_, n)| matches!(n, '\'' | '"' | '\\') || (quote.is_none() && n == ' '));
                text.push(escaped.map_or('\\', |(_, n)| n));
            }
            '"' | '\'' if quote.is_none() => quote = Some(c),
            _ if quote == Some(c) => quote = None,
            _ => text.push(c),
        }
    }
    quote.is_none().then_some((text, line_end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(line: &str) -> Option<(String, Option<Vec<String>>)> {
        let line = parse_line(line, 1)?;
        Some((line.keyword, line.args.map(|args| args.into_iter().map(|arg| arg.text).collect())))
    }

    #[test]
    fn lines_are_taken_apart_as_openssh_does() {
        let cases: [(&str, &str, Option<&[&str]>); 14] = [
            ("User x", "user", Some(&["x"])),
            ("  User\t=  x  ", "user", Some(&["x"])),
            ("User=x", "user", Some(&["x"])),
            ("User x # y", "user", Some(&["x"])),
            ("User x#y", "user", Some(&["x#y"])),
            ("IdentityFile \"a b\"", "identityfile", Some(&["a b"])),
            ("IdentityFile 'a b'c d", "identityfile", Some(&["a bc", "d"])),
            ("IdentityFile a\\ b", "identityfile", Some(&["a b"])),
            ("IdentityFile C:\\Users\\me", "identityfile", Some(&["C:\\Users\\me"])),
            ("User \"x", "user", None),
            ("User", "user", Some(&[])),
            ("User x\r", "user", Some(&["x"])),
            ("User a\0b", "user", Some(&["a"])),
            ("\"User\" x", "user", Some(&["x"])),
        ];
        for (line, keyword, args) in cases {
            let args = args.map(|args| args.iter().map(|arg| (*arg).to_owned()).collect());
            assert_eq!(words(line), Some((keyword.to_owned(), args)), "{line:?}");
        }
    }

    #[test]
    fn blank_lines_and_comments_say_nothing() {
        for line in ["", "  ", "\t\r", "# User x", "   #User x", "\"User x"] {
            assert_eq!(words(line), None, "{line:?}");
        }
    }

    #[test]
    fn columns_count_characters() {
        let line = parse_line("  Üser \"ä b\"  c", 7).unwrap();
        assert_eq!(line.columns(&line.keyword_span), (3, 7));
        assert_eq!(line.columns(&line.args_span()), (8, 16));
        assert_eq!(line.columns(&line.args.as_ref().unwrap()[0].span), (8, 13));
    }

    proptest! {
        #[test]
        fn any_text_can_be_parsed(text in "(?s).{0,200}") {
            for line in parse(&text) {
                line.columns(&line.args_span());
            }
        }

        #[test]
        fn spans_lie_within_their_line(text in "[ \\t\"'=#\\\\a-zß\n]{0,80}") {
            for line in parse(&text) {
                for arg in line.args.iter().flatten() {
                    prop_assert!(line.text.get(arg.span.clone()).is_some());
                }
            }
        }
    }
}

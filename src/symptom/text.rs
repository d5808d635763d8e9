//! A text as people paste or pipe it, as lines without what a terminal did to it.

use std::borrow::Cow;

/// Most bytes of a text that are looked at: the last ones, for what failed stands at the end.
pub const TEXT_LIMIT: usize = 16 * 1024 * 1024;
/// Most lines that are looked at, the last ones.
const LINES_LIMIT: usize = 200_000;
/// Longest line that is looked at, in bytes.
const LINE_LIMIT: usize = 8 * 1024;
/// Widths below this are no terminal's, in characters.
const NARROWEST: usize = 60;
/// Most lines that one line was broken into by a terminal.
const PIECES: usize = 5;

/// What a program printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// Its lines, empty ones left out.
    pub lines: Vec<Line>,
}

/// One line of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the text, from 1.
    pub number: usize,
    /// Without colors, without line end, with plain quotation marks.
    pub text: String,
}

impl Text {
    /// Reads a text: UTF-8 or UTF-16 (as PowerShell redirects), LF or CRLF, with colors, window titles, erased
    /// characters and progress lines as they stand in a scroll-back or in what `script` records.
    pub fn read(bytes: &[u8]) -> Self {
        let (left_out, bytes) = bytes.split_at_checked(bytes.len().saturating_sub(TEXT_LIMIT)).unwrap_or_default();
        let text = decoded(bytes);
        let start = text.rmatch_indices('\n').nth(LINES_LIMIT).map_or(0, |(at, _)| at + 1);
        let (before, text) = text.split_at_checked(start).unwrap_or(("", &text));
        // In UTF-16 the line feed is this byte, too.
        let lines_left_out = left_out.iter().filter(|byte| **byte == b'\n').count();
        let first = lines_left_out + before.matches('\n').count() + 1;
        let mut lines = Vec::new();
        for (index, line) in text.split('\n').enumerate() {
            // A progress line is written over itself: each state of it is a line of its own.
            for state in line.split('\r') {
                let text = plain(cut(state));
                if !text.trim().is_empty() {
                    lines.push(Line { number: first + index, text: text.into_owned() });
                }
            }
        }
        Self { lines }
    }

    /// The line as the program printed it, where a terminal of this width broke it: joined with the lines behind it, and
    /// how many lines that are. `None`: it does not look broken.
    pub(super) fn rejoined(&self, index: usize, width: usize) -> Option<(String, usize)> {
        let first = &self.lines.get(index)?.text;
        let mut length = first.chars().count();
        if length != width && length + 1 != width {
            return None;
        }
        let mut joined = first.clone();
        let mut pieces = 1;
        for next in self.lines.iter().skip(index + 1).take(PIECES - 1) {
            if length != width && length + 1 != width {
                break;
            }
            // A blank in the last column is not copied.
            if length + 1 == width {
                joined.push(' ');
            }
            joined.push_str(&next.text);
            length = next.text.chars().count();
            pieces += 1;
        }
        (pieces > 1).then_some((joined, pieces))
    }

    /// The number of columns at which a terminal may have broken lines: that of the longest line. With it, whether
    /// more than one line is as long, which is hardly by chance.
    pub(super) fn width(&self) -> Option<(usize, bool)> {
        let longest = self.lines.iter().map(|line| line.text.len()).max().filter(|length| *length >= NARROWEST)?;
        let near = self.lines.iter().filter(|line| line.text.len() * 4 >= longest);
        let lengths: Vec<usize> = near.map(|line| line.text.chars().count()).collect();
        let width = lengths.iter().copied().max().filter(|width| *width >= NARROWEST)?;
        Some((width, lengths.iter().filter(|length| **length == width).count() > 1))
    }
}

/// The bytes as text; what is no text becomes `\u{fffd}`.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).into(),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).into(),
        [_, 0, _, 0, ..] => utf16(bytes, u16::from_le_bytes).into(),
        [0, _, 0, _, ..] => utf16(bytes, u16::from_be_bytes).into(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn cut(line: &str) -> &str {
    let mut end = line.len().min(LINE_LIMIT);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.get(..end).unwrap_or_default()
}

/// The line without escape sequences and erased characters, with plain quotation marks.
fn plain(line: &str) -> Cow<'_, str> {
    if line.is_ascii() && !line.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Cow::Borrowed(line.trim_end());
    }
    let mut plain = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut rest),
            '\u{9b}' => skip_control(&mut rest),
            '\u{8}' => drop(plain.pop()),
            '\t' | '\u{a0}' | '\u{202f}' => plain.push(' '),
            // Mail programs and chats turn quotation marks; git's translations have their own.
            '\u{2018}' | '\u{2019}' | '\u{201b}' => plain.push('\''),
            '\u{201c}'..='\u{201f}' => plain.push('"'),
            _ if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}') => {}
            _ => plain.push(c),
        }
    }
    plain.truncate(plain.trim_end().len());
    Cow::Owned(plain)
}

/// Behind ESC: `[…m` and the like, `]…` up to BEL or ESC `\` (window titles, links), else one character.
fn skip_sequence(rest: &mut std::str::Chars<'_>) {
    match rest.next() {
        Some('[') => skip_control(rest),
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = rest.next() {
                if c == '\u{7}' || (c == '\u{1b}' && rest.next() == Some('\\')) {
                    break;
                }
            }
        }
        Some('(' | ')' | '#' | '%') => drop(rest.next()),
        _ => {}
    }
}

/// Parameters up to the letter that ends the sequence.
fn skip_control(rest: &mut std::str::Chars<'_>) {
    for c in rest.by_ref() {
        if ('\u{40}'..='\u{7e}').contains(&c) {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        Text::read(bytes).lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn what_a_terminal_does_is_taken_out() {
        for (text, wanted) in [
            ("\u{1b}[31mfatal:\u{1b}[0m no\r\n", &["fatal: no"][..]),
            ("\u{1b}]0;dev@host: ~\u{7}dev@host:~$ git pull\n", &["dev@host:~$ git pull"]),
            ("\u{1b}]8;;https://x\u{1b}\\link\u{1b}]8;;\u{1b}\\ text", &["link text"]),
            ("Receiving:  1%\rReceiving: 100%\rdone\n", &["Receiving:  1%", "Receiving: 100%", "done"]),
            ("gti\u{8}\u{8}it pull", &["git pull"]),
            ("\u{feff}repository \u{2018}x\u{2019} \u{201c}y\u{201d}\u{a0}z", &["repository 'x' \"y\" z"]),
            ("a\n\n \nb", &["a", "b"]),
            ("\u{1b}[?2004lx\u{1b}(By", &["xy"]),
        ] {
            assert_eq!(lines(text.as_bytes()), wanted, "{text:?}");
        }
    }

    #[test]
    fn utf_16_with_and_without_a_mark_is_read() {
        let little: Vec<u8> = "fatal: é\r\nx".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "fatal: é\r\nx".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (mark, bytes) in [(&[0xff, 0xfe][..], &little), (&[], &little), (&[0xfe, 0xff], &big), (&[], &big)] {
            assert_eq!(lines(&[mark, bytes].concat()), ["fatal: é", "x"]);
        }
    }

    #[test]
    fn lines_that_a_terminal_broke_are_joined() {
        let whole = "fatal: unable to access 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/': The \
                     requested URL returned error: 403";
        let broken: Vec<&str> = whole.as_bytes().chunks(80).map(|piece| std::str::from_utf8(piece).unwrap()).collect();
        let text = Text::read(broken.join("\n").as_bytes());
        assert_eq!(text.width(), Some((80, false)));
        assert_eq!(text.rejoined(0, 80), Some((whole.to_owned(), 2)));
        assert_eq!(text.rejoined(1, 80), None);
    }

    #[test]
    fn numbers_are_those_of_the_text() {
        let text = Text::read(b"a\n\nb\rc\n");
        let numbers: Vec<usize> = text.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [1, 3, 3]);
        let long = Text::read("x\n".repeat(LINES_LIMIT + 5).as_bytes());
        assert_eq!((long.lines.len(), long.lines[0].number), (LINES_LIMIT, 6));
        let line = format!("{}\n", "x".repeat(1023));
        let huge = Text::read(line.repeat(TEXT_LIMIT / 1024 + 3).as_bytes());
        assert_eq!(huge.lines.first().map(|line| line.number), Some(4));
    }

    proptest! {
        #[test]
        fn any_bytes_are_lines_of_text(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let text = Text::read(&bytes);
            let obeyed = |line: &Line| line.text.contains(['\n', '\r', '\u{1b}']);
            prop_assert!(!text.lines.iter().any(obeyed));
        }
    }
}

//! Lines of a text with their line ends.

use std::ops::Range;

/// The line end that most lines of the text have; a line feed where there is none.
pub(crate) fn line_end(text: &[u8]) -> &'static str {
    let feeds = text.iter().filter(|byte| **byte == b'\n').count();
    let pairs = text.windows(2).filter(|pair| *pair == b"\r\n").count();
    if pairs * 2 > feeds { "\r\n" } else { "\n" }
}

/// The bytes of each line, line end included.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        let line = at..at + length;
        at = line.end;
        Some(line)
    })
}

/// The bytes of one line (from 1), line end included.
pub(crate) fn line(text: &[u8], number: u32) -> Option<Range<usize>> {
    lines(text).nth(usize::try_from(number).ok()?.checked_sub(1)?)
}

/// What to put before a new last line: nothing, or a line end where the last line has none.
pub(crate) fn missing_end(text: &[u8]) -> &'static str {
    if text.is_empty() || text.ends_with(b"\n") { "" } else { line_end(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_kept() {
        assert_eq!(line_end(b"a\r\nb\r\nc\n"), "\r\n");
        assert_eq!(line_end(b"a\nb"), "\n");
        assert_eq!(lines(b"a\r\n\nb").collect::<Vec<_>>(), [0..3, 3..4, 4..5]);
        assert_eq!((line(b"a\nb", 2), line(b"a\nb", 3), line(b"a", 0)), (Some(2..3), None, None));
        assert_eq!((missing_end(b""), missing_end(b"a\n"), missing_end(b"a\r\nb")), ("", "", "\r\n"));
    }
}

//! Changes of a text as pieces put in the place of others, so that nothing else can change by a byte.

use std::ops::Range;

use super::refusal::Refusal;

/// Bytes put in the place of a range; an empty range inserts, an empty text removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// What goes, in bytes of the text before the change.
    pub range: Range<usize>,
    /// What comes.
    pub with: Vec<u8>,
}

impl Splice {
    /// Puts `with` in the place of `range`.
    pub fn replace(range: Range<usize>, with: impl Into<Vec<u8>>) -> Self {
        Self { range, with: with.into() }
    }

    /// Puts `with` before the byte at `at`.
    pub fn insert(at: usize, with: impl Into<Vec<u8>>) -> Self {
        Self::replace(at..at, with)
    }

    /// Removes `range`.
    pub fn remove(range: Range<usize>) -> Self {
        Self::replace(range, Vec::new())
    }

    /// How much longer the text becomes.
    fn growth(&self) -> isize {
        self.with.len().cast_signed() - self.range.len().cast_signed()
    }
}

/// The text with all pieces put in. Pieces refer to `text` and do not overlap; of several at one place the first in
/// the list comes first. A range outside the text changes nothing.
pub fn apply(text: &[u8], splices: &[Splice]) -> Vec<u8> {
    let mut sorted: Vec<&Splice> = splices.iter().collect();
    sorted.sort_by_key(|splice| splice.range.start);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for splice in sorted {
        if let Some(kept) = text.get(at..splice.range.start).filter(|_| splice.range.end <= text.len()) {
            out.extend_from_slice(kept);
            out.extend_from_slice(&splice.with);
            at = splice.range.end;
        }
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}

/// A text on which several edits are made, each in terms of the text as it was read.
#[derive(Debug, Clone)]
pub struct Draft {
    now: Vec<u8>,
    /// Where each line of the text as it was read begins now; `None` for a line that is gone.
    lines: Vec<Option<usize>>,
    /// What edits have put in the place of something, as bytes of the present text.
    touched: Vec<Range<usize>>,
}

impl Draft {
    /// Nothing is changed yet.
    pub fn new(text: Vec<u8>) -> Self {
        let starts = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| Some(at + 1));
        Self { lines: std::iter::once(Some(0)).chain(starts).collect(), now: text, touched: Vec::new() }
    }

    /// The present text.
    pub fn text(&self) -> &[u8] {
        &self.now
    }

    /// The present number of the line that was number `line` (from 1) when the text was read; `None`: it is gone.
    pub fn line(&self, line: u32) -> Option<u32> {
        let start = (*self.lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?)?;
        let before = self.now.get(..start)?.iter().filter(|byte| **byte == b'\n').count();
        u32::try_from(before).ok()?.checked_add(1)
    }

    /// Makes the changes of one edit; whether there were any.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] when one replaces or removes what an earlier edit has changed; nothing is changed then.
    pub fn make(&mut self, splices: &[Splice]) -> Result<bool, Refusal> {
        let overlaps = |splice: &Splice| {
            self.touched.iter().any(|range| splice.range.start < range.end && range.start < splice.range.end)
        };
        if splices.iter().any(overlaps) {
            return Err(Refusal::Conflict("another repair changes the same lines".to_owned()));
        }
        let after = apply(&self.now, splices);
        if after == self.now {
            return Ok(false);
        }
        let mut sorted: Vec<&Splice> = splices.iter().collect();
        sorted.sort_by_key(|splice| splice.range.start);
        for splice in sorted.iter().rev() {
            self.shift(splice);
        }
        self.now = after;
        Ok(true)
    }

    /// Moves what is remembered about the text as one piece is put in; later pieces were put in before.
    fn shift(&mut self, splice: &Splice) {
        let Range { start, end } = splice.range;
        let moved = |at: usize| at.saturating_add_signed(splice.growth());
        for line in &mut self.lines {
            *line = match *line {
                Some(at) if at >= end && (at > start || start == end) => Some(moved(at)),
                Some(at) if at > start || (at == start && splice.with.is_empty() && start < end) => None,
                other => other,
            };
        }
        for range in &mut self.touched {
            if range.start >= end {
                *range = moved(range.start)..moved(range.end);
            } else if range.end > end {
                range.end = moved(range.end);
            }
        }
        self.touched.push(start..start + splice.with.len());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pieces_are_put_in_their_places() {
        let splices =
            [Splice::insert(3, "x"), Splice::replace(0..1, "AA"), Splice::remove(2..3), Splice::insert(3, "y")];
        assert_eq!(apply(b"abcd", &splices), b"AAbxyd");
        assert_eq!(apply(b"ab", &[Splice::remove(1..9)]), b"ab");
    }

    #[test]
    fn edits_see_what_earlier_ones_did_and_keep_their_lines() {
        let mut draft = Draft::new(b"a\nb\nc\n".to_vec());
        assert_eq!(draft.make(&[Splice::insert(2, "new\nlines\n")]), Ok(true));
        assert_eq!((draft.line(1), draft.line(2), draft.line(3)), (Some(1), Some(4), Some(5)));
        assert_eq!(draft.make(&[Splice::remove(0..2)]), Ok(true));
        assert_eq!(draft.text(), b"new\nlines\nb\nc\n");
        assert_eq!((draft.line(1), draft.line(2), draft.line(3), draft.line(9)), (None, Some(3), Some(4), None));
    }

    #[test]
    fn two_edits_of_the_same_words_conflict() {
        let mut draft = Draft::new(b"User a\nPort 1\n".to_vec());
        assert_eq!(draft.make(&[Splice::replace(5..6, "bb")]), Ok(true));
        assert_eq!(
            draft.make(&[Splice::replace(5..7, "bb")]),
            Err(Refusal::Conflict("another repair changes the same lines".into()))
        );
        assert_eq!(draft.make(&[Splice::replace(13..14, "2")]), Ok(true));
        assert_eq!(draft.text(), b"User bb\nPort 2\n");
    }

    proptest! {
        #[test]
        fn what_lies_outside_a_piece_stays(text in proptest::collection::vec(any::<u8>(), 0..60), at in 0usize..60, len in 0usize..9) {
            let (start, end) = (at.min(text.len()), (at + len).min(text.len()));
            let after = apply(&text, &[Splice::replace(start..end, "new")]);
            prop_assert!(after.starts_with(&text[..start]));
            prop_assert!(after.ends_with(&text[end..]));
        }
    }
}

//! Edits of whole files: their encoding, line ends and permission bits.

use super::lines;
use super::refusal::Refusal;
use super::splice::Splice;
use crate::system::{keys, text};

/// The line ends that a rewritten file gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnds {
    /// As they are.
    Keep,
    /// `\n`.
    Lf,
    /// `\r\n`.
    CrLf,
}

impl LineEnds {
    /// Reads `keep`, `lf` or `crlf`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for any other word.
    pub fn parse(word: &str) -> Result<Self, Refusal> {
        match word {
            "keep" => Ok(Self::Keep),
            "lf" => Ok(Self::Lf),
            "crlf" => Ok(Self::CrLf),
            _ => Err(Refusal::invalid(format!("`{word}` is none of keep, lf, crlf"))),
        }
    }
}

/// The file as UTF-8 without a byte order mark. A private key in OpenSSH's own format also gets the line feeds and the
/// last line end that OpenSSH demands of it; its base64 stays as it is.
///
/// # Errors
/// [`Refusal::Stale`] when the text cannot be carried over without a loss.
pub fn re_encode(bytes: &[u8], ends: LineEnds) -> Result<Vec<Splice>, Refusal> {
    let lossy = || Refusal::stale("the text cannot be rewritten without a loss");
    let encoding = text::encoding(bytes);
    let decoded = text::decode(bytes);
    let odd = encoding == Some("utf-16") && bytes.len() % 2 == 1;
    let invalid = encoding != Some("utf-16") && std::str::from_utf8(bytes).is_err();
    // What cannot be decoded becomes this character.
    let replaced = encoding == Some("utf-16") && decoded.contains('\u{fffd}');
    if odd || invalid || replaced || decoded.contains('\0') {
        return Err(lossy());
    }
    let is_key = decoded.trim_start().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----");
    let after = match ends {
        _ if is_key => key_text(&decoded),
        LineEnds::Keep => decoded,
        LineEnds::Lf => ended_by(&decoded, "\n"),
        LineEnds::CrLf => ended_by(&decoded, "\r\n"),
    };
    if is_key && keys::inspect(after.as_bytes()).damage.is_some() {
        return Err(Refusal::stale("the private key is damaged in another way too"));
    }
    Ok(difference(bytes, after.as_bytes()))
}

/// All lines with this end; some editors leave `\r\r\n`.
fn ended_by(text: &str, end: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let last = lines.len().saturating_sub(1);
    let trimmed = lines.iter().enumerate().map(|(at, line)| if at < last { line.trim_end_matches('\r') } else { line });
    trimmed.collect::<Vec<_>>().join(end)
}

/// Each line of the key without blanks around it, ended by a line feed.
fn key_text(text: &str) -> String {
    text.trim().lines().map(|line| format!("{}\n", line.trim())).collect()
}

/// The lines that differ, so that edits of other lines do not conflict; the whole file when their number differs.
fn difference(before: &[u8], after: &[u8]) -> Vec<Splice> {
    if before == after {
        return Vec::new();
    }
    let (old, new): (Vec<_>, Vec<_>) = (lines::lines(before).collect(), lines::lines(after).collect());
    let text = |range: &std::ops::Range<usize>| after.get(range.clone()).unwrap_or_default();
    let is_utf8 = std::str::from_utf8(before).is_ok();
    if !is_utf8 || old.len() != new.len() {
        return vec![Splice::replace(0..before.len(), after)];
    }
    let pairs = old.iter().zip(&new).filter(|(old, new)| before.get((*old).clone()) != Some(text(new)));
    pairs.map(|(old, new)| Splice::replace(old.clone(), text(new))).collect()
}

/// The permission bits (octal) that a file gets.
///
/// # Errors
/// [`Refusal`] for what is no mode and for one that gives others more than they have.
pub fn mode(present: u32, wanted: &str) -> Result<u32, Refusal> {
    let bits = u32::from_str_radix(wanted, 8).ok().filter(|bits| *bits <= 0o777);
    let bits = bits.ok_or_else(|| Refusal::invalid(format!("`{wanted}` is no mode")))?;
    // Whoever may read a program may also run it; nothing else is opened to others.
    let runnable = (present & 0o044) >> 2;
    let gained = bits & !present & 0o077 & !runnable;
    if gained != 0 {
        return Err(Refusal::not_allowed(format!("mode {wanted} opens the file to others")));
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fix::edit::splice::apply;

    fn rewritten(bytes: &[u8], ends: LineEnds) -> Option<Vec<u8>> {
        Some(apply(bytes, &re_encode(bytes, ends).ok()?))
    }

    fn utf16(text: &str, units: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(units).collect()
    }

    #[test]
    fn text_becomes_utf_8_and_keeps_its_lines() {
        let text = "Host git-codecommit.*.amazonaws.com\r\n  # Schlüssel\r\n";
        for bytes in [
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            [b"\xFF\xFE".to_vec(), utf16(text, u16::to_le_bytes)].concat(),
            [b"\xFE\xFF".to_vec(), utf16(text, u16::to_be_bytes)].concat(),
            utf16(text, u16::to_le_bytes),
            text.as_bytes().to_vec(),
        ] {
            assert_eq!(rewritten(&bytes, LineEnds::Keep).as_deref(), Some(text.as_bytes()));
            assert_eq!(rewritten(&bytes, LineEnds::Lf), Some(text.replace('\r', "").into_bytes()));
            assert_eq!(rewritten(&bytes, LineEnds::CrLf).as_deref(), Some(text.as_bytes()));
        }
    }

    #[test]
    fn what_would_lose_text_is_refused() {
        for bytes in [&b"\xFF\xFEa\0b"[..], b"\xFF\xFE\x00\xD8a\0", b"caf\xE9 = 1\n", b"a\0b plain text\n"] {
            assert_eq!(rewritten(bytes, LineEnds::Keep), None, "{bytes:?}");
        }
        assert_eq!(LineEnds::parse("cr"), Err(Refusal::invalid("`cr` is none of keep, lf, crlf")));
    }

    #[test]
    fn modes_are_only_tightened() {
        for (present, wanted, result) in [
            (0o644, "600", Some(0o600)),
            (0o000, "600", Some(0o600)),
            (0o600, "644", None),
            (0o644, "755", Some(0o755)),
            (0o640, "755", None),
            (0o644, "4755", None),
            (0o644, "rw", None),
        ] {
            assert_eq!(mode(present, wanted).ok(), result, "{present:o} {wanted}");
        }
    }

    proptest! {
        #[test]
        fn rewriting_twice_changes_nothing(text in "[a-zß\r\n \u{feff}]{0,40}") {
            let once = rewritten(text.as_bytes(), LineEnds::Lf).unwrap();
            prop_assume!(!text.starts_with("\u{feff}\u{feff}"));
            prop_assert_eq!(rewritten(&once, LineEnds::Lf), Some(once.clone()));
        }
    }
}

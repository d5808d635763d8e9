//! The bytes of a text file: which encoding they are in, and the text.

/// `utf-16` (with a mark, or every other byte NUL), `utf-8-bom`, `nul-bytes`; null: none of these.
pub fn encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("utf-16"),
        [0xEF, 0xBB, 0xBF, ..] => Some("utf-8-bom"),
        _ if wide_zeros(bytes).is_some() => Some("utf-16"),
        _ if bytes.contains(&0) => Some("nul-bytes"),
        _ => None,
    }
}

/// For UTF-16 without a mark: whether the high bytes, which are NUL in Latin text, come first (big endian).
fn wide_zeros(bytes: &[u8]) -> Option<bool> {
    let sample = bytes.get(..bytes.len().min(4096)).unwrap_or(bytes);
    let pairs = sample.len() / 2;
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = |count: usize, other: usize| pairs >= 2 && count * 10 >= pairs * 7 && other * 10 <= pairs;
    if most(odd, even) {
        Some(false)
    } else if most(even, odd) {
        Some(true)
    } else {
        None
    }
}

/// The text in whatever encoding it is, without a byte order mark; invalid bytes are replaced.
pub fn decode(bytes: &[u8]) -> String {
    let wide = |rest: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => match wide_zeros(bytes) {
            Some(false) => wide(bytes, u16::from_le_bytes),
            Some(true) => wide(bytes, u16::from_be_bytes),
            None => String::from_utf8_lossy(bytes).into_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn encodings_are_recognized_and_decoded() {
        let marked = [vec![0xFF, 0xFE], utf16("Host x\r\n")].concat();
        for (bytes, wanted, text) in [
            (marked, Some("utf-16"), "Host x\r\n"),
            (utf16("Host x\n"), Some("utf-16"), "Host x\n"),
            (b"\xEF\xBB\xBFHost x".to_vec(), Some("utf-8-bom"), "Host x"),
            (b"Host x\0y".to_vec(), Some("nul-bytes"), "Host x\0y"),
            (b"Host x".to_vec(), None, "Host x"),
            (b"".to_vec(), None, ""),
        ] {
            assert_eq!((encoding(&bytes), decode(&bytes).as_str()), (wanted, text));
        }
    }
}

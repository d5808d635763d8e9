//! Everything read from the machine passes through here before it is shown, in every format: people `cat` JSON, too.

/// The text with control, bidirectional and invisible characters made visible, line breaks included.
pub fn safe(text: &str) -> String {
    made_visible(text, |_| false)
}

/// The same for a line of a file: tabs stay.
pub(crate) fn safe_line(text: &str) -> String {
    made_visible(text, |c| c == '\t')
}

/// The same for prose: line breaks and tabs stay.
pub(super) fn safe_block(text: &str) -> String {
    made_visible(text, |c| matches!(c, '\n' | '\t'))
}

fn made_visible(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if keep(c) => safe.push(c),
            '\0'..='\x1f' => safe.extend(char::from_u32(0x2400 + u32::from(c))),
            '\x7f' => safe.push('␡'),
            _ if is_invisible(c) => safe.push_str(&format!("<U+{:04X}>", u32::from(c))),
            _ => safe.push(c),
        }
    }
    safe
}

/// C1 controls, marks that turn the direction of text, characters without width, tags, line separators.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_obeys_becomes_visible() {
        assert_eq!(safe("\u{1b}[31mred\u{7}\r\n"), "␛[31mred␇␍␊");
        assert_eq!(safe("a\u{202e}b\u{200b}\u{9b}2J\u{feff}\u{7f}"), "a<U+202E>b<U+200B><U+009B>2J<U+FEFF>␡");
        assert_eq!(safe("Ä 漢 🦀 ~/.ssh"), "Ä 漢 🦀 ~/.ssh");
        assert_eq!(safe_line("\tUser\u{b}\n"), "\tUser␋␊");
        assert_eq!(safe_block("a\n\tb\u{0}"), "a\n\tb␀");
    }

    proptest! {
        #[test]
        fn nothing_is_left_that_a_terminal_obeys(text in any::<String>()) {
            prop_assert!(!safe(&text).chars().any(|c| c.is_control() || is_invisible(c)));
            prop_assert!(!safe_block(&text).chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || is_invisible(c)));
        }
    }
}

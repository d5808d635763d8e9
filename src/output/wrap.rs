//! Breaks prose into lines. Works on plain text, before any style is laid over it.

/// Lines of at most `width` characters, where words allow it. Line breaks of the text stay; lines that are indented or
/// hold a command are left alone, for they are to be copied.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    text.trim_end().lines().flat_map(|line| wrapped_line(line, width)).collect()
}

fn wrapped_line(line: &str, width: usize) -> Vec<String> {
    if line.starts_with([' ', '\t']) || line.chars().count() <= width {
        return vec![line.trim_end().to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in line.split(' ') {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > width {
            lines.push(String::new());
            length = 0;
        }
        if let Some(last) = lines.last_mut() {
            if length > 0 {
                last.push(' ');
                length += 1;
            }
            last.push_str(word);
        }
        length += word_length;
    }
    lines
}

/// The same with a prefix on the first line and another on the following ones; `width` counts the prefix.
pub(super) fn indented(text: &str, width: usize, first: &str, rest: &str) -> String {
    let inner = width.saturating_sub(rest.chars().count()).max(20);
    let mut block = String::new();
    for (number, line) in wrapped(text, inner).iter().enumerate() {
        let prefix = if number == 0 { first } else { rest };
        block.push_str(format!("{prefix}{line}").trim_end());
        block.push('\n');
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_between_words() {
        assert_eq!(wrapped("one two three four", 9), ["one two", "three", "four"]);
        assert_eq!(wrapped("unbreakable-word x", 5), ["unbreakable-word", "x"]);
        assert_eq!(wrapped("a\n\nb\n", 9), ["a", "", "b"]);
    }

    #[test]
    fn commands_are_left_alone() {
        assert_eq!(wrapped("Type:\n    git config --global x y", 10), ["Type:", "    git config --global x y"]);
    }

    #[test]
    fn the_prefix_counts() {
        assert_eq!(indented("aaaa bbbb cccc dddd eeee ffff", 24, "- ", "  "), "- aaaa bbbb cccc dddd\n  eeee ffff\n");
    }
}

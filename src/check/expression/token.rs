//! The words of an expression with their positions, for messages that point at one of them.

use cel::parser::pratt_parser::{Lexer, TokenKind};

/// One word of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
    /// Byte offset in the expression.
    pub(super) offset: usize,
}

/// The words of `source` without blanks and comments, up to the first that is none.
pub(super) fn tokens(source: &str) -> (Vec<Token<'_>>, Option<(usize, String)>) {
    let mut lexer = Lexer::new(source);
    let mut tokens = Vec::new();
    loop {
        let token = lexer.lex();
        match token.kind {
            TokenKind::TokEnd => return (tokens, None),
            TokenKind::TokError => {
                let message = lexer.get_error().map_or_else(|| "unexpected text".into(), |error| error.message.clone());
                return (tokens, Some((token.start, message)));
            }
            TokenKind::TokWhitespace | TokenKind::TokComment => {}
            kind => {
                let text = source.get(token.start..token.end).unwrap_or_default();
                tokens.push(Token { kind, text, offset: token.start });
            }
        }
    }
}

/// Whether `name` stands in the expression as a name of its own and not as a field of another one.
pub(super) fn names(source: &str, name: &str) -> bool {
    let (tokens, _) = tokens(source);
    let mut after_dot = false;
    for token in tokens {
        if !after_dot && token.kind == TokenKind::TokIdent && token.text == name {
            return true;
        }
        after_dot = token.kind == TokenKind::TokDot;
    }
    false
}

/// Offset of the last word (but for an opening parenthesis) of the first place where these words follow each other.
pub(super) fn find(source: &str, words: &[&str]) -> Option<usize> {
    let (tokens, _) = tokens(source);
    let same = |window: &&[Token<'_>]| window.iter().map(|token| token.text).eq(words.iter().copied());
    let found = tokens.windows(words.len().max(1)).find(same)?;
    found.iter().rev().find(|token| token.text != "(").map(|token| token.offset)
}

/// The words of a dotted path.
pub(super) fn words(path: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for (index, name) in path.split('.').enumerate() {
        if index > 0 {
            words.push(".");
        }
        words.push(name);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_strings_and_fields_are_not_names() {
        assert!(names("target.url == 'x'", "target"));
        assert!(!names("run.target == 'target'", "target"));
        assert!(!names("'a target'", "target"));
    }

    #[test]
    fn a_path_is_found_whatever_the_blanks() {
        assert_eq!(find("a == 1 && target . ssh.user == 2", &words("target.ssh")), Some(19));
        assert_eq!(find("a.b", &words("b.c")), None);
    }

    #[test]
    fn an_error_ends_the_words() {
        let (tokens, error) = tokens("a = 'x");
        assert_eq!(tokens.len(), 2);
        assert_eq!(error.map(|(offset, _)| offset), Some(4));
    }
}

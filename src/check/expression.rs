//! Expressions: CEL within limits.
//!
//! Parsed by the Pratt parser, whose limits of depth and size keep a hostile expression from overflowing the stack;
//! `has()` and optional access are refused because they would turn "could not look" into "no".

use std::sync::{Arc, OnceLock};

use cel::common::ast::{Expr, IdedExpr};
use cel::parser::PrattParser;
use cel::parser::pratt_parser::TokenKind;

use super::node::Place;

pub mod ast;
pub mod function;
pub(crate) mod guard;
mod token;
pub mod typing;

/// Longest expression in bytes.
pub const SOURCE_LIMIT: usize = 2048;
const DEPTH_LIMIT: u16 = 64;
const NODE_LIMIT: usize = 2000;

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where, in bytes from the start of the expression.
    pub offset: usize,
    /// What.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Fault {
    fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// One expression of a definition. It is parsed when it is first needed.
#[derive(Debug, Clone)]
pub struct Expression {
    /// The text as written.
    pub source: String,
    /// Where its scalar starts in the file.
    pub place: Place,
    parsed: Arc<OnceLock<Result<IdedExpr, Fault>>>,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Expression {
    /// An expression that is not parsed yet.
    pub fn new(source: impl Into<String>, place: Place) -> Self {
        Self { source: source.into(), place, parsed: Arc::default() }
    }

    /// Its syntax tree.
    ///
    /// # Errors
    /// When it is not an expression, or beyond the limits.
    pub fn ast(&self) -> Result<&IdedExpr, &Fault> {
        self.parsed.get_or_init(|| parse(&self.source)).as_ref()
    }

    /// Whether it names `root` (not as a field of something else).
    pub fn names(&self, root: &str) -> bool {
        token::names(&self.source, root)
    }
}

fn parse(source: &str) -> Result<IdedExpr, Fault> {
    if source.len() > SOURCE_LIMIT {
        let message = format!("the expression has {} bytes; at most {SOURCE_LIMIT} are allowed", source.len());
        return Err(Fault::new(0, message));
    }
    if source.trim().is_empty() {
        return Err(Fault::new(0, "the expression is empty"));
    }
    if let (_, Some((offset, message))) = token::tokens(source) {
        return Err(with_hint(source, Fault::new(offset, message)));
    }
    let parser = PrattParser::default().max_recursion_depth(DEPTH_LIMIT).max_expression_node_count(NODE_LIMIT);
    let tree = parser.parse(source).map_err(|errors| syntax_fault(source, &errors))?;
    if ast::depth(&tree) > usize::from(2 * DEPTH_LIMIT) {
        return Err(Fault::new(0, "the expression is nested too deeply or chains too many operators"));
    }
    match refused(&tree) {
        Some(message) => Err(Fault::new(token::find(source, &["has"]).unwrap_or(0), message).hint(HAS_HINT)),
        None => Ok(tree),
    }
}

const HAS_HINT: &str = "compare with null instead: `x != null`; what could not be looked at makes the check unknown \
                        by itself";

fn syntax_fault(source: &str, errors: &cel::ParseErrors) -> Fault {
    let Some(first) = errors.errors.first() else {
        return Fault::new(0, "this is not an expression");
    };
    let offset = offset_of(source, first.pos);
    let message = first.msg.strip_prefix("Syntax error: ").unwrap_or(&first.msg);
    if message.starts_with("unsupported syntax") {
        return Fault::new(offset, "optional access (`.?`, `[?`) is not allowed").hint(HAS_HINT);
    }
    let message = match message.strip_prefix("mismatched input '").and_then(|rest| rest.split_once('\'')) {
        Some(("<EOF>", _)) => "the expression ends too early".to_owned(),
        Some((word, _)) => format!("`{word}` is unexpected here"),
        None => message.to_owned(),
    };
    with_hint(source, Fault::new(offset, message))
}

/// Byte offset of a line and column (both from 1, columns in bytes).
fn offset_of(source: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or(0);
    let before: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    (before + usize::try_from(column - 1).unwrap_or(0)).min(source.len())
}

/// Adds advice for the mistakes that people make who know other languages.
fn with_hint(source: &str, fault: Fault) -> Fault {
    let rest = source.get(fault.offset..).unwrap_or_default();
    let word: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    let before = source.get(..fault.offset).unwrap_or_default().trim_end();
    let hint = match word.as_str() {
        _ if fault.message.starts_with("unterminated string") => "close the quotation mark",
        "and" | "AND" => "write `&&`",
        "or" | "OR" => "write `||`",
        "is" => "write `==`",
        _ if before.ends_with("not") => "write `!` instead of `not`",
        _ if rest.starts_with("!==") || rest.starts_with("===") || before.ends_with("==") => "write `==` or `!=`",
        _ if rest.starts_with('=') => "write `==` to compare",
        _ if rest.starts_with('&') => "write `&&`",
        _ if rest.starts_with('|') => "write `||`",
        _ if before.ends_with('<') && rest.starts_with('>') => "write `!=`",
        _ => return fault,
    };
    fault.hint(hint)
}

fn refused(tree: &IdedExpr) -> Option<&'static str> {
    let mut found = None;
    ast::walk(tree, &mut |expr| match &expr.expr {
        Expr::Select(select) if select.test => found = Some("`has()` is not allowed"),
        Expr::Call(call) if call.func_name == "has" => found = Some("`has()` is not allowed"),
        _ => {}
    });
    found
}

/// Splits `source` at the first `}}` that stands outside a string literal; `None`: there is none.
pub(crate) fn split_at_close(source: &str) -> Option<(&str, &str)> {
    let (tokens, _) = token::tokens(source);
    for pair in tokens.windows(2) {
        let [first, second] = pair else { continue };
        let braces = first.kind == TokenKind::TokRightBrace && second.kind == TokenKind::TokRightBrace;
        if braces && second.offset == first.offset + 1 {
            return Some((source.get(..first.offset)?, source.get(second.offset + 1..)?));
        }
    }
    // Unlexable text inside: the plain first `}}`, so that the error is about the expression.
    source.split_once("}}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(source: &str) -> (usize, String, String) {
        let fault = parse(source).expect_err("must be refused");
        (fault.offset, fault.message, fault.hint.unwrap_or_default())
    }

    #[test]
    fn common_slips_get_a_hint() {
        assert_eq!(fault("a.b and c"), (4, "`and` is unexpected here".into(), "write `&&`".into()));
        assert_eq!(fault("a or b"), (2, "`or` is unexpected here".into(), "write `||`".into()));
        assert_eq!(fault("a = b"), (2, "`=` is unexpected here".into(), "write `==` to compare".into()));
        assert_eq!(fault("not a"), (4, "`a` is unexpected here".into(), "write `!` instead of `not`".into()));
        assert_eq!(fault("a & b"), (2, "unexpected single '&', expected '&&'".into(), "write `&&`".into()));
        assert_eq!(fault("a == 'x").2, "close the quotation mark");
        assert_eq!(fault("a === b").2, "write `==` or `!=`");
        assert_eq!(fault("a <> b").2, "write `!=`");
        assert_eq!(fault("a ==").1, "the expression ends too early");
        assert_eq!(fault("  ").1, "the expression is empty");
    }

    #[test]
    fn the_offset_counts_lines() {
        assert_eq!(fault("a ||\nb and c").0, 7);
    }

    #[test]
    fn presence_tests_are_refused() {
        for source in ["has(a.b)", "x && has(a.b)", "l.exists(i, has(i.a))", "a.?b", "a[?0]", "has(a)"] {
            let (_, message, hint) = fault(source);
            assert!(message.contains("not allowed") || message.contains("argument"), "{source}: {message}");
            assert!(hint == HAS_HINT || source == "has(a)", "{source}: {hint}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        let unbalanced = "(".repeat(2000);
        let sum = format!("1{}", "+1".repeat(1020));
        let nested = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
        for source in [unbalanced, sum, nested, "a".repeat(SOURCE_LIMIT + 1)] {
            assert!(parse(&source).is_err(), "{}", &source[..40]);
        }
        assert!(parse(&format!("a{}", " || a".repeat(300))).is_ok(), "chains of conditions are balanced");
    }

    #[test]
    fn text_that_is_no_ascii_is_refused_outside_strings_only() {
        assert_eq!(fault("é == 1").0, 0);
        assert!(parse("a == 'é'").is_ok());
    }

    #[test]
    fn braces_in_strings_do_not_close_a_template() {
        assert_eq!(split_at_close(" '}}' + a }} rest"), Some((" '}}' + a ", " rest")));
        assert_eq!(split_at_close("a"), None);
    }

    proptest! {
        #[test]
        fn random_words_never_panic(words in proptest::collection::vec(
            prop::sample::select(vec![
                "a", "target", ".", "ssh", "(", ")", "[", "]", "{", "}", "&&", "||", "!", "==", "!=", "<", "in", "?",
                ":", "1", "-", "'x'", "\"y\"", "has", "exists", ",", "é", "\u{1F600}", "0x", "1e", "//", "'", "\\", "`",
                "map", "null", "r'", "b'", "\n",
            ]), 0..60)) {
            let source = words.concat();
            let _ = parse(&source);
            let _ = parse(&words.join(" "));
            let _ = split_at_close(&source);
        }

        #[test]
        fn random_text_never_panics(source in ".{0,80}") {
            let _ = parse(&source);
        }
    }
}

//! Which values are known not to be null, and which lists not to be empty, once a condition is true or false.

use std::collections::BTreeSet;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::ast::{self, Macro};

/// Paths that are not null; `#path` says that the list at `path` is not empty.
pub(crate) type Guards = BTreeSet<String>;

/// The mark of a list that has an element.
pub(crate) fn filled(path: &str) -> String {
    format!("#{path}")
}

/// What follows from `expr` being `outcome`.
pub(crate) fn guards(expr: &IdedExpr, outcome: bool) -> Guards {
    match &expr.expr {
        Expr::Call(call) => of_call(call, outcome),
        Expr::Comprehension(comprehension) => {
            let proves = match Macro::of(comprehension) {
                Some(Macro::Exists(_) | Macro::ExistsOne(_)) => outcome,
                Some(Macro::All(_)) => !outcome,
                _ => false,
            };
            let path = ast::path(&comprehension.iter_range).filter(|_| proves);
            path.map(|path| filled(&path)).into_iter().collect()
        }
        Expr::Ident(_) | Expr::Select(_) if outcome => ast::path(expr).into_iter().collect(),
        _ => Guards::new(),
    }
}

fn of_call(call: &CallExpr, outcome: bool) -> Guards {
    match (call.func_name.as_str(), call.args.as_slice()) {
        (operators::LOGICAL_NOT, [inner]) => guards(inner, !outcome),
        (operators::LOGICAL_AND, [a, b]) => combine(guards(a, outcome), guards(b, outcome), outcome),
        (operators::LOGICAL_OR, [a, b]) => combine(guards(a, outcome), guards(b, outcome), !outcome),
        (operators::EQUALS, [a, b]) => of_equality(a, b, outcome),
        (operators::NOT_EQUALS, [a, b]) => of_equality(a, b, !outcome),
        (operators::GREATER, [a, b]) => of_order(a, b, 0, outcome),
        (operators::GREATER_EQUALS, [a, b]) => of_order(a, b, 1, outcome),
        (operators::LESS, [a, b]) => of_order(a, b, 1, !outcome),
        (operators::LESS_EQUALS, [a, b]) => of_order(a, b, 0, !outcome),
        (operators::IN, [element, _]) if outcome => ast::path(element).into_iter().collect(),
        _ => Guards::new(),
    }
}

/// Both hold, or only what follows from either.
fn combine(a: Guards, b: Guards, both: bool) -> Guards {
    if both { a.union(&b).cloned().collect() } else { a.intersection(&b).cloned().collect() }
}

fn of_equality(a: &IdedExpr, b: &IdedExpr, equal: bool) -> Guards {
    [(a, b), (b, a)].into_iter().filter_map(|(value, other)| of_compared(value, other, equal)).collect()
}

fn of_compared(value: &IdedExpr, other: &IdedExpr, equal: bool) -> Option<String> {
    let Expr::Literal(literal) = &other.expr else { return None };
    match literal {
        LiteralValue::Null => ast::path(value).filter(|_| !equal),
        LiteralValue::Int(number) if (*number.inner() == 0) != equal => {
            sized(value).or_else(|| ast::path(value).filter(|_| equal))
        }
        _ => ast::path(value).filter(|_| equal),
    }
}

/// `size(list) > bound` (or `>=`) with an integer of at least `least`.
fn of_order(value: &IdedExpr, bound: &IdedExpr, least: i64, holds: bool) -> Guards {
    let enough = ast::integer(bound).is_some_and(|bound| bound >= least);
    sized(value).filter(|_| enough && holds).into_iter().collect()
}

/// The mark of the list in `size(list)` or `list.size()`.
fn sized(expr: &IdedExpr) -> Option<String> {
    let Expr::Call(call) = &expr.expr else { return None };
    let list = call.target.as_deref().or_else(|| call.args.first())?;
    (call.func_name == "size").then(|| ast::path(list)).flatten().map(|path| filled(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::expression::parse;

    fn when(source: &str, outcome: bool) -> Vec<String> {
        guards(&parse(source).expect("parses"), outcome).into_iter().collect()
    }

    #[test]
    fn comparisons_with_null() {
        assert_eq!(when("a.b != null", true), ["a.b"]);
        assert_eq!(when("a.b == null", false), ["a.b"]);
        assert_eq!(when("!(null == a.b)", true), ["a.b"]);
        assert!(when("a.b == null", true).is_empty());
        assert_eq!(when("a == 'x'", true), ["a"]);
        assert!(when("a == 'x'", false).is_empty());
        assert_eq!(when("a in ['x']", true), ["a"]);
    }

    #[test]
    fn connectives() {
        assert_eq!(when("a != null && b != null", true), ["a", "b"]);
        assert!(when("a != null && b != null", false).is_empty());
        assert_eq!(when("a == null || b == null", false), ["a", "b"]);
        assert_eq!(when("(a != null && c) || a == 'x'", true), ["a"]);
    }

    #[test]
    fn sizes() {
        assert_eq!(when("size(l) > 0", true), ["#l"]);
        assert_eq!(when("size(l) == 0", false), ["#l"]);
        assert_eq!(when("size(l.m) >= 2", true), ["#l.m"]);
        assert_eq!(when("size(l) < 1", false), ["#l"]);
        assert_eq!(when("size(l) == 1", true), ["#l"]);
        assert_eq!(when("l.exists(i, i.a)", true), ["#l"]);
        assert_eq!(when("l.all(i, i.a)", false), ["#l"]);
        assert!(when("size(l) >= 0", true).is_empty());
        assert!(when("size(l) > 0", false).is_empty());
    }
}

//! Reading the syntax tree: walking it, the dotted path it spells, and which macro a comprehension came from.

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};

/// How many levels the tree has.
pub fn depth(expr: &IdedExpr) -> usize {
    1 + children(expr).into_iter().map(depth).max().unwrap_or(0)
}

/// Calls `visit` for every node.
pub fn walk<'a>(expr: &'a IdedExpr, visit: &mut impl FnMut(&'a IdedExpr)) {
    visit(expr);
    for child in children(expr) {
        walk(child, visit);
    }
}

fn children(expr: &IdedExpr) -> Vec<&IdedExpr> {
    match &expr.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Comprehension(c) => vec![&c.iter_range, &c.accu_init, &c.loop_cond, &c.loop_step, &c.result],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Map(map) => map.entries.iter().flat_map(|entry| entry_parts(&entry.expr)).collect(),
        Expr::Struct(object) => object.entries.iter().flat_map(|entry| entry_parts(&entry.expr)).collect(),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
    }
}

fn entry_parts(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}

/// The path that names, fields and `[0]` spell: `target.ssh.near_blocks[0].source`.
pub fn path(expr: &IdedExpr) -> Option<String> {
    match &expr.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        Expr::Call(call) if call.func_name == operators::INDEX => match call.args.as_slice() {
            [list, index] => Some(format!("{}[{}]", path(list)?, integer(index)?)),
            _ => None,
        },
        _ => None,
    }
}

/// The value of an integer literal.
pub fn integer(expr: &IdedExpr) -> Option<i64> {
    match &expr.expr {
        Expr::Literal(LiteralValue::Int(value)) => Some(*value.inner()),
        _ => None,
    }
}

/// The value of a text literal.
pub fn text(expr: &IdedExpr) -> Option<&str> {
    match &expr.expr {
        Expr::Literal(LiteralValue::String(value)) => Some(value.inner()),
        _ => None,
    }
}

/// What `all`, `exists`, `exists_one`, `filter` and `map` were before the parser expanded them.
pub enum Macro<'a> {
    /// `list.all(x, predicate)`
    All(&'a IdedExpr),
    /// `list.exists(x, predicate)`
    Exists(&'a IdedExpr),
    /// `list.exists_one(x, predicate)`
    ExistsOne(&'a IdedExpr),
    /// `list.filter(x, predicate)` (no element), `list.map(x, element)` and `list.map(x, predicate, element)`
    List {
        /// Which elements are taken.
        predicate: Option<&'a IdedExpr>,
        /// What is made of each; `None`: the element itself.
        element: Option<&'a IdedExpr>,
    },
}

impl<'a> Macro<'a> {
    /// The macro that a comprehension was.
    pub fn of(comprehension: &'a ComprehensionExpr) -> Option<Self> {
        let Expr::Call(step) = &comprehension.loop_step.expr else { return None };
        match (step.func_name.as_str(), step.args.as_slice()) {
            (operators::LOGICAL_AND, [_, predicate]) => Some(Self::All(predicate)),
            (operators::LOGICAL_OR, [_, predicate]) => Some(Self::Exists(predicate)),
            (operators::CONDITIONAL, [predicate, step, _]) => match appended(step) {
                None => Some(Self::ExistsOne(predicate)),
                Some(Expr::Ident(name)) if *name == comprehension.iter_var && is_filter(comprehension) => {
                    Some(Self::List { predicate: Some(predicate), element: None })
                }
                Some(_) => Some(Self::List { predicate: Some(predicate), element: appended_expr(step) }),
            },
            (operators::ADD, _) => {
                Some(Self::List { predicate: None, element: appended_expr(&comprehension.loop_step) })
            }
            _ => None,
        }
    }
}

/// `filter` and `map(x, p, x)` expand to the same tree.
fn is_filter(comprehension: &ComprehensionExpr) -> bool {
    matches!(comprehension.accu_init.expr, Expr::List(_))
}

/// `element` of `accumulator + [element]`.
fn appended_expr(step: &IdedExpr) -> Option<&IdedExpr> {
    let Expr::Call(call) = &step.expr else { return None };
    match call.args.get(1).map(|list| &list.expr) {
        Some(Expr::List(list)) => list.elements.first(),
        _ => None,
    }
}

fn appended(step: &IdedExpr) -> Option<&Expr> {
    appended_expr(step).map(|element| &element.expr)
}

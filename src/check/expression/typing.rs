//! The static type checker: infers the type of an expression from the catalogue of facts.
//!
//! It refuses what would surely or probably fail on some machine: unknown facts and functions, operands of different
//! types, and above all the use of a value that can be null without asking first whether it is. What it cannot decide
//! it leaves to the evaluation ([`Type::Any`]).

use std::sync::Arc;

use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

use super::ast::{self, Macro};
use super::guard::{self, Guards};
use super::{Fault, token};
use crate::check::error::did_you_mean;
use crate::fact::catalogue::{Catalogue, Object, ROOTS, Sensitivity, Type, Typed};

mod call;
mod message;

use message::{article, null_fault};

/// Deepest nesting of `all`, `exists`, `exists_one`, `filter` and `map`.
const LOOP_LIMIT: usize = 2;

/// What an expression may name beside the roots of the facts.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Whether `target` may be named.
    pub target: bool,
    /// The type of `item`; `None`: there is no `item`.
    pub item: Option<Typed>,
    /// What is known to be there.
    pub(crate) guards: Guards,
    variables: Vec<(String, Typed)>,
    loops: usize,
}

impl Scope {
    /// The scope of a check's expressions.
    pub(crate) fn new(target: bool, guards: Guards) -> Self {
        Self { target, guards, ..Self::default() }
    }

    /// The scope with further paths that are known not to be null.
    #[must_use]
    pub(crate) fn with(&self, guards: Guards) -> Self {
        let mut scope = self.clone();
        scope.guards.extend(guards);
        scope
    }

    /// The scope inside a loop.
    fn with_variable(&self, name: &str, typed: Typed) -> Self {
        let mut scope = self.clone();
        scope.loops += 1;
        scope.variables.push((name.to_owned(), typed));
        scope
    }
}

/// What was found out about an expression.
#[derive(Debug)]
pub struct Inferred {
    /// Its type.
    pub typed: Typed,
    /// Everything that is wrong with it.
    pub faults: Vec<Fault>,
    /// Whether it names a fact.
    pub names_fact: bool,
    /// Whether a fact that it names may be unavailable.
    pub may_be_unavailable: bool,
}

/// Infers the type of a parsed expression.
pub fn infer(source: &str, expr: &IdedExpr, scope: &Scope) -> Inferred {
    let mut checker = Checker {
        source,
        catalogue: Catalogue::get(),
        faults: Vec::new(),
        names_fact: false,
        may_be_unavailable: false,
    };
    let typed = checker.infer(expr, scope);
    checker.faults.sort();
    checker.faults.dedup();
    Inferred {
        typed,
        faults: checker.faults,
        names_fact: checker.names_fact,
        may_be_unavailable: checker.may_be_unavailable,
    }
}

/// A type of a value that is there.
pub(crate) fn plain(kind: Type) -> Typed {
    Typed { kind, nullable: false, may_be_unavailable: false }
}

struct Checker<'a> {
    source: &'a str,
    catalogue: &'static Catalogue,
    faults: Vec<Fault>,
    names_fact: bool,
    may_be_unavailable: bool,
}

impl Checker<'_> {
    /// Notes a fault at the last of `words` and goes on with a value of any type.
    fn fault(&mut self, words: &[&str], message: impl Into<String>, hint: Option<String>) -> Typed {
        let offset = token::find(self.source, words).or_else(|| token::find(self.source, words.get(..1)?)).unwrap_or(0);
        self.faults.push(Fault { offset, message: message.into(), hint });
        plain(Type::Any)
    }

    fn infer(&mut self, expr: &IdedExpr, scope: &Scope) -> Typed {
        let typed = match &expr.expr {
            Expr::Literal(literal) => self.literal(literal),
            Expr::Ident(name) => self.ident(name, scope),
            Expr::Select(select) => self.select(&select.operand, &select.field, scope),
            Expr::List(list) => self.list(&list.elements, scope),
            Expr::Call(call) => self.call(call, scope),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, scope),
            Expr::Map(_) | Expr::Struct(_) => self.fault(&["{"], "braces `{…}` have no meaning here", None),
            Expr::Unspecified => plain(Type::Any),
        };
        let guarded = typed.nullable && ast::path(expr).is_some_and(|path| scope.guards.contains(&path));
        Typed { nullable: typed.nullable && !guarded, ..typed }
    }

    fn literal(&mut self, literal: &LiteralValue) -> Typed {
        plain(match literal {
            LiteralValue::Boolean(_) => Type::Bool,
            LiteralValue::Int(_) => Type::Int,
            LiteralValue::Double(_) => Type::Float,
            LiteralValue::String(_) => Type::Text(Sensitivity::Public),
            LiteralValue::Null => return Typed { nullable: true, ..plain(Type::Null) },
            LiteralValue::UInt(_) | LiteralValue::Bytes(_) => {
                return self.fault(&[], "only plain numbers and texts can be written", None);
            }
        })
    }

    fn ident(&mut self, name: &str, scope: &Scope) -> Typed {
        if let Some((_, typed)) = scope.variables.iter().rev().find(|(variable, _)| variable == name) {
            return typed.clone();
        }
        self.names_fact = true;
        match name {
            "target" if scope.target => plain(Type::Object(Arc::clone(&self.catalogue.target))),
            "target" => self.fault(&[name], "`target` cannot be named here", Some(message::NO_TARGET.into())),
            "item" => match &scope.item {
                Some(item) => item.clone(),
                None => self.fault(&[name], "there is no `item` without `for_each`", None),
            },
            _ => self.root(name, scope),
        }
    }

    fn root(&mut self, name: &str, scope: &Scope) -> Typed {
        if let Some(field) = self.catalogue.roots.field(name) {
            self.may_be_unavailable |= field.typed.may_be_unavailable;
            return field.typed.clone();
        }
        let variables = scope.variables.iter().map(|(name, _)| name.as_str());
        let hint = did_you_mean(name, ROOTS.into_iter().chain(["target", "item"]).chain(variables));
        let hint = hint.unwrap_or_else(|| format!("facts start with one of: {}, target, item", ROOTS.join(", ")));
        self.fault(&[name], format!("there is no fact `{name}`"), Some(hint))
    }

    fn select(&mut self, operand: &IdedExpr, field: &str, scope: &Scope) -> Typed {
        let typed = self.infer(operand, scope);
        let path = ast::path(operand);
        let words = path.as_deref().map(|path| format!("{path}.{field}"));
        let words = words.as_deref().map_or_else(|| vec![".", field], token::words);
        match &typed.kind {
            Type::Any => plain(Type::Any),
            Type::Object(_) if typed.nullable => {
                let (message, hint) = null_fault(path.as_deref(), &typed, &format!("`.{field}`"));
                self.fault(&words, message, Some(hint))
            }
            Type::Object(object) => self.field(object, path.as_deref(), field, &words),
            Type::List(_) => {
                let hint = "use `exists`, `all`, `filter`, `map` or `size`, or `for_each`".to_owned();
                let name = path.unwrap_or_else(|| "this".into());
                self.fault(&words, format!("`{name}` is a list and has no field `{field}`"), Some(hint))
            }
            other => {
                let name = path.unwrap_or_else(|| "this".into());
                self.fault(&words, format!("`{name}` is {} and has no field `{field}`", article(other)), None)
            }
        }
    }

    fn field(&mut self, object: &Object, path: Option<&str>, name: &str, words: &[&str]) -> Typed {
        if let Some(field) = object.field(name) {
            self.may_be_unavailable |= field.typed.may_be_unavailable;
            return field.typed.clone();
        }
        let names = || object.fields.iter().map(|field| field.name.as_str());
        let list = || format!("its fields: {}", names().collect::<Vec<_>>().join(", "));
        let hint = did_you_mean(name, names()).unwrap_or_else(list);
        let message = match path {
            Some(path) => format!("there is no fact `{path}.{name}`"),
            None => format!("there is no field `{name}` here"),
        };
        self.fault(words, message, Some(hint))
    }

    fn list(&mut self, elements: &[IdedExpr], scope: &Scope) -> Typed {
        let mut element = plain(Type::Any);
        for expr in elements {
            let typed = self.infer(expr, scope);
            element = self.unify(element, typed, &["["], "the elements of a list");
        }
        plain(Type::List(Arc::new(element)))
    }

    /// The common type of two values that take the same place.
    fn unify(&mut self, a: Typed, b: Typed, words: &[&str], what: &str) -> Typed {
        let nullable = a.nullable || b.nullable;
        let may_be_unavailable = a.may_be_unavailable || b.may_be_unavailable;
        let kind = match (a.kind, b.kind) {
            (Type::Any | Type::Null, other) | (other, Type::Any | Type::Null) => other,
            (Type::Text(a), Type::Text(b)) => Type::Text(a.max(b)),
            (a, b) if same(&a, &b) => a,
            (a, b) => {
                let message = format!("{what} must have one type, not {} and {}", article(&a), article(&b));
                return self.fault(words, message, None);
            }
        };
        Typed { kind, nullable, may_be_unavailable }
    }

    fn comprehension(&mut self, comprehension: &ComprehensionExpr, scope: &Scope) -> Typed {
        let range = self.infer(&comprehension.iter_range, scope);
        let path = ast::path(&comprehension.iter_range);
        let variable = comprehension.iter_var.as_str();
        if range.nullable {
            let (message, hint) = null_fault(path.as_deref(), &range, "going through it");
            return self.fault(&token::words(path.as_deref().unwrap_or_default()), message, Some(hint));
        }
        let element = match range.kind {
            Type::List(element) => (*element).clone(),
            Type::Any => plain(Type::Any),
            other => {
                let message = format!("only lists can be gone through; this is {}", article(&other));
                return self.fault(&token::words(path.as_deref().unwrap_or_default()), message, None);
            }
        };
        if ROOTS.contains(&variable) || ["target", "item"].contains(&variable) {
            return self.fault(&["(", variable], format!("`{variable}` is a fact; name the element otherwise"), None);
        }
        if scope.loops >= LOOP_LIMIT {
            let message = format!("`all`, `exists`, `filter` and `map` may be nested {LOOP_LIMIT} deep");
            return self.fault(&["(", variable, ","], message, Some("use `for_each`".into()));
        }
        self.macro_call(comprehension, element.clone(), &scope.with_variable(variable, element))
    }

    fn macro_call(&mut self, comprehension: &ComprehensionExpr, element: Typed, scope: &Scope) -> Typed {
        match Macro::of(comprehension) {
            Some(Macro::All(test) | Macro::Exists(test) | Macro::ExistsOne(test)) => {
                self.condition(test, scope, "the test of a list");
                plain(Type::Bool)
            }
            Some(Macro::List { predicate, element: made }) => {
                let mut inner = scope.clone();
                if let Some(predicate) = predicate {
                    self.condition(predicate, scope, "the test of a list");
                    inner = scope.with(guard::guards(predicate, true));
                }
                let element = made.map_or(element, |made| self.infer(made, &inner));
                plain(Type::List(Arc::new(element)))
            }
            None => plain(Type::Any),
        }
    }

    /// Infers an operand that must be true or false.
    fn condition(&mut self, expr: &IdedExpr, scope: &Scope, what: &str) {
        let typed = self.infer(expr, scope);
        let path = ast::path(expr);
        let words = path.clone().unwrap_or_default();
        let words = token::words(&words);
        match &typed.kind {
            Type::Bool if typed.nullable => {
                let (message, hint) = null_fault(path.as_deref(), &typed, what);
                self.fault(&words, message, Some(hint));
            }
            Type::Bool | Type::Any => {}
            other => {
                let message = format!("{what} must be true or false, but this is {}", article(other));
                self.fault(&words, message, message::to_bool(path.as_deref(), &typed));
            }
        }
    }
}

/// Whether values of two types can be compared with `==`.
fn same(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Any | Type::Null, _) | (_, Type::Any | Type::Null) | (Type::Text(_), Type::Text(_)) => true,
        (Type::Int | Type::Float, Type::Int | Type::Float) | (Type::Bool, Type::Bool) => true,
        (Type::List(a), Type::List(b)) => same(&a.kind, &b.kind),
        (Type::Object(a), Type::Object(b)) => a.name == b.name,
        _ => false,
    }
}

#[cfg(test)]
mod tests;

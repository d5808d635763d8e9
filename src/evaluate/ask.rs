//! Evaluating one expression: a value, an unknown because of a fact that is unavailable, or a defect.

use std::sync::Arc;

use cel::common::types::CelBool;
use cel::common::value::Val;
use cel::{Context, Value};

use super::value::{Gap, forget_gap, touched_gap};
use crate::check::expression::Expression;

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A fact that the expression asks for is unavailable.
    Unknown(Arc<Gap>),
    /// The definition is wrong.
    Defect(String),
}

/// Evaluates an expression and reads its value.
///
/// `false && x` and `x && false` are false whatever `x` is, and likewise for `||`: CEL swallows the error then, and
/// the unavailable fact does not matter.
pub(super) fn ask<T>(
    expression: &Expression,
    context: &Context<'_, '_>,
    read: impl FnOnce(&dyn Val) -> Result<T, String>,
) -> Result<T, Trouble> {
    let source = expression.source.trim();
    let tree = expression.ast().map_err(|fault| Trouble::Defect(format!("`{source}`: {}", fault.message)))?;
    forget_gap();
    match Value::resolve_val(tree, context) {
        Ok(value) => read(value.as_ref()).map_err(|message| Trouble::Defect(format!("`{source}` {message}"))),
        Err(error) => Err(match touched_gap() {
            Some(gap) => Trouble::Unknown(gap),
            None => Trouble::Defect(format!("`{source}`: {error}")),
        }),
    }
}

/// Evaluates a condition.
pub(super) fn ask_bool(expression: &Expression, context: &Context<'_, '_>) -> Result<bool, Trouble> {
    ask(expression, context, |value| {
        value.downcast_ref::<CelBool>().map(|value| *value.inner()).ok_or_else(|| "is not true or false".to_owned())
    })
}

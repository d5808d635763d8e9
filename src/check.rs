//! Check definitions: YAML to validated checks.

pub mod edit;
pub mod error;
pub mod expression;
pub mod node;
mod place;
mod raw;
pub mod regions;
mod sheet;
pub mod template;
pub mod word;

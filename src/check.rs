//! Check definitions: YAML to validated checks.

pub mod regions;

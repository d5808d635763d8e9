//! JSON, one module per version of the document.

pub mod v1;

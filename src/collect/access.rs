//! What a live connection proves: the verdict of the user's own git, and what AWS says of the login.

pub mod aws;
pub mod judge;
pub mod library;

pub use judge::FAILURES;

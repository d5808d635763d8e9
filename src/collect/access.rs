//! What a live connection proves: the verdict of the user's own git, and what AWS says of the login.

pub mod aws;
pub mod judge;
pub mod libssh2;

pub use judge::FAILURES;

//! git.
pub mod config_file;
#[cfg(test)]
mod real_git;

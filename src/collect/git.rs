//! git.
pub mod config;
pub mod config_file;
pub mod environment;
pub mod facts;
pub mod files;
pub mod include;
pub mod listing;
pub mod paths;
pub mod reading;
#[cfg(test)]
mod real_git;
pub mod wildmatch;

//! Collectors observe and never judge. One per source; all read through [`System`] and fill [`crate::fact`].

use crate::check::regions::RegionTable;
use crate::system::System;

pub mod git;
pub mod https;
pub mod mask;

/// What every collector is given.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The machine.
    pub system: &'a dyn System,
    /// The table of regions.
    pub regions: &'a RegionTable,
    /// `--region`.
    pub region: Option<&'a str>,
    /// `--profile`.
    pub profile: Option<&'a str>,
    /// `--url`, in order.
    pub urls: &'a [String],
}

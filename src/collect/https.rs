//! https.
/// x
#[derive(Debug)]
pub struct HttpsState;
/// Stand-in.
pub fn for_target(_: &Context<'_>, _: &super::git::GitState, _: &str, _: Option<&str>) -> crate::fact::https::TargetHttps { Default::default() }
use super::Context;

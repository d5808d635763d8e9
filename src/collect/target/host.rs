//! Host names of CodeCommit.

use std::sync::LazyLock;

use regex::Regex;

use crate::check::regions::RegionTable;

/// What a host is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// One of the words of `Target::endpoint_kind`.
    pub(super) kind: &'static str,
    /// The region that it names.
    pub(super) region: Option<String>,
}

static ENDPOINTS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    [
        ("git", r"^git-codecommit\.([a-z0-9_-]+)\.amazonaws\.com(?:\.cn)?$"),
        ("git-fips", r"^git-codecommit-fips\.([a-z0-9_-]+)\.amazonaws\.com(?:\.cn)?$"),
        ("vpce", r"^vpce-[0-9a-z-]+\.git-codecommit(?:-fips)?\.([a-z0-9_-]+)\.vpce\.amazonaws\.com(?:\.cn)?$"),
        ("api", r"^codecommit(?:-fips)?\.([a-z0-9_-]+)\.amazonaws\.com(?:\.cn)?$"),
        ("console", r"^(?:([a-z0-9-]+)\.)?console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)$"),
    ]
    .into_iter()
    .filter_map(|(kind, pattern)| Some((kind, Regex::new(pattern).ok()?)))
    .collect()
});

/// What a host is. The table comes first, so that endpoints of `--regions` count; a host that merely contains the name
/// of an endpoint is `unknown`.
pub(super) fn classify(regions: &RegionTable, host: &str, ssh: bool) -> Endpoint {
    let host = host.to_lowercase();
    if let Some(region) = regions.by_host(&host) {
        let fips = region.fips_host.as_ref().is_some_and(|fips| fips.eq_ignore_ascii_case(&host));
        return Endpoint { kind: if fips { "git-fips" } else { "git" }, region: Some(region.name.clone()) };
    }
    let found = ENDPOINTS.iter().find_map(|(kind, pattern)| Some((*kind, pattern.captures(&host)?)));
    match found {
        Some((kind, captures)) => Endpoint { kind, region: captures.get(1).map(|region| region.as_str().to_owned()) },
        // ssh hosts can be called anything in ~/.ssh/config.
        None if ssh && !host.contains("amazon") => Endpoint { kind: "alias", region: None },
        None => Endpoint { kind: "unknown", region: named_region(regions, &host) },
    }
}

/// The region of the table that one of the host's labels names.
pub(super) fn named_region(regions: &RegionTable, host: &str) -> Option<String> {
    host.split('.').find_map(|label| regions.by_name(label)).map(|region| region.name.clone())
}

/// Whether somebody who wrote this host meant CodeCommit, misspellings included.
pub(super) fn looks_like_codecommit(host: &str) -> bool {
    let host = host.to_lowercase();
    let near =
        |label: &str| label.len() <= 40 && label.contains("co") && strsim::osa_distance(label, "git-codecommit") <= 3;
    host.contains("codecommit") || (host.contains("amazon") && host.split('.').any(near))
}

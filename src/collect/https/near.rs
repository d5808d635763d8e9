//! Sections that were meant for the target and do not apply to it.

use super::chain::Chain;
use super::credential_url::CredentialUrl;
use super::sections::{self, Line, Pattern, Sections};
use super::url_match::{self, Normal};
use crate::collect::mask::mask;
use crate::fact::https::Section;

/// Most sections that are named.
const LIMIT: usize = 50;

/// The `credential` sections that name CodeCommit or the host of the target and do not apply.
pub fn sections(all: &Sections, chain: &Chain, target: &CredentialUrl) -> Vec<Section> {
    let normal = url_match::normalize(&target.formatted(), false);
    let near = all.near(normal.as_ref(), target.host.as_deref()).into_iter();
    near.filter(|index| chain.applies.get(*index) == Some(&false))
        .filter_map(|index| fact(all, all.sections.get(index)?, normal.as_ref()))
        .take(LIMIT)
        .collect()
}

fn fact(all: &Sections, section: &sections::Section, target: Option<&Normal>) -> Option<Section> {
    let url = section.url.as_deref()?;
    let first = all.lines_of(section).next()?;
    let sets_path = |line: &Line| line.name == "usehttppath" && line.boolean == Some(true);
    Some(Section {
        url: mask(url).into(),
        reason: reason(url, &section.pattern, target).into(),
        has_aws_helper: all.has_aws_helper(section),
        aws_helper: all.aws_helper(section),
        sets_use_http_path: all.lines_of(section).any(sets_path),
        scope: first.scope.word().into(),
        source: first.source.clone(),
    })
}

/// Why the section does not apply.
fn reason(url: &str, pattern: &Pattern, target: Option<&Normal>) -> &'static str {
    if url.contains('\\') {
        return "backslash";
    }
    match (pattern, target) {
        (Pattern::Url(pattern), Some(target)) => mismatch(pattern, target),
        (Pattern::Partial(_), _) if !url.contains("://") => "no-scheme",
        _ => "unparsable",
    }
}

/// The first part in which the two differ.
fn mismatch(pattern: &Normal, target: &Normal) -> &'static str {
    if pattern.scheme != target.scheme {
        "scheme"
    } else if !url_match::host_matches(&target.host, &pattern.host) {
        if pattern.host.contains('*') && meant_for(&pattern.host, &target.host) { "wildcard" } else { "host" }
    } else if pattern.port != target.port {
        "port"
    } else if url_match::path_matches(&target.path, &pattern.path).is_none() {
        "path"
    } else {
        "user"
    }
}

/// Whether the pattern would match if an asterisk stood for any run of characters, as in a shell.
fn meant_for(pattern: &str, host: &str) -> bool {
    crate::collect::git::wildmatch::matches(pattern, host, true)
}

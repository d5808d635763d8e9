//! What is observed about the way in which a URL is written.

use super::Anatomy;
use super::host;
use super::scheme::{self, Family};
use crate::check::regions::RegionTable;
use crate::fact::target::UrlShape;
use crate::pattern::Pattern;

/// Words that stand in documentation where a value is to be filled in. `MyDemoRepo` is a name that people create.
static PLACEHOLDER: Pattern = Pattern::new(
    &["<", "{", "[", "your", "region", "repo", "profile"],
    concat!(
        r"<[^>]*>|\$\{|\{\{|\{[a-z_-]+\}|\[[a-z_ -]+\]",
        r"|(?i:\byour[-_ ]?(?:region|repo(?:sitory)?(?:[-_ ]?name)?|profile|ssh[-_ ]?key[-_ ]?id)\b)",
        // In capitals and alone between separators: DATA-REPO is a name.
        r"|(?:^|[/.:@])(?:REGION|AWS_REGION|REPO|REPO_NAME|REPOSITORY|REPOSITORY_NAME|PROFILE)(?:$|[/.:@])",
    ),
);

/// Whether a text holds a placeholder.
fn is_placeholder(text: &str) -> bool {
    PLACEHOLDER.for_text(text).is_some_and(|pattern| pattern.is_match(text))
}

/// Blanks, control characters and quotation marks, visible or not.
fn is_stray(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "\"'`“”‘’«»\u{200b}\u{200c}\u{200d}\u{feff}\u{ad}".contains(c)
}

/// Observes a URL.
pub(super) fn observe(regions: &RegionTable, url: &str, anatomy: &Anatomy) -> UrlShape {
    let parts = &anatomy.parts;
    let host = parts.host.as_deref().unwrap_or_default();
    let is_grc = parts.family == Family::Grc;
    let bare = url.trim().trim_end_matches('/');
    let repository = anatomy.repository.as_deref();
    let mut shape = UrlShape {
        dot_git: bare.ends_with(".git") && repository.is_some_and(|name| name.len() > 4),
        trailing_slash: url.trim().ends_with('/') && repository.is_some(),
        console_page: anatomy.endpoint.kind == "console",
        v1_repos: (!is_grc).then(|| is_v1_repos(&parts.path, parts.scp_like)),
        scp_like: parts.scp_like && !is_grc,
        plain_http: parts.scheme == "http",
        scheme_typo: anatomy.scheme_typo,
        zone_as_region: anatomy.region.as_deref().is_some_and(|region| zone_of(regions, region).is_some()),
        api_host: anatomy.endpoint.kind == "api",
        upper_case_host: !is_grc && host.chars().any(|c| c.is_ascii_uppercase()),
        stray_characters: url.contains(is_stray) || (url.contains("](") && !is_placeholder(url)),
        unencoded_at: if is_grc { at_signs(&parts.rest) > 1 } else { parts.ats > 1 },
        bad_repository_name: repository.is_some_and(|name| !is_repository_name(without_git(name))),
        placeholder: is_placeholder(url),
        one_slash: parts.one_slash,
        codecommit_one_slash: is_grc && parts.scp_like,
        ..UrlShape::default()
    };
    china(regions, anatomy, &mut shape);
    if is_grc {
        under_codecommit(anatomy, &mut shape);
    }
    shape
}

/// `.cn` belongs to the hosts of the China regions and to no others.
fn china(regions: &RegionTable, anatomy: &Anatomy, shape: &mut UrlShape) {
    let host = anatomy.parts.host.as_deref().unwrap_or_default().to_lowercase();
    let region = anatomy.region.as_deref().and_then(|name| regions.by_name(zone_of(regions, name).unwrap_or(name)));
    let is_china = region.map(|region| region.partition.as_deref() == Some("aws-cn"));
    shape.china_suffix_missing = is_china == Some(true) && host.ends_with(".amazonaws.com");
    shape.china_suffix_extra = is_china == Some(false) && host.ends_with(".amazonaws.com.cn");
}

fn under_codecommit(anatomy: &Anatomy, shape: &mut UrlShape) {
    let parts = &anatomy.parts;
    let rest = if parts.scp_like { parts.path.trim_start_matches('/') } else { &parts.rest };
    let (inner, behind) = match rest.split_once(':') {
        Some((inner, _)) if !parts.helper && inner.contains(['/', '@']) => ("", rest),
        Some((inner, behind)) => (inner, behind.trim_start_matches([':', '/'])),
        None => ("", rest),
    };
    let family = if inner.is_empty() { Family::Other } else { scheme::family(inner) };
    shape.double_prefix = family != Family::Other;
    let authority = behind.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    shape.https_under_codecommit = family == Family::Https || (host.contains('.') && host::looks_like_codecommit(host));
}

fn at_signs(rest: &str) -> usize {
    let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().matches('@').count()
}

/// Whether a path is `/v1/repos/NAME`, slashes at its end left out.
fn is_v1_repos(path: &str, scp_like: bool) -> bool {
    let path = if scp_like { path.strip_prefix('/').unwrap_or(path) } else { path.strip_prefix('/').unwrap_or(":") };
    let name = path.strip_prefix("v1/repos/").map(|name| name.trim_end_matches('/'));
    name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// The region that an Availability Zone of the table's regions lies in.
pub(super) fn zone_of<'a>(regions: &RegionTable, region: &'a str) -> Option<&'a str> {
    let letter = region.chars().next_back().filter(char::is_ascii_lowercase)?;
    let name = region.strip_suffix(letter)?;
    (regions.by_name(region).is_none() && regions.by_name(name).is_some()).then_some(name)
}

/// Whether CodeCommit allows a repository to be called so (`[\w.-]{1,100}`, not ending in `.git`).
pub(super) fn is_repository_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=100).contains(&name.len()) && name.chars().all(allowed) && !name.ends_with(".git")
}

/// A name without `.git`.
pub(super) fn without_git(name: &str) -> &str {
    name.strip_suffix(".git").filter(|rest| !rest.is_empty()).unwrap_or(name)
}

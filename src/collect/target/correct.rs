//! The URL that was probably meant, built only from parts that are certain: a region of the table, a repository name
//! that CodeCommit allows, a host of the table or one that the URL itself names.

use super::scheme::{self, Family};
use super::shape::{is_repository_name, without_git, zone_of};
use super::{Anatomy, grc, host};
use crate::check::regions::RegionTable;
use crate::collect::{Context, login, os};
use crate::fact::target::UrlShape;

/// Larger configurations of ssh are not read.
const CONFIG_LIMIT: u64 = 1024 * 1024;

/// The right URL; `None` when nothing is wrong or something is uncertain.
pub(super) fn correct(regions: &RegionTable, url: &str, anatomy: &Anatomy, shape: &UrlShape) -> Option<String> {
    if let Some(whole) = super::lost_scheme(url) {
        return Some(whole);
    }
    if !needs_correction(regions, anatomy, shape) {
        return None;
    }
    let corrected = match anatomy.parts.family {
        Family::Grc => codecommit(regions, anatomy),
        Family::Ssh => ssh(regions, anatomy),
        Family::Https => https(regions, anatomy),
        Family::Other => None,
    }?;
    (corrected != url).then_some(corrected)
}

/// The URL of the repository that an ARN (`arn:aws:codecommit:REGION:ACCOUNT:NAME`) names, for the transport that is
/// set up here: ssh with a configuration for CodeCommit, else git-remote-codecommit where it is installed, else HTTPS.
pub(super) fn of_arn(context: &Context<'_>, url: &str) -> Option<String> {
    let words: Vec<&str> = url.trim().split(':').collect();
    let ["arn", partition, "codecommit", region, _, name] = words.as_slice() else { return None };
    let region = context.regions.by_name(region)?;
    if !is_repository_name(name) || region.partition.as_deref().is_some_and(|known| known != *partition) {
        return None;
    }
    let config = os::home(context.system).map(|home| home.join(".ssh/config"));
    let config = config.and_then(|path| context.system.read(&path, CONFIG_LIMIT).ok()).unwrap_or_default();
    let host = region.git_host.as_deref()?;
    if String::from_utf8_lossy(&config).contains("git-codecommit") {
        return Some(format!("ssh://{host}/v1/repos/{name}"));
    }
    if !context.system.find_program("git-remote-codecommit").is_empty() {
        return Some(format!("codecommit::{}://{name}", region.name));
    }
    Some(format!("https://{host}/v1/repos/{name}"))
}

/// A slash at the end is stripped by git and by git-remote-codecommit, so it needs none.
fn needs_correction(regions: &RegionTable, anatomy: &Anatomy, shape: &UrlShape) -> bool {
    let written = shape.dot_git
        || shape.console_page
        || shape.v1_repos == Some(false)
        || shape.scp_like
        || shape.plain_http
        || shape.scheme_typo
        || shape.zone_as_region
        || shape.china_suffix_missing
        || shape.china_suffix_extra
        || shape.api_host
        || shape.upper_case_host
        || shape.stray_characters
        || shape.unencoded_at
        || shape.bad_repository_name
        || shape.double_prefix
        || shape.https_under_codecommit
        || shape.one_slash
        || shape.codecommit_one_slash;
    let parts = &anatomy.parts;
    match parts.family {
        Family::Grc => written || anatomy.grc.is_none(),
        Family::Ssh => written || kept_user(anatomy) != parts.user || wrong_fips(regions, anatomy, true),
        Family::Https => {
            let login = parts.password.is_some() || kept_login(anatomy) != parts.user;
            written || login || anatomy.endpoint.kind == "unknown" || wrong_fips(regions, anatomy, false)
        }
        Family::Other => false,
    }
}

/// FIPS hosts speak HTTPS only, and only in some regions.
fn wrong_fips(regions: &RegionTable, anatomy: &Anatomy, ssh: bool) -> bool {
    let region = anatomy.region.as_deref().and_then(|name| regions.by_name(name));
    anatomy.endpoint.kind == "git-fips" && region.is_some_and(|region| ssh || region.fips_host.is_none())
}

/// The region of the table that the URL means.
fn region(regions: &RegionTable, written: &str) -> Option<String> {
    let lower = written.to_lowercase().replace('_', "-");
    let name = zone_of(regions, &lower).unwrap_or(&lower);
    regions.by_name(name).map(|region| region.name.clone())
}

fn repository(anatomy: &Anatomy) -> Option<&str> {
    let name = anatomy.repository.as_deref()?.trim_matches(|c: char| c.is_whitespace() || "\"'“”‘’".contains(c));
    Some(without_git(name)).filter(|name| is_repository_name(name))
}

fn ssh(regions: &RegionTable, anatomy: &Anatomy) -> Option<String> {
    let host = endpoint(regions, anatomy, true)?;
    let login = kept_user(anatomy).map(|user| user + "@").unwrap_or_default();
    let port = anatomy.parts.port.filter(|port| *port != 22).map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("ssh://{login}{host}{port}/v1/repos/{}", repository(anatomy)?))
}

/// Only key IDs log in to CodeCommit; under an alias the user is ssh's business.
fn kept_user(anatomy: &Anatomy) -> Option<String> {
    let user = anatomy.parts.user.as_deref()?;
    let upper = user.to_ascii_uppercase();
    if login::user_kind(&upper) == "key-id" {
        return Some(upper);
    }
    (anatomy.endpoint.kind == "alias" && !user.contains(['@', ':'])).then(|| user.to_owned())
}

fn https(regions: &RegionTable, anatomy: &Anatomy) -> Option<String> {
    let host = endpoint(regions, anatomy, false)?;
    let login = kept_login(anatomy).map(|user| user + "@").unwrap_or_default();
    let usual = [Some(443), Some(80), None].contains(&anatomy.parts.port);
    let port = if usual { String::new() } else { format!(":{}", anatomy.parts.port.unwrap_or(443)) };
    Some(format!("https://{login}{host}{port}/v1/repos/{}", repository(anatomy)?))
}

/// A user name of Git credentials may stand in a URL; anything else keeps the credential helper from being asked.
fn kept_login(anatomy: &Anatomy) -> Option<String> {
    anatomy.parts.user.clone().filter(|user| login::is_git_credentials(user))
}

/// The host to connect to.
fn endpoint(regions: &RegionTable, anatomy: &Anatomy, ssh: bool) -> Option<String> {
    let written = anatomy.parts.host.as_deref().unwrap_or_default();
    match anatomy.endpoint.kind {
        "vpce" => return Some(written.to_lowercase()),
        // Whether an alias means CodeCommit is certain only when the path says so.
        "alias" => return anatomy.parts.path.contains("v1/repos/").then(|| written.to_owned()),
        "unknown" if !host::looks_like_codecommit(written) => return None,
        _ => {}
    }
    let name = region(regions, anatomy.region.as_deref()?)?;
    let region = regions.by_name(&name)?;
    let fips = region.fips_host.clone().filter(|_| !ssh && anatomy.endpoint.kind == "git-fips");
    fips.or_else(|| region.git_host.clone())
}

/// What a `codecommit` URL means, read generously.
#[derive(Default)]
struct Meaning {
    region: Option<String>,
    profile: Option<String>,
    repository: String,
}

fn codecommit(regions: &RegionTable, anatomy: &Anatomy) -> Option<String> {
    let meaning = meaning(regions, anatomy)?;
    let name = without_git(&meaning.repository);
    let profile = match meaning.profile {
        Some(profile)
            if profile.is_empty() || profile.contains(|c: char| c.is_whitespace() || "\"'/:@".contains(c)) =>
        {
            return None;
        }
        Some(profile) => profile + "@",
        None => String::new(),
    };
    let scheme = meaning.region.map_or_else(|| "codecommit://".to_owned(), |region| format!("codecommit::{region}://"));
    let url = format!("{scheme}{profile}{name}");
    let handed = url.strip_prefix("codecommit::").unwrap_or(&url);
    (is_repository_name(name) && grc::context(handed).is_some()).then_some(url)
}

fn meaning(regions: &RegionTable, anatomy: &Anatomy) -> Option<Meaning> {
    let mut meaning = Meaning::default();
    let whole = format!("{}:{}", anatomy.parts.scheme, anatomy.parts.rest);
    let mut rest = whole.trim();
    // At most: codecommit, a second scheme, a region.
    for _ in 0..4 {
        let end = rest.find([':', '/']).unwrap_or(rest.len());
        let (word, tail) = rest.split_at_checked(end)?;
        if let Some(found) = region(regions, word) {
            meaning.region = Some(found);
        } else if !word.is_empty() && (scheme::family(word) == Family::Other || !tail.starts_with(':')) {
            break;
        }
        rest = tail.trim_start_matches([':', '/']);
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (profile, name) = match authority.split_once('@') {
        Some((profile, name)) => (Some(profile.to_owned()), name),
        None => (None, authority),
    };
    if name.contains('.') && host::looks_like_codecommit(name) {
        // The login of an HTTPS URL is no profile.
        meaning.region = Some(host::named_region(regions, &name.to_lowercase())?);
        meaning.repository = super::repository_of_path(path)?;
        return Some(meaning);
    }
    if !path.trim_matches('/').is_empty() {
        return None;
    }
    meaning.profile = profile;
    meaning.repository = name.trim().to_owned();
    // A region that was named but is not of the table must not be dropped in silence.
    let named = anatomy.region.is_some() && meaning.region.is_none();
    (!named).then_some(meaning)
}

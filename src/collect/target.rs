//! A repository URL: what it says, what the client will make of it, and what was probably meant.

use crate::collect::{Context, login, mask};
use crate::fact::target::{GrcUrl, Target};
use crate::fact::{Fact, Text, Word};
use crate::system::url::HttpUrl;

mod botocore;
mod correct;
mod grc;
mod host;
mod mention;
mod parts;
mod scheme;
mod shape;
#[cfg(test)]
mod tests;
mod transport;

pub use botocore::botocore_regions;
pub use mention::{Meant, meant};
pub use transport::https_transport;

use crate::check::regions::RegionTable;
use host::Endpoint;
use parts::Parts;
use scheme::Family;

/// What a URL consists of.
struct Anatomy {
    parts: Parts,
    endpoint: Endpoint,
    /// What git-remote-codecommit reads out of it; `None`: nothing, or another transport.
    grc: Option<grc::GrcParts>,
    /// As written, `.git` included.
    repository: Option<String>,
    /// As written, in lower case.
    region: Option<String>,
    /// Whether git does not know the scheme although its meaning is plain.
    scheme_typo: bool,
}

impl Anatomy {
    fn new(regions: &RegionTable, url: &str) -> Self {
        let mut parts = Parts::split(url);
        let mut scheme_typo = scheme::is_typo(&parts.scheme);
        // `us-east-1://REPO`: the `codecommit::` in front was lost.
        if parts.family == Family::Other && regions.by_name(&parts.scheme.to_lowercase()).is_some() {
            parts.family = Family::Grc;
            parts.rest = format!("{}://{}", parts.scheme, parts.rest);
            parts.helper = true;
            scheme_typo = true;
        }
        scheme_typo |= parts.scheme.is_empty() && parts.family == Family::Https;
        let mut anatomy = Self {
            endpoint: Endpoint { kind: "none", region: None },
            grc: None,
            repository: None,
            region: None,
            scheme_typo,
            parts,
        };
        match anatomy.parts.family {
            Family::Grc => anatomy.read_grc(),
            _ => anatomy.read_host(regions),
        }
        // Where the HTTP client would go elsewhere, it is no endpoint whatever we read.
        if anatomy.parts.family == Family::Https
            && let Ok(client) = HttpUrl::parse(url.trim())
            && anatomy.parts.host.as_ref().is_some_and(|host| !host.eq_ignore_ascii_case(&client.host))
        {
            anatomy.endpoint.kind = "unknown";
        }
        anatomy
    }

    /// git hands everything behind `codecommit::` to the helper, or the whole URL when it is `codecommit://…`.
    fn read_grc(&mut self) {
        let parts = &self.parts;
        let handed = if parts.scp_like && parts.path.contains("://") {
            // `codecommit:REGION://NAME`: one colon was lost.
            parts.path.clone()
        } else if parts.scp_like {
            format!("codecommit://{}", parts.path.trim_start_matches('/'))
        } else if parts.helper {
            parts.rest.clone()
        } else {
            format!("codecommit://{}", parts.rest)
        };
        self.grc = grc::context(&handed);
        if let Some(grc) = &self.grc {
            self.repository = Some(grc.repository.clone()).filter(|name| !name.is_empty());
            self.region.clone_from(&grc.region);
        } else if parts.helper {
            // Malformed: a region that was meant still says which one.
            let word = parts.rest.split_once("://").map_or("", |(word, _)| word);
            let plausible = word.contains(['-', '_']) && !word.contains(':') && word.len() <= 40;
            self.region = plausible.then(|| word.to_lowercase());
        }
    }

    fn read_host(&mut self, regions: &RegionTable) {
        let parts = &self.parts;
        let Some(host) = &parts.host else {
            self.endpoint.kind = "unknown";
            return;
        };
        self.endpoint = host::classify(regions, host, parts.family == Family::Ssh);
        self.region.clone_from(&self.endpoint.region);
        self.repository = if self.endpoint.kind == "console" {
            if self.region.is_none() {
                self.region = console_region(&parts.path);
            }
            console_repository(&parts.path)
        } else {
            repository_of_path(&parts.path)
        };
    }
}

/// The repository that a path names: the segment behind `/v1/repos/`, else the only one there is besides those words.
fn repository_of_path(path: &str) -> Option<String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if let ["v1", "repos", name, ..] = segments.as_slice() {
        return Some((*name).to_owned());
    }
    let mut others = segments.into_iter().filter(|segment| !["v1", "repos", "repo"].contains(segment));
    let only = others.next().filter(|_| others.next().is_none());
    only.map(str::to_owned)
}

/// `/codesuite/codecommit/repositories/NAME/…`, and `/codecommit/home#/repository/NAME/…` of the old console.
fn console_repository(path: &str) -> Option<String> {
    let behind = path.split_once("/codecommit/repositories/").or_else(|| path.split_once("#/repository/"));
    let name = behind?.1.split(['/', '?', '#']).next()?;
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

fn console_region(path: &str) -> Option<String> {
    let region = path.split_once("region=")?.1.split(['&', '#', '/']).next()?;
    Some(region.to_lowercase()).filter(|region| !region.is_empty())
}

/// A URL taken apart: everything in [`Target`] that follows from its text and the table of regions. For HTTPS the
/// transport is left empty; [`https_transport`] tells it.
pub fn take_apart(context: &Context<'_>, url: &str) -> Target {
    let anatomy = Anatomy::new(context.regions, url);
    let parts = &anatomy.parts;
    let shape = shape::observe(context.regions, url, &anatomy);
    let is_grc = parts.family == Family::Grc;
    let shown = shown_url(url, parts);
    let mut target = Target {
        transport: transport(parts.family).into(),
        url: Some(Text(shown.clone())),
        written_url: Some(Text(shown)),
        written_scheme: written_scheme(&anatomy).into(),
        scheme: shown_scheme(parts).into(),
        host: host_of(url, parts).filter(|_| !is_grc).map(Into::into),
        port: parts.port,
        url_user: parts.user.as_ref().filter(|_| !is_grc).map(|user| shown_user(user).into()),
        url_user_kind: parts.user.as_ref().filter(|_| !is_grc).map(|user| user_kind(user).into()),
        url_has_password: parts.password.is_some(),
        url_password_signed_at: parts.password.as_deref().and_then(login::signed_at),
        path: shown_path(parts),
        repository: anatomy.repository.as_deref().map(shown_repository),
        endpoint_kind: anatomy.endpoint.kind.into(),
        corrected_url: correct::correct(context.regions, url, &anatomy, &shape)
            .map(|corrected| if lost_scheme(url).is_some() { settled(context, corrected) } else { corrected })
            .or_else(|| correct::of_arn(context, url))
            .map(Text),
        grc: is_grc.then(|| grc_url(&anatomy)),
        ssh: Fact::Absent,
        https: Fact::Absent,
        aws: Fact::Absent,
        protocol_allowed: "always".into(),
        shape,
        ..Target::default()
    };
    if let Some(region) = anatomy.region {
        set_region(context, &mut target, region, "url");
    }
    target
}

/// The host in lower case; behind a scheme that stands there twice or has lost a slash, the one that is meant.
fn host_of(url: &str, parts: &Parts) -> Option<String> {
    let meant = lost_scheme(url).and_then(|whole| Parts::split(&whole).host);
    meant.or_else(|| parts.host.clone()).map(|host| host.to_lowercase())
}

fn transport(family: Family) -> &'static str {
    match family {
        Family::Ssh => "ssh",
        Family::Grc => "grc",
        Family::Https | Family::Other => "",
    }
}

fn written_scheme(anatomy: &Anatomy) -> &'static str {
    match anatomy.parts.family {
        _ if anatomy.scheme_typo => "other",
        // git takes `https:/HOST` for an ssh host, too.
        _ if anatomy.parts.one_slash => "ssh",
        Family::Ssh => "ssh",
        Family::Https => "https",
        // git takes `codecommit:/NAME` for an ssh host.
        Family::Grc if anatomy.parts.scp_like => "ssh",
        Family::Grc => "grc",
        Family::Other => "other",
    }
}

fn shown_scheme(parts: &Parts) -> &str {
    match parts.scheme.as_str() {
        "git+ssh" | "ssh+git" => "ssh",
        "" if parts.family == Family::Grc => "codecommit",
        "" if parts.scp_like => "scp",
        other => other,
    }
}

/// The URL without its password, and without the session token that git-remote-codecommit and the AWS CLI put behind
/// an access key ID.
fn shown_url(url: &str, parts: &Parts) -> String {
    let mut shown = url.to_owned();
    if let Some(password) = parts.password.as_deref().filter(|password| !password.is_empty()) {
        shown = shown.replacen(&format!(":{password}@"), &format!(":{}@", mask::MASK), 1);
    }
    if let Some(user) = &parts.user {
        shown = shown.replacen(user.as_str(), &shown_user(user), 1);
    }
    mask::mask(&shown)
}

/// What stands before an `@` in a path is a login that was written wrong.
fn shown_path(parts: &Parts) -> Text {
    match parts.path.rsplit_once('@') {
        Some((_, host)) if parts.family != Family::Grc => Text(format!("{}@{}", mask::MASK, mask::mask(host))),
        _ => Text(mask::mask(&parts.path)),
    }
}

/// No repository is called `a:b@c`: that is a login behind a mistyped scheme.
fn shown_repository(name: &str) -> Word {
    Word(if name.contains('@') { mask::mask(name) } else { name.to_owned() })
}

/// The kind of the name in front of a session token.
fn user_kind(user: &str) -> &'static str {
    login::user_kind(user.split('%').next().unwrap_or(user))
}

fn shown_user(user: &str) -> String {
    match user.split_once('%') {
        Some((id, _)) if login::user_kind(id) == "access-key-id" => format!("{id}%{}", mask::MASK),
        _ => mask::mask(user),
    }
}

fn grc_url(anatomy: &Anatomy) -> GrcUrl {
    let Some(parts) = &anatomy.grc else {
        return GrcUrl { region_known_to_botocore: Fact::Absent, ..GrcUrl::default() };
    };
    GrcUrl {
        well_formed: true,
        profile: parts.profile.as_deref().map(shown_profile),
        region: parts.region.clone().map(Word),
        repository: Some(parts.repository.clone()).filter(|name| !name.is_empty()).map(Word),
        effective_region: parts.region.clone().map(Word),
        region_known_to_botocore: Fact::Unavailable("botocore has not been looked at".into()),
        host: None,
    }
}

/// A profile has no colon: behind one stands the password of an HTTPS login.
fn shown_profile(profile: &str) -> Word {
    Word(profile.split_once(':').map_or_else(|| profile.to_owned(), |(user, _)| format!("{user}:{}", mask::MASK)))
}

/// Sets the region and what the table says about it.
fn set_region(context: &Context<'_>, target: &mut Target, region: String, origin: &str) {
    let known = context.regions.by_name(&region);
    target.region_known = Some(known.is_some());
    target.region_origin = Some(origin.into());
    target.partition = known.and_then(|region| region.partition.clone()).map(Word);
    target.region_has_fips = known.map(|region| region.fips_host.is_some());
    target.expected_host = known.and_then(|region| {
        let fips = target.endpoint_kind.0 == "git-fips" && target.transport.0 != "ssh";
        let fips_host = region.fips_host.clone().filter(|_| fips);
        fips_host.or_else(|| region.git_host.clone()).map(Into::into)
    });
    target.region = Some(Word(region));
}

/// Fills in what depends on the AWS profile and on botocore: the region, when the URL names none, and what
/// git-remote-codecommit will do with it. Call it when `target.aws` is known.
pub fn resolve_region(context: &Context<'_>, target: &mut Target, botocore_regions: Fact<Vec<String>>) {
    if target.region.is_none()
        && let Some((region, origin)) = region_of_client(target)
    {
        set_region(context, target, region, origin);
    }
    if let Some(grc) = &mut target.grc {
        let of_option = target.region_origin.as_ref().is_some_and(|origin| origin.0 == "option");
        grc.effective_region = target.region.clone().filter(|_| grc.well_formed && !of_option);
        grc.host = grc.effective_region.as_ref().map(|region| grc_host(context, region).into());
        grc.region_known_to_botocore = match &grc.effective_region {
            Some(region) => botocore_regions.map(|regions| regions.contains(&region.0)),
            None => Fact::Absent,
        };
    }
    if target.region.is_none()
        && let Some(region) = context.region
    {
        set_region(context, target, region.to_owned(), "option");
    }
}

/// The region that the AWS client of the target would use.
fn region_of_client(target: &Target) -> Option<(String, &'static str)> {
    let setting = &target.aws.known()?.region;
    let origin = if setting.origin.0 == "environment" { "environment" } else { "profile" };
    Some((setting.value.as_ref()?.0.clone(), origin))
}

/// `CODE_COMMIT_ENDPOINT`, even when it is empty, else the region's host.
fn grc_host(context: &Context<'_>, region: &str) -> String {
    let endpoint = context.system.env("CODE_COMMIT_ENDPOINT");
    endpoint.map_or_else(|| grc::host(region), |value| mask::mask(&value.to_string_lossy()))
}

/// Host, user and port as ssh is given them: the host with its capital letters, because ssh compares `Host` patterns
/// with what was typed. `None` for other transports.
pub fn ssh_destination(url: &str) -> Option<(String, Option<String>, Option<u16>)> {
    let parts = Parts::split(url);
    let port = parts.port.and_then(|port| u16::try_from(port).ok());
    (parts.family == Family::Ssh).then_some((parts.host?, parts.user, port))
}

/// Whether git may be asked to send a login to this host: an endpoint of the table of regions, or one by its form.
pub fn is_endpoint(regions: &RegionTable, host: &str) -> bool {
    matches!(host::classify(regions, host, false).kind, "git" | "git-fips" | "vpce")
}

/// The login-free host of an HTTPS URL as git and curl see it.
pub fn is_https(url: &str) -> bool {
    Parts::split(url).family == Family::Https
}

/// Whether a URL is meant for CodeCommit, well-formed or not. Remotes that are not are left alone.
pub fn is_meant_for_codecommit(url: &str) -> bool {
    let parts = Parts::split(url);
    if parts.family == Family::Grc || scheme::is_region_like(&parts.scheme) {
        return true;
    }
    let host = parts.host.as_deref().unwrap_or_default().to_lowercase();
    let console = host.contains("console.") && (host.contains("aws.amazon.com") || host.contains("amazonaws"));
    if console {
        return parts.path.contains("codecommit");
    }
    is_mangled(url)
        || is_arn(url)
        || lost_scheme(url).is_some()
        || parts.family != Family::Other
            && (host::looks_like_codecommit(&host) || parts.path.trim_start_matches('/').starts_with("v1/repos/"))
}

/// Whether it is the name that IAM policies use, `arn:aws:codecommit:REGION:ACCOUNT:NAME`.
fn is_arn(url: &str) -> bool {
    let mut words = url.trim().split(':');
    words.next() == Some("arn") && words.next().is_some_and(|word| word.starts_with("aws")) && {
        words.next() == Some("codecommit")
    }
}

/// A URL that has got its scheme back, with whatever else it needs.
fn settled(context: &Context<'_>, url: String) -> String {
    take_apart(context, &url).corrected_url.map_or(url, |again| again.0)
}

/// The URL that `https:/HOST/…` was meant to be, which git takes for a path on a host called `https`, or that
/// `https://https://HOST/…` was.
fn lost_scheme(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once(":/")?;
    let is_known = |scheme| matches!(scheme::family(scheme), Family::Ssh | Family::Https);
    let twice = rest.strip_prefix('/').and_then(|rest| rest.split_once("://")).filter(|(scheme, _)| is_known(scheme));
    let (scheme, rest) = twice.unwrap_or((scheme, rest));
    let known = is_known(scheme) && !rest.starts_with('/');
    let authority = rest.split('/').next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    (known && host.contains('.') && host::looks_like_codecommit(host)).then(|| format!("{scheme}://{rest}"))
}

/// Whether something in front of a CodeCommit URL (a quotation mark, `git clone `) hides its scheme from git.
fn is_mangled(url: &str) -> bool {
    let front = url.split_once("://git-codecommit").map(|(front, _)| front);
    front.is_some_and(|front| front.contains(['"', '\'', ' ', '\u{201c}', '<', '(', '[']))
}

//! Where the API of a service is: the endpoints that botocore takes, and those that the user configures.
//!
//! A signature, or the token of IAM Identity Center, goes to hosts of AWS and to configured endpoints only.

use crate::check::regions::RegionTable;
use crate::collect::aws::AwsState;
use crate::system::System;
use crate::system::url::HttpUrl;

/// The services that are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Who am I.
    Sts,
    /// Keys and Git credentials of a user.
    Iam,
    /// Repositories.
    CodeCommit,
    /// The portal of IAM Identity Center, which gives the credentials of a role for a token.
    Sso,
}

impl Service {
    /// Its name in signatures, actions and settings.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::CodeCommit => "codecommit",
            Self::Sso => "sso",
        }
    }
}

/// The endpoint of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// URL without a slash at its end.
    pub(super) url: String,
    /// Host, for people.
    pub(super) host: String,
    /// The region that a request is signed for.
    pub(super) region: String,
    /// Whether the user configures it.
    pub(super) configured: bool,
}

/// The configured endpoint of a service, else AWS' own for `region`. The error says why there is none.
pub(super) fn endpoint(
    system: &dyn System,
    aws: &AwsState,
    profile: &str,
    regions: &RegionTable,
    service: Service,
    region: &str,
) -> Result<Endpoint, String> {
    // What stands in a file or a variable becomes part of a host name.
    if region.is_empty() || !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err("the name of the region is none".into());
    }
    let partition = partition(regions, region);
    let signed_for = if service == Service::Iam { home(partition) } else { region };
    let (url, configured) = match configured(system, aws, profile, service) {
        Some(url) => (url, true),
        None => (format!("https://{}", host(service, region, partition)), false),
    };
    let parsed = HttpUrl::parse(&url)
        .map_err(|error| format!("the configured endpoint of {} is no URL: {error}", service.name()))?;
    if parsed.user.is_some() || parsed.has_password || url.contains(['?', '#']) {
        return Err(format!("the configured endpoint of {} holds a login or a query", service.name()));
    }
    let url = url.trim_end_matches('/').to_owned();
    Ok(Endpoint { url, host: parsed.host, region: signed_for.to_owned(), configured })
}

/// The partition of a region: as the table has it, else by its name.
pub(super) fn partition<'a>(regions: &'a RegionTable, region: &str) -> &'a str {
    let by_name = match region {
        name if name.starts_with("cn-") => "aws-cn",
        name if name.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    regions.by_name(region).and_then(|known| known.partition.as_deref()).unwrap_or(by_name)
}

/// The region where the global services of a partition are, and where requests without a region go.
pub(super) fn home(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// AWS' own host, as the endpoint rules of botocore 1.43 have it.
fn host(service: Service, region: &str, partition: &str) -> String {
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    match (service, partition) {
        (Service::Iam, "aws") => format!("iam.{suffix}"),
        (Service::Iam, "aws-us-gov") => format!("iam.us-gov.{suffix}"),
        (Service::Iam, _) => format!("iam.{}.{suffix}", home(partition)),
        (Service::Sso, _) => format!("portal.sso.{region}.{suffix}"),
        (Service::Sts | Service::CodeCommit, _) => format!("{}.{region}.{suffix}", service.name()),
    }
}

/// The configured endpoint (`ConfiguredEndpointProvider` of botocore): the variable of the service, that of all, the
/// `services` section of the profile, the profile itself. Empty ones do not count.
fn configured(system: &dyn System, aws: &AwsState, profile: &str, service: Service) -> Option<String> {
    let variable = |name: &str| system.env(name).map(|value| value.to_string_lossy().into_owned());
    let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .or_else(|| aws.setting(profile, "ignore_configured_endpoint_urls").map(str::to_owned));
    if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    let set = |value: &String| !value.is_empty();
    variable(&format!("AWS_ENDPOINT_URL_{}", service.name().to_uppercase()))
        .filter(set)
        .or_else(|| variable("AWS_ENDPOINT_URL").filter(set))
        .or_else(|| aws.service_setting(profile, service.name(), "endpoint_url").map(str::to_owned).filter(set))
        .or_else(|| aws.setting(profile, "endpoint_url").map(str::to_owned).filter(set))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    #[test]
    fn endpoints_and_signing_regions_are_botocores() {
        // `create_client(…).meta.endpoint_url` and the region of its signer, botocore 1.43.62.
        let (system, regions) = (FakeSystem::new(Platform::Linux), RegionTable::embedded().unwrap());
        let found = |service, region| {
            let endpoint = endpoint(&system, &AwsState::default(), "default", &regions, service, region).unwrap();
            (endpoint.url, endpoint.region)
        };
        for (service, region, url, signed_for) in [
            (Service::Sts, "eu-west-1", "https://sts.eu-west-1.amazonaws.com", "eu-west-1"),
            (Service::Sts, "cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (Service::Sts, "us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            (Service::Iam, "eu-west-1", "https://iam.amazonaws.com", "us-east-1"),
            (Service::Iam, "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (Service::Iam, "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"),
            (Service::CodeCommit, "eu-west-1", "https://codecommit.eu-west-1.amazonaws.com", "eu-west-1"),
            (Service::CodeCommit, "cn-north-1", "https://codecommit.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (Service::Sso, "eu-west-1", "https://portal.sso.eu-west-1.amazonaws.com", "eu-west-1"),
            (Service::Sso, "cn-north-1", "https://portal.sso.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ] {
            assert_eq!(found(service, region), (url.to_owned(), signed_for.to_owned()), "{service:?} {region}");
        }
    }

    #[test]
    fn a_name_that_is_no_region_makes_no_host() {
        let (system, regions) = (FakeSystem::new(Platform::Linux), RegionTable::embedded().unwrap());
        for region in ["", "x.evil.example/", "x@evil.example", "us-east-1#", "us east"] {
            let found = endpoint(&system, &AwsState::default(), "default", &regions, Service::Sts, region);
            assert_eq!(found, Err("the name of the region is none".into()), "{region}");
        }
    }
}

//! The names of the endpoints.

/// The domain of a region's partition.
fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// The host of SSH and HTTPS URLs.
pub(crate) fn git(region: &str) -> String {
    format!("git-codecommit.{region}.{}", domain(region))
}

/// The names of all endpoints of these regions, for certificates; those of VPC endpoints with a wildcard.
pub(crate) fn all(regions: &[&str]) -> Vec<String> {
    let mut names: Vec<String> =
        ["sts.amazonaws.com", "iam.amazonaws.com", "localhost", "127.0.0.1"].map(Into::into).into();
    for region in regions {
        let domain = domain(region);
        let services = ["git-codecommit", "git-codecommit-fips", "sts", "codecommit", "iam"];
        names.extend(services.map(|service| format!("{service}.{region}.{domain}")));
        names.push(format!("*.git-codecommit.{region}.vpce.{domain}"));
    }
    names
}

/// The region of a Git host: the usual, the FIPS or a VPC endpoint's name.
pub(crate) fn git_region(host: &str) -> Option<&str> {
    let rest = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com")?;
    if let Some(rest) = rest.strip_suffix(".vpce") {
        let (name, region) = rest.rsplit_once('.')?;
        return (name.starts_with("vpce-") && name.ends_with(".git-codecommit")).then_some(region);
    }
    let (service, region) = rest.split_once('.')?;
    matches!(service, "git-codecommit" | "git-codecommit-fips").then_some(region)
}

/// Whether this is the name of an API endpoint.
pub(crate) fn is_api(host: &str) -> bool {
    let rest = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com");
    let service = rest.map(|rest| rest.split_once('.').map_or(rest, |(service, _)| service));
    matches!(service, Some("sts" | "iam" | "codecommit"))
}

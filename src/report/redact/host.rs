//! Which host names are kept: CodeCommit's, those of AWS services, and places that everybody knows.

use std::net::{IpAddr, Ipv4Addr};

/// Public sites that identify nobody, with all hosts below them.
const SITES: &[&str] = &[
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "dev.azure.com",
    "visualstudio.com",
    "aws.amazon.com",
    "console.aws.amazon.com",
    "amazon.com",
    "git-scm.com",
    "pypi.org",
    "python.org",
    "openssh.com",
    "localhost",
];
/// Domains in the names of algorithms, such as `chacha20-poly1305@openssh.com`.
const ALGORITHM_DOMAINS: &[&str] = &["openssh.com", "libssh.org", "lysator.liu.se", "ssh.com", "amzn.com"];
/// First labels of the endpoints of AWS services that cc-doctor or its user may meet.
const SERVICES: &[&str] = &[
    "git-codecommit",
    "git-codecommit-fips",
    "codecommit",
    "codecommit-fips",
    "sts",
    "sts-fips",
    "iam",
    "iam-fips",
    "sso",
    "oidc",
    "portal",
    "signin",
    "s3",
    "ssm",
    "kms",
    "secretsmanager",
    "logs",
    "awscli",
    "codeartifact",
];

/// Whether the host is kept. `table` holds the hosts of the table of regions in lower case.
pub(super) fn is_kept(host: &str, table: &[String]) -> bool {
    let host = host.trim_end_matches('.').to_lowercase();
    let name = host.trim_start_matches('[').split([']', ':']).next().unwrap_or_default();
    table.iter().any(|known| known == name) || is_site(name) || is_local(&host) || is_service(name) || is_near(name)
}

/// Whether `user@domain` is the name of an algorithm.
pub(super) fn is_algorithm_domain(domain: &str) -> bool {
    ALGORITHM_DOMAINS.contains(&domain.to_lowercase().as_str())
}

fn is_site(name: &str) -> bool {
    let below = |site: &&str| name.strip_suffix(*site).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    // The account's alias stands before `.signin.aws.amazon.com`.
    SITES.iter().any(below) && (!name.ends_with(".signin.aws.amazon.com"))
}

/// Loopback, unspecified and link-local addresses: every machine has them.
fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').split(']').next().unwrap_or_default();
    let address = bare.parse::<IpAddr>().or_else(|_| bare.split(':').next().unwrap_or_default().parse::<IpAddr>());
    match address {
        Ok(IpAddr::V4(v4)) => {
            v4.is_loopback() || v4.is_unspecified() || v4.is_link_local() || v4 == Ipv4Addr::BROADCAST
        }
        Ok(IpAddr::V6(v6)) => v6.is_loopback() || v6.is_unspecified(),
        Err(_) => false,
    }
}

/// An endpoint of an AWS service, of a VPC interface endpoint too; not a machine in EC2. What stands behind the star of
/// a pattern (`git-codecommit.*.amazonaws.com`) is the bare domain.
fn is_service(name: &str) -> bool {
    let suffixes = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
    if suffixes.iter().any(|suffix| suffix.strip_prefix('.') == Some(name)) {
        return true;
    }
    let Some(labels) = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)) else { return false };
    let mut labels = labels.split('.').skip_while(|label| label.starts_with("vpce-"));
    labels.next().is_some_and(|first| SERVICES.contains(&first))
}

/// A name that was meant to be CodeCommit's: the diagnosis is about how it is spelt.
fn is_near(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    let like_codecommit = first.contains("codecommit") || strsim::damerau_levenshtein(first, "git-codecommit") <= 3;
    let amazon = |label: &str| strsim::damerau_levenshtein(label, "amazonaws") <= 2;
    like_codecommit && (name == first || name.split('.').any(amazon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecommit_aws_and_public_places_are_kept() {
        let table = vec!["git.private.example".to_owned()];
        for host in [
            "git-codecommit.us-east-1.amazonaws.com",
            "GIT-CODECOMMIT.us-east-1.amazonaws.com",
            "git-codecommit.cn-north-1.amazonaws.com.cn",
            "git-codecommit-fips.us-west-2.amazonaws.com",
            "vpce-0abc-12.git-codecommit.us-east-1.vpce.amazonaws.com",
            "git-codecomit.us-east-1.amazonaws.com",
            "git-codecommit.us-east-1.amazonsws.com",
            "git-codecommit.us-east-1.amazonaws.com.evil.example",
            "codecommit",
            "sts.eu-west-1.amazonaws.com",
            "amazonaws.com",
            "amazonaws.com.cn",
            "github.com",
            "ssh.github.com",
            "docs.aws.amazon.com",
            "us-east-1.console.aws.amazon.com",
            "localhost",
            "127.0.0.1",
            "127.0.0.1:3128",
            "[::1]:8080",
            "169.254.169.254",
            "git.private.example",
        ] {
            assert!(is_kept(host, &table), "{host}");
        }
    }

    #[test]
    fn hosts_of_the_user_are_not() {
        for host in [
            "proxy.corp.example",
            "git-codecommit.corp.example",
            "ec2-3-4-5-6.compute-1.amazonaws.com",
            "mycompany.signin.aws.amazon.com",
            "mycompany.awsapps.com",
            "notgithub.com",
            "laptop",
            "10.0.0.7",
            "[fd00::7]",
        ] {
            assert!(!is_kept(host, &[]), "{host}");
        }
    }
}

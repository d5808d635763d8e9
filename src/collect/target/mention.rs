//! What a word of a text says about a repository of CodeCommit: a URL, a host, a region.

use super::host::{self, looks_like_codecommit};
use super::scheme::Family;
use super::{Anatomy, is_meant_for_codecommit};
use crate::check::regions::RegionTable;

/// A word that means CodeCommit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// `ssh`, `https` or `grc`, where the word tells.
    pub transport: Option<&'static str>,
    /// The region that it names, when CodeCommit is there.
    pub region: Option<String>,
    /// The URL of a repository that it is, without any password. Only where the host is CodeCommit's own: a name that
    /// merely looks like it leads nowhere.
    pub url: Option<String>,
}

/// Takes a word for what it means; `None`: it does not mean CodeCommit.
pub fn meant(regions: &RegionTable, word: &str) -> Option<Meant> {
    if !word.contains("://") && !word.contains("::") {
        return bare(regions, word);
    }
    if !is_meant_for_codecommit(word) {
        return None;
    }
    let anatomy = Anatomy::new(regions, word);
    let transport = match anatomy.parts.family {
        Family::Ssh => Some("ssh"),
        Family::Https => Some("https"),
        Family::Grc => Some("grc"),
        Family::Other => None,
    };
    let known = anatomy.region.as_deref().filter(|region| regions.by_name(region).is_some());
    let is_there = match anatomy.parts.family {
        Family::Grc => anatomy.region.is_none() || known.is_some(),
        _ => matches!(anatomy.endpoint.kind, "git" | "git-fips" | "vpce" | "api" | "console"),
    };
    let url = (is_there && anatomy.repository.is_some()).then(|| without_password(word, &anatomy));
    Some(Meant { transport, region: known.map(str::to_owned), url })
}

/// A host, `user@host`, or `user@host:path`.
fn bare(regions: &RegionTable, word: &str) -> Option<Meant> {
    let host = word.rsplit('@').next().unwrap_or_default();
    let (host, path) = host.split_once(':').or_else(|| host.split_once('/')).unwrap_or((host, ""));
    if !host.contains('.') || !looks_like_codecommit(host) {
        return None;
    }
    let endpoint = host::classify(regions, host, false);
    let region = endpoint.region.filter(|region| regions.by_name(region).is_some());
    Some(Meant { transport: path.contains("v1/repos").then_some("ssh"), region, url: None })
}

fn without_password(word: &str, anatomy: &Anatomy) -> String {
    let url = match &anatomy.parts.password {
        Some(password) => word.replacen(&format!(":{password}@"), "@", 1),
        None => word.to_owned(),
    };
    url.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(word: &str) -> Option<Option<String>> {
        meant(&RegionTable::embedded().expect("a table"), word).map(|meant| meant.url)
    }

    #[test]
    fn only_urls_of_codecommits_own_hosts_are_examined() {
        for (word, wanted) in [
            ("codecommit::us-east-1://demo", Some(Some("codecommit::us-east-1://demo"))),
            ("codecommit://dev@demo", Some(Some("codecommit://dev@demo"))),
            (
                "https://dev:hunter2@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/",
                Some(Some("https://dev@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo")),
            ),
            ("https://git-codecommit.us-east-1.amazonaws.com", Some(None)),
            ("https://git-codecommit.us-east-1.amazonaws.com.evil.example/v1/repos/demo", Some(None)),
            ("ssh://git-codecommit.evil.example/v1/repos/demo", Some(None)),
            ("git-codecommit.us-east-1.amazonaws.com", Some(None)),
            ("https://github.com/dev/demo", None),
            ("https://docs.aws.amazon.com/codecommit/latest/", None),
            ("commit", None),
        ] {
            assert_eq!(url(word), wanted.map(|url| url.map(str::to_owned)), "{word}");
        }
    }
}

//! Changes the URL of a remote in the configuration of its repository.

use super::git_config::{self, Key};
use super::refusal::Refusal;
use super::splice::Splice;
use crate::check::regions::RegionTable;
use crate::collect::https::url_match;

/// Sets `remote.<name>.url`, or `pushurl`, of a remote that the file defines. `text`: the repository's `config`.
///
/// # Errors
/// [`Refusal`] for an address that is none of CodeCommit, for a remote that is not there and for one of several URLs.
pub fn set_url(
    text: &[u8],
    regions: &RegionTable,
    remote: &str,
    url: &str,
    push: bool,
) -> Result<Vec<Splice>, Refusal> {
    let key = |name: &str| Key::parse(&format!("remote.{remote}.{name}"));
    let (fetch, wanted) = (key("url")?, key(if push { "pushurl" } else { "url" })?);
    if !git_config::is_remote_url(url) || !leads_to_codecommit(regions, url) {
        return Err(Refusal::not_allowed("the new address is none of CodeCommit"));
    }
    if git_config::values(text, &fetch)?.is_empty() {
        return Err(Refusal::stale(format!("the file has no remote {remote}")));
    }
    if git_config::values(text, &wanted)?.len() > 1 {
        return Err(Refusal::stale(format!("the remote {remote} has several addresses")));
    }
    git_config::set(text, &wanted, url, |_| false)
}

/// Whether the address is one of an endpoint, of git-remote-codecommit or, over SSH, of an alias.
fn leads_to_codecommit(regions: &RegionTable, url: &str) -> bool {
    if url.starts_with("codecommit:") {
        return true;
    }
    let Some(url) = url_match::normalize(url, false) else { return false };
    let private = url.host.starts_with("vpce-")
        && url.host.contains(".git-codecommit")
        && url.host.ends_with(".vpce.amazonaws.com");
    regions.by_host(&url.host).is_some() || private || (url.scheme == "ssh" && !url.host.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::edit::splice::apply;

    const FILE: &str = "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = git@git-codecommit.us-east-1.amazonaws.com:demo ; mine\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[remote \"two\"]\n\turl = a\n\turl = b\n";
    const URL: &str = "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";

    fn edited(remote: &str, url: &str, push: bool) -> Option<String> {
        let regions = RegionTable::embedded().unwrap();
        let splices = set_url(FILE.as_bytes(), &regions, remote, url, push).ok()?;
        Some(String::from_utf8(apply(FILE.as_bytes(), &splices)).unwrap())
    }

    #[test]
    fn only_the_address_changes() {
        let wanted = FILE.replace("git@git-codecommit.us-east-1.amazonaws.com:demo", URL);
        assert_eq!(edited("origin", URL, false), Some(wanted));
        let push = FILE.replace("origin/*\n", &format!("origin/*\n\tpushurl = {URL}\n"));
        assert_eq!(edited("origin", URL, true), Some(push));
    }

    #[test]
    fn other_addresses_and_remotes_are_refused() {
        assert_eq!(edited("upstream", URL, false), None);
        assert_eq!(edited("two", URL, false), None);
        for url in [
            "https://git-codecommit.us-east-1.amazonaws.com.evil.example/v1/repos/demo",
            "https://me:secret@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            "ext::sh -c x",
            "file:///tmp/x",
            "ssh://-oProxyCommand=x/v1/repos/demo",
            "",
        ] {
            assert_eq!(edited("origin", url, false), None, "{url}");
        }
        assert!(edited("origin", "codecommit::eu-west-1://work@demo", false).is_some());
        assert!(edited("origin", "ssh://cc/v1/repos/demo", false).is_some());
    }
}

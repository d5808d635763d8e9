//! Takes logins out of the file of git's `store` helper.

use super::lines;
use super::refusal::Refusal;
use super::splice::Splice;
use crate::collect::https::credential_url::CredentialUrl;

/// Removes the lines for exactly this host, of one user or of all. Lines that git cannot use stay: they may be another
/// program's.
///
/// # Errors
/// [`Refusal::Invalid`] for a host that is none.
pub fn forget(text: &[u8], host: &str, user: Option<&str>) -> Result<Vec<Splice>, Refusal> {
    if host.is_empty() || host.contains(|c: char| c.is_control() || "/@ ".contains(c)) {
        return Err(Refusal::invalid(format!("`{host}` is no host")));
    }
    let is_meant = |range: &std::ops::Range<usize>| {
        let line = String::from_utf8_lossy(text.get(range.clone()).unwrap_or_default());
        let url = CredentialUrl::parse(line.trim_end_matches(['\n', '\r']), false);
        url.is_some_and(|url| {
            // git-remote-codecommit puts the session token behind the key ID.
            let own = url.username.as_deref().map(|name| name.split('%').next().unwrap_or_default());
            let same_host = url.host.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(host));
            same_host && user.is_none_or(|user| url.username.as_deref() == Some(user) || own == Some(user))
        })
    };
    Ok(lines::lines(text).filter(is_meant).map(Splice::remove).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::edit::splice::apply;

    const FILE: &str = "https://AKIAEXAMPLE:20260102T030405Zab@git-codecommit.us-east-1.amazonaws.com\n\
                        https://me:p%40ss@github.com\n\
                        https://dev-at-123456789012:x@git-codecommit.us-east-1.amazonaws.com\r\n\
                        https://AKIAEXAMPLE:y@git-codecommit.us-east-1.amazonaws.com.evil.example\n\
                        https://ASIAEXAMPLE%25TOKEN:y@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";

    fn left(user: Option<&str>) -> Vec<usize> {
        let splices = forget(FILE.as_bytes(), "git-codecommit.us-east-1.amazonaws.com", user).unwrap();
        let after = apply(FILE.as_bytes(), &splices);
        let kept = String::from_utf8(after).unwrap();
        FILE.split_inclusive('\n').enumerate().filter(|(_, line)| kept.contains(line)).map(|(at, _)| at + 1).collect()
    }

    #[test]
    fn only_logins_of_the_host_and_the_user_go() {
        assert_eq!(left(Some("AKIAEXAMPLE")), [2, 3, 4, 5]);
        assert_eq!(left(Some("ASIAEXAMPLE")), [1, 2, 3, 4]);
        assert_eq!(left(Some("dev-at-123456789012")), [1, 2, 4, 5]);
        assert_eq!(left(Some("nobody")), [1, 2, 3, 4, 5]);
        assert_eq!(left(None), [2, 4]);
        assert!(forget(b"", "a/b", None).is_err());
    }
}

use proptest::prelude::*;

use super::*;
use crate::collect::git::testing::git_says;

fn normal(url: &str) -> Option<String> {
    let Normal { scheme, user, host, port, path } = normalize(url, false)?;
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    let port = if port.is_empty() { port } else { format!(":{port}") };
    Some(format!("{scheme}://{user}{host}{port}{path}"))
}

#[test]
fn urls_are_normalized_as_in_the_tests_of_git() {
    // From t0110-urlmatch-normalization.sh of git.
    for (url, wanted) in [
        ("", None),
        ("scheme", None),
        ("scheme://", None),
        ("//host/path", None),
        ("+scheme://host", None),
        ("http:", None),
        ("http://?#", None),
        ("http://:8080/", None),
        ("http://x", Some("http://x/")),
        ("HTTP://X:0080/", Some("http://x/")),
        ("https://x:443", Some("https://x/")),
        ("https://x:080", Some("https://x:80/")),
        ("https://x:", Some("https://x/")),
        ("https://x:0", None),
        ("https://x:65536", None),
        ("https://x:8k", None),
        ("https://[::1]:8080/a", Some("https://[::1]:8080/a")),
        ("https://me%41@x", Some("https://meA@x/")),
        ("https://@x", Some("https://@x/")),
        ("https://x/%41%2f%zz", None),
        ("https://x/%41%2f", Some("https://x/A%2F")),
        ("https://x/a/./b/../c", Some("https://x/a/c")),
        ("https://x/a/b/..", Some("https://x/a")),
        ("https://x/..", None),
        ("https://x/a/", Some("https://x/a/")),
        ("https://x y", None),
        ("https://x*", None),
        ("https://x/é", Some("https://x/%C3%A9")),
    ] {
        assert_eq!(normal(url).as_deref(), wanted, "{url}");
    }
}

/// Sections of `http` and which of them fits `https://me@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo` best:
/// compared with `git config --get-urlmatch`.
const SECTIONS: &[&[&str]] = &[
    &["https://git-codecommit.us-east-1.amazonaws.com"],
    &["https://git-codecommit.*.amazonaws.com"],
    &["https://*.amazonaws.com"],
    &["https://*.us-east-1.amazonaws.com"],
    &["https://git-*.us-east-1.amazonaws.com"],
    &["https://git-codecommit.us-east-1.amazonaws.com.cn"],
    &["https://git-codecommit.us-east-1.amazonaws.com/", "https://git-codecommit.*.amazonaws.com/v1/repos/demo"],
    &["https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo", "https://git-codecommit.us-east-1.amazonaws.com"],
    &["https://git-codecommit.us-east-1.amazonaws.com/v1/rep"],
    &["https://git-codecommit.us-east-1.amazonaws.com/v1/repos/"],
    &["https://me@git-codecommit.us-east-1.amazonaws.com", "https://git-codecommit.us-east-1.amazonaws.com"],
    &["https://you@git-codecommit.us-east-1.amazonaws.com"],
    &["https://git-codecommit.us-east-1.amazonaws.com:443"],
    &["https://git-codecommit.us-east-1.amazonaws.com:8443"],
    &["http://git-codecommit.us-east-1.amazonaws.com"],
    &["HTTPS://GIT-CodeCommit.us-east-1.amazonaws.com/v1"],
    &["git-codecommit.us-east-1.amazonaws.com"],
    &["https://git-codecommit.us-east-1.amazonaws.com/V1"],
    &["https://*.*.*.*"],
    &["https://*.*.*.*", "https://*.*.amazonaws.com"],
    &["https://git-codecommit.us-east-1.amazonaws.com", "https://git-codecommit.us-east-1.amazonaws.com/"],
    &["https://git-codecommit.us-east-1.amazonaws.com/v1/../v1/./repos"],
    &["https://git-codecommit\\.us-east-1\\.amazonaws\\.com"],
];

#[test]
fn the_best_section_is_found_as_git_finds_it() {
    let url = "https://me@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
    let target = normalize(url, false).unwrap();
    for sections in SECTIONS {
        let text: String =
            sections.iter().enumerate().map(|(at, s)| format!("[http \"{s}\"]\n\tproxy = {at}\n")).collect();
        let Some(said) = git_says(&text, &["config", "--get-urlmatch", "http.proxy", url]) else { return };
        let mut best: Option<(Rank, usize)> = None;
        for (at, section) in sections.iter().enumerate() {
            // The file's own escapes are none of a URL.
            let pattern = normalize(&section.replace('\\', ""), true);
            let rank = pattern.and_then(|pattern| matches(&target, &pattern));
            if let Some(rank) = rank.filter(|rank| best.is_none_or(|(best, _)| *rank >= best)) {
                best = Some((rank, at));
            }
        }
        assert_eq!(best.map(|(_, at)| at.to_string()).unwrap_or_default(), said, "{sections:?}");
    }
}

proptest! {
    #[test]
    fn anything_can_be_a_url(url in "[a-z:/@?#%.*\\[\\]é ]{0,40}") {
        if let Some(normal) = normalize(&url, true) {
            prop_assert!(matches(&normal, &normal).is_some());
        }
    }
}

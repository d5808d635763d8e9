//! Patterns of ssh: `*`, `?` and lists with negation (match.c of OpenSSH). There are no character classes.

/// Whether `text` matches a pattern of `*` and `?`. Linear in practice: only the last `*` is ever tried again.
pub(crate) fn matches(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == c => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star_p, star_t)) = star else { return false };
                star = Some((star_p, star_t + 1));
                p = star_p + 1;
                t = star_t + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// `match_pattern_list`: 1 for a match, 0 for none, negative for a negated match, reduced to "matches".
pub(crate) fn matches_list(text: &str, list: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(negated) if matches(text, negated) => return false,
            Some(_) => {}
            None => found |= matches(text, pattern),
        }
    }
    found
}

/// `match_hostname`: as [`matches_list`] without regard to case.
pub(crate) fn matches_host_list(host: &str, list: &str) -> bool {
    matches_list(&host.to_ascii_lowercase(), &list.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_openssh() {
        for (text, pattern, wanted) in [
            ("git-codecommit.us-east-1.amazonaws.com", "git-codecommit.*.amazonaws.com", true),
            ("git-codecommit.cn-north-1.amazonaws.com.cn", "git-codecommit.*.amazonaws.com", false),
            ("a.comx", "*.com?", true),
            ("1", "[0-9]", false),
            ("", "*", true),
            ("abc", "a*b*c*", true),
            ("HOST", "host", false),
        ] {
            assert_eq!(matches(text, pattern), wanted, "{text} {pattern}");
        }
        assert!(matches_list("b", "a,b"));
        assert!(!matches_list("b", "*,!b"));
        assert!(!matches_list("b", "!a"));
        assert!(matches_host_list("GitHub.com", "GITHUB.com"));
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!matches(&"a".repeat(2000), &format!("{}b", "a*".repeat(500))));
    }
}

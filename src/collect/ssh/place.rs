//! Places in configuration files, as facts.

use std::ops::Range;
use std::path::Path;

use super::config::Line;
use crate::collect::mask;
use crate::fact::Source;

/// A path as a fact.
pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// One line of a file, with the bytes of `span` marked.
pub(super) fn of_line(path: &Path, line: &Line, span: &Range<usize>) -> Source {
    let (column, end) = line.columns(span);
    Source::line(shown(path), line.number, excerpt(&line.text)).span(column, end.max(column))
}

/// The line as an excerpt. Short plain lines skip the search for secrets, which a long configuration would feel.
pub(super) fn excerpt(line: &str) -> String {
    if is_plain(line) { line.trim_end().to_owned() } else { mask::excerpt(line) }
}

/// Only words that are too short and too simple to hold a secret, and none that announces one.
fn is_plain(line: &str) -> bool {
    const ANNOUNCES: [&str; 6] = ["pass", "secret", "token", "pw", "authorization", "cookie"];
    line.len() < 200
        && line.bytes().all(|b| b.is_ascii_alphanumeric() || b" \t.-_*?#!~/,".contains(&b))
        && line.split_ascii_whitespace().all(|word| word.len() < 20 || word.contains('.'))
        && line.split(['.', ' ', '\t']).all(|word| word.len() < 36)
        && {
            let lower = line.to_ascii_lowercase();
            ANNOUNCES.iter().all(|word| !lower.contains(word))
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_are_kept_and_secrets_are_not() {
        let host = "Host git-codecommit.*.amazonaws.com";
        assert_eq!(excerpt(host), host);
        assert_eq!(excerpt("ProxyCommand nc --proxy-pass hunter2 %h"), "ProxyCommand nc --proxy-pass •••• %h");
        assert_eq!(excerpt("  SetEnv API_TOKEN=abc"), "  SetEnv API_TOKEN=••••");
        assert_eq!(excerpt("User wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12"), "User ••••");
    }
}

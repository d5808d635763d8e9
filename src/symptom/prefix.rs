//! What programs write in front of the lines of other programs.

use std::sync::LazyLock;

use regex::Regex;

/// Package managers, PowerShell, CI logs, quotes in mails and chats, time stamps, `remote:` of git.
static PREFIX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = [
        r"npm (?:ERR!|error)(?: git dep preparation failed)?",
        r"(?:git|ssh|aws|plink|scp)(?:\.exe)? ?:",
        r"(?:remote|stderr|stdout|error|fatal|cmdline|hint):",
        r"##\[\w+\]",
        r"::\w+::",
        r"\[[^\]]{1,40}\]",
        r"\(?\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-][\d:]+)?\)?",
        r"\d\d:\d\d:\d\d(?:[.,]\d+)?",
        r"#\d+ [\d.]+",
        r"[>|+*-]",
        r"`+",
    ];
    Regex::new(&format!(r"^\s*(?:{})\s*", words.join("|"))).ok()
});

/// Most prefixes that are taken off one line.
const LIMIT: usize = 4;

/// The line as it is, and with one, two, … of its prefixes taken off.
pub(super) fn variants(line: &str) -> Vec<&str> {
    let mut variants = vec![line];
    let mut rest = line;
    let trimmed = line.trim_start();
    if trimmed.len() < line.len() {
        variants.push(trimmed);
    }
    for _ in 0..LIMIT {
        let Some(found) = PREFIX.as_ref().and_then(|prefix| prefix.find(rest)) else { break };
        rest = rest.get(found.end()..).unwrap_or_default();
        variants.push(rest.trim_end_matches('`'));
    }
    variants
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_taken_off_one_by_one() {
        for (line, last) in [
            ("npm ERR! fatal: x", "x"),
            ("git : Cloning into", "Cloning into"),
            ("2026-11-21T10:00:00.123Z stderr: 'path'", "'path'"),
            ("> > remote: y", "y"),
            ("`'path'`", "'path'"),
            ("  z", "z"),
            ("plain", "plain"),
        ] {
            assert_eq!(variants(line).last(), Some(&last), "{line}");
            assert_eq!(variants(line).first(), Some(&line));
        }
    }
}

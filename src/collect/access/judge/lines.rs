//! What git and its children printed on standard error, line by line.

use super::helpers::MARKER;
use crate::pattern::Pattern;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// This helper of the chain was asked.
    Asked(i64),
    /// A line of `GIT_TRACE_CURL`, without time and place.
    Curl(&'a str),
    /// A line of `ssh -v`, without its level.
    Debug(&'a str),
    /// Anything else that is not empty.
    Said(&'a str),
}

/// `15:04:05.123456 http.c:756              == Info: …`.
static STAMP: Pattern = Pattern::new(&[".c:"], r"^\d\d:\d\d:\d\d\.\d+ [\w.-]+\.c:\d+\s+(?:trace: curl: )?");

/// Takes the text apart. ssh ends its lines with a carriage return.
pub(super) fn split(text: &str) -> Vec<Line<'_>> {
    text.lines().map(|line| line.trim_end()).filter(|line| !line.is_empty()).map(line).collect()
}

fn line(line: &str) -> Line<'_> {
    if let Some(number) = line.strip_prefix(MARKER).and_then(|number| number.parse().ok()) {
        return Line::Asked(number);
    }
    if let Some(debug) = ["debug1: ", "debug2: ", "debug3: "].iter().find_map(|level| line.strip_prefix(level)) {
        return Line::Debug(debug);
    }
    let stamp = STAMP.for_text(line).and_then(|stamp| stamp.find(line));
    match stamp.and_then(|stamp| line.get(stamp.end()..)) {
        Some(rest) if ["=> ", "<= ", "== "].iter().any(|mark| rest.starts_with(mark)) => Line::Curl(rest),
        Some(rest) => Line::Said(rest),
        None => Line::Said(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        let text = "cc-doctor: helper 2\n15:04:05.123456 http.c:756              == Info: Trying 127.0.0.1\n\
                    debug1: Connection established.\r\n\r\nfatal: no\n15:04:05.123456 http.c:849 => Send header: X\n";
        assert_eq!(
            split(text),
            [
                Line::Asked(2),
                Line::Curl("== Info: Trying 127.0.0.1"),
                Line::Debug("Connection established."),
                Line::Said("fatal: no"),
                Line::Curl("=> Send header: X"),
            ]
        );
    }
}

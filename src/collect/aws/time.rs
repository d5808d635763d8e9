//! Times as the AWS tools and their helpers write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Seconds since the Unix epoch. Understands RFC 3339, the `…UTC` that older AWS CLIs wrote, a date and a time
/// without a zone (taken for UTC, as dateutil and the AWS tools do), and a plain number of seconds or milliseconds.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim().trim_matches('"');
    if let Ok(number) = text.parse::<i64>() {
        return Some(if number > 100_000_000_000 { number / 1000 } else { number });
    }
    let zoned = text.strip_suffix("UTC").map(|rest| format!("{}Z", rest.trim_end()));
    let text = zoned.as_deref().unwrap_or(text);
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_second());
    }
    let civil: DateTime = text.trim_end_matches('Z').trim_end().parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_written_forms_are_understood() {
        for text in [
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00UTC",
            "2026-01-01 00:00:00 UTC",
            "2026-01-01T00:00:00+00:00",
            "2026-01-01T02:00:00+0200",
            "2026-01-01T02:00:00+02:00",
            "2026-01-01 00:00:00",
            "2026-01-01T00:00:00.000000Z",
            "1767225600",
            "1767225600000",
        ] {
            assert_eq!(parse(text), Some(1_767_225_600), "{text}");
        }
        for text in ["", "soon", "2026-13-01T00:00:00Z", "99999-01-01"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

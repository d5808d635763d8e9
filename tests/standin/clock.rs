//! The clock of the servers.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;

/// How far the stamp of a signature may be from the server's clock, in seconds.
const WINDOW: i64 = 15 * 60;

/// Now, as a server sees it whose clock is this many seconds ahead.
pub(crate) fn now(ahead: i64) -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second() + ahead).expect("a time")
}

/// Reads `20260102T030405` (without `Z`), in UTC.
pub(crate) fn read(stamp: &str) -> Option<Timestamp> {
    let time = DateTime::strptime("%Y%m%dT%H%M%S", stamp).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Writes `20260102T030405` (without `Z`), in UTC.
pub(crate) fn write(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%S").to_string()
}

/// The value of a `Date` header.
pub(crate) fn date_header(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).expect("a time")
}

/// Whether a stamp is too old (negative) or too far ahead (positive); zero when it will do.
pub(crate) fn misplaced(stamp: Timestamp, now: Timestamp) -> i64 {
    let seconds = stamp.as_second() - now.as_second();
    if seconds.abs() <= WINDOW { 0 } else { seconds }
}

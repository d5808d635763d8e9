//! How much time a rung may take.

use std::time::{Duration, Instant};

use crate::system::net::RUNG;

/// The longest that a call may take; without a bound, sums of times may overflow.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);

/// What may be used of the time that is left, so that what was seen by then can still be told.
pub(super) fn usable(left: Duration) -> Duration {
    left - (left / 10).min(Duration::from_millis(100))
}

/// The end of a call, as its rungs see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(Instant);

impl Clock {
    /// The end of a call that begins now, and the clock of its rungs, which end a moment earlier, so that each can
    /// still say that its time was up.
    pub(super) fn start(limit: Duration) -> (Instant, Self) {
        let limit = limit.min(LONGEST);
        let now = Instant::now();
        (now + limit, Self(now + usable(limit)))
    }

    /// How long a rung that begins now may take; `None`: no time is left for it.
    pub(super) fn rung(self) -> Option<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| left.min(RUNG))
    }
}

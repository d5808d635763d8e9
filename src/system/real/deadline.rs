//! Calls that may never come back.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What `work` gives within `limit`; `None` when it takes longer (it goes on in its own thread, which nobody waits
/// for) or when it panics.
pub(super) fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .spawn(move || {
            // The receiver is gone when the time was up.
            let _ = sender.send(work());
        })
        .ok()?;
    receiver.recv_timeout(limit).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn slow_work_is_given_up() {
        let start = Instant::now();
        let slow = within(Duration::from_millis(50), || thread::sleep(Duration::from_secs(20)));
        assert_eq!(slow, None);
        assert!(start.elapsed() < Duration::from_secs(5));
        assert_eq!(within(Duration::from_secs(20), || 7), Some(7));
    }
}

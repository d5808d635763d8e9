//! A thread with a large stack, for the recursion of expressions.

use std::thread;

const SIZE: usize = 64 * 1024 * 1024;

/// Runs `work` with a stack of 64 MiB (on the caller's own where no thread can be had).
pub fn with_large<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let slot = std::sync::Mutex::new(Some(work));
    let take = || slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    let run = || take().map(|work| work());
    let result = thread::scope(|scope| {
        let handle = thread::Builder::new().stack_size(SIZE).name("expressions".into()).spawn_scoped(scope, run);
        handle.ok().and_then(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    match result.or_else(run) {
        Some(value) => value,
        None => unreachable!("the work runs on the new thread or on this one"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_comes_back() {
        let text = String::from("borrowed");
        assert_eq!(with_large(|| text.len()), 8);
    }

    #[test]
    fn the_stack_is_large() {
        fn deep(n: u64) -> u64 {
            let space = std::hint::black_box([n; 64]);
            if n == 0 { 0 } else { deep(n - 1) + space[0] - n + 1 }
        }
        assert_eq!(with_large(|| deep(20_000)), 20_000);
    }
}

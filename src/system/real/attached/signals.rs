//! While a command runs, the signals of the terminal are for it: it gets them from the terminal itself, as part of the
//! same process group. Handlers are not inherited, so the command starts with the signals as it would have them without
//! us; what we were started with as ignored (`nohup`) stays ignored for both.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::thread::JoinHandle;

use signal_hook::consts::SIGINT;
use signal_hook::flag;
#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGQUIT, SIGTERM},
    iterator::{Handle, Signals as Caught},
};

/// The signals taken away from us.
pub(super) struct Signals {
    /// Whether a signal ends us as it would by default.
    ends_us: Arc<AtomicBool>,
    told: Arc<AtomicBool>,
    /// Those that are sent to us alone: caught from the beginning, passed on when there is somebody to pass them on to.
    #[cfg(unix)]
    caught: Option<Caught>,
    #[cfg(unix)]
    passing: Option<(Handle, JoinHandle<()>)>,
}

impl Signals {
    /// From now on no signal ends us.
    pub(super) fn take() -> io::Result<Self> {
        let ends_us = Arc::new(AtomicBool::new(false));
        for signal in taken() {
            flag::register_conditional_default(signal, Arc::clone(&ends_us))?;
        }
        Ok(Self {
            ends_us,
            told: Arc::default(),
            #[cfg(unix)]
            caught: Some(Caught::new(taken().into_iter().filter(|signal| [SIGTERM, SIGHUP].contains(signal)))?),
            #[cfg(unix)]
            passing: None,
        })
    }

    /// Passes on to this process what is sent to us alone.
    #[cfg(unix)]
    pub(super) fn pass_on_to(&mut self, process: u32) {
        let process = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
        let Some((process, mut caught)) = process.zip(self.caught.take()) else { return };
        let (handle, told) = (caught.handle(), Arc::clone(&self.told));
        let thread = std::thread::Builder::new().spawn(move || {
            for signal in caught.forever() {
                told.store(true, Ordering::SeqCst);
                let name = if signal == SIGHUP { rustix::process::Signal::HUP } else { rustix::process::Signal::TERM };
                // It may have ended already.
                let _ = rustix::process::kill_process(process, name);
            }
        });
        self.passing = thread.ok().map(|thread| (handle, thread));
    }

    #[cfg(not(unix))]
    pub(super) fn pass_on_to(&mut self, _process: u32) {}

    /// Signals end us again. Whether we were told to end meanwhile.
    pub(super) fn release(self) -> bool {
        #[cfg(unix)]
        if let Some((handle, thread)) = self.passing {
            handle.close();
            // The thread ends with its signals.
            let _ = thread.join();
        }
        self.ends_us.store(true, Ordering::SeqCst);
        self.told.load(Ordering::SeqCst)
    }
}

#[cfg(unix)]
fn taken() -> Vec<i32> {
    let ignored = ignored();
    [SIGINT, SIGQUIT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0).collect()
}

#[cfg(not(unix))]
fn taken() -> Vec<i32> {
    vec![SIGINT]
}

/// The signals that were ignored when we were started, one bit each, where the system tells (`SigIgn` of proc(5)).
#[cfg(unix)]
fn ignored() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "this is the door to the machine that the lint guards")]
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0)
}

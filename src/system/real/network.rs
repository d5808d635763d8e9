//! The network: probes that climb the ladder, single HTTP requests, logins over SSH by libraries.
//!
//! Synchronous outside, tokio inside. Every call has a runtime of its own that is left behind at its end, so that a
//! resolver that never answers holds nobody up.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{timeout, timeout_at};

use crate::system::net::{
    DnsError, HttpRequest, HttpResponse, NetError, NetErrorKind, Probe, Probed, SshAttempt, SshLibrary, SshOutcome,
    Timed,
};

mod body;
mod certificate;
mod clock;
mod connect;
mod dialect;
mod fault;
mod get;
mod kexinit;
mod ladder;
#[cfg(feature = "libssh2")]
mod libssh2;
mod login;
mod proxy;
mod request;
mod resolve;
mod socks;
mod ssh;
mod tcp;
mod tee;
mod tls;
mod trust;
mod wire;

#[cfg(test)]
mod tests;

use clock::Clock;
use ladder::Ladder;

/// Most probes at the same time; each may hold eight sockets, and 1024 files is what a process may often open.
const AT_ONCE: usize = 64;

/// What servers are told that we are. CodeCommit answers as to git whoever begins with `git/`.
const USER_AGENT: &str = concat!("git/2.0 (cc-doctor ", env!("CARGO_PKG_VERSION"), ")");

/// Climbs the ladder to all endpoints at the same time. Equal probes are done once.
pub(super) fn probe(probes: &[Probe], limit: Duration) -> Vec<Probed> {
    let mut distinct: Vec<&Probe> = Vec::new();
    let mut place = |probe| {
        distinct.iter().position(|own| *own == probe).unwrap_or_else(|| {
            distinct.push(probe);
            distinct.len() - 1
        })
    };
    let places: Vec<usize> = probes.iter().map(&mut place).collect();
    let found = probe_distinct(&distinct, limit);
    places.iter().map(|place| found.get(*place).cloned().unwrap_or_default()).collect()
}

fn probe_distinct(probes: &[&Probe], limit: Duration) -> Vec<Probed> {
    if probes.is_empty() {
        return Vec::new();
    }
    let runtime = match Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return vec![not_probed(&error.to_string()); probes.len()],
    };
    let (end, clock) = Clock::start(limit);
    let stores = Arc::new(trust::Stores::of(probes));
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let slots: Vec<Arc<Mutex<Probed>>> = probes.iter().map(|_| Arc::default()).collect();
    runtime.block_on(async {
        let mut running = JoinSet::new();
        for (probe, slot) in probes.iter().zip(&slots) {
            let ladder = Ladder::new((*probe).clone(), clock, Arc::clone(&stores), Arc::clone(slot));
            let turns = Arc::clone(&turns);
            running.spawn(async move {
                let _turn = turns.acquire().await;
                ladder.climb().await;
            });
        }
        // Who has not ended by then is told as far as it got. A task that panicked has ended, too.
        let all = async { while running.join_next().await.is_some() {} };
        let _ = timeout_at(end.into(), all).await;
    });
    runtime.shutdown_background();
    slots.iter().map(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
}

/// The answer when nothing could even be begun.
fn not_probed(text: &str) -> Probed {
    let value = Err(DnsError::Failed(text.to_owned()));
    Probed { dns: Some(Timed { value, took: Duration::ZERO }), ..Probed::default() }
}

/// Sends one HTTP request.
pub(super) fn http(request: &HttpRequest, limit: Duration) -> Result<HttpResponse, NetError> {
    let (request, limit) = (request.clone(), limit.min(clock::LONGEST));
    within(limit, async move { request::send(&request, limit).await }).flatten()
}

/// Logs in over SSH with a library.
pub(super) fn ssh_login(library: SshLibrary, attempt: &SshAttempt, limit: Duration) -> SshOutcome {
    let (attempt, limit) = (attempt.clone(), limit.min(clock::LONGEST));
    let outcome = match library {
        SshLibrary::Russh => within(limit, async move { login::attempt(&attempt, limit).await }),
        #[cfg(feature = "libssh2")]
        SshLibrary::Libssh2 => super::deadline::within(limit, move || libssh2::attempt(&attempt, limit))
            .ok_or_else(|| fault::timed_out(limit)),
        #[cfg(not(feature = "libssh2"))]
        SshLibrary::Libssh2 => Ok(SshOutcome::NotBuilt),
    };
    outcome.unwrap_or_else(|error| SshOutcome::NotReached(error.text))
}

/// What `work` gives within `limit`; an error when it takes longer, when it panics, and when nothing can be run.
fn within<T: Send + 'static>(limit: Duration, work: impl Future<Output = T> + Send + 'static) -> Result<T, NetError> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| fault::of_io(&error))?;
    let ended = runtime.block_on(async { timeout(limit, tokio::spawn(work)).await });
    runtime.shutdown_background();
    let ended = ended.map_err(|_| fault::timed_out(limit))?;
    ended.map_err(|_| fault::fault(NetErrorKind::Other, "the attempt failed inside cc-doctor"))
}

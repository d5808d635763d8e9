//! What the probes have seen, for the runs of git that go on at the same time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::fact::Fact;
use crate::fact::network::{HostKey, TargetNetwork};
use crate::system::Cutoff;
use crate::system::net::RUNG;

/// How long git may still try where no address has answered a probe within [`RUNG`]: a lost packet is sent again after 1,
/// 3 and 7 seconds (RFC 6298).
const GRACE: Duration = Duration::from_secs(3);
/// Most addresses that a probe tries: git may try more.
const ADDRESSES: usize = 8;

/// Whether nobody takes a connection, and git would wait for one as well: neither the host nor the proxy on the way to it
/// answers. Where the answer is no, git hears it at once and needs no help.
pub(super) fn is_dead(network: &TargetNetwork) -> bool {
    let tcp = network.tcp.known().filter(|tcp| !tcp.attempts.is_empty() && tcp.attempts.len() < ADDRESSES);
    let silent = tcp.is_some_and(|tcp| {
        let timed_out = tcp.attempts.iter().any(|attempt| &*attempt.outcome == "timed-out");
        timed_out && &*tcp.outcome != "connected"
    });
    silent || network.proxy.known().is_some_and(|proxy| &*proxy.outcome == "timed-out")
}

/// The ladders of all targets, when they have been climbed.
pub struct Sight {
    ladders: Mutex<Option<Vec<Fact<TargetNetwork>>>>,
    told: Condvar,
    cutoffs: Vec<Cutoff>,
}

impl Sight {
    /// Nothing is seen yet of so many targets.
    pub fn new(targets: usize) -> Self {
        let cutoffs = (0..targets).map(|_| Cutoff::default()).collect();
        Self { ladders: Mutex::default(), told: Condvar::new(), cutoffs }
    }

    /// The ladders in the order of the targets. What waits in vain for a connection is ended soon.
    pub fn tell(&self, ladders: Vec<Fact<TargetNetwork>>) {
        let dead = |ladder: &Fact<TargetNetwork>| ladder.known().is_some_and(is_dead);
        let ended = ladders.iter().zip(&self.cutoffs).filter(|(ladder, _)| dead(ladder));
        ended.for_each(|(_, cutoff)| cutoff.end_in(GRACE));
        *self.lock() = Some(ladders);
        self.told.notify_all();
    }

    /// What was told; empty: nothing.
    pub fn into_ladders(self) -> Vec<Fact<TargetNetwork>> {
        self.ladders.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_default()
    }

    /// What concerns one target.
    pub fn of(&self, target: usize) -> Glimpse<'_> {
        Glimpse { sight: self, target }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Fact<TargetNetwork>>>> {
        self.ladders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the probes have seen of one target.
#[derive(Clone, Copy)]
pub struct Glimpse<'a> {
    sight: &'a Sight,
    target: usize,
}

impl Glimpse<'_> {
    /// What ends a run of git that waits in vain.
    pub fn cutoff(&self) -> Option<Cutoff> {
        self.sight.cutoffs.get(self.target).cloned()
    }

    /// Whether it is known by now that nobody takes a connection.
    pub fn is_dead(&self) -> bool {
        self.sight.lock().as_ref().and_then(|ladders| ladders.get(self.target)?.known()).is_some_and(is_dead)
    }

    /// The host key that the server showed, where it is the published one. Waits for the probes.
    pub fn published_key(&self) -> Option<HostKey> {
        let ladders = self.sight.lock();
        let climbing = |ladders: &mut Option<_>| ladders.is_none();
        let waited = self.sight.told.wait_timeout_while(ladders, 3 * RUNG, climbing);
        let (ladders, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let network = ladders.as_ref()?.get(self.target)?.known()?;
        network.ssh.known()?.host_key.clone().filter(|key| key.matches_published == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::network::{Attempt, Proxy, SshHandshake, Tcp};

    fn tcp(outcomes: &[&str]) -> TargetNetwork {
        let attempt = |outcome: &&str| Attempt { outcome: (*outcome).into(), ..Attempt::default() };
        let outcome = if outcomes.contains(&"connected") { "connected" } else { outcomes[0] };
        let tcp = Tcp { outcome: outcome.into(), attempts: outcomes.iter().map(attempt).collect(), ..Tcp::default() };
        TargetNetwork { tcp: Fact::Known(tcp), ..TargetNetwork::default() }
    }

    #[test]
    fn only_silence_is_death() {
        assert!(is_dead(&tcp(&["timed-out", "timed-out"])) && is_dead(&tcp(&["unreachable", "timed-out"])));
        for answered in [&["timed-out", "connected"][..], &["refused"], &["unreachable"], &["timed-out"; 8]] {
            assert!(!is_dead(&tcp(answered)), "{answered:?}");
        }
        let proxy = |outcome: &str| TargetNetwork {
            proxy: Fact::Known(Proxy { outcome: outcome.into(), ..Proxy::default() }),
            ..TargetNetwork::default()
        };
        assert!(is_dead(&proxy("timed-out")));
        assert!(!is_dead(&proxy("no-answer")) && !is_dead(&proxy("connected")) && !is_dead(&TargetNetwork::default()));
    }

    #[test]
    fn a_key_counts_when_it_is_the_published_one() {
        let shown = |matches| TargetNetwork {
            ssh: Fact::Known(SshHandshake {
                host_key: Some(HostKey { matches_published: matches, ..HostKey::default() }),
                ..SshHandshake::default()
            }),
            ..TargetNetwork::default()
        };
        let sight = Sight::new(3);
        sight.tell([Some(true), Some(false), None].map(shown).map(Fact::Known).to_vec());
        assert_eq!([0, 1, 2, 3].map(|target| sight.of(target).published_key().is_some()), [true, false, false, false]);
    }
}

//! Live evidence: probes of all endpoints and a run of the user's own git for every target, at the same time.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use super::aws::AwsState;
use super::derive::Planned;
use super::git::GitState;
use super::ssh::SshState;
use super::{Context, access, network};
use crate::fact::Fact;
use crate::fact::access::TargetAccess;
use crate::fact::target::Target;

mod sight;

pub use sight::{Glimpse, Sight};

/// How many targets are looked at more closely at the same time.
const LOOKS_AT_ONCE: usize = 8;

/// Why nothing was tried.
const OUT_OF_BOUNDS: &str = "no connection was tried (--offline)";

/// Marks what would have been tried as not tried.
pub fn out_of_bounds(target: &mut Target) {
    target.network = Fact::Unavailable(OUT_OF_BOUNDS.into());
    target.access = Fact::Unavailable(OUT_OF_BOUNDS.into());
}

/// The live part of one run.
pub struct Tries<'a> {
    /// What every collector is given.
    pub context: &'a Context<'a>,
    /// Git's configuration, secrets included.
    pub git: &'a GitState,
    /// The ssh set-up.
    pub ssh: &'a SshState,
    /// The AWS configuration.
    pub aws: &'a AwsState,
    /// The AWS logins.
    pub logins: access::aws::Logins,
    turns: Turns,
}

impl<'a> Tries<'a> {
    /// Nothing is tried yet.
    pub fn new(context: &'a Context<'a>, git: &'a GitState, ssh: &'a SshState, aws: &'a AwsState) -> Self {
        let turns = Turns::new(context.system.cores());
        Self { context, git, ssh, aws, logins: access::aws::Logins::default(), turns }
    }

    /// Climbs the ladder to every endpoint, and runs git for every target.
    pub fn connect(&self, planned: &mut [&mut Planned]) {
        let seen: &[&mut Planned] = planned;
        let sight = Sight::new(seen.len());
        let verdicts = thread::scope(|scope| {
            let ladders = scope.spawn(|| sight.tell(network::collect(self, seen)));
            let verdicts = self.judge_all(seen, &sight);
            // A collector that failed has told nothing.
            let _ = ladders.join();
            verdicts
        });
        let failed = || Fact::Unavailable("the collector of the network failed".into());
        let mut ladders = sight.into_ladders().into_iter();
        for (planned, verdict) in planned.iter_mut().zip(verdicts) {
            planned.target.network = ladders.next().unwrap_or_else(failed);
            planned.target.access = Fact::Known(verdict);
        }
    }

    /// One run of git for each distinct target, no more at a time than there are processor cores.
    fn judge_all(&self, planned: &[&mut Planned], sight: &Sight) -> Vec<TargetAccess> {
        let key =
            |planned: &Planned| (planned.url.clone(), planned.target.transport.0.clone(), planned.target.pushed_to);
        let mut distinct: Vec<(&Planned, Glimpse<'_>)> = Vec::new();
        let mut places: HashMap<_, usize> = HashMap::new();
        for (index, planned) in planned.iter().enumerate() {
            places.entry(key(planned)).or_insert_with(|| {
                distinct.push((planned, sight.of(index)));
                distinct.len() - 1
            });
        }
        let verdicts: Vec<TargetAccess> = thread::scope(|scope| {
            let judge = |planned, glimpse| self.turns.take(|| access::judge::judge(self, planned, glimpse));
            let begin = |(planned, glimpse): (_, _)| scope.spawn(move || judge(planned, glimpse));
            let running: Vec<_> = distinct.into_iter().map(begin).collect();
            running.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
        });
        let of = |planned: &&mut Planned| places.get(&key(planned)).and_then(|place| verdicts.get(*place)).cloned();
        planned.iter().map(|planned| of(planned).unwrap_or_default()).collect()
    }

    /// Asks the AWS APIs and libssh2 about targets that git tried in vain to reach; with `-v` about all. Several at the same
    /// time, because what takes the time is waiting.
    pub fn look_closer(&self, targets: &mut [Target]) {
        for targets in targets.chunks_mut(LOOKS_AT_ONCE) {
            thread::scope(|scope| {
                for target in targets {
                    scope.spawn(|| self.look_at(target));
                }
            });
        }
    }

    fn look_at(&self, target: &mut Target) {
        let Fact::Known(access) = &target.access else { return };
        let failed = access.judge.known().is_some_and(|judge| !judge.succeeded);
        let mut access = access.clone();
        // A login is not what is wrong where nobody answers, and who asks waits for that.
        let dead = target.network.known().is_some_and(sight::is_dead);
        let asked = (failed && !dead) || self.context.live.thorough;
        access.aws = if asked { access::aws::ask(self, self.aws, target) } else { Fact::Absent };
        // Who has no connection learns nothing from another library, but for the time that it takes.
        let over_ssh = target.transport.0 == "ssh" && !is_out_of_reach(target);
        access.libssh2 = if asked && over_ssh { access::library::libssh2(self, target) } else { Fact::Absent };
        if let Some(login) = access::library::without_ssh(self, target, &access).filter(|_| over_ssh) {
            access.ssh = login;
        }
        target.access = Fact::Known(access);
    }
}

/// Whether the ladder ended before a connection stood.
fn is_out_of_reach(target: &Target) -> bool {
    let stopped_at = target.network.known().and_then(|network| network.stopped_at.as_ref());
    stopped_at.is_some_and(|rung| matches!(&*rung.0, "dns" | "tcp"))
}

/// Lets no more than a number of threads go on at the same time.
struct Turns {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Turns {
    fn new(count: usize) -> Self {
        Self { free: Mutex::new(count.max(1)), freed: Condvar::new() }
    }

    fn take<T>(&self, work: impl FnOnce() -> T) -> T {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        drop(free);
        let result = work();
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.freed.notify_one();
        result
    }
}

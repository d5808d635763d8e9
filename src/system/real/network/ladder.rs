//! The rungs to one endpoint, climbed one after the other until one does not hold.

use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::CertificateDer;

use crate::system::net::{Probe, Probed, Protocol, Route, Timed, TrustStore, TrustVerdict};

use super::clock::Clock;
use super::proxy::{self, Way};
use super::resolve::resolve;
use super::tcp::Race;
use super::trust::Stores;
use super::wire::Wire;
use super::{get, ssh, tls};

/// One probe on its way. What it finds is written down rung by rung, so that it is kept whatever happens later.
pub(super) struct Ladder {
    probe: Probe,
    clock: Clock,
    stores: Arc<Stores>,
    found: Arc<Mutex<Probed>>,
}

impl Ladder {
    /// Nothing is done yet.
    pub(super) fn new(probe: Probe, clock: Clock, stores: Arc<Stores>, found: Arc<Mutex<Probed>>) -> Self {
        Self { probe, clock, stores, found }
    }

    /// Climbs as far as it goes.
    pub(super) async fn climb(&self) {
        match &self.probe.route {
            Route::Direct => self.directly().await,
            Route::Socks5 { remote_names: false, .. } => {
                if let Some(addresses) = self.names().await {
                    self.through_proxy(&addresses).await;
                }
            }
            Route::HttpProxy(_) | Route::HttpsProxy(_) | Route::Socks5 { .. } => self.through_proxy(&[]).await,
        }
    }

    fn note(&self, write: impl FnOnce(&mut Probed)) {
        write(&mut self.found.lock().unwrap_or_else(PoisonError::into_inner));
    }

    async fn names(&self) -> Option<Vec<IpAddr>> {
        let limit = self.clock.rung()?;
        let dns = timed(resolve(&self.probe.host, limit)).await;
        let addresses = dns.value.as_ref().ok().cloned();
        self.note(|found| found.dns = Some(dns));
        addresses
    }

    async fn directly(&self) {
        let Some(addresses) = self.names().await else { return };
        let Some(limit) = self.clock.rung() else { return };
        let mut race = Race::start(&addresses, self.probe.port, limit);
        let (stream, took) = race.first().await;
        let others = async {
            let value = race.finish().await;
            self.note(|found| found.tcp = Some(Timed { value, took }));
        };
        match stream {
            // The addresses that are still silent do not hold up the one that answered.
            Some(stream) => drop(tokio::join!(others, self.speak(Box::new(stream)))),
            None => others.await,
        }
    }

    async fn through_proxy(&self, addresses: &[IpAddr]) {
        let Some(limit) = self.clock.rung() else { return };
        let (host, port) = (self.probe.host.as_str(), self.probe.port);
        let trusted = match &self.probe.protocol {
            Protocol::Https { stores, .. } => stores.as_slice(),
            Protocol::Ssh => &[],
        };
        let way = Way { route: &self.probe.route, host, port, addresses, stores: &self.stores, trusted };
        let Timed { value: (stream, answer), took } = timed(proxy::tunnel(&way, limit)).await;
        self.note(|found| found.proxy = Some(Timed { value: answer, took }));
        if let Some(stream) = stream {
            self.speak(stream).await;
        }
    }

    async fn speak(&self, stream: Wire) {
        match &self.probe.protocol {
            Protocol::Https { path, stores } => self.https(stream, path, stores).await,
            Protocol::Ssh => {
                let Some(limit) = self.clock.rung() else { return };
                let ssh = timed(ssh::shake(stream, limit)).await;
                self.note(|found| found.ssh = Some(ssh));
            }
        }
    }

    async fn https(&self, stream: Wire, path: &str, stores: &[TrustStore]) {
        let Some(limit) = self.clock.rung() else { return };
        let Timed { value: (shaken, mut answer), took } = timed(tls::shake(stream, &self.probe.host, limit)).await;
        // Git's store comes first. Who stands in between with a certificate that git refuses is not told the repository.
        let (first, others) = stores.split_at(stores.len().min(1));
        answer.verdicts = self.verdicts(&shaken.chain, first).await;
        let accepted = matches!(answer.verdicts.as_slice(), [TrustVerdict::Accepted { .. }]);
        let path = if accepted { path } else { "/" };
        let judged = async {
            answer.verdicts.extend(self.verdicts(&shaken.chain, others).await);
            self.note(|found| found.tls = Some(Timed { value: answer, took }));
        };
        let asked = async {
            let (Some(stream), Some(limit)) = (shaken.stream, self.clock.rung()) else { return };
            let http = timed(get::get(stream, &self.probe.host, self.probe.port, path, limit)).await;
            self.note(|found| found.http = Some(http));
        };
        tokio::join!(judged, asked);
    }

    /// What each trust store says of a chain. Reading a store takes time and may hang (a network drive): it is done
    /// beside the runtime.
    async fn verdicts(&self, chain: &[CertificateDer<'static>], stores: &[TrustStore]) -> Vec<TrustVerdict> {
        let late = || TrustVerdict::NoStore("could not be read in time".into());
        if chain.is_empty() {
            return Vec::new();
        }
        let mut verdicts = Vec::new();
        for store in stores {
            let (own, chain) = (Arc::clone(&self.stores), chain.to_vec());
            let (store, host) = (store.clone(), self.probe.host.clone());
            let judged = tokio::task::spawn_blocking(move || own.judge(&store, &chain, &host));
            let verdict = timeout(self.clock.rung().unwrap_or(Duration::ZERO), judged).await;
            verdicts.push(verdict.ok().and_then(Result::ok).unwrap_or_else(late));
        }
        verdicts
    }
}

async fn timed<T>(work: impl Future<Output = T>) -> Timed<T> {
    let begun = Instant::now();
    let value = work.await;
    Timed { value, took: begun.elapsed() }
}

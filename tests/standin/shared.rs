//! What all servers of a stand-in share.

use std::sync::{Mutex, MutexGuard};

use super::pki::Pki;
use super::records::Record;
use super::switches::Switches;
use super::world::World;

/// A region with its ports.
pub(crate) struct Endpoint {
    pub(crate) name: String,
    pub(crate) ssh_port: u16,
    pub(crate) https_port: u16,
}

/// What all servers share.
pub(crate) struct Shared {
    pub(crate) regions: Vec<Endpoint>,
    /// Ports of the API: TLS and plain HTTP.
    pub(crate) api_ports: (u16, u16),
    pub(crate) pki: Pki,
    switches: Mutex<Switches>,
    world: Mutex<World>,
    records: Mutex<Vec<Record>>,
}

impl Shared {
    pub(crate) fn new(regions: Vec<Endpoint>, api_ports: (u16, u16), pki: Pki) -> Self {
        Self { regions, api_ports, pki, switches: Mutex::default(), world: Mutex::default(), records: Mutex::default() }
    }

    /// The switches as they stand.
    pub(crate) fn switches(&self) -> Switches {
        lock(&self.switches).clone()
    }

    pub(crate) fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut lock(&self.switches));
    }

    /// Looks at, or changes, who and what exists.
    pub(crate) fn with_world<T>(&self, use_it: impl FnOnce(&mut World) -> T) -> T {
        use_it(&mut lock(&self.world))
    }

    pub(crate) fn note(&self, record: Record) {
        lock(&self.records).push(record);
    }

    /// What was seen since the last time that this was asked with `forget`.
    pub(crate) fn records(&self, forget: bool) -> Vec<Record> {
        let mut records = lock(&self.records);
        if forget { std::mem::take(&mut *records) } else { records.clone() }
    }
}

/// A test that panicked while it held the lock has said why; others go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

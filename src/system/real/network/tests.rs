//! Every rung against servers on loopback that are made here.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::probe;
use crate::system::net::{Probe, Probed, Protocol, ProxyAddress, Route, Secret, TrustStore};

mod pki;
mod servers;

mod direct;
mod login;
mod proxies;
mod request;
mod ssh;
mod timing;
mod tls;

/// Long enough for a busy machine, shorter than what a rung may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// HTTPS at an address, judged by these files of issuers.
fn https(address: SocketAddr, stores: &[PathBuf]) -> Probe {
    let stores = stores.iter().cloned().map(TrustStore::File).collect();
    let protocol = Protocol::Https { path: "/v1/repos/demo/info/refs?service=git-upload-pack".into(), stores };
    Probe { host: address.ip().to_string(), port: address.port(), route: Route::Direct, protocol }
}

/// SSH at an address.
fn ssh(address: SocketAddr) -> Probe {
    Probe { protocol: Protocol::Ssh, ..https(address, &[]) }
}

/// The same endpoint through a proxy.
fn through(route: fn(ProxyAddress) -> Route, proxy: SocketAddr, probe: Probe) -> Probe {
    let proxy = ProxyAddress { host: proxy.ip().to_string(), port: proxy.port(), login: None };
    Probe { route: route(proxy), ..probe }
}

/// The same with a login for the proxy.
fn with_login(mut probe: Probe) -> Probe {
    match &mut probe.route {
        Route::Direct => {}
        Route::HttpProxy(proxy) | Route::HttpsProxy(proxy) | Route::Socks5 { address: proxy, .. } => {
            proxy.login = Some(("dev".into(), Secret::new("open sesame")));
        }
    }
    probe
}

fn one(probe_it: &Probe) -> Probed {
    probe(std::slice::from_ref(probe_it), PATIENCE).remove(0)
}

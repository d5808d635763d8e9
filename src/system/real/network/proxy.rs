//! The way through a proxy.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::system::net::{NetError, NetErrorKind, ProxyAddress, ProxyAnswer, Route, TrustStore, TrustVerdict};

use super::fault::{fault, timed_out};
use super::resolve::{as_fault, resolve};
use super::trust::Stores;
use super::wire::Wire;
use super::{connect, socks, tcp, tls};

/// Where to, and through what.
pub(super) struct Way<'a> {
    /// The proxy.
    pub(super) route: &'a Route,
    /// The host behind it.
    pub(super) host: &'a str,
    /// Its port.
    pub(super) port: u16,
    /// Its addresses, for a proxy that resolves no names.
    pub(super) addresses: &'a [IpAddr],
    /// The trust stores of the call.
    pub(super) stores: &'a Arc<Stores>,
    /// Those of them that may vouch for a proxy behind TLS, beside the system's own.
    pub(super) trusted: &'a [TrustStore],
}

/// Opens a tunnel to the host, or says how far it got within `limit`.
pub(super) async fn tunnel(way: &Way<'_>, limit: Duration) -> (Option<Wire>, ProxyAnswer) {
    let mut answer = ProxyAnswer { result: Ok(()), reached: false, status: None, challenge: None };
    let opened = timeout(limit, open(way, limit, &mut answer)).await.unwrap_or_else(|_| Err(timed_out(limit)));
    match opened {
        Ok(stream) => (Some(stream), answer),
        Err(error) => (None, ProxyAnswer { result: Err(error), ..answer }),
    }
}

async fn open(way: &Way<'_>, limit: Duration, answer: &mut ProxyAnswer) -> Result<Wire, NetError> {
    let (Route::HttpProxy(proxy) | Route::HttpsProxy(proxy) | Route::Socks5 { address: proxy, .. }) = way.route else {
        return Err(fault(NetErrorKind::Other, "no proxy"));
    };
    let first = ask(way, proxy, false, limit, answer).await;
    // As libcurl does for git, which allows every kind of login (`CURLAUTH_ANY`, http.c of git): the login goes only to
    // a proxy that asked for it, and only in the way that is known here.
    if first.is_err() && proxy.login.is_some() && connect::wants_basic(answer) {
        (answer.status, answer.challenge) = (None, None);
        return ask(way, proxy, true, limit, answer).await;
    }
    first
}

/// One connection to the proxy. SOCKS names the kinds of login itself before it tells any.
async fn ask(
    way: &Way<'_>,
    proxy: &ProxyAddress,
    log_in: bool,
    limit: Duration,
    answer: &mut ProxyAnswer,
) -> Result<Wire, NetError> {
    let plain = reach(proxy, limit).await?;
    answer.reached = true;
    let login = proxy.login.as_ref().filter(|_| log_in);
    match way.route {
        Route::HttpsProxy(_) => {
            let (stream, trusted) = secure(plain, proxy, way, limit).await?;
            if proxy.login.is_some() && !trusted {
                let text = "the certificate of the proxy is not trusted, so it is told no login";
                return Err(fault(NetErrorKind::Other, text));
            }
            connect::connect(stream, way, login, answer).await
        }
        Route::Socks5 { .. } => socks::connect(plain, way, proxy, answer).await,
        Route::HttpProxy(_) | Route::Direct => connect::connect(plain, way, login, answer).await,
    }
}

async fn reach(proxy: &ProxyAddress, limit: Duration) -> Result<Wire, NetError> {
    let addresses = resolve(&proxy.host, limit).await.map_err(|error| as_fault(&error))?;
    Ok(Box::new(tcp::connect(&addresses, proxy.port, limit).await?))
}

/// TLS to the proxy itself, and whether one of the trust stores knows it.
async fn secure(plain: Wire, proxy: &ProxyAddress, way: &Way<'_>, limit: Duration) -> Result<(Wire, bool), NetError> {
    let (shaken, answer) = tls::shake(plain, &proxy.host, limit).await;
    answer.result?;
    let stream = shaken.stream.ok_or_else(|| fault(NetErrorKind::Other, "no TLS connection"))?;
    let (stores, trusted, host) = (Arc::clone(way.stores), way.trusted.to_vec(), proxy.host.clone());
    let judged = tokio::task::spawn_blocking(move || {
        let mut asked = trusted.iter().chain([&TrustStore::System]);
        asked.any(|store| matches!(stores.judge(store, &shaken.chain, &host), TrustVerdict::Accepted { .. }))
    });
    let judged = judged.await;
    Ok((Box::new(stream), judged.unwrap_or(false)))
}

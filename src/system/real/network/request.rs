//! One HTTP request, which may carry a login: over TLS that the given store vouches for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, Proxy, RequestBuilder, redirect};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore, version};

use crate::system::net::{
    BODY_LIMIT, HttpRequest, HttpResponse, NetError, NetErrorKind, ProxyAddress, Route, Secret, TrustStore,
};

use super::clock::usable;
use super::fault::{chain, closed, fault, innermost, io_in, of_io, timed_out};
use super::tls::tls_error;
use super::{USER_AGENT, body, trust};

/// Sends it and reads the answer, both within `limit`.
pub(super) async fn send(request: &HttpRequest, limit: Duration) -> Result<HttpResponse, NetError> {
    let begun = Instant::now();
    let client = client(request).await?;
    let response = built(&client, request)?.send().await.map_err(|error| of_reqwest(error, limit))?;
    let left = limit.saturating_sub(begun.elapsed());
    Ok(body::collect(response.into(), BODY_LIMIT, usable(left)).await)
}

async fn client(request: &HttpRequest) -> Result<Client, NetError> {
    let tls = request.url.starts_with("https:") || matches!(request.route, Route::HttpsProxy(_));
    let roots = if tls { load(request.store.clone()).await? } else { RootCertStore::empty() };
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .map_err(|error| fault(NetErrorKind::Other, error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // `no_proxy` turns the proxies of the environment off.
    let mut builder = Client::builder().no_proxy().tls_backend_preconfigured(config);
    builder = builder.redirect(redirect::Policy::none()).referer(false).user_agent(USER_AGENT);
    if let Some(proxy) = proxy(&request.route) {
        builder = builder.proxy(proxy.map_err(own_fault)?);
    }
    builder.build().map_err(own_fault)
}

/// Reads files, beside the runtime.
async fn load(store: TrustStore) -> Result<RootCertStore, NetError> {
    let loaded = tokio::task::spawn_blocking(move || trust::load_roots(&store)).await;
    let text = |text: String| fault(NetErrorKind::Other, format!("the trusted certificates: {text}"));
    loaded.map_err(|error| text(error.to_string()))?.map_err(text)
}

fn proxy(route: &Route) -> Option<reqwest::Result<Proxy>> {
    let (scheme, address) = match route {
        Route::Direct => return None,
        Route::HttpProxy(address) => ("http", address),
        Route::HttpsProxy(address) => ("https", address),
        Route::Socks5 { address, remote_names: false } => ("socks5", address),
        Route::Socks5 { address, remote_names: true } => ("socks5h", address),
    };
    let ProxyAddress { host, port, login } = address;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let proxy = Proxy::all(format!("{scheme}://{host}:{port}"));
    Some(match login {
        Some((user, password)) => proxy.map(|proxy| proxy.basic_auth(user, password.reveal())),
        None => proxy,
    })
}

fn built(client: &Client, request: &HttpRequest) -> Result<RequestBuilder, NetError> {
    let unusable = |what: &str| fault(NetErrorKind::Other, format!("no request can be made with this {what}"));
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| unusable("method"))?;
    let mut builder = client.request(method, &request.url).body(request.body.clone());
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable("header name"))?;
        let mut value = HeaderValue::from_str(value.reveal()).map_err(|_| unusable("header value"))?;
        value.set_sensitive(true);
        builder = builder.header(name, value);
    }
    if let Some((user, password)) = &request.login {
        builder = builder.basic_auth(user, Some(Secret::reveal(password)));
    }
    Ok(builder)
}

fn own_fault(error: reqwest::Error) -> NetError {
    fault(NetErrorKind::Other, innermost(&error.without_url()))
}

fn of_reqwest(error: reqwest::Error, limit: Duration) -> NetError {
    let error = error.without_url();
    if error.is_timeout() {
        return timed_out(limit);
    }
    let text = innermost(&error);
    // hyper-util wraps what the resolver says in an error of its own, which says so.
    if chain(&error).any(|cause| cause.to_string() == "dns error") {
        let words = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
        return fault(NetErrorKind::NameNotFound, words);
    }
    if let Some(Error::InvalidMessage(_)) = tls_error(&error) {
        return fault(NetErrorKind::NotThatProtocol, text);
    }
    let hyper = chain(&error).find_map(|cause| cause.downcast_ref::<hyper::Error>());
    // Said before the question was sent, as an SSH server does; hyper has no method to tell it by.
    if chain(&error).any(|cause| cause.to_string() == "received unexpected message from connection") {
        return fault(NetErrorKind::NotThatProtocol, text);
    }
    match (io_in(&error), hyper) {
        (_, Some(hyper)) if hyper.is_parse() => fault(NetErrorKind::NotThatProtocol, text),
        (_, Some(hyper)) if hyper.is_incomplete_message() => closed(),
        // An io::Error that wraps another (one of TLS, say) says nothing of its own.
        (Some(io), _) if io.get_ref().is_none() || io.kind() == std::io::ErrorKind::UnexpectedEof => of_io(io),
        _ => fault(NetErrorKind::Other, text),
    }
}

//! SOCKS5 (RFC 1928), with a login where one is given (RFC 1929).

use std::net::IpAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::system::net::{NetError, NetErrorKind, ProxyAddress, ProxyAnswer, Secret};

use super::fault::{fault, not_that_protocol, of_io};
use super::proxy::Way;
use super::wire::Wire;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const LOGIN: u8 = 2;
const NOTHING_ACCEPTABLE: u8 = 0xff;

/// Asks for a connection, by address where one was resolved, else by name.
pub(super) async fn connect(
    mut stream: Wire,
    way: &Way<'_>,
    proxy: &ProxyAddress,
    answer: &mut ProxyAnswer,
) -> Result<Wire, NetError> {
    greet(&mut stream, proxy, answer).await?;
    let mut request = vec![VERSION, 1, 0];
    match way.addresses.first().copied().or_else(|| way.host.parse().ok()) {
        Some(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Some(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        None => {
            request.push(3);
            short_text(&mut request, way.host)?;
        }
    }
    request.extend(way.port.to_be_bytes());
    send(&mut stream, &request).await?;
    let [version, reply, _, kind] = receive(&mut stream).await?;
    if version != VERSION {
        return Err(not_that_protocol(&[version, reply, kind]));
    }
    if reply != 0 {
        return Err(fault(NetErrorKind::Other, format!("SOCKS: {}", reply_text(reply))));
    }
    skip_bound_address(&mut stream, kind).await?;
    Ok(stream)
}

async fn greet(stream: &mut Wire, proxy: &ProxyAddress, answer: &mut ProxyAnswer) -> Result<(), NetError> {
    let methods: &[u8] = if proxy.login.is_some() { &[NO_LOGIN, LOGIN] } else { &[NO_LOGIN] };
    let count = if proxy.login.is_some() { 2 } else { 1 };
    send(stream, &[&[VERSION, count], methods].concat()).await?;
    let [version, method] = receive(stream).await?;
    match (version, method, &proxy.login) {
        (VERSION, NO_LOGIN, _) => Ok(()),
        (VERSION, LOGIN, Some(login)) => log_in(stream, login, answer).await,
        (VERSION, NOTHING_ACCEPTABLE, _) => {
            answer.challenge = Some("SOCKS5 user and password".into());
            Err(fault(NetErrorKind::Other, "SOCKS: no acceptable way to log in"))
        }
        (VERSION, ..) => Err(fault(NetErrorKind::Other, format!("SOCKS: unknown way to log in {method}"))),
        _ => {
            // `HT` of an HTTP proxy; the rest of its line tells people more.
            let mut said = vec![version, method];
            let mut rest = [0; 200];
            let count = stream.read(&mut rest).await.unwrap_or(0);
            said.extend_from_slice(rest.get(..count).unwrap_or_default());
            Err(not_that_protocol(&said))
        }
    }
}

async fn log_in(stream: &mut Wire, login: &(String, Secret), answer: &mut ProxyAnswer) -> Result<(), NetError> {
    let mut message = vec![1];
    short_text(&mut message, &login.0)?;
    short_text(&mut message, login.1.reveal())?;
    send(stream, &message).await?;
    let [_, status] = receive(stream).await?;
    if status == 0 {
        return Ok(());
    }
    answer.challenge = Some("SOCKS5 user and password".into());
    Err(fault(NetErrorKind::Other, "SOCKS: the login was refused"))
}

/// Appends a text behind one byte that tells its length.
fn short_text(message: &mut Vec<u8>, text: &str) -> Result<(), NetError> {
    let length = u8::try_from(text.len()).map_err(|_| fault(NetErrorKind::Other, "too long for SOCKS"))?;
    message.push(length);
    message.extend(text.as_bytes());
    Ok(())
}

async fn skip_bound_address(stream: &mut Wire, kind: u8) -> Result<(), NetError> {
    let length = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(receive::<1>(stream).await?[0]),
        _ => return Err(not_that_protocol(&[kind])),
    };
    let mut rest = vec![0; length + 2];
    stream.read_exact(&mut rest).await.map(|_| ()).map_err(|error| of_io(&error))
}

async fn send(stream: &mut Wire, bytes: &[u8]) -> Result<(), NetError> {
    stream.write_all(bytes).await.map_err(|error| of_io(&error))?;
    stream.flush().await.map_err(|error| of_io(&error))
}

async fn receive<const N: usize>(stream: &mut Wire) -> Result<[u8; N], NetError> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.map_err(|error| of_io(&error))?;
    Ok(bytes)
}

/// RFC 1928, section 6.
fn reply_text(reply: u8) -> &'static str {
    match reply {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "kind of address not supported",
        _ => "unknown failure",
    }
}

//! A CONNECT proxy on loopback, through which the real names lead to the ports of the stand-in and nowhere else.

use std::sync::Arc;

use data_encoding::BASE64;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use super::hosts;
use super::records::Record;
use super::shared::Shared;

/// The longest head of a request.
const HEAD: usize = 16 << 10;

/// Serves one connection.
pub(crate) async fn serve(shared: Arc<Shared>, mut near: TcpStream) {
    let Some(head) = read_head(&mut near).await else { return };
    let first = head.lines().next().unwrap_or_default();
    let target = first.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    let login = login(&head);
    let (status, far) = judge(&shared, target, login.as_deref()).await;
    shared.note(Record::Connect {
        target: target.unwrap_or(first).to_owned(),
        user: login.and_then(|login| Some(login.split_once(':')?.0.to_owned())),
        status,
    });
    let extra = match status {
        200 => return tunnel(near, far).await,
        407 => "Proxy-Authenticate: Basic realm=\"proxy\"\r\n",
        _ => "",
    };
    let answer =
        format!("HTTP/1.1 {status} {}\r\n{extra}Content-Length: 0\r\nConnection: close\r\n\r\n", reason(status));
    let _ = near.write_all(answer.as_bytes()).await;
    let _ = near.shutdown().await;
}

async fn tunnel(mut near: TcpStream, far: Option<TcpStream>) {
    let Some(mut far) = far else { return };
    if near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.is_ok() {
        let _ = copy_bidirectional(&mut near, &mut far).await;
    }
}

/// The status of the answer, and the connection where it is 200.
async fn judge(shared: &Shared, target: Option<&str>, login: Option<&str>) -> (u16, Option<TcpStream>) {
    let proxy = shared.switches().proxy;
    if proxy.login.is_some() && proxy.login.as_deref() != login {
        return (407, None);
    }
    let Some((host, port)) = target.and_then(|target| target.rsplit_once(':')) else { return (405, None) };
    if proxy.refuses.contains(host) {
        return (403, None);
    }
    let Some(port) = port.parse().ok().and_then(|port| local(shared, host, port)) else { return (502, None) };
    match TcpStream::connect(("127.0.0.1", port)).await {
        Ok(far) => {
            let _ = far.set_nodelay(true);
            (200, Some(far))
        }
        Err(_) => (502, None),
    }
}

/// The port of the stand-in behind a name.
fn local(shared: &Shared, host: &str, port: u16) -> Option<u16> {
    if let Some(region) = hosts::git_region(host) {
        let region = shared.regions.iter().find(|one| one.name == region)?;
        // No SSH endpoint is documented for the FIPS names.
        return match port {
            22 if !host.contains("-fips.") => Some(region.ssh_port),
            443 => Some(region.https_port),
            _ => None,
        };
    }
    if hosts::is_api(host) {
        return (port == 443).then_some(shared.api_ports.0);
    }
    let own = shared.regions.iter().flat_map(|one| [one.ssh_port, one.https_port]);
    let is_own = own.chain([shared.api_ports.0, shared.api_ports.1]).any(|own| own == port);
    (matches!(host, "127.0.0.1" | "localhost") && is_own).then_some(port)
}

async fn read_head(near: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // Byte by byte: what follows the head belongs to the tunnel.
        head.push(near.read_u8().await.ok()?);
        if head.len() > HEAD {
            return None;
        }
    }
    String::from_utf8(head).ok()
}

/// `user:password` of the login for the proxy.
fn login(head: &str) -> Option<String> {
    let line = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("proxy-authorization").then_some(value.trim())
    })?;
    String::from_utf8(BASE64.decode(line.strip_prefix("Basic ")?.as_bytes()).ok()?).ok()
}

fn reason(status: u16) -> &'static str {
    match status {
        403 => "Forbidden",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        _ => "Bad Gateway",
    }
}

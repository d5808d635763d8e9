//! Ways through proxies.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::pki::Authority;
use super::*;
use crate::system::net::{NetErrorKind, ProxyAnswer};

const OPEN: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

fn socks(address: ProxyAddress) -> Route {
    Route::Socks5 { address, remote_names: true }
}

fn local_socks(address: ProxyAddress) -> Route {
    Route::Socks5 { address, remote_names: false }
}

fn answer(probe: &Probe) -> ProxyAnswer {
    one(probe).proxy.unwrap().value
}

fn kind(answer: &ProxyAnswer) -> NetErrorKind {
    answer.result.clone().unwrap_err().kind
}

#[test]
fn behind_an_open_tunnel_the_ladder_goes_on() {
    let authority = Authority::new("Amazon");
    let (target, _) = servers::https(authority.server(), servers::UNAUTHORIZED);
    let (proxy, heard) = servers::http_proxy(OPEN);
    let found = one(&with_login(through(Route::HttpProxy, proxy, https(target, &[]))));
    assert_eq!((found.dns, found.tcp), (None, None));
    let proxy = found.proxy.unwrap().value;
    assert_eq!((proxy.result, proxy.reached, proxy.status), (Ok(()), true, Some(200)));
    assert_eq!(found.http.unwrap().value.unwrap().status, 401);
    let heard = heard.lock().unwrap()[0].clone();
    assert!(heard.starts_with(&format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n")), "{heard}");
    assert!(!heard.to_lowercase().contains("authorization"), "{heard}");
}

#[test]
fn a_proxy_is_told_the_login_only_when_it_asks_for_it_in_the_open() {
    let heard_by = |answer| {
        let (proxy, heard) = servers::http_proxy(answer);
        let found = self::answer(&with_login(through(Route::HttpProxy, proxy, https(servers::nobody(), &[]))));
        assert_eq!(found.status, Some(407));
        heard.lock().unwrap().clone()
    };
    let basic = heard_by("HTTP/1.1 407 Login\r\nProxy-Authenticate: NTLM, basic realm=\"corp\"\r\n\r\n");
    assert_eq!(basic.len(), 2);
    assert!(!basic[0].to_lowercase().contains("authorization"), "{}", basic[0]);
    // base64 of `dev:open sesame`
    assert!(basic[1].contains("\r\nProxy-Authorization: Basic ZGV2Om9wZW4gc2VzYW1l\r\n"), "{}", basic[1]);
    for other in [
        "HTTP/1.1 407 Login\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n",
        "HTTP/1.1 407 Login\r\nProxy-Authenticate: Digest realm=\"basic\", nonce=\"x\"\r\n\r\n",
        "HTTP/1.1 407 Login\r\n\r\n",
    ] {
        let heard = heard_by(other);
        assert!(heard.len() == 1 && !heard[0].to_lowercase().contains("authorization"), "{heard:?}");
    }
}

#[test]
fn what_the_host_says_first_is_not_lost_behind_the_answer_of_the_proxy() {
    let proxy = servers::raw(|mut stream| {
        servers::head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\nSSH-2.0-early\r\n");
        servers::linger(stream);
    });
    let found = one(&through(Route::HttpProxy, proxy, ssh(servers::nobody())));
    assert_eq!(found.ssh.unwrap().value.banner.as_deref(), Some("SSH-2.0-early"));
}

#[test]
fn the_refusals_of_a_proxy_are_told_apart() {
    let target = https(servers::nobody(), &[]);
    let (login, _) = servers::http_proxy(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n\
         proxy-authenticate: Basic realm=\"corp\"\r\n\r\n",
    );
    let answer_407 = answer(&through(Route::HttpProxy, login, target.clone()));
    assert_eq!((answer_407.status, kind(&answer_407)), (Some(407), NetErrorKind::Other));
    assert_eq!(answer_407.challenge.as_deref(), Some("Negotiate, Basic realm=\"corp\""));
    assert_eq!(answer_407.result.unwrap_err().text, "HTTP/1.1 407 Proxy Authentication Required");

    let (forbidden, _) = servers::http_proxy("HTTP/1.1 403 Forbidden\r\n\r\n");
    assert_eq!(answer(&through(Route::HttpProxy, forbidden, target.clone())).status, Some(403));

    let ends = [
        (servers::raw(servers::linger), true, NetErrorKind::Closed),
        (servers::says(b"SSH-2.0-OpenSSH_9.2\r\n"), true, NetErrorKind::NotThatProtocol),
        (servers::nobody(), false, NetErrorKind::Refused),
    ];
    for (proxy, reached, expected) in ends {
        let answer = answer(&through(Route::HttpProxy, proxy, target.clone()));
        assert_eq!((kind(&answer), answer.reached, answer.status), (expected, reached, None), "{answer:?}");
    }
}

#[test]
fn a_proxy_that_is_silent_is_told_from_one_that_is_not_reached() {
    let probe_it = through(Route::HttpProxy, servers::silent(), https(servers::nobody(), &[]));
    let found = probe(&[probe_it], Duration::from_secs(1)).remove(0).proxy.unwrap().value;
    assert_eq!((kind(&found), found.reached), (NetErrorKind::TimedOut, true));
}

#[test]
fn a_proxy_behind_tls_is_told_a_login_only_when_it_is_trusted() {
    let authority = Authority::new("Amazon");
    let (proxy, heard) = servers::https(authority.server(), "HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic\r\n\r\n");
    let stranger = with_login(through(Route::HttpsProxy, proxy, https(servers::nobody(), &[])));
    let refused = answer(&stranger);
    assert_eq!((kind(&refused), refused.status), (NetErrorKind::Other, None));
    assert!(refused.result.unwrap_err().text.contains("not trusted"));
    assert_eq!(heard.lock().unwrap().len(), 0);

    let known = with_login(through(Route::HttpsProxy, proxy, https(servers::nobody(), &[authority.file()])));
    assert_eq!(answer(&known).status, Some(407));
    assert!(heard.lock().unwrap()[1].contains("ZGV2Om9wZW4gc2VzYW1l"));
}

/// A SOCKS5 server for names and IPv4 addresses that wants this login, if any.
pub(super) fn socks_server(login: Option<&'static [u8]>, reply: u8) -> (std::net::SocketAddr, servers::Heard) {
    let heard = servers::Heard::default();
    let own = heard.clone();
    let take = |stream: &mut TcpStream, count: usize| {
        let mut bytes = vec![0; count];
        stream.read_exact(&mut bytes).map(|()| bytes)
    };
    let serve = move |stream: &mut TcpStream| -> std::io::Result<Option<String>> {
        let count = take(stream, 2)?[1];
        let methods = take(stream, usize::from(count))?;
        let wanted = if login.is_some() { 2 } else { 0 };
        if !methods.contains(&wanted) {
            stream.write_all(&[5, 0xff])?;
            return Ok(None);
        }
        stream.write_all(&[5, wanted])?;
        if let Some(login) = login {
            let same = take(stream, login.len())? == login;
            stream.write_all(&[1, u8::from(!same)])?;
        }
        let kind = take(stream, 4)?[3];
        let host = if kind == 3 {
            let length = usize::from(take(stream, 1)?[0]);
            String::from_utf8_lossy(&take(stream, length)?).into_owned()
        } else {
            std::net::Ipv4Addr::from(<[u8; 4]>::try_from(take(stream, 4)?).unwrap()).to_string()
        };
        let port = u16::from_be_bytes(<[u8; 2]>::try_from(take(stream, 2)?).unwrap());
        stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0])?;
        Ok(Some(format!("{host}:{port}")))
    };
    let address = servers::raw(move |mut stream| match serve(&mut stream) {
        Ok(Some(target)) => {
            own.lock().unwrap().push(target.clone());
            if reply == 0 {
                servers::join(stream, TcpStream::connect(target).unwrap());
            } else {
                servers::linger(stream);
            }
        }
        _ => servers::linger(stream),
    });
    (address, heard)
}

#[test]
fn a_socks_proxy_resolves_the_name_itself_or_is_told_the_address() {
    let target = servers::says(b"SSH-2.0-x\r\n");
    let named = Probe { host: "localhost".into(), ..ssh(target) };
    let (proxy, heard) = socks_server(None, 0);
    let remote = one(&through(socks, proxy, named.clone()));
    assert_eq!(remote.dns, None);
    assert_eq!(remote.proxy.unwrap().value.result, Ok(()));
    assert_eq!(remote.ssh.unwrap().value.banner.as_deref(), Some("SSH-2.0-x"));
    let local = one(&through(local_socks, proxy, ssh(target)));
    assert_eq!(local.dns.unwrap().value, Ok(vec![target.ip()]));
    assert_eq!(local.ssh.unwrap().value.banner.as_deref(), Some("SSH-2.0-x"));
    assert_eq!(*heard.lock().unwrap(), [format!("localhost:{}", target.port()), target.to_string()]);
}

#[test]
fn the_refusals_of_a_socks_proxy_are_told_apart() {
    let target = ssh(servers::nobody());
    let text = |answer: &ProxyAnswer| answer.result.clone().unwrap_err().text;
    let (proxy, _) = socks_server(None, 5);
    let refused = answer(&through(socks, proxy, target.clone()));
    assert_eq!((text(&refused).as_str(), kind(&refused)), ("SOCKS: connection refused", NetErrorKind::Other));

    let (proxy, _) = socks_server(Some(b"\x01\x03dev\x0bopen sesame"), 5);
    let login = answer(&through(socks, proxy, target.clone()));
    assert_eq!(login.challenge.as_deref(), Some("SOCKS5 user and password"));
    assert_eq!(text(&answer(&with_login(through(socks, proxy, target.clone())))), "SOCKS: connection refused");

    let (proxy, _) = socks_server(Some(b"\x01\x03dev\x0bopen sesamE"), 5);
    assert_eq!(text(&answer(&with_login(through(socks, proxy, target.clone())))), "SOCKS: the login was refused");

    let http = servers::says(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let other = answer(&through(socks, http, target));
    assert_eq!(kind(&other), NetErrorKind::NotThatProtocol);
    assert!(text(&other).contains("HTTP/1.1 400"), "{other:?}");
}

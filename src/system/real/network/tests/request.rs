//! Single requests.

use std::time::Instant;

use super::pki::Authority;
use super::*;
use crate::system::net::{HttpRequest, HttpResponse, NetError, NetErrorKind};
use crate::system::real::network::http;

fn request(url: String, store: PathBuf) -> HttpRequest {
    HttpRequest {
        method: "POST".into(),
        url,
        headers: vec![("X-Amz-Target".into(), Secret::new("CodeCommit_20150413.GetRepository"))],
        body: b"{}".to_vec(),
        login: Some(("dev-at-123456789012".into(), Secret::new("open sesame"))),
        route: Route::Direct,
        store: TrustStore::File(store),
        deadline: PATIENCE,
    }
}

fn send(request: &HttpRequest) -> Result<HttpResponse, NetError> {
    http(request, request.deadline)
}

#[test]
fn method_headers_login_and_body_arrive_and_redirections_do_not_lead_away() {
    let authority = Authority::new("Amazon");
    let moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 5\r\n\r\nmoved";
    let (address, heard) = servers::https(authority.server(), moved);
    let answer = send(&request(format!("https://{address}/v1/repos/demo"), authority.file())).unwrap();
    assert_eq!((answer.status, answer.body.as_slice(), answer.broken_off), (302, b"moved".as_slice(), None));
    let heard = heard.lock().unwrap()[0].to_lowercase();
    assert!(heard.starts_with("post /v1/repos/demo http/1.1\r\n"), "{heard}");
    assert!(heard.contains("x-amz-target: codecommit_20150413.getrepository\r\n"), "{heard}");
    // base64 of `dev-at-123456789012:open sesame`, in lower case
    assert!(heard.contains("authorization: basic zgv2lwf0lteymzq1njc4otaxmjpvcgvuihnlc2ftzq==\r\n"), "{heard}");
}

#[test]
fn nothing_is_told_to_a_server_that_the_store_does_not_know() {
    let (ours, theirs) = (Authority::new("Amazon"), Authority::new("ExampleCorp"));
    let (address, heard) = servers::https(theirs.server(), servers::UNAUTHORIZED);
    let error = send(&request(format!("https://{address}/"), ours.file())).unwrap_err();
    assert_eq!(error.kind, NetErrorKind::Other);
    assert!(error.text.contains("UnknownIssuer"), "{error}");
    assert_eq!(heard.lock().unwrap().len(), 0);
    let gone = send(&request(format!("https://{address}/"), PathBuf::from("/nonexistent/ca.pem"))).unwrap_err();
    assert!(gone.text.starts_with("the trusted certificates: "), "{gone}");
}

#[test]
fn failures_are_told_apart() {
    let store = Authority::new("Amazon").file();
    let kind = |address: SocketAddr, scheme: &str| {
        let mut request = request(format!("{scheme}://{address}/secret-path"), store.clone());
        request.deadline = Duration::from_secs(2);
        request.store = TrustStore::System;
        let error = send(&request).unwrap_err();
        assert!(!error.text.contains("secret-path"), "{error}");
        error.kind
    };
    assert_eq!(kind(servers::nobody(), "http"), NetErrorKind::Refused);
    assert_eq!(kind(servers::raw(servers::linger), "http"), NetErrorKind::Closed);
    assert_eq!(kind(servers::says(b"SSH-2.0-x\r\n"), "http"), NetErrorKind::NotThatProtocol);
    assert_eq!(kind(servers::says(b"SSH-2.0-x\r\n"), "https"), NetErrorKind::NotThatProtocol);
    let begun = Instant::now();
    assert_eq!(kind(servers::silent(), "http"), NetErrorKind::TimedOut);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn a_body_that_breaks_off_or_does_not_end_is_kept_as_far_as_it_came() {
    let half = servers::raw(|mut stream| {
        servers::hear_head(&mut stream);
        let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        servers::linger(stream);
    });
    let mut request = request(format!("http://{half}/"), PathBuf::new());
    let answer = send(&request).unwrap();
    assert_eq!((answer.body.as_slice(), answer.broken_off.is_some()), (b"half".as_slice(), true));
    let slow = servers::raw(|mut stream| {
        servers::hear_head(&mut stream);
        let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        std::thread::sleep(Duration::from_secs(60));
    });
    request.url = format!("http://{slow}/");
    request.deadline = Duration::from_secs(4);
    let answer = send(&request).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"half".as_slice()));
    assert!(answer.broken_off.unwrap().starts_with("no answer within"));
}

#[test]
fn the_given_proxy_is_used() {
    let authority = Authority::new("Amazon");
    let (target, _) = servers::https(authority.server(), servers::UNAUTHORIZED);
    let (proxy, heard) = servers::http_proxy("HTTP/1.1 200 OK\r\n\r\n");
    let mut request = request(format!("https://{target}/"), authority.file());
    let login = Some(("dev".into(), Secret::new("open sesame")));
    request.route = Route::HttpProxy(ProxyAddress { host: proxy.ip().to_string(), port: proxy.port(), login });
    assert_eq!(send(&request).unwrap().status, 401);
    let heard = heard.lock().unwrap()[0].clone();
    assert!(heard.starts_with(&format!("CONNECT {target} ")), "{heard}");
    assert!(heard.contains("ZGV2Om9wZW4gc2VzYW1l"), "{heard}");

    let (proxy, heard) = super::proxies::socks_server(None, 0);
    let address = ProxyAddress { host: proxy.ip().to_string(), port: proxy.port(), login: None };
    request.route = Route::Socks5 { address, remote_names: true };
    assert_eq!(send(&request).unwrap().status, 401);
    assert_eq!(*heard.lock().unwrap(), [target.to_string()]);
}

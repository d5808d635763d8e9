//! TLS, the judgement of certificates, and HTTP behind it.

use std::io::Write;
use std::sync::Arc;

use rustls::{ServerConnection, StreamOwned, version};

use super::pki::Authority;
use super::*;
use crate::system::net::{NetErrorKind, TrustProblem, TrustVerdict};

const BOTH: &[&rustls::SupportedProtocolVersion] = &[&version::TLS12, &version::TLS13];

fn problem(verdict: &TrustVerdict) -> Option<TrustProblem> {
    match verdict {
        TrustVerdict::Refused { problem, .. } => Some(*problem),
        TrustVerdict::Accepted { .. } | TrustVerdict::NoStore(_) => None,
    }
}

#[test]
fn a_healthy_server_is_climbed_to_the_top() {
    let authority = Authority::new("Amazon");
    let (address, heard) = servers::https(authority.server(), servers::UNAUTHORIZED);
    let found = one(&https(address, &[authority.file()]));
    let tls = found.tls.unwrap().value;
    assert_eq!((tls.result, tls.alert, tls.name_matches), (Ok(()), false, true));
    assert_eq!(tls.version.as_deref(), Some("TLSv1.3"));
    assert_eq!(tls.chain.len(), 1);
    assert_eq!(tls.chain[0].issuer_organization.as_deref(), Some("Amazon"));
    assert_eq!(tls.chain[0].names, ["127.0.0.1"]);
    // 2020-01-01 and 2100-01-01 in seconds since the epoch.
    assert_eq!((tls.chain[0].not_before, tls.chain[0].not_after), (1_577_836_800, 4_102_444_800));
    let [TrustVerdict::Accepted { root: Some(root) }] = tls.verdicts.as_slice() else { panic!("{:?}", tls.verdicts) };
    assert!(root.contains("O=Amazon") && root.contains("CN=Root"), "{root}");
    let http = found.http.unwrap().value.unwrap();
    assert_eq!((http.status, http.header("x-amzn-requestid")), (401, Some("1b2c")));
    assert_eq!(http.header("www-authenticate"), Some("Basic realm=\"us-east-1\""));
    assert_eq!(http.broken_off, None);
    let request = heard.lock().unwrap()[0].to_lowercase();
    assert!(request.starts_with("get /v1/repos/demo/info/refs?service=git-upload-pack http/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("\r\nhost: {address}\r\n")), "{request}");
    assert!(request.contains("\r\nuser-agent: git/2"), "{request}");
    assert!(!request.contains("authorization"), "{request}");
}

#[test]
fn who_git_does_not_trust_is_not_told_the_repository() {
    let (ours, theirs) = (Authority::new("Amazon"), Authority::new("ExampleCorp"));
    // The store of another client that accepts the certificate changes nothing.
    for stores in [vec![theirs.file()], vec![theirs.file(), ours.file()], vec![]] {
        let (address, heard) = servers::https(ours.server(), servers::UNAUTHORIZED);
        let found = one(&https(address, &stores));
        assert_eq!(found.tls.unwrap().value.verdicts.len(), stores.len());
        assert_eq!(found.http.unwrap().value.unwrap().status, 401);
        let request = heard.lock().unwrap()[0].clone();
        assert!(request.starts_with("GET / HTTP/1.1\r\n") && !request.contains("demo"), "{request}");
    }
}

#[test]
fn every_trust_store_has_its_own_verdict() {
    let (ours, theirs) = (Authority::new("Amazon"), Authority::new("ExampleCorp"));
    let (address, _) = servers::https(ours.server(), servers::UNAUTHORIZED);
    let empty = tempfile::tempdir().unwrap();
    std::fs::write(empty.path().join("README"), "no certificate").unwrap();
    let mut probe = https(address, &[theirs.file(), ours.file(), empty.path().join("gone.pem")]);
    let Protocol::Https { stores, .. } = &mut probe.protocol else { unreachable!() };
    stores.push(TrustStore::Directory(ours.file().parent().unwrap().to_owned()));
    stores.push(TrustStore::Directory(empty.path().to_owned()));
    let verdicts = one(&probe).tls.unwrap().value.verdicts;
    assert_eq!(problem(&verdicts[0]), Some(TrustProblem::UnknownIssuer));
    assert!(matches!(&verdicts[1], TrustVerdict::Accepted { .. }), "{verdicts:?}");
    assert!(matches!(&verdicts[2], TrustVerdict::NoStore(text) if text.contains("No such file")), "{verdicts:?}");
    assert!(matches!(&verdicts[3], TrustVerdict::Accepted { .. }), "{verdicts:?}");
    assert_eq!(verdicts[4], TrustVerdict::NoStore("holds no certificate".into()));
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_apart() {
    let authority = Authority::new("Amazon");
    let cases = [
        ("127.0.0.1", (2020, 2021), TrustProblem::Expired, true),
        ("127.0.0.1", (2090, 2100), TrustProblem::NotYetValid, true),
        ("captive-portal.example", (2020, 2100), TrustProblem::WrongName, false),
    ];
    for (name, years, expected, name_matches) in cases {
        let (address, _) = servers::https(authority.leaf(name, years, BOTH), servers::UNAUTHORIZED);
        let found = one(&https(address, &[authority.file()]));
        let tls = found.tls.unwrap().value;
        assert_eq!(problem(&tls.verdicts[0]), Some(expected), "{:?}", tls.verdicts);
        assert_eq!((tls.result, tls.name_matches), (Ok(()), name_matches));
        // The certificate is for the checks to judge; the answer behind it is still seen.
        assert_eq!(found.http.unwrap().value.unwrap().status, 401);
    }
}

#[test]
fn a_certificate_that_vouches_for_itself_is_trusted_where_it_stands_in_the_store() {
    let mut params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let own = params.self_signed(&key).unwrap();
    let private = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(BOTH)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], private)
        .unwrap();
    let (address, _) = servers::https(Arc::new(config), servers::UNAUTHORIZED);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.pem");
    std::fs::write(&file, own.pem()).unwrap();
    let verdicts = one(&https(address, &[file, Authority::new("Amazon").file()])).tls.unwrap().value.verdicts;
    assert!(matches!(&verdicts[0], TrustVerdict::Accepted { .. }), "{verdicts:?}");
    assert_eq!(problem(&verdicts[1]), Some(TrustProblem::UnknownIssuer));
}

#[test]
fn an_older_version_is_spoken_and_named() {
    let authority = Authority::new("Amazon");
    let old = authority.leaf("127.0.0.1", (2020, 2100), &[&version::TLS12]);
    let (address, _) = servers::https(old, servers::UNAUTHORIZED);
    assert_eq!(one(&https(address, &[])).tls.unwrap().value.version.as_deref(), Some("TLSv1.2"));
}

#[test]
fn what_is_no_tls_is_told_apart() {
    // An alert `protocol_version` (RFC 8446, section 6): level fatal, description 70.
    let alert = servers::says(&[21, 3, 3, 0, 2, 2, 70]);
    let http = servers::says(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let closed = servers::raw(servers::linger);
    let found = probe(&[https(alert, &[]), https(http, &[]), https(closed, &[])], PATIENCE);
    let tls: Vec<_> = found.into_iter().map(|found| found.tls.unwrap().value).collect();
    assert!(tls[0].alert && tls[0].result.is_err(), "{:?}", tls[0]);
    let kinds: Vec<_> = tls.iter().map(|tls| tls.result.clone().unwrap_err().kind).collect();
    assert_eq!(kinds, [NetErrorKind::Other, NetErrorKind::NotThatProtocol, NetErrorKind::Closed]);
    assert!(!tls[1].alert && !tls[2].alert);
}

#[test]
fn what_comes_instead_of_an_answer_is_told_apart() {
    let authority = Authority::new("Amazon");
    let kind = |answer| {
        let (address, _) = servers::https(authority.server(), answer);
        one(&https(address, &[])).http.unwrap().value.map_err(|error| error.kind)
    };
    assert_eq!(kind(""), Err(NetErrorKind::Closed));
    assert_eq!(kind("HTTP/1.1 2"), Err(NetErrorKind::Closed));
    assert_eq!(kind("220 mail.example ESMTP\r\n"), Err(NetErrorKind::NotThatProtocol));
    let broken = kind("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").unwrap();
    assert_eq!((broken.status, broken.body.as_slice()), (200, b"half".as_slice()));
    assert!(broken.broken_off.is_some());
    let whole = kind(
        "HTTP/1.1 302 Found\r\nLocation: https://login.example/\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
    );
    let whole = whole.unwrap();
    assert_eq!((whole.status, whole.body.as_slice(), whole.broken_off.clone()), (302, b"body".as_slice(), None));
    assert_eq!(whole.header("location"), Some("https://login.example/"));
}

#[test]
fn a_large_body_is_cut_and_an_endless_one_ends() {
    let authority = Authority::new("Amazon");
    let config = authority.server();
    let endless = servers::raw(move |stream| {
        let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        servers::head(&mut tls);
        let _ = tls.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while tls.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let answer = one(&https(endless, &[])).http.unwrap().value.unwrap();
    assert_eq!((answer.body.len(), answer.broken_off), (16 * 1024, None));
}

/// Where the child of the next test finds the server.
const ADDRESS: &str = "CC_DOCTOR_TEST_ADDRESS";

#[test]
fn the_systems_store_is_the_one_that_the_environment_names() {
    if let Ok(address) = std::env::var(ADDRESS) {
        let mut probe = https(address.parse().unwrap(), &[]);
        let Protocol::Https { stores, .. } = &mut probe.protocol else { unreachable!() };
        stores.push(TrustStore::System);
        println!("{:?}", one(&probe).tls.unwrap().value.verdicts);
        return;
    }
    let (ours, theirs) = (Authority::new("Amazon"), Authority::new("ExampleCorp"));
    let (address, _) = servers::https(ours.server(), servers::UNAUTHORIZED);
    // The environment of a process cannot be changed safely: another process has another one.
    let judged_with = |file: &std::path::Path| {
        let module = module_path!().split_once("::").unwrap().1;
        let own = format!("{module}::the_systems_store_is_the_one_that_the_environment_names");
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "--nocapture", &own]).env(ADDRESS, address.to_string());
        let output = child.env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let accepted = judged_with(&ours.file());
    assert!(accepted.contains("[Accepted { root: Some("), "{accepted}");
    let refused = judged_with(&theirs.file());
    assert!(refused.contains("problem: UnknownIssuer"), "{refused}");
    let unreadable = judged_with(&ours.file().with_file_name("gone"));
    assert!(unreadable.contains("[NoStore("), "{unreadable}");
}

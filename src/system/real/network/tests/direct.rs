//! Names and connections.

use std::net::{IpAddr, Ipv4Addr};

use super::*;
use crate::system::net::NetErrorKind;
use crate::system::real::network::tcp::Race;

fn race(addresses: &[[u8; 4]], port: u16) -> Vec<crate::system::net::Attempt> {
    let addresses: Vec<IpAddr> = addresses.iter().map(|octets| Ipv4Addr::from(*octets).into()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut race = Race::start(&addresses, port, Duration::from_millis(400));
        let _stream = race.first().await;
        race.finish().await
    })
}

#[test]
fn a_closed_port_refuses_and_nothing_is_tried_behind_it() {
    let address = servers::nobody();
    let found = one(&https(address, &[]));
    assert_eq!(found.dns.unwrap().value, Ok(vec![address.ip()]));
    let attempts = found.tcp.unwrap().value;
    assert_eq!(attempts.len(), 1);
    let error = attempts[0].result.clone().unwrap_err();
    assert_eq!((attempts[0].address, error.kind), (address, NetErrorKind::Refused));
    assert_eq!(error.text, "Connection refused");
    assert_eq!((found.tls, found.http, found.ssh, found.proxy), (None, None, None, None));
}

#[test]
fn a_name_is_resolved_by_the_system() {
    let address = servers::says(b"SSH-2.0-x\r\n");
    let found = one(&Probe { host: "localhost".into(), ..ssh(address) });
    let names = found.dns.unwrap().value.unwrap();
    assert!(names.contains(&address.ip()), "{names:?}");
    let attempts = found.tcp.unwrap().value;
    assert_eq!(attempts.len(), names.len());
    assert!(attempts.iter().any(|attempt| attempt.address == address && attempt.result.is_ok()));
}

#[cfg(target_os = "linux")] // all of 127.0.0.0/8 is loopback there
#[test]
fn an_address_that_is_dead_beside_one_that_lives_is_seen() {
    let port = servers::silent().port();
    let attempts = race(&[[127, 0, 0, 9], [127, 0, 0, 1]], port);
    assert_eq!(attempts[0].result.clone().unwrap_err().kind, NetErrorKind::Refused);
    assert_eq!(attempts[1].result, Ok(()));
}

#[cfg(target_os = "linux")] // a full backlog drops what comes next
#[test]
fn who_does_not_answer_is_not_waited_for() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let socket = {
        let _inside = runtime.enter();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.listen(0).unwrap()
    };
    let full = socket.local_addr().unwrap();
    let _waiting: Vec<_> =
        (0..3).map(|_| std::net::TcpStream::connect_timeout(&full, Duration::from_millis(100))).collect();
    let attempts = race(&[[127, 0, 0, 1]], full.port());
    let error = attempts[0].result.clone().unwrap_err();
    assert_eq!((error.kind, error.text.as_str()), (NetErrorKind::TimedOut, "no answer within 400 ms"));
}

#[test]
fn no_more_than_eight_addresses_are_tried() {
    let addresses = [[127, 0, 0, 1]; 12];
    assert_eq!(race(&addresses, servers::nobody().port()).len(), 8);
}

#[test]
fn equal_probes_are_done_once_and_answered_twice() {
    let (address, count) = servers::counted(servers::linger);
    let other = servers::nobody();
    let found = probe(&[ssh(address), ssh(other), ssh(address)], PATIENCE);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0], found[2]);
    assert_ne!(found[0], found[1]);
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!(probe(&[], PATIENCE), Vec::new());
}

//! How long it takes.

use std::time::Instant;

use super::pki::Authority;
use super::*;
use crate::system::net::NetErrorKind;
use crate::system::real::network::within;

#[test]
fn silence_costs_one_rung_however_many_are_silent() {
    let limit = Duration::from_secs(2);
    let begun = Instant::now();
    let found = probe(&[https(servers::silent(), &[]), ssh(servers::silent()), ssh(servers::silent())], limit);
    assert!(begun.elapsed() < limit + Duration::from_secs(3), "{:?}", begun.elapsed());
    let tls = found[0].tls.clone().unwrap().value.result.unwrap_err();
    assert_eq!(tls.kind, NetErrorKind::TimedOut);
    for found in &found[1..] {
        let ssh = found.ssh.clone().unwrap().value;
        assert_eq!((ssh.result.unwrap_err().kind, ssh.banner, ssh.offer), (NetErrorKind::TimedOut, None, None));
    }
}

#[test]
fn a_rung_ends_after_five_seconds_although_more_is_left() {
    let begun = Instant::now();
    let found = one(&ssh(servers::silent())).ssh.unwrap();
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(4) && took < Duration::from_secs(10), "{took:?}");
    assert_eq!(found.value.result.unwrap_err().text, "no answer within 5 s");
}

#[test]
fn without_time_nothing_is_begun() {
    let begun = Instant::now();
    assert_eq!(probe(&[ssh(servers::silent())], Duration::ZERO), [Probed::default()]);
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn thirty_endpoints_take_hardly_longer_than_one() {
    // Each server takes its time to answer, as the other side of the world does.
    let slow = |_: usize| {
        servers::raw(|stream| {
            std::thread::sleep(Duration::from_millis(700));
            servers::linger(stream);
        })
    };
    let probes: Vec<Probe> = (0..30).map(slow).map(ssh).collect();
    let begun = Instant::now();
    let found = probe(&probes, PATIENCE);
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
    assert!(found.iter().all(|found| {
        let kind = found.ssh.clone().unwrap().value.result.unwrap_err().kind;
        kind == NetErrorKind::Closed
    }));
}

#[test]
fn a_healthy_run_is_not_held_up() {
    let authority = Authority::new("Amazon");
    let (address, _) = servers::https(authority.server(), servers::UNAUTHORIZED);
    let begun = Instant::now();
    assert!(one(&https(address, &[authority.file()])).http.unwrap().value.is_ok());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn work_that_panics_is_told_from_work_that_takes_too_long() {
    let failed = within(PATIENCE, async { panic!("as it should") }).map(|(): ()| ()).unwrap_err();
    assert_eq!(failed.kind, NetErrorKind::Other);
    let late = within(Duration::from_millis(50), std::future::pending::<()>()).unwrap_err();
    assert_eq!((late.kind, late.text.as_str()), (NetErrorKind::TimedOut, "no answer within 50 ms"));
}

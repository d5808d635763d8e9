//! Probes as facts, on a machine in memory.

use std::net::SocketAddr;
use std::time::Duration;

use crate::check::regions::RegionTable;
use crate::collect::{self, Context, Live, Needs};
use crate::fact::network::TargetNetwork;
use crate::fact::{Fact, Run};
use crate::system::Platform;
use crate::system::fake::FakeSystem;
use crate::system::net::{
    Attempt, Certificate, DnsError, HttpResponse, NetError, NetErrorKind, Probed, ProxyAnswer, SshAnswer, SshOffer,
    Timed, TlsAnswer, TrustProblem, TrustVerdict,
};

const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";
const HTTPS: &str = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
const SSH: &str = "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
/// 2027-01-15T08:00:00Z, the time of the fake machine.
const NOW: i64 = 1_800_000_000;

fn timed<T>(value: T) -> Option<Timed<T>> {
    Some(Timed { value, took: Duration::from_millis(7) })
}

fn error(kind: NetErrorKind) -> NetError {
    NetError { kind, text: "in the system's words".into() }
}

fn attempt(address: &str, result: Result<(), NetErrorKind>) -> Attempt {
    let address: SocketAddr = address.parse().unwrap();
    Attempt { address, result: result.map_err(error), took: Duration::from_millis(7) }
}

fn found(addresses: &[&str]) -> Probed {
    Probed { dns: timed(Ok(addresses.iter().map(|a| a.parse().unwrap()).collect())), ..Probed::default() }
}

/// What is said of the network to the only target.
fn seen(system: FakeSystem, url: &str) -> Fact<TargetNetwork> {
    let regions = RegionTable::embedded().unwrap();
    let urls = [url.to_owned()];
    let live = Live { on: true, ..Live::default() };
    let context = Context { system: &system, regions: &regions, region: None, profile: None, urls: &urls, live };
    collect::gather(&context, Run::default(), Needs::ALL).targets.remove(0).network
}

fn known(system: FakeSystem, url: &str) -> TargetNetwork {
    match seen(system, url) {
        Fact::Known(network) => network,
        other => panic!("{other:?}"),
    }
}

fn machine() -> FakeSystem {
    FakeSystem::new(Platform::Linux)
}

#[test]
fn a_name_that_is_not_found_ends_the_ladder() {
    let probed =
        Probed { dns: timed(Err(DnsError::NotFound("Name or service not known".into()))), ..Probed::default() };
    let network = known(machine().probed(HOST, 443, probed), HTTPS);
    assert_eq!((network.host.0.as_str(), network.port, network.route.kind.0.as_str()), (HOST, 443, "direct"));
    assert_eq!(network.stopped_at.as_deref(), Some("dns"));
    let dns = network.dns.known().unwrap();
    assert_eq!((dns.outcome.0.as_str(), dns.error.as_deref()), ("not-found", Some("Name or service not known")));
    assert_eq!((network.tcp, network.tls, network.http), (Fact::Absent, Fact::Absent, Fact::Absent));
}

#[test]
fn a_port_is_reached_when_one_address_answers() {
    let try_these = |attempts: Vec<Attempt>| {
        let probed = Probed { tcp: timed(attempts), ..found(&["10.0.0.7", "10.0.0.8"]) };
        known(machine().probed(HOST, 443, probed), HTTPS)
    };
    let half = try_these(vec![attempt("10.0.0.7:443", Err(NetErrorKind::TimedOut)), attempt("10.0.0.8:443", Ok(()))]);
    let tcp = half.tcp.known().unwrap();
    assert_eq!((tcp.outcome.0.as_str(), tcp.partly, half.stopped_at.as_deref()), ("connected", true, None));
    assert!(half.dns.known().unwrap().all_private);
    let no_way_by_ipv6 = try_these(vec![
        attempt("[2600:1f18::1]:443", Err(NetErrorKind::Unreachable)),
        attempt("52.94.1.1:443", Ok(())),
    ]);
    assert!(!no_way_by_ipv6.tcp.known().unwrap().partly);
    let none = try_these(vec![
        attempt("10.0.0.7:443", Err(NetErrorKind::Refused)),
        attempt("10.0.0.8:443", Err(NetErrorKind::TimedOut)),
    ]);
    let tcp = none.tcp.known().unwrap();
    assert_eq!((tcp.outcome.0.as_str(), none.stopped_at.as_deref()), ("refused", Some("tcp")));
    assert_eq!(tcp.attempts[1].outcome.0, "timed-out");
    // The port stands in `network.port`.
    assert_eq!(tcp.attempts[1].address.0, "10.0.0.8");
    assert_eq!(no_way_by_ipv6.tcp.known().unwrap().attempts[0].address.0, "2600:1f18::1");
}

#[test]
fn behind_a_proxy_the_proxy_is_looked_at() {
    let answer = |result: Result<(), NetError>, status, reached| {
        let challenge = Some("Basic realm=\"corp\"".to_owned());
        let proxy = timed(ProxyAnswer { result, status, challenge, reached });
        let system = machine().env_var("https_proxy", "http://dev:hunter2@proxy.corp.example:3128");
        known(system.probed(HOST, 443, Probed { proxy, ..Probed::default() }), HTTPS)
    };
    let network = answer(Err(error(NetErrorKind::Other)), Some(407), true);
    let proxy = network.proxy.known().unwrap();
    assert_eq!((proxy.host.0.as_str(), proxy.port, proxy.has_login), ("proxy.corp.example", 3128, true));
    assert_eq!((proxy.outcome.0.as_str(), proxy.status), ("login-required", Some(407)));
    assert_eq!((network.route.kind.0.as_str(), network.stopped_at.as_deref()), ("http-proxy", Some("proxy")));
    assert_eq!(network.route.source.unwrap().variable.unwrap().0, "https_proxy");
    assert!(!network.route.proxy.unwrap().0.contains("hunter2"));
    assert_eq!((network.dns, network.tcp), (Fact::Absent, Fact::Absent), "the proxy does that");
    for (result, status, reached, wanted) in [
        (Ok(()), Some(200), true, "connected"),
        (Err(error(NetErrorKind::Other)), Some(403), true, "forbidden"),
        (Err(error(NetErrorKind::Other)), Some(502), true, "rejected"),
        (Err(error(NetErrorKind::TimedOut)), None, true, "no-answer"),
        (Err(error(NetErrorKind::TimedOut)), None, false, "timed-out"),
        (Err(error(NetErrorKind::Refused)), None, false, "refused"),
        (Err(error(NetErrorKind::NameNotFound)), None, false, "not-found"),
        (Err(error(NetErrorKind::NotThatProtocol)), None, true, "not-a-proxy"),
    ] {
        assert_eq!(answer(result, status, reached).proxy.known().unwrap().outcome.0, wanted);
    }
}

#[test]
fn a_certificate_is_judged_for_each_client() {
    let leaf = Certificate {
        subject: format!("CN={HOST}"),
        issuer: "O=Corp Inspection,CN=Corp CA".into(),
        issuer_organization: Some("Corp Inspection".into()),
        names: vec![HOST.into()],
        not_before: NOW - 100,
        not_after: NOW - 1,
    };
    let refused = TrustVerdict::Refused { problem: TrustProblem::UnknownIssuer, text: "UnknownIssuer".into() };
    let answer = TlsAnswer {
        result: Ok(()),
        alert: false,
        version: Some("TLSv1.3".into()),
        chain: vec![leaf],
        name_matches: true,
        verdicts: vec![TrustVerdict::Accepted { root: None }, refused],
    };
    let system = machine()
        .env_var("AWS_CA_BUNDLE", "/etc/corp.pem")
        .env_var("GIT_SSL_CAINFO", "/etc/git.pem")
        .file("/home/dev/.gitconfig", "[credential]\n\thelper = !aws codecommit credential-helper $@\n");
    let network = known(system.probed(HOST, 443, Probed { tls: timed(answer), ..Probed::default() }), HTTPS);
    let tls = network.tls.known().unwrap();
    assert_eq!((tls.outcome.0.as_str(), tls.issued_by_amazon, tls.outside_validity), ("done", false, true));
    assert_eq!(tls.git_accepts, Some(true));
    let clients: Vec<_> = tls.clients.iter().map(|c| (c.client.0.as_str(), c.store.as_deref(), c.accepts)).collect();
    assert_eq!(clients, [("git", Some("/etc/git.pem"), Some(true)), ("aws-cli", Some("/etc/corp.pem"), Some(false))]);
    assert_eq!(tls.clients[1].problem.as_deref(), Some("unknown-issuer"));
}

#[test]
fn an_http_answer_tells_who_speaks_and_what_time_it_is() {
    let answer = |status, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = HttpResponse { status, headers, ..HttpResponse::default() };
        let probed = Probed { http: timed(Ok(response)), ..Probed::default() };
        known(machine().probed(HOST, 443, probed), HTTPS).http.known().unwrap().clone()
    };
    let codecommit = answer(
        401,
        &[
            ("www-authenticate", "Basic realm=\"AWS CodeCommit\""),
            ("x-amzn-requestid", "1"),
            ("date", "Fri, 15 Jan 2027 07:50:00 GMT"),
        ],
    );
    assert_eq!((codecommit.status, codecommit.challenge.as_deref()), (Some(401), Some("basic")));
    assert!(codecommit.from_aws && !codecommit.is_html);
    assert_eq!((codecommit.date, codecommit.clock_ahead_seconds), (Some(NOW - 600), Some(600)));
    let portal =
        answer(302, &[("location", "https://portal.hotel.example/login"), ("content-type", "text/HTML; charset=x")]);
    assert_eq!(portal.location_host.as_deref(), Some("portal.hotel.example"));
    assert!(portal.is_html && !portal.from_aws && portal.date.is_none());
}

#[test]
fn a_host_key_is_compared_with_what_is_published_and_known() {
    let region = RegionTable::embedded().unwrap();
    let published = region.by_name("us-east-1").unwrap().ssh_fingerprints.sha256.clone().unwrap();
    let blob = data_encoding::BASE64.decode(US_EAST_1.as_bytes()).unwrap();
    let see = |known_hosts: &str, key: &[u8]| {
        let answer = SshAnswer {
            result: Ok(()),
            no_common: false,
            banner: Some("SSH-2.0-AWSCodeCommit".into()),
            offer: Some(SshOffer { host_key: vec!["ssh-rsa".into()], ..SshOffer::default() }),
            host_key: Some(key.to_vec()),
        };
        let system = machine().file("/home/dev/.ssh/known_hosts", known_hosts);
        let probed = Probed { ssh: timed(answer), ..found(&["52.94.1.1"]) };
        known(system.probed(HOST, 22, probed), SSH).ssh.known().unwrap().clone()
    };
    let line = format!("{HOST} ssh-rsa {US_EAST_1}\n");
    let handshake = see(&line, &blob);
    let key = handshake.host_key.unwrap();
    assert_eq!((key.key_type.0.as_str(), &key.sha256.0, key.matches_published), ("rsa", &published, Some(true)));
    assert_eq!((key.region_of_key.as_deref(), key.in_known_hosts.as_deref()), (Some("us-east-1"), Some("known")));
    assert_eq!(handshake.algorithms.unwrap().host_key.server.0, "ssh-rsa");
    let known_hosts = |text: &str| see(text, &blob).host_key.unwrap().in_known_hosts.unwrap().0;
    assert_eq!(known_hosts(""), "unknown");
    assert_eq!(known_hosts(&format!("@revoked {line}")), "revoked");
    // A line that was broken in two while it was copied; ssh passes over both halves.
    assert_eq!(known_hosts(&line.replacen(&US_EAST_1[100..], "", 1)), "unknown");
    let mut other = blob.clone();
    *other.last_mut().unwrap() ^= 1;
    let key = see(&line, &other).host_key.unwrap();
    assert_eq!((key.matches_published, key.in_known_hosts.as_deref()), (Some(false), Some("changed")));
    assert_eq!(key.region_of_key, None);
}

/// The key of git-codecommit.us-east-1.amazonaws.com; its fingerprint is the one that AWS publishes.
const US_EAST_1: &str = "AAAAB3NzaC1yc2EAAAADAQABAAABAQCdut7aOM5Zh16OJ+GOP75O7x5oyHKAiA1ieuySetj/hAq4VrAuZV5R2TypZJcKBaripOtTc/Sr0FOU4YvxUla40PPH8N1lbDp6Pnc4BexKsrt2kz++TqIKx5FHmUQV3mit16kxRwHey3dv030+qXBDo3WPQjm2+JLoq0XcadpnCAMCd3ChaBnDRM+51GZbuEFilpZsxUchUzl0gseC+shYOBd7TqxTlIhj/56d/YF1kq7RMZYrwBnyYdVhpLeUJCeYjyx/O6FPSezNTLiinz5jjioWZATgn+G8feL/hIsk8g+7JoIcb2muUlymdxs+8l2lS+8MXqT0q9ohT+Knhb2j";

#[test]
fn nothing_is_sent_to_a_host_that_is_none_of_codecommits() {
    let foreign = "https://git-codecommit.us-east-1.amazonaws.com.evil.example/v1/repos/demo";
    assert!(matches!(seen(machine(), foreign), Fact::Unavailable(reason) if reason.contains("no endpoint")));
}

#[test]
fn through_a_program_of_ssh_nothing_is_probed() {
    let system = machine().file("/home/dev/.ssh/config", "Host *\n  ProxyCommand corkscrew proxy 80 %h %p\n");
    let network = known(system.probed(HOST, 22, found(&["10.0.0.7"])), SSH);
    assert_eq!((network.route.kind.0.as_str(), network.dns), ("proxy-command", Fact::Absent));
    assert_eq!(network.route.source.unwrap().line, Some(2));
}

//! How far a connection to the endpoint of each target gets.
//!
//! The endpoint and the way to it are those of the client that git would use; the probes themselves log in nowhere.

use super::derive::Planned;
use super::live::Tries;
use crate::fact::Fact;
use crate::fact::network::TargetNetwork;
use crate::system::net::{Probe, Probed};

mod http;
mod ladder;
mod route;
mod ssh;
#[cfg(test)]
mod tests;
mod tls;

/// One endpoint, how to get there, and for whom the certificate is judged.
struct Endpoint {
    probe: Probe,
    route: crate::fact::network::Route,
    clients: Vec<tls::Client>,
}

impl Endpoint {
    /// Whether the way there can be climbed without running a program of the user.
    fn is_probed(&self) -> bool {
        !self.route.kind.starts_with("proxy-")
    }
}

/// One answer for each target, in order; every distinct endpoint is probed once, all at the same time.
pub fn collect(tries: &Tries<'_>, planned: &[&mut Planned]) -> Vec<Fact<TargetNetwork>> {
    let endpoints: Vec<Result<Endpoint, String>> = planned.iter().map(|planned| endpoint(tries, planned)).collect();
    let mut distinct: Vec<Probe> = Vec::new();
    for endpoint in endpoints.iter().flatten() {
        if endpoint.is_probed() && !distinct.contains(&endpoint.probe) {
            distinct.push(endpoint.probe.clone());
        }
    }
    let answers = tries.context.system.probe(&distinct);
    let answer = |probe: &Probe| distinct.iter().position(|own| own == probe).and_then(|at| answers.get(at));
    let fact = |(planned, endpoint): (&&mut Planned, Result<Endpoint, String>)| match endpoint {
        Err(reason) => Fact::Unavailable(reason),
        Ok(endpoint) if !endpoint.is_probed() => Fact::Known(ladder::not_climbed(&endpoint)),
        Ok(endpoint) => match answer(&endpoint.probe).filter(|probed| **probed != Probed::default()) {
            Some(probed) => Fact::Known(ladder::climbed(tries, planned, &endpoint, probed)),
            None => Fact::Unavailable("there was no answer before the end of the run".into()),
        },
    };
    planned.iter().zip(endpoints).map(fact).collect()
}

/// Whether something stands between the client of a target and its host, whether it can be probed or not.
pub fn is_proxied(tries: &Tries<'_>, planned: &Planned) -> bool {
    match &*planned.target.transport.0 {
        "ssh" => planned.target.ssh.known().is_some_and(ssh::is_proxied),
        _ => http::is_proxied(tries, planned),
    }
}

/// Nothing is sent to a host that is no endpoint of CodeCommit.
const FOREIGN: &str = "the host is no endpoint of CodeCommit, so nothing is sent to it";

/// Where the client of a target connects to; the error says why nothing is probed.
fn endpoint(tries: &Tries<'_>, planned: &Planned) -> Result<Endpoint, String> {
    match &*planned.target.transport.0 {
        "ssh" => ssh::endpoint(tries, planned),
        _ => http::endpoint(tries, planned),
    }
}

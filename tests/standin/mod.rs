//! A stand-in of CodeCommit on loopback: SSH and HTTPS of some regions, the few API calls, and a CONNECT proxy through
//! which the real names lead there. It needs no rights, and opens no connection to anything but itself.
//!
//! ```text
//! git, ssh ──(ssh config: HostName, Port, HostKeyAlias)──▶ ssh      ─▶ git upload-pack
//! git, aws ──(https_proxy)──▶ proxy ─▶ https ─▶ git_http            ─▶ git http-backend
//!                                            └▶ api ─▶ api_login    ─▶ api_sts, api_iam, api_codecommit
//! aws ───────(AWS_ENDPOINT_URL)──────────────▶ api
//! ```
//!
//! `world` holds who and what exists, `switches` what is wrong, `records` what was seen.

#![allow(dead_code, reason = "each program of tests uses a part of it")]

mod api;
mod api_codecommit;
mod api_iam;
mod api_login;
mod api_sts;
pub(crate) mod clock;
mod gate;
mod git_http;
pub(crate) mod hosts;
mod https;
pub(crate) mod keys;
mod pki;
mod proxy;
pub(crate) mod records;
mod repository;
mod shared;
pub(crate) mod sigv4;
mod ssh;
mod ssh_command;
pub(crate) mod switches;
pub(crate) mod world;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use gate::{Gate, Serve};
use https::Site;
use keys::HostKey;
use pki::Pki;
use records::Record;
use shared::{Endpoint, Shared};
use switches::{Faults, Port, Switches};
use world::{ACCOUNT, IamUser, Repository, World};

/// A running stand-in; dropped, everything is closed.
pub(crate) struct Standin {
    shared: Arc<Shared>,
    gates: Vec<Door>,
    runtime: Option<Runtime>,
    folder: TempDir,
}

/// A port, what it serves, and which switch it obeys.
struct Door {
    gate: Gate,
    serve: Serve,
    switch: fn(&Switches, region: &str) -> Port,
    region: String,
}

impl Standin {
    /// With the regions us-east-1 and eu-west-1.
    pub(crate) fn start() -> Self {
        Self::with_regions(&["us-east-1", "eu-west-1"])
    }

    /// With these regions. There are two host keys, which neighbours in the list do not share.
    pub(crate) fn with_regions(regions: &[&str]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let inside = runtime.enter();
        let folder = tempfile::tempdir().expect("a temporary directory");
        let pki = Pki::new(&hosts::all(regions));
        std::fs::write(folder.path().join("ca.pem"), &pki.ca).expect("a file");
        let ports: Vec<Gate> = (0..regions.len() * 2 + 3).map(|_| Gate::new()).collect();
        let endpoint = |(number, name): (usize, &&str)| Endpoint {
            name: (*name).to_owned(),
            ssh_port: ports[number * 2 + 3].number(),
            https_port: ports[number * 2 + 4].number(),
        };
        let endpoints = regions.iter().enumerate().map(endpoint).collect();
        let shared = Arc::new(Shared::new(endpoints, (ports[0].number(), ports[1].number()), pki));
        let gates = doors(&shared, ports);
        drop(inside);
        let mut standin = Self { shared, gates, runtime: Some(runtime), folder };
        standin.obey();
        standin
    }

    /// Opens, closes and blocks ports as the switches say.
    fn obey(&mut self) {
        let switches = self.shared.switches();
        let Some(runtime) = &self.runtime else { return };
        runtime.block_on(async {
            for door in &mut self.gates {
                door.gate.turn((door.switch)(&switches, &door.region), &door.serve).await;
            }
        });
    }

    /// Changes switches; in effect when this returns.
    pub(crate) fn switch(&mut self, change: impl FnOnce(&mut Switches)) {
        self.shared.switch(change);
        self.obey();
    }

    /// Changes the switches of all regions.
    pub(crate) fn set(&mut self, change: impl Fn(&mut Faults)) {
        let names: Vec<String> = self.shared.regions.iter().map(|region| region.name.clone()).collect();
        self.switch(|switches| names.into_iter().for_each(|name| change(switches.regions.entry(name).or_default())));
    }

    /// Changes the switches of one region.
    pub(crate) fn set_in(&mut self, region: &str, change: impl FnOnce(&mut Faults)) {
        self.switch(|switches| change(switches.regions.entry(region.to_owned()).or_default()));
    }

    /// Heals everything, and forgets what was seen.
    pub(crate) fn reset(&mut self) {
        self.switch(|switches| *switches = Switches::default());
        self.shared.records(true);
    }

    /// Adds a user or a role.
    pub(crate) fn add_user(&self, user: IamUser) {
        self.with_world(|world| world.users.push(user));
    }

    /// Adds a repository with one commit on `main`, in this region and the usual account; returns its directory.
    pub(crate) fn add_repository(&self, region: &str, name: &str) -> PathBuf {
        self.add_repository_of(ACCOUNT, region, name)
    }

    /// Adds a repository of another account.
    pub(crate) fn add_repository_of(&self, account: &str, region: &str, name: &str) -> PathBuf {
        let path = self.folder.path().join("repositories").join(account).join(region).join(format!("{name}.git"));
        repository::make(&path);
        let (region, account, name) = (region.to_owned(), account.to_owned(), name.to_owned());
        let added = Repository { region, account, name, path: path.clone() };
        self.with_world(|world| world.repositories.push(added));
        path
    }

    /// Looks at, or changes, who and what exists: revokes a key, say.
    pub(crate) fn with_world<T>(&self, use_it: impl FnOnce(&mut World) -> T) -> T {
        self.shared.with_world(use_it)
    }

    /// What was seen since the start or the last reset, oldest first.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.shared.records(false)
    }

    /// The endpoints of a region.
    pub(crate) fn region(&self, name: &str) -> Region<'_> {
        let number = self.shared.regions.iter().position(|region| region.name == name);
        let number = number.expect("a region of the stand-in");
        Region { endpoint: &self.shared.regions[number], key: keys::of_region(number) }
    }

    /// The file with the CA to trust.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// For `https_proxy`, without a login.
    pub(crate) fn proxy_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.gates[2].gate.number())
    }

    /// For `AWS_ENDPOINT_URL`.
    pub(crate) fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.shared.api_ports.1)
    }

    /// For `ProxyCommand` of ssh: a tunnel through the proxy (needs python3).
    pub(crate) fn proxy_command(&self) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/standin/connect.py");
        format!("python3 '{}' {} %h %p", script.display(), self.gates[2].gate.number())
    }

    /// An overlay for `--regions` with the fingerprints of the host keys.
    pub(crate) fn regions_yaml(&self) -> String {
        let mut yaml = String::from("regions:\n");
        for endpoint in &self.shared.regions {
            let region = self.region(&endpoint.name);
            let (name, host, md5, sha256) = (&endpoint.name, region.host(), region.md5(), region.sha256());
            let _ = writeln!(yaml, "  - name: {name}\n    git_host: {host}\n    ssh_fingerprints:");
            let _ = writeln!(yaml, "      md5: \"{md5}\"\n      sha256: {sha256}");
        }
        yaml
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The endpoints of a region.
pub(crate) struct Region<'a> {
    endpoint: &'a Endpoint,
    key: &'static HostKey,
}

impl Region<'_> {
    /// The host of SSH and HTTPS URLs.
    pub(crate) fn host(&self) -> String {
        hosts::git(&self.endpoint.name)
    }

    /// The port of 127.0.0.1 for SSH.
    pub(crate) fn ssh_port(&self) -> u16 {
        self.endpoint.ssh_port
    }

    /// The port of 127.0.0.1 for HTTPS.
    pub(crate) fn https_port(&self) -> u16 {
        self.endpoint.https_port
    }

    /// The line for `known_hosts`.
    pub(crate) fn known_hosts_line(&self) -> String {
        format!("{} {}\n", self.host(), self.key.public.split(' ').take(2).collect::<Vec<_>>().join(" "))
    }

    /// The lines for a block of the ssh configuration that lead there without a proxy.
    pub(crate) fn ssh_config_lines(&self) -> String {
        format!("  HostName 127.0.0.1\n  Port {}\n  HostKeyAlias {}\n", self.ssh_port(), self.host())
    }

    /// The host key's fingerprint as unpadded base64.
    pub(crate) fn sha256(&self) -> String {
        self.key.sha256()
    }

    /// The host key's fingerprint as hex with colons.
    pub(crate) fn md5(&self) -> String {
        self.key.md5()
    }
}

/// What is behind each port: the API twice, the proxy, then SSH and HTTPS of each region.
fn doors(shared: &Arc<Shared>, ports: Vec<Gate>) -> Vec<Door> {
    let mut ports = ports.into_iter();
    let mut doors = Vec::new();
    let mut add = |serve: Serve, switch, region: &str| {
        let gate = ports.next().expect("a port for each door");
        doors.push(Door { gate, serve, switch, region: region.to_owned() });
    };
    let own = Arc::clone(shared);
    let tls: Serve = Arc::new(move |stream| Box::pin(https::serve(Arc::clone(&own), Site::Api, stream)));
    add(tls, |switches, _| switches.api.https_port, "");
    let own = Arc::clone(shared);
    let plain: Serve = Arc::new(move |stream| Box::pin(https::serve_http(Arc::clone(&own), Site::Api, stream)));
    add(plain, |switches, _| switches.api.https_port, "");
    let own = Arc::clone(shared);
    let proxy: Serve = Arc::new(move |stream| Box::pin(proxy::serve(Arc::clone(&own), stream)));
    add(proxy, |switches, _| switches.proxy.port, "");
    for (number, region) in shared.regions.iter().enumerate() {
        let own = Arc::clone(shared);
        let ssh: Serve = Arc::new(move |stream| Box::pin(ssh::serve(Arc::clone(&own), number, stream)));
        add(ssh, |switches, region| switches.of(region).ssh_port, &region.name);
        let (own, site) = (Arc::clone(shared), Site::Git(region.name.clone()));
        let https: Serve = Arc::new(move |stream| Box::pin(https::serve(Arc::clone(&own), site.clone(), stream)));
        add(https, |switches, region| switches.of(region).https_port, &region.name);
    }
    doors
}

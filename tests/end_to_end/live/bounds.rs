//! How long a live run takes at most, and what it leaves behind.

use std::fs;
use std::time::Duration;

use super::desk::{Desk, verdict};
use crate::machine::{HTTPS_URL, Machine, SSH_URL};
use crate::output::text;
use crate::standin::switches::Port;

/// The 20 seconds of a run, and one in which its programs may end.
const LIMIT: Duration = Duration::from_secs(21);

/// A temporary directory of the machine's own, to see what is left in it.
fn own_temporary_directory(machine: &mut Machine) {
    let folder = machine.root().join("tmp");
    fs::create_dir(&folder).expect("a directory");
    machine.set("TMPDIR", folder);
}

#[track_caller]
fn assert_nothing_left(machine: &Machine) {
    assert_eq!(machine.left_behind(), Vec::<String>::new());
    assert_eq!(fs::read_dir(machine.root().join("tmp")).expect("a directory").count(), 0);
}

/// The same where nobody answers: less than the 15 seconds that git has for each of several targets.
const DEAD: Duration = Duration::from_secs(15);

/// Three targets in a network in which every packet is dropped.
fn dead(desk: Option<Desk>, url: &str, cause: &str) {
    let Some(mut desk) = desk else { return };
    own_temporary_directory(&mut desk.machine);
    desk.machine.aws_files();
    desk.standin.set(|faults| (faults.ssh_port, faults.https_port) = (Port::Dropped, Port::Dropped));
    desk.standin.switch(|switches| (switches.proxy.port, switches.api.https_port) = (Port::Dropped, Port::Dropped));
    let urls = [url.to_owned(), format!("{url}2"), format!("{url}3")];
    let args = ["--url", &urls[0], "--url", &urls[1], "--url", &urls[2]];
    let before = desk.machine.snapshot();
    // An unoptimized program beside other tests takes its time to start and to judge: the same without any waiting.
    let offline = desk.report(&[&args[..], &["--offline"]].concat()).elapsed;
    let report = desk.report(&args);
    assert!(report.elapsed < DEAD + 3 * offline, "{:?}, offline {offline:?}", report.elapsed);
    let targets = report.document()["targets"].as_array().cloned().unwrap_or_default();
    assert_eq!((targets.len(), report.code), (3, Some(1)));
    for target in targets {
        assert_eq!(target["verdict"], "broken");
        assert_eq!(report.cause_of(&text(&target["id"])).as_deref(), Some(cause));
    }
    assert_eq!(desk.machine.snapshot(), before);
    assert_nothing_left(&desk.machine);
}

#[test]
fn a_dead_network_over_ssh_ends() {
    dead(Desk::ssh(), SSH_URL, "network-connection-timed-out");
}

#[test]
fn a_dead_network_over_https_ends() {
    dead(Desk::helper(), HTTPS_URL, "network-proxy-unreachable");
}

#[test]
fn a_slow_server_is_waited_for() {
    for (name, desk) in [("ssh", Desk::ssh()), ("gitcred", Desk::gitcred())] {
        let Some(mut desk) = desk else { continue };
        own_temporary_directory(&mut desk.machine);
        desk.standin.set(|faults| faults.delay = Duration::from_secs(3));
        let report = desk.report(&[]);
        assert_eq!(verdict(&report), ("healthy".into(), "repository".into()), "{name}: {:?}", report.failing());
        assert!(report.elapsed > Duration::from_secs(3) && report.elapsed < LIMIT, "{name}: {:?}", report.elapsed);
        assert_nothing_left(&desk.machine);
    }
}

#[test]
fn a_run_that_is_cut_short_leaves_nothing() {
    let Some(mut desk) = Desk::helper() else { return };
    own_temporary_directory(&mut desk.machine);
    desk.standin.set(|faults| faults.https_port = Port::Silent);
    let report = desk.report(&["--timeout", "2"]);
    assert!(report.elapsed < Duration::from_secs(8), "{:?}", report.elapsed);
    assert_ne!(report.code, Some(0));
    assert_nothing_left(&desk.machine);
}

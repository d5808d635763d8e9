//! cc-doctor before a stand-in of CodeCommit on loopback, beside the `git ls-remote` of the same machine.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::num::NonZero;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;
use std::time::Duration;

use super::machine::Machine;
use super::standin::Standin;
use super::standin::records::Record;
use super::standin::world::{AccessKey, IamUser};
use super::{ROUNDS, Row, measure};

const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";
const KEY_ID: &str = "APKAQ3EGRJ5XKT7NZ2WL";
const GIT_LOGIN: (&str, &str) = ("alice-at-123456789012", "password");
const ACCESS_KEY: (&str, &str) = ("AKIAQ3EGRJ5XLBNM4ZPQ", "hT7pKq2vXw9LmZr4NcB8sYd1FgJ6aQe3UoRi5VxW");
const AWS: &str = include_str!("../../tests/end_to_end/live/aws.py");
/// What cc-doctor may take beside the connection, in seconds.
const EXTRA: f64 = 0.2;
/// The regions of the targets of [`many`].
const REGIONS: [&str; 29] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ca-central-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "sa-east-1",
];

/// Healthy machines: the time beside that of git and of an offline run, which are measured in the same rounds.
pub(crate) fn healthy(folder: &Path) -> Vec<Row> {
    let standin = Standin::start();
    standin.add_repository("us-east-1", "demo");
    let machines = [ssh(folder, &standin), gitcred(folder, &standin), helper(folder, &standin)];
    machines.iter().map(beside_git).collect()
}

/// One target beside 30 in 29 regions: the probes alone, and with a run of git for each.
pub(crate) fn many(folder: &Path) -> Vec<Row> {
    let mut standin = Standin::with_regions(&REGIONS);
    let mut urls: Vec<String> = Vec::new();
    for region in REGIONS {
        standin.add_repository(region, "demo");
        urls.push(format!("https://{}/v1/repos/demo", standin.region(region).host()));
    }
    standin.add_repository("us-east-1", "demo2");
    urls.push(format!("{}2", urls[0]));
    let processors = available_parallelism().map_or(1, NonZero::get);
    let rounds = urls.len().div_ceil(processors);
    let times = f64::from(u32::try_from(rounds).unwrap_or(u32::MAX));
    let make = |name: &str, urls: &[String]| several(folder, &standin, name, urls);
    let (one, all) = (make("one target", &urls[..1]), make("30 targets in 29 regions", &urls));
    assert!(works(&mut all.live_doctor()), "all targets are healthy");
    let judged = ratio(&all, &one, "30 targets in 29 regions: to one", times);
    for machine in [&one, &all] {
        // What a repository names as a program is not run, so that git is not run either, and the probes remain.
        machine.append("clone/.git/config", "[credential]\n\thelper = !true\n");
    }
    standin.reset();
    measure::run(&mut all.live_doctor());
    assert_eq!(met(&standin), (REGIONS.len(), false), "each endpoint is probed, and no login is sent");
    vec![ratio(&all, &one, "the probes of 30 targets: to those of one", 2.0), judged]
}

/// How many hosts were met, and whether a login was sent to one.
fn met(standin: &Standin) -> (usize, bool) {
    let (mut hosts, mut login) = (BTreeSet::new(), false);
    for record in standin.records() {
        if let Record::Git { host, user, .. } = record {
            hosts.insert(host);
            login |= user.is_some();
        }
    }
    (hosts.len(), login)
}

fn works(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// A machine that reaches the stand-in.
fn machine(folder: &Path, standin: &Standin, name: &str) -> Machine {
    let user = IamUser::new("alice").git_credential(GIT_LOGIN.0, GIT_LOGIN.1);
    standin.with_world(|world| {
        if world.users.is_empty() {
            world.users.push(user.access_key(AccessKey::new(ACCESS_KEY.0, ACCESS_KEY.1)));
        }
    });
    let mut machine = Machine::new(folder, name);
    machine.write("regions.yaml", &standin.regions_yaml());
    machine.arguments = vec!["--regions".into(), machine.root.join("regions.yaml").display().to_string()];
    machine.variables = vec![
        ("https_proxy", standin.proxy_url()),
        ("GIT_SSL_CAINFO", standin.ca_file().display().to_string()),
        ("AWS_ENDPOINT_URL", standin.api_url()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
    ];
    machine
}

fn ssh(folder: &Path, standin: &Standin) -> Machine {
    let machine = machine(folder, standin, "live over SSH");
    let files = machine.root.join("home/.ssh");
    let key = files.join("codecommit_rsa");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"]).arg(&key).status();
    assert!(made.is_ok_and(|status| status.success()), "ssh-keygen makes a key");
    let public = fs::read_to_string(key.with_extension("pub")).expect("a public key");
    standin.with_world(|world| {
        let user = world.users.pop().expect("a user").ssh_key(KEY_ID, &public);
        world.users.push(user);
    });
    let region = standin.region("us-east-1");
    let (key, route) = (key.display(), region.ssh_config_lines());
    machine.ssh(&format!("Host {HOST}\n  User {KEY_ID}\n  IdentityFile {key}\n{route}"));
    machine.write("home/.ssh/known_hosts", &region.known_hosts_line());
    machine
}

fn gitcred(folder: &Path, standin: &Standin) -> Machine {
    several(folder, standin, "live with Git credentials", &[format!("https://{HOST}/v1/repos/demo")])
}

/// With Git credentials for each of these URLs.
fn several(folder: &Path, standin: &Standin, name: &str, urls: &[String]) -> Machine {
    let machine = machine(folder, standin, name);
    machine.write("home/.gitconfig", "[credential]\n\thelper = store\n");
    let mut store = String::new();
    for host in urls.iter().filter_map(|url| url.split('/').nth(2)) {
        let _ = writeln!(store, "https://{}:{}@{host}", GIT_LOGIN.0, GIT_LOGIN.1);
    }
    machine.write("home/.git-credentials", &store);
    machine.remotes(urls.iter().cloned());
    machine
}

/// With as much of the AWS CLI as git needs.
fn helper(folder: &Path, standin: &Standin) -> Machine {
    let mut machine = machine(folder, standin, "live with the helper");
    let programs = machine.root.join("bin");
    fs::create_dir_all(&programs).expect("a directory");
    machine.write("bin/aws", AWS);
    fs::set_permissions(programs.join("aws"), fs::Permissions::from_mode(0o755)).expect("a program");
    machine.path = Some(format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default()));
    let keys = format!("aws_access_key_id = {}\naws_secret_access_key = {}\n", ACCESS_KEY.0, ACCESS_KEY.1);
    machine.write("home/.aws/credentials", &format!("[default]\n{keys}"));
    let helper = "!aws codecommit credential-helper $@";
    let section = format!("[credential \"https://{HOST}\"]\n\thelper = {helper}\n\tUseHttpPath = true\n");
    machine.write("home/.gitconfig", &section);
    machine.remotes([format!("https://{HOST}/v1/repos/demo")]);
    machine
}

/// The share of its limit, 1.5 times the larger of git and an offline run and [`EXTRA`], that a live run takes.
fn beside_git(machine: &Machine) -> Row {
    let mut git = machine.command(Path::new("git"));
    git.args(["ls-remote", "r0"]);
    assert!(works(&mut git) && works(&mut machine.live_doctor()), "{} is healthy", machine.name);
    let (mut live, mut plain, mut offline, mut shares) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        live.push(measure::run(&mut machine.live_doctor()).wall);
        plain.push(measure::run(&mut git).wall);
        offline.push(measure::run(&mut machine.doctor()).wall);
        let of_last = |times: &[Duration]| times.last().map_or(0.0, Duration::as_secs_f64);
        shares.push(of_last(&live) / (1.5 * of_last(&plain).max(of_last(&offline)) + EXTRA));
    }
    let [live, plain, offline] = [live, plain, offline].map(|times| measure::median(times).as_secs_f64());
    Row {
        case: format!("{}: {live:.2} s, git {plain:.2} s, offline {offline:.2} s", machine.name),
        measured: measure::median(shares),
        limit: 1.0,
        unit: "",
        memory: measure::peak_memory(&mut machine.live_doctor()),
    }
}

/// The time on one machine divided by that on another.
fn ratio(machine: &Machine, other: &Machine, case: &str, limit: f64) -> Row {
    let seconds = |machine: &Machine| measure::run(&mut machine.live_doctor()).wall.as_secs_f64();
    let rounds: Vec<(f64, f64)> = (0..=ROUNDS).map(|_| (seconds(machine), seconds(other))).skip(1).collect();
    let [own, others] = [rounds.iter().map(|round| round.0).collect(), rounds.iter().map(|round| round.1).collect()];
    Row {
        case: format!("{case}: {:.2} s, {:.2} s", measure::median(own), measure::median(others)),
        measured: measure::median(rounds.iter().map(|(own, other)| own / other).collect()),
        limit,
        unit: "",
        memory: measure::peak_memory(&mut machine.live_doctor()),
    }
}

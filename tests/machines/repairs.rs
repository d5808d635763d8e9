//! What the repairs of the definitions make of each machine, in memory: planned, applied, and looked at again.
//!
//! `mended.txt` lists each machine on which something is repaired: the files that change, each with the number of lines
//! that come and go, and whatever is refused.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use cc_doctor::fact::access::{AwsAnswers, IamSshKey, Judge, TargetAccess};
use cc_doctor::fact::network::{Algorithms, Negotiation, SshHandshake, TargetNetwork};
use cc_doctor::fact::target::Target;
use cc_doctor::fact::{Fact, FilePath, Login, Text, Word};
use cc_doctor::finding::{Applicability, Finding, FindingFix, Message, plain_text};
use cc_doctor::fix::change::Change;
use cc_doctor::fix::edit::known_hosts::OfferedKey;
use cc_doctor::fix::edit::{Context, Planner};
use cc_doctor::system::System;
use data_encoding::BASE64;

use crate::judge::{Examined, examine, reported};
use crate::layout::Machine;
use crate::{folder, machines, of_each};

/// What is expected of every machine.
const MENDED: &str = include_str!("mended.txt");

#[test]
fn every_repair_over_every_machine() {
    let chosen = std::env::var("MACHINE").unwrap_or_default();
    let names: Vec<String> = machines().into_iter().filter(|name| name.contains(&chosen)).collect();
    let told = of_each(&names, told);
    let wanted = MENDED.lines().filter(|line| !line.starts_with('#'));
    let wanted: BTreeSet<&str> =
        wanted.filter(|line| line.split(':').next().is_some_and(|name| name.contains(&chosen))).collect();
    let found: BTreeSet<&str> = told.iter().flat_map(|text| text.lines()).collect();
    let missing: Vec<_> = wanted.difference(&found).collect();
    let new: Vec<_> = found.difference(&wanted).collect();
    assert!(missing.is_empty() && new.is_empty(), "expected, but not so:\n{missing:#?}\nfound:\n{new:#?}");
}

#[test]
fn commands_are_those_of_this_machine_or_none() {
    for (name, check, wanted) in [
        (
            "url-api-host",
            "url-api-host",
            &["git remote set-url origin https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo-repo"][..],
        ),
        ("url-region-misspelt", "url-region-unknown", &[]),
        (
            "ssh-command-plink",
            "ssh-command-is-putty",
            &["git config --file /home/dev/.gitconfig --unset core.sshCommand"],
        ),
        ("ssh-command-env-missing", "ssh-command-missing", &[]),
        (
            "git-ca-file-gone",
            "http-ssl-ca-info-missing",
            &["git config --file /home/dev/.gitconfig --unset http.sslcainfo"],
        ),
        ("git-ca-variable-gone", "http-ssl-ca-info-missing", &[]),
        ("grc-region-is-zone", "grc-region-is-zone", &["aws configure set region us-east-1 --profile default"]),
        ("gitcred-store-unreadable", "gitcred-store-unreadable", &["chmod 600 /home/dev/.git-credentials"]),
    ] {
        let examined = examine(&Machine::load(&folder(), name).unwrap()).unwrap();
        let finding = examined.report.findings.iter().find(|finding| finding.check == check && finding.fails());
        let fix = finding.and_then(|finding| finding.fix.as_ref()).unwrap();
        let words = |command: &Vec<Message>| command.iter().map(|word| plain_text(word)).collect::<Vec<_>>().join(" ");
        assert_eq!(fix.commands.iter().map(words).collect::<Vec<_>>(), wanted, "{name}");
    }
}

const KEY_ID: &str = "APKAV4CDTKNQJ6H3WXYZ";

#[test]
fn the_key_id_that_aws_names_is_written() {
    let answers = AwsAnswers { matching_ssh_key: Fact::Known(uploaded(None)), ..AwsAnswers::default() };
    for name in ["ssh-user-iam-name", "ssh-user-line-missing", "ssh-user-access-key", "ssh-user-iam-id"] {
        let config = ssh_config_after(name, |target| refused(target, answers.clone()));
        assert_eq!(config.matches("    User ").count(), 2, "{name}: {config}");
        assert!(config.contains(&format!("    User {KEY_ID}\n")), "{name}: {config}");
    }
    for name in ["ssh-config-absent", "ssh-config-without-block"] {
        let config = ssh_config_after(name, |target| refused(target, answers.clone()));
        let block = "Host git-codecommit.us-east-1.amazonaws.com\n";
        assert!(config.contains(block) && config.contains(&format!("User {KEY_ID}\n")), "{name}: {config}");
    }
}

#[test]
fn the_key_that_aws_knows_is_named() {
    let other = uploaded(Some("/home/dev/.ssh/id_github"));
    let answers = AwsAnswers { configured_ssh_key: Fact::Known(other), ..AwsAnswers::default() };
    let config = ssh_config_after("healthy-ssh", |target| refused(target, answers.clone()));
    let block = config.split("Host git-codecommit").nth(1).unwrap();
    assert!(block.contains("    IdentityFile /home/dev/.ssh/id_github\n"), "{config}");
}

#[test]
fn an_old_server_gets_its_algorithm_for_its_host_only() {
    let old = |target: &mut Target| {
        let host_key = Negotiation { server: Text("ssh-rsa".into()), ..Negotiation::default() };
        let algorithms = Algorithms { host_key, no_common: Some(Word("host key".into())), ..Algorithms::default() };
        let outcome = Word("no-common-algorithm".into());
        let ssh = SshHandshake { outcome, algorithms: Some(algorithms), ..SshHandshake::default() };
        target.network = Fact::Known(TargetNetwork { ssh: Fact::Known(ssh), ..TargetNetwork::default() });
    };
    let healthy = ssh_config_after("healthy-ssh", |_| ());
    assert_eq!(ssh_config_after("healthy-ssh", old), format!("{healthy}    HostKeyAlgorithms +ssh-rsa\n"));
}

fn uploaded(other_file: Option<&str>) -> IamSshKey {
    let other_file = other_file.map(|path| FilePath(path.into()));
    IamSshKey { id: Login(KEY_ID.into()), active: true, other_file, ..IamSshKey::default() }
}

/// The user's git was refused, and AWS was asked.
fn refused(target: &mut Target, aws: AwsAnswers) {
    let layer = Some(Word("authentication".into()));
    let judge = Judge { outcome: Word("failed".into()), layer, ..Judge::default() };
    let access = TargetAccess { judge: Fact::Known(judge), aws: Fact::Known(aws), ..TargetAccess::default() };
    target.access = Fact::Known(access);
}

/// `~/.ssh/config` once all is repaired on a machine with these live facts.
fn ssh_config_after(name: &str, live: impl Fn(&mut Target)) -> String {
    let mut machine = Machine::load(&folder(), name).unwrap();
    let mut examined = examine(&machine).unwrap();
    examined.facts.run.live = true;
    examined.facts.targets.iter_mut().for_each(live);
    let (report, _) = reported(&examined.facts).unwrap();
    let findings: Vec<&Finding> = report.findings.iter().filter(|finding| is_mendable(finding)).collect();
    for planned in plan(&machine, &examined, &findings) {
        machine.mend(&planned.unwrap()).unwrap();
    }
    let config = machine.content(Path::new("/home/dev/.ssh/config")).unwrap_or_default();
    String::from_utf8(config.to_vec()).unwrap()
}

/// The lines of `mended.txt` about a machine; `None` where nothing is to be repaired.
fn told(name: &str) -> Option<String> {
    let mut machine = Machine::load(&folder(), name).ok()?;
    let before = examine(&machine).ok()?;
    let findings: Vec<&Finding> = before.report.findings.iter().filter(|finding| is_mendable(finding)).collect();
    if findings.is_empty() {
        return None;
    }
    let mut told = String::new();
    let mut mended = Vec::new();
    let mut changes = Vec::new();
    for (finding, planned) in findings.iter().zip(plan(&machine, &before, &findings)) {
        match planned {
            Ok(more) if more.is_empty() && mended.is_empty() => {
                let _ = writeln!(told, "{name}: {} changes nothing", finding.check);
            }
            Ok(more) => {
                mended.push(*finding);
                changes.extend(more);
            }
            Err(refusal) => {
                let _ = writeln!(told, "{name}: {} is refused: {refusal}", finding.check);
            }
        }
    }
    let files = differences(&machine, &changes);
    if let Err(error) = machine.mend(&changes) {
        let _ = writeln!(told, "{name}: {error}");
        return Some(told);
    }
    if !mended.is_empty() {
        let checks: BTreeSet<&str> = mended.iter().map(|finding| finding.check.as_str()).collect();
        let _ = writeln!(told, "{name}: {} mends {files}", checks.into_iter().collect::<Vec<_>>().join(" "));
    }
    told.push_str(&again(name, &machine, &before, &mended));
    Some(told)
}

fn is_mendable(finding: &Finding) -> bool {
    let by_us = |fix: &FindingFix| fix.applicability != Applicability::Manual && !fix.edits.is_empty();
    finding.fails() && finding.caused_by.is_empty() && finding.fix.as_ref().is_some_and(by_us)
}

fn plan(machine: &Machine, examined: &Examined, findings: &[&Finding]) -> Vec<Result<Vec<Change>, String>> {
    let system = machine.system().unwrap_or_else(|error| panic!("{error}"));
    let repository = system.current_dir().ok().and_then(|directory| system.discover_repository(&directory));
    let offered = offered(examined);
    let context =
        Context { system: &system, repository: repository.as_ref(), regions: &examined.regions, offered: &offered };
    let mut planner = Planner::new(&context);
    let edits = findings.iter().filter_map(|finding| finding.fix.as_ref()).map(|fix| fix.edits.as_slice());
    edits.map(|edits| planner.add(edits).map_err(|refusal| refusal.to_string())).collect()
}

/// The host keys that the servers show: those in the known_hosts of the healthy machine are the published ones.
fn offered(examined: &Examined) -> Vec<OfferedKey> {
    let healthy = Machine::load(&folder(), "healthy-ssh").unwrap();
    let known = healthy.content(Path::new("/home/dev/.ssh/known_hosts")).unwrap_or_default();
    let known = String::from_utf8_lossy(known).into_owned();
    let hosts = examined.facts.targets.iter().filter_map(|target| target.host.as_ref());
    hosts
        .filter_map(|host| {
            let line = known.lines().find(|line| line.starts_with(&host.0))?;
            let blob = BASE64.decode(line.split(' ').nth(2)?.as_bytes()).ok()?;
            Some(OfferedKey { host: host.0.clone(), blob })
        })
        .collect()
}

/// The files that change, below home, each with the lines that come and go.
fn differences(machine: &Machine, changes: &[Change]) -> String {
    let shown = |path: &Path| path.display().to_string().replace("/home/dev/", "~/");
    let mut last: Vec<(String, String)> = Vec::new();
    for change in changes {
        let (path, what) = match change {
            Change::Write(write) => {
                let before = machine.content(&write.path).unwrap_or_default();
                (shown(&write.path), lines(before, &write.after.0))
            }
            Change::Move { from, to, .. } => (shown(from), format!("-> {}", shown(to))),
            Change::SetMode { path, after, .. } => (shown(path), format!("{after:o}")),
            other => (other.path().map(shown).unwrap_or_default(), "made".to_owned()),
        };
        last.retain(|(known, _)| *known != path);
        last.push((path, what));
    }
    last.into_iter().map(|(path, what)| format!("{path} ({what})")).collect::<Vec<_>>().join(", ")
}

fn lines(before: &[u8], after: &[u8]) -> String {
    let (old, new) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let count = |from: &str, other: &str| {
        let mut left: Vec<&str> = other.split_inclusive('\n').collect();
        let is_new = |line: &&str| match left.iter().position(|known| known == line) {
            Some(at) => {
                left.remove(at);
                false
            }
            None => true,
        };
        from.split_inclusive('\n').filter(is_new).count()
    };
    format!("+{} -{}", count(&new, &old), count(&old, &new))
}

/// What is wrong with the repaired machine: what still fails or fails now, and what would be changed a second time.
fn again(name: &str, machine: &Machine, before: &Examined, mended: &[&Finding]) -> String {
    let mut told = String::new();
    let after = match examine(machine) {
        Ok(after) => after,
        Err(error) => return format!("{name}: {error}\n"),
    };
    let failing = |examined: &Examined| -> BTreeSet<(String, Option<String>)> {
        let failing = examined.report.findings.iter().filter(|finding| finding.fails());
        failing.map(|finding| (finding.check.clone(), finding.target.clone())).collect()
    };
    let (old, new) = (failing(before), failing(&after));
    for finding in mended.iter().filter(|finding| new.contains(&(finding.check.clone(), finding.target.clone()))) {
        let _ = writeln!(told, "{name}: {} still fails", finding.check);
    }
    for (check, _) in new.difference(&old) {
        let _ = writeln!(told, "{name}: {check} fails now");
    }
    for (finding, planned) in mended.iter().zip(plan(machine, &after, mended)) {
        if planned.is_ok_and(|changes| !changes.is_empty()) {
            let _ = writeln!(told, "{name}: {} would change something a second time", finding.check);
        }
    }
    told
}

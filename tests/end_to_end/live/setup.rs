//! Machines on which nothing is set up: what `--fix` makes of them, and that all of it can be taken back.

use std::fs;

use super::desk::{Desk, SECRET};
use crate::machine::{KEY_ID, SSH_URL, key_pair};
use crate::output::Output;
use crate::repair::{contents, of_check, statuses};
use crate::standin::records::Record;
use crate::standin::world::IamUser;

/// A machine on which ssh finds the stand-in, as it finds CodeCommit elsewhere, and whose IAM user has no key yet.
fn over_ssh() -> Option<Desk> {
    let desk = Desk::bare(SSH_URL, IamUser::new("alice"))?;
    let region = desk.standin.region("us-east-1");
    let known = desk.machine.root().join("etc/known_hosts");
    fs::write(&known, region.known_hosts_line()).expect("a file");
    let way = format!("Match all\n{}  GlobalKnownHostsFile {}\n", region.ssh_config_lines(), known.display());
    desk.machine.system_ssh_config(&way).then_some(desk)
}

/// Mends the machine so that git reaches [`Desk::url`].
fn fix(desk: &Desk, args: &[&str]) -> Output {
    desk.report(&[&["--url", desk.url, "--fix"], args].concat())
}

/// The calls that change something at AWS.
fn uploads(desk: &Desk) -> usize {
    let is_upload = |r: &Record| matches!(r, Record::Api { action, .. } if action == "iam:UploadSSHPublicKey");
    desk.standin.records().iter().filter(|record| is_upload(record)).count()
}

#[test]
fn ssh_is_set_up_from_nothing() {
    let Some(desk) = over_ssh() else { return };
    desk.machine.aws_files();
    let before = contents(&desk.machine);
    assert!(desk.git_fails());
    let fixed = fix(&desk, &["--yes"]);
    assert!(desk.git_works(), "{}\n{}", fixed.stdout(), fixed.stderr());
    assert_eq!((fixed.failing(), fixed.code), (Vec::new(), Some(0)), "{}", fixed.stdout());
    assert_eq!(uploads(&desk), 1);
}

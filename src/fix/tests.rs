//! Repairs on the fake machine and on the real one.

use super::apply::{Repair, Run};
use super::change::Change;
use super::failure::{Failure, NotApplied};
use super::guard::Bounds;
use super::refusal::{Reason, Refusal};
use crate::system::Platform;
use crate::system::fake::{FakeSystem, Shot};
use crate::system::hands::Hands;

mod kept;
mod operations;
#[cfg(unix)]
mod real;
mod refused;

const CONFIG: &str = "/home/dev/.ssh/config";
const STATE: &str = "/home/dev/.local/state/cc-doctor";

/// A machine with an ssh configuration (0600), one that is misnamed and a git configuration with CRLF.
fn machine() -> FakeSystem {
    FakeSystem::new(Platform::Linux)
        .file(CONFIG, "Host a\n")
        .mode(CONFIG, 0o600)
        .file("/home/dev/.ssh/old.txt", "Host old\n")
        .mode("/home/dev/.ssh", 0o700)
        .file("/home/dev/.gitconfig", "[user]\r\n\tname = Dev\r\n")
        .file("/home/dev/notes", "mine")
        .dir("/home/dev/.local/state")
}

fn repair(changes: Vec<Change>) -> Repair {
    Repair { finding: "ssh-config-misnamed#1".into(), title: "Rename it".into(), changes }
}

/// One of each kind that concerns files.
fn all_kinds() -> Vec<Change> {
    vec![
        Change::write(CONFIG, "Host a\n", "Host a\nHost b\n"),
        Change::Move {
            from: "/home/dev/.ssh/old.txt".into(),
            to: "/home/dev/.ssh/new".into(),
            before: "Host old\n".into(),
        },
        Change::write("/home/dev/.ssh/new", "Host old\n", "Host new\n"),
        Change::create("/home/dev/.aws/config", "[default]\n", 0o600),
        Change::SetMode { path: CONFIG.into(), before: 0o600, after: 0o640 },
        Change::Remove { path: "/home/dev/.gitconfig".into(), before: "[user]\r\n\tname = Dev\r\n".into() },
    ]
}

/// Everything in the home directory but the journals.
fn home(fake: &FakeSystem) -> Vec<Shot> {
    fake.snapshot("/home/dev").into_iter().filter(|shot| !shot.path.starts_with(STATE)).collect()
}

fn bounds(hands: &dyn Hands) -> Bounds {
    Bounds::of(hands, None)
}

/// A whole run of one repair; its ID.
fn apply(hands: &dyn Hands, changes: Vec<Change>) -> Result<Option<String>, NotApplied> {
    let (mut run, _) = Run::begin(hands, bounds(hands))?;
    let applied = run.apply(&repair(changes));
    let id = run.finish()?;
    applied.map(|_| id)
}

/// Why a repair is refused.
fn refusal(hands: &dyn Hands, changes: Vec<Change>) -> Refusal {
    match apply(hands, changes) {
        Err(NotApplied { cause: Failure::Refused(refusal), left }) if left.is_empty() => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn reason(hands: &dyn Hands, changes: Vec<Change>) -> Reason {
    refusal(hands, changes).reason
}

fn read(hands: &dyn Hands, path: &str) -> Option<String> {
    let content = hands.read(path.as_ref(), 1 << 20).ok()?;
    Some(String::from_utf8(content).unwrap())
}

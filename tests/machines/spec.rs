//! What a `machine.yaml` can say.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A machine, or its differences from `base`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Spec {
    /// What is special about it, in one line.
    pub(crate) title: String,
    /// The machine that it is like, but for what follows.
    pub(crate) base: Option<String>,
    /// `linux`, `macos` or `windows`.
    pub(crate) platform: Option<String>,
    /// The home directory: `/home/dev`.
    pub(crate) home: Option<String>,
    /// The working directory, below home when it is relative.
    pub(crate) cwd: Option<String>,
    /// Seconds since the Unix epoch: 1800000000, which is 2027-01-15T08:00:00Z.
    pub(crate) now: Option<i64>,
    /// Who runs cc-doctor.
    pub(crate) account: Option<Account>,
    /// Environment variables; null takes one away.
    pub(crate) env: BTreeMap<String, Option<String>>,
    /// Files that are not plain text in `home/` or `root/`, and changes of present ones, in order.
    pub(crate) files: Vec<Change>,
    /// Programs by absolute path with what they answer; null takes one away.
    pub(crate) programs: BTreeMap<String, Option<Vec<Answer>>>,
    /// Sockets of SSH agents with the public keys (of tests/data/keys) that they hold.
    pub(crate) agents: BTreeMap<String, Vec<String>>,
    /// `--url`.
    pub(crate) urls: Vec<String>,
    /// `--region`.
    pub(crate) region: Option<String>,
    /// `--profile`.
    pub(crate) profile: Option<String>,
    /// An overlay of the table of regions, in its own format.
    pub(crate) regions: Option<String>,
    /// What must not be seen anywhere. Private keys are added by themselves.
    pub(crate) secrets: Vec<String>,
    /// What must be found.
    pub(crate) expect: Option<Expect>,
}

/// The account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// Login name.
    pub(crate) name: String,
    /// Number; none on Windows.
    pub(crate) uid: Option<u32>,
    /// Its home, whatever `HOME` says.
    pub(crate) home: String,
}

/// One recorded answer of a program.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Answer {
    /// The arguments that it begins with.
    pub(crate) args: Vec<String>,
    /// Exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// The system cannot start it: its words.
    pub(crate) fails: Option<String>,
}

/// A change of one file. What is given is done in the order of the fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Change {
    /// The file, below home when it is relative.
    pub(crate) path: String,
    /// It is not there (any more), nor what is below it.
    pub(crate) remove: bool,
    /// It is that other file, under this name.
    pub(crate) moved_from: Option<String>,
    /// Its content is that of a file of tests/data.
    pub(crate) from: Option<String>,
    /// Its text.
    pub(crate) text: Option<String>,
    /// Its bytes.
    pub(crate) base64: Option<String>,
    /// It is a link to this.
    pub(crate) link: Option<String>,
    /// It is a directory.
    pub(crate) directory: bool,
    /// It is a FIFO.
    pub(crate) fifo: bool,
    /// Texts to replace: each must be there.
    pub(crate) replace: BTreeMap<String, String>,
    /// Text to add at its beginning.
    pub(crate) prepend: Option<String>,
    /// Text to add at its end.
    pub(crate) append: Option<String>,
    /// The encoding: `crlf`, `bom`, `utf-16` (little-endian with BOM) or `no-final-newline`.
    pub(crate) encoding: Option<String>,
    /// Permission bits in octal.
    pub(crate) mode: Option<String>,
    /// The number of its owner.
    pub(crate) owner: Option<u32>,
}

/// What must be found: nothing more, nothing less. Each list holds IDs of checks; the order only counts for
/// `root_causes`.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Expect {
    /// The transports of the targets, in order.
    pub(crate) targets: Vec<String>,
    /// Unexplained failures of effective severity error, the most likely first.
    pub(crate) root_causes: Vec<String>,
    /// Failures that another one explains.
    pub(crate) consequences: Vec<String>,
    /// Other failures that are warnings.
    pub(crate) warnings: Vec<String>,
    /// Other failures that are mere information.
    pub(crate) infos: Vec<String>,
    /// Checks of severity error whose outcome is unknown, but for those that a failing one explains.
    pub(crate) unknown: Vec<String>,
    /// Words that the first root cause must say, in its message or its evidence.
    pub(crate) says: Vec<String>,
    /// The layer at which the real `git ls-remote` stops on such a machine. The first root cause must explain that.
    pub(crate) stops_at: Option<String>,
}

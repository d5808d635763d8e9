//! The machines.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Size of the files of [`huge`].
const GIBIBYTE: u64 = 1 << 30;
const HELPER: &str = "[credential \"https://git-codecommit.*.amazonaws.com\"]\n\thelper =\n\
    \thelper = !aws codecommit credential-helper $@\n\tUseHttpPath = true\n";
const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const BLOCK: &str =
    "Host git-codecommit.*.amazonaws.com\n\tUser APKAEIBAERJR2EXAMPLE\n\tIdentityFile ~/.ssh/codecommit\n";

/// A home, a repository and how cc-doctor is called there.
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) root: PathBuf,
    /// The programs that it has; empty: any that are on PATH.
    pub(crate) programs: Vec<&'static str>,
    pub(crate) arguments: Vec<String>,
    pub(crate) path: Option<String>,
    /// Environment variables that it has beside those of this program.
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Machine {
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        let root = folder.join(name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
        for directory in ["home/.ssh", "home/.aws", "clone/.git/objects", "clone/.git/refs"] {
            fs::create_dir_all(root.join(directory)).expect("a directory");
        }
        let name = name.to_owned();
        let machine =
            Self { name, root, programs: Vec::new(), arguments: Vec::new(), path: None, variables: Vec::new() };
        machine.write("clone/.git/HEAD", "ref: refs/heads/main\n");
        machine.write("home/.aws/config", "[default]\nregion = us-east-1\n");
        machine
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.root.join(path), text).expect("a file");
    }

    pub(crate) fn append(&self, path: &str, text: &str) {
        let before = fs::read_to_string(self.root.join(path)).unwrap_or_default();
        self.write(path, &(before + text));
    }

    pub(crate) fn remotes(&self, urls: impl IntoIterator<Item = String>) {
        let mut config = String::from("[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
        for (number, url) in urls.into_iter().enumerate() {
            let _ = write!(
                config,
                "[remote \"r{number}\"]\n\turl = {url}\n\tfetch = +refs/heads/*:refs/remotes/r{number}/*\n"
            );
        }
        self.write("clone/.git/config", &config);
    }

    /// ssh starts from the account's own home, whatever `HOME` says, so it is given its files.
    pub(crate) fn ssh(&self, config: &str) {
        self.write("home/.ssh/config", config);
        let files = self.root.join("home/.ssh");
        let (config, known) = (files.join("config"), files.join("known_hosts"));
        let command =
            format!("[core]\n\tsshCommand = ssh -F {} -o UserKnownHostsFile={}\n", config.display(), known.display());
        self.write("home/.gitconfig", &command);
        self.remotes(["ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo".to_owned()]);
    }

    /// A program on this machine.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for name in ["SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL"] {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.env("HOME", self.root.join("home")).current_dir(self.root.join("clone"));
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
    }

    /// cc-doctor on this machine, offline.
    pub(crate) fn doctor(&self) -> Command {
        let mut command = self.live_doctor();
        command.arg("--offline");
        command
    }

    /// cc-doctor on this machine, which must lead it to a stand-in on loopback.
    pub(crate) fn live_doctor(&self) -> Command {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_cc-doctor")));
        command.args(&self.arguments);
        command
    }
}

/// A clone over HTTPS with the credential helper of the AWS CLI.
pub(crate) fn helper(folder: &Path) -> Machine {
    let mut machine = Machine::new(folder, "a clone with the AWS CLI's helper");
    machine.programs = vec!["git", "ssh", "aws"];
    machine.write("home/.gitconfig", HELPER);
    machine.remotes(["https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo".to_owned()]);
    machine
}

/// A clone over SSH.
pub(crate) fn ssh(folder: &Path) -> Machine {
    let machine = Machine::new(folder, "a clone over SSH");
    machine.ssh(BLOCK);
    machine
}

/// A machine without any program.
pub(crate) fn nothing(folder: &Path) -> Machine {
    let mut machine = helper(folder);
    machine.name = "an empty PATH".into();
    machine.path = Some(String::new());
    machine
}

/// Many definitions of the user's own.
pub(crate) fn definitions(folder: &Path, count: usize) -> Machine {
    let mut machine = Machine::new(folder, &format!("{count} definitions"));
    machine.remotes(["ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo".to_owned()]);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks/tools/git-too-old.yaml");
    let text = fs::read_to_string(source).expect("a definition");
    let own = machine.root.join("checks/tools");
    fs::create_dir_all(&own).expect("a directory");
    for number in 0..count {
        fs::write(own.join(format!("own-{number}.yaml")), &text).expect("a definition");
    }
    machine.arguments = vec!["--checks".into(), machine.root.join("checks").display().to_string()];
    machine
}

/// A long ssh configuration.
pub(crate) fn ssh_config(folder: &Path, lines: usize) -> Machine {
    let machine = Machine::new(folder, &format!("an ssh config of {lines} lines"));
    let mut config = BLOCK.to_owned();
    for number in 0..lines / 4 {
        let _ = write!(config, "Host h{number}\n\tHostName h{number}.example.com\n\tUser u{number}\n\tPort 2222\n");
    }
    machine.ssh(&config);
    machine
}

/// A long `known_hosts`.
pub(crate) fn known_hosts(folder: &Path, lines: usize, hashed: bool) -> Machine {
    let kind = if hashed { "hashed" } else { "plain" };
    let machine = Machine::new(folder, &format!("a known_hosts of {lines} lines, {kind}"));
    machine.ssh(BLOCK);
    let mut text = String::new();
    for number in 0..lines {
        // 20 bytes of salt; no hash is that of a name.
        let host = if hashed { format!("|1|{number:027}=|{number:027}=") } else { format!("h{number}.example.com") };
        let _ = writeln!(text, "{host} ssh-ed25519 {KEY}");
    }
    machine.write("home/.ssh/known_hosts", &text);
    machine
}

/// Many remotes.
pub(crate) fn remotes(folder: &Path, count: usize, json: bool) -> Machine {
    let mut machine = Machine::new(folder, &format!("{count} remotes{}", if json { ", as JSON" } else { "" }));
    machine.ssh(BLOCK);
    machine.arguments.extend(json.then(|| "--json".to_owned()));
    let url = |number| format!("ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/r{number}");
    machine.remotes((0..count).map(url));
    machine
}

/// Configuration files of a gigabyte each (sparse, so that the disk has room), and no programs: the AWS CLI reads its
/// own file for as long as it is let.
pub(crate) fn huge(folder: &Path) -> Machine {
    let mut machine = Machine::new(folder, "every file 1 GB");
    machine.path = Some(String::new());
    machine.remotes(["https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo".to_owned()]);
    for path in [".ssh/config", ".ssh/known_hosts", ".ssh/id_rsa", ".ssh/config.txt", ".aws/config", ".aws/credentials"]
    {
        make_huge(&machine.root.join("home").join(path));
    }
    for path in [".gitconfig", ".git-credentials", ".netrc"] {
        make_huge(&machine.root.join("home").join(path));
    }
    machine
}

fn make_huge(path: &Path) {
    File::create(path).and_then(|file| file.set_len(GIBIBYTE)).expect("a sparse file");
}

//! A machine before a stand-in of CodeCommit, set up for one of the transports as documented.

use std::time::Duration;

use crate::machine::{HTTPS_URL, KEY_ID, Machine, SSH_URL, has_tools, key_pair, python};
use crate::output::{Output, text};
use crate::standin::Standin;
use crate::standin::records::Record;
use crate::standin::world::{AccessKey, IamUser};

pub(crate) const GIT_USER: &str = "alice-at-123456789012";
pub(crate) const GIT_PASSWORD: &str = "stand-in/git+password=";
pub(crate) const ACCESS_KEY: &str = "AKIAQ3EGRJ5XLBNM4ZPQ";
pub(crate) const SECRET: &str = "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";
/// How long a git that may hang is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
pub(crate) const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";

/// `aws codecommit credential-helper`, with the signature that the AWS CLI makes (its `codecommit.py`).
const AWS: &str = include_str!("aws.py");

/// The machine and what it connects to.
pub(crate) struct Desk {
    pub(crate) machine: Machine,
    pub(crate) standin: Standin,
    pub(crate) url: &'static str,
}

impl Desk {
    fn new(url: &'static str) -> Option<Self> {
        let alice = IamUser::new("alice").ssh_key(KEY_ID, &key_pair().1).git_credential(GIT_USER, GIT_PASSWORD);
        let mut desk = Self::bare(url, alice)?;
        desk.machine.clone_of(url);
        Some(desk)
    }

    /// A machine on which nothing is set up, outside of any clone, and the user whose access key is [`ACCESS_KEY`].
    pub(crate) fn bare(url: &'static str, user: IamUser) -> Option<Self> {
        if !has_tools() {
            return None;
        }
        let standin = Standin::start();
        standin.add_repository("us-east-1", "demo");
        standin.add_user(user.access_key(AccessKey::new(ACCESS_KEY, SECRET)));
        let mut machine = Machine::new();
        machine.write("regions.yaml", standin.regions_yaml());
        machine.set("https_proxy", standin.proxy_url());
        machine.set("GIT_SSL_CAINFO", standin.ca_file());
        machine.set("AWS_ENDPOINT_URL", standin.api_url());
        machine.go_live();
        Some(Self { machine, standin, url })
    }

    /// SSH straight to the port of the stand-in.
    pub(crate) fn ssh() -> Option<Self> {
        let desk = Self::new(SSH_URL)?;
        desk.machine.key("codecommit_rsa");
        desk.ssh_config(KEY_ID, &desk.standin.region("us-east-1").ssh_config_lines());
        desk.machine.write_mode(".ssh/known_hosts", desk.standin.region("us-east-1").known_hosts_line(), 0o600);
        Some(desk)
    }

    /// Writes the ssh configuration with this user and these lines on how to get there.
    pub(crate) fn ssh_config(&self, user: &str, route: &str) {
        let block = format!(
            "Host git-codecommit.*.amazonaws.com\n  User {user}\n  IdentityFile ~/.ssh/codecommit_rsa\n{route}"
        );
        self.machine.write_mode(".ssh/config", block, 0o600);
    }

    /// HTTPS with Git credentials in the store.
    pub(crate) fn gitcred() -> Option<Self> {
        let desk = Self::new(HTTPS_URL)?;
        desk.machine.write(".gitconfig", "[credential]\n\thelper = store\n");
        desk.store(GIT_USER, GIT_PASSWORD);
        Some(desk)
    }

    /// Puts a login into the store.
    pub(crate) fn store(&self, user: &str, password: &str) {
        let password = password.replace('/', "%2f").replace('+', "%2b").replace('=', "%3d");
        self.machine.write_mode(".git-credentials", format!("https://{user}:{password}@{HOST}\n"), 0o600);
    }

    /// HTTPS with the credential helper of the AWS CLI.
    pub(crate) fn helper() -> Option<Self> {
        let desk = Self::new(HTTPS_URL)?;
        desk.aws_cli()?;
        desk.machine.aws_files();
        desk.machine.write(
            ".gitconfig",
            &*format!(
                "[credential \"https://{HOST}\"]\n\thelper = !aws codecommit credential-helper $@\n\tUseHttpPath = true\n"
            ),
        );
        Some(desk)
    }

    /// Puts as much of the AWS CLI as git needs on `PATH`.
    pub(crate) fn aws_cli(&self) -> Option<()> {
        let python = python()?;
        self.machine.program("aws", &AWS.replacen("/usr/bin/env python3", &python.to_string_lossy(), 1));
        Some(())
    }

    /// The report, on the table of regions of the stand-in.
    pub(crate) fn report(&self, args: &[&str]) -> Output {
        let regions = self.machine.home("regions.yaml").to_string_lossy().into_owned();
        self.machine.json(&[&["--regions", &regions], args].concat())
    }

    /// Whether the real `git ls-remote` works, without any prompt.
    pub(crate) fn git_works(&self) -> bool {
        self.machine.tool("git", &["ls-remote", self.url]).code == Some(0)
    }

    /// Whether the real `git ls-remote` fails, or still waits when its patience is at an end.
    pub(crate) fn git_fails(&self) -> bool {
        self.machine.tool_within("git", &["ls-remote", self.url], PATIENCE).code != Some(0)
    }

    /// The hosts that were asked for at the proxy, without their port.
    pub(crate) fn connects(&self) -> Vec<String> {
        let host = |record: Record| match record {
            Record::Connect { target, .. } => Some(target.split(':').next().unwrap_or_default().to_owned()),
            _ => None,
        };
        self.standin.records().into_iter().filter_map(host).collect()
    }
}

/// Verdict and reach of the first target.
pub(crate) fn verdict(output: &Output) -> (String, String) {
    let target = output.document()["targets"][0].clone();
    (text(&target["verdict"]), text(&target["reach"]))
}

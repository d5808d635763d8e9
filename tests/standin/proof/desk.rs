//! A developer's desk before a stand-in: a home with keys, and the real git and ssh.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::not_run::not_run;
use crate::standin::Standin;
use crate::standin::world::{AccessKey, IamUser};

/// The SSH key ID of alice.
pub(crate) const KEY_ID: &str = "APKAQ3EGRJ5XKT7NZ2WL";
/// Alice's Git credentials.
pub(crate) const GIT_USER: &str = "alice-at-123456789012";
pub(crate) const GIT_PASSWORD: &str = "stand-in/git+password=";
/// Alice's access key.
pub(crate) const ACCESS_KEY: &str = "AKIAQ3EGRJ5XKT7NZ2WL";
pub(crate) const SECRET: &str = "stand-in/secret+of/alice";
/// A repository in us-east-1.
pub(crate) const SSH_URL: &str = "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
pub(crate) const HTTPS_URL: &str = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";

/// What a program said.
#[derive(Debug)]
pub(crate) struct Said {
    /// None where it had to be killed.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

impl Said {
    #[track_caller]
    pub(crate) fn works(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn fails(&self, text: &str) -> &Self {
        assert!(self.code != Some(0) && self.err.contains(text), "expected {text:?}: {self:?}");
        self
    }
}

/// The desk.
pub(crate) struct Desk {
    pub(crate) standin: Standin,
    home: TempDir,
}

impl Desk {
    /// Alice's, with the repository `demo`; none where git or ssh is missing, which is said.
    pub(crate) fn new() -> Option<Self> {
        let missing = |name: &&str| Command::new(name).arg("-V").output().is_err();
        let missing: Vec<&str> = ["git", "ssh", "ssh-keygen"].into_iter().filter(missing).collect();
        if !missing.is_empty() {
            not_run(&format!("the stand-in without {}", missing.join(", ")));
            return None;
        }
        let standin = Standin::start();
        standin.add_repository("us-east-1", "demo");
        let alice = IamUser::new("alice").ssh_key(KEY_ID, &public("rsa")).git_credential(GIT_USER, GIT_PASSWORD);
        standin.add_user(alice.access_key(AccessKey::new(ACCESS_KEY, SECRET)));
        let home = tempfile::tempdir().unwrap();
        let desk = Self { standin, home };
        for key in ["rsa", "rsa_second"] {
            fs::copy(keys().join(key), desk.path(key)).unwrap();
            fs::set_permissions(desk.path(key), fs::Permissions::from_mode(0o600)).unwrap();
        }
        let region = desk.standin.region("us-east-1");
        fs::write(desk.path("known_hosts"), region.known_hosts_line()).unwrap();
        desk.ssh_config(KEY_ID, "rsa", &region.ssh_config_lines());
        Some(desk)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes the ssh configuration.
    pub(crate) fn ssh_config(&self, user: &str, key: &str, route: &str) {
        let (key, known) = (self.path(key), self.path("known_hosts"));
        let text = format!(
            "Host git-codecommit.*.amazonaws.com\n{route}  User {user}\n  IdentityFile {}\n  UserKnownHostsFile {}\n  \
             GlobalKnownHostsFile /dev/null\n  IdentitiesOnly yes\n  IdentityAgent none\n  BatchMode yes\n  \
             UpdateHostKeys no\n  ConnectTimeout 10\n",
            key.display(),
            known.display()
        );
        fs::write(self.path("ssh_config"), text).unwrap();
    }

    /// A program in an environment that holds nothing but this desk, with the proxy and the CA of the stand-in.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut program = Command::new(name);
        program.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.home.path());
        program.env("LC_ALL", "C").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        program.env("GIT_SSH_COMMAND", format!("ssh -F {}", self.path("ssh_config").display()));
        program.env("https_proxy", self.standin.proxy_url()).env("GIT_SSL_CAINFO", self.standin.ca_file());
        program.current_dir(self.home.path()).stdin(Stdio::null());
        program
    }

    /// git with these words.
    pub(crate) fn git(&self, words: &[&str]) -> Said {
        self.run(self.program("git").args(words))
    }

    /// `git ls-remote` with a credential helper that answers so.
    pub(crate) fn ls_remote(&self, url: &str, user: &str, password: &str) -> Said {
        let helper = format!("credential.helper=!f() {{ echo 'username={user}'; echo 'password={password}'; }}; f");
        self.git(&["-c", "credential.useHttpPath=true", "-c", &helper, "ls-remote", url])
    }

    /// Runs it for ten seconds at most.
    pub(crate) fn run(&self, program: &mut Command) -> Said {
        self.run_within(program, Duration::from_secs(10))
    }

    pub(crate) fn run_within(&self, program: &mut Command, limit: Duration) -> Said {
        let (out, err) = (self.path("out"), self.path("err"));
        let start = Instant::now();
        let child = program.stdout(fs::File::create(&out).unwrap()).stderr(fs::File::create(&err).unwrap());
        let mut child = child.spawn().unwrap();
        let code = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status.code().unwrap_or(-1));
            }
            if start.elapsed() > limit {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let read = |file| String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
        Said { code, out: read(out), err: read(err), took: start.elapsed() }
    }
}

fn keys() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/keys")
}

/// The line of a `.pub` file of the tests' keys.
pub(crate) fn public(name: &str) -> String {
    fs::read_to_string(keys().join(name).with_extension("pub")).unwrap()
}

//! A machine of our own: home, account, programs and environment of a developer named `dev`.
//!
//! OpenSSH goes by the home of the account and not by `HOME`, so the program runs in a mount namespace with an
//! `/etc/passwd` of its own, and in a user namespace as a user without privileges. Where the kernel does not allow
//! that, `ssh` becomes a wrapper that names the configuration, and tests that need the account are not run.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::not_run::not_run;
use crate::output::{Output, wait, wait_or_kill};

/// The repository URL of most machines.
pub(crate) const SSH_URL: &str = "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
/// The same over HTTPS.
pub(crate) const HTTPS_URL: &str = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
/// The host key of us-east-1, as a line of `known_hosts`. Its fingerprint is the one that AWS publishes.
pub(crate) const KNOWN_HOST: &str = "git-codecommit.us-east-1.amazonaws.com ssh-rsa \
    AAAAB3NzaC1yc2EAAAADAQABAAABAQCdut7aOM5Zh16OJ+GOP75O7x5oyHKAiA1ieuySetj/hAq4VrAuZV5R2TypZJcKBaripOtTc/Sr0FOU4YvxUla4\
    0PPH8N1lbDp6Pnc4BexKsrt2kz++TqIKx5FHmUQV3mit16kxRwHey3dv030+qXBDo3WPQjm2+JLoq0XcadpnCAMCd3ChaBnDRM+51GZbuEFilpZsxUch\
    Uzl0gseC+shYOBd7TqxTlIhj/56d/YF1kq7RMZYrwBnyYdVhpLeUJCeYjyx/O6FPSezNTLiinz5jjioWZATgn+G8feL/hIsk8g+7JoIcb2muUlymdxs+\
    8l2lS+8MXqT0q9ohT+Knhb2j\n";
/// A key ID of the right form, of nobody.
pub(crate) const KEY_ID: &str = "APKAQ3EGRJ5XKT7NZ2WL";
/// The block that the AWS documentation asks for.
pub(crate) const BLOCK: &str =
    "Host git-codecommit.*.amazonaws.com\n  User APKAQ3EGRJ5XKT7NZ2WL\n  IdentityFile ~/.ssh/codecommit_rsa\n";
/// An AWS CLI that answers.
pub(crate) const AWS_CLI: &str = "#!/bin/sh\necho aws-cli/2.32.6 Python/3.13.9 Linux/6.1 exe/x86_64.debian.12\n";

/// When a run is given up. What it should take is asserted where it matters; other tests may be busy meanwhile.
const LIMIT: Duration = Duration::from_secs(60);

/// The path of the program under test.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_cc-doctor"))
}

/// The first program of this name on the `PATH` of the tests.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The Python of the tests itself, past any shim.
pub(crate) fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = PYTHON.get_or_init(|| {
        let output = Command::new(which("python3")?).args(["-c", "import sys; print(sys.executable)"]).output().ok()?;
        let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        path.is_absolute().then_some(path)
    });
    if found.is_none() {
        not_run("what needs python3");
    }
    found.as_deref()
}

/// A Python that has this module: `CC_DOCTOR_TEST_PYTHON`, else one on `PATH`.
pub(crate) fn python_with(module: &str) -> Option<String> {
    let named = std::env::var("CC_DOCTOR_TEST_PYTHON").ok();
    let found = named.into_iter().chain(python().map(|path| path.to_string_lossy().into_owned())).find(|program| {
        let mut command = Command::new(program);
        command.args(["-c", &format!("import {module}")]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    });
    if found.is_none() {
        not_run(&format!("what needs a Python with {module} (set CC_DOCTOR_TEST_PYTHON)"));
    }
    found
}

/// How to get an account of our own: the words before the program, with the file of accounts in place of `PASSWD`.
fn namespace() -> Option<&'static [OsString]> {
    static FOUND: OnceLock<Option<Vec<OsString>>> = OnceLock::new();
    FOUND.get_or_init(|| [&[][..], &["-U", "--map-root-user"]].into_iter().find_map(usable)).as_deref()
}

fn usable(options: &[&str]) -> Option<Vec<OsString>> {
    let (unshare, mount) = (which("unshare")?, which("mount")?);
    let script = format!(
        "{mount} --bind \"$0\" /etc/passwd && own=\"${{0%/*}}/ssh_config\" && \
         if [ -e \"$own\" ]; then {mount} --bind \"$own\" /etc/ssh/ssh_config || exit; fi && \
         exec {unshare} -U --map-user=4242 --map-group=4242 \"$@\"",
        mount = mount.display(),
        unshare = unshare.display()
    );
    let mut words: Vec<OsString> = vec![unshare.into(), "-m".into()];
    words.extend(options.iter().map(Into::into));
    words.extend(["/bin/sh".into(), "-c".into(), script.into(), "PASSWD".into()]);
    let mut trial = Command::new(&words[0]);
    trial.args(&words[1..words.len() - 1]).args(["/etc/passwd", "/bin/true"]).stderr(Stdio::null());
    trial.status().is_ok_and(|status| status.success()).then_some(words)
}

/// Whether machines have an account of their own; says so where they have not.
pub(crate) fn has_account() -> bool {
    if namespace().is_none() {
        not_run("machines with an account of their own (unshare may not mount here)");
    }
    namespace().is_some()
}

/// Whether git and OpenSSH's client are here; says so where they are not.
pub(crate) fn has_tools() -> bool {
    let missing: Vec<_> = ["git", "ssh", "ssh-keygen"].into_iter().filter(|name| which(name).is_none()).collect();
    if !missing.is_empty() {
        not_run(&format!("what needs {}", missing.join(", ")));
    }
    missing.is_empty()
}

/// A machine; it is gone with the value.
pub(crate) struct Machine {
    root: TempDir,
    env: BTreeMap<OsString, OsString>,
    cwd: PathBuf,
    measured: bool,
    live: bool,
}

impl Machine {
    /// A machine with git and ssh and an empty home, in which nothing is set up.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let home = root.path().join("home");
        for folder in ["home", "bin", "etc"] {
            fs::create_dir(root.path().join(folder)).expect("a directory");
        }
        let mut machine = Self { cwd: home.clone(), root, env: BTreeMap::new(), measured: false, live: false };
        let account = format!("dev:x:4242:4242:Dev Eloper:{}:/bin/sh\n", home.display());
        fs::write(machine.root().join("etc/passwd"), account).expect("a file of accounts");
        machine.set("HOME", &home);
        machine.set("PATH", machine.root().join("bin"));
        machine.set("LANG", "C.UTF-8");
        machine.set("COLUMNS", "100");
        machine.set("GIT_CONFIG_NOSYSTEM", "1");
        let root = machine.root().to_owned();
        machine.set("CC_E2E", root);
        machine.tools();
        machine
    }

    fn tools(&self) {
        for name in ["git", "ssh", "ssh-keygen"] {
            let Some(real) = which(name) else { continue };
            if name == "ssh" && namespace().is_none() {
                let script = format!(
                    "#!/bin/sh\nif [ -e \"$HOME/.ssh/config\" ]; then set -- -F \"$HOME/.ssh/config\" \"$@\"; fi\n\
                     exec {} -o UserKnownHostsFile=\"$HOME/.ssh/known_hosts\" \"$@\"\n",
                    real.display()
                );
                self.program(name, &script);
            } else {
                symlink(real, self.root().join("bin").join(name)).expect("a link");
            }
        }
    }

    /// A machine set up for ssh as documented, in a clone.
    pub(crate) fn ssh() -> Self {
        let mut machine = Self::new();
        machine.key("codecommit_rsa");
        machine.write_mode(".ssh/config", BLOCK, 0o600);
        machine.write_mode(".ssh/known_hosts", KNOWN_HOST, 0o600);
        machine.clone_of(SSH_URL);
        machine
    }

    /// A machine set up for the credential helper of the AWS CLI as documented, in a clone.
    pub(crate) fn helper() -> Self {
        let mut machine = Self::new();
        machine.program("aws", AWS_CLI);
        machine.aws_files();
        machine.write(
            ".gitconfig",
            "[credential \"https://git-codecommit.us-east-1.amazonaws.com\"]\n\
             \thelper = !aws codecommit credential-helper $@\n\tUseHttpPath = true\n",
        );
        machine.clone_of(HTTPS_URL);
        machine
    }

    /// The AWS files with one profile of long-term keys.
    pub(crate) fn aws_files(&self) {
        self.write_mode(".aws/config", "[default]\nregion = us-east-1\n", 0o600);
        self.write_mode(
            ".aws/credentials",
            "[default]\naws_access_key_id = AKIAQ3EGRJ5XLBNM4ZPQ\n\
             aws_secret_access_key = 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\n",
            0o600,
        );
    }

    /// The directory that holds everything of the machine.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// A path below the home directory.
    pub(crate) fn home(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root().join("home").join(name)
    }

    /// A path in the clone.
    pub(crate) fn repository(&self, name: &str) -> PathBuf {
        self.home("work/demo").join(name)
    }

    /// Sets an environment variable.
    pub(crate) fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.env.insert(name.into(), value.as_ref().to_owned());
    }

    /// Removes an environment variable.
    pub(crate) fn unset(&mut self, name: &str) {
        self.env.remove(OsStr::new(name));
    }

    /// Measures the memory of the runs from now on.
    pub(crate) fn measured(mut self) -> Self {
        self.measured = true;
        self
    }

    /// Gives the machine a system-wide ssh configuration, where that is possible; says so where it is not.
    pub(crate) fn system_ssh_config(&self, text: &str) -> bool {
        if !has_account() || !Path::new("/etc/ssh/ssh_config").exists() {
            not_run("machines with a system-wide ssh configuration of their own");
            return false;
        }
        fs::write(self.root().join("etc/ssh_config"), text).expect("a file");
        true
    }

    /// Lets cc-doctor use the network from now on; what leads it to a stand-in on loopback must be set up before.
    pub(crate) fn go_live(&mut self) {
        self.live = true;
    }

    /// Sets the working directory.
    pub(crate) fn enter(&mut self, directory: impl AsRef<Path>) {
        self.cwd = directory.as_ref().to_owned();
    }

    /// Writes a file below home; folders are made, private as `.ssh` must be.
    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        self.write_mode(name, content, 0o644)
    }

    /// Writes a file with a mode.
    pub(crate) fn write_mode(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.home(name);
        let folder = path.parent().expect("a parent");
        if !folder.exists() {
            fs::create_dir_all(folder).expect("a directory");
            chmod(folder, 0o700);
        }
        fs::write(&path, content).expect("a file can be written");
        chmod(&path, mode);
        path
    }

    /// Adds text to a file below home.
    pub(crate) fn append(&self, name: &str, text: &str) {
        let mut content = fs::read(self.home(name)).unwrap_or_default();
        content.extend_from_slice(text.as_bytes());
        let mode = fs::metadata(self.home(name)).map_or(0o644, |found| found.permissions().mode() & 0o777);
        self.write_mode(name, content, mode);
    }

    /// Puts a script on `PATH`.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.root().join("bin").join(name);
        if path.symlink_metadata().is_ok() {
            fs::remove_file(&path).expect("a program can be removed");
        }
        fs::write(&path, script).expect("a program can be written");
        chmod(&path, 0o755);
    }

    /// Puts a private RSA key of 2048 bits and its public half into `.ssh`.
    pub(crate) fn key(&self, name: &str) {
        let (private, public) = key_pair();
        self.write_mode(Path::new(".ssh").join(name), private, 0o600);
        self.write(Path::new(".ssh").join(format!("{name}.pub")), public);
    }

    /// Makes a repository with this remote and enters it.
    pub(crate) fn clone_of(&mut self, url: &str) {
        let folder = self.repository("");
        fs::create_dir_all(&folder).expect("a directory");
        self.enter(&folder);
        self.git(&["init", "-q", "-b", "main"]);
        self.git(&["remote", "add", "origin", url]);
    }

    /// What the real git prints on this machine.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.tool("git", args);
        assert!(output.code == Some(0), "git {args:?}: {}", output.stderr());
        output.stdout().trim_end().to_owned()
    }

    /// Runs a program of the machine.
    pub(crate) fn tool(&self, name: &str, args: &[&str]) -> Output {
        let program = self.root().join("bin").join(name);
        self.spawn(&[program.as_os_str()], args)
    }

    /// Runs cc-doctor, offline unless the machine is live.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.spawn(&[binary().as_os_str()], &self.with_mode(args))
    }

    /// Starts cc-doctor and does not wait for it; the process is cc-doctor itself.
    pub(crate) fn begin(&self, args: &[&str]) -> Child {
        self.start(&[binary().as_os_str()], &self.with_mode(args))
    }

    fn with_mode<'a>(&self, args: &[&'a str]) -> Vec<&'a str> {
        let offline = (!self.live).then_some("--offline");
        offline.into_iter().chain(args.iter().copied()).collect()
    }

    /// Runs a shell script in which `"$@"` is cc-doctor with its arguments.
    pub(crate) fn shell(&self, script: &str, args: &[&str]) -> Output {
        let words = ["/bin/sh", "-c", script, "sh"].map(OsStr::new);
        self.spawn(&[&words[..], &[binary().as_os_str()]].concat(), &self.with_mode(args))
    }

    /// Runs cc-doctor with `--json`: one document that fits its schema.
    pub(crate) fn json(&self, args: &[&str]) -> Output {
        let output = self.run(&[&["--json"], args].concat());
        output.check_report();
        output
    }

    /// Runs a program of the machine for so long at most; killed then, it has no exit code.
    pub(crate) fn tool_within(&self, name: &str, args: &[&str], limit: Duration) -> Output {
        let program = self.root().join("bin").join(name);
        wait_or_kill(self.start(&[program.as_os_str()], args), limit).0
    }

    fn spawn(&self, program: &[&OsStr], args: &[&str]) -> Output {
        let start = Instant::now();
        let mut output = wait(self.start(program, args), LIMIT);
        output.elapsed = start.elapsed();
        let memory = self.root().join("etc/memory");
        output.memory = fs::read_to_string(memory).ok().and_then(|text| text.parse().ok());
        output
    }

    fn start(&self, program: &[&OsStr], args: &[&str]) -> Child {
        let memory = self.root().join("etc/memory");
        let mut words: Vec<OsString> = Vec::new();
        let namespace = namespace().unwrap_or_default();
        words.extend(namespace.iter().map(|word| match word == "PASSWD" {
            true => self.root().join("etc/passwd").into_os_string(),
            false => word.clone(),
        }));
        if let Some(python) = python().filter(|_| self.measured) {
            words.extend([python.into(), "-ISc".into(), MEASURE.into(), memory.into_os_string()]);
        }
        words.extend(program.iter().map(|word| (*word).to_owned()));
        words.extend(args.iter().map(Into::into));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().envs(&self.env).current_dir(&self.cwd).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    }

    /// The command lines of processes that a run left behind, where `/proc` tells.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        let mark = format!("CC_E2E={}", self.root().display()).into_bytes();
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let has_mark = |path: &Path| {
            let environment = fs::read(path.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark)
        };
        let found = processes.map(|entry| entry.path()).filter(|path| has_mark(path));
        found.map(|path| fs::read_to_string(path.join("cmdline")).unwrap_or_default().replace('\0', " ")).collect()
    }

    /// Every file of the machine with all that a run could change.
    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.root().join("home"), self.root().join("bin")];
        while let Some(path) = open.pop() {
            let info = fs::symlink_metadata(&path).expect("metadata");
            let content = if info.is_file() { fs::read(&path).unwrap_or_default() } else { Vec::new() };
            let times = (info.mtime(), info.mtime_nsec(), info.ctime(), info.ctime_nsec());
            found.insert(path.clone(), format!("{:o} {times:?} {}", info.mode(), content.escape_ascii()));
            if info.is_dir() {
                open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
            }
        }
        found
    }
}

/// Runs the rest of its arguments and writes the largest memory of a process, in KiB, to the file that comes first.
const MEASURE: &str = "\
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
with open(sys.argv[1], 'w') as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)";

/// Sets the mode of a file.
pub(crate) fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode can be set");
}

/// A private key and its public half, made by ssh-keygen once.
pub(crate) fn key_pair() -> &'static (String, String) {
    static PAIR: OnceLock<(String, String)> = OnceLock::new();
    PAIR.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("key");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "dev@laptop.example", "-f"])
            .arg(&path)
            .status();
        assert!(made.is_ok_and(|status| status.success()), "ssh-keygen makes a key");
        let read = |path: &Path| fs::read_to_string(path).expect("a key");
        (read(&path), read(&path.with_extension("pub")))
    })
}

//! What no edit of a file can do: a key pair, a login that a helper keeps, an installation. Planned as programs with
//! their arguments, never as a line for a shell.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::refusal::Refusal;
use crate::check::regions::RegionTable;
use crate::fix::change::{Action, ActionKind, Content};
use crate::system::System;

/// Making a key of 4096 bits takes seconds, on a slow machine a minute.
const KEY_TIME: Duration = Duration::from_secs(120);
/// A helper may have to ask a key store.
const FORGET_TIME: Duration = Duration::from_secs(30);
/// An installation loads packages.
const INSTALL_TIME: Duration = Duration::from_secs(300);

/// Helpers that keep logins and are told on standard input which one to forget. `store` is none of them: its file is
/// edited. `git credential-cache exit` would forget the logins of all hosts.
const HELPERS: [&str; 6] = ["cache", "osxkeychain", "libsecret", "wincred", "manager", "manager-core"];

/// A key pair of RSA, which is the only kind that CodeCommit takes, in a new file.
///
/// # Errors
/// [`Refusal`] when a file of that name exists, for another size than 2048, 3072 or 4096 bits, without ssh-keygen.
pub fn generate_key(system: &dyn System, path: &Path, bits: &str) -> Result<Action, Refusal> {
    if !["2048", "3072", "4096"].contains(&bits) {
        return Err(Refusal::invalid(format!("{bits} is no size of an RSA key")));
    }
    let mut public = path.as_os_str().to_owned();
    public.push(".pub");
    let creates = vec![path.to_owned(), PathBuf::from(public)];
    if let Some(present) = creates.iter().find(|path| system.symlink_metadata(path).is_ok()) {
        return Err(Refusal::stale(format!("{} exists already", present.display())));
    }
    let file = path.to_string_lossy().into_owned();
    let args = ["-q", "-t", "rsa", "-b", bits, "-N", "", "-C", "CodeCommit", "-f", &file];
    Ok(Action { creates, ..action(system, ActionKind::GenerateKey, "ssh-keygen", &args, KEY_TIME)? })
}

/// Has one credential helper forget the login of one user for one host of CodeCommit.
///
/// # Errors
/// [`Refusal`] for another host, for a helper that is not known and without git.
pub fn forget(
    system: &dyn System,
    regions: &RegionTable,
    helper: &str,
    host: &str,
    user: Option<&str>,
) -> Result<Action, Refusal> {
    demand_endpoint(regions, host)?;
    if !HELPERS.contains(&helper) {
        return Err(Refusal::not_allowed(format!("{helper} is no helper that can be told to forget a login")));
    }
    let user = user.ok_or_else(|| Refusal::invalid("a login is only forgotten together with its user name"))?;
    if user.is_empty() || user.chars().any(char::is_control) {
        return Err(Refusal::invalid("the user name cannot be handed to a helper"));
    }
    let stdin = Content::from(format!("protocol=https\nhost={host}\nusername={user}\n\n"));
    let command = format!("credential-{helper}");
    let planned = action(system, ActionKind::ForgetCredential, "git", &[&command, "erase"], FORGET_TIME)?;
    Ok(Action { stdin, ..planned })
}

/// Refuses hosts that are no endpoints of CodeCommit.
///
/// # Errors
/// [`Refusal::NotAllowed`].
pub fn demand_endpoint(regions: &RegionTable, host: &str) -> Result<(), Refusal> {
    let private =
        host.starts_with("vpce-") && host.contains(".git-codecommit") && host.ends_with(".vpce.amazonaws.com");
    let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
    if plain && (private || regions.by_host(host).is_some()) {
        return Ok(());
    }
    Err(Refusal::not_allowed(format!("{host} is no host of CodeCommit")))
}

/// Installs git-remote-codecommit for this account: with pipx, else with pip.
///
/// # Errors
/// [`Refusal`] for another tool, and when neither is there or Python's packages belong to the system.
pub fn install(system: &dyn System, tool: &str) -> Result<Action, Refusal> {
    if tool != "git-remote-codecommit" {
        return Err(Refusal::not_allowed(format!(
            "{tool} is not installed by cc-doctor; its remedy says how to do it"
        )));
    }
    let plan = |program: &str, args: &[&str]| action(system, ActionKind::Install, program, args, INSTALL_TIME);
    if let Ok(planned) = plan("pipx", &["install", tool]) {
        return Ok(planned);
    }
    for python in ["python3", "python"] {
        let has_pip = |path: &PathBuf| {
            let asked = crate::system::Invocation::new(path.clone(), ["-m", "pip", "--version"]);
            system.run(&asked).ok().filter(crate::system::Output::ok)
        };
        let Some(said) = system.find_program(python).first().and_then(has_pip) else { continue };
        if is_managed(system, &String::from_utf8_lossy(&said.stdout)) {
            return Err(Refusal::unavailable(
                "Python's packages belong to the system here (PEP 668): install pipx, then try again",
            ));
        }
        return plan(python, &["-m", "pip", "install", "--user", "--no-input", tool]);
    }
    Err(Refusal::unavailable("neither pipx nor pip is installed, and one of them installs git-remote-codecommit"))
}

/// Whether pip would refuse with "externally-managed-environment": the marker stands beside the standard library
/// (PEP 668). `said`: `pip 23.0.1 from /usr/lib/python3/dist-packages/pip (python 3.11)`.
fn is_managed(system: &dyn System, said: &str) -> bool {
    let version = said.rsplit_once("(python ").and_then(|(_, rest)| rest.split(')').next()).unwrap_or_default();
    let home = said.split(" from ").nth(1).and_then(|rest| rest.split(" (python").next()).unwrap_or_default();
    let ancestors = Path::new(home).ancestors().take(4).map(|directory| directory.join("EXTERNALLY-MANAGED"));
    let usual = ["/usr/lib", "/usr/local/lib", "/usr/lib64"]
        .iter()
        .map(|root| Path::new(root).join(format!("python{version}/EXTERNALLY-MANAGED")));
    let own_lib = home.starts_with("/usr/lib");
    ancestors.chain(usual.filter(|_| own_lib)).any(|path| system.metadata(&path).is_ok())
}

fn action(
    system: &dyn System,
    kind: ActionKind,
    program: &str,
    args: &[&str],
    deadline: Duration,
) -> Result<Action, Refusal> {
    let found = system.find_program(program).into_iter().next();
    let program = found.ok_or_else(|| Refusal::unavailable(format!("{program} is not on PATH")))?;
    let args = args.iter().map(|arg| (*arg).to_owned()).collect();
    let planned = Action { kind, program, args, stdin: Content::default(), creates: Vec::new(), deadline };
    if planned.is_allowed() { Ok(planned) } else { Err(Refusal::not_allowed("the program is not run by repairs")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";

    fn fake() -> FakeSystem {
        FakeSystem::new(Platform::Linux).program("/usr/bin/ssh-keygen").program("/usr/bin/git")
    }

    #[test]
    fn a_key_is_made_beside_no_other() {
        let system = fake().file("/home/dev/.ssh/old.pub", "");
        let key = generate_key(&system, Path::new("/home/dev/.ssh/codecommit_rsa"), "4096").unwrap();
        let wanted = "/usr/bin/ssh-keygen -q -t rsa -b 4096 -N  -C CodeCommit -f /home/dev/.ssh/codecommit_rsa";
        assert_eq!(key.argv().join(" "), wanted);
        assert_eq!(key.creates[1], Path::new("/home/dev/.ssh/codecommit_rsa.pub"));
        assert!(matches!(generate_key(&system, Path::new("/home/dev/.ssh/old"), "4096"), Err(Refusal::Stale(_))));
        assert!(matches!(generate_key(&system, Path::new("/home/dev/.ssh/k"), "1024"), Err(Refusal::Invalid(_))));
        let without = FakeSystem::new(Platform::Linux);
        assert!(matches!(generate_key(&without, Path::new("/home/dev/.ssh/k"), "4096"), Err(Refusal::Unavailable(_))));
    }

    #[test]
    fn one_login_of_one_host_is_forgotten() {
        let regions = RegionTable::embedded().unwrap();
        let planned = forget(&fake(), &regions, "osxkeychain", HOST, Some("AKIAEXAMPLE")).unwrap();
        assert_eq!(planned.argv(), ["/usr/bin/git", "credential-osxkeychain", "erase"]);
        let input = format!("protocol=https\nhost={HOST}\nusername=AKIAEXAMPLE\n\n");
        assert_eq!(planned.stdin, Content::from(input));
        for (helper, host, user) in [
            ("osxkeychain", "github.com", Some("me")),
            ("osxkeychain", "git-codecommit.us-east-1.amazonaws.com.evil.example", Some("me")),
            ("!sh", HOST, Some("me")),
            ("cache", HOST, None),
            ("cache", HOST, Some("a\nhost=github.com")),
        ] {
            assert!(forget(&fake(), &regions, helper, host, user).is_err(), "{helper} {host}");
        }
    }

    #[test]
    fn the_installer_is_the_one_that_works() {
        let tool = "git-remote-codecommit";
        let pip = |system: FakeSystem| {
            let said = "pip 23.0.1 from /usr/lib/python3/dist-packages/pip (python 3.11)\n";
            system.program("/usr/bin/python3").answers("/usr/bin/python3", &["-m", "pip", "--version"], 0, said, "")
        };
        let with_pipx = install(&pip(fake()).program("/usr/bin/pipx"), tool).unwrap();
        assert_eq!(with_pipx.argv(), ["/usr/bin/pipx", "install", tool]);
        let with_pip = install(&pip(fake()), tool).unwrap();
        assert_eq!(with_pip.argv(), ["/usr/bin/python3", "-m", "pip", "install", "--user", "--no-input", tool]);
        let managed = pip(fake()).file("/usr/lib/python3.11/EXTERNALLY-MANAGED", "");
        assert!(install(&managed, tool).unwrap_err().to_string().contains("PEP 668"));
        assert!(install(&fake(), tool).unwrap_err().to_string().contains("neither pipx nor pip"));
        assert!(install(&fake(), "awscli").unwrap_err().to_string().contains("remedy"));
    }
}

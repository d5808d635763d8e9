use super::*;
use crate::collect::git::testing::config;
use crate::system::fake::FakeSystem;

fn machine() -> FakeSystem {
    FakeSystem::new(Platform::Linux).program("/usr/bin/ssh").program("/usr/bin/plink").program("/opt/my ssh/ssh")
}

fn seen(system: &FakeSystem, gitconfig: &str) -> (String, String, String, Option<String>) {
    let fact = fact(system, &config(gitconfig));
    let path = fact.program_path.known().map(|path| path.0.clone());
    (fact.origin.0, fact.program.0, fact.flavour.0, path)
}

fn texts(a: &str, b: &str, c: &str, path: Option<&str>) -> (String, String, String, Option<String>) {
    (a.into(), b.into(), c.into(), path.map(Into::into))
}

#[test]
fn the_precedence_is_gits() {
    let set = "[core]\n\tsshCommand = old\n\tsshCommand = plink -batch\n";
    assert_eq!(seen(&machine(), ""), texts("default", "ssh", "openssh", Some("/usr/bin/ssh")));
    let system = machine().env_var("GIT_SSH", "/opt/putty/plink");
    assert_eq!(seen(&system, ""), texts("GIT_SSH", "/opt/putty/plink", "plink", None));
    assert_eq!(seen(&system, set), texts("core.sshCommand", "plink", "plink", Some("/usr/bin/plink")));
    let system = system.env_var("GIT_SSH_COMMAND", "ssh -v");
    assert_eq!(seen(&system, set), texts("GIT_SSH_COMMAND", "ssh", "openssh", Some("/usr/bin/ssh")));
    let fact = fact(&system, &config(set));
    let lost: Vec<_> = fact.lost.iter().map(|lost| &*lost.value).collect();
    assert_eq!(lost, ["plink -batch", "old", "/opt/putty/plink"]);
}

#[test]
fn an_empty_command_starts_nothing() {
    let system = machine().env_var("GIT_SSH_COMMAND", "");
    assert_eq!(seen(&system, ""), texts("GIT_SSH_COMMAND", "", "other", None));
}

#[test]
fn git_ssh_takes_no_arguments() {
    assert_eq!(seen(&machine().env_var("GIT_SSH", "ssh -v"), "").3, None);
    assert_eq!(seen(&machine().env_var("GIT_SSH", "/opt/my ssh/ssh"), "").3.as_deref(), Some("/opt/my ssh/ssh"));
}

#[test]
fn a_link_shows_what_ssh_is() {
    let system = FakeSystem::new(Platform::Linux).program("/usr/bin/dbclient").link("/usr/bin/ssh", "dbclient");
    assert_eq!(seen(&system, "").2, "dropbear");
}

#[test]
fn options_are_taken_apart() {
    let line = "[core]\n\tsshCommand = ssh -vF ~/my.conf -p 22 -i ~/.ssh/a -i/b -o IdentityFile=/c -o \\\"identityfile /d\\\" -4\n";
    let fact = fact(&machine(), &config(line));
    assert_eq!(fact.config_file.as_deref(), Some("/home/dev/my.conf"));
    let identities: Vec<_> = fact.identity_files.iter().map(|path| path.0.as_str()).collect();
    assert_eq!(identities, ["/home/dev/.ssh/a", "/b", "/c", "/d"]);
    assert_eq!(fact.arguments.len(), 12);
    assert_eq!(fact.source.unwrap().line, Some(2));
}

#[test]
fn what_the_shell_cannot_take_is_said() {
    let problem = |value: &str| {
        let system = machine().env_var("GIT_SSH_COMMAND", value);
        fact(&system, &config("")).shell_problem.map(|text| text.0)
    };
    assert_eq!(problem("ssh -v"), None);
    assert_eq!(problem("gone -v"), None);
    assert_eq!(problem("ssh 'x").as_deref(), Some("a quotation mark is not closed"));
    assert_eq!(
        problem(r"C:\Windows\System32\OpenSSH\ssh.exe").as_deref(),
        Some("the shell takes the backslashes away and looks for C:WindowsSystem32OpenSSHssh.exe")
    );
    assert_eq!(
        problem("C:/Program Files/Git/usr/bin/ssh.exe -v").as_deref(),
        Some("the blank in the path ends the program's name at C:/Program")
    );
    assert_eq!(problem("C:/Windows/System32/OpenSSH/ssh.exe"), None);
}

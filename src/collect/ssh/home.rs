//! The directories that ssh resolves paths against.

use std::path::{Path, PathBuf};

use super::include::Scope;
use crate::system::{Platform, System};

/// Homes and directories as ssh sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Homes {
    /// The home that ssh uses: the account's, with MSYS `HOME`.
    pub(crate) ssh: PathBuf,
    /// The home that glob(3) puts for `~` in `Include`, relative paths of the user's configuration included: `HOME`
    /// when it is set, whatever the account's is (seen with OpenSSH 9.2 and glibc).
    pub(crate) glob: PathBuf,
    /// `HOME`, on Windows `HOME` or `USERPROFILE`; the shell's and git's.
    pub(crate) shell: Option<PathBuf>,
    /// The directory of the system-wide configuration.
    pub(crate) system_directory: PathBuf,
    /// The name of the account.
    pub(crate) account: Option<String>,
}

impl Homes {
    /// `program` is the ssh client, which tells an MSYS one from Windows' own.
    pub(crate) fn find(system: &dyn System, program: Option<&Path>) -> Self {
        let variable = |name: &str| system.env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let windows = system.platform() == Platform::Windows;
        let shell = variable("HOME").or_else(|| windows.then(|| variable("USERPROFILE")).flatten());
        let account = system.account();
        let msys = windows.then(|| program.and_then(msys_root)).flatten();
        let account_home = account.home.clone().or_else(|| shell.clone()).unwrap_or_default();
        let ssh = if msys.is_some() { shell.clone().unwrap_or(account_home) } else { account_home };
        let system_directory = match (&msys, windows) {
            (Some(root), _) => root.join("etc").join("ssh"),
            (None, true) => variable("ProgramData").unwrap_or_else(|| "C:\\ProgramData".into()).join("ssh"),
            (None, false) => "/etc/ssh".into(),
        };
        let glob = variable("HOME").filter(|_| !windows || msys.is_some()).unwrap_or_else(|| ssh.clone());
        Self { ssh, glob, shell, system_directory, account: account.name }
    }

    /// The `.ssh` directory.
    pub(crate) fn ssh_directory(&self) -> PathBuf {
        self.ssh.join(".ssh")
    }

    /// The path that an argument of `Include` stands for; null when ssh refuses or ignores it.
    pub(crate) fn include_path(&self, arg: &str, scope: Scope) -> Option<String> {
        let joined = |directory: PathBuf, rest: &str| Some(directory.join(rest).to_string_lossy().into_owned());
        match (arg.strip_prefix('~'), scope) {
            (Some(_), Scope::System) => None,
            (Some(rest), Scope::User) => match rest.split_once(['/', '\\']) {
                Some(("", path)) => joined(self.glob.clone(), path),
                Some((name, path)) if self.is_account(name) => joined(self.ssh.clone(), path),
                _ => None,
            },
            (None, _) if arg.is_empty() => None,
            (None, _) if is_absolute(arg) => Some(arg.to_owned()),
            (None, Scope::User) => joined(self.glob.join(".ssh"), arg),
            (None, Scope::System) => joined(self.system_directory.clone(), arg),
        }
    }

    /// A path with `~` and `~name` expanded as ssh does it (misc.c, `tilde_expand`).
    pub(crate) fn expand(&self, path: &str) -> String {
        let Some(rest) = path.strip_prefix('~') else { return path.to_owned() };
        let (name, tail) = rest.split_once(['/', '\\']).unwrap_or((rest, ""));
        if name.is_empty() || self.is_account(name) {
            let home = self.ssh.to_string_lossy();
            let separator = if home.contains('\\') && !home.contains('/') { '\\' } else { '/' };
            return format!("{}{separator}{tail}", home.trim_end_matches(['/', '\\']));
        }
        path.to_owned()
    }

    fn is_account(&self, name: &str) -> bool {
        self.account.as_deref() == Some(name)
    }
}

/// The root of the MSYS installation that a Windows program belongs to (`ROOT\usr\bin\ssh.exe`).
fn msys_root(program: &Path) -> Option<PathBuf> {
    let text = program.to_string_lossy().replace('\\', "/");
    let root = text.to_ascii_lowercase().find("/usr/bin/")?;
    text.get(..root).map(PathBuf::from)
}

/// Absolute on this machine or on Windows.
pub(crate) fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    path.starts_with(['/', '\\']) || drive
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fake::FakeSystem;

    #[test]
    fn ssh_goes_by_the_account_and_include_by_home() {
        let system = FakeSystem::new(Platform::Linux).env_var("HOME", "/elsewhere");
        let homes = Homes::find(&system, None);
        assert_eq!(homes.ssh_directory(), Path::new("/home/dev/.ssh"));
        assert_eq!(homes.expand("~/k"), "/home/dev/k");
        assert_eq!(homes.expand("~dev/k"), "/home/dev/k");
        assert_eq!(homes.expand("~other/k"), "~other/k");
        assert_eq!(homes.include_path("a.conf", Scope::User).as_deref(), Some("/elsewhere/.ssh/a.conf"));
        assert_eq!(homes.include_path("~/a.conf", Scope::User).as_deref(), Some("/elsewhere/a.conf"));
        assert_eq!(homes.include_path("a.conf", Scope::System).as_deref(), Some("/etc/ssh/a.conf"));
        assert_eq!(homes.include_path("~/a.conf", Scope::System), None);
    }

    #[test]
    fn the_ssh_of_git_for_windows_follows_home() {
        let system = FakeSystem::new(Platform::Windows).env_var("HOME", "C:/Users/dev");
        let program = Path::new("C:\\Program Files\\Git\\usr\\bin\\ssh.exe");
        assert_eq!(Homes::find(&system, Some(program)).ssh, Path::new("C:/Users/dev"));
        let own = Path::new("C:\\Windows\\System32\\OpenSSH\\ssh.exe");
        assert_eq!(Homes::find(&system, Some(own)).ssh, Path::new("/home/dev"));
    }
}

//! The operating system, the account and the environment. No program is run for any of it.

use std::path::{Path, PathBuf};

use crate::collect::mask::{MASK, excerpt, mask};
use crate::fact::elsewhere::Elsewhere;
use crate::fact::os::{EnvVar, Environment, Os, PathEntry};
use crate::fact::{Fact, FilePath, Source, Word};
use crate::system::{FileKind, Platform, System, path_list};

/// Largest number of entries of `PATH` that become facts.
const PATH_LIMIT: usize = 200;
/// Largest number of bytes read of the small files that describe a system.
const SMALL: u64 = 64 * 1024;

/// Observes the machine and the account; `elsewhere` is looked at by its own collector.
pub fn collect(system: &dyn System) -> Os {
    let account = system.account();
    let home = home(system);
    let container = is_container(system);
    Os {
        family: family(system.platform()),
        version: version(system),
        arch: Word(system.arch()),
        hostname: Fact::from_option(hostname(system).map(Into::into)),
        wsl: is_wsl(system, container),
        msys: is_msys(system),
        container,
        is_root: account.uid == Some(0),
        sudo_user: text_of(system, "SUDO_USER").filter(|name| !name.is_empty()).map(Into::into),
        user: Fact::from_option(account.name.map(Into::into)),
        home_exists: Fact::Known(home.as_deref().is_some_and(|home| is_directory(system, home))),
        home_owned: home_owned(system, home.as_deref(), account.uid),
        homes_differ: homes_differ(system, home.as_deref(), account.home.as_deref()),
        home: Fact::from_option(home.as_deref().map(shown)),
        account_home: Fact::from_option(account.home.as_deref().map(shown)),
        path: path_entries(system).iter().take(PATH_LIMIT).map(|entry| path_entry(system, entry)).collect(),
        path_set: system.env("PATH").is_some_and(|path| !path.is_empty()),
        env: environment(system),
        elsewhere: Elsewhere::default(),
    }
}

/// The entries of `PATH` in order, as written.
pub(crate) fn path_entries(system: &dyn System) -> Vec<PathBuf> {
    path_list::split(&system.env("PATH").unwrap_or_default(), system.platform())
}

/// The home directory that the shell, git and Python use: `HOME`; on Windows, without it, what git puts there
/// (`setup_windows_environment` in git's compat/mingw.c).
pub(crate) fn home(system: &dyn System) -> Option<PathBuf> {
    let set = |name| system.env(name).map(PathBuf::from);
    if let Some(home) = set("HOME") {
        return Some(home);
    }
    if system.platform() != Platform::Windows {
        return None;
    }
    let on_drive = set("HOMEDRIVE").zip(set("HOMEPATH")).map(|(drive, path)| {
        let mut both = drive.into_os_string();
        both.push(path);
        PathBuf::from(both)
    });
    on_drive.filter(|home| is_directory(system, home)).or_else(|| set("USERPROFILE"))
}

fn shown(path: &Path) -> FilePath {
    FilePath(path.to_string_lossy().into_owned())
}

fn text_of(system: &dyn System, name: &str) -> Option<String> {
    system.env(name).map(|value| value.to_string_lossy().into_owned())
}

fn is_directory(system: &dyn System, path: &Path) -> bool {
    system.metadata(path).is_ok_and(|found| found.kind == FileKind::Directory)
}

fn read_text(system: &dyn System, path: &str) -> Option<String> {
    system.read(Path::new(path), SMALL).ok().map(|content| String::from_utf8_lossy(&content).into_owned())
}

fn family(platform: Platform) -> Word {
    Word::from(match platform {
        Platform::Linux => "linux",
        Platform::MacOs => "macos",
        Platform::Windows => "windows",
        Platform::OtherUnix => "unix",
    })
}

fn version(system: &dyn System) -> Fact<Word> {
    match system.platform() {
        Platform::Windows => named(text_of(system, "OS"), "the environment variable OS is not set"),
        Platform::MacOs => named(macos_version(system), "SystemVersion.plist names no version"),
        Platform::Linux | Platform::OtherUnix => named(release_name(system), "there is no os-release file"),
    }
}

/// `/etc/hostname` (hostname(5)), else the variable of Windows or of the shell.
fn hostname(system: &dyn System) -> Option<String> {
    let file = || read_text(system, "/etc/hostname");
    let names = file().into_iter().chain(["COMPUTERNAME", "HOSTNAME"].iter().filter_map(|name| text_of(system, name)));
    names.map(|name| name.trim().to_owned()).find(|name| !name.is_empty() && name != "localhost")
}

fn named(found: Option<String>, otherwise: &str) -> Fact<Word> {
    found
        .filter(|name| !name.is_empty())
        .map_or_else(|| Fact::Unavailable(otherwise.into()), |name| Fact::Known(Word(name.chars().take(200).collect())))
}

/// `PRETTY_NAME` of os-release(5), else its `NAME` and `VERSION_ID`.
fn release_name(system: &dyn System) -> Option<String> {
    let text = ["/etc/os-release", "/usr/lib/os-release"].iter().find_map(|path| read_text(system, path))?;
    let value = |wanted: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(wanted)?.strip_prefix('='))?;
        Some(line.trim_matches(['"', '\'']).to_owned())
    };
    value("PRETTY_NAME").or_else(|| {
        let name = value("NAME")?;
        Some(value("VERSION_ID").map_or_else(|| name.clone(), |version| format!("{name} {version}")))
    })
}

fn macos_version(system: &dyn System) -> Option<String> {
    let plist = read_text(system, "/System/Library/CoreServices/SystemVersion.plist")?;
    let value = |key: &str| {
        let behind = plist.split_once(&format!("<key>{key}</key>"))?.1;
        let (value, _) = behind.split_once("<string>")?.1.split_once("</string>")?;
        Some(value.trim().to_owned())
    };
    let version = value("ProductVersion")?;
    Some(format!("{} {version}", value("ProductName").unwrap_or_else(|| "macOS".into())))
}

/// WSL names itself in the environment and, without it (sudo), in the kernel's version. Containers on a WSL kernel
/// see that version too and are no WSL.
fn is_wsl(system: &dyn System, container: bool) -> bool {
    let kernel = || {
        ["/proc/sys/kernel/osrelease", "/proc/version"]
            .iter()
            .filter_map(|path| read_text(system, path))
            .any(|text| text.to_ascii_lowercase().contains("microsoft"))
    };
    system.platform() == Platform::Linux && (system.env("WSL_DISTRO_NAME").is_some() || (!container && kernel()))
}

/// MSYS2 and Git Bash set `MSYSTEM`; Cygwin's shells export `SHELL`, which Windows' own do not know.
fn is_msys(system: &dyn System) -> bool {
    system.platform() == Platform::Windows && ["MSYSTEM", "SHELL"].iter().any(|name| system.env(name).is_some())
}

fn is_container(system: &dyn System) -> bool {
    const MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];
    const RUNTIMES: [&str; 6] = ["docker", "kubepods", "containerd", "libpod", "lxc", "garden"];
    // Podman, LXC and systemd-nspawn set `container`, Kubernetes the other.
    if ["container", "KUBERNETES_SERVICE_HOST"].iter().any(|name| system.env(name).is_some()) {
        return true;
    }
    MARKS.iter().any(|path| system.metadata(Path::new(path)).is_ok())
        || read_text(system, "/proc/1/cgroup").is_some_and(|text| RUNTIMES.iter().any(|name| text.contains(name)))
}

fn home_owned(system: &dyn System, home: Option<&Path>, uid: Option<u32>) -> Fact<bool> {
    let Some(home) = home else { return Fact::Absent };
    let Ok(found) = system.metadata(home) else { return Fact::Absent };
    match found.uid.zip(uid) {
        Some((owner, account)) => Fact::Known(owner == account),
        None => Fact::Unavailable("this system does not tell owners by number".into()),
    }
}

fn homes_differ(system: &dyn System, home: Option<&Path>, account_home: Option<&Path>) -> Fact<bool> {
    let Some((home, account_home)) = home.zip(account_home) else { return Fact::Absent };
    let real = |path: &Path| system.canonicalize(path).unwrap_or_else(|_| path.to_owned());
    Fact::Known(real(home) != real(account_home))
}

fn path_entry(system: &dyn System, entry: &Path) -> PathEntry {
    let text = entry.to_string_lossy();
    let mistyped = text.starts_with('~') || text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']);
    let absolute = entry.is_absolute() || (system.platform() == Platform::Windows && has_drive(&text));
    let place = if absolute { Some(entry.to_owned()) } else { system.current_dir().ok().map(|cwd| cwd.join(entry)) };
    let exists = place.is_some_and(|place| is_directory(system, &place));
    PathEntry { path: FilePath(mask(&text)), exists, absolute, mistyped }
}

/// `C:\…` or `C:/…`, also where this program itself was built for another system.
fn has_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}

fn environment(system: &dyn System) -> Environment {
    let mut environment = Environment::default();
    for (name, kind) in Environment::NAMES {
        let found = text_of(system, name).map(|value| variable(name, kind, &value));
        if let Some(slot) = environment.slot(name) {
            *slot = found;
        }
    }
    environment
}

fn variable(name: &str, kind: &str, value: &str) -> EnvVar {
    let shown = match kind {
        "secret" => None,
        "url" => Some(mask_login(value)),
        _ => Some(mask(value)),
    };
    let line = format!("{name}={}", shown.as_deref().unwrap_or(MASK));
    EnvVar {
        name: name.into(),
        value: shown.map(Into::into),
        length: i64::try_from(value.chars().count()).unwrap_or(i64::MAX),
        source: Source::variable(name, excerpt(&line)),
    }
}

/// A proxy may be written without its scheme, and is then no URL to [`mask`].
fn mask_login(value: &str) -> String {
    const SCHEME: &str = "http://";
    if value.contains("://") {
        return mask(value);
    }
    mask(&format!("{SCHEME}{value}")).trim_start_matches(SCHEME).to_owned()
}

#[cfg(test)]
mod tests;

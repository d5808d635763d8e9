//! Paths as git writes them in its configuration: `~`, `~user`, `%(prefix)`, absolute by the platform's rules.

use std::path::{Path, PathBuf};

use crate::system::{Platform, System};

/// The home directory that git uses: `HOME`; on Windows also `HOMEDRIVE` with `HOMEPATH`, then `USERPROFILE`
/// (compat/mingw.c of git).
pub fn home(system: &dyn System) -> Option<PathBuf> {
    let set = |name: &str| system.env(name).filter(|value| !value.is_empty());
    if let Some(home) = set("HOME") {
        return Some(home.into());
    }
    if system.platform() != Platform::Windows {
        return None;
    }
    if let (Some(mut drive), Some(path)) = (set("HOMEDRIVE"), set("HOMEPATH")) {
        drive.push(path);
        return Some(drive.into());
    }
    set("USERPROFILE").map(PathBuf::from)
}

/// The directory of git's files in the XDG scheme: `$XDG_CONFIG_HOME/git`, else `~/.config/git`.
pub fn xdg(system: &dyn System) -> Option<PathBuf> {
    let base = system.env("XDG_CONFIG_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    base.or_else(|| Some(home(system)?.join(".config"))).map(|base| base.join("git"))
}

/// Whether git takes the path for an absolute one (`is_absolute_path`).
pub fn is_absolute(system: &dyn System, path: &str) -> bool {
    let slash = |c: Option<char>| c == Some('/') || c == Some('\\');
    if system.platform() != Platform::Windows {
        return path.starts_with('/');
    }
    let mut chars = path.chars();
    let first = chars.next();
    slash(first) || (first.is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':'))
}

/// Expands `~/` and `~user/` (`interpolate_path`); `None` when that home is not known or the path has `%(prefix)/`.
pub fn expand(system: &dyn System, path: &str) -> Option<PathBuf> {
    if path.starts_with("%(prefix)/") {
        return None;
    }
    let Some(rest) = path.strip_prefix('~') else { return Some(path.into()) };
    let (user, below) = rest.split_once('/').unwrap_or((rest, ""));
    let base = if user.is_empty() {
        home(system)?
    } else {
        system.account().home.filter(|_| system.account().name.as_deref() == Some(user))?
    };
    Some(if below.is_empty() { base } else { base.join(below) })
}

/// [`expand`], relative paths below `base`.
pub fn expand_below(system: &dyn System, path: &str, base: &Path) -> Option<PathBuf> {
    expand(system, path).map(|path| base.join(path))
}

/// The path as text for a fact.
pub fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The path with all links resolved, itself when that fails.
pub fn real(system: &dyn System, path: &Path) -> PathBuf {
    system.canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fake::FakeSystem;

    #[test]
    fn tildes_are_expanded() {
        let system = FakeSystem::new(Platform::Linux);
        let expanded = |path| expand(&system, path).map(|path| shown(&path));
        assert_eq!(expanded("~/x/y").as_deref(), Some("/home/dev/x/y"));
        assert_eq!(expanded("~").as_deref(), Some("/home/dev"));
        assert_eq!(expanded("~dev/x").as_deref(), Some("/home/dev/x"));
        assert_eq!(expanded("~root/x"), None);
        assert_eq!(expanded("x~/y").as_deref(), Some("x~/y"));
        assert_eq!(expanded("%(prefix)/x"), None);
    }

    #[test]
    fn windows_homes_are_found_in_order() {
        let system = FakeSystem::new(Platform::Windows).without_env("HOME").env_var("USERPROFILE", r"C:\Users\dev");
        assert_eq!(home(&system), Some(r"C:\Users\dev".into()));
        let system = system.env_var("HOMEDRIVE", "H:").env_var("HOMEPATH", r"\dev");
        assert_eq!(home(&system), Some(r"H:\dev".into()));
        assert!(is_absolute(&system, r"C:\x") && is_absolute(&system, "/x") && !is_absolute(&system, "x:"[1..].into()));
    }
}

//! Python packages, read from the metadata that installers leave beside them.

use std::path::{Path, PathBuf};

use super::locate::is_file;
use super::site::{Python, Site};
use crate::system::System;

/// Largest metadata file that is read.
const METADATA_LIMIT: u64 = 256 * 1024;

/// The metadata of an installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Distribution {
    /// Its version, when the metadata names one.
    pub(super) version: Option<String>,
    /// Its `dist-info` or `egg-info`.
    pub(super) info: PathBuf,
}

/// The metadata of the package that Python would find first.
pub(super) fn distribution(system: &dyn System, python: &Python, package: &str) -> Option<Distribution> {
    python.sites.iter().find_map(|site| in_site(system, site, package))
}

fn in_site(system: &dyn System, site: &Site, package: &str) -> Option<Distribution> {
    let egg = site.path.file_name().and_then(|name| name.to_str()).and_then(|name| parse(name, package));
    let found = site.names.iter().find_map(|name| Some((site.path.join(name), parse(name, package)?)));
    let (info, version) = found.or_else(|| Some((site.path.join("EGG-INFO"), egg?)))?;
    let version = version.or_else(|| written_version(system, &info));
    Some(Distribution { version, info })
}

/// The version in the name of a metadata directory of this package: `Some(None)` when the name has none, as in
/// `git_remote_codecommit.egg-info` of an editable installation.
fn parse(name: &str, package: &str) -> Option<Option<String>> {
    let stem = [".dist-info", ".egg-info", ".egg"].iter().find_map(|ending| name.strip_suffix(ending))?;
    let digit_behind = |at: &usize| stem.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit);
    let cut = stem.match_indices('-').map(|(at, _)| at).find(digit_behind);
    let (found, rest) = cut.map_or((stem, None), |at| (stem.get(..at).unwrap_or(stem), stem.get(at + 1..)));
    let version = rest.map(|rest| rest.split("-py").next().unwrap_or(rest).to_owned());
    (normalized(found) == normalized(package)).then_some(version)
}

/// The name as PEP 503 compares it.
fn normalized(name: &str) -> String {
    let words: Vec<_> = name.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

/// `Version:` of the metadata file.
fn written_version(system: &dyn System, info: &Path) -> Option<String> {
    let files = [info.join("METADATA"), info.join("PKG-INFO"), info.to_owned()];
    let content = files.iter().find_map(|file| system.read(file, METADATA_LIMIT).ok())?;
    let text = String::from_utf8_lossy(&content);
    let version = text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix("Version:"))?;
    Some(version.trim().to_owned()).filter(|version| !version.is_empty())
}

/// The directory in which Python would find a module. A directory without `__init__` is what an uninstallation left.
pub(super) fn module<'a>(system: &dyn System, python: &'a Python, module: &str) -> Option<&'a Path> {
    let holds = |site: &&Site| {
        let has = |name: &str| site.names.iter().any(|found| found == name);
        let package = site.path.join(module);
        has(&format!("{module}.py"))
            || (has(module) && ["__init__.py", "__init__.pyc"].iter().any(|init| is_file(system, &package.join(init))))
    };
    python.sites.iter().find(holds).map(|site| site.path.as_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_metadata_are_taken_apart() {
        let grc = "git-remote-codecommit";
        for (name, version) in [
            ("git_remote_codecommit-1.17.dist-info", Some(Some("1.17"))),
            ("git-remote-codecommit-1.15.dist-info", Some(Some("1.15"))),
            ("git_remote_codecommit-1.17.egg-info", Some(Some("1.17"))),
            ("git_remote_codecommit-1.17-py3.8.egg-info", Some(Some("1.17"))),
            ("git_remote_codecommit-1.17-py3.8.egg", Some(Some("1.17"))),
            ("git_remote_codecommit.egg-info", Some(None)),
            ("git_remote_codecommit", None),
            ("git_remote_codecommit_extra-1.dist-info", None),
            ("botocore-1.2.dist-info", None),
        ] {
            assert_eq!(parse(name, grc), version.map(|version| version.map(str::to_owned)), "{name}");
        }
        assert_eq!(parse("pip-23.0.1.dist-info", "pip"), Some(Some("23.0.1".into())));
        assert_eq!(parse("pipx-1.2.dist-info", "pip"), None);
    }
}

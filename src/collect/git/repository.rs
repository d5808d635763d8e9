//! The repository that the working directory lies in.

use std::path::{Path, PathBuf};

use super::config::{Config, Entry};
use super::{config_file, ownership, paths, reading, remotes};
use crate::collect::mask::{excerpt, mask};
use crate::fact::git::Repository;
use crate::fact::{Fact, FilePath, Source, Text};
use crate::system::{Discovered, FILE_LIMIT, FileKind, System};

/// References are counted up to this number.
const REF_LIMIT: usize = 5_000;

/// Finds the repository as git does: `GIT_DIR`, else upwards from the working directory.
pub fn discover(system: &dyn System, directory: &Path) -> Option<Discovered> {
    match system.env("GIT_DIR").filter(|value| !value.is_empty()) {
        Some(git_dir) => named(system, directory, &directory.join(git_dir)),
        None => system.discover_repository(directory),
    }
}

/// The repository that `GIT_DIR` names; `None` when there is none.
fn named(system: &dyn System, directory: &Path, git_dir: &Path) -> Option<Discovered> {
    let head = text(system, &git_dir.join("HEAD"))?;
    let common = text(system, &git_dir.join("commondir")).map(|path| git_dir.join(path.trim()));
    let work_tree = system.env("GIT_WORK_TREE").map_or_else(|| directory.to_owned(), |path| directory.join(path));
    Some(Discovered {
        common_dir: common.unwrap_or_else(|| git_dir.to_owned()),
        git_dir: git_dir.to_owned(),
        work_tree: Some(work_tree),
        branch: head.trim().strip_prefix("ref: refs/heads/").map(Into::into),
    })
}

fn text(system: &dyn System, path: &Path) -> Option<String> {
    system.read(path, FILE_LIMIT).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The facts. `config` is the repository's configuration, also when git ignores it.
pub fn fact(
    system: &dyn System,
    found: &Discovered,
    config: &Config,
    owned: ownership::Ownership,
    submodules: &[remotes::RawSubmodule],
) -> Repository {
    let path = |path: &Path| FilePath(paths::shown(path));
    Repository {
        git_dir: path(&found.git_dir),
        work_tree: found.work_tree.as_deref().map(path),
        branch: found.branch.as_deref().map(Into::into),
        remotes: remotes::remotes(config),
        submodules: submodules.iter().map(|submodule| submodule.fact.clone()).collect(),
        dubious_ownership: owned.dubious,
        owner: owned.owner,
        cloned_from: cloned_from(system, found),
        uses_lfs: uses_lfs(system, found),
        lfs_url: lfs_url(system, found, config),
        ref_count: ref_count(system, &found.common_dir),
        source: Source::file(paths::shown(&found.common_dir.join("config"))),
    }
}

/// The URL behind `clone: from` in the first line of the log of `HEAD`, without its login.
fn cloned_from(system: &dyn System, found: &Discovered) -> Option<Text> {
    let log = text(system, &found.git_dir.join("logs/HEAD"))?;
    let (_, url) = log.lines().next()?.split_once("\tclone: from ")?;
    Some(excerpt(&without_login(url)).into())
}

/// The URL without user and password.
fn without_login(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = rest.split('/').next().unwrap_or_default();
    let login = authority.rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", &rest[login..])
}

/// Whether `.gitattributes` at the top sends files through Git LFS.
fn uses_lfs(system: &dyn System, found: &Discovered) -> bool {
    let attributes = found.work_tree.as_deref().and_then(|top| text(system, &top.join(".gitattributes")));
    attributes.is_some_and(|text| {
        text.lines().any(|line| !line.starts_with('#') && line.split_whitespace().any(|word| word == "filter=lfs"))
    })
}

/// `lfs.url`: the configuration beats `.lfsconfig` at the top.
fn lfs_url(system: &dyn System, found: &Discovered, config: &Config) -> Option<Text> {
    if let Some(entry) = config.last("lfs", None, "url") {
        return Some(mask(entry.text()).into());
    }
    let bytes = system.read(&found.work_tree.as_deref()?.join(".lfsconfig"), reading::SIZE_LIMIT).ok()?;
    let parsed = config_file::parse(&bytes);
    let entries = reading::entries_of(0, &parsed, super::config::Scope::Local);
    let is_url = |e: &Entry| e.heading.section == "lfs" && e.subsection().is_none() && e.name == "url";
    let last = entries.filter(is_url).last();
    last.map(|entry| mask(entry.text()).into())
}

/// References of `packed-refs` and files below `refs/`.
fn ref_count(system: &dyn System, common_dir: &Path) -> Fact<i64> {
    let packed = system.read(&common_dir.join("packed-refs"), FILE_LIMIT).unwrap_or_default();
    let is_ref = |line: &&[u8]| line.first().is_some_and(u8::is_ascii_hexdigit);
    let mut count = packed.split(|byte| *byte == b'\n').filter(is_ref).take(REF_LIMIT).count();
    let mut directories = vec![common_dir.join("refs")];
    // Directories are counted too, so that empty ones cannot keep this busy.
    let mut steps = 0;
    while let Some(directory) = directories.pop() {
        let entries = system.read_dir(&directory).unwrap_or_default();
        for entry in entries {
            let path = directory.join(&entry.name);
            match entry.kind {
                FileKind::Directory => directories.push(path),
                _ => count += 1,
            }
        }
        steps += 1;
        if count >= REF_LIMIT || steps >= REF_LIMIT {
            break;
        }
    }
    if system.metadata(&common_dir.join("refs")).is_err() {
        return Fact::Unavailable("refs/ cannot be read".into());
    }
    Fact::Known(count.min(REF_LIMIT).try_into().unwrap_or(i64::MAX))
}

/// The `.git` file of a work tree or submodule, which git checks the owner of as well.
pub fn git_file(system: &dyn System, found: &Discovered) -> Option<PathBuf> {
    let path = found.work_tree.as_deref()?.join(".git");
    let metadata = system.symlink_metadata(&path).ok()?;
    (metadata.kind == FileKind::File).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::regions::RegionTable;
    use crate::collect::Context;
    use crate::collect::git::{GitState, RawUrlOrigin, collect, raw_urls};
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    fn collected(system: &FakeSystem) -> GitState {
        let regions = RegionTable::embedded().unwrap();
        collect(&Context {
            system,
            regions: &regions,
            region: None,
            profile: None,
            urls: &[],
            live: Default::default(),
        })
    }

    fn machine() -> FakeSystem {
        FakeSystem::new(Platform::Linux)
            .file("/home/dev/work/.git/HEAD", "ref: refs/heads/main\n")
            .file("/home/dev/work/.git/refs/heads/main", "x")
            .file("/home/dev/work/.git/packed-refs", "# pack-refs\n0a1b refs/tags/v1\n^0a1b\n0a1b refs/heads/x\n")
            .file(
                "/home/dev/work/.git/logs/HEAD",
                "0 1 Dev <d@x> 1 +0\tclone: from https://dev:pw@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo\n",
            )
            .file("/home/dev/work/.gitattributes", "*.psd filter=lfs diff=lfs\n")
            .file("/home/dev/work/.lfsconfig", "[lfs]\n\turl = https://u:hunter2@lfs/x\n")
            .file(
                "/home/dev/work/.gitmodules",
                "[submodule \"lib\"]\n\tpath = lib\n\turl = ../lib\n[submodule \"a\"]\n\turl = codecommit://a\n",
            )
            .file(
                "/home/dev/work/.git/config",
                "[remote \"origin\"]\n\turl = https://me:hunter2@host/v1/repos/demo\n\tpushurl = ssh://push/x\n\
                 [submodule \"a\"]\n\turl = codecommit://work@a\n",
            )
    }

    #[test]
    fn a_repository_is_described_without_its_secrets() {
        let state = collected(&machine());
        let repository = state.fact.repository.known().unwrap();
        assert_eq!(repository.branch.as_deref(), Some("main"));
        assert_eq!(
            repository.cloned_from.as_deref(),
            Some("https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo")
        );
        assert!(repository.uses_lfs);
        assert_eq!(repository.lfs_url.as_deref(), Some("https://u:••••@lfs/x"));
        assert_eq!(repository.ref_count, Fact::Known(3));
        assert_eq!(repository.dubious_ownership, Fact::Known(false));
        assert_eq!(repository.owner, Fact::Known("dev".into()));
        assert_eq!(repository.remotes[0].urls[0].0, "https://me:••••@host/v1/repos/demo");
        assert_eq!(repository.remotes[0].source.line, Some(2));
        let submodules: Vec<_> = repository.submodules.iter().map(|s| (&*s.name, s.initialised)).collect();
        assert_eq!(submodules, [("lib", false), ("a", true)]);
        assert!(!serde_json::to_string(&state.fact).unwrap().contains("hunter2"));
    }

    #[test]
    fn raw_urls_are_those_that_git_uses() {
        let urls = raw_urls(&collected(&machine()));
        let seen: Vec<_> = urls.iter().map(|u| (u.origin, u.url.as_str(), u.pushed_to)).collect();
        let wanted = [
            (RawUrlOrigin::Remote, "https://me:hunter2@host/v1/repos/demo", false),
            (RawUrlOrigin::PushUrl, "ssh://push/x", true),
            (RawUrlOrigin::Submodule, "https://me:hunter2@host/v1/repos/lib", false),
            (RawUrlOrigin::Submodule, "codecommit://work@a", false),
        ];
        assert_eq!(seen, wanted);
    }

    #[test]
    fn git_dir_names_the_repository() {
        let system = machine().in_directory("/tmp").env_var("GIT_DIR", "/home/dev/work/.git");
        let state = collected(&system.owner("/home/dev/work/.git", 0));
        let repository = state.fact.repository.known().unwrap();
        assert_eq!((repository.remotes.len(), &repository.dubious_ownership), (1, &Fact::Known(false)));
        let gone = machine().env_var("GIT_DIR", "/nowhere");
        assert_eq!(collected(&gone).fact.repository, Fact::Absent);
    }
}

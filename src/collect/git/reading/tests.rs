#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests write what the real git reads")]

use proptest::prelude::*;

use super::*;
use crate::collect::git::real_git;
use crate::system::Platform;
use crate::system::fake::FakeSystem;

/// A machine: files (`%` stands for the scratch directory, which is also HOME) and variables.
struct Machine {
    files: &'static [(&'static str, &'static str)],
    env: &'static [(&'static str, &'static str)],
}

const REPOSITORY: (&str, &str) = (
    "work/.git/config",
    "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote \"origin\"]\n\turl = https://git-codecommit.x/y\n",
);

/// Machines whose entries we must read in the order and with the scopes of the real git.
const MACHINES: &[Machine] = &[
    Machine { files: &[REPOSITORY], env: &[] },
    Machine { files: &[REPOSITORY, (".gitconfig", "[a]\nb = 2\n"), (".config/git/config", "[a]\nb = 1\n")], env: &[] },
    Machine {
        files: &[(".gitconfig", "[a]\nb = 2\n"), ("xdg/git/config", "[a]\nb = 1\n"), ("global", "[g]\nh = i\n")],
        env: &[("XDG_CONFIG_HOME", "%/xdg")],
    },
    Machine {
        files: &[(".gitconfig", "[a]\nb = 2\n"), ("global", "[g]\nh = i\n")],
        env: &[("GIT_CONFIG_GLOBAL", "%/global")],
    },
    Machine {
        files: &[REPOSITORY],
        env: &[
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_KEY_0", "A.b.C"),
            ("GIT_CONFIG_VALUE_0", "x"),
            ("GIT_CONFIG_KEY_1", "include.path"),
            ("GIT_CONFIG_VALUE_1", "%/more"),
            ("GIT_CONFIG_PARAMETERS", "'core.x'='y z'"),
        ],
    },
    Machine {
        files: &[
            (".gitconfig", "[a]\nb = 1\n[include]\npath = more\npath = ~/more2\npath = gone\n[a]\nb = 4\n"),
            ("more", "[a]\nb = 2\n[include]\npath = sub/deeper\n"),
            ("more2", "[a]\nb = 3\n"),
            ("sub/deeper", "[include]\npath = ../more2\n"),
        ],
        env: &[],
    },
    Machine {
        files: &[
            REPOSITORY,
            ("one", "[a]\nb = one\n"),
            ("two", "[a]\nb = two\n"),
            (
                ".gitconfig",
                "[includeIf \"gitdir:%/work/\"]\npath = one\n[includeIf \"gitdir:~/work/.git\"]\npath = two\n\
                 [includeIf \"gitdir:~/other/\"]\npath = one\n[includeIf \"gitdir:work/\"]\npath = one\n\
                 [includeIf \"gitdir:wor/\"]\npath = two\n[includeIf \"gitdir:./work/\"]\npath = two\n\
                 [includeIf \"gitdir:./wo*/\"]\npath = one\n[includeIf \"gitdir/i:~/WORK/\"]\npath = one\n\
                 [includeIf \"gitdir:~/WORK/\"]\npath = two\n[includeIf \"gitdir:**/work/**\"]\npath = two\n\
                 [includeIf \"gitdir:\"]\npath = one\n[includeIf \"gitdir\"]\npath = one\n\
                 [includeIf \"GITDIR:~/work/\"]\npath = one\n[includeIf \"unknown:x\"]\npath = one\n\
                 [includeIf]\npath = one\n[include \"x\"]\npath = one\n",
            ),
        ],
        env: &[],
    },
    Machine {
        files: &[
            REPOSITORY,
            ("one", "[a]\nb = one\n"),
            (
                ".gitconfig",
                "[includeIf \"onbranch:main\"]\npath = one\n[includeIf \"onbranch:m*\"]\npath = one\n\
                 [includeIf \"onbranch:other\"]\npath = one\n[includeIf \"onbranch:main/\"]\npath = one\n\
                 [includeIf \"onbranch:**\"]\npath = one\n",
            ),
        ],
        env: &[],
    },
    Machine {
        files: &[
            REPOSITORY,
            ("one", "[a]\nb = one\n"),
            (
                ".gitconfig",
                "[includeIf \"hasconfig:remote.*.url:https://git-codecommit.*/**\"]\npath = one\n\
                 [includeIf \"hasconfig:remote.*.url:https://git-codecommit.*\"]\npath = one\n\
                 [includeIf \"hasconfig:remote.*.url:https://github.com/**\"]\npath = one\n",
            ),
        ],
        env: &[],
    },
    Machine {
        files: &[
            (
                "work/.git/config",
                "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tworktreeConfig = true\n[a]\n\tb = local\n",
            ),
            ("work/.git/config.worktree", "[a]\n\tb = worktree\n"),
        ],
        env: &[],
    },
    Machine { files: &[REPOSITORY, ("work/.git/config.worktree", "[a]\n\tb = worktree\n")], env: &[] },
    Machine { files: &[(".gitconfig", "\u{feff}[a]\r\nb = crlf\r\n")], env: &[("GIT_CONFIG_SYSTEM", "%/system")] },
    Machine {
        files: &[REPOSITORY, ("one", "[a]\nb = one\n"), (".gitconfig", "[include]\npath = %/one\npath = %/one\n")],
        env: &[("GIT_DIR", "%/work/.git")],
    },
];

/// `scope key value` of every entry, as git prints them and as we read them.
fn compare(machine: &Machine, name: usize) -> Option<()> {
    let git = real_git::gits().into_iter().next()?;
    let scratch = tempfile::tempdir().unwrap();
    let top = scratch.path().canonicalize().unwrap();
    let home = top.to_str().unwrap();
    let work = top.join("work");
    std::fs::create_dir(&work).unwrap();
    assert!(real_git::run(&git, &top, &work, &[], &["init", "-q", "-b", "main"], "").ok);
    let is_repository = machine.files.iter().any(|(path, _)| path.starts_with("work/.git"));
    let mut system = FakeSystem::new(Platform::Linux).env_var("HOME", home).env_var("GIT_CONFIG_NOSYSTEM", "1");
    system = system.in_directory(work.to_str().unwrap()).dir(&format!("{home}/work"));
    if is_repository {
        system = system.file(&format!("{home}/work/.git/HEAD"), "ref: refs/heads/main\n");
    } else {
        std::fs::remove_dir_all(work.join(".git")).unwrap();
    }
    for (path, content) in machine.files {
        let (path, content) = (top.join(path), content.replace('%', home));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &content).unwrap();
        system = system.file(path.to_str().unwrap(), content);
    }
    let env: Vec<(&str, String)> = machine.env.iter().map(|(name, value)| (*name, value.replace('%', home))).collect();
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for (name, value) in &env {
        system = system.env_var(name, value);
    }
    let said = real_git::run(&git, &top, &work, &env, &["config", "--list", "--show-scope", "-z"], "");
    assert!(said.ok, "machine {name}: {}", said.stderr);
    let stdout = String::from_utf8_lossy(&said.stdout).into_owned();
    let fields: Vec<&str> = stdout.split_terminator('\0').collect();
    let wanted: Vec<String> = fields.chunks(2).map(|pair| format!("{} {}", pair[0], pair[1])).collect();
    let found = crate::collect::git::repository::discover(&system, &work);
    let reading = read(&system, None, found.as_ref());
    let ours: Vec<String> = reading
        .entries
        .iter()
        .map(|entry| {
            let subsection = entry.subsection().map(|s| format!("{s}.")).unwrap_or_default();
            let value = entry.value.as_ref().map(|v| format!("\n{v}")).unwrap_or_default();
            format!("{} {}.{subsection}{}{value}", entry.scope.word(), entry.heading.section, entry.name)
        })
        .collect();
    assert_eq!(ours, wanted, "machine {name}");
    Some(())
}

#[test]
fn files_and_includes_are_read_in_gits_order() {
    for (name, machine) in MACHINES.iter().enumerate() {
        if compare(machine, name).is_none() {
            return;
        }
    }
}

#[test]
fn includes_that_lead_nowhere_are_named() {
    let system = FakeSystem::new(Platform::Linux)
        .file(
            "/home/dev/.gitconfig",
            "[include]\n\tpath = ~/gone\n\tpath = locked\n[includeIf \"gitdir:/x/\"]\n\tpath = y\n",
        )
        .file("/home/dev/locked", "")
        .mode("/home/dev/locked", 0);
    let missing = read(&system, None, None).missing;
    let seen: Vec<_> = missing.iter().map(|m| (&*m.path, m.exists, m.source.line)).collect();
    assert_eq!(seen, [("/home/dev/gone", false, Some(2)), ("/home/dev/locked", true, Some(3))]);
}

#[test]
fn circles_end_as_in_git() {
    let system =
        FakeSystem::new(Platform::Linux).file("/home/dev/.gitconfig", "[a]\nb = c\n[include]\npath = .gitconfig\n");
    let reading = read(&system, None, None);
    assert!(reading.error.unwrap().message.starts_with("fatal: exceeded maximum include depth (10)"));
    let bomb = "[include]\npath = b\npath = b\npath = b\npath = b\npath = b\npath = b\npath = b\n";
    let system = FakeSystem::new(Platform::Linux)
        .file("/home/dev/.gitconfig", bomb)
        .file("/home/dev/b", bomb.replace("= b", "= c"))
        .file("/home/dev/c", bomb.replace("= b", "= d"))
        .file("/home/dev/d", bomb.replace("= b", "= e"))
        .file("/home/dev/e", bomb.replace("= b", "= f"))
        .file("/home/dev/f", "[a]\nb=c\n");
    assert!(read(&system, None, None).entries.len() <= ENTRY_LIMIT);
}

#[test]
fn a_bad_line_is_reported_as_git_does() {
    let system = FakeSystem::new(Platform::Linux).file("/home/dev/.gitconfig", "[a]\nb = c\nbad line\n");
    let error = read(&system, None, None).error.unwrap();
    assert_eq!(&*error.message, "fatal: bad config line 3 in file /home/dev/.gitconfig");
    assert_eq!((error.source.line, error.source.excerpt.as_deref()), (Some(3), Some("bad line")));
}

#[test]
fn the_system_file_lies_beside_git() {
    for (git, wanted) in [
        ("/usr/bin/git", "/etc/gitconfig"),
        ("/usr/local/bin/git", "/usr/local/etc/gitconfig"),
        ("/opt/homebrew/bin/git", "/opt/homebrew/etc/gitconfig"),
        ("/nix/store/x-git/bin/git", "/etc/gitconfig"),
    ] {
        let files = top_files(&FakeSystem::new(Platform::Linux), Some(Path::new(git)), None);
        assert_eq!(files[0], (wanted.into(), Scope::System), "{git}");
    }
}

proptest! {
    #[test]
    fn anything_can_stand_in_the_files(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read(&FakeSystem::new(Platform::Linux).file("/home/dev/.gitconfig", bytes), None, None);
    }
}

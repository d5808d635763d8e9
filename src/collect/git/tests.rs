use super::*;
use crate::check::regions::RegionTable;
use crate::system::fake::FakeSystem;
use crate::system::{Platform, RunError};

const GIT: &str = "/usr/bin/git";

fn collected(system: &FakeSystem) -> GitState {
    let regions = RegionTable::embedded().unwrap();
    collect(&Context { system, regions: &regions, region: None, profile: None, urls: &[], live: Default::default() })
}

fn machine() -> FakeSystem {
    FakeSystem::new(Platform::Linux)
        .program(GIT)
        .file("/home/dev/.gitconfig", "[a]\n\tb = 1\n[include]\n\tpath = more\n[a]\n\tb = 1\n")
        .file("/home/dev/more", "[credential]\n\thelper = store\n")
        .file("/opt/vendor/gitconfig", "# vendor\n[core]\n\tx = y\n")
        .file("/etc/gitconfig", "[unread]\n\tx = y\n")
        .file("/home/dev/work/.git/HEAD", "ref: refs/heads/main\n")
        .file("/home/dev/work/.git/config", "[remote \"origin\"]\n\turl = https://x/y\n")
}

const LIST: &str = "unknown\0file:/opt/vendor/gitconfig\0core.x\ny\0\
    global\0file:/home/dev/.gitconfig\0a.b\n1\0\
    global\0file:/home/dev/.gitconfig\0include.path\nmore\0\
    global\0file:/home/dev/more\0credential.helper\nstore\0\
    global\0file:/home/dev/.gitconfig\0a.b\n1\0\
    local\0file:.git/config\0remote.origin.url\nhttps://x/y\0\
    command\0command line:\0http.proxy\nhttp://p\0";

#[test]
fn on_windows_gits_list_tells_whether_it_trusts_the_repository() {
    let windows = FakeSystem::new(Platform::Windows)
        .program(GIT)
        .file("/home/dev/work/.git/HEAD", "ref: refs/heads/main\n")
        .file("/home/dev/work/.git/config", "[remote \"origin\"]\n\turl = https://x/y\n");
    let dubious = |list: &str| {
        let state = collected(&windows.clone().answers(GIT, &["config"], 0, list, ""));
        assert_eq!(raw_urls(&state).len(), 1);
        state.fact.repository.known().map(|repository| repository.dubious_ownership.clone())
    };
    let trusted = "local\0file:.git/config\0remote.origin.url\nhttps://x/y\0";
    assert_eq!(dubious(trusted), Some(Fact::Known(false)));
    assert_eq!(dubious("global\0file:/home/dev/.gitconfig\0a.b\n1\0"), Some(Fact::Known(true)));
}

#[test]
fn a_mistake_in_another_file_does_not_hide_the_remotes() {
    let system = machine().file("/home/dev/.gitconfig", "[a\n").answers(
        GIT,
        &["config"],
        128,
        "",
        "fatal: bad config line 1 in file /home/dev/.gitconfig\n",
    );
    let state = collected(&system);
    assert!(state.fact.error.known().is_some());
    let urls: Vec<_> = raw_urls(&state).into_iter().map(|raw| raw.url).collect();
    assert_eq!(urls, ["https://x/y"]);
}

#[test]
fn git_is_not_asked_where_it_would_wait() {
    let system = machine().fifo("/home/dev/.gitconfig").answers(GIT, &["config"], 0, LIST, "");
    let error = collected(&system).fact.error;
    assert!(matches!(&error, Fact::Unavailable(reason) if reason.contains("not a regular file")), "{error:?}");
}

#[test]
fn gits_own_list_gets_our_lines() {
    let system = machine()
        .answers(GIT, &["config", "--list", "--show-origin", "--show-scope", "-z"], 0, LIST, "")
        .env_var("GIT_CONFIG_COUNT", "1")
        .env_var("GIT_CONFIG_KEY_0", "http.proxy")
        .env_var("GIT_CONFIG_VALUE_0", "http://p");
    let fact = collected(&system).fact;
    let places: Vec<_> = fact
        .entries
        .iter()
        .map(|e| (&*e.scope, &*e.key, e.source.path.as_deref().unwrap_or("-"), e.source.line.unwrap_or(0)))
        .collect();
    let wanted = [
        ("system", "core.x", "/opt/vendor/gitconfig", 3),
        ("global", "a.b", "/home/dev/.gitconfig", 2),
        ("global", "include.path", "/home/dev/.gitconfig", 4),
        ("global", "credential.helper", "/home/dev/more", 2),
        ("global", "a.b", "/home/dev/.gitconfig", 6),
        ("local", "remote.origin.url", "/home/dev/work/.git/config", 2),
        ("command", "http.proxy", "-", 0),
    ];
    assert_eq!(places, wanted);
    assert_eq!(fact.entries[6].source.variable.as_deref(), Some("GIT_CONFIG_VALUE_0"));
    assert_eq!(fact.error, Fact::Absent);
    let files: Vec<_> = fact.files.iter().map(|file| &*file.path).collect();
    assert!(files.contains(&"/opt/vendor/gitconfig") && !files.contains(&"/etc/gitconfig"), "{files:?}");
    let included = fact.files.iter().find(|file| &*file.path == "/home/dev/more").unwrap();
    assert_eq!(included.included_by.as_ref().unwrap().line, Some(4));
}

#[test]
fn an_old_git_is_asked_without_scopes() {
    let old: String = LIST
        .split('\0')
        .collect::<Vec<_>>()
        .chunks(3)
        .filter(|c| c.len() == 3)
        .fold(String::new(), |all, c| format!("{all}{}\0{}\0", c[1], c[2]));
    let system = machine()
        .answers(GIT, &["config", "--list", "--show-origin", "--show-scope", "-z"], 129, "", "usage: git config")
        .answers(GIT, &["config", "--list", "--show-origin", "-z"], 0, &old, "");
    let scopes: Vec<_> = collected(&system).fact.entries.iter().map(|entry| entry.scope.0.clone()).collect();
    assert_eq!(scopes, ["system", "global", "global", "global", "global", "local", "command"]);
}

#[test]
fn a_refusal_is_quoted_and_our_reading_goes_on() {
    let system = machine()
        .file("/home/dev/.gitconfig", "[credential]\n\thelper = store\n[a\n[core]\n\tx = y\n")
        .answers(GIT, &["config"], 128, "", "warning: x\nfatal: bad config line 3 in file /home/dev/.gitconfig\n");
    let fact = collected(&system).fact;
    let error = fact.error.known().unwrap();
    assert_eq!(&*error.message, "fatal: bad config line 3 in file /home/dev/.gitconfig");
    assert_eq!((error.source.line, error.source.excerpt.as_deref()), (Some(3), Some("[a")));
    assert!(fact.entries.iter().any(|entry| &*entry.key == "credential.helper"));
}

#[test]
fn a_file_that_git_cannot_open_is_named() {
    let stderr = "warning: unable to access '.git/config': Permission denied\n\
        fatal: unable to access '.git/config': Permission denied\n";
    let fact = collected(&machine().answers(GIT, &["config"], 128, "", stderr)).fact;
    let error = fact.error.known().unwrap();
    assert_eq!(&*error.message, "fatal: unable to access '.git/config': Permission denied");
    assert_eq!(error.source.path.as_deref(), Some("/home/dev/work/.git/config"));
}

#[test]
fn a_git_that_hangs_or_is_missing_leaves_our_reading() {
    let hangs = machine().fails(GIT, RunError::TimedOut(std::time::Duration::from_secs(5)));
    for system in [hangs, machine().env_var("PATH", "/nowhere")] {
        let fact = collected(&system).fact;
        assert!(matches!(fact.error, Fact::Unavailable(_)), "{:?}", fact.error);
        assert_eq!(fact.repository.known().unwrap().remotes.len(), 1);
        assert!(fact.entries.iter().any(|entry| &*entry.key == "credential.helper"));
    }
}

#[test]
fn values_that_git_refuses_only_when_it_asks_for_credentials() {
    let error = |gitconfig: &str, list: &str| {
        let system = machine().file("/home/dev/.gitconfig", gitconfig).answers(GIT, &["config"], 0, list, "");
        collected(&system).fact.error
    };
    let global = "global\0file:/home/dev/.gitconfig\0";
    let bare = error("[credential]\n\thelper\n", &format!("{global}credential.helper\0"));
    let bare = bare.known().unwrap();
    assert_eq!(
        &*bare.message,
        "fatal: bad config variable 'credential.helper' in file '/home/dev/.gitconfig' at line 2"
    );
    assert_eq!(bare.source.line, Some(2));
    let typo = error("[credential]\n\tuseHttpPath = ture\n", &format!("{global}credential.usehttppath\nture\0"));
    assert_eq!(&*typo.known().unwrap().message, "fatal: bad boolean config value 'ture' for 'credential.usehttppath'");
    let elsewhere = error("[credential \"https://x\"]\n\thelper\n", &format!("{global}credential.https://x.helper\0"));
    assert_eq!(elsewhere, Fact::Absent);
}

#[test]
fn a_repository_that_git_does_not_trust_is_read_all_the_same() {
    let state = collected(&machine().env_var("PATH", "/nowhere").owner("/home/dev/work", 0));
    let repository = state.fact.repository.known().unwrap();
    assert_eq!(repository.dubious_ownership, Fact::Known(true));
    assert_eq!(repository.remotes.len(), 1);
    assert!(state.fact.entries.iter().all(|entry| &*entry.scope != "local"));
    assert_eq!(raw_urls(&state).len(), 1);
}

#[test]
fn nothing_at_all_is_no_crash() {
    let system = FakeSystem::new(Platform::Linux).without_env("HOME").without_env("PATH").in_directory("/gone");
    let fact = collected(&system).fact;
    assert_eq!(fact.repository, Fact::Absent);
    assert!(fact.entries.is_empty());
}

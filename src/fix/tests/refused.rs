//! What is left alone, with the reason.

use super::*;
use crate::system::{Account, Discovered, System as _};

fn edit(path: &str) -> Vec<Change> {
    vec![Change::write(path, "Host a\n", "Host b\n")]
}

/// Refused, and nothing has changed.
fn refused(fake: FakeSystem, changes: Vec<Change>) -> String {
    let before = home(&fake);
    let text = refusal(&fake, changes).to_string();
    assert_eq!(home(&fake), before, "{text}");
    text
}

#[test]
fn a_file_that_changed_since_it_was_read() {
    let fake = machine().file(CONFIG, "Host a\nHost new\n");
    let Reason::Changed { diff } = reason(&fake, edit(CONFIG)) else { panic!("not refused") };
    assert!(diff.ends_with("@@ -1,0 +2 @@\n+Host new\n"), "{diff}");
    assert_eq!(reason(&machine(), edit("/home/dev/gone")), Reason::Gone);
    assert_eq!(reason(&machine(), vec![Change::create(CONFIG, "x", 0o600)]), Reason::Exists);
    let over = Change::Move { from: CONFIG.into(), to: "/home/dev/notes".into(), before: "Host a\n".into() };
    assert_eq!(reason(&machine(), vec![over]), Reason::Exists);
    let mode = Change::SetMode { path: CONFIG.into(), before: 0o644, after: 0o600 };
    assert!(matches!(reason(&machine(), vec![mode]), Reason::Changed { .. }));
}

#[test]
fn all_or_nothing() {
    let changes = [all_kinds(), vec![Change::write("/home/dev/notes", "other", "x")]].concat();
    assert!(refused(machine(), changes).starts_with("/home/dev/notes: has been changed"));
}

#[test]
fn what_lies_or_leads_outside() {
    for (path, wanted) in [
        ("/etc/gitconfig", "/etc/gitconfig: lies outside the home directory and the repository"),
        ("/home/dev/../x", "/home/dev/../x: is not an absolute path without `..`"),
        ("config", "config: is not an absolute path without `..`"),
        ("/home/dev/out", "/home/dev/out: leads to /etc/target, outside the home directory and the repository"),
        (
            "/home/dev/way/target",
            "/home/dev/way/target: leads to /etc/target, outside the home directory and the repository",
        ),
        ("/home/dev/nowhere", "/home/dev/nowhere: is a symbolic link that cannot be followed here"),
    ] {
        let fake = machine().file("/etc/gitconfig", "Host a\n").file("/etc/target", "Host a\n");
        let fake =
            fake.link("/home/dev/out", "/etc/target").link("/home/dev/way", "/etc").link("/home/dev/nowhere", "gone");
        assert_eq!(refused(fake, edit(path)), wanted);
    }
}

#[test]
fn a_repository_does_not_lead_into_the_home_directory() {
    let fake = machine().file("/home/dev/work/r/.git/HEAD", "").link("/home/dev/work/r/.git/config", CONFIG);
    let git_dir = std::path::PathBuf::from("/home/dev/work/r/.git");
    let work_tree = Some("/home/dev/work/r".into());
    let found = Discovered { common_dir: git_dir.clone(), git_dir, work_tree, branch: None };
    let bounds = Bounds::of(&fake, Some(&found));
    let link = "/home/dev/work/r/.git/config".as_ref();
    assert_eq!(bounds.resolve(&fake, link).unwrap_err().reason, Reason::LeadsOut(CONFIG.into()));
    assert_eq!(Bounds::of(&fake, None).resolve(&fake, link).unwrap(), std::path::Path::new(CONFIG));
}

#[test]
fn a_single_file_outside_may_be_named() {
    let fake = machine().file("/etc/gitconfig", "Host a\n").with_account(Account {
        uid: Some(0),
        name: Some("root".into()),
        home: Some("/root".into()),
    });
    let fake = fake.dir("/root").env_var("HOME", "/root");
    let (mut run, _) = Run::begin(&fake, bounds(&fake).with_file("/etc/gitconfig")).unwrap();
    run.apply(&repair(edit("/etc/gitconfig"))).unwrap();
    assert_eq!(read(&fake, "/etc/gitconfig").unwrap(), "Host b\n");
}

#[test]
fn links_stay_and_their_target_is_written() {
    let fake =
        machine().file("/home/dev/dotfiles/config", "Host a\n").link("/home/dev/.ssh/linked", "../dotfiles/config");
    apply(&fake, edit("/home/dev/.ssh/linked")).unwrap();
    assert_eq!(read(&fake, "/home/dev/dotfiles/config").unwrap(), "Host b\n");
    let link = fake.symlink_metadata("/home/dev/.ssh/linked".as_ref()).unwrap();
    assert_eq!(link.kind, crate::system::FileKind::Symlink);
    let (from, to) = ("/home/dev/.ssh/linked".into(), "/home/dev/x".into());
    assert_eq!(reason(&fake, vec![Change::Move { from, to, before: "Host b\n".into() }]), Reason::Link);
}

#[test]
fn what_would_not_be_the_same_file_behind() {
    assert_eq!(
        refused(machine().links(CONFIG, 2), edit(CONFIG)),
        format!("{CONFIG}: has 2 names (hard links), which would be torn apart")
    );
    assert!(refused(machine().immutable(CONFIG), edit(CONFIG)).contains("marked as unchangeable"));
    let pipe = machine().fifo("/home/dev/pipe");
    assert_eq!(refused(pipe, edit("/home/dev/pipe")), "/home/dev/pipe: is not a regular file");
}

#[test]
fn files_of_others_also_for_root() {
    let other = refused(machine().owner(CONFIG, 0), edit(CONFIG));
    assert_eq!(other, format!("{CONFIG}: belongs to another account (user ID 0)"));
    let root = Account { uid: Some(0), name: Some("root".into()), home: Some("/root".into()) };
    let sudo = machine().dir("/root").with_account(root);
    // Not even the journal is written there.
    let before = sudo.snapshot("/");
    let failed = Run::begin(&sudo, bounds(&sudo)).map(|_| ()).unwrap_err().to_string();
    assert!(failed.ends_with("belongs to another account (user ID 1000)"), "{failed}");
    assert_eq!(
        sudo.snapshot("/home/dev/.ssh"),
        before.into_iter().filter(|s| s.path.starts_with("/home/dev/.ssh")).collect::<Vec<_>>()
    );
}

#[test]
fn directories_that_are_open_to_everybody() {
    let text = refused(machine().mode("/home/dev/.ssh", 0o777), edit(CONFIG));
    assert_eq!(text, "/home/dev/.ssh: is a directory in which every account can write");
    let text = refused(machine().mode("/home/dev", 0o757), edit(CONFIG));
    assert_eq!(text, "/home/dev: is a directory in which every account can write");
    // Unless the same repair closes it first.
    let fake = machine().mode("/home/dev/.ssh", 0o777);
    let close = Change::SetMode { path: "/home/dev/.ssh".into(), before: 0o777, after: 0o700 };
    apply(&fake, [vec![close], edit(CONFIG)].concat()).unwrap();
    assert_eq!(read(&fake, CONFIG).unwrap(), "Host b\n");
}

#[test]
fn a_read_only_home() {
    let fake = machine().mounted_read_only();
    let failed = apply(&fake, edit(CONFIG)).unwrap_err().to_string();
    assert_eq!(failed, "/home/dev/.local/state: is on a read-only file system");
}

#[test]
fn a_second_run_at_the_same_time() {
    let fake = machine();
    let (run, _) = Run::begin(&fake, bounds(&fake)).unwrap();
    let busy = Run::begin(&fake, bounds(&fake)).map(|_| ()).unwrap_err();
    assert_eq!(busy.to_string(), "another repair is under way (process 4711); wait for it to end");
    drop(run);
    assert!(Run::begin(&fake, bounds(&fake)).is_ok());
}

#[test]
fn windows_has_no_permission_bits() {
    let mode = Change::SetMode { path: CONFIG.into(), before: 0o644, after: 0o600 };
    let fake = FakeSystem::new(Platform::Windows).file(CONFIG, "Host a\n").dir("/home/dev/AppData/Local");
    let fake = fake.with_account(Account { uid: None, name: None, home: Some("/home/dev".into()) });
    assert!(matches!(reason(&fake, vec![mode]), Reason::Unsupported(_)));
    apply(&fake, edit(CONFIG)).unwrap();
    assert_eq!(read(&fake, CONFIG).unwrap(), "Host b\n");
}

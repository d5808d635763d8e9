use super::*;
use crate::check::edit::EDITS;
use crate::fact::catalogue::Sensitivity;
use crate::finding::Segment;
use crate::fix::apply::{Repair, Run};
use crate::fix::change::ActionKind;
use crate::fix::guard::Bounds;
use crate::fix::undo::undo;
use crate::system::Platform;
use crate::system::fake::FakeSystem;

const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";
const AWS: &str = "!aws codecommit credential-helper $@";

fn edit(kind: &str, parameters: &[(&str, &str)]) -> FindingEdit {
    let kind = EDITS.iter().find(|known| known.name == kind).unwrap();
    let names = || kind.required.iter().chain(kind.optional);
    assert!(parameters.iter().all(|(name, _)| names().any(|known| known == name)), "{parameters:?}");
    assert!(kind.required.iter().all(|name| parameters.iter().any(|(given, _)| given == name)), "{parameters:?}");
    let value = |text: &str| vec![Segment::value(text, Sensitivity::Public)];
    let parameters = parameters.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect();
    FindingEdit { kind: kind.name, parameters }
}

/// Plans several fixes, each of one edit, on one machine.
fn plans(system: &FakeSystem, edits: &[FindingEdit]) -> Vec<Result<Vec<Change>, Refusal>> {
    let regions = RegionTable::embedded().unwrap();
    let repository = system.discover_repository(Path::new("/home/dev/work"));
    let context = Context { system, repository: repository.as_ref(), regions: &regions, offered: &[] };
    let mut planner = Planner::new(&context);
    edits.iter().map(|edit| planner.add(std::slice::from_ref(edit))).collect()
}

fn fake() -> FakeSystem {
    FakeSystem::new(Platform::Linux).file("/home/dev/work/.git/HEAD", "ref: refs/heads/main\n")
}

/// Path, text before and text after of a change that writes.
fn written(changes: &[Change]) -> Vec<(String, Option<String>, String)> {
    let text = |content: &Content| String::from_utf8(content.0.clone()).unwrap();
    let of = |change: &Change| match change {
        Change::Write(write) => {
            (write.path.to_string_lossy().into_owned(), write.before.as_ref().map(text), text(&write.after))
        }
        other => panic!("{other:?}"),
    };
    changes.iter().map(of).collect()
}

#[test]
fn every_kind_of_edit_is_planned() {
    let system = fake();
    let regions = RegionTable::embedded().unwrap();
    let context = Context { system: &system, repository: None, regions: &regions, offered: &[] };
    for kind in EDITS {
        let parameters = kind.required.iter().map(|name| ((*name).to_owned(), vec![])).collect();
        let refused = plan(&context, &[FindingEdit { kind: kind.name, parameters }]);
        let text = refused.unwrap_err().to_string();
        assert!(!text.contains("there is no edit") && !text.contains("the edit has no"), "{}: {text}", kind.name);
    }
}

#[test]
fn later_edits_see_what_earlier_ones_made() {
    let system = fake().file("/home/dev/.ssh/config", "Host *\n  User all\nHost git-codecommit.*\n  User x\n");
    let block = edit("ssh-config-insert-block", &[("path", "~/.ssh/config"), ("host", HOST), ("user", "APKA1")]);
    let set = |value| edit("ssh-config-set", &[("path", "~/.ssh/config"), ("line", "4"), ("value", value)]);
    let found = plans(&system, &[block, set("APKA2"), set("APKA3"), set("APKA2")]);
    let first = written(found[0].as_ref().unwrap());
    let second = written(found[1].as_ref().unwrap());
    assert_eq!(second[0].1.as_deref(), Some(first[0].2.as_str()));
    let wanted = format!("Host {HOST}\n  User APKA1\n\nHost *\n  User all\nHost git-codecommit.*\n  User APKA2\n");
    assert_eq!(second[0].2, wanted);
    assert!(matches!(found[2], Err(Refusal::Conflict(_))), "{:?}", found[2]);
    assert_eq!(found[3], Ok(Vec::new()));
}

#[test]
fn a_refused_fix_leaves_nothing_behind() {
    let system = fake().file("/home/dev/.aws/config", "[default]\n");
    let regions = RegionTable::embedded().unwrap();
    let context = Context { system: &system, repository: None, regions: &regions, offered: &[] };
    let mut planner = Planner::new(&context);
    let set = |key, value| edit("aws-config-set", &[("profile", "default"), ("key", key), ("value", value)]);
    assert!(planner.add(&[set("region", "us-east-1"), set("aws_secret_access_key", "x")]).is_err());
    let changes = planner.add(&[set("output", "json"), set("region", "eu-west-1")]).unwrap();
    let wanted = "[default]\noutput = json\nregion = eu-west-1\n".to_owned();
    assert_eq!(written(&changes), [("/home/dev/.aws/config".into(), Some("[default]\n".into()), wanted)]);
}

#[test]
fn git_settings_go_into_the_file_that_decides() {
    let helper = |more: &[(&'static str, &str)]| {
        let key = format!("credential.https://{HOST}.helper");
        edit("git-config-set", &[&[("key", key.as_str()), ("value", AWS)], more].concat())
    };
    let file_of = |system: &FakeSystem, edit: FindingEdit| {
        plans(system, &[edit]).remove(0).map(|changes| written(&changes).first().map(|write| write.0.clone()))
    };
    let empty = fake();
    assert_eq!(file_of(&empty, helper(&[])), Ok(Some("/home/dev/.gitconfig".into())));
    assert_eq!(file_of(&empty, helper(&[("scope", "local")])), Ok(Some("/home/dev/work/.git/config".into())));
    assert!(matches!(file_of(&empty, helper(&[("scope", "system")])), Err(Refusal::NotAllowed(_))));
    assert!(matches!(file_of(&empty, helper(&[("file", "/etc/gitconfig")])), Err(Refusal::NotAllowed(_))));
    let xdg = fake().file("/home/dev/.config/git/config", "");
    assert_eq!(file_of(&xdg, helper(&[])), Ok(Some("/home/dev/.config/git/config".into())));
    let local = fake()
        .file("/home/dev/work/.git/config", "[credential]\n\thelper =\n")
        .file("/home/dev/.gitconfig", "[credential]\n\thelper = x\n");
    assert_eq!(file_of(&local, helper(&[])), Ok(Some("/home/dev/work/.git/config".into())));
    let github = fake().file("/home/dev/work/.git/config", "[credential \"https://github.com\"]\n\thelper = x\n");
    assert_eq!(file_of(&github, helper(&[])), Ok(Some("/home/dev/.gitconfig".into())));
    let unset = edit("git-config-unset", &[("key", "core.sshCommand")]);
    let both = fake()
        .file("/home/dev/work/.git/config", "[core]\n\tsshCommand = a\n")
        .file("/home/dev/.gitconfig", "[core]\n\tsshCommand = b\n");
    assert_eq!(plans(&both, &[unset])[0].as_ref().map(Vec::len), Ok(2));
}

#[test]
fn what_holds_for_the_whole_machine_is_its_administrators() {
    let text = "[http]\n\tproxy = http://old.corp.example:3128\n\tsslVerify = false\n";
    let system = fake().file("/etc/gitconfig", text);
    let file = ("file", "/etc/gitconfig");
    let edits = [
        edit("git-config-unset", &[("key", "http.proxy"), file]),
        edit("git-config-unset", &[("key", "http.proxy"), ("value", "a b"), file]),
        edit("git-config-set", &[("key", "http.sslVerify"), ("value", "true"), file]),
        edit("git-config-replace", &[("key", "http.sslVerify"), ("from", "false"), ("to", "true"), file]),
    ];
    let refused: Vec<_> = plans(&system, &edits).into_iter().map(|plan| plan.unwrap_err().to_string()).collect();
    let sudo = |rest: &str| {
        format!("/etc/gitconfig is the whole machine's; its administrator can: sudo git config --system {rest}")
    };
    assert_eq!(
        refused,
        [
            "--unset-all http.proxy",
            "--fixed-value --unset-all http.proxy 'a b'",
            "http.sslVerify true",
            "--fixed-value --replace-all http.sslVerify true false",
        ]
        .map(sudo)
    );
    let owned = system.clone().owner("/etc/gitconfig", 1000);
    let found = plans(&owned, &edits[..1]);
    let wanted = (Path::new("/etc/gitconfig").display().to_string(), "[http]\n\tsslVerify = false\n");
    let (path, _, after) = written(found[0].as_ref().unwrap()).remove(0);
    assert_eq!((path, after.as_str()), wanted);
    let encode = edit("re-encode", &[("path", "/etc/gitconfig")]);
    assert!(matches!(plans(&owned, &[encode])[0], Err(Refusal::NotAllowed(_))), "no other edit");
    let none = owned.env_var("GIT_CONFIG_NOSYSTEM", "1");
    assert!(plans(&none, &edits[..1])[0].is_err(), "git does not read it");
}

#[test]
fn helper_and_path_of_one_plan_end_in_one_section() {
    let key = |name: &str| format!("credential.https://{HOST}.{name}");
    let helper = edit("git-config-set", &[("key", &key("helper")), ("value", AWS)]);
    let path = edit("git-config-set", &[("key", &key("UseHttpPath")), ("value", "true")]);
    let wanted = format!("[credential \"https://{HOST}\"]\n\thelper =\n\thelper = {AWS}\n\tUseHttpPath = true\n");
    let found = plans(&fake(), &[helper.clone(), path.clone(), helper, path]);
    assert_eq!(written(found[1].as_ref().unwrap())[0].2, wanted);
    assert_eq!((&found[2], &found[3]), (&Ok(Vec::new()), &Ok(Vec::new())));
}

#[test]
fn a_file_is_moved_and_then_edited() {
    let text = "Host git-codecommit.*\n  User x\n";
    let system = fake().file("/home/dev/.ssh/config.txt", text).file("/home/dev/.ssh/other", "");
    let to = |from, to| edit("move", &[("from", from), ("to", to)]);
    let moved = to("~/.ssh/config.txt", "~/.ssh/config");
    let set = |path| edit("ssh-config-set", &[("path", path), ("line", "2"), ("value", "APKA1")]);
    let found = plans(
        &system,
        &[moved.clone(), set("~/.ssh/config"), set("~/.ssh/config.txt"), moved, to("~/.ssh/config", "~/.ssh/other")],
    );
    let wanted = Change::Move {
        from: "/home/dev/.ssh/config.txt".into(),
        to: "/home/dev/.ssh/config".into(),
        before: text.into(),
    };
    assert_eq!(found[0], Ok(vec![wanted]));
    assert_eq!(written(found[1].as_ref().unwrap())[0].0, "/home/dev/.ssh/config");
    assert!(matches!(found[2], Err(Refusal::Conflict(_))));
    assert!(found[3].is_err());
    assert!(matches!(found[4], Err(Refusal::Stale(_))));
}

#[test]
fn modes_encodings_and_keys_are_planned() {
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n";
    let system = fake()
        .file("/home/dev/.ssh/k", key)
        .file("/home/dev/.ssh/config", b"\xEF\xBB\xBFHost a\r\n")
        .program("/usr/bin/ssh-keygen");
    let mode = |mode| edit("set-mode", &[("path", "~/.ssh/k"), ("mode", mode)]);
    let encode = edit("re-encode", &[("path", "~/.ssh/config"), ("line_ends", "lf")]);
    let generate = edit("generate-key", &[("path", "~/.ssh/new")]);
    let found = plans(&system, &[mode("600"), mode("644"), mode("666"), encode, generate.clone(), generate]);
    assert_eq!(found[0], Ok(vec![Change::SetMode { path: "/home/dev/.ssh/k".into(), before: 0o644, after: 0o600 }]));
    assert_eq!(found[1], Ok(Vec::new()));
    assert!(found[2].is_err());
    assert_eq!(written(found[3].as_ref().unwrap())[0].2, "Host a\n");
    assert!(
        matches!(found[4].as_deref(), Ok([Change::Act(action)]) if action.kind == ActionKind::GenerateKey && action.creates.len() == 2)
    );
}

#[test]
fn a_stored_login_is_taken_out_of_its_file() {
    let line = format!("https://AKIAEXAMPLE:p@{HOST}\n");
    let system = fake().file("/home/dev/.git-credentials", format!("{line}https://a:b@github.com\n"));
    let forget = |host| edit("forget-credential", &[("host", host), ("helper", "store"), ("user", "AKIAEXAMPLE")]);
    let found = plans(&system, &[forget(HOST), forget(HOST), forget("github.com")]);
    assert_eq!(written(found[0].as_ref().unwrap())[0].2, "https://a:b@github.com\n");
    assert_eq!(found[1], Ok(Vec::new()));
    assert!(matches!(found[2], Err(Refusal::NotAllowed(_))));
    assert!(!format!("{found:?}").contains(":p@"));
}

#[test]
fn the_real_bytes_of_openssh_keys_are_kept() {
    let lines =
        "-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\r\n-----END OPENSSH PRIVATE KEY-----";
    let system = fake().file("/home/dev/.ssh/k", lines);
    let found = plans(&system, &[edit("re-encode", &[("path", "~/.ssh/k")])]);
    // The container is cut short, which no other line end mends.
    assert!(matches!(found[0], Err(Refusal::Stale(_))), "{found:?}");
}

#[test]
fn paths_outside_are_refused_for_every_edit_of_a_file() {
    let system = fake().file("/etc/ssh/ssh_config", "Host a\n").link("/home/dev/.ssh/config", "/etc/ssh/ssh_config");
    let edits = [
        edit("ssh-config-set", &[("path", "~/.ssh/config"), ("line", "1"), ("value", "x")]),
        edit("re-encode", &[("path", "/etc/ssh/ssh_config")]),
        edit("set-mode", &[("path", "/etc/ssh/ssh_config"), ("mode", "600")]),
        edit("move", &[("from", "/etc/ssh/ssh_config"), ("to", "~/x")]),
        edit("move", &[("from", "~/x"), ("to", "/etc/x")]),
        edit("generate-key", &[("path", "/root/.ssh/k")]),
        edit("aws-config-set", &[("profile", "a"), ("key", "region"), ("value", "x"), ("file", "/etc/aws")]),
    ];
    for (found, edit) in plans(&system, &edits).iter().zip(&edits) {
        assert!(matches!(found, Err(Refusal::NotAllowed(_))), "{}: {found:?}", edit.kind);
    }
}

#[test]
fn planned_edits_are_applied_once_and_taken_back() {
    let config = "Host *\r\n  User all # mine\r\n";
    let git = "[credential]\n\thelper = store\n";
    let system = fake()
        .file("/home/dev/.ssh/config", config)
        .file("/home/dev/.gitconfig", git)
        .file("/home/dev/.ssh/k", "x")
        .mode("/home/dev/.ssh/config", 0o600);
    let before = system.snapshot("/home/dev/.ssh");
    let key = |name: &str| format!("credential.https://{HOST}.{name}");
    let edits = [
        edit("ssh-config-insert-block", &[("path", "~/.ssh/config"), ("host", HOST), ("user", "APKA1")]),
        edit("set-mode", &[("path", "~/.ssh/k"), ("mode", "600")]),
        edit("git-config-set", &[("key", &key("helper")), ("value", AWS)]),
        edit("git-config-set", &[("key", &key("useHttpPath")), ("value", "true")]),
    ];
    let all = || plans(&system, &edits).into_iter().collect::<Result<Vec<_>, _>>().unwrap();
    let (mut run, _) = Run::begin(&system, Bounds::of(&system, None)).unwrap();
    for changes in all() {
        let repair = Repair { finding: "ssh-config-missing#1".into(), title: "t".into(), changes };
        assert!(run.apply(&repair).unwrap().changed());
    }
    run.finish().unwrap();
    let read = |path: &str| String::from_utf8(system.read(Path::new(path), 1000).unwrap()).unwrap();
    let block = format!("Host {HOST}\r\n  User APKA1\r\n\r\n");
    assert_eq!(read("/home/dev/.ssh/config"), format!("{block}{config}"));
    assert!(read("/home/dev/.gitconfig").starts_with(git) && read("/home/dev/.gitconfig").contains(AWS));
    assert!(all().iter().all(Vec::is_empty), "a second time");
    undo(&system, None, false).unwrap();
    assert_eq!((read("/home/dev/.gitconfig").as_str(), system.snapshot("/home/dev/.ssh")), (git, before));
}

#[test]
fn files_that_are_missing_are_made() {
    let key = format!("credential.https://{HOST}.UseHttpPath");
    let edits = [
        edit("ssh-config-insert-block", &[("path", "~/.ssh/config"), ("host", HOST), ("user", "APKA1")]),
        edit("aws-config-set", &[("profile", "work"), ("key", "region"), ("value", "us-east-1")]),
        edit("git-config-set", &[("key", &key), ("value", "true")]),
    ];
    let made = plans(&fake(), &edits).into_iter().map(|changes| match changes.unwrap().remove(0) {
        Change::Write(write) => (write.path.to_string_lossy().into_owned(), write.before.is_none(), write.mode),
        other => panic!("{other:?}"),
    });
    let wanted = [(".ssh/config", 0o600), (".aws/config", 0o600), (".gitconfig", 0o644)];
    let wanted = wanted.map(|(path, mode)| (format!("/home/dev/{path}"), true, mode));
    assert_eq!(made.collect::<Vec<_>>(), wanted);
}

#[test]
fn helpers_of_all_hosts_are_left_to_them() {
    let system =
        fake().file("/home/dev/.gitconfig", format!("[credential]\n\thelper = osxkeychain\n\thelper = {AWS}\n"));
    let set = |value| edit("git-config-set", &[("key", "credential.helper"), ("value", value)]);
    let unset = |value| edit("git-config-unset", &[("key", "credential.helper"), ("value", value)]);
    let found = plans(&system, &[set("store"), unset("osxkeychain"), unset(AWS), set("osxkeychain")]);
    assert!(matches!(found[0], Err(Refusal::SideEffect(_))) && matches!(found[1], Err(Refusal::SideEffect(_))));
    assert_eq!(written(found[2].as_ref().unwrap())[0].2, "[credential]\n\thelper = osxkeychain\n");
    assert_eq!(found[3], Ok(Vec::new()));
}

#[test]
fn host_keys_go_into_the_home_that_ssh_reads() {
    let regions = RegionTable::embedded().unwrap();
    let system = fake().env_var("HOME", "/home/dev/elsewhere").dir("/home/dev/elsewhere");
    let context = Context { system: &system, repository: None, regions: &regions, offered: &[] };
    let refused = plan(&context, &[edit("known-hosts-add", &[("host", HOST)])]).unwrap_err();
    assert!(refused.to_string().contains("was not seen in this run"), "{refused}");
    // The key of a table of one's own stands for a published one.
    let blob = b"\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01".to_vec();
    let sha256 = crate::system::keys::describe(&blob).sha256;
    let text =
        format!("regions:\n- name: us-east-1\n  git_host: {HOST}\n  ssh_fingerprints: {{sha256: \"{sha256}\"}}\n");
    let regions = RegionTable::parse(&text, Path::new("t")).unwrap();
    let offered = [OfferedKey { host: HOST.into(), blob }];
    let context = Context { system: &system, repository: None, regions: &regions, offered: &offered };
    let changes = plan(&context, &[edit("known-hosts-add", &[("host", HOST)])]).unwrap();
    let line = format!("{HOST} ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB\n");
    assert_eq!(written(&changes), [("/home/dev/.ssh/known_hosts".into(), None, line)]);
}

#[test]
fn what_an_included_file_says_is_set_right_there() {
    let top = "[credential]\n\tUseHttpPath = true\n[include]\n\tpath = aws.inc\n";
    let scoped = format!("[credential \"https://{HOST}\"]\n\tUseHttpPath = false\n");
    let system = fake().file("/home/dev/.gitconfig", top).file("/home/dev/aws.inc", &*scoped);
    let key = format!("credential.https://{HOST}.useHttpPath");
    let set = edit("git-config-set", &[("key", &key), ("value", "true")]);
    let unset = edit("git-config-unset", &[("key", &key)]);
    for (edit, is_set) in [(set, true), (unset, false)] {
        let changes = plans(&system, &[edit]).remove(0).unwrap();
        let [(path, _, text)] = &written(&changes)[..] else { panic!("{changes:?}") };
        assert_eq!(path, "/home/dev/aws.inc");
        assert_eq!((text.contains("= true"), text.contains("false")), (is_set, false), "{text}");
    }
}

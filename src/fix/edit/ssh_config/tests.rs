use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::fix::edit::splice::apply;
use crate::system::Platform;
use crate::system::fake::FakeSystem;

const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";
const KEY_ID: &str = "APKAEIBAERJR2EXAMPLE";

pub(super) fn regions() -> &'static RegionTable {
    static TABLE: LazyLock<RegionTable> = LazyLock::new(|| RegionTable::embedded().unwrap());
    &TABLE
}

/// The file after an edit of `~/.ssh/config`; `others`: further files.
fn edited(
    text: &str,
    others: &[(&str, &str)],
    edit: impl Fn(&Scene<'_>) -> Result<Vec<Splice>, Refusal>,
) -> Result<String, Refusal> {
    let mut system = FakeSystem::new(Platform::Linux).file("/home/dev/.ssh/config", text);
    for (path, text) in others {
        system = system.file(path, text);
    }
    let path = Path::new("/home/dev/.ssh/config");
    let scene = Scene { system: &system, path, text: text.as_bytes(), regions: regions() };
    Ok(String::from_utf8(apply(text.as_bytes(), &edit(&scene)?)).unwrap())
}

fn block() -> Vec<Setting> {
    vec![Setting::new("User", KEY_ID).unwrap(), Setting::new("IdentityFile", "~/.ssh/codecommit_rsa").unwrap()]
}

fn inserted(text: &str) -> Result<String, Refusal> {
    edited(text, &[], |scene| insert(scene, HOST, &block()))
}

#[test]
fn a_value_is_set_in_place() {
    for (before, line, value, wanted) in [
        ("Host git-codecommit.*\n  User x # mine\n", 2, "APKA1", "Host git-codecommit.*\n  User APKA1 # mine\n"),
        ("Host git-codecommit.*\r\n\tuser = \"x\"\r\n", 2, "APKA1", "Host git-codecommit.*\r\n\tuser = \"APKA1\"\r\n"),
        ("Host git-codecommit.*\n User=x", 2, "APKA1", "Host git-codecommit.*\n User=APKA1"),
        ("Host git-codecommit.*\n User\n", 2, "APKA1", "Host git-codecommit.*\n User APKA1\n"),
        ("Host git-codecommit.*\n User # x\n", 2, "APKA1", "Host git-codecommit.*\n User APKA1 # x\n"),
        ("Host git-codecommit.*\n User \"x\n", 2, "APKA1", "Host git-codecommit.*\n User APKA1\n"),
        (
            "Host git-codecommit.*\n IdentityFile ~/aws keys/k\n",
            2,
            "~/aws keys/k",
            "Host git-codecommit.*\n IdentityFile \"~/aws keys/k\"\n",
        ),
        (
            "# ä\nHost git-codecommit.a.amazonaws.com,git-codecommit.b.amazonaws.com # c\n User x\n",
            2,
            "git-codecommit.a.amazonaws.com git-codecommit.b.amazonaws.com",
            "# ä\nHost git-codecommit.a.amazonaws.com git-codecommit.b.amazonaws.com # c\n User x\n",
        ),
        (
            "Host cc\n HostName codecommit.us-east-1.amazonaws.com\n",
            2,
            HOST,
            "Host cc\n HostName git-codecommit.us-east-1.amazonaws.com\n",
        ),
        ("IgnoreUnknown A\nUseKeychain yes\n", 1, "A,UseKeychain", "IgnoreUnknown A,UseKeychain\nUseKeychain yes\n"),
        ("Host git-codecommit.*\n  Port 22 \n", 2, "22", "Host git-codecommit.*\n  Port 22 \n"),
    ] {
        assert_eq!(edited(before, &[], |scene| set(scene, line, value)).as_deref(), Ok(wanted), "{before:?}");
        assert_eq!(edited(wanted, &[], |scene| set(scene, line, value)).as_deref(), Ok(wanted), "twice: {before:?}");
    }
}

#[test]
fn what_other_hosts_share_is_not_set() {
    let refused = |text: &str, line, value: &str| edited(text, &[], |scene| set(scene, line, value)).unwrap_err();
    for (text, line, value) in [
        ("User x\n", 1, "y"),
        ("Host *\n User x\n", 2, "y"),
        ("Host git-codecommit.* github.com\n User x\n", 2, "y"),
        ("Host github.com\n User git\n", 2, "y"),
        ("Host github.com,git-codecommit.x.amazonaws.com\n User x\n", 1, "github.com git-codecommit.x.amazonaws.com"),
        ("Host git-codecommit.*\n User x\n", 1, "*"),
    ] {
        assert!(
            matches!(refused(text, line, value), Refusal::SideEffect(_)),
            "{text:?}: {}",
            refused(text, line, value)
        );
    }
    for (text, line, value) in [
        ("Host git-codecommit.*\n ProxyCommand nc %h %p\n", 2, "sh -c x"),
        ("Host git-codecommit.*\n LocalCommand x\n", 2, "y"),
        ("Host git-codecommit.*\n StrictHostKeyChecking yes\n", 2, "no"),
        ("Host git-codecommit.*\n UserKnownHostsFile a\n", 2, "/dev/null"),
        ("Host git-codecommit.*\n User x\n", 2, "a\nProxyCommand b"),
    ] {
        assert!(matches!(refused(text, line, value), Refusal::NotAllowed(_)), "{text:?}");
    }
    assert!(matches!(refused("Host a\n\n", 2, "y"), Refusal::Stale(_)));
    assert!(matches!(refused("\u{feff}Host git-codecommit.*\n User x\n", 2, "y"), Refusal::Stale(_)));
}

#[test]
fn a_block_is_put_where_it_takes_effect() {
    let own = format!("Host {HOST}\n  User {KEY_ID}\n  IdentityFile ~/.ssh/codecommit_rsa\n");
    for (before, wanted) in [
        (String::new(), own.clone()),
        ("Host a\n  User b\n".into(), format!("Host a\n  User b\n\n{own}")),
        ("Host a\n  User b".into(), format!("Host a\n  User b\n\n{own}")),
        (
            "# top\nHost a\n  User b\n\n# all\nHost *\n  User c\n".into(),
            format!("# top\nHost a\n  User b\n\n{own}\n# all\nHost *\n  User c\n"),
        ),
        (
            "Port 22\nUser all\nHost a\n  Port 1\n".into(),
            format!("Port 22\n{}\nHost *\nUser all\nHost a\n  Port 1\n", own),
        ),
        ("Host *\n  IdentityFile ~/k\n".into(), format!("Host *\n  IdentityFile ~/k\n\n{own}")),
        ("Host *\n  IdentityFile none\n".into(), format!("{own}\nHost *\n  IdentityFile none\n")),
        ("Match host git-*\n\tUser x\n".into(), format!("{}\nMatch host git-*\n\tUser x\n", own.replace("  ", "\t"))),
        ("Match exec \"true\"\n  User x\n".into(), format!("{own}\nMatch exec \"true\"\n  User x\n")),
        ("Host a\r\n  User b\r\n".into(), format!("Host a\n  User b\n\n{own}").replace('\n', "\r\n")),
        (
            format!("Host {HOST}\n\tIdentitiesOnly yes # c\n\nHost b\n\tUser c\n"),
            format!(
                "Host {HOST}\n\tIdentitiesOnly yes # c\n\tUser {KEY_ID}\n\tIdentityFile ~/.ssh/codecommit_rsa\n\nHost b\n\tUser c\n"
            ),
        ),
        (
            format!("Host {HOST}\n  User wrong # c\n"),
            format!("Host {HOST}\n  User {KEY_ID} # c\n  IdentityFile ~/.ssh/codecommit_rsa\n"),
        ),
        (
            format!("Host git-codecommit.*\n User {KEY_ID}\n IdentityFile /home/dev/.ssh/codecommit_rsa\n"),
            format!("Host git-codecommit.*\n User {KEY_ID}\n IdentityFile /home/dev/.ssh/codecommit_rsa\n"),
        ),
    ] {
        assert_eq!(inserted(&before), Ok(wanted.clone()), "{before:?}");
        assert_eq!(inserted(&wanted), Ok(wanted), "twice: {before:?}");
    }
}

#[test]
fn included_files_are_seen() {
    let include = "Include early.conf\nHost a\n  User b\n";
    let others = [("/home/dev/.ssh/early.conf", "Host *\n  User wrong\n")];
    let own = format!("Host {HOST}\n  User {KEY_ID}\n  IdentityFile ~/.ssh/codecommit_rsa\n");
    let after = edited(include, &others, |scene| insert(scene, HOST, &block()));
    assert_eq!(after, Ok(format!("{own}\nHost *\n{include}")));
    // The file of a block that is itself included cannot win over the one that includes it.
    let system = FakeSystem::new(Platform::Linux)
        .file("/home/dev/.ssh/config", "User wrong\nInclude sub\n")
        .file("/home/dev/.ssh/sub", "");
    let scene = Scene { system: &system, path: Path::new("/home/dev/.ssh/sub"), text: b"", regions: regions() };
    assert!(insert(&scene, HOST, &block()).unwrap_err().to_string().contains("/home/dev/.ssh/config"));
}

#[test]
fn blocks_for_more_than_codecommit_are_not_written() {
    for host in ["*", "*.amazonaws.com", "github.com", "git-codecommit.* github.com", ""] {
        let refused = edited("", &[], |scene| insert(scene, host, &block()[1..])).unwrap_err();
        assert!(matches!(refused, Refusal::SideEffect(_) | Refusal::NotAllowed(_)), "{host}");
    }
    let alias = edited("", &[], |scene| insert(scene, "cc", &[Setting::new("hostname", HOST).unwrap()]));
    assert_eq!(alias, Ok(format!("Host cc\n  HostName {HOST}\n")));
}

#[test]
fn a_block_is_moved_above_what_shadows_it() {
    let own = "# mine\nHost git-codecommit.*\n  User APKAEIBAERJR2EXAMPLE\n  IdentityFile ~/k\n";
    for (before, line, wanted) in [
        (
            format!("# head\n\nHost a\n  Port 1\n\n# all\nHost *\n  User x\n\n{own}\nHost z\n  Port 2\n"),
            11,
            format!("# head\n\nHost a\n  Port 1\n\n{own}\n# all\nHost *\n  User x\n\nHost z\n  Port 2\n"),
        ),
        (format!("User x\n\n{own}"), 4, format!("{own}\nHost *\nUser x\n\n")),
        (format!("Host *\n  User x\n{}", own.trim_end()), 4, format!("{own}\nHost *\n  User x\n")),
        (
            format!("Host *\r\n  User x\r\n\r\n{}", own.replace('\n', "\r\n")),
            5,
            format!("{own}\nHost *\n  User x\n\n").replace('\n', "\r\n"),
        ),
        (format!("Host *\n  IdentityFile ~/z\n{own}"), 4, format!("Host *\n  IdentityFile ~/z\n{own}")),
    ] {
        assert_eq!(edited(&before, &[], |scene| move_block(scene, line)), Ok(wanted.clone()), "{before:?}");
        let again = wanted.lines().position(|line| line.starts_with("Host git-codecommit")).unwrap() + 1;
        let again = u32::try_from(again).unwrap();
        assert_eq!(edited(&wanted, &[], |scene| move_block(scene, again)), Ok(wanted), "twice: {before:?}");
    }
    let wide = "Host *\n  User x\nHost *.amazonaws.com\n  User y\n";
    assert!(matches!(edited(wide, &[], |scene| move_block(scene, 3)), Err(Refusal::SideEffect(_))));
    assert!(matches!(edited(wide, &[], |scene| move_block(scene, 2)), Err(Refusal::Stale(_))));
}

#[test]
fn an_include_line_moves_above_the_first_block() {
    let included: &[(&str, &str)] = &[("/home/dev/.ssh/aws", "Host git-codecommit.*\n  User APKAEIBAERJR2EXAMPLE\n")];
    let before = "# mine\nHost github.com\n  User git\n\nInclude aws\nHost b\n";
    let wanted = "Include aws\n\n# mine\nHost github.com\n  User git\n\nHost b\n";
    assert_eq!(edited(before, included, |scene| move_block(scene, 5)).as_deref(), Ok(wanted));
    assert_eq!(edited(wanted, included, |scene| move_block(scene, 1)).as_deref(), Ok(wanted), "twice");
    let shared: &[(&str, &str)] = &[("/home/dev/.ssh/aws", "Host git-codecommit.*\n  User x\nHost *\n  Port 1\n")];
    assert!(matches!(edited(before, shared, |scene| move_block(scene, 5)), Err(Refusal::SideEffect(_))));
}

#[test]
fn algorithms_are_added_and_only_sound_ones() {
    for (keyword, value, allowed) in [
        ("kexalgorithms", "+curve25519-sha256,ecdh-sha2-nistp256", true),
        ("kexalgorithms", "curve25519-sha256", false),
        ("kexalgorithms", "+diffie-hellman-group1-sha1", false),
        ("ciphers", "+aes256-ctr", true),
        ("ciphers", "+3des-cbc", false),
        ("macs", "+hmac-sha2-256", true),
        ("macs", "+hmac-md5", false),
        ("requiredrsasize", "2048", true),
        ("requiredrsasize", "1024", false),
    ] {
        assert_eq!(Setting::new(keyword, value).is_ok(), allowed, "{keyword} {value}");
    }
}

#[test]
fn unknown_options_are_passed_over() {
    for (before, wanted) in [
        ("Host a\n  UseKeychain yes\n", "IgnoreUnknown UseKeychain\nHost a\n  UseKeychain yes\n"),
        ("# top\r\nHost a\r\n", "IgnoreUnknown UseKeychain\r\n# top\r\nHost a\r\n"),
        ("IgnoreUnknown Foo # c\nUseKeychain yes\n", "IgnoreUnknown Foo,UseKeychain # c\nUseKeychain yes\n"),
        (
            "UseKeychain yes\nIgnoreUnknown Foo\nFoo x\n",
            "IgnoreUnknown Foo,UseKeychain\nUseKeychain yes\nIgnoreUnknown Foo\nFoo x\n",
        ),
        ("IgnoreUnknown usekeychain\nUseKeychain yes\n", "IgnoreUnknown usekeychain\nUseKeychain yes\n"),
    ] {
        assert_eq!(edited(before, &[], |scene| ignore(scene, "UseKeychain")).as_deref(), Ok(wanted), "{before:?}");
        assert_eq!(
            edited(wanted, &[], |scene| ignore(scene, "UseKeychain")).as_deref(),
            Ok(wanted),
            "twice: {before:?}"
        );
    }
    assert!(edited("", &[], |scene| ignore(scene, "ProxyCommand")).is_err());
    assert!(edited("", &[], |scene| ignore(scene, "a b")).is_err());
}

pub(super) fn line() -> impl Strategy<Value = String> {
    let fixed = [
        "Host a b",
        "Host *",
        "Host git-codecommit.*",
        "Host git-codecommit.us-east-1.amazonaws.com",
        "Match host git-codecommit.us-east-1.amazonaws.com user x",
        "Match all",
        "  User x # c",
        "\tUser = \"y\"",
        "  IdentityFile ~/k",
        "  IdentityFile none",
        "  Port 7",
        "# comment",
        "",
        "HostName h%h",
    ];
    (0..fixed.len(), any::<bool>())
        .prop_map(move |(at, crlf)| format!("{}{}", fixed[at], if crlf { "\r\n" } else { "\n" }))
}

proptest! {
    #[test]
    fn inserting_keeps_all_lines_and_is_done_once(lines in proptest::collection::vec(line(), 0..14)) {
        let text = lines.concat();
        let Ok(once) = inserted(&text) else { return Ok(()) };
        prop_assert_eq!(inserted(&once), Ok(once.clone()));
        // What was there is there in the same order, but for the values that are set in place.
        let mut rest = once.lines();
        for old in text.lines().filter(|old| !old.contains("User") && !old.contains("IdentityFile")) {
            prop_assert!(rest.any(|new| new == old), "{old} is lost: {once}");
        }
    }

    #[test]
    fn setting_changes_one_line(lines in proptest::collection::vec(line(), 1..14), at in 1u32..14) {
        let text = lines.concat();
        let Ok(once) = edited(&text, &[], |scene| set(scene, at, "APKA1")) else { return Ok(()) };
        let (old, new): (Vec<_>, Vec<_>) = (text.lines().collect(), once.lines().collect());
        prop_assert_eq!(old.len(), new.len());
        let differing = old.iter().zip(&new).enumerate().filter(|(_, (old, new))| old != new).map(|(at, _)| at + 1);
        prop_assert!(differing.into_iter().all(|line| line == at as usize));
        prop_assert_eq!(edited(&once, &[], |scene| set(scene, at, "APKA1")), Ok(once));
    }
}

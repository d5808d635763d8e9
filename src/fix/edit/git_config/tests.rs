use proptest::prelude::*;

use super::*;
use crate::fix::edit::splice::apply;

const AWS: &str = "!aws codecommit credential-helper $@";
const URL: &str = "credential.https://git-codecommit.us-east-1.amazonaws.com";

fn key(key: &str) -> Key {
    Key::parse(key).unwrap()
}

fn after(text: &str, splices: Result<Vec<Splice>, Refusal>) -> String {
    String::from_utf8(apply(text.as_bytes(), &splices.unwrap())).unwrap()
}

#[test]
fn one_value_is_set_and_nothing_else() {
    for (before, name, value, wanted) in [
        ("", "http.proxy", "http://p:1", "[http]\n\tproxy = http://p:1\n"),
        ("[HTTP]\n  Proxy=a # why\n", "http.proxy", "b", "[HTTP]\n  Proxy=b # why\n"),
        ("[http]\r\n\tproxy = a\r\n", "http.proxy", "b", "[http]\r\n\tproxy = b\r\n"),
        ("[http]\r\n\tsslVerify = true\r\n", "http.proxy", "b", "[http]\r\n\tsslVerify = true\r\n\tproxy = b\r\n"),
        ("[http]\n\tproxy = \"a ; b\" ; c\n", "http.proxy", "b", "[http]\n\tproxy = b ; c\n"),
        ("[http]\n\tproxy = a\\\n  b\\\n  c\n\tx = y\n", "http.proxy", "b", "[http]\n\tproxy = b\n\tx = y\n"),
        ("[http]\n\tproxy\n", "http.proxy", "b", "[http]\n\tproxy = b\n"),
        ("[http]\n\tproxy =\n", "http.proxy", "b", "[http]\n\tproxy = b\n"),
        ("[http] proxy = a\n", "http.proxy", "b", "[http] proxy = b\n"),
        ("[http] sslVerify = true\n", "http.proxy", "b", "[http] sslVerify = true\n\tproxy = b\n"),
        ("[http]\n\tproxy = a\n\tproxy = c\n", "http.proxy", "b", "[http]\n\tproxy = a\n\tproxy = b\n"),
        ("[http \"u\"]\n  proxy = a\n", "http.proxy", "b", "[http \"u\"]\n  proxy = a\n[http]\n  proxy = b\n"),
        ("[http]\n\tproxy = b", "http.proxy", "b", "[http]\n\tproxy = b"),
        ("[http]\n\tx = y", "http.proxy", "b", "[http]\n\tx = y\n\tproxy = b\n"),
        ("[http]\n# mine\n[core]\n", "http.proxy", "b", "[http]\n\tproxy = b\n# mine\n[core]\n"),
        ("[http]\n\temptyAuth = yes\n", "http.emptyAuth", "true", "[http]\n\temptyAuth = yes\n"),
        ("[http]\n\temptyAuth\n", "http.emptyAuth", "true", "[http]\n\temptyAuth\n"),
        ("\u{feff}[http]\n\tproxy = a\n", "http.proxy", "b", "\u{feff}[http]\n\tproxy = b\n"),
        ("[http]\n\tproxy = a\n", "http.proxy", "x #1 \"q\" \\", "[http]\n\tproxy = \"x #1 \\\"q\\\" \\\\\"\n"),
        ("[a]\n", "http.a\"b\\.proxy", "b", "[a]\n[http \"a\\\"b\\\\\"]\n\tproxy = b\n"),
    ] {
        let set_once = after(before, set(before.as_bytes(), &key(name), value, |_| false));
        assert_eq!(set_once, wanted, "{before:?}");
        assert_eq!(
            after(&set_once, set(set_once.as_bytes(), &key(name), value, |_| false)),
            wanted,
            "twice: {before:?}"
        );
    }
}

#[test]
fn entries_go_with_their_line() {
    for (before, name, value, wanted) in [
        ("[core]\n\tsshCommand = a ; b\n\tx = y\n", "core.sshcommand", None, "[core]\n\tx = y\n"),
        ("[core]\r\n\tsshCommand = a\\\r\n b\r\n\tx\r\n", "core.sshCommand", None, "[core]\r\n\tx\r\n"),
        ("[core] sshCommand = a ; b\n\tx = y\n", "core.sshCommand", None, "[core] ; b\n\tx = y\n"),
        ("[core]\n\tsshCommand = a\n\tsshCommand = b\n", "core.sshCommand", Some("a"), "[core]\n\tsshCommand = b\n"),
        ("[core]\n\tsshCommand = \"a\"", "core.sshCommand", Some("a"), "[core]\n"),
        ("[core]\n\tx = y\n", "core.sshCommand", None, "[core]\n\tx = y\n"),
        (
            "[url \"b\"]\n\tinsteadOf = c\n\tinsteadOf = d\n",
            "url.b.insteadOf",
            Some("d"),
            "[url \"b\"]\n\tinsteadOf = c\n",
        ),
    ] {
        assert_eq!(after(before, unset(before.as_bytes(), &key(name), value)), wanted, "{before:?}");
    }
}

#[test]
fn one_of_several_values_is_replaced() {
    let text = "[credential]\n\thelper = a\n\thelper = \"!x\" # mine\n";
    let replaced = replace(text.as_bytes(), &key("credential.helper"), "!x", "store");
    let wanted = "[credential]\n\thelper = a\n\thelper = store # mine\n";
    assert_eq!(after(text, replaced), wanted);
    assert_eq!(after(wanted, replace(wanted.as_bytes(), &key("credential.helper"), "!x", "store")), wanted);
    assert!(matches!(replace(b"[a]\nb = c\n", &key("a.b"), "x", "y"), Err(Refusal::Stale(_))));
}

#[test]
fn a_helper_is_placed_where_it_takes_effect() {
    let section = format!("[{}]\n\thelper =\n\thelper = {AWS}\n", URL.replacen('.', " \"", 1) + "\"");
    let head = section.lines().next().unwrap().to_owned();
    let own = |helpers: &str| format!("{head}\n{helpers}");
    for (before, wanted) in [
        (String::new(), section.clone()),
        ("[credential]\n\thelper = store\n".into(), format!("[credential]\n\thelper = store\n{section}")),
        // A section that is reset by a later one is of no use: a new one follows.
        (
            format!("{section}[credential]\n\thelper =\n\thelper = store\n"),
            format!("{section}[credential]\n\thelper =\n\thelper = store\n{section}"),
        ),
        (own("\thelper = !wrong # keep\n"), own(&format!("\thelper =\n\thelper = {AWS} # keep\n"))),
        (own("\thelper =\n\thelper = x\n\thelper = y\n"), section.clone()),
        (own("\thelper = a\n\thelper = b\n\thelper = c\n"), section.clone()),
        (own("\tuseHttpPath = true\n"), own(&format!("\tuseHttpPath = true\n\thelper =\n\thelper = {AWS}\n"))),
        (format!("{head} helper = x\n"), format!("{head} helper =\n\thelper = {AWS}\n")),
        (format!("[credential]\n\thelper = store\n{section}"), format!("[credential]\n\thelper = store\n{section}")),
    ] {
        let once = after(&before, set_helper(before.as_bytes(), &key(&format!("{URL}.helper")), AWS));
        assert_eq!(once, wanted, "{before:?}");
        assert_eq!(after(&once, set_helper(once.as_bytes(), &key(&format!("{URL}.helper")), AWS)), once, "twice");
    }
}

#[test]
fn only_keys_and_values_of_the_list_are_written() {
    for (name, value, allowed) in [
        ("credential.https://git-codecommit.us-east-1.amazonaws.com.helper", AWS, true),
        (
            "credential.https://git-codecommit.*.amazonaws.com.helper",
            "!aws --profile work codecommit credential-helper $@",
            true,
        ),
        (
            "credential.https://git-codecommit.cn-north-1.amazonaws.com.cn.helper",
            "!'/opt/my aws/aws' --region us-east-1 codecommit credential-helper --ignore-host-check $@",
            true,
        ),
        ("credential.https://vpce-1.git-codecommit.us-east-1.vpce.amazonaws.com.helper", AWS, true),
        ("credential.https://github.com.helper", AWS, false),
        (
            "url.https://git-codecommit.us-east-1.amazonaws.com/.insteadOf",
            "https://git-codecommit.us-east-1.amazonaws.com/",
            true,
        ),
        ("url.https://git-codecommit.us-east-1.amazonaws.com/.insteadOf", "https://", false),
        ("url.https://github.com/.insteadOf", "https://github.com/", false),
        ("url.https://evil.example/.insteadOf", "https://git-codecommit.us-east-1.amazonaws.com/", false),
        ("credential.https://git-codecommit.us-east-1.amazonaws.com.evil.example.helper", AWS, false),
        ("credential.https://*.amazonaws.com.helper", AWS, false),
        ("credential.helper", AWS, false),
        ("credential.helper", "", false),
        ("credential.helper", "store", true),
        ("credential.helper", "store --file /tmp/x", false),
        (
            "credential.https://git-codecommit.us-east-1.amazonaws.com.helper",
            "!sh -c 'aws codecommit credential-helper' $@",
            false,
        ),
        (
            "credential.https://git-codecommit.us-east-1.amazonaws.com.helper",
            "!aws codecommit credential-helper $@; rm -rf ~ $@",
            false,
        ),
        (
            "credential.https://git-codecommit.us-east-1.amazonaws.com.helper",
            "!aws --profile `id` codecommit credential-helper $@",
            false,
        ),
        (
            "credential.https://git-codecommit.us-east-1.amazonaws.com.helper",
            "!./aws codecommit credential-helper $@",
            false,
        ),
        (
            "credential.https://git-codecommit.us-east-1.amazonaws.com.helper",
            "!aws --endpoint-url http://x codecommit credential-helper $@",
            false,
        ),
        (
            "credential.https://git-codecommit.us-east-1.amazonaws.com.helper",
            "!aws codecommit credential-helper get $@",
            false,
        ),
        ("credential.https://git-codecommit.us-east-1.amazonaws.com.UseHttpPath", "true", true),
        ("credential.useHttpPath", "true", false),
        ("http.sslVerify", "false", false),
        ("http.sslVerify", "true", true),
        ("http.proxy", "http://user:secret@proxy:1", false),
        ("http.https://x.y.proxy", "socks5h://proxy:1080", true),
        ("core.sshCommand", "ssh", false),
        ("core.hooksPath", "/tmp", false),
        ("alias.st", "!sh", false),
        ("protocol.codecommit.allow", "always", true),
        ("protocol.ext.allow", "always", false),
        ("protocol.ssh.allow", "always", true),
        ("protocol.https.allow", "always", true),
        ("remote.origin.url", "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo", false),
        ("credential.https://git-codecommit.us-east-1.amazonaws.com.helper", "", false),
        ("http.sslCAInfo", "/etc/x\n[core]", false),
    ] {
        assert_eq!(check_set(&key(name), value).is_ok(), allowed, "{name} = {value}");
    }
    for (name, allowed) in
        [("core.sshCommand", true), ("url.x.insteadOf", true), ("http.extraHeader", true), ("user.email", false)]
    {
        assert_eq!(check_unset(&key(name), None).is_ok(), allowed, "{name}");
    }
    assert!(check_unset(&key("credential.helper"), Some(AWS)).is_ok());
    assert!(check_unset(&key("credential.helper"), Some("store")).is_err());
    for bad in ["x", "a.", ".b", "a.b c", "a.1b", "a b.c", "a.x\ny.b"] {
        assert!(Key::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_file_that_git_cannot_read_is_left_alone() {
    assert!(matches!(set(b"[http\n", &key("http.proxy"), "b", |_| false), Err(Refusal::Stale(_))));
}

/// All entries as git reads them, those of one key apart.
fn others(text: &[u8], wanted: &Key) -> Vec<(String, Option<String>)> {
    let items = config_file::parse(text).items;
    let rest = items.iter().filter(|item| !wanted.is(item));
    rest.map(|item| (format!("{:?}.{}", item.heading, item.name), item.value.clone())).collect()
}

fn line() -> impl Strategy<Value = String> {
    let fixed = [
        "[http]",
        "[HTTP] # c",
        "[http \"u\"]",
        "[core] x = y",
        "\tproxy = a",
        "  Proxy=a;c",
        "proxy",
        "\tproxy =",
        "\tproxy = \"a b\" # c",
        "\tproxy = a\\\n b",
        "# comment",
        "",
        "\tother = z",
        "[http]proxy=q",
    ];
    (0..fixed.len(), any::<bool>())
        .prop_map(move |(at, crlf)| format!("{}{}", fixed[at], if crlf { "\r\n" } else { "\n" }))
}

proptest! {
    #[test]
    fn an_edit_changes_its_key_only_and_only_once(lines in proptest::collection::vec(line(), 0..12), value in "[ -~]{0,12}") {
        let text = lines.concat();
        prop_assume!(config_file::parse(text.as_bytes()).error_line.is_none());
        let key = key("http.proxy");
        let once = apply(text.as_bytes(), &set(text.as_bytes(), &key, &value, |_| false).unwrap());
        prop_assert_eq!(others(text.as_bytes(), &key), others(&once, &key));
        prop_assert_eq!(values(&once, &key).unwrap().pop(), Some(value.clone()));
        prop_assert_eq!(&apply(&once, &set(&once, &key, &value, |_| false).unwrap()), &once);
        let gone = apply(&once, &unset(&once, &key, None).unwrap());
        prop_assert_eq!(others(text.as_bytes(), &key), others(&gone, &key));
        prop_assert_eq!(values(&gone, &key).unwrap(), Vec::<String>::new());
    }
}

//! What the real git makes of the files before and after.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests ask the real git")]

use std::path::Path;

use super::*;
use crate::collect::git::real_git::{gits, run};
use crate::fix::edit::splice::apply;

const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";

const FILES: &[&str] = &[
    "",
    "[user]\n\tname = A \"B\" C ; me\n[credential]\n\thelper = store\n",
    "[user]\r\n\tname = x\r\n[credential]\r\n\thelper =\r\n\thelper = one\r\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com\"]\n\thelper = !echo wrong # c\n\tUseHttpPath = false\n[credential]\n\tuseHttpPath = false\n\thelper =\n\thelper = two\n",
    "[credential \"https://git-codecommit.*.amazonaws.com\"]\n  helper = three\\\n four\n[alias] st = \"status ; x\"\n",
    "[credential]helper=one\n[http]\n\tproxy = a\n\tproxy = b # last\n[http \"https://x.example\"]\n\tproxy = c\n",
    "\u{feff}[http]\n\tproxy = \"a\\tb\"\n# end",
];

/// Every entry of the file, as the real git reads it.
fn listed(git: &Path, directory: &Path, text: &[u8]) -> Vec<String> {
    std::fs::write(directory.join("c"), text).unwrap();
    let said = run(git, directory, directory, &[], &["config", "--file", "c", "--list", "-z"], "");
    assert!(said.ok, "{}", said.stderr);
    String::from_utf8(said.stdout).unwrap().split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn for_the_real_git_only_the_wanted_key_differs() {
    let values = ["http://proxy.example:3128", "a # b", " blank ", "C:\\x\\\"y\"", "ä;ö"];
    for git in gits() {
        let directory = tempfile::tempdir().unwrap();
        for text in FILES {
            for value in values {
                let key = Key::parse("http.proxy").unwrap();
                let after = apply(text.as_bytes(), &set(text.as_bytes(), &key, value, |_| false).unwrap());
                let other =
                    |list: Vec<String>| list.into_iter().filter(|e| !e.starts_with("http.proxy\n")).collect::<Vec<_>>();
                let (old, new) =
                    (listed(&git, directory.path(), text.as_bytes()), listed(&git, directory.path(), &after));
                let last = new.iter().rfind(|entry| entry.starts_with("http.proxy\n")).cloned();
                assert_eq!(last, Some(format!("http.proxy\n{value}")), "{text:?}");
                assert_eq!(other(old), other(new), "{text:?}");
                let gone = apply(&after, &unset(&after, &key, None).unwrap());
                let rest = listed(&git, directory.path(), &gone);
                assert!(!rest.iter().any(|entry| entry.starts_with("http.proxy\n")), "{text:?}");
                assert_eq!(other(listed(&git, directory.path(), text.as_bytes())), rest, "{text:?}");
            }
        }
    }
}

/// A helper that says who it is and which path it was given.
fn helper(name: &str) -> String {
    format!(
        "!f() {{ p=none; while read l; do case $l in path=*) p=${{l#path=}};; esac; done; echo username={name}; echo password=$p; }}; f"
    )
}

#[test]
fn for_the_real_git_the_helper_and_the_path_take_effect() {
    for git in gits() {
        let home = tempfile::tempdir().unwrap();
        for text in FILES {
            let text = text
                .replace("three\\\n four", "three")
                .replace("one", &encode(&helper("one")))
                .replace("two", &encode(&helper("two")));
            let key = |name: &str| Key::parse(&format!("credential.https://{HOST}.{name}")).unwrap();
            let mine = helper("mine");
            let first = apply(text.as_bytes(), &set_helper(text.as_bytes(), &key("helper"), &mine).unwrap());
            let after = apply(&first, &set(&first, &key("useHttpPath"), "true", |_| true).unwrap());
            std::fs::write(home.path().join(".gitconfig"), &after).unwrap();
            let fill = |host: &str| {
                let input = format!("protocol=https\nhost={host}\npath=v1/repos/demo\n\n");
                String::from_utf8(run(&git, home.path(), home.path(), &[], &["credential", "fill"], &input).stdout)
                    .unwrap()
            };
            let own = fill(HOST);
            assert!(own.contains("username=mine\n") && own.contains("password=v1/repos/demo\n"), "{text}\n{own}");
            let other = fill("github.com");
            std::fs::write(home.path().join(".gitconfig"), &text).unwrap();
            assert_eq!(other, fill("github.com"), "{text}");
        }
    }
}

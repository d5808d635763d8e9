//! The chain compared with `git credential fill` of every git on this machine.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests write what the real git reads")]

use super::{AWS, URL, machine, seen};
use crate::collect::git::real_git;

/// Configurations; `@a` stands for a helper that notes that it was called and answers nothing.
const ROWS: &[&str] = &[
    "[credential]\nhelper = @a\n",
    "[credential]\nhelper = @a\nhelper = @b\n",
    "[credential]\nhelper = @a\nhelper =\nhelper = @b\n",
    "[credential]\nhelper = @a\nhelper = \"\"\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com/\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com/v1\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/dem\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/Demo\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.*.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"https://*.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"https://*.*.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"https://*.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"https://*\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-*.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com.cn\"]\nhelper = @a\n",
    "[credential \"https://GIT-CODECOMMIT.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"HTTPS://git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"http://git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com:443\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com:8443\"]\nhelper = @a\n",
    "[credential \"https://me@git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"https://@git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"git-codecommit.us-east-1.amazonaws.com/\"]\nhelper = @a\n",
    "[credential \"git-codecommit.us-east-1.amazonaws.com/v1\"]\nhelper = @a\n",
    "[credential \"git-codecommit.us-east-1.amazonaws.com/v1/repos/demo\"]\nhelper = @a\n",
    "[credential \"git-codecommit.*.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"GIT-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"me@git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential]\nusername = me\n[credential \"me@git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"me@git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n[credential]\nusername = me\n",
    "[credential]\nusername = me\n[credential \"https://me@git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n",
    "[credential \"https://\"]\nhelper = @a\n",
    "[credential \"http://\"]\nhelper = @a\n",
    "[credential \"/v1/repos/demo\"]\nhelper = @a\n",
    "[credential \"\"]\nhelper = @a\n",
    "[credential \"*\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit\\\\.us-east-1\\\\.amazonaws\\\\.com\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit\\.us-east-1\\.amazonaws\\.com\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com/%76%31\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com/x/../v1\"]\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com?x\"]\nhelper = @a\n",
    "[credential]\nhelper = @a\nuseHttpPath = true\n",
    "[credential]\nhelper = @a\nuseHttpPath = 1\n",
    "[credential]\nhelper = @a\nuseHttpPath = true\nuseHttpPath = false\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com\"]\nuseHttpPath = true\nhelper = @a\n[credential]\nuseHttpPath = false\n",
    "[credential]\nuseHttpPath = false\n[credential \"https://git-codecommit.us-east-1.amazonaws.com\"]\nuseHttpPath = true\nhelper = @a\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com\"]\nhelper = @a\n[credential]\nhelper =\nhelper = @b\n",
    "[credential]\nhelper = @b\n[credential \"https://git-codecommit.us-east-1.amazonaws.com\"]\nhelper =\nhelper = @a\n",
    "[credential \"https://github.com\"]\nhelper = @b\nhelper =\nuseHttpPath = true\n[credential]\nhelper = @a\n",
    "[credential]\nhelper = @a\nusername = alice\nusername = bob\n",
    "[credential \"https://git-codecommit.us-east-1.amazonaws.com\"]\nusername = alice\n[credential]\nhelper = @a\n",
    "[credential]\nhelper = @a\n[credential \"https://git-codecommit.*.amazonaws.com\"]\nhelper = @b\n[credential]\nhelper = @c\n",
    "[Credential]\nHELPER = @a\n[credential.x.y]\nhelper = @b\n",
];

/// URLs with which every row is tried.
const URLS: &[&str] = &[
    URL,
    "https://me@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/",
    "https://git-codecommit.us-east-1.amazonaws.com:443/v1/repos/demo",
];

/// The helpers in the order asked, whether they are told the path, and the user.
type Asked = (Vec<String>, bool, Option<String>);

fn asked_by_git(git: &std::path::Path, gitconfig: &str, url: &str) -> Asked {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join(".gitconfig"), gitconfig).unwrap();
    let input = format!("url={url}\n\n");
    real_git::run(git, home.path(), home.path(), &[], &["credential", "fill"], &input);
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap_or_default();
    let told = read("told");
    let user = told.lines().find_map(|line| line.strip_prefix("username=")).map(Into::into);
    (read("log").lines().map(Into::into).collect(), told.lines().any(|line| line.starts_with("path=")), user)
}

fn asked_by_us(gitconfig: &str, url: &str) -> Asked {
    let fact = seen(&machine().file("/home/dev/.gitconfig", gitconfig), url, None);
    let name = |value: &str| value.split_once("echo ").map(|(_, rest)| rest[..1].to_owned()).unwrap();
    let helpers: Vec<String> = fact.helpers.iter().map(|helper| name(&helper.value)).collect();
    let url_user = url.contains("me@").then(|| "me".to_owned());
    let user = url_user.or_else(|| fact.username.value.map(|value| value.0)).filter(|_| !helpers.is_empty());
    let path = fact.use_http_path_on && !helpers.is_empty();
    (helpers, path, user)
}

#[test]
fn helpers_are_asked_as_git_asks_them() {
    for git in real_git::gits() {
        for row in ROWS {
            let gitconfig = row
                .lines()
                .map(|line| match line.split_once('@') {
                    Some((before, name)) if line.to_lowercase().starts_with("helper") => {
                        format!("{before}\"!f() {{ echo {name} >> $HOME/log; cat > $HOME/told; }}; f\"\n")
                    }
                    _ => format!("{line}\n"),
                })
                .collect::<String>();
            for url in URLS {
                let (ours, gits) = (asked_by_us(&gitconfig, url), asked_by_git(&git, &gitconfig, url));
                assert_eq!(ours, gits, "{} {url}\n{row}", git.display());
            }
        }
    }
    assert!(AWS.starts_with('!'));
}

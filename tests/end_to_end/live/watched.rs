//! `cc-doctor run` before the stand-in: the same bytes as without it, and the cause behind them.

use std::fs;

use super::desk::{Desk, GIT_PASSWORD, SECRET};
use crate::output::Output;
use crate::standin::switches::{Http, Port};
use crate::watched::{added, on_terminal, words};

/// The command as it is, and watched.
fn both(desk: &Desk, command: &[&str]) -> (Output, Output) {
    let plain = desk.machine.tool("git", command);
    let regions = desk.machine.home("regions.yaml").to_string_lossy().into_owned();
    let run = desk.machine.run(&[&["--regions", &regions, "run", "--", "git"], command].concat());
    (plain, run)
}

fn added_to(desk: &Desk, command: &[&str]) -> String {
    let (plain, run) = both(desk, command);
    words(&added(&plain, &run))
}

fn desks() -> Vec<(&'static str, Desk)> {
    let all = [("ssh", Desk::ssh()), ("gitcred", Desk::gitcred()), ("helper", Desk::helper())];
    all.into_iter().filter_map(|(name, desk)| Some((name, desk?))).collect()
}

/// Speeds and times differ from run to run.
fn without_figures(text: &str) -> String {
    let pattern = regex::Regex::new(r"[\d.]+ (?:bytes|[KMG]iB)(?:/s)?").expect("an expression");
    pattern.replace_all(text, "N").into_owned()
}

#[test]
fn what_works_is_the_same_byte_for_byte() {
    for (name, mut desk) in desks() {
        for command in [&["ls-remote", "origin"][..], &["fetch", "-q"], &["remote", "show", "origin"]] {
            assert_eq!(added_to(&desk, command), "", "{name} {command:?}");
        }
        let clone = |folder: &str| ["clone", "--progress", desk.url, folder].map(str::to_owned);
        let words = clone("one");
        let plain = desk.machine.tool("git", &words.each_ref().map(String::as_str));
        let words = clone("two");
        let run = desk.machine.run(&[&["run", "--", "git"], &words.each_ref().map(String::as_str)[..]].concat());
        assert_eq!((plain.code, run.code), (Some(0), Some(0)), "{name}: {}", run.stderr());
        assert_eq!(
            without_figures(&run.stderr()),
            without_figures(&plain.stderr()).replace("'one'", "'two'"),
            "{name}"
        );
        assert_eq!(desk.machine.left_behind(), Vec::<String>::new());
        let clone = ["git", "clone", desk.url, "three"];
        let Some((plain, run)) = on_terminal(&mut desk.machine, &[], &clone) else { return };
        assert!(plain.stdout().contains("Receiving objects") || name == "ssh", "{}", plain.stdout());
        // The second one finds the directory of the first.
        assert!(run.stdout().contains("already exists"), "{}", run.stdout());
    }
}

#[test]
fn a_key_that_is_refused_is_explained() {
    let Some(desk) = Desk::ssh() else { return };
    desk.ssh_config("asmith", &desk.standin.region("us-east-1").ssh_config_lines());
    let (plain, run) = both(&desk, &["ls-remote", "origin"]);
    assert!(plain.stderr().contains("Permission denied (publickey)"), "{}", plain.stderr());
    let said = words(&added(&plain, &run));
    assert!(said.contains("the login: the server takes none of the keys."), "{said}");
    assert!(said.contains("[ssh-user-not-key-id]"), "{said}");
    // As far as it is offline, too, what fits the words comes first.
    let plain = desk.machine.tool("git", &["fetch"]);
    let run = desk.machine.run(&["--offline", "run", "--", "git", "fetch"]);
    assert!(words(&added(&plain, &run)).contains("the server takes none of the keys"));
}

#[test]
fn a_refusal_over_https_is_explained_and_no_secret_told() {
    for (name, mut desk) in desks().into_iter().filter(|(name, _)| *name != "ssh") {
        desk.standin.set(|faults| faults.http = Http::Status(403));
        let kept = desk.machine.home("kept");
        let said = added_to(&desk, &["fetch"]);
        assert!(said.contains("the permissions: the server refuses (403)."), "{name}: {said}");
        assert!(said.contains("[network-http-bare-403]"), "{name}: {said}");
        let run = desk.machine.run(&["run", "--keep-trace", &kept.to_string_lossy(), "--", "git", "fetch"]);
        let trace = fs::read_to_string(kept.join("http.txt")).expect("a trace");
        assert!(trace.contains("403"), "{trace}");
        for secret in [SECRET, GIT_PASSWORD] {
            assert!(!(run.both() + &trace).contains(secret), "{name}");
        }
    }
}

#[test]
fn a_push_that_git_refuses_is_not_a_matter_of_the_connection() {
    for (name, desk) in desks() {
        desk.machine.git(&["config", "user.name", "Dev"]);
        desk.machine.git(&["config", "user.email", "dev@example.com"]);
        desk.machine.git(&["commit", "-q", "--allow-empty", "-m", "of our own"]);
        let said = added_to(&desk, &["push", "origin", "HEAD:main"]);
        assert!(
            said.contains("the connection to the repository is not what failed; not all was pushed"),
            "{name}: {said}"
        );
        assert!(said.ends_with("then push again."), "{name}: {said}");
        let said = added_to(&desk, &["push", "origin", "nothing:main"]);
        assert!(said.contains("git said: src refspec nothing does not match any."), "{name}: {said}");
        let said = added_to(&desk, &["fetch", "origin", "nowhere"]);
        assert!(
            said.contains("the connection to the repository is not what failed; git said: couldn't find remote ref"),
            "{name}: {said}"
        );
    }
}

#[test]
fn a_repository_that_is_missing_is_explained() {
    for (name, desk) in desks() {
        desk.standin.with_world(|world| world.repositories.clear());
        let said = added_to(&desk, &["ls-remote"]);
        assert!(said.contains("at the repository: there is no such repository"), "{name}: {said}");
    }
}

#[test]
fn what_does_not_answer_is_explained_when_it_is_stopped() {
    let Some(mut desk) = Desk::ssh() else { return };
    desk.standin.switch(|s| s.regions.entry("us-east-1".to_owned()).or_default().ssh_port = Port::Silent);
    desk.machine.set("AFTER", "");
    desk.machine.set("TYPED", "\\x03");
    let script = "echo; exec git ls-remote origin";
    let args = ["--timeout", "4"];
    let Some((plain, run)) = on_terminal(&mut desk.machine, &args, &["/bin/sh", "-c", script]) else { return };
    assert_eq!((plain.stderr().as_str(), run.stderr().as_str()), ("-2\n", "130\n"), "{}", run.stdout());
    assert!(run.stdout().contains("cc-doctor: "), "{}", run.stdout());
}

//! `cc-doctor diagnose`: what was printed, and what of it holds on this machine.

use serde_json::Value;

use crate::machine::{BLOCK, Machine, SSH_URL, has_account, has_tools};
use crate::output::{Output, check_schema, schema, text};

const DENIED: &str = "Cloning into 'demo'...\ndev@git-codecommit.us-east-1.amazonaws.com: Permission denied (publickey).\n\
                      fatal: Could not read from remote repository.\n";
const GITHUB: &str = "$ git clone git@github.com:dev/demo.git\ngit@github.com: Permission denied (publickey).\n";

/// Runs `diagnose` with the text on standard input.
fn piped(machine: &Machine, bytes: impl AsRef<[u8]>, args: &[&str]) -> Output {
    machine.write("error.txt", bytes);
    machine.shell("exec \"$@\" < \"$HOME/error.txt\"", &[&["diagnose"], args].concat())
}

/// The same with `--json`: the report that the schema describes.
fn piped_json(machine: &Machine, bytes: impl AsRef<[u8]>, args: &[&str]) -> Output {
    let output = piped(machine, bytes, &[args, &["--json"]].concat());
    output.check_report();
    output
}

/// The causes that the document names: check, what holds here, line.
fn symptoms(output: &Output) -> Vec<(String, Value, String)> {
    let document = output.document();
    let one = |symptom: &Value| (text(&symptom["check"]), symptom["here"].clone(), text(&symptom["line"]));
    document["symptoms"].as_array().expect("symptoms").iter().map(one).collect()
}

/// A machine set up for ssh whose configuration has the wrong name.
fn misnamed() -> Machine {
    let machine = Machine::ssh();
    std::fs::remove_file(machine.home(".ssh/config")).expect("is there");
    machine.write_mode(".ssh/config.txt", BLOCK, 0o600);
    machine
}

#[test]
fn what_holds_here_comes_first_however_the_text_comes_in() {
    if !has_tools() || !has_account() {
        return;
    }
    let machine = misnamed();
    let pipe = piped_json(&machine, DENIED, &[]);
    let dash = piped_json(&machine, DENIED, &["-"]);
    let argument = machine.json(&["diagnose", DENIED]);
    for output in [&pipe, &dash, &argument] {
        assert_eq!(output.code, Some(1));
        let found = symptoms(output);
        assert_eq!((found[0].0.as_str(), &found[0].1), ("ssh-config-misnamed", &"fail".into()), "{found:?}");
        assert!(found[0].2.contains("Permission denied (publickey)"));
        assert_eq!(output.first_cause().as_deref(), Some("ssh-config-misnamed"));
        let passing = found.iter().position(|(_, here, _)| here == "pass").expect("some do not hold here");
        assert!(found.iter().skip(passing).all(|(_, here, _)| here == "pass" || here == "skipped"), "{found:?}");
    }
    let asked = pipe.findings();
    let others = ["credential-helper-missing", "grc-region-unknown", "gitcred-nothing-stored"];
    assert!(asked.iter().all(|finding| !others.contains(&text(&finding["check"]).as_str())), "not asked about");
    let human = piped(&machine, DENIED, &[]);
    assert_eq!(human.code, Some(1));
    for part in ["In the text:\n  line 2: ", "Cause: The ssh", "✗ on this machine: ", "✓ not on this machine: "] {
        assert!(human.stdout().contains(part), "{part}: {}", human.stdout());
    }
}

#[test]
fn what_the_real_git_prints_is_understood() {
    if !has_tools() {
        return;
    }
    let mut machine = Machine::new();
    for (language, url) in [("C", "codecommit::us-east-1://demo"), ("C", "codecommit://demo")] {
        machine.set("LC_ALL", language);
        let clone = machine.tool("git", &["clone", url, "demo"]);
        assert_eq!(clone.code, Some(128), "{}", clone.stderr());
        let output = piped_json(&machine, format!("$ git clone {url}\n{}", clone.stderr()), &[]);
        let found = symptoms(&output);
        assert_eq!((found[0].0.as_str(), &found[0].1), ("grc-not-installed", &"fail".into()), "{found:?}");
        assert_eq!(output.document()["targets"][0]["transport"], "grc");
    }
}

#[test]
fn the_document_says_that_a_text_is_about_another_host() {
    let machine = Machine::new();
    let text = "$ git clone git@git.corp.example:a/b.git\ngit@git.corp.example: Permission denied (publickey).\n";
    let document = piped_json(&machine, text, &["--show-identity"]).document();
    let told = &document["diagnosis"];
    assert_eq!((&told["scope"], &told["others"]), (&"not_ours".into(), &serde_json::json!(["git.corp.example"])));
    let redacted = piped_json(&machine, text, &[]).document();
    assert_eq!(redacted["diagnosis"]["others"], serde_json::json!(["<host-1>"]));
    assert!(machine.json(&[]).document().get("diagnosis").is_none());
}

#[test]
fn without_a_look_at_the_machine_the_text_alone_counts() {
    let machine = Machine::new();
    let json = piped_json(&machine, DENIED, &["--text-only"]);
    assert_eq!(json.code, Some(0));
    let document = json.document();
    assert_eq!(
        (document["findings"].as_array().map(Vec::len), document["targets"].as_array().map(Vec::len)),
        (Some(0), Some(0))
    );
    assert_eq!(document["diagnosis"]["scope"], "not_wanted");
    let asked = document["diagnosis"]["questions"].to_string();
    assert!(asked.contains("ssh -v git-codecommit.us-east-1"), "{asked}");
    let found = symptoms(&json);
    assert!(found.len() > 20 && found.iter().all(|(_, here, _)| here.is_null()), "{found:?}");
    let human = piped(&machine, DENIED, &["--text-only"]);
    assert_eq!(human.code, Some(0));
    for part in ["  1. ", "     → ", "others: ", "ask for:", "cc-doctor --json", "ssh -v git-codecommit.us-east-1"] {
        assert!(human.stdout().contains(part), "{part}: {}", human.stdout());
    }
    assert!(!human.stdout().contains("{{"), "{}", human.stdout());
    assert!(piped(&machine, DENIED, &["--text-only", "-q"]).stdout().lines().count() < 6);
}

#[test]
fn without_a_look_at_the_machine_nothing_is_invented() {
    let machine = Machine::new();
    let denied = "fatal: unable to access 'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/foo/': The requested \
                  URL returned error: 403\n";
    for text in [denied, DENIED, "Host key verification failed.\n", "fatal: repository 'x' not found\n"] {
        let human = piped(&machine, format!("codecommit\n{text}"), &["--text-only", "-v"]).stdout();
        let invented =
            ["/demo", "/home/dev", "alice", "Example Corp", "ENDPOINT_KIND", "ISSUED_BY", "AWS_HELPER", "'~/"];
        for word in invented {
            assert!(!human.contains(word), "{word}: {human}");
        }
        assert!(text == DENIED || !human.contains("us-east-1"), "{human}");
        assert!(text.starts_with("fatal: rep") || human.contains("Run `cc-doctor` where git failed"), "{human}");
    }
    assert!(!machine.run(&["explain", "ssh-config-misnamed"]).stdout().contains("'~/"));
}

#[test]
fn another_hosts_failure_has_no_cause() {
    let machine = Machine::new();
    for args in [&[][..], &["--text-only"]] {
        let json = piped_json(&machine, GITHUB, args);
        assert_eq!((json.code, symptoms(&json)), (Some(3), Vec::new()));
        assert_eq!(json.findings(), Vec::<Value>::new());
        let human = piped(&machine, GITHUB, &[args, &["--show-identity"]].concat());
        assert_eq!(human.code, Some(3));
        assert!(human.stdout().contains("about github.com and not about"), "{}", human.stdout());
    }
}

#[test]
fn no_text_is_wrong_usage_and_no_lines_are_no_failure_of_ours() {
    let machine = Machine::new();
    let empty = piped(&machine, " \n\n", &["--json"]);
    check_schema(&empty.document());
    assert_eq!((empty.code, &empty.document()["error"]["kind"]), (Some(2), &"usage".into()));
    assert!(text(&empty.document()["error"]["hints"][0]).contains("2>&1"));
    let noise: Vec<u8> = (0..200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for bytes in [&noise[..], b"all is well\n", b"\xff\xfe"] {
        let output = piped(&machine, bytes, &[]);
        assert!(output.code == Some(3) || bytes.len() == 2 && output.code == Some(2), "{output:?}");
        assert!(!output.stdout().contains('\u{1b}'));
        assert!(!output.stdout().contains("not about AWS CodeCommit"), "{}", output.stdout());
    }
    let fix = piped(&machine, DENIED, &["--fix"]);
    assert_eq!(fix.code, Some(2));
    assert!(fix.stderr().contains("`diagnose` changes nothing"), "{}", fix.stderr());
}

#[test]
fn a_long_text_takes_little_time() {
    let machine = Machine::new();
    let mut long = String::new();
    for number in 0.. {
        long.push_str(&format!("{number:07} compiling module-{number} with some words as a build prints them: ok\n"));
        if long.len() > 5 * 1024 * 1024 {
            break;
        }
    }
    long.insert_str(long.len() / 2, &format!("\n{DENIED}"));
    assert!(symptoms(&piped_json(&machine, &long, &["--text-only"])).len() > 20);
    let repeated = "fatal: unable to access 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/': The \
                    requested URL returned error: 403\n"
        .repeat(20_000);
    let huge = "\n".repeat(16 * 1024 * 1024) + DENIED;
    let told = piped(&machine, &huge, &["--text-only"]);
    assert!(told.stderr().contains("only the last 16 MiB"), "{}", told.stderr());
    assert!(told.stdout().contains("  line 167772"), "{}", told.stdout());
    for bytes in
        [long, repeated, "x".repeat(5 * 1024 * 1024), "\u{e9} @:./'\u{1b}[0m ".repeat(400_000), "a\n".repeat(2_500_000)]
    {
        machine.write("error.txt", bytes);
        let timed = machine.shell("\"$@\" < \"$HOME/error.txt\" > \"$HOME/out\"; times", &["diagnose", "--text-only"]);
        assert!(seconds(&timed.stdout()) < 2.0, "{}", timed.stdout());
    }
}

/// The processor time of the children of a shell, which the last line of `times` tells: `0m1.230000s 0m0.050000s`.
fn seconds(times: &str) -> f64 {
    let one = |word: &str| {
        let (minutes, seconds) = word.trim_end_matches('s').split_once('m').expect("minutes");
        minutes.parse::<f64>().expect("a number") * 60.0 + seconds.parse::<f64>().expect("a number")
    };
    times.lines().last().expect("a line").split_whitespace().map(one).sum()
}

#[test]
fn secrets_and_controls_of_the_text_do_not_come_back() {
    let machine = Machine::new();
    let printed = "\u{1b}[31mfatal: Authentication failed for \
                   'https://dev:hunter2secret@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/'\u{1b}[0m\n\
                   'NoneType' object has no attribute 'secret_key' aws_secret_access_key = hT7pKq2vXw9LmZr4NcB8sYd1FgJ6aQe3UoRi5VxW\n\
                   AKIAQ3EGRJ5XLBNM4ZPQ@git-codecommit.us-east-1.amazonaws.com: Permission denied (publickey). \
                   20260102T030405Z0237f56e26cc0237f56e26cc0237f56e26cc0237f56e26cc0237f56e26cc\u{7}\u{202e}\n";
    for args in
        [&["--text-only"][..], &[], &["--json", "--text-only"], &["--json"], &["--text-only", "--show-identity"]]
    {
        let output = piped(&machine, printed, args);
        let all = output.both();
        for secret in ["hunter2secret", "hT7pKq2v", "20260102T030405Z", "\u{1b}", "\u{7}", "\u{202e}"] {
            assert!(!all.contains(secret), "{args:?}: {secret:?}: {all}");
        }
        assert!(all.contains("AKIAQ3EGRJ5XLBNM4ZPQ") == args.contains(&"--show-identity"), "{args:?}: {all}");
        assert!(all.contains("Authentication failed"), "{args:?}: {all}");
    }
}

#[test]
fn where_none_of_it_holds_everything_is_examined() {
    if !has_tools() || !has_account() {
        return;
    }
    let machine = misnamed();
    let printed = "Bad owner or permissions on /home/dev/.ssh/config\n";
    let json = piped_json(&machine, format!("$ git clone {SSH_URL}\n{printed}"), &[]);
    assert_eq!((json.code, json.first_cause().as_deref()), (Some(1), Some("ssh-config-misnamed")));
    let found = symptoms(&json);
    assert_eq!(found[0].0, "ssh-config-bad-permissions");
    assert_ne!(found[0].1, "fail");
    let human = piped(&machine, format!("$ git clone {SSH_URL}\n{printed}"), &[]);
    assert!(human.stdout().contains("None of what the text may come from"), "{}", human.stdout());
    assert!(human.stdout().contains("Cause: The ssh"), "{}", human.stdout());
    assert!(!human.stdout().contains("The same with --fix"), "{}", human.stdout());
}

#[test]
fn the_repository_of_the_text_is_examined_when_it_is_codecommits() {
    let machine = Machine::new();
    let urls = |output: &Output| {
        let targets = output.document()["targets"].as_array().cloned().expect("targets");
        targets.iter().map(|target| text(&target["url"])).collect::<Vec<_>>()
    };
    let named = "$ git clone codecommit::eu-west-1://other\ngit: 'remote-codecommit' is not a git command.\n";
    let output = piped_json(&machine, named, &[]);
    assert_eq!(urls(&output), ["codecommit::eu-west-1://other"]);
    let human = piped(&machine, named, &[]).stdout();
    assert!(human.contains("the text (") && !human.contains("--url"), "{human}");
    assert_eq!(urls(&piped_json(&machine, named, &["--url", SSH_URL])), [SSH_URL]);
    let evil = "fatal: unable to access 'https://git-codecommit.us-east-1.amazonaws.com.evil.example/v1/repos/demo/': \
                The requested URL returned error: 403\n";
    let output = piped_json(&machine, evil, &[]);
    assert_eq!(urls(&output), Vec::<String>::new());
}

#[test]
fn knowledge_is_explained_listed_and_added() {
    let machine = Machine::new();
    let explained = machine.run(&["explain", "app-jgit-without-provider"]);
    assert_eq!(explained.code, Some(0), "{}", explained.stderr());
    assert!(explained.stdout().contains("nothing on a machine shows it"), "{}", explained.stdout());
    assert!(explained.stdout().contains("HTTPS Git credentials"));
    let list = machine.run(&["checks", "list"]).stdout();
    assert!(list.contains("knowledge\n") && list.contains("  app-jgit-without-provider  "), "{list}");
    let own = "title: Our build farm\nsymptoms: [farm is closed]\nwhy: It is closed.\nremedy: Wait.\nexamples: [the farm is closed]\n";
    machine.write("checks/knowledge/our-farm.yaml", own);
    let directory = machine.home("checks").display().to_string();
    let output = machine.json(&["diagnose", "--text-only", "--checks", &directory, "codecommit: the farm is closed"]);
    assert_eq!(symptoms(&output)[0].0, "our-farm");
    let shipped =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/checks/knowledge/push-rpc-failed.yaml"));
    let definition: Value = serde_yaml::from_str(&shipped.expect("is there")).expect("is YAML");
    assert!(jsonschema::validator_for(&schema("knowledge")).expect("a schema").is_valid(&definition));
}

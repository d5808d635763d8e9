//! The commands besides the examination, and how the report is printed.

use std::process::Stdio;

use crate::machine::{Machine, SSH_URL, binary, has_tools};
use crate::output::schema;

#[test]
fn the_human_report_is_plain_unless_colors_are_wanted() {
    let machine = Machine::new();
    let url = ["--url", SSH_URL];
    let plain = machine.run(&url);
    assert_eq!(plain.code, Some(1));
    assert!(!plain.stdout().contains('\u{1b}') && plain.stdout().contains("Cause: "), "{}", plain.stdout());
    let colored = machine.run(&["--color", "always", "--url", SSH_URL]);
    assert!(colored.stdout().contains("\u{1b}["));
    let never = machine.run(&["--color", "never", "--url", SSH_URL]);
    assert!(!never.stdout().contains('\u{1b}'));
    let json = machine.run(&["--json", "--color", "always", "--url", SSH_URL]);
    assert!(!json.stdout().contains('\u{1b}'));
}

#[test]
fn no_color_is_honored() {
    let mut machine = Machine::new();
    machine.set("NO_COLOR", "1");
    machine.set("TERM", "xterm-256color");
    assert!(!machine.run(&["--url", SSH_URL]).stdout().contains('\u{1b}'));
}

#[test]
fn quiet_says_less_and_verbose_more() {
    let machine = Machine::new();
    let lines = |option: &[&str]| {
        let output = machine.run(&[&["--url", SSH_URL], option].concat());
        assert_eq!(output.code, Some(1));
        output.stdout().lines().count()
    };
    let (quiet, normal, verbose) = (lines(&["-q"]), lines(&[]), lines(&["-v"]));
    assert!(quiet < normal && normal < verbose, "{quiet} {normal} {verbose}");
}

#[test]
fn a_warning_fails_only_when_asked() {
    if !has_tools() {
        return;
    }
    let machine = Machine::helper();
    machine.append(".gitconfig", "[http]\n\tsslVerify = false\n");
    let output = machine.json(&[]);
    assert_eq!((output.failing(), output.code), (Vec::new(), Some(0)));
    assert_eq!(output.finding("http-ssl-verify-off")["severity"], "warning");
    assert_eq!(machine.json(&["--fail-on", "warning"]).code, Some(1));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let machine = Machine::new();
    for args in [&["--url", SSH_URL][..], &["checks", "list"], &["man"], &["--help"]] {
        let output = machine.shell("exec 3>&1; { \"$@\"; echo code $? >&3; } | : ", args);
        assert_eq!(output.stderr(), "", "{args:?}");
        assert!(output.stdout().starts_with("code "), "{args:?}: {}", output.stdout());
    }
}

#[test]
fn closed_streams_are_survived() {
    let machine = Machine::new();
    let output = machine.shell("exec \"$@\" >&-", &["--url", SSH_URL]);
    assert!(matches!(output.code, Some(1 | 2)), "{output:?}");
    let output = machine.shell("exec \"$@\" <&- 2>&-", &["--json", "--url", SSH_URL]);
    output.check_report();
    let output = machine.shell("exec \"$@\" >/dev/full", &["--json", "--url", SSH_URL]);
    assert_eq!(output.code, Some(2), "{}", output.stderr());
}

#[test]
fn a_check_is_explained() {
    let machine = Machine::new();
    let output = machine.run(&["explain", "ssh-config-misnamed"]);
    assert_eq!((output.code, output.stderr()), (Some(0), String::new()));
    assert!(output.stdout().contains("ssh-config-misnamed") && output.stdout().contains("https://docs.aws.amazon.com"));
    assert!(output.stdout().contains("ssh ignores FILE,"), "{}", output.stdout());
    let wrong = machine.run(&["explain", "ssh-config-misnamd"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr().contains("did you mean `ssh-config-misnamed`?"), "{}", wrong.stderr());
}

#[test]
fn a_command_without_its_subcommand_names_those_that_there_are() {
    let output = Machine::new().run(&["checks"]);
    assert_eq!(output.code, Some(2));
    assert!(
        output.stderr().contains("requires a subcommand") && output.stderr().contains("list, test"),
        "{}",
        output.stderr()
    );
}

#[test]
fn no_explanation_shows_an_expression() {
    let checks = cc_doctor::check::embedded::embedded().expect("the definitions are right");
    for check in &checks {
        let finding = cc_doctor::evaluate::without_machine(check).unwrap_or_else(|| panic!("{}", check.id));
        for text in [&finding.message, &finding.why, &finding.remedy] {
            let text = cc_doctor::finding::plain_text(text);
            let raw = ["{{", "}}", "(not known)", "(?)", "(none)"].iter().find(|raw| text.contains(**raw));
            assert_eq!(raw, None, "{}: {text}", check.id);
        }
    }
}

#[test]
fn the_built_in_checks_are_listed_and_hold_their_examples() {
    let machine = Machine::new();
    let list = machine.run(&["checks", "list"]);
    assert_eq!(list.code, Some(0));
    assert!(list.stdout().contains("ssh-config-misnamed"));
    let json = machine.run(&["--json", "checks", "list"]).document();
    assert!(json.to_string().contains("ssh-config-misnamed"));
    let test = machine.run(&["checks", "test"]);
    assert_eq!(test.code, Some(0), "{}", test.both());
}

#[test]
fn the_schema_of_a_check_takes_ours_and_refuses_broken_ones() {
    let schema = schema("check");
    let validator = jsonschema::validator_for(&schema).expect("a right schema");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/checks/ssh/ssh-config-misnamed.yaml");
    let text = std::fs::read_to_string(path).expect("a definition");
    let mut definition: serde_json::Value = serde_yaml::from_str(&text).expect("YAML");
    assert!(validator.is_valid(&definition), "{:?}", validator.iter_errors(&definition).next());
    definition["severity"] = "fatal".into();
    assert!(!validator.is_valid(&definition));
    definition["severity"] = "error".into();
    definition["nonsense"] = true.into();
    assert!(!validator.is_valid(&definition));
}

#[test]
fn bash_takes_the_completions() {
    let machine = Machine::new();
    let Some(bash) = crate::machine::which("bash") else { return crate::not_run::not_run("bash -n") };
    let script = machine.run(&["completions", "bash"]);
    let file = machine.write("completions", &script.out);
    let output = std::process::Command::new(bash).arg("-n").arg(file).stdin(Stdio::null()).output().expect("starts");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(script.stdout().contains("--show-identity"));
}

#[test]
fn manual_help_and_version_are_printed() {
    let machine = Machine::new();
    assert!(machine.run(&["man"]).stdout().contains(".TH cc-doctor"));
    assert!(machine.run(&["--help"]).stdout().contains("Exit codes:"));
    assert_eq!(machine.run(&["--version"]).stdout(), format!("cc-doctor {}\n", env!("CARGO_PKG_VERSION")));
    assert!(binary().is_absolute());
}

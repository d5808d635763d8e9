//! What is asked for before a repair is made.

use std::fs;

use crate::machine::Machine;
use crate::output::{Output, text};
use crate::repair::{contents, of_check, statuses, without_path};

/// Another definition of the same fault whose fix needs consent.
fn with_consent(machine: &Machine) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/checks/https/credential-use-http-path-missing.yaml");
    let original = fs::read_to_string(path).expect("a definition");
    let name = "checks/https/credential-use-http-path-missing.yaml";
    machine.write(name, original.replace("applicability: safe", "applicability: consent"));
    machine.home("checks").to_string_lossy().into_owned()
}

#[test]
fn consent_is_waited_for() {
    let Some(machine) = without_path() else { return };
    let checks = with_consent(&machine);
    let before = contents(&machine);
    let overlay = machine.json(&["--checks", &checks, "--fix", "--yes"]);
    assert_eq!(statuses(&overlay), Vec::new(), "the fixes of an overlay are manual");
    assert_eq!(overlay.finding("credential-use-http-path-missing")["fix"]["applicability"], "manual");
    let allowed = ["--checks", &checks, "--allow-overlay-fixes", "--fix"];
    let declined = machine.json(&allowed);
    assert_eq!(of_check(&statuses(&declined), "credential-use-http-path-missing"), Some(("declined".into(), false)));
    assert!(text(&declined.document()["fixes"][0]["reason"]).contains("--yes"));
    assert_eq!(declined.code, Some(1));
    assert_eq!(contents(&machine), before);
    let made = machine.json(&[&allowed[..], &["--yes"]].concat());
    assert_eq!(of_check(&statuses(&made), "credential-use-http-path-missing"), Some(("applied".into(), true)));
}

/// The end of each question.
pub(crate) const ANSWER: &str = "[s]how more: ";

/// What somebody at the terminal does.
pub(crate) struct Step<'a> {
    /// When the terminal shows this, behind what the step before has waited for.
    pub(crate) expect: &'a str,
    /// A file below home that is saved then, with its text.
    pub(crate) write: Option<(&'a str, &'a str)>,
    /// What is typed then.
    pub(crate) keys: &'a str,
}

/// Runs cc-doctor on a terminal of its own, with somebody at it; what the terminal showed.
pub(crate) fn dialogue(machine: &mut Machine, args: &[&str], steps: &[Step<'_>]) -> Option<Output> {
    let python = crate::machine::python()?;
    let script = "import json, os, pty, sys\n\
        steps, seen = json.loads(os.environ['STEPS']), b''\n\
        pid, terminal = pty.fork()\n\
        if pid == 0:\n    os.execv(sys.argv[1], sys.argv[1:])\n\
        while True:\n    \
            try:\n        shown = os.read(terminal, 4096)\n    except OSError:\n        break\n    \
            if not shown:\n        break\n    \
            shown = shown.replace(b'\\r\\n', b'\\n')\n    \
            os.write(1, shown)\n    seen += shown\n    \
            while steps and steps[0][0].encode() in seen:\n        \
                expect, path, text, keys = steps.pop(0)\n        \
                seen = seen[seen.index(expect.encode()) + len(expect):]\n        \
                if path:\n            open(path, 'w').write(text)\n        \
                os.write(terminal, keys.encode())\n\
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n";
    let told = |step: &Step<'_>| {
        let path = step.write.map(|(path, _)| machine.home(path).to_string_lossy().into_owned());
        serde_json::json!([step.expect, path, step.write.map(|(_, text)| text), step.keys])
    };
    let steps = serde_json::Value::from(steps.iter().map(told).collect::<Vec<_>>()).to_string();
    machine.set("TERMINAL", script);
    machine.set("STEPS", steps);
    Some(machine.shell(&format!("exec {} -c \"$TERMINAL\" \"$@\"", python.display()), args))
}

/// The same with these lines, one for each question.
fn typed(machine: &mut Machine, args: &[&str], lines: &str) -> Option<Output> {
    let lines: Vec<&str> = lines.split_inclusive('\n').collect();
    let steps: Vec<_> = lines.iter().map(|line| Step { expect: ANSWER, write: None, keys: line }).collect();
    dialogue(machine, args, &steps)
}

#[test]
fn on_a_terminal_each_repair_is_asked_for() {
    let Some(mut machine) = without_path() else { return };
    let checks = with_consent(&machine);
    let before = contents(&machine);
    let fix = ["--color", "never", "--fix"];
    let consent = [&["--checks", &checks, "--allow-overlay-fixes"], &fix[..]].concat();
    for (args, lines) in [(&fix[..], "n\n"), (&fix, "q\n"), (&consent, "what\ns\nn\n"), (&fix, "\u{4}")] {
        let Some(said) = typed(&mut machine, args, lines) else { return };
        assert!(said.stdout().contains("Make this repair? [y]es, [n]o, [a]ll"), "{}", said.stdout());
        assert!(
            said.stdout().contains("+\tUseHttpPath = true") || said.stdout().contains("+       UseHttpPath = true")
        );
        assert!(said.stdout().contains("left alone: Set UseHttpPath"), "{}", said.stdout());
        assert_eq!(said.stdout().contains("The AWS helper makes a password"), lines.contains('s'), "s shows more");
        assert_eq!((contents(&machine), said.code), (before.clone(), Some(1)), "{lines:?}");
    }
    let said = typed(&mut machine, &consent, "y\n").expect("python3");
    assert_eq!(said.code, Some(0), "{}", said.stdout());
    assert_ne!(contents(&machine), before);
}

#[test]
fn one_question_for_all_that_are_safe_and_one_for_each_that_needs_consent() {
    let Some(mut machine) = crate::sturdy::four_faults() else { return };
    let checks = with_consent(&machine);
    let before = contents(&machine);
    let args = ["--checks", &checks, "--allow-overlay-fixes", "--color", "never", "--fix"];
    let step = |keys| Step { expect: ANSWER, write: None, keys };
    // The safe ones; then the one that needs consent; then what comes to light behind the first.
    let said = dialogue(&mut machine, &args, &[step("y\n"), step("n\n"), step("y\n")]);
    let Some(said) = said.map(|said| said.stdout()) else { return };
    assert_eq!(said.matches(ANSWER).count(), 3, "{said}");
    assert!(said.contains("Make these 2 repairs?") && said.contains("old mode 0640"), "{said}");
    let left = said.matches("left alone:").count();
    assert!(left == 1 && said.contains("left alone: Set UseHttpPath"), "{said}");
    assert_eq!(said.matches("mended:").count(), 3, "{said}");
    assert_eq!(machine.run(&["undo"]).code, Some(0));
    assert_eq!(contents(&machine), before);
    // All from now on; enough of it.
    let said = dialogue(&mut machine, &args, &[step("a\n")]).expect("python3").stdout();
    assert_eq!((said.matches(ANSWER).count(), said.matches("mended:").count()), (1, 4), "{said}");
    assert_eq!(machine.run(&["undo"]).code, Some(0));
    let said = dialogue(&mut machine, &args, &[step("q\n")]).expect("python3").stdout();
    assert_eq!((said.matches(ANSWER).count(), said.matches("left alone:").count()), (1, 2), "{said}");
    assert_eq!(contents(&machine), before);
}

#[test]
fn the_configuration_of_the_whole_machine_needs_consent() {
    if !crate::machine::has_tools() {
        return;
    }
    let mut machine = Machine::helper();
    let file = machine.root().join("etc/gitconfig");
    let text = "[user]\n\tname = All\n[http]\n\tsslVerify = false # by the image\n";
    fs::write(&file, text).expect("a file");
    machine.unset("GIT_CONFIG_NOSYSTEM");
    machine.set("GIT_CONFIG_SYSTEM", &file);
    let read = || fs::read_to_string(&file).expect("a file");
    let shown = machine.run(&["--fix", "--dry-run"]).stdout();
    assert!(shown.contains("Switch the certificate checks on [http-ssl-verify-off] (with your consent)"), "{shown}");
    let declined = machine.json(&["--fix"]);
    let fix = declined.finding("http-ssl-verify-off")["fix"].clone();
    assert_eq!(fix["applicability"], "consent");
    let by_hand = ["git", "config", "--system", "--unset", "http.sslverify"];
    assert_eq!(fix["commands"], serde_json::json!([by_hand]));
    assert_eq!(of_check(&statuses(&declined), "http-ssl-verify-off"), Some(("declined".into(), false)));
    assert_eq!(read(), text);
    let made = machine.json(&["--fix", "--yes"]);
    assert_eq!(of_check(&statuses(&made), "http-ssl-verify-off"), Some(("applied".into(), true)));
    assert_eq!(read(), "[user]\n\tname = All\n[http]\n");
    assert_eq!(machine.run(&["undo"]).code, Some(0));
    assert_eq!(read(), text);
}

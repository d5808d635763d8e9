use std::path::Path;

use super::*;
use crate::check::merge;
use crate::system::Platform;
use crate::system::fake::FakeSystem;

/// A definition that is right, with `changes` of `key: value` lines.
fn definition(changes: &[(&str, &str)]) -> String {
    let mut lines: Vec<(String, String)> = [
        ("title", "Git is too old"),
        ("severity", "error"),
        ("layer", "tools"),
        ("condition", "tools.git.installed"),
        ("message", "no git"),
        ("why", "because"),
        ("remedy", "install it"),
        (
            "examples",
            "\n  - {name: a, facts: {tools.git.installed: false}, outcome: fail}\n  \
             - {name: b, facts: {tools.git.installed: true}, outcome: pass}\n  - {name: c, outcome: unknown}",
        ),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    for (key, value) in changes {
        match lines.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = (*value).to_owned(),
            None => lines.insert(4, ((*key).to_owned(), (*value).to_owned())),
        }
    }
    lines.iter().map(|(key, value)| format!("{key}: {value}\n")).collect()
}

fn source(id: &str, text: String) -> Source {
    Source { area: "tools".into(), id: id.into(), path: format!("checks/tools/{id}.yaml"), text: Cow::Owned(text) }
}

fn errors(changes: &[(&str, &str)]) -> Vec<String> {
    errors_of(definition(changes))
}

fn errors_of(text: String) -> Vec<String> {
    let found = load(&[source("c", text)], true).err().unwrap_or_default().0;
    found.iter().map(|error| error.to_string().replace("checks/tools/", "")).collect()
}

#[test]
fn a_right_definition_loads() {
    assert_eq!(errors(&[]), Vec::<String>::new());
    let checks = load(&[source("c", definition(&[]))], true).expect("is right");
    assert_eq!(checks[0].id, "c");
    assert!(checks[0].overlay);
    assert!(checks[0].names_facts_of("tools") && !checks[0].names_facts_of("ssh") && !checks[0].is_per_target());
}

#[test]
fn faults_of_expressions_are_placed_in_the_file() {
    assert_eq!(
        errors(&[("condition", "tools.git.instaled")]),
        ["c.yaml:4:22: there is no fact `tools.git.instaled`\n  hint: did you mean `installed`?"]
    );
    assert_eq!(
        errors(&[("condition", "|\n  run.offline &&\n  run.zzzzzzz == 1")])[0].lines().next(),
        Some("c.yaml:6:7: there is no fact `run.zzzzzzz`")
    );
    assert_eq!(
        errors(&[("condition", "\"tools.git.installed and true\"")]),
        ["c.yaml:4:33: `and` is unexpected here\n  hint: write `&&`"]
    );
    assert_eq!(
        errors(&[("message", "git {{ tools.git.vers }} here")]),
        ["c.yaml:5:27: there is no fact `tools.git.vers`\n  hint: did you mean `version`?"]
    );
}

#[test]
fn conditions_must_be_conditions() {
    assert_eq!(errors(&[("condition", "tools.git.name")]), ["c.yaml:4:12: `condition` must be true or false"]);
    assert_eq!(
        errors(&[("condition", "tools.git.starts")]),
        ["c.yaml:4:12: `condition` can be null\n  hint: say what null means: `tools.git.starts == true` or \
          `tools.git.starts != false`"]
    );
    let vacuous = errors(&[("condition", "1 == 1")]);
    assert_eq!(
        vacuous,
        ["c.yaml:4:12: the condition names no fact: it is always the same\n  hint: a condition asks for at least one \
          fact"]
    );
    assert_eq!(errors(&[("for_each", "run.offline")]), ["c.yaml:5:11: `for_each` must be a list"]);
    assert_eq!(
        errors(&[("for_each", "ssh.agent.keys"), ("condition", "tools.git.installed")])[0],
        "c.yaml:5:21: `ssh.agent` can be null, and then `.keys` fails\n  hint: ask first: `ssh.agent != null && …` or \
         `ssh.agent == null || …`"
    );
}

#[test]
fn templates_are_checked() {
    assert_eq!(errors(&[("message", "a {{ tools.git.name")]), ["c.yaml:5:12: `{{` without `}}`"]);
    assert_eq!(
        errors(&[("why", "see {{ tools.git.all }}")]),
        ["c.yaml:6:13: `tools.git.all` is a list\n  hint: write `{{ join(tools.git.all, \", \") }}`"]
    );
    assert_eq!(errors(&[("why", "\"see\\n  {{ tools.git.all }}\\nthere\"")]), Vec::<String>::new());
    assert_eq!(
        errors(&[("remedy", "'{{ tools.git.path }}'")]),
        ["c.yaml:7:13: `tools.git.path` can be null here\n  hint: write `{{ either(tools.git.path, \"what to say \
          then\") }}`"]
    );
    assert_eq!(
        errors(&[("remedy", "{{ tools.git.path }}")]),
        [
            "c.yaml:7:10: expected string scalar\n  hint: a value that starts with `{` goes into quotation marks, or below \
          its key after `>-`"
        ]
    );
    assert!(errors(&[("title", "\"a {{ run.offline }}\"")])[0].contains("c.yaml:1:8: the title"));
    assert!(errors(&[("message", "of {{ target.id }}")])[0].contains("`target` cannot be named here"));
}

#[test]
fn a_failing_condition_guards_the_texts() {
    let condition = ("condition", "tools.git.version == null || version_at_least(tools.git.version, \"2\")");
    assert_eq!(errors(&[condition, ("message", "git {{ tools.git.version }}")]), Vec::<String>::new());
    let applies = ("applies", "target.url != null");
    let message = ("message", "the URL {{ target.url }}");
    assert!(errors(&[applies, message]).iter().all(|error| !error.contains("can be null")));
}

#[test]
fn evidence_has_a_source() {
    assert_eq!(errors(&[("evidence", "[tools.git, tools.git.source, ssh.blocks]")]), Vec::<String>::new());
    assert_eq!(
        errors(&[("evidence", "[tools.git.name]")]),
        ["c.yaml:5:12: evidence must have a source\n  hint: name a fact that has a field `source`, such a field \
          itself, or a list of them"]
    );
}

#[test]
fn texts_around_a_check_are_checked() {
    assert_eq!(
        errors(&[("references", "[http://a.example]"), ("symptoms", "['(a']"), ("requires_reason", "no")]),
        [
            "c.yaml:5:18: `requires_reason` without `requires`",
            "c.yaml:6:12: the symptom \"(a\" is no regular expression: unclosed group",
            "c.yaml:7:14: `http://a.example` is no https address",
        ]
    );
    assert_eq!(
        errors(&[("fix", "{title: t, edits: [{move: {from: a}}]}")]),
        ["c.yaml:5:6: `fix` has no `applicability`", "c.yaml:5:32: the edit has no `to`"]
    );
}

#[test]
fn examples_are_required() {
    assert_eq!(
        errors(&[("examples", "[]")]),
        [
            "c.yaml:1:1: the examples lack one with `outcome: fail`",
            "c.yaml:1:1: the examples lack one with `outcome: pass`",
            "c.yaml:1:1: the examples lack one with `outcome: unknown` (a fact that it asks for can be unavailable)",
        ]
    );
    let plain = "\n  - {name: a, facts: {run.offline: false}, outcome: fail}\n  - {name: b, facts: {run.offline: true}, outcome: pass}";
    assert_eq!(errors(&[("condition", "run.offline"), ("examples", plain)]), Vec::<String>::new());
}

#[test]
fn facts_of_examples_are_checked() {
    let examples = "\n  - name: a\n    outcome: fail\n    facts:\n      tools.git: {installed: no-ne, version: 2.9, nam: x}\n      \
                    run: {offline: null}\n      ssh.keys: {}\n      ssh.keys: []\n    absent: [os.arch]\n    \
                    unavailable: {tools.git.installed: r}";
    let found = errors(&[("examples", examples)]);
    assert!(found[0].contains("duplicate"), "{found:?}");
    let found = errors(&[("examples", &examples.replace("      ssh.keys: []\n", ""))]);
    let wanted = [
        "c.yaml:12:46: `tools.git.version` must be text, not a number",
        "there is no fact `tools.git.nam`\n  hint: did you mean `name`?",
        "c.yaml:13:22: `run.offline` must be true or false, not nothing\n  hint: this fact is never absent",
        "`ssh.keys` must be a list, not a mapping",
        "`os.arch` must be text, not nothing\n  hint: this fact is never absent",
        "`tools.git.installed` is given twice",
    ];
    for wanted in wanted {
        assert!(found.iter().any(|error| error.contains(wanted)), "{wanted}\nis not in\n{}", found.join("\n"));
    }
}

#[test]
fn all_files_are_reported_at_once_in_order() {
    let mut sources = vec![
        source("b", "a: [".into()),
        source("a", definition(&[("severity", "bad"), ("condition", "nope")])),
        Source { area: "sssh".into(), ..source("Bad_Name", definition(&[])) },
    ];
    sources.push(source("b", definition(&[])));
    let found = load(&sources, true).expect_err("there are errors").to_string();
    let lines: Vec<&str> = found.lines().filter(|line| !line.starts_with("  hint")).collect();
    assert_eq!(lines.len(), 5, "{found}");
    assert!(lines[0].starts_with("checks/tools/Bad_Name.yaml: the file name `Bad_Name` is no ID"));
    assert!(lines[1].starts_with("checks/tools/Bad_Name.yaml: the folder `sssh` is no area"));
    assert!(lines[2].starts_with("checks/tools/a.yaml:2:11: `severity` cannot be `bad`"));
    assert!(lines[3].starts_with("checks/tools/b.yaml: the ID `b` is taken by checks/tools/b.yaml"));
    assert!(lines[4].starts_with("checks/tools/b.yaml:"), "{found}");
}

#[test]
fn explains_must_lead_somewhere_and_not_back() {
    let load_all = |texts: &[(&str, &str)]| {
        let sources: Vec<Source> =
            texts.iter().map(|(id, explains)| source(id, definition(&[("explains", explains)]))).collect();
        load(&sources, true).expect("are right")
    };
    let unknown = merge(load_all(&[("a", "[b, cc-ccc]"), ("b", "[]"), ("cc-cce", "[]")]), Vec::new());
    assert_eq!(
        unknown.expect_err("names no check").to_string(),
        "checks/tools/a.yaml:5:15: `explains` names no check: `cc-ccc`\n  hint: did you mean `cc-cce`?"
    );
    let circle = merge(load_all(&[("a", "[b]"), ("b", "[c]"), ("c", "[a]")]), Vec::new());
    assert_eq!(
        circle.expect_err("goes in a circle").to_string(),
        "checks/tools/c.yaml:5:12: `explains` goes in a circle: a -> b -> c -> a"
    );
    let itself = merge(load_all(&[("a", "[a]")]), Vec::new());
    assert!(itself.expect_err("explains itself").to_string().contains("a -> a"));
}

#[test]
fn an_overlay_replaces_and_adds() {
    let base = load(&[source("a", definition(&[])), source("b", definition(&[]))], false).expect("are right");
    let overlay = load(&[source("b", definition(&[("title", "Mine")])), source("c", definition(&[]))], true);
    let merged = merge(base, overlay.expect("are right")).expect("fit together");
    let shown: Vec<(&str, &str, bool)> = merged.iter().map(|c| (c.id.as_str(), c.title.as_str(), c.overlay)).collect();
    assert_eq!(shown, [("a", "Git is too old", false), ("b", "Mine", true), ("c", "Git is too old", true)]);
}

#[test]
fn a_directory_is_read_through_the_system() {
    let fake = FakeSystem::new(Platform::Linux)
        .file("/c/tools/mine.yaml", definition(&[]))
        .file("/c/tools/notes.txt", "x")
        .file("/c/README.md", "x")
        .file("/c/regions.yaml", "regions: []");
    let checks = load_directory(&fake, Path::new("/c")).expect("is right");
    assert_eq!(checks.iter().map(|c| c.path.as_str()).collect::<Vec<_>>(), ["/c/tools/mine.yaml"]);
    let broken = fake.file("/c/tools/x.yml", "").file("/c/tools/y.yaml", [0xff, 0xfe]).fifo("/c/tools/z.yaml");
    let found = load_directory(&broken, Path::new("/c")).expect_err("has errors").to_string();
    assert_eq!(
        found,
        "/c/tools/x.yml: the file name must end in `.yaml`\n/c/tools/y.yaml: cannot be read: it is not UTF-8"
    );
    assert!(
        load_directory(&broken, Path::new("/none"))
            .expect_err("is missing")
            .to_string()
            .starts_with("/none: cannot be read")
    );
}

#[test]
fn random_definitions_never_panic() {
    let words = [
        "condition: ",
        "a\n",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "|\n",
        "  ",
        "&a ",
        "*a ",
        "examples:\n",
        "{{ ",
        "}}",
        ": ",
    ];
    let mut state = 7_u64;
    for _ in 0..400 {
        let mut text = definition(&[]);
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let word = words[(state >> 33) as usize % words.len()];
            let at = (state >> 13) as usize % (text.len() + 1);
            if text.is_char_boundary(at) {
                text.insert_str(at, word);
            }
        }
        let _ = load(&[source("c", text)], true);
    }
}

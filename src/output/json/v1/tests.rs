use serde_json::Value;

use super::*;
use crate::error::{Error, Errors};
use crate::fact::Source;
use crate::finding::{Applicability, FindingEdit, FindingFix, IdentityKind, Outcome, Segment, Sensitivity};
use crate::report::samples::{finding, identities, line, literal, message, report as sample, target, with};
use crate::report::{Identities, Privacy};

fn json_of(report: &Report) -> (String, Value) {
    let mut out = Vec::new();
    super::report(report, &mut out).expect("a vector can be written");
    let value = serde_json::from_slice(&out).expect("JSON");
    (String::from_utf8(out).expect("UTF-8"), value)
}

fn failure_of(errors: &Errors) -> Value {
    let mut redactor = Redactor::new(&identities(&[]), Privacy::Redacted);
    let mut out = Vec::new();
    failure(errors, &mut redactor, &mut out).expect("a vector can be written");
    serde_json::from_slice(&out).expect("JSON")
}

fn validator() -> jsonschema::Validator {
    let mut text = Vec::new();
    schema(&mut text).expect("a vector can be written");
    let schema: Value = serde_json::from_slice(&text).expect("JSON");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn mode_edit() -> FindingEdit {
    let path = vec![Segment::value("/home/jdoe/.ssh/my key", Sensitivity::Path)];
    FindingEdit { kind: "set-mode", parameters: [("mode".into(), literal("600")), ("path".into(), path)].into() }
}

fn full() -> Report {
    let one = with(finding("ssh-user-not-key-id#1", Outcome::Fail), |f| {
        f.message = message(&[("User ", "asmith", Sensitivity::Identity(IdentityKind::Login))], " is no SSH key ID.");
        f.subject = Some(vec![Segment::value("/home/jdoe/.ssh/config", Sensitivity::Path)]);
        f.evidence = vec![
            line("/home/jdoe/.ssh/config", 12, "\tUser asmith", (7, 13)),
            Source::variable("GIT_SSH", "GIT_SSH=/home/jdoe/plink"),
            Source::command("ssh -G asmith@host", "user asmith"),
        ];
        f.fix = Some(FindingFix {
            applicability: Applicability::Manual,
            title: literal("Mend it"),
            commands: vec![vec![literal("chmod"), literal("600"), literal("~/.ssh/my key")]],
            edits: vec![mode_edit()],
            diff: Some("--- /home/jdoe/.ssh/my key\nold mode 0644\nnew mode 0600\n".into()),
            refused: None,
        });
        f.references = vec!["https://docs.aws.amazon.com/codecommit/".into()];
    });
    let unknown = with(finding("ssh-port-wrong#1", Outcome::Unknown), |f| f.reason = Some(literal("no ssh")));
    sample(vec![unknown, one], &["ssh-user-not-key-id#1"]).redacted(&identities(&[target()]), Privacy::Redacted)
}

#[test]
fn the_document_has_these_fields_in_this_order() {
    let (text, _) = json_of(&full());
    insta::assert_snapshot!(text.split_once("\n    {\n      \"id\": \"ssh-port-wrong#1\"").expect("two findings").0, @r#"
    {
      "schema_version": 1,
      "id": "K7QX2M9P",
      "tool": {
        "name": "cc-doctor",
        "version": "0.1.0",
        "checks": {
          "count": 200,
          "digest": "sha256:0123456789abcdef",
          "overlays": [],
          "left_out": 0
        }
      },
      "started_at": "2027-01-15T08:00:00Z",
      "duration_ms": 87,
      "exit_code": 1,
      "machine": {
        "os": "linux",
        "version": "Debian GNU/Linux 12 (bookworm)",
        "arch": "x86_64",
        "wsl": false,
        "msys": false,
        "container": false,
        "root": false
      },
      "targets": [
        {
          "id": "t1",
          "url": "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo-repo",
          "transport": "ssh",
          "region": "us-east-1",
          "host": "git-codecommit.us-east-1.amazonaws.com",
          "repository": "demo-repo",
          "reach": null,
          "verdict": "broken",
          "clone": null
        }
      ],
      "verdict": "broken",
      "root_causes": [
        "ssh-user-not-key-id#1"
      ],
      "summary": {
        "pass": 0,
        "fail": 1,
        "unknown": 1,
        "skipped": 0,
        "by_severity": {
          "error": 1,
          "warning": 0,
          "info": 0
        },
        "acknowledged": 0
      },
      "findings": [
        {
          "id": "ssh-user-not-key-id#1",
          "check": "ssh-user-not-key-id",
          "area": "ssh",
          "layer": "config",
          "title": "Title of ssh-user-not-key-id",
          "target": "t1",
          "outcome": "fail",
          "severity": "error",
          "message": "User <user-1> is no SSH key ID.",
          "subject": "~/.ssh/config",
          "evidence": [
            {
              "path": "~/.ssh/config",
              "line": 12,
              "column": 7,
              "excerpt": "\tUser <user-1>",
              "source": "file"
            },
            {
              "path": null,
              "line": null,
              "column": null,
              "excerpt": "GIT_SSH=~/plink",
              "source": "environment GIT_SSH"
            },
            {
              "path": null,
              "line": null,
              "column": null,
              "excerpt": "user <user-1>",
              "source": "command ssh -G <user-1>@<host-1>"
            }
          ],
          "caused_by": [],
          "reason": null,
          "confidence": "certain",
          "latent": false,
          "acknowledged": null,
          "remedy": "remedy of ssh-user-not-key-id",
          "fix": {
            "applicability": "manual",
            "title": "Mend it",
            "commands": [
              [
                "chmod",
                "600",
                "~/.ssh/my key"
              ]
            ],
            "edits": [
              {
                "kind": "set-mode",
                "parameters": {
                  "mode": "600",
                  "path": "~/.ssh/my key"
                }
              }
            ],
            "diff": "--- ~/.ssh/my key\nold mode 0644\nnew mode 0600\n",
            "refused": null
          },
          "references": [
            "https://docs.aws.amazon.com/codecommit/"
          ],
          "duration_ms": 0
        },
    "#);
}

#[test]
fn documents_are_valid_by_our_own_schema() {
    let validator = validator();
    for report in [full(), sample(Vec::new(), &[])] {
        let (_, value) = json_of(&report);
        assert!(validator.is_valid(&value), "{:?}", validator.iter_errors(&value).next());
    }
    let place = Error::definition("unknown key").at("/home/jdoe/checks/x.yaml", Some(3), Some(1));
    let errors = Errors { first: place, more: vec![Error::usage("no such option").hint("try --help")] };
    let value = failure_of(&errors);
    assert!(validator.is_valid(&value), "{:?}", validator.iter_errors(&value).next());
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let validator = validator();
    let (_, good) = json_of(&full());
    for (pointer, wrong) in [
        ("/verdict", Value::from("fine")),
        ("/schema_version", Value::from(2)),
        ("/exit_code", Value::from("1")),
        ("/findings/0/outcome", Value::from("failed")),
        ("/findings/0/evidence/0/line", Value::from("12")),
        ("/targets", Value::Null),
    ] {
        let mut document = good.clone();
        *document.pointer_mut(pointer).expect("a field") = wrong;
        assert!(!validator.is_valid(&document), "{pointer}");
    }
    let mut document = good;
    document.as_object_mut().expect("an object").remove("redactions");
    assert!(!validator.is_valid(&document));
}

#[test]
fn a_failure_tells_kind_place_and_hints() {
    let error = Error::definition("unknown key `tittle`").at("/home/jdoe/c/x.yaml", Some(3), Some(1)).hint("`title`?");
    insta::assert_snapshot!(serde_json::to_string_pretty(&failure_of(&error.into())).expect("JSON"), @r#"
    {
      "schema_version": 1,
      "tool": {
        "name": "cc-doctor",
        "version": "0.1.0",
        "checks": null
      },
      "exit_code": 2,
      "error": {
        "kind": "definition",
        "message": "unknown key `tittle`",
        "hints": [
          "`title`?"
        ],
        "path": "~/c/x.yaml",
        "line": 3,
        "column": 1
      },
      "errors": [
        {
          "kind": "definition",
          "message": "unknown key `tittle`",
          "hints": [
            "`title`?"
          ],
          "path": "~/c/x.yaml",
          "line": 3,
          "column": 1
        }
      ]
    }
    "#);
}

#[test]
fn a_failure_keeps_identities_and_secrets_to_itself() {
    let error = Error::usage("invalid value 'https://asmith:hunter2@proxy.corp.example' of jdoe");
    let value = failure_of(&error.into());
    assert_eq!(value["error"]["message"], "invalid value 'https://<user-1>:••••@<host-1>' of <user-2>");
}

#[test]
fn escape_sequences_are_visible_in_json_too() {
    let evil = "\u{1b}[31m\u{202e}\u{9b}\r\n";
    let one = with(finding("x#1", Outcome::Fail), |f| {
        f.message = vec![Segment::value(evil, Sensitivity::Text)];
        f.evidence = vec![line(evil, 1, evil, (1, 2)), Source::command(evil, evil)];
        f.title = evil.into();
    });
    let (text, value) = json_of(&sample(vec![one], &[]).redacted(&Identities::default(), Privacy::Redacted));
    assert!(!text.contains("\\u001b") && !text.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\r']));
    assert_eq!(value["findings"][0]["message"], "␛[31m<U+202E><U+009B>␍␊");
}

#[test]
fn what_repairs_did_is_told() {
    let fix = crate::report::FixDone {
        finding: "ssh-identity-too-open#1".into(),
        title: literal("Close it"),
        status: crate::report::FixStatus::RolledBack,
        edits: vec![mode_edit()],
        diff: Some("--- /home/jdoe/x\n+++ /home/jdoe/x\n+User jdoe \u{1b}[2J\n".into()),
        backup: Some("K7QX2M9P".into()),
        verified: true,
        git_works: None,
        reason: Some("/home/jdoe/x was changed".into()),
    };
    let mut sample = sample(Vec::new(), &[]);
    sample.repairs = crate::report::Repairs::Made(vec![fix.clone()]);
    let (_, document) = json_of(&sample.redacted(&identities(&[target()]), Privacy::Redacted));
    let told = serde_json::json!({
        "finding": "ssh-identity-too-open#1",
        "title": "Close it",
        "status": "rolled_back",
        "edits": [{ "kind": "set-mode", "parameters": { "mode": "600", "path": "~/.ssh/my key" } }],
        "diff": "--- ~/x\n+++ ~/x\n+User <user-1> ␛[2J\n",
        "backup": "K7QX2M9P",
        "verified": true,
        "git_works": null,
        "reason": "~/x was changed",
    });
    assert_eq!(document["fixes"], serde_json::json!([told]));
    assert!(validator().is_valid(&document));
    let mut out = Vec::new();
    undo(&[fix], &mut out).expect("a vector can be written");
    assert!(validator().is_valid(&serde_json::from_slice(&out).expect("JSON")));
}

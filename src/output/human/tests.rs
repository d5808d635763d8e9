use super::super::{Format, report as write_report};
use super::*;
use crate::fact::{Source, target::Target};
use crate::finding::{Applicability, Area, FindingFix, IdentityKind, Layer, Segment, Sensitivity};
use crate::report::samples::{consequence, finding, line, literal, message, report, report_on, target, with};

fn shown(report: &Report, detail: Detail) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    let reader = Reader::new(detail, Some(80));
    write_report(report, Format::Human(reader), &mut out).expect("a vector can be written");
    String::from_utf8_lossy(&out.into_inner()).into_owned()
}

fn passes() -> Vec<Finding> {
    let tools = with(finding("git-not-installed#1", Outcome::Pass), |f| f.layer = crate::finding::Layer::Tools);
    vec![tools, finding("ssh-port-wrong#1", Outcome::Pass), finding("helper-missing#1", Outcome::Skipped)]
}

fn misnamed() -> Finding {
    with(finding("ssh-config-misnamed#1", Outcome::Fail), |f| {
        f.title = "The ssh client configuration is not named `config`".into();
        f.target = None;
        f.message = message(
            &[("ssh ignores ", "/home/jdoe/.ssh/config.txt", Sensitivity::Path)],
            "; the file must be named `config`, with no extension.",
        );
        f.evidence = vec![line("/home/jdoe/.ssh/config.txt", 3, "Host git-codecommit.*.amazonaws.com", (1, 36))];
        f.remedy = message(
            &[
                ("Rename the file:\n\n    mv ", "/home/jdoe/.ssh/config.txt", Sensitivity::Path),
                (" ", "/home/jdoe/.ssh/config", Sensitivity::Path),
            ],
            "\n\nThen try again.\n",
        );
        f.why = literal("ssh reads one file, ~/.ssh/config. Editors such as Notepad add an extension when they save.");
        f.references = vec!["https://docs.aws.amazon.com/codecommit/".into()];
    })
}

fn no_block() -> Finding {
    with(consequence("ssh-host-block-missing#1", "ssh-config-misnamed#1"), |f| {
        f.message = literal("No Host block names git-codecommit.us-east-1.amazonaws.com.");
    })
}

fn readable_by_others() -> Finding {
    with(finding("aws-credentials-readable-by-others#1", Outcome::Fail), |f| {
        f.severity = Severity::Warning;
        f.target = None;
        f.message = literal("Other users of this machine can read the AWS credentials (mode 0644).");
        f.evidence = vec![Source::file("/home/jdoe/.aws/credentials")];
        f.remedy = literal("Close it:\n\n    chmod 600 ~/.aws/credentials\n");
    })
}

#[test]
fn a_healthy_machine_gets_two_lines() {
    insta::assert_snapshot!(shown(&report(passes(), &[]), Detail::Normal), @r"
    ✓ origin (SSH, us-east-1, demo-repo): no fault found; no connection was tried
    2 checks passed, 1 did not apply. Report K7QX2M9P.
    ");
}

#[test]
fn a_cause_is_shown_with_its_line_and_its_consequence() {
    let mut findings = passes();
    findings.extend([no_block(), misnamed(), readable_by_others()]);
    let report = report(findings, &["ssh-config-misnamed#1"]);
    insta::assert_snapshot!(shown(&report, Detail::Normal), @r"
    ✗ origin (SSH, us-east-1, demo-repo): git cannot work with it
      tools ✓ → config ✗ ⋯ repository

    Cause: The ssh client configuration is not named `config`.
    Next:  Rename the file:
               mv ~/.ssh/config.txt ~/.ssh/config

    error: ssh ignores ~/.ssh/config.txt; the file must be named `config`, with no
      extension. [ssh-config-misnamed]
     --> ~/.ssh/config.txt:3:1
      |
    3 | Host git-codecommit.*.amazonaws.com
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      To mend it:
        Rename the file:

            mv ~/.ssh/config.txt ~/.ssh/config

        Then try again.
      ↳ No Host block names git-codecommit.us-east-1.amazonaws.com.
        [ssh-host-block-missing]

    warning: Other users of this machine can read the AWS credentials (mode 0644).
      [aws-credentials-readable-by-others]
      --> ~/.aws/credentials
      Close it:
          chmod 600 ~/.aws/credentials

    2 checks passed, 3 failed, 1 did not apply. Report K7QX2M9P.
    ");
    insta::assert_snapshot!(shown(&report, Detail::Quiet), @r"
    ✗ origin (SSH, us-east-1, demo-repo): git cannot work with it
      tools ✓ → config ✗ ⋯ repository

    Cause: The ssh client configuration is not named `config`.
    Next:  Rename the file:
               mv ~/.ssh/config.txt ~/.ssh/config
    ");
    insta::assert_snapshot!(shown(&report, Detail::Verbose), @r"
    ✗ origin (SSH, us-east-1, demo-repo): git cannot work with it
      tools ✓ → config ✗ ⋯ repository

    Cause: The ssh client configuration is not named `config`.
    Next:  Rename the file:
               mv ~/.ssh/config.txt ~/.ssh/config

    error: ssh ignores ~/.ssh/config.txt; the file must be named `config`, with no
      extension. [ssh-config-misnamed]
     --> ~/.ssh/config.txt:3:1
      |
    3 | Host git-codecommit.*.amazonaws.com
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      Why:
        ssh reads one file, ~/.ssh/config. Editors such as Notepad add an extension
        when they save.
      To mend it:
        Rename the file:

            mv ~/.ssh/config.txt ~/.ssh/config

        Then try again.
      https://docs.aws.amazon.com/codecommit/
      ↳ No Host block names git-codecommit.us-east-1.amazonaws.com.
        [ssh-host-block-missing]

    warning: Other users of this machine can read the AWS credentials (mode 0644).
      [aws-credentials-readable-by-others]
      --> ~/.aws/credentials
      Why:
        why of aws-credentials-readable-by-others
      To mend it:
        Close it:

            chmod 600 ~/.aws/credentials

    2 checks passed, 3 failed, 1 did not apply. Report K7QX2M9P.
    ");
}

#[test]
fn what_could_not_be_looked_at_is_said_with_its_reason() {
    let mut findings = passes();
    findings.push(with(finding("ssh-user-missing#1", Outcome::Unknown), |f| {
        f.title = "No User line for CodeCommit".into();
        f.reason = Some(message(&[("", "/home/jdoe/.ssh/config", Sensitivity::Path)], ": permission denied"));
    }));
    insta::assert_snapshot!(shown(&report(findings, &[]), Detail::Normal), @r"
    ? origin (SSH, us-east-1, demo-repo): could not be decided

    Could not be looked at:
      ? No User line for CodeCommit: ~/.ssh/config: permission denied
        [ssh-user-missing]

    2 checks passed, 1 could not be decided, 1 did not apply. Report K7QX2M9P.
    ");
}

#[test]
fn what_has_the_same_reason_is_one_line() {
    let mut findings = passes();
    let unknown = |id: &str, reason: &str| {
        with(finding(id, Outcome::Unknown), |f| {
            f.title = format!("Title of {}", f.check);
            f.reason = Some(literal(reason));
        })
    };
    findings.extend([
        unknown("network-name-not-found#1", "the time was used up"),
        unknown("ssh-user-missing#1", "permission denied"),
        unknown("network-connection-refused#1", "the time was used up"),
        unknown("network-connection-refused#2", "the time was used up"),
    ]);
    insta::assert_snapshot!(shown(&report(findings, &[]), Detail::Verbose), @r"
    ? origin (SSH, us-east-1, demo-repo): could not be decided

    Could not be looked at:
      ? 2 checks: the time was used up [network-name-not-found,
        network-connection-refused]
      ? Title of ssh-user-missing: permission denied [ssh-user-missing]

    2 checks passed, 4 could not be decided, 1 did not apply. Report K7QX2M9P.
    ");
}

#[test]
fn nothing_to_examine_is_no_health() {
    insta::assert_snapshot!(shown(&report_on(&[], passes(), &[]), Detail::Normal), @r"
    ? No CodeCommit repository to examine: neither a remote of the working directory
      nor anything set up on this machine leads to one. Name one with --url.

    2 checks passed, 1 did not apply. Report K7QX2M9P.
    ");
}

#[test]
fn several_targets_share_a_cause() {
    let other = |id: &str, label: &str, transport: &str| Target {
        id: id.into(),
        label: label.into(),
        transport: transport.into(),
        ..target()
    };
    let targets = [target(), other("t2", "upstream", "https-helper"), other("t3", "backup", "ssh")];
    let wrong_user = |id: &str, target: &str| {
        with(finding(id, Outcome::Fail), |f| {
            f.target = Some(target.into());
            f.title = "The ssh user is not an SSH key ID".into();
            f.message = message(
                &[("User ", "asmith", Sensitivity::Identity(IdentityKind::Login))],
                " is no SSH key ID (APKA…).",
            );
            f.evidence = vec![line("/home/jdoe/.ssh/config", 12, "\tUser asmith   # me", (7, 13))];
            f.remedy = literal("Write the SSH key ID behind `User`.");
        })
    };
    let missing = with(finding("credential-helper-missing#1", Outcome::Fail), |f| {
        f.target = Some("t2".into());
        f.title = "No credential helper".into();
        f.message = literal("git has no credential helper for this host.");
        f.evidence = vec![Source::variable("GIT_CONFIG_GLOBAL", "GIT_CONFIG_GLOBAL=/dev/null")];
        f.remedy = literal("Configure the helper of the AWS CLI.");
        f.fix = Some(FindingFix {
            applicability: Applicability::Manual,
            title: literal("Configure the helper"),
            commands: vec![
                ["git", "config", "--global", "credential.helper", "!aws codecommit credential-helper $@"]
                    .map(literal)
                    .to_vec(),
            ],
            edits: Vec::new(),
            diff: None,
            refused: None,
        });
    });
    let mut findings = passes();
    findings.extend([wrong_user("ssh-user-not-key-id#1", "t1"), wrong_user("ssh-user-not-key-id#2", "t3"), missing]);
    let roots = ["ssh-user-not-key-id#1", "ssh-user-not-key-id#2", "credential-helper-missing#1"];
    let quiet = shown(&report_on(&targets, findings.clone(), &roots), Detail::Quiet);
    assert!(quiet.contains("(1 other cause besides, see without -q)") && !quiet.contains("below"), "{quiet}");
    insta::assert_snapshot!(shown(&report_on(&targets, findings, &roots), Detail::Normal), @r"
    ✗ origin (SSH, us-east-1, demo-repo): git cannot work with it
      tools ✓ → config ✗ ⋯ repository
    ✗ upstream (HTTPS with the AWS CLI, us-east-1, demo-repo): git cannot work with it
      tools → config ✗ ⋯ repository
    ✗ backup (SSH, us-east-1, demo-repo): git cannot work with it
      tools → config ✗ ⋯ repository

    Cause: The ssh user is not an SSH key ID.
    Next:  Write the SSH key ID behind `User`.
           (1 other cause besides, see below)

    error: User asmith is no SSH key ID (APKA…). [ssh-user-not-key-id] (origin, backup)
      --> ~/.ssh/config:12:7
       |
    12 |     User asmith   # me
       |          ^^^^^^

    error: git has no credential helper for this host. [credential-helper-missing]
      (upstream)
      --> environment variable GIT_CONFIG_GLOBAL
     |
     | GIT_CONFIG_GLOBAL=/dev/null
     | ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      To mend it:
        Configure the helper of the AWS CLI.
      Configure the helper:
        git config --global credential.helper '!aws codecommit credential-helper $@'

    2 checks passed, 3 failed, 1 did not apply. Report K7QX2M9P.
    ");
}

#[test]
fn a_dead_network_is_told_once() {
    let there = |number: usize| Target {
        id: format!("t{number}").as_str().into(),
        label: format!("remote{number}").as_str().into(),
        host: Some(format!("git-codecommit.region-{number}.amazonaws.com").as_str().into()),
        ..target()
    };
    let targets: Vec<Target> = (1..=9).map(there).collect();
    let dead = |number: usize| {
        with(finding(&format!("network-connection-timed-out#{number}"), Outcome::Fail), |f| {
            (f.area, f.layer) = (Area::Network, Layer::Tcp);
            f.target = Some(format!("t{number}"));
            f.message = literal(&format!("region-{number} does not answer."));
        })
    };
    let rung = |number: usize| {
        let cause = format!("network-connection-timed-out#{number}");
        with(consequence(&format!("ls-remote-fails-at-tcp#{number}"), &cause), |f| {
            f.target = Some(format!("t{number}"));
            f.message = literal(&format!("git got no connection to region-{number}."));
        })
    };
    let findings: Vec<Finding> = (1..=9).map(dead).chain((1..=9).map(rung)).collect();
    let text = shown(&report_on(&targets, findings, &["network-connection-timed-out#1"]), Detail::Normal);
    assert_eq!(text.matches("[network-connection-timed-out]").count(), 1, "{text}");
    assert_eq!(text.matches("[ls-remote-fails-at-tcp]").count(), 1, "{text}");
    assert!(!text.contains("besides"), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("The same for remote2 (git-codecommit.region-2.amazonaws.com), remote3 (git-"), "{text}");
    assert!(words.contains("remote9 (git-codecommit.region-9.amazonaws.com)."), "{text}");
}

#[test]
fn planted_escape_sequences_are_seen_and_do_nothing() {
    let evil = "\u{1b}]0;pwned\u{7}\u{202e}\u{9b}2J\r\nerror: forged";
    let one = with(finding("x#1", Outcome::Fail), |f| {
        let value = |sensitivity| vec![Segment::value(evil, sensitivity)];
        f.message = value(Sensitivity::Text);
        f.remedy = value(Sensitivity::Path);
        f.title = evil.replace('\n', "");
        f.subject = Some(value(Sensitivity::Public));
        f.evidence = vec![
            line(evil, 1, evil, (1, 40)),
            Source::variable(evil, evil),
            Source::command(evil, evil),
            Source::file(evil),
        ];
        f.references = vec![evil.into()];
        f.why = literal(&evil.replace('\n', ""));
        f.fix = Some(FindingFix {
            applicability: Applicability::Safe,
            title: value(Sensitivity::Text),
            commands: vec![vec![value(Sensitivity::Text)]],
            edits: Vec::new(),
            diff: None,
            refused: None,
        });
    });
    let mut unknown = finding("y#1", Outcome::Unknown);
    unknown.reason = Some(vec![Segment::value(evil, Sensitivity::Text)]);
    let evil_target = Target {
        label: evil.into(),
        url: Some(evil.into()),
        region: Some(evil.into()),
        repository: Some(evil.into()),
        host: Some(evil.into()),
        transport: evil.into(),
        ..target()
    };
    let report = report_on(&[evil_target], vec![one, unknown], &["x#1"]);
    for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
        let mut raw = Vec::new();
        write_report(&report, Format::Human(Reader::new(detail, None)), &mut raw).expect("a vector can be written");
        let text = String::from_utf8(raw).expect("UTF-8");
        assert!(text.split('\u{1b}').skip(1).all(is_style), "{text:?}");
        assert!(!text.contains(['\u{7}', '\u{202e}', '\u{9b}', '\r']));
        assert!(!text.lines().any(|line| line.trim_start().starts_with("error: forged")), "{text}");
    }
}

/// Our own styles are `ESC [ … m` and nothing else.
fn is_style(behind_escape: &str) -> bool {
    let parameters = behind_escape.strip_prefix('[').unwrap_or_default();
    parameters.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
}

#[test]
fn the_next_step_holds_the_command_that_follows_it() {
    let (step, more) = super::problem::next_step("Change the line to\n\n    helper = x\n\nThen try again.\n");
    assert_eq!((step.as_str(), more), ("Change the line to\n    helper = x", true));
    let (step, more) = super::problem::next_step("Rename it.\n\nOr do nothing.\n");
    assert_eq!((step.as_str(), more), ("Rename it.", true));
}

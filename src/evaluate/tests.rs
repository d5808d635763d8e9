use serde_json::json;

use super::*;
use crate::check::load::{Source, load};
use crate::check::word::{Applicability, Severity};

/// A check from its deciding lines. Examples are there only to satisfy the loader; they are never run here.
fn check(id: &str, lines: &str) -> Check {
    let has = |key: &str| lines.lines().any(|line| line.starts_with(&format!("{key}:")));
    let mut text = String::new();
    for (key, value) in [("severity", "error"), ("layer", "config"), ("message", "it failed"), ("title", "A title")] {
        if !has(key) {
            text.push_str(&format!("{key}: {value}\n"));
        }
    }
    text.push_str(lines);
    text.push_str("\nwhy: because\nremedy: mend it\nexamples:\n");
    for outcome in ["fail", "pass", "unknown"] {
        text.push_str(&format!("  - {{name: {outcome}, outcome: {outcome}}}\n"));
    }
    let source = Source { area: "ssh".into(), id: id.into(), path: format!("{id}.yaml"), text: text.into() };
    match load(&[source], false) {
        Ok(mut checks) => checks.remove(0),
        Err(errors) => panic!("{errors}"),
    }
}

fn target(id: &str, transport: &str, ssh: Json) -> Json {
    json!({ "id": id, "transport": transport, "url": format!("u-{id}"), "remote": null, "ssh": ssh, "port": 22 })
}

fn user(kind: &str) -> Json {
    json!({ "user_kind": kind })
}

fn machine(targets: Json) -> Json {
    json!({
        "run": { "offline": true, "started_at": 0 },
        "os": { "family": "linux", "home": { "$unavailable": "HOME is not set" }, "user": "dev", "wsl": false },
        "ssh": {
            "config_path": "/home/dev/.ssh/config",
            "config_like_files": [],
            "keys": { "$unavailable": "permission denied" },
            "blocks": [
                { "kind": "host", "user": "APKA1", "has_comma": false,
                  "source": { "path": "/c", "line": 3, "column": 1, "end_column": 5, "excerpt": "Host a" },
                  "user_source": { "path": "/c", "line": 4, "excerpt": "User b" } },
                { "kind": "match", "user": null, "has_comma": true, "source": { "path": "/c", "line": 9 },
                  "user_source": { "path": "/c", "line": 9 } },
            ],
        },
        "git": { "$unavailable": "git did not answer" },
        "targets": targets,
    })
}

fn run(checks: &[Check], facts: &Json) -> Evaluation {
    evaluate_json(checks, facts, &|| 0)
}

fn outcomes(lines: &str, facts: &Json) -> Vec<String> {
    let evaluation = run(&[check("c", lines)], facts);
    assert_eq!(evaluation.defects, [], "{lines}");
    let mut findings = evaluation.findings;
    findings.sort_by(|a, b| a.id.cmp(&b.id));
    let reason = |finding: &Finding| finding.reason.as_deref().map(plain_text).unwrap_or_default();
    findings.iter().map(|f| format!("{} {}", f.outcome.name(), reason(f)).trim().to_owned()).collect()
}

fn one_ssh() -> Json {
    machine(json!([target("t1", "ssh", user("git"))]))
}

#[test]
fn a_condition_passes_or_fails() {
    assert_eq!(outcomes("condition: run.offline", &one_ssh()), ["pass"]);
    assert_eq!(outcomes("condition: os.wsl", &one_ssh()), ["fail"]);
}

#[test]
fn an_unavailable_fact_is_unknown_with_its_reason() {
    assert_eq!(
        outcomes("condition: os.home == \"x\"", &one_ssh()),
        ["unknown os.home could not be examined: HOME is not set"]
    );
    assert_eq!(
        outcomes("condition: git.files.exists(f, f.exists)", &one_ssh()),
        ["unknown git could not be examined: git did not answer"]
    );
    assert_eq!(
        outcomes("condition: tools.git.installed", &one_ssh()),
        ["unknown tools could not be examined: not collected"]
    );
    let blind = machine(json!([target("t1", "ssh", json!({ "$unavailable": "ssh -G failed" }))]));
    assert_eq!(
        outcomes("transports: [ssh]\ncondition: target.ssh.user_kind == \"git\"", &blind),
        ["unknown target.ssh could not be examined: ssh -G failed"]
    );
}

#[test]
fn what_does_not_matter_may_be_unavailable() {
    for condition in ["os.wsl && os.home == \"x\"", "os.home == \"x\" && os.wsl"] {
        assert_eq!(outcomes(&format!("condition: {condition}"), &one_ssh()), ["fail"], "{condition}");
    }
    for condition in ["run.offline || os.home == \"x\"", "os.home == \"x\" || run.offline"] {
        assert_eq!(outcomes(&format!("condition: {condition}"), &one_ssh()), ["pass"], "{condition}");
    }
    assert_eq!(outcomes("condition: \"!(os.home != null) || os.wsl\"", &one_ssh()).len(), 1);
    assert!(outcomes("condition: os.home == \"x\" && run.offline", &one_ssh())[0].starts_with("unknown os.home"));
}

#[test]
fn absent_is_null() {
    assert_eq!(outcomes("applies: target.id != \"\"\ncondition: target.remote == null", &one_ssh()), ["pass"]);
    assert_eq!(outcomes("condition: ssh.blocks.exists(b, b.user == null)", &one_ssh()), ["pass"]);
}

#[test]
fn requires_and_applies_skip() {
    assert_eq!(
        outcomes("requires: os.wsl\nrequires_reason: this is not WSL\ncondition: run.offline", &one_ssh()),
        ["skipped this is not WSL"]
    );
    assert_eq!(
        outcomes("requires: os.wsl\ncondition: run.offline", &one_ssh()),
        ["skipped what it needs is not there"]
    );
    assert_eq!(outcomes("applies: os.wsl\ncondition: run.offline", &one_ssh()), ["skipped not applicable"]);
    assert!(outcomes("applies: os.home == null\ncondition: run.offline", &one_ssh())[0].starts_with("unknown os.home"));
}

#[test]
fn each_element_has_a_finding() {
    let lines = "for_each: ssh.blocks\napplies: item.kind == \"host\"\ncondition: item.has_comma\n\
                 message: \"{{ item.kind }}\"\nsubject: \"{{ item.kind }}\"\nevidence: [item, item.user_source]";
    assert_eq!(outcomes(lines, &one_ssh()), ["fail", "skipped not applicable"]);
    let evaluation = run(&[check("c", lines)], &one_ssh());
    let finding = &evaluation.findings[0];
    assert_eq!((finding.id.as_str(), plain_text(&finding.message).as_str()), ("c#1", "host"));
    assert_eq!(finding.evidence.iter().map(|e| e.line).collect::<Vec<_>>(), [Some(3), Some(4)]);
    assert_eq!(finding.evidence[0].end_column, Some(5));
    assert_eq!(finding.evidence[0].excerpt.as_ref().map(|e| e.0.as_str()), Some("Host a"));
}

#[test]
fn empty_lists_pass_and_unavailable_ones_are_unknown() {
    assert_eq!(outcomes("for_each: ssh.config_like_files\ncondition: item.included", &one_ssh()), ["pass"]);
    assert_eq!(
        outcomes("for_each: ssh.keys\ncondition: item.path != \"\"", &one_ssh()),
        ["unknown ssh.keys could not be examined: permission denied"]
    );
    assert_eq!(
        outcomes("for_each: ssh.keys\napplies: os.wsl\ncondition: item.path != \"\"", &one_ssh()),
        ["skipped not applicable"],
        "`applies` is asked first when it does not depend on the element"
    );
    assert_eq!(
        outcomes("for_each: ssh.blocks.filter(b, b.has_comma).map(b, b.kind)\ncondition: item == \"host\"", &one_ssh()),
        ["fail"]
    );
}

#[test]
fn targets_are_filtered_by_transport() {
    let facts = machine(json!([
        target("t1", "ssh", user("git")),
        target("t2", "grc", Json::Null),
        target("t3", "ssh", user("key-id")),
    ]));
    let lines = "transports: [ssh]\ncondition: target.ssh.user_kind == \"key-id\"";
    let evaluation = run(&[check("c", lines)], &facts);
    let shown: Vec<_> = evaluation.findings.iter().map(|f| (f.target.as_deref(), f.outcome.name())).collect();
    assert_eq!(shown, [(Some("t1"), "fail"), (Some("t3"), "pass")]);
    assert_eq!(
        outcomes("transports: [https-helper, https-gitcred]\ncondition: target.url != null", &facts),
        ["skipped no repository is reached over https-helper or https-gitcred"]
    );
    assert_eq!(outcomes("condition: target.url != null", &facts).len(), 3);
}

#[test]
fn checks_of_the_machine_may_be_limited_to_transports() {
    assert_eq!(outcomes("transports: [ssh]\ncondition: run.offline", &one_ssh()), ["pass"]);
    assert_eq!(
        outcomes("transports: [grc]\ncondition: run.offline", &one_ssh()),
        ["skipped no repository is reached over grc"]
    );
    assert_eq!(outcomes("condition: run.offline", &machine(json!([]))), ["pass"]);
    assert_eq!(outcomes("condition: target.url == null", &machine(json!([]))), ["skipped no repository to examine"]);
}

#[test]
fn values_keep_their_sensitivity() {
    let lines = "condition: os.wsl\nmessage: \"{{ ssh.config_path }} of {{ os.family }}{{ either(os.user, 'x') }} {{ \
                 size(ssh.blocks) }} {{ either(os.home, '') }}\"";
    let evaluation = run(&[check("c", lines)], &one_ssh());
    let value = |text: &str, sensitivity| Segment::Value { text: text.into(), sensitivity };
    use crate::fact::catalogue::IdentityKind;
    assert_eq!(
        evaluation.findings[0].message,
        [
            value("/home/dev/.ssh/config", Sensitivity::Path),
            Segment::Literal(" of ".into()),
            value("linux", Sensitivity::Public),
            value("dev", Sensitivity::Identity(IdentityKind::Login)),
            Segment::Literal(" ".into()),
            value("2", Sensitivity::Public),
            Segment::Literal(" ".into()),
            Segment::Literal("(not known)".into()),
        ]
    );
}

#[test]
fn a_subject_that_is_not_known_is_left_out() {
    let subject = |lines: &str| {
        let found = run(&[check("c", lines)], &one_ssh()).findings.remove(0).subject;
        found.map(|subject| plain_text(&subject))
    };
    assert_eq!(subject("condition: run.offline\nsubject: \"{{ either(os.home, 'x') }}\""), None);
    assert_eq!(subject("condition: run.offline\nsubject: \"{{ os.family }}\"").as_deref(), Some("linux"));
    assert_eq!(subject("applies: os.wsl\ncondition: run.offline\nsubject: \"{{ os.family }}\""), None);
}

#[test]
fn fixes_are_rendered_and_those_of_overlays_are_manual() {
    let lines = "condition: os.wsl\nfix:\n  applicability: safe\n  title: Move {{ ssh.config_path }}\n  commands: [[mv, \
                 \"{{ ssh.config_path }}\"]]\n  edits: [{move: {from: \"{{ ssh.config_path }}\", to: b}}]";
    let mut definition = check("c", lines);
    let fix = run(&[definition.clone()], &one_ssh()).findings.remove(0).fix.expect("has a fix");
    assert_eq!(fix.applicability, Applicability::Safe);
    assert_eq!(plain_text(&fix.title), "Move /home/dev/.ssh/config");
    assert_eq!(plain_text(&fix.commands[0][1]), "/home/dev/.ssh/config");
    assert_eq!(
        (fix.edits[0].kind, plain_text(&fix.edits[0].parameters["from"]).as_str()),
        ("move", "/home/dev/.ssh/config")
    );
    definition.overlay = true;
    let fix = run(&[definition], &one_ssh()).findings.remove(0).fix.expect("has a fix");
    assert_eq!(fix.applicability, Applicability::Manual);
}

#[test]
fn a_defect_is_reported_and_stops_nobody() {
    let checks = [check("bad", "condition: 1 / (run.started_at * 0) == 1"), check("good", "condition: os.wsl")];
    let evaluation = run(&checks, &one_ssh());
    assert_eq!(evaluation.defects.len(), 1);
    assert_eq!((evaluation.defects[0].check.as_str(), evaluation.defects[0].path.as_str()), ("bad", "bad.yaml"));
    assert!(evaluation.defects[0].message.contains("1 / (run.started_at * 0) == 1"), "{:?}", evaluation.defects);
    assert_eq!(evaluation.findings.iter().filter(|f| f.outcome == Outcome::Unknown).count(), 1);
    assert_eq!(evaluation.root_causes, ["good#1"]);
}

/// Checks that fail for every ssh target (`per`) or for the machine (`all`).
fn failing(id: &str, more: &str) -> Check {
    check(id, &format!("condition: target.port != 22\n{more}"))
}

fn told(evaluation: &Evaluation) -> Vec<String> {
    evaluation.findings.iter().map(|f| format!("{} {} <- {}", f.id, f.severity.name(), f.caused_by.join(","))).collect()
}

#[test]
fn chains_of_causes_end_at_the_root() {
    let checks = [
        failing("c", ""),
        failing("b", "explains: [c]"),
        failing("a", "explains: [b]"),
        failing("z", "explains: [c]\nconfidence: certain"),
    ];
    let evaluation = run(&checks, &one_ssh());
    assert_eq!(told(&evaluation), ["z#1 error <- ", "a#1 error <- ", "c#1 error <- z#1,a#1", "b#1 error <- a#1"]);
    assert_eq!(evaluation.root_causes, ["z#1", "a#1"]);
}

#[test]
fn a_mistake_on_the_machine_is_why_nobody_knows_where_git_stopped() {
    let checks = [
        failing("ls-remote-fails-unexplained", "live: true\nlayer: repository\nconfidence: certain"),
        failing("broken-setting", "explains: [other]\nconfidence: likely"),
        failing("other", "confidence: certain"),
        failing("perhaps", "confidence: possible"),
        failing("far-away", "layer: dns"),
    ];
    let evaluation = run(&checks, &machine(json!([target("t1", "ssh", user("git"))])));
    let stop = evaluation.findings.iter().find(|f| f.check == "ls-remote-fails-unexplained").unwrap();
    assert_eq!(stop.caused_by, ["broken-setting#1"]);
    assert_eq!(evaluation.root_causes[0], "broken-setting#1");
}

#[test]
fn only_failing_findings_of_the_same_target_explain() {
    let facts = machine(json!([target("t1", "ssh", user("git")), target("t2", "ssh", user("key-id"))]));
    let checks = [
        check("cause", "transports: [ssh]\ncondition: target.ssh.user_kind == \"key-id\"\nexplains: [effect]"),
        failing("effect", ""),
    ];
    let evaluation = run(&checks, &facts);
    let failing: Vec<String> = told(&evaluation).into_iter().take(3).collect();
    assert_eq!(failing, ["cause#1 error <- ", "effect#2 error <- ", "effect#1 error <- cause#1"]);
    assert_eq!(evaluation.root_causes, ["cause#1", "effect#2"]);
}

#[test]
fn the_machine_reaches_all_targets_and_is_reached_by_them() {
    let facts = machine(json!([target("t1", "ssh", user("git")), target("t2", "ssh", user("git"))]));
    let checks = [check("machine", "condition: os.wsl\nexplains: [effect]"), failing("effect", "")];
    assert_eq!(run(&checks, &facts).root_causes, ["machine#1"]);
    let checks = [failing("cause", "explains: [machine]"), check("machine", "condition: os.wsl")];
    let evaluation = run(&checks, &facts);
    assert_eq!(told(&evaluation)[2], "machine#1 error <- cause#1,cause#2");
}

#[test]
fn a_root_is_as_bad_as_its_consequences() {
    let checks = [failing("effect", ""), failing("root", "explains: [effect]\nseverity: warning")];
    let evaluation = run(&checks, &one_ssh());
    assert_eq!(told(&evaluation), ["root#1 error <- ", "effect#1 error <- root#1"]);
    let alone = run(&[failing("root", "severity: warning")], &one_ssh());
    assert_eq!((alone.findings[0].severity, alone.root_causes.len()), (Severity::Warning, 0));
}

#[test]
fn root_causes_are_ordered() {
    let facts = machine(json!([target("t1", "ssh", user("git")), target("t2", "ssh", user("git"))]));
    let only = |id: &str| format!("applies: target.id == \"{id}\"");
    let checks = [
        failing("possible", &format!("confidence: possible\nlayer: tools\n{}", only("t1"))),
        failing("late", &format!("layer: repository\n{}", only("t1"))),
        failing("second-target", &only("t2")),
        failing("lonely", &only("t1")),
        failing("busy", &format!("explains: [effect]\n{}", only("t1"))),
        failing("effect", &only("t1")),
        failing("certain", &format!("confidence: certain\nlayer: repository\n{}", only("t1"))),
    ];
    let evaluation = run(&checks, &facts);
    let order: Vec<&str> = evaluation.root_causes.iter().map(|id| id.split('#').next().unwrap_or_default()).collect();
    assert_eq!(order, ["certain", "busy", "lonely", "second-target", "late", "possible"]);
}

/// A rung of the user's own git: 1 holds, 2 fails where the target's number (any integer fact does) is that of the rung.
fn rungs() -> [Check; 2] {
    let rung = |id: &str, stopped: i64| {
        check(
            id,
            &format!(
                "live: true\ncondition: target.url_password_signed_at != {stopped}\napplies: target.url_password_signed_at == null || target.url_password_signed_at >= {stopped}"
            ),
        )
    };
    [rung("rung-1", 1), rung("rung-2", 2)]
}

fn stopped_at(rung: i64) -> Json {
    let mut one = target("t1", "ssh", user("git"));
    one["url_password_signed_at"] = if rung == 0 { Json::Null } else { json!(rung) };
    machine(json!([one]))
}

fn outcome(evaluation: &Evaluation, id: &str) -> String {
    let found = evaluation.findings.iter().find(|finding| finding.id == id).expect("is there");
    format!("{} {}{}", found.outcome.name(), found.severity.name(), if found.latent { " latent" } else { "" })
}

#[test]
fn what_git_has_passed_disproves_what_claims_to_stop_it() {
    let [first, second] = rungs();
    let checks = [
        first,
        second,
        failing("says-1", "explains: [rung-1]"),
        failing("is-sure-of-1", "explains: [says-1]\nconfidence: certain"),
        failing("says-2", "explains: [rung-2]"),
        failing("says-both", "explains: [rung-1, rung-2]"),
        failing("says-1-or-unknown", "explains: [rung-1, ls-remote-fails-unexplained]"),
        check(
            "ls-remote-fails-unexplained",
            "live: true\napplies: target.url_password_signed_at == null\ncondition: target.url_password_signed_at == null",
        ),
        failing("says-nothing", ""),
        failing("about-a-push", "disproved_by_success: false"),
        failing("secure", "security: true\nexplains: [rung-1]"),
        failing("guesses-2", "severity: warning\nconfidence: possible\nexplains: [rung-2]"),
        failing("guesses-nothing", "severity: warning\nconfidence: possible"),
        failing("warns-of-2", "severity: warning\nconfidence: likely\nexplains: [rung-2]"),
    ];
    let at_second = run(&checks, &stopped_at(2));
    for (id, wanted) in [
        ("rung-1#1", "pass error"),
        ("says-1#1", "skipped error"),
        ("is-sure-of-1#1", "fail warning latent"),
        ("says-2#1", "fail error"),
        ("guesses-2#1", "fail error"),
        ("says-both#1", "fail error"),
        ("says-1-or-unknown#1", "skipped error"),
        ("says-nothing#1", "fail error"),
        ("secure#1", "fail error"),
    ] {
        assert_eq!(outcome(&at_second, id), wanted, "{id}");
    }
    let success = run(&checks, &stopped_at(0));
    for (id, wanted) in [
        ("says-2#1", "skipped error"),
        ("guesses-2#1", "skipped warning"),
        ("guesses-nothing#1", "fail warning"),
        ("warns-of-2#1", "fail warning"),
        ("says-nothing#1", "skipped error"),
        ("about-a-push#1", "fail error"),
        ("secure#1", "fail error"),
    ] {
        assert_eq!(outcome(&success, id), wanted, "{id}");
    }
    let early = run(&checks, &stopped_at(1));
    assert_eq!(outcome(&early, "says-2#1"), "fail error", "nobody got there");
}

#[test]
fn a_finding_about_the_machine_stands_while_one_target_does_not_work() {
    let [first, second] = rungs();
    let of = |id: &str, rung: i64| {
        let mut one = target(id, "ssh", user("git"));
        one["url_password_signed_at"] = if rung == 0 { Json::Null } else { json!(rung) };
        one
    };
    let checks = [first, second, check("machine", "condition: os.wsl\nexplains: [rung-2]")];
    let half = run(&checks, &machine(json!([of("t1", 0), of("t2", 2)])));
    assert_eq!(outcome(&half, "machine#1"), "fail error");
    let whole = run(&checks, &machine(json!([of("t1", 0), of("t2", 0)])));
    assert_eq!(outcome(&whole, "machine#1"), "skipped error");
}

#[test]
fn what_explains_the_first_live_failure_comes_first() {
    let [first, second] = rungs();
    let checks = [
        first,
        second,
        failing("sure", "confidence: certain"),
        failing("culprit", "explains: [rung-2]\nconfidence: possible"),
    ];
    assert_eq!(run(&checks, &stopped_at(2)).root_causes, ["culprit#1", "sure#1"]);
    let unexplained = [checks[0].clone(), checks[1].clone(), checks[2].clone()];
    assert_eq!(run(&unexplained, &stopped_at(2)).root_causes, ["rung-2#1", "sure#1"]);
}

#[test]
fn findings_are_ordered_by_what_matters() {
    let checks = [
        check("pass", "condition: run.offline"),
        check("skipped", "applies: os.wsl\ncondition: run.offline"),
        check("unknown", "condition: os.home == null"),
        failing("consequence", ""),
        failing("info", "severity: info"),
        failing("warning", "severity: warning"),
        failing("root", "explains: [consequence]"),
    ];
    let evaluation = run(&checks, &one_ssh());
    let order: Vec<&str> = evaluation.findings.iter().map(|finding| finding.check.as_str()).collect();
    assert_eq!(order, ["root", "warning", "info", "consequence", "unknown", "skipped", "pass"]);
}

#[test]
fn the_real_facts_can_be_evaluated() {
    let os = crate::fact::os::Os { path_set: true, ..Default::default() };
    let facts = Facts { os, ..Facts::default() };
    let checks = crate::check::embedded::embedded().expect("the definitions are right");
    let evaluation = evaluate(&checks, &facts, &|| 0).expect("facts are serialisable");
    assert_eq!(evaluation.defects, []);
    assert!(evaluation.findings.iter().all(|finding| finding.outcome != Outcome::Fail));
}

#[test]
fn many_checks_and_targets_stay_cheap() {
    let targets: Vec<Json> = (0..30).map(|n| target(&format!("t{n}"), "ssh", user("git"))).collect();
    let facts = machine(Json::Array(targets));
    let one =
        check("c", "transports: [ssh]\ncondition: target.ssh.user_kind != \"x\" && ssh.blocks.exists(b, b.has_comma)");
    let checks: Vec<Check> = (0..150).map(|_| one.clone()).collect();
    let start = std::time::Instant::now();
    let evaluation = run(&checks, &facts);
    assert_eq!(evaluation.findings.len(), 4_500);
    // Unoptimized and beside other tests; the benchmark has the real figures.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

use proptest::prelude::*;

use super::super::samples::{finding, identities, line, literal, message, meta, os, report, target, with};
use super::*;
use crate::fact::{Facts, Setting, aws, ssh, target::Target};
use crate::finding::Outcome;

fn redactor() -> Redactor {
    Redactor::new(&identities(&[target()]), Privacy::Redacted)
}

fn excerpt(text: &str) -> String {
    let mut source = Source::line("/home/jdoe/.ssh/config", 1, text);
    redactor().source(&mut source);
    source.excerpt.map(|text| text.0).unwrap_or_default()
}

#[test]
fn a_home_that_is_called_home_holds_files_and_no_people() {
    let os = crate::fact::os::Os { home: crate::fact::Fact::Known("/srv/x/home".into()), ..os() };
    let identities = Identities::of(&Facts { os, ..Facts::default() });
    let mut redactor = Redactor::new(&identities, Privacy::Redacted);
    assert_eq!(redactor.text("/srv/x/home/.ssh/config"), "~/.ssh/config");
    assert_eq!(redactor.text("the home of /srv/y/home/asmith"), "the home of /srv/y/home/<user-1>");
}

#[test]
fn the_path_of_an_error_is_no_secret() {
    let error = Error::usage("by jdoe").at("/srv/aB3dE5gH7jK9/lM1nO3pQ5rS7/tU9vW1xY3z/jdoe/a.yaml", Some(1), None);
    let shown = redactor().error(&error).to_string();
    assert_eq!(shown, "error: /srv/aB3dE5gH7jK9/lM1nO3pQ5rS7/tU9vW1xY3z/<user-1>/a.yaml:1: by <user-1>");
}

#[test]
fn free_text_loses_identities_and_keeps_the_rest() {
    for (text, wanted) in [
        ("/home/jdoe/.ssh/config belongs to jdoe", "~/.ssh/config belongs to <user-1>"),
        ("/home/jdoe/.ssh/jdoe_rsa", "~/.ssh/<user-1>_rsa"),
        (
            "/home/asmith/x and /Users/asmith/x, /home/linuxbrew/x",
            "/home/<user-1>/x and /Users/<user-1>/x, /home/linuxbrew/x",
        ),
        (r"D:\Users\asmith\x", r"D:\Users\<user-1>\x"),
        ("~asmith/.ssh and ~/.ssh", "~<user-1>/.ssh and ~/.ssh"),
        (
            "ssh://APKAEIBAERJR2EXAMPLE@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
            "ssh://<ssh-key-id-1>@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
        ),
        ("User apkaeibaerjr2example", "User <ssh-key-id-1>"),
        ("asia-pacific-something asiapacificsomething", "asia-pacific-something asiapacificsomething"),
        ("arn:aws:iam::210987654321:user/div/asmith", "arn:aws:iam::<account-1>:user/<user-1>"),
        ("arn:aws:iam::210987654321:role/Deploy", "arn:aws:iam::<account-1>:role/Deploy"),
        (
            "arn:aws:sts::210987654321:assumed-role/Deploy/asmith@corp.example",
            "arn:aws:sts::<account-1>:assumed-role/Deploy/<user-1>",
        ),
        ("arn:aws-cn:iam::210987654321:mfa/asmith is", "arn:aws-cn:iam::<account-1>:mfa/<user-1> is"),
        ("account 2109-8765-4321, not 210987654321.", "account <account-1>, not <account-1>."),
        ("asmith-at-210987654321", "<user-1>"),
        ("1210987654321 and 20260102T030405Z", "1210987654321 and 20260102T030405Z"),
        ("mail a.smith+x@corp.example, please", "mail <email-1>, please"),
        ("asmith@laptop: and asmith@build.corp.example:/x", "<user-1>@<host-1>: and <user-1>@<host-2>:/x"),
        ("git@github.com:team/repo.git", "git@github.com:team/repo.git"),
        ("chacha20-poly1305@openssh.com", "chacha20-poly1305@openssh.com"),
        ("codecommit::eu-west-1://work@repo.example", "codecommit::eu-west-1://work@repo.example"),
        ("codecommit://work@jdoe-tools", "codecommit://work@<user-1>-tools"),
        ("http://asmith:••••@proxy.corp.example:3128/", "http://<user-1>:••••@<host-1>:3128/"),
        ("https://asmith@corp.example:••••@git.corp.example/x", "https://<email-1>:••••@<host-1>/x"),
        ("https://10.1.2.3/ or 192.168.7.8, 127.0.0.1:80", "https://<host-1>/ or <host-2>, 127.0.0.1:80"),
        (
            "id_rsa.pub config.txt git.exe core.sshCommand 2.39.5",
            "id_rsa.pub config.txt git.exe core.sshCommand 2.39.5",
        ),
        ("the proxy.corp.internal refuses", "the <host-1> refuses"),
        ("https://docs.aws.amazon.com/x https://gitlab.com/y", "https://docs.aws.amazon.com/x https://gitlab.com/y"),
        ("https://mycompany.awsapps.com/start", "https://<host-1>/start"),
        ("aws_secret_access_key = abc", "aws_secret_access_key = ••••"),
        ("!aws --profile work codecommit credential-helper $@", "!aws --profile work codecommit credential-helper $@"),
        ("jdoes jdoe2", "jdoes jdoe2"),
    ] {
        assert_eq!(redactor().text(text), wanted);
    }
}

#[test]
fn lines_of_files_lose_names_behind_keywords() {
    for (text, wanted) in [
        ("    User asmith", "    User <user-1>"),
        ("User=\"asmith\"", "User=\"<user-1>\""),
        ("\tusername = asmith ; mine", "\tusername = <user-1> ; mine"),
        ("  User git", "  User git"),
        ("HostName buildbox", "HostName <host-1>"),
        ("    HostName git-codecommit.eu-west-1.amazonaws.com", "    HostName git-codecommit.eu-west-1.amazonaws.com"),
        ("ProxyJump asmith@bastion:22", "ProxyJump <user-1>@<host-1>:22"),
        ("ProxyJump none", "ProxyJump none"),
        (
            "ProxyCommand nc -X connect -x proxy.corp.example:8080 %h %p",
            "ProxyCommand nc -X connect -x <host-1>:8080 %h %p",
        ),
        ("GIT_SSH_COMMAND=ssh -l asmith -F /dev/null", "GIT_SSH_COMMAND=ssh -l <user-1> -F /dev/null"),
        ("machine git.corp.example login asmith password", "machine <host-1> login <user-1> password"),
        ("HTTPS_PROXY=squid:3128", "HTTPS_PROXY=<host-1>:3128"),
        ("Host *", "Host *"),
        ("[profile work]", "[profile work]"),
    ] {
        assert_eq!(excerpt(text), wanted);
    }
}

#[test]
fn a_login_that_is_an_ordinary_word_destroys_nothing() {
    let mut facts = Facts { os: os(), ..Facts::default() };
    facts.os.user = crate::fact::Fact::Known("dev".into());
    facts.os.home = crate::fact::Fact::Known("/home/dev".into());
    facts.os.account_home = crate::fact::Fact::Known("/home/dev/".into());
    let mut redactor = Redactor::new(&Identities::of(&facts), Privacy::Redacted);
    assert_eq!(
        redactor.text("dev: ~/demo-dev, /home/dev/x, UserKnownHostsFile /dev/null"),
        "<user-1>: ~/demo-dev, ~/x, UserKnownHostsFile /dev/null"
    );
}

#[test]
fn two_homes_stay_two() {
    let mut facts = Facts { os: os(), ..Facts::default() };
    facts.os.home = crate::fact::Fact::Known("/root".into());
    let text = "/root/.ssh is not /home/jdoe/.ssh";
    let identities = Identities::of(&facts);
    assert_eq!(Redactor::new(&identities, Privacy::Readable).text(text), "~/.ssh is not ~jdoe/.ssh");
    assert_eq!(Redactor::new(&identities, Privacy::Redacted).text(text), "~/.ssh is not ~<user-1>/.ssh");
}

#[test]
fn what_the_facts_name_is_known_in_free_text() {
    let set = |value: &str| Setting { value: Some(value.into()), ..Setting::default() };
    let ssh = ssh::TargetSsh { user: set("asmith"), hostname: set("buildbox"), ..ssh::TargetSsh::default() };
    let aws = aws::TargetAws { access_key_id: Some("AKIAX".into()), ..aws::TargetAws::default() };
    let target = Target { ssh: crate::fact::Fact::Known(ssh), aws: crate::fact::Fact::Known(aws), ..target() };
    let mut redactor = Redactor::new(&identities(&[target]), Privacy::Redacted);
    assert_eq!(redactor.text("asmith on buildbox"), "<user-1> on <host-1>");
    assert_eq!(redactor.text("git-codecommit.us-east-1.amazonaws.com"), "git-codecommit.us-east-1.amazonaws.com");
}

#[test]
fn an_identity_is_the_same_token_in_message_evidence_and_remedy() {
    let login = || Sensitivity::Identity(IdentityKind::Login);
    let one = with(finding("ssh-user-not-key-id#1", Outcome::Fail), |f| {
        f.message = message(
            &[("User is ", "asmith", login()), (" on ", "buildbox", Sensitivity::Identity(IdentityKind::Host))],
            "",
        );
        f.evidence = vec![line("/home/jdoe/.ssh/config", 3, "    User asmith # me", (10, 16))];
        f.remedy = message(
            &[
                ("remove ", "asmith", Sensitivity::Text),
                (" of ", "210987654321", Sensitivity::Identity(IdentityKind::Account)),
            ],
            "",
        );
        f.subject = Some(message(&[("", "work", Sensitivity::Public)], ""));
    });
    let report = report(vec![one], &[]);
    assert!(report.redactions.is_empty());
    let redacted = report.redacted(&identities(&[]), Privacy::Redacted);
    let finding = &redacted.findings[0];
    let text = |message: &Message| message.iter().map(Segment::text).collect::<String>();
    assert_eq!(text(&finding.message), "User is <user-1> on <host-1>");
    assert_eq!(text(&finding.remedy), "remove <user-1> of <account-1>");
    assert_eq!(finding.subject.as_ref().map(text).as_deref(), Some("work"));
    let source = &finding.evidence[0];
    assert_eq!(source.path.as_deref(), Some("~/.ssh/config"));
    assert_eq!(source.excerpt.as_deref(), Some("    User <user-1> # me"));
    assert_eq!((source.column, source.end_column), (Some(10), Some(18)));
    let counts = [("account", 1), ("host", 1), ("user", 1)].map(|(kind, count)| (kind.to_owned(), count));
    assert_eq!(redacted.redactions, BTreeMap::from(counts));
}

#[test]
fn on_the_users_own_terminal_only_the_home_is_shortened() {
    let one = with(finding("x#1", Outcome::Fail), |f| {
        f.message = message(&[("", "asmith", Sensitivity::Identity(IdentityKind::Login))], "");
        f.evidence =
            vec![line("/home/jdoe/.ssh/config", 3, "IdentityFile /home/jdoe/k APKAEIBAERJR2EXAMPLE", (14, 26))];
    });
    let finding = &report(vec![one], &[]).findings[0];
    assert_eq!(finding.message[1].text(), "asmith");
    let source = &finding.evidence[0];
    assert_eq!(source.excerpt.as_deref(), Some("IdentityFile ~/k APKAEIBAERJR2EXAMPLE"));
    assert_eq!((source.column, source.end_column), (Some(14), Some(17)));
}

#[test]
fn names_that_a_diagnosis_needs_are_kept_but_for_the_account_in_them() {
    let public = |text: &str| vec![Segment::value(text, Sensitivity::Public)];
    let one = with(finding("x#1", Outcome::Fail), |f| {
        f.message = public("AdministratorAccess-210987654321");
        f.remedy = public("jdoe");
    });
    let redacted = report(vec![one], &[]).redacted(&identities(&[]), Privacy::Redacted);
    assert_eq!(redacted.findings[0].message[0].text(), "AdministratorAccess-<account-1>");
    assert_eq!(redacted.findings[0].remedy[0].text(), "jdoe");
}

#[test]
fn literals_are_the_authors_words() {
    let one = with(finding("x#1", Outcome::Fail), |f| f.message = literal("jdoe APKAEIBAERJR2EXAMPLE"));
    let redacted = report(vec![one], &[]).redacted(&identities(&[]), Privacy::Redacted);
    assert_eq!(redacted.findings[0].message, literal("jdoe APKAEIBAERJR2EXAMPLE"));
}

#[test]
fn overlays_are_paths_too() {
    let mut report = report(Vec::new(), &[]);
    report.meta.overlays = vec!["/home/jdoe/checks".into()];
    assert_eq!(meta().overlays, Vec::<String>::new());
    assert_eq!(report.redacted(&identities(&[]), Privacy::Redacted).meta.overlays, ["~/checks"]);
}

/// Identities as they are met, each with the word that must not be seen.
fn identity() -> impl Strategy<Value = String> {
    prop_oneof![
        "APKA[A-Z2-7]{16}",
        "AKIA[A-Z2-7]{16}",
        "AIDA[A-Z2-7]{17}",
        "[1-9][0-9]{11}",
        "zq[a-z]{4,9}-at-[1-9][0-9]{11}",
        "zq[a-z]{3,8}\\.[a-z]{3,8}@zq[a-z]{3,8}\\.(com|example|corp)",
    ]
}

/// Places in which they are met.
fn place() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{}",
        "    User {}",
        "ssh://{}@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
        "https://{}:••••@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo",
        "error: '{}' was refused, {}",
        "arn:aws:iam::210987654321:user/{}",
        "!aws --x={} $@",
        "/opt/{}/key",
        "\"{}\"\u{1b}[31m",
        "ключ {} ключ",
    ])
}

proptest! {
    #[test]
    fn no_identity_survives(value in identity(), place in place(), typed in any::<bool>()) {
        let text = place.replace("{}", &value);
        let one = with(finding("x#1", Outcome::Fail), |f| {
            f.message = vec![Segment::value(&text, Sensitivity::Text)];
            f.subject = Some(vec![Segment::value(&text, Sensitivity::Path)]);
            f.evidence = vec![
                line("/home/jdoe/x", 1, &text, (2, 5)),
                Source::command(&text, &text),
            ];
            if typed {
                f.reason = Some(vec![Segment::value(&value, Sensitivity::Identity(IdentityKind::Login))]);
            }
        });
        let redacted = report(vec![one], &[]).redacted(&identities(&[]), Privacy::Redacted);
        prop_assert!(!format!("{redacted:?}").contains(&value), "{redacted:?}");
    }

    #[test]
    fn a_name_known_as_an_identity_survives_nowhere(name in "[a-z][a-z0-9]{4,10}x", place in place()) {
        let text = place.replace("{}", &name);
        let one = with(finding("x#1", Outcome::Fail), |f| {
            f.message = vec![Segment::value(&name, Sensitivity::Identity(IdentityKind::Login))];
            f.remedy = vec![Segment::value(&text, Sensitivity::Text)];
            f.evidence = vec![line("/etc/x", 1, &text, (1, 2))];
        });
        let redacted = report(vec![one], &[]).redacted(&identities(&[]), Privacy::Redacted);
        prop_assert!(!format!("{redacted:?}").contains(&name), "{redacted:?}");
    }

    #[test]
    fn no_secret_survives(secret in "[A-Za-z0-9]{10,30}", place in prop::sample::select(vec![
        "aws_secret_access_key = {}", "https://jdoe:{}@h/x", "--password {}", "Authorization: Basic {}", "_authToken={}",
    ])) {
        let text = place.replace("{}", &secret);
        for privacy in [Privacy::Readable, Privacy::Redacted] {
            let one = with(finding("x#1", Outcome::Fail), |f| {
                f.message = vec![Segment::value(&text, Sensitivity::Text)];
                f.evidence = vec![line("/etc/x", 1, &text, (1, 2)), Source::command(&text, &text)];
            });
            let redacted = report(vec![one], &[]).redacted(&identities(&[]), privacy);
            prop_assert!(!format!("{redacted:?}").contains(&secret), "{redacted:?}");
        }
    }

    #[test]
    fn anything_can_be_scanned(text in any::<String>(), column in 0u32..60) {
        let mut source = Source::line(&text, 1, &text).span(column, column + 7);
        let mut redactor = redactor();
        redactor.source(&mut source);
        redactor.text(&text);
        let length = source.excerpt.map_or(0, |excerpt| excerpt.chars().count());
        prop_assert!(source.column.is_some_and(|column| column as usize <= length + 1));
    }
}

#[test]
fn a_diff_loses_identities_as_the_lines_of_its_files_do() {
    let diff = "--- /home/jdoe/.ssh/config\n+++ /home/jdoe/.ssh/config\n@@ -1,3 +1,3 @@\n Host build.corp.example\n\
                -  User asmith\n+  User bsmith\n   IdentityFile /home/jdoe/.ssh/id\n--- a line\n";
    let shown = redactor().diff(diff);
    for name in ["jdoe", "asmith", "bsmith", "corp.example"] {
        assert!(!shown.contains(name), "{name}: {shown}");
    }
    assert!(shown.starts_with("--- ~/.ssh/config\n+++ ~/.ssh/config\n@@ -1,3 +1,3 @@\n Host <host-"), "{shown}");
    assert!(shown.contains("\n-  User <") && shown.ends_with("   IdentityFile ~/.ssh/id\n--- a line\n"), "{shown}");
    let readable = Redactor::new(&identities(&[target()]), Privacy::Readable).diff(diff);
    assert!(readable.contains("-  User asmith\n") && readable.starts_with("--- ~/.ssh/config\n"), "{readable}");
}

#[test]
fn the_edits_of_a_fix_are_redacted_by_their_type() {
    let user = Segment::value("APKAQ3EGRJ5XKT7NZ2WL", Sensitivity::Text);
    let path = Segment::value("/home/jdoe/.ssh/config", Sensitivity::Path);
    let parameters = [("path".to_owned(), vec![path]), ("user".to_owned(), vec![user])];
    let edit = FindingEdit { kind: "ssh-config-insert-block", parameters: parameters.into() };
    let mut one = finding("a#1", Outcome::Fail);
    let applicability = crate::finding::Applicability::Safe;
    let (title, commands) = (literal("Mend"), Vec::new());
    one.fix = Some(FindingFix {
        applicability,
        title,
        commands,
        edits: vec![edit],
        diff: Some("+User jdoe\n".into()),
        refused: Some("/home/jdoe/x belongs to asmith".into()),
    });
    let shown = report(vec![one], &[]).redacted(&identities(&[target()]), Privacy::Redacted);
    let text = format!("{:?}", shown.findings[0].fix);
    assert!(
        text.contains("~/.ssh/config") && text.contains("<ssh-key-id-1>") && text.contains("+User <user-1>"),
        "{text}"
    );
    assert!(!text.contains("jdoe"), "{text}");
}

#[test]
fn the_word_https_is_nobodys_host() {
    let facts = Facts {
        targets: vec![
            Target { host: Some("https".into()), ..Target::default() },
            Target { host: Some("arn".into()), ..Target::default() },
        ],
        ..Facts::default()
    };
    let mut redactor = Redactor::new(&Identities::of(&facts), Privacy::Redacted);
    let text = "https takes https://x for a path, and an arn for a host";
    assert_eq!(redactor.text(text), text);
}

use proptest::prelude::*;

use super::*;
use crate::collect::oracle;
use crate::fix::edit::splice::apply;

fn after(text: &str, splices: Result<Vec<Splice>, Refusal>) -> String {
    String::from_utf8(apply(text.as_bytes(), &splices.unwrap())).unwrap()
}

/// Before, profile, key, value, after.
const CASES: &[(&str, &str, &str, &str, &str)] = &[
    ("", "default", "region", "us-east-1", "[default]\nregion = us-east-1\n"),
    ("[default]\nregion=eu-west-1\n", "default", "region", "us-east-1", "[default]\nregion=us-east-1\n"),
    (
        "[default]\r\nregion : eu-west-1  \r\n# c\r\n",
        "default",
        "region",
        "us-east-1",
        "[default]\r\nregion : us-east-1  \r\n# c\r\n",
    ),
    ("[default]\nregion =\n", "default", "region", "us-east-1", "[default]\nregion = us-east-1\n"),
    (
        "[profile work]\n# region = x\nREGION = y ; not a comment\n\n[profile b]\n",
        "work",
        "region",
        "us-east-1",
        "[profile work]\n# region = x\nREGION = us-east-1\n\n[profile b]\n",
    ),
    (
        "[profile \"my work\"]\noutput = json\n\n# next\n[profile b]\nregion = a\n",
        "my work",
        "region",
        "us-east-1",
        "[profile \"my work\"]\noutput = json\nregion = us-east-1\n\n# next\n[profile b]\nregion = a\n",
    ),
    (
        "[profile a]\ns3 =\n  # c\n  max = 1\n[DEFAULT]\nx = y",
        "a",
        "region",
        "us-east-1",
        "[profile a]\ns3 =\n  # c\n  max = 1\nregion = us-east-1\n[DEFAULT]\nx = y",
    ),
    (
        "[profile a]\n  output = text\n",
        "a",
        "region",
        "us-east-1",
        "[profile a]\n  output = text\n  region = us-east-1\n",
    ),
    ("[profile a]", "a", "region", "us-east-1", "[profile a]\nregion = us-east-1\n"),
    (
        "[default]\nx = y",
        "new one",
        "region",
        "us-east-1",
        "[default]\nx = y\n\n[profile \"new one\"]\nregion = us-east-1\n",
    ),
    (
        "[profile a]\ncredential_process = /old/tool --id 1\n",
        "a",
        "credential_process",
        "/new/bin/tool --id 1",
        "[profile a]\ncredential_process = /new/bin/tool --id 1\n",
    ),
];

#[test]
fn a_token_is_removed_beside_long_term_keys_only() {
    let text = |id: &str| format!("[a]\nx = 1\n[b]\naws_access_key_id = {id}\naws_session_token = t\n# c\n");
    let long = text("AKIAEXAMPLE");
    let wanted = "[a]\nx = 1\n[b]\naws_access_key_id = AKIAEXAMPLE\n# c\n";
    let removed = |text: &str, key| unset(text.as_bytes(), Kind::Credentials, "b", key);
    assert_eq!(after(&long, removed(&long, "aws_session_token")), wanted);
    assert_eq!(removed(wanted, "aws_session_token"), Ok(Vec::new()));
    assert!(matches!(removed(&text("ASIAEXAMPLE"), "aws_session_token"), Err(Refusal::NotAllowed(_))));
    assert!(matches!(removed(&long, "aws_access_key_id"), Err(Refusal::NotAllowed(_))));
    assert!(matches!(unset(long.as_bytes(), Kind::Config, "b", "aws_session_token"), Err(Refusal::Stale(_))));
}

#[test]
fn one_key_of_one_profile_is_set() {
    for (before, profile, key, value, wanted) in CASES {
        let once = after(before, set(before.as_bytes(), Kind::Config, profile, key, value));
        assert_eq!(once, *wanted, "{before:?}");
        assert_eq!(after(&once, set(once.as_bytes(), Kind::Config, profile, key, value)), once, "twice: {before:?}");
    }
    let credentials = after("[work]\n", set(b"[work]\n", Kind::Credentials, "work", "region", "us-east-1"));
    assert_eq!(credentials, "[work]\nregion = us-east-1\n");
}

#[test]
fn secrets_and_programs_are_not_set() {
    for (text, key, value) in [
        ("", "aws_secret_access_key", "x"),
        ("", "aws_session_token", "x"),
        ("", "aws_access_key_id", "x"),
        ("", "credential_process", "/bin/sh"),
        ("[default]\ncredential_process = /a/tool x\n", "credential_process", "/b/tool y"),
        ("[default]\ncredential_process = /a/tool x\n", "credential_process", "/b/sh x"),
        ("", "region", "a\nb = c"),
        ("", "region", ""),
    ] {
        let refused = set(text.as_bytes(), Kind::Config, "default", key, value);
        assert!(matches!(refused, Err(Refusal::NotAllowed(_))), "{key} {refused:?}");
    }
    for text in ["[a]\n[a]\n", "x = y\n", "[default]\nregion = a\rb = c\n"] {
        let refused = set(text.as_bytes(), Kind::Config, "default", "region", "x");
        assert!(matches!(refused, Err(Refusal::Stale(_))), "{text:?}");
    }
}

#[test]
fn a_heading_is_renamed() {
    let text = "[default]\n\n  [work]  # mine\r\nregion = a\n[profile b]\n";
    let renamed = rename(text.as_bytes(), Kind::Config, 3, "profile work");
    assert_eq!(after(text, renamed), text.replace("[work]", "[profile work]"));
    for (line, heading) in [(4, "profile work"), (3, "profile b"), (3, "work"), (3, "profile a]\n["), (3, "services x")]
    {
        assert!(rename(text.as_bytes(), Kind::Config, line, heading).is_err(), "{line} {heading}");
    }
    let credentials = "[profile work]\naws_access_key_id = x\n";
    let renamed = rename(credentials.as_bytes(), Kind::Credentials, 1, "work");
    assert_eq!(after(credentials, renamed), "[work]\naws_access_key_id = x\n");
}

/// Python's parser is the one of botocore.
const SCRIPT: &str = "import configparser, json, sys
out = []
for text in json.load(sys.stdin):
    p = configparser.RawConfigParser(default_section='DEFAULT')
    p.read_string(text)
    out.append({s: dict(p.items(s)) for s in p.sections()})
json.dump(out, sys.stdout)";

#[test]
fn for_python_only_the_wanted_key_differs() {
    type Read = Vec<std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>>;
    // Python reads universal newlines from files, not from texts.
    let texts: Vec<String> =
        CASES.iter().flat_map(|case| [case.0, case.4]).map(|text| text.replace('\r', "")).collect();
    let Some(read) = oracle::ask::<Read>("configparser", SCRIPT, &serde_json::json!(texts)) else { return };
    for (case, pair) in CASES.iter().zip(read.chunks(2)) {
        let heading = Kind::Config.heading(case.1);
        let mut wanted = pair[0].clone();
        wanted.entry(heading).or_default().insert(case.2.to_owned(), case.3.to_owned());
        assert_eq!(wanted, pair[1], "{case:?}");
    }
}

fn line() -> impl Strategy<Value = String> {
    let fixed = [
        "[default]",
        "[profile a]",
        "region = x",
        "output=json # c",
        "  s3 =",
        "    max = 1",
        "# c",
        "",
        "Region : y",
        "[DEFAULT]",
    ];
    (0..fixed.len(), any::<bool>())
        .prop_map(move |(at, crlf)| format!("{}{}", fixed[at], if crlf { "\r\n" } else { "\n" }))
}

proptest! {
    #[test]
    fn an_edit_changes_its_key_only_and_only_once(lines in proptest::collection::vec(line(), 0..10)) {
        let text = lines.concat();
        let Ok(splices) = set(text.as_bytes(), Kind::Config, "a", "region", "us-east-1") else { return Ok(()) };
        let once = apply(text.as_bytes(), &splices);
        let (old, new) = (Ini::parse(text.as_bytes()), Ini::parse(&once));
        prop_assert_eq!(&new.error, &None);
        let others = |ini: &Ini| {
            let own = |section: &Section, entry: &Entry| section.name == "profile a" && entry.key == "region";
            ini.sections.iter().flat_map(|section| section.entries.iter().filter(|entry| !own(section, entry)).map(|entry| (section.name.clone(), entry.key.clone(), entry.value.clone()))).collect::<Vec<_>>()
        };
        prop_assert_eq!(others(&old), others(&new));
        let value = new.section("profile a").and_then(|section| new.entry(section, "region")).map(|entry| entry.value.clone());
        prop_assert_eq!(value.as_deref(), Some("us-east-1"));
        prop_assert_eq!(set(&once, Kind::Config, "a", "region", "us-east-1"), Ok(Vec::new()));
    }
}

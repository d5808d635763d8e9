//! Whole transcripts: what the tools print, in the scroll-backs in which people send it.

use serde::Deserialize;

use super::*;
use crate::check::embedded::embedded;
use crate::check::knowledge;
use crate::check::regions::RegionTable;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    text: String,
    #[serde(default)]
    first: Vec<String>,
    #[serde(default)]
    among: Vec<String>,
    /// Those of `among` are among the first so many.
    within: Option<usize>,
}

const ROWS: &str = include_str!("../../tests/data/symptoms.yaml");
const OTHERS: &str = include_str!("../../tests/data/other-hosts.txt");

fn library() -> Library {
    Library::new(&embedded().unwrap(), &knowledge::embedded().unwrap())
}

fn diagnosed(library: &Library, bytes: &[u8]) -> Diagnosis {
    diagnose(&Text::read(bytes), library, &RegionTable::embedded().unwrap())
}

fn ids(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis.candidates.iter().map(|candidate| candidate.entry.id.as_str()).collect()
}

#[test]
fn what_a_line_itself_rules_out_is_not_named() {
    let library = library();
    let resolve = |host: &str| format!("ssh: Could not resolve hostname {host}: Name or service not known");
    for (text, id, named) in [
        (resolve("git-codecommit.us-east-1.amazonaws.com"), "url-region-unknown", false),
        (resolve("git-codecommit.us-east-1.amazonaws.com"), "url-china-suffix-extra", false),
        (resolve("git-codecommit.us-east-9.amazonaws.com"), "url-region-unknown", true),
        (resolve("git-codecommit.us-east-1.amazonaws.com.cn"), "url-china-suffix-extra", true),
        (
            "fatal: unable to access 'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/foo/': The requested URL \
             returned error: 403"
                .to_owned(),
            "url-lacks-v1-repos",
            false,
        ),
        (
            "fatal: unable to access 'https://git-codecommit.eu-west-1.amazonaws.com/foo/': The requested URL returned \
             error: 403"
                .to_owned(),
            "url-lacks-v1-repos",
            true,
        ),
    ] {
        assert_eq!(ids(&diagnosed(&library, text.as_bytes())).contains(&id), named, "{id}: {text}");
    }
}

/// A scroll-back with other things before and behind the text.
fn scroll_back(text: &str) -> String {
    format!(
        "Last login: Sat Nov 21 09:12:44 2026 from 10.0.0.7\n\
         \u{1b}]0;dev@laptop: ~/src\u{7}\u{1b}[01;32mdev@laptop\u{1b}[00m:\u{1b}[01;34m~/src\u{1b}[00m$ git status\n\
         On branch main\nnothing to commit, working tree clean\n\
         dev@laptop:~/src$ make\ncc -o demo demo.c\nwarning: unused variable 'path'\n\
         dev@laptop:~/src$ git fetch\n\
         remote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\n\
         \u{1b}[31m{}\u{1b}[0m\n\
         dev@laptop:~/src$ echo $?\n128\ndev@laptop:~/src$ ",
        text.trim_end().replace('\n', "\u{1b}[0m\n\u{1b}[31m")
    )
}

fn wrapped(text: &str) -> String {
    let mut wrapped = String::new();
    for line in text.lines() {
        let characters: Vec<char> = line.chars().collect();
        let pieces: Vec<String> = characters.chunks(80).map(|piece| piece.iter().collect()).collect();
        wrapped.push_str(&pieces.join("\n"));
        wrapped.push('\n');
    }
    wrapped
}

fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let all = scroll_back(text);
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(all.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    vec![
        ("alone", text.as_bytes().to_vec()),
        ("in a scroll-back", all.clone().into_bytes()),
        ("with CRLF", all.replace('\n', "\r\n").into_bytes()),
        ("in UTF-16", utf16),
        ("broken at 80 columns", wrapped(text).into_bytes()),
        ("quoted in a mail", text.lines().map(|line| format!("> {line}\n")).collect::<String>().into_bytes()),
    ]
}

#[test]
fn every_transcript_leads_to_its_causes_first() {
    let library = library();
    let rows: Vec<Row> = serde_yaml::from_str(ROWS).unwrap();
    assert!(rows.len() >= 76);
    let mut wrong = Vec::new();
    for row in &rows {
        assert!(!row.first.is_empty() || row.within.is_some(), "{}: any order would do", row.name);
        for (form, bytes) in forms(&row.text) {
            let found = diagnosed(&library, &bytes);
            let ids = ids(&found);
            let mut first: Vec<&str> = ids.iter().copied().take(row.first.len()).collect();
            first.sort_unstable();
            let mut wanted: Vec<&str> = row.first.iter().map(String::as_str).collect();
            wanted.sort_unstable();
            let bound = row.within.unwrap_or(ids.len()).min(ids.len());
            let missing: Vec<&String> = row.among.iter().filter(|id| !ids[..bound].contains(&id.as_str())).collect();
            if first != wanted || !missing.is_empty() {
                let shown: Vec<&str> = ids.iter().copied().take(10).collect();
                wrong.push(format!("{} {form}: {shown:?}, not first {wanted:?}, missing {missing:?}", row.name));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn failures_of_other_hosts_lead_to_nothing() {
    let library = library();
    for text in OTHERS.split("--\n") {
        for (form, bytes) in forms(text) {
            let found = diagnosed(&library, &bytes);
            assert_eq!(ids(&found), Vec::<&str>::new(), "{form}: {text}");
            assert!(matches!(found.about, About::Others(_)), "{form}: {text}: {:?}", found.about);
            assert!(found.urls.is_empty());
        }
    }
}

#[test]
fn of_two_failures_only_codecommits_counts() {
    let github = "$ git push\nERROR: Permission to dev/demo.git denied.\nfatal: unable to access \
                  'https://github.com/dev/demo.git/': The requested URL returned error: 403\n";
    let ours =
        "$ git clone codecommit::us-east-1://demo\ngit: 'remote-codecommit' is not a git command. See 'git --help'.\n";
    let library = library();
    for text in [format!("{github}{ours}"), format!("{ours}{github}")] {
        let found = diagnosed(&library, text.as_bytes());
        assert_eq!(found.lines.len(), 1, "{:?}", found.lines);
        assert_eq!(found.about, About::CodeCommit);
        assert_eq!(found.urls, ["codecommit::us-east-1://demo"]);
        assert!(ids(&found).iter().all(|id| id.starts_with("grc-")), "{:?}", ids(&found));
    }
}

#[test]
fn a_host_on_the_way_to_codecommit_is_no_other_one() {
    let text = b"$ git clone ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo\n\
                 ssh: Could not resolve hostname bastion.corp.example: Name or service not known\n";
    let found = diagnosed(&library(), text);
    assert_eq!(found.about, About::CodeCommit);
    assert_eq!(found.lines.len(), 1, "{found:?}");
}

#[test]
fn the_way_to_codecommit_narrows_the_causes() {
    let library = library();
    let answer = "fatal: unable to access 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/': The requested \
                  URL returned error: 403\n";
    let https = diagnosed(&library, format!("$ git pull\n{answer}").as_bytes());
    let grc = diagnosed(&library, format!("$ git clone codecommit::us-east-1://demo\n{answer}").as_bytes());
    assert!(ids(&https).contains(&"gitcred-not-git-credentials"));
    assert!(!ids(&grc).contains(&"gitcred-not-git-credentials") && ids(&grc).contains(&"access-iam-denies"));
    assert_eq!(https.urls, ["https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"]);
    assert_eq!(grc.urls, ["codecommit::us-east-1://demo"]);
}

#[test]
fn nothing_comes_from_nothing() {
    let library = library();
    for text in ["", "hello", "\0\0\0", "error: the moon is in the wrong house", "$ git status\nOn branch main\n"] {
        let found = diagnosed(&library, text.as_bytes());
        assert!(found.candidates.is_empty() && found.about == About::Nobody, "{text:?}: {found:?}");
    }
}

#[test]
fn a_repository_is_named_without_its_password() {
    let text = b"fatal: Authentication failed for \
                 'https://dev:hunter2@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/'";
    let found = diagnosed(&library(), text);
    assert_eq!(found.urls, ["https://dev@git-codecommit.us-east-1.amazonaws.com/v1/repos/demo"]);
    assert_eq!(found.region.as_deref(), Some("us-east-1"));
}

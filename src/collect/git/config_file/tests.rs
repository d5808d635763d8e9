use proptest::prelude::*;

use super::*;
use crate::collect::git::real_git;

/// The entries as `git config --list -z` prints them.
fn listed(parsed: &Parsed) -> Vec<String> {
    parsed
        .items
        .iter()
        .map(|item| {
            let subsection = item.heading.subsection.as_ref().map(|s| format!("{s}.")).unwrap_or_default();
            let value = item.value.as_ref().map(|v| format!("\n{v}")).unwrap_or_default();
            format!("{}.{subsection}{}{value}", item.heading.section, item.name)
        })
        .collect()
}

/// Files of every shape that the reader must take as git does.
const FILES: &[&[u8]] = &[
    b"",
    b"\n\n# only a comment\n; and another\n",
    b"[user]\n\tname = A B\n\temail = a@b\n",
    b"[User]\nNAME=Upper\n",
    b"[credential \"https://Host.Example/Path\"]\n\thelper = !aws codecommit credential-helper $@\n",
    b"[a \"quo\\\"ted \\\\ back\"]\nb = c\n",
    b"[a \"x\\yz\"]\nb = c\n",
    b"[Old.Style]\nkey = 1\n",
    b"[old.style \"Sub\"]\nkey = 1\n",
    b"[a] b = on the heading line\n",
    b"[a]b=1\n[c]d=2\n",
    b"[a \"b\"] c = 1 ; comment\n",
    b"[a]\nbare\nempty =\nempty2=\"\"\n",
    b"[a]\nb = one \\\n  two \\\n  three\n",
    b"[a]\nb = \"one \\\n  two\"\n",
    b"[a]\nb = x\\\n",
    b"[a]\nb = quoted \"# not a comment ; \" # comment \"\n",
    b"[a]\nb = \" leading and trailing \"  \n",
    b"[a]\nb = in  the   middle   \n",
    b"[a]\nb = tab\\tnew\\nback\\\\quote\\\"bell\\b\n",
    b"[a]\nb = \"\"x\"\"y\"\" \n",
    b"[a]\nb = x \"\" \n",
    b"\xef\xbb\xbf[a]\nb = bom\n",
    b"\xef\xbb[a]\nb = half a bom\n",
    b"[a]\r\nb = crlf\r\nc = \"quo\r\n",
    b"[a]\r\nb = crlf\r\n\r\n; x\r\nc = d \\\r\n  e\r\n",
    b"[a]\rb = lone carriage return\r\n",
    b"[a]\nb = no newline at end",
    b"[a]\nb",
    b"[a]\nb \t = \t blanks around\n",
    b"[a]\nb-c9 = key characters\n",
    b"[a-b9.c]\nd = section characters\n",
    b"[a]\nb = c = d == e\n",
    b"[a]\nb = caf\xc3\xa9 \xe2\x80\x93 utf-8\n",
    b"[a \"caf\xc3\xa9\"]\nb = c\n",
    b"[a]\nb = 'single quotes' stay\n",
    b"[a]\nb = \\x\nc = d\n",
    b"[a]\nok = 1\nb = \"unclosed\nc = d\n",
    b"[a]\nok = 1\n_bad = 1\n",
    b"[a]\nok = 1\nb c = d\n",
    b"[a]\nok = 1\nb.c = d\n",
    b"[a]\nok = 1\n9b = d\n",
    b"[a]\nok = 1\n= d\n",
    b"[a\nb = c\n",
    b"[]\nb = c\n",
    b"[a]\nok = 1\n[a \"unclosed]\nb = c\n",
    b"[a]\nok = 1\n[a 'single']\nb = c\n",
    b"[a]\nok = 1\n[a \"b\" ]\nb = c\n",
    b"[a]\nok = 1\n[a_b]\nc = d\n",
    b"[a]\nok = 1\n[a \"b\nc\"]\nd = e\n",
    b"[a]\nok = 1\n[a",
    b"[a]\nok = 1\n[a ",
    b"[a]\nok = 1\n[a \"",
    b"[a]\nok = 1\nb = \"x",
    b"[a]\nok = 1\nb = \\",
    b"[a]\nok = 1\n\n\nb ~\n\n",
    b"[a]\nhelper = \"'!aws codecommit credential-helper $@'\"\n",
    b"[a]\nhelper = \"!f() { echo \\\"x\\\"; }; f\"\n",
    b"[a \"b\"]\n\tc = d\n[a \"b\"]\n\tc = e\n\tc =\n",
    b"\xff\xfe[\0a\0]\0",
    b"[url \"https://x/\"]\n\tinsteadOf = \"y:\"\n\tpushInsteadOf=z:\n",
    b"[a]\n\t\tb\t=\tc\t\t# c\n",
    b"[a][b]\nc=d\n",
    b"[a] [b] c=d # e\n [f] ; g\n h\n",
];

#[test]
fn files_are_read_as_git_reads_them() {
    let Some(git) = real_git::gits().into_iter().next() else { return };
    let home = tempfile::tempdir().unwrap();
    for (index, content) in FILES.iter().enumerate() {
        let path = home.path().join(format!("file-{index}"));
        #[allow(clippy::disallowed_methods, reason = "writes what the real git is to read")]
        std::fs::write(&path, content).unwrap();
        let path = path.to_str().unwrap();
        let said = real_git::run(&git, home.path(), home.path(), &[], &["config", "-f", path, "--list", "-z"], "");
        let parsed = parse(content);
        let shown = String::from_utf8_lossy(content);
        if let Some(line) = parsed.error_line {
            let wanted = format!("fatal: bad config line {line} in file {path}");
            assert!(!said.ok && said.stderr.contains(&wanted), "{shown:?}: {wanted}, git: {}", said.stderr);
        } else {
            assert!(said.ok, "{shown:?}: {}", said.stderr);
            let stdout = String::from_utf8_lossy(&said.stdout).into_owned();
            let wanted: Vec<_> = stdout.split_terminator('\0').collect();
            assert_eq!(listed(&parsed), wanted, "{shown:?}");
        }
    }
}

#[test]
fn what_stands_before_an_error_is_kept_with_its_place() {
    let parsed = parse(b"\xef\xbb\xbf# c\n[a \"b\"] key = \"v\" # d\n  next=1\nbad line\nlost = 1\n");
    assert_eq!(parsed.error_line, Some(4));
    let places: Vec<_> = parsed.items.iter().map(|i| (i.name.as_str(), i.line, i.start, i.end)).collect();
    assert_eq!(places, [("key", 2, 8, 17), ("next", 3, 2, 8)]);
}

#[test]
fn entries_are_limited() {
    let parsed =
        parse("[a]\n".bytes().chain("b\n".bytes().cycle().take(2 * (ITEM_LIMIT + 5))).collect::<Vec<_>>().as_slice());
    assert_eq!((parsed.items.len(), parsed.cut), (ITEM_LIMIT, true));
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        parse(&bytes);
    }

    #[test]
    fn config_like_text_has_its_places_inside_the_file(text in "[\\[\\]a-c\"\\\\ =#\r\n\t.]{0,80}") {
        let lines: Vec<&str> = text.split('\n').collect();
        for item in parse(text.as_bytes()).items {
            let line = lines[item.line as usize - 1];
            prop_assert!(item.start < item.end && item.end <= line.len());
        }
    }
}

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::collect::oracle;

/// What botocore makes of a file: sections with keys and values, or `None` when it refuses the file.
type Parsed = Option<BTreeMap<String, BTreeMap<String, String>>>;

fn ours(bytes: &[u8]) -> Parsed {
    let ini = Ini::parse(bytes);
    if ini.error.is_some() {
        return None;
    }
    let map = |section: &Section| {
        let entries = ini.defaults.iter().chain(&section.entries);
        (section.name.clone(), entries.map(|e| (e.key.clone(), e.value.clone())).collect())
    };
    Some(ini.sections.iter().map(map).collect())
}

/// Files on which readers of this format tend to differ.
const FILES: &[&[u8]] = &[
    b"",
    b"\n\n",
    b"[default]\nregion=us-east-1\n",
    b"[default]\nregion : us-east-1\n",
    b"[default]\nRegion = us-east-1\nOUTPUT=json",
    b"[default]\r\nregion = us-east-1\r\noutput = json\r\n",
    b"[default]\rregion = us-east-1\routput = json\r",
    b"region = us-east-1\n[default]\n",
    b"[default]\nregion us-east-1\n",
    b"[default]\nregion\n",
    b"[default]\nregion = us-east-1 # no comment\n",
    b"# comment\n; another\n[default]\n  # indented\nregion = x\n",
    b"[default]\nregion = a\nregion = b\n",
    b"[default]\nregion = a\nREGION = b\n",
    b"[default]\na = 1\n[default]\nb = 2\n",
    b"[default]\n[profile default]\na=1\n",
    b"\xef\xbb\xbf[default]\nregion = a\n",
    b"\xef\xbb\xbf\n[default]\nregion = a\n",
    b"\xff\xfe[\0d\0]\0",
    b"[\0d\0]\0\n\0",
    b"[default]\nname = J\xf6rg\n",
    b"[default]\ns3 =\n  addressing_style = path\n  signature_version = s3v4\nregion = x\n",
    b"[default]\ns3 =\n  addressing_style path\n",
    b"[default]\nregion =\n  us-east-1\n",
    b"[default]\nregion = us-\n  east-1\n",
    b"[default]\nregion = a\n\n  b\n\noutput = json\n",
    b"[default]\nregion = a\n# c\n  b\n",
    b"  [default]\n  region = a\n  output = b\n",
    b"[default]\n  region = a\n  output = b\n",
    b"[default]\n  region = a\n output = b\n   x = y\n",
    b"[default] trailing\nregion = a\n",
    b"[default\nregion = a\n",
    b"[a]\n[default\nregion = a\n",
    b"[]\nregion = a\n",
    b"[a]b]\nregion = a\n",
    b"[a] # [b]\nregion = a\n",
    b"[ default ]\nregion = a\n",
    b"[DEFAULT]\nregion = a\n[x]\noutput = b\n",
    b"[DEFAULT]\nregion = a\n[x]\nregion = b\n[DEFAULT]\noutput = c\n",
    b"[DEFAULT]\nregion = a\n[DEFAULT]\nregion = c\n[x]\n",
    b"[DEFAULT]\nregion =\n  a\n",
    b"[x]\n= b\n",
    b"[x]\n= b\n  c = d\n",
    b"[x]\na =\nb = \n",
    b"[x]\na = b = c : d\n",
    b"[x]\na : b = c\n",
    b"[x]\n\x1ca\x1d= b\x1e\n",
    b"[x]\na = b\x0bc\n",
    b"[x]\n\xc2\xa0a = b\n",
    b"[x]\nwith blank = 1\n",
    b"[x]\na = 1\n[y]\n  a = 2\n",
    b"[x]\na = 1\n   [y]\nb = 2\n",
    b"[x]\na\n[x]\n",
    b"[x]\na = \"quoted\"\nb = 'x'\n",
    b"[profile \"a b\"]\nregion = a\n",
    b"[x]\na=1\n\n\n\n",
    b"[x]\n\tregion = a\n\t\toutput = b\n",
];

const ORACLE: &str = r#"
import json, os, sys, tempfile
from botocore.configloader import raw_config_parse
from botocore.exceptions import ConfigParseError
out = []
for text in json.load(sys.stdin):
    name = tempfile.mkstemp()[1]
    with open(name, 'wb') as file:
        file.write(bytes.fromhex(text))
    try:
        raw_config_parse(name)
        out.append(raw_config_parse(name, parse_subsections=False))
    except ConfigParseError:
        out.append(None)
    os.unlink(name)
print(json.dumps(out))
"#;

#[test]
fn reads_what_botocore_reads() {
    let hex = FILES.iter().map(|bytes| data_encoding::HEXLOWER.encode(bytes)).collect::<Vec<_>>();
    let theirs: Option<Vec<Parsed>> = oracle::ask("botocore", ORACLE, &serde_json::json!(hex));
    let Some(theirs) = theirs else { return };
    assert_eq!(theirs.len(), FILES.len());
    for (file, parsed) in FILES.iter().zip(theirs) {
        assert_eq!(ours(file), parsed, "{:?}", String::from_utf8_lossy(file));
    }
}

#[test]
fn errors_have_their_kind_and_line() {
    for (text, kind, line) in [
        ("region = a\n[default]\n", "no-section", 1),
        ("# c\n\u{feff}[default]\n", "bom", 2),
        ("\u{feff}[default]\n", "bom", 1),
        ("[default]\n\nregion a\n", "no-equals-sign", 3),
        ("[default]\nregion = a\n[x\n", "bad-section", 3),
        ("[default\n", "bad-section", 1),
        ("[a]\nx = 1\n[a]\n", "duplicate-section", 3),
        ("[a]\nx = 1\ny = 2\nX = 3\n", "duplicate-key", 4),
        ("[a]\nbad line\nx = 1\nx = 1\n", "duplicate-key", 4),
        ("[a]\n= 1\n", "no-key", 2),
        ("[a]\nregion =\n\n  us-east-1\n", "no-equals-sign", 4),
    ] {
        assert_eq!(Ini::parse(text.as_bytes()).error, Some(IniError { kind, line }), "{text:?}");
    }
    assert_eq!(Ini::parse(b"[a]\nx = 1\n\xff").error, Some(IniError { kind: "not-utf-8", line: 3 }));
}

#[test]
fn entries_keep_their_lines_and_inherit_default() {
    let ini = Ini::parse(b"[DEFAULT]\noutput = json\n\n[x]\n# c\nregion = a\n");
    let section = ini.section("x").unwrap();
    assert_eq!(section.line, 4);
    assert_eq!(ini.entry(section, "region").map(|e| (e.value.as_str(), e.line)), Some(("a", 6)));
    assert_eq!(ini.entry(section, "output").map(|e| (e.value.as_str(), e.line)), Some(("json", 2)));
}

proptest! {
    #[test]
    fn never_panics(bytes in proptest::collection::vec(prop_oneof![
        any::<u8>(), Just(b'\n'), Just(b'['), Just(b']'), Just(b'='), Just(b' '), Just(b'a')], 0..200)) {
        let ini = Ini::parse(&bytes);
        if let Some(error) = ini.error {
            prop_assert!(error.line >= 1);
        }
    }
}

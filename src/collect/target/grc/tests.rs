use serde_json::json;

use super::*;
use crate::collect::oracle;

const GRC_URLS: &[&str] = &[
    "codecommit://demo",
    "codecommit://work@demo",
    "codecommit://a@b@c",
    "codecommit://@demo",
    "codecommit://work@",
    "codecommit://",
    "codecommit:///demo",
    "codecommit:/demo",
    "codecommit:demo",
    "demo",
    "",
    "://demo",
    "//demo",
    "us-east-1://demo",
    "us-east-1://work@demo",
    "us-east-1://",
    "US-EAST-1://demo",
    "us-east-1:demo",
    "us-east-1/demo",
    "us-east-1a://demo",
    "us-east-10://demo",
    "us-east://demo",
    "us_east_1://demo",
    "use1://demo",
    "eusc-de-east-1://demo",
    "cn-north-1://demo",
    "us-gov-east-1://demo",
    "u-east-1://demo",
    "us-1://demo",
    "us--1://demo",
    "us-a-1b2://demo",
    "us-east-1+x://demo",
    "us.east-1://demo",
    "us-east.x-1://demo",
    "1s-east-1://demo",
    "-us-east-1://demo",
    "codecommit://demo/",
    "codecommit://demo//x",
    "codecommit://demo/v1/repos/x",
    "codecommit://demo?x=y",
    "codecommit://demo#x",
    "codecommit://demo;x",
    "codecommit://a b",
    "codecommit://a%20b@demo",
    "codecommit://a:b@demo",
    "codecommit://demo:443",
    "codecommit://demo.git",
    "codecommit://codecommit://demo",
    "codecommit://https://demo",
    "https://demo",
    "ssh://demo",
    "code-commit://demo",
    "CODECOMMIT://demo",
    "CodeCommit://Demo",
    " codecommit://demo",
    "\tcodecommit://demo",
    "code\ncommit://demo",
    "codecommit://de\tmo",
    "codecommit://demo ",
    "codecommit://demo\r\n",
    "codecommit://[demo",
    "codecommit://demo]",
    "codecommit://[demo]",
    "codecommit://[::1]",
    "codecommit://[::1]:80",
    "codecommit://a@[::1]",
    "codecommit://[v1.a]",
    "codecommit://[vg.a]",
    "codecommit://[127.0.0.1]",
    "codecommit://[fe80::1%eth0]",
    "codecommit://[a@demo]",
    "codecommit://d\u{e9}mo",
    "codecommit://d\u{2100}mo",
    "codecommit://d\u{ff0f}mo",
    "codecommit://d\u{fb01}mo",
    "codecommit://\\demo",
    "codecommit://demo\\x",
    "\u{e9}://demo",
    "\u{a0}codecommit://demo",
    "codecommit::us-east-1://demo",
    "codecommit::demo",
    ":://demo",
    "a:b://c",
];

const ORACLE: &str = r#"
import json, sys
import git_remote_codecommit as grc
class Anything:
    def __eq__(self, other): return True
    def __contains__(self, item): return True
    def __iter__(self): return iter([Anything()])
class Session:
    def __init__(self, profile=None, event_hooks=None):
        self.profile = profile
        self.available_profiles = Anything()
        self.full_config = {}
    def get_component(self, name): return self
    get_provider = get_component
    def emit_first_non_none_response(self, *args, **more): pass
    def get_available_partitions(self): return ['aws']
    def get_available_regions(self, service, partition): return [Anything()]
    def get_config_variable(self, name): return 'configured'
    def get_credentials(self): return True
grc.botocore.session.Session = Session
out = []
for url in json.load(sys.stdin):
    try:
        context = grc.Context.from_url(url)
        region = None if context.region == 'configured' else context.region
        out.append([context.session.profile, region, context.repository])
    except (grc.FormatError, ValueError):
        out.append(None)
print(json.dumps(out))
"#;

#[test]
fn reads_what_git_remote_codecommit_reads() {
    type Read = Option<(Option<String>, Option<String>, String)>;
    let Some(theirs) = oracle::ask::<Vec<Read>>("git_remote_codecommit", ORACLE, &json!(GRC_URLS)) else { return };
    assert_eq!(theirs.len(), GRC_URLS.len());
    for (url, wanted) in GRC_URLS.iter().zip(theirs) {
        let ours = context(url).map(|parts| (parts.profile, parts.region, parts.repository));
        assert_eq!(ours, wanted, "{url:?}");
    }
}

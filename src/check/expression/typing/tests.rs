use super::*;
use crate::check::expression::parse;

/// The first fault of an expression about a target, with its hint.
fn fault(source: &str) -> String {
    faults(source, &Scope { target: true, ..Scope::default() }).into_iter().next().unwrap_or_default()
}

fn faults(source: &str, scope: &Scope) -> Vec<String> {
    let tree = parse(source).unwrap_or_else(|fault| panic!("{source}: {}", fault.message));
    let shown = |fault: Fault| format!("{}: {} [{}]", fault.offset, fault.message, fault.hint.unwrap_or_default());
    infer(source, &tree, scope).faults.into_iter().map(shown).collect()
}

fn kind(source: &str) -> Type {
    let tree = parse(source).expect("parses");
    infer(source, &tree, &Scope { target: true, ..Scope::default() }).typed.kind
}

/// Asserts that an expression is right.
fn fine(source: &str) {
    assert_eq!(fault(source), "", "{source}");
}

#[test]
fn unknown_facts_are_found_where_they_stand() {
    assert_eq!(fault("run.offline && target.sssh == 1"), "22: there is no fact `target.sssh` [did you mean `ssh`?]");
    assert_eq!(fault("taget.url == null"), "0: there is no fact `taget` [did you mean `target`?]");
    assert_eq!(fault("git.rewrites.exists(r, r.bas == \"x\")"), "25: there is no fact `r.bas` [did you mean `base`?]");
    assert!(
        fault("run.git-version == 1").starts_with("4: there is no fact `run.git` [its fields: started_at, offline")
    );
    assert!(fault("zzzzzzzz == 1").contains("facts start with one of: run, os, tools, git, ssh, aws, targets, target"));
}

#[test]
fn names_that_are_not_there() {
    assert_eq!(fault("item.name == \"x\""), "0: there is no `item` without `for_each` []");
    let machine = faults("target.port == 1", &Scope::default());
    assert!(machine[0].starts_with("0: `target` cannot be named here [the check is evaluated once"), "{machine:?}");
}

#[test]
fn unknown_functions_are_found() {
    assert_eq!(
        fault("version_atleast(\"1\", \"2\")"),
        "0: there is no function `version_atleast` [did you mean `version_at_least`?]"
    );
    assert_eq!(
        fault("target.path.matches(\"x\")"),
        "12: there is no function `matches` [write `text.re_match(\"pattern\")`]"
    );
    assert!(fault("git.rewrites.exists(r)").starts_with("13: `exists` takes a name and an expression"));
    assert!(fault("lower(\"a\", \"b\")").starts_with("0: `lower` takes 1 argument, not 2"));
    assert_eq!(fault("contains(\"a\", \"b\")"), "0: `contains` is written `text.contains(…)` []");
    assert_eq!(fault("\"a\".version_below(\"b\")"), "4: `version_below` is written `version_below(…)` []");
    assert!(fault("lower(run.started_at)").starts_with("0: `lower` cannot take a number"));
    assert!(fault("join(targets, \",\")").starts_with("0: `join` cannot take a list"));
}

#[test]
fn patterns_are_literals_and_compile() {
    assert_eq!(
        fault("target.path.re_match(target.id)"),
        "12: the pattern of `re_match` must be written as a literal text []"
    );
    assert_eq!(
        fault("target.path.re_match(\"(a\")"),
        "12: the pattern \"(a\" is no regular expression: unclosed group []"
    );
    fine("target.path.re_match(\"^a+$\") || re_match(target.path, \"b\")");
}

#[test]
fn null_must_be_asked_for() {
    assert_eq!(
        fault("target.url.startsWith(\"x\")"),
        "7: `target.url` can be null, and then `startsWith` fails [ask first: `target.url != null && …` or \
         `target.url == null || …`]"
    );
    assert!(fault("target.port > 22").contains("`target.port` can be null, and then `>` fails"));
    assert!(fault("target.rewritten_by.base == \"x\"").contains("`target.rewritten_by` can be null, and then `.base`"));
    assert!(fault("!target.region_known").contains("say what null means: `target.region_known == true`"));
    assert!(fault("target.region_known && run.offline").contains("`target.region_known` can be null"));
    assert!(fault("version_below(tools.git.version, \"2\")").contains("`tools.git.version` can be null"));
    assert!(fault("\"/\" + target.url").contains("`target.url` can be null, and then `+` fails"));
}

#[test]
fn a_guard_in_the_same_expression_is_enough() {
    fine("target.url != null && target.url.startsWith(\"x\")");
    fine("target.url == null || target.url.startsWith(\"x\")");
    fine("!(target.url == null) && target.url.startsWith(\"x\")");
    fine("target.url == null ? false : target.url.startsWith(\"x\")");
    fine("(target.port != null && target.port != 22 && target.url != null) ? target.port > 0 : true");
    fine("target.url == \"a\" || target.url == null");
    fine("target.region_known == true && target.region_known != null");
    fine("git.files.exists(f, f.encoding == null)");
    fine("ssh.keys.exists(k, k.mode != null && k.mode.endsWith(\"44\"))");
    fine("ssh.keys.filter(k, k.mode != null).size() == 0");
    fine("ssh.keys.map(k, k.mode != null, k.mode.size()).size() == 0");
    assert!(fault("target.url != null || target.url.startsWith(\"x\")").contains("can be null"));
    assert!(fault("(target.url != null || run.offline) && target.url.startsWith(\"x\")").contains("can be null"));
    assert!(fault("target.url.startsWith(\"x\") && target.url != null").contains("can be null"));
    assert!(fault("target.url == null && target.url.startsWith(\"x\")").contains("can be null"));
}

#[test]
fn transports_are_advised_where_they_would_help() {
    assert!(fault("target.ssh.user_kind == \"git\"").contains("limit the check with `transports: [ssh]`"));
    let scope = Scope::new(true, ["target.ssh".to_owned()].into());
    assert_eq!(faults("target.ssh.user_kind == \"git\"", &scope), Vec::<String>::new());
}

#[test]
fn roots_are_never_null() {
    fine("ssh.directory == \"x\"");
    assert_eq!(fault("ssh != null"), "4: `ssh` itself is never null []");
}

#[test]
fn types_that_differ_are_never_equal() {
    assert!(fault("target.pushed_to == \"true\"").contains("without quotation marks"));
    assert!(fault("run.target_count == \"1\"").contains("a number is never equal to text"));
    assert!(fault("run == targets").contains("lists and objects cannot be compared"));
    assert!(fault("target.id > \"t1\"").contains("compare versions with `version_below"));
    assert!(fault("\"a\" in target.path").contains("write `text.contains(part)`"));
    assert!(fault("1 in [\"a\"]").contains("a number is never in a list of text"));
    assert!(fault("[1, \"a\"].size() > 0").contains("the elements of a list must have one type"));
    assert!(fault("\"a\" + run.target_count").contains("make text of it with `string(…)`"));
    assert!(fault("run.offline ? 1 : \"a\"").contains("both sides of `? :` must have one type"));
    fine("target.transport in [\"ssh\", \"grc\"] && run.started_at + 60 > 0 && 1.5 < 2");
}

#[test]
fn conditions_are_true_or_false() {
    assert!(fault("!target.id").contains("`!` must be true or false, but this is text [write `target.id != \"\"`]"));
    assert!(fault("targets || true").contains("[write `size(targets) > 0`]"));
    assert!(fault("target.url && true").contains("[write `target.url != null`]"));
    assert!(fault("ssh.keys.exists(k, k.path)").contains("the test of a list must be true or false"));
}

#[test]
fn lists_are_gone_through() {
    assert!(fault("ssh.keys.mode == null").contains("`ssh.keys` is a list and has no field `mode`"));
    assert!(fault("run.exists(k, true)").contains("only lists can be gone through"));
    assert!(fault("targets.exists(ssh, ssh.pushed_to)").contains("`ssh` is a fact"));
    let nested = "targets.all(a, targets.all(b, targets.all(c, c.id != a.id)))";
    assert!(fault(nested).contains("may be nested 2 deep"));
    assert_eq!(fault("target.id.size.x == 1"), "10: `target.id` is text and has no field `size` []");
}

#[test]
fn elements_need_a_list_that_is_not_empty() {
    assert!(fault("ssh.blocks[0].kind == \"host\"").contains("`ssh.blocks` can be empty, and then `[0]` fails"));
    fine("size(ssh.blocks) > 0 && ssh.blocks[0].kind == \"host\"");
    fine("ssh.blocks.size() == 0 || ssh.blocks[0].kind == \"host\"");
    fine("ssh.blocks.exists(b, b.has_comma) && ssh.blocks[0].user != null && ssh.blocks[0].user != \"\"");
    assert!(fault("size(ssh.blocks) > 1 && ssh.blocks[1].kind == \"host\"").contains("only the first element"));
}

#[test]
fn braces_and_odd_literals_are_refused() {
    assert!(fault("{\"a\": 1}.a == 1").contains("braces"));
    assert!(fault("1u == run.target_count").contains("only plain numbers"));
}

#[test]
fn texts_keep_the_strongest_sensitivity() {
    use crate::fact::catalogue::IdentityKind;
    assert_eq!(kind("\"a\""), Type::Text(Sensitivity::Public));
    assert_eq!(kind("\"a\" + os.arch"), Type::Text(Sensitivity::Public));
    assert_eq!(kind("ssh.config_path + target.path"), Type::Text(Sensitivity::Path));
    assert_eq!(kind("either(target.host, \"x\")"), Type::Text(Sensitivity::Identity(IdentityKind::Host)));
    assert_eq!(kind("run.offline ? os.arch : lower(ssh.directory)"), Type::Text(Sensitivity::Path));
    assert_eq!(kind("join(ssh.keys.map(k, k.path), \" \")"), Type::Text(Sensitivity::Path));
    assert_eq!(kind("date(run.started_at)"), Type::Text(Sensitivity::Public));
    assert_eq!(kind("size(ssh.keys)"), Type::Int);
}

#[test]
fn all_faults_of_an_expression_are_found() {
    let found = faults("run.a == 1 || run.b == 2", &Scope::default());
    assert_eq!(found.len(), 2, "{found:?}");
}

mod random {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn checking_never_panics(words in proptest::collection::vec(
            prop::sample::select(vec![
                "target", ".", "ssh", "user", "(", ")", "[", "]", "&&", "||", "!", "==", "<", "+", "in", "?", ":", "0",
                "'x'", "exists", "map", ",", "i", "null", "size", "either", "keys", "true", "-",
            ]), 0..40)) {
            if let Ok(tree) = parse(&words.concat()) {
                infer(&words.concat(), &tree, &Scope { target: true, ..Scope::default() });
            }
        }
    }
}

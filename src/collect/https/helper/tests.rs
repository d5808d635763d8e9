use proptest::prelude::*;

use super::*;
use crate::system::Platform;
use crate::system::fake::FakeSystem;

fn machine() -> FakeSystem {
    FakeSystem::new(Platform::Linux)
        .program("/usr/bin/aws")
        .program("/usr/bin/git")
        .program("/usr/bin/aws-vault")
        .program("/usr/lib/git-core/git-credential-libsecret")
        .program("/home/dev/my tools/aws")
}

fn parsed(value: &str) -> Parsed {
    parse(Place { system: &machine(), git: Some(std::path::Path::new("/usr/bin/git")) }, value)
}

#[test]
fn working_spellings_of_the_aws_helper() {
    // value, profile, region, program; each was run with the real AWS CLI.
    for (value, profile, region, program) in [
        ("!aws codecommit credential-helper $@", None, None, "aws"),
        ("!aws codecommit credential-helper", None, None, "aws"),
        ("!aws codecommit credential-helper ", None, None, "aws"),
        ("!aws codecommit credential-helper \"$@\"", None, None, "aws"),
        ("!aws codecommit credential-helper $*", None, None, "aws"),
        ("!aws --profile work codecommit credential-helper $@", Some("work"), None, "aws"),
        ("!aws codecommit --profile=work credential-helper $@", Some("work"), None, "aws"),
        (
            "!aws codecommit credential-helper --profile work --region eu-west-1 $@",
            Some("work"),
            Some("eu-west-1"),
            "aws",
        ),
        ("!aws --profile 'my work' codecommit credential-helper $@", Some("my work"), None, "aws"),
        ("!aws --debug codecommit credential-helper $@", None, None, "aws"),
        ("!AWS_PROFILE=x aws codecommit credential-helper $@", Some("x"), None, "aws"),
        ("!'/home/dev/my tools/aws' codecommit credential-helper $@", None, None, "/home/dev/my tools/aws"),
        ("/usr/bin/aws codecommit credential-helper $@", None, None, "/usr/bin/aws"),
        ("!aws-vault exec p -- aws codecommit credential-helper $@", None, None, "aws-vault"),
    ] {
        let fact = parsed(value).fact;
        assert_eq!((&*fact.kind, fact.problem.as_deref()), ("aws", None), "{value}");
        assert_eq!(fact.profile.as_deref(), profile, "{value}");
        assert_eq!(fact.region.as_deref(), region, "{value}");
        assert_eq!((&*fact.program, &fact.program_found), (program, &Fact::Known(true)), "{value}");
        assert_eq!((fact.corrected, fact.stores), (None, false), "{value}");
    }
}

#[test]
fn shell_functions_are_recognized_and_their_program_is_looked_for() {
    let fact =
        parsed("!f() { aws codecommit credential-helper \"$@\" --ignore-host-check --region us-east-1; }; f").fact;
    assert_eq!((&*fact.kind, fact.ignores_host_check, fact.region.as_deref()), ("aws", true, Some("us-east-1")));
    assert_eq!((&*fact.program, fact.program_path), ("aws", Fact::Known("/usr/bin/aws".into())));
    let fact = parsed("!f() { AWS_PROFILE=x /gone/aws codecommit credential-helper \"$@\"; }; f").fact;
    assert_eq!((fact.profile.as_deref(), fact.credentials_by), (Some("x"), None));
    assert!(matches!(fact.program_found, Fact::Unavailable(_)));
    assert!(matches!(fact.program_path, Fact::Unavailable(_)));
}

#[test]
fn credentials_from_elsewhere_are_seen() {
    let by = |value: &str| parsed(value).fact.credentials_by.map(|by| by.0);
    for (value, wanted) in [
        ("!aws codecommit credential-helper $@", None),
        ("!AWS_PROFILE=x aws codecommit credential-helper $@", None),
        ("!timeout 30 aws codecommit credential-helper $@", None),
        ("!env /usr/bin/aws codecommit credential-helper $@", None),
        ("!aws-vault exec p -- aws codecommit credential-helper $@", Some("aws-vault")),
        ("!AWS_CONFIG_FILE=/x aws codecommit credential-helper $@", Some("AWS_CONFIG_FILE")),
        ("!f() { eval $(saml2aws script); aws codecommit credential-helper \"$@\"; }; f", Some("shell code")),
        ("!f() { AWS_ACCESS_KEY_ID=x aws codecommit credential-helper \"$@\"; }; f", Some("shell code")),
        ("!f() { aws codecommit credential-helper \"$@\"; }; f", None),
    ] {
        assert_eq!(by(value).as_deref(), wanted, "{value}");
    }
}

#[test]
fn mistyped_aws_helpers_are_corrected() {
    let plain = "!aws codecommit credential-helper $@";
    let work = "!aws --profile 'my work' codecommit credential-helper $@";
    for (value, problem, corrected) in [
        ("aws codecommit credential-helper $@", "no-exclamation-mark", plain),
        (
            "aws --profile work codecommit credential-helper $@",
            "no-exclamation-mark",
            "!aws --profile work codecommit credential-helper $@",
        ),
        ("'!aws codecommit credential-helper $@'", "literal-quotes", plain),
        ("\"!aws codecommit credential-helper $@\"", "literal-quotes", plain),
        ("'!aws codecommit credential-helper $@", "literal-quotes", plain),
        ("'aws codecommit credential-helper $@'", "literal-quotes", plain),
        ("“!aws codecommit credential-helper $@”", "literal-quotes", plain),
        ("!'aws codecommit credential-helper $@'", "literal-quotes", plain),
        ("!aws codecommit credential-helper '$@", "unclosed-quote", plain),
        (
            "!aws --profile \"work codecommit credential-helper $@",
            "unclosed-quote",
            "!aws --profile work codecommit credential-helper $@",
        ),
        ("!aws codecommit credential-helper get", "has-action", plain),
        ("!aws codecommit credential-helper get $@", "has-action", plain),
        ("!aws codecommmit credential-helper $@", "misspelt", plain),
        ("!aws codecommit credentials-helper $@", "misspelt", plain),
        ("!aws code-commit credential-helper $@", "misspelt", plain),
        ("!aws codecommit credential_helper $@", "misspelt", plain),
        ("!aws codecommit credential-helper @", "misspelt", plain),
        ("!aws codecommit credential-helper %*", "misspelt", plain),
        ("!aws codecommit credential-helper $@ \\", "misspelt", plain),
        ("!aws --profile my work codecommit credential-helper $@", "profile-with-space", work),
        ("!aws codecommit credential-helper --profile my work $@", "profile-with-space", work),
        ("!aws --profile=my work codecommit credential-helper $@", "profile-with-space", work),
        ("!aws codecommit $@", "missing-subcommand", plain),
        ("!aws codecommit", "missing-subcommand", plain),
        ("!aws credential-helper $@", "missing-subcommand", plain),
    ] {
        let fact = parsed(value).fact;
        assert_eq!((&*fact.kind, fact.problem.as_deref()), ("aws-mistyped", Some(problem)), "{value}");
        assert_eq!(fact.corrected.as_deref(), Some(corrected), "{value}");
    }
}

#[test]
fn a_profile_with_a_blank_is_named_whole() {
    let fact = parsed("!aws --profile my work codecommit credential-helper $@").fact;
    assert_eq!(fact.profile.as_deref(), Some("my work"));
}

#[test]
fn other_helpers_are_known_by_name() {
    // value, kind, runs_as, stores
    for (value, kind, runs_as, stores) in [
        ("store", "store", "git-command", true),
        ("store --file ~/x", "store", "git-command", true),
        ("cache --timeout=900", "cache", "git-command", true),
        ("manager", "manager", "git-command", true),
        ("manager-core", "manager-core", "git-command", true),
        ("osxkeychain", "osxkeychain", "git-command", true),
        ("wincred", "wincred", "git-command", true),
        ("oauth", "oauth", "git-command", false),
        ("gcloud.sh", "other", "git-command", false),
        ("/usr/lib/git-core/git-credential-libsecret", "libsecret", "path", true),
        ("/usr/local/share/gcm-core/git-credential-manager", "manager", "path", true),
        ("/mnt/c/Program\\ Files/Git/mingw64/bin/git-credential-manager-core.exe", "manager-core", "path", true),
        ("/mnt/c/Program Files/Git/mingw64/bin/git-credential-manager.exe", "manager", "path", true),
        ("!git credential-store --file /x", "store", "shell", true),
        ("!git-credential-manager", "manager", "shell", true),
        ("!/usr/bin/gh auth git-credential", "other", "shell", false),
        ("!f() { echo username=x; echo password=y; }; f", "other", "shell", false),
        ("!aws sts get-caller-identity", "other", "shell", false),
    ] {
        let fact = parsed(value).fact;
        assert_eq!((&*fact.kind, &*fact.runs_as, fact.stores), (kind, runs_as, stores), "{value}");
        assert_eq!(fact.problem, None, "{value}");
    }
}

#[test]
fn programs_of_helpers_are_looked_for() {
    let found = |value: &str| {
        let fact = parsed(value).fact;
        (fact.program.0, fact.program_found, fact.program_path.known().map(|path| path.0.clone()))
    };
    let text = |path: &str| Some(path.to_owned());
    assert_eq!(found("store").1, Fact::Known(true));
    assert_eq!(found("store").2, text("/usr/bin/git"));
    assert_eq!(found("libsecret").2, text("/usr/lib/git-core/git-credential-libsecret"));
    assert_eq!(found("manager-core"), ("git-credential-manager-core".into(), Fact::Known(false), None));
    assert_eq!(found("!gone codecommit").1, Fact::Known(false));
    assert_eq!(found("/opt/aws/aws codecommit credential-helper $@").1, Fact::Known(false));
    let nowhere = FakeSystem::new(Platform::Linux);
    let fact = parse(Place { system: &nowhere, git: None }, "manager").fact;
    assert!(matches!(fact.program_found, Fact::Unavailable(_)));
}

#[test]
fn store_files_are_named_as_the_shell_leaves_them() {
    let file = |value: &str| parsed(value).store_file.map(|path| paths::shown(&path));
    assert_eq!(file("store"), None);
    assert_eq!(file("store --file ~/a").as_deref(), Some("/home/dev/a"));
    assert_eq!(file("store --file=$HOME/a").as_deref(), Some("/home/dev/a"));
    assert_eq!(file("store --file='/a b/c'").as_deref(), Some("/a b/c"));
    assert_eq!(file("store --file=~/a").as_deref(), Some("/home/dev/work/./~/a"));
    assert_eq!(file("!git credential-store --file /a").as_deref(), Some("/a"));
}

#[test]
fn secrets_in_helpers_are_masked() {
    let fact = parsed("!echo password=hunter2").fact;
    assert!(!serde_json::to_string(&fact).unwrap().contains("hunter2"));
}

proptest! {
    #[test]
    fn anything_can_be_a_helper(value in "!?['\"]?(aws )?[-a-z $@'\"\\\\;(){}~/]{0,60}") {
        parsed(&value);
    }

    #[test]
    fn any_text_can_be_a_helper(value in "\\PC{0,60}") {
        parsed(&value);
    }
}

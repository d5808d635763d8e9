//! A chain of helpers in which one is not there.

use super::{HTTPS_URL, run, run_as};

const MANAGER_CORE: &str = "git: 'credential-manager-core' is not a git command. See 'git --help'.\n";

#[test]
fn a_left_over_helper_is_no_stop_beside_another_one() {
    let no_login = "fatal: could not read Username for 'https://h': terminal prompts disabled\n";
    let failed = |said: &str| {
        let (judge, _) = run(HTTPS_URL, said, false);
        (judge.failure.unwrap().0, judge.layer.unwrap().0, judge.source.excerpt.unwrap().0)
    };
    let first = format!("cc-doctor: helper 1\n{MANAGER_CORE}");
    assert_eq!(failed(&format!("{first}{no_login}")).0, "helper-missing");
    for (second, word) in [("", "no-username"), ("'path'\n", "helper-failed")] {
        let (failure, layer, line) = failed(&format!("{first}cc-doctor: helper 2\n{second}{no_login}"));
        assert_eq!((&*failure, &*layer), (word, "authentication"));
        assert!(!line.contains("manager-core"), "{line}");
    }
    // The second gave a login, and then the line was cut.
    assert_eq!(failed(&format!("{first}cc-doctor: helper 2\nfatal: early EOF\n")).0, "closed");
    // A store that has nothing does not excuse an AWS CLI that is gone.
    let said = format!("cc-doctor: helper 1\n/bin/sh: 1: aws: not found\ncc-doctor: helper 2\n{no_login}");
    let (judge, _) = run_as("https-helper", HTTPS_URL, &said, false);
    assert_eq!(judge.failure.as_deref(), Some("helper-missing"));
    // With another one that is gone as well, the first line stands.
    let both = format!("{first}cc-doctor: helper 2\n/bin/sh: 1: aws: not found\n{no_login}");
    assert_eq!(failed(&both).0, "helper-missing");
}

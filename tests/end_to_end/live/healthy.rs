//! Machines that work: nothing is reported, nothing changes, nothing is asked that need not be.

use super::desk::{Desk, GIT_PASSWORD, SECRET, verdict};
use crate::standin::records::Record;

fn desks() -> Vec<(&'static str, Desk)> {
    let all = [("ssh", Desk::ssh()), ("gitcred", Desk::gitcred()), ("helper", Desk::helper())];
    all.into_iter().filter_map(|(name, desk)| Some((name, desk?))).collect()
}

#[test]
fn a_machine_that_works_is_healthy_and_stays_as_it_is() {
    for (name, desk) in desks() {
        assert!(desk.git_works(), "{name}");
        let before = desk.machine.snapshot();
        let report = desk.report(&[]);
        assert_eq!(report.failing(), Vec::<String>::new(), "{name}");
        assert_eq!(verdict(&report).1, "repository", "{name}: {}", report.stdout());
        assert_eq!(report.code, Some(0), "{name}");
        assert_eq!(desk.machine.snapshot(), before, "{name}");
        assert_eq!(desk.machine.left_behind(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn what_works_is_not_asked_of_aws_unless_that_is_wanted() {
    for (name, desk) in desks() {
        let calls =
            |desk: &Desk| desk.standin.records().into_iter().filter(|r| matches!(r, Record::Api { .. })).count();
        assert_eq!(desk.report(&[]).code, Some(0), "{name}");
        assert_eq!(calls(&desk), 0, "{name}: {:?}", desk.standin.records());
        if name == "helper" {
            assert_eq!(desk.report(&["-v"]).code, Some(0));
            assert!(calls(&desk) > 0);
        }
    }
}

#[test]
fn no_secret_is_told_and_no_other_host_is_met() {
    for (name, mut desk) in desks() {
        for status in [None, Some(403)] {
            if let Some(status) = status {
                desk.standin.set(|faults| faults.http = crate::standin::switches::Http::Status(status));
            }
            let report = desk.report(&["-v"]);
            for secret in [SECRET, GIT_PASSWORD, "hT7pKq2vXw9LmZr4"] {
                assert!(!report.both().contains(secret), "{name}");
            }
        }
        let own = ["git-codecommit.us-east-1.amazonaws.com"];
        let met = desk.connects();
        assert!(met.iter().all(|host| own.contains(&host.as_str())), "{name}: {met:?}");
    }
}

#[test]
fn offline_nobody_is_met() {
    for (name, desk) in desks() {
        assert!(desk.report(&["--offline"]).code.is_some());
        assert_eq!(desk.standin.records(), Vec::new(), "{name}");
    }
}

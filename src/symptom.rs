//! From the lines that a failing program printed to the checks whose `symptoms` they match.

use regex::Regex;

use crate::check::Check;
use crate::fact::{Facts, Word};

/// Most checks that are named for one failure.
const LIMIT: usize = 10;

/// The IDs of the checks with a symptom that matches one of the lines, those that match the most of a line first. The
/// rungs of the real client themselves are left out.
pub fn matching(checks: &[Check], lines: &[&str]) -> Vec<String> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for check in checks.iter().filter(|check| !check.live) {
        let symptoms = check.body().map(|body| body.symptoms.as_slice()).unwrap_or_default();
        let longest = |symptom: &str| {
            let regex = Regex::new(symptom).ok()?;
            lines.iter().filter_map(|line| regex.find(line)).map(|found| found.len()).max()
        };
        if let Some(length) = symptoms.iter().filter_map(|symptom| longest(&symptom.value)).max() {
            found.push((length, &check.id));
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    found.into_iter().take(LIMIT).map(|(_, id)| id.to_owned()).collect()
}

/// Names, for every target that git did not reach, the checks that its words suggest.
pub fn add_candidates(checks: &[Check], facts: &mut Facts) {
    for target in &mut facts.targets {
        let crate::fact::Fact::Known(access) = &mut target.access else { continue };
        let crate::fact::Fact::Known(judge) = &mut access.judge else { continue };
        if !judge.succeeded {
            let lines: Vec<&str> = judge.said.iter().map(|line| line.0.as_str()).collect();
            judge.symptoms = matching(checks, &lines).into_iter().map(Word).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::embedded::embedded;
    use crate::fact::Fact;
    use crate::fact::access::{Judge, TargetAccess};
    use crate::fact::target::Target;

    #[test]
    fn words_lead_to_checks() {
        let checks = embedded().unwrap();
        let said = |line: &str| matching(&checks, &[line]);
        assert!(
            said("git: 'remote-codecommit' is not a git command. See 'git --help'.")
                .iter()
                .any(|id| id.starts_with("grc-"))
        );
        assert!(said("dev@host: Permission denied (publickey).").contains(&"ssh-config-misnamed".to_owned()));
        assert_eq!(said("the moon is in the wrong house"), Vec::<String>::new());
    }

    #[test]
    fn only_failures_get_candidates() {
        let target = |succeeded| {
            let said = vec!["dev@host: Permission denied (publickey).".into()];
            let judge = Judge { succeeded, said, ..Judge::default() };
            let access = TargetAccess { judge: Fact::Known(judge), ..TargetAccess::default() };
            Target { access: Fact::Known(access), ..Target::default() }
        };
        let mut facts = Facts { targets: vec![target(true), target(false)], ..Facts::default() };
        add_candidates(&embedded().unwrap(), &mut facts);
        let count = |index: usize| {
            facts.targets[index]
                .access
                .known()
                .and_then(|access| access.judge.known())
                .map(|judge| judge.symptoms.len())
        };
        assert_eq!(count(0), Some(0));
        assert!(count(1).is_some_and(|count| count > 0 && count <= LIMIT));
    }
}

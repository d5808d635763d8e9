//! From what a failing program printed to the checks whose `symptoms` it shows.
//!
//! `text` takes out what a terminal did, `host` tells whose failure a line is, `library` finds symptoms, and
//! `diagnose` ranks what they belong to. Text is data: nothing in it is run, and of the addresses in it only
//! CodeCommit's own are offered for examination.

mod host;
pub mod library;
mod prefix;
mod prior;
mod rank;
pub mod text;
mod translation;

pub use library::{Entry, Library};
pub use rank::{About, Candidate, Diagnosis, Told, diagnose};
pub use text::Text;

use crate::check::Check;
use crate::fact::{Facts, Word};

/// Most checks that are named for one failure.
const LIMIT: usize = 10;

/// The IDs of the checks with a symptom that matches one of the lines, the most telling ones first. The rungs of the real
/// client themselves are left out.
pub fn matching(checks: &[Check], lines: &[&str]) -> Vec<String> {
    let library = Library::for_few_lines(checks, &[]);
    let found = rank::ranked(&library, lines.iter().map(|line| rank::Shown::of(&library, line)));
    let ids = found.into_iter().filter_map(|found| library.entry(found.entry)).map(|entry| entry.id.clone());
    ids.take(LIMIT).collect()
}

/// Names, for every target that git did not reach, the checks that its words suggest.
pub fn add_candidates(checks: &[Check], facts: &mut Facts) {
    let mut library = None;
    for target in &mut facts.targets {
        let crate::fact::Fact::Known(access) = &mut target.access else { continue };
        let crate::fact::Fact::Known(judge) = &mut access.judge else { continue };
        if !judge.succeeded {
            let library = library.get_or_insert_with(|| Library::for_few_lines(checks, &[]));
            let found = rank::ranked(library, judge.said.iter().map(|line| rank::Shown::of(library, &line.0)));
            let ids = found.into_iter().filter_map(|found| library.entry(found.entry));
            judge.symptoms = ids.take(LIMIT).map(|entry| Word(entry.id.clone())).collect();
        }
    }
}

#[cfg(test)]
mod transcripts;

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

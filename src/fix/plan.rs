//! From failing findings to repairs: which are worth making, what each would change, and why one cannot be made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::apply::Repair;
use super::change::{Change, Content};
use super::diff;
use super::edit::refusal::Refusal as NotPlanned;
use super::edit::{Context, Planner};
use super::guard::Bounds;
use super::refusal::{Reason, Refusal};
use super::stage::stage;
use super::view::View;
use crate::check::edit::WHEN;
use crate::finding::{Applicability, Finding, FindingEdit, Message, Severity, plain_text};
use crate::system::hands::Hands;

/// What a finding is about. Unlike its number this stays the same from one evaluation to the next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The check.
    pub check: String,
    /// The target; `None`: the machine as a whole.
    pub target: Option<String>,
    subject: Option<String>,
}

impl Key {
    /// Of a finding.
    pub fn of(finding: &Finding) -> Self {
        Self {
            check: finding.check.clone(),
            target: finding.target.clone(),
            subject: finding.subject.as_ref().map(|subject| plain_text(subject)),
        }
    }
}

/// What one fix would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The finding.
    pub finding: Finding,
    /// Its ID and those of other findings that want the very same edits.
    pub ids: Vec<String>,
    /// Their keys.
    pub keys: Vec<Key>,
    /// Who may apply it.
    pub applicability: Applicability,
    /// What it does, in a few words.
    pub title: Message,
    /// Whether it could be made if the user told the SSH key ID.
    pub asks_key_id: bool,
    /// The changes in order, none where all is as wanted; or why it cannot be made.
    pub changes: Result<Vec<Change>, String>,
}

impl Planned {
    /// The repair to apply; `None`: there is nothing to do, or it cannot be made.
    pub fn repair(&self) -> Option<Repair> {
        let changes = self.changes.as_ref().ok().filter(|changes| !changes.is_empty())?.clone();
        Some(Repair { finding: self.finding.id.clone(), title: plain_text(&self.title), changes })
    }

    /// What it changes, as [`diff`] writes it; empty when that is nothing.
    pub fn diff(&self) -> String {
        self.changes.iter().flatten().map(diff::of_change).collect()
    }

    /// Why parts of it cannot be taken back, one sentence each.
    pub fn irreversible(&self) -> Vec<&'static str> {
        let mut reasons: Vec<_> = self.changes.iter().flatten().filter_map(Change::irreversible).collect();
        reasons.dedup();
        reasons
    }

    /// Whether a person has to agree: the definition says so, or a program is run.
    pub fn needs_consent(&self) -> bool {
        let acts = |change: &Change| matches!(change, Change::Act(_) | Change::Upload(_));
        let runs = self.changes.iter().flatten().any(acts);
        self.applicability != Applicability::Safe || runs
    }

    /// Whether there is something to do.
    pub fn is_open(&self) -> bool {
        self.changes.as_ref().is_ok_and(|changes| !changes.is_empty())
    }
}

/// The failing findings that cc-doctor may mend, in the order of the report.
///
/// Consequences are left out: they are looked at again when their cause is mended. So is what git works in spite of,
/// unless its fix is safe, and what the user has acknowledged. `only` names checks and findings instead; empty: all.
pub fn candidates<'f>(findings: &'f [Finding], only: &[String]) -> Vec<&'f Finding> {
    let wanted = |finding: &&Finding| {
        let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.edits.is_empty()) else { return false };
        let safe = fix.applicability == Applicability::Safe;
        let worth = finding.counts()
            && finding.caused_by.is_empty()
            && finding.severity != Severity::Info
            && (safe || !finding.latent);
        let named = || only.iter().any(|name| *name == finding.check || *name == finding.id);
        finding.fails() && fix.applicability != Applicability::Manual && if only.is_empty() { worth } else { named() }
    };
    findings.iter().filter(wanted).collect()
}

/// Plans the fixes of these findings on the machine as it is, the safe ones first. Each starts from what those before it
/// leave; where two fight over the same lines, the later one is refused. Writes nothing.
pub fn plan(hands: &dyn Hands, bounds: &Bounds, context: &Context<'_>, wanted: &[&Finding]) -> Vec<Planned> {
    let mut planner = Planner::new(context);
    let mut view = View::of(hands);
    let mut plans: Vec<Planned> = Vec::new();
    let mut known = BTreeMap::new();
    let mut ordered = wanted.to_vec();
    ordered.sort_by_key(|finding| finding.fix.as_ref().map(|fix| fix.applicability != Applicability::Safe));
    for finding in ordered {
        let Some(fix) = &finding.fix else { continue };
        let text = |(name, value): (&String, &Message)| (name.clone(), plain_text(value));
        let edits: Vec<_> =
            fix.edits.iter().map(|edit| (edit.kind, edit.parameters.iter().map(text).collect::<Vec<_>>())).collect();
        if let Some(plan) = known.get(&edits).and_then(|index: &usize| plans.get_mut(*index)) {
            plan.ids.push(finding.id.clone());
            plan.keys.push(Key::of(finding));
            continue;
        }
        known.insert(edits, plans.len());
        let changes = if is_left_out(&fix.edits) { Err(NotPlanned::NotHere) } else { planner.add(&fix.edits) };
        let asks_key_id = changes == Err(NotPlanned::KeyIdNeeded);
        let changes = changes.map_err(|refusal| refusal.to_string());
        let changes = changes.and_then(|changes| {
            let mut behind = view.clone();
            stage(&mut behind, bounds, &changes).map_err(|refusal| refusal.to_string())?;
            view = behind;
            Ok(changes)
        });
        let is_outside = |change: &Change| change.path().is_some_and(|path| bounds.is_outside(path));
        let shared = changes.iter().flatten().any(is_outside);
        plans.push(Planned {
            finding: finding.clone(),
            ids: vec![finding.id.clone()],
            keys: vec![Key::of(finding)],
            // What other accounts use, too, is not safe whatever the definition says.
            applicability: if shared { Applicability::Consent } else { fix.applicability },
            title: fix.title.clone(),
            asks_key_id,
            changes,
        });
    }
    plans
}

/// Whether a definition wants all of these edits on other machines than this one.
fn is_left_out(edits: &[FindingEdit]) -> bool {
    let is_not_here =
        |edit: &FindingEdit| edit.parameters.iter().any(|(name, value)| name == WHEN && plain_text(value) != "true");
    !edits.is_empty() && edits.iter().all(is_not_here)
}

/// Refuses what would edit a file that is no longer what was looked at; `differs` tells by its path and its bytes now.
pub fn refuse_overtaken(plans: &mut [Planned], differs: impl Fn(&Path, &Content) -> bool) {
    // Whether the file had changed when the first plan read it; the others go on from what that one makes.
    let mut files: BTreeMap<PathBuf, bool> = BTreeMap::new();
    for plan in plans {
        let mut overtaken = None;
        for (path, before) in plan.changes.iter().flatten().filter_map(Change::starts_from) {
            let changed = *files.entry(path.to_owned()).or_insert_with(|| differs(path, before));
            overtaken =
                overtaken.or_else(|| changed.then(|| Refusal::new(path, Reason::Changed { diff: String::new() })));
        }
        let moved = plan.changes.iter().flatten().filter_map(|change| match change {
            Change::Move { to, .. } => Some(to.clone()),
            _ => None,
        });
        files.extend(moved.map(|to| (to, false)).collect::<Vec<_>>());
        if let Some(refusal) = overtaken {
            plan.changes = Err(refusal.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::regions::RegionTable;
    use crate::finding::{FindingFix, Outcome, Segment, Sensitivity};
    use crate::report::samples::{finding, literal, with};
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    fn fix(applicability: Applicability, kind: &'static str, parameters: &[(&str, &str)]) -> Option<FindingFix> {
        let value = |text: &str| vec![Segment::value(text, Sensitivity::Text)];
        let parameters = parameters.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect();
        let edits = vec![FindingEdit { kind, parameters }];
        Some(FindingFix { applicability, title: literal("T"), commands: Vec::new(), edits, diff: None, refused: None })
    }

    fn mode(id: &str, applicability: Applicability, path: &str) -> Finding {
        let fix = fix(applicability, "set-mode", &[("path", path), ("mode", "600")]);
        with(finding(id, Outcome::Fail), |finding| finding.fix = fix)
    }

    fn ids(findings: &[Finding], only: &[&str]) -> Vec<String> {
        let only: Vec<String> = only.iter().map(ToString::to_string).collect();
        candidates(findings, &only).into_iter().map(|finding| finding.id.clone()).collect()
    }

    #[test]
    fn causes_are_mended_and_not_their_consequences() {
        use Applicability::{Consent, Manual, Safe};
        let path = "~/.ssh/id";
        let all = [
            mode("a#1", Safe, path),
            with(mode("b#1", Safe, path), |f| f.caused_by = vec!["a#1".into()]),
            mode("c#1", Manual, path),
            with(mode("d#1", Safe, path), |f| f.outcome = Outcome::Pass),
            with(mode("e#1", Safe, path), |f| f.latent = true),
            with(mode("f#1", Consent, path), |f| f.latent = true),
            with(mode("g#1", Safe, path), |f| f.severity = Severity::Info),
            mode("h#1", Consent, path),
            finding("i#1", Outcome::Fail),
        ];
        assert_eq!(ids(&all, &[]), ["a#1", "e#1", "h#1"]);
        assert_eq!(ids(&all, &["b"]), ["b#1"], "what is named is mended whatever its cause");
        assert_eq!(ids(&all, &["a#1", "f", "c"]), ["a#1", "f#1"], "but nothing that is to be done by hand");
    }

    #[test]
    fn the_same_edits_are_made_once_and_the_safe_ones_first() {
        let system = FakeSystem::new(Platform::Linux)
            .file("/home/dev/.ssh/id", "x")
            .mode("/home/dev/.ssh/id", 0o644)
            .file("/home/dev/.ssh/other", "x")
            .mode("/home/dev/.ssh/other", 0o644)
            .file("/etc/passwd", "");
        let regions = RegionTable::embedded().unwrap();
        let context = Context { system: &system, repository: None, regions: &regions, offered: &[] };
        let findings = [
            mode("a#1", Applicability::Consent, "/home/dev/.ssh/other"),
            mode("b#1", Applicability::Safe, "/home/dev/.ssh/id"),
            mode("b#2", Applicability::Safe, "/home/dev/.ssh/id"),
            mode("c#1", Applicability::Safe, "/etc/passwd"),
        ];
        let plans = plan(&system, &Bounds::of(&system, None), &context, &findings.iter().collect::<Vec<_>>());
        let told: Vec<_> =
            plans.iter().map(|plan| (plan.ids.join(" "), plan.is_open(), plan.needs_consent())).collect();
        assert_eq!(
            told,
            [("b#1 b#2".into(), true, false), ("c#1".into(), false, false), ("a#1".to_owned(), true, true)]
        );
        assert!(plans[0].diff().contains("old mode 0644\nnew mode 0600\n"));
        assert!(plans[1].changes.as_ref().unwrap_err().contains("outside"), "{:?}", plans[1].changes);
    }

    #[test]
    fn a_repair_for_other_machines_says_so() {
        let system = FakeSystem::new(Platform::Linux).file("/home/dev/.ssh/id", "x").mode("/home/dev/.ssh/id", 0o600);
        let regions = RegionTable::embedded().unwrap();
        let context = Context { system: &system, repository: None, regions: &regions, offered: &[] };
        let reason = |when: &str| {
            let parameters = [("path", "/home/dev/.ssh/id"), ("mode", "600"), ("when", when)];
            let fix = fix(Applicability::Safe, "set-mode", &parameters);
            let found = with(finding("a#1", Outcome::Fail), |finding| finding.fix = fix);
            plan(&system, &Bounds::of(&system, None), &context, &[&found]).remove(0).changes
        };
        assert_eq!(reason("true"), Ok(Vec::new()), "all is as wanted");
        assert!(reason("false").unwrap_err().contains("not for this machine"), "{:?}", reason("false"));
    }

    #[test]
    fn whoever_runs_a_program_asks_first() {
        let system = FakeSystem::new(Platform::Linux).program("/usr/bin/ssh-keygen").file("/home/dev/.ssh/x", "");
        let regions = RegionTable::embedded().unwrap();
        let context = Context { system: &system, repository: None, regions: &regions, offered: &[] };
        let fix = fix(Applicability::Safe, "generate-key", &[("path", "/home/dev/.ssh/codecommit_rsa")]);
        let found = with(finding("a#1", Outcome::Fail), |finding| finding.fix = fix);
        let plans = plan(&system, &Bounds::of(&system, None), &context, &[&found]);
        assert!(plans[0].is_open() && plans[0].needs_consent(), "{plans:?}");
        assert!(plans[0].diff().starts_with("$ /usr/bin/ssh-keygen -q -t rsa"), "{}", plans[0].diff());
    }
}

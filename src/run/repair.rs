//! `--fix`: plan, ask, apply, look again, and take back what did not help.

use std::collections::BTreeSet;
use std::io;

use super::examine::{Desk, Seen, repository};
use crate::error::{Error, Errors};
use crate::finding::Finding;
use crate::fix::apply::{Applied, Run};
use crate::fix::failure::Failure;
use crate::fix::guard::Bounds;
use crate::fix::plan::{Key, Planned, candidates};
use crate::fix::refusal::Reason;
use crate::fix::undo;
use crate::fix::verify::Standing;
use crate::report::{FixDone, FixStatus};
use crate::system::real::RealSystem;

mod consent;

use consent::{Asker, Choice};

/// How often repairs are followed by another look before cc-doctor gives up; each time whatever came to light is mended.
const ROUNDS: usize = 4;
/// The same when one repair is tried at a time, because several together did not hold.
const CAREFUL_ROUNDS: usize = 12;

/// Takes back what earlier runs that were interrupted have left, before anything is looked at.
///
/// # Errors
/// When another run is under way, or the journal cannot be written.
pub(super) fn recover(hands: &RealSystem) -> Result<Vec<FixDone>, Errors> {
    let runs = undo::list(hands).map_err(failed)?;
    if runs.iter().all(|run| run.ended.is_some()) {
        return Ok(Vec::new());
    }
    let (_, recovered) = Run::begin(hands, Bounds::default()).map_err(failed)?;
    let of = |taken: &undo::TakenBack| super::undo::taken_back(&runs, taken, Some("the run was interrupted"));
    Ok(recovered.iter().flat_map(of).collect())
}

/// Mends what can be mended; what the machine is like afterwards, and what was done.
///
/// # Errors
/// When repairs cannot begin, or the machine cannot be looked at.
pub(super) fn repair(desk: &Desk<'_>, first: Seen) -> Result<(Seen, Vec<FixDone>), Errors> {
    let hands = RealSystem::new();
    let standing = standing(&first);
    let mut work = Work {
        desk,
        hands: &hands,
        run: None,
        first: standing.clone(),
        now: standing,
        seen: first,
        tried: BTreeSet::new(),
        made: Vec::new(),
        fixes: Vec::new(),
        careful: false,
    };
    let mut asker = Asker::new(desk, &work.seen);
    let done = work.rounds(&mut asker);
    // Whatever stands is there to stay, also when the last look failed.
    let finished = work.finish();
    done?;
    finished
}

/// An error of repairs in the form in which all errors are shown.
pub(super) fn failed(failure: Failure) -> Errors {
    let not_ours = matches!(&failure, Failure::Refused(refusal) if matches!(refusal.reason, Reason::OtherOwner(_)));
    let error = Error::repair(failure.to_string());
    let hint = "run it as the account whose files these are, without sudo";
    if not_ours { error.hint(hint).into() } else { error.into() }
}

fn standing(seen: &Seen) -> Standing {
    Standing::of(&seen.report, seen.facts.run.live)
}

/// Repairs under way.
struct Work<'a> {
    desk: &'a Desk<'a>,
    hands: &'a RealSystem,
    /// Begun with the first repair.
    run: Option<Run<'a>>,
    /// Before all repairs.
    first: Standing,
    /// After those that stand.
    now: Standing,
    seen: Seen,
    /// What has been decided for good.
    tried: BTreeSet<Key>,
    /// What stands.
    made: Vec<Planned>,
    /// What became of the others.
    fixes: Vec<FixDone>,
    /// One repair at a time.
    careful: bool,
}

impl<'a> Work<'a> {
    fn rounds(&mut self, asker: &mut Asker) -> Result<(), Errors> {
        let mut round = 0;
        while round < if self.careful { CAREFUL_ROUNDS } else { ROUNDS } {
            round += 1;
            let open = self.open(asker)?;
            if open.is_empty() {
                break;
            }
            self.round(&open)?;
        }
        Ok(())
    }

    /// The findings to mend now. What the user does not want, and what cannot be mended although nothing else is left to
    /// do, is noted.
    fn open(&mut self, asker: &mut Asker) -> Result<Vec<Finding>, Errors> {
        let wanted = candidates(&self.seen.report.findings, &self.desk.options.only);
        let wanted: Vec<&Finding> =
            wanted.into_iter().filter(|finding| !self.tried.contains(&Key::of(finding))).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let plans = self.desk.planned(self.hands, &self.seen, &wanted);
        let (open, stuck): (Vec<_>, Vec<_>) = plans.into_iter().partition(Planned::is_open);
        let mut chosen = Vec::new();
        for (plan, choice) in open.iter().zip(asker.choose(&open)?) {
            match choice {
                Choice::Make => chosen.push(plan),
                Choice::Decline(reason) => self.note(plan, FixStatus::Declined, reason),
            }
        }
        let wanted = chosen.iter().flat_map(|plan| &plan.ids);
        let is_wanted: BTreeSet<&String> = wanted.collect();
        let found = self.seen.report.findings.iter().filter(|finding| is_wanted.contains(&finding.id)).cloned();
        let found: Vec<Finding> = found.collect();
        if found.is_empty() {
            if let Some(id) = asker.key_id(&stuck)? {
                // The question is asked once, so that nothing was told before.
                let _ = self.desk.ssh_key_id.set(id);
                self.seen = self.desk.look()?;
                return self.open(asker);
            }
            for plan in &stuck {
                let reason = plan.changes.as_ref().err().cloned();
                let nothing = || "all that it would change is as wanted already".to_owned();
                self.note(plan, FixStatus::Declined, reason.unwrap_or_else(nothing));
            }
        }
        Ok(found)
    }

    /// Applies the repairs of these findings and looks again; takes them back when that shows that they did not help.
    fn round(&mut self, wanted: &[Finding]) -> Result<(), Errors> {
        // Planned anew: what was declined must not be counted on.
        let mut plans = self.desk.planned(self.hands, &self.seen, &wanted.iter().collect::<Vec<_>>());
        if self.careful {
            plans.truncate(1);
        }
        let batch = self.apply(plans)?;
        if batch.is_empty() {
            return Ok(());
        }
        let repairs: Vec<Planned> = batch.iter().map(|(plan, _)| plan.clone()).collect();
        let behind = match self.desk.look() {
            Ok(behind) => behind,
            Err(error) => return self.roll_back(&batch).map_err(failed).and(Err(error)),
        };
        let now = standing(&behind);
        let Some(reason) = now.objection(&self.now, &repairs) else {
            self.tried.extend(repairs.iter().flat_map(|plan| plan.keys.iter().cloned()));
            self.made.extend(repairs);
            (self.seen, self.now) = (behind, now);
            return Ok(());
        };
        match (self.roll_back(&batch), repairs.as_slice()) {
            (Ok(()), [alone]) => self.note(alone, FixStatus::Failed, format!("{reason}, so it was taken back")),
            (Ok(()), _) => self.careful = true,
            (Err(failure), all) => {
                all.iter().for_each(|plan| self.note(plan, FixStatus::Failed, format!("{reason}; {failure}")));
                (self.seen, self.now) = (behind, now);
            }
        }
        Ok(())
    }

    /// Applies repairs until one fails; the rest is for the next round.
    fn apply(&mut self, plans: Vec<Planned>) -> Result<Vec<(Planned, Applied)>, Errors> {
        let mut batch = Vec::new();
        for plan in plans {
            let Some(repair) = plan.repair() else { continue };
            match self.run()?.apply(&repair) {
                Ok(applied) => batch.push((plan, applied)),
                Err(refused) => {
                    self.note(&plan, FixStatus::Failed, refused.to_string());
                    break;
                }
            }
        }
        Ok(batch)
    }

    fn run(&mut self) -> Result<&mut Run<'a>, Errors> {
        let run = match self.run.take() {
            Some(run) => run,
            None => {
                let bounds = Bounds::of(self.hands, repository(self.hands, &self.seen).as_ref());
                Run::begin(self.hands, bounds).map_err(failed)?.0
            }
        };
        Ok(self.run.insert(run))
    }

    /// Takes back a round, the last repair first.
    fn roll_back(&mut self, batch: &[(Planned, Applied)]) -> Result<(), Failure> {
        let Some(run) = &mut self.run else { return Ok(()) };
        batch.iter().rev().try_for_each(|(_, applied)| run.roll_back(applied))
    }

    fn note(&mut self, plan: &Planned, status: FixStatus, reason: String) {
        self.tried.extend(plan.keys.iter().cloned());
        self.fixes.push(FixDone { status, reason: Some(reason), ..done(plan) });
    }

    fn finish(mut self) -> Result<(Seen, Vec<FixDone>), Errors> {
        let id = self.run.take().map(Run::finish).transpose().map_err(failed)?.flatten();
        let applied = self.made.iter().map(|plan| FixDone {
            backup: id.clone(),
            verified: self.now.verified(&self.first, &plan.keys),
            git_works: self.now.git_works(&plan.keys),
            ..done(plan)
        });
        let fixes = applied.chain(self.fixes.iter().cloned()).collect();
        Ok((self.seen, fixes))
    }
}

/// A repair that stands, not verified yet.
fn done(plan: &Planned) -> FixDone {
    FixDone {
        finding: plan.finding.id.clone(),
        title: plan.title.clone(),
        status: FixStatus::Applied,
        edits: plan.finding.fix.iter().flat_map(|fix| fix.edits.clone()).collect(),
        diff: Some(plan.diff()).filter(|diff| !diff.is_empty()),
        backup: None,
        verified: false,
        git_works: None,
        reason: None,
    }
}

/// Whether there is somebody to ask.
fn is_interactive() -> bool {
    use io::IsTerminal as _;
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

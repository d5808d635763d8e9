//! `--fix`: plan, ask, apply, look again, and take back what did not help.

use std::collections::BTreeSet;
use std::io;

use super::desk::{Desk, Seen, bounds, repository};
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
/// As often they may come to nothing, because somebody is faster or a change is refused.
const ROUNDS: usize = 4;
/// The same when one repair is tried at a time, because several together did not hold.
const CAREFUL_ROUNDS: usize = 12;
/// Why a repair is not made when that is used up.
const LEFT: &str = "it came to light after several rounds of repairs; run cc-doctor again for it";
/// How often cc-doctor looks again because somebody has changed a file since it looked.
const FRESH_LOOKS: usize = 3;

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
        failed: Vec::new(),
        fixes: Vec::new(),
        careful: false,
        fresh: FRESH_LOOKS,
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
    /// What failed, why, and how many repairs stood then: any later one may be what it lacked.
    failed: Vec<(Planned, String, usize)>,
    /// What became of the others.
    fixes: Vec<FixDone>,
    /// One repair at a time.
    careful: bool,
    /// How often it may still be looked again.
    fresh: usize,
}

impl<'a> Work<'a> {
    fn rounds(&mut self, asker: &mut Asker) -> Result<(), Errors> {
        let (mut made, mut idle) = (0, 0);
        loop {
            let plans = self.plans()?;
            let (open, stuck): (Vec<_>, Vec<_>) = plans.into_iter().partition(Planned::is_open);
            let rounds = if self.careful { CAREFUL_ROUNDS } else { ROUNDS };
            let is_over = made >= rounds || idle >= rounds;
            if is_over {
                open.iter().for_each(|plan| self.note(plan, FixStatus::Declined, LEFT.to_owned()));
            }
            let wanted = if is_over { Vec::new() } else { self.chosen(&open, asker)? };
            if !wanted.is_empty() {
                *if self.round(&wanted)? { &mut made } else { &mut idle } += 1;
            } else if is_over || !self.learn_key_id(&stuck, asker)? && !self.retry() {
                stuck.iter().for_each(|plan| self.note_stuck(plan));
                return Ok(());
            }
        }
    }

    /// What there is to mend now. Looks again when somebody has changed what it is about.
    fn plans(&mut self) -> Result<Vec<Planned>, Errors> {
        loop {
            let wanted = candidates(&self.seen.report.findings, &self.desk.options.only);
            let is_new = |finding: &&Finding| !self.tried.contains(&Key::of(finding));
            let wanted: Vec<&Finding> = wanted.into_iter().filter(is_new).collect();
            let plans = self.desk.planned(self.hands, &self.seen, &wanted);
            if plans.iter().all(Planned::is_open) || !self.look_again()? {
                return Ok(plans);
            }
        }
    }

    /// Looks again if somebody has changed what was seen; `false`: nobody has, or it has been done often enough.
    fn look_again(&mut self) -> Result<bool, Errors> {
        if self.fresh == 0 || !self.seen.is_outdated(self.hands) {
            return Ok(false);
        }
        self.fresh -= 1;
        self.seen = self.desk.look()?;
        self.now = standing(&self.seen);
        Ok(true)
    }

    /// The findings of these repairs that the user wants to be mended.
    fn chosen(&mut self, open: &[Planned], asker: &mut Asker) -> Result<Vec<Finding>, Errors> {
        let mut wanted = BTreeSet::new();
        for (plan, choice) in open.iter().zip(asker.choose(open)?) {
            match choice {
                Choice::Make => wanted.extend(&plan.ids),
                Choice::Decline(reason) => self.note(plan, FixStatus::Declined, reason),
            }
        }
        let found = self.seen.report.findings.iter().filter(|finding| wanted.contains(&finding.id));
        Ok(found.cloned().collect())
    }

    /// Asks for the SSH key ID that these repairs lack, and looks with it again; `false`: there is none to be had.
    fn learn_key_id(&mut self, stuck: &[Planned], asker: &mut Asker) -> Result<bool, Errors> {
        let Some(id) = asker.key_id(stuck)? else { return Ok(false) };
        // The question is asked once, so that nothing was told before.
        let _ = self.desk.ssh_key_id.set(id);
        self.seen = self.desk.look()?;
        self.now = standing(&self.seen);
        Ok(true)
    }

    fn note_stuck(&mut self, plan: &Planned) {
        let nothing = || "all that it would change is as wanted already".to_owned();
        self.note(plan, FixStatus::Declined, plan.changes.as_ref().err().cloned().unwrap_or_else(nothing));
    }

    /// Applies the repairs of these findings and looks again; takes them back when that shows that they did not help.
    /// `false`: none was applied.
    fn round(&mut self, wanted: &[Finding]) -> Result<bool, Errors> {
        // Planned anew: what was declined must not be counted on.
        let mut plans = self.desk.planned(self.hands, &self.seen, &wanted.iter().collect::<Vec<_>>());
        if !plans.iter().all(Planned::is_open) && self.look_again()? {
            return Ok(false);
        }
        if self.careful {
            plans.truncate(1);
        }
        let batch = self.apply(plans)?;
        if batch.is_empty() {
            return Ok(false);
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
            return Ok(true);
        };
        match (self.roll_back(&batch), repairs.as_slice()) {
            (Ok(()), [alone]) => self.fail(alone, format!("{reason}, so it was taken back")),
            (Ok(()), _) => self.careful = true,
            (Err(failure), all) => {
                all.iter().for_each(|plan| self.note(plan, FixStatus::Failed, format!("{reason}; {failure}")));
                (self.seen, self.now) = (behind, now);
            }
        }
        Ok(true)
    }

    /// Applies repairs until one fails; the rest is for the next round.
    fn apply(&mut self, plans: Vec<Planned>) -> Result<Vec<(Planned, Applied)>, Errors> {
        let mut batch = Vec::new();
        for plan in plans {
            let Some(repair) = plan.repair() else { continue };
            match self.run()?.apply(&repair) {
                Ok(applied) => batch.push((plan, applied)),
                // Somebody was faster; what is to be done now is another question.
                Err(refused) if refused.is_overtaken() && self.fresh > 0 => {
                    if batch.is_empty() {
                        self.look_again()?;
                    }
                    break;
                }
                Err(refused) => {
                    self.fail(&plan, refused.to_string());
                    break;
                }
            }
        }
        Ok(batch)
    }

    /// Gives up a repair, unless others follow that may be what it lacked.
    fn fail(&mut self, plan: &Planned, reason: String) {
        self.tried.extend(plan.keys.iter().cloned());
        self.failed.push((plan.clone(), reason, self.made.len()));
    }

    /// Lets those that failed have another try if more repairs stand now than then; whether there are any.
    fn retry(&mut self) -> bool {
        let made = self.made.len();
        let (again, rest): (Vec<_>, Vec<_>) = self.failed.drain(..).partition(|(_, _, then)| *then < made);
        self.failed = rest;
        again.iter().flat_map(|(plan, ..)| &plan.keys).for_each(|key| _ = self.tried.remove(key));
        !again.is_empty()
    }

    fn run(&mut self) -> Result<&mut Run<'a>, Errors> {
        let run = match self.run.take() {
            Some(run) => run,
            None => {
                let bounds = bounds(self.hands, repository(self.hands, &self.seen).as_ref());
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
        for (plan, reason, _) in std::mem::take(&mut self.failed) {
            self.note(&plan, FixStatus::Failed, reason);
        }
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

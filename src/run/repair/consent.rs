//! Asks before repairs: once for all that are safe, once for each that needs consent.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};

use super::is_interactive;
use crate::cli::{self, Format};
use crate::error::{Error, Errors};
use crate::fix::plan::{Key, Planned};
use crate::output::repairs::{self, Offer};
use crate::report::{Identities, Privacy, Redactor};
use crate::run::desk::{Desk, Seen};

/// What becomes of a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    Make,
    /// It is not made, for this reason.
    Decline(String),
}

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// `--yes`: all of them.
    All,
    /// There is nobody to ask: the safe ones.
    SafeOnly,
    /// A person at a terminal.
    Person,
    /// A person who wants no more of it.
    Nothing,
}

/// Decides which repairs are made, and asks about each only once.
pub(super) struct Asker {
    mode: Mode,
    redactor: Redactor,
    /// With what was decided about: the lines that come and go.
    decided: HashMap<Key, (Choice, String)>,
    asked_key_id: bool,
    input: Box<dyn BufRead>,
    output: Box<dyn Write>,
}

enum Answer {
    Yes,
    No,
    All,
    Quit,
}

impl Asker {
    pub(super) fn new(desk: &Desk<'_>, seen: &Seen) -> Self {
        let mode = match desk.options.yes {
            true => Mode::All,
            false if desk.options.format() == Format::Human && is_interactive() => Mode::Person,
            false => Mode::SafeOnly,
        };
        let identities = Identities::of(&seen.facts).with_regions(&desk.plan.regions);
        Self {
            mode,
            redactor: Redactor::new(&identities, Privacy::Readable),
            decided: HashMap::new(),
            asked_key_id: false,
            input: Box::new(io::stdin().lock()),
            output: Box::new(crate::run::stderr(desk.options.color)),
        }
    }

    /// The choice for each of these repairs, in order.
    ///
    /// # Errors
    /// When the question cannot be asked.
    pub(super) fn choose(&mut self, plans: &[Planned]) -> Result<Vec<Choice>, Errors> {
        self.ask(plans).map_err(|error| Error::repair(format!("consent cannot be asked for: {error}")))?;
        let decided = |plan: &Planned| Some(self.decided.get(plan.keys.first()?)?.0.clone());
        Ok(plans.iter().map(|plan| decided(plan).unwrap_or_else(|| declined("you were not asked"))).collect())
    }

    /// The SSH key ID that a person types, which these repairs lack; asked for once. `None`: there is nobody to ask, or
    /// nothing was typed.
    ///
    /// # Errors
    /// When the question cannot be asked.
    pub(super) fn key_id(&mut self, plans: &[Planned]) -> Result<Option<String>, Errors> {
        let wanted = self.mode == Mode::Person && plans.iter().any(|plan| plan.asks_key_id);
        if !wanted || std::mem::replace(&mut self.asked_key_id, true) {
            return Ok(None);
        }
        let failed = |error| Error::repair(format!("the SSH key ID cannot be asked for: {error}"));
        Ok(self.typed_key_id().map_err(failed)?)
    }

    fn typed_key_id(&mut self) -> io::Result<Option<String>> {
        self.output.write_all(repairs::KEY_ID_NEEDED.as_bytes())?;
        loop {
            self.output.write_all(repairs::KEY_ID_QUESTION.as_bytes())?;
            self.output.flush()?;
            let mut line = String::new();
            if self.input.read_line(&mut line)? == 0 || line.trim().is_empty() {
                return Ok(None);
            }
            match cli::ssh_key_id(line.trim()) {
                Ok(id) => return Ok(Some(id)),
                Err(reason) => self.output.write_all(format!("{reason}.\n").as_bytes())?,
            }
        }
    }

    fn ask(&mut self, plans: &[Planned]) -> io::Result<()> {
        // Consent is given to what was shown: what would become something else is asked for again.
        let is_known = |plan: &Planned, known: &(Choice, String)| known.0 != Choice::Make || known.1 == gist(plan);
        let is_new = |plan: &&Planned| {
            let known = plan.keys.first().and_then(|key| self.decided.get(key));
            !known.is_some_and(|known| is_known(plan, known))
        };
        let (consent, safe): (Vec<&Planned>, Vec<&Planned>) =
            plans.iter().filter(is_new).partition(|plan| plan.needs_consent());
        if !safe.is_empty() {
            self.ask_for(&safe)?;
        }
        consent.into_iter().try_for_each(|plan| self.ask_for(&[plan]))
    }

    /// One question for these repairs.
    fn ask_for(&mut self, plans: &[&Planned]) -> io::Result<()> {
        let consent = plans.iter().any(|plan| plan.needs_consent());
        let choice = match self.mode {
            Mode::All => {
                self.warn(plans)?;
                Choice::Make
            }
            Mode::Nothing => declined("you said no"),
            Mode::SafeOnly if consent => declined("it needs your consent: say --yes"),
            Mode::SafeOnly => Choice::Make,
            Mode::Person => match self.question(plans)? {
                Answer::Yes => Choice::Make,
                Answer::No => declined("you said no"),
                Answer::All => {
                    self.mode = Mode::All;
                    Choice::Make
                }
                Answer::Quit => {
                    self.mode = Mode::Nothing;
                    declined("you said no")
                }
            },
        };
        let of = |plan: &&Planned| Some((plan.keys.first()?.clone(), (choice.clone(), gist(plan))));
        self.decided.extend(plans.iter().filter_map(of));
        Ok(())
    }

    /// What cannot be taken back is said before it is done, also where nobody is asked.
    fn warn(&mut self, plans: &[&Planned]) -> io::Result<()> {
        for plan in plans.iter().filter(|plan| !plan.irreversible().is_empty()) {
            let offer = self.offer(plan);
            self.output.write_all(repairs::warning(&offer).as_bytes())?;
        }
        Ok(())
    }

    fn offer(&mut self, plan: &Planned) -> Offer {
        let mut redacted = |message: &crate::finding::Message| {
            let mut message = message.clone();
            self.redactor.message(&mut message);
            message
        };
        let (title, why, remedy) = (redacted(&plan.title), redacted(&plan.finding.why), redacted(&plan.finding.remedy));
        let diff = self.redactor.diff(&plan.diff());
        Offer { check: plan.finding.check.clone(), title, diff, irreversible: plan.irreversible(), why, remedy }
    }

    fn question(&mut self, plans: &[&Planned]) -> io::Result<Answer> {
        let offers: Vec<Offer> = plans.iter().map(|plan| self.offer(plan)).collect();
        let text: String = offers.iter().map(repairs::offer).collect();
        self.output.write_all(text.as_bytes())?;
        loop {
            self.output.write_all(repairs::question(offers.len()).as_bytes())?;
            self.output.flush()?;
            let mut line = String::new();
            if self.input.read_line(&mut line)? == 0 {
                return Ok(Answer::Quit);
            }
            match line.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(Answer::Yes),
                "n" | "no" => return Ok(Answer::No),
                "a" | "all" => return Ok(Answer::All),
                "q" | "quit" => return Ok(Answer::Quit),
                "s" | "show" => {
                    let more: String = offers.iter().map(repairs::more).collect();
                    self.output.write_all(more.as_bytes())?;
                }
                _ => {}
            }
        }
    }
}

/// The lines that a repair takes and gives, wherever in the file they stand.
fn gist(plan: &Planned) -> String {
    let is_change = |line: &&str| !line.starts_with([' ', '@']);
    plan.diff().lines().filter(is_change).collect::<Vec<_>>().join("\n")
}

fn declined(reason: &str) -> Choice {
    Choice::Decline(reason.to_owned())
}

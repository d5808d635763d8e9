//! Where git would now ask for a login: nobody is asked while looking, so nothing is known of what would come of it.

use crate::collect::derive::Planned;
use crate::collect::live::Tries;
use crate::fact::access::Judge;

/// # Errors
/// Who would be asked, for people.
pub(super) fn check(tries: &Tries<'_>, planned: &Planned, judge: &Judge) -> Result<(), String> {
    let Some(https) = planned.target.https.known().filter(|https| https.helpers.is_empty()) else { return Ok(()) };
    if judge.failure.as_ref().is_none_or(|failure| &*failure.0 != "no-username") {
        return Ok(());
    }
    if let Some(program) = https.askpass.value.as_ref() {
        return Err(format!(
            "git would ask the program {} for a login, which may open a window; it was not asked",
            crate::collect::mask::excerpt(program)
        ));
    }
    // `git_env_bool` of git.
    let is_forbidden = |value: &str| matches!(&*value.to_ascii_lowercase(), "0" | "false" | "no" | "off" | "");
    let variable = tries.context.system.env("GIT_TERMINAL_PROMPT");
    let never_asks = variable.is_some_and(|value| is_forbidden(&value.to_string_lossy()));
    if &*planned.target.transport.0 == "https-gitcred" && !never_asks {
        return Err("git would ask you for the login; nobody was asked".into());
    }
    Ok(())
}

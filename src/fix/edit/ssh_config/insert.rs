//! Adds settings for hosts of CodeCommit so that they take effect.

use std::collections::BTreeSet;

use super::view::{self, View};
use super::{File, Scene, Setting, Splice, is_about_codecommit};
use crate::collect::ssh::evaluate::Evaluation;
use crate::collect::ssh::keywords;
use crate::fix::edit::lines;
use crate::fix::edit::refusal::Refusal;

/// How the configuration stands towards one wanted setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It takes effect already.
    Set,
    /// Nothing is set.
    Missing,
    /// A line of the file, by its index, sets something else, or brings something else in.
    Other(usize),
}

/// Makes settings take effect for `host`, one or more patterns separated by blanks. What is set in the block of exactly
/// these patterns is set right there, what is missing is added to it. Where a line above wins, or there is no such
/// block, a new one is put above the first line that would win, else at the end of the file.
///
/// # Errors
/// [`Refusal`] when the hosts are not CodeCommit's alone, another host would notice or it would not take effect.
pub fn insert(scene: &Scene<'_>, host: &str, settings: &[Setting]) -> Result<Vec<Splice>, Refusal> {
    let patterns: Vec<String> = host.split_ascii_whitespace().map(str::to_owned).collect();
    Setting::new("host", host)?;
    let pairs = settings.iter().map(|setting| (setting.keyword.as_str(), setting.value.as_str()));
    if !is_about_codecommit(&patterns, pairs) {
        return Err(Refusal::side_effect("the block would apply to other hosts than CodeCommit's"));
    }
    let file = File::read(scene.text)?;
    let before = View::new(scene);
    let hosts = view::own_hosts(scene, &before, &patterns);
    let states = states(&file, &before, &hosts, settings)?;
    let is_needed = |state: &State| *state != State::Set;
    if !states.iter().any(is_needed) {
        return Ok(Vec::new());
    }
    let block = file.lines.iter().position(|line| line.keyword == "host" && line.values().eq(patterns.iter()));
    let splices = match block.and_then(|head| in_place(&file, head, settings, &states)) {
        Some(splices) => splices,
        None => vec![new_block(&file, host, settings, &states)],
    };
    let after = view::prove(scene, &splices, |host| view::matches(&patterns, host))?;
    let holds = |host: &String| settings.iter().all(|setting| after.has(&after.evaluate(host), setting));
    if hosts.iter().all(holds) {
        return Ok(splices);
    }
    Err(Refusal::side_effect("the settings would not take effect: another file or a Match block wins"))
}

/// The state of each setting over all hosts.
fn states(file: &File<'_>, view: &View, hosts: &BTreeSet<String>, settings: &[Setting]) -> Result<Vec<State>, Refusal> {
    let mut states = vec![State::Set; settings.len()];
    for host in hosts {
        let evaluation = view.evaluate(host);
        for (state, setting) in states.iter_mut().zip(settings) {
            let new = state_of(file, view, &evaluation, setting)?;
            *state = match (*state, new) {
                (State::Other(a), State::Other(b)) => State::Other(a.min(b)),
                (State::Set, new) | (State::Missing, new @ State::Other(_)) => new,
                (old, _) => old,
            };
        }
    }
    Ok(states)
}

fn state_of(file: &File<'_>, view: &View, evaluation: &Evaluation, setting: &Setting) -> Result<State, Refusal> {
    if view.has(evaluation, setting) {
        return Ok(State::Set);
    }
    let keyword = keywords::canonical(&setting.keyword);
    let adds_up = keywords::is_cumulative(keyword) && !view::is_cut_off(evaluation, keyword);
    let winner = evaluation.first(keyword).filter(|_| !adds_up);
    if let Some(line) = winner.map(|found| view.line_of(found)).transpose()?.flatten() {
        return Ok(State::Other(line));
    }
    // A criterion that is not evaluated here may bring in anything; above its block nothing of it matters.
    let undecided =
        file.lines.iter().position(|line| line.keyword == "match").filter(|_| evaluation.uncertain.is_some());
    Ok(undecided.map_or(State::Missing, State::Other))
}

/// Sets values right in the block itself; `None` when a line elsewhere wins.
fn in_place(file: &File<'_>, head: usize, settings: &[Setting], states: &[State]) -> Option<Vec<Splice>> {
    let mut splices = Vec::new();
    let mut missing = Vec::new();
    for (setting, state) in settings.iter().zip(states) {
        match state {
            State::Set => {}
            State::Missing => missing.push(setting),
            State::Other(index) => {
                let line = file.lines.get(*index).filter(|line| line.keyword == setting.keyword)?;
                let is_own = file.head_of(*index) == Some(head);
                let span = line.args.as_ref().filter(|args| is_own && args.len() == 1).map(|_| line.args_span())?;
                let start = file.bytes_of(line.number).start;
                let value = super::value::quoted(&setting.value, false);
                splices.push(Splice::replace(start + span.start..start + span.end, value));
            }
        }
    }
    if !missing.is_empty() {
        splices.push(file.append_to_block(head, &missing));
    }
    Some(splices)
}

/// A new block above the first line that wins, else at the end.
fn new_block(file: &File<'_>, host: &str, settings: &[Setting], states: &[State]) -> Splice {
    let end = file.line_end();
    let body: String = settings.iter().map(|setting| file.setting_line(setting)).collect();
    let block = format!("Host {host}{end}{body}");
    let first = states.iter().filter_map(|state| if let State::Other(line) = state { Some(*line) } else { None }).min();
    match first.map(|line| (line, file.head_of(line))) {
        None => {
            let missing = lines::missing_end(file.text);
            let gap = if file.text.trim_ascii().is_empty() || file.text.ends_with(b"\n\n") { "" } else { end };
            Splice::insert(file.text.len(), format!("{missing}{gap}{block}"))
        }
        Some((_, Some(head))) => Splice::insert(file.start_with_comments(head), format!("{block}{end}")),
        // What stands above the first block is for every host and must stay so.
        Some((line, None)) => Splice::insert(file.start_with_comments(line), format!("{block}{end}Host *{end}")),
    }
}

//! What a run of git proves: whether it works, else at which layer it broke and by which words.

use super::failure;
use super::http::{Http, Reached};
use super::lines::Line;
use super::shown;
use crate::collect::mask;
use crate::fact::access::{Judge, SshLogin};
use crate::fact::target::Target;
use crate::fact::{Source, Text};
use crate::pattern::Pattern;
use crate::system::Watched;

/// Most lines that are kept of what was said.
const SAID: usize = 5;
/// Most lines that are kept of the trace.
const TRACE: usize = 40;

/// A login in a URL.
static LOGIN: Pattern = Pattern::new(&["://"], r#"([A-Za-z][A-Za-z0-9+.-]*://)[^\s/'"]*@"#);

/// Lines that tell nothing.
const NOISE: &[&str] = &[
    "Please make sure you have the correct access rights",
    "and the repository exists.",
    "Authenticated to ",
    "Transferred: ",
    "Bytes per second: ",
    "OpenSSH_",
    "@@@",
    "Traceback (most recent call last)",
    "During handling of the above exception",
    "  File \"",
    "    ",
    "Add correct host key in /dev/null",
    "Warning: Permanently added ",
    "  remove with:",
    "  ssh-keygen -f",
];

/// What is known of one run.
pub(super) struct Run<'a> {
    pub(super) target: &'a Target,
    pub(super) url: &'a str,
    pub(super) watched: &'a Watched,
    pub(super) lines: &'a [Line<'a>],
    /// Over HTTPS.
    pub(super) http: Option<&'a Http>,
    /// With OpenSSH.
    pub(super) ssh: Option<&'a SshLogin>,
}

/// The verdict.
pub(super) fn judge(run: &Run<'_>) -> Judge {
    let output = &run.watched.output;
    let succeeded = output.ok() && !run.watched.timed_out;
    let said: Vec<&str> = run.lines.iter().filter_map(|line| said(line)).collect();
    let command = format!("git ls-remote {}", clean(run.url));
    let mut judge = Judge {
        succeeded,
        outcome: if succeeded { "succeeded" } else { "failed" }.into(),
        exit_code: output.code.map(Into::into).filter(|_| !run.watched.timed_out),
        http_status: run.http.and_then(Http::status).map(Into::into),
        empty: succeeded && output.stdout.is_empty(),
        duration_ms: i64::try_from(run.watched.took.as_millis()).unwrap_or(i64::MAX),
        source: Source { command: Some(Text(command.clone())), ..Source::default() },
        ..Judge::default()
    };
    if succeeded {
        return judge;
    }
    let (word, layer, place) = broken(run, &said);
    if run.watched.timed_out {
        judge.outcome = "timed-out".into();
    }
    judge.said = kept(&said, place);
    let line = place.and_then(|place| said.get(place)).or(said.last());
    judge.source = line.map_or(judge.source, |line| Source::command(command, cut(line)));
    judge.trace = trace(run.lines);
    (judge.failure, judge.layer) = (Some(word.into()), Some(layer.into()));
    judge
}

/// The failure, its layer, and the line that shows it.
fn broken(run: &Run<'_>, said: &[&str]) -> (&'static str, &'static str, Option<usize>) {
    if run.watched.timed_out {
        return ("timed-out", last_seen(run), None);
    }
    if let Some(place) = said.iter().position(|line| line.contains("Failed to connect to ")) {
        let word = not_connected(run, said.get(place).copied().unwrap_or_default());
        return (word, "tcp", Some(place));
    }
    let said = &without_leftovers(run, said);
    match failure::find(said) {
        // A helper that says something unknown, and then no login.
        Some(("no-username", place)) => match complaint_of_helper(run, said) {
            Some(complaint) => ("helper-failed", failure::layer("helper-failed"), Some(complaint)),
            None => ("no-username", failure::layer("no-username"), Some(place)),
        },
        Some((word @ ("closed" | "reset" | "timed-out" | "refused"), place)) => {
            let layer = last_seen(run);
            let word = if word == "closed" && layer == "handshake" && run.ssh.is_some() { "kex-closed" } else { word };
            (word, layer, Some(place))
        }
        Some((word, place)) => (word, failure::layer(word), Some(place)),
        None => match said.iter().position(|line| run.target.transport.0 == "ssh" && is_shell_without_program(line)) {
            Some(place) => ("program-missing", failure::layer("program-missing"), Some(place)),
            None => ("other", "other", None),
        },
    }
}

/// `/opt/plink -v: 1: /opt/plink: not found` of dash, `/opt/plink -v: line 1: /opt/plink: No such file or directory` of
/// bash: the shell that git starts for the ssh command has that command for its own name.
fn is_shell_without_program(line: &str) -> bool {
    let numbered =
        |part: &str| !part.is_empty() && part.trim_start_matches("line ").bytes().all(|b| b.is_ascii_digit());
    let end = ["not found", "No such file or directory", "Permission denied"];
    line.split(": ").any(numbered) && end.iter().any(|end| line.trim_end().ends_with(end))
}

/// The lines, but for those of a helper that is not there while another one was asked that is: git goes on to that one,
/// which decides. Where the AWS helper was to give the login, its own absence stays.
fn without_leftovers<'a>(run: &Run<'_>, said: &[&'a str]) -> Vec<&'a str> {
    let missing = |line: &str| matches!(failure::find(&[line]), Some(("helper-missing", _)));
    let asked = run.lines.iter().filter(|line| matches!(line, Line::Asked(_))).count();
    if asked <= said.iter().filter(|line| missing(line)).count() {
        return said.to_vec();
    }
    let stays = |line: &str| run.target.transport.0 == "https-helper" && line.contains("aws");
    said.iter().map(|line| if missing(line) && !stays(line) { "" } else { line }).collect()
}

/// curl names the host that it tried: the target's, or that of a proxy.
fn not_connected(run: &Run<'_>, line: &str) -> &'static str {
    let tried = line.split("Failed to connect to ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let request_host = run.target.host.as_ref().map(|host| host.0.as_str());
    // curl 8 names the target, and behind `via` the proxy that did not answer.
    if line.split(" after ").next().is_some_and(|start| start.contains(" via ")) {
        return "proxy-unreachable";
    }
    let is_target = request_host.map_or(tried.contains("codecommit"), |host| host.eq_ignore_ascii_case(tried));
    if !is_target {
        return "proxy-unreachable";
    }
    let infos: Vec<&str> = run.lines.iter().filter_map(|line| info(line)).chain([line]).collect();
    match failure::find(&infos) {
        Some((word @ ("refused" | "timed-out" | "unreachable" | "reset"), _)) => word,
        _ => "unreachable",
    }
}

fn info<'a>(line: &Line<'a>) -> Option<&'a str> {
    match line {
        Line::Curl(text) => text.strip_prefix("== Info: "),
        _ => None,
    }
}

/// How far the run got before its end.
fn last_seen(run: &Run<'_>) -> &'static str {
    if let Some(ssh) = run.ssh {
        return match ssh {
            SshLogin { authenticated: true, .. } => "repository",
            SshLogin { host_key_accepted: true, .. } => "authentication",
            SshLogin { connected: true, .. } => "handshake",
            _ if run
                .lines
                .iter()
                .any(|line| matches!(line, Line::Debug(text) if text.starts_with("Connecting to"))) =>
            {
                "tcp"
            }
            _ => "dns",
        };
    }
    let Some(http) = run.http else { return "other" };
    let started = http.requests.last().map(|request| request.status.is_some());
    match (http.reached, started) {
        _ if http.asking => "authentication",
        // Git asks once without a login, and tells one when it is asked for it.
        (_, Some(_)) if http.with_login().is_none() && http.status().is_none() => "handshake",
        (_, Some(_)) if http.with_login().is_none() => "authentication",
        (_, Some(_)) => "repository",
        (Reached::Secured | Reached::Connected, None) => "handshake",
        (Reached::Resolved, None) => "tcp",
        // git-remote-codecommit asks AWS before it connects.
        (Reached::Nowhere, None) if run.target.transport.0 == "grc" => "authentication",
        (Reached::Nowhere, None) => "dns",
    }
}

/// A line of a helper: it comes after the helper was asked and is not git's.
fn complaint_of_helper(run: &Run<'_>, said: &[&str]) -> Option<usize> {
    let asked = run.lines.iter().position(|line| matches!(line, Line::Asked(_)))?;
    let before = run.lines.iter().take(asked).filter(|line| self::said(line).is_some()).count();
    let of_git = |line: &str| ["fatal: ", "warning: ", "hint: "].iter().any(|start| line.starts_with(start));
    said.iter().enumerate().skip(before).find(|(_, line)| !line.is_empty() && !of_git(line)).map(|(place, _)| place)
}

fn said<'a>(line: &Line<'a>) -> Option<&'a str> {
    match line {
        Line::Said(text) if !NOISE.iter().any(|noise| text.starts_with(noise)) => Some(text),
        _ => None,
    }
}

/// The line that shows the failure, and the last ones.
fn kept(said: &[&str], place: Option<usize>) -> Vec<Text> {
    let first = said.len().saturating_sub(SAID - 1).min(place.unwrap_or(usize::MAX));
    let mut places: Vec<usize> = place.into_iter().chain(said.len().saturating_sub(SAID - 1)..said.len()).collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().filter(|at| *at >= first).filter_map(|at| said.get(at)).map(|line| Text(cut(line))).collect()
}

/// The end of everything.
fn trace(lines: &[Line<'_>]) -> Vec<Text> {
    let shown: Vec<String> = lines.iter().filter_map(shown).collect();
    shown.into_iter().rev().take(TRACE).rev().map(Text).collect()
}

/// A line as it may be shown.
pub(super) fn shown(line: &Line<'_>) -> Option<String> {
    match line {
        Line::Asked(number) => Some(format!("credential helper {number} is asked")),
        // How long the headers are that follow.
        Line::Curl(text) if text.contains("header, ") || text.ends_with("header:") => None,
        Line::Curl(text) => Some(cut(&shown::conversation(text))),
        Line::Debug(text) => Some(cut(&shown::of_ssh(text))),
        Line::Said(text) => Some(cut(text)),
    }
}

/// One line without logins and secrets.
fn cut(line: &str) -> String {
    mask::excerpt(&clean(line))
}

/// The text without the logins of its URLs. A password may hold characters that end it for [`mask`].
pub(super) fn clean(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    if let Some(at) = lower.find("authorization: ") {
        let end = at + "authorization: ".len();
        return format!("{}{}", text.get(..end).unwrap_or_default(), mask::MASK);
    }
    let replaced = LOGIN.for_text(text).map(|pattern| pattern.replace_all(text, "${1}••••@").into_owned());
    mask::mask(replaced.as_deref().unwrap_or(text))
}

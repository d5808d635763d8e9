//! What the traces of a run of the user's own tell: read with the same eyes as those of the judge.

use std::time::Duration;

use super::{failure, http, lines, quote, ssh, verdict};
use crate::collect::target;
use crate::fact::Text;
use crate::fact::target::Target;
use crate::system::{Output, Watched};

/// The traces of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traced<'a> {
    /// The URL that git used, perhaps with a login.
    pub url: &'a str,
    /// What ssh said with `-v`; empty: it was not listened to, or not run.
    pub ssh: &'a str,
    /// `GIT_TRACE_CURL`; empty: not written.
    pub http: &'a str,
    /// Git's own messages.
    pub errors: &'a [String],
    /// Whether the user stopped it.
    pub stopped: bool,
}

/// What they tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// A word of [`FAILURES`](super::FAILURES) and its meaning; `None`: the words are not known.
    pub failure: Option<(&'static str, &'static str)>,
    /// The layer at which it broke, or `other`.
    pub layer: String,
    /// The lines that matter, secrets masked, at most five.
    pub said: Vec<Text>,
    /// Everything that was said, secrets masked, to be compared with symptoms.
    pub all: Vec<String>,
}

/// Reads the traces.
pub fn read(traced: &Traced<'_>) -> Shown {
    let text = [traced.http, traced.ssh, &traced.errors.join("\n")].join("\n");
    let lines = lines::split(&text);
    let over_ssh = target::ssh_destination(traced.url);
    let watched = Watched {
        output: Output { code: Some(1), stdout: Vec::new(), stderr: Vec::new() },
        timed_out: false,
        took: Duration::ZERO,
    };
    let http = over_ssh.is_none().then(|| http::read(&lines));
    let ssh = (!traced.ssh.is_empty()).then(|| ssh::read(&lines));
    let target = target_of(traced.url, over_ssh.as_ref().map(|(host, _, _)| host.as_str()));
    let run = verdict::Run {
        target: &target,
        url: traced.url,
        watched: &watched,
        lines: &lines,
        http: http.as_ref(),
        ssh: ssh.as_ref(),
    };
    let mut judge = verdict::judge(&run);
    let is_known = |judge: &crate::fact::access::Judge| judge.failure.as_ref().is_some_and(|word| word.0 != "other");
    if traced.stopped && !is_known(&judge) {
        // As far as it had come when no more time was given.
        judge = verdict::judge(&verdict::Run { watched: &Watched { timed_out: true, ..watched.clone() }, ..run });
    }
    let word = judge.failure.filter(|word| word.0 != "other");
    let known = |word: &str| failure::FAILURES.iter().find(|(known, _, _)| *known == word);
    let all = lines.iter().filter_map(|line| if let lines::Line::Said(text) = line { Some(*text) } else { None });
    Shown {
        failure: word.and_then(|word| known(&word.0)).map(|(word, _, meaning)| (*word, *meaning)),
        layer: judge.layer.map_or_else(|| "other".to_owned(), |layer| layer.0),
        said: judge.said,
        all: all.map(verdict::clean).collect(),
    }
}

/// A command line, or another text of many, without logins and secrets.
pub fn clean(text: &str) -> String {
    verdict::clean(text)
}

/// The lines of a trace as they may be given away, of a conversation over HTTP only the headers that tell nothing of
/// anybody.
pub fn shareable(text: &str) -> Vec<String> {
    lines::split(text).iter().filter_map(verdict::shown).collect()
}

/// The URL without the login before its host.
pub fn without_login(url: &str) -> String {
    quote::without_login(url)
}

/// As much of a target as the reading needs.
fn target_of(url: &str, ssh_host: Option<&str>) -> Target {
    let bare = quote::without_login(url);
    let host = || bare.split_once("://")?.1.split(['/', ':', '?']).next();
    let transport = match ssh_host {
        Some(_) => "ssh",
        None if url.starts_with("codecommit:") => "grc",
        None => "https-gitcred",
    };
    let host = ssh_host.or_else(|| host().filter(|_| transport != "grc"));
    Target { transport: transport.into(), host: host.map(Into::into), ..Target::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSH: &str = "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";
    const HTTPS: &str = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo";

    fn shown(traced: &Traced<'_>) -> (Option<&'static str>, String) {
        let shown = read(traced);
        (shown.failure.map(|(word, _)| word), shown.layer)
    }

    #[test]
    fn steps_are_told_by_what_was_said() {
        let errors = |line: &str| vec![line.to_owned()];
        let refused = "debug1: Connection established.\r\nme@host: Permission denied (publickey).\r\n";
        assert_eq!(
            shown(&Traced { url: SSH, ssh: refused, ..Traced::default() }),
            (Some("key-refused"), "authentication".into())
        );
        for (error, wanted) in [
            ("unable to access 'x': The requested URL returned error: 403", (Some("forbidden"), "authorization")),
            ("unable to access 'x': Could not resolve host: git-codecommit", (Some("name-not-found"), "dns")),
            ("Zugriff fehlgeschlagen", (None, "other")),
        ] {
            let errors = errors(error);
            let (failure, layer) = shown(&Traced { url: HTTPS, errors: &errors, ..Traced::default() });
            assert_eq!((failure, layer.as_str()), wanted, "{error}");
        }
    }

    #[test]
    fn who_is_stopped_waits_somewhere() {
        let ssh = "debug1: Connecting to git-codecommit.us-east-1.amazonaws.com [192.0.2.1] port 22.\r\n";
        let stopped = Traced { url: SSH, ssh, stopped: true, ..Traced::default() };
        assert_eq!(shown(&stopped), (Some("timed-out"), "tcp".into()));
    }

    #[test]
    fn no_password_comes_out() {
        let errors = vec!["Authentication failed for 'https://dev:hunter2@host/x/'".to_owned()];
        let http = "15:04:05.123456 http.c:849 => Send header: Authorization: Basic aHVudGVyMg==";
        let shown = read(&Traced { url: "https://dev:hunter2@host/x", http, errors: &errors, ..Traced::default() });
        assert_eq!(shown.failure.map(|(word, _)| word), Some("unauthorized"));
        let text = format!("{shown:?}");
        assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"), "{text}");
    }
}

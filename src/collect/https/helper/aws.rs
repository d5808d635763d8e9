//! Recognizes the AWS CLI's credential helper in all its spellings, right and wrong.
//!
//! What the AWS CLI makes of each was learned by running it: options may stand anywhere, `$@` is empty because git
//! appends ` get` to the line, and any other word is refused (`Unknown options`, `Invalid choice`).

use super::base_name;
use crate::collect::git::shell::{Located, is_code};

/// Global options of the AWS CLI that take a value.
const WITH_VALUE: &[&str] = &[
    "--profile",
    "--region",
    "--output",
    "--endpoint-url",
    "--query",
    "--color",
    "--ca-bundle",
    "--cli-read-timeout",
    "--cli-connect-timeout",
    "--cli-binary-format",
    "--cli-error-format",
];

/// A helper that is, or was meant to be, the one of the AWS CLI.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recognized {
    /// What is wrong with it; the words of `Helper.problem`.
    pub problem: Option<&'static str>,
    /// What it should read; only when something is wrong.
    pub corrected: Option<String>,
    /// `--profile`, or `AWS_PROFILE=` before the program. Of a name with an unquoted blank the whole name.
    pub profile: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// Whether `--ignore-host-check` is given.
    pub ignores_host_check: bool,
    /// The AWS CLI as the line names it.
    pub program: String,
    /// What gives the AWS CLI its credentials in place of the profile.
    pub credentials_by: Option<String>,
}

/// Programs that start another one and hand it no credentials.
const PLAIN_STARTERS: &[&str] = &["aws", "aws2", "nice", "ionice", "timeout", "time", "stdbuf", "winpty", "cmd"];
/// Variables that lead the AWS CLI to other credentials.
const OTHER_CREDENTIALS: &[&str] = &["AWS_ACCESS_KEY_ID", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "HOME"];
/// Words of shell code that may do so.
const HANDING_OVER: &[&str] = &[
    "eval",
    "source",
    "aws-vault",
    "aws-okta",
    "aws-runas",
    "aws-sso",
    "aws-sso-util",
    "aws2-wrap",
    "awsume",
    "assume",
    "granted",
    "chamber",
    "gimme-aws-creds",
    "leapp",
    "okta-awscli",
    "op",
    "saml2aws",
    "vault",
];

/// Looks at the command line of a helper; `located` is the same line taken apart. `None`: it has nothing to do with
/// the AWS CLI.
pub fn recognize(is_git_command: bool, line: &str, located: &Located) -> Option<Recognized> {
    if let Some(inner) = quoted(is_git_command, line, located) {
        return of_text(&inner).map(|call| call.wrong("literal-quotes"));
    }
    if !is_git_command && is_code(line) {
        return of_code(line);
    }
    if located.unclosed {
        let (problem, text) = match line.trim_end().strip_suffix('\\') {
            Some(text) => ("misspelt", text.to_owned()),
            None => ("unclosed-quote", line.replace(['\'', '"'], "")),
        };
        return of_text(&text).map(|call| call.wrong(problem));
    }
    let call = Call::of_words(located)?;
    if is_git_command {
        return Some(call.wrong("no-exclamation-mark"));
    }
    Some(call.judged())
}

/// What stands inside quotation marks that git or the shell takes for a part of the name.
fn quoted(is_git_command: bool, line: &str, located: &Located) -> Option<String> {
    const QUOTES: [char; 8] = ['\'', '"', '“', '”', '„', '‘', '’', '`'];
    let typographic = line.starts_with(|c: char| QUOTES.contains(&c) && !c.is_ascii());
    let inside = line.trim_matches(|c: char| QUOTES.contains(&c) || c.is_whitespace());
    if (is_git_command && line.starts_with(QUOTES)) || typographic {
        return Some(inside.trim_start_matches('!').replace(QUOTES, ""));
    }
    // `!'aws codecommit credential-helper $@'`: the shell looks for a program of that whole name.
    (base_name(located.program.split_whitespace().next().unwrap_or_default()) == "aws"
        && located.program.contains("codecommit"))
    .then(|| located.program.clone())
}

/// The helper inside a text that is no command line of its own.
fn of_text(text: &str) -> Option<Call> {
    let words = shlex::split(text).unwrap_or_else(|| text.split_whitespace().map(Into::into).collect());
    Call::find(&[], &words)
}

/// The helper inside shell code such as `f() { aws codecommit credential-helper "$@"; }; f`.
fn of_code(line: &str) -> Option<Recognized> {
    let plain: String = line.chars().map(|c| if ";|&(){}<>`\n".contains(c) { ' ' } else { c }).collect();
    let words = shlex::split(&plain).unwrap_or_else(|| plain.split_whitespace().map(Into::into).collect());
    let call = Call::find(&[], &words)?;
    let names_it = call.positional.iter().any(|word| word.text == "codecommit")
        && call.positional.iter().any(|word| word.text == "credential-helper");
    // Code may do more than can be seen; it is taken for right when the two names are.
    let handed = words.iter().find(|word| HANDING_OVER.contains(&base_name(word).as_str()) || is_other(word));
    let credentials_by = handed.map(|_| "shell code".to_owned());
    if names_it { Some(Recognized { credentials_by, ..call.facts() }) } else { None }
}

/// Whether the word sets a variable that leads to other credentials.
fn is_other(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| OTHER_CREDENTIALS.contains(&name))
}

/// A word that is no option, and whether it follows the value of `--profile` directly.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Positional {
    text: String,
    behind_profile: bool,
}

/// A call of the AWS CLI taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Call {
    program: String,
    /// Words before the program that must stay, such as `AWS_PROFILE=work` or `aws-vault exec work --`.
    before: Vec<String>,
    credentials_by: Option<String>,
    profile: Option<String>,
    region: Option<String>,
    ignores_host_check: bool,
    positional: Vec<Positional>,
}

impl Call {
    fn of_words(located: &Located) -> Option<Self> {
        let words: Vec<String> =
            std::iter::once(located.program.clone()).chain(located.arguments.iter().cloned()).collect();
        Self::find(&located.assignments, &words)
    }

    /// Finds the AWS CLI among words; `None` when what follows is not about CodeCommit's helper.
    fn find(assignments: &[(String, String)], words: &[String]) -> Option<Self> {
        let is_aws = |word: &String| matches!(base_name(word).as_str(), "aws" | "aws2");
        let at = words.iter().position(is_aws)?;
        let mut call = Self { program: words.get(at)?.clone(), ..Self::default() };
        call.before = assignments.iter().map(|(name, value)| format!("{name}={}", quote(value))).collect();
        call.before.extend(words.get(..at).unwrap_or_default().iter().map(|word| quote(word)));
        call.profile = assigned_profile(assignments, words.get(..at).unwrap_or_default());
        let set = assignments.iter().map(|(name, _)| name).find(|name| OTHER_CREDENTIALS.contains(&name.as_str()));
        let starter = words.first().map(|word| base_name(word)).filter(|name| !PLAIN_STARTERS.contains(&name.as_str()));
        call.credentials_by = set.cloned().or(starter);
        call.read(words.get(at + 1..).unwrap_or_default());
        let is_meant = call
            .positional
            .iter()
            .any(|word| is_like(&word.text, "codecommit") || is_like(&word.text, "credential-helper"));
        is_meant.then_some(call)
    }

    fn read(&mut self, words: &[String]) {
        let mut words = words.iter();
        let mut behind_profile = false;
        while let Some(word) = words.next() {
            let (name, joined) = word.split_once('=').map_or((word.as_str(), None), |(n, v)| (n, Some(v.to_owned())));
            if name.starts_with("--") {
                let value = joined.or_else(|| WITH_VALUE.contains(&name).then(|| words.next().cloned()).flatten());
                behind_profile = name == "--profile";
                self.option(name, value);
            } else if !matches!(word.as_str(), "$@" | "$*" | "$1" | "${@}" | "") {
                self.positional.push(Positional { text: word.clone(), behind_profile });
                behind_profile &= !is_like(word, "codecommit");
            }
        }
    }

    fn option(&mut self, name: &str, value: Option<String>) {
        match name {
            "--profile" => self.profile = value.or(self.profile.take()),
            "--region" => self.region = value,
            "--ignore-host-check" => self.ignores_host_check = true,
            _ => {}
        }
    }

    /// The facts with what is wrong, if anything is.
    fn judged(mut self) -> Recognized {
        match self.problem() {
            Some(problem) => self.wrong(problem),
            None => self.facts(),
        }
    }

    /// What the AWS CLI will refuse. Words of a profile with a blank are put back into its name.
    fn problem(&mut self) -> Option<&'static str> {
        let strays: Vec<String> = self
            .positional
            .iter()
            .filter(|word| {
                word.behind_profile && !is_like(&word.text, "codecommit") && !is_like(&word.text, "credential-helper")
            })
            .map(|word| word.text.clone())
            .collect();
        if let Some(profile) = self.profile.as_mut().filter(|_| !strays.is_empty()) {
            if is_action(&strays[0]) {
                return Some("has-action");
            }
            *profile = format!("{profile} {}", strays.join(" "));
            return Some("profile-with-space");
        }
        let word = |at: usize| self.positional.get(at).map(|word| word.text.as_str());
        match (word(0), word(1), word(2)) {
            (Some("codecommit"), Some("credential-helper"), None) => None,
            (Some("codecommit"), Some("credential-helper"), Some(extra)) if is_action(extra) => Some("has-action"),
            (Some("codecommit"), None, _) => Some("missing-subcommand"),
            (Some("codecommit"), Some(action), None) if is_action(action) => Some("missing-subcommand"),
            (Some(first), None, _) if is_like(first, "credential-helper") => Some("missing-subcommand"),
            _ => Some("misspelt"),
        }
    }

    fn wrong(self, problem: &'static str) -> Recognized {
        let corrected = Some(self.corrected());
        Recognized { problem: Some(problem), corrected, ..self.facts() }
    }

    fn facts(self) -> Recognized {
        Recognized {
            problem: None,
            corrected: None,
            profile: self.profile,
            region: self.region,
            ignores_host_check: self.ignores_host_check,
            program: self.program,
            credentials_by: self.credentials_by,
        }
    }

    /// The line as AWS documents it, with the profile and the region that were meant.
    fn corrected(&self) -> String {
        let mut words = self.before.clone();
        words.push(quote(&self.program));
        let assigned = self.before.iter().any(|word| word.starts_with("AWS_PROFILE="));
        if let Some(profile) = self.profile.as_deref().filter(|_| !assigned) {
            words.push(format!("--profile {}", quote(profile)));
        }
        if let Some(region) = &self.region {
            words.push(format!("--region {}", quote(region)));
        }
        words.push("codecommit credential-helper".into());
        if self.ignores_host_check {
            words.push("--ignore-host-check".into());
        }
        words.push("$@".into());
        format!("!{}", words.join(" "))
    }
}

/// `AWS_PROFILE=` among the assignments of the line, or right before the program within code.
fn assigned_profile(assignments: &[(String, String)], before: &[String]) -> Option<String> {
    let of_line = assignments.iter().find(|(name, _)| name == "AWS_PROFILE").map(|(_, value)| value.clone());
    let of_code =
        || before.iter().rev().map_while(|word| word.split_once('=')).find(|(name, _)| *name == "AWS_PROFILE");
    of_line.or_else(|| of_code().map(|(_, value)| value.to_owned()))
}

fn is_action(word: &str) -> bool {
    matches!(word, "get" | "store" | "erase")
}

/// Whether the word is the name or a misspelling of it.
fn is_like(word: &str, name: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word == name || strsim::damerau_levenshtein(&word, name) <= 2
}

/// The word as the shell must be given it.
fn quote(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

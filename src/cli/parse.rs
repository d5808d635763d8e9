//! From arguments to [`Cli`], with clap's errors turned into ours.

use std::ffi::{OsStr, OsString};

use clap::Parser;
use clap::error::ErrorKind;

use super::Cli;
use crate::error::{Error, Kind};

/// Why there is nothing to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Help or version were asked for; the text, styled for a terminal.
    Text(String),
    /// The command line is wrong.
    Usage {
        /// In what way.
        error: Error,
        /// Whether the caller wants JSON, as far as that can be told.
        json: bool,
    },
}

/// Reads a command line, the program's name first.
///
/// # Errors
/// When help was asked for or the command line is wrong.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, Stop> {
    let args: Vec<OsString> = args.into_iter().collect();
    Cli::try_parse_from(&args).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Stop::Text(error.render().ansi().to_string()),
        _ => Stop::Usage { error: usage(&error), json: wants_json(&args) },
    })
}

/// Whether `--json` or `--format json` stands among the options.
fn wants_json(args: &[OsString]) -> bool {
    let options: Vec<&OsStr> = args.iter().map(OsString::as_os_str).take_while(|arg| *arg != "--").collect();
    options.iter().any(|arg| *arg == "--json" || *arg == "--format=json")
        || options.windows(2).any(|pair| *pair == ["--format", "json"])
}

/// clap writes `error: MESSAGE`, then paragraphs with tips and the usage.
fn usage(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let (message, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let (choices, lines): (Vec<&str>, Vec<&str>) = lines.into_iter().partition(|line| is_choice(line));
    Error {
        hints: choices.into_iter().chain(rest.lines()).filter_map(hint).collect(),
        ..Error::new(Kind::Usage, if lines.is_empty() { "a command is missing".into() } else { lines.join(" ") })
    }
}

/// The lines of clap's explanation that help.
fn hint(line: &str) -> Option<String> {
    let line = line.trim();
    let useful = line.strip_prefix("tip: ").or_else(|| line.strip_prefix("For more information, "));
    let choice = || is_choice(line).then(|| line.trim_matches(['[', ']']).to_owned());
    useful.map(|text| text.trim_end_matches('.').to_owned()).or_else(choice)
}

/// `[subcommands: list, test]`, `[possible values: human, json]`
fn is_choice(line: &str) -> bool {
    line.trim().starts_with('[')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped(args: &[&str]) -> (String, Vec<String>, bool) {
        let args = std::iter::once("cc-doctor").chain(args.iter().copied()).map(OsString::from);
        match parse(args) {
            Err(Stop::Usage { error, json }) => (error.message, error.hints, json),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_misspelt_option_is_named_with_the_right_one() {
        let (message, hints, json) = stopped(&["--ofline"]);
        assert_eq!(message, "unexpected argument '--ofline' found");
        assert_eq!(hints, ["a similar argument exists: '--offline'", "try '--help'"]);
        assert!(!json);
    }

    #[test]
    fn the_format_is_known_although_the_rest_is_wrong() {
        assert!(stopped(&["--json", "--ofline"]).2);
        assert!(stopped(&["--ofline", "--format", "json"]).2);
        assert!(stopped(&["--format=json", "nonsense"]).2);
        assert!(!stopped(&["--ofline", "--", "--json"]).2);
    }

    #[test]
    fn an_unknown_extension_names_those_that_work() {
        let (message, _, _) = stopped(&["--report", "out.html"]);
        assert_eq!(
            message,
            "invalid value 'out.html' for '--report <FILE>': the extension decides the format; those that work: .json"
        );
    }

    #[test]
    fn a_word_is_no_url_and_the_forms_are_named() {
        let (message, _, _) = stopped(&["--url", "demo"]);
        assert!(
            message.contains("'demo' for '--url <URL>'") && message.contains("codecommit::us-east-1://"),
            "{message}"
        );
        for typo in ["code-commit://demo", "git-codecommit.us-east-1.amazonaws.com", "codecommit:demo", "v1/repos/demo"]
        {
            assert!(parse(["cc-doctor", "--url", typo].map(OsString::from)).is_ok(), "{typo}");
        }
    }

    #[test]
    fn a_missing_subcommand_is_told_with_those_that_there_are() {
        let (message, hints, _) = stopped(&["checks"]);
        assert_eq!(message, "'cc-doctor checks' requires a subcommand but one was not provided");
        assert_eq!(hints, ["subcommands: list, test, help", "try '--help'"]);
    }

    #[test]
    fn contradictions_and_wrong_values_are_refused() {
        for args in [
            &["-v", "-q"][..],
            &["--json", "--format", "human"],
            &["--timeout", "0"],
            &["--timeout", "never"],
            &["--fail-on", "info"],
            &["schema"],
            &["explain"],
            &["schema", "fact"],
        ] {
            assert!(!stopped(args).0.is_empty());
        }
    }

    #[test]
    fn help_and_version_are_no_errors() {
        for flag in ["--help", "-h", "--version", "help"] {
            let args = ["cc-doctor", flag].map(OsString::from);
            assert!(matches!(parse(args), Err(Stop::Text(_))), "{flag}");
        }
    }
}

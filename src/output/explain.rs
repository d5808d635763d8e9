//! `cc-doctor explain`: what a check looks for, why it matters and how to mend it by hand.

use std::io::{self, Write};

use colored::{Color, Colorize};
use serde::Serialize;

use super::safe::{safe, safe_block};
use super::{Reader, forgiving, wrap};
use crate::finding::Severity;

/// What is told about a check. Its texts name no machine: `FILE` and its like stand for facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckInfo {
    /// ID.
    pub id: String,
    /// Area.
    pub area: String,
    /// Title.
    pub title: String,
    /// Severity; `None`: it is knowledge, which no machine shows.
    pub severity: Option<Severity>,
    /// Layer; `None` likewise.
    pub layer: Option<crate::finding::Layer>,
    /// Transports that it is about; empty: all.
    pub transports: Vec<String>,
    /// The message of a failure.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// How to mend it by hand.
    pub remedy: String,
    /// IDs of the checks that it explains.
    pub explains: Vec<String>,
    /// Where to read on.
    pub references: Vec<String>,
}

/// Writes the explanation for people.
///
/// # Errors
/// When `out` cannot be written. A reader that went away is no error.
pub fn human(check: &CheckInfo, reader: Reader, out: &mut dyn Write) -> io::Result<()> {
    colored::control::set_override(true);
    let mut text = format!("{}\n", safe(&check.id).bold());
    text.push_str(&wrap::indented(&safe_block(&check.title), reader.width, "", ""));
    text.push_str(&format!("{}\n", facts(check)));
    for (head, body) in [
        ("What it says", &check.message),
        ("Why it matters", &check.why),
        ("How to mend it by hand", &check.remedy),
        ("What follows from it", &check.explains.join("\n")),
        ("Where to read on", &check.references.join("\n")),
    ] {
        if !body.trim().is_empty() {
            text.push_str(&format!("\n{}\n", head.bold()));
            text.push_str(&wrap::indented(&safe_block(body), reader.width, "  ", "  "));
        }
    }
    let example = "\nNames, paths and WORDS in capitals are an example's; the report shows those of the machine.\n";
    text.push_str(&example.dimmed().to_string());
    forgiving(out.write_all(text.as_bytes()))
}

/// Writes the explanation as one JSON object.
///
/// # Errors
/// When `out` cannot be written. A reader that went away is no error.
pub fn json(check: &CheckInfo, out: &mut dyn Write) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(check)?;
    text.push('\n');
    forgiving(out.write_all(text.as_bytes()))
}

fn facts(check: &CheckInfo) -> String {
    let transports = if check.transports.is_empty() { "all".to_owned() } else { check.transports.join(", ") };
    let (Some(severity), Some(layer)) = (check.severity, check.layer) else {
        return format!("knowledge: nothing on a machine shows it, transports: {}", safe(&transports));
    };
    let severity = severity.to_string().color(color(severity));
    format!("{severity}, area {}, layer {layer}, transports: {}", safe(&check.area), safe(&transports))
}

/// The color of a severity.
pub(super) fn color(severity: Severity) -> Color {
    match severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Info => Color::Blue,
    }
}

#[cfg(test)]
pub(super) fn sample() -> CheckInfo {
    CheckInfo {
        id: "ssh-config-misnamed".into(),
        area: "ssh".into(),
        title: "The ssh client configuration is not named `config`".into(),
        severity: Some(Severity::Error),
        layer: Some(crate::finding::Layer::Config),
        transports: vec!["ssh".into()],
        message: "ssh ignores FILE; the file must be named `config`, with no extension".into(),
        why:
            "ssh reads one file, ~/.ssh/config. Editors such as Notepad add an extension when they save, and then ssh \
              does not find it.\n"
                .into(),
        remedy: "Rename it:\n\n    mv FILE CONFIG_PATH\n".into(),
        explains: vec!["ssh-host-block-missing".into()],
        references: vec!["https://docs.aws.amazon.com/codecommit/".into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_sections() {
        let mut out = anstream::StripStream::new(Vec::new());
        human(&sample(), Reader::default(), &mut out).expect("a vector can be written");
        insta::assert_snapshot!(String::from_utf8_lossy(&out.into_inner()), @r"
        ssh-config-misnamed
        The ssh client configuration is not named `config`
        error, area ssh, layer config, transports: ssh

        What it says
          ssh ignores FILE; the file must be named `config`, with no extension

        Why it matters
          ssh reads one file, ~/.ssh/config. Editors such as Notepad add an extension
          when they save, and then ssh does not find it.

        How to mend it by hand
          Rename it:

              mv FILE CONFIG_PATH

        What follows from it
          ssh-host-block-missing

        Where to read on
          https://docs.aws.amazon.com/codecommit/

        Names, paths and WORDS in capitals are an example's; the report shows those of the machine.
        ");
    }

    #[test]
    fn programs_read_the_same() {
        let mut out = Vec::new();
        json(&sample(), &mut out).expect("a vector can be written");
        let value: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!((value["id"].as_str(), value["severity"].as_str()), (Some("ssh-config-misnamed"), Some("error")));
        assert_eq!(value["layer"].as_str(), Some("config"));
    }
}

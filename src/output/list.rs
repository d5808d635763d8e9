//! `cc-doctor checks list`: every check with its severity and title.

use std::io::{self, Write};

use colored::Colorize;
use serde::Serialize;

use super::explain::{CheckInfo, color};
use super::forgiving;
use super::safe::safe;
use crate::finding::{Layer, Severity};

/// What the list tells programs.
#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a str,
    area: &'a str,
    severity: Option<Severity>,
    layer: Option<Layer>,
    transports: &'a [String],
    title: &'a str,
}

/// Writes the list for people, one line per check, by area.
///
/// # Errors
/// When `out` cannot be written. A reader that went away is no error.
pub fn human(checks: &[CheckInfo], out: &mut dyn Write) -> io::Result<()> {
    colored::control::set_override(true);
    let width = checks.iter().map(|check| check.id.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    let mut area = "";
    for check in checks {
        if check.area != area {
            area = &check.area;
            text.push_str(&format!("{}\n", safe(area).bold()));
        }
        let severity = match check.severity {
            Some(severity) => format!("{severity:<7}").color(color(severity)),
            None => "known  ".normal(),
        };
        text.push_str(&format!("  {:<width$}  {severity}  {}\n", safe(&check.id), safe(&check.title)));
    }
    forgiving(out.write_all(text.as_bytes()))
}

/// Writes the list as one JSON array.
///
/// # Errors
/// When `out` cannot be written. A reader that went away is no error.
pub fn json(checks: &[CheckInfo], out: &mut dyn Write) -> io::Result<()> {
    let rows = checks.iter().map(|check| Row {
        id: &check.id,
        area: &check.area,
        severity: check.severity,
        layer: check.layer,
        transports: &check.transports,
        title: &check.title,
    });
    let mut text = serde_json::to_string_pretty(&rows.collect::<Vec<_>>())?;
    text.push('\n');
    forgiving(out.write_all(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::explain::sample;
    use super::*;

    #[test]
    fn one_line_per_check_under_its_area() {
        let other = CheckInfo { id: "x".into(), severity: Some(Severity::Warning), title: "Short".into(), ..sample() };
        let mut out = anstream::StripStream::new(Vec::new());
        human(&[sample(), other], &mut out).expect("a vector can be written");
        assert_eq!(
            String::from_utf8_lossy(&out.into_inner()),
            "ssh\n  ssh-config-misnamed  error    The ssh client configuration is not named `config`\n  \
             x                    warning  Short\n"
        );
    }

    #[test]
    fn programs_get_an_array() {
        let mut out = Vec::new();
        json(&[sample()], &mut out).expect("a vector can be written");
        let value: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(value[0]["transports"], serde_json::json!(["ssh"]));
    }
}

//! What the start-up files of shells set for a terminal.
//!
//! Programs that are started from a menu, by a timer or by a service read none of these files. The lines are not run:
//! what they say plainly is taken, whatever condition they stand under.

use std::path::{Path, PathBuf};

use crate::collect::mask;
use crate::collect::os::{home, path_entries};
use crate::fact::elsewhere::ShellExport;
use crate::fact::{Source, Text};
use crate::system::System;

/// Below home: sh and bash (bash(1), INVOCATION), zsh (zsh(1), STARTUP/SHUTDOWN FILES), fish.
const FILES: [&str; 9] = [
    ".profile",
    ".bash_profile",
    ".bash_login",
    ".bashrc",
    ".zshenv",
    ".zprofile",
    ".zshrc",
    ".zlogin",
    ".config/fish/config.fish",
];
/// Larger files are not start-up files that somebody wrote.
const LIMIT: u64 = 512 * 1024;
/// The variables that decide here. Secrets are not among them.
const NAMES: [&str; 20] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
    "CODE_COMMIT_ENDPOINT",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_CONFIG_GLOBAL",
    "GIT_SSL_CAINFO",
    "SSH_AUTH_SOCK",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "XDG_CONFIG_HOME",
    "PATH",
];

/// The assignments that this environment has not got, in the order in which the files are named above. Those of `PATH`
/// are one for each directory that is not on the PATH of this program.
pub(super) fn assignments(system: &dyn System) -> Vec<ShellExport> {
    let Some(home) = home(system) else { return Vec::new() };
    FILES.iter().flat_map(|name| of_file(system, &home, &home.join(name))).collect()
}

fn of_file(system: &dyn System, home: &Path, path: &Path) -> Vec<ShellExport> {
    let Ok(bytes) = system.read(path, LIMIT) else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes);
    let shown = path.to_string_lossy();
    let present = path_entries(system);
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let Some((name, value)) = assignment(line) else { continue };
        let source = Source::line(shown.clone(), number, mask::excerpt(line.trim()));
        if name == "PATH" {
            let missing = directories(&value, home).into_iter().filter(|directory| !present.contains(directory));
            found.extend(missing.map(|directory| export(name, Some(&directory.to_string_lossy()), &source)));
        } else if system.env(name).is_none() {
            found.push(export(name, plain(&value, home).as_deref(), &source));
        }
    }
    found
}

fn export(name: &str, value: Option<&str>, source: &Source) -> ShellExport {
    ShellExport { name: name.into(), value: value.map(|value| Text(mask::mask(value))), source: source.clone() }
}

/// The variable that a line sets for programs, and the text behind it: `export NAME=VALUE`, `NAME=VALUE` of PATH (which
/// is exported already), `set -gx NAME VALUE` of fish, `fish_add_path DIR`, `path+=(DIR)` of zsh.
fn assignment(line: &str) -> Option<(&'static str, String)> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let known = |name: &str| NAMES.into_iter().find(|known| *known == name);
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["set", options, name, ..] if options.starts_with('-') && options.contains('x') => {
            let value = line.split_once(*name)?.1;
            return Some((known(name)?, value.trim().to_owned()));
        }
        ["fish_add_path", .., directory] => return Some(("PATH", (*directory).to_owned())),
        _ => {}
    }
    if let Some(directory) = line.strip_prefix("path+=(").and_then(|rest| rest.strip_suffix(')')) {
        return Some(("PATH", directory.to_owned()));
    }
    let (exported, rest) = match line.strip_prefix("export ") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, line),
    };
    let (name, value) = rest.split_once('=')?;
    let name = known(name).filter(|name| exported || *name == "PATH")?;
    Some((name, value.to_owned()))
}

/// The value where it is plain; `None` where it is computed.
fn plain(value: &str, home: &Path) -> Option<String> {
    let value = unquoted(value);
    let value = expanded(&value, home);
    (!value.is_empty() && !value.contains(['$', '`', '('])).then_some(value)
}

/// The first word of a value, without its quotes and what stands behind it.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner.0.to_owned();
        }
    }
    value.split([';', ' ', '\t']).next().unwrap_or_default().to_owned()
}

fn expanded(text: &str, home: &Path) -> String {
    let home = home.to_string_lossy();
    let text = text.replace("${HOME}", &home).replace("$HOME", &home);
    text.strip_prefix("~/").map_or_else(|| text.clone(), |rest| format!("{home}/{rest}"))
}

/// The directories of a PATH that are named plainly.
fn directories(value: &str, home: &Path) -> Vec<PathBuf> {
    let value = unquoted(value);
    let words = value.split([':', ' ']).map(|word| expanded(word, home));
    words.filter(|word| word.starts_with('/') && !word.contains(['$', '`', '('])).map(PathBuf::from).collect()
}

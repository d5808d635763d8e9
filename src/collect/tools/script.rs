//! Programs that are scripts: what runs them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::system::{FileKind, Platform, System};

/// Largest script; larger files are programs of their own.
const SCRIPT_LIMIT: u64 = 1024 * 1024;
/// Longest `#!` line that is believed. Linux reads 255 bytes of it, others more.
const LINE_LIMIT: usize = 4096;

/// What a script is run by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Launch {
    /// The interpreter as the system looks for it; of `env NAME` the program on `PATH`, or the bare name.
    pub(super) interpreter: PathBuf,
    /// What stands behind it.
    pub(super) options: Vec<String>,
}

/// What runs the script; `None` for all that is no script.
pub(super) fn launch(system: &dyn System, script: &Path) -> Option<Launch> {
    let content = system.read(script, SCRIPT_LIMIT).ok()?;
    let line = if content.starts_with(b"#!") {
        first_line(content.get(2..)?)
    } else if system.platform() == Platform::Windows && content.starts_with(b"MZ") {
        embedded_line(&content)?
    } else {
        return None;
    };
    let line = String::from_utf8_lossy(line).into_owned();
    let plain = split(&line, system.platform())?;
    match plain.interpreter.file_name()?.to_str()? {
        "env" => Some(through_env(system, &plain)),
        "sh" | "bash" | "dash" => Some(behind_shell(system, script, &content).unwrap_or(plain)),
        _ => Some(plain),
    }
}

/// The text up to the line end. A carriage return stays: the kernel takes it for part of the name.
fn first_line(content: &[u8]) -> &[u8] {
    let content = content.get(..LINE_LIMIT).unwrap_or(content);
    content.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// pip's launchers (distlib's `t64.exe`) keep the `#!` line between the program and a zip archive.
fn embedded_line(content: &[u8]) -> Option<&[u8]> {
    let marks = content.windows(2).enumerate().filter(|(_, pair)| pair == b"#!");
    marks.map(|(at, _)| first_line(content.get(at + 2..).unwrap_or_default()).trim_ascii()).rfind(|line| {
        line.len() < 1024 && line.is_ascii() && line.to_ascii_lowercase().windows(6).any(|part| part == b"python")
    })
}

/// The kernel splits at the first blank, Windows' launchers honour quotes.
fn split(line: &str, platform: Platform) -> Option<Launch> {
    let line = line.trim_matches([' ', '\t']);
    let quoted = line.strip_prefix('"').filter(|_| platform == Platform::Windows);
    let (interpreter, rest) = match quoted {
        Some(quoted) => quoted.split_once('"')?,
        None => line.split_once([' ', '\t']).unwrap_or((line, "")),
    };
    let options = rest.split_whitespace().map(str::to_owned).collect();
    (!interpreter.is_empty()).then(|| Launch { interpreter: interpreter.into(), options })
}

/// `env [-S] [NAME=VALUE…] program options…`
fn through_env(system: &dyn System, line: &Launch) -> Launch {
    let mut words = line.options.iter().skip_while(|word| word.starts_with('-') || word.contains('='));
    let Some(name) = words.next() else { return line.clone() };
    let found = system.find_program(name.trim_end()).into_iter().next();
    Launch { interpreter: found.unwrap_or_else(|| name.into()), options: words.cloned().collect() }
}

/// pip and uv write scripts for `/bin/sh` when the path of Python is long or holds blanks: the second line is
/// `'''exec' "/path of/python" "$0" "$@"`.
fn behind_shell(system: &dyn System, script: &Path, content: &[u8]) -> Option<Launch> {
    let second = content.split(|byte| *byte == b'\n').nth(1)?;
    let second = String::from_utf8_lossy(second.get(..LINE_LIMIT).unwrap_or(second)).into_owned();
    let command = second.strip_prefix("'''exec'")?;
    if command.contains("dirname") {
        // uv's relocatable form names Python beside the script: "$(dirname -- "$(realpath -- "$0")")"/'python'
        let name = command.split("/'").nth(1)?.split('\'').next()?;
        let real = system.canonicalize(script).ok()?;
        return Some(Launch { interpreter: real.parent()?.join(name), options: Vec::new() });
    }
    let mut words = shlex::Shlex::new(command).take_while(|word| word != "$0");
    Some(Launch { interpreter: words.next()?.into(), options: words.collect() })
}

/// What a shim of pyenv leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shim {
    /// The program of the selected version.
    Program(PathBuf),
    /// None of the selected versions has it; these do.
    NotSelected(Vec<String>),
}

/// Follows a shim of pyenv, which is a shell script, without running it. `None`: it is none.
pub(super) fn follow_shim(system: &dyn System, path: &Path) -> Option<Shim> {
    let shims = path.parent().filter(|parent| parent.file_name() == Some(OsStr::new("shims")))?;
    let root = shims.parent()?;
    let versions: Vec<_> = system
        .read_dir(&root.join("versions"))
        .ok()?
        .into_iter()
        .filter(|entry| entry.kind != FileKind::File)
        .filter_map(|entry| entry.name.into_string().ok())
        .collect();
    let name = path.file_name()?;
    let program = |version: &str| root.join("versions").join(version).join("bin").join(name);
    let has_it = |version: &String| system.metadata(&program(version)).is_ok();
    for selected in selected_versions(system, root) {
        if selected == "system" {
            let outside = system.find_program(name.to_str()?).into_iter().find(|found| !found.starts_with(shims));
            if let Some(found) = outside {
                return Some(Shim::Program(found));
            }
        } else if let Some(version) = installed_version(&versions, &selected).filter(has_it) {
            return Some(Shim::Program(program(&version)));
        }
    }
    Some(Shim::NotSelected(versions.into_iter().filter(has_it).collect()))
}

/// The versions that pyenv would use, first choice first; the system's own comes last in any case (`pyenv-which`).
fn selected_versions(system: &dyn System, root: &Path) -> Vec<String> {
    let read = |path: &Path| Some(String::from_utf8_lossy(&system.read(path, 4096).ok()?).into_owned());
    let variable = system.env("PYENV_VERSION").map(|value| value.to_string_lossy().into_owned());
    let local = || {
        let directory = system.current_dir().ok()?;
        directory.ancestors().find_map(|parent| read(&parent.join(".python-version")))
    };
    let text = variable.filter(|value| !value.is_empty()).or_else(local).or_else(|| read(&root.join("version")));
    let text = text.unwrap_or_default();
    let words = text.split([':', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
    words.chain(["system"]).map(str::to_owned).collect()
}

/// `3.11` stands for the newest 3.11.x that is installed.
fn installed_version(versions: &[String], selected: &str) -> Option<String> {
    let number = |version: &str| version.rsplit('.').next().and_then(|last| last.parse::<u32>().ok());
    let series = format!("{selected}.");
    versions.iter().find(|version| *version == selected).cloned().or_else(|| {
        versions.iter().filter(|version| version.starts_with(&series)).max_by_key(|version| number(version)).cloned()
    })
}

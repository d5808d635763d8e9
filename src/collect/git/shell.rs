//! Command lines that git hands to the shell: which program they start, and which file that is.

use std::path::{Path, PathBuf};

use super::paths;
use crate::fact::Fact;
use crate::system::{FileKind, System};

/// A command line taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The program, as written, its quotes taken out; empty when there is none.
    pub program: String,
    /// Variables set before it, such as `AWS_PROFILE=work`.
    pub assignments: Vec<(String, String)>,
    /// What follows the program.
    pub arguments: Vec<String>,
    /// Which file the program is; unavailable for shell code that we do not take apart.
    pub found: Fact<PathBuf>,
    /// Whether a quotation mark is not closed, so that the shell refuses the line.
    pub unclosed: bool,
}

/// Words before a command that only run it.
const PREFIXES: &[&str] = &["exec", "command", "env", "nohup"];

/// Takes a command line apart. `exec`, `env` and assignments before the program are skipped.
pub fn locate(system: &dyn System, line: &str) -> Located {
    let Some(words) = shlex::split(line) else {
        let words: Vec<String> = line.split_whitespace().map(Into::into).collect();
        let mut located = from_words(words);
        located.unclosed = true;
        located.found = Fact::Unavailable("the shell refuses the command line".into());
        return located;
    };
    let mut located = from_words(words);
    located.found = if is_code(line) {
        Fact::Unavailable("shell code is not taken apart".into())
    } else if located.program.is_empty() {
        Fact::Absent
    } else {
        find(system, &located.program)
    };
    located
}

fn from_words(words: Vec<String>) -> Located {
    let mut words = words.into_iter().peekable();
    let mut assignments = Vec::new();
    while let Some(word) = words.peek() {
        if let Some((name, value)) = assignment(word) {
            assignments.push((name.to_owned(), value.to_owned()));
        } else if !PREFIXES.contains(&word.as_str()) {
            break;
        }
        words.next();
    }
    let program = words.next().unwrap_or_default();
    Located { program, assignments, arguments: words.collect(), found: Fact::Absent, unclosed: false }
}

/// `NAME=value`.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some((name, value))
}

/// Whether the shell does more than to start one program.
pub fn is_code(line: &str) -> bool {
    let mut quote = None;
    let mut escaped = false;
    for c in line.chars() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, c) {
            (None | Some('"'), '\\') => escaped = true,
            (None | Some('"'), '`') => return true,
            (None, ';' | '|' | '&' | '(' | ')' | '{' | '}' | '<' | '>' | '\n') => return true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    false
}

/// The file that a program name means to the shell: on `PATH`, or as a path (`~/` and `$HOME/` expanded). Absent: nothing
/// of that name.
pub fn find(system: &dyn System, program: &str) -> Fact<PathBuf> {
    let expanded = expand(system, program);
    if expanded.contains('$') {
        return Fact::Unavailable("the program is named by a variable".into());
    }
    if !expanded.contains('/') && !paths::is_absolute(system, &expanded) {
        return Fact::from_option(system.find_program(&expanded).into_iter().next());
    }
    let path = system.current_dir().unwrap_or_default().join(&expanded);
    let with_suffix = PathBuf::from(format!("{}.exe", path.to_string_lossy()));
    Fact::from_option([path, with_suffix].into_iter().find(|path| is_file(system, path)))
}

/// The word with a leading `~/`, `$HOME/` or `${HOME}/` replaced.
pub fn expand(system: &dyn System, word: &str) -> String {
    let below = ["~/", "$HOME/", "${HOME}/"].iter().find_map(|start| word.strip_prefix(start));
    match below.zip(paths::home(system)) {
        Some((below, home)) => home.join(below).to_string_lossy().into_owned(),
        None => word.to_owned(),
    }
}

fn is_file(system: &dyn System, path: &Path) -> bool {
    system
        .metadata(path)
        .is_ok_and(|metadata| metadata.kind == FileKind::File && metadata.mode.is_none_or(|mode| mode & 0o111 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    #[test]
    fn programs_are_found_as_the_shell_finds_them() {
        let system = FakeSystem::new(Platform::Linux)
            .program("/usr/bin/aws")
            .program("/home/dev/my bin/aws")
            .file("/home/dev/notes", "");
        let found = |line: &str| locate(&system, line).found.map(|path| paths::shown(&path));
        let known = |path: &str| Fact::Known(path.to_owned());
        assert_eq!(found("aws x"), known("/usr/bin/aws"));
        assert_eq!(found("A=b exec aws x"), known("/usr/bin/aws"));
        assert_eq!(found("'/home/dev/my bin/aws' x"), known("/home/dev/my bin/aws"));
        assert_eq!(found("~/my\\ bin/aws x"), known("/home/dev/my bin/aws"));
        assert_eq!(found("~/notes x"), Fact::Absent);
        assert_eq!(found("gone x"), Fact::Absent);
        assert!(matches!(found("f() { aws x; }; f"), Fact::Unavailable(_)));
        assert!(matches!(found("$AWS x"), Fact::Unavailable(_)));
        assert!(locate(&system, "aws 'x").unclosed);
        assert_eq!(locate(&system, "").program, "");
    }

    #[test]
    fn quoted_operators_are_no_code() {
        assert!(!is_code("aws '--x;y' \"a|b\" c\\;d $@ \"$@\""));
        assert!(is_code("aws; true") && is_code("x \"`y`\"") && is_code("aws & "));
    }
}

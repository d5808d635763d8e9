//! The program of `ProxyCommand`.

use std::path::{Path, PathBuf};

use super::home::Homes;
use crate::fact::Fact;
use crate::system::{FileKind, Platform, System};

/// What the tokens of a ProxyCommand stand for.
pub(super) struct Tokens<'a> {
    pub(super) host: &'a str,
    pub(super) typed_host: &'a str,
    pub(super) port: &'a str,
    pub(super) user: &'a str,
    pub(super) local_user: &'a str,
    pub(super) home: &'a Path,
}

impl Tokens<'_> {
    /// Expands `%h` and its like; tokens that only ssh knows stay.
    pub(super) fn expand(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            match rest.next() {
                Some('%') => out.push('%'),
                Some('h') => out.push_str(self.host),
                Some('n') => out.push_str(self.typed_host),
                Some('p') => out.push_str(self.port),
                Some('r') => out.push_str(self.user),
                Some('u') => out.push_str(self.local_user),
                Some('d') => out.push_str(&self.home.to_string_lossy()),
                Some(other) => out.extend(['%', other]),
                None => out.push('%'),
            }
        }
        out
    }
}

/// Words that the shell itself understands.
const BUILTINS: [&str; 14] =
    [":", "[", "cd", "command", "echo", "eval", "export", "if", "read", "set", "test", "trap", "umask", "while"];

/// Whether the program that the shell would start is there.
pub(super) fn is_found(system: &dyn System, homes: &Homes, command: &str) -> Fact<bool> {
    let Some(words) = split(system, command) else {
        return Fact::Unavailable("the command cannot be taken apart".into());
    };
    let mut words = words.iter().skip_while(|word| is_assignment(word) || *word == "exec");
    let Some(program) = words.next() else { return Fact::Known(false) };
    if program.starts_with(['$', '(', '{', '`', '!', '"'])
        || program.contains('$')
        || BUILTINS.contains(&program.as_str())
    {
        return Fact::Unavailable(format!("the shell decides what `{}` is", super::place::excerpt(program)));
    }
    let program = with_home(homes, program);
    if program.contains('/') || (system.platform() == Platform::Windows && program.contains('\\')) {
        return Fact::Known(is_program(system, &absolute(system, &program)));
    }
    Fact::Known(!system.find_program(&program).is_empty())
}

fn split(system: &dyn System, command: &str) -> Option<Vec<String>> {
    if system.platform() == Platform::Windows {
        let quoted = command.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
        let first = quoted.map_or_else(|| command.split_whitespace().next().unwrap_or(""), |(program, _)| program);
        return Some(vec![first.to_owned()]);
    }
    shlex::split(command)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// The shell expands `~` with `HOME`.
fn with_home(homes: &Homes, program: &str) -> String {
    let home = homes.shell.as_ref().unwrap_or(&homes.ssh).to_string_lossy();
    program.strip_prefix("~/").map_or_else(|| program.to_owned(), |rest| format!("{home}/{rest}"))
}

fn absolute(system: &dyn System, path: &str) -> PathBuf {
    if super::home::is_absolute(path) {
        return path.into();
    }
    system.current_dir().unwrap_or_default().join(path)
}

fn is_program(system: &dyn System, path: &Path) -> bool {
    let candidates = [path.to_owned(), path.with_extension("exe")];
    let windows = system.platform() == Platform::Windows;
    candidates.iter().take(if windows { 2 } else { 1 }).any(|path| {
        system.metadata(path).is_ok_and(|found| {
            found.kind == FileKind::File && found.mode.is_none_or(|mode| windows || mode & 0o111 != 0)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fake::FakeSystem;

    #[test]
    fn the_program_is_looked_for_where_the_shell_would() {
        let system = FakeSystem::new(Platform::Linux)
            .program("/usr/bin/nc")
            .program("/home/dev/.ssh/through-proxy")
            .file("/home/dev/plain", "no program");
        let homes = Homes::find(&system, None);
        let found = |command: &str| is_found(&system, &homes, command);
        for command in ["nc %h %p", "exec nc x", "FOO=1 nc x", "~/.ssh/through-proxy %h", "/usr/bin/nc", "'nc' x"] {
            assert_eq!(found(command), Fact::Known(true), "{command}");
        }
        for command in ["connect -H x", "~/.ssh/gone", "/home/dev/plain", ""] {
            assert_eq!(found(command), Fact::Known(false), "{command}");
        }
        for command in ["$PROXY x", "cd /x && nc", "nc 'x", "(nc x)"] {
            assert!(matches!(found(command), Fact::Unavailable(_)), "{command}");
        }
    }

    #[test]
    fn tokens_are_expanded() {
        let tokens = Tokens {
            host: "h",
            typed_host: "alias",
            port: "22",
            user: "r",
            local_user: "u",
            home: Path::new("/home/dev"),
        };
        assert_eq!(tokens.expand("%d/%h-%n:%p %r@%u 100%% %C %"), "/home/dev/h-alias:22 r@u 100% %C %");
    }
}

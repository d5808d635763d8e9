//! What `ssh -v -G` says: effective settings, the files it read, its complaints.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::collect::mask::MASK;
use crate::fact::git::SshCommand;
use crate::system::{Invocation, RunError, System};

/// The client that git runs, when it is an OpenSSH that can be asked.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) program: PathBuf,
    /// `-F`, `-o`, `-i` and their like from the command.
    pub(super) arguments: Vec<String>,
}

/// What it answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// Keyword in lower case and its values in order; empty when ssh refused its configuration.
    pub(super) settings: HashMap<String, Vec<String>>,
    /// The configuration files that it opened, in order.
    pub(super) read: Vec<PathBuf>,
    /// The lines of standard error that are neither debugging nor chatter.
    pub(super) complaints: Vec<String>,
    pub(super) ok: bool,
}

impl Answer {
    /// The first value of a setting.
    pub(super) fn value(&self, keyword: &str) -> Option<&str> {
        self.settings.get(keyword).and_then(|values| values.first()).map(String::as_str)
    }
}

/// What the command line of ssh settles, as git starts it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CommandLine {
    /// The file of `-F`; null: none.
    pub(super) config: Option<String>,
    /// The options that bear on the configuration, to be passed on.
    pub(super) passed: Vec<String>,
    /// Settings of `-o`, `-i`, `-l`, `-p` and `-J`, keyword in lower case and value.
    pub(super) options: Vec<(String, String)>,
}

impl CommandLine {
    /// Takes the arguments of the command apart; values with a masked secret are left out.
    pub(super) fn of(command: &SshCommand, expand: impl Fn(&str) -> String) -> Self {
        let mut line = Self::default();
        let mut rest = command.arguments.iter().map(|argument| argument.0.as_str());
        while let Some(argument) = rest.next() {
            let Some(flag) = argument.strip_prefix('-').and_then(|flags| flags.chars().next()) else { break };
            if !"BbcDEeFIiJLlmOopQRSWw".contains(flag) {
                continue;
            }
            let attached = argument.get(2..).filter(|value| !value.is_empty());
            let Some(value) = attached.or_else(|| rest.next()).filter(|value| !value.contains(MASK)) else { continue };
            line.take(flag, value, &expand);
        }
        line.add_files(command, &expand);
        line
    }

    /// The files of `-F` and `-i` as the collector of git found them, where the arguments do not show them.
    fn add_files(&mut self, command: &SshCommand, expand: &impl Fn(&str) -> String) {
        if let Some(file) = command.config_file.as_ref().filter(|_| self.config.is_none()) {
            self.take('F', file, expand);
        }
        let has_identity = self.options.iter().any(|(keyword, _)| keyword == "identityfile");
        for file in command.identity_files.iter().filter(|_| !has_identity) {
            self.take('i', file, expand);
        }
    }

    fn take(&mut self, flag: char, value: &str, expand: &impl Fn(&str) -> String) {
        let value = if matches!(flag, 'F' | 'i') { expand(value) } else { value.to_owned() };
        let option = match flag {
            'F' => None,
            'i' => Some(("identityfile".to_owned(), value.clone())),
            'l' => Some(("user".to_owned(), value.clone())),
            'p' => Some(("port".to_owned(), value.clone())),
            'J' => Some(("proxyjump".to_owned(), value.clone())),
            'o' => super::config::parse_line(&value, 0)
                .and_then(|line| Some((line.keyword.clone(), super::evaluate::value_of(&line)?.0))),
            _ => return,
        };
        if flag == 'F' {
            self.config.get_or_insert(value.clone());
        }
        self.options.extend(option);
        self.passed.extend([format!("-{flag}"), value]);
    }
}

/// Whether a host can be given to ssh without being taken for an option.
pub(super) fn is_askable(host: &str) -> bool {
    !host.is_empty() && host.len() <= 255 && !host.starts_with('-') && host.chars().all(|c| c.is_ascii_graphic())
}

impl Client {
    /// Asks for one host.
    pub(super) fn ask(
        &self,
        system: &dyn System,
        host: &str,
        user: Option<&str>,
        port: Option<u16>,
    ) -> Result<Answer, RunError> {
        let mut arguments = vec!["-v".to_owned(), "-G".to_owned()];
        arguments.extend(self.arguments.iter().cloned());
        if let Some(user) = user {
            arguments.extend(["-l".to_owned(), user.to_owned()]);
        }
        if let Some(port) = port {
            arguments.extend(["-p".to_owned(), port.to_string()]);
        }
        arguments.extend(["--".to_owned(), host.to_owned()]);
        system.run(&Invocation::new(&self.program, arguments)).map(|output| {
            let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            parse(&stdout, &stderr, output.ok())
        })
    }
}

pub(super) fn parse(stdout: &str, stderr: &str, ok: bool) -> Answer {
    let mut answer = Answer { ok, ..Answer::default() };
    for line in stdout.lines() {
        if let Some((keyword, value)) = line.split_once(' ') {
            answer.settings.entry(keyword.to_ascii_lowercase()).or_default().push(value.to_owned());
        }
    }
    for line in stderr.lines().map(str::trim_end) {
        if let Some(said) = line.strip_prefix("debug1: ") {
            answer.read.extend(said.strip_prefix("Reading configuration data ").map(PathBuf::from));
        } else if !line.is_empty() && !is_chatter(line) {
            answer.complaints.push(line.to_owned());
        }
    }
    answer
}

fn is_chatter(line: &str) -> bool {
    const CHATTER: [&str; 5] = ["debug", "OpenSSH", "Pseudo-terminal", "Warning:", "LibreSSL"];
    CHATTER.iter().any(|start| line.starts_with(start))
}

/// The configuration that a wrapper script around ssh hands over with `-F`; null when it is no script or has none.
pub(super) fn wrapped_config(system: &dyn System, program: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let bytes = system.read(program, 64 * 1024).ok().filter(|bytes| bytes.starts_with(b"#!"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let words: Vec<_> = text.split_whitespace().collect();
    let named = words.iter().zip(words.iter().skip(1)).find(|(flag, _)| **flag == "-F").map(|(_, value)| *value)?;
    let plain: String = named.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
    let home = home.map(|home| home.to_string_lossy().into_owned()).unwrap_or_default();
    let path = plain.replace("${HOME}", &home).replace("$HOME", &home);
    let path = path.strip_prefix("~/").map_or_else(|| path.clone(), |rest| format!("{home}/{rest}"));
    (path.starts_with('/') && !path.contains('$')).then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Text;
    use crate::system::{Platform, fake::FakeSystem};

    #[test]
    fn the_command_line_is_taken_apart() {
        let arguments = ["-F", "~/c", "-v", "-oUser=x", "-o", "Port 33", "-i", "~/k", "-o", "ProxyCommand=••••", "-4"];
        let command =
            SshCommand { arguments: arguments.iter().map(|a| Text::from(*a)).collect(), ..SshCommand::default() };
        let line = CommandLine::of(&command, |path| path.replace('~', "/h"));
        assert_eq!(line.config.as_deref(), Some("/h/c"));
        assert_eq!(line.passed, ["-F", "/h/c", "-o", "User=x", "-o", "Port 33", "-i", "/h/k"]);
        let options: Vec<_> = line.options.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(options, [("user", "x"), ("port", "33"), ("identityfile", "/h/k")]);
    }

    #[test]
    fn the_answer_is_read() {
        let stderr = "OpenSSH_9.2p1 Debian\ndebug1: Reading configuration data /home/dev/.ssh/config\n\
            debug1: /home/dev/.ssh/config line 1: Applying options for x\nPseudo-terminal will not be allocated\n";
        let answer = parse("user dev\nidentityfile ~/a\nidentityfile ~/b c\n", stderr, true);
        assert_eq!(answer.value("user"), Some("dev"));
        assert_eq!(answer.settings["identityfile"], ["~/a", "~/b c"]);
        assert_eq!(answer.read, [Path::new("/home/dev/.ssh/config")]);
        assert!(answer.complaints.is_empty());
    }

    #[test]
    fn the_configuration_of_a_wrapper_is_found() {
        let system = FakeSystem::new(Platform::Linux)
            .file("/w/a", "#!/bin/sh\nexec /usr/bin/ssh -F \"$HOME/.ssh/config\" \"$@\"\n")
            .file("/w/b", "#!/bin/sh\nexec /usr/bin/ssh -F ~/cfg \"$@\"\n")
            .file("/w/c", "#!/bin/sh\nexec /usr/bin/ssh -F \"$1\" \"$@\"\n")
            .program("/w/d");
        let see = |path: &str| wrapped_config(&system, Path::new(path), Some(Path::new("/h")));
        assert_eq!(see("/w/a"), Some("/h/.ssh/config".into()));
        assert_eq!(see("/w/b"), Some("/h/cfg".into()));
        assert_eq!((see("/w/c"), see("/w/d")), (None, None));
    }

    #[test]
    fn no_host_becomes_an_option() {
        for host in ["-oProxyCommand=x", "", "a b", "a\nb", "ä"] {
            assert!(!is_askable(host), "{host}");
        }
        assert!(is_askable("git-codecommit.us-east-1.amazonaws.com") && is_askable("[::1]"));
    }
}

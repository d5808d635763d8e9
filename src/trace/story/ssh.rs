//! One ssh that was listened to, and where it was to go.

use super::Connection;

/// What one ssh said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    argv: Vec<String>,
    pub(super) said: String,
}

impl Record {
    /// The file of the relay: the arguments, separated by NUL, and what was said.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (argv, said) = text.split_once('\n')?;
        Some(Self { argv: argv.split('\0').map(str::to_owned).collect(), said: said.to_owned() })
    }

    /// Takes the first record of the ssh that git started with these arguments: its last two, host and command, are the
    /// same.
    pub(super) fn take(records: &mut Vec<Self>, argv: &[String]) -> Option<Self> {
        let end = |argv: &[String]| argv.get(argv.len().checked_sub(2)?..).map(<[String]>::to_vec);
        let place = records.iter().position(|record| end(&record.argv).is_some_and(|own| end(argv) == Some(own)))?;
        Some(records.remove(place))
    }

    /// Whether the login succeeded and nothing was said after it, neither by ssh nor by the other side.
    pub(super) fn held(&self) -> bool {
        let after = self.said.split_once("debug1: Entering interactive session").map(|(_, after)| after);
        let is_told = |line: &str| !line.trim().is_empty() && !line.starts_with("debug");
        let leftover = |line: &str| ["Transferred: ", "Bytes per second: "].iter().any(|start| line.starts_with(start));
        after.is_some_and(|after| !after.lines().skip(1).any(|line| is_told(line) && !leftover(line)))
    }

    /// The connection, where nothing else is known of it.
    pub(super) fn alone(self) -> Option<Connection> {
        Some(Connection { url: url(&self.argv)?, failed: !self.held(), ssh: self.said, ..Connection::default() })
    }
}

/// The URL of `ssh [-o …] [-p PORT] [USER@]HOST "git-upload-pack 'PATH'"` (`push_ssh_options` in connect.c of git).
pub(super) fn url(argv: &[String]) -> Option<String> {
    let [before @ .., host, command] = argv else { return None };
    let path = command.split_once(' ')?.1.trim().trim_matches('\'');
    let port =
        before.windows(2).rev().find(|pair| pair.first().is_some_and(|flag| flag == "-p")).and_then(|p| p.get(1));
    if !path.starts_with('/') {
        return Some(format!("{host}:{path}"));
    }
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    Some(port.map_or_else(|| format!("ssh://{host}{path}"), |port| format!("ssh://{host}:{port}{path}")))
}

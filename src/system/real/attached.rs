//! Running a command as if we were not there: it has our terminal, our streams and our environment, and the signals of
//! the terminal are for it. What it leaves behind for us lies in a directory that only this account can enter.

#![expect(clippy::disallowed_methods, reason = "this is the door to the machine that the lint guards")]

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, ExitStatus};

use super::RealSystem;
use crate::system::FILE_LIMIT;

mod signals;

use signals::Signals;

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code, as a shell tells it: 128 and the number of the signal that ended it.
    pub code: u8,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether cc-doctor itself was told to end meanwhile (SIGTERM, SIGHUP).
    pub told_to_end: bool,
}

impl RealSystem {
    /// Runs a command, the program first, on our own terminal and with these variables besides those that it inherits.
    /// Ctrl-C reaches the command and not us; SIGTERM and SIGHUP are passed on to it. When it has ended, they end us again.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run_attached(&self, command: &[OsString], variables: &[(OsString, OsString)]) -> io::Result<Ended> {
        let mut attached = self::command(command)?;
        attached.envs(variables.iter().map(|(name, value)| (name, value)));
        let mut signals = Signals::take()?;
        let mut child = attached.spawn()?;
        signals.pass_on_to(child.id());
        let status = child.wait();
        let told_to_end = signals.release();
        let status = status?;
        Ok(Ended { code: code(status), signal: signal(status), told_to_end })
    }

    /// The file of this very program.
    ///
    /// # Errors
    /// When the system does not tell it.
    pub fn own_program(&self) -> io::Result<std::path::PathBuf> {
        std::env::current_exe()
    }

    /// The first bytes of a file of our own, as many as are read of any file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_start(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        fs::File::open(path)?.take(FILE_LIMIT).read_to_end(&mut content)?;
        Ok(content)
    }
}

/// The code as a shell tells it.
pub(super) fn code(status: ExitStatus) -> u8 {
    let of_signal = signal(status).map(|signal| 128 + signal);
    status.code().or(of_signal).and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

/// The program with its arguments; its streams are ours.
pub(super) fn command(words: &[OsString]) -> io::Result<Command> {
    let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Vec<OsString> {
        ["/bin/sh", "-c", script].map(Into::into).to_vec()
    }

    #[test]
    fn the_code_is_that_of_a_shell() {
        let system = RealSystem::new();
        let ended =
            |script: &str| system.run_attached(&sh(script), &[]).map(|ended| (ended.code, ended.signal)).unwrap();
        assert_eq!(ended("exit 7"), (7, None));
        assert_eq!(ended("kill -KILL $$"), (137, Some(9)));
        assert_eq!(system.run_attached(&["/nonexistent/x".into()], &[]).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn variables_are_added_to_the_inherited_ones() {
        let script = "test \"$MINE\" = x && test -n \"$PATH\"";
        let ended = RealSystem::new().run_attached(&sh(script), &[("MINE".into(), "x".into())]);
        assert_eq!(ended.unwrap().code, 0);
    }
}

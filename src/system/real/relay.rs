//! Standing between git and its ssh, so that what ssh says can be written down: its standard error passes through us,
//! everything else is its own.

#![expect(clippy::disallowed_methods, reason = "this is the door to the machine that the lint guards")]

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{ChildStderr, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{RealSystem, attached, files};

/// How long the rest of what ssh said may still come after ssh has ended: a process that it left behind may hold the
/// pipe for ever.
const GRACE: Duration = Duration::from_millis(300);
/// Most records of one run.
const RECORDS: usize = 1_000;

impl RealSystem {
    /// Runs a program with our standard input and output, and returns its exit code. What it says on standard error goes
    /// through `sieve`, which is given bytes as they come (none at the end) and returns those for our own standard
    /// error; all of it is written to a new file in `directory`, behind a line with the arguments.
    ///
    /// Our copy of its standard output stays open until all has been passed on, so that git, which waits for the end of
    /// that, says nothing before ssh is heard.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn relay(
        &self,
        command: &[OsString],
        directory: &Path,
        sieve: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static,
    ) -> io::Result<u8> {
        let mut child = attached::command(command)?.stderr(Stdio::piped()).spawn()?;
        // Without a record ssh works all the same.
        let record = new_record(directory, command).ok();
        let (sender, ended) = mpsc::channel::<()>();
        if let Some(pipe) = child.stderr.take() {
            thread::Builder::new().spawn(move || {
                pass_on(pipe, record, sieve);
                drop(sender);
            })?;
        }
        let status = child.wait()?;
        // Either it has ended, or it is not waited for any longer.
        let _ = ended.recv_timeout(GRACE);
        Ok(attached::code(status))
    }
}

/// Passes everything on, and keeps it. A terminal or disk that does not take it does not stop ssh.
fn pass_on(mut pipe: ChildStderr, mut record: Option<File>, mut sieve: impl FnMut(&[u8]) -> Vec<u8>) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = match pipe.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => 0,
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        let _ = record.as_mut().map(|record| record.write_all(bytes));
        let mut out = io::stderr().lock();
        let _ = out.write_all(&sieve(bytes)).and_then(|()| out.flush());
        if count == 0 {
            return;
        }
    }
}

/// The next free file `ssh-1`, `ssh-2`, …, with the arguments of the program as its first line.
fn new_record(directory: &Path, command: &[OsString]) -> io::Result<File> {
    let mut files = (1..=RECORDS).map(|number| files::new_private().open(directory.join(format!("ssh-{number}"))));
    let taken = |file: &io::Result<File>| file.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::AlreadyExists);
    let mut file = files.find(|file| !taken(file)).ok_or(io::ErrorKind::QuotaExceeded)??;
    let words: Vec<_> = command.iter().map(|word| word.to_string_lossy().replace(['\0', '\n'], " ")).collect();
    writeln!(file, "{}", words.join("\0"))?;
    Ok(file)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_kept_and_the_code_is_passed_on() {
        let folder = tempfile::tempdir().unwrap();
        let run = |script: &str| {
            let command: Vec<OsString> = ["/bin/sh", "-c", script].map(Into::into).to_vec();
            RealSystem::new().relay(&command, folder.path(), |_| Vec::new()).unwrap()
        };
        assert_eq!(run("echo one >&2; exit 3"), 3);
        // Somebody who holds the pipe is not waited for.
        assert_eq!(run("sleep 20 & echo two >&2"), 0);
        let kept = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(kept("ssh-1"), "/bin/sh\0-c\0echo one >&2; exit 3\none\n");
        assert!(kept("ssh-2").ends_with("\ntwo\n"));
    }
}

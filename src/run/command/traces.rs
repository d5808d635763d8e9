//! What the command left behind, read into memory.

use std::path::Path;

use crate::collect::access::judge::trace;
use crate::system::System as _;
use crate::system::real::RealSystem;
use crate::trace::wiring::{EVENTS, HTTP};

/// The traces of one command. They may hold secrets, and are in no `Debug` output.
#[derive(Default)]
pub(super) struct Traces {
    pub(super) events: String,
    pub(super) http: String,
    /// In the order in which they began.
    pub(super) ssh: Vec<String>,
}

impl Traces {
    /// Reads what is there.
    pub(super) fn read(system: &RealSystem, directory: &Path) -> Self {
        let text = |name: &str| {
            let bytes = system.read_start(&directory.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let files = system.read_dir(directory).unwrap_or_default();
        let number = |name: &str| name.strip_prefix("ssh-")?.parse::<usize>().ok();
        let mut ssh: Vec<usize> = files.iter().filter_map(|file| number(file.name.to_str()?)).collect();
        ssh.sort_unstable();
        Self { events: text(EVENTS), http: text(HTTP), ssh: ssh.iter().map(|n| text(&format!("ssh-{n}"))).collect() }
    }

    /// The files to be kept with their lines, secrets taken out.
    pub(super) fn shareable(&self) -> Vec<(String, Vec<String>)> {
        let mut files = vec![
            ("events.jsonl".to_owned(), crate::trace::shareable(&self.events)),
            ("http.txt".to_owned(), trace::shareable(&self.http)),
        ];
        for (number, text) in self.ssh.iter().enumerate() {
            let (arguments, said) = text.split_once('\n').unwrap_or_default();
            let mut lines = vec![trace::clean(&arguments.replace('\0', " "))];
            lines.extend(trace::shareable(said));
            files.push((format!("ssh-{}.txt", number + 1), lines));
        }
        files.retain(|(_, lines)| !lines.is_empty());
        files
    }
}

//! What a run printed, and the schema that it must fit.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::machine::binary;

/// What a run did.
#[must_use]
#[derive(Debug)]
pub(crate) struct Output {
    /// The exit code; `None`: ended by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
    pub(crate) elapsed: Duration,
    /// The largest memory of a process of the run, in KiB, when it was measured.
    pub(crate) memory: Option<u64>,
}

impl Output {
    /// Standard output; it must be UTF-8.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.out.clone()).expect("standard output is UTF-8")
    }

    /// Standard error; it must be UTF-8.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.err.clone()).expect("standard error is UTF-8")
    }

    /// Both streams, one behind the other.
    pub(crate) fn both(&self) -> String {
        self.stdout() + &self.stderr()
    }

    /// The JSON document, which must be all there is.
    pub(crate) fn document(&self) -> Value {
        let stdout = self.stdout();
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{}", self.stderr()))
    }

    /// Fails unless standard output is a report that fits the schema and whose exit code is the process's, 0, 1 or 3.
    pub(crate) fn check_report(&self) {
        let document = self.document();
        check_schema(&document);
        assert!(matches!(self.code, Some(0 | 1 | 3)), "{:?}: {}", self.code, self.stderr());
        assert_eq!(document["exit_code"], self.code.unwrap_or(-1));
    }

    /// The checks of the failing findings of severity error, in the order of the report.
    pub(crate) fn failing(&self) -> Vec<String> {
        let is_error = |finding: &&Value| finding["outcome"] == "fail" && finding["severity"] == "error";
        self.findings().iter().filter(is_error).map(|finding| text(&finding["check"])).collect()
    }

    /// Check and reason of the findings of an outcome.
    pub(crate) fn of_outcome(&self, outcome: &str) -> Vec<(String, String)> {
        let of = |finding: &Value| (text(&finding["check"]), text(&finding["reason"]));
        self.findings().iter().filter(|finding| finding["outcome"] == outcome).map(of).collect()
    }

    /// The check of the first root cause of a target.
    pub(crate) fn cause_of(&self, target: &str) -> Option<String> {
        let (document, findings) = (self.document(), self.findings());
        let causes = document["root_causes"].as_array().cloned().unwrap_or_default();
        let of_target = |finding: &&Value| finding["target"] == target;
        let find = |id: &Value| findings.iter().find(|finding| finding["id"] == *id).filter(of_target);
        causes.iter().find_map(find).map(|finding| text(&finding["check"]))
    }

    /// The check of the first root cause.
    pub(crate) fn first_cause(&self) -> Option<String> {
        let document = self.document();
        let id = document["root_causes"][0].as_str()?;
        id.split('#').next().map(str::to_owned)
    }

    /// All findings.
    pub(crate) fn findings(&self) -> Vec<Value> {
        self.document()["findings"].as_array().cloned().expect("findings")
    }

    /// The first finding of a check.
    pub(crate) fn finding(&self, check: &str) -> Value {
        let found = self.findings().into_iter().find(|finding| finding["check"] == check);
        found.unwrap_or_else(|| panic!("no finding of {check}: {:?}", self.failing()))
    }
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Fails unless the document fits what `cc-doctor schema report` prints.
pub(crate) fn check_schema(document: &Value) {
    static VALIDATOR: OnceLock<jsonschema::Validator> = OnceLock::new();
    let validator = VALIDATOR.get_or_init(|| jsonschema::validator_for(&schema("report")).expect("a right schema"));
    let errors: Vec<_> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// A schema that the program prints.
pub(crate) fn schema(name: &str) -> Value {
    let output = Command::new(binary()).args(["schema", name]).output().expect("the program starts");
    serde_json::from_slice(&output.stdout).expect("a JSON document")
}

/// Waits for a program; one that takes too long is killed with its group, and the test fails.
pub(crate) fn wait(child: Child, limit: Duration) -> Output {
    let (output, ended) = wait_or_kill(child, limit);
    assert!(ended, "no end within {limit:?}");
    output
}

/// Waits for a program, and whether it ended by itself: one that takes too long is killed with its group.
pub(crate) fn wait_or_kill(mut child: Child, limit: Duration) -> (Output, bool) {
    let end = Instant::now() + limit;
    let streams = (child.stdout.take(), child.stderr.take());
    let out = thread::spawn(|| content(streams.0));
    let err = thread::spawn(|| content(streams.1));
    while child.try_wait().expect("a child").is_none() && Instant::now() < end {
        thread::sleep(Duration::from_millis(2));
    }
    let status = child.try_wait().expect("a child");
    if status.is_none() {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = child.wait();
    }
    let joined = |reader: thread::JoinHandle<Vec<u8>>| reader.join().expect("a reader");
    let output = Output {
        code: status.and_then(|status| status.code()),
        out: joined(out),
        err: joined(err),
        elapsed: Duration::ZERO,
        memory: None,
    };
    (output, status.is_some())
}

fn content(stream: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = stream.read_to_end(&mut bytes);
    }
    bytes
}

//! What a change looks like to a person: unified diffs, secrets masked, control characters made visible.

use std::path::Path;

use similar::{ChangeTag, TextDiff};

use super::change::{ActionKind, Change, Content, Write};
use crate::collect::mask;
use crate::output::safe::{safe, safe_line};
use crate::system::{keys, text};

/// Unchanged lines around a change: none, for a report is sent away, and the rest of a person's file is nobody's business.
const CONTEXT: usize = 0;
/// Largest number of lines that are shown of one change.
const LINE_LIMIT: usize = 400;

/// What a key is made for: the next repair, which can be planned only when there is a key.
const AFTER_KEY: &str =
    "# Next, where AWS credentials allow it, its public key is uploaded to IAM, which cannot be taken back.\n";

/// The change as lines of text, each with its `\n`. Of a file: the form of `git diff` (`--- path`, `+++ path`, hunks with
/// three lines of context), of a program: `$ ` and its arguments.
pub fn of_change(change: &Change) -> String {
    match change {
        Change::Write(Write { path, before, after, .. }) => unified(path, before.as_ref(), Some(after)),
        Change::Remove { path, before } => unified(path, Some(before), None),
        Change::Move { from, to, .. } => format!("rename from {}\nrename to {}\n", shown(from), shown(to)),
        Change::SetMode { path, before, after } => {
            let name = shown(path);
            format!("--- {name}\n+++ {name}\nold mode {before:04o}\nnew mode {after:04o}\n")
        }
        Change::Upload(upload) => format!("$ {}\n", safe(&shlex_line(&upload.shown()))),
        Change::Act(action) => {
            let follows = if action.kind == ActionKind::GenerateKey { AFTER_KEY } else { "" };
            format!("$ {}\n{follows}", safe(&mask::mask(&shlex_line(&action.argv()))))
        }
    }
}

/// From the one content to the other; `None` is no file.
pub fn unified(path: &Path, before: Option<&Content>, after: Option<&Content>) -> String {
    let name = |content: Option<&Content>| content.map_or_else(|| "/dev/null".to_owned(), |_| shown(path));
    let header = format!("--- {}\n+++ {}\n", name(before), name(after));
    let empty = Content::default();
    let (old, new) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
    if is_private_key(old) || is_private_key(new) {
        return format!("{header}{}", sizes("a private key, which is not shown", old, new));
    }
    let (Some(old_text), Some(new_text)) = (readable(old), readable(new)) else {
        return format!("{header}{}", sizes("not a text", old, new));
    };
    let note = encodings(old, new).unwrap_or_default();
    format!("{header}{note}{}", hunks(&old_text, &new_text))
}

fn shown(path: &Path) -> String {
    safe(&path.to_string_lossy())
}

/// Not `output::shell`, which is for commands to paste: this one shows every argument.
fn shlex_line(argv: &[String]) -> String {
    let quoted = argv.iter().map(|argument| {
        shlex::try_quote(argument).map_or_else(|_| format!("'{argument}'"), |quoted| quoted.into_owned())
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// The lines of a key mask badly one by one: the last one is too short to look random.
fn is_private_key(content: &Content) -> bool {
    let text = text::decode(&content.0);
    text.contains("PRIVATE KEY-----") || text.starts_with("PuTTY-User-Key-File")
}

fn sizes(what: &str, old: &Content, new: &Content) -> String {
    let ends = |content: &Content| if content.0.windows(2).any(|pair| pair == b"\r\n") { "CRLF" } else { "LF" };
    format!("({what}: {} bytes, {} -> {} bytes, {})\n", old.0.len(), ends(old), new.0.len(), ends(new))
}

fn readable(content: &Content) -> Option<String> {
    (text::encoding(&content.0) != Some("nul-bytes")).then(|| text::decode(&content.0))
}

/// A line about encodings where they differ, since the text may look the same.
fn encodings(old: &Content, new: &Content) -> Option<String> {
    let name = |content: &Content| text::encoding(&content.0).unwrap_or("utf-8");
    let changed = name(old) != name(new) && !old.0.is_empty() && !new.0.is_empty();
    changed.then(|| format!("old encoding {}\nnew encoding {}\n", name(old), name(new)))
}

fn hunks(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let diff = TextDiff::from_slices(&old, &new);
    let mut lines = Vec::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(hunk.header().to_string());
        for change in hunk.iter_changes() {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(format!("{sign}{}", line(change.value())));
            if !change.value().ends_with('\n') {
                lines.push("\\ No newline at end of file".to_owned());
            }
        }
    }
    let more = lines.len().saturating_sub(LINE_LIMIT);
    lines.truncate(LINE_LIMIT);
    if more > 0 {
        lines.push(format!("({more} more lines)"));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

/// Carriage returns stay visible, as they may be what changes.
fn line(value: &str) -> String {
    let value = value.strip_suffix('\n').unwrap_or(value);
    let shown = safe_line(&mask::mask(value));
    match host_key(value) {
        Some(sha256) => format!("{shown} (SHA256:{sha256})"),
        None => shown,
    }
}

/// The fingerprint of the public key on a line of `known_hosts`, which is masked for its looks.
fn host_key(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().skip_while(|word| !word.starts_with("ssh-") && !word.starts_with("ecdsa-"));
    Some(keys::describe(&keys::decode_public(words.nth(1)?)?).sha256)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fix::change::Action;

    const CONFIG: &str = "/home/dev/.ssh/config";

    #[test]
    fn a_written_file_is_a_unified_diff() {
        let old = "# mine\nHost a\n  User x\nHost b\n  User y\n  Port 22\n# end\n";
        let change = Change::write(CONFIG, old, old.replace("User y", "User APKA"));
        assert_eq!(
            of_change(&change),
            "--- /home/dev/.ssh/config\n+++ /home/dev/.ssh/config\n@@ -5 +5 @@\n-  User y\n+  User APKA\n"
        );
    }

    #[test]
    fn a_new_and_a_removed_file_name_dev_null() {
        let created = of_change(&Change::create(CONFIG, "Host x", 0o600));
        assert_eq!(
            created,
            "--- /dev/null\n+++ /home/dev/.ssh/config\n@@ -0,0 +1 @@\n+Host x\n\\ No newline at end of file\n"
        );
        let removed = of_change(&Change::Remove { path: CONFIG.into(), before: "x\n".into() });
        assert_eq!(removed, "--- /home/dev/.ssh/config\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n");
    }

    #[test]
    fn line_ends_and_control_characters_are_visible() {
        let diff = of_change(&Change::write(CONFIG, "a\r\n", "a\n\u{1b}[2J\n"));
        assert!(diff.ends_with("@@ -1 +1,2 @@\n-a␍\n+a\n+␛[2J\n"), "{diff}");
        let odd = of_change(&Change::create("/home/dev/a\nb", "", 0o600));
        assert!(odd.contains("+++ /home/dev/a␊b\n"), "{odd}");
    }

    #[test]
    fn secrets_are_masked_and_other_lines_not_shown() {
        let old = "[default]\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nregion = x\n";
        let diff = of_change(&Change::write("/home/dev/.aws/config", old, old.replace("= x", "= us-east-1")));
        assert!(diff.ends_with("@@ -3 +3 @@\n-region = x\n+region = us-east-1\n"), "{diff}");
        let shown = of_change(&Change::write("/home/dev/.aws/config", old, ""));
        assert!(shown.contains("-aws_secret_access_key = ••••\n"), "{shown}");
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3BlbnNzaC1rZXktdjEAAAAA\r\nAAEC\r\n";
        let diff = of_change(&Change::write("/home/dev/.ssh/id", key, key.replace("\r\n", "\n")));
        assert!(!diff.contains("AAEC") && diff.contains("69 bytes, CRLF -> 66 bytes, LF"), "{diff}");
    }

    #[test]
    fn a_host_key_is_told_by_its_fingerprint() {
        // As `ssh-keygen -lf` prints it.
        let blob = "AAAAC3NzaC1lZDI1NTE5AAAAIJ4sbPPCqTz7hR0MskEjPXbXKXz1Wp9w7GnYqRkVNzQb";
        let diff = of_change(&Change::create("/h/known_hosts", format!("host ssh-ed25519 {blob}\n"), 0o600));
        assert!(
            diff.ends_with("+host ssh-ed25519 •••• (SHA256:HAccNN7Zb8OLDeNiIt89slXfswEkctiNSsEH0qTMoFM)\n"),
            "{diff}"
        );
    }

    #[test]
    fn another_encoding_is_named() {
        let wide: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain("Host x\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let diff = of_change(&Change::write(CONFIG, wide, "Host x\n"));
        assert!(diff.ends_with("+++ /home/dev/.ssh/config\nold encoding utf-16\nnew encoding utf-8\n"), "{diff}");
    }

    #[test]
    fn moves_modes_and_programs_are_told() {
        let moved = Change::Move { from: "/h/config.txt".into(), to: "/h/config".into(), before: "".into() };
        assert_eq!(of_change(&moved), "rename from /h/config.txt\nrename to /h/config\n");
        let mode = Change::SetMode { path: "/h/.ssh".into(), before: 0o777, after: 0o700 };
        assert_eq!(of_change(&mode), "--- /h/.ssh\n+++ /h/.ssh\nold mode 0777\nnew mode 0700\n");
        let action = Action {
            kind: ActionKind::GenerateKey,
            program: "/usr/bin/ssh-keygen".into(),
            args: ["-C", "my key", "-N", ""].map(Into::into).to_vec(),
            stdin: "password=hunter2\n".into(),
            creates: Vec::new(),
            deadline: Duration::from_secs(1),
        };
        let told = of_change(&Change::Act(action));
        let next = told.strip_prefix("$ /usr/bin/ssh-keygen -C 'my key' -N ''\n# Next, ").unwrap();
        assert!(next.contains("uploaded to IAM, which cannot be taken back"), "{told}");
    }

    #[test]
    fn a_huge_diff_is_cut() {
        let diff = of_change(&Change::create(CONFIG, "x\n".repeat(1000), 0o600));
        assert!(diff.ends_with("(601 more lines)\n"), "{}", diff.len());
    }
}

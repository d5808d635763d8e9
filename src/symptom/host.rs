//! Which host a line is about: a line that names none is about the one that was named before it.

use crate::check::regions::RegionTable;
use crate::collect::target::{Meant, meant};

/// Services that host repositories of git, by a part of their host names.
const SERVICES: [&str; 13] = [
    "github.",
    "gitlab.",
    "bitbucket.",
    "dev.azure.com",
    "visualstudio.com",
    "codeberg.org",
    "gitea.",
    "gitee.com",
    "sr.ht",
    "sourceforge.net",
    "gerrit.",
    "source.developers.google.com",
    "git.launchpad.net",
];
/// Words in front of a URL that git, or what runs git, prints or is given.
const GIT_WORDS: [&str; 12] = [
    "git ",
    "git.exe ",
    "fatal:",
    "error:",
    "remote:",
    "Cloning",
    "From ",
    "To ",
    "Pushing to ",
    "Username for",
    "Fetching ",
    "Repository ",
];

/// What a line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mention {
    /// A host or URL of CodeCommit, or one that was meant to be.
    CodeCommit(Meant),
    /// Somebody else's host.
    Other(String),
}

/// The first thing that the line names, CodeCommit first.
pub(super) fn mention(regions: &RegionTable, line: &str) -> Option<Mention> {
    // Most lines of a long text name nobody.
    if !line.contains('.') && !line.contains("::") && !line.contains("://") {
        return None;
    }
    let line = without_prompt(line);
    let words = || {
        let separates = |c: char| c.is_whitespace() || "'\"`<>()[]{},;|".contains(c);
        line.split(separates).filter(|word| word.contains('.') || word.contains(':'))
    };
    if let Some(meant) = words().find_map(|word| meant(regions, word.trim_end_matches(['.', ':']))) {
        return Some(Mention::CodeCommit(meant));
    }
    // What is no text names nobody.
    if line.contains(char::REPLACEMENT_CHARACTER) {
        return None;
    }
    let is_gits =
        |word: &str| GIT_WORDS.iter().any(|words| line.contains(words)) || line.contains(&format!("'{word}'"));
    words().find_map(|word| other(word, is_gits)).or_else(|| ssh_host(line)).map(Mention::Other)
}

/// The host that ssh did not reach, by its words (ssh.c and sshconnect.c of OpenSSH). A name without a dot may be one
/// of the user's own for CodeCommit.
pub(super) fn ssh_host(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("resolve hostname ").or_else(|| line.split_once("connect to host "))?;
    let host = rest.split([':', ' ']).next()?.trim_end_matches('.').to_ascii_lowercase();
    let is_name = host.contains('.')
        && host.contains(|c: char| c.is_ascii_alphabetic())
        && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    (is_name && !is_of_aws(&host) && !host.contains("codecommit")).then_some(host)
}

/// The host of somebody else that a word names.
fn other(word: &str, is_gits: impl Fn(&str) -> bool) -> Option<String> {
    let (host, is_scp) = match word.split_once("://") {
        Some((scheme, rest)) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let is_ssh = scheme.ends_with("ssh") || scheme == "git";
            (authority.rsplit('@').next().unwrap_or_default(), is_ssh || is_gits(word))
        }
        None => match word.split_once('@') {
            Some((user, rest)) if !user.contains('/') => {
                let (host, _) = rest.split_once(':')?;
                (host, true)
            }
            _ => (word.trim_end_matches(['.', ':', ',']), false),
        },
    };
    let host = host.split(':').next().unwrap_or_default().to_lowercase();
    let is_service = SERVICES.iter().any(|service| {
        host.find(service)
            .is_some_and(|at| host.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('.')))
    });
    let is_named = host.contains('.') && host.contains(|c: char| c.is_ascii_alphabetic()) && !is_of_aws(&host);
    let is_word = word.contains("://") || word.contains('@');
    let found = if is_word { is_named && is_scp } else { is_service && !host.contains('/') };
    (found && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))).then_some(host)
}

fn is_of_aws(host: &str) -> bool {
    ["amazonaws.com", "amazonaws.com.cn", "aws.amazon.com", "awsapps.com", "amazonaws-us-gov.com", "aws"]
        .iter()
        .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")))
}

/// Whether a command of git, or of what runs git, was typed on this line.
pub(super) fn is_command(line: &str) -> bool {
    let typed = without_prompt(line);
    let first = typed.split_whitespace().find(|word| !matches!(*word, "sudo" | "+" | "time" | "env" | "exec"));
    let program = first.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let program = program.strip_suffix(".exe").unwrap_or(program);
    let is_program =
        matches!(program, "git" | "ssh" | "plink" | "aws" | "go" | "cargo" | "npm" | "pip" | "dvc" | "yarn");
    is_program
        && typed.split_whitespace().nth(1).is_some_and(|word| word != ":" && !word.ends_with(':'))
        && !typed.starts_with("git: ")
}

/// What stands behind the prompt of a shell, where there is one: `dev@host:~/src$ `, `PS C:\src> `, `❯ `.
fn without_prompt(line: &str) -> &str {
    for mark in ["$ ", "# ", "% ", "> ", "❯ ", "➜ ", "λ "] {
        if mark.chars().next().is_some_and(|c| line.contains(c))
            && let Some((before, rest)) = line.split_once(mark)
            && before.chars().count() <= 80
            && !before.contains('\'')
            && !before.contains("://")
        {
            return rest;
        }
    }
    // A prompt that nothing was typed at.
    if line.ends_with(['$', '#', '%', '>']) && !line.contains("://") { "" } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(line: &str) -> Option<String> {
        let regions = RegionTable::embedded().unwrap();
        mention(&regions, line).map(|mention| match mention {
            Mention::CodeCommit(meant) => format!("codecommit {}", meant.transport.unwrap_or("any")),
            Mention::Other(host) => host,
        })
    }

    #[test]
    fn lines_name_hosts() {
        for (line, wanted) in [
            ("dev@laptop:~/src$ git clone codecommit::us-east-1://demo", Some("codecommit grc")),
            (
                "fatal: unable to access 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/': x",
                Some("codecommit https"),
            ),
            ("ssh: connect to host git-codecommit.us-east-1.amazonaws.com port 22: x", Some("codecommit any")),
            ("APKAX@git-codecommit.us-east-1.amazonaws.com: Permission denied (publickey).", Some("codecommit any")),
            ("git clone ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo", Some("codecommit ssh")),
            ("git@github.com: Permission denied (publickey).", Some("github.com")),
            ("dev@build.corp.example:~$ git fetch", None),
            ("dev@build.corp.example:~$", None),
            ("$ git clone git@git.corp.example:a/b.git", Some("git.corp.example")),
            ("fatal: repository 'https://git.corp.example/a/b.git/' not found", Some("git.corp.example")),
            ("The authenticity of host 'bitbucket.org (185.166.142.23)' can't be established.", Some("bitbucket.org")),
            ("See https://docs.github.example/x for more.", None),
            ("Visit https://docs.aws.amazon.com/codecommit/", None),
            (
                "fatal: unable to access 'https://git-codecommit.us-east-1.amazonaws.com/x': Failed to connect to proxy.corp.example port 3128",
                Some("codecommit https"),
            ),
            ("Connection closed by 52.94.228.1 port 22", None),
            ("\u{fffd}a@k.z:\u{fffd}3", None),
            ("Could not resolve hostname codecommit: Name or service not known", None),
            ("ssh: Could not resolve hostname git.corp.example: Name or service not known", Some("git.corp.example")),
            ("ssh: connect to host git.corp.example port 22: Connection refused", Some("git.corp.example")),
            ("ssh: connect to host 10.0.0.7 port 22: Connection refused", None),
            ("ssh: Could not resolve hostname git-codecommit.us-east-1.amazonaws.co: x", Some("codecommit any")),
        ] {
            assert_eq!(named(line).as_deref(), wanted, "{line}");
        }
    }

    #[test]
    fn commands_begin_something_new() {
        for line in [
            "$ git pull",
            "PS C:\\src> git fetch",
            "git clone x",
            "+ aws sts get-caller-identity",
            "dev@h:~$ sudo git push",
        ] {
            assert!(is_command(line), "{line}");
        }
        for line in
            ["git: 'x' is not a git command.", "fatal: git x", "Cloning into 'demo'...", "$ ls", "git : fatal: x"]
        {
            assert!(!is_command(line), "{line}");
        }
    }
}

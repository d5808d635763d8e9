//! What programs print when they are asked for their version.

use super::probe::Probe;

/// How a program named itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Digits and dots.
    pub(super) version: String,
    /// What it really is, for programs of which there are several kinds.
    pub(super) flavour: Option<&'static str>,
}

/// `git --version`: "git version 2.39.5", "git version 2.45.0.windows.1", "git version 2.39.3 (Apple Git-154)".
pub(super) static GIT: Probe = Probe { args: &["--version"], parse: git };
/// `ssh -V`, on standard error: "OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.11", "plink: Release 0.78", "Dropbear v2022.83".
pub(super) static SSH: Probe = Probe { args: &["-V"], parse: ssh };
/// `aws --version`: "aws-cli/2.15.0 Python/3.11.6 …"; version 1 before Python 3.4 on standard error.
pub(super) static AWS: Probe = Probe { args: &["--version"], parse: aws };
/// `python3 --version`: "Python 3.11.2"; before 3.4 on standard error.
pub(super) static PYTHON: Probe = Probe { args: &["--version"], parse: python };

fn git(line: &str) -> Option<Named> {
    let version = number_after(line, "git version ")?;
    let flavour = if line.contains(".windows.") {
        "git-for-windows"
    } else if line.contains("(Apple Git-") {
        "apple-git"
    } else {
        "git"
    };
    Some(Named { version, flavour: Some(flavour) })
}

fn ssh(line: &str) -> Option<Named> {
    const KINDS: [(&str, &str); 8] = [
        ("OpenSSH_for_Windows_", "openssh"),
        ("OpenSSH_", "openssh"),
        ("TortoiseGitPlink: Release ", "tortoiseplink"),
        ("TortoiseSVNPlink: Release ", "tortoiseplink"),
        ("TortoisePlink: Release ", "tortoiseplink"),
        ("plink: Release ", "plink"),
        ("Dropbear v", "dropbear"),
        ("Dropbear SSH client v", "dropbear"),
    ];
    KINDS.iter().find_map(|(prefix, flavour)| {
        number_after(line, prefix).map(|version| Named { version, flavour: Some(flavour) })
    })
}

fn aws(line: &str) -> Option<Named> {
    let version = number_after(line, "aws-cli/")?;
    let flavour = match version.split('.').next() {
        Some("0" | "1") => Some("aws-cli-1"),
        Some("2") => Some("aws-cli-2"),
        _ => None,
    };
    Some(Named { version, flavour })
}

fn python(line: &str) -> Option<Named> {
    number_after(line, "Python ").map(|version| Named { version, flavour: None })
}

/// The digits and dots behind `prefix` at the start of the line.
fn number_after(line: &str, prefix: &str) -> Option<String> {
    let behind = line.trim_start().strip_prefix(prefix)?;
    let end = behind.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(behind.len());
    let number = behind.get(..end)?.trim_end_matches('.');
    number.starts_with(|c: char| c.is_ascii_digit()).then(|| number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(probe: &Probe, line: &str) -> Option<(String, Option<&'static str>)> {
        (probe.parse)(line).map(|named| (named.version, named.flavour))
    }

    #[test]
    fn every_kind_of_version_line_is_understood() {
        for (probe, line, version, flavour) in [
            (&GIT, "git version 2.47.3", "2.47.3", Some("git")),
            (&GIT, "git version 2.45.0.windows.1", "2.45.0", Some("git-for-windows")),
            (&GIT, "git version 2.39.3 (Apple Git-154)", "2.39.3", Some("apple-git")),
            (&GIT, "git version 2.48.0.rc1", "2.48.0", Some("git")),
            (&SSH, "OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026", "9.2", Some("openssh")),
            (&SSH, "OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2", "9.5", Some("openssh")),
            (&SSH, "plink: Release 0.78", "0.78", Some("plink")),
            (&SSH, "TortoiseGitPlink: Release 0.80", "0.80", Some("tortoiseplink")),
            (&SSH, "Dropbear v2022.83", "2022.83", Some("dropbear")),
            (&AWS, "aws-cli/1.46.2 Python/3.11.2 Linux/6.1 botocore/1.43.62", "1.46.2", Some("aws-cli-1")),
            (&AWS, "aws-cli/2.15.0 Python/3.11.6 Windows/10 exe/AMD64", "2.15.0", Some("aws-cli-2")),
            (&PYTHON, "Python 3.11.2", "3.11.2", None),
            (&PYTHON, "Python 3.13.0rc1", "3.13.0", None),
        ] {
            assert_eq!(named(probe, line), Some((version.into(), flavour)), "{line}");
        }
    }

    #[test]
    fn other_lines_name_no_version() {
        for line in ["", "git version", "git version .", "git: 'x' is not a git command", "Python was not found; run"] {
            assert_eq!(named(&GIT, line), None, "{line}");
            assert_eq!(named(&PYTHON, line), None, "{line}");
        }
    }
}

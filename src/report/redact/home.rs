//! The home directory in all its spellings.

use std::ops::Range;

use regex::Regex;

/// One home directory: how it is found in text, and whose it is.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pattern: Regex,
    /// The account, where `~` alone would mean another directory; shown as `~account`.
    pub(super) owner: Option<String>,
}

impl Home {
    /// `None` when the path is too short to mean anything (`/`, empty).
    pub(super) fn new(path: &str, owner: Option<&str>, windows: bool) -> Option<Self> {
        let path = path.trim_end_matches(['/', '\\']);
        let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
        if parts.is_empty() || parts == ["."] || is_drive(path) {
            return None;
        }
        let pattern = Regex::new(&if windows { windows_pattern(&parts) } else { regex::escape(path) }).ok()?;
        Some(Self { pattern, owner: owner.map(str::to_owned) })
    }

    /// Where it stands in a text: as a whole path or the beginning of one.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let begins = |start: usize| {
            !text[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || "._-~".contains(c))
        };
        let ends = |end: usize| {
            let mut rest = text[end..].chars();
            match rest.next() {
                Some('.') => rest.next().is_none_or(|c| !c.is_alphanumeric()),
                Some(c) => !(c.is_alphanumeric() || "_-@".contains(c)),
                None => true,
            }
        };
        self.pattern.find_iter(text).map(|found| found.range()).filter(move |at| begins(at.start) && ends(at.end))
    }
}

fn is_drive(path: &str) -> bool {
    path.len() == 2 && path.ends_with(':')
}

/// Any case, either slash, doubled ones too, and the drive also as MSYS, Cygwin and WSL write it.
fn windows_pattern(parts: &[&str]) -> String {
    let names = parts.iter().map(|part| regex::escape(part));
    let path = names.collect::<Vec<_>>().join(r"[\\/]{1,2}");
    let drive = parts[0].strip_suffix(':').filter(|letter| letter.len() == 1);
    match (drive, parts) {
        (Some(letter), [_, rest @ ..]) => {
            let rest = rest.iter().map(|part| regex::escape(part)).collect::<Vec<_>>().join(r"[\\/]{1,2}");
            format!(r"(?i)(?:{letter}:|(?:/cygdrive|/mnt)?/{letter})[\\/]{{1,2}}{rest}")
        }
        _ => format!(r"(?i)[\\/]{{0,2}}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shorten(home: &str, windows: bool, text: &str) -> String {
        let home = Home::new(home, None, windows).expect("a home");
        let mut text = text.to_owned();
        let found: Vec<_> = home.find(&text).collect();
        found.into_iter().rev().for_each(|range| text.replace_range(range, "~"));
        text
    }

    #[test]
    fn a_home_is_a_whole_path_or_its_beginning() {
        for (text, wanted) in [
            ("/home/jdoe/.ssh/config", "~/.ssh/config"),
            ("HOME=/home/jdoe", "HOME=~"),
            ("in /home/jdoe, and '/home/jdoe'.", "in ~, and '~'."),
            ("file:///home/jdoe/x", "file://~/x"),
            ("/home/jdoe2/x", "/home/jdoe2/x"),
            ("/home/jdoe.old/x", "/home/jdoe.old/x"),
            ("/home/jdoe-old", "/home/jdoe-old"),
        ] {
            assert_eq!(shorten("/home/jdoe/", false, text), wanted);
        }
    }

    #[test]
    fn windows_spells_it_in_many_ways() {
        for text in [
            r"C:\Users\J Doe\.ssh\config",
            r"c:/users/j doe/.ssh/config",
            r"C:\\Users\\J Doe\\.ssh\config",
            "/c/Users/J Doe/.ssh/config",
            "/mnt/c/Users/J Doe/.ssh/config",
        ] {
            let short = shorten(r"C:\Users\J Doe", true, text);
            assert!(short.starts_with('~') && short.ends_with("config") && !short.contains("Doe"), "{short}");
        }
    }

    #[test]
    fn the_root_directory_is_nobodys_home() {
        assert!(["/", "", "C:\\", "."].iter().all(|path| Home::new(path, None, true).is_none()));
    }
}

//! Path patterns of `Include`, as glob(3) takes them.

use std::path::{Path, PathBuf};

use crate::system::System;

/// Most paths that one pattern yields.
const LIMIT: usize = 1_000;

/// Whether a path holds characters that glob(3) does not take literally.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// The paths that match, sorted.
pub(super) fn expand(system: &dyn System, pattern: &str) -> Vec<PathBuf> {
    let path = Path::new(pattern);
    let mut found = vec![PathBuf::new()];
    for part in path.components() {
        let part = part.as_os_str().to_string_lossy();
        found = found.into_iter().flat_map(|base| step(system, &base, &part)).take(LIMIT).collect();
    }
    found.retain(|path| system.symlink_metadata(path).is_ok());
    found
}

/// The entries of `base` that match one component.
fn step(system: &dyn System, base: &Path, part: &str) -> Vec<PathBuf> {
    if !is_pattern(part) {
        return vec![base.join(part)];
    }
    let pattern: Vec<char> = part.chars().collect();
    let Ok(entries) = system.read_dir(base) else { return Vec::new() };
    let mut names: Vec<_> = entries.into_iter().map(|entry| entry.name).collect();
    names.sort();
    names
        .into_iter()
        .filter(|name| {
            let name = name.to_string_lossy();
            // A leading dot is only matched by a dot.
            (!name.starts_with('.') || part.starts_with('.')) && matches(&name.chars().collect::<Vec<_>>(), &pattern)
        })
        .map(|name| base.join(name))
        .collect()
}

/// `*`, `?`, `[a-z]`, `[!a-z]` and backslashes; only the last `*` is ever tried again.
fn matches(text: &[char], pattern: &[char]) -> bool {
    let (mut t, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&c) = text.get(t) {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, t));
            p += 1;
        } else if let Some(next) = match_one(c, pattern, p) {
            p = next;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            star = Some((star_p, star_t + 1));
            p = star_p + 1;
            t = star_t + 1;
        } else {
            return false;
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// Where the pattern goes on when its element at `p` matches `c`.
fn match_one(c: char, pattern: &[char], p: usize) -> Option<usize> {
    match *pattern.get(p)? {
        '?' => Some(p + 1),
        '\\' => (*pattern.get(p + 1)? == c).then_some(p + 2),
        '[' => match_class(c, pattern, p + 1).unwrap_or_else(|| (c == '[').then_some(p + 1)),
        other => (other == c).then_some(p + 1),
    }
}

/// A bracket expression that begins behind its `[`; the outer null: it is not closed and stands for itself.
fn match_class(c: char, pattern: &[char], start: usize) -> Option<Option<usize>> {
    let negated = matches!(pattern.get(start), Some('!' | '^'));
    let first = start + usize::from(negated);
    let end = (first + 1..pattern.len()).find(|&i| pattern.get(i) == Some(&']'))?;
    let mut inside = false;
    let mut at = first;
    while at < end {
        let low = *pattern.get(at)?;
        if pattern.get(at + 1) == Some(&'-') && at + 2 < end {
            inside |= low <= c && c <= *pattern.get(at + 2)?;
            at += 3;
        } else {
            inside |= low == c;
            at += 1;
        }
    }
    Some((inside != negated).then_some(end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::{Platform, fake::FakeSystem};

    #[test]
    fn patterns_expand_sorted_and_skip_hidden_files() {
        let system = FakeSystem::new(Platform::Linux)
            .file("/c/conf.d/b.conf", "")
            .file("/c/conf.d/a.conf", "")
            .file("/c/conf.d/.hidden.conf", "")
            .file("/c/conf.d/1.txt", "");
        let see =
            |pattern: &str| expand(&system, pattern).iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        assert_eq!(see("/c/conf.d/*.conf"), ["/c/conf.d/a.conf", "/c/conf.d/b.conf"]);
        assert_eq!(see("/c/*/[0-9].???"), ["/c/conf.d/1.txt"]);
        assert_eq!(see("/c/conf.d/[!a]*.conf"), ["/c/conf.d/b.conf"]);
        assert_eq!(see("/c/conf.d/.h*"), ["/c/conf.d/.hidden.conf"]);
        assert_eq!(see("/c/conf.d/a.conf"), ["/c/conf.d/a.conf"]);
        assert!(see("/c/none/*").is_empty() && see("/c/conf.d/missing").is_empty());
    }

    proptest! {
        #[test]
        fn any_pattern_ends(text in "[a-c\\[\\]*]{0,20}", pattern in "[a-c*?\\[\\]!\\\\-]{0,20}") {
            matches(&text.chars().collect::<Vec<_>>(), &pattern.chars().collect::<Vec<_>>());
        }
    }
}

//! Schemes and what was meant by them.

/// The client that a URL is meant for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Family {
    /// ssh.
    Ssh,
    /// git over HTTPS.
    Https,
    /// git-remote-codecommit.
    Grc,
    /// Something else.
    #[default]
    Other,
}

/// Schemes of others, which are no misspellings.
const FOREIGN: [&str; 14] =
    ["git", "file", "ftp", "ftps", "rsync", "svn", "hg", "bzr", "s3", "gcrypt", "keybase", "ext", "fd", "sftp"];

/// Characters of a scheme (`is_urlschemechar` of git), and the underscore, which people type.
pub(super) fn is_scheme_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_')
}

/// What a scheme is meant as, misspellings included.
pub(super) fn family(scheme: &str) -> Family {
    exact(scheme).unwrap_or_else(|| near(&scheme.to_lowercase()))
}

/// Whether git does not know the scheme although we can tell what is meant.
pub(super) fn is_typo(scheme: &str) -> bool {
    exact(scheme).is_none() && near(&scheme.to_lowercase()) != Family::Other
}

/// Whether a scheme looks like a region: `codecommit::` in front of it was lost.
pub(super) fn is_region_like(scheme: &str) -> bool {
    let mut words = scheme.split('-');
    let two_letters = words.next().is_some_and(|word| word.len() == 2 && word.chars().all(|c| c.is_ascii_lowercase()));
    let digit = words.next_back().is_some_and(|word| word.len() == 1 && word.chars().all(|c| c.is_ascii_digit()));
    two_letters && digit && words.next().is_some()
}

/// The schemes that work. Case counts: git looks for a program of that name.
fn exact(scheme: &str) -> Option<Family> {
    match scheme {
        "ssh" | "git+ssh" | "ssh+git" => Some(Family::Ssh),
        "https" | "http" => Some(Family::Https),
        "codecommit" => Some(Family::Grc),
        _ => None,
    }
}

fn near(scheme: &str) -> Family {
    let bare: String = scheme.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let within = |word: &str, distance: usize| strsim::osa_distance(&bare, word) <= distance;
    if FOREIGN.contains(&scheme) || bare.is_empty() {
        Family::Other
    } else if within("codecommit", 2) || bare.ends_with("codecommit") {
        Family::Grc
    } else if within("https", 1) || within("http", 1) || bare == "htps" || bare == "hhtps" {
        Family::Https
    } else if within("ssh", 1) && bare.contains('s') {
        Family::Ssh
    } else {
        Family::Other
    }
}

//! Texts handed to the shell and to git.

/// One word for the shell, and for git's `GIT_CONFIG_PARAMETERS` (`sq_quote_buf` in quote.c of git).
pub(super) fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The same, without quotation marks where none are needed.
pub(super) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { shell(text) }
}

/// The URL without the login before its host.
pub(super) fn without_login(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(word("/usr/bin/ssh"), "/usr/bin/ssh");
        assert_eq!(word("a b"), "'a b'");
        assert_eq!(word(""), "''");
    }

    #[test]
    fn logins_are_taken_out() {
        assert_eq!(without_login("https://a:b@c@host/x@y"), "https://host/x@y");
        assert_eq!(without_login("codecommit::us-east-1://p@demo"), "codecommit::us-east-1://demo");
        assert_eq!(without_login("host:path"), "host:path");
    }
}

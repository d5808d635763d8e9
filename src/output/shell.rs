//! Commands are argument lists until they are shown; here they are quoted for the shell of the reader.

/// The command line, or `None` when an argument holds control characters: those are not to be pasted.
pub(super) fn quoted(arguments: &[String], windows: bool) -> Option<String> {
    if arguments.iter().any(|argument| argument.contains(char::is_control)) {
        return None;
    }
    let quote = if windows { powershell } else { posix };
    Some(arguments.iter().map(|argument| quote(argument)).collect::<Vec<_>>().join(" "))
}

/// A leading `~/` or `~root/` stays outside the quotes, or the shell would not expand it.
fn posix(argument: &str) -> String {
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if let Some((name, rest)) =
        argument.strip_prefix('~').and_then(|path| path.split_once('/')).filter(|(name, _)| is_name(name))
    {
        return if rest.is_empty() { argument.to_owned() } else { format!("~{name}/{}", posix(rest)) };
    }
    shlex::try_quote(argument).map_or_else(|_| format!("'{argument}'"), |quoted| quoted.into_owned())
}

fn powershell(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./\\:=~+%@".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) && !argument.starts_with('@') {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(arguments: &[&str], windows: bool) -> Option<String> {
        quoted(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>(), windows)
    }

    #[test]
    fn each_shell_gets_its_own_quotes() {
        let helper = ["git", "config", "credential.helper", "!aws codecommit credential-helper $@"];
        assert_eq!(
            line(&helper, false).unwrap(),
            "git config credential.helper '!aws codecommit credential-helper $@'"
        );
        assert_eq!(line(&helper, true).unwrap(), "git config credential.helper '!aws codecommit credential-helper $@'");
        let moved = ["mv", "~/.ssh/my config.txt", "~/.ssh/config"];
        assert_eq!(line(&moved, false).unwrap(), "mv ~/'.ssh/my config.txt' ~/.ssh/config");
        let of_root = ["mv", "~root/.ssh/config", "~a b/x"];
        assert_eq!(line(&of_root, false).unwrap(), "mv ~root/.ssh/config '~a b/x'");
        assert_eq!(line(&["echo", "it's"], true).unwrap(), "echo 'it''s'");
        assert_eq!(line(&["echo", "it's"], false).unwrap(), r#"echo "it's""#);
    }

    #[test]
    fn control_characters_are_refused() {
        assert_eq!(line(&["echo", "a\nrm -rf ~"], false), None);
    }
}

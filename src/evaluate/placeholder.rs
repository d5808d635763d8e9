//! Words that stand for facts where there is no machine: `REGION` for `target.region`.

/// The word for an expression that is nothing but a fact; `None`: it is more.
pub(super) fn of_fact(expression: &str) -> Option<String> {
    let path = expression.trim();
    let is_name = |name: &str| name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_part);
    path.split('.').all(is_name).then(|| word(path))
}

/// The word for the first fact of an expression.
pub(super) fn of_expression(expression: &str) -> String {
    let paths = expression.split(|c: char| !is_part(c) && c != '.');
    paths.filter(|path| path.contains('.')).find_map(of_fact).unwrap_or_else(|| "…".to_owned())
}

fn is_part(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

/// The last name that tells what it is.
fn word(path: &str) -> String {
    let names: Vec<&str> = path.split('.').collect();
    let last = match names.as_slice() {
        // `PATH` would be read as the variable of that name.
        [.., "path"] => "file".to_owned(),
        [.., of, "value"] if *of != "item" => (*of).to_owned(),
        [.., of, "id"] if *of != "item" => format!("{of}_id"),
        [.., last] => (*last).to_owned(),
        [] => String::new(),
    };
    last.to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_the_last_name_that_tells_something() {
        let of = |path| of_fact(path).unwrap_or_default();
        assert_eq!(of(" target.region "), "REGION");
        assert_eq!(of("item.path"), "FILE");
        assert_eq!(of("target.https.ssl_cert.value"), "SSL_CERT");
        assert_eq!(of("target.access.aws.configured_ssh_key.id"), "CONFIGURED_SSH_KEY_ID");
        assert_eq!(of("item"), "ITEM");
        assert_eq!(of_fact("join(item.names, \", \")"), None);
        assert_eq!(of_expression("join(target.ssh.users, \", \")"), "USERS");
    }
}

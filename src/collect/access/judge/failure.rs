//! What the words of git, ssh, curl and the helpers mean.

use crate::pattern::Pattern;

/// The failures that a run of git can show: word, layer, meaning.
pub const FAILURES: &[(&str, &str, &str)] = &[
    ("remote-helper-missing", "tools", "git finds no git-remote-codecommit"),
    ("helper-missing", "tools", "git or the shell finds no such credential helper"),
    ("program-missing", "tools", "a program that git or ssh starts is not there or does not start"),
    ("python-fails", "tools", "the Python of git-remote-codecommit, or a package of it, does not work"),
    ("config-refused", "config", "git or ssh refuses its configuration"),
    ("command-unparsable", "config", "the shell cannot read the command of a helper or of ssh"),
    ("protocol-not-allowed", "config", "git may not use the transport"),
    ("region-missing", "config", "nothing names a region"),
    ("region-unknown", "config", "git-remote-codecommit does not know the region"),
    ("url-malformed", "config", "git-remote-codecommit or git cannot read the URL"),
    ("name-not-found", "dns", "the host name is not resolved"),
    ("refused", "tcp", "the connection is refused"),
    ("timed-out", "tcp", "no answer came in time; the layer is that of the last thing seen"),
    ("unreachable", "tcp", "there is no route"),
    ("reset", "tcp", "the connection is reset"),
    ("proxy-unreachable", "tcp", "the proxy cannot be reached, or the proxy program fails"),
    ("proxy-malformed", "tcp", "curl cannot read the address of the proxy"),
    ("proxy-login", "tcp", "the proxy wants a login (407)"),
    ("proxy-refuses", "tcp", "the proxy does not let the connection through"),
    ("host-key-unknown", "handshake", "the host key is not known"),
    ("host-key-changed", "handshake", "another host key is known for the host"),
    ("host-key-revoked", "handshake", "the host key is marked as revoked"),
    ("no-common-algorithm", "handshake", "ssh and server have no algorithm in common"),
    ("kex-closed", "handshake", "the connection ends before the keys are exchanged"),
    ("tls-untrusted", "handshake", "git does not trust the certificate"),
    ("tls-wrong-name", "handshake", "the certificate is another host's"),
    ("tls-expired", "handshake", "the certificate is not valid now"),
    ("client-certificate", "handshake", "git cannot read its own certificate or the key to it"),
    ("tls-failed", "handshake", "the TLS handshake fails"),
    ("too-many-keys", "authentication", "the server hangs up before the right key is offered"),
    ("key-refused", "authentication", "the server takes none of the keys"),
    ("profile-missing", "authentication", "there is no such AWS profile"),
    ("credentials-missing", "authentication", "the profile has no credentials"),
    ("credentials-expired", "authentication", "the AWS session is over"),
    ("credentials-unusable", "authentication", "botocore cannot make credentials of the AWS configuration"),
    ("helper-failed", "authentication", "a credential helper fails"),
    ("no-username", "authentication", "nothing gives git a login"),
    ("unauthorized", "authentication", "the server refuses the login (401)"),
    ("forbidden", "authorization", "the server refuses (403)"),
    ("throttled", "authorization", "too many requests (429)"),
    ("not-found", "repository", "there is no such repository (404)"),
    ("redirected", "repository", "the answer leads elsewhere"),
    ("not-git", "repository", "the answer is not that of a git server"),
    ("server-error", "repository", "the server fails (5xx)"),
    ("closed", "repository", "the connection ends in the middle; the layer is that of the last thing seen"),
    ("other", "other", "words that are not known"),
];

/// A failure and the words by which it is known.
struct Rule {
    word: &'static str,
    pattern: Pattern,
}

const fn rule(word: &'static str, words: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule { word, pattern: Pattern::new(words, pattern) }
}

/// In order: what causes another line comes before it.
static RULES: [Rule; 42] = [
    rule(
        "remote-helper-missing",
        &["remote"],
        r"git: 'remote-\S+' is not a git command|[Uu]nable to find remote helper|'remote-\S+' appears to be a git command",
    ),
    rule(
        "program-missing",
        &["cannot", "env: ", "exec: ", "loading shared", "library not loaded"],
        r"^(?:error: |fatal: )?cannot (?:run|exec) |^(?:/\S*/)?env: .*: No such file|: \d+: exec: \S*python[\d.]*: not found|error while loading shared libraries|Library not loaded",
    ),
    rule(
        "protocol-not-allowed",
        &["transport", "protocol"],
        r#"transport '[^']*' not allowed|Protocol "\S+" (?:not supported|disabled)"#,
    ),
    rule(
        "url-malformed",
        &["malformed", "invalid", "url", "protocol"],
        r"URL is malformed|invalid URL|URL using bad/illegal format|URL rejected|protocol '[^']*' is not supported|hostname contains invalid",
    ),
    rule("region-missing", &["region"], r"does not have an AWS Region|You must specify a region|NoRegionError"),
    rule("region-unknown", &["region"], r"AWS Region is not available"),
    rule(
        "profile-missing",
        &["profile"],
        r"profile was not found|config profile \(.*\) could not be found|ProfileNotFound",
    ),
    rule(
        "credentials-expired",
        &["expired", "sso", "login session"],
        r"[Tt]oken (?:has|is) expired|Token has expired|ExpiredToken|[Ss]ession .*expired|Error loading SSO Token|login session",
    ),
    rule(
        "credentials-missing",
        &["credentials", "nonetype"],
        r"does not have credentials configured|Unable to locate credentials|NoCredentials|[Pp]artial ?[Cc]redentials|'NoneType' object has no attribute",
    ),
    rule(
        "config-refused",
        &["config", "permissions on", "argument", "keyword", "variant", "ssl backend", "option"],
        r"Bad configuration option|bad configuration options|Bad owner or permissions|bad (?:numeric |boolean )?config|no argument after keyword|extra arguments|[Mm]issing argument|ssh variant '\w+' does not support|Unsupported SSL backend|unsupported (?:option|ssl)|command-line line \d+|Can't open user config file",
    ),
    rule("proxy-malformed", &["unsupported proxy"], r"Unsupported proxy "),
    rule("proxy-login", &["407"], r"(?:response|code|error:) ?:? ?407\b"),
    rule(
        "proxy-unreachable",
        &["proxy", "unknown port", "open failed"],
        r"[Cc]ould not resolve proxy|Connection closed by UNKNOWN port|^channel 0: open failed",
    ),
    rule(
        "proxy-refuses",
        &["connect", "proxy"],
        r"CONNECT tunnel failed|Received HTTP code \d+ from proxy|Proxy CONNECT aborted",
    ),
    rule("name-not-found", &["resolve"], r"[Cc]ould not resolve host"),
    rule(
        "no-common-algorithm",
        &["negotiate", "no matching"],
        r"Unable to negotiate with|no matching (?:host key type|key exchange|cipher|MAC)",
    ),
    rule("kex-closed", &["exchange_identification", "banner"], r"(?:kex|ssh)_exchange_identification|banner exchange:"),
    rule("too-many-keys", &["too many"], r"Too many authentication failures"),
    rule(
        "tls-expired",
        &["expired", "expiration"],
        r"certificate has expired|certificate expired|expiration date has passed|CERT_EXPIRED",
    ),
    rule(
        "tls-wrong-name",
        &["host name", "subject name", "hostname", "principal"],
        r"does not match target host ?name|no alternative certificate subject|WRONG_PRINCIPAL|certificate subject name|hostname mismatch",
    ),
    rule(
        "tls-untrusted",
        &["certificate", "ssl", "0x80092012", "cafile"],
        r"server certificate verification failed|unable to get (?:local )?issuer|[Ss]elf[- ]signed certificate|certificate problem|UNTRUSTED_ROOT|0x80092012|Problem with the SSL CA cert|error setting certificate|suitable TLS CA certificate|CERTIFICATE_VERIFY_FAILED",
    ),
    rule(
        "client-certificate",
        &["x.509", "client certificate", "private key file", "local ssl certificate"],
        r"error reading X\.509 key or certificate|could not load \S+ client certificate|unable to (?:set|use) (?:private key file|client certificate)|Problem with the local SSL certificate",
    ),
    rule(
        "tls-failed",
        &["gnutls", "ssl", "tls", "schannel"],
        r"gnutls_handshake\(\) failed|SSL_ERROR|SSL_connect|TLS connect error|GnuTLS recv error|schannel: |OpenSSL",
    ),
    rule("refused", &["refused"], r"Connection refused"),
    rule("timed-out", &["timed out", "timeout"], r"timed out|[Tt]imeout was reached"),
    rule(
        "unreachable",
        &["route", "unreachable"],
        r"No route to host|Network is unreachable|Can't assign requested address",
    ),
    rule("throttled", &["429", "exceeded", "throttl"], r"error: 429|Rate [Ee]xceeded|Throttling"),
    rule("forbidden", &["403", "not authorized"], r"error: 403|is not authorized to perform"),
    rule(
        "not-found",
        &["404", "not found", "not appear", "doesnotexist"],
        r"error: 404|repository .*not found|does not appear to be a git repository|RepositoryDoesNotExist",
    ),
    rule("server-error", &["error: 5"], r"error: 5\d\d"),
    rule("redirected", &["error: 3", "redirect"], r"error: 3\d\d|url base from redirection"),
    rule(
        "not-git",
        &["not valid", "bad line length"],
        r"info/refs not valid|bad line length character|protocol error: bad line",
    ),
    rule(
        "unauthorized",
        &["401", "authentication failed", "invalid username"],
        r"error: 401|Authentication failed for|invalid credentials",
    ),
    rule(
        "key-refused",
        &["permission denied (", "no supported authentication"],
        r"Permission denied \(|No supported authentication methods",
    ),
    rule("reset", &["reset"], r"Connection (?:was )?reset"),
    // dash and bash; before them stands what they were to run, or their own path.
    rule(
        "command-unparsable",
        &["syntax error", "unexpected eof"],
        r"Syntax error: |syntax error near unexpected token|syntax error: unexpected end of file|unexpected EOF while looking for",
    ),
    rule(
        "helper-missing",
        &["credential-", "not found", "bad interpreter"],
        r"'credential-\S+' is not a git command|(?:sh|bash): (?:line )?\d+: .*not found|: bad interpreter: ",
    ),
    rule("no-username", &["could not read"], r"could not read (?:Username|Password)"),
    // Behind the lack of a login, to which a helper that breaks off leads: the rest is git-remote-codecommit.
    rule(
        "python-fails",
        &["error: ", "found: ", "conflict: "],
        r"^(?:\w+\.)*(?:ModuleNotFoundError|ImportError|PackageNotFoundError|DistributionNotFound|VersionConflict|SyntaxError): ",
    ),
    rule(
        "credentials-unusable",
        &["botocore.exceptions.", "unable to parse", "error: "],
        r"^botocore\.exceptions\.\w+: |Unable to parse config file|^(?:FileNotFoundError|PermissionError|EOFError): ",
    ),
    rule("proxy-unreachable", &["failed to connect"], r"Failed to connect to \S+ port"),
    rule(
        "closed",
        &["empty reply", "closed", "early eof", "hung up", "disconnect", "transfer", "disconnected"],
        r"Empty reply|[Cc]onnection closed|closed by remote host|early EOF|hung up unexpectedly|unexpected disconnect|transfer closed|server closed|prematurely",
    ),
];

/// The layer of a failure.
pub(super) fn layer(word: &str) -> &'static str {
    FAILURES.iter().find(|(known, _, _)| *known == word).map_or("other", |(_, layer, _)| layer)
}

/// The first rule that a line matches, and the place of that line.
pub(super) fn find(lines: &[&str]) -> Option<(&'static str, usize)> {
    if let Some(found) = host_key(lines) {
        return Some(found);
    }
    RULES.iter().find_map(|rule| {
        let matches = |line: &&str| rule.pattern.for_text(line).is_some_and(|pattern| pattern.is_match(line));
        lines.iter().position(matches).map(|place| (rule.word, place))
    })
}

/// ssh warns of a changed or revoked key also where it goes on (`StrictHostKeyChecking no`).
fn host_key(lines: &[&str]) -> Option<(&'static str, usize)> {
    let stopped = lines
        .iter()
        .position(|line| line.contains("Host key verification failed") || line.contains("host key is not cached"))?;
    let has = |text: &str| lines.iter().position(|line| line.contains(text));
    Some(if let Some(place) = has("REVOKED HOST KEY") {
        ("host-key-revoked", place)
    } else if let Some(place) = has("HOST IDENTIFICATION HAS CHANGED") {
        ("host-key-changed", place)
    } else {
        ("host-key-unknown", has("host key is known for").unwrap_or(stopped))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_names_a_failure_and_compiles() {
        for rule in &RULES {
            assert!(FAILURES.iter().any(|(word, _, _)| *word == rule.word), "{}", rule.word);
            assert!(rule.pattern.for_text(&rule_words()).is_some(), "{}", rule.word);
        }
        let words: std::collections::HashSet<_> = FAILURES.iter().map(|(word, _, _)| word).collect();
        assert_eq!(words.len(), FAILURES.len());
    }

    /// A text that holds a word of every rule, and is not of ASCII.
    fn rule_words() -> String {
        "é".into()
    }
}

//! Private keys between `-----BEGIN … PRIVATE KEY-----` lines.

use super::{KeyFacts, decode_base64, der, public, take_string};

/// Magic of the OpenSSH container (PROTOCOL.key of OpenSSH).
const OPENSSH_MAGIC: &[u8] = b"openssh-key-v1\0";

/// The first BEGIN marker of a private key.
pub(super) struct Begin {
    /// What stands between `BEGIN ` and `PRIVATE KEY`: `OPENSSH`, `RSA`, `EC`, `DSA`, `ENCRYPTED` or nothing.
    label: String,
    /// Where the marker begins in the text.
    start: usize,
    /// Where the text behind the marker begins.
    end: usize,
}

/// Finds the BEGIN marker of a private key.
pub(super) fn begin(text: &str) -> Option<Begin> {
    let start = text.find("-----BEGIN ")?;
    let rest = text.get(start + 11..)?;
    let (label, _) = rest.split_once("PRIVATE KEY-----")?;
    // A label is short and on one line; otherwise the words belong to some other text.
    if label.len() > 20 || !label.chars().all(|c| c.is_ascii_uppercase() || c == ' ') {
        return None;
    }
    Some(Begin { label: label.trim().to_owned(), start, end: start + 11 + label.len() + 16 })
}

/// Reads a private key whose marker was found.
pub(super) fn inspect(bytes: &[u8], text: &str, begin: &Begin) -> KeyFacts {
    let behind = text.get(begin.end..).unwrap_or("");
    let end = behind.find("-----END ");
    let body = end.and_then(|end| behind.get(..end)).unwrap_or(behind);
    let (headers, data) = split_body(body);
    let format = match begin.label.as_str() {
        "OPENSSH" => "openssh",
        "RSA" | "DSA" => "pkcs1",
        "EC" => "sec1",
        _ => "pkcs8",
    };
    let encrypted = begin.label == "ENCRYPTED" || headers.iter().any(|h| h.contains("ENCRYPTED"));
    let mut facts = KeyFacts { role: "private", format, encrypted: Some(encrypted), ..KeyFacts::default() };
    let whole = match begin.label.as_str() {
        "OPENSSH" => fill_openssh(&mut facts, data.as_deref()),
        label => fill_classic(&mut facts, label, data.as_deref()),
    };
    let place = Place { text, begin, body, ended: end.is_some(), whole };
    facts.damage = if format == "openssh" { openssh_damage(bytes, &place) } else { classic_damage(bytes, &place) };
    facts
}

/// RFC 1421 header lines (with a colon) and the decoded rest; null when that is no base64.
fn split_body(body: &str) -> (Vec<&str>, Option<Vec<u8>>) {
    // Keys on one line keep their line ends as blanks or as the two characters \n.
    let (headers, lines): (Vec<_>, Vec<_>) = body.lines().partition(|line| line.contains(':'));
    let joined: String = lines.concat().replace("\\n", "").split_ascii_whitespace().collect();
    (headers, decode_base64(&joined))
}

/// The public part and the cipher of an OpenSSH container; whether it is whole.
fn fill_openssh(facts: &mut KeyFacts, data: Option<&[u8]>) -> bool {
    let Some(mut rest) = data.and_then(|data| data.strip_prefix(OPENSSH_MAGIC)) else { return false };
    let Some(cipher) = take_string(&mut rest) else { return false };
    facts.encrypted = Some(cipher != b"none");
    let header = take_string(&mut rest).and_then(|_kdf| take_string(&mut rest)).is_some();
    let Some(mut rest) = header.then_some(rest).and_then(|rest| rest.get(4..)) else { return false };
    let Some(blob) = take_string(&mut rest) else { return false };
    facts.key_type = Some(public::type_of(blob));
    facts.blob = Some(blob.to_vec());
    take_string(&mut rest).is_some()
}

/// The public part of a PEM key that is not encrypted; whether the data are whole.
fn fill_classic(facts: &mut KeyFacts, label: &str, data: Option<&[u8]>) -> bool {
    facts.key_type = match label {
        "RSA" => Some("rsa"),
        "EC" => Some("ecdsa"),
        "DSA" => Some("dsa"),
        _ => None,
    };
    let Some(data) = data.filter(|data| !data.is_empty()) else { return false };
    if facts.encrypted == Some(true) {
        return label != "ENCRYPTED" || der::is_whole(data);
    }
    facts.blob = match label {
        "RSA" => der::rsa_blob(data),
        "DSA" => der::dsa_blob(data),
        _ => der::pkcs8_rsa_blob(data).or_else(|| decoded_blob(label, data)),
    };
    facts.key_type = facts.blob.as_deref().map(public::type_of).or(facts.key_type);
    der::is_whole(data)
}

/// The public part of an elliptic curve key, decoded by russh.
fn decoded_blob(label: &str, data: &[u8]) -> Option<Vec<u8>> {
    let label = if label.is_empty() { "PRIVATE KEY".to_owned() } else { format!("{label} PRIVATE KEY") };
    let text = data_encoding::BASE64.encode(data);
    let pem = format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n");
    russh::keys::decode_secret_key(&pem, None).ok()?.public_key().to_bytes().ok()
}

/// What the rules of damage look at.
struct Place<'a> {
    text: &'a str,
    begin: &'a Begin,
    /// What stands between the markers (to the end of the file when there is no END marker).
    body: &'a str,
    ended: bool,
    whole: bool,
}

impl Place<'_> {
    /// Line ends lost, or written as blanks, CR or the two characters `\n`.
    fn one_line(&self) -> bool {
        !self.body.contains('\n') && !self.body.trim().is_empty()
    }

    /// Blanks around a marker. Those around the lines between do no harm.
    fn indented(&self) -> bool {
        let before = self.text.get(..self.begin.start).unwrap_or("");
        let blanks_before = !before.is_empty() && before.trim().is_empty();
        let markers = self.text.lines().filter(|line| line.contains("-----BEGIN ") || line.contains("-----END "));
        blanks_before || markers.into_iter().any(|line| line.starts_with([' ', '\t']) || line.ends_with([' ', '\t']))
    }

    /// A marker that does not begin its line, which OpenSSL does not accept either.
    fn shifted(&self) -> bool {
        self.text
            .lines()
            .any(|line| line.starts_with([' ', '\t']) && (line.contains("-----BEGIN ") || line.contains("-----END ")))
    }
}

/// OpenSSH reads its own format byte by byte: both markers followed by LF, nothing before the first (sshkey.c,
/// `private2_uudecode`).
fn openssh_damage(bytes: &[u8], place: &Place<'_>) -> Option<&'static str> {
    const BEGIN: &[u8] = b"-----BEGIN OPENSSH PRIVATE KEY-----\n";
    const END: &str = "\n-----END OPENSSH PRIVATE KEY-----\n";
    if bytes.starts_with(BEGIN) && place.text.contains(END) && place.whole {
        return None;
    }
    Some(if has_mark(bytes) {
        "bom"
    } else if place.one_line() {
        "one-line"
    } else if !place.ended || !place.whole {
        "truncated"
    } else if place.text.contains("\r\n") {
        "crlf"
    } else if place.indented() {
        "indented"
    } else if !place.text.ends_with('\n') {
        "no-final-newline"
    } else {
        "not-a-key"
    })
}

/// OpenSSL skips what precedes the first marker's line and does not mind CRLF, a UTF-8 BOM or a missing last line
/// end.
fn classic_damage(bytes: &[u8], place: &Place<'_>) -> Option<&'static str> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        Some("bom")
    } else if place.one_line() {
        Some("one-line")
    } else if place.shifted() {
        Some("indented")
    } else if !place.ended || !place.whole {
        Some("truncated")
    } else {
        None
    }
}

fn has_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xEF, 0xBB, 0xBF]) || bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF])
}

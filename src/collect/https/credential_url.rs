//! URLs as git's credential code reads them (`credential_from_url_1` and `credential_match` in credential.c of git).

/// The parts of a URL that credentials are looked up by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialUrl {
    /// Scheme as written.
    pub protocol: Option<String>,
    /// Host with port.
    pub host: Option<String>,
    /// Path without slashes around it.
    pub path: Option<String>,
    /// User name.
    pub username: Option<String>,
    /// Password. Never leaves `collect`.
    pub password: Option<String>,
}

impl CredentialUrl {
    /// Reads a URL. `partial`: parts may be missing, as in sections. `None` when git refuses it.
    pub fn parse(url: &str, partial: bool) -> Option<Self> {
        let scheme = url.find("://");
        if !partial && scheme.is_none_or(|at| at == 0) {
            return None;
        }
        let rest = scheme.map_or(url, |at| &url[at + 3..]);
        let slash = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let mut parsed = Self::default();
        let host = match rest.find('@').filter(|at| *at < slash) {
            Some(at) => {
                parsed.login(&rest[..at]);
                &rest[at + 1..slash]
            }
            None => &rest[..slash],
        };
        parsed.protocol = scheme.filter(|at| *at > 0).map(|at| url[..at].to_owned());
        parsed.host = (!partial || !host.is_empty()).then(|| decode(host));
        let path = decode(rest[slash..].trim_start_matches('/'));
        let path = path.trim_end_matches('/');
        parsed.path = (!path.is_empty()).then(|| path.to_owned());
        let parts = [&parsed.protocol, &parsed.host, &parsed.path, &parsed.username, &parsed.password];
        if parts.into_iter().flatten().any(|part| part.contains('\n')) { None } else { Some(parsed) }
    }

    fn login(&mut self, login: &str) {
        match login.split_once(':') {
            Some((user, password)) => {
                self.username = Some(decode(user));
                self.password = Some(decode(password));
            }
            None => self.username = Some(decode(login)),
        }
    }

    /// Whether `have` answers to what is wanted: parts that are not wanted may be anything.
    pub fn wants(&self, have: &Self) -> bool {
        let fits = |want: &Option<String>, have: &Option<String>| want.is_none() || want == have;
        fits(&self.protocol, &have.protocol)
            && fits(&self.host, &have.host)
            && fits(&self.path, &have.path)
            && fits(&self.username, &have.username)
    }

    /// The URL that git compares with sections (`credential_format`).
    pub fn formatted(&self) -> String {
        let mut url = format!("{}://", self.protocol.as_deref().unwrap_or_default());
        if let Some(user) = self.username.as_deref().filter(|user| !user.is_empty()) {
            url.push_str(&encode(user, true));
            url.push('@');
        }
        url.push_str(self.host.as_deref().unwrap_or_default());
        if let Some(path) = &self.path {
            url.push('/');
            url.push_str(&encode(path, false));
        }
        url
    }
}

/// Percent-decoding that leaves broken escapes alone (`url_decode_internal` in url.c of git).
pub fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let value = escape.filter(|_| byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match value.filter(|value| *value != 0) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `strbuf_add_percentencode` of git.
fn encode(text: &str, slashes: bool) -> String {
    const UNSAFE: &str = " <>\"%{}|\\^`:?#[]@!$&'()*+,;=";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = (0x20..0x7f).contains(&byte) && !UNSAFE.contains(char::from(byte)) && !(slashes && byte == b'/');
        if plain { out.push(char::from(byte)) } else { out.push_str(&format!("%{byte:02x}")) }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(url: &str, partial: bool) -> Option<[Option<String>; 4]> {
        CredentialUrl::parse(url, partial).map(|u| [u.protocol, u.host, u.path, u.username])
    }

    #[test]
    fn urls_are_taken_apart() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parts("https://h:1/a/b/", false), Some([some("https"), some("h:1"), some("a/b"), None]));
        assert_eq!(parts("https://me%40x:pw@h", false), Some([some("https"), some("h"), None, some("me@x")]));
        assert_eq!(parts("h/p", false), None);
        assert_eq!(parts("h/p", true), Some([None, some("h"), some("p"), None]));
        assert_eq!(parts("/p", true), Some([None, None, some("p"), None]));
        assert_eq!(parts("https://", true), Some([some("https"), None, None, None]));
        assert_eq!(parts("https://h/a%0ab", true), None);
    }

    #[test]
    fn the_url_for_sections_is_encoded() {
        let url = CredentialUrl::parse("https://a%2Fb@h/v1/repos/x+y", false).unwrap();
        assert_eq!(url.formatted(), "https://a%2fb@h/v1/repos/x%2by");
    }

    proptest! {
        #[test]
        fn anything_can_be_a_url(url in "\\PC{0,60}", partial in any::<bool>()) {
            CredentialUrl::parse(&url, partial);
        }
    }
}

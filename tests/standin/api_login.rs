//! Who signed an API request, and whether the signature holds.
//!
//! The Query API refuses with 403 and codes such as `InvalidClientTokenId`, JSON services with 400 and
//! `UnrecognizedClientException`: so botocore's recorded answers and the services' pages "Common Errors" have it.

use jiff::Timestamp;

use super::api::form;
use super::https::Asked;
use super::switches::ApiError;
use super::world::{IamUser, World};
use super::{clock, sigv4};

/// The `Authorization` header, taken apart.
pub(crate) struct Credential {
    /// The access key ID.
    pub(crate) key: String,
    day: String,
    region: String,
    service: String,
    headers: Vec<String>,
    signature: String,
}

impl Credential {
    /// None where there is no such header, or not of Signature Version 4.
    pub(crate) fn read(asked: &Asked) -> Option<Self> {
        let rest = asked.header("authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let part = |name: &str| rest.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        let mut scope = part("Credential")?.split('/').map(str::to_owned);
        Some(Self {
            key: scope.next()?,
            day: scope.next()?,
            region: scope.next()?,
            service: scope.next()?,
            headers: part("SignedHeaders")?.split(';').map(str::to_owned).collect(),
            signature: part("Signature")?.to_owned(),
        })
    }
}

/// Who signed.
pub(crate) struct Signer {
    pub(crate) user: IamUser,
    /// The region that the request was signed for.
    pub(crate) region: String,
}

/// Finds out who signed a request, and whether the signature, the token and the time are right.
pub(crate) fn authenticate(
    world: &World,
    asked: &Asked,
    service: &'static str,
    now: Timestamp,
) -> Result<Signer, ApiError> {
    let refuse = |kind| refusal(service == "codecommit", kind, "");
    let credential = Credential::read(asked).ok_or_else(|| refuse(Kind::Missing))?;
    let (user, key) = world.by_access_key(&credential.key).ok_or_else(|| refuse(Kind::UnknownKey))?;
    if key.expired {
        return Err(refuse(Kind::Expired));
    }
    if asked.header("x-amz-security-token") != key.token.as_deref() {
        return Err(refuse(Kind::UnknownKey));
    }
    let mismatch = |text: &str| refusal(service == "codecommit", Kind::Mismatch, text);
    let sent = asked.header("x-amz-date").unwrap_or_default();
    let time = sent.strip_suffix('Z').and_then(clock::read).ok_or_else(|| mismatch("no date"))?;
    let here = clock::write(now);
    match clock::misplaced(time, now) {
        0 => {}
        early if early < 0 => {
            return Err(mismatch(&format!("Signature expired: {sent} is now earlier than {here}Z - 15 min.")));
        }
        _ => return Err(mismatch(&format!("Signature not yet current: {sent} is still later than {here}Z + 15 min."))),
    }
    if credential.service != service || !sent.starts_with(&credential.day) {
        return Err(mismatch(&format!("Credential should be scoped to correct service: '{service}'.")));
    }
    if !belongs(&asked.host, service, &credential.region) {
        return Err(mismatch("Credential should be scoped to a valid region."));
    }
    let canonical = canonical(asked, &credential);
    let right = sigv4::signature(&key.secret, sent, &credential.region, service, &canonical);
    if right != credential.signature {
        return Err(mismatch("The request signature we calculated does not match the signature you provided."));
    }
    Ok(Signer { user: user.clone(), region: credential.region })
}

/// Whether a regional host is asked with a signature for its region; other hosts take any.
fn belongs(host: &str, service: &str, region: &str) -> bool {
    let Some(rest) = host.strip_prefix(service).and_then(|rest| rest.strip_prefix('.')) else { return true };
    match rest.split_once(".amazonaws.com") {
        Some((of_host, _)) => of_host == region,
        None => region == "us-east-1",
    }
}

enum Kind {
    Missing,
    UnknownKey,
    Expired,
    Mismatch,
}

fn refusal(json: bool, kind: Kind, text: &str) -> ApiError {
    let (query, of_json, usual) = match kind {
        Kind::Missing => {
            ("MissingAuthenticationToken", "MissingAuthenticationTokenException", "Missing Authentication Token")
        }
        Kind::UnknownKey => (
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        Kind::Expired => {
            ("ExpiredToken", "ExpiredTokenException", "The security token included in the request is expired")
        }
        Kind::Mismatch => ("SignatureDoesNotMatch", "InvalidSignatureException", text),
    };
    if json { ApiError::new(400, of_json, usual) } else { ApiError::new(403, query, usual) }
}

/// The canonical request, from what arrived.
fn canonical(asked: &Asked, credential: &Credential) -> String {
    let query: Vec<String> =
        form(&asked.query).iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let mut headers = String::new();
    for name in &credential.headers {
        let value = asked.header(name).unwrap_or_default();
        let words: Vec<&str> = value.split_ascii_whitespace().collect();
        headers.push_str(&format!("{name}:{}\n", words.join(" ")));
    }
    format!(
        "{}\n{}\n{}\n{headers}\n{}\n{}",
        asked.method,
        asked.path,
        query.join("&"),
        credential.headers.join(";"),
        sigv4::hash(&asked.body)
    )
}

fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

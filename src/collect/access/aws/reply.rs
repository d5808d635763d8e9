//! The answers of the two protocols: XML of the Query API (STS, IAM) and JSON (CodeCommit, SSO).

use serde_json::Value;

use crate::collect::aws::secret::AccessKey;
use crate::collect::mask;
use crate::fact::access::ApiError;
use crate::system::net::HttpResponse;

/// The text of the first element of that name. The answers that are read have no attributes on such elements.
pub(super) fn text(xml: &str, name: &str) -> Option<String> {
    element(xml, name).map(unescape)
}

/// The `<member>`s of the first element of that name; none when it is empty or missing.
pub(super) fn members<'a>(xml: &'a str, list: &str) -> Vec<&'a str> {
    let mut rest = element(xml, list).unwrap_or_default();
    let mut members = Vec::new();
    while let Some((member, behind)) =
        rest.split_once("<member>").and_then(|(_, behind)| behind.split_once("</member>"))
    {
        members.push(member);
        rest = behind;
    }
    members
}

fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, behind) = xml.split_once(&format!("<{name}>"))?;
    behind.split_once(&format!("</{name}>")).map(|(inner, _)| inner)
}

/// `&amp;` last, so that what it uncovers stays.
fn unescape(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#xA;", "\n"), ("&#10;", "\n")];
    let text = named.iter().fold(text.trim().to_owned(), |text, (name, plain)| text.replace(name, plain));
    text.replace("&amp;", "&")
}

/// The error that an answer tells. `key`: what the request was signed with; AWS repeats the request, token included,
/// when a signature is wrong.
pub(super) fn error(response: &HttpResponse, action: &str, key: Option<&AccessKey>) -> ApiError {
    let body = String::from_utf8_lossy(&response.body);
    let (code, message) = if body.trim_start().starts_with('<') { of_xml(&body) } else { of_json(response, &body) };
    let message = without(key, message.as_deref().and_then(|text| text.lines().next()).unwrap_or_default());
    let kind = kind(code.as_deref(), response.status, &message);
    let message = if code.is_none() && message.is_empty() {
        format!("HTTP status {} without an error code of AWS", response.status)
    } else {
        mask::excerpt(&message)
    };
    ApiError { kind: kind.into(), code: code.map(Into::into), message: message.into(), action: action.into() }
}

/// `<Error><Code>…</Code><Message>…</Message></Error>`.
fn of_xml(body: &str) -> (Option<String>, Option<String>) {
    let Some(error) = element(body, "Error") else { return (None, None) };
    (text(error, "Code").filter(|code| is_code(code)), text(error, "Message"))
}

/// `__type`, or the header `x-amzn-errortype`, with a namespace before `#` or a URL behind `:`.
fn of_json(response: &HttpResponse, body: &str) -> (Option<String>, Option<String>) {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let named = response.header("x-amzn-errortype").or_else(|| json.get("__type")?.as_str());
    let bare = |code: &str| code.split(':').next().and_then(|code| code.rsplit('#').next()).map(str::to_owned);
    let message = json.get("message").or_else(|| json.get("Message")).and_then(Value::as_str);
    (named.and_then(bare).filter(|code| is_code(code)), message.map(str::to_owned))
}

/// A code is shown as a word of AWS, so it must look like one.
fn is_code(text: &str) -> bool {
    (1..=80).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte))
}

fn without(key: Option<&AccessKey>, text: &str) -> String {
    let Some(key) = key else { return text.to_owned() };
    let secrets = [Some(&key.secret), key.token.as_ref()];
    let secrets = secrets.into_iter().flatten().map(|secret| secret.reveal()).filter(|secret| !secret.is_empty());
    secrets.fold(text.to_owned(), |text, secret| text.replace(secret, mask::MASK))
}

/// What a code means ("Common Errors" of the API references of STS, IAM and CodeCommit, errors of GetRepository and
/// GetRoleCredentials).
fn kind(code: Option<&str>, status: u16, message: &str) -> &'static str {
    let wrong_time = ["Signature expired", "Signature not yet current"].iter().any(|text| message.contains(text));
    match code.unwrap_or_default() {
        "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" => "unknown-key",
        "RequestExpired" | "RequestTimeTooSkewed" => "clock",
        "SignatureDoesNotMatch" | "InvalidSignatureException" if wrong_time => "clock",
        "SignatureDoesNotMatch" | "InvalidSignatureException" => "wrong-secret",
        "ExpiredToken" | "ExpiredTokenException" | "UnauthorizedException" => "expired",
        "AccessDenied" | "AccessDeniedException" | "ForbiddenException" => "denied",
        "RepositoryDoesNotExistException" | "NoSuchEntity" | "ResourceNotFoundException" => "not-found",
        "Throttling" | "ThrottlingException" | "TooManyRequestsException" | "RequestLimitExceeded" => "throttled",
        code if code.starts_with("Encryption") && code.ends_with("Exception") => "kms",
        _ if status == 429 => "throttled",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> HttpResponse {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        HttpResponse { status, headers, body: body.into(), broken_off: None }
    }

    fn xml(code: &str, message: &str) -> HttpResponse {
        answer(
            403,
            &[],
            &format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>Sender</Type>\n    \
                 <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n  <RequestId>x</RequestId>\n</ErrorResponse>"
            ),
        )
    }

    #[test]
    fn codes_of_both_protocols_have_their_kind() {
        let json = |kind: &str| answer(400, &[], &format!("{{\"__type\":\"{kind}\",\"message\":\"m\"}}"));
        let header = |value: &str| answer(400, &[("x-amzn-errortype", value)], "{\"message\":\"m\"}");
        for (response, kind, code) in [
            (
                xml("InvalidClientTokenId", "The security token included in the request is invalid."),
                "unknown-key",
                Some("InvalidClientTokenId"),
            ),
            (
                xml("SignatureDoesNotMatch", "The request signature we calculated does not match"),
                "wrong-secret",
                Some("SignatureDoesNotMatch"),
            ),
            (
                xml("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than"),
                "clock",
                Some("SignatureDoesNotMatch"),
            ),
            (
                xml("SignatureDoesNotMatch", "Signature not yet current: 20270101T000000Z is still later"),
                "clock",
                Some("SignatureDoesNotMatch"),
            ),
            (
                xml("ExpiredToken", "The security token included in the request is expired"),
                "expired",
                Some("ExpiredToken"),
            ),
            (xml("AccessDenied", "User: x is not authorized"), "denied", Some("AccessDenied")),
            (xml("Throttling", "Rate exceeded"), "throttled", Some("Throttling")),
            (
                json("com.amazonaws.codecommit.v20150413#RepositoryDoesNotExistException"),
                "not-found",
                Some("RepositoryDoesNotExistException"),
            ),
            (json("UnrecognizedClientException"), "unknown-key", Some("UnrecognizedClientException")),
            (json("InvalidSignatureException"), "wrong-secret", Some("InvalidSignatureException")),
            (json("AccessDeniedException"), "denied", Some("AccessDeniedException")),
            (json("EncryptionKeyDisabledException"), "kms", Some("EncryptionKeyDisabledException")),
            (json("EncryptionIntegrityChecksFailedException"), "kms", Some("EncryptionIntegrityChecksFailedException")),
            (
                header("UnauthorizedException:http://internal.amazon.com/coral/x/"),
                "expired",
                Some("UnauthorizedException"),
            ),
            (answer(429, &[], ""), "throttled", None),
            (answer(502, &[], "<html><body>Bad Gateway</body></html>"), "other", None),
            (answer(500, &[], "{\"__type\":\"<script>\"}"), "other", None),
        ] {
            let found = error(&response, "sts:GetCallerIdentity", None);
            assert_eq!((found.kind.0.as_str(), found.code.as_deref()), (kind, code), "{found:?}");
        }
        let page = error(&answer(502, &[], "<html>"), "sts:GetCallerIdentity", None);
        assert_eq!(page.message.0, "HTTP status 502 without an error code of AWS");
    }

    #[test]
    fn what_aws_repeats_of_the_request_is_left_out() {
        let key = AccessKey::new("ASIAIOSFODNN7EXAMPLE", "shortsecret", Some("shorttoken"));
        let text = "wrong shorttoken and shortsecret\n\nThe Canonical String was\nx-amz-security-token:shorttoken";
        let found = error(&xml("SignatureDoesNotMatch", text), "sts:GetCallerIdentity", Some(&key));
        assert_eq!(found.message.0, "wrong •••• and ••••");
    }

    #[test]
    fn xml_is_read_as_far_as_it_is_needed() {
        let list = "<R><K><member><Id>a</Id></member>\n<member><Id>b &amp;lt; &lt;c&gt;</Id></member></K></R>";
        let ids: Vec<_> = members(list, "K").into_iter().map(|member| text(member, "Id").unwrap()).collect();
        assert_eq!(ids, ["a", "b &lt; <c>"]);
        assert!(members("<R><K/></R>", "K").is_empty() && members("<K><member>", "K").is_empty());
        assert_eq!(text("<R></R>", "Id"), None);
    }
}

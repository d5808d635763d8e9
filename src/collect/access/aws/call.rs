//! One signed call of an API.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;

use super::endpoint::{self, Endpoint, Service};
use super::{reply, route};
use crate::check::regions::RegionTable;
use crate::collect::aws::AwsState;
use crate::collect::aws::secret::AccessKey;
use crate::collect::mask;
use crate::fact::access::ApiError;
use crate::system::System;
use crate::system::net::{HttpRequest, Route, Secret, TrustStore};
use crate::system::url::HttpUrl;

/// How long one call may take.
pub(super) const LIMIT: Duration = Duration::from_secs(5);

/// What all calls for one target have in common.
pub(super) struct Api<'a> {
    /// The machine.
    pub(super) system: &'a dyn System,
    /// The table of regions.
    pub(super) regions: &'a RegionTable,
    /// The AWS configuration.
    pub(super) aws: &'a AwsState,
    /// The profile whose settings count.
    pub(super) profile: String,
    /// The issuers that the AWS tools trust.
    pub(super) store: TrustStore,
}

/// Why a call brought no answer that is of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallError {
    /// AWS said no.
    Refused(ApiError),
    /// The API was not reached, or not asked; the text says why.
    Unreachable(String),
}

impl CallError {
    /// Why a fact is not to be had.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Refused(error) if error.kind.0 == "denied" => {
                format!("AWS does not allow {} for this identity", error.action)
            }
            Self::Refused(error) => {
                let code = error.code.as_ref().map_or(error.message.0.as_str(), |code| code.0.as_str());
                format!("AWS answered {} with: {code}", error.action)
            }
            Self::Unreachable(reason) => reason.clone(),
        }
    }
}

/// One question to an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question<'a> {
    /// The service.
    pub(super) service: Service,
    /// The action, such as `GetCallerIdentity`.
    pub(super) action: &'static str,
    /// The region.
    pub(super) region: &'a str,
    /// Its parameters.
    pub(super) parameters: &'a [(&'static str, &'a str)],
}

impl Question<'_> {
    /// Such as `sts:GetCallerIdentity`.
    fn name(&self) -> String {
        format!("{}:{}", self.service.name(), self.action)
    }

    /// A form of the Query API, or a JSON object.
    fn body(&self) -> String {
        let version = match self.service {
            Service::Sts => "2011-06-15",
            Service::Iam => "2010-05-08",
            Service::CodeCommit | Service::Sso => {
                let pairs = self.parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
                return serde_json::Value::Object(pairs.collect()).to_string();
            }
        };
        let start = format!("Action={}&Version={version}", self.action);
        self.parameters.iter().fold(start, |form, (name, value)| format!("{form}&{name}={}", form_value(value)))
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        if self.service == Service::CodeCommit {
            let target = format!("CodeCommit_20150413.{}", self.action);
            return vec![("content-type", "application/x-amz-json-1.1".into()), ("x-amz-target", target)];
        }
        vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".into())]
    }
}

/// Percent-encoding of everything but RFC 3986's unreserved characters.
pub(super) fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A value of a form: as in a URL, but a blank is a plus, as botocore writes it.
fn form_value(text: &str) -> String {
    encode(text).replace("%20", "+")
}

impl Api<'_> {
    /// The endpoint of a service.
    pub(super) fn endpoint(&self, service: Service, region: &str) -> Result<Endpoint, CallError> {
        endpoint::endpoint(self.system, self.aws, &self.profile, self.regions, service, region)
            .map_err(CallError::Unreachable)
    }

    /// Asks, and gives the body of the answer. Ends after [`LIMIT`].
    pub(super) fn call(&self, key: &AccessKey, question: &Question<'_>) -> Result<String, CallError> {
        self.call_within(LIMIT, key, question)
    }

    /// The same with another limit.
    pub(super) fn call_within(
        &self,
        limit: Duration,
        key: &AccessKey,
        question: &Question<'_>,
    ) -> Result<String, CallError> {
        let endpoint = self.endpoint(question.service, question.region)?;
        let url = format!("{}/", endpoint.url);
        let body = question.body();
        let mut headers = question.headers();
        let signed = signature(self.system.now(), key, &endpoint.region, question.service, &url, &headers, &body)?;
        let plain = headers.drain(..).map(|(name, value)| (name.to_owned(), Secret::new(value)));
        let headers = plain.chain(signed).collect();
        let request = ("POST", url, headers, body.into_bytes());
        self.send(limit, &endpoint, request, Some(key), &question.name())
    }

    /// Sends a request to an endpoint: method, URL, headers and body.
    pub(super) fn send(
        &self,
        limit: Duration,
        endpoint: &Endpoint,
        (method, url, headers, body): (&str, String, Vec<(String, Secret)>, Vec<u8>),
        key: Option<&AccessKey>,
        action: &str,
    ) -> Result<String, CallError> {
        let unreachable =
            |reason: String| CallError::Unreachable(format!("{} was not reached: {reason}", endpoint.host));
        let deadline = limit.min(self.system.time_left());
        if deadline.is_zero() {
            return Err(unreachable("there was no time left".into()));
        }
        let parsed = HttpUrl::parse(&url).map_err(|error| unreachable(error.to_string()))?;
        let route = route::route(self.system, &parsed).map_err(unreachable)?;
        let through = match route {
            Route::Direct => String::new(),
            _ => format!(" through the proxy of {}_proxy", parsed.scheme),
        };
        let failed = |text: &str| {
            let reason = mask::excerpt(text);
            CallError::Unreachable(format!("{} was not reached{through}: {reason}", endpoint.host))
        };
        let (method, store) = (method.to_owned(), self.store.clone());
        let request = HttpRequest { method, url, headers, body, login: None, route, store, deadline };
        let response = self.system.http(&request).map_err(|error| failed(&error.text))?;
        match (response.status, &response.broken_off) {
            (200, None) => Ok(String::from_utf8_lossy(&response.body).into_owned()),
            (200, Some(reason)) => Err(failed(reason)),
            _ => Err(CallError::Refused(reply::error(&response, action, key))),
        }
    }

    /// The error of an answer that is none of AWS, a page of a hotel's Wi-Fi, say.
    pub(super) fn foreign(&self, service: Service, region: &str) -> CallError {
        let host = self.endpoint(service, region).map(|endpoint| endpoint.host).unwrap_or_default();
        CallError::Unreachable(format!("what answers at {host} is not AWS"))
    }
}

/// The headers that sign a request, by Signature Version 4.
fn signature(
    now: i64,
    key: &AccessKey,
    region: &str,
    service: Service,
    url: &str,
    headers: &[(&'static str, String)],
    body: &str,
) -> Result<Vec<(String, Secret)>, CallError> {
    let failed = |reason: &str| CallError::Unreachable(format!("the request could not be signed: {reason}"));
    // These two become headers.
    let sendable = |secret: &Secret| secret.reveal().bytes().all(|byte| byte.is_ascii_graphic());
    if !sendable(&key.id) || !key.token.as_ref().is_none_or(sendable) {
        return Err(failed("the access key ID or the session token holds blanks or control characters"));
    }
    let token = key.token.as_ref().map(|token| token.reveal().to_owned());
    let identity = Credentials::new(key.id.reveal(), key.secret.reveal(), token, None, "cc-doctor").into();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now).unwrap_or_default());
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service.name())
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| failed(&error.to_string()))?
        .into();
    let plain = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let request = SignableRequest::new("POST", url, plain, SignableBody::Bytes(body.as_bytes()))
        .map_err(|_| failed("its URL is none"))?;
    let (signed, _) = sign(request, &parameters).map_err(|_| failed("the signer refuses it"))?.into_parts();
    Ok(signed.headers().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorization(
        now: i64,
        key: &AccessKey,
        service: Service,
        region: &str,
        url: &str,
        question: &Question<'_>,
    ) -> String {
        let signed = signature(now, key, region, service, url, &question.headers(), &question.body()).unwrap();
        assert!(!format!("{signed:?}").contains("Signature="), "a signature is shown");
        let own = |name: &str| signed.iter().find(|(own, _)| own == name).map(|(_, value)| value.reveal().to_owned());
        assert_eq!(own("x-amz-security-token").as_deref(), key.token.as_ref().map(Secret::reveal));
        own("authorization").unwrap()
    }

    #[test]
    fn signatures_are_the_published_ones() {
        // "Signature Version 4 signing process" in the AWS General Reference: ListUsers on 9 September 2011.
        let key = AccessKey::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None);
        let list = Question { service: Service::Iam, action: "ListUsers", region: "us-east-1", parameters: &[] };
        assert_eq!(list.body(), "Action=ListUsers&Version=2010-05-08");
        assert_eq!(
            authorization(1_315_611_360, &key, Service::Iam, "us-east-1", "https://iam.amazonaws.com/", &list),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20110909/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=ced6826de92d2bdeed8f846f0bf508e8559e98e4b0199114b84c54174deb456c"
        );
        // The same key with a session token and a JSON body, signed by botocore 1.43.62.
        let key = AccessKey { token: Some(Secret::new("session+token/==")), ..key };
        let parameters = [("repositoryName", "demo-repo")];
        let service = Service::CodeCommit;
        let get = Question { service, action: "GetRepository", region: "eu-west-1", parameters: &parameters };
        let url = "https://codecommit.eu-west-1.amazonaws.com/";
        let wanted = "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, \
                      Signature=30d30278a46b8dcaa7eac35763e7d27b5f5ef5679dc60a8c03e095cd033c1df4";
        let found = authorization(1_800_000_000, &key, service, "eu-west-1", url, &get);
        assert!(found.ends_with(wanted), "{found}");
    }
}

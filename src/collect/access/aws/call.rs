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
use crate::system::net::{HttpRequest, Secret, TrustStore};
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
        self.parameters.iter().fold(start, |form, (name, value)| format!("{form}&{name}={}", encode(value)))
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
        let (method, store) = (method.to_owned(), self.store.clone());
        let request = HttpRequest { method, url, headers, body, login: None, route, store, deadline };
        let response = self.system.http(&request).map_err(|error| unreachable(mask::excerpt(&error.text)))?;
        match (response.status, &response.broken_off) {
            (200, None) => Ok(String::from_utf8_lossy(&response.body).into_owned()),
            (200, Some(reason)) => Err(unreachable(mask::excerpt(reason))),
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

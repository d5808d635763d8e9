//! The API endpoints: STS and IAM (Query API, XML) and CodeCommit (JSON 1.1), up to the point where an action is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::Response;

use super::api_login::{self, Credential};
use super::https::{Asked, Body, plain};
use super::records::Record;
use super::shared::Shared;
use super::switches::{ApiError, Faults};
use super::{api_codecommit, api_iam, api_sts, clock};

/// What CodeCommit's actions are prefixed with in `X-Amz-Target`.
const TARGET: &str = "CodeCommit_20150413.";

/// A call, taken apart.
pub(crate) struct Call {
    /// `sts`, `iam` or `codecommit`.
    pub(crate) service: &'static str,
    /// Such as `GetCallerIdentity`.
    pub(crate) action: String,
    /// Parameters of the Query API; empty for JSON.
    pub(crate) parameters: BTreeMap<String, String>,
    /// The JSON document; null for the Query API.
    pub(crate) json: serde_json::Value,
}

impl Call {
    fn read(asked: &Asked) -> Self {
        if let Some(target) = asked.header("x-amz-target") {
            return Self {
                service: "codecommit",
                action: target.strip_prefix(TARGET).unwrap_or(target).to_owned(),
                parameters: BTreeMap::new(),
                json: serde_json::from_slice(&asked.body).unwrap_or_default(),
            };
        }
        let mut parameters = form(&asked.query);
        parameters.extend(form(&String::from_utf8_lossy(&asked.body)));
        let sts = parameters.get("Version").is_some_and(|version| version == "2011-06-15");
        let action = parameters.get("Action").cloned().unwrap_or_default();
        Self { service: if sts { "sts" } else { "iam" }, action, parameters, json: serde_json::Value::Null }
    }

    /// Such as `sts:GetCallerIdentity`.
    fn name(&self) -> String {
        format!("{}:{}", self.service, self.action)
    }

    /// A parameter that has to be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, ApiError> {
        let given = self.parameters.get(name).map(String::as_str).or_else(|| self.json.get(name)?.as_str());
        given.ok_or_else(|| ApiError::new(400, "ValidationError", format!("{name} is missing")))
    }
}

/// Answers a request to the API.
pub(crate) fn answer(shared: &Arc<Shared>, faults: &Faults, asked: &Asked) -> Response<Body> {
    let call = Call::read(asked);
    let switched = shared.switches().api_errors.get(&call.name()).cloned();
    let result = match switched {
        Some(error) => Err(error),
        None => perform(shared, faults, asked, &call),
    };
    let (status, body, code) = match result {
        Ok(body) => (200, body, None),
        Err(error) => (error.status, refusal(&call, &error), Some(error.code)),
    };
    note(shared, asked, status, code);
    let kind = if call.service == "codecommit" { "application/x-amz-json-1.1" } else { "text/xml" };
    let mut response = plain(status, kind, body);
    response
        .headers_mut()
        .insert("x-amzn-requestid", "6f2f4b5e-0000-4000-8000-000000000001".parse().expect("a header"));
    response
}

/// Keeps what was asked.
pub(crate) fn note(shared: &Shared, asked: &Asked, status: u16, code: Option<String>) {
    shared.note(Record::Api {
        action: Call::read(asked).name(),
        host: asked.host.clone(),
        key: Credential::read(asked).map(|credential| credential.key),
        status,
        code,
    });
}

fn perform(shared: &Shared, faults: &Faults, asked: &Asked, call: &Call) -> Result<String, ApiError> {
    shared.with_world(|world| {
        let signer = api_login::authenticate(world, asked, call.service, clock::now(faults.clock_ahead))?;
        // Nobody can be denied to learn who they are.
        if signer.user.denied.contains(&call.name()) && call.action != "GetCallerIdentity" {
            let text =
                format!("User: {} is not authorized to perform: {} on resource: *", signer.user.arn(), call.name());
            let code = if call.service == "codecommit" { "AccessDeniedException" } else { "AccessDenied" };
            return Err(ApiError::new(if call.service == "codecommit" { 400 } else { 403 }, code, text));
        }
        match call.service {
            "sts" => api_sts::perform(world, &signer, call),
            "iam" => api_iam::perform(world, &signer, call),
            _ => api_codecommit::perform(world, &signer, call),
        }
    })
}

fn refusal(call: &Call, error: &ApiError) -> String {
    if call.service == "codecommit" {
        return serde_json::json!({ "__type": error.code, "message": error.message }).to_string();
    }
    let version =
        if call.service == "sts" { "sts.amazonaws.com/doc/2011-06-15" } else { "iam.amazonaws.com/doc/2010-05-08" };
    format!(
        "<ErrorResponse xmlns=\"https://{version}/\"><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message>\
         </Error><RequestId>6f2f4b5e-0000-4000-8000-000000000001</RequestId></ErrorResponse>\n",
        error.code,
        escape(&error.message)
    )
}

/// An XML answer of the Query API.
pub(crate) fn result(call: &Call, inner: &str) -> String {
    let action = &call.action;
    let version =
        if call.service == "sts" { "sts.amazonaws.com/doc/2011-06-15" } else { "iam.amazonaws.com/doc/2010-05-08" };
    format!(
        "<{action}Response xmlns=\"https://{version}/\"><{action}Result>{inner}</{action}Result><ResponseMetadata>\
         <RequestId>6f2f4b5e-0000-4000-8000-000000000001</RequestId></ResponseMetadata></{action}Response>\n"
    )
}

/// An XML element with text.
pub(crate) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The pairs of a query or a form, decoded.
pub(crate) fn form(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decode(k), decode(v))).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        (bytes, rest) = match (first, hex) {
            (b'%', Some(byte)) => ([bytes, vec![byte]].concat(), &after[2..]),
            (b'+', _) => ([bytes, vec![b' ']].concat(), after),
            _ => ([bytes, vec![first]].concat(), after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The error of an action that the service does not have.
pub(crate) fn unknown_action(call: &Call) -> ApiError {
    let code = if call.service == "codecommit" { "UnknownOperationException" } else { "InvalidAction" };
    ApiError::new(400, code, format!("Could not find operation {}", call.action))
}

//! STS: who am I.

use super::call::{Api, CallError, Question};
use super::endpoint::{self, Service};
use super::reply;
use crate::collect::aws::secret::AccessKey;
use crate::fact::access::Identity;

/// Asks GetCallerIdentity, which needs no permission.
///
/// The STS of a region that is not enabled for the account does not know any of its keys, so an unknown key is asked
/// about once more where the partition is at home.
pub(super) fn ask(api: &Api<'_>, key: &AccessKey, region: &str) -> Result<Identity, CallError> {
    let answer = ask_in(api, key, region);
    let home = endpoint::home(endpoint::partition(api.regions, region));
    let unknown = matches!(&answer, Err(CallError::Refused(error)) if error.kind.0 == "unknown-key");
    let configured = api.endpoint(Service::Sts, region).is_ok_and(|endpoint| endpoint.configured);
    if unknown && region != home && !configured { ask_in(api, key, home).or(answer) } else { answer }
}

fn ask_in(api: &Api<'_>, key: &AccessKey, region: &str) -> Result<Identity, CallError> {
    let question = Question { service: Service::Sts, action: "GetCallerIdentity", region, parameters: &[] };
    let answer = api.call(key, &question)?;
    match (reply::text(&answer, "Arn"), reply::text(&answer, "Account")) {
        (Some(arn), Some(account)) => Ok(identity(&arn, &account)),
        _ => Err(api.foreign(Service::Sts, region)),
    }
}

/// Takes an ARN apart: `arn:aws:iam::123456789012:user/path/alice`, `arn:aws:sts::…:assumed-role/Role/session`,
/// `arn:aws:sts::…:federated-user/bob`, `arn:aws:iam::…:root` (IAM user guide, "IAM identifiers").
fn identity(arn: &str, account: &str) -> Identity {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
    let (kind, name) = match kind {
        "user" => ("user", rest.rsplit('/').next()),
        "assumed-role" => ("assumed-role", rest.split('/').next()),
        "federated-user" | "root" => (kind, None),
        _ => ("other", None),
    };
    Identity { account: account.into(), arn: arn.into(), kind: kind.into(), name: name.map(Into::into) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_taken_apart() {
        for (arn, kind, name) in [
            ("arn:aws:iam::123456789012:user/alice", "user", Some("alice")),
            ("arn:aws:iam::123456789012:user/division_abc/alice", "user", Some("alice")),
            ("arn:aws-cn:sts::123456789012:assumed-role/Dev/session:1/x", "assumed-role", Some("Dev")),
            ("arn:aws:sts::123456789012:federated-user/bob", "federated-user", None),
            ("arn:aws:iam::123456789012:root", "root", None),
            ("nonsense", "other", None),
        ] {
            let found = identity(arn, "123456789012");
            assert_eq!((found.kind.0.as_str(), found.name.as_deref()), (kind, name), "{arn}");
        }
    }
}

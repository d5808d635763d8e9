//! The login that git sent, as a fact. Its password is looked at and dropped.

use super::http::{Http, Request, Sent};
use crate::collect::derive::Planned;
use crate::collect::live::Tries;
use crate::collect::login;
use crate::fact::Fact;
use crate::fact::access::Credential;
use crate::fact::https::Helper;

/// The fact; null: no login was sent.
pub(super) fn fact(tries: &Tries<'_>, planned: &Planned, http: &Http) -> Fact<Credential> {
    let Some(request) = http.with_login() else { return Fact::Absent };
    match &request.login {
        Some(Sent::Basic { user, password, asked }) => {
            Fact::Known(known(tries, planned, request, (user, password.reveal(), *asked)))
        }
        Some(Sent::Hidden) => Fact::Unavailable("this git does not show the login that it sends".into()),
        None => Fact::Absent,
    }
}

fn known(
    tries: &Tries<'_>,
    planned: &Planned,
    request: &Request,
    (user, password, asked): (&str, &str, Option<i64>),
) -> Credential {
    let target = &planned.target;
    let origin = match asked {
        _ if target.transport.0 == "grc" => "grc",
        Some(_) => "helper",
        None if target.url_user.is_some() => "url",
        None => "netrc-or-header",
    };
    let helper = asked.filter(|_| origin == "helper").and_then(|number| helper(planned, number));
    let signed_at = login::signed_at(password);
    let accepted = request.status.map(|status| status != 401 && status != 403);
    Credential {
        origin: origin.into(),
        helper_position: helper.map(|helper| helper.position),
        helper: helper.map(|helper| helper.value.clone()),
        helper_kind: helper.map(|helper| helper.kind.clone()),
        user: name(user).into(),
        user_kind: login::stored_kind(user).into(),
        empty_password: password.is_empty(),
        has_session_token: user.contains('%'),
        signed_at,
        age_seconds: signed_at.map(|signed| tries.context.system.now().saturating_sub(signed)),
        accepted,
    }
}

/// The user without the session token that the AWS CLI and git-remote-codecommit put behind it.
fn name(user: &str) -> String {
    crate::collect::mask::mask(user.split('%').next().unwrap_or_default())
}

fn helper(planned: &Planned, number: i64) -> Option<&Helper> {
    planned.target.https.known()?.helpers.iter().find(|helper| helper.position == number)
}

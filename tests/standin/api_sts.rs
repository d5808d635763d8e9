//! STS: who am I, and sessions of roles.

use super::api::{Call, element, result, unknown_action};
use super::api_login::Signer;
use super::clock;
use super::switches::ApiError;
use super::world::{AccessKey, World};

/// How long a session is said to last, in seconds.
const SESSION: i64 = 3600;

/// Does it.
pub(crate) fn perform(world: &mut World, signer: &Signer, call: &Call) -> Result<String, ApiError> {
    match call.action.as_str() {
        "GetCallerIdentity" => {
            let user = &signer.user;
            let parts = [("Arn", user.arn()), ("UserId", user.unique_id()), ("Account", user.account.clone())];
            Ok(result(call, &parts.map(|(name, value)| element(name, &value)).concat()))
        }
        "AssumeRole" => assume_role(world, signer, call),
        _ => Err(unknown_action(call)),
    }
}

fn assume_role(world: &mut World, signer: &Signer, call: &Call) -> Result<String, ApiError> {
    let arn = call.required("RoleArn")?;
    call.required("RoleSessionName")?;
    let named = |account: &str, name: &str| arn == format!("arn:aws:iam::{account}:role/{name}");
    let number: usize = world.users.iter().map(|user| user.access_keys.len()).sum();
    let role = world.users.iter_mut().find(|user| user.role && named(&user.account, &user.name));
    // STS does not tell a role that does not exist from one that may not be assumed.
    let role = role.ok_or_else(|| {
        let text =
            format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}", signer.user.arn());
        ApiError::new(403, "AccessDenied", text)
    })?;
    let key = AccessKey::session(
        &format!("ASIA{number:0>16}"),
        &format!("stand-in-session-secret-{number:0>16}"),
        &format!("stand-in-session-token-{number:0>16}//////////8="),
    );
    role.access_keys.push(key.clone());
    let until = clock::now(SESSION).to_string();
    let credentials = [
        ("AccessKeyId", key.id.as_str()),
        ("SecretAccessKey", &key.secret),
        ("SessionToken", key.token.as_deref().unwrap_or_default()),
        ("Expiration", &until),
    ];
    let credentials = credentials.map(|(name, value)| element(name, value)).concat();
    let user = element("AssumedRoleId", &role.unique_id()) + &element("Arn", &role.arn());
    let inner = format!("<Credentials>{credentials}</Credentials><AssumedRoleUser>{user}</AssumedRoleUser>");
    Ok(result(call, &inner))
}

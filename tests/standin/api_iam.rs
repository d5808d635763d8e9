//! IAM: the user, its SSH keys and its Git credentials.

use super::api::{Call, element, result, unknown_action};
use super::api_login::Signer;
use super::keys;
use super::switches::ApiError;
use super::world::{GitCredential, IamUser, SshKey, World};

/// When everything was made.
const CREATED: &str = "2024-05-06T07:08:09Z";

/// Does it.
pub(crate) fn perform(world: &mut World, signer: &Signer, call: &Call) -> Result<String, ApiError> {
    if call.action == "UploadSSHPublicKey" {
        return upload_ssh_key(world, signer, call);
    }
    let user = user(world, signer, call)?;
    match call.action.as_str() {
        "GetUser" => Ok(result(call, &describe(user))),
        "ListSSHPublicKeys" => {
            let keys = user.ssh_keys.iter().map(|key| member(&ssh_key(user, key))).collect::<String>();
            Ok(result(call, &list("SSHPublicKeys", &keys)))
        }
        "GetSSHPublicKey" => get_ssh_key(user, call),
        "ListServiceSpecificCredentials" => {
            let service = call.parameters.get("ServiceName").map_or("codecommit.amazonaws.com", String::as_str);
            let of_git = if service == "codecommit.amazonaws.com" { user.git_credentials.as_slice() } else { &[] };
            let logins = of_git.iter().map(|login| member(&credential(user, login))).collect::<String>();
            Ok(result(call, &list("ServiceSpecificCredentials", &logins)))
        }
        _ => Err(unknown_action(call)),
    }
}

/// The user that is asked about: the signer, unless another is named.
fn user<'w>(world: &'w World, signer: &'w Signer, call: &Call) -> Result<&'w IamUser, ApiError> {
    let Some(name) = call.parameters.get("UserName") else {
        let text = "Must specify userName when calling with non-User credentials";
        return if signer.user.role { Err(ApiError::new(400, "ValidationError", text)) } else { Ok(&signer.user) };
    };
    let same = |user: &&IamUser| !user.role && user.account == signer.user.account && user.name == *name;
    world
        .users
        .iter()
        .find(same)
        .ok_or_else(|| ApiError::new(404, "NoSuchEntity", format!("The user with name {name} cannot be found.")))
}

fn describe(user: &IamUser) -> String {
    let parts = [
        element("Path", "/"),
        element("UserName", &user.name),
        element("UserId", &user.unique_id()),
        element("Arn", &user.arn()),
        element("CreateDate", CREATED),
    ];
    format!("<User>{}</User>", parts.concat())
}

fn member(inner: &str) -> String {
    format!("<member>{inner}</member>")
}

fn list(name: &str, members: &str) -> String {
    format!("<{name}>{members}</{name}><IsTruncated>false</IsTruncated>")
}

fn status(active: bool) -> String {
    element("Status", if active { "Active" } else { "Inactive" })
}

fn ssh_key(user: &IamUser, key: &SshKey) -> String {
    let id = element("UserName", &user.name) + &element("SSHPublicKeyId", &key.id);
    id + &status(key.active) + &element("UploadDate", CREATED)
}

fn get_ssh_key(user: &IamUser, call: &Call) -> Result<String, ApiError> {
    let id = call.required("SSHPublicKeyId")?;
    if call.required("Encoding")? != "SSH" {
        return Err(ApiError::new(400, "UnrecognizedPublicKeyEncoding", "the stand-in knows SSH only"));
    }
    let key =
        user.ssh_keys.iter().find(|key| key.id == id).ok_or_else(|| {
            ApiError::new(404, "NoSuchEntity", format!("The Public Key with id {id} cannot be found."))
        })?;
    let body = key.public.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let own = element("Fingerprint", &keys::md5(&key.public)) + &element("SSHPublicKeyBody", &body);
    Ok(result(call, &format!("<SSHPublicKey>{}{own}</SSHPublicKey>", ssh_key(user, key))))
}

/// As the API reference says: the body is that of a `.pub` file, a user has five keys at most, and none twice.
fn upload_ssh_key(world: &mut World, signer: &Signer, call: &Call) -> Result<String, ApiError> {
    let body = call.required("SSHPublicKeyBody")?.to_owned();
    call.required("UserName")?;
    if !body.starts_with("ssh-rsa ") {
        return Err(ApiError::new(400, "InvalidPublicKey", "The specified public key is not a valid public key."));
    }
    let name = user(world, signer, call)?.name.clone();
    let id = format!("APKAUPLOADED{:0>8}", world.users.iter().map(|user| user.ssh_keys.len()).sum::<usize>());
    let owner = |user: &&mut IamUser| user.name == name && user.account == signer.user.account;
    let user = world.users.iter_mut().find(owner).expect("a user");
    if user.ssh_keys.len() >= 5 {
        return Err(ApiError::new(409, "LimitExceeded", "Cannot exceed quota for SSHPublicKeysPerUser: 5"));
    }
    if user.ssh_keys.iter().any(|key| keys::sha256(&key.public) == keys::sha256(&body)) {
        return Err(ApiError::new(400, "DuplicateSSHPublicKey", "The public key is associated with the user already."));
    }
    let key = SshKey { id, public: body, active: true };
    let own = element("Fingerprint", &keys::md5(&key.public)) + &element("SSHPublicKeyBody", &key.public);
    let described = format!("<SSHPublicKey>{}{own}</SSHPublicKey>", ssh_key(user, &key));
    user.ssh_keys.push(key);
    Ok(result(call, &described))
}

fn credential(user: &IamUser, login: &GitCredential) -> String {
    let names = [
        ("UserName", user.name.as_str()),
        ("ServiceUserName", &login.user),
        ("ServiceSpecificCredentialId", &login.id),
        ("ServiceName", "codecommit.amazonaws.com"),
        ("CreateDate", CREATED),
    ];
    names.map(|(name, value)| element(name, value)).concat() + &status(login.active)
}

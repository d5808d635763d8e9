//! CodeCommit: which repositories there are.

use serde_json::{Value, json};

use super::api::{Call, unknown_action};
use super::api_login::Signer;
use super::hosts;
use super::switches::ApiError;
use super::world::{Repository, World};

/// When everything was made, in seconds since 1970.
const CREATED: f64 = 1_715_000_000.0;

/// Does it.
pub(crate) fn perform(world: &World, signer: &Signer, call: &Call) -> Result<String, ApiError> {
    match call.action.as_str() {
        "GetRepository" => get(world, signer, call),
        "ListRepositories" => {
            let own = |one: &&Repository| one.region == signer.region && one.account == signer.user.account;
            let names = world.repositories.iter().filter(own);
            let names: Vec<Value> =
                names.map(|one| json!({ "repositoryId": id(one), "repositoryName": one.name })).collect();
            Ok(json!({ "repositories": names }).to_string())
        }
        _ => Err(unknown_action(call)),
    }
}

fn get(world: &World, signer: &Signer, call: &Call) -> Result<String, ApiError> {
    let name = call
        .required("repositoryName")
        .map_err(|_| ApiError::new(400, "RepositoryNameRequiredException", "A repository name is required."))?;
    let found = world.repository(&signer.region, &signer.user.account, name);
    let found =
        found.ok_or_else(|| ApiError::new(400, "RepositoryDoesNotExistException", format!("{name} does not exist")))?;
    let host = hosts::git(&found.region);
    let metadata = json!({
        "accountId": found.account,
        "repositoryId": id(found),
        "repositoryName": found.name,
        "defaultBranch": "main",
        "lastModifiedDate": CREATED,
        "creationDate": CREATED,
        "cloneUrlHttp": format!("https://{host}/v1/repos/{}", found.name),
        "cloneUrlSsh": format!("ssh://{host}/v1/repos/{}", found.name),
        "Arn": format!("arn:aws:codecommit:{}:{}:{}", found.region, found.account, found.name),
    });
    Ok(json!({ "repositoryMetadata": metadata }).to_string())
}

fn id(repository: &Repository) -> String {
    super::sigv4::hash(format!("{}/{}/{}", repository.region, repository.account, repository.name).as_bytes())[..32]
        .to_owned()
}

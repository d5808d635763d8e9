//! The API, with botocore, and the credential helper of the AWS CLI.

use std::process::Command;

use crate::desk::{ACCESS_KEY, Desk, HTTPS_URL, KEY_ID, SECRET, Said, public};
use crate::not_run::not_run;
use crate::standin::keys;
use crate::standin::records::Record;
use crate::standin::switches::ApiError;
use crate::standin::world::IamUser;

/// Calls one action with botocore and prints the answer, or `HTTP-status code`.
const CALL: &str = "
import json, sys, botocore.session, botocore.config, botocore.exceptions
service, method, arguments = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
config = botocore.config.Config(retries={'max_attempts': 0})
client = botocore.session.get_session().create_client(service, region_name='us-east-1', config=config)
try:
    print(json.dumps(getattr(client, method)(**arguments), default=str))
except botocore.exceptions.ClientError as error:
    print(error.response['ResponseMetadata']['HTTPStatusCode'], error.response['Error']['Code'])
";

/// None where there is no botocore, which is said.
fn desk() -> Option<Desk> {
    let found = Command::new("python3").args(["-c", "import botocore.session"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        not_run("the API of the stand-in without botocore");
        return None;
    }
    Desk::new()
}

fn python(desk: &Desk, secret: &str) -> Command {
    let mut python = desk.program("python3");
    python.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", secret);
    python.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CA_BUNDLE", desk.standin.ca_file());
    python.env("HTTPS_PROXY", desk.standin.proxy_url());
    python
}

/// Through AWS_ENDPOINT_URL.
fn call(desk: &Desk, words: [&str; 3]) -> String {
    let mut python = python(desk, SECRET);
    let said = desk.run(python.env("AWS_ENDPOINT_URL", desk.standin.api_url()).args(["-c", CALL]).args(words));
    said.works().out.trim().to_owned()
}

#[test]
fn the_caller_and_its_keys_are_told() {
    let Some(desk) = desk() else { return };
    let who = call(&desk, ["sts", "get_caller_identity", "{}"]);
    assert!(who.contains("\"Arn\": \"arn:aws:iam::123456789012:user/alice\""), "{who}");
    let keys = call(&desk, ["iam", "list_ssh_public_keys", "{}"]);
    assert!(keys.contains(KEY_ID) && keys.contains("\"Status\": \"Active\""), "{keys}");
    let arguments = format!("{{\"UserName\": \"alice\", \"SSHPublicKeyId\": \"{KEY_ID}\", \"Encoding\": \"SSH\"}}");
    let key = call(&desk, ["iam", "get_ssh_public_key", &arguments]);
    assert!(key.contains(&keys::md5(&public("rsa"))), "{key}");
    let logins = call(&desk, ["iam", "list_service_specific_credentials", "{}"]);
    assert!(logins.contains("\"ServiceUserName\": \"alice-at-123456789012\""), "{logins}");
    let user = call(&desk, ["iam", "get_user", "{\"UserName\": \"alice\"}"]);
    assert!(user.contains("\"UserName\": \"alice\""), "{user}");
}

#[test]
fn repositories_are_told() {
    let Some(desk) = desk() else { return };
    let one = call(&desk, ["codecommit", "get_repository", "{\"repositoryName\": \"demo\"}"]);
    assert!(one.contains(HTTPS_URL), "{one}");
    let absent = call(&desk, ["codecommit", "get_repository", "{\"repositoryName\": \"Demo\"}"]);
    assert_eq!(absent, "400 RepositoryDoesNotExistException");
    assert!(call(&desk, ["codecommit", "list_repositories", "{}"]).contains("\"repositoryName\": \"demo\""));
}

#[test]
fn refusals_have_the_codes_of_aws() {
    let Some(mut desk) = desk() else { return };
    let who = ["sts", "get_caller_identity", "{}"];
    let list = ["codecommit", "list_repositories", "{}"];
    desk.standin.with_world(|world| world.users[0].access_keys[0].secret = "another".into());
    assert_eq!(call(&desk, who), "403 SignatureDoesNotMatch");
    assert_eq!(call(&desk, list), "400 InvalidSignatureException");
    desk.standin.with_world(|world| world.users[0].access_keys[0].secret = SECRET.into());
    desk.standin.with_world(|world| world.users[0].access_keys[0].expired = true);
    assert_eq!(call(&desk, who), "403 ExpiredToken");
    desk.standin.with_world(|world| world.users[0].access_keys[0].id = "AKIAOTHER".into());
    assert_eq!(call(&desk, who), "403 InvalidClientTokenId");
    assert_eq!(call(&desk, list), "400 UnrecognizedClientException");
    let mut denied = IamUser::new("alice").deny("iam:ListSSHPublicKeys").deny("codecommit:ListRepositories");
    denied.access_keys.push(crate::standin::world::AccessKey::new(ACCESS_KEY, SECRET));
    desk.standin.with_world(|world| world.users = vec![denied]);
    assert_eq!(call(&desk, ["iam", "list_ssh_public_keys", "{}"]), "403 AccessDenied");
    assert_eq!(call(&desk, list), "400 AccessDeniedException");
    desk.standin.switch(|switches| switches.api.clock_ahead = 3600);
    assert_eq!(call(&desk, who), "403 SignatureDoesNotMatch");
    desk.standin.reset();
    let busy = ApiError::new(400, "ThrottlingException", "Rate exceeded");
    desk.standin.switch(|switches| drop(switches.api_errors.insert("codecommit:ListRepositories".into(), busy)));
    assert_eq!(call(&desk, list), "400 ThrottlingException");
    assert!(call(&desk, who).contains("user/alice"));
}

#[test]
fn the_real_names_are_reached_through_the_proxy() {
    let Some(desk) = desk() else { return };
    let ask = |words: [&str; 3]| -> Said { desk.run(python(&desk, SECRET).args(["-c", CALL]).args(words)) };
    assert!(ask(["sts", "get_caller_identity", "{}"]).works().out.contains("user/alice"));
    assert!(ask(["iam", "get_user", "{}"]).works().out.contains("\"UserName\": \"alice\""));
    assert!(ask(["codecommit", "list_repositories", "{}"]).works().out.contains("demo"));
    let seen = desk.standin.records();
    let listed = Record::Api {
        action: "codecommit:ListRepositories".into(),
        host: "codecommit.us-east-1.amazonaws.com".into(),
        key: Some(ACCESS_KEY.into()),
        status: 200,
        code: None,
    };
    assert!(seen.contains(&listed), "{seen:?}");
}

#[test]
fn the_session_of_a_role_works() {
    let Some(desk) = desk() else { return };
    desk.standin.add_user(IamUser::role("dev"));
    let base = format!("aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET}\n");
    let role = "role_arn = arn:aws:iam::123456789012:role/dev\nsource_profile = base\n";
    std::fs::write(desk.path("aws"), format!("[profile base]\n{base}[profile dev]\n{role}")).unwrap();
    let mut python = python(&desk, SECRET);
    python.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    python.env("AWS_CONFIG_FILE", desk.path("aws")).env("AWS_PROFILE", "dev");
    python.env("AWS_ENDPOINT_URL", desk.standin.api_url()).args(["-c", CALL, "sts", "get_caller_identity", "{}"]);
    let said = desk.run(&mut python);
    assert!(said.works().out.contains("arn:aws:sts::123456789012:assumed-role/dev/session"), "{said:?}");
}

#[test]
fn the_credential_helper_of_the_aws_cli_gets_in() {
    let Some(desk) = desk() else { return };
    if !Command::new("aws").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return not_run("the credential helper of the AWS CLI, which is not here");
    }
    let mut git = desk.program("git");
    git.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
    git.args(["-c", "credential.helper=!aws codecommit credential-helper $@", "-c", "credential.useHttpPath=true"]);
    desk.run(git.args(["ls-remote", HTTPS_URL])).works();
}

//! What AWS answers on machines in memory. The answers are those of the examples in the API references of STS, IAM and
//! CodeCommit.

use super::*;
use crate::check::regions::RegionTable;
use crate::collect::{Context, Live, aws, git, ssh};
use crate::fact::https::{StoredLogin, TargetHttps};
use crate::system::Platform;
use crate::system::fake::FakeSystem;
use crate::system::net::{HttpRequest, HttpResponse, NetError, NetErrorKind, Route};

mod keys;
mod logins;
mod repositories;
mod requests;

const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";
const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN";
const STS: &str = "POST https://sts.us-east-1.amazonaws.com/ Action=GetCallerIdentity";
const GET: &str = "POST https://codecommit.us-east-1.amazonaws.com/ {\"repositoryName\":\"demo-repo\"}";
const METADATA: &str = r#"{"repositoryMetadata": {"accountId": "123456789012", "repositoryName": "demo-repo",
    "repositoryId": "f7579e13-b83e-4027-aaef-650c0EXAMPLE", "defaultBranch": "main"}}"#;

/// A machine with the static keys of an IAM user.
fn machine() -> FakeSystem {
    with_files("", &format!("[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n"))
}

fn with_files(config: &str, credentials: &str) -> FakeSystem {
    FakeSystem::new(Platform::Linux)
        .file("/home/dev/.aws/config", config)
        .file("/home/dev/.aws/credentials", credentials)
}

fn answer(status: u16, body: &str) -> Result<HttpResponse, NetError> {
    Ok(HttpResponse { status, body: body.into(), ..HttpResponse::default() })
}

fn identity(arn: &str) -> Result<HttpResponse, NetError> {
    let result = format!("<Arn>{arn}</Arn><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>123456789012</Account>");
    answer(
        200,
        &format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <GetCallerIdentityResult>\n\
             {result}</GetCallerIdentityResult>\n  <ResponseMetadata><RequestId>0</RequestId></ResponseMetadata>\n\
             </GetCallerIdentityResponse>"
        ),
    )
}

fn alice() -> Result<HttpResponse, NetError> {
    identity("arn:aws:iam::123456789012:user/alice")
}

fn refusal(code: &str, message: &str) -> Result<HttpResponse, NetError> {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    answer(403, &format!("<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>"))
}

fn json_refusal(code: &str) -> Result<HttpResponse, NetError> {
    answer(400, &format!("{{\"__type\":\"{code}\",\"message\":\"demo-repo\"}}"))
}

fn target(transport: &str) -> Target {
    Target {
        transport: transport.into(),
        region: Some("us-east-1".into()),
        partition: Some("aws".into()),
        repository: Some("demo-repo".into()),
        ssh: Fact::Absent,
        https: Fact::Absent,
        aws: Fact::Absent,
        access: Fact::Known(Default::default()),
        ..Target::default()
    }
}

/// Collects what [`ask`] needs and does something with it.
fn with<T>(
    system: &FakeSystem,
    profile: Option<&str>,
    targets: &mut [Target],
    work: impl FnOnce(&Tries<'_>, &AwsState, &mut [Target]) -> T,
) -> T {
    let regions = RegionTable::embedded().unwrap();
    let live = Live { on: true, ..Live::default() };
    let context = Context { system, regions: &regions, region: None, profile, urls: &[], live };
    let git = git::collect(&context);
    let ssh = ssh::collect(&context, &git.fact.ssh_command);
    let aws = aws::collect(&context);
    for target in targets.iter_mut() {
        match target.transport.0.as_str() {
            "ssh" => target.ssh = Fact::Known(ssh::for_target(&context, &ssh, HOST, None, None)),
            "https-helper" | "grc" => target.aws = Fact::Known(aws::for_target(&context, &aws, Client::AwsCli1, None)),
            _ => {}
        }
    }
    work(&Tries::new(&context, &git, &ssh, &aws), &aws, targets)
}

fn asked_as(system: &FakeSystem, profile: Option<&str>, target: Target) -> Fact<AwsAnswers> {
    let answers = with(system, profile, &mut [target], |tries, aws, targets| ask(tries, aws, &targets[0]));
    let text = serde_json::to_string(&answers).unwrap() + &format!("{answers:?}");
    for secret in [SECRET, TOKEN, "hunter2"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    answers
}

fn asked(system: &FakeSystem, transport: &str) -> AwsAnswers {
    match asked_as(system, None, target(transport)) {
        Fact::Known(answers) => answers,
        other => panic!("no answers: {other:?}"),
    }
}

fn reason(system: &FakeSystem) -> String {
    match asked_as(system, None, target("https-helper")) {
        Fact::Unavailable(reason) => reason,
        other => panic!("answers: {other:?}"),
    }
}

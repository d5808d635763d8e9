//! What IAM has of the user's SSH keys and Git credentials.

use super::*;
use crate::fact::access::{Credential, TargetAccess};
use crate::system::AgentKey;

const KEY_ID: &str = "APKAEIBAERJR2EXAMPLE";
const OTHER_ID: &str = "APKAEIBAERJR3EXAMPLE";
const RSA: &str = include_str!("../../../../../tests/data/keys/rsa");
const RSA_PUB: &str = include_str!("../../../../../tests/data/keys/rsa.pub");
const SECOND_PUB: &str = include_str!("../../../../../tests/data/keys/rsa_second.pub");
/// What `ssh-keygen -E md5 -lf tests/data/keys/rsa.pub` prints.
const RSA_MD5: &str = "53:2c:b4:72:03:b6:5b:37:6a:88:b4:fe:8e:30:65:b7";
const LIST: &str = "POST https://iam.amazonaws.com/ Action=ListSSHPublicKeys&Version=2010-05-08&UserName=alice";

fn ssh_machine(config: &str) -> FakeSystem {
    machine()
        .file("/home/dev/.ssh/config", format!("Host *.amazonaws.com\n  User {KEY_ID}\n{config}"))
        .file("/home/dev/.ssh/codecommit_rsa", RSA)
        .mode("/home/dev/.ssh/codecommit_rsa", 0o600)
        .http_answer(STS, alice())
        .http_answer(GET, answer(200, METADATA))
}

fn uploaded(system: FakeSystem, keys: &[(&str, &str, &str)]) -> FakeSystem {
    let member = |(id, status, _): &(&str, &str, &str)| {
        format!(
            "<member><UserName>alice</UserName><SSHPublicKeyId>{id}</SSHPublicKeyId><Status>{status}</Status>\
             <UploadDate>2015-06-05T20:02:55Z</UploadDate></member>"
        )
    };
    let members: String = keys.iter().map(member).collect();
    let list = format!(
        "<ListSSHPublicKeysResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListSSHPublicKeysResult>\
         <IsTruncated>false</IsTruncated><SSHPublicKeys>{members}</SSHPublicKeys></ListSSHPublicKeysResult>\
         </ListSSHPublicKeysResponse>"
    );
    keys.iter().fold(system.http_answer(LIST, answer(200, &list)), |system, (id, _, body)| {
        let call = format!(
            "POST https://iam.amazonaws.com/ Action=GetSSHPublicKey&Version=2010-05-08&UserName=alice\
             &SSHPublicKeyId={id}&Encoding=SSH"
        );
        let body = format!(
            "<GetSSHPublicKeyResponse><GetSSHPublicKeyResult><SSHPublicKey><Fingerprint>x</Fingerprint>\
             <SSHPublicKeyBody>{}</SSHPublicKeyBody></SSHPublicKey></GetSSHPublicKeyResult></GetSSHPublicKeyResponse>",
            body.trim()
        );
        system.http_answer(&call, answer(200, &body))
    })
}

const FILE: &str = "  IdentityFile ~/.ssh/codecommit_rsa\n";

#[test]
fn an_uploaded_key_is_matched_with_its_file() {
    let keys = [(OTHER_ID, "Active", SECOND_PUB), (KEY_ID, "Active", RSA_PUB)];
    let answers = asked(&uploaded(ssh_machine(FILE), &keys), "ssh");
    let found = answers.matching_ssh_key.known().unwrap();
    assert_eq!((found.id.0.as_str(), found.active, found.md5.as_deref()), (KEY_ID, true, Some(RSA_MD5)));
    assert_eq!(found.file.as_deref(), Some("/home/dev/.ssh/codecommit_rsa"));
    assert_eq!(answers.configured_ssh_key.known(), Some(found));
    let all = answers.ssh_keys.known().unwrap();
    assert_eq!((all.len(), all[0].file.clone()), (2, None));
}

#[test]
fn another_id_or_an_inactive_key_shows() {
    let inactive = [(OTHER_ID, "Inactive", RSA_PUB)];
    let answers = asked(&uploaded(ssh_machine(FILE), &inactive), "ssh");
    let found = answers.matching_ssh_key.known().unwrap();
    assert_eq!((found.id.0.as_str(), found.active), (OTHER_ID, false));
    assert_eq!(answers.configured_ssh_key, Fact::Absent);
    // The same key twice: the active one counts, unless the other is configured.
    let twice = [(OTHER_ID, "Inactive", RSA_PUB), ("APKAEIBAERJR4EXAMPLE", "Active", RSA_PUB)];
    let answers = asked(&uploaded(ssh_machine(FILE), &twice), "ssh");
    assert_eq!(answers.matching_ssh_key.known().unwrap().id.0, "APKAEIBAERJR4EXAMPLE");
}

#[test]
fn a_key_that_ssh_does_not_try_is_no_match() {
    let keys = [(KEY_ID, "Active", RSA_PUB)];
    let answers = asked(&uploaded(ssh_machine("  IdentityFile ~/.ssh/gone\n"), &keys), "ssh");
    assert_eq!(answers.matching_ssh_key, Fact::Absent);
    let configured = answers.configured_ssh_key.known().unwrap();
    assert_eq!(configured.other_file.as_deref(), Some("/home/dev/.ssh/codecommit_rsa"));
    let none = asked(&uploaded(ssh_machine(FILE), &[]), "ssh");
    assert_eq!((none.ssh_keys, none.matching_ssh_key), (Fact::Known(vec![]), Fact::Absent));
}

#[test]
fn a_key_of_the_agent_counts_unless_only_identities_do() {
    let blob = crate::system::keys::inspect(RSA_PUB.as_bytes()).blob.unwrap();
    let agent = Ok(vec![AgentKey { blob, comment: "alice's card".into() }]);
    let keys = [(KEY_ID, "Active", RSA_PUB)];
    let system = |config: &str| {
        uploaded(ssh_machine(config), &keys).agent("/run/agent", agent.clone()).env_var("SSH_AUTH_SOCK", "/run/agent")
    };
    let held = asked(&system("  IdentityFile ~/.ssh/gone\n"), "ssh").matching_ssh_key;
    assert_eq!(held.known().unwrap().file.as_deref(), Some("alice's card"));
    let only = asked(&system("  IdentityFile ~/.ssh/gone\n  IdentitiesOnly yes\n"), "ssh").matching_ssh_key;
    assert_eq!(only, Fact::Absent);
}

#[test]
fn each_missing_permission_hides_its_own_fact() {
    let denied = || refusal("AccessDenied", "User: arn:aws:iam::123456789012:user/alice is not authorized");
    let answers = asked(&ssh_machine(FILE).http_answer(LIST, denied()), "ssh");
    let wanted = Fact::Unavailable("AWS does not allow iam:ListSSHPublicKeys for this identity".into());
    assert_eq!((&answers.ssh_keys, answers.rejected), (&wanted, None));
    assert!(matches!(answers.matching_ssh_key, Fact::Unavailable(_)));
    assert!(answers.repository.known().unwrap().exists);
    let body = "POST https://iam.amazonaws.com/ Action=GetSSHPublicKey";
    let keys = [(KEY_ID, "Active", RSA_PUB)];
    let answers = asked(&uploaded(ssh_machine(FILE).http_answer(body, denied()), &keys), "ssh");
    let configured = answers.configured_ssh_key.known().unwrap();
    assert_eq!((configured.active, configured.md5.clone()), (true, None));
    let wanted = Fact::Unavailable("AWS does not allow iam:GetSSHPublicKey for this identity".into());
    assert_eq!(answers.matching_ssh_key, wanted);
}

#[test]
fn a_key_file_that_hides_its_public_part_leaves_the_match_unknown() {
    const ENCRYPTED: &str = include_str!("../../../../../tests/data/keys/rsa_encrypted_pem");
    let system = ssh_machine("  IdentityFile ~/.ssh/hidden\n").file("/home/dev/.ssh/hidden", ENCRYPTED);
    let answers = asked(&uploaded(system, &[(KEY_ID, "Active", SECOND_PUB)]), "ssh");
    let Fact::Unavailable(reason) = answers.matching_ssh_key else { panic!("{:?}", answers.matching_ssh_key) };
    assert!(reason.starts_with("/home/dev/.ssh/hidden: "), "{reason}");
}

#[test]
fn a_role_has_no_keys_of_its_own() {
    let system = machine().http_answer(STS, identity("arn:aws:sts::123456789012:assumed-role/Dev/x"));
    let answers = asked(&system, "ssh");
    assert_eq!((answers.ssh_keys, answers.matching_ssh_key), (Fact::Absent, Fact::Absent));
}

const CREDENTIALS: &str = "POST https://iam.amazonaws.com/ Action=ListServiceSpecificCredentials&Version=2010-05-08\
                           &UserName=alice&ServiceName=codecommit.amazonaws.com";

fn git_status(sent: Option<&str>, stored: Option<&str>) -> (AwsAnswers, Fact<crate::fact::Word>) {
    git_status_at(None, sent, stored)
}

fn git_status_at(
    url_user: Option<&str>,
    sent: Option<&str>,
    stored: Option<&str>,
) -> (AwsAnswers, Fact<crate::fact::Word>) {
    let member = |user: &str, status: &str| {
        format!(
            "<member><UserName>alice</UserName><Status>{status}</Status><ServiceUserName>{user}</ServiceUserName>\
             <ServiceName>codecommit.amazonaws.com</ServiceName></member>"
        )
    };
    let members = member("alice-at-123456789012", "Active") + &member("alice+1-at-123456789012", "Inactive");
    let list = format!(
        "<ListServiceSpecificCredentialsResponse><ListServiceSpecificCredentialsResult><ServiceSpecificCredentials>\
         {members}</ServiceSpecificCredentials></ListServiceSpecificCredentialsResult>\
         </ListServiceSpecificCredentialsResponse>"
    );
    let system = machine().http_answer(STS, alice()).http_answer(CREDENTIALS, answer(200, &list));
    let kind = |user: &str| crate::collect::login::stored_kind(user).into();
    let login = |user: &str| StoredLogin { user: user.into(), user_kind: kind(user), ..StoredLogin::default() };
    let credential = |user: &str| Credential { user: user.into(), user_kind: kind(user), ..Credential::default() };
    let mut target = Target { url_user: url_user.map(Into::into), ..target("https-gitcred") };
    target.https = Fact::Known(TargetHttps { stored_login: stored.map(login), ..TargetHttps::default() });
    target.access =
        Fact::Known(TargetAccess { credential: Fact::from_option(sent.map(credential)), ..TargetAccess::default() });
    let answers = asked_as(&system, None, target).known().unwrap().clone();
    (answers.clone(), answers.git_credential_status)
}

#[test]
fn git_credentials_have_a_status() {
    let (answers, status) = git_status(Some("alice-at-123456789012"), Some("alice+1-at-123456789012"));
    let all = answers.git_credentials.known().unwrap();
    assert_eq!(status, Fact::Known("active".into()));
    assert_eq!(
        (all.len(), all[0].active, all[1].active, all[1].user.0.as_str()),
        (2, true, false, "alice+1-at-123456789012")
    );
    assert_eq!(answers.ssh_keys, Fact::Absent);
    assert_eq!(git_status(None, Some("alice+1-at-123456789012")).1, Fact::Known("inactive".into()));
    assert_eq!(git_status(Some("alice+2-at-123456789012"), None).1, Fact::Known("missing".into()));
    assert_eq!(git_status(Some("alice"), None).1, Fact::Known("missing".into()));
    assert_eq!(git_status(Some(ID), None).1, Fact::Absent);
    let (first, second) = (Some("alice-at-123456789012"), Some("alice+1-at-123456789012"));
    assert_eq!(git_status_at(second, None, first).1, Fact::Known("inactive".into()));
    assert_eq!(git_status_at(second, first, None).1, Fact::Known("active".into()));
    assert_eq!(git_status(None, None).1, Fact::Absent);
    for other in ["bob-at-123456789012", "alicea-at-123456789012"] {
        assert!(matches!(git_status(Some(other), None).1, Fact::Unavailable(_)), "{other}");
    }
}

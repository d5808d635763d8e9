//! What can be wrong with logins, permissions and repositories: the first cause, beside the failure of the real git.

use super::desk::{ACCESS_KEY, Desk, GIT_USER, HOST, SECRET};
use super::faults::wrong;
use crate::standin::switches::Port;
use crate::standin::world::{AccessKey, IamUser, SshKey};
use crate::standin::{clock, sigv4};

/// What is wrong, and the first cause that is told then.
type Case = (&'static str, fn(&mut Desk), &'static str);

const OTHER_ID: &str = "APKAQ3EGRJ5XOTHERKEY";
const SESSION: &str = "ASIAQ3EGRJ5XLBNM4ZPQ";
/// A public key of nobody here: the example of AWS' own host key will do.
const OTHER_KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCdut7aOM5Zh16OJ+GOP75O7x5oyHKAiA1ieuySetj/hAq4VrAuZV5R2TypZJcKBaripOtTc/Sr0FOU4YvxUla40PPH8N1lbDp6Pnc4BexKsrt2kz++TqIKx5FHmUQV3mit16kxRwHey3dv030+qXBDo3WPQjm2+JLoq0XcadpnCAMCd3ChaBnDRM+51GZbuEFilpZsxUchUzl0gseC+shYOBd7TqxTlIhj/56d/YF1kq7RMZYrwBnyYdVhpLeUJCeYjyx/O6FPSezNTLiinz5jjioWZATgn+G8feL/hIsk8g+7JoIcb2muUlymdxs+8l2lS+8MXqT0q9ohT+Knhb2j";

fn alice<T>(desk: &Desk, change: impl FnOnce(&mut IamUser) -> T) -> T {
    desk.standin.with_world(|world| change(&mut world.users[0]))
}

fn deny_pull(desk: &mut Desk) {
    alice(desk, |user| user.denied.insert("codecommit:GitPull".into()));
}

fn without_repository(desk: &mut Desk) {
    desk.standin.with_world(|world| world.repositories.clear());
}

fn repository_of_other_case(desk: &mut Desk) {
    without_repository(desk);
    desk.standin.add_repository("us-east-1", "Demo");
}

fn repository_of_other_region(desk: &mut Desk) {
    without_repository(desk);
    desk.standin.add_repository("eu-west-1", "demo");
}

/// The user's key is another one; the ID in the ssh configuration is that of the other key.
fn id_of_other_key(desk: &mut Desk) {
    let other = SshKey { id: OTHER_ID.into(), public: OTHER_KEY.into(), active: true };
    alice(desk, |user| user.ssh_keys.push(other));
    desk.ssh_config(OTHER_ID, &desk.standin.region("us-east-1").ssh_config_lines());
}

fn unknown_id(desk: &mut Desk) {
    desk.ssh_config(OTHER_ID, &desk.standin.region("us-east-1").ssh_config_lines());
}

fn secret_is(desk: &Desk, secret: &str, rest: &str) {
    let file = format!("[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {secret}\n{rest}");
    desk.machine.write_mode(".aws/credentials", file, 0o600);
}

fn expired_session(desk: &mut Desk) {
    let expired = AccessKey { expired: true, ..AccessKey::session(SESSION, SECRET, "token/of+the=session") };
    desk.standin.add_user(IamUser::role("dev").access_key(expired));
    let file = format!(
        "[default]\naws_access_key_id = {SESSION}\naws_secret_access_key = {SECRET}\n\
         aws_session_token = token/of+the=session\n"
    );
    desk.machine.write_mode(".aws/credentials", file, 0o600);
}

/// git stored a signed password an hour ago, and hands it out before the helper is asked.
fn replayed_signature(desk: &mut Desk) {
    let helper = std::fs::read_to_string(desk.machine.home(".gitconfig")).expect("a configuration");
    desk.machine.write(".gitconfig", format!("[credential]\n\thelper = store\n{helper}"));
    let password = sigv4::git_password(SECRET, "us-east-1", HOST, "/v1/repos/demo", clock::now(-3600));
    let line = format!("https://{ACCESS_KEY}:{password}@{HOST}/v1/repos/demo\n");
    desk.machine.write_mode(".git-credentials", line, 0o600);
}

fn with_dead_api(desk: &mut Desk) {
    desk.store(GIT_USER, "wrong");
    desk.standin.switch(|switches| switches.api.https_port = Port::Dropped);
}

const OVER_SSH: &[Case] = &[
    ("the ID of another key", id_of_other_key, "access-ssh-key-id-of-other-key"),
    ("an ID of nobody", unknown_id, "access-ssh-key-id-unknown"),
    ("the key is not in IAM", |desk| alice(desk, |user| user.ssh_keys.clear()), "access-ssh-key-not-in-iam"),
    ("the key is inactive", |desk| alice(desk, |user| user.ssh_keys[0].active = false), "access-ssh-key-inactive"),
    ("no right to pull", deny_pull, "access-iam-denies"),
    ("no repository", without_repository, "access-repository-missing"),
    ("repository of another case", repository_of_other_case, "access-repository-other-case"),
    ("repository of another region", repository_of_other_region, "access-repository-in-other-region"),
];

const WITH_GIT_CREDENTIALS: &[Case] = &[
    ("inactive", |desk| alice(desk, |user| user.git_credentials[0].active = false), "access-git-credentials-inactive"),
    ("unknown to IAM", |desk| alice(desk, |user| user.git_credentials.clear()), "access-git-credentials-missing"),
    ("wrong password", |desk| desk.store(GIT_USER, "wrong"), "access-git-credentials-refused"),
    ("wrong password, dead API", with_dead_api, "access-git-credentials-refused"),
    ("no repository", without_repository, "access-repository-missing"),
    ("repository of another case", repository_of_other_case, "access-repository-other-case"),
    ("repository of another region", repository_of_other_region, "access-repository-in-other-region"),
];

const WITH_THE_HELPER: &[Case] = &[
    ("wrong secret", |desk| secret_is(desk, &SECRET.replace('h', "k"), ""), "access-aws-secret-wrong"),
    ("unknown access key", |desk| alice(desk, |user| user.access_keys.clear()), "access-aws-key-unknown"),
    ("expired session", expired_session, "access-aws-session-expired"),
    // The store is what has to go: it would keep the next signature too.
    ("replayed signature", replayed_signature, "credential-helper-shadowed-by-storing-helper"),
    ("no right to pull", deny_pull, "access-iam-denies"),
    ("no repository", without_repository, "access-repository-missing"),
    ("repository of another case", repository_of_other_case, "access-repository-other-case"),
    ("repository of another region", repository_of_other_region, "access-repository-in-other-region"),
    ("clock", |desk| desk.standin.set(|faults| faults.clock_ahead = 20 * 60), "network-clock-skew"),
];

/// Each on a machine of its own, because it changes more than a reset of the stand-in heals.
#[track_caller]
fn check(make: fn() -> Option<Desk>, cases: &[Case]) {
    let mut problems = Vec::new();
    for (name, fault, expected) in cases {
        let Some(mut desk) = make() else { return };
        desk.machine.aws_files();
        fault(&mut desk);
        problems.extend(wrong(&desk, expected, &[]).map(|problem| format!("{name}: {expected}, {problem}")));
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn over_ssh() {
    check(Desk::ssh, OVER_SSH);
}

#[test]
fn with_git_credentials() {
    check(Desk::gitcred, WITH_GIT_CREDENTIALS);
}

#[test]
fn with_the_helper() {
    check(Desk::helper, WITH_THE_HELPER);
}

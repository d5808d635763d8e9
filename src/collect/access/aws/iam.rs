//! IAM: the SSH public keys and the Git credentials of the user.

use std::thread;

use super::call::{Api, CallError, Question};
use super::endpoint::Service;
use super::reply;
use crate::collect::aws::secret::AccessKey;
use crate::collect::login::is_git_credentials;
use crate::fact::access::{AwsAnswers, GitCredential, IamSshKey};
use crate::fact::ssh::{KeyFile, TargetSsh};
use crate::fact::target::Target;
use crate::fact::{Fact, FilePath, ssh};
use crate::system::keys;

/// A user has at most five SSH public keys (IAM user guide, "IAM and AWS STS quotas").
const KEY_LIMIT: usize = 5;
/// How AWS names the service that Git credentials are for.
const GIT: &str = "codecommit.amazonaws.com";

/// One IAM user, and the key that it signs with.
pub(super) struct User<'a> {
    /// The APIs.
    pub(super) api: &'a Api<'a>,
    /// The access key.
    pub(super) key: &'a AccessKey,
    /// The region of the target; IAM itself has none.
    pub(super) region: &'a str,
    /// The name.
    pub(super) name: &'a str,
}

impl User<'_> {
    fn ask(&self, action: &'static str, more: &[(&'static str, &str)]) -> Result<String, CallError> {
        let parameters: Vec<_> = [("UserName", self.name)].into_iter().chain(more.iter().copied()).collect();
        let question = Question { service: Service::Iam, action, region: self.region, parameters: &parameters };
        let answer = self.api.call(self.key, &question)?;
        let is_answer = answer.contains(&format!("<{action}Response"));
        if is_answer { Ok(answer) } else { Err(self.api.foreign(Service::Iam, self.region)) }
    }

    /// What IAM has of the keys of an ssh target.
    pub(super) fn ssh_keys(&self, machine: &ssh::Ssh, target: &Target, answers: &mut AwsAnswers) {
        let listed = match self.ask("ListSSHPublicKeys", &[]) {
            Ok(listed) => listed,
            Err(error) => {
                let reason = error.reason();
                answers.ssh_keys = Fact::Unavailable(reason.clone());
                answers.matching_ssh_key = Fact::Unavailable(reason.clone());
                answers.configured_ssh_key = Fact::Unavailable(reason);
                return;
            }
        };
        let entries: Vec<_> = reply::members(&listed, "SSHPublicKeys").into_iter().filter_map(entry).collect();
        let (mut uploaded, unseen) = self.bodies(entries);
        let own = OwnKeys::of(machine, target.ssh.known());
        uploaded.iter_mut().for_each(|(key, sha256)| own.mark(key, sha256.as_deref()));
        let keys: Vec<_> = uploaded.into_iter().map(|(key, _)| key).collect();
        let sent = target.ssh.known().and_then(|ssh| ssh.user.value.as_deref());
        answers.configured_ssh_key = match &target.ssh {
            Fact::Unavailable(reason) => Fact::Unavailable(reason.clone()),
            _ => Fact::from_option(keys.iter().find(|key| Some(key.id.0.as_str()) == sent).cloned()),
        };
        answers.matching_ssh_key = matching(&keys, sent, own.unread.or(unseen));
        answers.ssh_keys = Fact::Known(keys);
    }

    /// The keys with the SHA256 of each that may be seen, and why one may not be.
    fn bodies(&self, entries: Vec<IamSshKey>) -> (Vec<(IamSshKey, Option<String>)>, Option<String>) {
        let body = |id: &str| {
            let answer = self.ask("GetSSHPublicKey", &[("SSHPublicKeyId", id), ("Encoding", "SSH")])?;
            let body = reply::text(&answer, "SSHPublicKeyBody").unwrap_or_default();
            let blob = body.split_ascii_whitespace().nth(1).and_then(keys::decode_public);
            blob.ok_or_else(|| self.api.foreign(Service::Iam, self.region))
        };
        let blobs: Vec<Result<Vec<u8>, CallError>> = thread::scope(|scope| {
            let asked = entries.iter().take(KEY_LIMIT).map(|key| scope.spawn(|| body(&key.id)));
            let asked: Vec<_> = asked.collect();
            let failed = |_| Err(CallError::Unreachable("the collector of AWS answers failed".into()));
            asked.into_iter().map(|thread| thread.join().unwrap_or_else(failed)).collect()
        });
        let unseen = blobs.iter().find_map(|blob| blob.as_ref().err().map(CallError::reason));
        let facts = blobs.iter().map(|blob| blob.as_ref().ok().map(|blob| keys::describe(blob)));
        let with = |(mut key, facts): (IamSshKey, Option<keys::BlobFacts>)| {
            key.md5 = facts.as_ref().map(|facts| facts.md5.clone().into());
            (key, facts.map(|facts| facts.sha256))
        };
        (entries.into_iter().zip(facts.chain(std::iter::repeat(None))).map(with).collect(), unseen)
    }

    /// What IAM has of Git credentials. `sent`: the user name that git sent or would send.
    pub(super) fn git_credentials(&self, sent: Option<&str>, answers: &mut AwsAnswers) {
        let listed = match self.ask("ListServiceSpecificCredentials", &[("ServiceName", GIT)]) {
            Ok(listed) => listed,
            Err(error) => {
                answers.git_credentials = Fact::Unavailable(error.reason());
                answers.git_credential_status = Fact::Unavailable(error.reason());
                return;
            }
        };
        let credential = |member: &str| {
            Some(GitCredential { user: reply::text(member, "ServiceUserName")?.into(), active: active(member) })
        };
        let members = reply::members(&listed, "ServiceSpecificCredentials");
        let credentials: Vec<_> = members.into_iter().filter_map(credential).collect();
        let found = |name: &str| credentials.iter().find(|credential| *credential.user == *name);
        answers.git_credential_status = match sent.map(|name| (name, found(name))) {
            None => Fact::Absent,
            Some((_, Some(credential))) => Fact::Known(if credential.active { "active" } else { "inactive" }.into()),
            Some((name, None)) if self.may_own(name) => Fact::Known("missing".into()),
            Some(_) => Fact::Unavailable("the AWS credentials belong to another user than the Git credentials".into()),
        };
        answers.git_credentials = Fact::Known(credentials);
    }

    /// Whether Git credentials of that name are, or were, those of this user: `alice-at-123456789012`, and
    /// `alice+1-at-123456789012` for the second ones (IAM user guide, "Using IAM with CodeCommit").
    fn may_own(&self, name: &str) -> bool {
        let Some((owner, _)) = name.rsplit_once("-at-").filter(|_| is_git_credentials(name)) else { return true };
        let number = owner.get(self.name.len()..).unwrap_or_default();
        owner.starts_with(self.name) && (number.is_empty() || number.starts_with('+'))
    }
}

fn entry(member: &str) -> Option<IamSshKey> {
    let id = reply::text(member, "SSHPublicKeyId")?;
    Some(IamSshKey { id: id.into(), active: active(member), ..IamSshKey::default() })
}

fn active(member: &str) -> bool {
    reply::text(member, "Status").is_some_and(|status| status == "Active")
}

/// The uploaded key that is one of the target's: the one that is configured, else an active one, else any.
fn matching(keys: &[IamSshKey], sent: Option<&str>, unread: Option<String>) -> Fact<IamSshKey> {
    let own = keys.iter().filter(|key| key.file.is_some());
    let best = own.max_by_key(|key| (Some(key.id.0.as_str()) == sent, key.active));
    match (best, unread) {
        (Some(key), _) => Fact::Known(key.clone()),
        (None, Some(reason)) if !keys.is_empty() => Fact::Unavailable(reason),
        (None, _) => Fact::Absent,
    }
}

/// The keys of this machine by their SHA256.
#[derive(Default)]
struct OwnKeys {
    /// Those that ssh tries for the target.
    tried: Vec<(String, FilePath)>,
    /// The other private keys in `.ssh`.
    others: Vec<(String, FilePath)>,
    /// Why one that ssh tries is not known.
    unread: Option<String>,
}

impl OwnKeys {
    fn of(machine: &ssh::Ssh, target: Option<&TargetSsh>) -> Self {
        let Some(target) = target else {
            let unread = Some("what ssh would offer is not known".into());
            return Self { unread, ..Self::default() };
        };
        let named = |key: &KeyFile| Some((key.sha256.known()?.0.clone(), key.path.clone()));
        let files = target.identities.iter().filter_map(|identity| named(&identity.key));
        let only = target.identities_only.value.as_deref().is_some_and(|value| value.eq_ignore_ascii_case("yes"));
        let agent = machine.agent.known().filter(|_| !only).and_then(|agent| agent.keys.known());
        let held = agent.into_iter().flatten().map(|key| (key.sha256.0.clone(), key.comment.0.clone().into()));
        let private = machine.keys.iter().filter(|key| key.role.known().is_some_and(|role| role.0 == "private"));
        let unread = target.identities.iter().find_map(|identity| match (&identity.key.exists, &identity.key.sha256) {
            (Fact::Known(true), Fact::Unavailable(reason)) => Some(format!("{}: {reason}", identity.path)),
            _ => None,
        });
        Self { tried: files.chain(held).collect(), others: private.filter_map(named).collect(), unread }
    }

    /// Says which key of this machine an uploaded one is.
    fn mark(&self, key: &mut IamSshKey, sha256: Option<&str>) {
        let among = |keys: &[(String, FilePath)]| {
            keys.iter().find(|(own, _)| Some(own.as_str()) == sha256).map(|(_, path)| path.clone())
        };
        key.file = among(&self.tried);
        key.other_file = if key.file.is_none() { among(&self.others) } else { None };
    }
}

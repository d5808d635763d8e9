//! What the AWS APIs say of the login of a target: who it is, which keys IAM has, whether the repository exists.
//!
//! Asked after a failure or with `-v` only, with credentials that are read and nothing else: no program is run, no token
//! renewed, nobody asked. Every permission that is missing makes its own fact unavailable.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use crate::collect::aws::secret::AccessKey;
use crate::collect::aws::{self, AwsState, Client};
use crate::collect::live::Tries;
use crate::collect::login::stored_kind;
use crate::fact::access::{ApiError, AwsAnswers, Identity, RepositoryAnswer};
use crate::fact::aws::TargetAws;
use crate::fact::target::Target;
use crate::fact::{Fact, Source};
use crate::system::net::TrustStore;
use crate::system::{FileKind, System};

mod call;
mod credentials;
mod endpoint;
mod iam;
mod identity;
mod reply;
mod repository;
mod route;
#[cfg(test)]
mod tests;
pub(crate) mod write;

use call::{Api, CallError};
use credentials::NoKey;

/// The logins of one run: each is looked for, and STS asked whose it is, once for all targets that use it.
#[derive(Default)]
pub struct Logins(Mutex<HashMap<(String, String, String), Found>>);

/// A login, once it is known.
type Found = Arc<OnceLock<Result<Login, NoKey>>>;

/// A key and what STS says of it.
struct Login {
    key: AccessKey,
    identity: Result<Identity, CallError>,
}

impl Logins {
    /// The place of a login: its profile, where its credentials come from, and the region that is asked.
    fn of(&self, api: &Api<'_>, used: &TargetAws, region: &str) -> Found {
        let from = used.credentials_from.known().map(|from| from.0.clone()).unwrap_or_default();
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.entry((api.profile.clone(), from, region.to_owned())).or_default().clone()
    }
}

impl Login {
    fn find(api: &Api<'_>, used: &TargetAws, region: &str) -> Result<Self, NoKey> {
        let key = credentials::find(api, used, region)?;
        Ok(Self { identity: identity::ask(api, &key, region), key })
    }
}

/// Asks STS, IAM and CodeCommit. Unavailable where there are no credentials to ask with; absent where git needs none.
pub fn ask(tries: &Tries<'_>, aws: &AwsState, target: &Target) -> Fact<AwsAnswers> {
    let context = tries.context;
    let used = used(tries, aws, target);
    let profile = used.profile.value.as_deref().unwrap_or("default").to_owned();
    let store = store(context.system, &used);
    let api = Api { system: context.system, regions: context.regions, aws, profile, store };
    let region = region(&api, target);
    let environment = used.credentials_from == Fact::Known("environment".into());
    let named = if environment { "environment" } else { api.profile.as_str() };
    let answers = AwsAnswers { profile: named.into(), ..AwsAnswers::default() };
    if needs_none(target) && has_none(&used) {
        return Fact::Absent;
    }
    let login = tries.logins.of(&api, &used, region);
    match login.get_or_init(|| Login::find(&api, &used, region)) {
        Ok(Login { key, identity }) => {
            Fact::Known(Desk { tries, api: &api, key, identity, region, target }.ask(answers))
        }
        Err(NoKey::Rejected(error)) => Fact::Known(rejected(error.clone(), answers)),
        Err(NoKey::Unavailable(reason)) => Fact::Unavailable(reason.clone()),
    }
}

/// Whether git gets in without credentials of AWS: with an SSH key or with Git credentials.
fn needs_none(target: &Target) -> bool {
    matches!(&*target.transport.0, "ssh" | "https-gitcred")
}

/// Whether there is nobody to ask as, and nobody was named either.
fn has_none(used: &TargetAws) -> bool {
    let named = used.profile.origin.0 != "default" && used.profile_exists == Fact::Known(false);
    used.credentials_from == Fact::Known("none".into()) && !named
}

/// The credentials of the client; where the transport uses none, those of `--profile`, of the variables or `default`.
fn used(tries: &Tries<'_>, aws: &AwsState, target: &Target) -> TargetAws {
    if let Fact::Known(used) = &target.aws {
        return used.clone();
    }
    let option = |name| ("option", name, Source::command(format!("cc-doctor --profile {name}"), ""));
    aws::for_target(tries.context, aws, Client::AwsCli2, tries.context.profile.map(option))
}

/// The region of the target; where none is known, the one where its partition is at home.
fn region<'a>(api: &Api<'a>, target: &'a Target) -> &'a str {
    let known = target.region.as_deref().filter(|name| api.regions.by_name(name).is_some());
    known.unwrap_or_else(|| endpoint::home(target.partition.as_deref().unwrap_or("aws")))
}

/// `AWS_CA_BUNDLE` or `ca_bundle`, else the store of the system.
fn store(system: &dyn System, used: &TargetAws) -> TrustStore {
    let Some(bundle) = used.ca_bundle.value.as_deref() else { return TrustStore::System };
    let path = system.current_dir().unwrap_or_default().join(bundle);
    match system.metadata(&path) {
        Ok(metadata) if metadata.kind == FileKind::Directory => TrustStore::Directory(path),
        _ => TrustStore::File(path),
    }
}

/// The answers when AWS does not accept the credentials.
fn rejected(error: ApiError, answers: AwsAnswers) -> AwsAnswers {
    let mut answers = unasked(answers, "AWS did not accept the credentials, so nothing more was asked");
    answers.identity = Fact::Absent;
    answers.rejected = Some(error);
    answers
}

fn unasked(answers: AwsAnswers, reason: &str) -> AwsAnswers {
    AwsAnswers {
        identity: Fact::Unavailable(reason.into()),
        ssh_keys: Fact::Unavailable(reason.into()),
        matching_ssh_key: Fact::Unavailable(reason.into()),
        configured_ssh_key: Fact::Unavailable(reason.into()),
        git_credentials: Fact::Unavailable(reason.into()),
        git_credential_status: Fact::Unavailable(reason.into()),
        repository: Fact::Unavailable(reason.into()),
        ..answers
    }
}

/// Everything that is asked with one key.
struct Desk<'a> {
    tries: &'a Tries<'a>,
    api: &'a Api<'a>,
    key: &'a AccessKey,
    identity: &'a Result<Identity, CallError>,
    region: &'a str,
    target: &'a Target,
}

impl Desk<'_> {
    fn ask(&self, answers: AwsAnswers) -> AwsAnswers {
        match self.identity {
            Err(CallError::Refused(error)) if is_rejection(error) => rejected(error.clone(), answers),
            Err(error) => {
                let repository = self.repository();
                AwsAnswers { repository, ..unasked(answers, &error.reason()) }
            }
            Ok(identity) => {
                let mut answers = AwsAnswers { identity: Fact::Known(identity.clone()), ..answers };
                answers.repository = thread::scope(|scope| {
                    let repository = scope.spawn(|| self.repository());
                    self.user(&mut answers);
                    let failed = |_| Fact::Unavailable("the collector of AWS answers failed".into());
                    repository.join().unwrap_or_else(failed)
                });
                answers
            }
        }
    }

    /// The keys or Git credentials of the IAM user, as far as the transport uses them.
    fn user(&self, answers: &mut AwsAnswers) {
        answers.ssh_keys = Fact::Absent;
        answers.matching_ssh_key = Fact::Absent;
        answers.configured_ssh_key = Fact::Absent;
        answers.git_credentials = Fact::Absent;
        answers.git_credential_status = Fact::Absent;
        let name = answers.identity.known().filter(|identity| identity.kind.0 == "user");
        let Some(name) = name.and_then(|identity| identity.name.clone()) else { return };
        let user = iam::User { api: self.api, key: self.key, region: self.region, name: &name };
        match self.target.transport.0.as_str() {
            "ssh" => user.ssh_keys(&self.tries.ssh.fact, self.target, answers),
            "https-gitcred" => user.git_credentials(self.sent(), answers),
            _ => {}
        }
    }

    /// The user name that git sent over HTTPS, else that of the URL or of the stored login; `None`: none, or an access
    /// key ID.
    fn sent(&self) -> Option<&str> {
        let access = self.target.access.known();
        let sent = access.and_then(|access| access.credential.known()).map(|sent| &sent.user);
        let stored = || self.target.https.known()?.stored_login.as_ref().map(|login| &login.user);
        let user = sent.or(self.target.url_user.as_ref()).or_else(stored)?;
        (stored_kind(user) != "sigv4" && !user.is_empty()).then_some(user)
    }

    fn repository(&self) -> Fact<RepositoryAnswer> {
        let Some(name) = self.target.repository.as_deref() else { return Fact::Absent };
        if self.target.region.as_deref() != Some(self.region) {
            return Fact::Unavailable("the region of the repository is not known".into());
        }
        repository::Wanted { api: self.api, key: self.key, region: self.region, name }.ask()
    }
}

/// Whether an error of STS means that the credentials are no good, and not that STS is out of order.
fn is_rejection(error: &ApiError) -> bool {
    matches!(error.kind.0.as_str(), "unknown-key" | "wrong-secret" | "expired" | "clock" | "denied")
}

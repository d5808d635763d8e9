//! Who and what exists: users with their keys and logins, roles, and repositories.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// The account to which repositories and users belong unless said otherwise.
pub(crate) const ACCOUNT: &str = "123456789012";

/// An access key of a user, or of a session of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    /// The session is over: `ExpiredToken`.
    pub(crate) expired: bool,
}

impl AccessKey {
    /// A long-term key.
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        Self { id: id.into(), secret: secret.into(), token: None, expired: false }
    }

    /// The key of a session.
    pub(crate) fn session(id: &str, secret: &str, token: &str) -> Self {
        Self { token: Some(token.into()), ..Self::new(id, secret) }
    }
}

/// An SSH public key uploaded to IAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SshKey {
    /// `APKA…`, the user name of SSH.
    pub(crate) id: String,
    /// One line as in a `.pub` file.
    pub(crate) public: String,
    pub(crate) active: bool,
}

/// Git credentials for HTTPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GitCredential {
    /// `ACCA…`.
    pub(crate) id: String,
    /// `name-at-123456789012`.
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) active: bool,
}

/// An IAM user, or a role where `role` is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IamUser {
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) role: bool,
    pub(crate) access_keys: Vec<AccessKey>,
    pub(crate) ssh_keys: Vec<SshKey>,
    pub(crate) git_credentials: Vec<GitCredential>,
    /// Actions that no policy allows, such as `iam:ListSSHPublicKeys` or `codecommit:GitPull`.
    pub(crate) denied: BTreeSet<String>,
}

impl IamUser {
    /// A user of [`ACCOUNT`] that may do everything and has nothing yet.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            account: ACCOUNT.into(),
            role: false,
            access_keys: Vec::new(),
            ssh_keys: Vec::new(),
            git_credentials: Vec::new(),
            denied: BTreeSet::new(),
        }
    }

    /// A role of [`ACCOUNT`], which everybody may assume whom `sts:AssumeRole` is not denied.
    pub(crate) fn role(name: &str) -> Self {
        Self { role: true, ..Self::new(name) }
    }

    /// In another account.
    pub(crate) fn account(self, account: &str) -> Self {
        Self { account: account.into(), ..self }
    }

    /// With this access key.
    pub(crate) fn access_key(mut self, key: AccessKey) -> Self {
        self.access_keys.push(key);
        self
    }

    /// With this active SSH key (a line of a `.pub` file).
    pub(crate) fn ssh_key(mut self, id: &str, public: &str) -> Self {
        self.ssh_keys.push(SshKey { id: id.into(), public: public.trim().into(), active: true });
        self
    }

    /// With these active Git credentials.
    pub(crate) fn git_credential(mut self, user: &str, password: &str) -> Self {
        let id = format!("ACCA{:0>17}", self.git_credentials.len());
        self.git_credentials.push(GitCredential { id, user: user.into(), password: password.into(), active: true });
        self
    }

    /// Without the right to this action.
    pub(crate) fn deny(mut self, action: &str) -> Self {
        self.denied.insert(action.into());
        self
    }

    /// The ARN of the user, or of a session of the role.
    pub(crate) fn arn(&self) -> String {
        let (account, name) = (&self.account, &self.name);
        match self.role {
            true => format!("arn:aws:sts::{account}:assumed-role/{name}/session"),
            false => format!("arn:aws:iam::{account}:user/{name}"),
        }
    }

    /// The unique ID as STS and IAM show it.
    pub(crate) fn unique_id(&self) -> String {
        let letters: String = self
            .name
            .to_uppercase()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .chain("X".repeat(17).chars())
            .collect();
        match self.role {
            true => format!("AROA{}:session", &letters[..17]),
            false => format!("AIDA{}", &letters[..17]),
        }
    }
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repository {
    pub(crate) region: String,
    pub(crate) account: String,
    pub(crate) name: String,
    /// The bare repository.
    pub(crate) path: PathBuf,
}

/// All that exists.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) users: Vec<IamUser>,
    pub(crate) repositories: Vec<Repository>,
}

impl World {
    /// The user or role with this access key, and the key.
    pub(crate) fn by_access_key(&self, id: &str) -> Option<(&IamUser, &AccessKey)> {
        self.users.iter().find_map(|user| Some((user, user.access_keys.iter().find(|key| key.id == id)?)))
    }

    /// The user with this SSH key ID, and the key.
    pub(crate) fn by_ssh_key(&self, id: &str) -> Option<(&IamUser, &SshKey)> {
        self.users.iter().find_map(|user| Some((user, user.ssh_keys.iter().find(|key| key.id == id)?)))
    }

    /// The user with these Git credentials.
    pub(crate) fn by_git_credential(&self, name: &str) -> Option<(&IamUser, &GitCredential)> {
        self.users.iter().find_map(|user| Some((user, user.git_credentials.iter().find(|login| login.user == name)?)))
    }

    /// The repository of this name (its case counts) in a region and an account.
    pub(crate) fn repository(&self, region: &str, account: &str, name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|one| one.region == region && one.account == account && one.name == name)
    }
}

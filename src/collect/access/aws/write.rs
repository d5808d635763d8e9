//! IAM for the one repair that writes there. Which credentials sign, and to which hosts they go, is decided as for
//! every question.

use super::call::{Api, CallError, Question};
use super::credentials::{self, NoKey};
use super::endpoint::Service;
use super::{reply, store};
use crate::check::regions::RegionTable;
use crate::collect::aws::secret::AccessKey;
use crate::collect::aws::{self, AwsState, Client};
use crate::collect::{Context, Live};
use crate::fact::Source;
use crate::fact::aws::TargetAws;
use crate::system::System;

/// IAM, asked with the credentials of one profile.
pub(crate) struct Iam<'a> {
    system: &'a dyn System,
    regions: &'a RegionTable,
    region: &'a str,
    profile: String,
    aws: AwsState,
    used: TargetAws,
    key: AccessKey,
}

impl<'a> Iam<'a> {
    /// With the credentials that this profile has now; `environment`: with those of the environment. The error says why
    /// there are none.
    pub(crate) fn of(
        system: &'a dyn System,
        regions: &'a RegionTable,
        profile: &str,
        region: &'a str,
    ) -> Result<Self, String> {
        let context = Context { system, regions, region: None, profile: None, urls: &[], live: Live::default() };
        let aws = aws::collect(&context);
        let named = (profile != "environment").then(|| ("option", profile, Source::default()));
        let used = aws::for_target(&context, &aws, Client::AwsCli2, named);
        let profile = used.profile.value.as_deref().unwrap_or("default").to_owned();
        let api = Api { system, regions, aws: &aws, profile: profile.clone(), store: store(system, &used) };
        let key = credentials::find(&api, &used, region).map_err(|reason| match reason {
            NoKey::Unavailable(reason) => reason,
            NoKey::Rejected(error) => error.message.0,
        })?;
        Ok(Self { system, regions, region, profile, aws, used, key })
    }

    /// Gives a user this public key (`ssh-rsa AAAA…`); the ID that it got. The error is in the words of AWS.
    pub(crate) fn upload_ssh_key(&self, user: &str, body: &str) -> Result<String, String> {
        let answer = self.ask("UploadSSHPublicKey", &[("UserName", user), ("SSHPublicKeyBody", body)])?;
        reply::text(&answer, "SSHPublicKeyId").ok_or_else(|| self.api().foreign(Service::Iam, self.region).reason())
    }

    /// Whether IAM lists a public key of this ID.
    pub(crate) fn lists_ssh_key(&self, user: &str, id: &str) -> Result<bool, String> {
        let answer = self.ask("ListSSHPublicKeys", &[("UserName", user)])?;
        let members = reply::members(&answer, "SSHPublicKeys");
        Ok(members.into_iter().any(|member| reply::text(member, "SSHPublicKeyId").as_deref() == Some(id)))
    }

    fn api(&self) -> Api<'_> {
        let store = store(self.system, &self.used);
        Api { system: self.system, regions: self.regions, aws: &self.aws, profile: self.profile.clone(), store }
    }

    fn ask(&self, action: &'static str, parameters: &[(&'static str, &str)]) -> Result<String, String> {
        let question = Question { service: Service::Iam, action, region: self.region, parameters };
        self.api().call(&self.key, &question).map_err(|error| match error {
            CallError::Refused(error) => error.message.0,
            CallError::Unreachable(reason) => reason,
        })
    }
}
